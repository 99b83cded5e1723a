"""`ODERegressor`: systems found from trajectories, and what it says of bad ones."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from symnum import (
    DomainError,
    Expression,
    ExpressionError,
    ODERegressor,
    ODESystem,
    ParseError,
    ShapeError,
)
from symnum._discovery import shooting

TIMES = np.linspace(0, 10, 120)
PREDATORS = ODESystem({"x": "1.3*x - 0.7*x*y", "y": "0.4*x*y - 0.9*y"})


def predators(start: tuple[float, float] = (2.0, 1.0), times: np.ndarray = TIMES) -> np.ndarray:
    return PREDATORS.simulate(start, times, rtol=1e-10).values


@pytest.fixture(scope="module")
def found() -> ODERegressor:
    return ODERegressor(timeout_in_seconds=100).fit(TIMES, predators(), state_names=["x", "y"])


def test_a_system_is_found_exactly_without_noise(found: ODERegressor) -> None:
    points = np.random.default_rng(0).uniform(0.5, 4, (50, 2))
    expected = PREDATORS.derivatives(points)
    np.testing.assert_allclose(found.system_.derivatives(points), expected, rtol=1e-5, atol=1e-6)
    assert sum(len(f.constants) for f in found.system_.equations) <= 4


def test_it_follows_from_another_start(found: ODERegressor) -> None:
    clean = predators((1.0, 3.0))
    assert found.score(TIMES, clean) > 0.999999
    np.testing.assert_allclose(found.predict(TIMES, clean[0]), clean, rtol=1e-3, atol=1e-4)
    assert found.simulate([clean[0], clean[1]], TIMES).values.shape == (2, 120, 2)


def test_the_front_has_one_chosen_system_and_falling_losses(found: ODERegressor) -> None:
    rows = found._rows
    assert [row.pick for row in rows].count(True) == 1
    losses = [row.loss for row in rows]
    assert losses == sorted(losses, reverse=True)
    assert found.get_best().equations == str(found.system_)
    assert str(found).count(">>>") == 1
    assert found.latex().startswith(r"\begin{aligned}")
    with pytest.raises(ShapeError, match="index is 99"):
        found.system(99)


def test_noise_and_gaps_and_irregular_times_leave_the_terms() -> None:
    rng = np.random.default_rng(1)
    times = np.sort(rng.uniform(0, 12, 150))
    values = predators(times=times) * (1 + 0.05 * rng.normal(size=(150, 2)))
    values[rng.uniform(size=values.shape) < 0.1] = np.nan
    model = ODERegressor(timeout_in_seconds=100).fit(times, values, state_names=["x", "y"])
    points = rng.uniform(0.5, 3, (50, 2))
    expected = PREDATORS.derivatives(points)
    error = np.abs(model.system_.derivatives(points) - expected).max()
    assert error < 0.15 * np.abs(expected).max()
    assert np.all((model.noise_level_ > 0.02) & (model.noise_level_ < 0.25))


def test_several_trajectories_of_unequal_length_are_used_together() -> None:
    law = ODESystem({"n": "0.9*n*(1 - n/5)"})
    times = [np.linspace(0, 6, 40), np.linspace(0, 3, 25)]
    values = [
        law.simulate([s], t, rtol=1e-9).values for s, t in zip((0.3, 8.0), times, strict=True)
    ]
    model = ODERegressor(timeout_in_seconds=60).fit(times, values)
    points = np.linspace(0.5, 8, 20)[:, None]
    np.testing.assert_allclose(
        model.system_.derivatives(points), law.derivatives(points), rtol=1e-4, atol=1e-4
    )


def test_saved_systems_are_the_same(found: ODERegressor, tmp_path: Path) -> None:
    path = tmp_path / "system.json"
    found.save(path)
    again = ODERegressor.load(path)
    assert again.system_ == found.system_
    assert [row.equations for row in again._rows] == [row.equations for row in found._rows]
    assert again.get_params() == found.get_params()
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kind": "other"}, "expected symnum.ODERegressor"),
        ({"format": 2}, "expected symnum.ODERegressor of format 1"),
        ({"systems": []}, "one system must be picked"),
        ({"states": ["a+b", "y"]}, "a"),
    ],
)
def test_a_damaged_file_is_refused(
    found: ODERegressor, tmp_path: Path, change: dict[str, object], message: str
) -> None:
    path = tmp_path / "system.json"
    found.save(path)
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(ExpressionError, match=message):
        ODERegressor.load(path)


def test_a_file_with_code_is_refused(found: ODERegressor, tmp_path: Path) -> None:
    path = tmp_path / "system.json"
    found.save(path)
    content = json.loads(path.read_text())
    content["systems"][0]["sides"][0] = "__import__('os').system('true')"
    path.write_text(json.dumps(content))
    with pytest.raises(ParseError):
        ODERegressor.load(path)


def test_parameters_are_those_of_scikit_learn() -> None:
    model = ODERegressor(timeout_in_seconds=3)
    assert clone(model).get_params() == model.get_params()
    with pytest.raises(NotFittedError):
        model.predict([0.0, 1.0], [1.0])


def test_a_fitted_model_pickles(found: ODERegressor) -> None:
    assert pickle.loads(pickle.dumps(found)).system_ == found.system_


def test_the_time_is_kept_and_what_is_there_is_given() -> None:
    values = predators()
    model = ODERegressor(timeout_in_seconds=1e-3).fit(TIMES, values)
    assert model.system_.n_states == 2
    assert not model.was_interrupted_


def test_a_proposer_is_asked() -> None:
    class Knows:
        def propose(self, X: np.ndarray, y: np.ndarray) -> list[str | Expression]:
            assert X.shape == (len(y), 1)
            return ["1.0*exp(-sin(3*x0)**2) - 0.5*x0", Expression("x0", ["x0"])]

    law = ODESystem({"x": "2*exp(-sin(3*x)**2) - 0.7*x"})
    times = np.linspace(0, 5, 80)
    values = law.simulate([0.1], times, rtol=1e-9).values
    model = ODERegressor(timeout_in_seconds=60, proposer=Knows()).fit(times, values)
    points = np.linspace(0.2, 1.5, 30)[:, None]
    np.testing.assert_allclose(
        model.system_.derivatives(points), law.derivatives(points), rtol=1e-2, atol=1e-2
    )


def test_a_constant_state_has_derivative_0() -> None:
    times = np.linspace(0, 5, 60)
    values = np.column_stack([np.exp(-0.5 * times), np.full(60, 3.0)])
    model = ODERegressor(timeout_in_seconds=60).fit(times, values)
    np.testing.assert_allclose(
        model.system_.derivatives([[0.5, 3.0]]), [[-0.25, 0.0]], rtol=1e-5, atol=1e-8
    )


@pytest.mark.parametrize(
    ("t", "x", "error", "message"),
    [
        ([0, 1, 2], [[1.0], [2.0]], ShapeError, r"t has shape \(3,\), expected \(2,\)"),
        ([0, 2, 1, 3], [[1.0]] * 4, DomainError, r"t\[2\] is 1.0, less than the time before it"),
        ([0, np.nan, 1], [[1.0]] * 3, DomainError, "t has a value that is not finite"),
        ([0, 1, 2], [[1.0], [np.inf], [2.0]], DomainError, r"x\[1, 0\] is infinite"),
        ([0.0], [[1.0]], ShapeError, "state 0 has values at 1 different times"),
        ([1.0] * 9, [[1.0]] * 9, ShapeError, "state 0 has values at 1 different times"),
        ([0, 1], [["a"], ["b"]], ShapeError, "real numbers"),
        ([], [], ShapeError, "x"),
        (np.arange(9), np.full((9, 2), np.nan), ShapeError, "state 0 has values at 0"),
        ([np.arange(9)], [np.ones((9, 2)), np.ones((9, 2))], ShapeError, "t has 1 trajectories"),
        (np.arange(9), [np.ones((9, 2)), np.ones((9, 3))], ShapeError, r"x\[1\] has 3 states"),
        (np.arange(9), np.ones((9, 21)), ShapeError, "expected at most 20"),
    ],
)
def test_bad_trajectories_are_refused_by_name(
    t: object, x: object, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        ODERegressor().fit(t, x)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"timeout_in_seconds": 0}, "timeout_in_seconds is 0"),
        ({"model_selection": "worst"}, "model_selection is 'worst'"),
        ({"proposer": 3}, "proposer is a int"),
    ],
)
def test_bad_options_are_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(DomainError, match=message):
        ODERegressor(**options).fit(TIMES, predators())  # type: ignore[arg-type]


@pytest.mark.parametrize("names", [["a"], ["a", "a"], ["a", "1b"]])
def test_bad_names_are_refused(names: list[str]) -> None:
    with pytest.raises((ShapeError, ExpressionError)):
        ODERegressor(timeout_in_seconds=1).fit(TIMES, predators(), state_names=names)


def test_results_do_not_depend_on_the_number_of_threads() -> None:
    from symnum import set_num_threads

    texts = []
    times = np.linspace(0, 6, 50)
    values = ODESystem({"n": "0.9*n*(1 - n/5)"}).simulate([0.3], times).values
    values += 0.02 * np.random.default_rng(0).normal(size=values.shape)
    for n in (1, 3):
        set_num_threads(n)
        texts.append(str(ODERegressor(timeout_in_seconds=60).fit(times, values)))
    set_num_threads(1)
    assert texts[0] == texts[1]


def test_systems_with_more_sensitivities_than_the_stiff_method_takes_are_fitted() -> None:
    names = [f"x{k}" for k in range(8)]
    true = ODESystem([f"0.{k + 2} - 1.{k}*{x} - 0.3*{x}**2" for k, x in enumerate(names)], names)
    times = np.linspace(0, 3, 40)
    start = np.full((1, 8), 0.9)
    data = true.simulate(start[0], times, rtol=1e-10, atol=1e-12).values[None]
    where = shooting.Windows(start, times[None], data, np.ones_like(data), 1e3)
    begin = [side.with_constants(side.constants * 1.1) for side in true.equations]
    fitted = shooting.fit(begin, where, tol_rel=1e-8, flat=1e-12, max_iterations=30)
    assert sum(len(side.constants) for side in begin) == 24  # 8 * (1 + 8 + 24) states in all
    for found, side in zip(fitted.sides, true.equations, strict=True):
        np.testing.assert_allclose(found.constants, side.constants, rtol=1e-4)


def test_quadratic_terms_that_are_nearly_each_others_combinations_are_told_apart() -> None:
    # The trajectory soon runs along a curve on which many sums of a few functions are alike.
    system = ODESystem({"x": "2.5*x - x**2 - 1.5*x*y", "y": "1.8*y - x*y - y**2"})
    times = np.linspace(0.0, 10.0, 120)
    values = system.simulate([1.5, 0.6], times, rtol=1e-10, atol=1e-12).values
    found = ODERegressor(timeout_in_seconds=100).fit(times, values, state_names=["x", "y"])
    points = np.random.default_rng(0).uniform(0.5, 2.0, (50, 2))
    expected = system.derivatives(points)
    np.testing.assert_allclose(found.system_.derivatives(points), expected, rtol=1e-5, atol=1e-6)
