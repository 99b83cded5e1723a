"""Ansaetze of tensors: their pieces, parameters, gradients and training; and ansaetze of one's own."""

from __future__ import annotations

import runpy
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qnlp import (
    Box,
    Diagram,
    MPSAnsatz,
    SentenceClassifier,
    SpiderAnsatz,
    TensorAnsatz,
    TensorFunctor,
    Ty,
    Word,
    circuit_ansatz,
)
from qnlp.ansatz import ANSAETZE, Ansatz, WordAnsatz, ansatz_from_config, default_ansatz
from qnlp.backend import get_backend
from qnlp.circuit import Angle, Gate
from qnlp.errors import BackendError, CircuitTooLargeError, DiagramError, ShapeError
from qnlp.grammar import PregroupReader
from qnlp.vocabulary import Vocabulary, named_boxes

N, S, A, B = Ty("n"), Ty("s"), Ty("a"), Ty("b")
SENTENCES = runpy.run_path(str(Path(__file__).parents[1] / "reference" / "diagrams.py"))[
    "sentences"
]
ANSAETZE_OF_TENSORS = [
    TensorAnsatz({"n": 3, "s": 2}),
    SpiderAnsatz({"n": 3, "s": 2}),
    SpiderAnsatz({"n": 3, "s": 2}, max_order=3),
    MPSAnsatz({"n": 3, "s": 2}, bond_dim=2),
    MPSAnsatz({"n": 3, "s": 2}, bond_dim=4, max_order=4),
]


def whole_word(ansatz: Any, box: Box, values: Any) -> Any:
    """A word's tensor out of its elements, by einsum over its pieces written down once more."""
    ty = box.dom.r @ box.cod
    letters = iter("abcdefghijklmnopqrstuvwxyz")
    wires = [next(letters) for _ in ty]
    sizes = [ansatz.dimensions()[atom] for atom, _ in ty.objects]
    pieces: list[tuple[str, list[int]]] = []
    order = getattr(ansatz, "max_order", len(ty))
    if len(ty) <= order:
        pieces = [("".join(wires), sizes)]
    elif isinstance(ansatz, SpiderAnsatz):
        for k in range(0, len(ty) - 1, order - 1):
            pieces.append(("".join(wires[k : k + order]), sizes[k : k + order]))
    else:
        bond, left = ansatz.bond_dim, ""
        for k in range(0, len(ty), order - 2):
            own, shape = "".join(wires[k : k + order - 2]), sizes[k : k + order - 2]
            right = next(letters) if k + order - 2 < len(ty) else ""
            pieces.append((left + own + right, [bond] * bool(left) + shape + [bond] * bool(right)))
            left = right
    begin, arrays = 0, []
    for _, shape in pieces:
        n = int(np.prod(shape, dtype=int))
        arrays.append(values[begin : begin + n].reshape(shape))
        begin += n
    assert begin == len(values)
    n_dom = len(box.dom)
    out = "".join(wires[:n_dom][::-1] + wires[n_dom:])
    return np.einsum(f"{','.join(names for names, _ in pieces)}->{out}", *arrays)


def squares(ansatz: Any, diagram: Diagram, vocabulary: Vocabulary, theta: Any) -> Any:
    def array(box: Box) -> Any:
        begin = vocabulary.first[box.base.generator]
        return whole_word(ansatz, box.base, theta[begin : begin + len(ansatz.symbols(box))])

    return TensorFunctor(ansatz.dimensions(), array)(diagram).reshape(-1) ** 2


@pytest.mark.parametrize("ansatz", ANSAETZE_OF_TENSORS, ids=repr)
@pytest.mark.parametrize("ty", [N, N.r @ S, N.r @ S @ N.l, N.r @ S @ N.l @ N.l, N @ N @ N @ N @ S])
def test_a_word_has_a_parameter_for_each_element_of_its_pieces(ansatz: Any, ty: Ty) -> None:
    word = Word("w", ty)
    symbols = ansatz.symbols(word)
    assert symbols == tuple(f"w__{str(ty).replace(' ', '')}_{k}" for k in range(len(symbols)))
    parts = ansatz.parts(ty)
    assert len(symbols) == sum(ansatz.n_outcomes(part) for part in parts)
    assert all(len(part) <= max(getattr(ansatz, "max_order", 9), 1) for part in parts)


