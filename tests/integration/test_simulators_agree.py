"""The state vector beside Qiskit Aer and PennyLane's default.qubit, on circuits of every gate."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from qnlp import Circuit
from qnlp.ansatz import ANSAETZE, Ansatz
from qnlp.ty import Ty

UNIT = runpy.run_path(str(Path(__file__).parents[1] / "unit" / "test_simulate.py"))
random_circuit, values_of = UNIT["random_circuit"], UNIT["values_of"]


def angles(circuit: Circuit, theta: NDArray[np.float64]) -> list[float]:
    """Of every gate with a parameter, in radians."""
    value = dict(zip(circuit.symbols, theta, strict=True))
    given = [g.angle for g in circuit.gates if g.angle is not None]
    return [2 * np.pi * (a.scale * (value[a.symbol] if a.symbol else 0.0) + a.shift) for a in given]


def by_aer(circuit: Circuit, theta: NDArray[np.float64]) -> Any:
    aer = pytest.importorskip("qiskit_aer")
    from qnlp.convert.qiskit import to_qiskit

    made = to_qiskit(circuit, angles(circuit, theta)).reverse_bits()
    made.save_statevector()
    simulator = aer.AerSimulator(method="statevector", zero_threshold=0.0, chop_threshold=0.0)
    return np.asarray(simulator.run(made).result().get_statevector())


def by_pennylane(circuit: Circuit, theta: NDArray[np.float64]) -> Any:
    qml = pytest.importorskip("pennylane")
    named = {
        "H": qml.Hadamard, "X": qml.X, "Y": qml.Y, "Z": qml.Z, "S": qml.S, "T": qml.T,
        "Sdg": lambda wires: qml.adjoint(qml.S(wires)),
        "Tdg": lambda wires: qml.adjoint(qml.T(wires)),
        "CX": qml.CNOT, "CY": qml.CY, "CZ": qml.CZ, "Swap": qml.SWAP,
        "Rx": qml.RX, "Ry": qml.RY, "Rz": qml.RZ, "Phase": qml.PhaseShift,
        "CRx": qml.CRX, "CRy": qml.CRY, "CRz": qml.CRZ, "CPhase": qml.ControlledPhaseShift,
    }  # fmt: skip
    left = iter(angles(circuit, theta))
    operations = [
        named[g.name](*([] if g.angle is None else [next(left)]), wires=list(g.qubits))
        for g in circuit.gates
    ]
    tape = qml.tape.QuantumScript(operations, [qml.state()])
    device = qml.device("default.qubit", wires=circuit.n_qubits)
    return np.asarray(device.execute([tape])[0])


@pytest.mark.parametrize("other", [by_aer, by_pennylane])
@pytest.mark.parametrize("seed", range(10))
def test_random_circuits_of_every_gate_agree(other: Any, seed: int) -> None:
    circuit = random_circuit(2 + seed % 5, 60, seed)
    theta = values_of(circuit, seed)
    expected = other(circuit, theta)
    for method in ("statevector", "contraction"):
        found = circuit.amplitudes(theta, method=method)
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-10)
    single = circuit.amplitudes(theta, dtype=np.complex64)
    np.testing.assert_allclose(single, expected, rtol=0, atol=1e-5)
    undone = Circuit(
        circuit.n_qubits,
        circuit.gates + tuple(g.dagger() for g in reversed(circuit.gates)),
        outputs=circuit.outputs,
    )
    np.testing.assert_allclose(np.abs(undone.amplitudes(theta))[0], 1, rtol=0, atol=1e-10)


CIRCUITS = {name: ansatz for name, ansatz in ANSAETZE.items() if issubclass(ansatz, Ansatz)}


@pytest.mark.parametrize("other", [by_aer, by_pennylane])
@pytest.mark.parametrize("name", sorted(CIRCUITS))
def test_every_ansatz_agrees_also_where_an_angle_is_exactly_0(other: Any, name: str) -> None:
    box = CIRCUITS[name]({"n": 2}, n_layers=2).box_circuit(Ty(), Ty("n", "n"))
    for theta in (values_of(box, 1), np.zeros(len(box.symbols))):
        np.testing.assert_allclose(box.amplitudes(theta), other(box, theta), rtol=0, atol=1e-10)
