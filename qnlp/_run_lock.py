"""One process at a time writes a run's folder; the kernel forgets the lock of a process that dies."""

from __future__ import annotations

import fcntl
import os
import socket
import threading
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from qnlp.errors import CheckpointError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["locked"]

_mutex = threading.Lock()
_held: dict[tuple[int, int, int], tuple[int, int]] = {}
"""Of each folder (process, device, inode) that this process has locked: descriptor and depth."""


@contextmanager
def locked(run: Path) -> Iterator[None]:
    """Hold the folder of a run against other processes; within this one it may be held again.

    Raises
    ------
    CheckpointError
        At once, if another process holds it; names that process.
    """
    key = _lock(run)
    try:
        yield
    finally:
        _unlock(key)


def _lock(run: Path) -> tuple[int, int, int]:
    found = run.stat()
    key = (os.getpid(), found.st_dev, found.st_ino)
    with _mutex:
        if key in _held:
            descriptor, depth = _held[key]
            _held[key] = descriptor, depth + 1
            return key
        descriptor = os.open(run, os.O_RDONLY | os.O_CLOEXEC)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            message = (
                f"{run}: is being written by {_holder(found)}; wait for it, or give another folder"
            )
            raise CheckpointError(message) from None
        except OSError:  # a file system without locks
            os.close(descriptor)
            descriptor = -1
        _held[key] = descriptor, 1
    return key


def _unlock(key: tuple[int, int, int]) -> None:
    with _mutex:
        if key not in _held:  # the child of a fork, which holds nothing
            return
        descriptor, depth = _held.pop(key)
        if depth > 1:
            _held[key] = descriptor, depth - 1
        elif descriptor >= 0:
            os.close(descriptor)


def _holder(folder: os.stat_result) -> str:
    """The process that the kernel says has the lock."""
    inode = f"{os.major(folder.st_dev):02x}:{os.minor(folder.st_dev):02x}:{folder.st_ino}"
    with suppress(OSError, IndexError):
        for line in Path("/proc/locks").read_text().splitlines():
            fields = line.split()
            if fields[1] == "FLOCK" and fields[5] == inode:
                return f"process {fields[4]} on {socket.gethostname()}"
    return "another process"
