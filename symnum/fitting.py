"""Least squares for the constants of expressions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from symnum._arrays import columns_of, vector
from symnum._core import expression as core
from symnum.errors import DomainError, ShapeError
from symnum.population import common_variables

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

    from symnum.expression import Expression

__all__ = ["Fit", "fit", "fit_all"]


@dataclass(frozen=True)
class Fit:
    """What a fit found, and why it ended.

    Attributes
    ----------
    expression : Expression
        With the best constants seen: those of the start where nothing was better.
    cost : float
        Sum of (weighted) squared residuals there; inf where the start was not finite.
    iterations : int
    outcome : str
        One word, such as ``"exact"``, ``"cost_flat"`` or ``"start_not_finite"``.
    message : str
        The same as a sentence.
    converged : bool
        Whether `expression` is at a (local) minimum.
    """

    expression: Expression
    cost: float
    iterations: int
    outcome: str
    message: str
    converged: bool


def fit(
    expression: Expression,
    X: object,
    y: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    max_iterations: int = 100,
    tol_rel: float = 1e-12,
    n_starts: int = 1,
    seed: int | np.random.Generator | None = 0,
) -> Fit:
    """Fit the constants of one expression, from one start or the best of several.

    Parameters
    ----------
    expression : Expression
        Its constants are the first start. Integers in it stay.
    X : as for `Expression.evaluate`
    y : array_like, shape (n_rows,)
        Finite.
    sample_weight : array_like, shape (n_rows,), optional
        At least 0: the cost is the sum of ``w * (y - f)**2``.
    max_iterations : int
        Of each start.
    tol_rel : float
        Ends a fit by the relative change of cost, step or gradient.
    n_starts : int
        The second and later starts scale each constant by 10**N(0, 1/2) and flip a fifth of the
        signs.
    seed : int or numpy.random.Generator, optional
        Of those starts.

    Returns
    -------
    Fit

    Raises
    ------
    ShapeError
        If `X`, `y` or `sample_weight` disagree in length, or there are no rows.
    DomainError
        If `y` or a weight is not finite, or an option is out of range.
    TooLargeError
        If there are more than 1,000 constants.

    Notes
    -----
    Method: Levenberg-Marquardt (Madsen, Nielsen and Tingleff, 2004); constants that enter linearly
    are eliminated by variable projection (Golub and Pereyra 1973, doi:10.1137/0710036).

    Examples
    --------
    >>> import numpy as np
    >>> from symnum import Expression
    >>> from symnum.fitting import fit
    >>> x = np.linspace(0, 10, 100)
    >>> result = fit(Expression("1.0*sin(2.0*x)"), x, 3 * np.sin(2.2 * x), n_starts=5)
    >>> result.outcome, str(result.expression.with_constants(result.expression.constants.round(6)))
    ('exact', '3.0*sin(2.2*x)')
    """
    if n_starts < 1:
        message = f"n_starts is {n_starts}, expected at least 1"
        raise DomainError(message)
    starts = [expression.constants]
    rng = np.random.default_rng(seed)
    for _ in range(n_starts - 1):
        scale = 10.0 ** rng.normal(0.0, 0.5, starts[0].shape)
        scale[rng.random(starts[0].shape) < 0.2] *= -1.0
        starts.append(starts[0] * scale)
    tried = fit_all(
        [expression.with_constants(start) for start in starts],
        X,
        y,
        sample_weight=sample_weight,
        max_iterations=max_iterations,
        tol_rel=tol_rel,
    )
    return min(tried, key=lambda found: found.cost)


def fit_all(
    expressions: Sequence[Expression],
    X: object,
    y: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    max_iterations: int = 100,
    tol_rel: float = 1e-12,
) -> list[Fit]:
    """Fit many expressions to the same data, each from its own constants.

    Parameters
    ----------
    expressions : sequence of Expression
        Over the same variables in the same order.
    X, y, sample_weight, max_iterations, tol_rel
        As for `fit`.

    Returns
    -------
    list of Fit
        One an expression. A fit that fails is a `Fit` whose outcome says so.

    Raises
    ------
    ShapeError, DomainError, TooLargeError
        As `fit`.

    Notes
    -----
    Uses `num_threads` threads; the bits of the result do not depend on it. Releases the GIL.

    Examples
    --------
    >>> from symnum import Expression, fit_all
    >>> lines = [Expression("1.0*x"), Expression("1.0*x + 1.0")]
    >>> [round(f.cost, 6) for f in fit_all(lines, [[0.0], [1.0], [2.0]], [1, 3, 5])]
    [1.2, 0.0]
    """
    columns, _ = columns_of(X, common_variables(expressions))
    columns = np.ascontiguousarray(columns, np.float64)
    n_rows = columns.shape[1] if len(columns) else len(np.asarray(y))
    if n_rows == 0:
        message = "X has 0 rows, expected at least 1"
        raise ShapeError(message)
    if max_iterations < 0 or not tol_rel >= 0:
        message = f"max_iterations and tol_rel are {max_iterations} and {tol_rel}, expected >= 0"
        raise DomainError(message)
    weights = np.empty(0) if sample_weight is None else vector(sample_weight, "weights", n_rows)
    programs = [expression._program for expression in expressions]
    results = core.fit(
        programs,
        [p.constants for p in programs],
        columns,
        vector(y, "y", n_rows),
        weights,
        max_iterations,
        tol_rel,
        True,
    )
    return [
        Fit(
            expression.with_constants(r.constants),
            r.cost,
            r.iterations,
            r.outcome,
            r.message,
            r.converged,
        )
        for expression, r in zip(expressions, results, strict=True)
    ]
