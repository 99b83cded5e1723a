"""A training that was stopped goes on bit for bit, and one process at a time writes its folder."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from qnlp import CheckpointError, LinearHead, SentenceClassifier, WordFeatures
from qnlp._run_lock import locked

TEXTS = [f"{a} {n} {v}" for a in ("old", "new") for n in ("man", "dog") for v in ("sleeps", "runs")]
LABELS = [int("old" in t) ^ int("runs" in t) for t in TEXTS]
OPTIONS: dict[str, dict[str, Any]] = {
    "lbfgs": {"optimizer": "lbfgs", "max_iter": 12, "tol": 0.0},
    "cg": {"optimizer": "cg", "max_iter": 12, "tol": 0.0},
    "adam": {"optimizer": "adam", "max_iter": 14, "batch_size": 3, "tol": 0.0},
    "features": {
        "optimizer": "adam",
        "max_iter": 12,
        "batch_size": 3,
        "features": WordFeatures(),
        "head": LinearHead(),
        "l2": 0.01,
        "patience": 50,
    },
    "penalty": {"optimizer": "lbfgs", "max_iter": 9, "l2": 0.1, "tol": 0.0},
}


class Stopped(Exception):
    pass


def model(name: str, folder: Path, **options: Any) -> SentenceClassifier:
    return SentenceClassifier(
        "cups", n_restarts=2, seed=4, run_dir=folder, checkpoint_every=3, **OPTIONS[name], **options
    )


def fit(made: SentenceClassifier) -> SentenceClassifier:
    return made.fit(TEXTS, LABELS, eval_set=(TEXTS[::3], LABELS[::3]))


def without_seconds(made: SentenceClassifier) -> list[dict[str, Any]]:
    return [{k: v for k, v in record.items() if k != "seconds"} for record in made.history_]


@pytest.mark.parametrize("name", OPTIONS)
@pytest.mark.parametrize("stop_at", [2, 7, 17])
def test_a_run_that_was_stopped_goes_on_bit_for_bit(
    name: str, stop_at: int, tmp_path: Path
) -> None:
    whole = fit(model(name, tmp_path / "whole"))
    calls = 0

    def stop(record: dict[str, Any]) -> None:
        nonlocal calls
        calls += 1
        if calls == stop_at:
            raise Stopped

    with pytest.raises(Stopped):
        fit(model(name, tmp_path / "part", callbacks=[stop]))
    calls = 0
    rest = fit(model(name, tmp_path / "part", resume=True, callbacks=[lambda _: None]))
    assert (rest.theta_ == whole.theta_).all()
    assert (rest.weights_ == whole.weights_).all()
    assert (rest.head_weights_ == whole.head_weights_).all()
    assert without_seconds(rest) == without_seconds(whole)
    assert (rest.loss_, rest.n_iter_, rest.message_, rest.converged_) == (
        whole.loss_,
        whole.n_iter_,
        whole.message_,
        whole.converged_,
    )


def test_a_finished_run_is_not_trained_again(tmp_path: Path) -> None:
    first = fit(model("lbfgs", tmp_path))
    seen: list[Any] = []
    again = fit(model("lbfgs", tmp_path, resume=True, callbacks=[seen.append]))
    assert not seen
    assert (again.theta_ == first.theta_).all()


@pytest.mark.parametrize("change", ["label", "sentence", "setting", "order"])
def test_a_run_does_not_go_on_with_other_sentences_or_settings(change: str, tmp_path: Path) -> None:
    fit(model("lbfgs", tmp_path))
    texts, labels, other = list(TEXTS), list(LABELS), model("lbfgs", tmp_path, resume=True)
    if change == "label":
        labels[0] ^= 1
    elif change == "sentence":
        texts[0] = texts[1]
    elif change == "order":
        texts[0], texts[1], labels[0], labels[1] = texts[1], texts[0], labels[1], labels[0]
    else:
        other.set_params(l2=0.5)
    with pytest.raises(CheckpointError, match="holds the training of other sentences or with"):
        other.fit(texts, labels)


def test_resume_without_a_checkpoint_begins(tmp_path: Path) -> None:
    made = fit(model("lbfgs", tmp_path / "deep" / "new", resume=True))
    assert (made.theta_ == fit(model("lbfgs", tmp_path / "other")).theta_).all()


def test_a_folder_that_is_written_already_is_refused_at_once_by_process(tmp_path: Path) -> None:
    script = (
        "import sys, time\nfrom pathlib import Path\nfrom qnlp._run_lock import locked\n"
        "with locked(Path(sys.argv[1])):\n    print('held', flush=True)\n    time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        begin = time.perf_counter()
        with pytest.raises(CheckpointError, match=rf"is being written by process {holder.pid} on"):
            fit(model("lbfgs", tmp_path))
        assert time.perf_counter() - begin < 5
        holder.send_signal(signal.SIGKILL)
    with locked(tmp_path), locked(tmp_path):  # a dead process holds nothing; once more within
        pass
    fit(model("lbfgs", tmp_path))


TRAIN = """
import os, sys
from qnlp import SentenceClassifier
texts = [f"{a} {n} {v}" for a in ("old", "new") for n in ("man", "dog") for v in ("sleeps", "runs")]
labels = [int("old" in t) ^ int("runs" in t) for t in texts]
print("begun", flush=True)
made = SentenceClassifier("cups", optimizer="adam", batch_size=3, max_iter=60, tol=0.0,
    n_restarts=3, seed=4, run_dir=sys.argv[1], checkpoint_every=1, resume=True)
made.fit(texts, labels)
print(made.theta_.tobytes().hex(), flush=True)
"""


@pytest.mark.slow
def test_kills_at_random_moments_of_training_change_nothing(tmp_path: Path) -> None:
    """kill -9 until the training is through; then it is what it would have been."""
    n_kills = 200 if os.environ.get("HYPOTHESIS_PROFILE") == "long" else 4
    whole = _train(tmp_path / "whole", None)
    rng = np.random.default_rng(0)
    done = 0
    for k in range(n_kills):
        folder = tmp_path / f"part-{done}"
        found = _train(folder, float(rng.uniform(0.0, 0.6)))
        if found is not None:
            assert found == whole, f"after kill {k}"
            done += 1
    assert _train(tmp_path / f"part-{done}", None) == whole


def _train(folder: Path, seconds: float | None) -> str | None:
    """The parameters, or None where the training was killed before it ended."""
    command = [sys.executable, "-c", TRAIN, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        if seconds is not None:
            time.sleep(seconds)
            process.send_signal(signal.SIGKILL)
        said = process.stdout.read()
    return said if said.endswith("\n") else None


def test_a_run_that_takes_too_long_ends_with_what_it_has() -> None:
    made = SentenceClassifier("cups", optimizer="adam", max_iter=10**6, tol=0.0, max_time=0.3)
    made.set_params(n_restarts=1, learning_rate=1e-9)
    begin = time.perf_counter()
    made.fit(TEXTS, LABELS)
    assert time.perf_counter() - begin < 1.3
    assert made.message_ == "reached max_time = 0.3 seconds"
    assert not made.converged_
    assert made.predict(TEXTS[:1]).shape == (1,)
