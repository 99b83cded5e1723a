"""The weights that come with the package, and their cards. Reading a card needs no torch."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from symnum import _checkpoints
from symnum.errors import CheckpointCorruptError, CheckpointError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from os import PathLike

FOLDER = Path(__file__).parents[1] / "weights"
MODELS = ("propose", "prose", "snip")


def folder_of(name: str, weights: str | PathLike[str] | None) -> Path:
    """`weights`, or without them the folder that comes with the package.

    Raises
    ------
    CheckpointError
        If the package came without.
    """
    if weights is not None:
        return Path(weights)
    folder = FOLDER / name
    if not folder.is_dir():
        message = (
            f"{folder}: no such directory, this installation has no weights of {name!r}: install"
            f" monoidal again, or train them (symnum train {name}) and name their folder"
        )
        raise CheckpointError(message)
    return folder


@contextmanager
def advising(weights: str | PathLike[str] | None) -> Iterator[None]:
    """Says of weights of the package that are damaged what helps."""
    try:
        yield
    except CheckpointCorruptError as error:
        if weights is not None:
            raise
        message = f"{error}; these files came with the package: install monoidal again"
        raise CheckpointCorruptError(message) from None


def card_of(name: str, weights: str | PathLike[str] | None = None) -> dict[str, Any]:
    """What is known of some weights, every byte of them being checked; empty of a mere run.

    Raises
    ------
    CheckpointError, CheckpointCorruptError
        If the files are absent, damaged or of another model.
    """
    with advising(weights):
        found = _checkpoints.load(folder_of(name, weights), f"symnum.{name}")
    return dict(found.state.get("card", {}))


def cards() -> dict[str, dict[str, Any]]:
    """The card of each model that there is."""
    return {name: card_of(name) for name in MODELS if (FOLDER / name).is_dir()}
