"""The one door to the checked files of `qnlp.checkpoint`, whose errors leave as symnum's own."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from qnlp import errors as qnlp_errors
from qnlp._run_folder import replace_file
from qnlp._run_lock import locked
from qnlp.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from symnum.errors import CheckpointCorruptError, CheckpointError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    Groups = Mapping[str, Mapping[str, NDArray[Any]]]

__all__ = ["Checkpoint", "holding", "load", "replace_file", "save"]


@contextmanager
def _own_errors() -> Iterator[None]:
    try:
        yield
    except qnlp_errors.CheckpointCorruptError as error:
        raise CheckpointCorruptError(str(error)) from None
    except qnlp_errors.CheckpointError as error:
        found = CheckpointError(str(error))
        found.errno = error.errno
        raise found from None


@contextmanager
def holding(folder: Path) -> Iterator[None]:
    """Hold a folder against other processes that would write it; made where it is absent."""
    with _own_errors():
        folder.mkdir(parents=True, exist_ok=True)
        with locked(folder):
            yield


def save(
    folder: Path,
    step: int,
    tensors: Groups,
    state: Mapping[str, Any],
    config: Mapping[str, Any],
    keep: int = 2,
) -> Path:
    """Write a checkpoint, all of it or nothing."""
    with _own_errors():
        return save_checkpoint(
            folder, step=step, tensors=tensors, state=state, config=config, keep=keep
        )


def load(folder: str | Path, kind: str) -> Checkpoint:
    """Read the newest checkpoint of a folder, of that kind, with every byte checked."""
    with _own_errors():
        return load_checkpoint(folder, expect_class=kind)


def has_checkpoint(folder: Path) -> bool:
    """Whether a folder holds any."""
    return folder.is_dir() and any(folder.glob("step-*"))
