"""Circuits as tensor networks: what does not fit as a state vector is often small to contract."""

from __future__ import annotations

from cmath import exp, pi
from typing import TYPE_CHECKING

import numpy as np

from qnlp._core import tensor as core
from qnlp.circuit import GATES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qnlp.circuit import Circuit, Gate

__all__ = ["FIXED", "CircuitNetwork", "gate_matrix"]

_Matrix = tuple[complex, complex, complex, complex]

_ROOT = 0.5**0.5
FIXED: dict[str, _Matrix] = {
    "H": (_ROOT, _ROOT, _ROOT, -_ROOT),
    "X": (0, 1, 1, 0),
    "Y": (0, -1j, 1j, 0),
    "Z": (1, 0, 0, -1),
    "S": (1, 0, 0, 1j),
    "Sdg": (1, 0, 0, -1j),
    "T": (1, 0, 0, exp(0.25j * pi)),
    "Tdg": (1, 0, 0, exp(-0.25j * pi)),
}
"""Matrices of the gates on one qubit that have no angle, row by row."""


def _turned(name: str, turns: float) -> _Matrix:
    half = exp(1j * pi * turns)
    c, s = half.real, half.imag
    if name == "Rx":
        return (c, -1j * s, -1j * s, c)
    if name == "Ry":
        return (c, -s, s, c)
    if name == "Rz":
        return (half.conjugate(), 0, 0, half)
    return (1, 0, 0, half * half)


def gate_matrix(name: str, turns: float = 0.0) -> NDArray[np.complex128]:
    """The matrix of a gate, the first of its qubits the most significant.

    Examples
    --------
    >>> from qnlp.circuit_network import gate_matrix
    >>> gate_matrix("CX").real
    array([[1., 0., 0., 0.],
           [0., 1., 0., 0.],
           [0., 0., 0., 1.],
           [0., 0., 1., 0.]])
    """
    info = GATES[name]
    if name == "Swap":
        return np.eye(4, dtype=np.complex128)[[0, 2, 1, 3]]
    inner = name[info.n_controls :]
    matrix = _turned(inner, turns) if info.has_parameter else FIXED[inner]
    out = np.eye(2**info.n_qubits, dtype=np.complex128)
    out[-2:, -2:] = np.array(matrix).reshape(2, 2)
    return out


def _product(a: _Matrix, b: _Matrix) -> _Matrix:
    return (
        a[0] * b[0] + a[1] * b[2],
        a[0] * b[1] + a[1] * b[3],
        a[2] * b[0] + a[3] * b[2],
        a[2] * b[1] + a[3] * b[3],
    )


