"""Rewriting: each rule against its meaning in numpy, whole sentences against their tensors."""

from __future__ import annotations

import runpy
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from qnlp import rewrite
from qnlp.classifier import SentenceClassifier
from qnlp.diagram import Box, Diagram, Word
from qnlp.errors import DiagramError, GrammarError
from qnlp.grammar import CCGReader, PregroupReader, parse_type, reader_from_config
from qnlp.rewrite import RULES, SIMPLIFY, Rewriter, rule_names
from qnlp.tensor import TensorFunctor
from qnlp.ty import Ty

REFERENCE = runpy.run_path(str(Path(__file__).parents[1] / "reference" / "rewrites.py"))
DIM, TYPES, NAMES, SMALL = (REFERENCE[name] for name in ("DIM", "TYPES", "NAMES", "SMALL"))
n, s = Ty("n"), Ty("s")
SENTENCES = [
    "The old man has never seen the sea",
    "The man who sold the car disappeared quickly",
    "The film that we saw in the park was not very good and the actors were bad",
    "Did you say that she plays the violin in the evening",
    "Alice and Bob danced and sang",
    "A dog that barks rarely bites",
]


def word(rule: str) -> Word:
    return Word(NAMES.get(rule, "word"), parse_type(TYPES[rule]))


def drawn(box: Box) -> NDArray[np.float64]:
    """A tensor for a box, of its own name and type alone: daggers and turns are not wanted here."""
    rng = np.random.default_rng([*box.name.encode(), len(box.dom), *str(box.cod).encode()])
    shape = [DIM[atom] for atom, _ in (box.dom @ box.cod).objects]
    return rng.normal(size=shape)


def small_of(rule: str, name: str) -> NDArray[np.float64] | None:
    if rule == "curry":
        return None
    return drawn(Word(name, parse_type(SMALL[rule]))) if rule in SMALL else None


def test_every_rule_is_in_the_package_with_its_three_functions_and_in_the_reference() -> None:
    assert set(RULES) == set(TYPES)
    for name in RULES:
        for made in (f"check_{name}", name, f"unsafe_{name}"):
            assert callable(getattr(rewrite, made))
            assert made in rewrite.__all__


@pytest.mark.parametrize("rule", [rule for rule in TYPES if rule != "curry"])
def test_a_rule_means_what_the_reference_says(rule: str) -> None:
    box = word(rule)
    image = getattr(rewrite, rule)(box)
    assert (image.dom, image.cod) == (Ty(), box.cod)
    found = TensorFunctor(DIM, drawn)(image)
    np.testing.assert_allclose(
        found, REFERENCE["meaning"](rule, small_of(rule, box.name)), atol=1e-12
    )


@pytest.mark.parametrize(
    "ty", ["n.r s n.l", "n n.l", "n.r s", "s.r n.r.r n.r s n.l", "n.r n n.l.l s.l", "s n.l.l s.l"]
)
def test_a_curried_word_is_the_word_with_its_wires_bent_in_order(ty: str) -> None:
    box = Word("word", parse_type(ty))
    image = rewrite.curry(box)
    assert image.cod == box.cod
    inner = image.boxes[-1]
    begin = next(k for k, (_, z) in enumerate(box.cod.objects) if z <= 0)
    end = begin + len(inner.cod)
    values = drawn(inner)
    # Inputs are left.l then right.r, each the mirror image of the wires that were bent.
    k = len(inner.dom)
    order = [*range(begin - 1, -1, -1), *range(k, k + end - begin), *range(k - 1, begin - 1, -1)]
    expected = np.transpose(values, order)
    np.testing.assert_allclose(TensorFunctor(DIM, drawn)(image), expected, atol=1e-12)


