"""What simulators of one circuit a sentence have in common: their circuits, angles and losses."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

import numpy as np

from qnlp import runtime
from qnlp.ansatz import Ansatz
from qnlp.backend.protocol import SMOOTHING, check_slopes, row_numbers, targets
from qnlp.errors import (
    BackendError,
    CircuitTooLargeError,
    ShapeError,
    UnknownWordError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import ArrayLike, NDArray

    from qnlp.ansatz import WordAnsatz
    from qnlp.circuit import Circuit
    from qnlp.diagram import Diagram
    from qnlp.vocabulary import Vocabulary

    Slopes = Callable[[int, NDArray[np.float64], float], NDArray[np.float64]]

__all__ = [
    "Angles",
    "GradientProgram",
    "SentenceProgram",
    "cross_entropy",
    "normalised",
    "sentence_circuits",
    "square_slopes",
]

_VANISHING = 1e-30


def sentence_circuits(
    diagrams: Sequence[Diagram],
    ansatz: WordAnsatz,
    vocabulary: Vocabulary,
    n_classes: int,
    *,
    is_mixed: bool = False,
) -> tuple[list[Circuit], list[int]]:
    """The circuits of sentences, cups kept, to be run as state vectors or as density matrices.

    Returns
    -------
    list of Circuit
    list of int
        How many of the last outputs of each nobody looks at: their outcomes are summed over.

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
    circuits, hidden = [], []
    for k, diagram in enumerate(diagrams):
        circuit, n_hidden = ansatz.purified(diagram)
        _check_fits(k, diagram, circuit, is_mixed=is_mixed)
        missing = sorted(set(circuit.symbols) - known)
        if missing:
            message = f"sentence {k} has parameters that the vocabulary lacks: {missing[:5]}"
            raise UnknownWordError(message)
        n_outcomes = 2 ** (len(circuit.inputs) + len(circuit.outputs) - n_hidden)
        if circuit.inputs or n_outcomes < n_classes:
            message = f"sentence {k} has {n_outcomes} outcomes for {n_classes} classes"
            raise ShapeError(message)
        circuits.append(circuit)
        hidden.append(n_hidden)
    return circuits, hidden


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
    squares: NDArray[np.float64], factor: float, n_classes: int, n_hidden: int = 0
) -> tuple[NDArray[np.float64], float]:
    """Class probabilities of one sentence, and what they were divided by; 0 where that vanishes."""
    found = squares.reshape(-1, 2**n_hidden).sum(1)[:n_classes]
    total = float(found.sum())
    if total * factor**2 < _VANISHING:
        return np.zeros(n_classes), 0.0
    return found / total, total


def cross_entropy(
    p: NDArray[np.float64], label: int, n_kept: float | None = None
) -> tuple[float, NDArray[np.float64]]:
    """The loss of one sentence and its slopes in the class probabilities.

    Of `n_kept` counted shots each class has half a one more: no shot of the label says that it is
    rare, not that it is impossible, and one such sentence would otherwise outweigh all others.
    """
    more = SMOOTHING if n_kept is None else 0.5 / max(1.0, n_kept)
    loss = -np.log((p[label] + more) / (1 + len(p) * more))
    slopes = np.zeros(len(p))
    slopes[label] = -1 / (p[label] + more)
    return float(loss), slopes


def square_slopes(
    slopes: NDArray[np.float64],
    p: NDArray[np.float64],
    total: float,
    n_outcomes: int,
    n_hidden: int = 0,
) -> NDArray[np.float64]:
    """Slopes in all squared amplitudes out of those in the class probabilities."""
    out = np.zeros((n_outcomes >> n_hidden, 2**n_hidden))
    if total:
        out[: len(p)] = ((slopes - slopes @ p) / total)[:, None]
    return out.reshape(-1)


class GradientProgram(ABC):
    """Losses and gradients out of each sentence's slopes in its class probabilities.

    Parameters
    ----------
    symbols : tuple of str
    n_sentences, n_classes : int
    shots : int, optional
    """

    def __init__(
        self, symbols: tuple[str, ...], n_sentences: int, n_classes: int, shots: int | None
    ) -> None:
        self.symbols = symbols
        self.n_sentences = n_sentences
        self.n_classes = n_classes
        self.shots = shots

    def loss_and_gradient(
        self,
        theta: ArrayLike,
        labels: ArrayLike,
        weights: ArrayLike | None = None,
        rows: ArrayLike | None = None,
    ) -> tuple[float, NDArray[np.float64]]:
        """Mean cross-entropy and its gradient. See `qnlp.backend.Program`."""
        numbers = row_numbers(rows, self.n_sentences)
        classes, scale = targets(labels, weights, len(numbers), self.n_classes)
        scale = scale / scale.sum()
        losses = np.zeros(len(numbers))

        def slopes(k: int, p: NDArray[np.float64], share: float) -> NDArray[np.float64]:
            n_kept = None if self.shots is None else share * self.shots
            losses[k], found = cross_entropy(p, int(classes[k]), n_kept)
            return np.asarray(scale[k] * found)

        gradient = self._gradient(theta, numbers, slopes)
        return float(scale @ losses), gradient

    def pull_back(
        self, theta: ArrayLike, slopes: ArrayLike, rows: ArrayLike | None = None
    ) -> NDArray[np.float64]:
        """The gradient of a function of the probabilities. See `DifferentiableProgram`."""
        numbers = row_numbers(rows, self.n_sentences)
        checked = check_slopes(slopes, len(numbers), self.n_classes)
        return self._gradient(theta, numbers, lambda k, _p, _share: np.asarray(checked[k]))

    @abstractmethod
    def _gradient(
        self, theta: ArrayLike, numbers: NDArray[np.uint32], slopes: Slopes
    ) -> NDArray[np.float64]:
        """By the parameters, out of slopes by place, probabilities, and what these were divided by."""


class SentenceProgram(GradientProgram):
    """Sentences whose circuits are simulated one by one.

    Parameters
    ----------
    circuits : sequence of Circuit
    hidden : sequence of int
        How many of the last outputs of each are discarded.
    symbols : tuple of str
    n_classes : int
    shots : int, optional
    """

    def __init__(
        self,
        circuits: Sequence[Circuit],
        hidden: Sequence[int],
        symbols: tuple[str, ...],
        n_classes: int,
        shots: int | None,
    ) -> None:
        super().__init__(symbols, len(circuits), n_classes, shots)
        self._sources = circuits
        self._hidden = hidden
