"""From process start to a saved, scored model of MC, beside lambeq's own training."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from tools import (
    Absent,
    Options,
    Run,
    call,
    data_folder,
    execute,
    median,
    note,
    pinned,
    seconds,
    table,
    timed_call,
    versions,
)

TITLE = "training on MC, from process start to saved model"
EPOCHS = 120
HEADER = ["", "wall median", "CPU median", "train loss", "train", "dev", "test"]


def run(options: Options) -> str:
    """The table; raises where there are no data."""
    with tempfile.TemporaryDirectory() as folder, pinned(options.core):
        scores, runs = ours(Path(folder), 2 * options.rounds + 1)
        rows = [_row("qnlp train", runs, scores)]
        try:
            rows.append(lambeq(str(Path(folder) / "readings.json"), options.peers))
            why = ""
        except Absent as reason:
            why = f"absent: lambeq: {reason}\n"
    return "\n".join(
        [
            "One core, one thread, the whole process: imports, reading, training, saving, scoring.",
            f"Ours: exact gradients and L-BFGS, {scores['iterations']} iterations. lambeq: NumpyModel",
            f"with use_jit and SPSA, {EPOCHS} epochs as in its documentation, one run, types and cups",
            "given. MC's words tell its labels: accuracy here is a check, not an achievement.",
            "",
            table(HEADER, rows),
            "",
            why + _target(scores, runs),
            f"ours: {versions(sys.executable, ['monoidal', 'numpy', 'scipy', 'scikit-learn'])}",
            f"peers: {versions(options.peers, ['lambeq', 'jax', 'numpy'])}",
        ]
    )


def _target(scores: dict[str, Any], runs: list[Run]) -> str:
    least = min(scores[split] for split in ("dev", "test"))
    wall, cpu = (seconds(median(list(x))) for x in ((r.wall for r in runs), (r.cpu for r in runs)))
    return (
        f"loss under 0.05 and 100 % in under 3 s: {scores['loss']:.2g}, {least:.0%}, "
        f"{wall}, {cpu} of CPU"
    )


def ours(folder: Path, repetitions: int) -> tuple[dict[str, Any], list[Run]]:
    """The command line's training."""
    command = Path(sys.executable).parent / "qnlp"
    if not command.is_file():
        message = f"no command qnlp beside {sys.executable}"
        raise Absent(message)
    files = {name: str(data_folder() / f"mc_{name}_data.txt") for name in ("train", "dev", "test")}
    words = [str(command), "train", files["train"], "--dev", files["dev"], "--test", files["test"]]
    runs = []
    for k in range(repetitions):
        note(f"training, {k + 1} of {repetitions}: qnlp train")
        runs.append(execute([*words, "--json", "--out", str(folder / f"model-{k}")]))
    result = json.loads(runs[-1].stdout)
    scores = {name: split["accuracy"] for name, split in result["scores"].items()}
    scores |= {"loss": result["scores"]["train"]["loss"], "iterations": result["n_iterations"]}
    return scores, runs[1:]


def lambeq(readings: str, python: str) -> list[str]:
    """Its row."""
    note("training: lambeq")
    call(sys.executable, "problem:write_readings", path=readings)
    scores, done = timed_call(python, "peers.lambeq_spsa:train", readings=readings, epochs=EPOCHS)
    return _row("lambeq NumpyModel + SPSA", [done], scores)


def _row(name: str, runs: list[Run], scores: dict[str, Any]) -> list[str]:
    return [
        name,
        seconds(median([r.wall for r in runs])),
        seconds(median([r.cpu for r in runs])),
        f"{scores['loss']:.2g}",
        *(f"{scores[split]:.3f}" for split in ("train", "dev", "test")),
    ]
