"""Texts: who is spoken of, what a text's diagram means, and the readers of trees and walks."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from qnlp.classifier import SentenceClassifier
from qnlp.diagram import Box
from qnlp.errors import EmptySentenceError, GrammarError
from qnlp.grammar import (
    CCGReader,
    SequenceReader,
    SourceLine,
    SpidersReader,
    TextReader,
    TreeReader,
    reader_from_config,
)
from qnlp.grammar.texts import split_sentences
from qnlp.tensor import TensorFunctor
from qnlp.ty import Ty

s = Ty("s")
LENIENT = CCGReader(on_failure="fragments", codomain="s")
DIM = {"n": 2, "s": 3, "p": 2}


def drawn(box: Box) -> NDArray[np.float64]:
    rng = np.random.default_rng([*box.name.encode(), len(box.cod)])
    return rng.normal(size=[DIM[atom] for atom, _ in (box.dom @ box.cod).objects])


def spoken(text: str) -> dict[str, int]:
    return {m.name: m.referent for m in TextReader().mentions(text)}


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("A woman writes code. She likes it.", ["she woman", "it code"]),
        ("The man saw a girl. She laughed. He left.", ["she girl", "he man"]),
        ("Girls met a boy. They liked him.", ["they girls", "him boy"]),
        ("The man cooked dinner. He was a good chef. He slept.", ["he man"]),
        ("Mary slept. Then Mary woke.", ["mary mary"]),
        ("The man hurt himself.", ["himself man"]),
        ("The man said he slept.", ["he man"]),
        ("The boy in the park who sang was tall. We heard him.", ["him boy"]),
    ],
)
def test_a_pronoun_speaks_of_what_a_reader_would_say(text: str, pairs: list[str]) -> None:
    found = spoken(text)
    for pair in pairs:
        pronoun, noun = pair.split()
        assert found[pronoun] == found[noun]


@pytest.mark.parametrize(
    ("text", "apart"),
    [
        ("A man slept. A man woke.", 2),
        ("The woman slept. He woke.", 2),
        ("The man saw him.", 2),
        ("It rains. Dogs bark.", 2),
    ],
)
def test_what_is_new_or_does_not_agree_is_another(text: str, apart: int) -> None:
    assert len({m.referent for m in TextReader().mentions(text)}) == apart


def test_every_pronoun_of_the_published_texts_speaks_of_the_first_subject(
    shared_data: Path,
) -> None:
    reader = TextReader()
    counts: Counter[bool] = Counter()
    for part in ("train", "dev", "test"):
        path = shared_data / "qnlp" / f"discocirc_mc_{part}_data.txt"
        for line in path.read_text("utf-8").splitlines():
            mentions = reader.mentions(line.split(None, 1)[1])
            counts[all(m.referent == 0 for m in mentions if m.name in ("he", "she"))] += 1
    assert counts == {True: 300}


def test_sentences_are_cut_at_their_ends_and_not_after_abbreviations() -> None:
    text = 'Mr. Li said "Stop!" He left ... Why?\nNo stop here'
    assert split_sentences(text) == ['Mr. Li said "Stop!"', "He left ...", "Why?", "No stop here"]
    assert split_sentences("Wow !!! :-)") == ["Wow !!! :-)"]
    assert split_sentences(" \n ") == []


def test_a_text_means_its_sentences_about_one_phrase() -> None:
    found = TensorFunctor(DIM, drawn)(TextReader()("The old man cooks it. He sleeps."))
    the, old, man, cooks, it, sleeps = (
        drawn(b) for b in TextReader()("The old man cooks it. He sleeps.").boxes if b.kind == "word"
    )
    phrase = np.einsum("ab,bc,c->a", the, old, man)
    expected = np.einsum("i,isb,b,is->s", phrase, cooks, it, sleeps)
    np.testing.assert_allclose(found, expected, rtol=1e-10)


def test_sentences_that_share_nothing_are_multiplied() -> None:
    functor = TensorFunctor(DIM, drawn)
    apart = [functor(CCGReader()(x)) for x in ("Dogs bark.", "I know a song.", "Snow falls.")]
    together = functor(TextReader()("Dogs bark. I know a song. Snow falls."))
    np.testing.assert_allclose(together, np.prod(apart, axis=0), rtol=1e-10)


def test_a_text_of_one_sentence_is_the_sentence() -> None:
    sentence = "The old dog that we saw sleeps."
    functor = TensorFunctor(DIM, drawn)
    np.testing.assert_allclose(functor(TextReader()(sentence)), functor(CCGReader()(sentence)))


def test_a_phrase_may_hold_what_speaks_of_it() -> None:
    diagram = TextReader()("The man who thinks he sings left. He slept.")
    assert diagram.cod == s
    assert sum(box.name == "he" for box in diagram.boxes) == 0


def test_every_text_gets_the_type_s_and_parts_are_counted() -> None:
    diagrams, report = TextReader(LENIENT).read_report(
        ["A quiet film. I like it!", "of of the. Dogs bark.", "!"]
    )
    assert [d.cod for d in diagrams if d is not None] == [s, s, s]
    assert report.parsed[0] == 0
    assert list(report.fragments) == [1]


def test_an_empty_text_is_an_error_that_names_its_line() -> None:
    lines = [SourceLine("a.txt", 1), SourceLine("a.txt", 2)]
    with pytest.raises(EmptySentenceError, match=r"^sentence 1 \(a.txt:2\) has no words"):
        TextReader().read_many(["Dogs bark.", " \n"], lines)
    with pytest.raises(GrammarError, match="expected one with codomain s"):
        TextReader(CCGReader(target="n"))
    with pytest.raises(TypeError, match=r"sentences\[0\] has type int"):
        TextReader().read_many([3])  # type: ignore[list-item]


@pytest.mark.parametrize(
    "reader",
    [TextReader(simplify=True), TreeReader(), TreeReader("rule"), SequenceReader(lowercase=False)],
)
def test_a_reader_is_made_again_from_its_configuration(reader: TextReader) -> None:
    assert reader_from_config(reader.config()) == reader
    assert reader.read_many(["Dogs bark.", "I sleep"]) == [reader("Dogs bark."), reader("I sleep")]


def test_a_tree_of_spiders_is_the_bag_of_its_words() -> None:
    sentence = "Well, the dog that I saw barked loudly, and slept; of of ..."
    spider = np.einsum("ab,bc->abc", np.eye(3), np.eye(3))

    def array(box: Box) -> NDArray[np.float64]:
        return spider if box.name.startswith("JOIN") else drawn(box)

    functor = TensorFunctor(DIM, array)
    for mode in ("one", "rule"):
        found = functor(TreeReader(mode, LENIENT)(sentence))
        np.testing.assert_allclose(found, functor(SpidersReader()(sentence)), rtol=1e-10)


def test_a_tree_joins_what_the_derivation_does() -> None:
    rules = [b.name for b in TreeReader("rule")("Dogs chase the cat.").boxes if b.kind == "box"]
    assert rules == ["JOIN >", "JOIN >", "JOIN <"]
    with pytest.raises(GrammarError, match="mode has 'x', expected one of"):
        TreeReader("x")


def test_a_long_sentence_is_a_deep_tree_without_recursion() -> None:
    sentence = " ".join(["I know that"] * 400 + ["dogs bark"])
    assert TreeReader(reader=LENIENT)(sentence).cod == s


def test_a_walk_applies_one_word_after_another() -> None:
    matrices = {name: drawn(Box(name, s, s)) for name in ("dogs", "bark")}
    start = np.arange(3.0)
    found = TensorFunctor(DIM, {"START": start, **matrices})(SequenceReader()("Dogs bark"))
    np.testing.assert_allclose(found, start @ matrices["dogs"] @ matrices["bark"])


def test_texts_are_learnt_whole_and_the_model_is_saved(shared_data: Path, tmp_path: Path) -> None:
    def labelled(part: str) -> tuple[list[str], list[str]]:
        path = shared_data / "qnlp" / f"discocirc_mc_{part}_data.txt"
        pairs = [line.split(None, 1) for line in path.read_text("utf-8").splitlines()]
        return [text for _, text in pairs], [label for label, _ in pairs]

    model = SentenceClassifier("text", simplify=True, n_restarts=3)
    model.fit(*labelled("train"), eval_set=labelled("dev"))
    assert model.score(*labelled("test")) == 1.0
    model.save(tmp_path)
    X, y = labelled("dev")
    assert SentenceClassifier.load(tmp_path).score(X, y) == 1.0
