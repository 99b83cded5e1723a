"""What every reader does with its input, and the readers without grammar."""

from __future__ import annotations

import copy
import json
import pickle
import unicodedata

import pytest

from qnlp.diagram import Box, Diagram, Ty, Word
from qnlp.errors import EmptySentenceError, GrammarError
from qnlp.grammar import (
    BaseReader,
    CCGReader,
    CupsReader,
    PregroupReader,
    Reader,
    SequenceReader,
    SourceLine,
    SpidersReader,
    StairsReader,
    TextReader,
    TreeReader,
    reader_from_config,
    tokenise,
)
from qnlp.structure import Cup, Spider

ALL = [
    CCGReader(),
    CupsReader(),
    PregroupReader(),
    SequenceReader(),
    SpidersReader(),
    StairsReader(),
    TextReader(),
    TreeReader(),
]
s = Ty("s")


def word_names(diagram: Diagram) -> list[str]:
    return [box.name for box in diagram.boxes if isinstance(box, Word)]


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("woman prepares tasty meal .", "woman prepares tasty meal"),
        ("  two\t spaces \n here  ", "two spaces here"),
        ("The food, however, was excellent!", "The food however was excellent"),
        ("(so) \u201cquoted\u201d \u2014 text\u2026", "so quoted text"),
        ("John's dogs' well-known 4,000 e.g.", "John 's dogs well-known 4,000 e.g"),
        ("He doesn't; they've; I'm; we\u2019ll", "He does n't they 've I 'm we 'll"),
        ("She does n't see John 's dog", "She does n't see John 's dog"),
        ("50% #tag a@b.c R&D &", "50% #tag a@b.c R&D &"),
        ("good \U0001f600 day", "good \U0001f600 day"),
    ],
)
def test_a_sentence_is_cut_at_blanks_and_its_punctuation_vanishes(text: str, tokens: str) -> None:
    assert tokenise(text) == tuple(tokens.split(" "))


def test_tokens_are_in_normal_form_c() -> None:
    assert tokenise("cafe\u0301") == tokenise("caf\u00e9") == ("caf\u00e9",)


def test_names_of_words_are_in_lower_case_unless_asked() -> None:
    assert word_names(SpidersReader()("The THE the")) == ["the", "the", "the"]
    assert word_names(SpidersReader(lowercase=False)("The THE the")) == ["The", "THE", "the"]
    assert word_names(PregroupReader(lowercase=False)("She sleeps")) == ["She", "sleeps"]


def test_cups_reader_chains_its_words_behind_a_start() -> None:
    diagram = CupsReader()("Alice loves Bob")
    assert word_names(diagram) == ["START", "alice", "loves", "bob"]
    words = [box for box in diagram.boxes if isinstance(box, Word)]
    assert [word.cod for word in words] == [s, s.r @ s, s.r @ s, s.r @ s]
    assert sum(isinstance(box, Cup) for box in diagram.boxes) == 3
    assert diagram.cod == s


def test_stairs_reader_folds_its_words_from_the_left() -> None:
    stair = Box("STAIR", s @ s, s)
    a, b, c = (Word(name, s) for name in "abc")
    assert StairsReader()("a b c") == a @ b @ c >> stair @ Diagram.id(s) >> stair


def test_a_single_word_needs_no_stair() -> None:
    assert StairsReader()("hello") == Diagram.id(Ty()) @ Word("hello", s)


def test_spiders_reader_joins_its_words_in_one_spider() -> None:
    a, b, c = (Word(name, s) for name in "abc")
    assert SpidersReader()("a b c") == a @ b @ c >> Spider(3, 1, s)


@pytest.mark.parametrize("reader", ALL, ids=lambda r: r.name)
@pytest.mark.parametrize("text", ["", "   ", "\t\n", ".", " . , !", "\u2014\u2026"])
def test_a_sentence_without_words_is_an_empty_sentence(reader: BaseReader, text: str) -> None:
    with pytest.raises(EmptySentenceError, match="sentence has no words"):
        reader(text)


@pytest.mark.parametrize("reader", ALL, ids=lambda r: r.name)
def test_an_empty_sentence_is_named_by_its_index_and_its_line(reader: BaseReader) -> None:
    with pytest.raises(EmptySentenceError, match=r"^sentence 1 has no words \(got ' '\)"):
        reader.read_many(["cats sleep", " "])
    sources = [SourceLine("data/x.txt", 8), SourceLine("data/x.txt", 9)]
    with pytest.raises(EmptySentenceError, match=r"^sentence 1 \(data/x.txt:9\) has no words"):
        reader.read_many(["cats sleep", "."], sources)


