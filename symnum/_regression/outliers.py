"""Which rows a search for a law had better not look at."""

from __future__ import annotations

from itertools import combinations_with_replacement
from typing import TYPE_CHECKING

import numpy as np
from sklearn.neighbors import KDTree

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Vector = NDArray[np.float64]

_NEIGHBOURS = 8
_MOST_WORK = 2e8  # numbers that a search for neighbours may look at
_ROUNDS = 20
_FAR = 4.0  # scales of the noise
_MOST = 0.4  # share of rows that may be outliers
_NORMAL = 1.4826  # standard deviation of normal numbers over the median of their size


def deviations(columns: Vector, y: Vector, weights: Vector) -> Vector:
    """Of each row from what its neighbours say, a quadratic in least absolute residuals taken off.

    Shape (n_rows,). Neither is moved by a minority of outliers.
    """
    spread = np.ptp(columns, axis=1)
    x = columns[spread > 0]
    x = (x - x.mean(axis=1, keepdims=True)) / spread[spread > 0, None]
    rest = y - _quadratic(x, y, weights)
    if not 2 * _NEIGHBOURS <= len(y) < _MOST_WORK / (len(x) * len(y) + 1) or not len(x):
        return np.asarray(rest - np.median(rest))
    _, near = KDTree(x.T).query(x.T, k=_NEIGHBOURS + 1)
    return np.asarray(rest - np.median(rest[near[:, 1:]], axis=1))


def scale(found: Vector) -> float:
    """Standard deviation of normal noise of which these are, whatever the outliers."""
    return float(_NORMAL * np.median(np.abs(found)))


def is_outlier(found: Vector) -> NDArray[np.bool_]:
    """The rows that deviate by far more than most."""
    sizes = np.abs(found)
    limit = max(_FAR * scale(found), float(np.quantile(sizes, 1.0 - _MOST)))
    return np.asarray(sizes > limit)


def _quadratic(x: Vector, y: Vector, weights: Vector) -> Vector:
    n = len(y)
    pairs = list(combinations_with_replacement(range(len(x)), 2))
    columns = [np.ones(n), *x][: max(1, n // 4)]
    if len(columns) + len(pairs) <= n // 4:
        columns += [x[i] * x[j] for i, j in pairs]
    rows = np.column_stack(columns)
    found = np.zeros(n)
    root = np.sqrt(weights)
    for _ in range(_ROUNDS):
        found = rows @ np.linalg.lstsq(rows * root[:, None], y * root, rcond=None)[0]
        sizes = np.abs(y - found)
        root = np.sqrt(weights / np.maximum(sizes, 1e-3 * np.median(sizes) + 1e-300))
    return np.asarray(found)
