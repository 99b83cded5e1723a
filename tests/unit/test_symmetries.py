"""What a law is a function of, seen in its data."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from symnum._core import expression as core
from symnum._regression import inner
from symnum._regression.problem import Problem
from symnum._regression.spaces import reduced_forms, reduced_problem
from symnum._regression.surrogate import error, surrogate
from symnum._regression.symmetries import Reduced, Relation

RNG = np.random.default_rng(8)
X = RNG.uniform(1.0, 3.0, (400, 5))
A, B, C, D, E = X.T
ALL = ("exp", "log", "sin", "cos", "sqrt")


@pytest.fixture(autouse=True)
def one_thread_of_blas() -> Iterator[None]:
    with threadpool_limits(limits=1, user_api="blas"):
        yield


def problem(y: np.ndarray, n_columns: int) -> Problem:
    x = np.ascontiguousarray(X[: len(y), :n_columns])
    return Problem.of(x, y, np.ones(len(y)), tuple(f"x{k}" for k in range(n_columns)))


def texts(form: Reduced) -> set[str]:
    names = [f"x{k}" for k in range(form.factor.n_variables)]
    return {core.to_text(leaf, names) for leaf in form.leaves}


def test_surrogate_has_the_values_and_slopes_of_a_polynomial() -> None:
    x = np.ascontiguousarray(X[:, :2].T)
    found = surrogate(x, A**2 * B - 3 * B, np.ones(len(A)))
    assert found.error < 1e-10
    np.testing.assert_allclose(found.values, A**2 * B - 3 * B, rtol=1e-9)
    np.testing.assert_allclose(found.slopes, [2 * A * B, A**2 - 3], rtol=1e-7)


def test_surrogate_error_is_that_of_fits_without_the_row() -> None:
    x = np.ascontiguousarray(X[:40, :1].T)
    y = np.exp(A[:40]) + RNG.normal(size=40)
    z = 2.0 * (x[0] - x[0].min()) / np.ptp(x[0]) - 1.0
    best = np.inf
    for degree in range(13):
        missed = []
        for k in range(40):
            kept = np.arange(40) != k
            rows = np.polynomial.chebyshev.chebvander(z, degree)
            solution = np.linalg.lstsq(rows[kept], y[kept], rcond=None)[0]
            missed.append(rows[k] @ solution - y[k])
        best = min(best, float(np.sqrt(np.mean(np.square(missed)))))
    assert error(x, y, np.ones(40), logs=False) == pytest.approx(best / np.std(y), rel=1e-6)


@pytest.mark.parametrize(
    ("y", "n_columns", "leaves"),
    [
        (A / B**2 * np.exp(-C), 3, {"x2"}),
        (np.exp(-A * B / C), 3, 1),
        (1 / (1 + (A - B) ** 2 + C), 3, {"x0 - x1", "x2"}),
        ((A - B * C) / np.sqrt(1 + (C / D) ** 2), 4, 2),
        (np.cos(A * B) * (D + E**2 / D), 5, 1),
    ],
    ids=["factors", "one product", "difference", "scales", "two functions"],
)
def test_law_is_told_by_fewer_columns(
    y: np.ndarray, n_columns: int, leaves: int | set[str]
) -> None:
    form = reduced_forms(problem(y, n_columns), ALL, 0)[0]
    assert len(form.leaves) == (leaves if isinstance(leaves, int) else len(leaves))
    if isinstance(leaves, set):
        assert texts(form) in (leaves, {t.replace("x0 - x1", "x1 - x0") for t in leaves})


def test_reduced_law_is_a_function_of_its_columns_alone() -> None:
    y = A * np.tanh(A * B / C)
    given = problem(y, 3)
    form = reduced_forms(given, ALL, 0)[0]
    assert len(form.leaves) == 1
    inside = reduced_problem(given, form)
    order = np.argsort(inside.columns[0])
    gaps = np.abs(np.diff(inside.y[order]))
    steps = np.diff(inside.columns[0][order])
    assert np.max(gaps / (steps + 1e-9)) < 50.0
    values = core.evaluate_float64(form.leaves, [[]] * len(form.leaves), given.columns)
    np.testing.assert_allclose(values, form.columns)


def test_law_without_symmetries_keeps_its_columns() -> None:
    assert reduced_forms(problem(np.sin(A) + np.exp(B * A) + B**3 * A, 2), ALL, 0) == []


def test_noise_hides_no_symmetry() -> None:
    y = A * B * np.exp(-C / D) * (1 + 0.01 * RNG.normal(size=len(A)))
    assert len(reduced_forms(problem(y, 4), ALL, 0)[0].leaves) == 1


def test_relation_gives_formulas_that_agree_with_their_columns() -> None:
    variables = []
    for k in range(3):
        builder = core.Builder(3)
        variables.append(builder.build(builder.variable(k)))
    columns = np.ascontiguousarray(X[:, :3].T)
    start = Reduced.of(columns, variables)
    for by in (1.0, -1.0, 0.5, -1.5, 2.0, -3.0):
        for kind in ("stretch", "shift"):
            relation = Relation(kind, 2, ((0, by), (1, -by)), by if kind == "stretch" else 0.0)
            form = start.after(relation)
            assert form is not None
            values = core.evaluate_float64([*form.leaves, form.factor], [[]] * 3, columns)
            np.testing.assert_allclose(values, [*form.columns, form.scale], rtol=1e-12)


@pytest.mark.parametrize(
    "y",
    [
        np.sin(7.1 * A * B / C) ** 2,
        B / (np.exp(0.37 * A / C) - 1.0),
        np.sqrt(2.0 + A**2.7 * 0.3),
        1.0 / (1.0 + np.exp(1.9 * (A - B))),
    ],
    ids=["wave", "exponential", "power", "step"],
)
def test_constant_inside_one_function_is_found(y: np.ndarray) -> None:
    given = problem(y, 3)
    fitted = given.candidates(given.fit(inner.functions(given, ALL)))
    assert min(given.relative_error(c.loss) for c in fitted) < 1e-8
