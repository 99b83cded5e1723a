"""What a search is about: data in a fixed order, and how well and how shortly a program tells it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from functools import cached_property
from math import log1p
from typing import TYPE_CHECKING

import numpy as np

from symnum._core import expression as core
from symnum.errors import DomainError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from symnum._regression.constraints import Constraints
    from symnum._regression.dimensions import Dimensions

    Vector = NDArray[np.float64]

# Residuals below this, relative to the spread of y, count as none: the law is exact.
# A truncated series comes close: with eight terms it may leave 1e-11.
EXACT = 1e-12
FLOOR = 1e-13
_MOST_FREE = 4  # constants of an exact law that are no simple numbers; more may be a series
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

    @property
    def complexity(self) -> int:
        """Leaves and operations when written out."""
        return self.program.tree_size


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
    ) -> Problem:
        """From arrays in any order; rows of weight 0 are left out. Without a clock, no limit."""
        rows = np.column_stack([x, y])[weights > 0]
        unique, inverse = np.unique(rows, axis=0, return_inverse=True)
        summed = np.zeros(len(unique))
        np.add.at(summed, inverse.ravel(), weights[weights > 0])
        columns = np.ascontiguousarray(unique[:, :-1].T)
        target = np.ascontiguousarray(unique[:, -1])
        timer = Clock(np.inf) if clock is None else clock
        problem = cls(columns, target, summed, names, timer, dimensions, constraints)
        with np.errstate(over="ignore"):
            if not np.isfinite(problem.variance):
                message = f"y has values up to {np.abs(y).max()}, whose squares overflow"
                raise DomainError(message)
        return problem

    def subset(self, rows: NDArray[np.intp]) -> Problem:
        """The same problem on some of the rows."""
        return Problem(
            np.ascontiguousarray(self.columns[:, rows]),
            np.ascontiguousarray(self.y[rows]),
            np.ascontiguousarray(self.weights[rows]),
            self.names,
            self.clock,
            self.dimensions,
            self.constraints,
        )

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

    def losses(self, programs: Sequence[core.Program]) -> Vector:
        """Weighted mean square residual of each; inf where a value is not finite."""
        if not programs:
            return np.empty(0)
        values = core.evaluate_float64(programs, [p.constants for p in programs], self.columns)
        with np.errstate(over="ignore", invalid="ignore"):
            squares = np.square(values - self.y) @ (self.weights / self.weights.sum())
        return np.where(np.isfinite(squares), squares, np.inf)

    def residuals(self, program: core.Program) -> Vector:
        """Y less the values of one."""
        values = core.evaluate_float64([program], [program.constants], self.columns)
        return np.asarray(self.y - values[0])

    def fit(self, programs: Sequence[core.Program], max_iterations: int = 60) -> list[core.Program]:
        """The programs with constants fitted from where they are."""
        if not programs:
            return []
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
        pairs = zip(programs, self.losses(programs).tolist(), strict=True)
        kept = [(p, loss) for p, loss in pairs if np.isfinite(loss)]
        if self.constraints is not None:
            kept = [(p, loss) for p, loss in kept if self.constraints.allow(p, self.columns)]
        return [Candidate(p, loss, self.length(p, loss)) for p, loss in kept]

    def length(self, program: core.Program, loss: float) -> float:
        """Nats to tell y by the program: Rissanen's two-part code, with the noise fitted too.

        A constant is told to the precision that the residuals leave it.
        """
        floor = max(FLOOR**2 * self.variance, 1e-300)
        data = 0.5 * self.n_effective * float(np.log(max(loss, floor)))
        error = min(max(self.relative_error(loss), FLOOR), 1.0)
        digits = 0.5 * float(np.log(max(self.n_effective, 2.0))) - float(np.log(error))
        return data + code_length(program) + (1.0 + digits) * len(program.constants)

    def relative_error(self, loss: float) -> float:
        """Root mean square residual over the standard deviation of y."""
        return float(np.sqrt(loss / self.variance)) if self.variance > 0 else 0.0

    def is_exact(self, candidate: Candidate) -> bool:
        """Whether it leaves nothing but rounding, with few free constants."""
        is_short = len(candidate.program.constants) <= _MOST_FREE
        return is_short and self.relative_error(candidate.loss) < EXACT


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
