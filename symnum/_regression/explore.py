"""The search proper: tables of functions, and laws found by looking the target up in them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from symnum._core import search as core
from symnum._regression import fast
from symnum._regression.snap import snap, substitute

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from symnum._core.expression import Program
    from symnum._regression.archive import Archive
    from symnum._regression.problem import Candidate, Problem

    Stage = Callable[[], list[Program]]

ARITHMETIC = ("add", "sub", "mul", "div", "sqrt", "pow2", "inv")
_FITTED = 40  # of a stage's proposals, those that are fitted to all rows
_POLISHED = 6
_AT_ONCE = 8  # fitted between two looks at the clock
_HIGHEST_COST = 24


@dataclass(frozen=True)
class Effort:
    """How far a search goes when nothing exact ends it."""

    table_size: int
    operations: tuple[str, ...]
    seed: int


def sample_points(problem: Problem, seed: int) -> NDArray[np.intp]:
    """Rows that stand for all in a table: those without zeros first, else at random."""
    rng = np.random.default_rng(seed)
    order = rng.permutation(problem.n_rows)
    zeros = (problem.columns == 0.0).sum(axis=0) + (problem.y == 0.0)
    order = order[np.argsort(zeros[order], kind="stable")]
    return order[: min(24, core.MAX_POINTS)]


class Explorer:
    """Runs the stages in order until one finds an exact law, or the time is over."""

    def __init__(self, problem: Problem, archive: Archive, effort: Effort) -> None:
        self.problem = problem
        self.archive = archive
        self.effort = effort
        points = sample_points(problem, effort.seed)
        self.y = np.ascontiguousarray(problem.y[points])
        self.x = np.ascontiguousarray(problem.columns[:, points])

    def fallback(self) -> list[Program]:
        """What is always there: a constant."""
        return fast.constant(self.problem)

    def run(self) -> None:
        """Fill the archive; a keyboard interrupt leaves it as it is."""
        for stage in self.stages():
            if self.problem.clock.is_over:
                break
            self.take(stage())
            if self.archive.has_exact(self.problem):
                break
        self.polish(self.archive.front()[-2 * _POLISHED :], tidy=True)

    def stages(self) -> Iterator[Stage]:
        """What to try, cheapest first."""
        yield partial(fast.monomial, self.problem)
        yield partial(fast.polynomials, self.problem)
        yield partial(fast.dictionary, self.problem)
        if len(self.y) < core.MIN_POINTS:
            return
        size = self.effort.table_size
        yield from self.table_stages(self.table(self.effort.operations, size // 10), deep=False)
        table = self.table(self.effort.operations, size)
        yield from self.table_stages(table, deep=True)
        yield from self.peeled_stages(table, min(30, size // 1_000))
        arithmetic = tuple(name for name in self.effort.operations if name in ARITHMETIC)
        if arithmetic and arithmetic != self.effort.operations:
            yield from self.table_stages(self.table(arithmetic, size), deep=True)
        yield from self.peeled_stages(table, min(100, size // 500))

    def table(self, operations: Sequence[str], size: int) -> core.Table:
        """A table within the time that is left."""
        left = self.problem.clock.left()
        return core.Table(self.x, list(operations), max(size, 64), _HIGHEST_COST, left)

    def table_stages(self, table: core.Table, *, deep: bool) -> Iterator[Stage]:
        """Equal, meeting in the middle, nearest, and linear combinations."""
        size = len(table)
        yield self.look(core.match, table, peels=size // 10)
        if not deep:
            yield self.look(core.pursue, table, entries=size, terms=6, transforms=6)
            yield self.look(core.scan, table, peels=min(20, size // 400))
        yield self.look(core.meet, table)
        if deep:
            yield self.look(core.scan, table)

    def peeled_stages(self, table: core.Table, peels: int) -> Iterator[Stage]:
        """Meeting in the middle and pairs behind one more operation on a simple entry."""
        yield self.look(core.meet, table, peels=peels, entries=len(table) // 10)
        pairs = min(1_000, len(table) // 20)
        yield self.look(core.pursue, table, peels=peels, entries=pairs, terms=3, transforms=3)

    def look(
        self,
        how: Callable[..., list[core.Proposal]],
        table: core.Table,
        *,
        peels: int = 0,
        entries: int = 0,
        terms: int = 2,
        transforms: int = core.N_TRANSFORMS,
    ) -> Stage:
        """A stage that asks the core."""

        def stage() -> list[Program]:
            left = self.problem.clock.left()
            keep = 400
            found = how(table, self.y, peels, entries, terms, transforms, keep, left)
            return [proposal.program for proposal in found]

        return stage

    def take(self, programs: list[Program]) -> None:
        """Score on all rows, fit the most promising, make the best of them exact and short."""
        scored = self.problem.candidates(programs)
        scored.sort(key=lambda c: c.length)
        self.archive.add(scored[:_FITTED])
        if any(self.problem.is_exact(c) for c in scored):
            chosen = [c for c in scored if self.problem.is_exact(c)]
            chosen.sort(key=lambda c: c.complexity)
            self.polish(chosen[:_FITTED], tidy=True)
            return
        better = self.fitted([c.program for c in scored[:_FITTED] if c.program.constants])
        self.archive.add(better)
        better.sort(key=lambda c: c.length)
        self.polish(better[:_POLISHED], tidy=False)

    def fitted(self, programs: Sequence[Program]) -> list[Candidate]:
        """As many as the time allows, the first ones first."""
        found: list[Candidate] = []
        for start in range(0, len(programs), _AT_ONCE):
            if self.problem.clock.is_over:
                break
            fitted = self.problem.fit(programs[start : start + _AT_ONCE])
            found += self.problem.candidates(fitted)
        return found

    def polish(self, candidates: Sequence[Candidate], *, tidy: bool) -> None:
        """Snap constants. `tidy` fits once more before."""
        for candidate in candidates:
            if self.problem.clock.is_over:
                return
            start = self.problem.candidates([substitute(candidate.program, {})]) or [candidate]
            if tidy and start[0].program.constants:
                fitted = self.problem.fit([start[0].program])
                start += self.problem.candidates(fitted)
            best = min(start, key=lambda c: c.length)
            self.archive.add([best, snap(self.problem, best)])
