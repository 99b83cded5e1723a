"""Many expressions on the same data at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from symnum._arrays import columns_of
from symnum._core import expression as core
from symnum.errors import ShapeError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from symnum.expression import Expression

__all__ = ["evaluate_all"]


def common_variables(expressions: Sequence[Expression]) -> tuple[str, ...]:
    """The variables of all of them, which must be the same in the same order."""
    if not expressions:
        message = "expressions has 0 expressions, expected at least 1"
        raise ShapeError(message)
    variables = expressions[0].variables
    for k, expression in enumerate(expressions):
        if expression.variables != variables:
            message = (
                f"expressions[{k}] has the variables {', '.join(expression.variables)},"
                f" expected those of the first: {', '.join(variables)}"
            )
            raise ShapeError(message)
    return variables


def evaluate_all(expressions: Sequence[Expression], X: object) -> NDArray[Any]:
    """Values of every expression on every row.

    Parameters
    ----------
    expressions : sequence of Expression
        Over the same variables in the same order.
    X : array_like, shape (n_rows, n_variables), or mapping from names to arrays, or data frame
        As for `Expression.evaluate`.

    Returns
    -------
    ndarray of float64, or of float32 if X is, shape (n_expressions, n_rows)
        NaN or inf where a row lies outside an operation's domain.

    Raises
    ------
    ShapeError
        If the expressions have other variables than each other, or `X` does not fit them.

    Notes
    -----
    Uses `num_threads` threads; the bits of the result do not depend on it. Releases the GIL.

    Examples
    --------
    >>> from symnum import Expression, evaluate_all
    >>> evaluate_all([Expression("x**2"), Expression("1/x")], [[2.0], [4.0]])
    array([[ 4.  , 16.  ],
           [ 0.5 ,  0.25]])
    """
    columns, _ = columns_of(X, common_variables(expressions))
    programs = [expression._program for expression in expressions]
    run = core.evaluate_float32 if columns.dtype == np.float32 else core.evaluate_float64
    values: NDArray[Any] = run(programs, [p.constants for p in programs], columns)
    return values
