"""What a training did and what a model learnt, each a plot by one call.

Every function draws on the axes that it is given, or on a new figure of pyplot's, and returns the
axes, so that title, size and file are matplotlib's own business: ``plot.word_map(model).figure``.

Examples
--------
>>> import pytest
>>> matplotlib = pytest.importorskip("matplotlib")
>>> matplotlib.use("Agg")
>>> from qnlp import SentenceClassifier, plot
>>> texts = ["man cooks dinner", "woman bakes cake", "man writes code", "woman debugs code"]
>>> model = SentenceClassifier(seed=0).fit(texts, ["food", "food", "it", "it"])
>>> plot.training_curves(model).get_ylabel()
'loss'
>>> plot.confusion_matrix(model, texts, ["food", "food", "it", "it"]).get_xlabel()
'predicted'
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from qnlp._lazy import require
from qnlp.errors import DataError, UnknownWordError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike, NDArray

    from qnlp.classifier import SentenceClassifier
    from qnlp.diagram import Diagram

__all__ = ["confusion_matrix", "success_histogram", "training_curves", "word_map"]

_MOST_WORDS = 60
_LEAST = 1e-12  # a success probability that is drawn; smaller ones are drawn here


def training_curves(
    model: SentenceClassifier | Sequence[Mapping[str, Any]], *, ax: Axes | None = None
) -> Axes:
    """Loss by iteration; with an `eval_set` its loss and, on an axis of its own, its accuracy.

    Parameters
    ----------
    model : SentenceClassifier or sequence of mapping
        A fitted classifier, or its `history_`.
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    DataError
        If the history is empty.
    """
    history = list(getattr(model, "history_", model))
    if not history:
        message = "the history has no iterations to draw"
        raise DataError(message)
    ax = _axes(ax)
    ax.plot(_column(history, "loss"), label="training loss")
    ax.set(xlabel="iteration", ylabel="loss")
    if any("eval_loss" in record for record in history):
        ax.plot(_column(history, "eval_loss"), label="evaluation loss")
        right = ax.twinx()
        right.plot(_column(history, "eval_accuracy"), "--", color="C2", label="evaluation accuracy")
        right.set(ylabel="accuracy", ylim=(0, 1))
        lines = [*ax.get_lines(), *right.get_lines()]
        right.legend(lines, [str(line.get_label()) for line in lines], loc="center right")
    return ax


def confusion_matrix(
    model: SentenceClassifier,
    X: Sequence[str | Diagram],
    y: ArrayLike,
    *,
    ax: Axes | None = None,
) -> Axes:
    """How many sentences of each label were given each label.

    Parameters
    ----------
    model : SentenceClassifier
        Fitted.
    X : sequence of str or Diagram, length n
    y : array_like, shape (n,)
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    matplotlib.axes.Axes
        A row a true label, a column a predicted one.
    """
    from sklearn.metrics import ConfusionMatrixDisplay

    found = model.predict(X)
    ax = _axes(ax)
    display = ConfusionMatrixDisplay.from_predictions(
        np.asarray(y), found, labels=model.classes_, cmap="Blues", colorbar=False, ax=ax
    )
    display.ax_.set(xlabel="predicted", ylabel="label")
    return ax


def word_map(
    model: SentenceClassifier, words: Iterable[str] | None = None, *, ax: Axes | None = None
) -> Axes:
    """Words of one type in the plane: close together where they turn their qubits alike.

    Parameters
    ----------
    model : SentenceClassifier
        Fitted.
    words : iterable of str, optional
        Which words; by default the first 60 of the type that most words have. All must have one
        type with parameters in common; of a word with several types that one is taken.
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    UnknownWordError
        If a word is not in the model's vocabulary as one of that type.
    DataError
        If there are fewer than two words to draw.

    Notes
    -----
    Each angle p stands as (cos πp, sin πp), since a turn by p and one by p + 2 are the same; then
    the two first principal components.
    """
    from sklearn.decomposition import PCA

    kind, names, angles = _of_one_type(model, words)
    turns = np.pi * angles
    circle = np.concatenate([np.cos(turns), np.sin(turns)], 1)
    x, y = PCA(2, svd_solver="full").fit_transform(circle).T
    ax = _axes(ax)
    ax.scatter(x, y, s=12)
    for at in zip(x, y, names, strict=True):
        ax.annotate(at[2], at[:2], xytext=(3, 2), textcoords="offset points", fontsize="small")
    ax.set(title=f"words of type {kind}", xlabel="first component", ylabel="second component")
    return ax


def _of_one_type(
    model: SentenceClassifier, words: Iterable[str] | None
) -> tuple[str, list[str], NDArray[np.float64]]:
    """The type, the words, and a row of angles each."""
    vocabulary = model.vocabulary_
    wanted = None if words is None else list(dict.fromkeys(words))
    boxes = [
        box
        for box in vocabulary.boxes
        if vocabulary.ansatz.symbols(box) and (wanted is None or box.name in wanted)
    ]
    if not boxes:
        message = "none of the words has parameters" if wanted is None else f"{wanted} are unknown"
        raise DataError(message) if wanted is None else UnknownWordError(message)
    (dom, cod), _ = Counter((box.dom, box.cod) for box in boxes).most_common(1)[0]
    kind = str(dom @ cod)
    row = {
        box.name: vocabulary.first[box.generator]
        for box in boxes
        if (box.dom, box.cod) == (dom, cod)
    }
    names = list(row)[:_MOST_WORDS] if wanted is None else wanted
    missing = [name for name in names if name not in row]
    if missing:
        message = f"word {missing[0]!r} is not in the model's vocabulary with the type {kind}"
        raise UnknownWordError(message)
    if len(names) < 2:
        message = f"there is {len(names)} word of type {kind}, expected two or more to draw"
        raise DataError(message)
    n = len(vocabulary.ansatz.symbols(next(b for b in boxes if (b.dom, b.cod) == (dom, cod))))
    return kind, names, np.array([model.theta_[row[name] : row[name] + n] for name in names])


def success_histogram(
    model: SentenceClassifier, X: Sequence[str | Diagram], *, ax: Axes | None = None
) -> Axes:
    """How many sentences' post-selections succeed how often, on a logarithmic axis.

    Parameters
    ----------
    model : SentenceClassifier
        Fitted.
    X : sequence of str or Diagram
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    matplotlib.axes.Axes
        Its title has the median. Probabilities below 1e-12 are drawn there.

    Raises
    ------
    DataError
        If none of the sentences can be evaluated.
    """
    found = model.success_probability(X)
    found = found[np.isfinite(found)]
    if not len(found):
        message = f"none of the {len(X)} sentences has a success probability"
        raise DataError(message)
    drawn = np.clip(found, _LEAST, 1.0)
    low = np.floor(np.log10(drawn.min()) - 1e-9)
    ax = _axes(ax)
    ax.hist(drawn, bins=np.logspace(low, 0, 31).tolist())
    ax.set_xscale("log")
    ax.set(
        title=f"median {np.median(found):.3g} of {len(found)}",
        xlabel="success probability of post-selection",
        ylabel="sentences",
    )
    return ax


def _axes(ax: Axes | None) -> Any:
    pyplot: Any = require("matplotlib.pyplot", "plot")
    return pyplot.figure(layout="constrained").subplots() if ax is None else ax


def _column(history: Sequence[Mapping[str, Any]], name: str) -> list[float]:
    return [float(record.get(name, "nan")) for record in history]
