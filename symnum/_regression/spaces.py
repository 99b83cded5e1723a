"""What a table is made of: the variables, or products of them that units allow."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import permutations
from typing import TYPE_CHECKING

import numpy as np

from symnum._core import expression as core
from symnum._core.search import MAX_POINTS, Table
from symnum._regression.leaves import basis_groups, monomials, prefactors
from symnum._regression.symmetries import Reduced, reductions

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from symnum._regression.functions import Function
    from symnum._regression.problem import Problem

    Vector = NDArray[np.float64]


_OPERANDS = {1: 40, 2: 8}  # of the user's own operations, by how many they have
_MOST_CALLS = 60
_SIMPLE = ("add", "sub", "mul", "div")


@dataclass(frozen=True, eq=False)
class Space:
    """Columns of a table with their formulas, and what is looked up in it."""

    columns: Vector  # (n_columns, n_points)
    y: Vector  # less the summand, over the prefactor
    leaves: tuple[core.Program, ...]  # of the columns, over the variables; empty for the variables
    prefactor: core.Program | None = None
    summand: core.Program | None = None
    units: tuple[list[list[int]], list[int]] = ((), ())  # type: ignore[assignment]

    def program(self, found: core.Program, n_variables: int) -> core.Program:
        """A formula over the columns as one over the variables."""
        if not self.leaves:
            return found
        builder = core.Builder(n_variables)
        own = [builder.variable(k) for k in range(n_variables)]
        result = builder.insert(found, [builder.insert(leaf, own) for leaf in self.leaves])
        if self.prefactor is not None:
            result = builder.apply("mul", [builder.insert(self.prefactor, own), result])
        if self.summand is not None:
            result = builder.apply("add", [builder.insert(self.summand, own), result])
        return core.simplify(builder.build(result))


def sample_points(problem: Problem, seed: int) -> NDArray[np.intp]:
    """Rows that stand for all in a table: those without zeros first, else at random."""
    rng = np.random.default_rng(seed)
    order = rng.permutation(problem.n_rows)
    zeros = (problem.columns == 0.0).sum(axis=0) + (problem.y == 0.0)
    zeros[problem.trusted == 0.0] += len(problem.columns) + 2  # outliers last of all
    order = order[np.argsort(zeros[order], kind="stable")]
    return order[:MAX_POINTS]


def main_space(
    problem: Problem, points: NDArray[np.intp], functions: Sequence[Function] = ()
) -> Space:
    """The variables and simple calls of the user's own operations.

    With units also products of variables, and formulas of consistent units only.
    """
    x = np.ascontiguousarray(problem.columns[:, points])
    y = np.ascontiguousarray(problem.y[points])
    dimensions = problem.dimensions
    calls = _calls(functions, x)
    if dimensions is None and not calls:
        return Space(x, y, ())
    variables = [_variable(k, len(x)) for k in range(len(x))]
    if dimensions is None:
        leaves, columns = _finite([*variables, *calls], x)
        return Space(columns, y, leaves)
    calls = [call for call in calls if isinstance(dimensions.kind(call), tuple)]
    leaves, columns = _finite([*variables, *monomials(dimensions), *calls], x)
    return Space(columns, y, leaves, units=dimensions.in_twelfths(leaves))


def _calls(functions: Sequence[Function], x: Vector) -> list[core.Program]:
    """Of the simplest formulas, each function of the points once."""
    if not functions:
        return []
    table = Table(x, list(_SIMPLE), 256, 8, 1.0, 1, [], [])
    simple = [table.program(k) for k in range(len(table))]
    simple = [program for program in simple if "variable" in program.operations]
    found: dict[bytes, core.Program] = {}
    for function in functions:
        operands = simple[: _OPERANDS[function.arity]]
        for chosen in permutations(operands, function.arity):
            call = _call(function, chosen, len(x))
            values = core.evaluate_float64([call], [call.constants], x)[0]
            if np.isfinite(values).all() and np.ptp(values) > 0:
                found.setdefault(np.round(values, 12).tobytes(), call)
    calls = sorted(found.values(), key=lambda call: call.tree_size)
    return calls[:_MOST_CALLS]


def _call(function: Function, operands: Sequence[core.Program], n: int) -> core.Program:
    builder = core.Builder(n)
    own = [builder.variable(k) for k in range(n)]
    nodes = [builder.insert(operand, own) for operand in operands]
    return core.simplify(builder.build(builder.insert(function.program, nodes)))


def pure_spaces(problem: Problem, points: NDArray[np.intp], most: int) -> Iterator[Space]:
    """With units: y over a product of variables, by a basis of the dimensionless groups."""
    if problem.dimensions is None:
        return
    x = np.ascontiguousarray(problem.columns[:, points])
    leaves, columns = _finite(basis_groups(problem.dimensions), x)
    if not leaves:
        return
    factors, values = _finite(prefactors(problem.dimensions)[:most], x)
    for factor, value in zip(factors, values, strict=True):
        if np.all(value != 0.0):
            yield Space(columns, np.ascontiguousarray(problem.y[points] / value), leaves, factor)


def reduced_forms(problem: Problem, operations: Sequence[str], seed: int) -> list[Reduced]:
    """The law as a factor times a function of fewer columns than there are, the fewest first.

    With units also of pure numbers, which are fewer from the start.
    """
    n = len(problem.columns)
    start = Reduced.of(problem.columns, [_variable(k, n) for k in range(n)])
    forms = reductions(problem, start, operations, seed)
    if problem.dimensions is None:
        return forms
    leaves, columns = _finite(basis_groups(problem.dimensions), problem.columns)
    factors, scales = _finite(prefactors(problem.dimensions)[:1], problem.columns)
    if not leaves or not factors or not np.all(scales[0]):
        return forms
    bare = Reduced.of(columns, [*leaves, factors[0]])
    if not len(bare.columns):
        return forms
    start = replace(bare, factor_powers={len(leaves): 1.0}, scale=scales[0])
    pure = [*reductions(problem, start, operations, seed), start]
    return [*forms[:1], pure[0], *forms[1:], *pure[1:]]


def reduced_space(
    problem: Problem,
    form: Reduced,
    points: NDArray[np.intp],
    summand: core.Program | None = None,
) -> Space:
    """For tables of a reduced form; `summand` is what was taken off the problem's y."""
    columns = np.ascontiguousarray(form.columns[:, points])
    y = np.ascontiguousarray(problem.y[points] / form.scale[points])
    return Space(columns, y, form.leaves, form.factor, summand)


def reduced_problem(problem: Problem, form: Reduced) -> Problem:
    """On all rows; the factor is in the weights, so that losses are those of y."""
    return replace(
        problem,
        columns=form.columns,
        y=np.ascontiguousarray(problem.y / form.scale),
        weights=problem.weights * np.square(form.scale),
        names=tuple(f"x{k}" for k in range(len(form.columns))),
        dimensions=None,
        constraints=None,
    )


def _variable(k: int, n: int) -> core.Program:
    builder = core.Builder(n)
    return builder.build(builder.variable(k))


def _finite(programs: Sequence[core.Program], x: Vector) -> tuple[tuple[core.Program, ...], Vector]:
    """Those that are finite on all points, with their values."""
    if not programs:
        return (), np.empty((0, x.shape[1]))
    values = core.evaluate_float64(programs, [p.constants for p in programs], x)
    usable = [k for k in range(len(values)) if np.isfinite(values[k]).all()]
    return tuple(programs[k] for k in usable), np.ascontiguousarray(values[usable])
