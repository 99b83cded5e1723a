"""Several outputs, and one law over several data sets, of `SymbolicRegressor`."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest

from symnum import DomainError, Expression, ExpressionError, ShapeError, SymbolicRegressor

RNG = np.random.default_rng(6)
X = RNG.uniform(0.5, 3.0, (150, 2))
A, B = X.T
TWO = np.column_stack([A * B, A / B + 1])


def regressor(**options: object) -> SymbolicRegressor:
    defaults = {"timeout_in_seconds": 60, "table_size": 1_000, "generations": 0, "random_state": 0}
    return SymbolicRegressor(**defaults | options)


def test_each_output_has_a_front_of_its_own(tmp_path: Path) -> None:
    model = regressor().fit(X, TWO, sample_weight=np.ones(len(A)))
    assert model.n_outputs_ == len(model.equations_) == len(model.archive_) == 2
    assert model.expression() == [Expression("x0*x1"), Expression("x0/x1 + 1", ["x0", "x1"])]
    assert model.is_exact_.tolist() == [True, True]
    assert model.noise_level_.shape == (2,)
    assert next(row.equation for row in model.get_best()) == "x0*x1"
    assert model.latex()[0] in model.latex_table()[0]
    np.testing.assert_allclose(model.predict(X), TWO)
    assert model.score(X, TWO) == pytest.approx(1.0)
    first = model.predict(X, index=[0, None])
    np.testing.assert_allclose(first[:, 1], TWO[:, 1])
    assert np.ptp(first[:, 0]) < np.ptp(TWO[:, 0])
    model.save(tmp_path / "model.json")
    for again in (
        SymbolicRegressor.load(tmp_path / "model.json"),
        pickle.loads(pickle.dumps(model)),
    ):
        assert str(again) == str(model)
        np.testing.assert_array_equal(again.predict(X), model.predict(X))


def test_each_output_is_found_as_it_is_alone() -> None:
    both = regressor().fit(X, TWO)
    for k in (0, 1):
        alone = regressor().fit(X, TWO[:, k])
        assert str(alone.expression()) == str(both.expression()[k])
    column = regressor().fit(X, TWO[:, :1])
    assert column.n_outputs_ == 1
    assert column.predict(X).shape == (len(A),)


def test_warm_start_and_units_go_by_output() -> None:
    pair = np.column_stack([A * B, 3 * A])
    model = regressor().fit(X, pair, X_units=["m", "s"], y_units=["m*s", "m"])
    assert model.is_exact_.all()
    far = "x0*sin(exp(x1) + 0.7*x0**2)/(1.3 + x1**3)"
    y = np.column_stack([Expression(far, ["x0", "x1"]).evaluate(X), A])
    given = type("Given", (), {"propose": lambda *_: [far]})()
    model = regressor(proposers=[given], generations=0).fit(X, y)
    assert model.is_exact_.all()
    model.set_params(proposers=None, warm_start=True, table_size=64)
    assert model.fit(X, y).is_exact_.all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda m: m.fit(X, TWO, X_units=["m", "s"], y_units=["m"]),
            "y_units is .*list of 2 units",
        ),
        (lambda m: m.fit(X, TWO).predict(X, index=[0]), "index has 1 rows, expected 2"),
        (lambda m: m.fit(X, TWO).latex(99), "index is 99"),
        (lambda m: m.fit(X, TWO).constant_intervals(X, A), "constant_intervals is for one output"),
    ],
)
def test_wrong_use_of_outputs_is_named(call: object, message: str) -> None:
    with pytest.raises((ShapeError, DomainError), match=message):
        call(regressor(generations=0))  # type: ignore[operator]


OWN = {"a": (2.3, 0.41), "b": (-1.7, 0.83), "c": (0.9, 1.37)}
LABELS = np.array(list(OWN))[RNG.integers(0, 3, len(A))]
P0, P1 = np.array([OWN[label] for label in LABELS]).T


def test_one_law_has_constants_of_its_own_for_each_data_set(tmp_path: Path) -> None:
    y = P0 * A * np.exp(-P1 * B)
    model = regressor().fit(X, y, dataset=LABELS)
    assert model.is_exact_
    found = model.parameters()
    assert list(found) == ["a", "b", "c"]
    for label, values in found.items():
        rows = np.isclose(sorted(values.values()), sorted(OWN[label]), rtol=1e-6) | np.isclose(
            sorted(values.values()), sorted((OWN[label][0], -OWN[label][1])), rtol=1e-6
        )
        assert rows.all()
    assert model.get_best().equation.count("p0") == 1
    np.testing.assert_allclose(model.predict(X, dataset=LABELS), y)
    np.testing.assert_allclose(
        model.predict(X[:5], dataset="b"), -1.7 * A[:5] * np.exp(-0.83 * B[:5])
    )
    assert model.score(X, y, dataset=LABELS) == pytest.approx(1.0)
    model.save(tmp_path / "model.json")
    again = SymbolicRegressor.load(tmp_path / "model.json")
    assert again.parameters() == found
    np.testing.assert_array_equal(
        again.predict(X, dataset=LABELS), model.predict(X, dataset=LABELS)
    )
    again.set_params(warm_start=True, table_size=64, generations=0, operations=["add"])
    assert again.fit(X, y, dataset=LABELS).is_exact_
    assert "a: p0 = " in str(model)


def test_constant_that_is_the_same_for_all_is_one_number() -> None:
    noise = 0.01 * np.random.default_rng(1).normal(size=len(A))
    y = P0 * A + 0.7183 * np.sin(B) + noise
    model = regressor(table_size=500, operations=["add", "mul", "sin"])
    model.fit(X, y, dataset=LABELS)
    expression = model.expression()
    assert expression.variables == ("x0", "x1", "p0")
    assert expression.constants == pytest.approx([0.7183], abs=0.01)
    for label, values in model.parameters().items():
        assert values["p0"] == pytest.approx(OWN[label][0], abs=0.01)
    assert model.noise_level_ == pytest.approx(0.01, rel=0.3)


def test_law_without_constants_of_its_own_needs_no_data_set() -> None:
    model = regressor().fit(X, A * B + 1, dataset=LABELS)
    assert model.parameters() == {}
    assert model.is_exact_
    np.testing.assert_allclose(model.predict(X), A * B + 1)
    model = regressor().fit(X, A * B, dataset=np.zeros(len(A)))
    assert model.expression() == Expression("x0*x1")


def test_data_sets_go_with_weights_losses_and_functions() -> None:
    y = P0 * np.exp(-((A - B) ** 2)) + P1 + 0.01 * np.random.default_rng(2).normal(size=len(A))
    wild = y.copy()
    wild[::12] += 25.0
    options = {
        "functions": {"bump": "exp(-u**2)"},
        "operations": ["add", "sub", "mul"],
        "table_size": 200,
    }
    robust = regressor(loss="huber(0.02)", **options).fit(X, wild, dataset=LABELS)
    weighted = regressor(**options).fit(
        X, wild, sample_weight=(np.arange(len(A)) % 12 != 0).astype(float), dataset=LABELS
    )
    for model in (robust, weighted):
        assert "bump(" in model.get_best().equation
        rest = model.predict(X, dataset=LABELS) - y
        assert np.sqrt(np.mean(rest**2)) < 0.03


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (LABELS[:5], r"dataset has shape \(5,\), expected \(150,\)"),
        (np.full(len(A), np.nan), r"dataset\[0\] is not finite"),
        (np.array(["a", 1] * 75, dtype=object), "dataset has labels of several kinds"),
    ],
)
def test_wrong_labels_are_named(labels: object, message: str) -> None:
    with pytest.raises((ShapeError, DomainError), match=message):
        regressor().fit(X, A, dataset=labels)


def test_prediction_without_or_with_an_unknown_label_is_refused() -> None:
    model = regressor(table_size=64, generations=0).fit(X, P0 * A, dataset=LABELS)
    with pytest.raises(DomainError, match="dataset is not given, expected a label a row, of 'a'"):
        model.predict(X)
    with pytest.raises(DomainError, match=r"dataset\[0\] is 'z', expected one of 'a', 'b', 'c'"):
        model.predict(X, dataset="z")
    with pytest.raises(DomainError, match="dataset 'b' has no row of positive weight"):
        model.fit(X, A, sample_weight=(LABELS != "b").astype(float), dataset=LABELS)


def test_damaged_parameters_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    regressor(table_size=64, generations=0).fit(X, P0 * A, dataset=LABELS).save(path)
    text = path.read_text()
    path.write_text(text.replace('"labels": [\n  "a",', '"labels": ['))
    with pytest.raises(ExpressionError, match="not a saved regressor"):
        SymbolicRegressor.load(path)


def stop(_: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("labels", [None, LABELS])
def test_ctrl_c_keeps_what_there_is_for_every_output(labels: object) -> None:
    model = regressor().fit(X, TWO + np.sin(7 * X), on_better=stop, dataset=labels)
    assert model.was_interrupted_
    assert model.n_outputs_ == 2
    assert np.isfinite(model.predict(X, dataset=labels)).all()