class CircuitNetwork:
    """The tensor network of a circuit with its angles put in.

    Gates on one qubit are absorbed by those on more; what controls a gate, or is diagonal, has one
    index from before to after.

    Parameters
    ----------
    circuit : Circuit
    angles : sequence of float
        Of every gate with a parameter, in full turns.

    Examples
    --------
    >>> from qnlp.circuit import Circuit, Gate
    >>> from qnlp.circuit_network import CircuitNetwork
    >>> bell = Circuit(2, (Gate("H", (0,)), Gate("CX", (0, 1))), outputs=(0, 1), factor=2**0.5)
    >>> CircuitNetwork(bell, []).contract(2**20).round(12).real
    array([1., 0., 0., 1.])
    """

    def __init__(self, circuit: Circuit, angles: list[float]) -> None:
        self._operands: list[list[int]] = []
        self._arrays: list[NDArray[np.complex128]] = []
        self._n_indices = 0
        self._factor = circuit.factor
        # Of each qubit that anything happens to its index, or None where it still is a known vector,
        # and what has been done to it since.
        used = dict.fromkeys([*circuit.inputs, *(q for g in circuit.gates for q in g.qubits)])
        used |= dict.fromkeys(circuit.outputs)
        self._index: dict[int, int | None] = dict.fromkeys(used)
        self._pending: dict[int, _Matrix | None] = dict.fromkeys(used)
        output: list[int] = []
        for q in circuit.inputs:
            output.append(self._fresh())
            self._index[q] = output[-1]
        left = iter(angles)
        for gate in circuit.gates:
            self._apply(gate, next(left) if gate.angle is not None else 0.0)
        open_at_the_end = set(circuit.outputs)
        for q in used:
            if q not in open_at_the_end:
                self._close(q)
        for q in circuit.outputs:
            index = self._settled(q)
            if index in output:
                index = self._add_identity(index)
            output.append(index)
        self.network = core.Network(self._operands, output, [2] * self._n_indices)
        self.order = core.contraction_order(self.network)
        self._cost = core.cost(self.network, self.order)

    @property
    def n_bytes(self) -> int:
        """Bytes that the contraction takes."""
        return 16 * self._cost["total"]

    @property
    def multiplications(self) -> int:
        """Complex multiplications that it takes."""
        return self._cost["multiplications"]

    def contract(self, limit: int) -> NDArray[np.complex128]:
        """The circuit's tensor, axes inputs then outputs; refused above `limit` bytes."""
        out = core.contract(self.network, self.order, self._arrays, limit)
        return np.asarray(self._factor * out)

    def _fresh(self) -> int:
        self._n_indices += 1
        return self._n_indices - 1

    def _add(self, axes: list[int], values: object) -> None:
        self._operands.append(axes)
        self._arrays.append(np.ascontiguousarray(values, np.complex128).ravel())

    def _add_identity(self, index: int) -> int:
        out = self._fresh()
        self._add([out, index], (1, 0, 0, 1))
        return out

    def _settled(self, q: int) -> int:
        """The index of a qubit with all that was done to it in the network."""
        index, pending = self._index[q], self._pending[q]
        if index is None:
            made = self._fresh()
            self._add([made], (1, 0) if pending is None else (pending[0], pending[2]))
        elif pending is None:
            return index
        else:
            made = self._fresh()
            self._add([made, index], pending)
        self._index[q], self._pending[q] = made, None
        return made

    def _close(self, q: int) -> None:
        """Post-select a qubit on 0."""
        index, pending = self._index[q], self._pending[q]
        if index is None:
            self._add([], (1,) if pending is None else (pending[0],))
        else:
            self._add([index], (1, 0) if pending is None else pending[:2])

    def _apply(self, gate: Gate, turns: float) -> None:
        info = GATES[gate.name]
        if gate.name == "Swap":
            a, b = gate.qubits
            self._index[a], self._index[b] = self._index[b], self._index[a]
            self._pending[a], self._pending[b] = self._pending[b], self._pending[a]
            return
        name = gate.name[info.n_controls :]
        matrix = _turned(name, turns) if info.has_parameter else FIXED[name]
        *controls, target = gate.qubits
        if not controls:
            before = self._pending[target]
            self._pending[target] = matrix if before is None else _product(matrix, before)
            return
        axes = [self._settled(q) for q in controls]
        shape = (2,) * len(controls)
        if matrix[1] == 0 and matrix[2] == 0:
            values = np.ones((*shape, 2), np.complex128)
            values[(1,) * len(controls)] = (matrix[0], matrix[3])
            self._add([*axes, self._settled(target)], values)
            return
        before = self._pending[target] or (1, 0, 0, 1)
        after = _product(matrix, before)
        index, made = self._index[target], self._fresh()
        n_in = 1 if index is None else 2
        values = np.empty((*shape, 2, n_in), np.complex128)
        values[...] = np.array(before).reshape(2, 2)[:, :n_in]
        values[(1,) * len(controls)] = np.array(after).reshape(2, 2)[:, :n_in]
        self._add([*axes, made, *([] if index is None else [index])], values)
        self._index[target], self._pending[target] = made, None