@pytest.mark.parametrize("reader", ALL, ids=lambda r: r.name)
@pytest.mark.parametrize("item", [None, 3, ["cats", "sleep"], b"cats sleep", float("nan")])
def test_what_is_no_sentence_is_named_by_index_and_type(reader: BaseReader, item: object) -> None:
    kind = type(item).__name__
    with pytest.raises(TypeError, match=rf"^sentences\[1\] has type {kind}, expected str$"):
        reader.read_many(["cats sleep", item])  # type: ignore[list-item]
    with pytest.raises(TypeError, match=rf"^sentence has type {kind}, expected str$"):
        reader(item)  # type: ignore[arg-type]


@pytest.mark.parametrize("reader", ALL, ids=lambda r: r.name)
@pytest.mark.parametrize(
    "word",
    [
        "a\x00b",
        "\x07",
        "\u05e9\u05dc\u05d5\u05dd",
        "\u202eabc",
        "\U0001f600\u200d\U0001f525",
        "e\u0301",
        "\u0130",
        "w" * 100_000,
        "\u0301" * 1000,
    ],
    ids=["NUL", "control", "Hebrew", "override", "emoji", "NFD", "dotted I", "100 kB", "marks"],
)
def test_any_characters_make_a_word(reader: BaseReader, word: str) -> None:
    diagram = reader(f"{word} sleeps")
    assert diagram.cod == reader.target
    named = [box.name for box in diagram.boxes if box.kind in ("word", "box")]
    names = [name for name in named if name not in ("START", "STAIR", "JOIN")]
    assert names == [unicodedata.normalize("NFC", word.lower()), "sleeps"]


@pytest.mark.parametrize("reader", ALL, ids=lambda r: r.name)
def test_one_string_is_no_list_of_sentences(reader: BaseReader) -> None:
    with pytest.raises(TypeError, match="sentences has type str, expected a list of str"):
        reader.read_many("cats sleep")


@pytest.mark.parametrize("reader", ALL, ids=lambda r: r.name)
def test_many_are_read_as_one_by_one(reader: BaseReader) -> None:
    sentences = ["cats sleep", "woman cooks soup", "cats sleep"]
    assert reader.read_many(iter(sentences)) == [reader(sentence) for sentence in sentences]
    assert reader.read_many([]) == []


@pytest.mark.parametrize("reader", ALL, ids=lambda r: r.name)
def test_every_diagram_goes_from_nothing_to_the_target(reader: BaseReader) -> None:
    diagram = reader("woman cooks soup")
    assert (diagram.dom, diagram.cod) == (Ty(), reader.target)


@pytest.mark.parametrize("reader", ALL, ids=lambda r: r.name)
def test_a_reader_survives_json_a_copy_and_a_pickle(reader: BaseReader) -> None:
    copies = (
        reader_from_config(json.loads(json.dumps(reader.config()))),
        copy.deepcopy(reader),
        pickle.loads(pickle.dumps(reader)),
    )
    for other in copies:
        assert other == reader
        assert hash(other) == hash(reader)
        assert other("cats sleep") == reader("cats sleep")


def test_every_reader_of_the_registry_is_a_reader_of_that_name() -> None:
    for name in [reader.name for reader in ALL]:
        reader = reader_from_config({"reader": name})
        assert isinstance(reader, Reader)
        assert reader.config()["reader"] == name


def test_readers_of_different_kinds_differ() -> None:
    assert len(set(ALL)) == len(ALL)
    assert CupsReader() != CupsReader(lowercase=False)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"reader": "os.system"}, "reader has 'os.system', expected one of"),
        ({}, "reader has None"),
        ({"reader": "cups", "lexicon": {}}, "configuration of reader 'cups': .*'lexicon'"),
        ({"reader": "pregroup", "lexicon": {"builtins": True}}, "unexpected keyword .*'builtins'"),
    ],
)
def test_a_faulty_config_is_refused(config: dict[str, object], message: str) -> None:
    with pytest.raises(GrammarError, match=message):
        reader_from_config(config)


def test_a_reader_prints_as_the_call_that_makes_it() -> None:
    assert repr(CupsReader(lowercase=False)) == "CupsReader(lowercase=False)"
