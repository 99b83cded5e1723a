"""What simulators of one circuit a sentence have in common: their circuits, angles and losses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qnlp import runtime
from qnlp.ansatz import Ansatz
from qnlp.backend.protocol import SMOOTHING
from qnlp.errors import (
    BackendError,
    CircuitTooLargeError,
    DomainError,
    ShapeError,
    UnknownWordError,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from qnlp.ansatz import WordAnsatz
    from qnlp.circuit import Circuit
    from qnlp.diagram import Diagram
    from qnlp.vocabulary import Vocabulary

__all__ = [
    "Angles",
    "check_shots",
    "cross_entropy",
    "normalised",
    "sentence_circuits",
    "square_slopes",
]

_VANISHING = 1e-30


def check_shots(shots: int | None, seed: int | None) -> None:
    """Refuse what is no number of shots, or no seed.

    Raises
    ------
    DomainError
        If `shots` is no int of 1 or more, or `seed` none of 0 or more; None is neither's fault.
    """
    for name, value, least in (("shots", shots, 1), ("seed", seed, 0)):
        is_count = isinstance(value, int | np.integer) and not isinstance(value, bool)
        if value is not None and not (is_count and value >= least):
            message = f"{name} is {value!r}, expected an int of {least} or more, or None"
            raise DomainError(message)


def sentence_circuits(
    diagrams: Sequence[Diagram],
    ansatz: WordAnsatz,
    vocabulary: Vocabulary,
    n_classes: int,
    *,
    is_mixed: bool = False,
) -> list[Circuit]:
    """The circuits of sentences, cups kept, to be run as state vectors or as density matrices.

    Raises
    ------
    CircuitTooLargeError
        Before anything is allocated, where the state would not fit in memory.
    BackendError
        If the ansatz makes no circuits.
    UnknownWordError
        If a sentence has parameters that the vocabulary lacks.
    ShapeError
        If a sentence has fewer outcomes than there are classes.
    """
    if not isinstance(ansatz, Ansatz):
        message = f"{type(ansatz).__name__} makes tensors, no circuits: use the kernel or torch"
        raise BackendError(message)
    known = set(vocabulary.symbols)
    circuits = []
    for k, diagram in enumerate(diagrams):
        circuit = ansatz(diagram)
        _check_fits(k, diagram, circuit, is_mixed=is_mixed)
        missing = sorted(set(circuit.symbols) - known)
        if missing:
            message = f"sentence {k} has parameters that the vocabulary lacks: {missing[:5]}"
            raise UnknownWordError(message)
        n_outcomes = 2 ** (len(circuit.inputs) + len(circuit.outputs))
        if circuit.inputs or n_outcomes < n_classes:
            message = f"sentence {k} has {n_outcomes} outcomes for {n_classes} classes"
            raise ShapeError(message)
        circuits.append(circuit)
    return circuits


def _check_fits(where: int, diagram: Diagram, circuit: Circuit, *, is_mixed: bool) -> None:
    n_bytes = 16 * 2 ** (circuit.n_qubits * (2 if is_mixed else 1))
    state = "density matrix" if is_mixed else "state vector"
    limit = runtime.memory_limit()
    if n_bytes <= limit:
        return
    words = " ".join(b.name for b in diagram.boxes if b.kind == "word")
    reason = (
        f"needs {circuit.n_qubits} qubits; a complex128 {state} "
        f"is {runtime.format_bytes(n_bytes)}, the limit is {runtime.format_bytes(limit)} (80 % of "
        'available memory; set it with qnlp.set_memory_limit). Use backend="kernel", which contracts'
    )
    raise CircuitTooLargeError.of_sentence(where, words, reason)


class Angles:
    """How the angles of a circuit's gates, in turns and in order, depend on the parameters."""

    def __init__(self, circuit: Circuit, symbols: Sequence[str]) -> None:
        number = {s: k for k, s in enumerate(symbols)}
        angles = [g.angle for g in circuit.gates if g.angle is not None]
        self.index = np.array([number.get(a.symbol or "", -1) for a in angles], np.intp)
        self.scale = np.array([a.scale for a in angles], np.float64)
        self.shift = np.array([a.shift for a in angles], np.float64)

    def turns(self, theta: NDArray[np.float64]) -> NDArray[np.float64]:
        """The angles at a parameter vector, between 0 and 2."""
        free = self.index >= 0
        out = self.shift.copy()
        out[free] += self.scale[free] * theta[self.index[free]]
        # R_P(p + 2) = R_P(p), and simulators lose digits of large angles.
        return np.asarray(np.remainder(out, 2.0))

    def pull_back(self, slopes: NDArray[np.float64], gradient: NDArray[np.float64]) -> None:
        """Add the gradient in the parameters of a function with these slopes in the angles."""
        free = self.index >= 0
        np.add.at(gradient, self.index[free], self.scale[free] * slopes[free])


def normalised(
    squares: NDArray[np.float64], factor: float, n_classes: int
) -> tuple[NDArray[np.float64], float]:
    """Class probabilities of one sentence, and what they were divided by; 0 where that vanishes."""
    found = squares[:n_classes]
    total = float(found.sum())
    if total * factor**2 < _VANISHING:
        return np.zeros(n_classes), 0.0
    return found / total, total


def cross_entropy(p: NDArray[np.float64], label: int) -> tuple[float, NDArray[np.float64]]:
    """The loss of one sentence and its slopes in the class probabilities."""
    loss = -np.log((p[label] + SMOOTHING) / (1 + len(p) * SMOOTHING))
    slopes = np.zeros(len(p))
    slopes[label] = -1 / (p[label] + SMOOTHING)
    return float(loss), slopes


def square_slopes(
    slopes: NDArray[np.float64], p: NDArray[np.float64], total: float, n_outcomes: int
) -> NDArray[np.float64]:
    """Slopes in all squared amplitudes out of those in the class probabilities."""
    out = np.zeros(n_outcomes)
    if total:
        out[: len(p)] = (slopes - slopes @ p) / total
    return out
