"""PennyLane's tapes on the state vector of the kernel: values, samples and adjoint derivatives.

Wires are numbered as ``tape.map_to_standard_wires()`` does, wire 0 the most significant bit, as in
the core. PennyLane's angles are in radians, the core's in full turns.
"""

from __future__ import annotations

from math import pi
from typing import TYPE_CHECKING, Any

import numpy as np

from qnlp import runtime
from qnlp._core import state_vector as core
from qnlp._lazy import require
from qnlp.errors import BackendError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from qnlp.observable import PauliWords

__all__ = ["EXTRA", "bare", "jacobian", "pull_back", "run"]

EXTRA = "pennylane"

GATES = {
    "PauliX": "X",
    "PauliY": "Y",
    "PauliZ": "Z",
    "Hadamard": "H",
    "S": "S",
    "T": "T",
    "SWAP": "Swap",
    "RX": "Rx",
    "RY": "Ry",
    "RZ": "Rz",
    "PhaseShift": "Phase",
}
"""Operations that the core knows by name, with any controls; all others are matrices to it."""


def bare(op: Any) -> tuple[Any, list[Any], list[Any]]:
    """An operation without its controls, its control wires, and those of them that must be 0."""
    controlled = require("pennylane.ops.op_math", EXTRA).Controlled
    controls: list[Any] = []
    zeros: list[Any] = []
    while isinstance(op, controlled):
        controls += op.control_wires
        zeros += [
            w for w, v in zip(op.control_wires, op.control_values, strict=True) if not bool(v)
        ]
        op = op.base
    return op, controls, zeros


class _Run:
    """A tape on the kernel. To be differentiated, its trainable angles are parameters, in radians."""

    def __init__(self, tape: Any, dtype: np.dtype[Any], *, differentiate: bool) -> None:
        self.tape = tape.map_to_standard_wires()
        self.dtype = dtype
        self.n_qubits = len(self.tape.wires)
        trainable = self.tape.trainable_params if differentiate else []
        self.theta = np.zeros(len(trainable))
        columns = {}
        for column, number in enumerate(trainable):
            info = self.tape.par_info[number]
            columns[info["op_idx"], info["p_idx"]] = column
        n_preparations = self.tape.num_preps
        rows = [
            row
            for k, op in enumerate(self.tape.operations)
            if k >= n_preparations and (row := self._row(op, columns.get((k, 0)))) is not None
        ]
        self.evolution = core.Evolution(self.n_qubits, rows, len(self.theta))
        self.state = self.new_state()
        if n_preparations:
            self.state.set_amplitudes(self._prepared(), range(self.n_qubits))
        self.state.evolve(self.evolution, self.theta)

    def new_state(self) -> core.State:
        limit = runtime.limit_for(self.dtype.itemsize * 2**self.n_qubits)
        return core.State(self.n_qubits, self.dtype == np.complex64, limit)

    def _prepared(self) -> NDArray[np.complex128]:
        vector = self.tape.operations[0].state_vector(wire_order=list(range(self.n_qubits)))
        if hasattr(vector, "toarray"):
            vector = vector.toarray()
        return np.ascontiguousarray(np.asarray(vector).reshape(-1), np.complex128)

    def _row(self, op: Any, column: int | None) -> tuple[Any, ...] | None:
        base, controls, zeros = bare(op)
        qubits = [*controls, *base.wires]
        name = GATES.get(base.name)
        if base.name == "Identity":
            return None
        if base.name == "GlobalPhase":  # no expectation value depends on it, where not controlled
            phase = np.exp([-1j * float(base.data[0])])
            return (base.name, controls, -1, 1.0, 0.0, zeros, phase)
        if name is None:
            if column is not None:
                message = f"{op.name} has a trainable parameter, expected it decomposed"
                raise BackendError(message)
            return (base.name, qubits, -1, 1.0, 0.0, zeros, _matrix(base))
        turns = float(base.data[0]) / (2 * pi) if base.data else 0.0
        if column is None:
            return (name, qubits, -1, 1.0, turns, zeros, None)
        self.theta[column] = float(base.data[0])
        return (name, qubits, column, 1 / (2 * pi), 0.0, zeros, None)

    @property
    def amplitudes(self) -> NDArray[Any]:
        """Shape (2,) * n_qubits."""
        flat = self.state.amplitudes(range(self.n_qubits))
        return flat.reshape((2,) * self.n_qubits)

    def words(self, observable: Any) -> PauliWords | None:
        """An observable as a real sum of Pauli words, if it is one."""
        sentence = None if observable is None else observable.pauli_rep
        if sentence is None:
            return None
        masks = np.zeros((2, len(sentence)), np.uint64)
        factors = np.zeros(len(sentence), np.complex128)
        for k, (word, factor) in enumerate(sentence.items()):
            factors[k] = complex(factor)
            for wire, letter in word.items():
                bit = np.uint64(1 << (self.n_qubits - 1 - wire))
                masks[0, k] |= bit if letter in "XY" else np.uint64(0)
                masks[1, k] |= bit if letter in "YZ" else np.uint64(0)
        if np.any(factors.imag):
            return None
        return masks[0], masks[1], np.ascontiguousarray(factors.real)

    def value(self, measurement: Any) -> Any:
        """An exact result."""
        measurements = require("pennylane.measurements", EXTRA)
        if isinstance(measurement, measurements.ExpectationMP):
            words = self.words(measurement.obs)
            if words is not None:
                return np.float64(self.state.expectation(words))
        plain = measurement.obs is None and measurement.mv is None
        if isinstance(measurement, measurements.ProbabilityMP) and plain:
            wires = list(measurement.wires) or range(self.n_qubits)
            return self.state.probabilities(wires)
        return require("pennylane.devices.qubit", EXTRA).measure(measurement, self.amplitudes)

    def adjoint(self, weights: Sequence[float]) -> core.State:
        """The derivative of a weighted sum of the expectation values in the amplitudes."""
        out = self.new_state()
        words = [self.words(m.obs) for m in self.tape.measurements]
        if all(w is not None for w in words):
            parts = [w for w in words if w is not None]
            x, z, factors = (np.concatenate(list(c)) for c in zip(*parts, strict=True))
            scales = [np.full(len(w[2]), c) for w, c in zip(parts, weights, strict=True)]
            self.state.apply((x, z, factors * np.concatenate(scales)), out)
            return out
        apply = require("pennylane.devices.qubit", EXTRA).apply_operation
        state = self.amplitudes
        total = sum(
            2 * c * apply(m.obs, state)
            for m, c in zip(self.tape.measurements, weights, strict=True)
        )
        flat = np.ascontiguousarray(np.asarray(total).reshape(-1), np.complex128)
        out.set_amplitudes(flat, range(self.n_qubits))
        return out

    def gradient(self, weights: Sequence[float], state: core.State) -> NDArray[np.float64]:
        """Of the weighted sum; uses `state` up."""
        adjoint = self.adjoint(weights)
        return state.pull_back(self.evolution, self.theta, adjoint)


