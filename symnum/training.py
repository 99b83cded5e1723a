"""One loop that trains every learned model here, alone or in several processes.

A `Task` says what is learned: a module, its batches, its loss. The batch of a step is a function
of the step, and randomness in a step of its number, so that a training that was stopped goes on
from its checkpoint to the same bits. Several processes share each batch and give, to rounding, what
one does: start them with ``accelerate launch``.

This file imports torch: import it where it is used, not at the top of a file.
"""

from __future__ import annotations

import signal
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from symnum import _checkpoints
from symnum._neural.settings import Settings, learning_rate
from symnum._neural.trainer import SIGNAL, Stop, Trainer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from os import PathLike

    from numpy.typing import NDArray
    from torch import Tensor, nn

__all__ = ["Chunks", "Loss", "Outcome", "Settings", "Task", "learning_rate", "train"]

_CHUNK_SEED = 7


@dataclass
class Loss:
    """A sum over what a process looked at.

    Parameters
    ----------
    total : Tensor
        The sum of the losses, with its gradient.
    weight : float
        Of how many, items or tokens.
    values : dict of str to float
        More sums, to be shown as means.
    """

    total: Tensor
    weight: float
    values: dict[str, float] = field(default_factory=dict)


class Task(Protocol):
    """What is learned.

    Attributes
    ----------
    kind : str
        The ``class`` in its files, such as ``"symnum.propose"``.
    module : torch.nn.Module
        On the CPU; made from the seed that the task was given.
    """

    kind: str
    module: nn.Module

    def config(self) -> dict[str, Any]:
        """All that makes the model and its examples, as JSON: a run goes on with the same only."""

    def batch(self, step: int) -> dict[str, Tensor]:
        """The batch of a step: a function of the step alone. The first axis is that of items."""

    def loss(self, module: nn.Module, batch: dict[str, Tensor]) -> Loss:
        """The loss of a part of a batch; `module` is the task's own, as it was prepared to train."""

    def scores(self) -> dict[str, float]:
        """How good the module is on held-out examples."""


class Chunks:
    """Examples in chunks of several batches, those of about equal length in one batch.

    Parameters
    ----------
    make : callable
        From the number of a chunk to its examples and their lengths: a function of the number
        alone. ``n_batches * batch_size`` examples.
    batch_size : int
    n_batches : int
        A chunk.

    Notes
    -----
    Within a chunk, examples are sorted by length and cut into batches, which come in random order.

    Examples
    --------
    >>> import numpy as np
    >>> from symnum.training import Chunks
    >>> chunks = Chunks(lambda k: (list("dbca"), np.array([4, 2, 3, 1])), 2, 2)
    >>> sorted(chunks.items(k) for k in range(2))
    [['a', 'b'], ['c', 'd']]
    """

    def __init__(
        self,
        make: Callable[[int], tuple[Sequence[Any], NDArray[np.int64]]],
        batch_size: int,
        n_batches: int,
    ) -> None:
        self._make, self._size, self._n = make, batch_size, n_batches
        self._number = -1
        self._batches: list[list[Any]] = []

    def items(self, step: int) -> list[Any]:
        """The examples of a step's batch.

        Parameters
        ----------
        step : int

        Returns
        -------
        list
        """
        number, place = divmod(step, self._n)
        if number != self._number:
            examples, lengths = self._make(number)
            order = np.argsort(lengths, kind="stable").reshape(self._n, self._size)
            shuffle = np.random.default_rng([_CHUNK_SEED, number]).permutation(self._n)
            self._batches = [[examples[k] for k in row] for row in order[shuffle]]
            self._number = number
        return self._batches[place]


@dataclass(frozen=True)
class Outcome:
    """How a sitting ended.

    Parameters
    ----------
    step : int
        Steps that are done, over all sittings.
    is_complete : bool
        Whether these are all.
    stopped_by : str
        ``"steps"`` or ``"time"``.
    record : dict
        The last line of the curve.
    """

    step: int
    is_complete: bool
    stopped_by: str
    record: dict[str, float]


def train(
    task: Task,
    settings: Settings,
    folder: str | PathLike[str],
    *,
    max_seconds: float | None = None,
    on_record: Callable[[dict[str, float]], None] = lambda _: None,
) -> Outcome:
    """Train a task, from its last checkpoint if `folder` has one.

    Parameters
    ----------
    task : Task
    settings : Settings
        With those of the run that it goes on with, but for `steps`, `decay`, `keep`, `trackers` and
        what is done every so many steps.
    folder : path
        For checkpoints (see `qnlp.checkpoint`), curve.jsonl, and what trackers write.
    max_seconds : float, optional
        End this sitting, with a checkpoint, after the step in which they are over.
    on_record : callable
        Given each line of the curve, in the first process.

    Returns
    -------
    Outcome

    Raises
    ------
    DivergedError
        If a loss or gradient is NaN or infinite: names the step and the last good checkpoint.
    CheckpointError
        If the folder has a run of other settings, or another process writes it.
    KeyboardInterrupt, SystemExit
        At Ctrl-C or SIGTERM, after the step under way is done and a checkpoint written.

    Notes
    -----
    AdamW (Loshchilov and Hutter, arXiv:1711.05101) in float32. With several processes
    (``accelerate launch``, or torchrun) each looks at its part of every batch, and gradients are
    those of the whole.

    Examples
    --------
    See `symnum.propose`.
    """
    trainer = Trainer(task, settings, Path(folder))
    if trainer.rank == 0:
        with _checkpoints.holding(trainer.folder):
            return _run(trainer, max_seconds, on_record)
    return _run(trainer, max_seconds, lambda _: None)


def _run(
    trainer: Trainer, max_seconds: float | None, on_record: Callable[[dict[str, float]], None]
) -> Outcome:
    trainer.resume()
    module = trainer.begin()
    steps, stop, wish = trainer.settings.steps, Stop(max_seconds), 0.0
    with stop.listening():
        while trainer.step < steps and not wish:
            row, wish = trainer.advance(module, stop)
            is_last = wish > 0 or trainer.step == steps
            if trainer.note(row, is_last=is_last, is_hurried=wish >= SIGNAL):
                on_record(row)
            if is_last or trainer.step % trainer.settings.checkpoint_every == 0:
                trainer.save()
    trainer.end()
    if wish >= SIGNAL:
        _leave(stop.signal, trainer.step)
    record = trainer.curve[-1] if trainer.curve else {}
    return Outcome(trainer.step, trainer.step >= steps, "time" if wish else "steps", record)


def _leave(number: int, step: int) -> None:
    """As the signal would have it, now that all is saved; 0 is another process's."""
    if number == signal.SIGTERM:
        raise SystemExit(128 + number)
    message = f"stopped after step {step}, which is saved"
    raise KeyboardInterrupt(message)
