"""The kernel's own shots: exact probabilities of every circuit, then as many draws as were asked for.

A gradient by parameter shift needs each sentence again for every angle of every word in it. Those
sentences differ in one word, whose angles are shifted: such words are words like others, evaluated once
and shared by all sentences, and all circuits of a step are contracted in one call.
"""

from __future__ import annotations

import secrets
from functools import cached_property
from typing import TYPE_CHECKING
from zlib import crc32

import numpy as np

from qnlp import runtime
from qnlp._core import model as core
from qnlp.ansatz import Ansatz
from qnlp.backend.kernel import conjugated, shaped
from qnlp.backend.protocol import parameter_vector, row_numbers
from qnlp.backend.sentences import Angles, GradientProgram, normalised, square_slopes
from qnlp.circuit import GATES, SHIFTS, Angle, Circuit, Gate
from qnlp.diagram import box_of
from qnlp.errors import BackendError, DomainError, ShapeError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from qnlp.ansatz import WordAnsatz
    from qnlp.backend.sentences import Slopes
    from qnlp.diagram import Diagram
    from qnlp.vocabulary import Vocabulary

    Vector = NDArray[np.float64]

__all__ = ["SampledProgram", "compile_sampled"]


def compile_sampled(
    diagrams: Sequence[Diagram],
    ansatz: WordAnsatz,
    vocabulary: Vocabulary,
    n_classes: int,
    shots: int,
    seed: int | None,
) -> SampledProgram:
    """Compile sentences to be sampled; errors as of `KernelBackend.compile`.

    Raises
    ------
    BackendError
        If the ansatz makes tensors, which nobody can measure.
    ShapeError
        If sentences have different numbers of outcomes.
    """
    if not isinstance(ansatz, Ansatz):
        message = f"{type(ansatz).__name__} makes tensors, no circuits: they have no shots"
        raise BackendError(message)
    sizes = sorted({ansatz.n_outcomes(d.dom @ d.cod) for d in diagrams})
    if len(sizes) > 1:
        message = f"sentences have {sizes} outcomes, expected one number for all that are sampled"
        raise ShapeError(message)
    shapes, families = shaped(diagrams, ansatz, vocabulary, n_classes)
    operands = [box_of(g) for listed in shapes.operands for g in listed]
    of_operand = np.array([families.of[b.base.generator][0] for b in operands], np.intp)
    made = [
        _Family(ansatz.box_circuit(dom, cod), first)
        for (dom, cod), first in zip(families.types, families.first, strict=True)
    ]
    # Words by their numbers within a family.
    shapes = shapes.with_sentences(shapes.shape_of, families.words)
    n_outcomes = sizes[0] if sizes else n_classes
    conjugate = conjugated(shapes, operands)
    sentences = _Sentences(shapes, of_operand, conjugate, made, n_outcomes)
    return SampledProgram(sentences, vocabulary.symbols, n_classes, shots, seed)


class _Family:
    """Words of one type: every angle of its own, and the words whose angles are shifted."""

    def __init__(self, circuit: Circuit, first: NDArray[np.uint32]) -> None:
        gates: list[Gate] = []
        rules: list[tuple[tuple[float, float], ...]] = []
        for gate in circuit.gates:
            angle = gate.angle
            if angle is not None:
                angle = Angle(str(len(rules)))
                rules.append(SHIFTS[GATES[gate.name].n_shift_terms])
            gates.append(Gate(gate.name, gate.qubits, angle))
        self.circuit = Circuit(
            circuit.n_qubits, tuple(gates), circuit.inputs, circuit.outputs, circuit.factor
        )
        self._angles = Angles(circuit, circuit.symbols)
        self._own = first.astype(np.intp)[:, None] + np.arange(len(circuit.symbols))
        self.n_words, self.n_angles = len(first), len(rules)
        steps = [
            (k, step, self._angles.scale[k] * factor)
            for k, rule in enumerate(rules)
            for step, factor in (rule if self._angles.index[k] >= 0 else ())
        ]
        self.n_pairs = len(steps)
        self.factor = np.array([factor for _, _, factor in steps])
        self._local = self._angles.index[[k for k, _, _ in steps]]
        self._shift = np.zeros((2 * self.n_pairs, self.n_angles))
        for pair, (k, step, _) in enumerate(steps):
            self._shift[2 * pair, k], self._shift[2 * pair + 1, k] = step, -step

    def turns(self, theta: Vector, *, shifted: bool) -> Vector:
        """Angles of all words, then of those with one shifted, word by word."""
        base = np.tile(self._angles.shift, (self.n_words, 1))
        free = self._angles.index >= 0
        index = self._own[:, self._angles.index[free]]
        base[:, free] += self._angles.scale[free] * theta[index]
        if not shifted:
            return base.reshape(-1)
        moved = base[:, None, :] + self._shift
        return np.concatenate([base.reshape(-1), moved.reshape(-1)])

    def parameters(self, words: NDArray[np.intp]) -> NDArray[np.intp]:
        """Of each word: which parameter every pair of shifts is of."""
        return self._own[words][:, self._local]


