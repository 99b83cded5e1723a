"""Skeletons that are fitted to data and ranked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from symnum.fitting import fit, fit_all

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from symnum.expression import Expression

_MOST_ROWS = 500
_STARTS = 5
_REFITTED = 8  # skeletons that get more than one start


def fitted(
    skeletons: Sequence[Expression],
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    n: int,
    seed: int,
) -> list[Expression]:
    """The best `n` after a fit, of the most promising from several starts.

    Parameters
    ----------
    skeletons : sequence of Expression
        At least one, all over the same variables: at least as many as `x` has columns, in their
        order.
    x : ndarray of float64, shape (n_rows, n_features)
    y : ndarray of float64, shape (n_rows,)
    n : int
    seed : int
        Of the rows that stand for all, and of the starts.

    Returns
    -------
    list of Expression
        The shortest description first; those whose fit is not finite are left out.
    """
    rng = np.random.default_rng(seed)
    if len(y) > _MOST_ROWS:
        rows = rng.choice(len(y), _MOST_ROWS, replace=False)
        x, y = x[rows], y[rows]
    spare = len(skeletons[0].variables) - x.shape[1]
    columns = np.concatenate([x, np.zeros((len(x), spare))], 1)
    scored = []
    for k, result in enumerate(fit_all(skeletons, columns, y, max_iterations=30)):
        if np.isfinite(result.cost):
            scored.append((_length(result.expression, result.cost, y), k, result.expression))
    scored.sort(key=lambda row: row[:2])
    again = []
    for _, k, expression in scored[:_REFITTED]:
        if len(expression.constants):
            starts = {"n_starts": _STARTS, "seed": seed + k, "max_iterations": 50}
            better = fit(skeletons[k], columns, y, **starts)
            again.append((_length(better.expression, better.cost, y), k, better.expression))
    scored = sorted([*again, *scored], key=lambda row: row[:2])
    kept: dict[int, Expression] = {}
    for _, k, expression in scored:
        kept.setdefault(k, expression)
    return [*kept.values()][:n]


def _length(expression: Expression, cost: float, y: NDArray[np.float64]) -> float:
    """Nats of the residuals and of the nodes: less is better."""
    floor = 1e-24 * float(np.sum((y - y.mean()) ** 2)) + np.finfo(float).tiny
    return 0.5 * len(y) * float(np.log(max(cost, floor))) + 3.0 * expression.complexity
