"""Training from several beginnings, and going on where a run was stopped."""

from __future__ import annotations

import math
from concurrent.futures import CancelledError, ThreadPoolExecutor
from copy import copy
from dataclasses import dataclass, replace
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from qnlp.checkpoint import load_checkpoint, save_checkpoint
from qnlp.errors import CheckpointCorruptError, CheckpointError
from qnlp.objective import Objective
from qnlp.training import Outcome, Snapshot, minimise

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from qnlp.checkpoint import Checkpoint
    from qnlp.objective import Evaluator
    from qnlp.training import Problem, Settings

__all__ = ["Restarts", "TrainingFolder"]

_CLASS = "qnlp.training"


def final_loss(run: Outcome) -> float:
    """Of the evaluation set if there is one, else of the training set."""
    return float(run.best.get("eval_loss", run.loss)) if run.best else math.inf


@dataclass
class Restarts:
    """Where training is: the best of the runs that ended, and the one under way.

    Parameters
    ----------
    evaluator : Evaluator
        Draws each run's beginning.
    rng : numpy.random.Generator
    n_restarts : int
    n_jobs : int
        Runs at once, each in a thread.
    """

    evaluator: Evaluator
    rng: np.random.Generator
    n_restarts: int
    n_jobs: int = 1

    def __post_init__(self) -> None:
        self.best = Outcome(np.zeros(self.evaluator.n_weights))
        self.number = 0
        self.begin: NDArray[np.float64] | None = None
        self.run: Outcome | None = None
        self.snapshot: Snapshot | None = None

    def train(self, problem: Problem, settings: Settings, folder: TrainingFolder | None) -> None:
        """Run what is left; after an exception `best` is the best so far."""
        if self.n_jobs > 1 and folder is None:
            self._train_at_once(problem, settings)
            return
        while self.number < self.n_restarts:
            if self.run is None or self.begin is None:
                self.begin = self.evaluator.begin(self.rng)
                self.run = Outcome(self.begin)
            run, begin = self.run, self.begin
            self.evaluator.recenter(begin)
            try:
                minimise(
                    problem,
                    begin,
                    settings,
                    self.rng,
                    run,
                    save=None if folder is None else lambda s: self._save(s, folder),
                    resume=self.snapshot,
                )
            finally:
                if self.best.n_iter == 0 or final_loss(run) < final_loss(self.best):
                    self.best = run
            self.number, self.run, self.snapshot = self.number + 1, None, None
        if folder is not None:
            folder.save(self)

    def _train_at_once(self, problem: Problem, settings: Settings) -> None:
        """The same runs, several at a time; on Ctrl-C each ends at its next iteration."""
        begins = [self.evaluator.begin(self.rng) for _ in range(self.n_restarts)]
        runs = [Outcome(begin) for begin in begins]
        ends: list[BaseException] = []  # the first is what ended the training
        speaking = Lock()

        def tell(record: dict[str, Any]) -> None:
            with speaking:
                try:
                    for callback in settings.callbacks:
                        callback(record)
                except BaseException as end:
                    ends.append(end)
                    raise
            if ends:
                raise CancelledError

        def one(k: int, rng: np.random.Generator) -> None:
            if ends:
                raise CancelledError
            own = _apart(problem, begins[k])
            minimise(own, begins[k], replace(settings, callbacks=(tell,)), rng, runs[k])

        try:
            # Around all, as each run's own limit would be given back while others still run.
            with threadpool_limits(1, user_api="blas"), ThreadPoolExecutor(self.n_jobs) as pool:
                work = [pool.submit(one, k, rng) for k, rng in enumerate(self.rng.spawn(len(runs)))]
                try:
                    for found in work:
                        found.result()
                except CancelledError:
                    pool.shutdown(cancel_futures=True)
                    raise ends[0] from None
                except BaseException as end:
                    ends.append(end)
                    pool.shutdown(cancel_futures=True)
                    raise
        finally:
            self.best = min([run for run in runs if run.n_iter] or [self.best], key=final_loss)
            self.number = len(runs)

    def _save(self, snapshot: Snapshot, folder: TrainingFolder) -> None:
        self.snapshot = snapshot
        folder.save(self)


def _apart(problem: Problem, begin: NDArray[np.float64]) -> Problem:
    """The problem with a penalty on the way from where one run began, whatever others do."""
    objective = problem.loss_and_gradient
    if not isinstance(objective, Objective):
        return problem
    parameters = copy(objective.evaluator.parameters)
    own = replace(objective, evaluator=replace(objective.evaluator, parameters=parameters))
    own.evaluator.recenter(begin)
    return replace(problem, loss_and_gradient=own, loss=own.loss)


@dataclass
class TrainingFolder:
    """Checkpoints of a training under way.

    Parameters
    ----------
    path : Path
    fingerprint : str
        Of the sentences and settings: a run goes on only with those that it began with.
    """

    path: Path
    fingerprint: str

    def save(self, at: Restarts) -> None:
        """Save where training is."""
        arrays = {"begin": at.begin if at.begin is not None else np.zeros(0)}
        state: dict[str, Any] = {"number": at.number, "rng": at.rng.bit_generator.state}
        for name, outcome in (("best", at.best), ("run", at.run)):
            if outcome is not None and outcome.n_iter:
                arrays[name] = outcome.theta
                state[name] = {
                    key: getattr(outcome, key)
                    for key in ("loss", "n_iter", "converged", "message", "history", "best")
                }
        if at.snapshot is not None and at.run is not None:
            arrays["theta"] = at.snapshot.theta
            arrays |= {f"optimizer {k}": v for k, v in at.snapshot.vectors.items()}
            state["counts"] = at.snapshot.counts
        step = at.number * 1_000_000 + (0 if at.run is None else at.run.n_iter)
        config = {"class": _CLASS, "fingerprint": self.fingerprint}
        save_checkpoint(
            self.path, step=step, tensors={"training": arrays}, state=state, config=config
        )

    def load(self, at: Restarts) -> bool:
        """Put training where the newest checkpoint has it, if there is one.

        Raises
        ------
        CheckpointError
            If it is of other sentences or settings.
        """
        if not self.path.is_dir() or not any(self.path.glob("step-*")):
            return False
        found = load_checkpoint(self.path, expect_class=_CLASS)
        if found.config.get("fingerprint") != self.fingerprint:
            message = (
                f"{self.path}: holds the training of other sentences or with other settings, so it "
                "cannot go on; give those, or another run_dir"
            )
            raise CheckpointError(message)
        try:
            self._restore(found, at)
        except (KeyError, TypeError, ValueError) as error:
            message = f"{found.path}/state.json: not the state of a training: {error!r}"
            raise CheckpointCorruptError(message) from error
        return True

    def _restore(self, found: Checkpoint, at: Restarts) -> None:
        arrays, state = found.tensors["training"], found.state
        at.number = int(state["number"])
        at.rng.bit_generator.state = state["rng"]
        if "best" in state:
            at.best = Outcome(arrays["best"], **state["best"])
        if "run" in state:
            at.run = Outcome(arrays["run"], **state["run"])
            at.begin = arrays["begin"]
            prefix = "optimizer "
            vectors = {k.removeprefix(prefix): v for k, v in arrays.items() if k.startswith(prefix)}
            at.snapshot = Snapshot(arrays["theta"], vectors, dict(state["counts"]))
