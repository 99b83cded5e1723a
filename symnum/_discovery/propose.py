"""Candidates for one right-hand side, from smoothed trajectories alone."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import combinations, zip_longest
from typing import TYPE_CHECKING

import numpy as np

from symnum._core import expression as core
from symnum._discovery.dictionary import dictionary, variables
from symnum._discovery.select import Selector
from symnum._discovery.side import Side, side_of
from symnum.fitting import fit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from symnum._discovery.smooth import Noise, Smooth
    from symnum._regression.problem import Clock
    from symnum.expression import Expression

    Array = NDArray[np.float64]
    Ranked = tuple[float, Side, frozenset[str]]

NODE = 1.2  # nats a node of a formula
_FUNCTIONS = ("exp", "log", "sin", "cos", "tan", "tanh")
_RARE = {
    **dict.fromkeys(("sin", "cos"), 2.5),
    **dict.fromkeys(("exp", "log", "sqrt", "abs", "inv"), 3.0),
    **dict.fromkeys(("pow", "tan", "tanh", "min", "max", "sign"), 6.0),
    **dict.fromkeys(("asin", "acos", "atan", "sinh", "cosh"), 8.0),
}
_CONSTANT_INSIDE = 2.0
_QUOTIENT = 2.0
_ARITY = {name: n for name, n, _, _ in core.OPERATIONS}
_FLOOR = 1e-12  # of a mean square, relative: what splines leave of functions without noise
SLOPES_BELOW = 0.003  # noise that derivatives of smoothed states may be trusted at
_SIMPLE = 3.5  # nats of surprise that polynomials, saturations and plain angles stay below
_REFINED = 30  # sets of a few atoms, whose constants are fitted
_WIDTH = 8
_LARGEST = 7  # terms
_MOST_QUADRATIC = 15  # of all terms up to products of two states


def code_length(expression: Expression, n_rows: float) -> float:
    """Nats for a formula: its nodes, and its constants to the precision that rows give them."""
    constants = (1.0 + 0.5 * np.log(n_rows)) * len(expression.constants)
    return NODE * expression.complexity + _surprise(expression) + float(constants)


def _surprise(expression: Expression) -> float:
    """Nats for operations that are rarer in models than sums and products, and for integers."""
    program = expression._program
    total = 0.0
    is_free: list[bool] = []
    numbers: dict[int, int] = {}
    for k, (name, left, right) in enumerate(
        zip(program.operations, program.left, program.right, strict=True)
    ):
        operands = [is_free[j] for j in (left, right)[: _ARITY[name]]]
        is_free.append(name == "constant" or any(operands))
        if name == "number":
            numbers[k] = left
            total += float(np.log1p(abs(left)))
        elif name == "pow":
            exponent = abs(numbers.get(right, 0))
            total += 1.5 * max(exponent - 3, 0) if exponent else _RARE["pow"]
        else:
            total += _RARE.get(name, 0.0)
            total += _CONSTANT_INSIDE if name in _FUNCTIONS and is_free[-1] else 0.0
            total += _QUOTIENT if name == "div" and right not in numbers else 0.0
    return total


@dataclass(frozen=True, eq=False)
class Form:
    """A linear regression for one state: rows of a target, and the columns of all atoms."""

    matrix: Array
    target: Array


class Proposer:
    """Linear combinations of the dictionary that explain a state's derivative or its integral."""

    def __init__(self, smooth: Sequence[Smooth], noise: Noise, clock: Clock) -> None:
        self.smooth = smooth
        self.noise = noise
        self.clock = clock
        self.n_states = smooth[0].values.shape[1]
        self.names = variables(self.n_states)
        at_times = np.concatenate([one.values for one in smooth])
        at_nodes = np.concatenate([one.nodes.reshape(-1, self.n_states) for one in smooth])
        self.n_times = len(at_times)
        self.atoms = dictionary(np.concatenate([at_times, at_nodes]))
        self.points = at_times
        surprises = np.array([_surprise(e) for e in self.atoms.expressions])
        self.is_simple = surprises < _SIMPLE
        self.at_nodes = at_nodes

    def has_time(self) -> bool:
        """Whether the clock still runs."""
        return not self.clock.is_over

    def costs(self) -> Array:
        """Nats that each atom adds to a description, with its coefficient and the plus."""
        n = float(self.n_times)
        own = np.array([code_length(e, n) for e in self.atoms.expressions])
        return np.asarray(own + 3 * NODE + 1.0 + 0.5 * np.log(n), np.float64)

    def slopes_form(self, state: int) -> Form:
        """Derivatives of the smoothed state; rows weigh as the noise has it."""
        slopes = np.concatenate([one.slopes[:, state] for one in self.smooth])
        values = self.atoms.values[:, : self.n_times].T
        inner = np.concatenate([_inner(one) for one in self.smooth])
        return Form(values[inner], slopes[inner])

    def integral_form(self, state: int) -> Form:
        """The measured state itself against integrals, less a free start of each trajectory."""
        columns = self._integrals(self.atoms.values[:, self.n_times :])
        return self._projected(columns, state)

    def _integrals(self, at_nodes: Array) -> list[Array]:
        """For each trajectory, integrals of functions given at all nodes, (n_times, n_functions)."""
        found, start = [], 0
        for one in self.smooth:
            size = one.node_times.size
            part = at_nodes[:, start : start + size].reshape(-1, *one.node_times.shape)
            start += size
            half = 0.5 * np.diff(one.times)
            steps = np.einsum("fts,s,t->tf", part, _WEIGHTS, half)
            found.append(np.concatenate([np.zeros((1, len(part))), np.cumsum(steps, axis=0)]))
        return found

    def _projected(self, columns: Sequence[Array], state: int) -> Form:
        rows, targets = [], []
        for one, part in zip(self.smooth, columns, strict=True):
            known = one.counts[:, state] > 0
            size = self.noise.deviation(one.values)[known, state]
            weight = np.sqrt(one.counts[known, state]) / size
            unit = weight / np.linalg.norm(weight)
            a, y = part[known] * weight[:, None], one.measured[known, state] * weight
            rows.append(a - np.outer(unit, unit @ a))
            targets.append(y - unit * (unit @ y))
        return Form(np.concatenate(rows), np.concatenate(targets))

    def propose(self, state: int, keep: int) -> list[Side]:
        """The best of both forms, alternately, each set of families once."""
        found: dict[frozenset[str], Side] = {}
        by_slopes: list[tuple[frozenset[str], Side]] = []
        if self.noise.relative[state] < SLOPES_BELOW:
            by_slopes = self._from_form(self.slopes_form(state), state, keep, integral=False)
        by_integral = self._from_form(self.integral_form(state), state, keep, integral=True)
        for pair in zip_longest(by_slopes, by_integral):
            for families, side in filter(None, pair):
                found.setdefault(families, side)
        return list(found.values())

    def _from_form(
        self, form: Form, state: int, keep: int, *, integral: bool
    ) -> list[tuple[frozenset[str], Side]]:
        scale = float(np.mean(np.square(form.target)))
        if scale == 0.0:
            return []
        target = form.target / np.sqrt(scale)
        costs = self.costs()
        found: dict[frozenset[str], Side] = {}
        for index in (np.arange(len(costs)), np.flatnonzero(self.is_simple)):
            sizes: Counter[int] = Counter()
            selector = Selector(form.matrix[:, index], target, costs[index], self.has_time)
            for choice in selector.run(_LARGEST, _WIDTH, _FLOOR):
                columns = index[list(choice.columns)].tolist()
                families = frozenset(self.atoms.atoms[k].family for k in columns)
                most = _REFINED if len(columns) <= 3 else keep
                if columns and families not in found and sizes[len(columns)] < most:
                    sizes[len(columns)] += 1
                    found[families] = self._side(form, columns)
        for columns in () if integral else self._quadratic(form):
            families = frozenset(self.atoms.atoms[k].family for k in columns)
            found.setdefault(families, self._side(form, columns))
        judge = Judge(self, form, state, scale, integral=integral)
        ranked = []
        for families, side in found.items():
            if self.clock.is_over:
                break
            ranked.append((*judge.refined(side), families))
        ranked.sort(key=lambda item: item[0])
        best: dict[str, tuple[float, Side, frozenset[str]]] = {}
        for length, side, families in ranked[:keep]:
            shorter = judge.pruned(length, side)
            best.setdefault(str(shorter[1].expression), (*shorter, families))
        for item in () if integral else _of_each_size(ranked, keep):
            best.setdefault(str(item[1].expression), item)
        found_best = sorted(best.values(), key=lambda item: item[0])
        return [(families, side) for _, side, families in found_best]

    def quadratic(self, state: int) -> Side | None:
        """All terms up to products of two states; None where that is too many."""
        form = self.slopes_form(state)
        columns = next(self._quadratic(form), None)
        return None if columns is None else self._side(form, columns)

    def _quadratic(self, form: Form) -> Iterator[list[int]]:
        """All terms up to products of two states, then fewer and fewer of them.

        Without what explains least each time: where a right-hand side is of these, that leads to
        it also through terms that are nearly each other's combinations.
        """
        names = {"1", *self.names, *(f"{name}**2" for name in self.names)}
        names |= {f"{a}*{b}" for a, b in combinations(self.names, 2)}
        columns = [k for k, atom in enumerate(self.atoms.atoms) if atom.text in names]
        if not len(columns) <= min(_MOST_QUADRATIC, len(form.target) // 3):
            return
        while columns:
            yield list(columns)
            part = form.matrix[:, columns]
            size = np.linalg.norm(part, axis=0) + 1e-300
            inverse = np.linalg.pinv(part / size)
            gains = np.square(inverse @ form.target) / np.square(inverse).sum(axis=1)
            del columns[int(np.argmin(gains))]

    def _side(self, form: Form, columns: Sequence[int]) -> Side:
        part = form.matrix[:, list(columns)]
        size = np.linalg.norm(part, axis=0)
        solution = np.linalg.lstsq(part / size, form.target, rcond=None)[0] / size
        return side_of(solution.tolist(), [self.atoms.atoms[k].text for k in columns], self.names)

    def fitted(self, side: Side, state: int, form: Form, *, integral: bool) -> tuple[Side, float]:
        """All constants fitted, and the sum of squares that is left."""
        expression = side.expression
        if not integral:
            inner = np.concatenate([_inner(one) for one in self.smooth])
            result = fit(expression, self.points[inner], form.target, max_iterations=30)
            return side.with_constants(result.expression.constants), result.cost
        if len(expression.constants) == len(side.terms):
            rest = self._rest(expression, state)
            return side, squared(rest[0]) if rest else np.inf
        found, squares = self._descend(expression, state)
        return side.with_constants(found.constants), squares

    def _rest(self, expression: Expression, state: int) -> tuple[Array, Array] | None:
        """Residuals of the integral form, and their derivatives by the constants."""
        values, slopes = expression.value_and_jacobian(self.at_nodes)
        if not (np.all(np.isfinite(values)) and np.all(np.isfinite(slopes))):
            return None
        form = self._projected(self._integrals(np.column_stack([values, slopes]).T), state)
        return form.target - form.matrix[:, 0], form.matrix[:, 1:]

    def _descend(self, expression: Expression, state: int) -> tuple[Expression, float]:
        """Levenberg and Marquardt on the integral form."""
        now, damping = self._rest(expression, state), 1e-3
        if now is None:
            return expression, np.inf
        cost = squared(now[0])
        for _ in range(20):
            rest, slopes = now
            size = np.linalg.norm(slopes, axis=0) + 1e-300
            matrix = (slopes / size).T @ (slopes / size)
            matrix[np.diag_indices_from(matrix)] += damping
            step = np.linalg.solve(matrix, (slopes / size).T @ rest) / size
            moved = expression.with_constants(expression.constants + step)
            there = self._rest(moved, state)
            after = np.inf if there is None else squared(there[0])
            if there is None or not after < cost:
                damping *= 10.0
                if damping > 1e6:
                    break
                continue
            drop = cost - after
            expression, now, damping = moved, there, max(damping * 0.1, 1e-12)
            cost -= drop
            if drop <= 1e-4 * cost:
                break
        return expression, cost

    def additions(self, side: Side, state: int, keep: int) -> list[Side]:
        """The side with one more atom, the best first; its own constants may move with it."""
        integral = bool(self.noise.relative[state] >= SLOPES_BELOW)
        form = self.integral_form(state) if integral else self.slopes_form(state)
        known = self._tangent(side, state, integral=integral)
        if known is None:
            return []
        rest, tangent = known
        basis = _basis(tangent)
        matrix = form.matrix - basis @ (basis.T @ form.matrix)
        rest = rest - basis @ (basis.T @ rest)
        norms = np.linalg.norm(matrix, axis=0)
        usable = norms > 1e-6 * np.linalg.norm(form.matrix, axis=0)
        along = np.where(usable, (rest @ matrix) / np.where(usable, norms, 1.0), 0.0)
        left = np.maximum(rest @ rest - np.square(along), 0.0)
        scale = float(np.mean(np.square(form.target))) or 1.0
        n = len(rest)
        length = 0.5 * n * np.log(left / n / scale + _FLOOR) + self.costs()
        found: dict[str, Side] = {}
        for k in np.argsort(np.where(usable, length, np.inf), kind="stable").tolist():
            atom = self.atoms.atoms[k]
            if not usable[k] or len(found) == keep:
                break
            if atom.family not in found:
                coefficient = float(along[k] / norms[k])
                more = side_of([coefficient], [atom.text], self.names)
                found[atom.family] = side.plus(*more.terms)
        return list(found.values())

    def _tangent(self, side: Side, state: int, *, integral: bool) -> tuple[Array, Array] | None:
        """What a side leaves of a form, and its derivatives by its constants."""
        if integral:
            return self._rest(side.expression, state)
        inner = np.concatenate([_inner(one) for one in self.smooth])
        values, slopes = side.expression.value_and_jacobian(self.points[inner])
        if not (np.all(np.isfinite(values)) and np.all(np.isfinite(slopes))):
            return None
        return self.slopes_form(state).target - values, slopes


def _of_each_size(ranked: Sequence[Ranked], keep: int) -> list[Ranked]:
    """Of each number of terms the first, where none is among those kept.

    What smoothing leaves of functions without noise is no noise: many terms may explain it.
    """
    sizes = {len(side.terms) for _, side, _ in ranked[:keep]}
    found: dict[int, Ranked] = {}
    for item in ranked[keep:]:
        if len(item[1].terms) not in sizes:
            found.setdefault(len(item[1].terms), item)
    return list(found.values())


def squared(rest: Array) -> float:
    """Sum of squares; inf where it overflows."""
    with np.errstate(over="ignore", invalid="ignore"):
        return float(np.nan_to_num(rest @ rest, nan=np.inf, posinf=np.inf))


def _basis(columns: Array) -> Array:
    """Orthonormal columns that span the given ones."""
    size = np.linalg.norm(columns, axis=0)
    used = columns[:, size > 0] / size[size > 0]
    if not used.size:
        return np.zeros((len(columns), 0))
    left, values, _ = np.linalg.svd(used, full_matrices=False)
    kept: Array = left[:, values > 1e-10 * values[0]]
    return kept


class Judge:
    """Lengths of descriptions of one state by one form."""

    def __init__(
        self, proposer: Proposer, form: Form, state: int, scale: float, *, integral: bool
    ) -> None:
        self.proposer = proposer
        self.form = form
        self.state = state
        self.scale = scale
        self.integral = integral

    def refined(self, side: Side) -> tuple[float, Side]:
        """With all constants fitted."""
        n = len(self.form.target)
        found, squares = self.proposer.fitted(side, self.state, self.form, integral=self.integral)
        data = 0.5 * n * float(np.log(squares / n / self.scale + _FLOOR))
        return data + code_length(found.expression, n), found

    def pruned(self, length: float, side: Side) -> tuple[float, Side]:
        """Without terms, and with whole numbers for constants, where that is shorter."""
        while len(side.terms) > 1 and not self.proposer.clock.is_over:
            shorter = [self.refined(side.without(k)) for k in range(len(side.terms))]
            best = min(shorter, key=lambda item: item[0])
            if best[0] >= length:
                break
            length, side = best
        return length, side


_WEIGHTS = np.polynomial.legendre.leggauss(3)[1]


def _inner(one: Smooth) -> NDArray[np.bool_]:
    """Times where a spline's derivative is not that of its ends."""
    inner = np.ones(len(one.times), bool)
    if len(inner) > 12:
        inner[[0, -1]] = False
    return inner
