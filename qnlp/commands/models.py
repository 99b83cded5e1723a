"""`qnlp evaluate` and `qnlp predict`: a trained model at work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from qnlp._reading import read, warn_of_coverage
from qnlp.baselines import baseline_scores
from qnlp.classifier import SentenceClassifier
from qnlp.commands.config import resolve
from qnlp.commands.sentences import naming_lines
from qnlp.commands.training import load_labelled, score_table
from qnlp.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qnlp.commands.config import RunConfig
    from qnlp.commands.output import Output
    from qnlp.commands.sentences import Texts
    from qnlp.datasets import LabelledSentences
    from qnlp.diagram import Diagram

__all__ = ["evaluate", "predict", "read_for"]


def evaluate(
    path: str,
    files: Sequence[str],
    config: RunConfig,
    oov: str | None,
    allow_previous: bool,
    output: Output,
) -> int:
    """Score a model on labelled files, beside the baselines."""
    model = _load(path, oov, allow_previous)
    names = [str(name) for name in model.classes_]
    train = None if config.train is None else load_labelled(config.train, config)
    found = {}
    for file in files:
        data = load_labelled(file, config, names)
        found[file] = _scores(model, data, [names.index(label) for label in data.labels])
        if train is not None:
            found[file] |= baseline_scores(train, data)
    text = score_table(found)
    if train is None:
        text += "\nunigram baseline: give the training file with --train"
    output.result(text, {"model": path, "scores": found})
    return 0


def _scores(
    model: SentenceClassifier, data: LabelledSentences, numbers: Sequence[int]
) -> dict[str, float]:
    diagrams = read_for(model, data.sentences, data.sources)
    labels = model.classes_[list(numbers)]
    majority = int(np.argmax(model.class_frequencies_))
    with naming_lines(data.sources):
        return {
            "accuracy": float(model.score(diagrams, labels)),
            "loss": model.loss(diagrams, labels),
            "majority": float(np.mean(np.asarray(numbers) == majority)),
        }


def predict(path: str, texts: Texts, oov: str | None, allow_previous: bool, output: Output) -> int:
    """Print the most probable label of each sentence."""
    model = _load(path, oov, allow_previous)
    diagrams = read_for(model, texts.sentences, texts.sources)
    with naming_lines(texts.sources):
        probabilities = model.predict_proba(diagrams)
    labels = [str(model.classes_[k]) for k in probabilities.argmax(1)]
    lines = [
        f"{label}\t{row.max():.4f}\t{sentence}"
        for label, row, sentence in zip(labels, probabilities, texts.sentences, strict=True)
    ]
    predictions = [
        {"sentence": sentence, "label": label, "probabilities": row.tolist()}
        for label, row, sentence in zip(labels, probabilities, texts.sentences, strict=True)
    ]
    classes = [str(name) for name in model.classes_]
    output.result("\n".join(lines), {"classes": classes, "predictions": predictions})
    return 0


def _load(path: str, oov: str | None, allow_previous: bool) -> SentenceClassifier:
    model = SentenceClassifier.load(path, allow_previous=allow_previous)
    if oov is not None:
        model.set_params(oov=resolve(None, {"oov": oov}).oov)
    return model


def read_for(model: SentenceClassifier, sentences: Sequence[str], sources: Any) -> list[Diagram]:
    """The diagrams of sentences; one that its reader skips is an error."""
    found, report = read(model.reader_, sentences, sources)
    warn_of_coverage(report, "cannot be given a label")
    if None in found:
        message = f"sentence {found.index(None)} cannot be read, and the model's reader skips it"
        raise DataError(message)
    return [diagram for diagram in found if diagram is not None]