@pytest.mark.parametrize("ansatz", ANSAETZE_OF_TENSORS, ids=repr)
def test_probabilities_and_gradients_are_those_of_numpy(ansatz: Any) -> None:
    read = PregroupReader(target="s").read_many(
        ["man prepares meal", "woman runs", "man cooks tasty meal"]
    )
    vocabulary = Vocabulary(ansatz, named_boxes(read))
    program = get_backend("kernel").compile(read, ansatz, vocabulary, 2)
    rng = np.random.default_rng(0)
    theta = rng.normal(size=len(vocabulary))
    p, _ = program.probabilities(theta)
    for k, diagram in enumerate(read):
        q = squares(ansatz, diagram, vocabulary, theta)
        np.testing.assert_allclose(p[k], q / q.sum(), rtol=0, atol=1e-12)
    labels = [0, 1, 1]
    _, gradient = program.loss_and_gradient(theta, labels)
    h = 1e-6
    for k in rng.choice(len(theta), 20, replace=False):
        step = np.eye(len(theta))[k] * h
        above, below = (program.loss_and_gradient(theta + d, labels)[0] for d in (step, -step))
        assert abs(gradient[k] - (above - below) / (2 * h)) < 1e-6 * max(1, abs(gradient[k]))


@settings(max_examples=40)
@given(
    st.lists(SENTENCES(most=4), min_size=1, max_size=3),
    st.sampled_from([TensorAnsatz, SpiderAnsatz, MPSAnsatz]),
    st.integers(0, 99),
)
def test_turned_and_daggered_words_and_boxes_are_in_their_pieces(
    read: Sequence[Diagram], cls: Any, seed: int
) -> None:
    ansatz = cls({"a": 2, "b": 3})
    vocabulary = Vocabulary(ansatz, named_boxes(read))
    n = min(ansatz.n_outcomes(d.cod) for d in read)
    p, _ = (
        get_backend("kernel")
        .compile(read, ansatz, vocabulary, n)
        .probabilities(theta := np.random.default_rng(seed).normal(size=len(vocabulary)))
    )
    made, _ = ansatz.pieces(read)
    for k, diagram in enumerate(read):
        assert (made[k].dom, made[k].cod) == (diagram.dom, diagram.cod)
        q = squares(ansatz, diagram, vocabulary, theta)[:n]
        if q.sum() > 1e-12:
            np.testing.assert_allclose(p[k], q / q.sum(), rtol=0, atol=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["tensor", "spider", "mps"])
def test_mc_and_rp_are_learned(name: str, shared_data: Path) -> None:
    from qnlp.datasets import load_sentences

    for stem, target, least in (("mc", "s", 0.97), ("rp", "n", 0.95)):
        data = load_sentences(shared_data / "qnlp" / f"{stem}_train_data.txt")
        reader = PregroupReader(target=target)
        model = SentenceClassifier(reader, name, n_restarts=1, max_iter=100, oov="unk")
        model.fit(data.sentences, data.labels)
        assert model.score(data.sentences, data.labels) >= least


def test_a_tensor_model_is_saved_and_knows_unknown_words(tmp_path: Path) -> None:
    texts = ["man cooks dinner", "woman bakes cake", "man writes code", "woman debugs code"]
    ansatz = MPSAnsatz({"n": 3, "s": 2, "p": 2}, bond_dim=2)
    model = SentenceClassifier(ansatz=ansatz, oov="unk", n_restarts=2).fit(texts, [0, 0, 1, 1])
    assert model.score(texts, [0, 0, 1, 1]) == 1
    model.save(tmp_path / "m")
    back = SentenceClassifier.load(tmp_path / "m")
    assert back.ansatz_ == ansatz
    asked = ["man bakes dinner", "zebra cooks cake"]
    np.testing.assert_array_equal(back.predict_proba(asked), model.predict_proba(asked))


def test_wide_words_are_cheap_in_pieces_and_refused_whole() -> None:
    ty = Ty(*["n"] * 12)
    read = [Word("w", ty @ S) >> Diagram.discard(ty) @ S]
    ansatz = SpiderAnsatz({"n": 64, "s": 2})
    vocabulary = Vocabulary(ansatz, named_boxes(read))
    program = get_backend("kernel").compile(read, ansatz, vocabulary, 2)
    p, _ = program.probabilities(np.random.default_rng(0).uniform(0, 1, len(vocabulary)))
    assert abs(p.sum() - 1) < 1e-12
    with pytest.raises(CircuitTooLargeError, match=r"has \d+ elements, at most"):
        Vocabulary(TensorAnsatz({"n": 64, "s": 2}), named_boxes(read))


def test_what_needs_circuits_says_so() -> None:
    read = [Word("Rain", S)]
    ansatz = TensorAnsatz({"s": 2})
    for name, extra in (("aer", "qiskit_aer"), ("pennylane", "pennylane")):
        pytest.importorskip(extra)
        with pytest.raises(BackendError, match="TensorAnsatz makes tensors, no circuits"):
            get_backend(name).compile(read, ansatz, Vocabulary(ansatz, read), 2)


