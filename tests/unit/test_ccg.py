"""The broad-coverage reader: its types, its choices where there is no parse, and its limits."""

from __future__ import annotations

import runpy
import signal
import threading
import time
from pathlib import Path

import pytest

import qnlp
from qnlp.diagram import Diagram, Ty
from qnlp.errors import EmptySentenceError, GrammarError, ParseFailure, UnknownWordError
from qnlp.grammar import CCGReader, Lexicon, SourceLine, reader_from_config
from qnlp.grammar.marks import scan
from qnlp.grammar.supertags import categories_of_type, rows, supertags
from qnlp.grammar.weights import default_weights

REFERENCE = Path(__file__).parents[1] / "reference"
LINKS = runpy.run_path(str(REFERENCE / "matching.py"))["faults_of_links"]
TREES = runpy.run_path(str(REFERENCE / "ccg.py"))["faults_of_tree"]
CHANGES = [tuple(row.split("\t")[:2]) for row in rows("changes.tsv")]

n, s = Ty("n"), Ty("s")


def types(sentence: str, **options: object) -> list[str]:
    derivation = CCGReader(**options).derive(sentence)  # type: ignore[arg-type]
    return [str(t).replace(" @ ", " ") for t in derivation.types]


def checked(sentence: str, **options: object) -> None:
    for found in CCGReader(**options).derivations(sentence):  # type: ignore[arg-type]
        objects = [t.objects for t in found.types]
        assert LINKS(objects, found.links, found.target.objects) == []
        assert TREES(found.tree, CHANGES) == []
        assert found.diagram().cod == found.target


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("Who does Mary like?", ["s n.l.l s.l", "s s.l n n.l", "n", "n.r s n.l"]),
        (
            "I bought apples, oranges and pears.",
            ["n", "n.r s n.l", "n", "n", "n.r n.r n n.l", "n"],
        ),
        ("The chair I broke creaks.", ["n n.l", "n", "n", "n.r n.r n", "n.r s"]),
        (
            "The window broken yesterday creaks.",
            ["n n.l", "n", "n.r n", "n.r n.r.r n.r n", "n.r s"],
        ),
        ("Read the manual!", ["s n.l", "n n.l", "n"]),
        ("To win, read the manual.", ["s s.l s.l n", "n.r s", "s n.l", "n n.l", "n"]),
        ("We slept all night.", ["n", "n.r s", "s.r n.r.r n.r s n.l", "n"]),
        ("Last night we slept.", ["s s.l n.l", "n", "n", "n.r s"]),
        ("She knew it broke.", ["n", "n.r s s.l", "n", "n.r s"]),
        ("Which of the films won?", ["s s.l n n.l n", "n.r n n.l", "n n.l", "n", "n.r s"]),
        ("We are going to win.", ["n", "n.r s s.l n", "n.r s s.l n", "n.r s s.l n", "n.r s"]),
    ],
    ids=[
        "question",
        "list",
        "reduced relative",
        "reduced passive with an adverb",
        "imperative",
        "imperative after a comma",
        "a time as an adverb",
        "a time before the clause",
        "a pronoun has no reduced relative",
        "partitive question",
        "going to",
    ],
)
def test_a_construction_has_its_types(sentence: str, expected: list[str]) -> None:
    assert types(sentence) == expected


def test_a_crossed_composition_becomes_planar_by_the_type_of_the_adverb() -> None:
    found = types("She read quickly the long letter that he had sent.")
    assert found[1] == "n.r s n.l"
    assert found[2] == "n s.r n.r.r n.r s n.l"
    checked("She read quickly the long letter that he had sent.")


@pytest.mark.parametrize(
    "sentence",
    [
        "Alice gave Bob a book and Carol a record.",
        "Mary likes and John hates old films.",
        "What did you say that she thought he wanted?",
        "Having finished his work, the engineer who lives here, a quiet man, went home early.",
        "Great phone. I love it! Works well; would buy again...",
    ],
)
def test_every_reading_of_a_hard_sentence_is_a_derivation(sentence: str) -> None:
    checked(sentence, n_best=5, on_failure="fragments")


