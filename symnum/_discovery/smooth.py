"""What trajectories look like without their noise, and how much noise there is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.interpolate import BSpline, make_interp_spline  # type: ignore[import-untyped]
from scipy.linalg import eigh  # type: ignore[import-untyped]

from symnum._discovery.trajectories import MIN_TIMES, n_known

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from symnum._discovery.trajectories import Trajectory

    Array = NDArray[np.float64]
    Curve = Callable[..., Array]

_ORDERS = range(2, 9)
_MOST_KNOTS = 200
_CAUTION = 1.2  # a degree of freedom counts for more in cross-validation, which likes too many
_EXACT = 2e-4  # noise below this part of a state's spread is interpolated, not smoothed
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(3)


@dataclass(frozen=True, eq=False)
class Noise:
    """Standard deviation of the measurements, of each state."""

    scale: Array  # (n_states,)
    is_proportional: tuple[bool, ...]  # to the state's size, or the same everywhere
    spread: Array  # (n_states,) standard deviation of the values themselves

    def deviation(self, values: Array) -> Array:
        """Of each measurement relative to the others; `values` without noise, states last."""
        floor = 0.05 * self.spread
        sizes = np.sqrt(np.square(values) + np.square(floor))
        return np.where(self.is_proportional, sizes, self.spread)

    @property
    def relative(self) -> Array:
        """Noise over the spread of each state."""
        return self.scale / self.spread

    def is_exact(self, state: int) -> bool:
        """Whether there is so little that values may be interpolated."""
        return bool(self.relative[state] < _EXACT)


@dataclass(frozen=True, eq=False)
class Smooth:
    """A trajectory as functions of time, and their integrals' nodes between its times."""

    times: Array  # (n_times,) different ones
    measured: Array  # (n_times, n_states), NaN where not; means of repeated measurements
    counts: Array  # (n_times, n_states)
    values: Array  # (n_times, n_states) without noise
    slopes: Array
    node_times: Array  # (n_times - 1, 3) of Gauss and Legendre, in each interval
    nodes: Array  # (n_times - 1, 3, n_states)

    def integrals(self, values: Array) -> Array:
        """From the first time to each, of a function given at the nodes, (n_times,)."""
        steps = 0.5 * np.diff(self.times) * (values @ _WEIGHTS)
        return np.concatenate([[0.0], np.cumsum(steps)])


def differences(times: Array, values: Array, order: int) -> tuple[Array, Array]:
    """Divided differences of unit norm, and the root mean square of the values in each."""
    n = len(times) - order
    index = np.arange(n)[:, None] + np.arange(order + 1)
    local = times[index] - times[index].mean(axis=1, keepdims=True)
    local /= np.abs(local).max(axis=1, keepdims=True)
    gaps = local[:, :, None] - local[:, None, :] + np.eye(order + 1)
    weights = 1.0 / np.prod(gaps, axis=2)
    weights /= np.linalg.norm(weights, axis=1, keepdims=True)
    at = values[index]
    return np.sum(weights * at, axis=1), np.sqrt(np.sum(np.square(weights * at), axis=1))


def noise_of(trajectories: Sequence[Trajectory]) -> Noise:
    """From differences of rising order: those of a smooth function vanish, those of noise stay."""
    n_states = trajectories[0].values.shape[1]
    every = np.concatenate([one.values for one in trajectories])
    spread = np.nanstd(every, axis=0)
    size = np.nanmax(np.abs(every), axis=0)
    spread = np.maximum(spread, np.maximum(1e-9 * size, 1e-300))
    scale, kinds = np.zeros(n_states), []
    for state in range(n_states):
        scale[state], proportional = _noise_of_state(trajectories, state, float(spread[state]))
        kinds.append(proportional)
    return Noise(scale, tuple(kinds), spread)


def _noise_of_state(
    trajectories: Sequence[Trajectory], state: int, spread: float
) -> tuple[float, bool]:
    best: tuple[float, Array, Array] | None = None
    for order in _ORDERS:
        parts = [
            differences(*known(one, state)[:2], order) for one in _long(trajectories, state, order)
        ]
        if not parts:
            break
        gaps = np.concatenate([p[0] for p in parts])
        sizes = np.concatenate([p[1] for p in parts])
        level = float(np.median(np.abs(gaps)) / 0.6745)
        if best is None or level < best[0]:
            best = level, gaps, sizes
    if best is None:
        return 0.0, False
    level, gaps, sizes = best
    tiny = 1e-12 * spread
    relative = np.abs(gaps) / np.maximum(sizes, tiny)
    same = -len(gaps) * np.log(np.mean(np.abs(gaps)) + tiny)
    proportional = -len(gaps) * np.log(np.mean(relative) + 1e-12)
    proportional -= float(np.sum(np.log(np.maximum(sizes, tiny))))
    return level, bool(proportional > same and np.median(relative) > 1e-3)


def kind_of(noise: Noise, rest: Sequence[Array], values: Sequence[Array]) -> Noise:
    """The kinds that make residuals most likely; NaN where there is none, states last."""
    every, at = np.concatenate(rest), np.concatenate(values)
    kinds = []
    for state in range(every.shape[1]):
        known = np.isfinite(every[:, state])
        r, x = every[known, state], at[known, state]
        size = np.sqrt(np.square(x) + np.square(0.05 * noise.spread[state]))
        tiny = 1e-12 * noise.spread[state]
        same = -len(r) * np.log(np.sqrt(np.mean(np.square(r))) + tiny)
        proportional = -len(r) * np.log(np.sqrt(np.mean(np.square(r / size))) + 1e-12)
        proportional -= float(np.sum(np.log(size)))
        kinds.append(bool(proportional > same) and not noise.is_exact(state))
    return Noise(noise.scale, tuple(kinds), noise.spread)


