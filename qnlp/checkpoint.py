"""Checkpoints that survive a kill, a full disk and a flipped bit.

A run directory holds one folder a checkpoint, and the name of the newest::

    run/step-000420/model.safetensors    one such file a key of `tensors`
                    state.json
                    config.json
                    manifest.json        format, version, size and SHA-256 of each file
    run/LATEST                           a folder's name, and the SHA-256 of its manifest

A checkpoint is written to ``.tmp-<pid>-<host>-<random>`` beside them, each file synced and the
manifest last, and renamed; then LATEST is replaced, and old checkpoints go. So at every instant a
reader finds either the old state or the new one. A step that is saved again becomes
``step-000420.1``. Nothing here is ever unpickled.
"""

from __future__ import annotations

import json
import operator
import os
import warnings
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load as decode_tensors
from safetensors.numpy import save as encode_tensors

from qnlp._manifest import (
    FILE_NAME,
    MANIFEST,
    MAX_MANIFEST_BYTES,
    digest,
    parse_json,
    read_bytes,
    read_manifest,
    sync_folder,
)
from qnlp._run_folder import (
    LATEST,
    POINTER,
    commit,
    is_checkpoint_name,
    list_folders,
    order,
    pointer_bytes,
    prune,
    remove_leftovers,
)
from qnlp.errors import CheckpointCorruptError, CheckpointError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Tensors = Mapping[str, NDArray[Any]]

__all__ = ["Checkpoint", "load_checkpoint", "save_checkpoint"]

_SUFFIX = ".safetensors"


@dataclass(frozen=True)
class Checkpoint:
    """What `load_checkpoint` found.

    Parameters
    ----------
    tensors : dict of str to dict of str to ndarray
        By file, then by name; writable.
    state, config : dict
        As they were saved, after a round trip through JSON: tuples are lists.
    step : int
    path : Path
        The folder that it was read from.
    """

    tensors: dict[str, dict[str, NDArray[Any]]]
    state: dict[str, Any]
    config: dict[str, Any]
    step: int
    path: Path


def save_checkpoint(
    run_dir: str | Path,
    *,
    step: int,
    tensors: Mapping[str, Tensors],
    state: Mapping[str, Any],
    config: Mapping[str, Any],
    keep: int = 2,
    best: int | None = None,
) -> Path:
    """Save a checkpoint, so that either all of it is there or none.

    Parameters
    ----------
    run_dir : str or Path
        Made if it is absent.
    step : int
        0 or more. A step that is there already is replaced once the new one is complete.
    tensors : mapping of str to mapping of str to ndarray
        One ``.safetensors`` file a key, such as ``"model"`` and ``"optim"``. Any dtype that
        safetensors has; any layout and byte order.
    state : mapping
        What changes during a run, as JSON: counters, states of random generators as integers.
    config : mapping
        What makes the object, as JSON; its kind under ``class``.
    keep : int, default 2
        How many checkpoints stay: this one and those of the steps before it.
    best : int, optional
        A step that stays beyond those.

    Returns
    -------
    Path
        The folder of the checkpoint.

    Raises
    ------
    CheckpointError
        If it cannot be written, or a value is of a kind that cannot be saved. Earlier checkpoints
        are as they were, and nothing is left behind.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from qnlp.checkpoint import load_checkpoint, save_checkpoint
    >>> run = tempfile.mkdtemp()
    >>> path = save_checkpoint(
    ...     run, step=420, tensors={"model": {"angles": np.arange(3.0)}}, state={"epoch": 7}, config={}
    ... )
    >>> path.name
    'step-000420'
    >>> load_checkpoint(run).tensors["model"]["angles"]
    array([0., 1., 2.])
    """
    step, keep = _at_least("step", step, 0), _at_least("keep", keep, 1)
    files = _encode(tensors, state, config)
    run = Path(run_dir)
    made = [folder for folder in (run, *run.parents) if not os.path.lexists(folder)]
    try:
        run.mkdir(parents=True, exist_ok=True)
        for folder in made:
            sync_folder(folder.parent)
        remove_leftovers(run)
        final = commit(run, step, files)
    except OSError as error:
        for folder in made:
            with suppress(OSError):
                folder.rmdir()
        message = f"{run}: step {step} cannot be saved: {error.strerror or error}"
        failure = CheckpointError(message)
        failure.errno = error.errno
        raise failure from error
    prune(run, final, keep, best)
    return final


