"""Qiskit Aer's state vector as a backend: the very same circuits on an independent simulator."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from qnlp import runtime
from qnlp._lazy import require
from qnlp.backend import sentences
from qnlp.backend.protocol import parameter_vector, row_numbers, targets
from qnlp.circuit import GATES, Circuit, Gate
from qnlp.convert.qiskit import NAMES
from qnlp.errors import BackendError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from qnlp.ansatz import Ansatz
    from qnlp.diagram import Diagram
    from qnlp.vocabulary import Vocabulary

__all__ = ["AerBackend", "AerProgram"]

# Aer 0.18 binds a parameter of a controlled gate wrongly, and says nothing: run with
# parameter_binds, CRz(a) differs from CRz(a) bound before. So controlled rotations go as two
# rotations by half the angle: the control, in between, undoes the one by the other.
_HALVES = {"CRx": ("rx", "cz"), "CRy": ("ry", "cz"), "CRz": ("rz", "cx"), "CPhase": ("p", "cx")}
# Exact shifts, in turns, of a probability as a function of one occurrence of a gate's angle, and the
# factor of each difference. The four-term rule is for the generators' eigenvalues 0, +-1/2.
_SHIFTS = {
    2: ((0.25, np.pi),),
    4: (
        (0.25, np.pi * (2**0.5 + 1) / (2 * 2**0.5)),
        (0.75, -np.pi * (2**0.5 - 1) / (2 * 2**0.5)),
    ),
}


class AerBackend:
    """Exact state-vector simulation by Qiskit Aer, one circuit a sentence, cups kept.

    Gradients are exact too: by parameter shift, two or four circuits an angle. Slower than the kernel
    by orders of magnitude; it is there to check circuits, and to begin with what hardware will run.

    Parameters
    ----------
    device : {"CPU", "GPU"}, default "CPU"

    Raises
    ------
    BackendError
        If Aer has no such device here.
    MissingDependencyError
        If Qiskit or Aer is not installed.

    Examples
    --------
    >>> from qnlp.backend import get_backend
    >>> get_backend("aer").config()
    {'name': 'aer', 'device': 'CPU'}
    """

    name = "aer"

    def __init__(self, device: str = "CPU") -> None:
        if device not in ("CPU", "GPU"):
            message = f"device is {device!r}, expected 'CPU' or 'GPU'"
            raise BackendError(message)
        aer = require("qiskit_aer", "qiskit")
        available = tuple(aer.AerSimulator().available_devices())
        if device not in available:
            message = (
                f"Aer has no device {device!r} here, only {', '.join(available)}; "
                "a GPU needs the package qiskit-aer-gpu and a CUDA device"
            )
            raise BackendError(message)
        self.device = device

    def config(self) -> dict[str, Any]:
        """Name and options."""
        return {"name": self.name, "device": self.device}

    def simulator(self) -> Any:
        """A new Aer simulator with this backend's settings."""
        aer = require("qiskit_aer", "qiskit")
        return aer.AerSimulator(
            method="statevector",
            device=self.device,
            max_parallel_threads=runtime.num_threads(),
            # The default, 1e-10, rounds small amplitudes to zero.
            zero_threshold=0.0,
            chop_threshold=0.0,
        )

    def compile(
        self,
        diagrams: Sequence[Diagram],
        ansatz: Ansatz,
        vocabulary: Vocabulary,
        n_classes: int,
    ) -> AerProgram:
        """Compile sentences; see `qnlp.backend.Backend`.

        Raises
        ------
        CircuitTooLargeError
            Before anything is allocated, where a state vector would not fit in memory.
        """
        circuits = sentences.sentence_circuits(diagrams, ansatz, vocabulary, n_classes)
        return AerProgram(self, circuits, vocabulary.symbols, n_classes)


