"""Minimising a loss with libraries' optimisers: SciPy's for whole data sets, Adam for batches."""

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

__all__ = ["OPTIMIZERS", "Outcome", "Problem", "Settings", "minimise"]

_SCIPY = {"lbfgs": "L-BFGS-B", "bfgs": "BFGS", "cg": "CG"}
OPTIMIZERS = (*_SCIPY, "adam")
"""Names of the optimisers."""

_PATIENCE = 10  # epochs of Adam without an improvement of `tol`


@dataclass(frozen=True)
class Settings:
    """How to minimise. See `qnlp.SentenceClassifier` for what each means."""

    optimizer: str = "lbfgs"
    max_iter: int = 200
    learning_rate: float = 0.05
    batch_size: int | None = None
    tol: float = 1e-6
    callbacks: Sequence[Callable[[dict[str, Any]], None]] = ()

    def __post_init__(self) -> None:
        if self.optimizer not in OPTIMIZERS:
            message = f"optimizer is {self.optimizer!r}, expected one of {list(OPTIMIZERS)}"
            raise QnlpError(message)
        for name in ("max_iter", "batch_size"):
            value = getattr(self, name)
            optional = name == "batch_size" and value is None
            is_count = isinstance(value, int | np.integer) and not isinstance(value, bool)
            if not optional and not (is_count and value >= 1):
                message = f"{name} is {value!r}, expected an int of 1 or more"
                raise DomainError(message)
        for name in ("learning_rate", "tol"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value >= 0) or (name == "learning_rate" and not value):
                message = f"{name} is {value!r}, expected a positive number"
                raise DomainError(message)
        if self.batch_size is not None and self.optimizer != "adam":
            message = f"batch_size is for optimizer='adam', {self.optimizer!r} takes all sentences"
            raise QnlpError(message)


@dataclass(frozen=True)
class Problem:
    """A mean over items, as a function of parameters.

    `loss_and_gradient` takes the parameters and the items to look at, None for all of them.
    """

    loss_and_gradient: Callable[
        [NDArray[np.float64], NDArray[np.intp] | None], tuple[float, NDArray[np.float64]]
    ]
    n_items: int
    observe: Callable[[NDArray[np.float64]], dict[str, Any]] = field(default=lambda _: {})
    """More to record of an iteration."""


@dataclass
class Outcome:
    """What a run found: the best parameters, and how it ended."""

    theta: NDArray[np.float64]
    loss: float = math.inf
    n_iter: int = 0
    converged: bool = False
    message: str = "not run"
    history: list[dict[str, Any]] = field(default_factory=list)


class _Recorder:
    """Keeps the best parameters, so that an interrupt loses nothing."""

    def __init__(self, problem: Problem, settings: Settings, outcome: Outcome) -> None:
        self.problem = problem
        self.settings = settings
        self.outcome = outcome
        self.begin = time.perf_counter()

    def __call__(self, theta: NDArray[np.float64], loss: float) -> None:
        if not math.isfinite(loss):
            message = (
                f"loss is {loss} at iteration {self.outcome.n_iter + 1}; the best before is kept"
            )
            raise QnlpError(message)
        self.outcome.n_iter += 1
        if loss < self.outcome.loss:
            self.outcome.loss = loss
            self.outcome.theta = theta.copy()
        record = {
            "iteration": self.outcome.n_iter,
            "loss": loss,
            "seconds": time.perf_counter() - self.begin,
            **self.problem.observe(theta),
        }
        self.outcome.history.append(record)
        for callback in self.settings.callbacks:
            callback(record)


def minimise(
    problem: Problem,
    theta: NDArray[np.float64],
    settings: Settings,
    rng: np.random.Generator,
    outcome: Outcome | None = None,
) -> Outcome:
    """Minimise a loss.

    Parameters
    ----------
    problem : Problem
    theta : ndarray of float64, shape (n_parameters,)
        Where to begin; left as it is.
    settings : Settings
    rng : numpy.random.Generator
        Draws the batches of Adam.
    outcome : Outcome, optional
        Filled as the run goes on, so that after an exception it holds the best so far.

    Returns
    -------
    Outcome

    Notes
    -----
    L-BFGS, BFGS and CG are SciPy's; Adam is scikit-learn's (Kingma and Ba, arXiv:1412.6980).

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
    record = _Recorder(problem, settings, found)
    if theta.size == 0:
        record(theta, problem.loss_and_gradient(theta, None)[0])
        found.converged, found.message = True, "there is nothing to train"
    elif settings.optimizer == "adam":
        _adam(problem, theta.copy(), settings, rng, record)
    else:
        _scipy(problem, theta, settings, record)
    return found


def _scipy(
    problem: Problem, theta: NDArray[np.float64], settings: Settings, record: _Recorder
) -> None:
    from scipy import optimize  # type: ignore[import-untyped,unused-ignore]
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    def callback(intermediate_result: Any) -> None:
        record(intermediate_result.x, float(intermediate_result.fun))

    options: Any = {"maxiter": settings.max_iter, "gtol": settings.tol}
    if settings.optimizer == "lbfgs":
        options["ftol"] = settings.tol * 1e-3
    minimize: Any = optimize.minimize
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
    if result.fun < record.outcome.loss:
        record(result.x, float(result.fun))
    record.outcome.converged = bool(result.success)
    record.outcome.message = str(result.message)


def _adam(
    problem: Problem,
    theta: NDArray[np.float64],
    settings: Settings,
    rng: np.random.Generator,
    record: _Recorder,
) -> None:
    from sklearn.neural_network import _stochastic_optimizers as optimizers

    adam = optimizers.AdamOptimizer([theta], learning_rate_init=settings.learning_rate)
    best, stale = math.inf, 0
    for _ in range(settings.max_iter):
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
        if stale >= _PATIENCE:
            record.outcome.converged = True
            record.outcome.message = f"no improvement of {settings.tol} in {_PATIENCE} epochs"
            return
    record.outcome.message = f"reached max_iter = {settings.max_iter} epochs"


def _batches(
    n_items: int, size: int | None, rng: np.random.Generator
) -> Iterator[NDArray[np.intp] | None]:
    if size is None or size >= n_items:
        yield None
        return
    order = rng.permutation(n_items)
    for begin in range(0, n_items, size):
        yield order[begin : begin + size]
