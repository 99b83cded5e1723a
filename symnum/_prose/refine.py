"""Coefficients of a system from a noisy window, by least squares through the solver."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from symnum._discovery.shooting import fit, windows
from symnum._discovery.smooth import noise_of, smooth
from symnum._discovery.trajectories import Trajectory
from symnum.errors import ShapeError
from symnum.expression import Expression
from symnum.fitting import fit as fit_constants
from symnum.odes import ODESystem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from symnum._discovery.shooting import Fitted, Windows
    from symnum._discovery.smooth import Noise, Smooth

    Array = NDArray[np.float64]

_INTERVALS = 12  # of a window in the first fit, in which each begins anew
_ALIKE = (2.5, 4.0)  # standard deviations between constants that may be one
_LEAST_NOISE = 1e-6  # relative to a state's spread


@dataclass(frozen=True, eq=False)
class Refined:
    """A system fitted to a window.

    Parameters
    ----------
    system : ODESystem
        Over u0, u1, ...
    initial : ndarray, shape (n_states,)
        Its states at the first time.
    misfit : float
        Mean square of what it leaves, 1 being the noise; infinite where no fit succeeded.
    n_fitted : int
        Constants and initial values.
    n_values : int
        Measurements.
    """

    system: ODESystem
    initial: Array
    misfit: float
    n_fitted: int
    n_values: int

    @property
    def description_length(self) -> float:
        """Nats of the misfit and of what was fitted: the least is the best system."""
        return 0.5 * self.n_values * self.misfit + 0.5 * self.n_fitted * float(
            np.log(self.n_values)
        )


class Window:
    """Measurements made ready: their noise, what they are without it, and pieces to fit.

    Parameters
    ----------
    times : ndarray, shape (n_times,)
    values : ndarray, shape (n_times, n_states)

    Raises
    ------
    ShapeError
        If there are too few values.
    """

    def __init__(self, times: Array, values: Array) -> None:
        one = Trajectory(times, values)
        self.noise: Noise = noise_of([one])
        smoothed = smooth(one, self.noise)
        if smoothed is None:
            message = (
                f"x has {len(values)} times, too few to fit coefficients: at least 6 different"
            )
            raise ShapeError(message)
        self.smooth: Smooth = smoothed
        self.pieces = self._weighted(_INTERVALS)
        self.whole = self._weighted(len(times))

    def _weighted(self, n_intervals: int) -> Windows:
        """Pieces whose residuals count by the noise of their state."""
        found = windows([self.smooth], self.noise, n_intervals)
        noise = np.maximum(self.noise.scale, _LEAST_NOISE * self.noise.spread)
        plain = np.where(found.weights > 0, 1.0, 0.0)
        return replace(found, weights=plain / noise)

    def refine(self, sides: Sequence[Expression]) -> Refined:
        """Fit the constants of a system's sides, over u0, u1, ..., and its initial values.

        Each piece first has an initial value of its own (multiple shooting, Bock 1983,
        doi:10.1007/978-1-4684-7324-7_7), from the constants as they are and from those that
        explain the slopes; then all is one piece.
        """
        names = tuple(f"x{k}" for k in range(len(sides)))
        given = [Expression._of(side._program, names) for side in sides]
        tries = [fit(start, self.pieces) for start in (given, self._by_slopes(given))]
        best = min(tries, key=lambda found: float(np.sum(found.squares)))
        last = self._whole(best.sides, best.initial[:1])
        found = self._named(last, sides[0].variables, len(last.deviations))
        every = [found]
        for level in _ALIKE:
            groups = alike(last, found.misfit, level)
            n_free = len(np.unique(groups))
            if n_free < every[-1].n_fitted - len(sides):
                tied = self._whole(last.sides, last.initial, groups)
                every.append(self._named(tied, sides[0].variables, n_free))
        return min(every, key=lambda one: one.description_length)

    def _whole(
        self, sides: Sequence[Expression], initial: Array, shared: NDArray[np.intp] | None = None
    ) -> Fitted:
        """Fitted to all of the window as one piece."""
        return fit(
            sides,
            self.whole,
            initial=initial,
            max_iterations=40,
            tol_rel=1e-8,
            flat=1e-7,
            shared=shared,
        )

    def _by_slopes(self, sides: Sequence[Expression]) -> list[Expression]:
        """Constants by least squares of the slopes."""
        x, found = self.smooth.values, []
        for k, side in enumerate(sides):
            slopes = self.smooth.slopes[:, k]
            found.append(fit_constants(side, x, slopes, n_starts=3, seed=0).expression)
        return found

    def _named(self, found: Fitted, names: tuple[str, ...], n_constants: int) -> Refined:
        sides = [Expression._of(side._program, names) for side in found.sides]
        n_values = int(self.whole.n_measured.sum())
        return Refined(
            ODESystem(sides, names),
            found.initial[0],
            float(np.sum(found.squares)) / n_values,
            n_constants + len(sides),
            n_values,
        )


def alike(found: Fitted, misfit: float, level: float) -> NDArray[np.intp]:
    """A number for each constant, the same for those that may be one: within so many errors."""
    values = np.concatenate([side.constants for side in found.sides])
    spread = level * np.sqrt(max(misfit, 1.0)) * found.deviations
    order = np.argsort(values)
    groups = np.empty(len(values), np.intp)
    leader = -1
    for k in order.tolist():
        gap = values[k] - values[leader] if leader >= 0 else np.inf
        if leader < 0 or not gap <= np.hypot(spread[k], spread[leader]):
            leader = k
        groups[k] = leader
    return groups