def _matrix(op: Any) -> NDArray[np.complex128]:
    matrix = op.matrix() if op.has_matrix else op.sparse_matrix().toarray()
    return np.ascontiguousarray(matrix, np.complex128)


def run(tape: Any, dtype: np.dtype[Any], rng: np.random.Generator) -> Any:
    """The results of a tape's measurements, exact or out of its shots."""
    ran = _Run(tape, dtype, differentiate=False)
    if ran.tape.shots:
        sampling = require("pennylane.devices.qubit.sampling", EXTRA)
        results = sampling.measure_with_samples(
            ran.tape.measurements, ran.amplitudes, ran.tape.shots, rng=rng
        )
        if len(ran.tape.measurements) > 1:
            return results
        partitioned = ran.tape.shots.has_partitioned_shots
        return tuple(r[0] for r in results) if partitioned else results[0]
    values = tuple(ran.value(m) for m in ran.tape.measurements)
    return values[0] if len(values) == 1 else values


def _rows(ran: _Run, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Gradients of several weighted sums, shape (n_sums, n_trainable)."""
    if not len(ran.theta):
        return np.zeros((len(weights), 0))
    last = len(weights) - 1
    rows = [
        ran.gradient(w, ran.state if k == last else ran.state.copy()) for k, w in enumerate(weights)
    ]
    return np.array(rows)


def jacobian(tape: Any, dtype: np.dtype[Any]) -> tuple[Any, Any]:
    """Expectation values and their derivatives by the trainable parameters, nested as PennyLane's."""
    ran = _Run(tape, dtype, differentiate=True)
    values = tuple(ran.value(m) for m in ran.tape.measurements)
    rows = _rows(ran, np.eye(len(values)))
    nested: Any = tuple(
        np.array(row[0]) if len(row) == 1 else tuple(np.array(v) for v in row) for row in rows
    )
    return (values, nested) if len(values) > 1 else (values[0], nested[0])


def pull_back(tape: Any, cotangents: Any, dtype: np.dtype[Any]) -> tuple[Any, tuple[Any, ...]]:
    """Expectation values, and the derivatives of their sum weighted by `cotangents`."""
    ran = _Run(tape, dtype, differentiate=True)
    values = tuple(ran.value(m) for m in ran.tape.measurements)
    weights = np.asarray(cotangents, np.float64).reshape(len(values), -1)
    rows = _rows(ran, weights.T)
    is_batch = np.ndim(cotangents) > (len(values) > 1)
    out = tuple(rows.T.copy()) if is_batch else tuple(np.array(v) for v in rows[0])
    return (values if len(values) > 1 else values[0]), out
