"""A fitted classifier as a checkpoint, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from qnlp.ansatz import ansatz_from_config
from qnlp.backend import Backend, get_backend
from qnlp.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from qnlp.diagram import Box, Ty, Word
from qnlp.errors import CheckpointCorruptError, CheckpointError, QnlpError
from qnlp.features import FeatureMap, WordFeatures
from qnlp.grammar import READERS, reader_from_config
from qnlp.heads import LinearHead
from qnlp.vocabulary import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from qnlp.classifier import SentenceClassifier

__all__ = ["load_classifier", "save_classifier"]

_CLASS = "qnlp.SentenceClassifier"
_PLAIN = (
    "optimizer",
    "max_iter",
    "learning_rate",
    "batch_size",
    "tol",
    "n_restarts",
    "oov",
    "min_freq",
    "rewrite",
    "simplify",
    "l2",
    "patience",
)


def save_classifier(model: SentenceClassifier, path: Path) -> Path:
    """Write a fitted classifier; see `SentenceClassifier.save`."""
    state = {
        "classes": model.classes_.tolist(),
        "classes_dtype": model.classes_.dtype.str,
        "boxes": [_box_row(box) for box in model.vocabulary_.boxes],
        "loss": model.loss_,
        "n_iter": model.n_iter_,
        "converged": model.converged_,
        "message": model.message_,
        "history": model.history_,
    }
    tensors = {"theta": model.theta_, "class_frequencies": model.class_frequencies_}
    if model.head is not None:
        tensors["head"] = model.head_weights_
    groups: dict[str, dict[str, np.ndarray[Any, Any]]] = {"model": tensors}
    fitted = model.feature_map_
    if fitted is not None:
        state["features"] = {"n_sentences": fitted.n_sentences, "seed": fitted.seed}
        groups["features"] = {
            "weights": model.weights_,
            "keys": fitted.keys,
            "spellings": fitted.spellings,
            "frequency": fitted.frequency,
        }
        vectors = fitted.features.vectors
        if vectors:
            names = sorted(vectors)
            state["features"]["words"] = names
            groups["features"]["vectors"] = np.array([vectors[w] for w in names], np.float64)
    return save_checkpoint(
        path, step=model.n_iter_, tensors=groups, state=state, config=_config(model)
    )


def _config(model: SentenceClassifier) -> dict[str, Any]:
    reader = model.reader_
    config: dict[str, Any] = getattr(reader, "config", dict)()
    if config.get("reader") not in READERS:
        message = f"reader {type(reader).__name__} has no registered name, so it cannot be saved"
        raise CheckpointError(message)
    backend = get_backend(model.backend).config()
    seed = model.seed if isinstance(model.seed, int | np.integer) else None
    return {
        "class": _CLASS,
        "reader": config,
        "ansatz": model.ansatz_.config(),
        "backend": backend,
        "seed": None if seed is None else int(seed),
        "parameters": {name: _plain(getattr(model, name)) for name in _PLAIN},
        "features": None if model.features is None else model.features.config(),
        "head": None if model.head is None else {"n_outcomes": model.head.n_outcomes},
    }


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    return list(value) if isinstance(value, tuple | set | frozenset) else value


def _box_row(box: Box) -> list[Any]:
    return [
        box.kind,
        box.name,
        [list(o) for o in box.dom.objects],
        [list(o) for o in box.cod.objects],
    ]


def load_classifier(path: Path, *, allow_previous: bool) -> SentenceClassifier:
    """Read a classifier; see `SentenceClassifier.load`."""
    found = load_checkpoint(path, allow_previous=allow_previous, expect_class=_CLASS)
    try:
        return _restore(found)
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        message = f"{found.path}/state.json: not the state of a classifier: {error!r}"
        raise CheckpointCorruptError(message) from error


def _restore(found: Checkpoint) -> SentenceClassifier:
    from qnlp.classifier import SentenceClassifier

    config, state = found.config, found.state
    unknown = set(config["parameters"]) - set(_PLAIN)
    if unknown:
        message = f"{found.path}/config.json: unknown parameters {sorted(unknown)}"
        raise CheckpointCorruptError(message)
    ansatz = ansatz_from_config(config["ansatz"])
    reader = reader_from_config(config["reader"])
    model = SentenceClassifier(
        reader=reader,
        ansatz=ansatz,
        backend=_backend(config["backend"]),
        seed=config["seed"],
        head=LinearHead(**config["head"]) if config.get("head") else None,
        **config["parameters"],
    )
    model.reader_ = reader
    model.ansatz_ = ansatz
    model.vocabulary_ = Vocabulary(ansatz, [_box(row) for row in state["boxes"]])
    model.classes_ = np.array(state["classes"], dtype=_label_dtype(state["classes_dtype"]))
    tensors = found.tensors["model"]
    model.theta_ = _checked(found, tensors["theta"], len(model.vocabulary_))
    model.class_frequencies_ = _checked(found, tensors["class_frequencies"], len(model.classes_))
    head = np.zeros(0)
    if model.head is not None:
        n_head = len(model.head.begin(len(model.classes_)))
        head = _checked(found, tensors["head"], n_head)
    weights = model.theta_
    model.feature_map_ = None
    if config.get("features") is not None:
        model.feature_map_ = _features(found)
        model.features = model.feature_map_.features
        values = found.tensors["features"]["weights"]
        weights = _checked(found, values, model.feature_map_.n_weights)
    model.head_weights_, model.weights_ = head, weights
    model.loss_ = float(state["loss"])
    model.n_iter_ = int(state["n_iter"])
    model.converged_ = bool(state["converged"])
    model.message_ = str(state["message"])
    model.history_ = list(state["history"])
    return model


def _features(found: Checkpoint) -> FeatureMap:
    config, state = dict(found.config["features"]), found.state["features"]
    tensors = found.tensors["features"]
    vectors = None
    if "words" in state:
        rows = tensors["vectors"]
        _checked(found, rows.ravel(), len(state["words"]) * rows.shape[1])
        vectors = dict(zip(state["words"], rows, strict=True))
    config["ngrams"] = tuple(config["ngrams"])
    features = WordFeatures(**config, vectors=vectors)
    spellings, keys = (tensors[name].astype(np.int64) for name in ("spellings", "keys"))
    frequency = _checked(found, tensors["frequency"], len(spellings))
    n_sentences, seed = int(state["n_sentences"]), int(state["seed"])
    return FeatureMap(features, spellings, frequency, keys, n_sentences, seed)


def _backend(config: Mapping[str, Any]) -> Backend | dict[str, Any] | str:
    """By name where it has no options; made at its first use, so that loading needs no extra."""
    name = config.get("name")
    if not isinstance(name, str):
        message = f"backend has name {name!r}, expected a str"
        raise QnlpError(message)
    return name if set(config) == {"name"} else dict(config)


def _label_dtype(text: str) -> np.dtype[Any]:
    dtype = np.dtype(text)
    if dtype.kind not in "Uiufb":
        message = f"labels have dtype {text!r}, expected text or numbers"
        raise TypeError(message)
    return dtype


def _box(row: Any) -> Box:
    kind, name, dom, cod = row
    sides = [Ty.from_objects((str(a), int(z)) for a, z in side) for side in (dom, cod)]
    return Word(name, sides[1]) if kind == "word" else Box(name, *sides)


def _checked(found: Checkpoint, values: np.ndarray[Any, Any], length: int) -> Any:
    if values.dtype != np.float64 or values.shape != (length,) or not np.isfinite(values).all():
        message = (
            f"{found.path}/model.safetensors: expected {length} finite float64 values, "
            f"got {values.dtype} of shape {values.shape}"
        )
        raise CheckpointCorruptError(message)
    return values
