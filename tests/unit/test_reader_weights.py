"""Costs of the CCG reader's choices: what they come to, learning them, and their files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from qnlp.errors import CheckpointCorruptError, DataError, GrammarError
from qnlp.grammar import (
    CCGReader,
    CCGTree,
    GoldSentence,
    ReaderWeights,
    parse_type,
    read_gold,
    reader_from_config,
    score_reader,
    train_weights,
)
from qnlp.grammar.gold import faults_of_reading, word_links
from qnlp.grammar.supertags import supertags
from qnlp.grammar.weights import change_costs, default_weights

SENTENCES = [
    "The old man who sells fresh fish never eats meat, and she knows it.",
    "What did you say that she thought he wanted?",
    "Having finished his work, the quiet engineer went home early.",
    "Great phone. I love it! Works well; would buy again.",
    "Mary likes and John hates old films.",
    "I bought apples, oranges and pears.",
]
NEAR = ["n", "n.r s n.l", "n n.l", "n", "n.r n n.l", "n n.l", "n"]


def near(noun: str) -> GoldSentence:
    return GoldSentence(f"I saw the man with the {noun}", tuple(map(parse_type, NEAR)))


def test_a_reading_costs_its_features_times_their_weights_and_its_words() -> None:
    """The shipped costs, and others that tell every rule and change apart."""
    odd = ReaderWeights(
        {name: 101 + 7 * k for k, name in enumerate(default_weights())},
        {name: 503 + 11 * k for k, name in enumerate(change_costs())},
    )
    for weights in (ReaderWeights(), odd):
        reader = CCGReader(n_best=8, weights=weights)
        costs = list((default_weights() | dict(weights.rules)).values())
        costs += (change_costs() | dict(weights.changes)).values()
        n_readings = 0
        for sentence, readings in zip(SENTENCES, reader.counted_readings(SENTENCES), strict=True):
            for reading in readings:
                words = word_costs(reader, sentence, reading)
                rules = sum(n * cost for n, cost in zip(reading.features, costs, strict=True))
                marks = n_marks_beside_marks(reading)
                cost = round(1000 * reading.derivation.cost)
                assert cost == words + rules + marks
                assert reading.total - cost in (0, 1500)
                n_readings += 1
        assert n_readings > 20


def word_costs(reader: CCGReader, sentence: str, reading: Any) -> int:
    parser = reader._engine.parser
    total, initial = 0, True
    for node in reading.derivation.tree:
        if node.rule == "word":
            token = reading.derivation.tokens[node.begin]
            if token in ("comma", "stop", "dash", "mark"):
                initial = initial or token == "stop"
                continue
            listed = supertags(token, initial=initial, lexicon=reader.lexicon)
            named = {parser.category(parser.intern(c)): cost for c, cost in listed}
            total += named[node.category]
            initial = False
    return total


def n_marks_beside_marks(reading: Any) -> int:
    nodes = reading.derivation.tree
    marks = ("comma", "stop", "dash", "mark")
    return sum(
        node.rule == "punct" and node.category in marks and node.end - node.begin > 1
        for node in nodes
    )


def test_learning_moves_attachment_to_where_the_gold_has_it() -> None:
    found = train_weights([near(noun) for noun in ("hat", "coat", "dog")])
    assert found.history[0].n_exact == 0
    assert found.history[-1].n_exact == 3
    reader = CCGReader(weights=found.weights)
    assert str(reader.derive("She met the woman with the scarf").types[4]) == "n.r @ n @ n.l"


def test_learning_is_the_same_twice() -> None:
    gold = [near(noun) for noun in ("hat", "coat")]
    assert train_weights(gold).weights == train_weights(gold).weights


def test_learnt_costs_of_a_word_are_its_own() -> None:
    types = ["n n.l", "n n.l", "n", "n.r s"]
    gold = [GoldSentence("the garden gnome fell", tuple(map(parse_type, types)))]
    gold += [near("hat")]
    weights = train_weights(gold, l2=0.01).weights
    assert all(set(costs) for costs in weights.words.values())
    assert set(weights.words) <= {w for one in gold for w in one.sentence.lower().split()}


def test_a_gold_that_the_reader_already_reads_leaves_its_costs() -> None:
    reader = CCGReader()
    gold = [GoldSentence(s, reader.derive(s).types) for s in SENTENCES]
    found = train_weights(gold, rounds=1)
    assert found.weights == ReaderWeights()
    assert found.history[0].n_exact == len(gold)


def test_what_teaches_nothing_is_said() -> None:
    cut = GoldSentence("Dogs bark loudly", (parse_type("n"),), place="a.tsv:1")
    none = GoldSentence("of of the the", (parse_type("n"),) * 4, place="a.tsv:3")
    found = train_weights([near("hat"), cut, none], rounds=1)
    assert found.skipped == {"a.tsv:1": "is cut into other words", "a.tsv:3": "has no parse"}
    with pytest.raises(DataError, match="of 1 sentences of gold none has a better and a worse"):
        train_weights([none])
    for options in ({"rounds": 0}, {"n_best": True}, {"l2": 0.0}, {"l2": float("nan")}):
        with pytest.raises(GrammarError, match=f"{next(iter(options))} has"):
            train_weights([near("hat")], **options)  # type: ignore[arg-type]


def test_trees_of_ccg_are_gold_with_cups(tmp_path: Path) -> None:
    reader = CCGReader()
    derivations = [reader.derive(s) for s in SENTENCES[:3]]
    path = tmp_path / "mine.auto"
    path.write_text("".join(CCGTree.from_derivation(d).to_auto() + "\n" for d in derivations))
    gold = read_gold(path)
    assert [one.types for one in gold] == [d.types for d in derivations]
    assert [one.links for one in gold] == [word_links(d) for d in derivations]
    assert [one.place for one in gold] == [f"{path}:{k}" for k in (1, 2, 3)]
    # A comma is no word, and other cups are a fault.
    assert score_reader(reader, gold).n_exact == 3
    links = gold[0].links
    assert links is not None
    moved = gold[0]._replace(links=((0, 9), *links[1:]))
    assert faults_of_reading(derivations[0], moved) == 1


def test_a_file_of_types_is_read_with_its_lines(tmp_path: Path) -> None:
    path = tmp_path / "mine.tsv"
    path.write_bytes(b"\xef\xbb\xbf# a comment\nDogs\tn\r\nbark\tn.r s\r\n.\n\n\ncats\tN\n")
    first, second = read_gold(path)
    assert first.sentence == "Dogs bark ."
    assert [str(t) for t in first.types] == ["n", "n.r @ s"]
    assert (first.place, second.place) == (f"{path}:2", f"{path}:7")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", r":1: has no sentences, expected lines word<TAB>type"),
        (b"Dogs\tn\nbark\t?\n", r":2: type of 'bark': "),
        (b"Dogs\n", r":1: sentence has no types"),
        (b"two words\tn\n", r":1: word has 'two words', expected one token"),
        (b"\tn\n", r":1: word has '', expected one token"),
        (b"Dogs\tn\n\xff\n", r":2: is not UTF-8"),
    ],
)
def test_a_faulty_file_of_types_is_refused_with_its_line(
    tmp_path: Path, content: bytes, message: str
) -> None:
    path = tmp_path / "mine.tsv"
    path.write_bytes(content)
    with pytest.raises(DataError, match=message):
        read_gold(path)
    with pytest.raises(DataError, match="cannot be read"):
        read_gold(tmp_path / "absent.tsv")


def test_weights_come_back_from_their_file_and_a_reader_from_its_configuration(
    tmp_path: Path,
) -> None:
    weights = ReaderWeights(
        {"list": 500}, {"N[pl] -> NP": 50}, {r"S[adj]\NP": -30}, {"café": {"NP": -200}}
    )
    path = tmp_path / "weights.json"
    weights.save(path)
    assert ReaderWeights.load(path) == weights
    reader = CCGReader(weights=path)
    assert reader.weights == weights
    assert reader_from_config(json.loads(json.dumps(reader.config()))) == reader
    old = {**CCGReader().config(), "weights": {"list": 500}}
    assert reader_from_config(old) == CCGReader(weights={"list": 500})


def test_a_damaged_or_foreign_file_of_weights_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "weights.json"
    ReaderWeights({"list": 500}).save(path)
    text = path.read_text()
    path.write_text(text.replace("500", "400"))
    with pytest.raises(CheckpointCorruptError, match="not the ones that were written"):
        ReaderWeights.load(path)
    for content, message in (
        (text.replace('"version": 1', '"version": 2'), "has version 2, this package reads 1"),
        ("{}", "is no file of reader weights"),
        ("[" * 100_000, "is no JSON"),
        ("", "is no JSON"),
    ):
        path.write_text(content)
        with pytest.raises(DataError, match=message):
            CCGReader(weights=str(path))


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ({"rules": {"colour": 1}}, "no weight 'colour', expected one of compose, "),
        ({"rules": {"list": -1}}, "weight 'list' has cost -1, expected an int from 0 to"),
        ({"changes": {"NP -> PP": 1}}, "no unary change 'NP -> PP'"),
        ({"changes": {"N[pl] -> NP": 0}}, "has cost 0, expected an int from 1"),
        ({"categories": {"N": 1.5}}, "category 'N' has cost 1.5"),
        ({"categories": {"a b": 1}}, "weights name the category 'a b', which is none"),
        ({"words": {"dog": 3}}, "weights of word 'dog' are no mapping"),
        ({"rules": [1]}, "rules of weights is no mapping"),
    ],
)
def test_faulty_weights_are_refused(weights: dict[str, Any], message: str) -> None:
    with pytest.raises(GrammarError, match=message):
        ReaderWeights(**weights)
