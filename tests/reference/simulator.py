"""A simulator of post-selected circuits by whole matrices: slow, obvious, numpy alone.

It takes a `qnlp.circuit.Circuit` for its fields and uses nothing of the package.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Complex = NDArray[np.complex128]

I2 = np.eye(2, dtype=complex)
X = np.array([[0, 1], [1, 0]], complex)
Y = np.array([[0, -1j], [1j, 0]])
Z = np.diag([1, -1]).astype(complex)
FIXED = {
    "H": (X + Z) / np.sqrt(2),
    "X": X,
    "Y": Y,
    "Z": Z,
    "S": np.diag([1, 1j]),
    "Sdg": np.diag([1, -1j]),
    "T": np.diag([1, np.exp(0.25j * np.pi)]),
    "Tdg": np.diag([1, np.exp(-0.25j * np.pi)]),
}
PAULI = {"x": X, "y": Y, "z": Z}


def rotation(axis: str, turns: float) -> Complex:
    """R_P(p) = exp(-i pi p P)."""
    return np.asarray(np.cos(np.pi * turns) * I2 - 1j * np.sin(np.pi * turns) * PAULI[axis])


def matrix(name: str, turns: float | None) -> Complex:
    """The matrix of a gate on its own qubits, the first the most significant."""
    if name == "Swap":
        return np.asarray(np.eye(4, dtype=complex)[[0, 2, 1, 3]])
    if name in FIXED:
        return np.asarray(FIXED[name], complex)
    if name.startswith("C"):
        out = np.eye(4, dtype=complex)
        out[2:, 2:] = matrix(name[1:], turns)
        return out
    assert turns is not None
    if name == "Phase":
        return np.diag([1, np.exp(2j * np.pi * turns)])
    return rotation(name[1], turns)


def turns_of(angle: Any, values: Mapping[str, float]) -> float:
    return float(angle.shift) + (
        0.0 if angle.symbol is None else angle.scale * values[angle.symbol]
    )


def amplitudes(
    circuit: Any, values: Mapping[str, float], moved: Mapping[int, float] | None = None
) -> Complex:
    """The tensor of a circuit, axes inputs then outputs, flat.

    `moved` adds to the angles of gates, by their numbers.
    """
    n, n_in = circuit.n_qubits, len(circuit.inputs)
    # One axis a qubit, then a copy of each input.
    state = np.full((), circuit.factor, complex)
    for q in range(n):
        if q in circuit.inputs:
            state = np.multiply.outer(state, I2)
            state = np.moveaxis(state, -2, q)
        else:
            state = np.multiply.outer(state, np.array([1, 0], complex))
            state = np.moveaxis(state, -1, q)
    made = [q for q in range(n) if q in circuit.inputs]
    copies = [n + made.index(q) for q in circuit.inputs]
    for k, gate in enumerate(circuit.gates):
        turns = None if gate.angle is None else turns_of(gate.angle, values)
        if turns is not None and moved is not None:
            turns += moved.get(k, 0.0)
        qubits, m = list(gate.qubits), len(gate.qubits)
        whole = matrix(gate.name, turns).reshape((2,) * (2 * m))
        state = np.tensordot(whole, state, (list(range(m, 2 * m)), qubits))
        state = np.moveaxis(state, list(range(m)), qubits)
    index = [slice(None) if q in circuit.outputs else 0 for q in range(n)]
    kept = [q for q in range(n) if q in circuit.outputs]
    state = state[tuple(index)]
    shift = n - len(kept)
    axes = [c - shift for c in copies] + [kept.index(q) for q in circuit.outputs]
    return (
        np.ascontiguousarray(state.transpose(axes)).reshape(-1)
        if n_in or kept
        else state.reshape(1)
    )
