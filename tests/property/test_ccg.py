"""Laws of the CCG reader on random words and random text."""

from __future__ import annotations

import runpy
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from qnlp.diagram import Ty
from qnlp.errors import EmptySentenceError
from qnlp.grammar import CCGReader, tokenise
from qnlp.grammar.marks import scan
from qnlp.grammar.supertags import rows

REFERENCE = Path(__file__).parents[1] / "reference"
LINKS = runpy.run_path(str(REFERENCE / "matching.py"))["faults_of_links"]
TREES = runpy.run_path(str(REFERENCE / "ccg.py"))["faults_of_tree"]
CHANGES = [tuple(row.split("\t")[:2]) for row in rows("changes.tsv")]

READER = CCGReader(on_failure="fragments", n_best=2, max_steps=200_000)
TEXT = """
the a old tasty cat dogs Alice Bob she him sleeps eats eaten eating likes gave thinks is was
did does not never n't that who which what and or but in on of to with because if when
quickly very more than as 's four 1999 there please sold red . , ; -- ( ) ?
"""
WORDS = TEXT.split()
SENTENCES = st.lists(st.sampled_from(WORDS), min_size=1, max_size=14).map(" ".join)


def check(sentence: str) -> None:
    for found in READER.derivations(sentence):
        objects = [t.objects for t in found.types]
        faults = LINKS(objects, found.links, found.target.objects)
        # A coordinated argument cluster may tie two wires of its conjunction together.
        assert [f for f in faults if not f.endswith("is joined to itself")] == []
        assert TREES(found.tree, CHANGES) == [] or found.status != "parsed"
        assert found.target in (Ty("s"), Ty("n"))
        words = tuple(t for t, is_word in scan(sentence) if is_word)
        assert found.words == READER._names(words or tuple(sentence.split()))


@given(SENTENCES)
@settings(max_examples=300)
def test_every_reading_is_planar_and_leaves_the_target(sentence: str) -> None:
    try:
        check(sentence)
    except EmptySentenceError:
        assert not sentence.split()


@given(st.text(max_size=80))
@settings(max_examples=300)
def test_any_text_is_read_or_has_no_words(text: str) -> None:
    try:
        check(text)
    except EmptySentenceError:
        assert not text.split()


@given(SENTENCES)
@settings(max_examples=100)
def test_a_reading_does_not_depend_on_what_was_read_before(sentence: str) -> None:
    if tokenise(sentence):
        assert CCGReader(on_failure="fragments")(sentence) == SHARED(sentence)


SHARED = CCGReader(on_failure="fragments")


@given(st.text(max_size=60))
@settings(max_examples=300)
def test_marks_are_added_to_words_and_take_none_away(text: str) -> None:
    words = [token for token, is_word in scan(text) if is_word]
    assert "".join(words) == "".join(w for piece in tokenise(text) for w in _parts(piece))


def _parts(piece: str) -> list[str]:
    return [token for token, is_word in scan(piece) if is_word]
