"""qulacs: one parametric circuit a sentence, built once; backpropagation of the bra.

A controlled rotation about Z is two rotations, about Z of the target and about ZZ.
"""

# mypy: disable-error-code="import-not-found"
from __future__ import annotations

from typing import Any

import numpy as np
import qulacs
from problem import Problem, Sentence, loss_and_slopes

from peers import Call

DISTRIBUTIONS = ("qulacs", "numpy")
Z = 3


class Compiled:
    """A circuit, and for each of its angles the parameter, the scale and the shift."""

    def __init__(self, sentence: Sentence) -> None:
        self.circuit = qulacs.ParametricQuantumCircuit(sentence.n_qubits)
        self.angles: list[tuple[int, float, float]] = []
        for gate in sentence.gates:
            self.add(gate.name, gate.qubits, (gate.parameter, gate.scale, gate.shift))
        # In qulacs qubit 0 is the least significant.
        width = sentence.n_qubits
        self.outcomes = [int(f"{k:0{width}b}"[::-1], 2) for k in sentence.outcomes]
        self.state = qulacs.QuantumState(width)
        self.bra = qulacs.QuantumState(width)

    def add(self, name: str, qubits: tuple[int, ...], angle: tuple[int, float, float]) -> None:
        circuit = self.circuit
        if name == "H":
            circuit.add_H_gate(qubits[0])
        elif name == "CX":
            circuit.add_CNOT_gate(*qubits)
        elif name == "CRz":
            self.rotate([qubits[1]], angle, 0.5)
            self.rotate(list(qubits), angle, -0.5)
        else:
            add = {"Rx": circuit.add_parametric_RX_gate, "Rz": circuit.add_parametric_RZ_gate}[name]
            add(qubits[0], 0.0)
            self.keep(angle, 1.0)

    def rotate(self, qubits: list[int], angle: tuple[int, float, float], share: float) -> None:
        self.circuit.add_parametric_multi_Pauli_rotation_gate(qubits, [Z] * len(qubits), 0.0)
        self.keep(angle, share)

    def keep(self, angle: tuple[int, float, float], share: float) -> None:
        # qulacs rotates by exp(+i angle P / 2).
        parameter, scale, shift = angle
        self.angles.append((parameter, -share * scale, -share * shift))

    def run(self, theta: Any) -> list[complex]:
        for k, (parameter, scale, shift) in enumerate(self.angles):
            self.circuit.set_parameter(k, scale * theta[parameter] + shift)
        self.state.set_zero_state()
        self.circuit.update_quantum_state(self.state)
        return [self.state.get_amplitude(k) for k in self.outcomes]

    def backward(self, amplitudes: Any, gradient: Any) -> None:
        vector = np.zeros(2 ** self.circuit.get_qubit_count(), complex)
        vector[self.outcomes] = amplitudes
        self.bra.load(vector)
        slopes = self.circuit.backprop_inner_product(self.bra)
        for (parameter, scale, _), slope in zip(self.angles, slopes, strict=True):
            gradient[parameter] += 2 * scale * slope


def prepare(problem: Problem) -> dict[str, Call]:
    compiled = [Compiled(s) for s in problem.sentences]
    labels = problem.labels

    def run(theta: Any) -> tuple[float, Any]:
        values = theta.tolist()
        amplitudes = np.array([c.run(values) for c in compiled])
        loss, slopes = loss_and_slopes(np.abs(amplitudes) ** 2, labels)
        gradient = [0.0] * len(values)
        for c, bra in zip(compiled, slopes * amplitudes, strict=True):
            c.backward(bra, gradient)
        return loss, np.array(gradient)

    return {"": Call(run)}
