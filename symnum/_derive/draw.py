"""Random derivations: each step is followed by the checker before it is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symnum._derive.check import Follower, Step, StepReport
from symnum._derive.rules import RULES, sides
from symnum._derive.workspace import used
from symnum.errors import SymnumError

if TYPE_CHECKING:
    from symnum._derive.workspace import Equation
    from symnum._generate.draws import Draws

_VARIABLES = ("x", "y", "t", "a", "b", "r")
_SYMBOLS = ("F", "G", "H", "P", "Q", "S", "T", "V", "W", "Z")
_FUNCTIONS = ("sin", "cos", "exp", "log")
_LARGEST = 30  # nodes of a side
_TRIES = 40  # of one step
# How likely each rule is drawn; premises come first and, rarely, later.
_WEIGHTS = {
    "add": 2.0, "subtract": 1.5, "multiply": 1.5, "divide": 1.0, "power": 0.7, "sin": 0.3,
    "cos": 0.4, "exp": 0.5, "log": 0.3, "differentiate": 3.0, "integrate": 2.0, "evaluate": 6.0,
    "expand": 2.0, "substitute": 2.5, "substitute_back": 3.0, "rename": 1.0, "premise": 0.7,
}  # fmt: skip


def derivation(random: Draws, min_steps: int, max_steps: int) -> list[Step] | None:
    """Steps that all follow and hold; None where no next step is found in time."""
    follower, steps = Follower(), list[Step]()
    wanted = min_steps + random.below(max_steps - min_steps + 1)
    while len(steps) < wanted:
        step = next_step(follower, steps, random)
        if step is None:
            return None
        steps.append(step)
    return steps


def next_step(follower: Follower, steps: list[Step], random: Draws) -> Step | None:
    """A step that goes on from there; the follower has followed it."""
    for _ in range(_TRIES):
        step = _proposed(follower, steps, random)
        if step is None:
            continue
        saved = (dict(follower.space.definitions), list(follower.premises))
        try:
            report = follower.follow(step)
        except SymnumError:
            report = None
        if report is not None and _is_good(follower, report):
            return step
        follower.space.definitions, follower.premises = saved
        del follower.equations[len(steps) :]
    return None


def _is_good(follower: Follower, report: StepReport) -> bool:
    """It is right in symbols and numbers, of a fair size, says something, and is new."""
    *before, claim = follower.equations
    if not (report.follows and report.holds):
        return False
    if any(side.complexity > _LARGEST for side in sides(claim)) or claim.left == claim.right:
        return False
    return not any(e.left == claim.left and e.right == claim.right for e in before)


def _proposed(follower: Follower, steps: list[Step], random: Draws) -> Step | None:
    """A step with the equation that its rule gives, where it can be made."""
    rule = random.one_of(tuple(_WEIGHTS), tuple(_WEIGHTS.values())) if steps else "premise"
    if rule == "premise":
        return _premise(follower, random)
    n = len(steps)
    # The last equation is what a derivation goes on with, most of the time.
    first = n if random.coin(0.7) else 1 + random.below(n)
    of: tuple[int, ...] = (first,)
    if RULES[rule].n_equations == 2:
        others = [k for k in range(1, n + 1) if k != first]
        if not others:
            return None
        of = (first, random.one_of(others))
    arguments = _arguments(rule, follower, follower.equations[first - 1], random)
    if arguments is None:
        return None
    saved = dict(follower.space.definitions)
    try:
        result = RULES[rule].apply(
            follower.space, [follower.equations[k - 1] for k in of], arguments
        )
    except SymnumError:
        return None
    finally:
        follower.space.definitions = saved
    write = follower.space.write
    return Step(rule, of, arguments, f"{write(result.left)} = {write(result.right)}")


def _premise(follower: Follower, random: Draws) -> Step | None:
    """A new symbol for a random formula."""
    name = _fresh(follower, random)
    if name is None:
        return None
    variables = random.some_of(_VARIABLES[:3] if random.coin(0.7) else _VARIABLES, 2)
    return Step("premise", (), (), f"{name} = {_formula(random, variables)}")


def _fresh(follower: Follower, random: Draws) -> str | None:
    taken = set(follower.space.definitions)
    free = [name for name in _SYMBOLS if name not in taken]
    return random.one_of(free) if free else None


def _formula(random: Draws, variables: list[str]) -> str:
    parts = [_term(random, variables) for _ in range(1 + random.below(3))]
    return " + ".join(dict.fromkeys(parts))


def _term(random: Draws, variables: list[str]) -> str:
    x, y = random.one_of(variables), random.one_of(variables)
    number = 2 + random.below(4)
    return random.one_of(
        (x, f"{number}*{x}", f"{x}**2", f"{x}*{y}", f"sin({x})", f"cos({x})", f"exp({x})",
         f"log({x})", f"{y}*sin({x})", f"exp({number}*{x})", f"{x}/{number}", f"{x}**3",
         f"cos({number}*{x})", f"{y}*exp({x})", f"({x} + {y})**2", f"{x}*({y} + {number})")
    )  # fmt: skip


def _arguments(
    rule: str, follower: Follower, equation: Equation, random: Draws
) -> tuple[str, ...] | None:
    if rule in {"add", "subtract", "multiply", "divide"}:
        return (_operand(follower, equation, random),)
    if rule == "power":
        return (str(2 + random.below(2)),)
    if rule == "rename":
        name = _fresh(follower, random)
        return None if name is None else (name,)
    if rule in {"differentiate", "integrate"}:
        free = sorted({n for side in sides(equation) for n in follower.space.free(side)})
        if not free:
            return None
        x = random.one_of(free)
        return (x,) if rule == "differentiate" else (x, "1" if random.coin() else "0")
    return ()


def _operand(follower: Follower, equation: Equation, random: Draws) -> str:
    """A name or a side that is there, or a term of variables."""
    known = sorted(follower.space.definitions)
    free = sorted({n for side in sides(equation) for n in follower.space.free(side)})
    if known and random.coin(0.4):
        return random.one_of(known)
    if free and random.coin(0.7):
        return _term(random, free)
    return str(2 + random.below(8))


def names_in(follower: Follower) -> list[str]:
    """Every variable and symbol of the equations so far, sorted."""
    space = follower.space
    found = set(space.definitions)
    for equation in follower.equations:
        for side in sides(equation):
            found |= space.free(side) | {n for n in used(side) if n not in space.operators}
    return sorted(found)
