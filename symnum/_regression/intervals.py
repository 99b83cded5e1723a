"""How far the data leave the constants of a formula open."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import stdtrit  # type: ignore[import-untyped]

from symnum._core import expression as core

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from symnum._regression.problem import Problem


def intervals(problem: Problem, program: core.Program, level: float) -> NDArray[np.float64]:
    """Columns value, low, high: linearised, Student's t; NaN where the rows do not say."""
    constants = np.array(program.constants)
    n = len(constants)
    result = np.column_stack([constants, np.full((n, 2), np.nan)])
    free = problem.n_effective - n
    if n == 0 or free <= 0:
        return result
    _, slopes = core.jacobian(program, program.constants, problem.columns, "constant")
    share = problem.weights / problem.weights.sum() * problem.n_effective
    rows = (np.asarray(slopes).reshape(n, -1) * np.sqrt(share)).T
    size = np.linalg.norm(rows, axis=0)
    if not np.all(np.isfinite(size)) or np.any(size == 0.0):
        return result
    singular, directions = np.linalg.svd(rows / size, full_matrices=False)[1:]
    if singular[-1] < 1e-10 * singular[0]:
        return result
    variance = float(share @ problem.residuals(program) ** 2) / free
    spread = np.sqrt(variance * np.sum((directions / singular[:, None]) ** 2, axis=0)) / size
    reach = stdtrit(free, 0.5 + 0.5 * level) * spread
    return np.column_stack([constants, constants - reach, constants + reach])
