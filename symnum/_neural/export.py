"""A checkpoint as weights to be shipped: halved where that changes nothing, with a card."""

from __future__ import annotations

import datetime
import platform
from dataclasses import asdict, dataclass, field
from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np

from symnum import _checkpoints
from symnum._core import __version__
from symnum._neural import files
from symnum._neural.command import TASKS
from symnum.errors import CheckpointCorruptError

if TYPE_CHECKING:
    from pathlib import Path

LICENCE = "Apache-2.0"
_CHANGED = 1e-3  # of a score, relative to it or to 1: below, halves do as well


@dataclass(frozen=True)
class Told:
    """What a card says that the files do not.

    Parameters
    ----------
    about, data, hardware : str
    limits : tuple of str
    figures : dict
        What was measured, by the command that measures it.
    """

    about: str = ""
    data: str = ""
    hardware: str = ""
    limits: tuple[str, ...] = ()
    figures: dict[str, Any] = field(default_factory=dict)


def export(name: str, run: Path, out: Path, told: Told) -> dict[str, Any]:
    """Write the weights of the newest checkpoint of `run` to `out`, and give their card.

    Raises
    ------
    CheckpointError, CheckpointCorruptError
        If there is none, it is damaged, or it is of another model.
    """
    module, kind = TASKS[name]
    task_class = getattr(import_module(module), kind)
    found = _checkpoints.load(run, task_class.kind)
    task = _task(task_class, found)
    whole = _scores(task, found.tensors.get("model", {}), found)
    scores = _scores(task, files.arrays_of(task.module, np.float16), found)
    is_half = all(abs(scores[k] - v) <= _CHANGED * max(1.0, abs(v)) for k, v in whole.items())
    if not is_half:
        scores = _scores(task, found.tensors["model"], found)
    dtype: Any = np.float16 if is_half else np.float32
    training = found.config.get("training", {})
    card = {
        "model": task_class.kind,
        "parameters": sum(p.numel() for p in task.module.parameters()),
        "stored_as": dtype.__name__,
        "licence": LICENCE,
        "date": datetime.datetime.now(tz=datetime.UTC).date().isoformat(),
        "versions": {
            "monoidal": __version__,
            "python": platform.python_version(),
            "torch": version("torch"),
            "numpy": np.__version__,
        },
        "seed": training.get("seed"),
        "steps": found.step,
        "examples": found.step * task.data.batch_size,
        "training": training,
        "held_out": scores,
        **asdict(told),
    }
    files.save_weights(
        out,
        task.module,
        kind=task_class.kind,
        config=task.config(),
        step=found.step,
        dtype=dtype,
        card=card,
    )
    return card


def _scores(task: Any, arrays: files.Arrays, found: _checkpoints.Checkpoint) -> dict[str, float]:
    """Of these weights, which are the task's from now on."""
    files.set_arrays(task.module, arrays, found.path)
    task.module.eval()
    scores: dict[str, float] = task.scores()
    return scores


def _task(task_class: Any, found: _checkpoints.Checkpoint) -> Any:
    """As it was trained."""
    config = found.config
    try:
        data = {key: value for key, value in config["data"].items() if key != "excluded_sha256"}
        given = {
            section: kind(**(data if section == "data" else config[section]))
            for section, kind in task_class.SECTIONS.items()
        }
    except (KeyError, TypeError, AttributeError) as error:
        message = f"{found.path}/config.json: is not that of {task_class.kind}: {error!r}"
        raise CheckpointCorruptError(message) from error
    return task_class(**given)
