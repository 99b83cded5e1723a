"""Which parameters a word has."""

from __future__ import annotations

import pickle

import numpy as np

from qnlp import Box, IQPAnsatz, Spider, Ty, Word
from qnlp.vocabulary import (
    UNKNOWN,
    Vocabulary,
    named_boxes,
    rare_words,
    rename_words,
    unknown_parameters,
)

N, S = Ty("n"), Ty("s")
ANSATZ = IQPAnsatz({"n": 1, "s": 1})
WORDS = [Word("runs", N.r @ S), Word("Bob", N), Word("Alice", N), Word("Bob", N @ N.l)]


def test_the_order_is_that_of_names_and_types_whatever_the_order_of_use() -> None:
    vocabulary = Vocabulary(ANSATZ, WORDS)
    assert [box.name for box in vocabulary.boxes] == ["Alice", "Bob", "Bob", "runs"]
    assert Vocabulary(ANSATZ, [*WORDS[::-1], *WORDS]).symbols == vocabulary.symbols
    assert len(vocabulary) == len(set(vocabulary.symbols)) == 3 + 3 + 1 + 1


def test_turned_and_daggered_words_are_the_word() -> None:
    vocabulary = Vocabulary(ANSATZ, [WORDS[1].r.dagger()])
    assert WORDS[1] in vocabulary
    assert WORDS[1].l in vocabulary
    assert WORDS[0] not in vocabulary


def test_vocabularies_survive_pickle() -> None:
    vocabulary = Vocabulary(ANSATZ, WORDS)
    again = pickle.loads(pickle.dumps(vocabulary))
    assert again.symbols == vocabulary.symbols
    assert again.first == vocabulary.first


def test_only_named_boxes_have_parameters() -> None:
    d = Word("a", N) @ Word("b", N) >> Spider(2, 1, N) >> Box("f", N, S).dagger().dagger()
    assert {box.name for box in named_boxes([d, d])} == {"a", "b", "f"}


def test_unknown_words_keep_their_type_turn_and_dagger() -> None:
    d = Word("a", N).dagger() @ Box("f", N, S).r @ Word("b", S)
    renamed = rename_words(d, lambda box: box.name != "b")
    assert [box.base.name for box in renamed.boxes] == [UNKNOWN, UNKNOWN, "b"]
    assert (renamed.dom, renamed.cod) == (d.dom, d.cod)
    assert [box.is_dagger for box in renamed.boxes] == [True, False, False]


def test_rare_words_are_those_of_few_uses_and_no_boxes() -> None:
    d = Word("a", N) @ Word("a", N) @ Word("b", N) @ Box("f", N, S)
    assert rare_words([d], 2) == {Word("b", N).generator}
    assert rare_words([d], 1) == set()


def test_the_unknown_word_is_the_circular_mean_of_its_type() -> None:
    vocabulary = Vocabulary(ANSATZ, [Word("a", N), Word("b", N), Word("c", N.r @ S)])
    theta = np.array([0.9, 0.1, 0.0, -0.9, 0.3, 0.0, 0.4])  # 0.9 and -0.9 are neighbours
    found = unknown_parameters(vocabulary, theta)
    assert {box.cod for box in found} == {N, N.r @ S}
    first = found[Word(UNKNOWN, N)]
    np.testing.assert_allclose(np.abs(first[0]), 1, atol=1e-12)
    np.testing.assert_allclose(first[1:], [0.2, 0.0], atol=1e-12)
    np.testing.assert_allclose(found[Word(UNKNOWN, N.r @ S)], [0.4])


def test_a_trained_unknown_word_is_not_overwritten_and_none_has_none() -> None:
    known = Vocabulary(ANSATZ, [Word("a", N), Word(UNKNOWN, N)])
    assert unknown_parameters(known, np.zeros(6)) == {}
    assert unknown_parameters(Vocabulary(ANSATZ, []), np.zeros(0)) == {}
