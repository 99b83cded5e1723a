"""What a search is about: data in a fixed order, and how well and how shortly a program tells it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import log1p
from typing import TYPE_CHECKING

import numpy as np

from symnum._core import expression as core
from symnum._regression import outliers
from symnum._regression.losses import Loss, Scales, fit_loss
from symnum.errors import DomainError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from symnum._regression.constraints import Constraints
    from symnum._regression.dimensions import Dimensions
    from symnum._regression.functions import Functions

    Vector = NDArray[np.float64]

# Residuals below this, relative to the spread of y, count as none: the law is exact.
# A truncated series comes close: with eight terms it may leave 1e-11.
EXACT = 1e-12
FLOOR = 1e-13
_MOST_FREE = 4  # constants of an exact law that are no simple numbers; more may be a series
_MOST_SORTED = 50_000  # rows; of more a hash is
_MIXER = np.uint64(0x9E3779B97F4A7C15)
_MOST_JUDGED = 5_000  # rows of which outliers are told from the rest
# Nats a node: an operation or a leaf is one of about twenty.
_NODE = float(np.log(20.0))


class Clock:
    """The seconds that a search has, less a share that is kept for its end."""

    def __init__(self, seconds: float, kept: float = 0.0) -> None:
        self._seconds = seconds
        self._end = time.monotonic() + seconds * (1.0 - kept)

    def extend(self, share: float) -> None:
        """Give back a share of the time that was kept."""
        self._end += share * self._seconds

    def left(self) -> float:
        """Seconds that remain, at least 0."""
        return max(0.0, self._end - time.monotonic())

    @property
    def is_over(self) -> bool:
        """Whether the time has passed."""
        return self.left() <= 0.0


@dataclass(frozen=True)
class Candidate:
    """A program with its fit to the data."""

    program: core.Program
    loss: float
    length: float  # description length of program and residuals, in nats
    complexity: int  # leaves and operations when written out
    error: float  # size of residuals, outliers of a robust loss apart, over the spread of y
    own: tuple[tuple[float, ...], ...] = ()  # constants of each data set, where there are several


@dataclass(frozen=True, eq=False)
class Problem:
    """Rows in sorted order, each once, with the sum of the weights of its copies."""

    columns: Vector  # (n_variables, n_rows)
    y: Vector
    weights: Vector
    names: tuple[str, ...]
    clock: Clock = field(compare=False)
    dimensions: Dimensions | None = None  # without, any formula is allowed
    constraints: Constraints | None = None
    loss: Loss | None = None  # without, squares
    functions: Functions | None = None  # the user's own operations
    trust: Vector | None = None  # weights of rows that are no outliers, where those are known

    @classmethod
    def of(
        cls,
        x: Vector,
        y: Vector,
        weights: Vector,
        names: tuple[str, ...],
        clock: Clock | None = None,
        dimensions: Dimensions | None = None,
        constraints: Constraints | None = None,
        functions: Functions | None = None,
    ) -> Problem:
        """From arrays in any order; rows of weight 0 are left out. Without a clock, no limit."""
        kept = weights > 0
        unique, summed = _in_order(np.column_stack([x, y])[kept], weights[kept])
        columns = np.ascontiguousarray(unique[:, :-1].T)
        target = np.ascontiguousarray(unique[:, -1])
        timer = Clock(np.inf) if clock is None else clock
        problem = cls(
            columns, target, summed, names, timer, dimensions, constraints, None, functions
        )
        with np.errstate(over="ignore"):
            if not np.isfinite(problem.variance):
                message = (
                    f"y has values up to {np.abs(y).max():.3g}, whose squares overflow; scale it"
                )
                raise DomainError(message)
        if problem.variance < np.finfo(np.float64).tiny and np.ptp(target) > 0.0:
            message = f"y varies by {np.ptp(target):.3g}, whose square underflows; scale it"
            raise DomainError(message)
        return problem

    def subset(self, rows: NDArray[np.intp]) -> Problem:
        """The same problem on some of the rows."""
        return replace(
            self,
            columns=np.ascontiguousarray(self.columns[:, rows]),
            y=np.ascontiguousarray(self.y[rows]),
            weights=np.ascontiguousarray(self.weights[rows]),
            trust=None if self.trust is None else np.ascontiguousarray(self.trust[rows]),
        )

    def with_loss(self, given: object) -> Problem:
        """The same problem with what a user gives as its loss."""
        loss = Loss.of(given, self._noise)
        problem = replace(self, loss=loss)
        if loss is not None:
            problem.scales.kept.of(0.0)  # refuses what is no loss
        return problem

    def _noise(self) -> float:
        """The scale of the noise, as neighbours show it; positive."""
        found = outliers.scale(self.sample(_MOST_JUDGED, 0).deviations)
        return found or float(np.sqrt(self.variance)) or 1.0

    def sample(self, most: int, seed: int) -> Problem:
        """The same problem on at most so many rows at random."""
        if self.n_rows <= most:
            return self
        rows = np.random.default_rng(seed).choice(self.n_rows, most, replace=False)
        return self.subset(np.sort(rows))

    @property
    def n_rows(self) -> int:
        """Different rows."""
        return len(self.y)

    @cached_property
    def n_effective(self) -> float:
        """Rows that count, after Kish: as many as there are where weights are equal."""
        return float(self.weights.sum() ** 2 / np.square(self.weights).sum())

    @cached_property
    def mean(self) -> float:
        """Weighted mean of y."""
        is_constant = np.ptp(self.y) == 0.0  # whose average may be an ulp off
        return float(self.y[0] if is_constant else np.average(self.y, weights=self.weights))

    @cached_property
    def variance(self) -> float:
        """Weighted variance of y."""
        if np.ptp(self.y) == 0.0:
            return 0.0
        return float(np.average(np.square(self.y - self.mean), weights=self.weights))

    @property
    def deviations(self) -> Vector:
        """Of each row from what its neighbours say."""
        return outliers.deviations(self.columns, self.y, self.weights)

    def judged(self) -> Problem:
        """The same problem with outliers told apart, where the loss is one that may leave them."""
        if self.loss is None or self.trust is not None or self.n_rows > _MOST_JUDGED:
            return self
        kept = np.where(outliers.is_outlier(self.deviations), 0.0, self.weights)
        return replace(self, trust=kept) if kept.any() else self

    @property
    def trusted(self) -> Vector:
        """The weights, 0 for rows known as outliers."""
        return self.weights if self.trust is None else self.trust

    @cached_property
    def scales(self) -> Scales:
        """What tells mean losses in the units of y, where they are not of squares."""
        if self.loss is None:
            message = "losses of squares need no table"
            raise DomainError(message)
        return Scales(self.loss, self.y, self.weights, self.trusted)

    def losses(self, programs: Sequence[core.Program]) -> Vector:
        """Weighted mean loss of each, by default of squares; inf where a value is not finite."""
        return self.costs(programs)[0]

    def costs(self, programs: Sequence[core.Program]) -> tuple[Vector, Vector]:
        """Mean losses on all rows, and on those that are trusted."""
        if not programs:
            return np.empty(0), np.empty(0)
        values = core.evaluate_float64(programs, [p.constants for p in programs], self.columns)
        with np.errstate(over="ignore", invalid="ignore"):
            if self.loss is None:
                found = np.square(values - self.y) @ (self.weights / self.weights.sum())
                kept = found
            else:
                costs = self.loss.values(values, self.y)
                found = costs @ (self.weights / self.weights.sum())
                kept = costs @ (self.trusted / self.trusted.sum())
        return np.where(np.isfinite(found), found, np.inf), kept

    def residuals(self, program: core.Program) -> Vector:
        """Y less the values of one."""
        values = core.evaluate_float64([program], [program.constants], self.columns)
        return np.asarray(self.y - values[0])

    def fit(self, programs: Sequence[core.Program], max_iterations: int = 60) -> list[core.Program]:
        """The programs with constants fitted from where they are."""
        if not programs:
            return []
        if self.loss is not None:
            return fit_loss(self, self.loss, programs, max_iterations)
        results = core.fit(
            programs,
            [p.constants for p in programs],
            self.columns,
            self.y,
            self.weights,
            max_iterations,
            1e-12,
            True,
        )
        return [p.with_constants(r.constants) for p, r in zip(programs, results, strict=True)]

    def candidates(self, programs: Sequence[core.Program]) -> list[Candidate]:
        """Each with its loss and description length.

        Those that are not finite, whose units are not those of y, or that break a constraint are
        left out.
        """
        if self.dimensions is not None:
            programs = [p for p in programs if self.dimensions.allow(p)]
        rows = zip(programs, *(costs.tolist() for costs in self.costs(programs)), strict=True)
        known = [row for row in rows if np.isfinite(row[1])]
        if self.constraints is not None:
            known = [row for row in known if self.constraints.allow(row[0], self.columns)]
        return [self.candidate(*row) for row in known]

    def candidate(self, program: core.Program, loss: float, kept: float) -> Candidate:
        """One with its description length, from its mean losses."""
        code, size = self.code(program)
        error = self.relative_error(kept)
        length = code + self.misfit(loss, kept) + len(program.constants) * self.digits(error)
        return Candidate(program, loss, length, size, error)

    def code(self, program: core.Program) -> tuple[float, int]:
        """Nats for a program without its constants, and its complexity; a call is one node."""
        saved = 0 if self.functions is None else self.functions.saved(program)
        return code_length(program) - _NODE * saved, program.tree_size - saved

    def misfit(self, loss: float, kept: float) -> float:
        """Nats to tell y by a program: Rissanen's two-part code, with the noise fitted too."""
        floor = max(FLOOR**2 * self.variance, 1e-300)
        if self.loss is None:
            return 0.5 * self.n_effective * float(np.log(max(loss, floor)))
        return self.n_effective * self.scales.nats(loss, kept, float(np.sqrt(floor)))

    def digits(self, error: float) -> float:
        """Nats of a constant, told to the precision that the residuals leave it."""
        error = min(max(error, FLOOR), 1.0)
        return 1.0 + 0.5 * float(np.log(max(self.n_effective, 2.0))) - float(np.log(error))

    def relative_error(self, kept: float) -> float:
        """Root mean square residual over the standard deviation of y, from the mean loss.

        Of another loss than squares the residual that costs as much, on the rows trusted.
        """
        if not self.variance > 0:
            return 0.0
        if self.loss is None:
            return float(np.sqrt(kept / self.variance))
        return float(self.scales.kept.of(kept) / np.sqrt(self.variance))

    def is_exact(self, candidate: Candidate) -> bool:
        """Whether it leaves nothing but rounding, with few free constants."""
        is_short = len(candidate.program.constants) <= _MOST_FREE
        return is_short and self.leaves_nothing(candidate)

    def leaves_nothing(self, candidate: Candidate) -> bool:
        """Whether residuals, outliers of a robust loss apart, are of the size of rounding."""
        if self.loss is None or candidate.error >= EXACT:
            return candidate.error < EXACT
        # A loss whose least value is not 0 tells no more than half of the digits.
        rest = self.residuals(candidate.program)[self.trusted > 0]
        return float(np.sqrt(np.mean(rest**2))) < EXACT * float(np.sqrt(self.variance))


