"""The steps of a training, when it ends, and what it leaves.

This file imports torch: import it where it is used, not at the top of a file.
"""

from __future__ import annotations

import json
import math
import signal
import threading
import time
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from symnum import _checkpoints
from symnum._lazy import require
from symnum._neural import files
from symnum._neural.settings import learning_rate
from symnum.errors import CheckpointError, DivergedError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import torch
    from torch import Tensor, nn

    from symnum._neural.settings import Settings
    from symnum.training import Task
else:
    torch = require("torch", extra="torch")

CURVE = "curve.jsonl"
_FREE = {"decay", "checkpoint_every", "evaluate_every", "log_every", "trackers"}
"""Settings that a run may go on with other values of: none changes what was learned before."""
SIGNAL = 1e6  # a wish to stop that is more than those of all processes whose time is over


def _bound(config: dict[str, Any]) -> dict[str, Any]:
    """What a run must go on with as it is."""
    training = config.get("training", {})
    return {**config, "training": {k: v for k, v in training.items() if k not in _FREE}}


class Stop:
    """Whether to end after this step: a signal came, or the time is over."""

    def __init__(self, seconds: float | None) -> None:
        self.end = None if seconds is None else time.monotonic() + seconds
        self.signal = 0

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Ctrl-C and SIGTERM end the step that is under way, then the training."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {s: signal.getsignal(s) for s in (signal.SIGINT, signal.SIGTERM)}
        try:
            for number in before:
                signal.signal(number, self._hear)
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _hear(self, number: int, frame: object) -> None:
        self.signal = number

    def wishes(self) -> float:
        """0 to go on, 1 for the time, more for a signal."""
        if self.signal:
            return SIGNAL
        return float(self.end is not None and time.monotonic() >= self.end)


class Trainer:
    """A task, its optimiser, and how far they are."""

    def __init__(self, task: Task, settings: Settings, folder: Path) -> None:
        accelerate = require("accelerate", extra="torch")
        self.task, self.settings, self.folder = task, settings, folder
        self.accelerator = accelerate.Accelerator(
            cpu=True,
            mixed_precision="no",
            log_with=list(settings.trackers) or None,
            project_dir=str(folder),
        )
        self.rank, self.n_ranks = self.accelerator.process_index, self.accelerator.num_processes
        parameters = list(task.module.parameters())
        groups = [
            {
                "params": [p for p in parameters if p.ndim > 1],
                "weight_decay": settings.weight_decay,
            },
            {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
        ]
        # Some tasks have no vectors among their parameters, and an optimiser no empty group.
        self.optimizer = torch.optim.AdamW(
            [g for g in groups if g["params"]],
            lr=settings.learning_rate,
            betas=(0.9, 0.98),
            fused=True,
        )
        self.step = 0
        self.curve: list[dict[str, float]] = []

    def config(self) -> dict[str, Any]:
        own = {k: v for k, v in asdict(self.settings).items() if k not in {"steps", "keep"}}
        return {"class": self.task.kind, **self.task.config(), "training": own}

    def resume(self) -> None:
        """Go on from the newest checkpoint, where there is one of the same settings."""
        if not _checkpoints.has_checkpoint(self.folder):
            return
        found = _checkpoints.load(self.folder, self.task.kind)
        expected = json.loads(json.dumps(self.config()))
        own = _bound(found.config)
        wrong = [k for k, value in _bound(expected).items() if own.get(k) != value]
        if wrong:
            message = (
                f"{found.path}: was made with other settings ({', '.join(wrong)}),"
                " expected the same, or another folder"
            )
            raise CheckpointError(message)
        files.set_arrays(self.task.module, found.tensors.get("model", {}), found.path)
        files.set_optimizer(self.optimizer, found.tensors.get("optim", {}), found.path)
        self.step = found.step
        self.curve = [dict(row) for row in found.state["curve"]]

    def save(self) -> None:
        if self.rank == 0:
            tensors = {
                "model": files.arrays_of(self.task.module),
                "optim": files.optimizer_arrays(self.optimizer),
            }
            state = {"curve": self.curve}
            keep = self.settings.keep
            _checkpoints.save(self.folder, self.step, tensors, state, self.config(), keep)
            lines = "".join(json.dumps(row) + "\n" for row in self.curve)
            _checkpoints.replace_file(self.folder / CURVE, lines.encode())
        self.accelerator.wait_for_everyone()

    def part(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """The items of a batch that fall to this process."""
        if self.n_ranks == 1:
            return batch
        return {k: torch.tensor_split(v, self.n_ranks)[self.rank] for k, v in batch.items()}

    def begin(self) -> nn.Module:
        """The module as these processes train it together."""
        if self.settings.trackers:
            self.accelerator.init_trackers(self.task.kind.replace(".", "-"))
        self._first, self._begin = self.step, time.monotonic()
        module: nn.Module = self.accelerator.prepare(self.task.module)
        return module

    def note(self, row: dict[str, float], *, is_last: bool, is_hurried: bool) -> bool:
        """Put a step on the curve, if it is time to, with scores, if it is time for these."""
        settings = self.settings
        looks = not is_hurried and (is_last or self.step % settings.evaluate_every == 0)
        if looks:
            self.task.module.eval()
            row |= self.task.scores()
        if not (looks or is_last or self.step % settings.log_every == 0):
            return False
        row["steps_per_second"] = (self.step - self._first) / (time.monotonic() - self._begin)
        self.curve.append(row)
        if settings.trackers:
            self.accelerator.log(row, step=self.step)
        return True

    def end(self) -> None:
        """Close what trackers write."""
        if self.settings.trackers:
            self.accelerator.end_training()

    def advance(self, module: nn.Module, stop: Stop) -> tuple[dict[str, float], float]:
        """One step: its means over all processes, and the strongest wish to stop."""
        torch.manual_seed(int(np.random.SeedSequence([self.settings.seed, self.step, self.rank])
                              .generate_state(1)[0]))  # fmt: skip
        rate = self.settings.learning_rate * learning_rate(self.settings, self.step)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        batch = self.part(self.task.batch(self.step))
        module.train()
        loss = self.task.loss(module, batch)
        names = sorted(loss.values)
        sums = [float(loss.total.detach()), loss.weight, stop.wishes()]
        sums = self.summed([*sums, *(loss.values[name] for name in names)])
        means = {"loss": sums[0] / sums[1]}
        means |= {name: s / sums[1] for name, s in zip(names, sums[3:], strict=True)}
        self.optimizer.zero_grad()
        self.accelerator.backward(loss.total * (self.n_ranks / sums[1]))
        norm = float(self.accelerator.clip_grad_norm_(module.parameters(), self.settings.clip))
        if not math.isfinite(means["loss"] + norm):
            self.diverged(means["loss"], norm)
        self.optimizer.step()
        self.step += 1
        return {"step": self.step, **means, "gradient_norm": norm, "learning_rate": rate}, sums[2]

    def summed(self, values: list[float]) -> list[float]:
        """Over all processes."""
        if self.n_ranks == 1:
            return values
        tensor = torch.tensor(values, dtype=torch.float64)
        torch.distributed.all_reduce(tensor)
        found: list[float] = tensor.tolist()
        return found

    def diverged(self, loss: float, norm: float) -> None:
        good = "none was written"
        if _checkpoints.has_checkpoint(self.folder):
            good = str(_checkpoints.load(self.folder, self.task.kind).path)
        message = (
            f"loss is {loss} and the norm of its gradient {norm} at step {self.step + 1},"
            f" seed {self.settings.seed}; last good checkpoint: {good}"
        )
        raise DivergedError(message)
