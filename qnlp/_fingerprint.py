"""What a training depends on, as one number: a run goes on only with what it began with."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np

from qnlp.vocabulary import named_generators

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qnlp.classifier import SentenceClassifier
    from qnlp.diagram import Diagram
    from qnlp.training import Problem

__all__ = ["fingerprint"]

_SETTINGS = (
    "optimizer",
    "learning_rate",
    "batch_size",
    "tol",
    "n_restarts",
    "oov",
    "min_freq",
    "l2",
    "patience",
    "checkpoint_every",
)


def fingerprint(model: SentenceClassifier, diagrams: Sequence[Diagram], problem: Problem) -> str:
    """SHA-256 of the settings, words, wirings, labels and weights of a training.

    How long it runs (``max_iter``, ``max_time``) is left out: a run may go on for longer.
    """
    loss: Any = problem.loss_and_gradient
    vocabulary = model.vocabulary_
    generators, begin = named_generators(diagrams)
    number = dict(zip(vocabulary.first, range(len(vocabulary.boxes)), strict=True))
    config = {
        "ansatz": model.ansatz_.config(),
        "features": None if model.features is None else model.features.config(),
        "vectors": _vectors(model),
        "head": None if model.head is None else [model.head.n_outcomes],
        "seed": int(model.seed) if isinstance(model.seed, int | np.integer) else None,
        "boxes": [[b.name, b.dom.objects, b.cod.objects] for b in vocabulary.boxes],
        "wiring": [[len(d), [k for _, k in d.layers]] for d in diagrams],
        **{name: getattr(model, name) for name in _SETTINGS},
    }
    digest = sha256(json.dumps(config, default=str).encode())
    digest.update(np.array([number[g] for g in generators.tolist()], np.int64).tobytes())
    digest.update(begin.tobytes())
    digest.update(loss.targets.astype(np.int64).tobytes())
    digest.update(b"" if loss.weights is None else loss.weights.tobytes())
    return digest.hexdigest()


def _vectors(model: SentenceClassifier) -> str:
    digest = sha256()
    if model.features is not None:
        for word, vector in sorted((model.features.vectors or {}).items()):
            digest.update(f"{word} ".encode())
            digest.update(np.ascontiguousarray(vector, np.float64).tobytes())
    return digest.hexdigest()
