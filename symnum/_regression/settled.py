"""Whether a law leaves nothing but noise, so that a search may end."""

from __future__ import annotations

from itertools import combinations_with_replacement
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import fdtrc  # type: ignore[import-untyped]
from sklearn.neighbors import KDTree

if TYPE_CHECKING:
    from symnum._regression.problem import Candidate, Problem

_FEWEST_ROWS = 40
_MOST_ROWS = 2_000
_MOST_CONSTANTS = 1  # that are no simple numbers: with more, another law may do as well
_LARGEST = 30
_SMALLEST_P = 0.02


def is_settled(problem: Problem, candidate: Candidate) -> bool:
    """A short law of simple numbers whose residuals no quadratic and no neighbour foretells."""
    if len(candidate.program.constants) > _MOST_CONSTANTS or candidate.complexity > _LARGEST:
        return False
    if problem.n_rows < _FEWEST_ROWS or candidate.error > 0.5:
        return False
    rows = slice(0, None, 1 + problem.n_rows // _MOST_ROWS)
    x = problem.columns[:, rows]
    residuals = problem.residuals(candidate.program)[rows]
    scale = np.ptp(x, axis=1)
    x = (x[scale > 0] - x[scale > 0].mean(axis=1, keepdims=True)) / scale[scale > 0, None]
    return _p_of_quadratic(x, residuals) > _SMALLEST_P and _p_of_neighbours(x, residuals)


def _p_of_quadratic(x: np.ndarray, residuals: np.ndarray) -> float:
    n = len(residuals)
    pairs = list(combinations_with_replacement(range(len(x)), 2))[: n // 4]
    columns = [np.ones(n), *x, *(x[i] * x[j] for i, j in pairs)]
    rows = np.column_stack(columns)
    solution, _, rank, _ = np.linalg.lstsq(rows, residuals, rcond=None)
    left = float(np.sum((residuals - rows @ solution) ** 2))
    total = float(np.sum(residuals**2))
    free = n - int(rank)
    if free < n // 4 or left <= 0.0:
        return 0.0
    return float(fdtrc(rank, free, (total - left) / rank / (left / free)))


def _p_of_neighbours(x: np.ndarray, residuals: np.ndarray) -> bool:
    """Whether residuals of nearest neighbours are as good as independent."""
    _, nearest = KDTree(x.T).query(x.T, k=2)
    centred = residuals - residuals.mean()
    products = centred * centred[nearest[:, 1]]
    return bool(products.mean() < 2.5 * products.std() / np.sqrt(len(residuals) / 2.0))
