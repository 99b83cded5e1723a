"""Formulas changed at random, and when a search may end."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symnum._core import expression as core
from symnum._regression.archive import Archive
from symnum._regression.evolve import _LARGEST, Evolution, _Editor
from symnum._regression.problem import Clock, Problem
from symnum._regression.settled import is_settled

RNG = np.random.default_rng(3)
X = RNG.uniform(0.5, 2.0, (300, 2))
A, B = X.T
TEXTS = ["x0*sin(x1) + 0.3", "x0/(x1 + 2) - sqrt(x0*x1)", "exp(x0)*(x0 + x1)**2 + exp(x0)", "x1"]
OPERATIONS = ("add", "sub", "mul", "div", "sin", "pow2")


def program(text: str) -> core.Program:
    return core.parse(text, ["x0", "x1"], [])[0]


def problem(y: np.ndarray, seconds: float = 60.0) -> Problem:
    return Problem.of(X, y, np.ones(len(y)), ("x0", "x1"), Clock(seconds))


def archive_of(task: Problem, *texts: str) -> Archive:
    archive = Archive()
    archive.add(task.candidates([program(text) for text in texts]))
    return archive


@given(st.sampled_from(TEXTS), st.integers(0, 30))
def test_a_part_that_is_put_back_changes_nothing(text: str, place: int) -> None:
    given_one = program(text)
    editor = _Editor(given_one, place % len(given_one))
    again = editor.finish(editor.copy(editor.place))
    columns = np.ascontiguousarray(X.T)
    np.testing.assert_array_equal(
        core.evaluate_float64([again], [again.constants], columns),
        core.evaluate_float64([given_one], [given_one.constants], columns),
    )


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**31 - 1), st.sampled_from(TEXTS))
def test_offspring_are_new_small_and_of_the_operations_asked_for(seed: int, text: str) -> None:
    evolution = Evolution(problem(A * B), OPERATIONS, seed)
    evolution.others = [program(text), program("x0*x1")]
    children = evolution.offspring()
    assert len(children) > 50
    # The last ones come of simplification.
    made = {"number", "variable", "constant", "pow", "inv", "neg", "abs", "pow3", "pow4", "sqrt"}
    allowed = {*OPERATIONS, *made, *program(text).operations}
    for child in children:
        assert child.tree_size <= _LARGEST
        assert child.n_variables == 2
        assert set(child.operations) <= allowed
    assert {str(c) for c in children}.isdisjoint({str(c) for c in evolution.offspring()})


def test_equal_seeds_give_equal_generations() -> None:
    found = []
    for _ in range(2):
        task = problem(A * np.sin(3.0 * B) + A**2)
        generations = Evolution(task, OPERATIONS, 5).generations(archive_of(task, *TEXTS))
        found.append([[core.to_text(p, ["x0", "x1"]) for p in next(generations)] for _ in "123"])
    assert found[0] == found[1]


def test_law_is_reached_by_steps_from_one_that_is_close() -> None:
    task = problem(1.7 * A * np.sin(2.2 * B) + 0.4 * A**2 / B)
    archive = archive_of(task, "x0*sin(2*x1)", "x0")
    start = archive.best().loss
    for _, programs in zip(
        range(60), Evolution(task, OPERATIONS, 1).generations(archive), strict=False
    ):
        archive.add(task.candidates(programs))
        if archive.has_exact(task):
            break
    assert archive.best().loss < 1e-3 * start


def test_evolution_ends_with_the_time_and_starts_from_nothing_without_error() -> None:
    assert list(Evolution(problem(A, 0.0), OPERATIONS, 0).generations(Archive())) == []
    assert list(Evolution(problem(A), OPERATIONS, 0).generations(Archive())) == []
    alone = problem(A, 0.3)
    generations = list(Evolution(alone, ("sin",), 0).generations(archive_of(alone, "x1")))
    assert all(p for p in generations)


LAW = A * np.sin(B)
NOISE = np.random.default_rng(1).normal(size=(20, len(A)))


def settled(y: np.ndarray, text: str) -> bool:
    task = problem(y)
    return is_settled(task, task.candidates([program(text)])[0])


def test_law_with_nothing_but_noise_left_is_settled_and_a_near_one_is_not() -> None:
    verdicts = [settled(LAW + 0.05 * e, "x0*sin(x1)") for e in NOISE]
    assert sum(verdicts) >= 16  # each look errs in some percents of all cases
    assert not any(settled(LAW + 0.05 * e, "x0*(x1 - x1**3/8)") for e in NOISE)
    assert not any(settled(LAW + 0.05 * e + 0.1 * A**2, "x0*sin(x1)") for e in NOISE)
    assert not any(settled(LAW + 0.02 * e + 0.1 * np.sin(9 * A), "x0*sin(x1)") for e in NOISE)


@pytest.mark.parametrize("text", ["0.51*x0 + 0.48*x1 + 0.111", "x0*0.01"])
def test_many_free_constants_or_a_poor_fit_settle_nothing(text: str) -> None:
    values = core.evaluate_float64([program(text)], [program(text).constants], X.T.copy())[0]
    many = settled(values + 0.001 * NOISE[0], "0.51*x0 + 0.48*x1 + 0.111")
    poor = settled(values + 10.0 * NOISE[0], text)
    assert not many
    assert not poor