class _Compiled:
    """A sentence's circuit for Aer, and how its angles depend on the parameters."""

    def __init__(self, circuit: Circuit, symbols: tuple[str, ...], n_classes: int) -> None:
        qiskit = require("qiskit", "qiskit")
        library = require("qiskit_aer.library", "qiskit")
        gates = [g for g in circuit.gates if g.angle is not None]
        self.angles = sentences.Angles(circuit, symbols)
        self.rules = [_SHIFTS[GATES[g.name].n_shift_terms] for g in gates]
        self.factor = circuit.factor
        self.n_outcomes = 2 ** len(circuit.outputs)
        self.n_classes = n_classes
        self.circuit = qiskit.QuantumCircuit(circuit.n_qubits)
        self.parameters: list[Any] = []
        self.sources: list[tuple[int, float]] = []  # of each parameter: angle number and factor
        n_angles = 0
        for gate in circuit.gates:
            if gate.angle is None:
                getattr(self.circuit, NAMES[gate.name])(*gate.qubits)
            else:
                self._append(gate, n_angles)
                n_angles += 1
        if circuit.n_qubits:
            self.circuit.append(
                library.SaveAmplitudes(circuit.n_qubits, _places(circuit), label="amplitudes"),
                range(circuit.n_qubits),
            )
        self.n_qubits = circuit.n_qubits

    def _append(self, gate: Gate, angle: int) -> None:
        if gate.name not in _HALVES:
            getattr(self.circuit, NAMES[gate.name])(self._parameter(angle, 1.0), *gate.qubits)
            return
        rotate, flip = _HALVES[gate.name]
        control, target = gate.qubits
        half = self._parameter(angle, 0.5)
        getattr(self.circuit, rotate)(half, target)
        getattr(self.circuit, flip)(control, target)
        getattr(self.circuit, rotate)(self._parameter(angle, -0.5), target)
        getattr(self.circuit, flip)(control, target)
        if rotate == "p":
            self.circuit.p(half, control)

    def _parameter(self, angle: int, factor: float) -> Any:
        made = require("qiskit.circuit", "qiskit").Parameter(f"a{len(self.parameters):05d}")
        self.parameters.append(made)
        self.sources.append((angle, factor))
        return made

    def binds(self, turns: NDArray[np.float64]) -> dict[Any, list[float]]:
        """Values of the Qiskit parameters, in radians, for rows of angles."""
        return {
            p: (2 * np.pi * factor * turns[:, angle]).tolist()
            for p, (angle, factor) in zip(self.parameters, self.sources, strict=True)
        }

    def shifted(self, theta: NDArray[np.float64]) -> NDArray[np.float64]:
        """Angles of all circuits of the shift rules: one row a circuit, the unshifted first."""
        base = self.angles.turns(theta)
        rows = [base]
        for k, rule in enumerate(self.rules):
            for step, _ in rule if self.angles.index[k] >= 0 else ():
                for sign in (1, -1):
                    row = base.copy()
                    row[k] += sign * step
                    rows.append(row)
        return np.array(rows).reshape(len(rows), len(self.rules))

    def pull_back(
        self, weights: NDArray[np.float64], squares: NDArray[np.float64], gradient: Any
    ) -> None:
        """Add the gradient of ``weights @ squares[0]``, by the circuits of `shifted`."""
        row = 1
        for k, rule in enumerate(self.rules):
            for _, factor in rule if self.angles.index[k] >= 0 else ():
                difference = weights @ (squares[row] - squares[row + 1])
                gradient[self.angles.index[k]] += self.angles.scale[k] * factor * difference
                row += 2


def _places(circuit: Circuit) -> list[int]:
    """Numbers, in Qiskit's order, of the amplitudes that post-selection leaves."""
    places = []
    for outcome in range(2 ** len(circuit.outputs)):
        bits = format(outcome, f"0{len(circuit.outputs)}b") if circuit.outputs else ""
        places.append(sum(2**q for q, b in zip(circuit.outputs, bits, strict=True) if b == "1"))
    return places


