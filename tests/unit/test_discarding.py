"""Ancillas and discarded qubits: words as mixed states, on every way to run them."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from qnlp import Box, Cup, Diagram, SentenceClassifier, Ty, Vocabulary, Word, pregroup_diagram
from qnlp.ansatz import ANSAETZE, Ansatz, IQPAnsatz, Sim14Ansatz, Sim15Ansatz, ansatz_from_config
from qnlp.backend import get_backend
from qnlp.errors import DiagramError, ShapeError
from qnlp.vocabulary import named_boxes

DENSITY = runpy.run_path(str(Path(__file__).parents[1] / "reference" / "density.py"))
N, S = Ty("n"), Ty("s")
LOVES = Word("loves", N.r @ S @ N.l)
SENTENCES = [
    pregroup_diagram([Word("Alice", N), LOVES, Word("Alice", N)], [(0, 1), (3, 4)]),
    pregroup_diagram([Word("Alice", N), Word("runs", N.r @ S)], [(0, 1)]),
    # A box that takes more than it gives.
    Word("Alice", N) @ LOVES @ Word("Bob", N) >> Cup(N, N.r) @ Box("g", S @ N.l @ N, S),
]
SIZES = {"n": 1, "s": 1}
CIRCUITS = sorted(name for name, cls in ANSAETZE.items() if issubclass(cls, Ansatz))


def compiled(
    ansatz: Ansatz, backend: Any = "kernel", sentences: list[Diagram] = SENTENCES
) -> tuple[Any, Any]:
    vocabulary = Vocabulary(ansatz, named_boxes(sentences))
    theta = np.random.default_rng(len(vocabulary)).random(len(vocabulary))
    return get_backend(backend).compile(sentences, ansatz, vocabulary, 2), theta


@pytest.mark.parametrize("name", CIRCUITS)
@pytest.mark.parametrize(
    "options",
    [{"n_ancillas": 1}, {"n_ancillas": 1, "discard": True}, {"discard": True}],
    ids=["ancilla", "discarded", "only boxes that shrink"],
)
def test_the_kernel_gives_what_whole_density_matrices_do(name: str, options: Any) -> None:
    ansatz = ANSAETZE[name](SIZES, **options)
    assert isinstance(ansatz, Ansatz)
    program, theta = compiled(ansatz)
    p, success = program.probabilities(theta)
    for k, sentence in enumerate(SENTENCES):
        circuit = ansatz.mixed(sentence)
        values = {s: theta[program.symbols.index(s)] for s in circuit.symbols}
        if circuit.n_qubits <= 6:
            whole = np.diag(DENSITY["density"](circuit, values)).real
        else:
            whole = circuit.simulate(values)._squares
        np.testing.assert_allclose(p[k], whole / whole.sum(), rtol=0, atol=1e-10)
        np.testing.assert_allclose(success[k] * circuit.factor**2, whole.sum(), rtol=1e-9)


@pytest.mark.parametrize("cls", [IQPAnsatz, Sim14Ansatz])
def test_gradients_are_central_differences_of_the_loss(cls: Any) -> None:
    program, theta = compiled(cls(SIZES, n_ancillas=1, discard=True))
    labels, weights = [0, 1, 1], [1.0, 2.0, 0.5]
    _, gradient = program.loss_and_gradient(theta, labels, weights)
    step = 1e-6
    for k in range(len(theta)):
        ends = []
        for sign in (1, -1):
            moved = theta.copy()
            moved[k] += sign * step
            ends.append(program.loss_and_gradient(moved, labels, weights)[0])
        assert gradient[k] == pytest.approx((ends[0] - ends[1]) / (2 * step), abs=1e-6)


@pytest.mark.parametrize("backend", ["torch", "aer", "pennylane"])
@pytest.mark.parametrize("cls", [IQPAnsatz, Sim15Ansatz])
def test_every_backend_agrees_on_probabilities_and_gradients(backend: str, cls: Any) -> None:
    pytest.importorskip({"aer": "qiskit_aer"}.get(backend, backend))
    ansatz = cls(SIZES, n_ancillas=1, discard=True)
    ours, theta = compiled(ansatz)
    theirs, _ = compiled(ansatz, backend)
    for found, expected in zip(theirs.probabilities(theta), ours.probabilities(theta), strict=True):
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-10)
    slopes = np.random.default_rng(0).normal(size=(3, 2))
    for found, expected in [
        (theirs.loss_and_gradient(theta, [0, 1, 0]), ours.loss_and_gradient(theta, [0, 1, 0])),
        ((0.0, theirs.pull_back(theta, slopes)), (0.0, ours.pull_back(theta, slopes))),
    ]:
        np.testing.assert_allclose(found[0], expected[0], rtol=0, atol=1e-10)
        np.testing.assert_allclose(found[1], expected[1], rtol=0, atol=1e-8)


def test_daggered_and_turned_words_are_fed_the_mixed_state() -> None:
    ansatz = Sim15Ansatz(SIZES, n_ancillas=1, discard=True)
    sits, alice = Word("sits", N.l @ S), Word("Alice", N)
    sentences = [
        Word("sits", N @ S) >> alice.dagger() @ S,
        sits >> alice.l @ S,
    ]
    program, theta = compiled(ansatz, sentences=sentences)
    p, success = program.probabilities(theta)
    for k, sentence in enumerate(sentences):
        made = ansatz.mixed(sentence)
        found = made.simulate({s: theta[program.symbols.index(s)] for s in made.symbols})
        np.testing.assert_allclose(p[k], found.probabilities(), rtol=0, atol=1e-12)
        np.testing.assert_allclose(success[k], found.success_probability, rtol=1e-10)


@pytest.mark.parametrize("n_ancillas", [1, 2])
def test_removing_cups_changes_no_probability(n_ancillas: int) -> None:
    ansatz = Sim15Ansatz(SIZES, n_ancillas=n_ancillas, discard=True)
    program, theta = compiled(ansatz, sentences=SENTENCES[:2])
    for k, sentence in enumerate(SENTENCES[:2]):
        made = ansatz.mixed(sentence, remove_cups=True)
        found = made.simulate({s: theta[program.symbols.index(s)] for s in made.symbols})
        np.testing.assert_allclose(
            found.probabilities(), program.probabilities(theta)[0][k], rtol=0, atol=1e-12
        )


def test_a_call_refuses_what_is_a_mixed_state_and_says_what_to_call() -> None:
    ansatz = IQPAnsatz(SIZES, n_ancillas=1, discard=True)
    with pytest.raises(DiagramError, match=r"discards 3 qubits of the sentence.*ansatz\.mixed"):
        ansatz(SENTENCES[0])
    assert IQPAnsatz(SIZES, discard=True)(SENTENCES[0]).n_qubits == 5  # words discard nothing


def test_ancillas_and_rotations_are_settings_that_survive() -> None:
    ansatz = Sim15Ansatz(SIZES, n_ancillas=2, discard=True, single_qubit_rotations=["Ry"])
    assert ansatz_from_config(ansatz.config()) == ansatz
    assert eval(repr(ansatz), {"Sim15Ansatz": Sim15Ansatz}) == ansatz
    assert ansatz != Sim15Ansatz(SIZES)
    plain = IQPAnsatz(SIZES, single_qubit_rotations=("Ry", "Rz"))
    assert [g.name for g in plain.box_circuit(Ty(), N).gates] == ["Ry", "Rz", "Ry"]
    for wrong in (["H"], ["CRx"], [], "Rx"):
        with pytest.raises(ShapeError, match="single_qubit_rotations has"):
            IQPAnsatz(SIZES, single_qubit_rotations=wrong)
    with pytest.raises(ShapeError, match="n_ancillas has -1"):
        IQPAnsatz(SIZES, n_ancillas=-1)


def test_mixed_words_train_and_are_saved(tmp_path: Path) -> None:
    texts = ["man cooks dinner", "woman bakes cake", "man writes code", "woman debugs code"]
    ansatz = Sim15Ansatz({"n": 1, "s": 1}, n_ancillas=1, discard=True)
    model = SentenceClassifier(ansatz=ansatz).fit(texts, [1, 1, 0, 0])
    assert model.score(texts, [1, 1, 0, 0]) == 1
    model.save(tmp_path / "m")
    again = SentenceClassifier.load(tmp_path / "m")
    np.testing.assert_array_equal(again.predict_proba(texts), model.predict_proba(texts))
