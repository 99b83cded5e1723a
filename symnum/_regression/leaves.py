"""Products of variables that a search with units starts from."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from itertools import islice, product
from typing import TYPE_CHECKING

import numpy as np

from symnum._core import expression as core
from symnum.units import Unit, pi_groups, solve

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from symnum._regression.dimensions import Dimensions

    Powers = tuple[Fraction, ...]
    Integers = NDArray[np.int64]

_MOST_GROUPS = 40
_MOST_PREFACTORS = 8  # of one kind
_MOST_LEAVES = 120
_MOST_COMBINATIONS = 10_000
_TWELFTHS = 12


def monomials(dimensions: Dimensions) -> list[core.Program]:
    """Products of variables that a law of these units may be made of.

    Pure numbers, those with the units of y, those that can be added to each other, such as x0*x1
    and x2**2, and those with the units of y times or over theirs.
    """
    units = dimensions.units
    groups = _null_combinations(units)
    found = dict.fromkeys(_simplest(groups, None, _MOST_GROUPS))
    of_y = dimensions.target_unit
    found |= dict.fromkeys(_of_kind(units, groups, of_y, _MOST_PREFACTORS))
    summable = _summable(units)
    for kind, members in summable:
        found |= dict.fromkeys(members)
        for other in (of_y * kind, of_y * kind**-1):
            found |= dict.fromkeys(_of_kind(units, groups, other, 3))
    wanted = [p for p in found if sum(map(abs, p)) > 1 or min(p) < 0]
    return [_program(powers) for powers in wanted[:_MOST_LEAVES]]


def basis_groups(dimensions: Dimensions) -> list[core.Program]:
    """Independent products of variables that are pure numbers, the simplest there are."""
    units = dimensions.units
    groups = _null_combinations(units)
    chosen: list[Powers] = []
    for powers in _simplest(groups, None, 4 * len(units) + 20):
        rows = np.array([[float(p) for p in row] for row in [*chosen, powers]])
        if np.linalg.matrix_rank(rows) == len(rows):
            chosen.append(powers)
    return [_program(powers) for powers in chosen]


def prefactors(dimensions: Dimensions) -> list[core.Program]:
    """Products of variables with the units of y, the simplest first."""
    units = dimensions.units
    groups = _null_combinations(units)
    return [
        _program(powers)
        for powers in _of_kind(units, groups, dimensions.target_unit, _MOST_PREFACTORS)
    ]


def _null_combinations(units: Sequence[Unit]) -> Integers:
    """Small whole combinations of a basis of the dimensionless groups, in twelfths."""
    basis = np.array(pi_groups(list(units)), dtype=np.int64).reshape(-1, len(units))
    reach = 3 if len(basis) <= 4 else 2 if len(basis) <= 6 else 1
    combinations = product(range(-reach, reach + 1), repeat=len(basis))
    weights = list(islice(combinations, _MOST_COMBINATIONS))
    rows = np.array(weights, dtype=np.int64).reshape(len(weights), len(basis))
    return rows @ basis * _TWELFTHS


def _simplest(groups: Integers, start: Powers | None, most: int) -> list[Powers]:
    """Of start times a group those nearest to 1; without start, no powers of each other."""
    powers = groups
    if start is not None:
        powers = groups + np.array([int(p * _TWELFTHS) for p in start])
    powers = np.unique(powers, axis=0)[::-1]
    size = np.abs(powers).sum(axis=1) + 2 * _TWELFTHS * (powers % _TWELFTHS != 0).sum(axis=1)
    order = np.argsort(size, kind="stable")[: 20 * most + 1]
    chosen: list[Powers] = []
    for row in powers[order].tolist():
        candidate = tuple(Fraction(p, _TWELFTHS) for p in row)
        if start is None and (not any(row) or any(_is_multiple(candidate, p) for p in chosen)):
            continue
        chosen.append(candidate)
        if len(chosen) == most:
            break
    return chosen


def _is_multiple(powers: Powers, other: Powers) -> bool:
    k = next(k for k, p in enumerate(other) if p)
    ratio = powers[k] / other[k]
    return all(p == ratio * q for p, q in zip(powers, other, strict=True))


def _of_kind(units: Sequence[Unit], groups: Integers, kind: Unit, most: int) -> list[Powers]:
    start = solve(units, kind)
    if start is None or any((p * _TWELFTHS).denominator > 1 for p in start):
        return []
    return _simplest(groups, tuple(start), most)


def _summable(units: Sequence[Unit]) -> list[tuple[Unit, list[Powers]]]:
    """Kinds that two or more products of at most two variables have."""
    n = len(units)
    one = [tuple(Fraction(int(j == k)) for j in range(n)) for k in range(n)]
    singles = one + [tuple(-p for p in powers) for powers in one]
    pairs = {
        tuple(a + b for a, b in zip(x, y, strict=True))
        for i, x in enumerate(singles)
        for y in singles[i:]
    }
    kinds: dict[Unit, list[Powers]] = defaultdict(list)
    for powers in sorted(
        {*singles, *pairs}, key=lambda row: (sum(map(abs, row)), [-p for p in row])
    ):
        unit = Unit({})
        for base, power in zip(units, powers, strict=True):
            unit = unit * base**power
        if unit.exponents and any(powers):
            kinds[Unit(unit.exponents)].append(powers)
    several = [(kind, members) for kind, members in kinds.items() if len(members) > 1]
    several.sort(key=lambda item: -len(item[1]))
    return [(kind, members[:6]) for kind, members in several[:10]]


def _program(powers: Powers) -> core.Program:
    builder = core.Builder(len(powers))
    result = None
    for k, power in enumerate(powers):
        if not power:
            continue
        factor = builder.variable(k)
        if power != 1:
            exponent = builder.number(power.numerator)
            if power.denominator != 1:
                below = builder.number(power.denominator)
                exponent = builder.apply("div", [exponent, below])
            factor = builder.apply("pow", [factor, exponent])
        result = factor if result is None else builder.apply("mul", [result, factor])
    if result is None:
        result = builder.number(1)
    return core.simplify(builder.build(result))
