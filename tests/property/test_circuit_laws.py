"""Circuits of random diagrams: every way to compute their amplitudes gives the same numbers."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from qnlp.ansatz import Ansatz, IQPAnsatz
from qnlp.backend import Program, get_backend
from qnlp.circuit import GATES, Angle, Circuit, Gate
from qnlp.diagram import Box, Diagram
from qnlp.tensor import TensorFunctor
from qnlp.vocabulary import Vocabulary, named_boxes

FOLDER = Path(__file__).parents[1] / "reference"
RANDOM = runpy.run_path(str(FOLDER / "diagrams.py"))
diagrams, sentences = RANDOM["diagrams"], RANDOM["sentences"]
simulate = runpy.run_path(str(FOLDER / "simulator.py"))["amplitudes"]
MOST_QUBITS = 12


class EveryGate(Ansatz):
    """Every gate of the table, symbols scaled, shifted, repeated and first used out of order."""

    name = "every"

    def layers(self, n_qubits: int) -> list[Gate]:
        gates = [Gate("H", (q,)) for q in range(n_qubits)]
        symbol = 3
        for k, info in enumerate(GATES.values()):
            qubits = tuple((k + q) % n_qubits for q in range(info.n_qubits))
            angle = None
            if info.has_parameter:
                angle = Angle(str(symbol), (1.0, -0.5, 2.0)[k % 3], (0.0, 0.125)[k % 2])
                symbol = (symbol + 2) % 4
            gates.append(Gate(info.name, qubits, angle))
        return gates * self.n_layers


ansaetze = st.builds(
    lambda cls, a, b, layers, single: cls({"a": a, "b": b}, layers, single),
    st.sampled_from([IQPAnsatz, IQPAnsatz, EveryGate]),
    st.integers(0, 2),
    st.integers(0, 2),
    st.integers(1, 2),
    st.integers(0, 4),
)


def values_of(circuit: Circuit, seed: int) -> dict[str, float]:
    rng = np.random.default_rng(seed)
    return {symbol: rng.uniform(-1, 1) for symbol in circuit.symbols}


def close(left: NDArray[Any], right: NDArray[Any], tolerance: float = 1e-10) -> None:
    np.testing.assert_allclose(left, right, rtol=0, atol=tolerance)


def program_of(
    diagram: Diagram, ansatz: Ansatz, n_classes: int, backend: str = "kernel"
) -> Program:
    vocabulary = Vocabulary(ansatz, named_boxes([diagram]))
    return get_backend(backend).compile([diagram], ansatz, vocabulary, n_classes)


@st.composite
def circuits(draw: st.DrawFn) -> Circuit:
    """Gates of the whole table, inputs and outputs in any order, the rest post-selected."""
    n = draw(st.integers(0, 4))
    fitting = sorted(name for name, info in GATES.items() if info.n_qubits <= n)
    angle = st.builds(
        Angle,
        st.sampled_from([None, "x", "y", "z"]),
        st.sampled_from([1.0, -1.0, 0.5, 3.0]),
        st.sampled_from([0.0, 0.3, -1.7]),
    )
    gates = []
    for name in draw(st.lists(st.sampled_from(fitting), max_size=10)) if fitting else []:
        info = GATES[name]
        qubits = tuple(draw(st.permutations(range(n)))[: info.n_qubits])
        gates.append(Gate(name, qubits, draw(angle) if info.has_parameter else None))
    ends = [tuple(draw(st.permutations(range(n)))[: draw(st.integers(0, n))]) for _ in range(2)]
    return Circuit(n, tuple(gates), ends[0], ends[1], draw(st.sampled_from([1.0, 0.5, -2.0])))


def operator(circuit: Circuit, values: dict[str, float]) -> NDArray[np.complex128]:
    """Rows are outputs, columns inputs."""
    shape = (2 ** len(circuit.inputs), 2 ** len(circuit.outputs))
    picked = {symbol: values[symbol] for symbol in circuit.symbols}
    return circuit.amplitudes(picked).reshape(shape).T


VALUES = {"x": 0.37, "y": -0.81, "z": 1.93}


@given(circuits())
def test_amplitudes_are_those_of_whole_matrices(circuit: Circuit) -> None:
    picked = {symbol: VALUES[symbol] for symbol in circuit.symbols}
    close(circuit.amplitudes(picked), simulate(circuit, picked), 1e-12)


@given(circuits())
def test_dagger_and_transpose_of_a_circuit_are_those_of_its_matrix(circuit: Circuit) -> None:
    whole = operator(circuit, VALUES)
    close(operator(circuit.dagger(), VALUES), whole.conj().T, 1e-12)
    close(operator(circuit.transpose(), VALUES), whole.T, 1e-12)
    close(operator(circuit.dagger().transpose(), VALUES), whole.conj(), 1e-12)


@given(circuits(), circuits())
def test_circuits_side_by_side_are_kronecker_products(left: Circuit, right: Circuit) -> None:
    product = np.kron(operator(left, VALUES), operator(right, VALUES))
    close(operator(left @ right, VALUES), product, 1e-12)


@given(circuits(), circuits())
def test_circuits_in_a_row_are_matrix_products(first: Circuit, second: Circuit) -> None:
    assume(len(first.outputs) == len(second.inputs))
    product = operator(second, VALUES) @ operator(first, VALUES)
    close(operator(first >> second, VALUES), product, 1e-11)


@settings(max_examples=60)
@given(diagrams(most=6, widest=4), ansaetze, st.integers(0, 99))
def test_the_circuit_of_a_diagram_is_its_tensor_over_qubits(
    diagram: Diagram, ansatz: Ansatz, seed: int
) -> None:
    """Boxes with domains, turned and daggered ones, and open wires included."""
    circuit = ansatz(diagram)
    assume(circuit.n_qubits <= MOST_QUBITS)
    values = values_of(circuit, seed)
    dimension = {atom: 2**width for atom, width in ansatz.qubits.items()}

    def array(box: Box) -> NDArray[np.complex128]:
        made = ansatz.circuit(box)
        shape = [dimension[atom] for atom, _ in (box.dom @ box.cod).objects]
        return (
            simulate(ansatz.box_circuit(box.dom, box.cod), _local(ansatz, box, values)).reshape(
                shape
            )
            if made.gates or made.n_qubits
            else np.full(shape, made.factor, complex)
        )

    expected = np.asarray(TensorFunctor(dimension, array)(diagram)).reshape(-1)
    # Qubits within a wire of odd winding are reversed: an axis of the tensor is a whole wire.
    close(circuit.amplitudes(values), expected)
    close(simulate(circuit, values), expected)


def _local(ansatz: Ansatz, box: Box, values: dict[str, float]) -> dict[str, float]:
    local = ansatz.box_circuit(box.dom, box.cod).symbols
    return {name: values[own] for name, own in zip(local, ansatz.circuit(box).symbols, strict=True)}


@settings(max_examples=80)
@given(sentences(), ansaetze, st.integers(0, 99))
def test_cups_kept_cups_removed_kernel_and_reference_agree(
    sentence: Diagram, ansatz: Ansatz, seed: int
) -> None:
    kept = ansatz(sentence)
    assume(kept.n_qubits <= MOST_QUBITS)
    values = values_of(kept, seed)
    expected = simulate(kept, values)
    close(kept.amplitudes(values), expected)
    removed = ansatz(sentence, remove_cups=True)
    if not any(box.kind in ("spider", "swap") for box in sentence.boxes):
        assert removed.n_qubits <= kept.n_qubits
    close(removed.amplitudes({s: values[s] for s in removed.symbols}), expected)
    assert_program_agrees(sentence, ansatz, values, expected, kept.factor)


@settings(max_examples=40)
@given(diagrams(dom=RANDOM["Ty"](), most=6, widest=4), ansaetze, st.integers(0, 99))
def test_the_kernel_agrees_on_diagrams_of_any_boxes(
    diagram: Diagram, ansatz: Ansatz, seed: int
) -> None:
    kept = ansatz(diagram)
    assume(kept.n_qubits <= MOST_QUBITS)
    values = values_of(kept, seed)
    assert_program_agrees(diagram, ansatz, values, simulate(kept, values), kept.factor)


def assert_program_agrees(
    sentence: Diagram,
    ansatz: Ansatz,
    values: dict[str, float],
    amplitudes: NDArray[np.complex128],
    factor: float,
) -> None:
    squares = np.abs(amplitudes) ** 2
    n_classes = len(squares)
    program = program_of(sentence, ansatz, n_classes)
    theta = [values[symbol] for symbol in program.symbols]
    p, success = program.probabilities(theta)
    close(success[0], squares.sum() / factor**2)
    if squares.sum() < 1e-20:  # a scalar that happens to vanish
        return
    close(p[0], squares / squares.sum())
    assert abs(p[0].sum() - 1) < 1e-12


@pytest.mark.parametrize("seed", range(4))
def test_rows_of_probabilities_sum_to_one(seed: int) -> None:
    from qnlp.grammar import SpidersReader

    reader = SpidersReader()
    texts = [" ".join("abcde"[: 1 + k % 5]) for k in range(10)]
    ansatz = IQPAnsatz({"s": 2})
    read = [reader(text) for text in texts]
    vocabulary = Vocabulary(ansatz, named_boxes(read))
    for n_classes in (2, 3, 4):
        program = get_backend("kernel").compile(read, ansatz, vocabulary, n_classes)
        theta = np.random.default_rng(seed).random(len(vocabulary))
        p, success = program.probabilities(theta)
        assert p.shape == (10, n_classes)
        np.testing.assert_allclose(p.sum(1), 1, rtol=0, atol=1e-12)
        assert ((success > 0) & (success <= 1 + 1e-12)).all()