class AerProgram:
    """Sentences compiled for Aer. See `qnlp.backend.Program`."""

    def __init__(
        self,
        backend: AerBackend,
        circuits: Sequence[Circuit],
        symbols: tuple[str, ...],
        n_classes: int,
    ) -> None:
        self._backend = backend
        self._sources = circuits
        self.symbols = symbols
        self.n_classes = n_classes
        self.n_sentences = len(circuits)

    @cached_property
    def _compiled(self) -> list[_Compiled]:
        return [_Compiled(c, self.symbols, self.n_classes) for c in self._sources]

    @cached_property
    def _simulator(self) -> Any:
        return self._backend.simulator()

    def probabilities(
        self, theta: ArrayLike, rows: ArrayLike | None = None
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Class and success probabilities. See `qnlp.backend.Program`."""
        values = parameter_vector(theta, self.symbols)
        picked = [self._compiled[r] for r in row_numbers(rows, self.n_sentences)]
        squares = self._run(picked, [c.angles.turns(values)[None, :] for c in picked])
        p = np.zeros((len(picked), self.n_classes))
        success = np.zeros(len(picked))
        for k, (compiled, found) in enumerate(zip(picked, squares, strict=True)):
            success[k] = found[0].sum()
            p[k], _ = sentences.normalised(found[0], compiled.factor, self.n_classes)
        return p, success

    def loss_and_gradient(
        self,
        theta: ArrayLike,
        labels: ArrayLike,
        weights: ArrayLike | None = None,
        rows: ArrayLike | None = None,
    ) -> tuple[float, NDArray[np.float64]]:
        """Mean cross-entropy and its gradient by parameter shift. See `qnlp.backend.Program`."""
        values = parameter_vector(theta, self.symbols)
        numbers = row_numbers(rows, self.n_sentences)
        classes, scale = targets(labels, weights, len(numbers), self.n_classes)
        picked = [self._compiled[r] for r in numbers]
        squares = self._run(picked, [c.shifted(values) for c in picked])
        loss, gradient = 0.0, np.zeros(len(self.symbols))
        scale = scale / scale.sum()
        for compiled, found, label, weight in zip(picked, squares, classes, scale, strict=True):
            loss += weight * _learn(compiled, found, int(label), weight, gradient)
        return float(loss), gradient

    def _run(
        self, picked: Sequence[_Compiled], turns: Sequence[NDArray[np.float64]]
    ) -> list[NDArray[np.float64]]:
        """Squared amplitudes, shape (n_bindings, n_outcomes) a circuit."""
        simulated = [k for k, c in enumerate(picked) if c.n_qubits]
        out = [np.ones((len(t), c.n_outcomes)) for c, t in zip(picked, turns, strict=True)]
        if not simulated:
            return out
        binds = [picked[k].binds(turns[k]) for k in simulated]
        circuits = [picked[k].circuit for k in simulated]
        bound = None if not any(binds) else binds
        result = self._simulator.run(circuits, parameter_binds=bound, shots=1).result()
        if not result.success:
            message = f"Aer failed: {result.status}"
            raise BackendError(message)
        amplitudes = iter(result.results)
        for k in simulated:
            for row in range(len(turns[k])):
                out[k][row] = np.abs(np.asarray(next(amplitudes).data.amplitudes)) ** 2
        return out


def _learn(
    compiled: _Compiled,
    squares: NDArray[np.float64],
    label: int,
    weight: float,
    gradient: NDArray[np.float64],
) -> float:
    """The loss of one sentence; adds its gradient, times its weight."""
    p, total = sentences.normalised(squares[0], compiled.factor, compiled.n_classes)
    loss, slopes = sentences.cross_entropy(p, label)
    if total:
        weights = sentences.square_slopes(weight * slopes, p, total, compiled.n_outcomes)
        compiled.pull_back(weights, squares, gradient)
    return loss
