"""One search, from a problem to its front."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from symnum._regression import results
from symnum._regression.archive import Archive, front_of
from symnum._regression.datasets import Datasets
from symnum._regression.explore import LAST, Explorer
from symnum._regression.problem import EXACT, Clock, Problem
from symnum.errors import DomainError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from symnum._core.expression import Program
    from symnum._regression.constraints import Constraints
    from symnum._regression.dimensions import Dimensions
    from symnum._regression.explore import Effort
    from symnum._regression.problem import Candidate
    from symnum._regression.results import Equation, Teller

    Vector = NDArray[np.float64]

_FOR_SEARCH = 0.8  # of the time, where the front is fitted to more rows after it
_MOST_ROWS = 5_000  # that a search looks at; the front is fitted to all of them


@dataclass(frozen=True)
class Found:
    """What a search leaves for one target."""

    front: list[Equation]
    archive: list[Equation]
    noise_level: float
    is_exact: bool
    was_interrupted: bool = False

    @property
    def pick(self) -> Equation:
        """The chosen one."""
        return next(row for row in self.front if row.pick)


@dataclass(frozen=True, eq=False)
class Task:
    """What the searches for all outputs share."""

    x: Vector  # (n_rows, n_variables)
    weights: Vector
    places: NDArray[np.intp]  # of each row that of its data set
    effort: Effort
    loss: object
    constraints: Constraints | None
    tell: Teller
    selection: str
    report: Callable[[Candidate], None] | None

    def run(
        self, y: Vector, dimensions: Dimensions | None, clock: Clock, given: Sequence[Program]
    ) -> Found:
        """Search for formulas of one output."""
        names, functions = self.tell.names, self.tell.functions
        problem = Problem.of(
            self.x, y, self.weights, names, clock, dimensions, self.constraints, functions
        ).with_loss(self.loss)
        if self.tell.labels:
            for k, label in enumerate(self.tell.labels):
                if not np.any(self.weights[self.places == k] > 0):
                    message = f"dataset {label!r} has no row of positive weight"
                    raise DomainError(message)
            parts = [
                replace(problem, columns=part.columns, y=part.y, weights=part.weights)
                for part in (
                    Problem.of(self.x[rows], y[rows], self.weights[rows], names)
                    for rows in (self.places == k for k in range(len(self.tell.labels)))
                )
            ]
            problem = Datasets.joined(parts)
        problem = problem.judged()
        # The matrices are small: threads of BLAS would wait for each other. A candidate that is
        # no number somewhere is left out, and that is no news.
        with threadpool_limits(limits=1, user_api="blas"), np.errstate(all="ignore"):
            archive, was_interrupted = search(problem, self.effort, given, self.report)
        return found(problem, archive, self.tell, self.selection, was_interrupted=was_interrupted)


def search(
    problem: Problem,
    effort: Effort,
    given: Sequence[Program],
    report: Callable[[Candidate], None] | None,
) -> tuple[Archive, bool]:
    """All that was kept, and whether Ctrl-C ended it."""
    archive = Archive()
    small = problem.sample(_MOST_ROWS, effort.seed).judged()
    if small is not problem:
        small = replace(small, clock=Clock(_FOR_SEARCH * problem.clock.left(), LAST))
    explorer = Explorer(small, archive, effort, report)
    free = replace(small, dimensions=None, constraints=None)
    constant = explorer.fallback()
    archive.add(free.candidates(constant if free.loss is None else free.fit(constant)))
    was_interrupted = False
    try:
        if small.variance > 0.0:
            explorer.take(list(given))
            explorer.run()
    except KeyboardInterrupt:
        was_interrupted = True
    if small is problem:
        return archive, was_interrupted
    return _everywhere(problem, archive), was_interrupted


def _everywhere(problem: Problem, archive: Archive) -> Archive:
    """The front on all rows, fitted as far as time allows."""
    everywhere = Archive()
    programs = [c.program for c in archive.front()] + [archive.best().program]
    everywhere.add(problem.candidates(programs))
    if not everywhere.everything():
        return archive
    for candidate in everywhere.everything():
        if problem.clock.is_over:
            break
        everywhere.add(problem.candidates(problem.fit([candidate.program], 10)))
    return everywhere


def found(
    problem: Problem, archive: Archive, tell: Teller, selection: str, *, was_interrupted: bool
) -> Found:
    """The front and the rest as users see them."""
    front, everything = archive.front(), archive.everything()
    best = everything[0]
    if isinstance(problem, Datasets):
        told = {id(c): problem.told(c, try_sharing=True) for c in [*front, best]}
        raw = min([*front, best], key=lambda c: (told[id(c)].length, c.complexity))
        best = problem.without_idle(raw, told[id(raw)])
        front = front_of([*(told[id(c)] for c in front), best])
        everything = [told.get(id(c)) or problem.told(c, try_sharing=False) for c in everything]
    chosen = best if selection == "best" else front[-1]
    has_own = isinstance(problem, Datasets)
    is_exact = chosen.error < EXACT if has_own else problem.leaves_nothing(chosen)
    is_flat = problem.variance == 0.0
    size = np.sqrt(chosen.loss if is_flat else problem.variance) * (
        1.0 if is_flat else chosen.error
    )
    return Found(
        results.equations_of(front, chosen, tell),
        [tell(c, 0.0, pick=k == 0) for k, c in enumerate(everything)],
        float(size),
        is_exact,
        was_interrupted,
    )