def test_the_cheapest_of_several_targets_is_taken() -> None:
    reader = CCGReader(target=("s", "n"))
    assert reader("Dogs bark.").cod == s
    assert reader("A quiet, gentle film.").cod == n
    assert CCGReader(target="n")("device that people use").cod == n


def test_a_codomain_renames_the_head_of_a_noun_phrase() -> None:
    reader = CCGReader(codomain="s")
    assert reader.target == s
    assert {d.cod for d in reader.read_many(["Dogs bark.", "A quiet film."])} == {s}
    assert types("A quiet film.", codomain="s") == ["s n.l", "n n.l", "n"]


@pytest.mark.parametrize(
    "sentence", ["woman she the and", "Alice that than gave? if? but. eats", "she he him and"]
)
@pytest.mark.parametrize("codomain", [None, "s", "n"])
def test_raised_types_without_their_verb_are_read_in_parts(
    sentence: str, codomain: str | None
) -> None:
    checked(sentence, on_failure="fragments", codomain=codomain)


def test_marks_alone_are_words_where_everything_is_read() -> None:
    reader = CCGReader(on_failure="fragments", codomain="s")
    assert {d.cod for d in reader.read_many(["!", ":-) :-)", "?! ..."])} == {s}
    assert reader.derive(":-)").words == (":-)",)


def test_a_set_of_noun_phrases_has_their_type_and_one_of_sentences_theirs() -> None:
    phrases = ["a quiet film", "device that people use", "Dogs bark."]
    for sentences, cod in ((phrases, n), ([*phrases, "Cats sleep.", "I know."], s)):
        reader = CCGReader(target="auto").adapted(sentences)
        assert {d.cod for d in reader.read_many(sentences)} == {cod}


def test_a_consistent_reader_of_few_sentences_makes_no_noun_phrase_of_a_sentence() -> None:
    known = ["man codes", "woman codes", "man prepares codes", "person runs codes"]
    known += ["woman runs useful codes", "man debugs codes", "woman bakes tasty meal"]
    reader = CCGReader(target="auto", consistent=True).adapted(known)
    assert str(reader.target) == "s"
    assert reader.usage["codes"]["N"] > reader.usage["codes"]["S\\NP"]
    assert [str(t) for t in reader.derive("man codes").types] == ["n", "n.r @ s"]
    assert [str(t) for t in reader.derive("person codes").types] == ["n", "n.r @ s"]
    assert [str(t) for t in reader.derive("great value").types] == ["s @ s.l", "s"]


def test_a_consistent_reader_takes_a_word_as_what_it_is_elsewhere() -> None:
    asked, known = "skilful man tastes stew", ["neighbour tastes soup", "the man tastes bread"] * 9
    assert types(asked)[1] == "n n.l"
    reader = CCGReader(consistent=True).adapted([asked, *known])
    assert [str(t) for t in reader.derive(asked).types] == ["n @ n.l", "n", "n.r @ s @ n.l", "n"]
    assert reader.adapted(known) is reader
    assert reader_from_config(reader.config()) == reader


def test_n_best_readings_differ_and_are_sorted() -> None:
    found = CCGReader(n_best=4).derivations("I saw the man with the telescope in the park.")
    assert len(found) == 4
    assert [d.cost for d in found] == sorted(d.cost for d in found)
    assert len({(d.types, d.links, d.tree) for d in found}) == 4


@pytest.mark.parametrize(
    "sentence",
    ["She sang and danced quickly yesterday.", "He came, saw it and left early with them."],
)
def test_what_a_conjunction_has_taken_takes_no_adverb(sentence: str) -> None:
    checked(sentence, n_best=40)


NO_PARSE = "of of the the"


