"""Operations of the user's own, given as formulas: inserted in a search, named when it is told.

A program knows the core's operations alone, so a call of ``bump(u) = exp(-u**2)`` is the formula of
bump with its operand in the place of u. A search inserts it as one more operation, and what it
found is read back: where a part of a formula is that of a call, whatever simplification has made of
it, it is written as one. Values are always those of the formula itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from symnum._arithmetic import number_node
from symnum._core import expression as core
from symnum._regression.calls import Tree, calls_in, program_of, size, tree_of
from symnum.errors import DomainError, ParseError
from symnum.expression import Expression

if TYPE_CHECKING:
    from collections.abc import Sequence

_LARGEST = 2**31 - 1


@dataclass(frozen=True)
class Function:
    """One operation: its formula over its operands, without free constants."""

    name: str
    formula: Expression

    @property
    def program(self) -> core.Program:
        """Over the operands in their order."""
        return self.formula._program

    @property
    def operands(self) -> tuple[str, ...]:
        """Their names, 1 or 2."""
        return self.formula.variables

    @property
    def arity(self) -> int:
        """Number of operands."""
        return len(self.operands)

    @cached_property
    def tree(self) -> Tree:
        """As it stands in a simplified formula."""
        return tree_of(core.simplify(self.program))


@dataclass(frozen=True)
class Functions:
    """All of a regressor."""

    every: tuple[Function, ...]

    @classmethod
    def of(cls, given: object, names: Sequence[str]) -> Functions | None:
        """From what a user gives: see `SymbolicRegressor`. `names` are those of the variables."""
        if given is None:
            return None
        if not isinstance(given, Mapping):
            message = f"functions is {given!r}, expected a mapping such as {{'bump': 'exp(-u**2)'}}"
            raise DomainError(message)
        made: dict[str, Function] = {}
        for name, formula in given.items():
            if name in names:
                message = f"functions has {name!r}, which is a column; choose another name"
                raise DomainError(message)
            made[name] = _function(name, formula, made)
        return cls(tuple(made.values())) if made else None

    def saved(self, program: core.Program) -> int:
        """Leaves and operations that calls save when the program is written out."""
        return max(0, program.tree_size - size(self._with_calls(tree_of(program))))

    def text(self, expression: Expression) -> str:
        """Infix, with calls."""
        return self._written(expression, latex=False)

    def latex(self, expression: Expression) -> str:
        """LaTeX, with calls."""
        return self._written(expression, latex=True)

    def _written(self, expression: Expression, *, latex: bool) -> str:
        folded = self._folded(expression._program)
        if folded is None:
            return expression.latex() if latex else str(expression)
        return _write(folded, expression.variables, latex=latex)

    def _folded(self, program: core.Program) -> Tree | None:
        """With calls; None where there are none."""
        whole = tree_of(program)
        folded = self._with_calls(whole)
        if folded == whole or not self._is_same(program, folded):
            return None
        return folded

    def _with_calls(self, tree: Tree) -> Tree:
        return calls_in(tree, [(f.name, f.arity, f.tree) for f in self.every])

    def _is_same(self, program: core.Program, folded: Tree) -> bool:
        """Whether it has the same values: it has by algebra, and here for all to see."""
        again = program_of(folded, program.n_variables, {f.name: f.program for f in self.every})
        points = np.random.default_rng(0).uniform(0.3, 1.7, (program.n_variables, 16))
        points[:, 8:] *= -2.0
        pair = [program, again]
        one, other = core.evaluate_float64(pair, [p.constants for p in pair], points)
        with np.errstate(invalid="ignore", over="ignore"):
            near = np.isclose(one, other, rtol=1e-7, atol=1e-300)
        return bool(np.all(near | ~np.isfinite(one) & ~np.isfinite(other)))


def _function(name: object, formula: object, known: Mapping[str, Function]) -> Function:
    if not isinstance(name, str):
        message = f"functions has {name!r}, expected a name"
        raise DomainError(message)
    try:
        core.check_name(name)
        if isinstance(formula, Expression):
            program, operands = formula._program, formula.variables
        elif isinstance(formula, str):
            own = [(f.name, f.program) for f in known.values()]
            program, found = core.parse(formula, None, own)
            operands = tuple(found)
        else:
            message = f"functions[{name!r}] is {formula!r}, expected a text or an Expression"
            raise DomainError(message)
    except ParseError as error:
        message = f"functions[{name!r}]: {error}"
        raise ParseError(message) from error
    if not 1 <= len(operands) <= 2:
        message = (
            f"functions[{name!r}] has the operands {', '.join(operands) or 'none'}, expected 1 or 2"
        )
        raise DomainError(message)
    return Function(name, Expression._of(_without_constants(name, program), operands))


def _without_constants(name: str, program: core.Program) -> core.Program:
    """Its numbers are part of the operation: no fit moves them."""
    builder = core.Builder(program.n_variables)
    arity = {operation: n for operation, n, _, _ in core.OPERATIONS}
    nodes: list[int] = []
    for operation, left, right in zip(program.operations, program.left, program.right, strict=True):
        if operation == "number":
            nodes.append(builder.number(left))
        elif operation == "variable":
            nodes.append(builder.variable(left))
        elif operation == "constant":
            nodes.append(number_node(builder, _exact(name, program.constants[left])))
        else:
            operands = [nodes[k] for k in (left, right)[: arity[operation]]]
            nodes.append(builder.apply(operation, operands))
    return builder.build(nodes[-1])


def _exact(name: str, value: float) -> Fraction:
    fraction = Fraction(repr(value))
    if max(abs(fraction.numerator), fraction.denominator) > _LARGEST:
        message = (
            f"functions[{name!r}] has the number {value!r}, expected one of at most nine digits;"
            " write a quotient of integers, or pi"
        )
        raise DomainError(message)
    return fraction


def _operands(tree: Tree) -> Iterable[Tree]:
    return (part for part in tree[1:] if isinstance(part, tuple))


def _write(tree: Tree, variables: Sequence[str], *, latex: bool) -> str:
    """Calls are written first, as names that the rest is written with, then put in."""
    calls: list[str] = []

    def without(part: Tree) -> Tree:
        if part[0] != "call":
            return (part[0], *(without(p) if isinstance(p, tuple) else p for p in part[1:]))
        name = str(part[1])
        operands = [_write(p, variables, latex=latex) for p in _operands(part)]
        if latex:
            shown = name.replace("_", r"\_")
            head = rf"\operatorname{{{shown}}}"
            calls.append(rf"{head}\left({', '.join(operands)}\right)")
        else:
            calls.append(f"{name}({', '.join(operands)})")
        return ("variable", len(variables) + len(calls) - 1)

    rest = without(tree)
    stem = "q"
    while any(name.startswith(stem) for name in variables):
        stem += "q"
    marks = [f"{stem}{k}z" for k in range(len(calls))]  # stand for calls while the rest is written
    program = program_of(rest, len(variables) + len(calls), {})
    write = core.to_latex if latex else core.to_text
    text = write(program, [*variables, *marks])
    for k in reversed(range(len(calls))):
        own = core.Builder(1)
        shown = write(own.build(own.variable(0)), [marks[k]])
        text = text.replace(shown, calls[k])
    return text
