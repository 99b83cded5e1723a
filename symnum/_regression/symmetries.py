"""Symmetries of an unknown law, seen in its data: what it is a function of.

Where the derivatives of a polynomial fitted to the data say that the law keeps its form when some
columns are stretched or shifted together, one column fewer is enough: a power of one is a factor,
or others enter only as products, ratios, sums or differences with it. After Udrescu and Tegmark,
arXiv:1905.11481, who test for single pairs on a neural network.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING, Literal

import numpy as np

from symnum._core import expression as core
from symnum._regression.surrogate import MOST_TERMS, Surrogate, error, surrogate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from symnum._regression.problem import Problem

    Vector = NDArray[np.float64]
    Powers = dict[int, float]

_MOST_ROWS = 500
_FEWEST_ROWS = 30
_MOST_COLUMNS = 12
_TRIED = 6  # relations of one step that are put to the test
_MOST_JOINED = 2  # columns of a relation beside the one that goes
_ROUGH = 0.35  # of what a relation may leave of a derivative
_NEAR = 0.2  # of a power to a simple one
_HIGHEST = 4.0  # power
_WORSE = 1.03  # times the error before: no relation that holds makes it larger
_BETTER = 0.8  # times the error before: what a guess must make of it
_FEW_TERMS = 60
_POWERS = (1.0, -1.0, 2.0, -2.0)
_TARGETS = (0.0, 1.0, 2.0, -1.0)  # powers of y, 0 for its logarithm
_PATHS = 2
_ROUNDING = 1e-9
_HUGE = 1e60  # and one over it is tiny
_POOR = 0.7  # error of a surrogate that tells nothing


_FUNCTIONS: dict[str, Callable[[Vector], Vector]] = {
    "cos": np.cos,
    "sin": np.sin,
    "exp": np.exp,
    "log": np.log,
}


@dataclass(frozen=True)
class Relation:
    """Column `pivot` goes: others take a power or a multiple of it, and so does the whole."""

    kind: Literal["stretch", "shift"]
    pivot: int
    joined: tuple[tuple[int, float], ...]
    factor: float = 0.0  # power of the column in front of the whole,
    function: str = ""  # of that function of it


@dataclass(frozen=True, eq=False)
class Reduced:
    """The law as a factor times a function of few columns; these are products of atoms' powers."""

    atoms: tuple[core.Program, ...]  # over the variables
    powers: tuple[Powers, ...]  # of the atoms, for each column
    columns: Vector
    factor_powers: Powers
    scale: Vector  # the factor's values

    @classmethod
    def of(cls, columns: Vector, atoms: Sequence[core.Program]) -> Reduced:
        """Nothing reduced, but that columns vary, and none is another."""
        _, first = np.unique(columns, axis=0, return_index=True)
        kept = [k for k in sorted(first.tolist()) if np.ptp(columns[k]) > 0.0]
        powers: tuple[Powers, ...] = tuple({k: 1.0} for k in kept)
        values = np.ascontiguousarray(columns[kept])
        return cls(tuple(atoms), powers, values, {}, np.ones(columns.shape[1]))

    @cached_property
    def leaves(self) -> tuple[core.Program, ...]:
        """Of the columns, over the variables."""
        return tuple(_product(self.atoms, powers) for powers in self.powers)

    @cached_property
    def factor(self) -> core.Program:
        """Over the variables."""
        return _product(self.atoms, self.factor_powers)

    def after(self, relation: Relation) -> Reduced | None:
        """With one column fewer; None where values are not finite."""
        atoms, powers = list(self.atoms), list(self.powers)
        values = self.columns.copy()
        pivot, base = powers[relation.pivot], values[relation.pivot]
        for k, by in relation.joined:
            if relation.kind == "stretch":
                powers[k] = _joined(powers[k], pivot, by)
                values[k] = values[k] * base**by
            else:
                atoms.append(_shifted(_product(atoms, powers[k]), _product(atoms, pivot), by))
                powers[k] = {len(atoms) - 1: 1.0}
                values[k] = values[k] + by * base
        factor_powers, scale = self.factor_powers, self.scale
        if relation.function:
            atoms.append(_applied(relation.function, _product(atoms, pivot)))
            pivot, base = {len(atoms) - 1: 1.0}, _FUNCTIONS[relation.function](base)
        if relation.factor:
            factor_powers = _joined(factor_powers, pivot, relation.factor)
            scale = scale * base**relation.factor
        kept = [k for k in range(len(powers)) if k != relation.pivot]
        values = np.ascontiguousarray(values[kept])
        if not (np.abs(values).max(initial=0.0) < _HUGE and _is_moderate(scale)):
            return None
        return Reduced(tuple(atoms), tuple(powers[k] for k in kept), values, factor_powers, scale)


def _is_moderate(values: Vector) -> bool:
    """Whether squares of products of a few of these and their inverses are numbers."""
    sizes = np.abs(values)
    return bool(sizes.min(initial=1.0) > 1.0 / _HUGE and sizes.max(initial=1.0) < _HUGE)


