"""One function with a constant inside: a wave, an exponential, a step or a power of a product."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, product
from typing import TYPE_CHECKING

import numpy as np

from symnum._regression.fast import number, read, weighted_sum

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from symnum._core.expression import Program
    from symnum._regression.problem import Problem

    Vector = NDArray[np.float64]

_MOST_ROWS = 120
_FEWEST_ROWS = 12
_MOST_ARGUMENTS = 90
_MOST_COLUMNS = 4  # of which all products are arguments
_KEPT = 60
_HUGE = 1e60  # and one over it is tiny
_FLAT = 1e-9


@dataclass(frozen=True)
class _Family:
    """Functions of a rate times an argument; of its power, where `is_power`."""

    rates: Vector  # for an argument in units of half its range
    columns: Callable[[Vector], tuple[Vector, ...]]
    forms: tuple[str, ...]
    needs: frozenset[str]  # operations, all of them; of a power any
    is_power: bool = False

    def is_among(self, operations: Sequence[str]) -> bool:
        """Whether the operations that a user asked for have it."""
        if self.is_power:
            return not self.needs.isdisjoint(operations)
        return self.needs.issubset(operations)

    def scaled(self, values: Vector) -> tuple[Vector, Vector] | None:
        """The rates for these values, and what they multiply; None where there is no such."""
        if self.is_power:
            return (self.rates, np.log(values)) if np.all(values > 0.0) else None
        half = 0.5 * float(np.ptp(values))
        return (self.rates / half, values) if 1.0 / _HUGE < half < _HUGE else None

    def texts(self, argument: str, rate: float) -> list[str]:
        """The functions, for the parser."""
        inside = number(rate) if self.is_power else f"{number(rate)}*({argument})"
        return [form.format(inside, argument) for form in self.forms]


_TURNS = np.arange(0.5, 70.0, 0.35)
_STEEP = np.geomspace(0.2, 12.0, 18)
_POWERS = np.array([0.25, 0.4, 0.65, 1.3, 1.7, 2.3, 2.8, 3.5, 4.5])
_FAMILIES = (
    _Family(
        _TURNS,
        lambda a: (np.sin(a), np.cos(a)),
        ("sin({0})", "cos({0})"),
        frozenset({"sin", "cos"}),
    ),
    _Family(
        np.concatenate([_STEEP, -_STEEP]), lambda a: (np.exp(a),), ("exp({0})",), frozenset({"exp"})
    ),
    _Family(_STEEP, lambda a: (1.0 / (1.0 + np.exp(a)),), ("1/(1+exp({0}))",), frozenset({"exp"})),
    _Family(
        np.concatenate([_POWERS, -_POWERS]),
        lambda a: (np.exp(a),),
        ("({1})**{0}",),
        frozenset({"pow", "pow2", "sqrt"}),
        is_power=True,
    ),
)
_TRANSFORMS: tuple[tuple[str, Callable[[Vector], Vector], bool], ...] = (
    ("({})", lambda v: v, False),
    ("1/({})", lambda v: 1.0 / v, False),
    ("exp({})", lambda v: np.log(np.abs(v)), True),
    ("sqrt({})", np.square, True),
    ("1/sqrt({})", lambda v: 1.0 / np.square(v), True),
    ("({})**2", lambda v: np.sqrt(np.abs(v)), True),
)


@dataclass(frozen=True)
class _Target:
    """Y rewritten, and the text that undoes it."""

    form: str
    values: Vector


@dataclass(frozen=True)
class _Found:
    """A function of an argument that a target is near to."""

    left: float  # squared, of the target's spread
    target: int
    family: _Family
    argument: str
    values: Vector
    rate: float


def functions(problem: Problem, operations: Sequence[str]) -> list[Program]:
    """T(y over a power of a column) = a f(c e) + b, with the best c of a grid, to be fitted."""
    rows = slice(0, None, 1 + problem.n_rows // _MOST_ROWS)
    targets = list(_targets(problem, rows))
    if not targets or problem.n_rows < _FEWEST_ROWS:
        return []
    heights = np.array([target.values for target in targets])
    heights = heights - heights.mean(axis=1, keepdims=True)
    heights /= np.linalg.norm(heights, axis=1, keepdims=True)
    families = [family for family in _FAMILIES if family.is_among(operations)]
    found: list[_Found] = []
    for argument, values in _arguments(problem, rows):
        if problem.clock.is_over:
            break
        for family in families:
            found += _nearest(family, argument, values, heights)
    found.sort(key=lambda one: one.left)
    return [_program(problem, targets[one.target], one) for one in found[:_KEPT]]


def _targets(problem: Problem, rows: slice) -> Iterator[_Target]:
    y, x = problem.y[rows], problem.columns[:, rows]
    factors: list[tuple[str, Vector]] = [("", np.ones_like(y))]
    if len(x) <= _MOST_COLUMNS:
        factors += [
            (f"x{k}**({power})*", x[k] ** float(power))
            for k in range(len(x))
            if np.all(x[k])
            for power in (1, -1, 2, -2)
        ]
    for before, factor in factors:
        left = y / factor
        has_one_sign = bool(np.all(left > 0.0) or np.all(left < 0.0))
        for form, transform, is_even in _TRANSFORMS:
            if (is_even and not has_one_sign) or (form != "({})" and not np.all(left)):
                continue
            values = transform(left)
            size = float(np.abs(values).max())
            if 1.0 / _HUGE < size < _HUGE and np.ptp(values) > _FLAT * size:
                sign = "-" if is_even and left[0] < 0.0 else ""
                yield _Target(f"{sign}{before}{form}", values)


def _arguments(problem: Problem, rows: slice) -> Iterator[tuple[str, Vector]]:
    """Products and ratios, simplest first, then sums and differences."""
    x = problem.columns[:, rows]
    n = len(x)
    if n <= _MOST_COLUMNS:
        powers = sorted(product((-1, 0, 1), repeat=n), key=lambda p: sum(map(abs, p)))
    else:
        single = [tuple(s * int(j == k) for j in range(n)) for k in range(n) for s in (1, -1)]
        pairs = combinations(single, 2)
        powers = single + [tuple(map(sum, zip(a, b, strict=True))) for a, b in pairs]
    chosen = [power for power in powers if any(power)]
    for power in chosen[:_MOST_ARGUMENTS]:
        if any(p < 0 and not np.all(x[k]) for k, p in enumerate(power)):
            continue
        text = "*".join(f"x{k}**({p})" for k, p in enumerate(power) if p)
        yield text, np.prod([x[k] ** float(p) for k, p in enumerate(power) if p], axis=0)
    for i, j in combinations(range(min(n, _MOST_COLUMNS)), 2):
        yield f"(x{i}-x{j})", x[i] - x[j]
        yield f"(x{i}+x{j})", x[i] + x[j]


def _nearest(family: _Family, argument: str, values: Vector, heights: Vector) -> list[_Found]:
    """For each target the rate that leaves least of it."""
    scaled = family.scaled(values)
    if scaled is None:
        return []
    rates, places = scaled
    with np.errstate(all="ignore"):
        columns = np.array(family.columns(np.multiply.outer(rates, places)))
        usable = np.all(np.abs(columns) < _HUGE, axis=(0, 2))
    if not usable.any():
        return []
    left = _left(columns[:, usable], heights)
    best = np.argmin(left, axis=0)
    chosen = rates[usable][best]
    return [
        _Found(float(left[k, t]), t, family, argument, values, float(chosen[t]))
        for t, k in enumerate(best.tolist())
    ]


def _left(columns: Vector, heights: Vector) -> Vector:
    """Squared, what a constant and these columns leave of each target, for each rate."""
    columns = columns - columns.mean(axis=2, keepdims=True)
    directions = np.empty_like(columns)
    for k, column in enumerate(columns):
        rest = column
        for other in directions[:k]:
            rest = rest - np.sum(rest * other, axis=1, keepdims=True) * other
        size = np.linalg.norm(rest, axis=1, keepdims=True)
        enough = size > _FLAT * np.linalg.norm(column, axis=1, keepdims=True)
        directions[k] = np.where(enough, rest / np.maximum(size, 1e-300), 0.0)
    return np.asarray(1.0 - np.square(directions @ heights.T).sum(axis=0))


def _program(problem: Problem, target: _Target, one: _Found) -> Program:
    """With the coefficients that fit the target best."""
    scaled = one.family.scaled(one.values)
    places = one.values if scaled is None else scaled[1]
    columns = [*one.family.columns(one.rate * places), np.ones_like(places)]
    solution = np.linalg.lstsq(np.column_stack(columns), target.values, rcond=None)[0]
    parts = [*one.family.texts(one.argument, one.rate), "1"]
    return read(problem, target.form.format(weighted_sum(solution.tolist(), parts)))
