"""Scores by cross-validation, and settings searched by Optuna on them."""

from __future__ import annotations

from os import getpid
from pathlib import Path
from socket import gethostname
from typing import TYPE_CHECKING, Any
from zlib import crc32

import numpy as np
from sklearn.base import clone
from sklearn.model_selection import StratifiedKFold

from qnlp._inputs import check_labels
from qnlp._lazy import require
from qnlp._reading import adapt, make_reader
from qnlp.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import ArrayLike, NDArray

    from qnlp.classifier import SentenceClassifier
    from qnlp.diagram import Diagram

    Sentences = Sequence[str | Diagram]
    Make = Callable[[Any], SentenceClassifier]

__all__ = ["cross_validate", "optuna_objective", "tune"]

EXTRA = "hpo"


def cross_validate(
    model: SentenceClassifier,
    X: Sentences,
    y: ArrayLike,
    *,
    n_folds: int = 5,
    seed: int = 0,
    n_jobs: int | None = None,
) -> dict[str, NDArray[np.float64]]:
    """Train and score on the folds of a set, each fold with as many of a class as the others.

    Parameters
    ----------
    model : SentenceClassifier
        Copied for each fold; give it ``oov="unk"`` or features, as a fold may have words that the
        others have not.
    X : sequence of str or Diagram, length n
        Read once, before the folds are made.
    y : array_like, shape (n,)
    n_folds : int, default 5
    seed : int, default 0
        Of the folds.
    n_jobs : int, optional
        Folds at once, by joblib: processes of this machine, or the hosts of a Dask cluster inside
        ``joblib.parallel_config(backend="dask")``. One by default. Scores do not depend on it.

    Returns
    -------
    dict
        ``accuracy`` and ``loss`` (cross-entropy), of shape (n_folds,).

    Raises
    ------
    DataError
        If a class has fewer sentences than there are folds.
    QnlpError
        If a sentence cannot be read, or as `SentenceClassifier.fit` has it.

    Examples
    --------
    >>> from qnlp import SentenceClassifier
    >>> from qnlp.tuning import cross_validate
    >>> texts = ["man cooks dinner", "woman bakes cake", "man writes code", "woman debugs code"]
    >>> model = SentenceClassifier("spiders", oov="unk", max_iter=5, n_restarts=1)
    >>> cross_validate(model, texts, [0, 0, 1, 1], n_folds=2)["accuracy"].shape
    (2,)
    """
    from joblib import Parallel, delayed  # type: ignore[import-untyped]

    diagrams, labels, folds = _folds(model, X, y, n_folds, seed)
    run = delayed(_one_fold)
    pairs = Parallel(n_jobs=n_jobs)(
        run(clone(model), diagrams, labels, train, test) for train, test in folds
    )
    accuracy, loss = np.array(pairs).T
    return {"accuracy": accuracy, "loss": loss}


def _folds(
    model: SentenceClassifier, X: Sentences, y: ArrayLike, n_folds: int, seed: int
) -> tuple[list[str | Diagram], NDArray[Any], list[tuple[NDArray[Any], NDArray[Any]]]]:
    """The sentences read, their labels, and the rows of each fold."""
    labels = check_labels(y, len(X))
    if isinstance(n_folds, bool) or n_folds < 2:
        message = f"n_folds is {n_folds!r}, expected an int of 2 or more"
        raise DataError(message)
    classes, counts = np.unique(labels, return_counts=True)
    if len(labels) == 0 or counts.min() < n_folds:
        rare = "no class" if len(labels) == 0 else f"class {classes[counts.argmin()].item()!r}"
        n = 0 if len(labels) == 0 else counts.min()
        message = f"{rare} has {n} sentences, expected at least one a fold ({n_folds})"
        raise DataError(message)
    reader = adapt(make_reader(model.reader), X)
    read: list[str | Diagram] = [reader(x) if isinstance(x, str) else x for x in X]
    splitter = StratifiedKFold(n_folds, shuffle=True, random_state=seed)
    return read, labels, list(splitter.split(np.zeros(len(labels)), labels))


def _one_fold(
    model: SentenceClassifier,
    X: Sequence[Any],
    labels: NDArray[Any],
    train: NDArray[Any],
    test: NDArray[Any],
) -> tuple[float, float]:
    model.fit([X[k] for k in train], labels[train])
    held_out = [X[k] for k in test]
    return float(model.score(held_out, labels[test])), model.loss(held_out, labels[test])


