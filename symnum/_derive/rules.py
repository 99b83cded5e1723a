"""What a step of a derivation may do: from equations before it to a new one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from symnum import _programs
from symnum._core import expression as core
from symnum._derive.calculus import evaluated, expanded
from symnum._derive.workspace import Equation, Workspace, used
from symnum._terms import parts
from symnum.errors import ExpressionError
from symnum.expression import Expression

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Apply = Callable[[Workspace, Sequence[Equation], Sequence[str]], Equation]


@dataclass(frozen=True)
class Rule:
    """One kind of step.

    Parameters
    ----------
    apply : callable
        Gives the equation that follows.
    n_equations : int
        How many equations it reads.
    arguments : tuple of str
        What it needs beside them, in words.
    """

    apply: Apply
    n_equations: int = 1
    arguments: tuple[str, ...] = ()


def _both(operation: str) -> Apply:
    """The same operation with an expression on both sides."""

    def apply(space: Workspace, of: Sequence[Equation], with_: Sequence[str]) -> Equation:
        other = space.read(with_[0])
        left, right = (Expression.call(operation, side, other) for side in sides(of[0]))
        return Equation(left, right)

    return apply


def _power(space: Workspace, of: Sequence[Equation], with_: Sequence[str]) -> Equation:
    exponent = space.read(with_[0])
    short = {"2": "pow2", "3": "pow3"}.get(str(exponent))
    if short:
        return _function(short)(space, of, ())
    left, right = (Expression.call("pow", side, exponent) for side in sides(of[0]))
    return Equation(left, right)


def _function(operation: str) -> Apply:
    def apply(space: Workspace, of: Sequence[Equation], with_: Sequence[str]) -> Equation:
        left, right = (Expression.call(operation, side) for side in sides(of[0]))
        return Equation(left, right)

    return apply


def sides(equation: Equation) -> tuple[Expression, Expression]:
    """Left, then right."""
    return equation.left, equation.right


def _differentiate(space: Workspace, of: Sequence[Equation], with_: Sequence[str]) -> Equation:
    core.check_name(with_[0])
    left, right = (space.operator("D", side, with_[0]) for side in sides(of[0]))
    return Equation(left, right)


def _integrate(space: Workspace, of: Sequence[Equation], with_: Sequence[str]) -> Equation:
    core.check_name(with_[0])
    lower = Expression(with_[1])
    if used(lower):
        message = f"integrate begins at {with_[1]!r}, expected a number"
        raise ExpressionError(message)
    left, right = (space.operator("I", side, with_[0], lower) for side in sides(of[0]))
    return Equation(left, right)


def _evaluate(space: Workspace, of: Sequence[Equation], with_: Sequence[str]) -> Equation:
    left, right = (evaluated(space, side) for side in sides(of[0]))
    return Equation(left, right)


def _expand(space: Workspace, of: Sequence[Equation], with_: Sequence[str]) -> Equation:
    return Equation(expanded(of[0].left), expanded(of[0].right))


def _simplify(space: Workspace, of: Sequence[Equation], with_: Sequence[str]) -> Equation:
    return Equation(of[0].left.simplify(), of[0].right.simplify())


def _swap(space: Workspace, of: Sequence[Equation], with_: Sequence[str]) -> Equation:
    return Equation(of[0].right, of[0].left)


def replaced(formula: Expression, old: Expression, new: Expression) -> Expression:
    """The formula with every part that equals `old` made `new`."""
    names = sorted({*formula.variables, *new.variables})
    program = _programs.over(formula._program, formula.variables, names)
    builder = core.Builder(len(names))
    places = [builder.variable(k) for k in range(len(names))]
    nodes = parts(program, builder, places)
    other = builder.insert(_programs.over(new._program, new.variables, names), places)
    arity = {name: n for name, n, _, _ in core.OPERATIONS}
    made = list(nodes)
    changed = [False] * len(nodes)
    for k, name in enumerate(program.operations):
        operands = [program.left[k], program.right[k]][: arity[name]]
        if Expression._of(builder.build(nodes[k]), tuple(names)) == old:
            made[k], changed[k] = other, True
        elif any(changed[j] for j in operands):
            made[k], changed[k] = builder.apply(name, [made[j] for j in operands]), True
    return Expression._of(builder.build(made[-1]), tuple(names))


def _substitute(space: Workspace, of: Sequence[Equation], with_: Sequence[str]) -> Equation:
    left, right = (replaced(side, of[1].left, of[1].right) for side in sides(of[0]))
    return Equation(left, right)


def _substitute_back(space: Workspace, of: Sequence[Equation], with_: Sequence[str]) -> Equation:
    left, right = (replaced(side, of[1].right, of[1].left) for side in sides(of[0]))
    return Equation(left, right)


def _rename(space: Workspace, of: Sequence[Equation], with_: Sequence[str]) -> Equation:
    name = with_[0]
    core.check_name(name)
    if name in space.definitions or any(name in used(s) for e in of for s in sides(e)):
        message = f"rename gives the name {name!r}, which stands for something else already"
        raise ExpressionError(message)
    space.definitions[name] = of[0].right
    return Equation(Expression(name), of[0].right)


RULES: dict[str, Rule] = {
    "add": Rule(_both("add"), 1, ("an expression",)),
    "subtract": Rule(_both("sub"), 1, ("an expression",)),
    "multiply": Rule(_both("mul"), 1, ("an expression",)),
    "divide": Rule(_both("div"), 1, ("an expression",)),
    "power": Rule(_power, 1, ("an expression",)),
    "sin": Rule(_function("sin")),
    "cos": Rule(_function("cos")),
    "exp": Rule(_function("exp")),
    "log": Rule(_function("log")),
    "differentiate": Rule(_differentiate, 1, ("a variable",)),
    "integrate": Rule(_integrate, 1, ("a variable", "the number to begin at")),
    "evaluate": Rule(_evaluate),
    "expand": Rule(_expand),
    "simplify": Rule(_simplify),
    "swap": Rule(_swap),
    "substitute": Rule(_substitute, 2),
    "substitute_back": Rule(_substitute_back, 2),
    "rename": Rule(_rename, 1, ("a new name",)),
}


def same(a: Expression, b: Expression) -> bool:
    """Equal up to algebra, or in their values on the points of the fingerprint."""
    if a == b or expanded(a) == expanded(b):
        return True
    names = sorted({*used(a), *used(b)})
    one, other = (core.fingerprint(_programs.over(f._program, f.variables, names)) for f in (a, b))
    return one == other != 0