class _Sentences:
    """Sentences, and beside each those with one word shifted."""

    def __init__(
        self,
        shapes: core.Shapes,
        of_operand: NDArray[np.intp],
        conjugate: list[bool],
        families: list[_Family],
        n_outcomes: int,
    ) -> None:
        self._shapes, self._words, self._conjugate = shapes, shapes.words, conjugate
        self._of_operand = of_operand
        self.families = families
        self.n_outcomes = n_outcomes
        lengths = np.array([len(listed) for listed in shapes.operands], np.intp)
        ends = np.cumsum(lengths)
        self._of_shape = [of_operand[end - n : end] for end, n in zip(ends, lengths, strict=True)]
        self._begin = np.concatenate([[0], np.cumsum(lengths[shapes.shape_of])]).astype(np.intp)
        # In a mixed shape each word is there twice, and both are shifted together.
        self._step = 2 if shapes.mixed else 1
        self.n_sentences = len(shapes.shape_of)
        n_pairs = np.array([family.n_pairs for family in families], np.intp)
        of_shape = [int(n_pairs[f[:: self._step]].sum()) for f in self._of_shape]
        counts = 1 + 2 * np.array(of_shape, np.intp)[shapes.shape_of]
        self.first = np.concatenate([[0], np.cumsum(counts)]).astype(np.intp)
        """The number of each sentence, followed by its shifted ones."""

    def places(self, row: int) -> list[tuple[int, int]]:
        """Family and number of each word of a sentence."""
        words = self._words[self._begin[row] : self._begin[row + 1] : self._step]
        of_word = self._of_shape[self._shapes.shape_of[row]][:: self._step]
        return list(zip(of_word.tolist(), words.tolist(), strict=True))

    @cached_property
    def plain(self) -> core.Corpus:
        """The sentences as they are."""
        return self._corpus(self._shapes, shifted=False)

    @cached_property
    def shifted(self) -> core.Corpus:
        """Each sentence, then it with each of its angles shifted."""
        listed = []
        for row in range(self.n_sentences):
            own = self._words[self._begin[row] : self._begin[row + 1]]
            copies = np.tile(own, (int(self.first[row + 1] - self.first[row]), 1))
            at = 1
            for k, (f, word) in enumerate(self.places(row)):
                family = self.families[f]
                n = 2 * family.n_pairs
                put = family.n_words + word * n + np.arange(n)
                columns = slice(k * self._step, (k + 1) * self._step)
                copies[at : at + n, columns] = put[:, None]
                at += n
            listed.append(copies.reshape(-1))
        words = np.concatenate(listed) if listed else np.zeros(0, np.uint32)
        shape_of = np.repeat(self._shapes.shape_of, np.diff(self.first))
        return self._corpus(self._shapes.with_sentences(shape_of, words), shifted=True)

    def _corpus(self, shapes: core.Shapes, *, shifted: bool) -> core.Corpus:
        first = []
        begin = 0
        for family in self.families:
            n = family.n_words * (1 + 2 * family.n_pairs * shifted)
            first.append((begin + family.n_angles * np.arange(n)).astype(np.uint32))
            begin += family.n_angles * n
        return core.Corpus(
            shapes,
            [family.circuit.to_core() for family in self.families],
            first,
            self._of_operand.astype(np.uint32),
            self._conjugate,
            shapes.words,
            self.n_outcomes,
            begin,
        )

    def squares(self, theta: Vector, rows: NDArray[np.uint32], *, shifted: bool) -> Vector:
        """Exact probabilities of the outcomes together with success."""
        corpus = self.shifted if shifted else self.plain
        parts = [family.turns(theta, shifted=shifted) for family in self.families]
        turns = np.concatenate(parts) if parts else np.zeros(0)
        limit = runtime.limit_for(corpus.n_bytes(runtime.num_threads()))
        p, success, _ = corpus.probabilities(turns, rows, limit)
        return np.asarray(p * success[:, None])


