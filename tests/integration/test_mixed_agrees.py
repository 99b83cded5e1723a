"""Mixed circuits beside Aer's density matrix and PennyLane's default.mixed."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from qnlp.circuit import Circuit, Gate
from qnlp.mixed import Channel, MixedCircuit

ROOT = Path(__file__).parents[1]
MIXED = runpy.run_path(str(ROOT / "unit" / "test_mixed.py"))
AGREE = runpy.run_path(str(Path(__file__).with_name("test_simulators_agree.py")))


def whole(seed: int) -> tuple[MixedCircuit, Any]:
    """All qubits are outputs, in order, for the others to be asked for the same."""
    made = MIXED["random_mixed"](seed, n=4, n_gates=30)
    circuit = MixedCircuit(4, made.operations, outputs=(0, 1, 2, 3))
    return circuit, MIXED["values_of"](circuit, seed)


def turns_of(circuit: MixedCircuit, theta: Any) -> Any:
    gates = tuple(op for op in circuit.operations if isinstance(op, Gate))
    return iter(AGREE["angles"](Circuit(4, gates), theta))


def matrices(channel: Channel) -> Any:
    return channel.matrices or MIXED["REFERENCE"]["kraus"](channel.name, channel.strength)


def by_aer(circuit: MixedCircuit, theta: Any) -> Any:
    aer = pytest.importorskip("qiskit_aer")
    qiskit = pytest.importorskip("qiskit")
    from qiskit.quantum_info import Kraus  # type: ignore[import-untyped]

    from qnlp.convert.qiskit import NAMES

    made = qiskit.QuantumCircuit(circuit.n_qubits)
    left = turns_of(circuit, theta)
    for op in circuit.operations:
        if isinstance(op, Gate):
            arguments = [] if op.angle is None else [next(left)]
            getattr(made, NAMES[op.name])(*arguments, *op.qubits)
        else:
            made.append(Kraus(list(matrices(op))), list(op.qubits)[::-1])
    made = made.reverse_bits()
    made.save_density_matrix()
    simulator = aer.AerSimulator(method="density_matrix", zero_threshold=0.0, chop_threshold=0.0)
    made = qiskit.transpile(made, simulator, optimization_level=0)  # controlled rotations
    return np.asarray(simulator.run(made).result().data()["density_matrix"])


def by_pennylane(circuit: MixedCircuit, theta: Any) -> Any:
    qml = pytest.importorskip("pennylane")
    from qnlp.backend.pennylane import to_pennylane

    left = turns_of(circuit, theta)
    operations = []
    for op in circuit.operations:
        if isinstance(op, Gate):
            radians = [] if op.angle is None else [next(left)]
            operations += to_pennylane(Circuit(4, (op,)), radians)
        else:
            operations.append(qml.QubitChannel(list(matrices(op)), wires=list(op.qubits)))
    tape = qml.tape.QuantumScript(operations, [qml.density_matrix(wires=range(4))])
    return np.asarray(qml.device("default.mixed", wires=4).execute([tape])[0])


@pytest.mark.parametrize("other", [by_aer, by_pennylane])
@pytest.mark.parametrize("seed", range(5))
def test_every_gate_and_channel_has_their_density_matrix(other: Any, seed: int) -> None:
    circuit, theta = whole(seed)
    expected = other(circuit, theta)
    for method in ("density", "contraction"):
        found = circuit.simulate(theta, method=method).density()
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-10)
