"""Fits: they find the constants, say why they end, and survive bad data."""

from __future__ import annotations

import runpy
from pathlib import Path

import numpy as np
import pytest

import symnum
from symnum import DomainError, Expression, ShapeError, TooLargeError, fit_all
from symnum._core import expression as core

RNG = np.random.default_rng(0)
X = RNG.uniform(0.5, 3, (200, 2))

PROBLEMS = [
    ("1.0*x + 1.0", [2.5, -0.5]),
    ("1.0*exp(-1.0*x) + 1.0*y", [3.0, -0.7, 0.2]),
    ("1.0*sin(1.5*x + 0.1)*y", [2.0, 1.8, 0.4]),
    ("1.0*x**1.0*y**1.0", [0.3, 2.5, -1.5]),
    ("1.0/(1.0 + x*y**2.0)", [4.0, 0.5, 1.5]),
    ("1.0*exp(-(x - 1.0)**2/1.0) + 0.5", [2.0, 1.5, 0.6, 1.0]),
]


@pytest.mark.parametrize(("text", "truth"), PROBLEMS)
@pytest.mark.parametrize("project", [True, False])
def test_fit_finds_the_constants_of_exact_data(
    text: str, truth: list[float], project: bool
) -> None:
    f = Expression(text, ["x", "y"])
    y = f.with_constants(truth).evaluate(X)
    columns = np.ascontiguousarray(X.T)
    (found,) = core.fit(
        [f._program], [list(f.constants)], columns, y, np.empty(0), 200, 1e-12, project
    )
    assert found.converged, found.message
    np.testing.assert_allclose(found.constants, truth, rtol=1e-6)


@pytest.mark.parametrize(("text", "truth"), PROBLEMS)
def test_fit_of_noisy_data_agrees_with_scipy(text: str, truth: list[float]) -> None:
    from scipy.optimize import least_squares

    f = Expression(text, ["x", "y"])
    y = f.with_constants(truth).evaluate(X) + np.random.default_rng(1).normal(0, 0.1, len(X))
    weight = np.random.default_rng(2).uniform(0, 2, len(X))
    found = f.fit(X, y, sample_weight=weight)
    peer = least_squares(
        lambda c: np.sqrt(weight) * (f.with_constants(c).evaluate(X) - y),
        truth,
        method="lm",
        xtol=1e-14,
        ftol=1e-14,
    )
    assert found.converged, found.message
    assert found.cost == pytest.approx(2 * peer.cost, rel=1e-9)
    np.testing.assert_allclose(found.expression.constants, peer.x, rtol=1e-4, atol=1e-6)


def test_projection_needs_no_good_start_for_linear_constants() -> None:
    f = Expression("1.0*exp(-1.0*x) + 1.0*y + 1.0", ["x", "y"])
    y = f.with_constants([1e6, -0.5, -3e4, 7.0]).evaluate(X)
    assert f.fit(X, y).iterations <= 12


@pytest.mark.parametrize(
    ("text", "linear"),
    [
        ("1.5*x + 2.5", [True, True]),
        ("1.5*exp(2.5*x) - 3.5", [True, False, True]),
        ("1.5*(2.5*x + 3.5)", [False, True, True]),
        ("(1.5*x + 2.5)/(3.5 + x)", [True, True, False]),
        ("sin(1.5*x)", [False]),
        ("1.5/x", [True]),
        ("x/1.5", [False]),
        ("-1.5*x", [True]),
        ("x**1.5", [False]),
    ],
)
def test_linear_constants_are_found(text: str, linear: list[bool]) -> None:
    assert core.linear_constants(Expression(text)._program) == linear


def test_constant_in_two_places_is_linear_only_if_both_are() -> None:
    for operation, linear in (("neg", True), ("sin", False)):
        builder = core.Builder(1)
        product = builder.apply("mul", [builder.constant(1.5), builder.variable(0)])
        other = builder.apply(operation, [product])
        program = builder.build(builder.apply("add", [product, other]))
        assert core.linear_constants(program) == [linear]
    f = Expression("1.5*x")
    assert core.linear_constants((f * f)._program) == [False]


def test_fit_of_several_starts_takes_the_best() -> None:
    f = Expression("1.0*sin(1.0*x)", ["x", "y"])
    y = f.with_constants([2.0, 6.0]).evaluate(X)
    one, many = f.fit(X, y), f.fit(X, y, n_starts=40, seed=3)
    assert many.outcome == "exact"
    assert many.cost < one.cost
    assert f.fit(X, y, n_starts=40, seed=3).expression == many.expression


