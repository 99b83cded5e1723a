"""Laws of readers, of the matcher against its definition, and of loaders, on random input."""

from __future__ import annotations

import json
import runpy
import tempfile
from itertools import pairwise, product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qnlp.datasets import load_sentences
from qnlp.diagram import Ty
from qnlp.errors import DataError, GrammarError, QnlpError
from qnlp.grammar import (
    BaseReader,
    CupsReader,
    Lexicon,
    PregroupReader,
    SpidersReader,
    StairsReader,
    parse_type,
    tokenise,
)
from qnlp.grammar.categories import Wire, adjoint, parse_wires, wires_to_type
from qnlp.grammar.matching import Candidate, match

REFERENCE = runpy.run_path(str(Path(__file__).parents[1] / "reference" / "matching.py"))

WORDS = [
    "the",
    "a",
    "old",
    "tasty",
    "cat",
    "dogs",
    "Alice",
    "Bob",
    "she",
    "him",
    "sleeps",
    "eats",
    "cooks",
    "likes",
    "gave",
    "thinks",
    "is",
    "was",
    "did",
    "does",
    "not",
    "never",
    "n't",
    "that",
    "who",
    "which",
    "and",
    "or",
    "in",
    "of",
    "with",
    "because",
    "if",
    "very",
    "quickly",
    "'s",
    "to",
    "runs",
    "3",
    "zorf",
]

wires = st.builds(Wire, st.sampled_from("ns"), st.integers(-2, 2), st.sampled_from([1, 2, 3]))
types = st.lists(wires, min_size=1, max_size=4).map(tuple)
candidates = st.lists(st.builds(Candidate, types, st.integers(0, 3)), min_size=1, max_size=3)


@st.composite
def reducible(draw: st.DrawFn) -> tuple[list[list[Candidate]], tuple[Wire, ...]]:
    """Words among whose types one choice reduces to the target, by construction."""
    target = tuple(draw(st.lists(wires, max_size=2)))
    flat = list(target)
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, len(flat)))
        left = draw(wires)
        flat[place:place] = [left, left._replace(winding=left.winding + 1)]
    cuts = sorted(draw(st.sets(st.integers(1, len(flat) - 1), max_size=5)) | {0, len(flat)})
    words = []
    for start, end in pairwise(cuts):
        others = draw(st.lists(st.builds(Candidate, types, st.integers(0, 3)), max_size=2))
        words.append([*others, Candidate(tuple(flat[start:end]), draw(st.integers(0, 3)))])
    return words, target


def assert_agrees_with_its_definition(
    words: list[list[Candidate]], target: tuple[Wire, ...]
) -> None:
    best = REFERENCE["cheapest"](words, target)
    found = match(words, target, 100_000)
    if found is None:
        assert best is None
        return
    chosen = [options[i].wires for options, i in zip(words, found.choice, strict=True)]
    assert REFERENCE["faults_of_links"](chosen, found.links, target) == []
    assert REFERENCE["cost_of"](words, found.choice, found.links) == best
    assert match(words, target, 100_000) == found


@given(st.lists(candidates, max_size=4), st.lists(wires, max_size=2).map(tuple))
def test_the_matcher_finds_the_cheapest_of_all_matchings_or_says_there_is_none(
    words: list[list[Candidate]], target: tuple[Wire, ...]
) -> None:
    assert_agrees_with_its_definition(words, target)


@given(reducible())
def test_the_matcher_finds_the_cheapest_where_there_is_one(
    case: tuple[list[list[Candidate]], tuple[Wire, ...]],
) -> None:
    assert_agrees_with_its_definition(*case)


@pytest.mark.parametrize(
    ("pool", "length"),
    [
        (["n", "n n.l", "n.r n", "n.r n n.l", "n.r s", "s s.l"], 5),
        (["N", "NP", "N/N", "NP/N", "S[b]\\NP", "S[dcl]\\NP", "(S[dcl]\\NP)/(S[b]\\NP)"], 4),
    ],
    ids=["attachment", "features"],
)
def test_the_matcher_agrees_with_its_definition_on_every_short_sentence(
    pool: list[str], length: int
) -> None:
    options = [[Candidate(parse_wires(text), 0)] for text in pool]
    for target in (parse_wires("S[dcl]"), parse_wires("NP")):
        for n_words in range(1, length + 1):
            for words in product(options, repeat=n_words):
                assert_agrees_with_its_definition(list(words), target)


def test_the_reference_can_tell_faults() -> None:
    n, n_r = Wire("n", 0, 1), Wire("n", 1, 1)
    faults = REFERENCE["faults_of_links"]
    assert faults([(n,), (n_r,)], [(0, 1)], ()) == []
    assert faults([(n,), (n_r,)], [], ()) == ["what is left is not the target"]
    assert faults([(n, n_r)], [(0, 1)], ()) == ["word 0 is joined to itself"]
    assert faults([(n,), (n,), (n_r,)], [(0, 2)], (n,)) == ["wire 1 is left under a cup"]
    assert len(faults([(n,), (n,), (n_r,), (n_r,)], [(0, 2), (1, 3)], ())) == 1
    assert faults([(n,), (n,)], [(0, 1)], ()) != []


