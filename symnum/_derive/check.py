"""The steps of a derivation followed one by one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from symnum._derive.numeric import holds, points
from symnum._derive.rules import RULES, same, sides
from symnum._derive.workspace import Equation, Workspace, used
from symnum.errors import ExpressionError, ParseError, SymnumError

if TYPE_CHECKING:
    from collections.abc import Sequence

_HEAD = re.compile(
    r"\s*(?P<rule>[a-z_]+)(?P<of>(?:\s+\d+)*)(?:\s+with\s+(?P<with>[^:=]+))?\s*:(?P<rest>.*)",
    re.DOTALL,
)
_LONGEST = 20_000
_MOST_STEPS = 200


@dataclass(frozen=True)
class Step:
    """One line of a derivation.

    Attributes
    ----------
    rule : str
        ``"premise"``, or one of `symnum.derivations.RULES`.
    of : tuple of int
        Numbers, from 1, of the steps that it reads.
    arguments : tuple of str
        What it needs beside them.
    equation : str
        What it claims, as ``left = right``.
    """

    rule: str
    of: tuple[int, ...]
    arguments: tuple[str, ...]
    equation: str

    def __str__(self) -> str:
        numbers = "".join(f" {k}" for k in self.of)
        tail = f" with {', '.join(self.arguments)}" if self.arguments else ""
        return f"{self.rule}{numbers}{tail}: {self.equation}"


@dataclass(frozen=True)
class StepReport:
    """What was found of one step.

    Attributes
    ----------
    number : int
        From 1.
    step : Step
    follows : bool
        Whether the rule gives this equation, up to algebra; True for a premise.
    holds : bool or None
        Whether both sides are the same number at random points that fulfil the premises; None
        where too few points have numbers.
    reason : str
        Why not, or "".
    """

    number: int
    step: Step
    follows: bool
    holds: bool | None
    reason: str

    @property
    def is_right(self) -> bool:
        """It follows, and nothing speaks against it."""
        return self.follows and self.holds is not False

    def __str__(self) -> str:
        found = "right" if self.is_right else f"WRONG: {self.reason}"
        return f"{self.number}. {self.step}   [{found}]"


def parse_step(text: str, number: int) -> Step:
    """A step from its line. Raises ParseError."""
    if len(text) > _LONGEST:
        message = f"step {number} has {len(text)} characters, at most {_LONGEST}"
        raise ParseError(message)
    found = _HEAD.fullmatch(text)
    if found is None:
        message = f"step {number} is {text!r}, expected 'rule numbers with arguments: left = right'"
        raise ParseError(message)
    given = _top_level(found["with"]) if found["with"] else ()
    return Step(found["rule"], tuple(map(int, found["of"].split())), given, found["rest"].strip())


def _top_level(text: str) -> tuple[str, ...]:
    """Split at the commas that no bracket holds."""
    depth, parts = 0, [""]
    for letter in text:
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return tuple(part.strip() for part in parts)


class Follower:
    """Follows steps, one after another, and remembers their equations."""

    def __init__(self) -> None:
        self.space = Workspace()
        self.equations: list[Equation] = []
        self.premises: list[Equation] = []

    def read(self, text: str, number: int) -> Equation:
        """An equation from a text. Raises ParseError."""
        parts = text.split("=")
        if len(parts) != 2:
            message = f"step {number} claims {text!r}, expected one '=' between two sides"
            raise ParseError(message)
        try:
            left, right = (self.space.read(part) for part in parts)
        except ParseError as error:
            message = f"step {number} claims {text!r}: {error}"
            raise ParseError(message) from error
        return Equation(left, right)

    def follow(self, step: Step) -> StepReport:
        """The next step, and what is found of it.

        Raises ParseError or ExpressionError where the step cannot be read.
        """
        number = len(self.equations) + 1
        claim = self.read(step.equation, number)
        if step.rule == "premise":
            reason = self._premise(step, claim, number)
        else:
            reason = self._step(step, claim, number)
        self.equations.append(claim)
        at = points(self.space, self.premises, self._free(claim))
        true = holds(self.space, claim, at)
        follows = not reason
        if true is False and follows:
            reason = "its sides are different numbers at points that fulfil the premises"
        return StepReport(number, step, follows, true, reason)

    def _free(self, claim: Equation) -> set[str]:
        return {name for side in sides(claim) for name in self.space.free(side)}

    def _premise(self, step: Step, claim: Equation, number: int) -> str:
        if step.of or step.arguments:
            message = f"step {number} is a premise, expected no numbers and no arguments"
            raise ExpressionError(message)
        known = {
            name for e in self.equations for side in sides(e) for name in self.space.free(side)
        }
        known |= set(self.space.definitions)
        for one, other in (sides(claim), sides(claim)[::-1]):
            names = used(one)
            is_name = (
                len(names) == 1 and str(one) == names[0] and names[0] not in self.space.operators
            )
            if is_name and names[0] not in known and names[0] not in self.space.free(other):
                self.space.definitions[names[0]] = other
                return ""
        self.premises.append(claim)
        return ""

    def _step(self, step: Step, claim: Equation, number: int) -> str:
        """Why it does not follow, or nothing."""
        rule = RULES.get(step.rule)
        if rule is None:
            message = (
                f"step {number} has the rule {step.rule!r}, expected premise or one of"
                f" {', '.join(RULES)}"
            )
            raise ExpressionError(message)
        wrong = [k for k in step.of if not 1 <= k < number]
        if wrong:
            message = (
                f"step {number} reads step {wrong[0]}, expected one of the {number - 1} before it"
            )
            raise ExpressionError(message)
        if len(step.of) != rule.n_equations or len(step.arguments) != len(rule.arguments):
            needs = " and ".join(rule.arguments) or "no arguments"
            message = (
                f"step {number}: {step.rule} reads {rule.n_equations} equations with {needs},"
                f" got {len(step.of)} and {', '.join(step.arguments) or 'no arguments'}"
            )
            raise ExpressionError(message)
        of = [self.equations[k - 1] for k in step.of]
        try:
            result = rule.apply(self.space, of, step.arguments)
        except ParseError as error:
            message = f"step {number}: {error}"
            raise ParseError(message) from error
        except SymnumError as error:
            return str(error)
        for name, own, claimed in zip(("left", "right"), sides(result), sides(claim), strict=True):
            if not same(own, claimed):
                return (
                    f"{step.rule} gives {self.space.write(own)} on the {name}, not"
                    f" {self.space.write(claimed)}"
                )
        return ""


def follow_all(steps: Sequence[Step]) -> list[StepReport]:
    """Reports of all steps. Raises ParseError, ExpressionError."""
    if not steps:
        message = "derivation has 0 steps, expected at least 1"
        raise ExpressionError(message)
    if len(steps) > _MOST_STEPS:
        message = f"derivation has {len(steps)} steps, at most {_MOST_STEPS}"
        raise ExpressionError(message)
    follower = Follower()
    return [follower.follow(step) for step in steps]