def _joined(one: Powers, other: Powers, by: float) -> Powers:
    """One times a power of another."""
    powers = dict(one)
    for atom, power in other.items():
        powers[atom] = powers.get(atom, 0.0) + by * power
    return {atom: power for atom, power in powers.items() if power}


def _product(atoms: Sequence[core.Program], powers: Powers) -> core.Program:
    """Of powers of programs, those below the line last."""
    builder = core.Builder(atoms[0].n_variables)
    own = [builder.variable(k) for k in range(atoms[0].n_variables)]
    result = None
    for atom, power in sorted(powers.items(), key=lambda item: (item[1] < 0.0, item[0])):
        factor = _raised(builder, builder.insert(atoms[atom], own), abs(power))
        if power < 0.0:
            above = builder.number(1) if result is None else result
            result = builder.apply("div", [above, factor])
        else:
            result = factor if result is None else builder.apply("mul", [result, factor])
    return core.simplify(builder.build(builder.number(1) if result is None else result))


def _raised(builder: core.Builder, node: int, power: float) -> int:
    exponent = Fraction(power).limit_denominator(64)
    if exponent == 1:
        return node
    number = builder.number(exponent.numerator)
    if exponent.denominator != 1:
        number = builder.apply("div", [number, builder.number(exponent.denominator)])
    return builder.apply("pow", [node, number])


def _shifted(one: core.Program, other: core.Program, by: float) -> core.Program:
    """One plus a multiple of another, in halves."""
    builder = core.Builder(one.n_variables)
    own = [builder.variable(k) for k in range(one.n_variables)]
    node = builder.insert(other, own)
    multiple = Fraction(abs(by)).limit_denominator(2)
    if multiple.numerator != 1:
        node = builder.apply("mul", [builder.number(multiple.numerator), node])
    if multiple.denominator != 1:
        node = builder.apply("div", [node, builder.number(multiple.denominator)])
    name = "add" if by > 0.0 else "sub"
    return core.simplify(builder.build(builder.apply(name, [builder.insert(one, own), node])))


def _applied(name: str, program: core.Program) -> core.Program:
    builder = core.Builder(program.n_variables)
    own = [builder.variable(k) for k in range(program.n_variables)]
    return builder.build(builder.apply(name, [builder.insert(program, own)]))


def reductions(
    problem: Problem, start: Reduced, operations: Sequence[str], seed: int
) -> list[Reduced]:
    """Fewer and fewer columns, the fewest first; empty where no symmetry is seen.

    A factor that is a function of one column is one of the `operations`.
    """
    y = problem.y
    n_columns, n_rows = start.columns.shape
    if not 1 < n_columns <= _MOST_COLUMNS or n_rows < _FEWEST_ROWS:
        return []
    sizes = np.abs([y, *start.columns]).max(axis=1)
    if not _is_moderate(sizes):
        return []
    rows = np.arange(n_rows)
    if n_rows > _MOST_ROWS:
        rows = np.sort(np.random.default_rng(seed).permutation(n_rows)[:_MOST_ROWS])
    functions = [name for name in _FUNCTIONS if name in operations]
    has_one_sign = bool(np.all(y > 0.0) or np.all(y < 0.0))
    ways = [
        _Path(y[rows], rows, power, functions) for power in (_TARGETS if has_one_sign else (1.0,))
    ]
    ways.sort(key=lambda way: way.surrogate(start).error)
    best: list[Reduced] = []
    for way in ways[:_PATHS]:
        path = list(way.steps(start, problem))
        best = max(best, path, key=len)
        if best and len(best[-1].columns) == 1:
            break
    return best[::-1]


