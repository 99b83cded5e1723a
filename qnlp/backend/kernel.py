"""The compiled core as a backend: exact, batched, and the gradient in the same call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from qnlp import runtime
from qnlp._core import model as core
from qnlp.ansatz import Ansatz
from qnlp.backend.protocol import (
    SMOOTHING,
    check_shots,
    check_slopes,
    parameter_vector,
    row_numbers,
    targets,
)
from qnlp.diagram import box_of
from qnlp.errors import CircuitTooLargeError, ShapeError, UnknownWordError
from qnlp.vocabulary import distinct

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    from qnlp.ansatz import WordAnsatz
    from qnlp.backend.sampled import SampledProgram
    from qnlp.diagram import Box, Diagram
    from qnlp.ty import Ty
    from qnlp.vocabulary import Vocabulary

__all__ = ["Families", "KernelBackend", "KernelProgram", "conjugated", "shaped"]

_LANES = 8  # words and sentences are padded to whole vectors
_BYTES = 16  # of a complex number


class KernelBackend:
    """Exact contraction: words simulated once, sentences of one shape contracted side by side.

    Parameters
    ----------
    shots : int, optional
        Measurements a sentence, drawn from the exact probabilities, of which those count whose
        post-selection succeeds; gradients are then by parameter shift. By default probabilities are
        exact, and so are gradients.
    seed : int, optional
        Of the shots: equal parameters give equal shots, other parameters others.

    Raises
    ------
    DomainError
        If `shots` is no positive number; when it is evaluated, if no shot of any sentence survives
        post-selection. A sentence without any, among others, has probabilities of 0, with which the
        classifier deals as with one that cannot succeed.

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

    def __init__(self, *, shots: int | None = None, seed: int | None = None) -> None:
        check_shots(shots, seed)
        self.shots = shots
        self.seed = seed

    def config(self) -> dict[str, Any]:
        """Name and options."""
        options = {"shots": self.shots, "seed": self.seed}
        return {"name": self.name, **{k: v for k, v in options.items() if v is not None}}

    def compile(
        self,
        diagrams: Sequence[Diagram],
        ansatz: WordAnsatz,
        vocabulary: Vocabulary,
        n_classes: int,
    ) -> KernelProgram | SampledProgram:
        """Compile sentences.

        Parameters
        ----------
        diagrams : sequence of Diagram
        ansatz : Ansatz or TensorAnsatz
        vocabulary : Vocabulary
            Must hold every word of the sentences.
        n_classes : int
            The first so many outcomes of each sentence are its classes.

        Returns
        -------
        KernelProgram
            With shots a `SampledProgram`.

        Raises
        ------
        CircuitTooLargeError
            Before any tensor is allocated, where one would not fit in memory; names the sentence.
        UnknownWordError
            If a word is not in the vocabulary.
        ShapeError
            If a sentence has fewer outcomes than classes, or an atom no qubits.
        """
        if self.shots is not None:
            from qnlp.backend.sampled import compile_sampled

            return compile_sampled(diagrams, ansatz, vocabulary, n_classes, self.shots, self.seed)
        shapes, families = shaped(diagrams, ansatz, vocabulary, n_classes)
        operands = [box_of(g) for shape in shapes.operands for g in shape]
        corpus = core.Corpus(
            shapes,
            families.tensors,
            families.first,
            np.array([families.of[b.base.generator][0] for b in operands], np.uint32),
            conjugated(shapes, operands),
            families.words,
            n_classes,
            len(vocabulary),
        )
        return KernelProgram(corpus, vocabulary.symbols, n_classes)


def shaped(
    diagrams: Sequence[Diagram], ansatz: WordAnsatz, vocabulary: Vocabulary, n_classes: int
) -> tuple[core.Shapes, Families]:
    """The sentences sorted by shape, and their words by type; refused where they do not fit."""
    _check_outcomes(diagrams, ansatz, n_classes)
    made, whole = ansatz.pieces(diagrams)
    shapes = _doubled(core.group([d._core for d in made], ansatz.dimensions()), ansatz)
    families = Families(ansatz, vocabulary, shapes.words, whole)
    _check_size(diagrams, made, shapes, ansatz, families)
    return shapes, families


