"""PennyLane's default.qubit with backpropagation through torch, one QNode a sentence."""

# mypy: disable-error-code="import-not-found"
from __future__ import annotations

from typing import Any

import pennylane as qml
import torch
from problem import SMOOTHING, Gate, Problem, Sentence

from peers import Call

DISTRIBUTIONS = ("pennylane", "torch", "numpy")
ROTATIONS = {"Rx": qml.RX, "Ry": qml.RY, "Rz": qml.RZ, "CRz": qml.CRZ}


def operation(gate: Gate, theta: Any) -> Any:
    if gate.name == "H":
        return qml.Hadamard(gate.qubits[0])
    if gate.name == "CX":
        return qml.CNOT(gate.qubits)
    return ROTATIONS[gate.name](gate.scale * theta[gate.parameter] + gate.shift, wires=gate.qubits)


def node(sentence: Sentence) -> Any:
    def circuit(theta: Any) -> Any:
        for gate in sentence.gates:
            operation(gate, theta)
        return qml.state()

    device = qml.device("default.qubit", wires=sentence.n_qubits)
    return qml.QNode(circuit, device, interface="torch", diff_method="backprop")


def prepare(problem: Problem) -> dict[str, Call]:
    torch.set_num_threads(1)
    nodes = [(node(s), list(s.outcomes), s.label) for s in problem.sentences]

    def run(values: Any) -> tuple[float, Any]:
        theta = torch.tensor(values, requires_grad=True)
        losses = []
        for circuit, outcomes, label in nodes:
            weights = circuit(theta)[outcomes].abs() ** 2
            p = weights[label] / weights.sum()
            losses.append(-torch.log((p + SMOOTHING) / (1 + 2 * SMOOTHING)))
        loss = torch.stack(losses).mean()
        loss.backward()
        return float(loss), theta.grad.numpy()

    return {"": Call(run)}
