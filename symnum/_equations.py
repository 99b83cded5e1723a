"""What `ODESystem` is made of, in either form that a user may write it."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from symnum.errors import ExpressionError, ShapeError
from symnum.expression import Expression

if TYPE_CHECKING:
    from collections.abc import Sequence


def parts_of(values: list[float], sizes: list[int]) -> list[list[float]]:
    """The values in pieces of those sizes."""
    ends = np.cumsum([0, *sizes]).tolist()
    return [values[begin:end] for begin, end in pairwise(ends)]


def split(
    equations: Mapping[str, str | Expression] | Sequence[str | Expression],
    states: Sequence[str] | None,
    functions: Mapping[str, Expression] | None,
) -> tuple[tuple[str, ...], tuple[Expression, ...]]:
    """Names and right-hand sides, from either form."""
    if isinstance(equations, str) or isinstance(states, str):
        message = "equations and states are texts, expected a mapping or sequences"
        raise ExpressionError(message)
    sides = list(equations.values()) if isinstance(equations, Mapping) else list(equations)
    if isinstance(equations, Mapping):
        if states is not None:
            message = "states has names, and equations is a mapping that has them too"
            raise ExpressionError(message)
        states = list(equations)
    names = tuple(states) if states is not None else tuple(f"x{k}" for k in range(len(sides)))
    if not sides:
        message = "equations has 0 entries, expected at least 1"
        raise ExpressionError(message)
    if len(names) != len(sides):
        message = f"states has {len(names)} names, expected {len(sides)}, one an equation"
        raise ShapeError(message)
    return names, tuple(
        s if isinstance(s, Expression) else Expression(s, None, functions) for s in sides
    )
