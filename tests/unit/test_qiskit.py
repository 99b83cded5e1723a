"""Circuits of Qiskit and OpenQASM 3, both ways, by their matrices."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from qnlp.circuit import GATES, Angle, Circuit, Gate
from qnlp.errors import DiagramError

qiskit = pytest.importorskip("qiskit")

from qnlp.convert.qiskit import from_qasm, from_qiskit, to_qasm, to_qiskit

UNIT = runpy.run_path(str(Path(__file__).with_name("test_simulate.py")))
LIBRARY = qiskit.circuit.library.get_standard_gate_name_mapping()
RNG = np.random.default_rng(0)
OF_GATES = [
    gate.base_class(*RNG.uniform(-3, 3, len(gate.params)))
    for name, gate in sorted(LIBRARY.items())
    if name not in {"delay", "reset", "measure", "global_phase"}
]


def assert_same(circuit: Circuit, there: Any, values: Any = ()) -> None:
    """The state of Qiskit, its first qubit brought to the front, its phase included."""
    from qiskit.quantum_info import Statevector  # type: ignore[import-untyped]

    expected = Statevector(there.reverse_bits()).data
    found = circuit.amplitudes(values)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-10)


def spread(n: int, operations: Any) -> Any:
    """A circuit that starts from a state without symmetry."""
    there = qiskit.QuantumCircuit(n)
    for q in range(n):
        there.ry(0.3 + q, q)
        there.rz(0.7 - q, q)
    for operation, qubits in operations:
        there.append(operation, qubits)
    return there


@pytest.mark.parametrize("gate", OF_GATES, ids=lambda g: g.name)
def test_every_gate_of_qiskits_library_is_read(gate: Any) -> None:
    for made in (gate, gate.inverse()):
        n = made.num_qubits
        there = spread(n + 1, [(made, list(range(n))[::-1])])
        assert_same(from_qiskit(there), there)
    if gate.num_qubits < 3 and gate.name != "id":
        for state in (0, 1):
            controlled = gate.control(1, ctrl_state=state)
            there = spread(4, [(controlled, [3, *range(gate.num_qubits)])])
            assert_same(from_qiskit(there), there)


def test_matrices_preparations_and_annotations_are_read() -> None:
    library = qiskit.circuit.library
    matrix = np.linalg.qr(RNG.normal(size=(8, 8)) + 1j * RNG.normal(size=(8, 8)))[0]
    inverse = qiskit.circuit.annotated_operation.InverseModifier()
    turned = qiskit.circuit.AnnotatedOperation(library.SXGate(), inverse)
    for operation in (library.UnitaryGate(matrix), library.QFTGate(3)):
        there = spread(4, [(operation, [2, 0, 3])])
        there.append(turned, [1])
        there.barrier()
        resolved = there.decompose("annotated")
        assert_same(from_qiskit(there), resolved)


@pytest.mark.parametrize("seed", range(5))
def test_every_gate_goes_there_and_back(seed: int) -> None:
    circuit = UNIT["random_circuit"](4, 80, seed)
    values = UNIT["values_of"](circuit, seed)
    there = to_qiskit(circuit)
    bound = there.assign_parameters(dict(zip(circuit.symbols, values, strict=True)))
    assert_same(circuit, bound, values)
    back = from_qiskit(there)
    assert [(g.name, g.qubits) for g in back.gates] == [(g.name, g.qubits) for g in circuit.gates]
    for here, found in zip(circuit.gates, back.gates, strict=True):
        if here.angle is not None and found.angle is not None:
            assert here.angle.symbol == found.angle.symbol
            np.testing.assert_allclose(
                found.angle.scale if here.angle.symbol else 1,
                here.angle.scale if here.angle.symbol else 1,
                rtol=1e-14,
            )
            np.testing.assert_allclose(found.angle.shift, here.angle.shift, rtol=0, atol=1e-14)


def test_all_gates_have_a_name_there() -> None:
    from qnlp.convert.qiskit import NAMES

    assert set(NAMES) == set(GATES)


def test_the_first_qubit_is_the_last_bit_of_qiskits_numbers() -> None:
    there = qiskit.QuantumCircuit(3)
    there.x(0)
    assert int(np.argmax(from_qiskit(there).simulate().probabilities())) == 0b100


def test_openqasm_goes_out_and_comes_in() -> None:
    pytest.importorskip("qiskit_qasm3_import")
    circuit = UNIT["random_circuit"](3, 40, 7)
    back = from_qasm(to_qasm(circuit))
    values = UNIT["values_of"](circuit, 7)
    given = dict(zip(circuit.symbols, values, strict=True))
    overlap = np.vdot(back.amplitudes(given), circuit.amplitudes(values))
    np.testing.assert_allclose(abs(overlap), 1, rtol=0, atol=1e-10)
    with pytest.raises(DiagramError, match="no OpenQASM 3 that Qiskit reads"):
        from_qasm("OPENQASM 3.0; qubit[")


def test_a_gate_of_ones_own_under_a_known_name_is_what_it_is_defined_as() -> None:
    own = qiskit.QuantumCircuit(1, name="x")
    own.h(0)
    there = spread(1, [(own.to_gate(), [0])])
    assert from_qiskit(there).gates[-1] == Gate("H", (0,))


def test_what_is_no_gate_is_named() -> None:
    there = qiskit.QuantumCircuit(1, 1)
    there.measure(0, 0)
    with pytest.raises(DiagramError, match="instruction 'measure' on qubits"):
        from_qiskit(there)
    with pytest.raises(TypeError, match="circuit has type str"):
        from_qiskit("h")


def test_an_angle_that_is_not_linear_is_refused() -> None:
    a, b = map(qiskit.circuit.Parameter, "ab")
    for angle in (a * a, a + b):
        there = qiskit.QuantumCircuit(1)
        there.rx(angle, 0)
        with pytest.raises(DiagramError, match="is not linear in one parameter"):
            from_qiskit(there)
    there = qiskit.QuantumCircuit(1)
    there.rx(2 * a + 1, 0)
    angle = from_qiskit(there).gates[0].angle
    assert angle is not None
    assert angle == Angle("a", 1 / np.pi, 0.5 / np.pi)
