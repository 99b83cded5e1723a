"""Derivatives, antiderivatives and products multiplied out, in a workspace."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from symnum._core import expression as core
from symnum._derive.workspace import substitute, used
from symnum._terms import parts, terms, total
from symnum.expression import Expression

if TYPE_CHECKING:
    from symnum._derive.workspace import Operator, Workspace

ZERO = Expression("0")
_MOST_TERMS = 40  # of a product that is multiplied out


def derivative(space: Workspace, formula: Expression, variable: str) -> Expression:
    """The total derivative: what was defined changes with the variables in its definition."""
    found = [
        formula.derivative(name) * _slope(space, name, variable)
        for name in used(formula)
        if space.depends(name, variable)
    ]
    result = found[0] if found else ZERO
    for part in found[1:]:
        result = result + part
    return result.simplify()


def _slope(space: Workspace, name: str, variable: str) -> Expression | int:
    """The derivative of one name."""
    if name == variable:
        return 1
    one = space.operators.get(name)
    if one is not None and one.kind == "I":
        if one.variable == variable:
            return one.inner
        inner = derivative(space, one.inner, variable)
        return space.operator("I", inner, one.variable, one.lower)
    return space.operator("D", Expression(name), variable)


def evaluated(space: Workspace, formula: Expression) -> Expression:
    """Every derivative and integral in it worked out, where a rule does that."""
    values = {
        name: value
        for name in used(formula)
        if name in space.operators and (value := _worked_out(space, space.operators[name]))
    }
    return substitute(formula, values).simplify() if values else formula


def _worked_out(space: Workspace, one: Operator) -> Expression | None:
    inner = evaluated(space, one.inner)
    if one.kind == "D":
        names = used(inner)
        if len(names) == 1 and names[0] != one.variable and inner == Expression(names[0]):
            whole = names[0] in space.operators and space.operators[names[0]].kind == "I"
            if not whole and space.depends(names[0], one.variable):
                return None  # the derivative of one name stays as it is
        return derivative(space, inner, one.variable)
    primitive = antiderivative(space, inner, one.variable)
    if primitive is None or one.lower is None:
        return None
    others = [name for name in used(primitive) if name != one.variable]
    if any(space.depends(name, one.variable) for name in others):
        return None
    start = substitute(primitive, {one.variable: one.lower})
    if not used(start) and not np.isfinite(start.evaluate(np.empty((1, len(start.variables))))[0]):
        return None
    return (primitive - start).simplify()


def antiderivative(space: Workspace, formula: Expression, variable: str) -> Expression | None:
    """A formula whose derivative by the variable is this one; None where no rule has it."""
    found = []
    for term in terms(expanded(formula)):
        part = _of_term(space, term, variable)
        if part is None:
            return None
        found.append(part)
    names = tuple(sorted({name for part in found for name in part.variables}))
    return total(found, names).simplify()


def _of_term(space: Workspace, term: Expression, variable: str) -> Expression | None:
    """A constant factor times one function of a linear form."""
    fixed: Expression | int = 1
    moving: list[Expression] = []
    for factor in factors(term):
        if space.varies(factor, variable):
            moving.append(factor)
        else:
            fixed = factor * fixed
    if not moving:
        return fixed * Expression(variable)
    if len(moving) > 1:
        return None
    part = _of_function(space, moving[0], variable)
    return None if part is None else part * fixed


def factors(term: Expression) -> list[Expression]:
    """Expressions whose product is the term."""
    found: list[Expression] = []
    todo = [(term, False)]
    while todo:
        one, below = todo.pop()
        name, operands = top(one)
        if name == "mul":
            todo += [(operand, below) for operand in reversed(operands)]
        elif name == "div":
            todo += [(operands[1], not below), (operands[0], below)]
        elif name == "neg":
            found.append(Expression("-1"))
            todo.append((operands[0], below))
        elif name == "inv":
            todo.append((operands[0], not below))
        else:
            found.append(1 / one if below else one)
    return found


def top(formula: Expression) -> tuple[str, list[Expression]]:
    """The last operation and its operands."""
    program = formula._program
    arity = {name: n for name, n, _, _ in core.OPERATIONS}
    name = program.operations[-1]
    builder = core.Builder(program.n_variables)
    places = [builder.variable(k) for k in range(program.n_variables)]
    nodes = parts(program, builder, places)
    operands = [program.left[-1], program.right[-1]][: arity[name]]
    return name, [Expression._of(builder.build(nodes[k]), formula.variables) for k in operands]


def _of_function(space: Workspace, function: Expression, variable: str) -> Expression | None:
    name, operands = top(function)
    if name == "variable":
        return function**2 / 2 if used(function) == [variable] else None
    inner = operands[0]
    slope = derivative(space, inner, variable)
    if slope == ZERO or space.varies(slope, variable):
        return None
    if name == "pow":
        power = _number(operands[1])
        if power is None or power == -1:
            return None
        return Expression.call("pow", inner, power + 1) / (power + 1) / slope
    table = {
        "pow2": lambda: inner**3 / 3,
        "pow3": lambda: inner**4 / 4,
        "inv": lambda: Expression.call("log", abs(inner)),
        "sqrt": lambda: inner * Expression.call("sqrt", inner) * Fraction(2, 3),
        "sin": lambda: -Expression.call("cos", inner),
        "cos": lambda: Expression.call("sin", inner),
        "exp": lambda: Expression.call("exp", inner),
        "sinh": lambda: Expression.call("cosh", inner),
        "cosh": lambda: Expression.call("sinh", inner),
    }
    return table[name]() / slope if name in table else None


def _number(formula: Expression) -> int | None:
    """The value of a formula without names, where it is an integer."""
    if used(formula):
        return None
    value = float(formula.evaluate(np.empty((1, len(formula.variables))))[0])
    return int(value) if value == int(value) and abs(value) < 100 else None


def expanded(formula: Expression) -> Expression:
    """Products over sums and small powers of sums multiplied out, at the top of the formula."""
    done: list[Expression] = []
    todo = terms(formula)[::-1]
    while todo:
        term = todo.pop()
        parts = _multiplied_out(term)
        if parts is None or len(done) + len(todo) + len(parts) > _MOST_TERMS:
            done.append(term)
        else:
            todo += parts[::-1]
    names = tuple(sorted({name for part in done for name in part.variables}))
    return total(done, names).simplify()


def _multiplied_out(term: Expression) -> list[Expression] | None:
    """The terms of a product that has a sum in it; None where there is none."""
    every = factors(term)
    for k, factor in enumerate(every):
        name, operands = top(factor)
        power = {"pow2": 2, "pow3": 3}.get(name, 1)
        base = operands[0] if power > 1 else factor
        inner = terms(base)
        if len(inner) < 2:
            continue
        rest: list[Expression] = [*every[:k], *every[k + 1 :], *[base] * (power - 1)]
        return [_product([part, *rest]) for part in inner]
    return None


def _product(some: list[Expression]) -> Expression:
    result = some[0]
    for one in some[1:]:
        result = result * one
    return result.simplify()


def resolved(space: Workspace, formula: Expression) -> Expression:
    """The same with definitions put in and derivatives taken: integrals alone stay operators."""
    values = {}
    for name in used(formula):
        if name in space.definitions:
            values[name] = resolved(space, space.definitions[name])
        elif name in space.operators:
            one = space.operators[name]
            inner = resolved(space, one.inner)
            values[name] = (
                derivative(space, inner, one.variable)
                if one.kind == "D"
                else space.operator("I", inner, one.variable, one.lower)
            )
    return substitute(formula, values) if values else formula
