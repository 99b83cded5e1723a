"""A polynomial that stands for the unknown law: how well it foretells, and its derivatives."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from scipy.linalg import LinAlgError, cholesky, solve_triangular  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Vector = NDArray[np.float64]

MOST_TERMS = 210
_HIGHEST = 30  # degree
_WIDE = 1.3  # of largest over smallest: from here on logarithms are other coordinates


@dataclass(frozen=True, eq=False)
class Surrogate:
    """Least squares on products of Chebyshev polynomials up to a total degree.

    Attributes
    ----------
    error : float
        Root mean square of what each row is missed by when it is left out, over the standard
        deviation of the target.
    values : ndarray, shape (n_rows,)
    slopes : ndarray, shape (n_columns, n_rows)
        Derivatives of the values by the columns.
    """

    error: float
    values: Vector
    slopes: Vector


def error(
    columns: Vector, target: Vector, factor: Vector, *, logs: bool, most_terms: int = MOST_TERMS
) -> float:
    """`Surrogate.error` of target = factor times a polynomial of the best degree."""
    return _Fit(columns, factor, most_terms, logs=logs).best(target)[0]


def surrogate(columns: Vector, target: Vector, factor: Vector) -> Surrogate:
    """In the coordinates that do better: columns, or logarithms of those that are positive."""
    fits = [_Fit(columns, factor, MOST_TERMS, logs=logs) for logs in (False, True)]
    found = [fit.best(target) for fit in fits]
    better = int(found[1][0] < found[0][0])
    missed, n_terms = found[better]
    return fits[better].surrogate(target, missed, n_terms)


class _Fit:
    """The design of all degrees, factorised once."""

    def __init__(self, columns: Vector, factor: Vector, most_terms: int, *, logs: bool) -> None:
        n_columns, n_rows = columns.shape
        self.places, self.stretch = _coordinates(columns, logs=logs)
        most = max(1, min(most_terms, n_rows // 2))
        self.powers, self.sizes = _exponents(n_columns, most)
        self.table = _chebyshev(self.places, int(self.powers.max(initial=0)))
        self.factor = factor
        design = self.product(self.table) * factor
        self.q, self.r = _factorised(design)

    def product(self, table: Vector) -> Vector:
        """Of one polynomial a column, a row a term."""
        result: Vector = table[self.powers[:, 0], 0]
        for k in range(1, self.powers.shape[1]):
            result = result * table[self.powers[:, k], k]
        return result

    def best(self, target: Vector) -> tuple[float, int]:
        """Least error and how many terms it takes."""
        along = self.q @ target
        spread = float(np.std(target)) + 1e-300
        results = []
        left, share = target, np.zeros_like(target)
        before = 0
        for size in self.sizes:
            part = self.q[before:size]
            left = left - along[before:size] @ part
            share = share + np.einsum("ij,ij->j", part, part)
            missed = np.sqrt(np.mean(np.square(left / np.maximum(1.0 - share, 1e-9))))
            results.append((float(missed) / spread, size))
            before = size
        return min(results)

    def surrogate(self, target: Vector, missed: float, n_terms: int) -> Surrogate:
        """With derivatives."""
        coefficients = np.zeros(len(self.powers))
        part = self.r[:n_terms, :n_terms]
        along = self.q[:n_terms] @ target
        coefficients[:n_terms] = np.linalg.lstsq(part, along, rcond=1e-9)[0]
        changes = _derivatives(self.places, len(self.table))
        slopes = np.empty_like(self.places)
        for k in range(len(slopes)):
            table = self.table.copy()
            table[:, k] = changes[:, k]
            slopes[k] = coefficients @ self.product(table) * self.stretch[k]
        return Surrogate(missed, coefficients @ self.product(self.table), slopes)


def _factorised(design: Vector) -> tuple[Vector, Vector]:
    """Orthonormal rows, and the upper triangle whose transpose times them is the design."""
    try:
        upper = cholesky(design @ design.T, check_finite=False)
        if np.min(np.diag(upper)) > 1e-4 * np.max(np.diag(upper)):
            q = solve_triangular(upper, design, trans="T", check_finite=False)
            return np.asarray(q), np.asarray(upper)
    except LinAlgError:
        pass
    columns, upper = np.linalg.qr(design.T)
    return np.ascontiguousarray(columns.T), upper


def _coordinates(columns: Vector, *, logs: bool) -> tuple[Vector, Vector]:
    """Columns or their logarithms, scaled to [-1, 1], and the derivatives by the columns."""
    places = columns.copy()
    stretch = np.ones_like(columns)
    low, high = columns.min(axis=1), columns.max(axis=1)
    for k in range(len(columns)):
        if logs and low[k] > 0.0 and high[k] > _WIDE * low[k]:
            places[k] = np.log(columns[k])
            stretch[k] = 1.0 / columns[k]
    low = places.min(axis=1, keepdims=True)
    half = 0.5 * np.ptp(places, axis=1, keepdims=True) + 1e-300
    return (places - low) / half - 1.0, stretch / half


def _chebyshev(places: Vector, degree: int) -> Vector:
    """Of each degree on each column, shape (degree + 1, n_columns, n_rows)."""
    rows = [np.ones_like(places), places]
    for _ in range(1, degree):
        rows.append(2.0 * places * rows[-1] - rows[-2])
    return np.array(rows[: degree + 1])


def _derivatives(places: Vector, n: int) -> Vector:
    """T_k' = k U_(k-1), with U of the second kind."""
    second = [np.zeros_like(places), np.ones_like(places)]
    while len(second) < n:
        second.append(2.0 * places * second[-1] - second[-2])
    return np.array([k * row for k, row in enumerate(second[:n])])


@lru_cache(maxsize=64)
def _exponents(n_columns: int, most: int) -> tuple[NDArray[np.intp], tuple[int, ...]]:
    """Powers of all terms by total degree, and how many there are up to each degree."""
    rows: list[tuple[int, ...]] = []
    sizes: list[int] = []
    for degree in range(_HIGHEST + 1):
        new = list(_of_degree(n_columns, degree))
        if rows and len(rows) + len(new) > most:
            break
        rows += new
        sizes.append(len(rows))
    return np.array(rows, dtype=np.intp), tuple(sizes)


def _of_degree(n_columns: int, degree: int) -> Iterator[tuple[int, ...]]:
    if n_columns == 1:
        yield (degree,)
        return
    for first in range(degree, -1, -1):
        for rest in _of_degree(n_columns - 1, degree - first):
            yield (first, *rest)
