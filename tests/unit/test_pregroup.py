"""The reader by grammar, and the matcher under it."""

from __future__ import annotations

import copy
import pickle
import time

import pytest

from qnlp.diagram import Ty
from qnlp.errors import EmptySentenceError, GrammarError, ParseFailure, UnknownWordError
from qnlp.grammar import Lexicon, PregroupReader, SourceLine, parse_type, reader_from_config
from qnlp.grammar.categories import parse_wires
from qnlp.grammar.matching import Budget, Candidate, match


def types(sentence: str, target: str = "s") -> list[str]:
    derivation = PregroupReader(target=target).derive(sentence)
    return [str(t).replace(" @ ", " ") for t in derivation.types]


DET, ADJ, N, IV, TV = "n n.l", "n n.l", "n", "n.r s", "n.r s n.l"
AUX = "n.r s s.l n"
PREP = "s.r n.r.r n.r s n.l"


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("cats sleep", [N, IV]),
        ("woman prepares tasty meal", [N, TV, ADJ, N]),
        ("she does not like him", [N, AUX, AUX, TV, N]),
        ("she doesn't like him.", [N, AUX, AUX, TV, N]),
        ("John's dog sleeps in the garden", [N, "n.r n n.l", N, IV, PREP, DET, N]),
        ("Alice thinks that Bob runs", [N, "n.r s s.l", "s s.l", N, IV]),
        ("that man sleeps", [DET, N, IV]),
        ("cats and dogs sleep", [N, "n.r n n.l", N, IV]),
        ("Alice sleeps and Bob runs", [N, IV, "s.r s s.l", N, IV]),
        ("he sings and dances", [N, IV, "s.r n.r.r n.r s s.l n", IV]),
        ("they sell fresh and tasty bread", [N, TV, ADJ, "n n.r n n.l n.l.l n.l", ADJ, N]),
        ("the teacher gave him a book", [DET, N, "n.r s n.l n.l", N, DET, N]),
        ("the report was written by students", [DET, N, AUX, IV, PREP, N]),
        ("she often reads", [N, AUX, IV]),
        ("she reads quickly", [N, IV, "s.r n.r.r n.r s"]),
        ("we stay because it rains", [N, IV, "s.r s s.l", N, IV]),
        ("if it rains we stay", ["s s.l s.l", N, IV, N, IV]),
        ("he wants to sleep", [N, AUX, AUX, IV]),
        ("the food was very good", [DET, N, AUX, AUX, IV]),
        (
            "the old man who sells fresh fish never eats meat",
            [DET, ADJ, N, "n.r n s.l n", TV, ADJ, N, AUX, TV, N],
        ),
        ("did she like the plan", ["s s.l n n.l", N, TV, DET, N]),
        ("who wrote the letter?", ["s s.l n", TV, DET, N]),
    ],
)
def test_an_ordinary_sentence_has_its_types(sentence: str, expected: list[str]) -> None:
    assert types(sentence) == expected


@pytest.mark.parametrize(
    ("phrase", "relative"),
    [
        ("device that people use", "n.r n n.l.l s.l"),
        ("person that loves music", "n.r n s.l n"),
        ("the house which they built", "n.r n n.l.l s.l"),
    ],
)
def test_a_relative_pronoun_is_of_the_subject_or_the_object(phrase: str, relative: str) -> None:
    assert relative in types(phrase, "n")


def test_links_join_each_argument_to_its_verb() -> None:
    assert PregroupReader().derive("woman cooks tasty meal").links == ((0, 1), (3, 4), (5, 6))


@pytest.mark.parametrize("text", ["eats the the", "she like likes", "the man", "slowly of"])
def test_what_is_no_sentence_has_no_reading(text: str) -> None:
    with pytest.raises(ParseFailure):
        PregroupReader()(text)


def test_a_bare_infinitive_is_no_sentence_without_its_auxiliary() -> None:
    lexicon = Lexicon({"go": r"S[b]\NP", "goes": r"S[dcl]\NP"})
    PregroupReader(lexicon)("she goes")
    PregroupReader(lexicon)("she does go")
    for text in ("she go", "she does goes"):
        with pytest.raises(ParseFailure):
            PregroupReader(lexicon)(text)


def test_a_pregroup_type_fits_every_feature() -> None:
    lexicon = Lexicon({"glorps": "n.r s"})
    for text in ("she glorps", "she does glorps", "the dog that glorps sleeps"):
        PregroupReader(lexicon)(text)


def test_a_failure_names_the_place_the_sentence_and_the_types_tried() -> None:
    sources = [SourceLine("data/x.txt", 4), SourceLine("data/x.txt", 7)]
    with pytest.raises(ParseFailure) as caught:
        PregroupReader().read_many(["cats sleep", "the of the"], sources)
    message = str(caught.value)
    assert message.startswith(
        "sentence 1 (data/x.txt:7): 'the of the' has no reading of type s. "
        "Types tried: 'the': n @ n.l; 'of': n.r @ n @ n.l | "
    )


