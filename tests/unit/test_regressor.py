"""Laws found, answers to bad data, and the interface of `SymbolicRegressor`."""

from __future__ import annotations

import json
import pickle
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from sklearn.base import clone

import symnum
from symnum import DomainError, ExpressionError, ShapeError, SymbolicRegressor, _frames
from symnum._regression import problem
from symnum.errors import SymnumError

RNG = np.random.default_rng(5)
X3 = RNG.uniform(1.0, 4.0, (150, 3))
A, B, C = X3.T


def regressor(**options: object) -> SymbolicRegressor:
    return SymbolicRegressor(
        **{"timeout_in_seconds": 60, "table_size": 20_000, "generations": 3, "random_state": 0}
        | options
    )


@pytest.mark.parametrize(
    ("law", "y"),
    [
        ("monomial", 0.3 * A**2 / (B * np.sqrt(C))),
        ("polynomial", A**3 - 2 * A * B + 0.5),
        ("velocities", (A + B) / (1 + A * B / C**2)),
        ("gaussian", np.exp(-((A / B) ** 2) / 2) / B),
        ("distance", np.sqrt((A - B) ** 2 + C**2)),
        ("cosine", 2 * A * (1 - np.cos(B * C))),
        ("arcsine", np.arcsin(A * B / 17)),
    ],
)
def test_law_without_noise_is_exact_on_rows_that_the_search_did_not_see(
    law: str, y: np.ndarray
) -> None:
    model = regressor().fit(X3[:100], y[:100])
    assert model.is_exact_, law
    np.testing.assert_allclose(model.predict(X3[100:]), y[100:], rtol=1e-6)


def test_a_law_that_symmetries_shorten_is_written_in_its_own_variables() -> None:
    model = regressor(table_size=200_000).fit(X3, (A + B) / (1 + A * B / C**2))
    assert model.expression().complexity <= 12  # the same over x0/x1 and x0/x2 takes 17


def test_noise_leaves_the_law_and_no_spurious_terms() -> None:
    y = A * np.sin(B) + 0.01 * RNG.normal(size=len(A))
    model = regressor(table_size=2_000).fit(X3, y)
    assert model.expression() == symnum.Expression("x0*sin(x1)")
    assert 0.008 < model.noise_level_ < 0.012
    assert not model.is_exact_


def test_constants_are_snapped_to_fractions_and_multiples_of_pi() -> None:
    model = regressor().fit(X3, np.pi * A**2 / 3 + B / 2)
    assert model.expression() == symnum.Expression("pi*x0**2/3 + x1/2")
    assert len(model.expression().constants) == 0


def test_exact_constants_are_snapped_to_smaller_parts_of_pi() -> None:
    model = regressor().fit(X3, 3 * A**2 / (32 * np.pi) + B / 24)
    assert model.expression() == symnum.Expression("3*x0**2/(32*pi) + x1/24")
    assert len(model.expression().constants) == 0


def test_front_falls_in_loss_as_it_grows_and_one_row_is_picked() -> None:
    model = regressor(table_size=2_000).fit(X3, A * np.sin(B) + 0.1 * C**2)
    front = model._found[0].front
    assert all(a.complexity < b.complexity for a, b in pairwise(front))
    assert all(a.loss > b.loss for a, b in pairwise(front))
    assert sum(row.pick for row in front) == 1
    for index, row in enumerate(front):
        residual = model.predict(X3, index) - (A * np.sin(B) + 0.1 * C**2)
        np.testing.assert_allclose(np.mean(residual**2), row.loss, rtol=1e-6, atol=1e-25)


def test_result_does_not_depend_on_the_number_of_threads() -> None:
    y = A * np.sin(B) / C + 0.05 * RNG.normal(size=len(A))
    found = []
    for n_threads in (1, 2, 4):
        symnum.set_num_threads(n_threads)
        model = regressor(table_size=1_000).fit(X3, y)
        found.append([(row.equation, row.loss) for row in model.archive_])
    symnum.set_num_threads(1)
    assert found[0] == found[1] == found[2]


def test_result_does_not_depend_on_the_order_of_the_rows() -> None:
    y = A * np.sin(B) / C + 0.05 * RNG.normal(size=len(A))
    order = RNG.permutation(len(y))
    one = regressor(table_size=1_000).fit(X3, y)
    other = regressor(table_size=1_000).fit(X3[order], y[order])
    assert [r.equation for r in one.archive_] == [r.equation for r in other.archive_]


def test_time_budget_is_honoured_within_a_second() -> None:
    x = RNG.normal(size=(2_000, 8))
    y = RNG.normal(size=2_000)
    started = time.process_time()  # a busy machine does not spoil the test
    model = SymbolicRegressor(timeout_in_seconds=0.5, random_state=0).fit(x, y)
    assert time.process_time() - started < 0.5 + 1.0
    assert np.isfinite(model.predict(x)).all()