def load_checkpoint(
    run_dir: str | Path,
    *,
    step: int | None = None,
    allow_previous: bool = False,
    expect_class: str | None = None,
) -> Checkpoint:
    """Load a checkpoint, having checked every byte of it.

    Parameters
    ----------
    run_dir : str or Path
        The folder of a run, or that of one checkpoint in it.
    step : int, optional
        By default the one that was saved last.
    allow_previous : bool, default False
        Whether to fall back, with a warning, to the newest earlier one that is good.
    expect_class : str, optional
        What ``config["class"]`` must be.

    Returns
    -------
    Checkpoint

    Raises
    ------
    CheckpointCorruptError
        If a file is not the one that was written; names it, what is wrong with it, and the newest
        earlier checkpoint that is good.
    CheckpointError
        If there is none, it holds another class, or a newer version of the package wrote it.

    Examples
    --------
    >>> import tempfile
    >>> from qnlp.checkpoint import load_checkpoint, save_checkpoint
    >>> run = tempfile.mkdtemp()
    >>> _ = save_checkpoint(run, step=1, tensors={}, state={"epoch": 7}, config={"class": "Model"})
    >>> load_checkpoint(run, expect_class="Model").state
    {'epoch': 7}
    """
    run, wanted = Path(run_dir), None
    if is_checkpoint_name(run.name) and os.path.lexists(run / MANIFEST):
        run, wanted = run.parent, run.name
    if step is not None:
        step = _at_least("step", step, 0)
    for _ in range(3):
        before = pointer_bytes(run)
        try:
            return _load(run, wanted, step, allow_previous, expect_class)
        except CheckpointCorruptError:
            # A run that goes on may have pruned the folder under our hands.
            if pointer_bytes(run) == before:
                raise
    return _load(run, wanted, step, allow_previous, expect_class)


def _encode(
    tensors: Mapping[str, Tensors], state: Mapping[str, Any], config: Mapping[str, Any]
) -> dict[str, bytes]:
    """Every file but the manifest, in memory: what cannot be saved fails before the disk is met."""
    files = {}
    for key, group in tensors.items():
        if not FILE_NAME.fullmatch(f"{key}{_SUFFIX}"):
            message = f"tensors has the key {key!r}, expected letters, digits, '-' and '_'"
            raise CheckpointError(message)
        arrays = {str(name): np.asarray(array, order="C") for name, array in group.items()}
        try:
            files[key + _SUFFIX] = encode_tensors(arrays)
        except (SafetensorError, KeyError, ValueError, TypeError) as error:
            kinds = {name: str(array.dtype) for name, array in arrays.items()}
            message = f"tensors[{key!r}] cannot be saved: {error} (dtypes: {kinds})"
            raise CheckpointError(message) from None
    for name, value in (("state", state), ("config", config)):
        try:
            files[f"{name}.json"] = json.dumps(dict(value)).encode()
        except (TypeError, ValueError, RecursionError) as error:
            message = f"{name} is not JSON: {error}"
            raise CheckpointError(message) from None
    return files


def _load(
    run: Path, wanted: str | None, step: int | None, allow_previous: bool, expect_class: str | None
) -> Checkpoint:
    folders = _folders(run)
    try:
        if wanted is None and step is None:
            folder, said = _latest(run, folders)
        else:
            folder, said = _asked_for(run, folders, wanted, step), None
        wanted = folder.name
        return _read(folder, said, expect_class)
    except CheckpointCorruptError as error:
        limit = order(wanted) if wanted else None
        earlier = [f for f in folders if limit is None or order(f.name) < limit]
        previous = _first_good(earlier, expect_class)
        if previous is None:
            message = f"{error}; no previous checkpoint is good"
            raise CheckpointCorruptError(message) from None
        if not allow_previous:
            message = f"{error}; previous good: {previous.path.name}"
            raise CheckpointCorruptError(message) from None
        warnings.warn(f"{error}; loaded {previous.path.name} instead", stacklevel=3)
        return previous


