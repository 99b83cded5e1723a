"""Whether an equation holds in numbers: at random points that fulfil the premises."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from symnum._derive.calculus import derivative, resolved
from symnum._derive.workspace import Equation, Workspace, used
from symnum._generate.draws import units

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from symnum._derive.workspace import Operator
    from symnum.expression import Expression

    Floats = NDArray[np.float64]
    Points = dict[str, Floats]

N_POINTS = 32
FEWEST = 4  # finite points that decide
_TOLERANCE = 1e-7
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(48)
_NEWTON = 60


def points(space: Workspace, premises: Sequence[Equation], names: set[str]) -> Points:
    """Random values of the variables, NaN where the premises that define nothing do not hold."""
    inside = {n for p in premises for s in (p.left, p.right) for n in space.free(s)}
    every = sorted(names | inside) or ["x"]
    drawn: Points = {}
    for k, name in enumerate(every):
        unit = units(np.array([k], np.uint64), np.arange(N_POINTS, dtype=np.uint64))
        low = np.where(np.arange(N_POINTS) % 2 == 0, 0.3, -2.0)
        drawn[name] = low + (2.0 - low) * unit
    free = list(every)
    for premise in premises:
        wanted = [
            name for name in space.free(premise.left) | space.free(premise.right) if name in free
        ]
        if wanted:
            name = min(wanted)
            free.remove(name)
            drawn[name] = _solved(space, premise, name, drawn)
    return drawn


def _solved(space: Workspace, premise: Equation, name: str, at: Points) -> Floats:
    """Newton's method for one variable, at every point; NaN where it does not converge."""
    rest = resolved(space, premise.left - premise.right)
    slope = derivative(space, rest, name)
    x = at[name].copy()
    with np.errstate(all="ignore"):
        for _ in range(_NEWTON):
            here = {**at, name: x}
            x = x - np.clip(values(space, rest, here) / values(space, slope, here), -1.0, 1.0)
        off = np.abs(values(space, rest, {**at, name: x}))
    return np.where(off < 1e-12 * (1.0 + np.abs(x)), x, np.nan)


def values(space: Workspace, formula: Expression, at: Points) -> Floats:
    """Of a resolved formula at the points; integrals by quadrature."""
    own = {
        name: at[name] if name in at else _integral(space, space.operators[name], at)
        for name in used(formula)
    }
    columns = {name: own.get(name, np.zeros(1)) for name in formula.variables}
    size = len(next(iter(at.values()))) if at else 1
    found = formula.evaluate(columns) if columns else formula.evaluate(np.empty((1, 0)))
    return np.broadcast_to(np.asarray(found, np.float64), (size,)).copy()


def _integral(space: Workspace, one: Operator, at: Points) -> Floats:
    """Gauss and Legendre from the lower limit to each point."""
    if one.lower is None:
        return np.full(len(next(iter(at.values()))), np.nan)
    low = float(one.lower.evaluate(np.empty((1, len(one.lower.variables))))[0])
    x = at[one.variable]
    half = 0.5 * (x - low)
    inside = low + np.outer(half, _NODES + 1.0)
    spread = {name: np.repeat(column, len(_NODES)) for name, column in at.items()}
    spread[one.variable] = inside.ravel()
    found = values(space, resolved(space, one.inner), spread).reshape(inside.shape)
    return half * (found @ _WEIGHTS)


def holds(space: Workspace, equation: Equation, at: Points) -> bool | None:
    """Are both sides the same number at the points? None where too few have numbers."""
    with np.errstate(all="ignore"):
        left, right = (
            values(space, resolved(space, side), at) for side in (equation.left, equation.right)
        )
        size = 1.0 + np.abs(left) + np.abs(right)
        good = np.isfinite(left) & np.isfinite(right) & (size < 1e12)
        if np.count_nonzero(good) < FEWEST:
            return None
        return bool(np.all(np.abs(left - right)[good] <= _TOLERANCE * size[good]))
