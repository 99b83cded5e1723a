"""Texts and lexicon files of any content: read, or refused by an error that says why."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from qnlp.errors import EmptySentenceError, GrammarError
from qnlp.grammar import CCGReader, Lexicon, TextReader, TreeReader
from qnlp.grammar.texts import split_sentences
from qnlp.rewrite import Rewriter
from qnlp.ty import Ty

LENIENT = CCGReader(on_failure="fragments", codomain="s", max_steps=200_000)
WORDS = [
    "the",
    "a",
    "man",
    "woman",
    "she",
    "he",
    "it",
    "they",
    "him",
    "code",
    "Mary",
    "writes",
    "likes",
    "old",
    "and",
    ".",
    "!",
    "?",
    ",",
]
TEXTS = st.lists(st.sampled_from(WORDS), min_size=1, max_size=20).map(" ".join)
REWRITER = Rewriter(simplify=True)


@given(st.one_of(TEXTS, st.text(max_size=80)))
@settings(max_examples=200)
def test_any_text_is_one_diagram_or_has_no_words(text: str) -> None:
    try:
        diagram = TextReader(LENIENT)(text)
        tree = TreeReader(reader=LENIENT)(text)
    except EmptySentenceError:
        assert not text.split()
        return
    for made in (diagram, tree, REWRITER(diagram)):
        assert (made.dom, made.cod) == (Ty(), Ty("s"))


@given(TEXTS)
@settings(max_examples=200)
def test_a_mention_speaks_of_itself_or_of_something_earlier(text: str) -> None:
    mentions = TextReader(LENIENT).mentions(text)
    seen = 0
    for mention in mentions:
        assert mention.referent <= seen
        seen = max(seen, mention.referent + 1)
    places = [(m.sentence, m.word) for m in mentions]
    assert places == sorted(set(places))


@given(st.text(max_size=80))
def test_sentences_of_a_text_have_all_of_its_pieces_in_order(text: str) -> None:
    assert [p for s in split_sentences(text) for p in s.split()] == text.split()


LINES = st.lists(
    st.tuples(
        st.text(alphabet="ab# \r\x00", max_size=4),
        st.sampled_from(["\t", "", "\t\t"]),
        st.sampled_from(
            ["n", "n.r s", r"(S\NP)/NP", "N[", "((", "n.x", "S[dcl,]", "", "/", "n" * 300]
        ),
        st.sampled_from(["", "\t1", "\tnan", "\t-1", "\tx", "\t1e400"]),
    ).map("".join),
    max_size=4,
)


@given(st.one_of(LINES.map(lambda lines: "\n".join(lines).encode()), st.binary(max_size=60)))
@settings(max_examples=300)
def test_a_lexicon_file_is_read_or_refused_by_its_line(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "own.tsv"
        path.write_bytes(content)
        try:
            lexicon = Lexicon.from_tsv(path)
        except GrammarError as error:
            refusal = str(error)
        else:
            refusal = f"{path}:"
            diagram = CCGReader(lexicon, on_failure="fragments", max_steps=200_000)("a b ab")
            assert len(diagram.cod) >= 1
        assert refusal.startswith(f"{path}:")