def _long(trajectories: Sequence[Trajectory], state: int, order: int) -> list[Trajectory]:
    return [one for one in trajectories if n_known(one, state) > order + 3]


def known(one: Trajectory, state: int) -> tuple[Array, Array, Array]:
    """Times at which a state was measured, the means of its values there, and their number."""
    is_known = np.isfinite(one.values[:, state])
    times, place = np.unique(one.times[is_known], return_inverse=True)
    counts = np.bincount(place, minlength=len(times)).astype(np.float64)
    sums = np.bincount(place, one.values[is_known, state], minlength=len(times))
    return times, sums / counts, counts


def smooth(one: Trajectory, noise: Noise, stride: int = 1) -> Smooth | None:
    """At every time or every few; None where a state has too few values."""
    n_states = one.values.shape[1]
    if any(n_known(one, k) < MIN_TIMES for k in range(n_states)):
        return None
    times = np.unique(one.times)
    times = times[:: min(stride, max(1, len(times) // MIN_TIMES))]
    measured = np.full((len(times), n_states), np.nan)
    counts = np.zeros((len(times), n_states))
    middle, half = 0.5 * (times[1:] + times[:-1]), 0.5 * np.diff(times)
    node_times = middle[:, None] + half[:, None] * _NODES
    values, slopes = np.empty_like(measured), np.empty_like(measured)
    nodes = np.empty((*node_times.shape, n_states))
    for k in range(n_states):
        at, means, n = known(one, k)
        place = np.minimum(np.searchsorted(times, at), len(times) - 1)
        is_kept = times[place] == at
        measured[place[is_kept], k], counts[place[is_kept], k] = means[is_kept], n[is_kept]
        curve, slope = _curve(at, means, n, noise, k)
        values[:, k], slopes[:, k] = curve(times), slope(times)
        nodes[..., k] = curve(node_times)
    return Smooth(times, measured, counts, values, slopes, node_times, nodes)


def _curve(
    times: Array, values: Array, counts: Array, noise: Noise, state: int
) -> tuple[Curve, Curve]:
    """A spline and its derivative."""
    if np.ptp(values) == 0.0 or noise.is_exact(state):
        degree = 5 if len(times) > 8 else 3
        spline = make_interp_spline(times, values, k=degree)
        return spline, spline.derivative()
    weights = counts
    for _ in range(3 if noise.is_proportional[state] else 1):
        spline = _smoothed(times, values, weights / np.mean(weights))
        size = np.sqrt(np.square(spline(times)) + np.square(0.05 * noise.spread[state]))
        weights = counts / np.square(size)
    return spline, spline.derivative()


def _smoothed(times: Array, values: Array, weights: Array) -> Curve:
    """A penalised spline (Eilers and Marx 1996, doi:10.1214/ss/1038425655) by cross-validation."""
    start, length = float(times[0]), float(times[-1] - times[0])
    shift, scale = float(values.mean()), float(values.std())
    at = (times - start) / length
    n_inner = min(len(times), _MOST_KNOTS)
    knots = np.pad(np.linspace(0.0, 1.0, n_inner), 3, mode="edge")
    basis = BSpline.design_matrix(at, knots, 3)
    rough = np.diff(np.eye(basis.shape[1]), 2, axis=0)
    weighted = basis.multiply(weights[:, None]).tocsr()
    gram = (basis.T @ weighted).toarray()
    gram += 1e-10 * np.trace(gram) / len(gram) * np.eye(len(gram))
    sizes, modes = eigh(rough.T @ rough, gram)
    y = (values - shift) / scale
    along = modes.T @ (weighted.T @ y)
    shrunk = _least_gcv(np.maximum(sizes, 0.0), along, float(y @ (weights * y)), len(times))
    spline: Curve = BSpline(knots, modes @ (shrunk * along), 3)
    return _Scaled(spline, start, length, shift, scale)


def _least_gcv(sizes: Array, along: Array, total: float, n: int) -> Array:
    """Factors of the modes that generalised cross-validation likes best."""
    best: tuple[float, Array] = np.inf, np.ones(len(sizes))
    for penalty in np.geomspace(1e-9, 1e7, 81) / np.median(sizes[sizes > 0]):
        factors = 1.0 / (1.0 + penalty * sizes)
        squares = total - np.sum(np.square(along) * (2.0 * factors - np.square(factors)))
        room = n - _CAUTION * float(factors.sum())
        if room > 0:
            score = max(squares, 0.0) / room**2
            if score < best[0]:
                best = score, factors
    return best[1]


@dataclass(frozen=True, eq=False)
class _Scaled:
    """A function of a variable that was moved and scaled."""

    inner: Curve
    start: float
    length: float
    shift: float
    scale: float

    def __call__(self, times: Array) -> Array:
        return self.shift + self.scale * self.inner((times - self.start) / self.length)

    def derivative(self) -> Curve:
        inner = self.inner.derivative()  # type: ignore[attr-defined]
        return _Scaled(inner, self.start, self.length, 0.0, self.scale / self.length)
