"""Cross-validation, Optuna, joblib and Dask, and Rotosolve."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from qnlp import SentenceClassifier, load_dataset, rotosolve
from qnlp.circuit import Angle, Circuit, Gate
from qnlp.errors import DataError, DiagramError, DomainError, QnlpError
from qnlp.training import Settings
from qnlp.tuning import cross_validate, optuna_objective, tune

DATA = load_dataset("food-it", "train")
TEXTS, LABELS = DATA.sentences[:30], np.array(DATA.labels[:30])


def model(**options: Any) -> SentenceClassifier:
    return SentenceClassifier(
        "pregroup", oov="unk", n_restarts=1, max_iter=10, **{"seed": 3, **options}
    )


def test_folds_cover_every_sentence_once_and_scores_are_theirs() -> None:
    from sklearn.model_selection import StratifiedKFold, cross_val_score

    found = cross_validate(model(), TEXTS, LABELS, n_folds=3, seed=1)
    folds = StratifiedKFold(3, shuffle=True, random_state=1)
    expected = cross_val_score(model(), TEXTS, LABELS, cv=folds)
    np.testing.assert_array_equal(found["accuracy"], expected)
    assert found["loss"].shape == (3,)
    assert np.all(found["loss"] > 0)


@pytest.mark.slow
def test_processes_change_no_score() -> None:
    alone = cross_validate(model(), TEXTS, LABELS, n_folds=2)
    two = cross_validate(model(), TEXTS, LABELS, n_folds=2, n_jobs=2)
    for name in alone:
        np.testing.assert_array_equal(alone[name], two[name])


@pytest.mark.slow
def test_hosts_of_dask_change_no_score() -> None:
    distributed = pytest.importorskip("distributed")
    joblib = pytest.importorskip("joblib")
    alone = cross_validate(model(), TEXTS, LABELS, n_folds=2)
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1"
        ) as cluster,
        distributed.Client(cluster),
        joblib.parallel_config(backend="dask"),
    ):
        there = cross_validate(model(), TEXTS, LABELS, n_folds=2, n_jobs=2)
    for name in alone:
        np.testing.assert_array_equal(alone[name], there[name])


def make(trial: Any) -> SentenceClassifier:
    return model(
        ansatz=trial.suggest_categorical("ansatz", ["iqp", "tensor"]),
        l2=trial.suggest_float("l2", 1e-5, 1e-1, log=True),
    )


def test_a_study_is_kept_and_gone_on_with(tmp_path: Path) -> None:
    pytest.importorskip("optuna")
    path = tmp_path / "study.log"
    first = tune(make, TEXTS, LABELS, n_trials=2, n_folds=2, path=path)
    assert len(first.trials) == 2
    second = tune(make, TEXTS, LABELS, n_trials=1, n_folds=2, path=path)
    assert len(second.trials) == 3
    assert second.trials[0].value == first.trials[0].value
    best = make(second.best_trial)
    assert cross_validate(best, TEXTS, LABELS, n_folds=2)["accuracy"].mean() == second.best_value
    assert len({t.params["l2"] for t in second.trials}) == 3  # nothing is tried twice


def test_equal_seeds_give_equal_trials() -> None:
    pytest.importorskip("optuna")
    studies = [tune(make, TEXTS, LABELS, n_trials=2, n_folds=2, seed=s) for s in (1, 1, 2)]
    found = [[t.params for t in study.trials] for study in studies]
    assert found[0] == found[1] != found[2]


def test_trials_that_are_behind_are_pruned() -> None:
    optuna = pytest.importorskip("optuna")
    objective = optuna_objective(make, TEXTS, LABELS, n_folds=2, metric="loss")
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(pruner=optuna.pruners.ThresholdPruner(upper=-1.0))
    study.optimize(objective, n_trials=1)
    (trial,) = study.trials
    assert trial.state.name == "PRUNED"
    assert list(trial.intermediate_values) == [0]


def test_what_cannot_be_folded_is_named() -> None:
    with pytest.raises(DataError, match="class 0 has 1 sentences, expected at least one a fold"):
        cross_validate(model(), ["man cooks", "man runs", "cat runs"], [0, 1, 1], n_folds=2)
    with pytest.raises(DataError, match="n_folds is 1, expected an int of 2 or more"):
        cross_validate(model(), TEXTS, LABELS, n_folds=1)
    with pytest.raises(DataError, match="no class has 0 sentences"):
        cross_validate(model(), [], [])
    pytest.importorskip("optuna")
    with pytest.raises(DataError, match="metric is 'f1', expected 'accuracy' or 'loss'"):
        optuna_objective(make, TEXTS, LABELS, metric="f1")


# Rotosolve.


def layered(seed: int, n: int = 3) -> Circuit:
    rng = np.random.default_rng(seed)
    gates: list[Gate] = []
    for layer in range(2):
        for q in range(n):
            name = str(rng.choice(["Rx", "Ry", "Rz", "Phase"]))
            scale = float(rng.choice([1.0, -0.5, 2.0]))
            gates.append(Gate(name, (q,), Angle(f"a{layer}{q}", scale, float(rng.uniform()))))
        gates += [Gate("CX", (q, (q + 1) % n)) for q in range(n)]
    return Circuit(n, tuple(gates), outputs=tuple(range(n)))


@pytest.mark.parametrize("seed", range(4))
def test_no_angle_can_be_moved_to_less(seed: int) -> None:
    circuit = layered(seed)
    observable = {"Z0": 1.0, "X1 Y2": -0.5, "Z2": 0.3}
    begin = np.random.default_rng(seed).uniform(-1, 1, len(circuit.symbols))
    value, theta = rotosolve(circuit, observable, begin)
    assert value <= circuit.simulate(begin).expectation(observable) + 1e-12
    assert abs(circuit.simulate(theta).expectation(observable) - value) < 1e-9
    for k in range(len(theta)):
        for turn in np.linspace(0, 2, 41):
            moved = theta.copy()
            moved[k] += turn
            assert circuit.simulate(moved).expectation(observable) > value - 1e-6


def test_an_angle_below_0_is_found_and_not_its_negative() -> None:
    ry = Circuit(1, (Gate("Ry", (0,), Angle("a")),), outputs=(0,))
    value, theta = rotosolve(ry, {"Z0": -np.cos(0.2 * np.pi), "X0": np.sin(0.2 * np.pi)})
    np.testing.assert_allclose(theta, [0.9], atol=1e-12)  # that is -0.1
    assert abs(value + 1) < 1e-12


@pytest.mark.parametrize(
    ("gates", "outputs", "said"),
    [
        ([Gate("CRz", (0, 1), Angle("a"))], (0, 1), "parameter 'a' is the angle of a CRz"),
        (
            [Gate("Rx", (0,), Angle("a")), Gate("Ry", (1,), Angle("a"))],
            (0, 1),
            "parameter 'a' stands in two gates",
        ),
        ([Gate("Rx", (0,), Angle("a", 0.0))], (0, 1), "parameter 'a' has the factor 0"),
        ([Gate("Rx", (0,), Angle("a"))], (0,), "circuit has 1 post-selected qubits"),
    ],
)
def test_where_it_is_not_valid_it_is_refused(gates: Any, outputs: Any, said: str) -> None:
    with pytest.raises(DiagramError, match=said):
        rotosolve(Circuit(2, tuple(gates), outputs=outputs), "Z0")


def test_numbers_out_of_range_and_training_by_it_are_refused() -> None:
    ry = Circuit(1, (Gate("Ry", (0,), Angle("a")),), outputs=(0,))
    with pytest.raises(DomainError, match="max_sweeps is 0"):
        rotosolve(ry, "Z0", max_sweeps=0)
    with pytest.raises(DomainError, match="tol is nan"):
        rotosolve(ry, "Z0", tol=np.nan)
    with pytest.raises(QnlpError, match="optimizer 'rotosolve' is for expectation values"):
        Settings("rotosolve")
