"""`symnum train`: a model by its name, settings from a file, checkpoints in a folder."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any

from symnum import _checkpoints
from symnum._lazy import require
from symnum._neural.config import read_config
from symnum.errors import DomainError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from symnum._neural.settings import Settings

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
    finish: int | None = None,
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
    from symnum._neural.settings import Settings
    from symnum.training import train

    module, kind = TASKS[name]
    task_class = getattr(import_module(module), kind)
    sections = read_config(config, {"training": Settings, **task_class.SECTIONS})
    settings = sections.pop("training")
    if steps is not None:
        settings = replace(settings, steps=steps)
    if finish is not None:
        settings = _finishing(settings, folder, task_class.kind, finish)
    task = task_class(**sections, seed=settings.seed)
    found = train(task, settings, folder, max_seconds=seconds, on_record=on_record)
    if export is not None:
        from symnum._neural.export import Told
        from symnum._neural.export import export as write

        write(name, folder, export, Told())
    return {
        "model": str(folder),
        "step": found.step,
        "is_complete": found.is_complete,
        "record": found.record,
    }


def _finishing(settings: Settings, folder: Path, kind: str, n: int) -> Settings:
    """Those that end the run after `n` more steps, over which the learning rate falls."""
    if n < 1:
        message = f"finish is {n}, expected at least 1 step"
        raise DomainError(message)
    done = _checkpoints.load(folder, kind).step if _checkpoints.has_checkpoint(folder) else 0
    return replace(settings, steps=done + n, decay=n / (done + n))