@pytest.mark.parametrize("reader", [CupsReader(), SpidersReader(), StairsReader()])
@given(text=st.text(max_size=40))
def test_any_text_has_a_diagram_without_grammar_or_is_empty(reader: BaseReader, text: str) -> None:
    try:
        diagram = reader(text)
    except QnlpError:
        assert not tokenise(text)
    else:
        assert (diagram.dom, diagram.cod) == (Ty(), Ty("s"))


GRAMMAR = PregroupReader(target=("s", "n"))


def assert_reads_or_refuses(text: str) -> None:
    try:
        derivation = GRAMMAR.derive(text)
    except QnlpError:
        with pytest.raises(QnlpError):
            GRAMMAR(text)
        return
    chosen = [[Wire(name, z, 1) for name, z in ty.objects] for ty in derivation.types]
    faults = REFERENCE["faults_of_links"](chosen, derivation.links, derivation.target.objects)
    assert faults == []
    diagram = GRAMMAR(text)
    assert (diagram.dom, diagram.cod) == (Ty(), derivation.target)


@given(st.text(max_size=40))
def test_any_text_reads_by_grammar_or_is_refused(text: str) -> None:
    assert_reads_or_refuses(text)


@given(st.lists(st.sampled_from(WORDS), max_size=9).map(" ".join))
def test_any_words_read_by_grammar_or_are_refused(text: str) -> None:
    assert_reads_or_refuses(text)


@given(st.one_of(st.text(), st.text("ntsN'.,D \u2019e", max_size=15)))
def test_tokens_hold_no_blanks_and_survive_being_cut_again(text: str) -> None:
    tokens = tokenise(text)
    assert all(token.split() == [token] for token in tokens)
    assert tokenise(" ".join(tokens)) == tokens


@given(st.text(max_size=30))
def test_any_text_is_a_type_or_is_refused(text: str) -> None:
    try:
        ty = parse_type(text)
    except GrammarError:
        return
    assert parse_type(str(ty)) == ty


@given(types)
def test_left_and_right_adjoints_undo_each_other(ty: tuple[Wire, ...]) -> None:
    assert adjoint(adjoint(ty, 1), -1) == ty
    assert wires_to_type(adjoint(ty, 1)) == wires_to_type(ty).r
    assert wires_to_type(adjoint(ty, -1)) == wires_to_type(ty).l


@given(st.dictionaries(st.text(max_size=5), st.text(alphabet="nsp.lr @/\\()SNP[]d", max_size=12)))
def test_any_dict_is_a_lexicon_or_is_refused(entries: dict[str, str]) -> None:
    try:
        lexicon = Lexicon(entries)
    except GrammarError:
        return
    assert all(lexicon.lookup(word) for word in entries)


def load(content: bytes, name: str) -> tuple[tuple[str, str], ...]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        return tuple(load_sentences(path))


field = st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"]), min_size=1, max_size=12)
pairs = st.lists(st.tuples(field, st.lists(field, min_size=1).map(" ".join)), min_size=1)
line_ends = st.sampled_from(["\n", "\r\n"])


@given(pairs, line_ends, st.booleans())
def test_what_is_written_as_tsv_is_read_back(
    rows: list[tuple[str, str]], end: str, last: bool
) -> None:
    content = end.join("\t".join(row) for row in [("label", "text"), *rows]) + end * last
    assert load(content.encode(), "a.tsv") == tuple((text, label) for label, text in rows)


@given(pairs, line_ends)
def test_what_is_written_as_labels_and_tokens_is_read_back(
    rows: list[tuple[str, str]], end: str
) -> None:
    content = "1 first" + end + end.join("  ".join(row) for row in rows)
    read = load(b"\xef\xbb\xbf" + content.encode(), "a.txt")
    assert read[1:] == tuple((text, label) for label, text in rows)


@given(pairs, line_ends)
def test_what_is_written_as_csv_is_read_back(rows: list[tuple[str, str]], end: str) -> None:
    quoted = [
        [f'"{value}"' for value in (a.replace('"', '""'), b.replace('"', '""'))] for a, b in rows
    ]
    content = "label,text" + end + end.join(",".join(row) for row in quoted)
    assert load(content.encode(), "a.csv") == tuple((text, label) for label, text in rows)


@given(pairs)
def test_what_is_written_as_jsonl_is_read_back(rows: list[tuple[str, str]]) -> None:
    content = "\n".join(json.dumps({"text": text, "label": label}) for label, text in rows)
    assert load(content.encode(), "a.jsonl") == tuple((text, label) for label, text in rows)


@pytest.mark.parametrize("name", ["a.txt", "a.tsv", "a.csv", "a.jsonl"])
@given(
    content=st.one_of(
        st.binary(max_size=80),
        st.text(alphabet='01 \t\n\r,"{}:abX\ufeff', max_size=60).map(str.encode),
    )
)
def test_any_bytes_are_read_or_refused_with_a_place(name: str, content: bytes) -> None:
    try:
        read = load(content, name)
    except DataError as error:
        place = str(error).partition(name + ":")[2].split(":")
        assert place[0].isdigit()
        assert place[1].isdigit()
    else:
        assert read
        assert all(sentence.strip() and label.strip() for sentence, label in read)