@pytest.mark.parametrize("rule", list(TYPES))
def test_a_rule_refuses_what_it_is_not_for_and_its_unsafe_form_does_not_look(rule: str) -> None:
    wrong = Word("zyx", n)
    assert RULES[rule].check(word(rule))
    assert not RULES[rule].check(wrong)
    assert not RULES[rule].check(word(rule).r)
    assert not RULES[rule].check(word(rule).dagger())
    assert not RULES[rule].check(Box("the", n, n))
    with pytest.raises(DiagramError, match=f"^rule {rule} does not apply to Word"):
        getattr(rewrite, rule)(wrong)
    if rule in NAMES:  # a content word of the type is kept, unless one does not look
        content = Word("zyx", parse_type(TYPES[rule]))
        assert not RULES[rule].check(content)
        assert RULES[rule].unsafe(content) == RULES[rule].unsafe(word(rule))


def meaning_before(rules: tuple[str, ...]) -> TensorFunctor:
    """What words mean if the rewritten diagram means what `drawn` says."""

    def array(box: Box) -> NDArray[np.float64]:
        for rule in rules:
            if RULES[rule].check(box):
                return TensorFunctor(DIM, drawn)(RULES[rule].unsafe(box))
        return drawn(box)

    return TensorFunctor(DIM, array)


@pytest.mark.parametrize("sentence", SENTENCES)
@pytest.mark.parametrize("rules", [*((rule,) for rule in RULES), tuple(RULES), SIMPLIFY])
def test_a_rewritten_sentence_means_what_the_sentence_does(
    sentence: str, rules: tuple[str, ...]
) -> None:
    diagram = CCGReader()(sentence)
    expected = meaning_before(rule_names(rules))(diagram)
    for normal_form in (False, True):
        small = Rewriter(rules, normal_form=normal_form)(diagram)
        assert (small.dom, small.cod) == (diagram.dom, diagram.cod)
        found = TensorFunctor(DIM, drawn)(small)
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)


def test_the_words_that_say_something_stay() -> None:
    diagram = CCGReader()("The film was not good and the actors could never sing")
    kept = [box.name for box in Rewriter(simplify=True)(diagram).boxes if box.kind == "word"]
    assert sorted(kept) == ["actors", "could", "film", "good", "never", "not", "sing"]


def test_simplified_sentences_have_fewer_wires() -> None:
    def wires(diagram: Diagram) -> int:
        return sum(len(box.cod) for box in diagram.boxes if box.kind == "word")

    for sentence in SENTENCES:
        diagram = CCGReader()(sentence)
        assert wires(Rewriter(simplify=True)(diagram)) < wires(diagram)


def test_a_misspelled_rule_is_named() -> None:
    with pytest.raises(GrammarError, match=r"rewrite has 'determinr', .*did you mean 'determiner'"):
        Rewriter(["determinr"])


@pytest.mark.parametrize("kind", [CCGReader, PregroupReader])
def test_a_reader_rewrites_and_its_configuration_says_how(kind: type) -> None:
    reader = kind(rewrite="determiner", simplify=False)
    assert [b.name for b in reader("the dog sleeps").boxes if b.kind == "word"] == ["dog", "sleeps"]
    assert reader.read_many(["the dog sleeps"]) == [reader("the dog sleeps")]
    assert reader.config()["rewrite"] == ["determiner"]
    assert reader_from_config(reader.config()) == reader
    assert kind(simplify=True).config()["rewrite"] == list(SIMPLIFY)


def test_a_classifier_rewrites_in_training_prediction_and_after_loading(tmp_path: Path) -> None:
    X = [
        "the man cooks a meal",
        "a woman bakes the cake",
        "the man writes code",
        "a woman runs code",
    ]
    y = ["food", "food", "it", "it"]
    model = SentenceClassifier(simplify=True, max_iter=20).fit(X, y)
    assert not {box.name for box in model.vocabulary_.boxes} & {"the", "a"}
    model.save(tmp_path)
    loaded = SentenceClassifier.load(tmp_path)
    assert loaded.simplify is True
    np.testing.assert_array_equal(loaded.predict_proba(X), model.predict_proba(X))
    assert model.predict(["a man cooks the cake"]).tolist() == ["food"]
    with pytest.raises(GrammarError, match="rewrite has 'x'"):
        SentenceClassifier(rewrite=["x"]).fit(X, y)
