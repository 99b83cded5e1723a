"""Trajectories as a user gives them, checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from symnum._trajectories import as_floats
from symnum.errors import DomainError, ShapeError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

MIN_TIMES = 6
MAX_STATES = 20


@dataclass(frozen=True, eq=False)
class Trajectory:
    """What was measured: NaN where a state was not."""

    times: Array  # (n_times,), never descending
    values: Array  # (n_times, n_states)


def read(t: object, x: object) -> list[Trajectory]:
    """One trajectory from arrays, or several from sequences of arrays."""
    if _is_several(x):
        every = list(x)  # type: ignore[call-overload]
        times = list(t) if _is_several(t) else [t] * len(every)  # type: ignore[call-overload]
        if len(times) != len(every):
            message = f"t has {len(times)} trajectories, x has {len(every)}"
            raise ShapeError(message)
        labels = [f"[{k}]" for k in range(len(every))]
    else:
        every, times, labels = [x], [t], [""]
    if not every:
        message = "x has 0 trajectories, expected at least 1"
        raise ShapeError(message)
    found = [_one(a, b, label) for a, b, label in zip(times, every, labels, strict=True)]
    _check_together(found)
    return found


def _is_several(x: object) -> bool:
    if isinstance(x, np.ndarray):
        return bool(x.ndim == 3 or x.dtype == object)
    return isinstance(x, list | tuple) and len(x) > 0 and np.ndim(x[0]) > 0 and _rank(x[0]) >= 1


def _rank(first: object) -> int:
    """2 for an array of states; a plain list of rows of numbers is one trajectory."""
    return np.ndim(first) if isinstance(first, np.ndarray) or np.ndim(first) == 2 else 0  # type: ignore[arg-type]


def _one(t: object, x: object, label: str) -> Trajectory:
    times = as_floats(t, f"t{label}")
    values = as_floats(x, f"x{label}")
    if values.ndim == 1:
        values = values[:, np.newaxis]
    if values.ndim != 2 or values.shape[1] == 0:
        message = f"x{label} has shape {values.shape}, expected (n_times, n_states)"
        raise ShapeError(message)
    if times.shape != (len(values),):
        message = (
            f"t{label} has shape {times.shape}, expected ({len(values)},): one time a row of x"
        )
        raise ShapeError(message)
    if not np.all(np.isfinite(times)):
        message = f"t{label} has a value that is not finite, expected finite times"
        raise DomainError(message)
    falls = np.flatnonzero(np.diff(times) < 0)
    if len(falls):
        k = int(falls[0]) + 1
        message = (
            f"t{label}[{k}] is {times[k]}, less than the time before it: sort the rows by time"
        )
        raise DomainError(message)
    if np.any(np.isinf(values)):
        row, column = np.argwhere(np.isinf(values))[0]
        message = f"x{label}[{row}, {column}] is infinite, expected numbers, or NaN for no value"
        raise DomainError(message)
    return Trajectory(times, values)


def _check_together(found: Sequence[Trajectory]) -> None:
    n_states = found[0].values.shape[1]
    if n_states > MAX_STATES:
        message = f"x has {n_states} states, expected at most {MAX_STATES}"
        raise ShapeError(message)
    for k, one in enumerate(found):
        if one.values.shape[1] != n_states:
            message = f"x[{k}] has {one.values.shape[1]} states, expected those of x[0]: {n_states}"
            raise ShapeError(message)
    for k in range(n_states):
        if not any(n_known(one, k) >= MIN_TIMES for one in found):
            most = max(n_known(one, k) for one in found)
            message = (
                f"state {k} has values at {most} different times in its longest trajectory,"
                f" expected at least {MIN_TIMES}"
            )
            raise ShapeError(message)


def n_known(one: Trajectory, state: int) -> int:
    """Different times at which a state has a value."""
    return len(np.unique(one.times[np.isfinite(one.values[:, state])]))
