"""Any device of PennyLane as a backend: one circuit a sentence, differentiated as the device can."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from qnlp._lazy import require
from qnlp.backend import sentences
from qnlp.backend.protocol import parameter_vector, row_numbers
from qnlp.errors import BackendError, DomainError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    from qnlp.ansatz import WordAnsatz
    from qnlp.circuit import Circuit
    from qnlp.diagram import Diagram
    from qnlp.vocabulary import Vocabulary

__all__ = ["PennyLaneBackend", "PennyLaneProgram", "to_pennylane"]

EXTRA = "pennylane"

_GATES = {
    "H": "Hadamard", "X": "PauliX", "Y": "PauliY", "Z": "PauliZ", "S": "S", "T": "T",
    "CX": "CNOT", "CY": "CY", "CZ": "CZ", "Swap": "SWAP", "Rx": "RX", "Ry": "RY", "Rz": "RZ",
    "Phase": "PhaseShift", "CRx": "CRX", "CRy": "CRY", "CRz": "CRZ", "CPhase": "ControlledPhaseShift",
}  # fmt: skip
_DAGGERS = {"Sdg": "S", "Tdg": "T"}


def to_pennylane(circuit: Circuit, radians: Any) -> list[Any]:
    """The gates of a circuit as operations of PennyLane, without its post-selection.

    Called inside a quantum function, it also puts them into that.

    Parameters
    ----------
    circuit : Circuit
    radians : sequence
        Of every gate with an angle, in order: numbers or tensors of any library that PennyLane
        differentiates.

    Returns
    -------
    list of pennylane.operation.Operation
        Wire k is qubit k.

    Raises
    ------
    MissingDependencyError
        If PennyLane is not installed.

    Examples
    --------
    >>> import pytest
    >>> qml = pytest.importorskip("pennylane")
    >>> from qnlp.backend.pennylane import to_pennylane
    >>> from qnlp.circuit import Angle, Circuit, Gate
    >>> to_pennylane(Circuit(2, (Gate("H", (1,)), Gate("CRz", (1, 0), Angle("a")))), [0.5])
    [H(1), CRZ(0.5, wires=Wires([1, 0]))]
    """
    qml = require("pennylane", EXTRA)
    out = []
    n_angles = 0
    for gate in circuit.gates:
        wires = list(gate.qubits)
        if gate.name in _DAGGERS:
            out.append(qml.adjoint(getattr(qml, _DAGGERS[gate.name])(wires=wires)))
        elif gate.angle is None:
            out.append(getattr(qml, _GATES[gate.name])(wires=wires))
        else:
            out.append(getattr(qml, _GATES[gate.name])(radians[n_angles], wires=wires))
            n_angles += 1
    return out


class PennyLaneBackend:
    """A device of PennyLane by its name.

    Parameters
    ----------
    device : str, default "default.qubit"
        Such as ``"lightning.qubit"`` or the name of a plugin's device.
    shots : int, optional
        By default probabilities are exact.
    seed : int, optional
        Of the shots, for devices that take one.
    diff_method : str, default "best"
        How PennyLane differentiates probabilities.
    options : mapping, optional
        More arguments of the device.

    Raises
    ------
    BackendError
        If PennyLane knows no such device, or the device does not take the options.
    DomainError
        If `shots` is no positive number.
    MissingDependencyError
        If PennyLane is not installed.

    Examples
    --------
    >>> import pytest
    >>> qml = pytest.importorskip("pennylane")
    >>> from qnlp.backend import get_backend
    >>> get_backend({"name": "pennylane", "device": "lightning.qubit"}).config()["device"]
    'lightning.qubit'
    """

    name = "pennylane"

    def __init__(
        self,
        device: str = "default.qubit",
        *,
        shots: int | None = None,
        seed: int | None = None,
        diff_method: str = "best",
        options: Mapping[str, Any] | None = None,
    ) -> None:
        if shots is not None and shots < 1:
            message = f"shots is {shots}, expected 1 or more, or None for exact probabilities"
            raise DomainError(message)
        self.device = device
        self.shots = shots
        self.seed = seed
        self.diff_method = diff_method
        self.options = dict(options or {})
        self.make_device(1)

    def config(self) -> dict[str, Any]:
        """Name and options."""
        return {
            "name": self.name,
            "device": self.device,
            "shots": self.shots,
            "seed": self.seed,
            "diff_method": self.diff_method,
            "options": dict(self.options),
        }

    def make_device(self, n_qubits: int) -> Any:
        """A new device with this backend's settings."""
        qml = require("pennylane", EXTRA)
        seed = {} if self.seed is None else {"seed": self.seed}
        try:
            return qml.device(self.device, wires=n_qubits, **seed, **self.options)
        except (qml.exceptions.DeviceError, TypeError, ValueError) as error:
            message = f"PennyLane makes no device {self.device!r}: {error}"
            raise BackendError(message) from error

    def compile(
        self,
        diagrams: Sequence[Diagram],
        ansatz: WordAnsatz,
        vocabulary: Vocabulary,
        n_classes: int,
    ) -> PennyLaneProgram:
        """Compile sentences; see `qnlp.backend.Backend`.

        Raises
        ------
        CircuitTooLargeError
            Before anything is allocated, where a state vector would not fit in memory.
        """
        circuits, hidden = sentences.sentence_circuits(diagrams, ansatz, vocabulary, n_classes)
        return PennyLaneProgram(self, circuits, hidden, vocabulary.symbols, n_classes)


