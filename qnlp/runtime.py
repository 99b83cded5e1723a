"""Threads and memory of the compiled core.

Results are equal for any number of threads. A call that would take more memory than the limit is
refused before it takes any.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from qnlp import _core
from qnlp.errors import DomainError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "available_threads",
    "format_bytes",
    "memory_limit",
    "num_threads",
    "set_memory_limit",
    "set_num_threads",
]

_CGROUP = Path("/sys/fs/cgroup")
_MEMINFO = Path("/proc/meminfo")
_SHARE = 0.8  # of available memory: the rest of the process needs some too
_FALLBACK = 2 * 2**30  # bytes, where the system says nothing

_NEGLIGIBLE = 16 * 2**20

_user_limit: int | None = None
_n_threads = 1  # as last set: a forked child must not ask the core, which may be locked


def set_num_threads(n_threads: int) -> None:
    """Set how many threads a call of the core may use.

    Parameters
    ----------
    n_threads : int
        1 to 1024.

    Raises
    ------
    DomainError
        If it is out of range.

    Examples
    --------
    >>> import qnlp
    >>> before = qnlp.num_threads()
    >>> qnlp.set_num_threads(2)
    >>> qnlp.num_threads()
    2
    >>> qnlp.set_num_threads(before)
    """
    if isinstance(n_threads, bool) or not isinstance(n_threads, int):
        message = f"n_threads must be an int, got {type(n_threads).__name__}"
        raise TypeError(message)
    if not 1 <= n_threads <= 1024:
        message = f"n_threads is {n_threads}, expected 1 to 1024"
        raise DomainError(message)
    global _n_threads
    _core.set_num_threads(n_threads)
    _n_threads = n_threads


def num_threads() -> int:
    """How many threads a call of the core may use.

    Examples
    --------
    >>> import qnlp
    >>> qnlp.num_threads() >= 1
    True
    """
    return _core.num_threads()


def available_threads() -> int:
    """Threads to begin with: ``OMP_NUM_THREADS``, else the processors that this process may use.

    Examples
    --------
    >>> from qnlp.runtime import available_threads
    >>> available_threads() >= 1
    True
    """
    wanted = os.environ.get("OMP_NUM_THREADS", "").split(",")[0].strip()
    if wanted.isdecimal() and 1 <= int(wanted) <= 1024:
        return int(wanted)
    cores = (
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    )
    quota = _cpu_quota()
    return max(1, min(cores, quota) if quota else cores)


def _cpu_quota() -> int | None:
    """Processors that the control group allows, rounded up."""
    try:
        quota, period = (_CGROUP / "cpu.max").read_text().split()
        return None if quota == "max" else -(-int(quota) // int(period))
    except (OSError, ValueError):
        return None


def set_memory_limit(n_bytes: int | None) -> None:
    """Set the most bytes that one call may take; None goes back to what the system says.

    Examples
    --------
    >>> import qnlp
    >>> qnlp.set_memory_limit(2**30)
    >>> qnlp.memory_limit() <= 2**30
    True
    >>> qnlp.set_memory_limit(None)
    """
    global _user_limit
    if n_bytes is not None and n_bytes < 0:
        message = f"n_bytes is {n_bytes}, expected 0 or more"
        raise DomainError(message)
    _user_limit = n_bytes


def memory_limit() -> int:
    """The most bytes that one call may take.

    Returns
    -------
    int
        The least of the user's limit, what the control group leaves, and 80 % of the memory that is
        available now.

    Examples
    --------
    >>> import qnlp
    >>> qnlp.memory_limit() > 0
    True
    """
    known = [n for n in (_user_limit, _left_in_cgroup(), _available()) if n is not None]
    return min(known, default=_FALLBACK)


def limit_to_ask() -> int | Callable[[], int]:
    """`memory_limit`, or where the user has set none a function that the core calls if it has to."""
    return memory_limit if _user_limit is None else memory_limit()


def limit_for(n_bytes: int) -> int:
    """`memory_limit`, without asking the system where so few bytes can not matter.

    Asking takes 60 us, which is more than a small data set's whole gradient.
    """
    if n_bytes <= _NEGLIGIBLE:
        return _NEGLIGIBLE if _user_limit is None else _user_limit
    return memory_limit()


def _available() -> int | None:
    try:
        for line in _MEMINFO.read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(_SHARE * 1024 * int(line.split()[1]))
    except (OSError, ValueError):
        pass
    return None


def _left_in_cgroup() -> int | None:
    try:
        text = (_CGROUP / "memory.max").read_text().strip()
        if text == "max":
            return None
        return max(0, int(text) - int((_CGROUP / "memory.current").read_text()))
    except (OSError, ValueError):
        return None


def format_bytes(n_bytes: float) -> str:
    """Bytes for people, in powers of 1024.

    Examples
    --------
    >>> from qnlp.runtime import format_bytes
    >>> format_bytes(65536), format_bytes(2 ** 45)
    ('64 KiB', '32.0 TiB')
    """
    units = ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
    unit = 0
    if n_bytes >= 2**64:
        return "over 16 EiB"
    while n_bytes >= 1024 and unit < len(units) - 1:
        n_bytes /= 1024
        unit += 1
    return f"{n_bytes:.1f} {units[unit]}" if unit > 1 else f"{n_bytes:.0f} {units[unit]}"


set_num_threads(available_threads())
if hasattr(os, "register_at_fork"):
    # A forked child has none of its parent's threads.
    os.register_at_fork(after_in_child=lambda: _core.restart_after_fork(_n_threads))
