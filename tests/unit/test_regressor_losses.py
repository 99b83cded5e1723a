"""Losses of `SymbolicRegressor`: outliers, quantiles, formulas, and what is no loss."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import minimize

from symnum import DomainError, Expression, ParseError, SymbolicRegressor
from symnum._core import expression as core
from symnum._regression import outliers
from symnum._regression.losses import Loss
from symnum._regression.problem import Problem

RNG = np.random.default_rng(11)
X = RNG.uniform(0.5, 3.0, (200, 2))
A, B = X.T
LAW = 2.5 * A * np.sin(B) + 0.8
NOISY = LAW + 0.02 * RNG.normal(size=len(A))
WILD = NOISY.copy()
WILD[RNG.choice(len(A), 30, replace=False)] += RNG.normal(0.0, 15.0, 30) + 10.0


def regressor(**options: object) -> SymbolicRegressor:
    defaults = {"timeout_in_seconds": 60, "table_size": 1_000, "generations": 0, "random_state": 0}
    return SymbolicRegressor(**defaults | options)


def problem(y: np.ndarray, loss: object, weights: np.ndarray | None = None) -> Problem:
    w = np.ones(len(y)) if weights is None else weights
    return Problem.of(X, y, w, ("x0", "x1")).with_loss(loss).judged()


def fitted(task: Problem, text: str) -> core.Program:
    return task.fit([core.parse(text, ["x0", "x1"], [])[0]])[0]


@pytest.mark.parametrize("loss", ["absolute", "huber"])
def test_outliers_do_not_hide_the_law(loss: str) -> None:
    model = regressor(loss=loss).fit(X, WILD)
    rest = model.predict(X) - LAW
    assert np.sqrt(np.mean(rest**2)) < 0.05
    squares = regressor().fit(X, WILD)
    assert np.sqrt(np.mean((squares.predict(X) - LAW) ** 2)) > 0.2  # the outliers are wild


def reference(loss: Loss, y: np.ndarray, weights: np.ndarray, start: list[float]) -> float:
    """The least mean loss of a*x0*sin(x1) + b, by a minimiser that knows nothing of weights."""

    def cost(c: np.ndarray) -> float:
        return float(np.average(loss.values(c[0] * A * np.sin(B) + c[1], y), weights=weights))

    found = minimize(cost, start, method="Nelder-Mead", options={"xatol": 1e-10, "fatol": 1e-13})
    return float(found.fun)


@pytest.mark.parametrize(
    "text",
    [
        "absolute",
        "huber(0.05)",
        "cauchy(0.1)",
        "quantile(0.8)",
        "abs(prediction - target)**1.5",
        "log(1 + exp(3*(prediction - target))) + log(1 + exp(3*(target - prediction)))",
        "(prediction/target - 1)**2",
    ],
)
@pytest.mark.parametrize("are_weighted", [False, True])
def test_constants_are_those_of_the_least_loss(text: str, are_weighted: bool) -> None:
    y = np.abs(WILD) + 0.5
    weights = RNG.uniform(0.0, 2.0, len(y)) if are_weighted else np.ones(len(y))
    task = problem(y, text, weights)
    assert task.loss is not None
    got = task.losses([fitted(task, "1.0*x0*sin(x1) + 0.0")])[0]
    best = reference(task.loss, y, weights, [2.5, 1.0])
    assert got <= best * (1 + 1e-4)


def test_quantile_has_its_share_of_rows_below() -> None:
    y = A + RNG.normal(size=len(A))
    for share in (0.1, 0.5, 0.9):
        task = problem(y, f"quantile({share})")
        values = y - task.residuals(fitted(task, "1.0*x0 + 0.0"))
        assert abs(np.mean(y <= values + 1e-9) - share) < 0.02


def test_loss_of_squares_as_a_formula_ranks_as_squares_do() -> None:
    plain = problem(NOISY, "squared")
    formula = Problem.of(X, NOISY, np.ones(len(A)), ("x0", "x1"))
    formula = formula.with_loss("(prediction - target)**2")
    assert plain.loss is None
    programs = [core.parse(t, ["x0", "x1"], [])[0] for t in ("1.0*x0 + 0.1", "2.5*x0*sin(x1)")]
    for one, other in zip(plain.candidates(programs), formula.candidates(programs), strict=True):
        assert one.loss == pytest.approx(other.loss, rel=1e-12)
        assert one.length == pytest.approx(other.length, rel=1e-9)


def test_noise_of_another_loss_is_in_the_units_of_y() -> None:
    y = A * B + RNG.laplace(0.0, 0.1, len(A))
    model = regressor(loss="absolute").fit(X, y)
    assert 0.08 < model.noise_level_ < 0.12
    assert model.get_best().loss == pytest.approx(np.mean(np.abs(model.predict(X) - y)))


@pytest.mark.parametrize("loss", ["absolute", "huber", "(prediction/target - 1)**2"])
def test_exact_law_is_exact_by_any_loss_and_ends_the_search(loss: str) -> None:
    model = regressor(loss=loss, generations=None).fit(X, A * B + 1)
    assert model.is_exact_
    np.testing.assert_allclose(model.predict(X + 1.0), (A + 1) * (B + 1) + 1, rtol=1e-7)


def test_outliers_are_told_from_rows_that_a_law_explains() -> None:
    found = outliers.is_outlier(outliers.deviations(X.T, WILD, np.ones(len(A))))
    wild = np.abs(WILD - LAW) > 2.0
    assert found[wild].mean() > 0.9
    assert found[~wild].mean() < 0.2


@pytest.mark.parametrize(
    ("loss", "kind", "message"),
    [
        ("hubber", DomainError, "loss is 'hubber', expected squared, absolute, huber"),
        ("huber(-1)", DomainError, r"loss is 'huber\(-1\)', whose number is -1"),
        ("absolute(2)", DomainError, "expected none"),
        ("quantile", DomainError, "expected its share too"),
        ("quantile(1.5)", DomainError, "expected one between 0 and 1"),
        (3, DomainError, "loss is 3, expected a name or a formula"),
        ("prediction - y", ParseError, "loss is no formula of prediction and target"),
        ("__import__('os')", ParseError, "loss is no formula"),
        ("prediction - target", DomainError, "loss does not rise from prediction = target"),
        ("1.0 + 0*prediction", DomainError, "loss does not rise"),
        ("log(prediction - target)", DomainError, "loss is NaN or infinite at prediction ="),
        (Expression("(prediction - y)**2"), ParseError, "loss is no formula"),
    ],
)
def test_wrong_loss_is_named(loss: object, kind: type, message: str) -> None:
    with pytest.raises(kind, match=message):
        regressor(loss=loss).fit(X, LAW)


def test_loss_goes_with_the_file_and_the_warm_start(tmp_path: Path) -> None:
    small = {"table_size": 64, "operations": ["add", "mul", "sin"]}
    model = regressor(loss="huber(0.1)", **small).fit(X, WILD, sample_weight=np.ones(len(A)))
    model.save(tmp_path / "model.json")
    again = SymbolicRegressor.load(tmp_path / "model.json")
    assert again.loss == "huber(0.1)"
    np.testing.assert_array_equal(again.predict(X), model.predict(X))
    again.set_params(warm_start=True, table_size=64, generations=0, operations=["add"])
    assert again.fit(X, WILD).get_best().loss <= model.get_best().loss * (1 + 1e-6)


def test_result_does_not_depend_on_the_order_of_rows_with_a_loss() -> None:
    order = RNG.permutation(len(A))
    small = {"loss": "huber", "table_size": 64, "operations": ["add", "mul"]}
    one = regressor(**small).fit(X, WILD)
    other = regressor(**small).fit(X[order], WILD[order])
    assert str(one) == str(other)
