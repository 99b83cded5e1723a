"""Derivations changed in ways that keep or break them, after Meadows et al., arXiv:2307.09998."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from symnum._derive.check import Follower, Step, follow_all
from symnum._derive.draw import names_in, next_step
from symnum.errors import SymnumError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from symnum._generate.draws import Draws

_GREEK = (
    "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "kappa", "mu", "nu",
    "xi", "rho", "sigma", "tau", "phi", "chi", "psi", "omega",
)  # fmt: skip


def rename_variables(steps: Sequence[Step], random: Draws) -> list[Step] | None:
    """Every variable and symbol another name."""
    follower = Follower()
    for step in steps:
        follower.follow(step)
    names = names_in(follower)
    if len(names) > len(_GREEK):
        return None
    new = dict(zip(names, random.some_of(_GREEK, len(names)), strict=True))
    pattern = (
        re.compile(rf"(?<![\w.])({'|'.join(map(re.escape, names))})(?![\w(])") if names else None
    )

    def renamed(text: str) -> str:
        return pattern.sub(lambda found: new[found[1]], text) if pattern else text

    return [
        replace(
            step, equation=renamed(step.equation), arguments=tuple(map(renamed, step.arguments))
        )
        for step in steps
    ]


_SWAPPED = {"substitute": "substitute_back", "substitute_back": "substitute"}


def exchange_sides(steps: Sequence[Step], random: Draws) -> list[Step] | None:
    """Left and right changed places everywhere; None where a step cannot be said so."""
    if any(step.rule == "rename" for step in steps):
        return None
    return [
        replace(
            step,
            rule=_SWAPPED.get(step.rule, step.rule),
            equation=" = ".join(part.strip() for part in reversed(step.equation.split("="))),
        )
        for step in steps
    ]


def alternative_goal(steps: Sequence[Step], random: Draws) -> list[Step] | None:
    """The same way with another last step."""
    follower = Follower()
    for step in steps[:-1]:
        follower.follow(step)
    last = next_step(follower, list(steps[:-1]), random)
    if last is None or last.rule == "premise" or last.equation == steps[-1].equation:
        return None
    return [*steps[:-1], last]


def remove_step(steps: Sequence[Step], random: Draws) -> list[Step] | None:
    """Without a step that others read: they read what it read, so that one does not follow."""
    needed = {k for step in steps for k in step.of}
    middle = [k for k in sorted(needed) if steps[k - 1].of]
    while middle:
        gone = middle.pop(random.below(len(middle)))
        source = steps[gone - 1].of[0]

        def moved(k: int, gone: int = gone, source: int = source) -> int:
            k = source if k == gone else k
            return k - 1 if k > gone else k

        rest = [
            replace(step, of=tuple(moved(k) for k in step.of))
            for number, step in enumerate(steps, 1)
            if number != gone
        ]
        try:
            if not all(report.is_right for report in follow_all(rest)):
                return rest
        except SymnumError:
            continue
    return None


# What each does to a right derivation: True where it stays right.
PERTURBATIONS: dict[str, tuple[Callable[[Sequence[Step], Draws], list[Step] | None], bool]] = {
    "rename_variables": (rename_variables, True),
    "exchange_sides": (exchange_sides, True),
    "alternative_goal": (alternative_goal, True),
    "remove_step": (remove_step, False),
}
