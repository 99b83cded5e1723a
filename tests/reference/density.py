"""A simulator of mixed circuits by whole matrices: slow, obvious, numpy alone.

It takes a `qnlp.mixed.MixedCircuit` for its fields and uses nothing of the package.
"""

from __future__ import annotations

import runpy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

PURE = runpy.run_path(str(Path(__file__).with_name("simulator.py")))
I2, X, Y, Z = PURE["I2"], PURE["X"], PURE["Y"], PURE["Z"]
UP, DOWN = np.diag([1, 0]).astype(complex), np.diag([0, 1]).astype(complex)
FALL = np.array([[0, 1], [0, 0]], complex)


def kraus(name: str, p: float) -> list[NDArray[np.complex128]]:
    """Written down once more, from Nielsen and Chuang, section 8.3."""
    if name == "bit_flip":
        return [np.sqrt(1 - p) * I2, np.sqrt(p) * X]
    if name == "phase_flip":
        return [np.sqrt(1 - p) * I2, np.sqrt(p) * Z]
    if name == "depolarizing":  # (1 - p) rho + p I / 2
        paulis = (X, Y, Z)
        return [np.sqrt(1 - 3 * p / 4) * I2, *(np.sqrt(p / 4) * m for m in paulis)]
    if name == "amplitude_damping":
        return [UP + np.sqrt(1 - p) * DOWN, np.sqrt(p) * FALL]
    if name == "phase_damping":
        return [UP + np.sqrt(1 - p) * DOWN, np.sqrt(p) * DOWN]
    if name in ("measure", "encode"):
        return [UP, DOWN]
    assert name == "discard"
    return [UP, FALL]


def spread(matrix: NDArray[Any], qubits: tuple[int, ...], n: int) -> NDArray[np.complex128]:
    """A matrix on some qubits as one on all, element by element."""
    out = np.zeros((2**n, 2**n), complex)
    rest = [q for q in range(n) if q not in qubits]
    for row in range(2**n):
        for column in range(2**n):
            a = [row >> (n - 1 - q) & 1 for q in range(n)]
            b = [column >> (n - 1 - q) & 1 for q in range(n)]
            if any(a[q] != b[q] for q in rest):
                continue
            i = int("".join(str(a[q]) for q in qubits), 2)
            j = int("".join(str(b[q]) for q in qubits), 2)
            out[row, column] = matrix[i, j]
    return out


def density(circuit: Any, values: Mapping[str, float]) -> NDArray[np.complex128]:
    """The outputs' density matrix, not divided by its trace."""
    n = circuit.n_qubits
    rho = np.zeros((2**n, 2**n), complex)
    rho[0, 0] = circuit.factor**2
    for op in circuit.operations:
        if hasattr(op, "angle"):
            turns = None if op.angle is None else PURE["turns_of"](op.angle, values)
            listed = [PURE["matrix"](op.name, turns)]
        else:
            listed = op.matrices or kraus(op.name, op.strength)
        whole = [spread(m, op.qubits, n) for m in listed]
        rho = np.asarray(sum(k @ rho @ k.conj().T for k in whole))
    a, b = circuit.readout
    for q in range(n):
        if q in circuit.outputs or q in circuit.discarded:
            continue
        effect = spread(np.diag(np.sqrt([1 - a, b])), (q,), n)
        rho = effect @ rho @ effect
    axes = rho.reshape((2,) * (2 * n))
    kept = list(range(n))
    for q in [q for q in range(n) if q not in circuit.outputs]:
        place = kept.index(q)
        axes = np.trace(axes, axis1=place, axis2=len(kept) + place)
        kept.remove(q)
    order = [kept.index(q) for q in circuit.outputs]
    axes = axes.transpose([*order, *(len(kept) + k for k in order)])
    return np.asarray(axes.reshape(2 ** len(kept), -1))