def optuna_objective(
    make: Make,
    X: Sentences,
    y: ArrayLike,
    *,
    n_folds: int = 5,
    seed: int = 0,
    metric: str = "accuracy",
) -> Callable[[Any], float]:
    """What Optuna optimises: the mean score of a trial's classifier over folds.

    After each fold the mean so far is reported, so that a pruner may end trials that are behind.

    Parameters
    ----------
    make : callable
        Given an `optuna.Trial`, gives a `SentenceClassifier`.
    X, y, n_folds, seed
        As of `cross_validate`. Sentences are read once for all trials of one reader.
    metric : {"accuracy", "loss"}
        The first is to be maximised, the second minimised.

    Returns
    -------
    callable
        For ``study.optimize``, in as many processes or hosts as share the study's storage.

    Raises
    ------
    DataError
        If there is no such metric, or as `cross_validate` has it.

    Examples
    --------
    >>> import pytest
    >>> optuna = pytest.importorskip("optuna")
    >>> from qnlp import SentenceClassifier
    >>> from qnlp.tuning import optuna_objective
    >>> def make(trial):
    ...     l2 = trial.suggest_float("l2", 1e-4, 1e-1, log=True)
    ...     return SentenceClassifier("spiders", oov="unk", l2=l2, max_iter=5, n_restarts=1)
    >>> texts = ["man cooks dinner", "woman bakes cake", "man writes code", "woman debugs code"]
    >>> objective = optuna_objective(make, texts, [0, 0, 1, 1], n_folds=2)
    >>> optuna.logging.set_verbosity(optuna.logging.WARNING)
    >>> study = optuna.create_study(direction="maximize")
    >>> study.optimize(objective, n_trials=1)
    >>> 0 <= study.best_value <= 1
    True
    """
    optuna: Any = require("optuna", EXTRA)
    if metric not in ("accuracy", "loss"):
        message = f"metric is {metric!r}, expected 'accuracy' or 'loss'"
        raise DataError(message)
    read: dict[str, Any] = {}

    def objective(trial: Any) -> float:
        model = make(trial)
        key = repr(model.reader)
        if key not in read:
            read[key] = _folds(model, X, y, n_folds, seed)
        diagrams, labels, folds = read[key]
        scores: list[float] = []
        for k, (train, test) in enumerate(folds):
            found = _one_fold(clone(model), diagrams, labels, train, test)
            scores.append(found[0] if metric == "accuracy" else found[1])
            trial.report(float(np.mean(scores)), k)
            if k + 1 < len(folds) and trial.should_prune():
                raise optuna.TrialPruned
        return float(np.mean(scores))

    return objective


def tune(
    make: Make,
    X: Sentences,
    y: ArrayLike,
    *,
    n_trials: int = 20,
    path: str | Path | None = None,
    n_folds: int = 5,
    seed: int = 0,
    metric: str = "accuracy",
) -> Any:
    """Search for settings by Optuna: its tree-structured Parzen estimator, pruned by the median.

    Parameters
    ----------
    make, X, y, n_folds, seed, metric
        As of `optuna_objective`; `seed` is also the sampler's, with a `path` together with the
        process and the trials that are there.
    n_trials : int, default 20
        That this call adds.
    path : str or Path, optional
        A journal that keeps the trials: a later call goes on with them, and processes of several
        hosts that share the file work on one study.

    Returns
    -------
    optuna.Study
        ``study.best_params`` and ``study.best_value``; ``make(study.best_trial)`` is the classifier.

    Raises
    ------
    MissingDependencyError
        If Optuna is not installed.

    Examples
    --------
    >>> import pytest
    >>> optuna = pytest.importorskip("optuna")
    >>> from qnlp import SentenceClassifier
    >>> from qnlp.tuning import tune
    >>> def make(trial):
    ...     name = trial.suggest_categorical("ansatz", ["iqp", "tensor"])
    ...     return SentenceClassifier("spiders", name, oov="unk", max_iter=5, n_restarts=1)
    >>> texts = ["man cooks dinner", "woman bakes cake", "man writes code", "woman debugs code"]
    >>> study = tune(make, texts, [0, 0, 1, 1], n_trials=2, n_folds=2)
    >>> len(study.trials)
    2
    """
    optuna: Any = require("optuna", EXTRA)
    objective = optuna_objective(make, X, y, n_folds=n_folds, seed=seed, metric=metric)
    storage = None
    if path is not None:
        journal: Any = require("optuna.storages.journal", EXTRA)
        storage = optuna.storages.JournalStorage(journal.JournalFileBackend(str(Path(path))))
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        study = optuna.create_study(
            study_name="qnlp",
            direction="maximize" if metric == "accuracy" else "minimize",
            pruner=optuna.pruners.MedianPruner(),
            storage=storage,
            load_if_exists=True,
        )
        # Who shares a study must not all try the same.
        own = f"{seed} {gethostname()} {getpid()} {len(study.trials)}".encode()
        study.sampler = optuna.samplers.TPESampler(seed=seed if path is None else crc32(own))
        study.optimize(objective, n_trials=n_trials)
    finally:
        optuna.logging.set_verbosity(before)
    return study
