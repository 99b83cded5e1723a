"""Expressions as sums of terms: to take apart and put together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symnum._core import expression as core
from symnum.expression import Expression

if TYPE_CHECKING:
    from collections.abc import Sequence


def parts(program: core.Program, builder: core.Builder, variables: Sequence[int]) -> list[int]:
    """Every node of a program inside a builder, in its order; variables are those nodes."""
    arity = {name: n for name, n, _, _ in core.OPERATIONS}
    made: list[int] = []
    constants: dict[int, int] = {}
    for name, left, right in zip(program.operations, program.left, program.right, strict=True):
        if name == "variable":
            made.append(variables[left])
        elif name == "number":
            made.append(builder.number(left))
        elif name == "constant":
            if left not in constants:
                constants[left] = builder.constant(program.constants[left])
            made.append(constants[left])
        else:
            operands = [made[k] for k in (left, right)[: arity[name]]]
            made.append(builder.apply(name, operands))
    return made


def terms(formula: Expression) -> list[Expression]:
    """Expressions over the same variables whose sum is the formula, in the order of its text.

    Parameters
    ----------
    formula : Expression

    Returns
    -------
    list of Expression
        Sums inside products are left whole.

    Examples
    --------
    >>> from symnum import Expression
    >>> from symnum._terms import terms
    >>> [str(term) for term in terms(Expression("x*(y - 1) - (y - sin(x))"))]
    ['x*(y - 1)', '-y', 'sin(x)']
    """
    program = formula._program
    builder = core.Builder(program.n_variables)
    nodes = parts(program, builder, [builder.variable(k) for k in range(program.n_variables)])
    found: list[tuple[int, bool]] = []
    todo = [(len(nodes) - 1, False)]
    while todo:
        k, negative = todo.pop()
        name, left, right = program.operations[k], program.left[k], program.right[k]
        if name == "neg":
            todo.append((left, not negative))
        elif name in {"add", "sub"}:
            todo += [(right, negative != (name == "sub")), (left, negative)]
        else:
            found.append((nodes[k], negative))
    made = [builder.apply("neg", [node]) if negative else node for node, negative in found]
    return [Expression._of(builder.build(node), formula.variables) for node in made]


def total(some: Sequence[Expression], variables: tuple[str, ...]) -> Expression:
    """The sum of terms over those variables; 0 of none.

    Parameters
    ----------
    some : sequence of Expression
    variables : tuple of str
        All that the terms have.

    Returns
    -------
    Expression
        Of a term -t it has a difference.

    Examples
    --------
    >>> from symnum import Expression
    >>> from symnum._terms import total
    >>> print(total([Expression("x"), Expression("-y**2")], ("x", "y")))
    x - y**2
    """
    builder = core.Builder(len(variables))
    place = {name: builder.variable(k) for k, name in enumerate(variables)}
    spare = place[variables[0]] if variables else builder.number(0)
    result: int | None = None
    for term in some:
        program = term._program
        nodes = parts(program, builder, [place.get(name, spare) for name in term.variables])
        negative = program.operations[-1] == "neg"
        node = nodes[program.left[-1]] if negative and result is not None else nodes[-1]
        if result is None:
            result = node
        else:
            result = builder.apply("sub" if negative else "add", [result, node])
    return Expression._of(builder.build(builder.number(0) if result is None else result), variables)
