"""Diagrams over dual numbers f + f' e, e^2 = 0, layer by layer: a tensor and its slope."""

from __future__ import annotations

import runpy
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

box_tensor = runpy.run_path(str(Path(__file__).with_name("layers.py")))["box_tensor"]

Arrays = Callable[[Any], NDArray[Any]]


def evaluate(
    diagram: Any, dimension: Mapping[str, int], array: Arrays, slope: Arrays
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Axes of the diagram's domain, then of its codomain."""
    top = [dimension[atom] for atom, _ in diagram.dom.objects]
    n = len(top)
    value = np.eye(int(np.prod(top, dtype=int)), dtype=complex).reshape(top + top)
    tangent = np.zeros_like(value)
    for box, offset in diagram.layers:
        here = box_tensor(box, dimension, array)
        is_named = box.kind in ("box", "word")
        by = box_tensor(box, dimension, slope) if is_named else np.zeros_like(here)
        axes = list(range(n + offset, n + offset + len(box.dom)))
        made = range(n + offset, n + offset + len(box.cod))

        def apply(
            state: NDArray[Any], tensor: NDArray[Any], axes: Any = axes, made: Any = made
        ) -> NDArray[Any]:
            out = np.tensordot(state, tensor, (axes, list(range(len(axes)))))
            return np.moveaxis(out, range(out.ndim - len(made), out.ndim), made)

        value, tangent = apply(value, here), apply(tangent, here) + apply(value, by)
    return value, tangent
