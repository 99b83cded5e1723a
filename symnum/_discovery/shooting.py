"""Least squares through the solver: constants and initial values of windows of trajectories.

Multiple shooting after Bock, "Recent advances in parameter identification techniques for ODE",
1983, doi:10.1007/978-1-4684-7324-7_7: initial values of each window are unknowns that are
eliminated window by window.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from symnum._discovery.dictionary import variables
from symnum.errors import TooLargeError
from symnum.odes import ODESystem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from symnum._discovery.smooth import Noise, Smooth
    from symnum._trajectories import Simulation
    from symnum.expression import Expression

    Array = NDArray[np.float64]

_MAX_STEPS = 4_000
_LARGEST = 1e60  # sensitivity whose square is still a number
_DAMPINGS = 8  # tried in a row before a fit gives up


@dataclass(frozen=True, eq=False)
class Windows:
    """Pieces of trajectories, each with an initial value of its own."""

    initial: Array  # (n_windows, n_states) first guesses
    times: Array  # (n_windows, n_times), the last repeated where a window is shorter
    data: Array  # (n_windows, n_times, n_states), 0 where not measured
    weights: Array  # of residuals: square roots of counts over deviations; 0 where not measured
    limit: float  # beyond which a trajectory has blown up

    @property
    def n_measured(self) -> Array:
        """Measurements of each state."""
        return np.asarray(np.sum(self.weights > 0, axis=(0, 1)), np.float64)


def windows(smooth: Sequence[Smooth], noise: Noise, n_points: int) -> Windows:
    """Windows of at most that many intervals; where two meet they share a point half and half."""
    pieces = []
    for one in smooth:
        n = len(one.times)
        count = max(1, round((n - 1) / n_points))
        edges = np.linspace(0, n - 1, count + 1).round().astype(int)
        pieces += [(one, int(a), int(b)) for a, b in pairwise(edges)]
    longest = max(b - a for _, a, b in pieces) + 1
    n_states = smooth[0].values.shape[1]
    shape = (len(pieces), longest, n_states)
    initial, times = np.empty((len(pieces), n_states)), np.empty(shape[:2])
    data, weights = np.zeros(shape), np.zeros(shape)
    for k, (one, a, b) in enumerate(pieces):
        m = b - a + 1
        initial[k] = one.values[a]
        times[k, :m], times[k, m:] = one.times[a : b + 1], one.times[b]
        measured = one.measured[a : b + 1]
        data[k, :m] = np.nan_to_num(measured)
        share = np.ones((m, 1))
        share[0] = 0.5 if a > 0 else 1.0
        share[-1] = 0.5 if b < len(one.times) - 1 else share[-1]
        spread = noise.deviation(one.values[a : b + 1])
        weights[k, :m] = np.sqrt(one.counts[a : b + 1] * share) / spread
    limit = 1e3 * max(float(np.max(np.abs(one.values))) for one in smooth)
    return Windows(initial, times, data, weights, limit)


def residuals(sides: Sequence[Expression], where: Windows, initial: Array) -> tuple[Array, Array]:
    """What a system leaves, NaN where nothing was measured, and its own values; states last."""
    problem = _Problem(sides, where, 1e-6)
    found = problem.system.simulate(
        initial, where.times, rtol=1e-6, atol=problem.tol_abs, limit=where.limit
    )
    rest = np.where(where.weights > 0, where.data - found.values, np.nan)
    n_states = rest.shape[-1]
    return rest.reshape(-1, n_states), found.values.reshape(-1, n_states)


@dataclass(frozen=True, eq=False)
class Fitted:
    """A system with constants fitted to windows."""

    sides: tuple[Expression, ...]
    initial: Array
    squares: Array  # (n_states,) sums of squared weighted residuals; inf where it failed
    deviations: Array  # of the constants, for a unit standard deviation of residuals

    @property
    def has_failed(self) -> bool:
        """Whether no simulation with its constants reached the end."""
        return not bool(np.all(np.isfinite(self.squares)))


class _Problem:
    """Residuals and their derivatives for one system."""

    def __init__(
        self,
        sides: Sequence[Expression],
        where: Windows,
        tol_rel: float,
        shared: NDArray[np.intp] | None = None,
    ) -> None:
        self.names = variables(len(sides))
        self.system = ODESystem(sides, self.names, time="t")
        every = [self.system.parameters[n] for n in self.system.parameter_names]
        own = np.arange(len(every)) if shared is None else shared
        # Which of the free constants each constant is: a column each.
        self.place = np.equal.outer(own, np.unique(own)).astype(np.float64)
        self.constants = np.asarray(every @ self.place / self.place.sum(axis=0), np.float64)
        self.where = where
        self.tol_rel = tol_rel
        scale = np.max(np.abs(where.data), axis=(0, 1))
        self.tol_abs = tol_rel * 1e-2 * np.maximum(scale, 1e-12)

    def run(self, constants: Array, initial: Array) -> tuple[Array, Array] | None:
        """Residuals (windows, times, states) and sensitivities (..., states then constants)."""
        where = self.where
        parameters = np.tile(self.place @ constants, (len(initial), 1))
        found = self._simulated(initial, parameters)
        if found is None or not found.finished or found.sensitivities is None:
            return None
        rest = where.weights * (where.data - found.values)
        slopes = where.weights[..., None] * found.sensitivities
        if len(self.place) != len(constants):
            n_states = len(self.names)
            by_constants = slopes[..., n_states:] @ self.place
            slopes = np.concatenate([slopes[..., :n_states], by_constants], axis=-1)
        if not max(np.max(np.abs(rest)), np.max(np.abs(slopes), initial=0.0)) < _LARGEST:
            return None
        return rest, slopes

    def _simulated(self, initial: Array, parameters: Array) -> Simulation | None:
        """With all sensitivities; None where these are too many for the solver."""
        for method in ("auto", "dopri5"):  # the second has room for more
            with suppress(TooLargeError):
                return self.system.simulate(
                    initial,
                    self.where.times,
                    parameters=parameters,
                    sensitivities=[*self.names, *self.system.parameter_names],
                    method=method,
                    rtol=self.tol_rel,
                    atol=self.tol_abs,
                    limit=self.where.limit,
                    max_steps=_MAX_STEPS,
                    max_seconds=2.0,
                )
        return None

    def step(self, rest: Array, slopes: Array, damping: float) -> tuple[Array, Array, Array]:
        """Changes of initial values and constants, and the inverse of the constants' matrix."""
        n_windows, _, n_states = rest.shape
        flat = slopes.reshape(n_windows, -1, slopes.shape[-1])
        r = rest.reshape(n_windows, -1)
        by_initial, by_constants = flat[..., :n_states], flat[..., n_states:]
        a = np.einsum("wri,wrj->wij", by_initial, by_initial)
        b = np.einsum("wri,wrj->wij", by_initial, by_constants)
        c = np.einsum("wri,wrj->ij", by_constants, by_constants)
        ga = np.einsum("wri,wr->wi", by_initial, r)
        gc = np.einsum("wri,wr->i", by_constants, r)
        diagonal = np.arange(n_states)
        a[:, diagonal, diagonal] *= 1.0 + damping
        a[:, diagonal, diagonal] += 1e-300
        inner = _inverse(a)
        size = np.sqrt(np.maximum(np.diagonal(c), 1e-100))
        schur = (c - np.einsum("wki,wkl,wlj->ij", b, inner, b)) / np.outer(size, size)
        schur[np.diag_indices_from(schur)] += damping
        inverse = _inverse(schur)
        right = (gc - np.einsum("wki,wkl,wl->i", b, inner, ga)) / size
        constants = (inverse @ right) / size
        initial = np.einsum("wij,wj->wi", inner, ga - b @ constants)
        return initial, constants, np.diagonal(inverse) / np.square(size)