def test_the_message_of_a_failure_is_short_whatever_the_sentence() -> None:
    with pytest.raises(ParseFailure) as caught:
        PregroupReader(max_steps=2000)("z" * 100_000 + " very" * 3000)
    assert len(str(caught.value)) < 3000


def test_a_sentence_beyond_the_budget_is_refused_in_good_time() -> None:
    start = time.perf_counter()
    for text in ("fish " * 200, "x " * 20_000):
        with pytest.raises(ParseFailure, match="took more than 20000 steps"):
            PregroupReader(max_steps=20_000)(text)
    assert time.perf_counter() - start < 5


def test_unknown_words_are_all_named() -> None:
    reader = PregroupReader(Lexicon(unknown="error"))
    with pytest.raises(UnknownWordError, match=r"sentence 0: .* 'zorf', 'blip'"):
        reader.read_many(["the zorf sees the blip"])


def test_of_several_targets_the_first_that_fits_is_taken() -> None:
    reader = PregroupReader(target=("s", "n"))
    assert reader("cats sleep").cod == Ty("s")
    assert reader("the old cat").cod == Ty("n")
    assert reader.target == Ty("s")
    with pytest.raises(ParseFailure, match="no reading of type s or n"):
        reader("of of")


def test_a_target_may_have_any_type() -> None:
    reader = PregroupReader(target="n.r s")
    assert reader("eats meat").cod == parse_type("n.r s")
    assert PregroupReader(target=Ty("n") @ Ty("n"))("cats dogs").cod == Ty("n", "n")


@pytest.mark.parametrize("target", [(), Ty(), ("s", Ty())])
def test_a_target_without_a_type_is_refused(target: object) -> None:
    with pytest.raises(GrammarError, match="target has no type"):
        PregroupReader(target=target)  # type: ignore[arg-type]


def test_the_lexicon_may_be_a_dict_or_a_path(tmp_path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "l.tsv"
    path.write_text("glorps\tn.r s\n")
    for lexicon in ({"glorps": "n.r s"}, path, str(path), Lexicon({"glorps": "n.r s"})):
        derivation = PregroupReader(lexicon).derive("she glorps")
        assert [str(t) for t in derivation.types] == ["n", "n.r @ s"]


def test_nothing_to_read_is_an_empty_sentence_for_derive_too() -> None:
    with pytest.raises(EmptySentenceError):
        PregroupReader().derive(" . ")


def test_a_reader_survives_its_config_a_copy_and_a_pickle() -> None:
    reader = PregroupReader({"glorps": "n.r s"}, target=("n", "s"), lowercase=False, max_steps=999)
    reader("she glorps")
    copies = (
        reader_from_config(reader.config()),
        copy.deepcopy(reader),
        pickle.loads(pickle.dumps(reader)),
    )
    for other in copies:
        assert other == reader
        assert other("she glorps") == reader("she glorps")
    assert reader != PregroupReader()


def test_a_failure_stays_a_failure_when_it_is_remembered() -> None:
    reader = PregroupReader()
    for text in ("the of the", "a of a"):
        with pytest.raises(ParseFailure, match=text):
            reader(text)


def candidates(*types: str) -> list[Candidate]:
    return [Candidate(parse_wires(t), 0) for t in types]


def test_the_matcher_prefers_the_nearest_words() -> None:
    # As in "song of man that fades": who fades? Both are planar. Cups span 1 + 2 + 1 + 1 words if
    # it is the song of man, and 1 + 1 + 2 + 3 if man and its clause come first.
    words = [candidates(t) for t in ("n", "n.r n n.l", "n", "n.r n", "n.r s")]
    found = match(words, parse_wires("s"), 1000)
    assert found is not None
    assert found.links == ((0, 1), (2, 5), (3, 4), (6, 7))


def test_the_matcher_prefers_types_of_less_cost_to_nearer_cups() -> None:
    dear, cheap = Candidate(parse_wires("n.r s"), 1), Candidate(parse_wires("n.r n.r s"), 0)
    found = match([candidates("n"), candidates("n"), [dear, cheap]], parse_wires("s"), 1000)
    assert found is not None
    assert found.choice[2] == 1


def test_the_matcher_never_joins_a_word_to_itself() -> None:
    assert match([candidates("n n.r s")], parse_wires("s"), 1000) is None


def test_the_matcher_finds_what_a_stack_that_reduces_at_once_misses() -> None:
    # Reducing n n.r at once leaves n.l without its partner on the right.
    words = [candidates(t) for t in ("n n.l", "n", "n.r n", "n.r s")]
    assert match(words, parse_wires("s"), 1000) is not None
    words = [candidates(t) for t in ("n.l", "n", "n.r")]
    assert match(words, parse_wires("n.r"), 1000) is not None
    assert match(words, parse_wires("n.l"), 1000) is not None


def test_the_matcher_stops_at_its_budget() -> None:
    with pytest.raises(Budget):
        match([candidates("n", "n n.l")] * 30, parse_wires("n"), 100)


def test_no_words_leave_nothing() -> None:
    assert match([], (), 10) is not None
    assert match([], parse_wires("s"), 10) is None
    assert match([[]], parse_wires("s"), 10) is None
