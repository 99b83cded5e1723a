"""Formulas that other objects propose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from symnum._core import expression as core
from symnum.errors import DomainError, ExpressionError, ParseError
from symnum.expression import Expression

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from symnum._regression.problem import Clock
    from symnum._regression.results import Teller


def proposed(
    proposers: Sequence[Any],
    x: NDArray[Any],
    y: NDArray[Any],
    tell: Teller,
    clock: Clock,
) -> list[core.Program]:
    """All that they propose within the time, over these variables. Errors name the proposer."""
    programs: list[core.Program] = []
    for k, proposer in enumerate(proposers):
        if not callable(getattr(proposer, "propose", None)):
            message = f"proposers[{k}] is {proposer!r}, expected an object with propose(X, y)"
            raise DomainError(message)
        for given in proposer.propose(x, y):
            if clock.is_over:
                return programs
            try:
                programs.append(_read(given, tell))
            except (ExpressionError, TypeError) as error:
                message = f"proposers[{k}] proposes {given!r}, which is no formula: {error}"
                raise ExpressionError(message) from error
    return programs


def _read(given: str | Expression, tell: Teller) -> core.Program:
    """Over the names of the columns, or else over x0, x1, ..."""
    text = str(given) if isinstance(given, Expression) else given
    names = tell.names
    own = [] if tell.functions is None else [(f.name, f.program) for f in tell.functions.every]
    try:
        program = core.parse(text, list(names), own)[0]
    except ParseError:
        plain = [f"x{k}" for k in range(len(names))]
        if plain == list(names):
            raise
        program = core.parse(text, plain, own)[0]
    return core.simplify(program)