def _inverse(matrices: Array) -> Array:
    """Of symmetric matrices, without the directions that rounding hides; NaN where that fails."""
    try:
        return np.asarray(np.linalg.pinv(matrices, rcond=1e-15, hermitian=True), np.float64)
    except np.linalg.LinAlgError:
        return np.full_like(matrices, np.nan)


def fit(
    sides: Sequence[Expression],
    where: Windows,
    *,
    max_iterations: int = 15,
    tol_rel: float = 1e-6,
    flat: float = 1e-4,
    initial: Array | None = None,
    shared: NDArray[np.intp] | None = None,
) -> Fitted:
    """Constants and initial values from where they are; `flat` is a drop of the cost that ends it.

    `shared` has a number for each constant, in the order of the sides: those of one number stay
    equal.
    """
    problem = _Problem(sides, where, tol_rel, shared)
    constants, start = problem.constants, where.initial if initial is None else initial
    now = problem.run(constants, start)
    nothing = np.full(len(problem.place), np.inf)
    if now is None:
        return Fitted(tuple(sides), start, np.full(len(sides), np.inf), nothing)
    cost, damping = float(np.sum(np.square(now[0]))), 1e-3
    for _ in range(max_iterations):
        better = _descend(problem, constants, start, now, cost, damping)
        if better is None:
            break
        constants, start, now, next_cost, damping = better
        drop, cost = cost - next_cost, next_cost
        if drop <= flat * cost:
            break
    deviations = np.sqrt(np.maximum(problem.step(*now, 1e-12)[2], 0.0))
    squares = np.sum(np.square(now[0]), axis=(0, 1))
    names = problem.system.parameter_names
    values = (problem.place @ constants).tolist()
    found = problem.system.with_parameters(dict(zip(names, values, strict=True)))
    return Fitted(found.equations, start, squares, problem.place @ deviations)


def _descend(
    problem: _Problem,
    constants: Array,
    start: Array,
    now: tuple[Array, Array],
    cost: float,
    damping: float,
) -> tuple[Array, Array, tuple[Array, Array], float, float] | None:
    for _ in range(_DAMPINGS):
        d_start, d_constants, _ = problem.step(*now, damping)
        if np.all(np.isfinite(d_constants)) and np.all(np.isfinite(d_start)):
            there = problem.run(constants + d_constants, start + d_start)
            if there is not None:
                next_cost = float(np.sum(np.square(there[0])))
                if next_cost < cost:
                    place = constants + d_constants, start + d_start
                    return *place, there, next_cost, max(0.1 * damping, 1e-12)
        damping *= 8.0
    return None