def _folders(run: Path) -> list[Path]:
    """The checkpoints of a run, the newest step first, once leftovers are gone."""
    if not os.path.isdir(run):  # noqa: PTH112 - a Path raises where a name is too long
        what = "is no directory" if os.path.lexists(run) else "no such directory"
        message = f"{run}: {what}, expected that of a saved model"
        raise CheckpointError(message)
    remove_leftovers(run)
    try:
        return list_folders(run)
    except OSError as error:
        message = f"{run}: cannot be read: {error.strerror}"
        raise CheckpointError(message) from None


def _asked_for(run: Path, folders: Sequence[Path], wanted: str | None, step: int | None) -> Path:
    """The folder of that name, or the one of a step; of several, the one that LATEST names."""
    latest = pointer_bytes(run).partition(b" ")[0]
    found = [
        folder
        for folder in folders
        if wanted in (None, folder.name) and step in (None, order(folder.name)[0])
    ]
    found.sort(key=lambda folder: folder.name.encode() != latest)
    if not found:
        message = f"{run}: has no step {step}, only {[folder.name for folder in folders[:20]]}"
        raise CheckpointError(message)
    return found[0]


def _latest(run: Path, folders: Sequence[Path]) -> tuple[Path, str | None]:
    """The folder that LATEST names, and the SHA-256 of its manifest."""
    if not os.path.lexists(run / LATEST):
        if not folders:
            message = f"{run}: has no checkpoint, expected folders such as step-000001"
            raise CheckpointError(message)
        return folders[0], None  # killed before the first save was acknowledged
    data = read_bytes(run / LATEST, limit=200)
    found_name = POINTER.fullmatch(data.decode("ascii", "replace"))
    if found_name is None:
        message = f"{run / LATEST}: does not name a checkpoint"
        raise CheckpointCorruptError(message)
    folder = run / found_name[1]
    if not os.path.lexists(folder):
        message = f"{run / LATEST}: names {folder.name}, which is missing"
        raise CheckpointCorruptError(message)
    return folder, found_name[2]


def _first_good(folders: Sequence[Path], expect_class: str | None) -> Checkpoint | None:
    for folder in folders:
        with suppress(CheckpointError):
            return _read(folder, None, expect_class)
    return None


def _read(folder: Path, said: str | None, expect_class: str | None) -> Checkpoint:
    """Manifest, then sizes, digests, tensors and keys; the first that does not fit is named."""
    if folder.is_symlink():
        message = f"{folder}: is a symbolic link, expected a directory"
        raise CheckpointCorruptError(message)
    path = folder / MANIFEST
    data = read_bytes(path, limit=MAX_MANIFEST_BYTES)
    manifest = read_manifest(path, data)
    if manifest.step != order(folder.name)[0]:
        message = f"{path}: is of step {manifest.step}, expected that of {folder.name}"
        raise CheckpointCorruptError(message)
    if said is not None and digest(data) != said:
        message = f"{folder.parent / LATEST}: SHA-256 is not that of {folder.name}/{MANIFEST}"
        raise CheckpointCorruptError(message)
    missing = {"state.json", "config.json"} - set(manifest.files)
    if missing:
        message = f"{path}: lacks {sorted(missing)}"
        raise CheckpointCorruptError(message)
    contents = {name: read_bytes(folder / name, entry) for name, entry in manifest.files.items()}
    state, config = (parse_json(folder / n, contents[n]) for n in ("state.json", "config.json"))
    if expect_class is not None and config.get("class") != expect_class:
        message = f"{folder}: holds {config.get('class')!r}, expected {expect_class!r}"
        raise CheckpointError(message)
    tensors = {
        name.removesuffix(_SUFFIX): _decode(folder / name, content)
        for name, content in contents.items()
        if name.endswith(_SUFFIX)
    }
    return Checkpoint(tensors, state, config, manifest.step, folder)


def _decode(path: Path, data: bytes) -> dict[str, NDArray[Any]]:
    try:
        return {name: array.copy() for name, array in decode_tensors(data).items()}
    except (SafetensorError, KeyError, ValueError, TypeError, OverflowError) as error:
        message = f"{path}: is not safetensors ({error})"
        raise CheckpointCorruptError(message) from None


def _at_least(name: str, value: int, least: int) -> int:
    try:
        number = operator.index(value)
    except TypeError:
        number = least - 1
    if number < least or isinstance(value, bool):
        message = f"{name} has {value!r}, expected an integer of at least {least}"
        raise CheckpointError(message)
    return number