def test_nan_rows_are_refused_by_column_and_row() -> None:
    x = X3.copy()
    x[3, 1] = np.nan
    with pytest.raises(
        ValueError, match=r"X\[:, 'x1'\] is NaN in row 3, and not finite in 1 of 150 rows"
    ):
        regressor().fit(x, A)
    with pytest.raises(DomainError, match="y is NaN in row 2"):
        regressor().fit(X3, np.where(np.arange(len(A)) == 2, np.nan, A))


@pytest.mark.parametrize("value", [0.0, -2.5, 1e300])
def test_constant_target_gives_a_constant(value: float) -> None:
    model = regressor().fit(X3, np.full(len(A), value))
    np.testing.assert_allclose(model.predict(X3), value, rtol=1e-12)
    assert model.expression().complexity <= 2


@pytest.mark.parametrize("n_rows", [1, 2, 3, 5])
def test_few_rows_give_a_sound_answer(n_rows: int) -> None:
    model = regressor(table_size=500).fit(X3[:n_rows], A[:n_rows])
    assert np.isfinite(model.predict(X3)).all()


def test_duplicate_and_constant_columns_change_nothing() -> None:
    x = np.column_stack([A, A, np.full(len(A), 3.0), B])
    model = regressor().fit(x, A * B / (A + B))
    assert model.is_exact_
    assert set(str(model.expression())) & set("0123") <= set("013")


def test_many_rows_are_put_in_order_and_a_law_fitted_to_all_of_them() -> None:
    rng = np.random.default_rng(1)
    x = rng.uniform(1.0, 3.0, (60_000, 2))
    y = 0.731 * x[:, 0] * np.sin(x[:, 1]) + 0.01 * rng.normal(size=len(x))
    small = {"table_size": 100, "generations": 0, "operations": ["mul", "sin"]}
    model = regressor(**small).fit(x, y)
    assert model.expression().constants == pytest.approx([0.731], abs=1e-4)
    order = rng.permutation(len(x))
    for one, other in zip(
        problem._in_order(x, y), problem._in_order(x[order], y[order]), strict=True
    ):
        np.testing.assert_array_equal(one, other)


def test_rows_that_are_there_twice_count_twice_however_many_there_are() -> None:
    rows = RNG.integers(0, 9, (60_000, 3)) + 0.0
    weights = RNG.uniform(size=len(rows))
    many, summed = problem._in_order(rows, weights)
    few, expected = np.unique(rows, axis=0), np.zeros((9, 9, 9))
    np.add.at(expected, tuple(rows.astype(int).T), weights)
    assert len(many) == len(few)
    np.testing.assert_allclose(summed, expected[tuple(many.astype(int).T)])


def test_equal_columns_share_no_power() -> None:
    model = regressor(table_size=64).fit(X3[:, [0, 0, 1, 1]], A * B)
    assert model.get_best().complexity == 3


@pytest.mark.parametrize(("size", "message"), [(1e-200, "underflows"), (1e200, "overflow")])
def test_target_whose_squares_are_no_numbers_is_refused(size: float, message: str) -> None:
    with pytest.raises(DomainError, match=message):
        regressor().fit(X3, size * A)


@pytest.mark.parametrize("size", [1e-150, 1e-80, 1e80, 1e150])
def test_columns_of_any_size_are_searched_without_a_warning(size: float) -> None:
    model = regressor(table_size=2_000).fit(size * X3, A * np.sin(B))
    assert np.isfinite(model.predict(size * X3)).all()


def test_many_columns_are_searched_within_the_time() -> None:
    x = RNG.normal(size=(300, 100))
    y = 2.0 * x[:, 7] + x[:, 50] * x[:, 7]
    model = regressor(timeout_in_seconds=20, table_size=50_000).fit(x, y)
    np.testing.assert_allclose(model.predict(x), y, rtol=1e-6, atol=1e-9)


def test_domain_errors_of_candidates_warn_of_nothing_and_end_nothing() -> None:
    x = np.linspace(-3.0, 3.0, 80)[:, np.newaxis]
    model = regressor(table_size=2_000).fit(x, np.abs(x[:, 0]) + 1.0 / (0.1 + x[:, 0] ** 2))
    assert np.isfinite(model.predict(x)).all()


def test_weights_of_zero_leave_rows_out() -> None:
    y = A * B
    y_bad = np.where(np.arange(len(A)) < 20, 100.0, y)
    weights = np.where(np.arange(len(A)) < 20, 0.0, 1.0)
    model = regressor().fit(X3, y_bad, sample_weight=weights)
    assert model.expression() == symnum.Expression("x0*x1")
    with pytest.raises(DomainError, match="sample_weight has a negative value"):
        regressor().fit(X3, y, sample_weight=-weights)


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"timeout_in_seconds": 0}, "timeout_in_seconds is 0"),
        ({"table_size": 3}, "table_size is 3"),
        ({"operations": ["add", "eval"]}, "operations has 'eval'"),
        ({"generations": -1}, "generations is -1"),
        ({"model_selection": "fast"}, "model_selection is 'fast'"),
    ],
)
def test_wrong_parameter_is_named(option: dict[str, object], message: str) -> None:
    with pytest.raises(DomainError, match=message):
        regressor(**option).fit(X3, A)


