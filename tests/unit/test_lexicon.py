"""Types as they are written, lexicons, and the English that ships."""

from __future__ import annotations

import copy
import pickle
from importlib import resources
from pathlib import Path

import pytest

from qnlp.errors import GrammarError
from qnlp.grammar import Lexicon, parse_type
from qnlp.grammar.english import _tables


def types(lexicon: Lexicon, word: str) -> list[str]:
    return [str(entry.type).replace(" @ ", " ") for entry in lexicon.lookup(word)]


@pytest.mark.parametrize(
    ("category", "pregroup"),
    [
        ("N", "n"),
        ("NP/N", "n n.l"),
        (r"S\NP", "n.r s"),
        (r"(S\NP)/NP", "n.r s n.l"),
        (r"((S\NP)/NP)/NP", "n.r s n.l n.l"),
        (r"(S\NP)/(S\NP)", "n.r s s.l n"),
        (r"(S\NP)\(S\NP)", "s.r n.r.r n.r s"),
        (r"((S\NP)\(S\NP))/NP", "s.r n.r.r n.r s n.l"),
        (r"(NP\NP)/(S\NP)", "n.r n s.l n"),
        (r"(NP\NP)/(S/NP)", "n.r n n.l.l s.l"),
        (r"(S[dcl]\NP)/PP", "n.r s p.l"),
    ],
)
def test_a_category_translates_to_its_pregroup_type(category: str, pregroup: str) -> None:
    assert parse_type(category) == parse_type(pregroup)


def test_slashes_associate_to_the_left() -> None:
    assert parse_type(r"S\NP/NP") == parse_type(r"(S\NP)/NP")


def test_atoms_are_free_in_pregroup_notation() -> None:
    assert parse_type("q.l.l q_2.r").objects == (("q", -2), ("q_2", 1))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "type is empty"),
        ("n.x s", r"part 'n.x', expected a name with any number of .l or .r"),
        ("n..r", "part 'n..r'"),
        (r"(S\NP", "ends too early"),
        (r"(S\NP NP", "lacks a closing parenthesis"),
        (r"S\NP)", r"has '\)' after its end"),
        ("S/Q", "atom 'Q', expected one of"),
        ("S/", "ends too early, expected an atom"),
        ("S/!", "'!' at column 3"),
        ("(" * 5000 + "S", "5001 characters, expected at most 200"),
    ],
)
def test_a_type_that_is_not_well_formed_is_refused_by_name(text: str, message: str) -> None:
    with pytest.raises(GrammarError, match=message):
        parse_type(text)


def test_the_users_entries_replace_the_built_in_ones() -> None:
    assert types(Lexicon({"dog": "n.r s"}), "dog") == ["n.r s"]


def test_entries_are_listed_by_cost() -> None:
    lexicon = Lexicon({"play": [("n.r s", 0.5), "n", (r"(S\NP)/NP", 0.25)]})
    assert types(lexicon, "play") == ["n", "n.r s n.l", "n.r s"]


def test_a_word_is_looked_up_as_spelled_then_in_lower_case() -> None:
    lexicon = Lexicon({"turkey": "n", "Turkey": "n n.l"})
    assert types(lexicon, "Turkey") == ["n n.l"]
    assert types(lexicon, "TURKEY") == ["n"]


def test_one_word_in_two_normal_forms_is_one_entry() -> None:
    lexicon = Lexicon({"cafe\u0301": "n.r s"})
    assert types(lexicon, "caf\u00e9") == ["n.r s"]


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ({"dog": "n.q"}, "word 'dog': type 'n.q' has the part"),
        ({"dog": [("n", -1.0)]}, "cost of 'dog' has -1.0, expected a finite number"),
        ({"dog": [("n", float("nan"))]}, "cost of 'dog' has nan"),
        ({"two words": "n"}, "word has 'two words', expected one token"),
        ({"": "n"}, "word has '', expected one token"),
    ],
)
def test_a_faulty_entry_names_its_word(entries: dict[str, object], message: str) -> None:
    with pytest.raises(GrammarError, match=message):
        Lexicon(entries)  # type: ignore[arg-type]


