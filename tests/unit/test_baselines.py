"""The floors that are printed beside a score."""

from __future__ import annotations

import subprocess
import sys

import pytest

from qnlp.baselines import baseline_scores
from qnlp.datasets import LabelledSentences, load_dataset
from qnlp.errors import DataError


def test_majority_takes_the_most_frequent_label_of_training() -> None:
    train = LabelledSentences(["a", "b", "c"], ["x", "y", "y"])
    test = LabelledSentences(["a", "b", "c", "d"], ["x", "x", "x", "y"])
    assert baseline_scores(train, test)["majority"] == 0.25


def test_of_equally_frequent_labels_majority_takes_the_first_by_name() -> None:
    train = LabelledSentences(["a", "b"], ["y", "x"])
    assert baseline_scores(train, LabelledSentences(["a"], ["x"]))["majority"] == 1.0


def test_unigram_learns_which_words_tell_the_label() -> None:
    train, test = load_dataset("food-it"), load_dataset("food-it", "test")
    assert baseline_scores(train, test) == {"majority": 0.5, "unigram": 1.0}


def test_unigram_cannot_tell_what_only_order_tells() -> None:
    train, test = (load_dataset("relative-clauses", split) for split in ("train", "test"))
    assert baseline_scores(train, test) == {"majority": 0.5, "unigram": 0.5}


def test_unigram_counts_words_of_one_letter_and_no_punctuation() -> None:
    train = LabelledSentences(["I .", "a !"] * 5, ["x", "y"] * 5)
    test = LabelledSentences(["i !", "A ."], ["x", "y"])
    assert baseline_scores(train, test)["unigram"] == 1.0


def test_several_classes_and_unseen_words_are_no_trouble() -> None:
    train = LabelledSentences(["a", "b", "c"] * 3, ["x", "y", "z"] * 3)
    test = LabelledSentences(["c", "zorf"], ["z", "x"])
    assert 0.5 <= baseline_scores(train, test)["unigram"] <= 1.0


def test_one_class_of_training_makes_unigram_the_majority() -> None:
    train = LabelledSentences(["a", "b"], ["x", "x"])
    scores = baseline_scores(train, LabelledSentences(["a", "b"], ["x", "y"]))
    assert scores == {"majority": 0.5, "unigram": 0.5}


@pytest.mark.parametrize("empty", ["train", "test"])
def test_an_empty_split_is_named(empty: str) -> None:
    splits = {name: LabelledSentences(["a"], ["x"]) for name in ("train", "test")}
    splits[empty] = LabelledSentences([], [])
    with pytest.raises(DataError, match=f"{empty} has no sentences"):
        baseline_scores(**splits)


def test_scikit_learn_is_imported_at_the_first_call_only() -> None:
    code = "import sys, qnlp.baselines, qnlp.datasets; assert 'sklearn' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
