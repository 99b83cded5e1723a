"""Properties of a function of one variable, computed from its values: what heads learn to predict."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from symnum.errors import ShapeError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    Vector = NDArray[np.float64]

_TRIPLES = 1000
_SLACK = 1e-9
_STEP = 1e-3  # a smaller difference of normalised values is none
_LEAST = 3


def sorted_points(x: ArrayLike, y: ArrayLike) -> tuple[Vector, Vector]:
    """Points in order of x, values from 0 to 1; all 0 where they are equal."""
    xs, ys = np.asarray(x, np.float64).ravel(), np.asarray(y, np.float64).ravel()
    if xs.shape != ys.shape or len(xs) < _LEAST:
        message = (
            f"x and y have {len(xs)} and {len(ys)} numbers, expected as many, at least {_LEAST}"
        )
        raise ShapeError(message)
    order = np.argsort(xs, kind="stable")
    xs, ys = xs[order], ys[order]
    spread = np.ptp(ys)
    return xs, (ys - ys.min()) / (spread if spread > 0 else 1.0)


def non_convexity(x: Vector, y: Vector, seed: int = 0) -> float:
    """1 less the share of 1000 random triples whose middle lies on or below the line of the ends."""
    rng = np.random.default_rng(seed)
    places = np.argsort(rng.random((_TRIPLES, len(x))), 1)[:, :_LEAST]
    low, middle, high = np.sort(places, 1).T
    width = x[high] - x[low]
    share = np.where(width > 0, (x[middle] - x[low]) / np.where(width > 0, width, 1.0), 0.5)
    line = y[low] + share * (y[high] - y[low])
    return float(1.0 - np.mean(y[middle] <= line + _SLACK))


def upwardness(x: Vector, y: Vector) -> float:
    """Steps up less steps down, a point."""
    steps = np.diff(y)
    up, down = int(np.sum(steps > _STEP)), int(np.sum(steps < -_STEP))
    return (up - down) / len(y)


def oscillation(x: Vector, y: Vector) -> float:
    """Logarithm of 1 plus the number of changes of direction."""
    steps = np.diff(y)
    signs = np.sign(steps[np.abs(steps) > _STEP])
    return float(np.log1p(np.sum(signs[1:] != signs[:-1])))


def average(x: Vector, y: Vector) -> float:
    """Mean of the normalised values."""
    return float(y.mean())


PROPERTIES: dict[str, Callable[[Vector, Vector], float]] = {
    "ncr": non_convexity,
    "upwardness": upwardness,
    "oscillation": oscillation,
    "average": average,
}
