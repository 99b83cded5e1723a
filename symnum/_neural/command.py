"""`symnum train`: a model by its name, settings from a file, checkpoints in a folder."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any

from symnum._lazy import require
from symnum._neural.config import read_config
from symnum.errors import DomainError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TASKS = {
    "propose": ("symnum._propose.model", "ProposeTask"),
    "prose": ("symnum._prose.model", "ProseTask"),
    "snip": ("symnum._snip.model", "SnipTask"),
}
"""The module and the class of each model that can be trained."""


def run(
    name: str,
    config: Path,
    folder: Path,
    *,
    steps: int | None = None,
    seconds: float | None = None,
    threads: int = 1,
    export: Path | None = None,
    on_record: Callable[[dict[str, float]], None] = lambda _: None,
) -> dict[str, Any]:
    """Train, or go on, and say how it ended.

    Threads that wait for each other are slow on busy cores: processes share them better.
    """
    torch = require("torch", extra="torch")
    if threads < 1:
        message = f"threads is {threads}, expected at least 1"
        raise DomainError(message)
    torch.set_num_threads(threads)
    from symnum._neural.files import save_weights
    from symnum.training import Settings, train

    module, kind = TASKS[name]
    task_class = getattr(import_module(module), kind)
    sections = read_config(config, {"training": Settings, **task_class.SECTIONS})
    settings = sections.pop("training")
    if steps is not None:
        settings = replace(settings, steps=steps)
    task = task_class(**sections, seed=settings.seed)
    found = train(task, settings, folder, max_seconds=seconds, on_record=on_record)
    if export is not None:
        task.module.eval()
        save_weights(export, task.module, kind=task.kind, config=task.config(), step=found.step)
    return {
        "model": str(folder),
        "step": found.step,
        "is_complete": found.is_complete,
        "record": found.record,
    }
