"""The compiled core as a backend: exact, batched, and the gradient in the same call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from qnlp import runtime
from qnlp._core import model as core
from qnlp.backend.protocol import (
    SMOOTHING,
    check_slopes,
    parameter_vector,
    row_numbers,
    targets,
)
from qnlp.diagram import box_of
from qnlp.errors import CircuitTooLargeError, ShapeError, UnknownWordError
from qnlp.vocabulary import distinct

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from qnlp.ansatz import Ansatz
    from qnlp.diagram import Box, Diagram
    from qnlp.vocabulary import Vocabulary

__all__ = ["KernelBackend", "KernelProgram"]

_LANES = 8  # words and sentences are padded to whole vectors
_BYTES = 16  # of a complex number


class KernelBackend:
    """Exact contraction: words simulated once, sentences of one shape contracted side by side.

    Examples
    --------
    >>> from qnlp import IQPAnsatz, Ty, Word, pregroup_diagram
    >>> from qnlp.backend import get_backend
    >>> from qnlp.vocabulary import Vocabulary
    >>> n, s = Ty("n"), Ty("s")
    >>> words = [Word("Alice", n), Word("runs", n.r @ s)]
    >>> ansatz = IQPAnsatz({"n": 1, "s": 1})
    >>> sentence = pregroup_diagram(words, [(0, 1)])
    >>> program = get_backend("kernel").compile([sentence], ansatz, Vocabulary(ansatz, words), 2)
    >>> probabilities, success = program.probabilities([0.1, 0.2, 0.3, 0.4])
    >>> probabilities.shape, bool(abs(probabilities.sum() - 1) < 1e-12)
    ((1, 2), True)
    """

    name = "kernel"

    def config(self) -> dict[str, Any]:
        """Name and options."""
        return {"name": self.name}

    def compile(
        self,
        diagrams: Sequence[Diagram],
        ansatz: Ansatz,
        vocabulary: Vocabulary,
        n_classes: int,
    ) -> KernelProgram:
        """Compile sentences.

        Parameters
        ----------
        diagrams : sequence of Diagram
        ansatz : Ansatz
        vocabulary : Vocabulary
            Must hold every word of the sentences.
        n_classes : int
            The first so many outcomes of each sentence are its classes.

        Returns
        -------
        KernelProgram

        Raises
        ------
        CircuitTooLargeError
            Before any tensor is allocated, where one would not fit in memory; names the sentence.
        UnknownWordError
            If a word is not in the vocabulary.
        ShapeError
            If a sentence has fewer outcomes than classes, or an atom no qubits.
        """
        dimension = {atom: 2 ** min(width, 62) for atom, width in ansatz.qubits.items()}
        for diagram in diagrams:
            ansatz.n_qubits(diagram.dom @ diagram.cod)
        shapes = core.group([d._core for d in diagrams], dimension)
        families = _Families(ansatz, vocabulary, shapes.words)
        self._check_size(diagrams, shapes, ansatz, families)
        _check_outcomes(diagrams, ansatz, n_classes)
        operands = [box_of(g) for shape in shapes.operands for g in shape]
        corpus = core.Corpus(
            shapes,
            families.circuits,
            families.first,
            np.array([families.of[b.base.generator][0] for b in operands], np.uint32),
            [b.is_dagger for b in operands],
            families.words,
            n_classes,
            len(vocabulary),
        )
        return KernelProgram(corpus, vocabulary.symbols, n_classes)

    def _check_size(
        self,
        diagrams: Sequence[Diagram],
        shapes: core.Shapes,
        ansatz: Ansatz,
        families: _Families,
    ) -> None:
        limit = runtime.memory_limit()
        shape_of = shapes.shape_of.tolist()
        for shape, (_, largest, total) in enumerate(shapes.costs()):
            n_bytes = 2 * _LANES * _BYTES * total  # values and adjoints
            if n_bytes > limit or largest >= 2**31:
                where = shape_of.index(shape)
                raise too_large(where, diagrams[where], ansatz, n_bytes, limit)
        for box in families.boxes:
            n_bytes = 2 * _LANES * _BYTES * 2 ** ansatz.box_circuit(box.dom, box.cod).n_qubits
            if n_bytes > limit:
                where = next(
                    k for k, d in enumerate(diagrams) if any(b.base == box for b in d.boxes)
                )
                raise too_large(where, diagrams[where], ansatz, n_bytes, limit)


def _check_outcomes(diagrams: Sequence[Diagram], ansatz: Ansatz, n_classes: int) -> None:
    for k, diagram in enumerate(diagrams):
        n_outcomes = 2 ** ansatz.n_qubits(diagram.dom @ diagram.cod)
        if n_outcomes < n_classes:
            needed = (n_classes - 1).bit_length()
            message = (
                f"sentence {k} has {n_outcomes} outcomes for {n_classes} classes; "
                f"give the ansatz {needed} qubits for {diagram.cod}"
            )
            raise ShapeError(message)


def too_large(
    where: int, diagram: Diagram, ansatz: Ansatz, n_bytes: int, limit: int
) -> CircuitTooLargeError:
    """The refusal of a sentence that would not fit in memory."""
    words = " ".join(b.name for b in diagram.boxes if b.kind == "word")
    reason = (
        f"needs {runtime.format_bytes(n_bytes)} to contract, "
        f"the limit is {runtime.format_bytes(limit)} (80 % of available memory; set it with "
        f"qnlp.set_memory_limit); use fewer qubits than {ansatz.qubits}, or shorter words"
    )
    return CircuitTooLargeError.of_sentence(where, words, reason)


class _Families:
    """Words sorted by type: those of one type share a circuit."""

    def __init__(self, ansatz: Ansatz, vocabulary: Vocabulary, words: NDArray[np.uint32]) -> None:
        generators, inverse = distinct(words)
        self.boxes: list[Box] = [box_of(g) for g in generators.tolist()]
        missing = [b for b in self.boxes if b not in vocabulary]
        if missing:
            listed = ", ".join(f"{b.name!r} (type {b.cod})" for b in missing)
            message = f"{len(missing)} words were not in the training data: {listed}"
            raise UnknownWordError(message)
        number: dict[tuple[Any, Any], int] = {}
        first: list[list[int]] = []
        self.of: dict[int, tuple[int, int]] = {}
        for box in self.boxes:
            family = number.setdefault((box.dom, box.cod), len(number))
            if family == len(first):
                first.append([])
            self.of[box.generator] = family, len(first[family])
            first[family].append(vocabulary.first[box.generator])
        self.circuits = [ansatz.box_circuit(dom, cod).to_core() for dom, cod in number]
        self.first = [np.array(values, np.uint32) for values in first]
        within = np.array([self.of[b.generator][1] for b in self.boxes], np.uint32)
        self.words: NDArray[np.uint32] = np.ascontiguousarray(within[inverse])


class KernelProgram:
    """Sentences compiled for the core. See `qnlp.backend.Program`."""

    def __init__(self, corpus: core.Corpus, symbols: tuple[str, ...], n_classes: int) -> None:
        self._corpus = corpus
        self.symbols = symbols
        self.n_classes = n_classes
        self.n_sentences = corpus.n_sentences
        self._all = row_numbers(None, self.n_sentences)

    def _limit(self) -> int:
        return runtime.limit_for(self._corpus.n_bytes(runtime.num_threads()))

    @property
    def n_shapes(self) -> int:
        """Sentences of one shape are contracted side by side."""
        return self._corpus.n_shapes

    def probabilities(
        self, theta: ArrayLike, rows: ArrayLike | None = None
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Class and success probabilities. See `qnlp.backend.Program`."""
        values = parameter_vector(theta, self.symbols)
        numbers = self._all if rows is None else row_numbers(rows, self.n_sentences)
        p, success, _ = self._corpus.probabilities(values, numbers, self._limit())
        return p, success

    def loss_and_gradient(
        self,
        theta: ArrayLike,
        labels: ArrayLike,
        weights: ArrayLike | None = None,
        rows: ArrayLike | None = None,
    ) -> tuple[float, NDArray[np.float64]]:
        """Mean cross-entropy and its gradient. See `qnlp.backend.Program`."""
        values = parameter_vector(theta, self.symbols)
        numbers = self._all if rows is None else row_numbers(rows, self.n_sentences)
        classes, scale = targets(labels, weights, len(numbers), self.n_classes)
        return self._corpus.loss_and_gradient(
            values, numbers, classes, scale, SMOOTHING, self._limit()
        )

    def pull_back(
        self, theta: ArrayLike, slopes: ArrayLike, rows: ArrayLike | None = None
    ) -> NDArray[np.float64]:
        """The gradient of a function of the probabilities. See `qnlp.backend.Program`."""
        values = parameter_vector(theta, self.symbols)
        numbers = self._all if rows is None else row_numbers(rows, self.n_sentences)
        given = check_slopes(slopes, len(numbers), self.n_classes)
        return self._corpus.pull_back(values, numbers, given, self._limit())