def test_a_file_of_entries_may_have_costs_comments_a_mark_and_crlf(tmp_path: Path) -> None:
    path = tmp_path / "my.tsv"
    path.write_bytes(
        b"\xef\xbb\xbf# verbs\r\nloves\tn.r s n.l\r\n\r\nloves\t(S\\NP)\t0.5\r\n#1\tn\r\n"
    )
    lexicon = Lexicon.from_tsv(path)
    assert types(lexicon, "loves") == ["n.r s n.l", "n.r s"]
    assert types(lexicon, "#1") == ["n"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"dog\tn\ncat\n", r"my.tsv:2: line has 1 columns, expected word<TAB>type\[<TAB>cost\]"),
        (b"dog\tn\tx\n", "my.tsv:1: cost of 'dog' has 'x', expected a number"),
        (b"dog\tn\tinf\n", "my.tsv:1: cost of 'dog' has inf"),
        (b"\n\ndog\tS/Q\n", "my.tsv:3: word 'dog': category 'S/Q'"),
        (b"dog\tn\ncaf\xe9\tn\n", "my.tsv:2: is not UTF-8"),
    ],
)
def test_a_faulty_file_names_its_line(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "my.tsv"
    path.write_bytes(content)
    with pytest.raises(GrammarError, match=message):
        Lexicon.from_tsv(path)


@pytest.mark.parametrize(
    ("word", "first"),
    [
        ("the", "n n.l"),
        ("she", "n"),
        ("does", "n.r s s.l n"),
        ("who", "n.r n s.l n"),
        ("'s", "n.r n n.l"),
        ("because", "s.r s s.l"),
        ("and", "n.r n n.l"),
        ("never", "n.r s s.l n"),
        ("in", "s.r n.r.r n.r s n.l"),
        ("of", "n.r n n.l"),
        ("children", "n"),
        ("gave", "n.r s n.l"),
        ("thinks", "n.r s s.l"),
        ("cooks", "n.r s n.l"),
        ("babies", "n"),
        ("stopped", "n.r s n.l"),
        ("happier", "n n.l"),
        ("carefully", "s.r n.r.r n.r s"),
        ("17", "n n.l"),
        ("4,000", "n n.l"),
    ],
)
def test_a_built_in_word_has_its_usual_type_first(word: str, first: str) -> None:
    assert types(Lexicon(), word)[0] == first


@pytest.mark.parametrize(
    ("word", "first"),
    [("zorf", "n"), ("zorfness", "n"), ("zorfful", "n n.l"), ("zorfly", "s.r n.r.r n.r s")],
)
def test_an_unknown_word_is_guessed_by_its_ending(word: str, first: str) -> None:
    assert types(Lexicon(), word)[0] == first
    assert word not in Lexicon()


def test_a_guess_costs_more_than_a_known_word() -> None:
    assert Lexicon().lookup("zorf")[0].cost > Lexicon().lookup("dog")[0].cost


def test_an_unknown_word_can_be_a_noun_or_nothing() -> None:
    assert types(Lexicon(unknown="noun"), "zorfly") == ["n"]
    assert Lexicon(unknown="error").lookup("zorfly") == ()
    with pytest.raises(GrammarError, match="unknown has 'maybe', expected one of"):
        Lexicon(unknown="maybe")


def test_without_the_built_in_words_only_the_users_are_known() -> None:
    lexicon = Lexicon({"dog": "n"}, builtin=False)
    assert "dog" in lexicon
    assert "Dog" in lexicon
    assert "the" not in lexicon
    assert 3 not in lexicon


def test_a_capital_inside_a_sentence_may_be_a_name() -> None:
    lexicon = Lexicon()
    assert "n" not in types(lexicon, "Happy")
    assert "n" in [str(entry.type) for entry in lexicon.lookup("Happy", initial=False)]
    assert lexicon.lookup("The", initial=False) == lexicon.lookup("The")


def test_a_lexicon_survives_its_config_a_copy_and_a_pickle() -> None:
    lexicon = Lexicon({"loves": ["n.r s n.l", ("n", 0.5)]}, unknown="noun")
    lexicon.lookup("loves")
    for other in (
        Lexicon(**lexicon.config()),
        copy.deepcopy(lexicon),
        pickle.loads(pickle.dumps(lexicon)),
    ):
        assert other == lexicon
        assert hash(other) == hash(lexicon)
        assert other.lookup("loves") == lexicon.lookup("loves")
    assert lexicon != Lexicon()


def test_every_class_of_every_word_is_defined() -> None:
    tables = _tables()
    used = {code.partition(":")[0] for codes in tables.words.values() for code in codes.split()}
    assert used <= set(tables.classes)


def test_every_irregular_form_has_a_lemma() -> None:
    tables = _tables()
    lemmas = {lemma for analyses in tables.forms.values() for lemma, _, _ in analyses}
    assert lemmas <= set(tables.words)


def test_every_built_in_word_can_be_looked_up() -> None:
    lexicon = Lexicon()
    words = [*_tables().words, *_tables().forms]
    assert all(lexicon.lookup(word) for word in words)


def test_the_file_of_words_is_sorted_and_has_no_word_twice() -> None:
    table = resources.files("qnlp.grammar") / "data" / "words.tsv"
    lines = table.read_text(encoding="utf-8").splitlines()
    words = [line.split("\t")[0] for line in lines if not line.startswith("# ")]
    assert words == sorted(set(words))