def test_wrong_dimensions_are_named() -> None:
    with pytest.raises(ShapeError, match="dims has 0, expected an int of 1 or more"):
        TensorAnsatz({"n": 0})
    with pytest.raises(ShapeError, match="max_order has 2, expected an int of 3 or more"):
        MPSAnsatz({"n": 2}, 2, 2)
    with pytest.raises(ShapeError, match="max_order has 1, expected an int of 2 or more"):
        SpiderAnsatz({"n": 2}, 1)
    with pytest.raises(ShapeError, match="dims has the atom 'bond'"):
        MPSAnsatz({"bond": 2})
    with pytest.raises(ShapeError, match="no dimension for atom 's'"):
        TensorAnsatz({"n": 2}).symbols(Word("w", S))
    ansatz, read = TensorAnsatz({"s": 2}), [Word("w", S)]
    with pytest.raises(ShapeError, match="2 outcomes for 3 classes; give the ansatz dimension 3"):
        get_backend("kernel").compile(read, ansatz, Vocabulary(ansatz, read), 3)


@pytest.mark.parametrize("name", sorted(ANSAETZE))
def test_every_ansatz_comes_back_from_its_config_and_by_name(name: str) -> None:
    read = PregroupReader(target="s").read_many(["man prepares meal"])
    made = default_ansatz(read, 3, name)
    assert isinstance(made, WordAnsatz)
    assert ansatz_from_config(made.config()) == made
    assert made.n_outcomes(S) >= 3
    assert hash(made) == hash(ansatz_from_config(made.config()))


# An ansatz of one's own.


@circuit_ansatz
def zigzag(n_qubits: int) -> Any:
    """Turns, a ladder, and one phase for all."""
    for q in range(n_qubits):
        yield "Ry", q
    for q in range(n_qubits - 1):
        yield "CRz", q, q + 1, 0
    yield "Phase", n_qubits - 1


def test_an_ansatz_of_ones_own_is_one_like_the_others(tmp_path: Path) -> None:
    ansatz = zigzag({"n": 1, "s": 1, "p": 1}, n_layers=2)
    assert isinstance(ansatz, Ansatz)
    word = ansatz.box_circuit(Ty(), N.r @ S)
    assert [str(g) for g in word.gates] == [
        *("Ry(0) 0", "Ry(1) 1", "CRz(0) 0 1", "Phase(2) 1"),
        *("Ry(3) 0", "Ry(4) 1", "CRz(3) 0 1", "Phase(5) 1"),
    ]
    assert ansatz.layers(1 + 1)[0] == Gate("Ry", (0,), Angle("0"))
    texts = ["man cooks dinner", "woman bakes cake", "man writes code", "woman debugs code"]
    model = SentenceClassifier(ansatz="zigzag").fit(texts, [0, 0, 1, 1])
    assert model.score(texts, [0, 0, 1, 1]) == 1
    model.save(tmp_path / "m")
    assert type(SentenceClassifier.load(tmp_path / "m").ansatz_) is zigzag


def test_a_name_that_another_ansatz_has_is_refused() -> None:
    def iqp(n_qubits: int) -> Any:
        yield "H", 0

    with pytest.raises(DiagramError, match="there is an ansatz 'iqp' already"):
        circuit_ansatz(iqp)
    with pytest.raises(DiagramError, match="ansatz is called '<lambda>'"):
        circuit_ansatz(lambda n: [("H", 0)])


@pytest.mark.parametrize(
    ("gate", "said"),
    [
        (("Hadamard", 0), r"has the gate \('Hadamard', 0\), expected a name of"),
        ((), r"has the gate \(\), expected a name of"),
        (("H", 5), "expected 1 different qubits from 0 to 1"),
        (("CX", 0), "expected 2 different qubits"),
        (("CX", 0, 0), "expected 2 different qubits"),
        (("H", 0, 0), "which takes no parameter"),
        (("Ry", 0, 3), "which names no earlier parameter"),
    ],
)
def test_a_gate_that_is_none_is_named(gate: Any, said: str) -> None:
    def wrong(n_qubits: int) -> Any:
        yield gate

    wrong.__name__ = f"wrong_{abs(hash((gate, said)))}"
    made = circuit_ansatz(wrong)
    try:
        with pytest.raises(DiagramError, match=said):
            made({"n": 1}).box_circuit(Ty(), N @ N)
    finally:
        del ANSAETZE[wrong.__name__]
