"""A right-hand side as a sum of terms."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from symnum._core import expression as core
from symnum._equations import parts_of
from symnum.expression import Expression

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Side:
    """Terms whose sum is the derivative of a state; none for 0."""

    terms: tuple[Expression, ...]
    variables: tuple[str, ...]

    @cached_property
    def expression(self) -> Expression:
        """The sum; its constants are those of the terms, one after another."""
        if not self.terms:
            return Expression("0", self.variables)
        text = " + ".join(f"({term})" for term in self.terms)
        return Expression(text, self.variables)

    def with_constants(self, values: NDArray[np.float64]) -> Side:
        """The same terms with other constants, in the order of `expression`."""
        parts = parts_of(list(values), [len(term.constants) for term in self.terms])
        terms = [t.with_constants(p) for t, p in zip(self.terms, parts, strict=True)]
        return Side(tuple(terms), self.variables)

    def without(self, index: int) -> Side:
        """All terms but one."""
        return Side(self.terms[:index] + self.terms[index + 1 :], self.variables)

    def plus(self, *terms: Expression) -> Side:
        """More terms."""
        return Side((*self.terms, *terms), self.variables)


def side_of(coefficients: Sequence[float], atoms: Sequence[str], variables: Sequence[str]) -> Side:
    """A linear combination of texts."""
    pairs = zip(coefficients, atoms, strict=True)
    terms = [Expression(_term(float(c), atom), variables) for c, atom in pairs]
    return Side(tuple(terms), tuple(variables))


def _term(coefficient: float, atom: str) -> str:
    return f"({coefficient!r})" if atom == "1" else f"({coefficient!r})*({atom})"


def split(expression: Expression) -> Side:
    """The terms of any expression, by its sums and differences on the outside."""
    program = expression._program
    signed = list(_walk(program, len(program) - 1, 1))
    terms = [_part(program, node, sign, expression.variables) for node, sign in signed]
    return Side(tuple(terms), expression.variables)


def _walk(program: core.Program, node: int, sign: int) -> list[tuple[int, int]]:
    operation = program.operations[node]
    if operation in {"add", "sub"}:
        right = -sign if operation == "sub" else sign
        found = _walk(program, program.left[node], sign)
        return found + _walk(program, program.right[node], right)
    if operation == "neg":
        return _walk(program, program.left[node], -sign)
    return [(node, sign)]


def _part(program: core.Program, node: int, sign: int, variables: tuple[str, ...]) -> Expression:
    builder = core.Builder(program.n_variables)
    arity = {name: n for name, n, _, _ in core.OPERATIONS}
    made: list[int] = []
    for k in range(node + 1):
        operation, left, right = program.operations[k], program.left[k], program.right[k]
        if operation == "number":
            made.append(builder.number(left))
        elif operation == "constant":
            value = program.constants[left]
            made.append(builder.constant(-value if sign < 0 and k == node else value))
        elif operation == "variable":
            made.append(builder.variable(left))
        else:
            operands = [made[j] for j in (left, right)[: arity[operation]]]
            made.append(builder.apply(operation, operands))
    result = made[node]
    if sign < 0 and program.operations[node] != "constant":
        result = builder.apply("neg", [result])
    return Expression._of(builder.build(result), variables)


def mixed(term: Expression, old: int, new: int, start: float) -> Expression:
    """The term with ``x_old + start*x_new`` in the place of ``x_old``."""
    n = len(term.variables)
    builder = core.Builder(n)
    nodes = [builder.variable(k) for k in range(n)]
    extra = builder.apply("mul", [builder.constant(start), nodes[new]])
    nodes[old] = builder.apply("add", [nodes[old], extra])
    return Expression._of(builder.build(builder.insert(term._program, nodes)), term.variables)
