"""Every formula worth keeping, and the front of those that no other beats."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symnum._core import expression as core

if TYPE_CHECKING:
    from collections.abc import Iterable

    from symnum._regression.problem import Candidate, Problem

_LARGEST = 2_000


class Archive:
    """Candidates by their canonical form."""

    def __init__(self) -> None:
        self._all: dict[int, Candidate] = {}

    def add(self, candidates: Iterable[Candidate]) -> None:
        """Keep each, or the better of two with one form."""
        for candidate in candidates:
            key = core.structural_hash(candidate.program)
            known = self._all.get(key)
            if known is None or candidate.loss < known.loss:
                self._all[key] = candidate
        if len(self._all) > _LARGEST:
            front = {id(c) for c in self.front()}
            by_length = sorted(self._all.items(), key=lambda item: item[1].length)
            kept = by_length[: _LARGEST // 2]
            kept += [item for item in by_length[_LARGEST // 2 :] if id(item[1]) in front]
            self._all = dict(kept)

    @property
    def is_empty(self) -> bool:
        """Whether nothing was kept."""
        return not self._all

    def everything(self) -> list[Candidate]:
        """All, the shortest description first."""
        return sorted(self._all.values(), key=_order)

    def best(self) -> Candidate:
        """The one with the shortest description."""
        return min(self._all.values(), key=_order)

    def front(self) -> list[Candidate]:
        """For each complexity the least loss, where that is less than for all simpler ones."""
        return front_of(self._all.values())

    def has_exact(self, problem: Problem) -> bool:
        """Whether there is a law that leaves nothing but rounding."""
        return any(problem.is_exact(candidate) for candidate in self._all.values())


def front_of(candidates: Iterable[Candidate]) -> list[Candidate]:
    """For each complexity the least loss, where that is less than for all simpler ones."""
    front: list[Candidate] = []
    for candidate in sorted(candidates, key=lambda c: (c.complexity, c.loss, c.length)):
        if not front or candidate.loss < front[-1].loss:
            front.append(candidate)
    return front


def _order(candidate: Candidate) -> tuple[float, int, int]:
    return candidate.length, candidate.complexity, core.structural_hash(candidate.program)
