"""One circuit of Sim14 layers on a whole register: <Z0> and its gradient, by simulators of state vectors.

None of them leaves out what lies outside the light cone of the observable.
"""

# mypy: disable-error-code="import-not-found,import-untyped"
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

DISTRIBUTIONS = ("qulacs", "pennylane-lightning", "qiskit-aer")

Gate = tuple[str, tuple[int, ...], float]
"""RY, or CRX with the control first, and its angle in radians."""


def sim14(n: int, n_layers: int) -> list[Gate]:
    """The gates of Sim14 on n qubits, with angles of a fixed seed."""
    rng = np.random.default_rng(0)
    places: list[tuple[str, tuple[int, ...]]] = []
    for _ in range(n_layers):
        places += [("RY", (i,)) for i in range(n)] + [("CRX", (i, (i - 1) % n)) for i in range(n)]
        places += [("RY", (i,)) for i in range(n)]
        places += [("CRX", (i % n, (i + 1) % n)) for i in range(n, 0, -1)]
    return [(name, qubits, float(2 * np.pi * rng.random())) for name, qubits in places]


Calls = dict[str, Callable[[], Any]]
"""The forward call gives the value, the gradient call the gradient by all angles in radians."""


def ours(n: int, gates: list[Gate]) -> Calls:
    from qnlp import Angle, Circuit
    from qnlp import Gate as OurGate

    names = {"RY": "Ry", "CRX": "CRx"}
    circuit = Circuit(
        n,
        tuple(OurGate(names[g], q, Angle(f"a{k}")) for k, (g, q, _) in enumerate(gates)),
        outputs=tuple(range(n)),
    )
    theta = np.array([angle for _, _, angle in gates]) / (2 * np.pi)

    def simulate() -> Any:
        return circuit.simulate(theta, method="statevector")

    return {
        "forward": lambda: simulate().expectation("Z0"),
        "gradient": lambda: simulate().value_and_gradient("Z0")[1] / (2 * np.pi),
    }


def lightning(n: int, gates: list[Gate]) -> Calls:
    import pennylane as qml

    operations = [getattr(qml, name)(angle, wires=qubits) for name, qubits, angle in gates]
    tape = qml.tape.QuantumScript(
        operations, [qml.expval(qml.Z(0))], trainable_params=range(len(gates))
    )
    device = qml.device("lightning.qubit", wires=n)
    config = qml.devices.ExecutionConfig(gradient_method="adjoint", use_device_gradient=True)
    return {
        "forward": lambda: float(np.ravel(device.execute([tape], config)[0])[0]),
        "gradient": lambda: np.array(device.execute_and_compute_derivatives([tape], config)[1][0]),
    }


def qulacs(n: int, gates: list[Gate]) -> Calls:
    """Angles of the other sign; in the gradient a controlled rotation is two rotations."""
    import qulacs as package

    plain = package.QuantumCircuit(n)
    parametric = package.ParametricQuantumCircuit(n)
    for name, qubits, angle in gates:
        if name == "RY":
            plain.add_RY_gate(qubits[0], -angle)
            parametric.add_parametric_RY_gate(qubits[0], -angle)
        else:
            gate = package.gate.to_matrix_gate(package.gate.RX(qubits[1], -angle))
            gate.add_control_qubit(qubits[0], 1)
            plain.add_gate(gate)
            parametric.add_parametric_multi_Pauli_rotation_gate([qubits[1]], [1], -angle / 2)
            parametric.add_parametric_multi_Pauli_rotation_gate(list(qubits), [3, 1], angle / 2)
    observable = package.Observable(n)
    observable.add_operator(1.0, "Z 0")
    state = package.QuantumState(n)

    def forward() -> float:
        state.set_zero_state()
        plain.update_quantum_state(state)
        return float(observable.get_expectation_value(state))

    def gradient() -> Any:
        slopes = iter(parametric.backprop(observable))
        return np.array(
            [
                -next(slopes) if g[0] == "RY" else (next(slopes) * -1 + next(slopes)) / 2
                for g in gates
            ]
        )

    return {"forward": forward, "gradient": gradient}


def aer(n: int, gates: list[Gate]) -> Calls:
    """It has no gradient."""
    from qiskit import QuantumCircuit
    from qiskit.quantum_info import SparsePauliOp
    from qiskit_aer import AerSimulator

    circuit = QuantumCircuit(n)
    for name, qubits, angle in gates:
        getattr(circuit, name.lower())(angle, *qubits)
    circuit.save_expectation_value(SparsePauliOp("Z"), [0], label="value")
    simulator = AerSimulator(method="statevector", max_parallel_threads=1, enable_truncation=False)
    return {"forward": lambda: float(simulator.run(circuit, shots=1).result().data(0)["value"])}


PEERS = {"ours": ours, "lightning.qubit": lightning, "qulacs": qulacs, "Aer": aer}
