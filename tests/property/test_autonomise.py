"""Autonomisation: opened words have the numbers of words, and never take more qubits."""

from __future__ import annotations

import runpy
from functools import partial
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from qnlp import Cup, Diagram, IQPAnsatz, TensorFunctor, Ty, Word, pregroup_diagram
from qnlp.autonomise import autonomise
from qnlp.grammar import CCGReader

RANDOM = runpy.run_path(str(Path(__file__).parents[1] / "reference" / "diagrams.py"))
diagrams, sentences, array_of = RANDOM["diagrams"], RANDOM["sentences"], RANDOM["array_of"]

DIMENSION = {"a": 2, "b": 3}
ARRAYS = partial(array_of, dimension=DIMENSION)
ANSATZ = IQPAnsatz({"a": 1, "b": 2})

n, s = Ty("n"), Ty("s")


@given(st.one_of(diagrams(), sentences()))
def test_the_autonomous_form_has_the_tensor_of_the_diagram(d: Diagram) -> None:
    made = autonomise(d)
    assert (made.diagram.dom, made.diagram.cod) == (d.dom, d.cod)
    expected = TensorFunctor(DIMENSION, ARRAYS)(d)
    found = TensorFunctor(DIMENSION, made.arrays(ARRAYS))(made.diagram)
    scale = max(1.0, float(np.abs(expected).max(initial=0)))
    np.testing.assert_allclose(found / scale, expected / scale, rtol=0, atol=1e-10)


@settings(max_examples=60)
@given(sentences())
def test_opened_words_have_no_adjoints(d: Diagram) -> None:
    made = autonomise(d)
    for box, (word, order) in made.words.items():
        assert sorted(order) == list(range(len(word.cod)))
        assert len(box.dom @ box.cod) == len(word.cod)
        if all(abs(z) < 2 for _, z in word.cod.objects):
            assert all(z == 0 for _, z in (box.dom @ box.cod).objects)


SENTENCES = (
    "Alice loves Bob",
    "the old man sees a red boat",
    "Alice quickly gives Bob books",
    "dogs that chase cats run",
    "Alice loves books that Bob writes",
    "man with dog sees woman",
)


def test_sentences_need_fewer_qubits_and_post_selections() -> None:
    ansatz = IQPAnsatz({"n": 1, "s": 1, "p": 1})
    reader = CCGReader(on_failure="fragments")
    for sentence in SENTENCES:
        made = autonomise(reader(sentence))
        before, after = made.resources(ansatz)
        assert after.n_qubits < before.n_qubits, sentence
        assert after.n_post_selected < before.n_post_selected, sentence
        # Each snake was a cup's two qubits, both post-selected.
        assert before.n_cups - after.n_cups == made.n_snakes > 0
        assert made.is_causal == (after.n_cups == 0)


def test_dependency_types_leave_no_cup() -> None:
    types = [n, n.r @ s @ n.l, n @ n.l, n]
    words = [Word(f"w{k}", ty) for k, ty in enumerate(types)]
    made = autonomise(pregroup_diagram(words, [(0, 1), (3, 4), (5, 6)]))
    assert made.is_causal
    assert made.n_snakes == 3
    assert {box.kind for box in made.diagram.boxes} <= {"box", "word"}
    before, after = made.resources(IQPAnsatz({"n": 1, "s": 1}))
    assert (before.n_qubits, before.n_post_selected) == (7, 6)
    assert (after.n_qubits, after.n_post_selected) == (2, 1)


def test_a_word_that_feeds_itself_keeps_a_cup() -> None:
    # The relative pronoun's clause takes the pronoun's own wire.
    that, sleeps = Word("that", n.r @ n @ s.l @ n), Word("sleeps", n.r @ s)
    phrase = Word("dog", n) @ that @ sleeps
    links = Diagram(phrase.cod, [(Cup(n, n.r), 0)])
    inner = Diagram(links.cod, [(Cup(n, n.r), 2), (Cup(s.l, s), 1)])
    made = autonomise(phrase >> links >> inner)
    report = made.report(IQPAnsatz({"n": 1, "s": 1}))
    assert report.count("\n") == 2
    assert made.before.cod == made.diagram.cod == n
