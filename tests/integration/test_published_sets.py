"""The published sets: every type against the gold ones, and the known baselines."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from qnlp.baselines import baseline_scores
from qnlp.datasets import LabelledSentences, check_splits, load_sentences
from qnlp.grammar import CupsReader, PregroupReader, SpidersReader, StairsReader

ADJECTIVES = {"skillful", "tasty", "useful"}
VERBS = {"prepares", "cooks", "bakes", "runs", "debugs"}
NOUN, VERB, ADJECTIVE = "n", "n.r @ s @ n.l", "n @ n.l"
OBJECT, SUBJECT = "n.r @ n @ n.l.l @ s.l", "n.r @ n @ s.l @ n"


@pytest.fixture(scope="module")
def folder(shared_data: Path) -> Path:
    return shared_data / "qnlp"


def joined(folder: Path, *names: str) -> LabelledSentences:
    parts = [load_sentences(folder / f"{name}_data.txt", labels=["0", "1"]) for name in names]
    pairs = [pair for part in parts for pair in part]
    return LabelledSentences([sentence for sentence, _ in pairs], [label for _, label in pairs])


@pytest.fixture(scope="module")
def mc(folder: Path) -> LabelledSentences:
    return joined(folder, "mc_train", "mc_dev", "mc_test")


@pytest.fixture(scope="module")
def rp(folder: Path) -> LabelledSentences:
    return joined(folder, "rp_train", "rp_test")


def test_every_mc_sentence_has_its_gold_types(mc: LabelledSentences) -> None:
    reader = PregroupReader()
    assert len(mc) == 130
    for sentence in mc.sentences:
        gold = tuple(
            ADJECTIVE if word in ADJECTIVES else VERB if word in VERBS else NOUN
            for word in sentence.split()[:-1]
        )
        assert tuple(map(str, reader.derive(sentence).types)) == gold


def test_every_rp_phrase_has_its_gold_types(rp: LabelledSentences) -> None:
    reader = PregroupReader(target="n")
    assert len(rp) == 105
    for sentence, label in rp:
        gold = (NOUN, OBJECT, NOUN, VERB) if label == "1" else (NOUN, SUBJECT, VERB, NOUN)
        assert tuple(map(str, reader.derive(sentence).types)) == gold, sentence


def test_mc_is_read_in_a_fraction_of_a_second(mc: LabelledSentences) -> None:
    times = []
    for _ in range(3):
        start = time.perf_counter()
        PregroupReader().read_many(mc.sentences)
        times.append(time.perf_counter() - start)
    assert min(times) < 0.1  # 5 ms on an idle core; the benchmarks measure it


@pytest.mark.parametrize("reader", [CupsReader(), SpidersReader(), StairsReader()])
def test_every_published_sentence_has_a_diagram_without_grammar(
    reader: CupsReader, mc: LabelledSentences, rp: LabelledSentences
) -> None:
    for data in (mc, rp):
        assert {diagram.cod for diagram in reader.read_many(data.sentences)} == {reader.target}


@pytest.mark.parametrize(
    ("train", "test", "majority", "unigram"),
    [
        ("mc_train", "mc_dev", 11 / 30, 1.0),
        ("mc_train", "mc_test", 0.5, 1.0),
        ("rp_train", "rp_test", 19 / 31, 17 / 31),
        ("discocirc_mc_train", "discocirc_mc_test", 0.5, 59 / 60),
    ],
)
def test_baselines_are_the_known_ones(
    folder: Path, train: str, test: str, majority: float, unigram: float
) -> None:
    scores = baseline_scores(joined(folder, train), joined(folder, test))
    assert scores == {"majority": majority, "unigram": unigram}


@pytest.mark.parametrize("name", ["mc", "rp", "discocirc_mc"])
def test_published_splits_do_not_overlap(folder: Path, name: str) -> None:
    train, test = joined(folder, f"{name}_train"), joined(folder, f"{name}_test")
    assert check_splits(train, test, strict=True) == (0, 0)


@pytest.mark.parametrize(
    ("name", "size"), [("movie_train", 7049), ("movie_dev", 1510), ("amazon_dev", 447)]
)
def test_review_files_are_read_whole(folder: Path, name: str, size: int) -> None:
    data = load_sentences(folder / f"sentiment_{name}.tsv", labels=["0", "1"])
    assert len(data) == size
