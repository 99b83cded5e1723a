"""Minimising a loss: SciPy's optimisers for whole data sets, Adam for batches, SPSA without gradient."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from qnlp.errors import DomainError, QnlpError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

__all__ = ["OPTIMIZERS", "Outcome", "Problem", "Settings", "Snapshot", "minimise"]

_SCIPY = {"lbfgs": "L-BFGS-B", "bfgs": "BFGS", "cg": "CG"}
OPTIMIZERS = (*_SCIPY, "adam", "spsa")
"""Names of the optimisers."""

_PATIENCE = {"adam": 10, "spsa": 50}  # epochs without an improvement of `tol`
_BATCHED = tuple(_PATIENCE)
# Of SPSA: where perturbations begin, how they and steps shrink, and how long steps stay large.
_PERTURBATION, _GAMMA, _ALPHA, _STABLE = 0.1, 0.101, 0.602, 0.01


@dataclass(frozen=True)
class Settings:
    """How to minimise. See `qnlp.SentenceClassifier` for what each means."""

    optimizer: str = "lbfgs"
    max_iter: int = 200
    learning_rate: float = 0.05
    batch_size: int | None = None
    tol: float = 1e-6
    callbacks: Sequence[Callable[[dict[str, Any]], None]] = ()
    patience: int | None = None
    max_time: float | None = None
    checkpoint_every: int | None = None

    def __post_init__(self) -> None:
        if self.optimizer == "rotosolve":
            message = (
                "optimizer 'rotosolve' is for expectation values, sinusoids in each angle, which the "
                "loss of post-selected sentences is not; qnlp.rotosolve takes circuits"
            )
            raise QnlpError(message)
        if self.optimizer not in OPTIMIZERS:
            message = f"optimizer is {self.optimizer!r}, expected one of {list(OPTIMIZERS)}"
            raise QnlpError(message)
        for name in ("max_iter", "batch_size", "patience", "checkpoint_every"):
            value = getattr(self, name)
            optional = name != "max_iter" and value is None
            is_count = isinstance(value, int | np.integer) and not isinstance(value, bool)
            if not optional and not (is_count and value >= 1):
                message = f"{name} is {value!r}, expected an int of 1 or more"
                raise DomainError(message)
        for name in ("learning_rate", "tol"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value >= 0) or (name == "learning_rate" and not value):
                message = f"{name} is {value!r}, expected a positive number"
                raise DomainError(message)
        if self.max_time is not None and not self.max_time > 0:
            message = f"max_time is {self.max_time!r}, expected a positive number of seconds"
            raise DomainError(message)
        if self.batch_size is not None and self.optimizer not in _BATCHED:
            message = (
                f"batch_size is for optimizer='adam' or 'spsa', {self.optimizer!r} takes all "
                "sentences"
            )
            raise QnlpError(message)


@dataclass(frozen=True)
class Problem:
    """A mean over items, as a function of parameters.

    `loss_and_gradient` takes the parameters and the items to look at, None for all of them, and
    `loss`, for optimisers that need no gradient, the same.
    """

    loss_and_gradient: Callable[
        [NDArray[np.float64], NDArray[np.intp] | None], tuple[float, NDArray[np.float64]]
    ]
    n_items: int
    observe: Callable[[NDArray[np.float64]], dict[str, Any]] = field(default=lambda _: {})
    """More to record of an iteration."""
    loss: Callable[[NDArray[np.float64], NDArray[np.intp] | None], float] | None = None
    is_noisy: bool = False
    """Whether losses are counted: then no improvement for a while is chance, and ends nothing."""

    def value(self, theta: NDArray[np.float64], items: NDArray[np.intp] | None) -> float:
        """The mean alone, without its gradient where there is a way."""
        if self.loss is None:
            return self.loss_and_gradient(theta, items)[0]
        return self.loss(theta, items)


@dataclass
class Outcome:
    """What a run found: the best parameters, and how it ended.

    The best are those of least loss; with a `Settings.patience`, of least ``eval_loss``.
    """

    theta: NDArray[np.float64]
    loss: float = math.inf
    n_iter: int = 0
    converged: bool = False
    message: str = "not run"
    history: list[dict[str, Any]] = field(default_factory=list)
    best: dict[str, Any] = field(default_factory=dict)
    """The record of the iteration that gave `theta`."""


@dataclass
class Snapshot:
    """All that a run needs to go on as if it had not been stopped, but what `Outcome` holds."""

    theta: NDArray[np.float64]
    """Where it is, not the best it found."""
    vectors: dict[str, NDArray[np.float64]] = field(default_factory=dict)
    """The optimiser's."""
    counts: dict[str, float] = field(default_factory=dict)