def _in_order(rows: Vector, weights: Vector) -> tuple[Vector, Vector]:
    """Different rows in an order that does not depend on that given, with their weights.

    That of their values, or of a hash of them where there are many.
    """
    if len(rows) <= _MOST_SORTED:
        unique, inverse = np.unique(rows, axis=0, return_inverse=True)
        summed = np.zeros(len(unique))
        np.add.at(summed, inverse.ravel(), weights)
        return unique, summed
    keys = np.zeros(len(rows), np.uint64)
    for column in (rows + 0.0).T:  # 0.0 for -0.0
        bits = np.ascontiguousarray(column).view(np.uint64)
        keys = (keys ^ (bits ^ (bits >> np.uint64(29)))) * _MIXER
        keys ^= keys >> np.uint64(32)
    order = np.argsort(keys, kind="stable")
    rows, weights = rows[order], weights[order]
    starts = np.flatnonzero(np.append(True, np.any(rows[1:] != rows[:-1], axis=1)))
    return rows[starts], np.add.reduceat(weights, starts)


def code_length(program: core.Program) -> float:
    """Nats for the program without its constants: nodes and integers.

    An integer divided by one is one number, not three nodes.
    """
    operations, left, right = program.operations, program.left, program.right
    size = program.tree_size
    integers = 0.0
    for k, operation in enumerate(operations):
        if operation == "number":
            integers += log1p(abs(left[k]))
        elif operation == "div" and operations[left[k]] == operations[right[k]] == "number":
            size -= 2
    return _NODE * size + integers