def test_operations_are_those_asked_for() -> None:
    model = regressor(operations=["add", "mul", "tanh"], table_size=5_000)
    model.fit(X3 - 2.5, np.tanh((A - 2.5) * (B - 2.5)))
    assert model.expression() == symnum.Expression("tanh(x0*x1)")


def test_names_are_those_of_the_frame_and_of_the_call() -> None:
    named = regressor(table_size=500).fit(X3, A * B, variable_names=["m", "a", "t"])
    assert str(named.expression()) in {"m*a", "a*m"}
    with pytest.raises(ShapeError, match="variable_names has 2 names, expected 3"):
        regressor().fit(X3, A, variable_names=["m", "a"])
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(X3, columns=["mass", "speed", "time (s)"])
    model = regressor(table_size=500).fit(frame, A * B)
    assert model.expression().variables == ("x0", "x1", "x2")
    frame.columns = ["mass", "speed", "time"]
    model = regressor(table_size=500).fit(frame, A * B)
    assert str(model.expression()) == "mass*speed"


def test_equations_are_a_frame_with_pandas_and_a_list_without(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def absent(module: str, extra: str) -> object:
        raise symnum.MissingDependencyError(module)

    monkeypatch.setattr(_frames, "require", absent)
    model = regressor(table_size=500).fit(X3, A * B)
    assert isinstance(model.equations_, list)
    assert model.get_best().equation == "x0*x1"
    monkeypatch.undo()
    pytest.importorskip("pandas")
    model = regressor(table_size=500).fit(X3, A * B)
    assert model.get_best().equation == "x0*x1"
    assert {"complexity", "loss", "score", "equation"} <= set(model.equations_.columns)


def test_formulas_are_written_for_sympy_and_latex() -> None:
    model = regressor(table_size=500).fit(X3, A / B)
    assert model.latex() == r"\frac{x_{0}}{x_{1}}"
    assert model.latex() in model.latex_table()
    with pytest.raises(ShapeError, match="index is 99"):
        model.latex(99)
    sympy = pytest.importorskip("sympy")
    x0, x1 = sympy.symbols("x0 x1", real=True)
    assert model.sympy() == x0 / x1


def test_copies_predict_the_same(tmp_path: Path) -> None:
    y = A * np.sin(B) + 0.1 * RNG.normal(size=len(A))
    model = regressor(table_size=1_000).fit(X3, y)
    again = pickle.loads(pickle.dumps(model))
    path = tmp_path / "model.json"
    model.save(path)
    loaded = SymbolicRegressor.load(path)
    for index in range(len(model._found[0].front)):
        expected = model.predict(X3, index)
        np.testing.assert_array_equal(again.predict(X3, index), expected)
        np.testing.assert_array_equal(loaded.predict(X3, index), expected)
    assert clone(model).get_params() == model.get_params()
    assert [p.name for p in tmp_path.iterdir()] == ["model.json"]


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[: len(text) // 2],
        lambda text: text.replace('"pick": true', '"pick": false'),
        lambda text: text.replace('"format": 2', '"format": 99'),
        lambda text: text.replace('"x0', "\"__import__('os').system('true')"),
        lambda text: "[]",
    ],
)
def test_damaged_file_is_refused(damage: object, tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    regressor(table_size=500).fit(X3, A * B).save(path)
    path.write_text(damage(path.read_text()))  # type: ignore[operator]
    with pytest.raises((ExpressionError, SymnumError)):
        SymbolicRegressor.load(path)


def test_saved_file_is_json_of_formulas(tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    regressor(table_size=500).fit(X3, A * B).save(path)
    content = json.loads(path.read_text())
    assert content["outputs"][0]["equations"][-1]["equation"] == "x0*x1"


def test_a_series_is_not_taken_for_the_law_that_it_comes_close_to() -> None:
    x = np.linspace(-1.0, 1.0, 200)[:, np.newaxis]
    polynomial = regressor().fit(x, x[:, 0] ** 4 + x[:, 0] ** 3 + x[:, 0] ** 2 + x[:, 0])
    assert polynomial.expression() == symnum.Expression("x0**4 + x0**3 + x0**2 + x0")
    sinh = regressor().fit(x, np.sinh(x[:, 0]))
    assert sinh.is_exact_
    assert len(sinh.expression().constants) == 0  # (exp(x) - exp(-x))/2 in one form or another