def _doubled(shapes: core.Shapes, ansatz: WordAnsatz) -> core.Shapes:
    """Where words discard qubits, the shapes of density matrices; the last axis of a word is hidden."""
    boxes = [box_of(g) for listed in shapes.operands for g in listed]
    hidden = np.array([2 ** ansatz.n_hidden(b.base.dom, b.base.cod) for b in boxes], np.uint64)
    if not (hidden > 1).any():
        return shapes
    is_fed = [b.is_dagger != (b.rotation % 2 == 1) for b in boxes]
    return shapes.doubled(hidden, is_fed, np.zeros(len(shapes), np.uint32))


def conjugated(shapes: core.Shapes, operands: Sequence[Box]) -> list[bool]:
    """Which operands are conjugates: daggers, and in mixed shapes every second one besides."""
    return [b.is_dagger != (shapes.mixed and k % 2 == 1) for k, b in enumerate(operands)]


def _check_size(
    diagrams: Sequence[Diagram],
    made: Sequence[Diagram],
    shapes: core.Shapes,
    ansatz: WordAnsatz,
    families: Families,
) -> None:
    limit = runtime.memory_limit()
    shape_of = shapes.shape_of.tolist()
    for shape, (_, largest, total) in enumerate(shapes.costs()):
        n_bytes = 2 * _LANES * _BYTES * total  # values and adjoints
        if n_bytes > limit or largest >= 2**31:
            where = shape_of.index(shape)
            raise too_large(where, diagrams[where], ansatz, n_bytes, limit)
    for box in families.boxes:
        tensor = families.tensors[families.of[box.generator][0]]
        n_elements = tensor if isinstance(tensor, int) else 2**tensor.n_qubits
        n_bytes = 2 * _LANES * _BYTES * n_elements
        if n_bytes > limit:
            where = next(k for k, d in enumerate(made) if any(b.base == box for b in d.boxes))
            raise too_large(where, diagrams[where], ansatz, n_bytes, limit)


def _check_outcomes(diagrams: Sequence[Diagram], ansatz: WordAnsatz, n_classes: int) -> None:
    for k, diagram in enumerate(diagrams):
        n_outcomes = ansatz.n_outcomes(diagram.dom @ diagram.cod)
        if n_outcomes < n_classes:
            needed = f"dimension {n_classes}"
            if isinstance(ansatz, Ansatz):
                needed = f"{(n_classes - 1).bit_length()} qubits"
            message = (
                f"sentence {k} has {n_outcomes} outcomes for {n_classes} classes; "
                f"give the ansatz {needed} for {diagram.cod}"
            )
            raise ShapeError(message)


def too_large(
    where: int, diagram: Diagram, ansatz: WordAnsatz, n_bytes: int, limit: int
) -> CircuitTooLargeError:
    """The refusal of a sentence that would not fit in memory."""
    words = " ".join(b.name for b in diagram.boxes if b.kind == "word")
    reason = (
        f"needs {runtime.format_bytes(n_bytes)} to contract, "
        f"the limit is {runtime.format_bytes(limit)} (80 % of available memory; set it with "
        f"qnlp.set_memory_limit); use {ansatz.advice()}, or shorter words"
    )
    return CircuitTooLargeError.of_sentence(where, words, reason)


class Families:
    """Words, or their pieces, sorted by type: those of one type are made of one circuit."""

    def __init__(
        self,
        ansatz: WordAnsatz,
        vocabulary: Vocabulary,
        words: NDArray[np.uint32],
        whole: Mapping[int, tuple[Box, int]],
    ) -> None:
        generators, inverse = distinct(words)
        self.boxes: list[Box] = [box_of(g) for g in generators.tolist()]
        places = [whole.get(b.generator, (b, 0)) for b in self.boxes]
        missing = list(dict.fromkeys(word for word, _ in places if word not in vocabulary))
        if missing:
            listed = ", ".join(f"{b.name!r} (type {b.cod})" for b in missing)
            message = f"{len(missing)} words were not in the training data: {listed}"
            raise UnknownWordError(message)
        number: dict[tuple[Ty, Ty], int] = {}
        first: list[list[int]] = []
        self.of: dict[int, tuple[int, int]] = {}
        for box, (word, begin) in zip(self.boxes, places, strict=True):
            family = number.setdefault((box.dom, box.cod), len(number))
            if family == len(first):
                first.append([])
            self.of[box.generator] = family, len(first[family])
            first[family].append(vocabulary.first[word.generator] + begin)
        self.types: list[tuple[Ty, Ty]] = list(number)
        self.tensors = [ansatz.tensor(dom, cod) for dom, cod in number]
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