def test_without_a_parse_an_error_names_the_sentence_and_its_line() -> None:
    with pytest.raises(ParseFailure, match=r"^sentence: 'of of the the' has no parse of type s or"):
        CCGReader()(NO_PARSE)
    lines = [SourceLine("a.txt", 3), SourceLine("a.txt", 4)]
    with pytest.raises(ParseFailure, match=r"^sentence 1 \(a.txt:4\): 'of of the the'"):
        CCGReader().read_many(["Dogs bark.", NO_PARSE], lines)


def test_fragments_are_joined_to_a_target_and_counted() -> None:
    reader = CCGReader(on_failure="fragments")
    sentences = ["Dogs bark.", NO_PARSE, "the the of sleeps of"]
    diagrams, report = reader.read_report(sentences)
    assert [d.cod for d in diagrams if d is not None] == [s, s, s]
    assert (report.parsed, list(report.fragments), report.failed) == ([0], [1, 2], {})
    for sentence in sentences[1:]:
        found = reader.derive(sentence)
        assert len(found.words) == len(sentence.split())
        assert LINKS([t.objects for t in found.types], found.links, s.objects) == []


def test_a_skipped_sentence_has_a_reason() -> None:
    reader = CCGReader(Lexicon(unknown="error"), on_failure="skip")
    sentences = ["Dogs bark.", NO_PARSE, "...", "A blorf sleeps."]
    diagrams, report = reader.read_report(sentences)
    assert [d is None for d in diagrams] == [False, True, True, True]
    assert report.failed == {1: "no_parse", 2: "no words", 3: "unknown words"}
    assert len(reader.read_many(sentences)) == 1
    assert "4 sentences" in str(report)


def test_an_empty_or_unknown_sentence_is_an_error_with_fragments_too() -> None:
    with pytest.raises(EmptySentenceError, match=r"^sentence 0 has no words"):
        CCGReader(on_failure="fragments").read_many(["  "])
    with pytest.raises(EmptySentenceError, match=r"^sentence 0 has no words"):
        CCGReader().read_many([" . "])
    reader = CCGReader(Lexicon(unknown="error"))
    with pytest.raises(UnknownWordError, match="1 words are not in the lexicon: 'blorf'"):
        reader("A blorf sleeps.")


def test_a_users_word_has_the_users_types_only() -> None:
    assert types("the blorf sleeps", lexicon={"blorf": "n", "sleeps": "n.r s"}) == [
        "n n.l",
        "n",
        "n.r s",
    ]
    assert types("x y", lexicon={"x": "q", "y": "q.r s"}) == ["q", "q.r s"]
    with pytest.raises(ParseFailure):
        CCGReader({"bark": "n"}, target="s")("the dogs bark")


def test_a_pregroup_type_is_read_as_every_category_that_gives_it() -> None:
    assert categories_of_type(r"(S\NP)/NP") == (r"(S\NP)/NP",)
    assert r"(S\N[any])/(S\N[any])" in categories_of_type("n.r s s.l n")


def test_every_shipped_category_is_well_formed() -> None:
    reader = CCGReader()
    for row in rows("closed.tsv"):
        if row.startswith("@"):
            assert reader._engine.parser.category(reader._engine.parser.intern(row.split("\t")[1]))
    words = [w for row in rows("closed.tsv") if row[0] != "@" for w in row.split("\t")[0].split()]
    assert len(words) > 400
    for word in words:
        assert supertags(word, initial=False, lexicon=Lexicon())


@pytest.mark.parametrize(
    ("text", "marks"),
    [
        ("Yes, no.", ["Yes", "@comma", "no", "@stop"]),
        ("Dr. J. Smith lives in the U.S. now.", ["Dr", "J", "Smith", "lives", "in", "the", "U.S", "now", "@stop"]),
        ("it's good--very good...", ["it", "'s", "good", "@dash", "very", "good", "@stop"]),
        ("write to a.b@c.org (soon)", ["write", "to", "a.b@c.org", "@mark", "soon", "@mark"]),
    ],
)  # fmt: skip
def test_a_sentence_is_cut_into_words_and_marks(text: str, marks: list[str]) -> None:
    assert [token for token, _ in scan(text)] == marks


