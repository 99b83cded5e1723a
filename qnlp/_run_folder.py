"""The folder of a run: its checkpoints by name, the pointer to the newest, and what a kill left.

Nothing here knows what a checkpoint holds; `qnlp.checkpoint` describes the layout.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import socket
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from qnlp._manifest import (
    MANIFEST,
    FileEntry,
    Manifest,
    digest,
    read_bytes,
    sync_folder,
    write_bytes,
)
from qnlp.errors import CheckpointError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "LATEST",
    "POINTER",
    "commit",
    "is_checkpoint_name",
    "list_folders",
    "order",
    "pointer_bytes",
    "prune",
    "remove_leftovers",
    "replace_file",
]

LATEST = "LATEST"
POINTER = re.compile(r"(step-\d{6,18}(?:\.\d{1,9})?) ([0-9a-f]{64})\n")
"""What LATEST holds: the name of a folder and the SHA-256 of its manifest."""

_STEP = re.compile(r"step-(\d{6,18})(?:\.(\d{1,9}))?")
_TEMPORARY = re.compile(r"\.tmp-(\d{1,9})-([0-9a-f]{8})-[0-9a-f]{8}")
_OLD_SECONDS = 3600.0
"""No save takes longer: an older leftover is removed whatever process has its number now."""


def commit(run: Path, step: int, files: Mapping[str, bytes]) -> Path:
    """Write a folder under a temporary name, rename it, and have LATEST name it."""
    temporary, pointer = run / _temporary_name(), run / _temporary_name()
    final = _free_name(run, step)
    is_placed = False
    try:
        temporary.mkdir()
        for name, data in files.items():
            write_bytes(temporary / name, data)
        entries = {name: FileEntry(len(data), digest(data)) for name, data in files.items()}
        manifest = Manifest(step, entries).encode()
        write_bytes(temporary / MANIFEST, manifest)
        sync_folder(temporary)
        write_bytes(pointer, f"{final.name} {digest(manifest)}\n".encode())
        temporary.rename(final)
        is_placed = True
        sync_folder(run)
        pointer.replace(run / LATEST)
        sync_folder(run)
    except BaseException:
        with suppress(OSError):
            pointer.unlink(missing_ok=True)
        shutil.rmtree(temporary, ignore_errors=True)
        if is_placed and not _may_be_latest(run, final):
            _discard(final)
        raise
    return final


def _may_be_latest(run: Path, folder: Path) -> bool:
    try:
        return (run / LATEST).read_bytes().startswith(f"{folder.name} ".encode())
    except OSError as error:
        return not isinstance(error, FileNotFoundError)


def _free_name(run: Path, step: int) -> Path:
    named = pointer_bytes(run).partition(b" ")[0].decode("ascii", "replace")
    present = {path.name for path in run.iterdir()}
    taken = [order(name) for name in present | {named} if _STEP.fullmatch(name)]
    version = max((v for s, v in taken if s == step), default=-1) + 1
    return run / (f"step-{step:06d}" + (f".{version}" if version else ""))


def prune(run: Path, final: Path, keep: int, best: int | None) -> None:
    """Remove what this save made superfluous; a failure costs space, not data."""
    current = order(final.name)
    with suppress(OSError):
        earlier = [f for f in list_folders(run) if order(f.name) < current]
        same = [f for f in earlier if order(f.name)[0] == current[0]]
        others = [f for f in earlier if f not in same]
        for folder in same + [f for f in others[keep - 1 :] if order(f.name)[0] != best]:
            _discard(folder)


def _discard(folder: Path) -> None:
    """Remove a folder; a kill in the middle leaves no half of it under its name."""
    with suppress(OSError):
        shutil.rmtree(folder.rename(folder.parent / _temporary_name()), ignore_errors=True)


def _temporary_name() -> str:
    return f".tmp-{os.getpid()}-{_host()}-{secrets.token_hex(4)}"


def _host() -> str:
    """Tells process numbers of this machine from those of another that shares the folder."""
    return digest(socket.gethostname().encode("utf-8", "replace"))[:8]


def remove_leftovers(run: Path) -> None:
    """Remove what killed processes left. Where that is not allowed, they stay."""
    with suppress(OSError):
        for entry in list(os.scandir(run)):
            found = _TEMPORARY.fullmatch(entry.name)
            if found is None or not _is_leftover(entry, int(found[1]), found[2]):
                continue
            if entry.is_dir(follow_symlinks=False):
                shutil.rmtree(entry.path, ignore_errors=True)
            else:
                Path(entry.path).unlink(missing_ok=True)


def _is_leftover(entry: os.DirEntry[str], pid: int, host: str) -> bool:
    with suppress(OSError):
        if time.time() - entry.stat(follow_symlinks=False).st_mtime > _OLD_SECONDS:
            return True
    if host != _host():
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


def list_folders(run: Path) -> list[Path]:
    """Every checkpoint's folder, the newest step first."""
    found = [path for path in run.iterdir() if is_checkpoint_name(path.name)]
    return sorted(found, key=lambda path: order(path.name), reverse=True)


def is_checkpoint_name(name: str) -> bool:
    """Whether a folder of this name holds a checkpoint."""
    return _STEP.fullmatch(name) is not None


def order(name: str) -> tuple[int, int]:
    """The step in a folder's name, and how often that step was saved before."""
    found = _STEP.fullmatch(name)
    assert found is not None
    return int(found[1]), int(found[2] or 0)


def pointer_bytes(run: Path) -> bytes:
    """What LATEST holds, or nothing where it cannot be read."""
    with suppress(OSError, CheckpointError):
        return read_bytes(run / LATEST, limit=200)
    return b""


def replace_file(path: Path, data: bytes) -> None:
    """Write a file beside the checkpoints, whole or not at all."""
    temporary = path.parent / _temporary_name()
    try:
        write_bytes(temporary, data)
        temporary.replace(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)
