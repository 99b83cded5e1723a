"""How often the reader's types are the ones that were annotated by hand."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

import pytest

from qnlp.grammar import CCGReader

GOLD = Path(__file__).parents[1] / "golden" / "ccg_gold.tsv"
DEVELOPMENT = GOLD.with_name("ccg_development.tsv")


class Gold(NamedTuple):
    kind: str
    sentence: str
    types: list[str]


def load_gold() -> list[Gold]:
    names: dict[str, str] = {}
    found = []
    for line in GOLD.read_text("utf-8").splitlines():
        if line.startswith("= "):
            _, name, text = line.split(" ", 2)
            names[name] = text
        elif not line.startswith("#"):
            kind, tagged = line.split("\t")
            tokens = [token.partition("/") for token in tagged.split()]
            end = " ?" if kind == "question" else " ."
            text = " ".join(word for word, _, _ in tokens) + end
            found.append(Gold(kind, text, [names[name] for _, _, name in tokens if name]))
    return found


def types_of(reader: CCGReader, sentence: str) -> list[str]:
    return [str(t).replace(" @ ", " ") for t in reader.derive(sentence).types]


def test_word_types_are_those_of_the_gold_by_kind() -> None:
    reader = CCGReader(on_failure="fragments")
    right: dict[str, int] = defaultdict(int)
    total: dict[str, int] = defaultdict(int)
    for kind, sentence, expected in load_gold():
        found = types_of(reader, sentence)
        assert len(found) == len(expected), sentence
        right[kind] += sum(a == b for a, b in zip(found, expected, strict=True))
        total[kind] += len(expected)
    assert len(total) == 10
    for kind, count in total.items():
        assert right[kind] / count >= 0.9, kind
    assert sum(right.values()) / sum(total.values()) >= 0.96


def test_the_sentences_that_the_reader_was_developed_on_are_still_read_well() -> None:
    reader = CCGReader(on_failure="fragments")
    right = total = 0
    for line in DEVELOPMENT.read_text("utf-8").splitlines():
        if not line.startswith("#"):
            _, sentence, listed = line.split("\t")
            expected = listed.split(" | ")
            found = types_of(reader, sentence)
            assert len(found) == len(expected), sentence
            total += sum(b != "?" for b in expected)
            right += sum(a == b for a, b in zip(found, expected, strict=True))
    assert total > 600
    assert right / total >= 0.96


STEMS = ["prepare", "bake", "cook", "run", "debug"]
VERBS = frozenset(STEMS + [stem + "s" for stem in STEMS])
ADJECTIVES = frozenset(["skillful", "tasty", "useful"])


@pytest.mark.parametrize("target", ["s", ("s", "n")])
def test_all_of_the_meaning_set_has_exact_types(
    shared_data: Path, target: str | tuple[str, str]
) -> None:
    reader = CCGReader(target=target)
    n_sentences = 0
    for part in ("train", "dev", "test"):
        for line in (shared_data / "qnlp" / f"mc_{part}_data.txt").read_text().splitlines():
            words = line.split()[1:-1]
            expected = [
                "n n.l" if w in ADJECTIVES else "n.r s n.l" if w in VERBS else "n" for w in words
            ]
            assert types_of(reader, " ".join(words)) == expected
            n_sentences += 1
    assert n_sentences == 130


def test_relative_clauses_of_the_pronoun_set_have_exact_types(shared_data: Path) -> None:
    reader = CCGReader(target="n")
    wrong = []
    for part in ("train", "test"):
        for line in (shared_data / "qnlp" / f"rp_{part}_data.txt").read_text().splitlines():
            label, *words = line.split()
            subject = ["n", "n.r n s.l n", "n.r s n.l", "n"]
            expected = ["n", "n.r n n.l.l s.l", "n", "n.r s n.l"] if label == "1" else subject
            if types_of(reader, " ".join(words)) != expected:
                wrong.append(" ".join(words))
    assert len(wrong) <= 2, wrong