class SampledProgram(GradientProgram):
    """Sentences that are measured, so many shots each. See `qnlp.backend.Program`.

    Equal parameters give equal shots of a sentence, whatever other sentences are asked for; other
    parameters give others. Counts come of Philox, a counter-based generator.
    """

    def __init__(
        self,
        sentences: _Sentences,
        symbols: tuple[str, ...],
        n_classes: int,
        shots: int,
        seed: int | None,
    ) -> None:
        super().__init__(symbols, sentences.n_sentences, n_classes, shots)
        self._sentences = sentences
        self._shots = shots
        # Without a seed, one that nobody knows.
        self._seed = secrets.randbits(64) if seed is None else seed

    def probabilities(
        self, theta: ArrayLike, rows: ArrayLike | None = None
    ) -> tuple[Vector, Vector]:
        """Class and success probabilities, by counting. See `qnlp.backend.Program`.

        Raises
        ------
        DomainError
            If there are sentences and no shot of any of them survives post-selection.
        """
        values = parameter_vector(theta, self.symbols)
        numbers = row_numbers(rows, self.n_sentences)
        squares = self._sentences.squares(values, numbers, shifted=False)
        key = crc32(values.tobytes())
        p, success = np.zeros((len(numbers), self.n_classes)), np.zeros(len(numbers))
        for k, row in enumerate(numbers.tolist()):
            counted = self._count(squares[k : k + 1], row, key)
            success[k] = counted.sum()
            p[k], _ = normalised(counted[0], 1.0, self.n_classes)
        self._check_kept(numbers, success, squares)
        return p, success

    def _count(self, squares: Vector, row: int, key: int) -> Vector:
        """Shares of shots, with the outcomes of failed post-selection left out."""
        failed = np.maximum(0.0, 1.0 - squares.sum(1, keepdims=True))
        shares = np.concatenate([squares, failed], 1)
        shares /= shares.sum(1, keepdims=True)
        words = [(self._seed ^ key) & 0xFFFFFFFFFFFFFFFF, self._seed >> 64 & 0xFFFFFFFFFFFFFFFF]
        rng = np.random.Generator(np.random.Philox(counter=[0, 0, 0, row], key=words))
        return np.asarray(rng.multinomial(self._shots, shares)[:, :-1] / self._shots)

    def _check_kept(self, numbers: NDArray[np.uint32], success: Vector, squares: Vector) -> None:
        if not len(numbers) or success.any():
            return
        best = float(squares.sum(1).max())
        message = (
            f"none of {self._shots} shots of {len(numbers)} sentences survived post-selection, whose "
            f"probability is at most {best:.2g}: give more shots, fewer qubits or shorter sentences"
        )
        raise DomainError(message)

    def _gradient(self, theta: ArrayLike, numbers: NDArray[np.uint32], slopes: Slopes) -> Vector:
        values = parameter_vector(theta, self.symbols)
        of_row = [np.arange(*self._sentences.first[row : row + 2]) for row in numbers]
        flat = np.concatenate(of_row) if of_row else np.zeros(0)
        squares = self._sentences.squares(values, flat.astype(np.uint32), shifted=True)
        key = crc32(values.tobytes())
        gradient, success = np.zeros(len(values)), np.zeros(len(numbers))
        begins = np.cumsum([0, *map(len, of_row)])
        for k, row in enumerate(numbers.tolist()):
            begin, end = begins[k : k + 2]
            # The first is counted as `probabilities` does, the others further on in the stream.
            counted = self._count(squares[begin:end], row, key)
            success[k] = counted[0].sum()
            p, total = normalised(counted[0], 1.0, self.n_classes)
            weights = square_slopes(slopes(k, p, total), p, total, counted.shape[1])
            self._add(gradient, row, counted[1:] @ weights)
        self._check_kept(numbers, success, squares[begins[:-1]])
        return gradient

    def _add(self, gradient: Vector, row: int, values: Vector) -> None:
        """A sentence's share, out of its value at every shift."""
        differences = values[0::2] - values[1::2]
        begin = 0
        for f, word in self._sentences.places(row):
            family = self._sentences.families[f]
            end = begin + family.n_pairs
            [index] = family.parameters(np.array([word]))
            np.add.at(gradient, index, family.factor * differences[begin:end])
            begin = end
