"""The scores that a model of meaning has to beat: what anyone gets from counting words."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from qnlp.errors import DataError
from qnlp.grammar.tokens import tokenise

if TYPE_CHECKING:
    from qnlp.datasets import LabelledSentences

__all__ = ["baseline_scores"]


def baseline_scores(train: LabelledSentences, test: LabelledSentences) -> dict[str, float]:
    """Accuracy on `test` of two models without grammar.

    Parameters
    ----------
    train, test : LabelledSentences

    Returns
    -------
    dict of str to float
        ``majority``: always the most frequent label of `train` (of equally frequent ones, the
        first in sorted order). ``unigram``: logistic regression on the counts of words, in lower
        case and without punctuation, with scikit-learn's default regularisation; equal to
        ``majority`` where `train` has one class.

    Raises
    ------
    DataError
        If either is empty.

    Notes
    -----
    Imports scikit-learn at the first call. Draws no random numbers.

    Examples
    --------
    >>> from qnlp.datasets import load_dataset
    >>> train, test = (load_dataset("relative-clauses", split) for split in ("train", "test"))
    >>> baseline_scores(train, test)
    {'majority': 0.5, 'unigram': 0.5}
    """
    for name, data in (("train", train), ("test", test)):
        if not len(data):
            message = f"{name} has no sentences, expected at least one"
            raise DataError(message)
    majority = _share([_most_frequent(train)] * len(test), test)
    if len(train.classes) == 1:
        return {"majority": majority, "unigram": majority}
    return {"majority": majority, "unigram": _share(_unigram(train, test), test)}


def _most_frequent(train: LabelledSentences) -> str:
    counts = Counter(train.labels)
    return min(counts, key=lambda label: (-counts[label], label))


def _unigram(train: LabelledSentences, test: LabelledSentences) -> list[str]:
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    model = make_pipeline(CountVectorizer(analyzer=_words), LogisticRegression(max_iter=1000))
    model.fit(train.sentences, train.labels)
    return [str(label) for label in model.predict(test.sentences)]


def _words(sentence: str) -> tuple[str, ...]:
    return tokenise(sentence.lower())


def _share(predicted: list[str], test: LabelledSentences) -> float:
    right = sum(p == label for p, label in zip(predicted, test.labels, strict=True))
    return right / len(test)