class _Path:
    """One step after another, each the relation that leaves the least error."""

    def __init__(
        self, y: Vector, rows: NDArray[np.intp], power: float, functions: Sequence[str]
    ) -> None:
        self.y = y
        self.rows = rows
        self.functions = functions
        self.power = power  # of y, that the polynomials are of; 0 for its logarithm

    def target(self, state: Reduced) -> tuple[Vector, Vector]:
        """What a polynomial is fitted to, and the factor before it."""
        scale = state.scale[self.rows]
        if self.power == 0.0:
            return np.log(np.abs(self.y / scale)), np.ones(len(scale))
        if self.power == 1.0:
            return self.y, scale
        return np.abs(self.y) ** self.power, np.abs(scale) ** self.power

    def surrogate(self, state: Reduced) -> Surrogate:
        """Of a state."""
        return surrogate(state.columns[:, self.rows], *self.target(state))

    def steps(self, state: Reduced, problem: Problem) -> Iterator[Reduced]:
        """The states."""
        while len(state.columns) > 1 and not problem.clock.is_over:
            stand_in = self.surrogate(state)
            near = self.relations(state, stand_in)
            most = max(_WORSE * stand_in.error, _ROUNDING) if stand_in.error < _POOR else 0.0
            best = self.best(state, near[:_TRIED], most)
            if best is None and not stand_in.error < _ROUNDING:
                guesses = self.guesses(state, len(state.columns))
                best = self.best(state, guesses[:_TRIED], min(_BETTER * stand_in.error, _POOR))
            if best is None:
                return
            state = best
            yield state

    def best(self, state: Reduced, relations: Sequence[Relation], most: float) -> Reduced | None:
        """The state after the relation that leaves least error, at most so much."""
        best = None
        for relation in relations:
            for logs in (False, True):
                after, missed = self.missed(state, relation, MOST_TERMS, logs=logs)
                missed = max(missed, _ROUNDING)
                if after is not None and (missed < most or (missed == most and best is None)):
                    best, most = after, missed
        return best

    def missed(
        self, state: Reduced, relation: Relation, most_terms: int, *, logs: bool
    ) -> tuple[Reduced | None, float]:
        """The state after a relation, and its error in units of the spread before."""
        with np.errstate(all="ignore"):
            after = state.after(relation)
        if after is None or np.any(np.ptp(after.columns, axis=1) == 0.0):
            return None, np.inf
        target, factor = self.target(after)
        columns = after.columns[:, self.rows]
        missed = error(columns, target, factor, logs=logs, most_terms=most_terms)
        return after, missed * float(np.std(target) / np.std(self.target(state)[0]))

    def guesses(self, state: Reduced, n: int) -> list[Relation]:
        """Single pairs and factors, the best by a small polynomial first."""
        found = [Relation("stretch", k, (), power) for k in range(n) for power in _POWERS]
        found += [
            Relation("stretch", k, (), 1.0, name) for k in range(n) for name in self.functions
        ]
        for i, j in combinations(range(n), 2):
            for by in (1.0, -1.0):
                found += [Relation("stretch", j, ((i, by),)), Relation("shift", j, ((i, by),))]
        scored = []
        for order, relation in enumerate(found):
            is_stretch = relation.kind == "stretch"
            after, missed = self.missed(state, relation, _FEW_TERMS, logs=is_stretch)
            if after is not None:
                scored.append((missed, order))
        return [found[order] for _, order in sorted(scored)]

    def relations(self, state: Reduced, stand_in: Surrogate) -> list[Relation]:
        """Those that the derivatives are near to, the nearest first."""
        columns = state.columns[:, self.rows]
        factor = self.target(state)[1]
        positive = [k for k in range(len(columns)) if np.all(columns[k] > 0.0)]
        whole = self.power * stand_in.values if self.power else np.ones_like(factor)
        rows = np.vstack([stand_in.slopes * columns, whole]) * factor
        found = list(_near(rows, positive, "stretch"))
        found += _near(stand_in.slopes * factor, range(len(columns)), "shift")
        found.sort(key=lambda item: item[0])
        return [relation for _, relation in found]


def _near(
    rows: Vector, usable: Sequence[int], kind: Literal["stretch", "shift"]
) -> Iterator[tuple[float, Relation]]:
    """Columns whose derivative is a sum of simple multiples of a few others'.

    With a stretch the last row is the whole, whose multiple is the power of a factor.
    """
    gram = rows @ rows.T
    last = len(rows) - 1
    has_factor = kind == "stretch"
    largest = float(np.max(np.diag(gram)[:last] if has_factor else np.diag(gram)))
    for pivot in usable:
        size = float(gram[pivot, pivot])
        if size < 1e-3 * largest:
            yield float(np.sqrt(size / largest)), Relation(kind, pivot, ())
            continue
        others = [k for k in usable if k != pivot]
        for n in range(_MOST_JOINED + 1):
            for chosen in combinations(others, n):
                for with_factor in (False, True) if has_factor else (False,):
                    index = [*chosen, last] if with_factor else list(chosen)
                    relation, left = _simple(gram, pivot, index, kind, with_factor=with_factor)
                    if relation is not None and left < _ROUGH:
                        yield left + 0.02 * len(index), relation


def _simple(
    gram: Vector,
    pivot: int,
    index: list[int],
    kind: Literal["stretch", "shift"],
    *,
    with_factor: bool,
) -> tuple[Relation | None, float]:
    """Least squares for the multiples, each rounded; None where one is not nearly simple."""
    if not index:
        return None, np.inf
    part = gram[np.ix_(index, index)]
    try:
        exact = np.linalg.solve(part, gram[index, pivot])
    except np.linalg.LinAlgError:
        return None, np.inf
    simple = np.round(2.0 * exact) / 2.0
    if np.any(simple == 0.0) or np.any(np.abs(simple) > _HIGHEST):
        return None, np.inf
    if np.any(np.abs(simple - exact) > _NEAR):
        return None, np.inf
    size = gram[pivot, pivot]
    left = size - 2.0 * simple @ gram[index, pivot] + simple @ part @ simple
    halves = 0.02 * float(np.sum(simple % 1.0 != 0.0))
    n = len(index) - with_factor
    joined = tuple((index[k], float(simple[k])) for k in range(n))
    relation = Relation(kind, pivot, joined, float(simple[-1]) if with_factor else 0.0)
    return relation, float(np.sqrt(max(left, 0.0) / size)) + halves