class _Compiled:
    """A sentence's circuit as a function of its gates' angles, in radians, to its outcomes."""

    def __init__(
        self, circuit: Circuit, symbols: Sequence[str], device: Any, settings: Any
    ) -> None:
        qml = require("pennylane", EXTRA)
        self.angles = sentences.Angles(circuit, symbols)
        self.factor = circuit.factor
        self.n_outcomes = 2 ** len(circuit.outputs)
        n = circuit.n_qubits
        ends = [1 << (n - 1 - q) for q in circuit.outputs]
        bits = np.arange(self.n_outcomes)[:, None] >> np.arange(len(ends))[::-1] & 1
        self._places = bits @ np.array(ends, np.int64).reshape(-1)
        self._node: Callable[[Any], Any] | None = None
        if n:

            def node(radians: Any) -> Any:
                to_pennylane(circuit, radians)
                return qml.probs(wires=range(n))

            made = qml.QNode(node, device, interface="autograd", diff_method=settings.diff_method)
            self._node = qml.set_shots(made, settings.shots)

    def squares(self, radians: Any) -> Any:
        """Probabilities of the outcomes together with success."""
        if self._node is None:
            return np.ones(self.n_outcomes)
        return self._node(radians)[self._places]


class PennyLaneProgram(sentences.SentenceProgram):
    """Sentences compiled for a device of PennyLane. See `qnlp.backend.DifferentiableProgram`."""

    def __init__(
        self,
        backend: PennyLaneBackend,
        circuits: Sequence[Circuit],
        hidden: Sequence[int],
        symbols: tuple[str, ...],
        n_classes: int,
    ) -> None:
        super().__init__(circuits, hidden, symbols, n_classes, backend.shots)
        self._backend = backend

    @cached_property
    def _compiled(self) -> list[_Compiled]:
        sizes = sorted({c.n_qubits for c in self._sources} - {0})
        devices = {n: self._backend.make_device(n) for n in sizes}
        return [
            _Compiled(c, self.symbols, devices.get(c.n_qubits), self._backend)
            for c in self._sources
        ]

    def probabilities(
        self, theta: ArrayLike, rows: ArrayLike | None = None
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Class and success probabilities. See `qnlp.backend.Program`."""
        values = parameter_vector(theta, self.symbols)
        numbers = row_numbers(rows, self.n_sentences)
        p = np.zeros((len(numbers), self.n_classes))
        success = np.zeros(len(numbers))
        for k, row in enumerate(numbers):
            compiled = self._compiled[row]
            squares = np.asarray(compiled.squares(2 * np.pi * compiled.angles.turns(values)))
            success[k] = squares.sum()
            p[k], _ = sentences.normalised(
                squares, compiled.factor, self.n_classes, self._hidden[row]
            )
        return p, success

    def _gradient(
        self,
        theta: ArrayLike,
        numbers: NDArray[np.uint32],
        slopes: sentences.Slopes,
    ) -> NDArray[np.float64]:
        autograd = require("autograd", EXTRA)
        values = parameter_vector(theta, self.symbols)
        gradient = np.zeros(len(self.symbols))
        for k, row in enumerate(numbers):
            compiled = self._compiled[row]
            radians = 2 * np.pi * compiled.angles.turns(values)
            if not len(radians):
                slopes(k, self.probabilities(values, [row])[0][0], 1.0)
                continue
            back, squares = autograd.make_vjp(compiled.squares)(radians)
            squares = np.asarray(squares)
            n_hidden = self._hidden[row]
            p, total = sentences.normalised(squares, compiled.factor, self.n_classes, n_hidden)
            n = compiled.n_outcomes
            of_squares = sentences.square_slopes(slopes(k, p, total), p, total, n, n_hidden)
            if total:
                compiled.angles.pull_back(2 * np.pi * np.asarray(back(of_squares)), gradient)
        return gradient