def test_threads_give_identical_readings() -> None:
    sentences = [
        "The old man who sells fresh fish never eats meat.",
        "A quiet, gentle film about loss and hope.",
        NO_PARSE,
    ] * 20
    before = qnlp.num_threads()
    try:
        found = []
        for n_threads in (1, 3):
            qnlp.set_num_threads(n_threads)
            found.append(CCGReader(on_failure="fragments").read_many(sentences))
    finally:
        qnlp.set_num_threads(before)
    assert found[0] == found[1]


def test_two_threads_may_use_one_reader() -> None:
    reader = CCGReader()
    expected = CCGReader()("The cat that I saw sleeps.")
    found: list[Diagram] = []

    def work() -> None:
        found.extend(reader("The cat that I saw sleeps.") for _ in range(30))

    threads = [threading.Thread(target=work) for _ in range(3)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert found == [expected] * 90


def test_a_text_of_two_thousand_words_is_read_in_parts() -> None:
    reader = CCGReader(on_failure="fragments")
    text = "the old cat that we saw sleeps on the mat and " * 200
    start = time.perf_counter()
    diagrams, report = reader.read_report([text])
    assert time.perf_counter() - start < 30
    assert report.fragments == {0: "too_long"}
    assert diagrams[0] is not None
    assert diagrams[0].cod == s


def test_a_search_that_is_cut_short_says_so() -> None:
    reader = CCGReader(max_steps=5)
    with pytest.raises(ParseFailure, match="took more than 5 steps"):
        reader("the old cat sleeps on the mat")


def test_an_interrupt_stops_a_long_batch() -> None:
    sentences = ["the old cat that we saw sleeps on the mat near the door " * 6] * 400
    reader = CCGReader(on_failure="fragments")
    timer = threading.Timer(0.3, signal.raise_signal, [signal.SIGINT])
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        reader.read_many(sentences)
    assert reader("Dogs bark.").cod == s


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"on_failure": "ignore"}, "on_failure has 'ignore', expected one of"),
        ({"beam": 0}, "beam has 0, expected an int from 1"),
        ({"n_best": True}, "n_best has True"),
        ({"target": ()}, "target has no type"),
        ({"weights": {"colour": 1}}, "no weight 'colour'"),
        ({"target": "n.l"}, "target n.l is the type of no category"),
    ],
)
def test_a_faulty_option_is_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(GrammarError, match=message):
        CCGReader(**options)  # type: ignore[arg-type]


def test_weights_change_what_is_preferred() -> None:
    low = types("I saw the man with the telescope.", weights={"length": 200})
    high = types("I saw the man with the telescope.", weights={"length": 0})
    assert low[4] == "n.r n n.l"
    assert high[4] == "s.r n.r.r n.r s n.l"
    assert set(default_weights()) == {row.split("\t")[0] for row in rows("weights.tsv")}


@pytest.mark.parametrize(
    ("sentence", "word", "expected"),
    [
        ("Where are my keys?", "where", "s @ s.l"),
        ("Where are my keys?", "are", "s @ n.l"),
        ("How are you?", "how", "s @ s.l"),
        ("The report, published on Monday, says that prices rose.", "published", "n.r @ n"),
        ("The report, published on Monday, says that prices rose.", "says", "n.r @ s @ s.l"),
        ("The company, based in Oslo, makes solar panels.", "makes", "n.r @ s @ n.l"),
    ],
)
def test_places_are_asked_for_and_participles_stand_between_commas(
    sentence: str, word: str, expected: str
) -> None:
    found = CCGReader(target="s").derive(sentence)
    assert str(found.types[found.words.index(word)]) == expected
