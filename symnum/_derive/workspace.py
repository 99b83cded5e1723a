"""Formulas with derivatives and integrals in them: each such part is a name of its own.

``D(f, x)`` is the derivative of f by x, ``I(f, x, a)`` its integral over x from a to x. Equal parts,
up to algebra, have the same name, so that `Expression` compares, combines and rewrites the rest.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from symnum import _programs
from symnum._core import expression as core
from symnum.errors import ParseError
from symnum.expression import Expression

if TYPE_CHECKING:
    from collections.abc import Mapping

RESERVED = "op__"
_CALL = re.compile(r"(?<![\w.])(D|I)\s*\(")
_ARGUMENTS = {"D": ("D(f, x)", 2), "I": ("I(f, x, a)", 3)}
_MOST_NESTED = 40


@dataclass(frozen=True)
class Operator:
    """A derivative or an integral of an expression."""

    kind: str  # D or I
    inner: Expression
    variable: str
    lower: Expression | None = None  # limit of an integral, a number


@dataclass(frozen=True)
class Equation:
    """Two sides over the names of a workspace."""

    left: Expression
    right: Expression


def used(formula: Expression) -> list[str]:
    """Names that a formula reads, sorted."""
    return sorted(formula.variables[k] for k in _programs.variables_in(formula._program))


def substitute(formula: Expression, values: Mapping[str, Expression]) -> Expression:
    """Expressions for names, all at once."""
    own = used(formula)
    inside = {name for n in own if n in values for name in used(values[n])}
    names = sorted({n for n in own if n not in values} | inside)
    builder = core.Builder(len(names))
    place = {name: builder.variable(k) for k, name in enumerate(names)}
    spare = place[names[0]] if names else builder.number(0)
    nodes = []
    for name in formula.variables:
        if name in values and name in own:
            value = values[name]
            inner = [place.get(n, spare) for n in value.variables]
            nodes.append(builder.insert(value._program, inner))
        else:
            nodes.append(place.get(name, spare))
    program = builder.build(builder.insert(formula._program, nodes))
    return Expression._of(program, tuple(names))


class Workspace:
    """Names of derivatives and integrals, and of what was defined, in one derivation."""

    def __init__(self) -> None:
        self.operators: dict[str, Operator] = {}
        self.definitions: dict[str, Expression] = {}
        self._names: dict[Operator, str] = {}

    def operator(
        self, kind: str, inner: Expression, variable: str, lower: Expression | None = None
    ) -> Expression:
        """The derivative or integral as one name."""
        wanted = Operator(kind, inner, variable, lower)
        if wanted not in self._names:
            name = f"{RESERVED}{len(self.operators)}"
            self._names[wanted] = name
            self.operators[name] = wanted
        return Expression(self._names[wanted])

    def read(self, text: str, nested: int = 0) -> Expression:
        """An expression from a text. Raises ParseError."""
        if RESERVED in text:
            message = f"{text!r} has the name {RESERVED!r}, which is kept for inner use"
            raise ParseError(message)
        if nested > _MOST_NESTED:
            message = f"derivatives and integrals are nested over {_MOST_NESTED} deep"
            raise ParseError(message)
        pieces, at = [], 0
        while found := _CALL.search(text, at):
            arguments, end = _split(text, found.end())
            pieces += [text[at : found.start()], str(self._call(found[1], arguments, nested))]
            at = end
        # Names in the pieces are reserved ones by now: the parser takes them as any other.
        return Expression("".join([*pieces, text[at:]]))

    def _call(self, kind: str, arguments: list[str], nested: int) -> Expression:
        form, n = _ARGUMENTS[kind]
        if len(arguments) != n:
            message = f"{kind} has {len(arguments)} arguments, expected {form}"
            raise ParseError(message)
        variable = arguments[1].strip()
        try:
            core.check_name(variable)
        except ValueError:
            message = f"{kind} is by {variable!r}, expected a variable: {form}"
            raise ParseError(message) from None
        inner = self.read(arguments[0], nested + 1)
        lower = Expression(arguments[2]) if n == 3 else None
        if lower is not None and used(lower):
            message = f"I begins at {arguments[2].strip()!r}, expected a number: {form}"
            raise ParseError(message)
        return self.operator(kind, inner, variable, lower)

    def write(self, formula: Expression) -> str:
        """The text of an expression, which `read` takes."""

        def spell(found: re.Match[str]) -> str:
            one = self.operators[found[0]]
            tail = "" if one.lower is None else f", {one.lower}"
            return f"{one.kind}({self.write(one.inner)}, {one.variable}{tail})"

        return re.sub(rf"\b{RESERVED}\d+\b", spell, str(formula))

    def depends(self, name: str, variable: str) -> bool:
        """Whether what a name stands for changes with a variable."""
        if name == variable:
            return True
        if name in self.definitions:
            return self.varies(self.definitions[name], variable)
        if name in self.operators:
            one = self.operators[name]
            own = one.kind == "I" and one.variable == variable
            return own or self.varies(one.inner, variable)
        return False

    def varies(self, formula: Expression, variable: str) -> bool:
        """Whether a formula changes with a variable."""
        return any(self.depends(name, variable) for name in used(formula))

    def free(self, formula: Expression) -> set[str]:
        """The variables that a formula comes down to: neither defined nor operators."""
        found: set[str] = set()
        for name in used(formula):
            if name in self.definitions:
                found |= self.free(self.definitions[name])
            elif name in self.operators:
                found |= self.free(self.operators[name].inner) | {self.operators[name].variable}
            else:
                found.add(name)
        return found


def _split(text: str, start: int) -> tuple[list[str], int]:
    """Arguments of a call whose bracket opened before `start`, and where it ends."""
    depth, at = 0, start
    parts: list[str] = []
    for k in range(start, len(text)):
        letter = text[k]
        if letter == "(":
            depth += 1
        elif letter == ")" and depth == 0:
            return [*parts, text[at:k]], k + 1
        elif letter == ")":
            depth -= 1
        elif letter == "," and depth == 0:
            parts.append(text[at:k])
            at = k + 1
    message = f"{text!r} has a bracket that is never closed"
    raise ParseError(message)
