"""The search proper: tables of functions, and laws found by looking the target up in them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from symnum._core import search as core
from symnum._regression import fast, inner
from symnum._regression.evolve import Evolution
from symnum._regression.settled import is_settled
from symnum._regression.snap import snap, substitute
from symnum._regression.spaces import (
    main_space,
    pure_spaces,
    reduced_forms,
    reduced_problem,
    reduced_space,
    sample_points,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from symnum._core.expression import Program
    from symnum._regression.archive import Archive
    from symnum._regression.functions import Function
    from symnum._regression.problem import Candidate, Problem
    from symnum._regression.spaces import Space
    from symnum._regression.symmetries import Reduced

    Stage = Callable[[], list[Program]]

ARITHMETIC = ("add", "sub", "mul", "div", "sqrt", "pow2", "inv")
_KEPT = 1_500  # of what a stage proposes
_ROUGH = 3  # iterations of a first fit to all rows,
_ROUGHLY_FITTED = 500  # of so many of them
_FITTED = 30  # of these, those that are fitted in full
_FINE = 40  # iterations
_POLISHED = 4
_SHORT = 14  # nodes of a formula that may be a part of the law
_REMAINDERS = 3
_FORMS = 2  # of a law with fewer columns
_PREFACTORS = 4
_DEEP_PREFACTORS = 2
_PEELS = 4  # of the simplest functions
_EASY = 6  # transforms up to the logarithm
_PAIRED = 5_000  # functions of which all pairs are tried; more of the cheapest
LAST = 0.06  # share of the time that is kept for the last constants
_AT_ONCE = 16  # fitted between two looks at the clock
_HIGHEST_COST = 24


@dataclass(frozen=True)
class Effort:
    """How far a search goes when nothing exact ends it."""

    table_size: int
    operations: tuple[str, ...]
    seed: int
    generations: int | None = None  # of the evolution at the end; None: until the time ends
    functions: tuple[Function, ...] = ()  # the user's own operations


class Explorer:
    """Runs the stages in order until one finds an exact law, or the time is over."""

    def __init__(
        self,
        problem: Problem,
        archive: Archive,
        effort: Effort,
        report: Callable[[Candidate], None] | None = None,
    ) -> None:
        self.problem = problem
        self.report = report
        self.archive = archive
        self.effort = effort
        self.points = sample_points(problem, effort.seed)
        self.is_broad = False
        self.doubtful: Candidate | None = None  # was found not to be settled

    def fallback(self) -> list[Program]:
        """What is always there: a constant."""
        return fast.constant(self.problem)

    def run(self) -> None:
        """Fill the archive; a keyboard interrupt leaves it as it is."""
        for stage in self.stages():
            if self.problem.clock.is_over:
                break
            self.take(stage())
            if self.report is not None:
                self.report(self.archive.best())
            if self.archive.has_exact(self.problem) or self.is_settled():
                break
        self.problem.clock.extend(LAST)
        self.polish(self.archive.front()[-2 * _POLISHED :], tidy=True)

    def is_settled(self) -> bool:
        """Whether the best law leaves nothing but noise, once the broad stages have had a look."""
        best = self.archive.best()
        if not self.is_broad or best is self.doubtful:
            return False
        self.doubtful = best
        return is_settled(self.problem, best)

    def stages(self) -> Iterator[Stage]:
        """What to try, cheapest first."""
        yield partial(fast.monomial, self.problem)
        yield partial(fast.polynomials, self.problem)
        yield partial(fast.dictionary, self.problem)
        if len(self.points) < core.MIN_POINTS:
            return
        size = self.effort.table_size
        pure = list(pure_spaces(self.problem, self.points, _PREFACTORS))
        if pure:
            yield from self.pure_stages(pure, size // 10, deep=False)
        # Before the reduced forms, whose formulas are longer where both find the law.
        space = main_space(self.problem, self.points, self.effort.functions)
        yield from self.shallow_stages(space, self.table(space, size // 10))
        forms = reduced_forms(self.problem, self.effort.operations, self.effort.seed)[:_FORMS]
        for form in forms:
            yield from self.reduced_stages(self.problem, form, size // 10)
        yield from self.product_stages(space, self.table(space, size // 10, products=True))
        yield partial(inner.functions, self.problem, self.effort.operations)
        yield partial(fast.long_sums, self.problem)
        self.is_broad = True
        yield from self.remainder_stages(size // 10)
        for form in forms[:1]:
            reduced = reduced_space(self.problem, form, self.points)
            table = self.table(reduced, size)
            yield from self.deep_stages(reduced, table)
            yield from self.peeled_stages(reduced, table, min(30, size // 1_000))
        if pure:
            yield from self.pure_stages(pure[:_DEEP_PREFACTORS], size, deep=True)
        table = self.table(space, size)
        yield from self.deep_stages(space, table)
        yield from self.peeled_stages(space, table, min(30, size // 1_000))
        arithmetic = tuple(name for name in self.effort.operations if name in ARITHMETIC)
        if arithmetic and arithmetic != self.effort.operations:
            yield from self.deep_stages(space, self.table(space, size, arithmetic))
        yield from self.peeled_stages(space, table, min(100, size // 500))
        own = self.effort.functions
        evolution = Evolution(self.problem, self.effort.operations, self.effort.seed, own)
        found = evolution.generations(self.archive)
        for programs in islice(found, self.effort.generations):
            yield partial(list, programs)

    def table(
        self,
        space: Space,
        size: int,
        operations: Sequence[str] | None = None,
        *,
        products: bool = False,
    ) -> core.Table:
        """A table within the time that is left; `products` makes more of these."""
        chosen = list(self.effort.operations if operations is None else operations)
        left = self.problem.clock.left()
        return core.Table(
            space.columns,
            chosen,
            max(size, 64),
            _HIGHEST_COST,
            left,
            0 if products else 1,
            list(space.units[0]),
            list(space.units[1]),
        )

    def pure_stages(self, spaces: Sequence[Space], size: int, *, deep: bool) -> Iterator[Stage]:
        """Of pure numbers: one table for all, as it does not depend on the target."""
        table = self.table(spaces[0], size)
        for space in spaces:
            stages = self.deep_stages if deep else self.shallow_stages
            yield from stages(space, table)

    def remainder_stages(self, size: int) -> Iterator[Stage]:
        """What the best short formulas leave of y, as a law of its own."""
        short = [c for c in self.archive.front() if c.complexity <= _SHORT]
        short.sort(key=lambda c: c.length)
        for candidate in short[:_REMAINDERS]:
            rest = replace(self.problem, y=self.problem.residuals(candidate.program))
            for form in reduced_forms(rest, self.effort.operations, self.effort.seed)[:1]:
                yield from self.reduced_stages(rest, form, size, candidate.program)

    def reduced_stages(
        self, problem: Problem, form: Reduced, size: int, summand: Program | None = None
    ) -> Iterator[Stage]:
        """What is quick, where symmetries of the data leave fewer columns."""
        space = reduced_space(problem, form, self.points, summand)
        inside = reduced_problem(problem, form)
        functions = partial(inner.functions, operations=self.effort.operations)
        for how in (fast.dictionary, fast.polynomials, functions):
            yield partial(self.inside, how, inside, space)
        table = self.table(space, size)
        yield from self.shallow_stages(space, table)
        entries = len(table) // 10
        yield self.look(core.meet, space, table, peels=_PEELS, entries=entries, transforms=_EASY)
        yield partial(self.inside, fast.long_sums, inside, space)

    def inside(
        self, how: Callable[[Problem], list[Program]], inside: Problem, space: Space
    ) -> list[Program]:
        """Formulas over the columns of a space as such over the variables."""
        n = len(self.problem.columns)
        return [space.program(program, n) for program in how(inside)]

    def shallow_stages(self, space: Space, table: core.Table) -> Iterator[Stage]:
        """Equal, linear combinations, nearest, meeting in the middle: in about a second."""
        size = len(table)
        yield self.look(core.match, space, table, peels=size // 10)
        yield self.look(core.pursue, space, table, entries=min(size, 1_500), terms=6)
        yield self.look(core.scan, space, table)
        yield self.look(core.meet, space, table)

    def product_stages(self, space: Space, table: core.Table) -> Iterator[Stage]:
        """A few products and quotients of simple things, added."""
        yield self.look(core.scan, space, table, transforms=_EASY)
        yield self.look(
            core.pursue, space, table, entries=len(table) // 4, terms=4, transforms=_EASY
        )

    def deep_stages(self, space: Space, table: core.Table) -> Iterator[Stage]:
        """The same in a larger table; what noise would spoil comes last."""
        size = len(table)
        yield self.look(core.scan, space, table)
        entries = min(size, _PAIRED)
        yield self.look(core.pursue, space, table, entries=entries, terms=3, transforms=_EASY)
        yield self.look(core.match, space, table, peels=size // 20)
        yield self.look(core.meet, space, table)

    def peeled_stages(self, space: Space, table: core.Table, peels: int) -> Iterator[Stage]:
        """Pairs, and meeting in the middle, behind one more operation on a simple entry."""
        pairs = min(1_000, len(table) // 20)
        yield self.look(
            core.pursue, space, table, peels=peels, entries=pairs, terms=3, transforms=_EASY
        )
        yield self.look(core.meet, space, table, peels=peels, entries=len(table) // 10)

    def look(
        self,
        how: Callable[..., list[core.Proposal]],
        space: Space,
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
            found = how(table, space.y, peels, entries, terms, transforms, _KEPT, left)
            n = len(self.problem.columns)
            return [space.program(proposal.program, n) for proposal in found]

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
        free = [c.program for c in scored if c.program.constants]
        rough = self.fitted(free[:_ROUGHLY_FITTED], _ROUGH)
        rough.sort(key=lambda c: c.length)
        better = self.fitted([c.program for c in rough[:_FITTED]], _FINE)
        self.archive.add(better)
        better.sort(key=lambda c: c.length)
        self.polish(better[:_POLISHED], tidy=False)

    def fitted(self, programs: Sequence[Program], iterations: int) -> list[Candidate]:
        """As many as the time allows, the first ones first."""
        found: list[Candidate] = []
        for start in range(0, len(programs), _AT_ONCE):
            if self.problem.clock.is_over:
                break
            fitted = self.problem.fit(programs[start : start + _AT_ONCE], iterations)
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
