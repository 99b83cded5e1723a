"""The optimisers, on losses whose minimum is known."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from qnlp.errors import DomainError, QnlpError
from qnlp.training import OPTIMIZERS, Outcome, Problem, Settings, minimise

Vector = NDArray[np.float64]
POINTS = np.random.default_rng(0).normal(size=(12, 3))


def mean_square(x: Vector, items: NDArray[np.intp] | None) -> tuple[float, Vector]:
    away = x - (POINTS if items is None else POINTS[items])
    return float((away**2).sum(1).mean()), 2 * away.mean(0)


def run(settings: Settings, loss: Any = mean_square, outcome: Outcome | None = None) -> Outcome:
    rng = np.random.default_rng(0)
    return minimise(Problem(loss, len(POINTS)), np.zeros(3), settings, rng, outcome)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_optimiser_finds_the_mean(optimizer: str) -> None:
    found = run(Settings(optimizer, max_iter=500))
    np.testing.assert_allclose(found.theta, POINTS.mean(0), atol=1e-2)
    assert found.converged
    assert found.loss == min(record["loss"] for record in found.history)
    assert found.n_iter == len(found.history)


def test_batches_cover_all_items_once_an_epoch() -> None:
    seen: list[int] = []

    def loss(x: Vector, items: NDArray[np.intp] | None) -> tuple[float, Vector]:
        if items is not None:
            assert len(items) <= 5
            seen.extend(items.tolist())
        return mean_square(x, items)

    run(Settings("adam", max_iter=2, batch_size=5), loss)
    assert sorted(seen[:12]) == sorted(seen[12:]) == list(range(12))
    assert seen[:12] != seen[12:]


@pytest.mark.parametrize("batch_size", [None, 1, 5, 12, 100])
def test_the_loss_is_that_of_the_parameters_that_are_kept(batch_size: int | None) -> None:
    found = run(Settings("adam", max_iter=7, batch_size=batch_size))
    assert abs(mean_square(found.theta, None)[0] - found.loss) < 1e-12


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_an_exception_leaves_the_best_so_far(optimizer: str) -> None:
    def stop(record: dict[str, Any]) -> None:
        if record["iteration"] == 1:
            raise KeyboardInterrupt

    outcome = Outcome(np.zeros(3))
    with pytest.raises(KeyboardInterrupt):
        run(Settings(optimizer, callbacks=(stop,)), outcome=outcome)
    assert outcome.n_iter == 1
    assert abs(mean_square(outcome.theta, None)[0] - outcome.loss) < 1e-12


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_loss_that_is_no_number_stops_the_run_and_keeps_the_best(optimizer: str) -> None:
    calls = 0

    def loss(x: Vector, items: NDArray[np.intp] | None) -> tuple[float, Vector]:
        nonlocal calls
        calls += 1
        value, gradient = mean_square(x, items)
        return (np.nan, gradient) if calls > 6 else (value, gradient)

    outcome = Outcome(np.zeros(3))
    with suppress(QnlpError):  # the others' line searches step back from it
        run(Settings(optimizer, max_iter=50, tol=0.0), loss, outcome)
    assert np.isfinite(outcome.theta).all()
    assert np.isfinite(outcome.loss)


def test_nothing_to_train_is_done_at_once() -> None:
    found = minimise(
        Problem(lambda x, _: (3.0, x), 1), np.zeros(0), Settings(), np.random.default_rng(0)
    )
    assert (found.loss, found.converged, found.message) == (3.0, True, "there is nothing to train")


@pytest.mark.parametrize(
    "options",
    [
        {"max_iter": 0},
        {"max_iter": True},
        {"max_iter": 1.5},
        {"batch_size": 0, "optimizer": "adam"},
        {"learning_rate": 0.0},
        {"learning_rate": np.inf},
        {"tol": -1e-3},
        {"tol": np.nan},
    ],
)
def test_settings_out_of_range_are_refused_by_name(options: dict[str, Any]) -> None:
    with pytest.raises(DomainError, match=next(iter(options))):
        Settings(**options)


def test_batches_are_for_adam_alone() -> None:
    with pytest.raises(QnlpError, match="batch_size is for optimizer='adam' or 'spsa', 'cg' takes"):
        Settings("cg", batch_size=3)
    with pytest.raises(QnlpError, match="optimizer is 'sgd', expected one of"):
        Settings("sgd")