@pytest.mark.parametrize(
    ("text", "y", "outcome"),
    [
        ("x**2", np.ones(200), "nothing_to_fit"),
        ("1.0*x + 1.0", 2 * X[:, 0] + 1, "exact"),
        ("log(-1.0*x)", np.ones(200), "start_not_finite"),
        ("1.0*x", np.zeros(200), "gradient_small"),
        ("1.0*x + 1.0", np.full(200, 7.0), "exact"),
        ("1.0*x + 1.0*x", X[:, 1], "gradient_small"),
        ("1.0 + sin(1.0) + 1.0*0", X[:, 1], "cost_flat"),
    ],
)
def test_outcome_says_why_the_fit_ended(text: str, y: np.ndarray, outcome: str) -> None:
    found = Expression(text, ["x", "y"]).fit(X, y)
    assert found.outcome == outcome, found.message
    assert found.converged == (outcome != "start_not_finite")


def test_fit_that_does_not_start_keeps_its_constants() -> None:
    found = Expression("log(-1.5*x)", ["x", "y"]).fit(X, np.ones(200))
    assert found.cost == np.inf
    assert found.expression.constants[0] == -1.5


def test_fit_never_ends_worse_than_it_starts() -> None:
    rng = np.random.default_rng(9)
    reference = runpy.run_path(str(Path(__file__).parents[1] / "reference" / "formulas.py"))
    y = rng.normal(size=200)
    for _ in range(200):
        f = Expression(reference["random_text"](rng, 12, 2).replace("x1", "y").replace("x0", "x"), ["x", "y"])  # fmt: skip
        found = f.fit(X, y, max_iterations=20)
        with np.errstate(over="ignore"):
            start = np.sum((y - f.evaluate(X)) ** 2)
        assert found.cost <= start * (1 + 1e-12) or not np.isfinite(start)
        if np.isfinite(found.cost):
            again = np.sum((y - found.expression.evaluate(X)) ** 2)
            assert again == pytest.approx(found.cost, rel=1e-9)


def test_one_row_and_fewer_rows_than_constants_are_fitted() -> None:
    f = Expression("1.0*x**2 + 1.0*x + 1.0")
    found = f.fit([2.0], [5.0])
    assert found.cost < 1e-20
    assert found.converged


def test_weight_zero_leaves_a_row_out() -> None:
    f = Expression("1.0*x", ["x", "y"])
    y = 2 * X[:, 0]
    y[0] = 1e6
    weight = np.ones(200)
    weight[0] = 0
    assert f.fit(X, y, sample_weight=weight).expression.constants[0] == pytest.approx(2, rel=1e-12)


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"y": np.full(200, np.nan)}, DomainError, r"y\[0\] is nan, expected a finite number"),
        ({"y": np.ones(199)}, ShapeError, r"y has shape \(199,\), expected \(200,\)"),
        ({"y": np.ones((200, 1))}, ShapeError, r"y has shape \(200, 1\)"),
        ({"sample_weight": -np.ones(200)}, DomainError, r"weights\[0\] is -1.0+, expected"),
        ({"sample_weight": np.ones(3)}, ShapeError, r"weights has shape \(3,\)"),
        ({"max_iterations": -1}, DomainError, "max_iterations and tol_rel are -1"),
        ({"tol_rel": float("nan")}, DomainError, "tol_rel are 100 and nan"),
        ({"n_starts": 0}, DomainError, "n_starts is 0"),
        ({"X": np.ones((200, 3))}, ShapeError, r"X has shape \(200, 3\)"),
    ],
)
def test_bad_data_is_refused_by_name(
    changes: dict[str, object], error: type[Exception], message: str
) -> None:
    good: dict[str, object] = {"X": X, "y": np.ones(200)}
    with pytest.raises(error, match=message):
        Expression("1.0*x", ["x", "y"]).fit(**(good | changes))


def test_no_rows_are_refused() -> None:
    with pytest.raises(ShapeError, match="X has 0 rows"):
        Expression("1.0*x").fit(np.empty((0, 1)), [])


def test_too_many_constants_are_refused() -> None:
    f = Expression("+".join(["1.5*x"] * 1_001))
    with pytest.raises(TooLargeError, match="1001 constants to fit, the limit is 1000"):
        f.fit([1.0], [1.0])


def test_rows_that_are_not_finite_make_the_cost_infinite() -> None:
    found = Expression("1.0*x").fit([1.0, np.nan], [1.0, 1.0])
    assert found.outcome == "start_not_finite"


def test_many_fits_are_those_of_each() -> None:
    fs = [Expression(text, ["x", "y"]) for text, _ in PROBLEMS]
    y = X[:, 0] * X[:, 1]
    for together, f in zip(fit_all(fs, X, y), fs, strict=True):
        alone = f.fit(X, y)
        assert np.array_equal(together.expression.constants, alone.expression.constants)
        assert together.cost == alone.cost


def test_message_is_a_sentence_for_every_outcome() -> None:
    assert symnum.Expression("1.0*x").fit([1.0], [2.0]).message == (
        "the residuals are at the size of rounding"
    )