class _StopEarly(Exception):
    """Raised out of the optimiser's callback, with the reason."""


class _Recorder:
    """Keeps the best parameters, so that an interrupt loses nothing."""

    def __init__(
        self,
        problem: Problem,
        settings: Settings,
        outcome: Outcome,
        save: Callable[[Snapshot], None] | None = None,
    ) -> None:
        self.problem = problem
        self.settings = settings
        self.outcome = outcome
        self.save = save
        earlier = outcome.history[-1]["seconds"] if outcome.history else 0.0
        self.begin = time.perf_counter() - earlier

    def __call__(self, theta: NDArray[np.float64], loss: float) -> None:
        found = self.outcome
        if not math.isfinite(loss):
            message = f"loss is {loss} at iteration {found.n_iter + 1}; the best before is kept"
            raise QnlpError(message)
        found.n_iter += 1
        record = {
            "iteration": found.n_iter,
            "loss": loss,
            "seconds": time.perf_counter() - self.begin,
            **self.problem.observe(theta),
        }
        found.history.append(record)
        key = "eval_loss" if self.settings.patience and "eval_loss" in record else "loss"
        if not found.best or record[key] < found.best[key]:
            found.loss, found.theta, found.best = loss, theta.copy(), record
        for callback in self.settings.callbacks:
            callback(record)
        self._check_limits(record, key)

    def _check_limits(self, record: dict[str, Any], key: str) -> None:
        patience, limit = self.settings.patience, self.settings.max_time
        stale = record["iteration"] - self.outcome.best["iteration"]
        if patience is not None and stale >= patience:
            message = f"no smaller {key} in {patience} iterations"
            raise _StopEarly(message)
        if limit is not None and record["seconds"] >= limit:
            message = f"reached max_time = {limit} seconds"
            raise _StopEarly(message)

    def keep(self, snapshot: Snapshot) -> None:
        """Save where the run is, if it is time to."""
        every = self.settings.checkpoint_every
        if self.save is not None and every and self.outcome.n_iter % every == 0:
            self.save(snapshot)


def minimise(
    problem: Problem,
    theta: NDArray[np.float64],
    settings: Settings,
    rng: np.random.Generator,
    outcome: Outcome | None = None,
    *,
    save: Callable[[Snapshot], None] | None = None,
    resume: Snapshot | None = None,
) -> Outcome:
    """Minimise a loss.

    Parameters
    ----------
    problem : Problem
    theta : ndarray of float64, shape (n_parameters,)
        Where to begin; left as it is.
    settings : Settings
    rng : numpy.random.Generator
        Draws the batches of Adam and SPSA, and SPSA's directions.
    outcome : Outcome, optional
        Filled as the run goes on, so that after an exception it holds the best so far.
    save : callable, optional
        Is given a snapshot after every `Settings.checkpoint_every` iterations. SciPy's optimisers
        begin anew there, from the point they have come to, so that a run that goes on from a
        snapshot does what one does that was never stopped.
    resume : Snapshot, optional
        Go on from here; `outcome` and `rng` must be as they were then.

    Returns
    -------
    Outcome

    Notes
    -----
    L-BFGS, BFGS and CG are SciPy's; Adam is scikit-learn's (Kingma and Ba, arXiv:1412.6980). SPSA is
    Spall's, doi:10.1109/7.705889, with the constants of Lorenz et al., arXiv:2102.12846: two losses
    an iteration and no gradient, and one more for the loss that is recorded, of the parameters that
    are kept. It is written here because libraries' draw from the one global generator.

    Examples
    --------
    >>> import numpy as np
    >>> from qnlp.training import Problem, Settings, minimise
    >>> square = Problem(lambda x, items: (float(x @ x), 2 * x), n_items=1)
    >>> found = minimise(square, np.ones(2), Settings(), np.random.default_rng(0))
    >>> found.converged, bool(found.loss < 1e-8)
    (True, True)
    """
    found = Outcome(theta) if outcome is None else outcome
    record = _Recorder(problem, settings, found, save)
    start = Snapshot(theta.copy()) if resume is None else resume
    try:
        if theta.size == 0:
            record(theta, problem.loss_and_gradient(theta, None)[0])
            found.converged, found.message = True, "there is nothing to train"
        elif settings.optimizer == "adam":
            _adam(problem, start, settings, rng, record)
        elif settings.optimizer == "spsa":
            _spsa(problem, start, settings, rng, record)
        else:
            _scipy(problem, start.theta, settings, record)
    except _StopEarly as stop:
        found.converged = "max_time" not in str(stop)
        found.message = str(stop)
    return found


