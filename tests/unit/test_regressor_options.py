"""Constraints, proposers, warm start and intervals of `SymbolicRegressor`."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import numpy as np
import pytest

from symnum import DomainError, Expression, ExpressionError, SymbolicRegressor
from symnum._core import expression as core
from symnum._regression.constraints import Constraints
from symnum._regression.intervals import intervals
from symnum._regression.problem import Problem
from symnum._regression.proposals import proposed
from symnum._regression.results import Teller
from symnum.operon import OperonProposer

RNG = np.random.default_rng(8)
X = RNG.uniform(0.5, 2.0, (80, 2))
A, B = X.T
FAR = "x0*sin(exp(x1) + 0.7*x0**2)/(1.3 + x1**3)"  # out of reach of a small table


def regressor(**options: object) -> SymbolicRegressor:
    defaults = {"timeout_in_seconds": 60, "table_size": 64, "random_state": 0}
    return SymbolicRegressor(**defaults | {"operations": ["add", "mul"]} | options)


def allows(text: str, given: dict[str, object]) -> bool:
    constraints = Constraints.of(given, ("x0", "x1"))
    assert constraints is not None
    return constraints.allow(core.parse(text, ["x0", "x1"], [])[0], np.ascontiguousarray(X.T))


@pytest.mark.parametrize(
    ("text", "given", "expected"),
    [
        ("x0*x1", {"x0": "increasing"}, True),
        ("x0*x1", {"x0": "decreasing"}, False),
        ("x0/x1", {"x0": "increasing", "x1": "decreasing"}, True),
        ("x1", {"x0": "decreasing"}, True),  # no slope is no rise
        ("x0 + x1", {"bounds": (None, 3.0)}, False),
        ("x0 + x1", {"bounds": (0.5, 5.0)}, True),
        ("x0*x1 + sin(x0 + x1)", {"symmetric": ("x0", "x1")}, True),
        ("x0*x1 + sin(x0)", {"symmetric": ["x1", "x0"]}, False),
        ("log(x0 - x1 + 1.51)", {"symmetric": ["x0", "x1"]}, False),
    ],
)
def test_formula_keeps_to_a_constraint_or_does_not(
    text: str, given: dict[str, object], expected: bool
) -> None:
    assert allows(text, given) is expected


def test_every_formula_of_the_front_keeps_to_the_constraints() -> None:
    y = A - 0.8 * np.sin(4.0 * A) + 0.1 * np.random.default_rng(4).normal(size=len(A))
    options = {"operations": ["add", "mul", "sin"], "timeout_in_seconds": 4, "table_size": 500}
    slopes = {}
    for constraints in (None, {"x0": "increasing", "bounds": (0.0, None)}):
        model = regressor(constraints=constraints, **options).fit(X, y)
        rows = [model.expression(k) for k in range(len(model.equations_))]
        slopes[constraints is None] = min(e.derivative("x0").evaluate(X).min() for e in rows)
        if constraints is not None:
            assert all(e.evaluate(X).min() >= 0.0 for e in rows)
            assert model.get_best().complexity > 1
    assert slopes[True] < 0.0  # free ones follow the waves
    assert slopes[False] >= -1e-8


@pytest.mark.parametrize(
    ("constraints", "message"),
    [
        ({"x7": "increasing"}, "constraints has 'x7', expected 'bounds', 'symmetric' or one of x0"),
        ({"x0": "up"}, "constraints of 'x0' is 'up', expected 'increasing' or 'decreasing'"),
        ({"x0": ["increasing"]}, "constraints of 'x0' is"),
        ({"bounds": 3}, r"constraints of 'bounds' is 3, expected \(low, high\)"),
        ({"bounds": (2, 1)}, "expected low < high"),
        ({"bounds": (np.nan, 1)}, "expected low < high"),
        ({"symmetric": "x0"}, "constraints of 'symmetric' is 'x0', expected two or more"),
        ({"symmetric": ("x0", "x9")}, "expected two or more"),
        ({"symmetric": ("x0", "x0")}, "expected two or more"),
        ({"symmetric": (["x0"], 3)}, "expected two or more"),
        (["x0"], "constraints is .*, expected a mapping"),
    ],
)
def test_wrong_constraint_is_named(constraints: object, message: str) -> None:
    with pytest.raises(DomainError, match=message):
        regressor(constraints=constraints).fit(X, A)


class Proposer:
    """What it is told."""

    def __init__(self, *formulas: object) -> None:
        self.formulas = formulas

    def propose(self, x: np.ndarray, y: np.ndarray) -> Iterator[object]:
        assert x.shape == (len(y), 2)
        yield from self.formulas


@pytest.mark.parametrize("as_object", [False, True])
def test_proposal_is_fitted_and_found_where_the_search_would_not(as_object: bool) -> None:
    law = Expression(FAR, ["x0", "x1"])
    y = law.evaluate(X)
    text = FAR.replace("0.7", "0.65").replace("1.3", "1.5")
    given = Expression(text, ["x0", "x1"]) if as_object else text
    assert not regressor(timeout_in_seconds=2).fit(X, y).is_exact_
    model = regressor(timeout_in_seconds=20, proposers=[Proposer("x0"), Proposer(given)])
    model.fit(X, y)
    assert model.is_exact_
    elsewhere = X + 1.0
    np.testing.assert_allclose(model.predict(elsewhere), law.evaluate(elsewhere), rtol=1e-9)


@pytest.mark.parametrize(
    ("proposers", "kind", "message"),
    [
        ([object()], DomainError, r"proposers\[0\] is <object .*expected an object with propose"),
        ([Proposer(), Proposer("x0 +")], ExpressionError, r"proposers\[1\] proposes 'x0 \+'"),
        ([Proposer("import os")], ExpressionError, r"proposers\[0\] proposes 'import os'"),
        ([Proposer("x5")], ExpressionError, r"proposers\[0\] proposes 'x5', which is no formula"),
        ([Proposer(3.0)], ExpressionError, r"proposers\[0\] proposes 3.0, which is no formula"),
        ([Proposer(None)], ExpressionError, r"proposers\[0\] proposes None"),
    ],
)
def test_wrong_proposer_is_named(proposers: list[object], kind: type, message: str) -> None:
    with pytest.raises(kind, match=message):
        regressor(proposers=proposers).fit(X, A)


def test_proposal_may_name_columns_by_place() -> None:
    model = regressor(timeout_in_seconds=5, proposers=[Proposer("mass*x1")])
    with pytest.raises(ExpressionError, match=r"proposes 'mass\*x1'"):
        model.fit(X, A, variable_names=["mass", "speed"])
    y = Expression(FAR, ["x0", "x1"]).evaluate(X)
    model = regressor(timeout_in_seconds=5, proposers=[Proposer(FAR, "mass*speed")])
    assert model.fit(X, y, variable_names=["mass", "speed"]).is_exact_
    assert model.expression().variables == ("mass", "speed")


def test_operon_proposes_formulas_that_are_read_and_fitted() -> None:
    pytest.importorskip("pyoperon")
    y = A * np.sin(2.0 * B) + 0.3
    task = Problem.of(X, y, np.ones(len(y)), ("mass", "speed"))
    programs = proposed([OperonProposer(seconds=1)], X, y, Teller(task.names), task.clock)
    losses = task.losses(task.fit(programs))
    assert len(losses) > 1
    assert losses.min() < 0.05**2 * np.var(y)


@pytest.mark.parametrize("options", [{"seconds": 0}, {"seconds": 1.5}, {"max_length": 0}])
def test_wrong_option_of_operon_is_named(options: dict[str, object]) -> None:
    with pytest.raises(DomainError, match=f"{next(iter(options))} is .*expected a whole number"):
        OperonProposer(**options)


def test_proposer_that_never_ends_is_stopped_by_the_clock() -> None:
    endless = Proposer()
    endless.formulas = (f"x0 + {k}" for k in count())  # type: ignore[assignment]
    model = regressor(timeout_in_seconds=0.5, proposers=[endless]).fit(X, A + 3.0)
    assert np.isfinite(model.predict(X)).all()


def test_warm_start_goes_on_from_the_formulas_of_the_first_fit(tmp_path: Path) -> None:
    y = Expression(FAR, ["x0", "x1"]).evaluate(X)
    model = regressor(timeout_in_seconds=20, proposers=[Proposer(FAR)]).fit(X, y)
    model.save(tmp_path / "model.json")
    loaded = SymbolicRegressor.load(tmp_path / "model.json")
    for start in (model, loaded):
        start.set_params(proposers=None, warm_start=True, timeout_in_seconds=2, table_size=64)
        assert start.fit(X, y).is_exact_
    assert not model.set_params(warm_start=False).fit(X, y).is_exact_


def fitted_intervals(text: str, y: np.ndarray, level: float) -> np.ndarray:
    """Of the formula with its constants at least squares, the smallest constant first."""
    task = Problem.of(X, y, np.ones(len(y)), ("x0", "x1"))
    found = intervals(task, task.fit([core.parse(text, ["x0", "x1"], [])[0]])[0], level)
    return found[np.argsort(found[:, 0])]


def test_interval_of_a_line_is_that_of_the_textbook() -> None:
    y = 0.7183 * A + 2.4142 + 0.05 * np.random.default_rng(2).normal(size=len(A))
    got = fitted_intervals("0.7*x0 + 2.4", y, 0.9)
    rows = np.column_stack([A, np.ones(len(A))])
    solution, left, _, _ = np.linalg.lstsq(rows, y, rcond=None)
    spread = np.sqrt(np.diag(np.linalg.inv(rows.T @ rows)) * left[0] / (len(y) - 2))
    reach = 1.664625 * spread  # Student's t of 78 degrees of freedom
    expected = np.column_stack([solution, solution - reach, solution + reach])
    np.testing.assert_allclose(got, expected, rtol=1e-5)


def test_intervals_hold_the_true_constants_as_often_as_they_say() -> None:
    truth = np.array([0.731, 1.618])
    hits = np.zeros(2)
    rng = np.random.default_rng(1)
    n = 200
    for _ in range(n):
        y = truth[0] * A * np.exp(truth[1] * B) + 0.3 * rng.normal(size=len(A))
        found = fitted_intervals("0.7*x0*exp(1.6*x1)", y, 0.8)
        hits += (found[:, 1] < truth) & (truth < found[:, 2])
    assert np.all(np.abs(hits - 0.8 * n) < 3 * np.sqrt(0.16 * n))


def test_intervals_of_no_constants_and_of_too_few_rows() -> None:
    model = regressor().fit(X, A * B)
    assert model.constant_intervals(X, A * B).shape == (0, 3)
    y = 0.7183 * A + 0.01 * np.random.default_rng(3).normal(size=len(A))
    model = regressor(generations=0).fit(X, y)
    free = [k for k in range(len(model.equations_)) if len(model.expression(k).constants)]
    assert np.isfinite(model.constant_intervals(X, y, index=free[0])).all()
    few = model.constant_intervals(X[:1], y[:1], index=free[0])
    assert np.isfinite(few[:, 0]).all()
    assert np.isnan(few[:, 1:]).all()
    with pytest.raises(DomainError, match=r"level is 1\.5, expected between 0 and 1"):
        model.constant_intervals(X, y, level=1.5)
    with pytest.raises(DomainError, match="sample_weight has a negative value"):
        model.constant_intervals(X, y, sample_weight=-A)
    with pytest.raises(ValueError, match="X has 1 features"):
        model.constant_intervals(X[:, :1], y)
