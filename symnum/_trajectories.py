"""What `ODESystem.simulate` takes and gives, as arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from symnum._core import ode
from symnum.errors import ShapeError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

Solved = tuple[
    "NDArray[np.float64]",
    "NDArray[np.uint8]",
    "NDArray[np.bool_]",
    "NDArray[np.float64]",
    "NDArray[np.uint64]",
    "NDArray[np.uint64]",
]

Batch = tuple["NDArray[np.float64]", "NDArray[np.float64]", "NDArray[np.float64]"]

_NAMES = tuple(name for name, _ in ode.OUTCOMES)
_MESSAGES = dict(ode.OUTCOMES)


@dataclass(frozen=True)
class Simulation:
    """Trajectories, and how each of them ended.

    One trajectory has no axis of that name: its `values` have shape (n_times, n_states) and its
    other attributes are of shape ().

    Attributes
    ----------
    times : ndarray of float64, shape (n_times,) or (n_trajectories, n_times)
    values : ndarray of float64, shape (n_trajectories, n_times, n_states)
        NaN from where a trajectory ended early.
    outcomes : ndarray of str, shape (n_trajectories,)
        ``"finished"``, ``"blow_up"``, ``"not_finite"``, ``"step_too_small"``, ``"steps_spent"`` or
        ``"seconds_spent"``; `message` has them as sentences.
    end_times : ndarray of float64, shape (n_trajectories,)
        The time that each reached.
    n_steps, n_rejected : ndarray of uint64, shape (n_trajectories,)
        Steps that were kept, and steps that were tried again with a smaller size.
    was_stiff : ndarray of bool, shape (n_trajectories,)
        Whether the stiff method did it, or the rest of it.
    sensitivities : ndarray of float64, shape (n_trajectories, n_times, n_states, n_names), or None
        Derivatives of `values` by each name that was asked for.
    """

    times: NDArray[np.float64]
    values: NDArray[np.float64]
    outcomes: NDArray[np.str_]
    end_times: NDArray[np.float64]
    n_steps: NDArray[np.uint64]
    n_rejected: NDArray[np.uint64]
    was_stiff: NDArray[np.bool_]
    sensitivities: NDArray[np.float64] | None = None

    @property
    def finished(self) -> bool:
        """Whether every trajectory reached its last time."""
        return bool(np.all(self.outcomes == "finished"))

    @property
    def message(self) -> str:
        """How the trajectories ended, in one sentence for each way.

        Returns
        -------
        str
            Such as ``"3 of 4: values at all times; 1 of 4: the right-hand side is NaN ..."``.
        """
        found, counts = np.unique(self.outcomes, return_counts=True)
        parts = [
            f"{count} of {self.outcomes.size}: {_MESSAGES[str(name)]}"
            for name, count in zip(found, counts, strict=True)
        ]
        return "; ".join(parts)

    def __repr__(self) -> str:
        return f"<Simulation of shape {self.values.shape}: {self.message}>"


def simulation(
    solved: Solved,
    times: NDArray[np.float64],
    n_states: int,
    order: Sequence[int],
    single: bool,
) -> Simulation:
    """Name what the core gives: directions in that order, and one trajectory without an axis."""
    raw, codes, stiff, end_times, n_steps, n_rejected = solved
    first = 0 if single else slice(None)
    shape = (*raw.shape[:2], -1, n_states)
    blocks = np.moveaxis(np.reshape(raw, shape), 2, 3)
    directions = [1 + k for k in order]
    return Simulation(
        times=times,
        values=np.ascontiguousarray(blocks[first][..., 0], np.float64),
        outcomes=np.asarray(np.array(_NAMES)[codes.astype(np.intp)])[first],
        end_times=end_times[first],
        n_steps=n_steps[first],
        n_rejected=n_rejected[first],
        was_stiff=stiff[first],
        sensitivities=blocks[first][..., directions] if directions else None,
    )


def as_floats(values: object, name: str) -> NDArray[np.float64]:
    """Float64 of any shape, from real numbers."""
    array = np.asarray(values)
    if array.dtype.kind not in "biuf":
        message = f"{name} has values of type {array.dtype}, expected real numbers"
        raise ShapeError(message)
    return array.astype(np.float64, copy=False)


def as_parameters(
    given: Mapping[str, ArrayLike] | ArrayLike | None,
    names: Sequence[str],
    defaults: Mapping[str, float],
) -> NDArray[np.float64]:
    """Shape (n_names,) or (n_trajectories, n_names)."""
    if given is not None and not isinstance(given, Mapping):
        array = as_floats(given, "parameters")
        if array.ndim not in {1, 2} or array.shape[-1] != len(names):
            message = (
                f"parameters has shape {array.shape}, expected ({len(names)},) or"
                f" (n_trajectories, {len(names)}): {', '.join(names) or 'none'}"
            )
            raise ShapeError(message)
        return array
    values = {**defaults, **(given or {})}
    unknown = [name for name in values if name not in names]
    missing = [name for name in names if name not in values]
    if unknown or missing:
        what = f"an unknown name {unknown[0]!r}" if unknown else f"no value for {missing[0]!r}"
        message = f"parameters has {what}, expected {', '.join(names) or 'none'}"
        raise ShapeError(message)
    columns = [as_floats(values[name], f"parameter {name!r}") for name in names]
    return _stack(columns, names)


def _stack(columns: list[NDArray[np.float64]], names: Sequence[str]) -> NDArray[np.float64]:
    if not columns:
        return np.empty(0)
    lengths = {c.shape for c in columns} - {()}
    if len(lengths) > 1 or any(len(shape) > 1 for shape in lengths):
        shapes = ", ".join(f"{n} {c.shape}" for n, c in zip(names, columns, strict=True))
        message = f"parameters have shapes {shapes}, expected () or one (n_trajectories,)"
        raise ShapeError(message)
    return np.stack(np.broadcast_arrays(*columns), axis=-1)


def as_batch(
    initial: NDArray[np.float64],
    parameters: NDArray[np.float64],
    times: NDArray[np.float64],
    n_states: int,
) -> tuple[Batch, bool]:
    """All three with an axis of trajectories, and whether none of them had it."""
    if initial.ndim not in {1, 2} or initial.shape[-1] != n_states:
        message = (
            f"y0 has shape {initial.shape}, expected ({n_states},) or (n_trajectories, {n_states})"
        )
        raise ShapeError(message)
    if times.ndim not in {1, 2}:
        message = f"times has shape {times.shape}, expected (n_times,) or (n_trajectories, n_times)"
        raise ShapeError(message)
    given = {"y0": initial, "parameters": parameters, "times": times}
    lengths = {name: len(a) for name, a in given.items() if a.ndim == 2}
    if len(set(lengths.values())) > 1:
        found = ", ".join(f"{name} {n}" for name, n in lengths.items())
        message = f"numbers of trajectories disagree: {found}"
        raise ShapeError(message)
    n = next(iter(lengths.values()), 1)
    full = [
        np.ascontiguousarray(np.broadcast_to(a, (n, a.shape[-1]))) for a in (initial, parameters)
    ]
    shared = np.ascontiguousarray(np.atleast_2d(times))
    return (full[0], full[1], shared), not lengths
