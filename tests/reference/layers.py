"""The tensor of a diagram, one layer after the other, by numpy alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray


def copy_tensor(rank: int, dimension: int) -> NDArray[np.float64]:
    """1 where all indices agree."""
    out = np.zeros((dimension,) * rank)
    for value in range(dimension):
        out[(value,) * rank] = 1
    return out


def box_tensor(
    box: Any, dimension: Mapping[str, int], array: Callable[[Any], NDArray[Any]]
) -> NDArray[Any]:
    """Axes of the box's domain, then of its codomain."""
    atoms = [atom for atom, _ in (box.dom @ box.cod).objects]
    if box.kind in ("cup", "cap"):
        return np.eye(dimension[atoms[0]])
    if box.kind == "swap":
        a, b = dimension[atoms[0]], dimension[atoms[1]]
        return np.asarray(np.einsum("ij,kl->iklj", np.eye(a), np.eye(b)))
    if box.kind == "spider":
        return copy_tensor(len(atoms), dimension[atoms[0]])
    base = box.base
    out = np.asarray(array(base))
    if box.is_dagger:
        n = len(base.dom)
        out = np.moveaxis(out.conj(), range(n), range(out.ndim - n, out.ndim))
    return out.transpose(range(out.ndim)[::-1]) if box.rotation % 2 else out


def evaluate(
    diagram: Any, dimension: Mapping[str, int], array: Callable[[Any], NDArray[Any]]
) -> NDArray[Any]:
    """Axes of the diagram's domain, then of its codomain."""
    top = [dimension[atom] for atom, _ in diagram.dom.objects]
    n = len(top)
    state = np.eye(int(np.prod(top, dtype=int))).reshape(top + top)
    for box, offset in diagram.layers:
        tensor = box_tensor(box, dimension, array)
        n_in, n_out = len(box.dom), len(box.cod)
        axes = list(range(n + offset, n + offset + n_in))
        state = np.tensordot(state, tensor, (axes, list(range(n_in))))
        made = list(range(state.ndim - n_out, state.ndim))
        state = np.moveaxis(state, made, range(n + offset, n + offset + n_out))
    return state
