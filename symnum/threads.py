"""How many threads the compiled core works with."""

from __future__ import annotations

import os

from symnum import _core

__all__ = ["num_threads", "set_num_threads"]


def set_num_threads(n_threads: int) -> None:
    """Let each call into the core use this many threads. No result depends on it.

    Parameters
    ----------
    n_threads : int
        1 to 1024. Until it is set, 1.

    Raises
    ------
    DomainError
        If `n_threads` is out of range.

    Examples
    --------
    >>> import symnum
    >>> symnum.set_num_threads(2)
    >>> symnum.num_threads()
    2
    >>> symnum.set_num_threads(1)
    """
    _core.set_num_threads(n_threads)


def num_threads() -> int:
    """The number of threads that a call may use.

    Returns
    -------
    int

    Examples
    --------
    >>> import symnum
    >>> symnum.num_threads() >= 1
    True
    """
    return _core.num_threads()


# The threads of a pool do not live on in a forked child.
os.register_at_fork(after_in_child=lambda: _core.restart_after_fork(_core.num_threads()))
