"""Systems of differential equations: what they accept, what they solve, how they end."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from symnum import (
    DomainError,
    Expression,
    ExpressionError,
    ODESystem,
    ParseError,
    ShapeError,
    SymnumError,
    TooLargeError,
)

DECAY = ODESystem({"x": "-k*x"}, parameters={"k": 0.5})
OSCILLATOR = ODESystem({"x": "v", "v": "-w^2*x"}, parameters={"w": 2.0})
METHODS = ["auto", "dopri5", "rosenbrock"]


def test_names_that_are_no_state_are_parameters_and_decimals_are_constants() -> None:
    system = ODESystem({"x": "b*y + 1.5*t", "y": "2.5*x - a*0.5 + 3"})
    assert system.states == ("x", "y")
    assert system.parameter_names == ("a", "b", "c0", "c1", "c2")
    assert system.parameters == {"c0": 1.5, "c1": 2.5, "c2": 0.5}


def test_a_constant_takes_a_name_that_is_free() -> None:
    system = ODESystem({"c0": "c2*c0 + 1.5", "x": "0.5*x"})
    assert system.parameter_names == ("c2", "c1", "c3")


def test_equations_may_be_texts_in_a_list_or_expressions() -> None:
    one = ODESystem(["x1", "-x0"])
    other = ODESystem([Expression("q"), Expression("-p")], states=["p", "q"])
    assert one.states == ("x0", "x1")
    times = [0.0, 1.0]
    np.testing.assert_array_equal(
        one.simulate([1, 0], times).values, other.simulate([1, 0], times).values
    )


@pytest.mark.parametrize("method", METHODS)
def test_values_are_those_of_the_exact_solution(method: str) -> None:
    times = np.linspace(0, 3, 50)
    found = OSCILLATOR.simulate([1.0, 0.0], times, method=method, rtol=1e-9, atol=1e-11)
    np.testing.assert_allclose(found.values[:, 0], np.cos(2 * times), atol=2e-8)
    np.testing.assert_allclose(found.values[:, 1], -2 * np.sin(2 * times), atol=2e-8)
    assert found.finished
    assert found.end_times == 3.0


@pytest.mark.parametrize("method", METHODS)
def test_dense_output_is_as_accurate_as_the_steps(method: str) -> None:
    times = np.linspace(0, 3, 2000)
    found = DECAY.simulate([1.0], times, method=method, rtol=1e-7, atol=1e-12)
    assert found.n_steps < 200
    np.testing.assert_allclose(found.values[:, 0], np.exp(-times / 2), rtol=2e-6)


def test_time_may_stand_in_the_equations_by_any_name() -> None:
    system = ODESystem({"x": "cos(s)"}, time="s")
    found = system.simulate([0.0], [1.0, 2.0, 4.0], rtol=1e-10)
    np.testing.assert_allclose(found.values[:, 0], np.sin([1, 2, 4]) - np.sin(1), atol=1e-9)


def test_users_own_operations_may_stand_in_the_equations() -> None:
    cot = Expression("1/tan(q)")
    system = ODESystem({"x": "cot(x)"}, functions={"cot": cot})
    assert system.equations[0] == Expression("1/tan(x)")


def test_batches_run_over_initial_values_parameters_and_times() -> None:
    k = np.array([0.5, 1.0, 2.0])
    times = np.array([[0.0, 1.0], [0.0, 2.0], [1.0, 1.5]])
    found = DECAY.simulate([[1.0], [2.0], [3.0]], times, parameters={"k": k}, rtol=1e-10)
    expected = [1, 2, 3] * np.exp(-k * (times[:, 1] - times[:, 0]))
    np.testing.assert_allclose(found.values[:, 1, 0], expected, rtol=1e-8)
    assert found.outcomes.tolist() == ["finished"] * 3
    by_array = DECAY.simulate([1.0], [0.0, 1.0], parameters=k[:, np.newaxis])
    assert by_array.values.shape == (3, 2, 1)


def test_one_trajectory_is_the_same_alone_and_in_a_batch() -> None:
    rng = np.random.default_rng(3)
    initial = rng.normal(size=(300, 2))
    w = rng.uniform(1, 30, 300)
    times = np.linspace(0, 1, 7)
    together = OSCILLATOR.simulate(initial, times, parameters={"w": w})
    for k in (0, 17, 299):
        alone = OSCILLATOR.simulate(initial[k], times, parameters={"w": w[k]})
        np.testing.assert_array_equal(alone.values, together.values[k])
        assert alone.n_steps == together.n_steps[k]


@pytest.mark.parametrize("method", METHODS)
def test_sensitivities_are_those_of_finite_differences(method: str) -> None:
    system = ODESystem({"x": "a*x - b*x*y + sin(t)*0.5", "y": "x*y - y"}, None, {"a": 1, "b": 0.7})
    options = {"rtol": 1e-11, "atol": 1e-13, "method": method}
    times = [0.0, 0.5, 2.0]
    wanted = ["b", "y", "a", "c0"]
    found = system.simulate([1.0, 0.5], times, sensitivities=wanted, **options)
    assert found.sensitivities is not None
    assert found.sensitivities.shape == (3, 2, 4)
    step = 1e-5
    for k, name in enumerate(wanted):
        ends = []
        for shift in (-step, step):
            y0 = [1.0, 0.5 + shift * (name == "y")]
            parameters = {} if name == "y" else {name: system.parameters[name] + shift}
            ends.append(system.simulate(y0, times, parameters=parameters, **options).values)
        slope = (ends[1] - ends[0]) / (2 * step)
        np.testing.assert_allclose(found.sensitivities[..., k], slope, atol=2e-6)


def test_asking_for_sensitivities_changes_no_value() -> None:
    times = np.linspace(0, 5, 9)
    plain = OSCILLATOR.simulate([1.0, 0.0], times)
    both = OSCILLATOR.simulate([1.0, 0.0], times, sensitivities=["x", "w"])
    np.testing.assert_array_equal(plain.values, both.values)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("equation", "outcome", "end"),
    [
        ("x^2", "blow_up", 1.0),
        ("exp(x)", "blow_up", np.exp(-1)),
        ("sqrt(2 - t)", "not_finite", 2.0),
        ("log(-x)", "not_finite", 0.0),
        ("1/(t - 1)", "not_finite", 1.0),
    ],
)
def test_a_trajectory_that_cannot_go_on_says_why_and_where(
    method: str, equation: str, outcome: str, end: float
) -> None:
    found = ODESystem({"x": equation}).simulate([1.0], [0.0, 0.1, 5.0], method=method)
    assert found.outcomes in {outcome, "blow_up"}
    assert found.end_times == pytest.approx(end, abs=1e-3)
    assert np.isnan(found.values[2, 0])
    assert found.values[0, 0] == 1.0


def test_a_limit_stops_a_trajectory_and_leaves_the_others() -> None:
    found = ODESystem({"x": "x"}).simulate([[1.0], [1e-3]], [0.0, 5.0], limit=10.0)
    assert found.outcomes.tolist() == ["blow_up", "finished"]
    assert found.end_times[0] < 2.7
    assert "1 of 2: the solution passed the limit" in found.message


def test_budgets_of_steps_and_seconds_end_a_trajectory() -> None:
    wave = ODESystem({"x": "cos(1000*t)*x"})
    steps = wave.simulate([1.0], [0.0, 100.0], max_steps=50)
    assert steps.outcomes == "steps_spent"
    assert steps.n_steps + steps.n_rejected == 50
    seconds = wave.simulate([[1.0]] * 500, [0.0, 1e5], max_seconds=0.05, max_steps=10**9)
    assert set(seconds.outcomes) == {"seconds_spent"}
    assert np.isnan(seconds.values[:, 1]).all()


def test_a_stiff_trajectory_is_handed_to_the_stiff_method() -> None:
    system = ODESystem({"x": "-1000*(x - cos(t))"})
    found = system.simulate([0.0], [0.0, 10.0], rtol=1e-6)
    assert found.was_stiff
    assert found.n_steps < 1000
    explicit = system.simulate([0.0], [0.0, 10.0], method="dopri5")
    assert explicit.n_steps > 2000
    np.testing.assert_allclose(found.values, explicit.values, atol=1e-5)


def test_one_time_and_repeated_times_are_values_like_others() -> None:
    assert DECAY.simulate([3.0], [7.0]).values.tolist() == [[3.0]]
    found = DECAY.simulate([3.0], [0.0, 0.0, 1.0, 1.0])
    assert found.values[0] == found.values[1] == 3.0
    assert found.values[2] == found.values[3]


@pytest.mark.parametrize(
    ("y0", "times", "options", "error", "match"),
    [
        ([1.0], [1.0, 0.5], {}, DomainError, r"times\[1\] is 0.5.* never descend"),
        ([1.0], [0.0, np.nan], {}, DomainError, r"times\[1\] is nan"),
        ([np.inf], [0.0], {}, DomainError, r"initial\[0\] is inf"),
        ([1.0], [], {}, ShapeError, "times has 0 values"),
        ([1.0, 2.0], [0.0], {}, ShapeError, r"y0 has shape \(2,\), expected \(1,\)"),
        ([[1.0]] * 2, [[0.0]] * 3, {}, ShapeError, "disagree: y0 2, times 3"),
        ([1.0], [0.0], {"parameters": {"q": 1}}, ShapeError, "unknown name 'q'"),
        ([1.0], [0.0], {"parameters": [1, 2]}, ShapeError, r"expected \(1,\)"),
        ([1.0], [0.0], {"sensitivities": ["q"]}, ShapeError, "name 'q', expected one of x, k"),
        ([1.0], [0.0], {"method": "euler"}, DomainError, "method is 'euler'"),
        ([1.0], [0.0], {"rtol": -1.0}, DomainError, "tol_rel is -1"),
        ([1.0], [0.0], {"atol": 0.0}, DomainError, "tol_abs is 0"),
        ([1.0], [0.0], {"max_steps": 0}, DomainError, "max_steps is 0"),
        (["a"], [0.0], {}, ShapeError, "y0 has values of type"),
    ],
)
def test_wrong_calls_name_what_is_wrong(
    y0: list[float], times: list[float], options: dict[str, object], error: type, match: str
) -> None:
    with pytest.raises(error, match=match):
        DECAY.simulate(y0, times, **options)  # type: ignore[arg-type]


def test_values_that_would_not_fit_are_refused_before_any_work() -> None:
    y0 = np.broadcast_to([1.0], (10**5, 1))
    with pytest.raises(TooLargeError, match="100000 trajectories need 16000000000 bytes"):
        DECAY.simulate(y0, np.linspace(0, 1, 20_000))
    assert issubclass(TooLargeError, MemoryError)


def test_a_parameter_without_a_value_is_missed_by_name() -> None:
    with pytest.raises(ShapeError, match="no value for 'a'"):
        ODESystem({"x": "a*x"}).simulate([1.0], [0.0])


@pytest.mark.parametrize(
    ("arguments", "error", "match"),
    [
        (({},), ExpressionError, "0 entries"),
        (("x",), ExpressionError, "are texts"),
        ((["x", "y"], ["x"]), ShapeError, "states has 1 names, expected 2"),
        ((["x", "y"], ["x", "x"]), ExpressionError, "a name twice"),
        (({"t": "1"},), ExpressionError, "a name twice"),
        (({"x": "x +"},), ParseError, "column"),
        (({"2x": "1"},), ParseError, "column"),
        (({"x": "x"}, None, {"k": 1.0}), ExpressionError, "the name 'k'"),
        (({"x": "x"}, ["x"]), ExpressionError, "a mapping"),
    ],
)
def test_wrong_systems_are_refused(arguments: tuple[object, ...], error: type, match: str) -> None:
    with pytest.raises(error, match=match):
        ODESystem(*arguments)  # type: ignore[arg-type]


def test_new_values_of_constants_stand_in_the_equations() -> None:
    system = ODESystem({"x": "k*x + 1.5", "y": "2.5*y"}, parameters={"k": 1.0})
    other = system.with_parameters({"c0": 3.5, "c1": -1.0, "k": 2.0})
    assert str(other) == "x' = k*x + 3.5\ny' = -1.0*y"
    assert other.parameters == {"k": 2.0, "c0": 3.5, "c1": -1.0}
    assert str(system) == "x' = k*x + 1.5\ny' = 2.5*y"


def test_derivatives_are_the_right_hand_sides() -> None:
    system = ODESystem({"x": "a*x*t + 0.5", "y": "x*y - 1.5"}, parameters={"a": 2.0})
    found = system.derivatives([[1.0, 2.0], [3.0, 4.0]], [0.0, 1.0])
    np.testing.assert_array_equal(found, [[0.5, 0.5], [6.5, 10.5]])
    with pytest.raises(ShapeError, match="y has shape"):
        system.derivatives([1.0, 2.0])


def test_a_system_shows_itself_pickles_and_compares() -> None:
    system = ODESystem({"x": "k*x - 0.5*s", "v": "v/2"}, parameters={"k": 3}, time="s")
    assert repr(system) == (
        "ODESystem({'x': 'k*x - 0.5*s', 'v': 'v/2'}, parameters={'k': 3.0}, time='s')"
    )
    again = pickle.loads(pickle.dumps(system))
    assert again == system
    assert hash(again) == hash(system)
    assert again != ODESystem({"x": "k*x", "v": "v/2"})
    assert system != "x"
    assert "\\dot{x} &= k" in system._repr_latex_()
    assert issubclass(ShapeError, SymnumError)
