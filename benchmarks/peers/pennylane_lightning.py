"""PennyLane's lightning.qubit with adjoint differentiation, through the interface of devices.

A QNode a sentence with ``diff_method="adjoint"`` gives the same numbers, slower: this leaves
out all that a QNode adds. The two outcomes are projectors, as sparse Hamiltonians.
"""

# mypy: disable-error-code="import-not-found,import-untyped"
from __future__ import annotations

from typing import Any

import numpy as np
import pennylane as qml
from problem import Problem, Sentence, loss_and_slopes
from scipy.sparse import csr_matrix

from peers import Call

DISTRIBUTIONS = ("pennylane", "pennylane_lightning", "numpy")
ROTATIONS = {"Rx": qml.RX, "Ry": qml.RY, "Rz": qml.RZ, "CRz": qml.CRZ}


def projectors(sentence: Sentence) -> list[Any]:
    size, wires = 2**sentence.n_qubits, range(sentence.n_qubits)
    matrices = [csr_matrix(([1.0], ([k], [k])), shape=(size, size)) for k in sentence.outcomes]
    return [qml.expval(qml.SparseHamiltonian(matrix, wires=wires)) for matrix in matrices]


def tape(sentence: Sentence, measurements: list[Any], theta: Any) -> Any:
    operations = []
    for gate in sentence.gates:
        if gate.name == "H":
            operations.append(qml.Hadamard(gate.qubits[0]))
        elif gate.name == "CX":
            operations.append(qml.CNOT(gate.qubits))
        else:
            angle = gate.scale * theta[gate.parameter] + gate.shift
            operations.append(ROTATIONS[gate.name](angle, wires=gate.qubits))
    # Without this the projectors' entries would count as parameters too.
    n_angles = sum(operation.num_params for operation in operations)
    return qml.tape.QuantumScript(operations, measurements, trainable_params=range(n_angles))


def prepare(problem: Problem) -> dict[str, Call]:
    sentences, labels = problem.sentences, problem.labels
    config = qml.devices.ExecutionConfig(gradient_method="adjoint", use_device_gradient=True)
    measured = [projectors(s) for s in sentences]
    rotations = [[g for g in s.gates if g.parameter >= 0] for s in sentences]
    by_width: dict[int, list[int]] = {}
    for k, s in enumerate(sentences):
        by_width.setdefault(s.n_qubits, []).append(k)
    devices = {n: qml.device("lightning.qubit", wires=n) for n in by_width}

    def run(theta: Any) -> tuple[float, Any]:
        weights = np.empty((len(sentences), 2))
        jacobians: list[Any] = [None] * len(sentences)
        for n, numbers in by_width.items():
            tapes = [tape(sentences[k], measured[k], theta) for k in numbers]
            results = devices[n].execute_and_compute_derivatives(tapes, config)
            for k, values, jacobian in zip(numbers, *results, strict=True):
                weights[k] = values
                jacobians[k] = np.asarray(jacobian, float).reshape(2, -1)
        loss, slopes = loss_and_slopes(weights, labels)
        gradient = np.zeros_like(theta)
        for gates, slope, jacobian in zip(rotations, slopes, jacobians, strict=True):
            by_angle = slope @ jacobian
            np.add.at(gradient, [g.parameter for g in gates], [g.scale for g in gates] * by_angle)
        return loss, gradient

    return {"": Call(run)}
