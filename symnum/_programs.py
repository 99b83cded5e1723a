"""Programs of the core and the names of their variables: to combine, rename and compare them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symnum._arithmetic import is_number, number_node
from symnum._core import expression as core
from symnum.errors import ExpressionError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Named = tuple[core.Program, tuple[str, ...]]
Key = tuple[int, tuple[str, ...], core.Program]


def read(
    text: str, variables: Sequence[str] | None, functions: Mapping[str, core.Program]
) -> Named:
    """The program of a text and the names of its variables."""
    if isinstance(variables, str):
        message = f"variables is the text {variables!r}, expected a sequence of names"
        raise ExpressionError(message)
    names = None if variables is None else list(variables)
    if names is not None and len(set(names)) != len(names):
        message = f"variables has a name twice: {', '.join(names)}"
        raise ExpressionError(message)
    program, found = core.parse(text, names, list(functions.items()))
    return program, tuple(found)


def variables_in(program: core.Program) -> set[int]:
    """Indices of the variables that a program reads."""
    pairs = zip(program.operations, program.left, strict=True)
    return {index for operation, index in pairs if operation == "variable"}


def combine(operation: str, operands: Sequence[object]) -> Named:
    """An operation on programs with names and on numbers; names in order of first appearance."""
    named = [operand for operand in operands if isinstance(operand, tuple)]
    names = list(dict.fromkeys(name for _, own in named for name in own))
    builder = core.Builder(len(names))
    place = {name: builder.variable(k) for k, name in enumerate(names)}
    nodes = []
    inserted: dict[int, int] = {}
    for operand in operands:
        if not isinstance(operand, tuple):
            if not is_number(operand):
                message = (
                    f"operand of {operation!r} is {operand!r}, expected an expression or number"
                )
                raise ExpressionError(message)
            nodes.append(number_node(builder, operand))  # type: ignore[arg-type]
            continue
        program, own = operand
        # The same object twice is one subexpression: its constants stay tied.
        if id(program) not in inserted:
            inserted[id(program)] = builder.insert(program, [place[n] for n in own])
        nodes.append(inserted[id(program)])
    return builder.build(builder.apply(operation, nodes)), tuple(names)


def over(program: core.Program, variables: tuple[str, ...], names: list[str]) -> core.Program:
    """The same program over `names`, which hold all that it reads."""
    builder = core.Builder(len(names))
    place = {name: builder.variable(k) for k, name in enumerate(names)}
    spare = place[names[0]] if names else builder.number(0)
    return builder.build(builder.insert(program, [place.get(n, spare) for n in variables]))


def canonical_key(program: core.Program, variables: tuple[str, ...]) -> Key:
    """Hash, names and canonical form over the names that remain in it, in alphabetical order."""
    while True:
        names = sorted(variables[k] for k in variables_in(program))
        form = core.canonical(over(program, variables, names))
        if len(variables_in(form)) == len(names):
            return core.structural_hash(form), tuple(names), form
        program, variables = form, tuple(names)


def checked(nodes: Sequence[Sequence[object]], variables: Sequence[str]) -> Named:
    """A program from what `Expression.__reduce__` saved; the core checks that it is one."""
    operations, left, right, constants = nodes
    names = tuple(variables)
    for name in names:
        core.check_name(name)
    if len(set(names)) != len(names):
        message = f"variables has a name twice: {', '.join(names)}"
        raise ExpressionError(message)
    program = core.Program(operations, left, right, constants, len(names))  # type: ignore[arg-type]
    return program, names