def _scipy(
    problem: Problem, theta: NDArray[np.float64], settings: Settings, record: _Recorder
) -> None:
    from scipy import optimize  # type: ignore[import-untyped,unused-ignore]
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    def callback(intermediate_result: Any) -> None:
        record(intermediate_result.x, float(intermediate_result.fun))

    options: Any = {"gtol": settings.tol}
    if settings.optimizer == "lbfgs":
        options["ftol"] = settings.tol * 1e-3
    minimize: Any = optimize.minimize
    found = record.outcome
    while True:
        left = settings.max_iter - found.n_iter
        options["maxiter"] = min(left, settings.checkpoint_every or left)
        # The optimisers call BLAS on vectors: a second thread only waits, for seconds on a busy machine.
        with threadpool_limits(1, user_api="blas"):
            result = minimize(
                lambda x: problem.loss_and_gradient(x, None),
                theta,
                jac=True,
                method=_SCIPY[settings.optimizer],
                callback=callback,
                options=options,
            )
        found.converged, found.message = bool(result.success), str(result.message)
        if result.success or result.nit < options["maxiter"] or found.n_iter >= settings.max_iter:
            break
        theta = np.array(result.x)
        record.keep(Snapshot(theta))
    if not found.best or (settings.patience is None and result.fun < found.loss):
        record(result.x, float(result.fun))


def _adam(
    problem: Problem,
    start: Snapshot,
    settings: Settings,
    rng: np.random.Generator,
    record: _Recorder,
) -> None:
    from sklearn.neural_network import _stochastic_optimizers as optimizers

    theta = start.theta.copy()
    adam = optimizers.AdamOptimizer([theta], learning_rate_init=settings.learning_rate)
    if start.vectors:
        adam.ms, adam.vs = [start.vectors["m"].copy()], [start.vectors["v"].copy()]
        adam.t = int(start.counts["t"])
    best, stale = start.counts.get("best", math.inf), int(start.counts.get("stale", 0))
    while record.outcome.n_iter < settings.max_iter:
        for items in _batches(problem.n_items, settings.batch_size, rng):
            total, gradient = problem.loss_and_gradient(theta, items)
            before = theta.copy()
            adam.update_params([theta], [gradient])
        # With one batch the loss is of the parameters before the step; with several, each batch's
        # was of others.
        if items is not None:
            before, (total, _) = theta, problem.loss_and_gradient(theta, None)
        record(before, total)
        stale = 0 if total < best - settings.tol else stale + 1
        best = min(best, total)
        if _is_over(0 if problem.is_noisy else stale, settings, record):
            return
        counts = {"t": adam.t, "best": best, "stale": stale}
        record.keep(Snapshot(theta, {"m": adam.ms[0], "v": adam.vs[0]}, counts))


def _is_over(stale: int, settings: Settings, record: _Recorder) -> bool:
    """Whether so many epochs without an improvement end a run; says why it ends, if it does."""
    patience = _PATIENCE[settings.optimizer]
    if stale >= patience:
        record.outcome.converged = True
        record.outcome.message = f"no improvement of {settings.tol} in {patience} epochs"
    else:
        record.outcome.message = f"reached max_iter = {settings.max_iter} epochs"
    return record.outcome.converged


def _spsa(
    problem: Problem,
    start: Snapshot,
    settings: Settings,
    rng: np.random.Generator,
    record: _Recorder,
) -> None:
    theta = start.theta.copy()
    t = int(start.counts.get("t", 0))
    best, stale = start.counts.get("best", math.inf), int(start.counts.get("stale", 0))
    stable = _STABLE * settings.max_iter
    while record.outcome.n_iter < settings.max_iter:
        for items in _batches(problem.n_items, settings.batch_size, rng):
            t += 1
            direction = rng.choice([-1.0, 1.0], len(theta))
            step = _PERTURBATION / t**_GAMMA
            above = problem.value(theta + step * direction, items)
            below = problem.value(theta - step * direction, items)
            rate = settings.learning_rate * ((stable + 1) / (stable + t)) ** _ALPHA
            theta = theta - rate * (above - below) / (2 * step) * direction
        total = problem.value(theta, None)
        record(theta, total)
        stale = 0 if total < best - settings.tol else stale + 1
        best = min(best, total)
        if _is_over(0 if problem.is_noisy else stale, settings, record):
            return
        record.keep(Snapshot(theta, {}, {"t": t, "best": best, "stale": stale}))


def _batches(
    n_items: int, size: int | None, rng: np.random.Generator
) -> Iterator[NDArray[np.intp] | None]:
    if size is None or size >= n_items:
        yield None
        return
    order = rng.permutation(n_items)
    for begin in range(0, n_items, size):
        yield order[begin : begin + size]
