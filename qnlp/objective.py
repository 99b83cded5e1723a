"""The loss of labelled sentences as a function of trained weights, and its gradient.

Weights become angles (one for one, or through features of words), angles the outcomes of circuits,
and outcomes the probabilities of classes (as they are, or through a head).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from qnlp.backend.protocol import SMOOTHING, DifferentiableProgram
from qnlp.backend.protocol import targets as check_targets
from qnlp.errors import BackendError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qnlp.ansatz import WordAnsatz
    from qnlp.backend import Program
    from qnlp.features import FeatureMap
    from qnlp.heads import LinearHead
    from qnlp.vocabulary import Vocabulary

    Array = NDArray[np.float64]

__all__ = ["Evaluator", "FeatureParameters", "FreeParameters", "Objective", "Parameters"]


class Parameters(Protocol):
    """From weights to the angles of a vocabulary."""

    n_weights: int

    def begin(self, rng: np.random.Generator) -> Array:
        """Weights to begin with."""
        ...

    def recenter(self, begin: Array) -> None:
        """Say where a run began."""
        ...

    def angles(self, weights: Array) -> Array:
        """Angles in turns, in the order of the vocabulary's symbols."""
        ...

    def pull_back(self, gradient: Array) -> Array:
        """The gradient in the weights out of that in the angles."""
        ...

    def penalised(self, weights: Array) -> Array:
        """What a penalty is the half square of."""
        ...


class FreeParameters:
    """Every angle is a weight of its own. A penalty is on their distance from the beginning."""

    def __init__(self, vocabulary: Vocabulary, ansatz: WordAnsatz) -> None:
        self.n_weights = len(vocabulary)
        self._ansatz = ansatz
        neutral = [ansatz.neutral(box) for box in vocabulary.boxes]
        self._neutral = (
            np.concatenate([np.array(angles) for angles in neutral if angles is not None])
            if neutral and None not in neutral
            else None
        )
        self._center: Array = np.zeros(self.n_weights)

    def begin(self, rng: np.random.Generator) -> Array:
        """As the ansatz draws; near the neutral angles where it has those."""
        if self._neutral is None:
            return self._ansatz.begin(self.n_weights, rng)
        return self._neutral + 0.1 * (rng.random(self.n_weights) - 0.5)

    def recenter(self, begin: Array) -> None:
        """From here on penalise the way from there."""
        self._center = begin

    def angles(self, weights: Array) -> Array:
        """The weights themselves."""
        return weights

    def pull_back(self, gradient: Array) -> Array:
        """The gradient itself."""
        return gradient

    def penalised(self, weights: Array) -> Array:
        """The way from the beginning."""
        return weights - self._center


class FeatureParameters:
    """Angles are a linear function of weights that words of like features share."""

    def __init__(self, features: FeatureMap, vocabulary: Vocabulary, ansatz: WordAnsatz) -> None:
        self.n_weights = features.n_weights
        self._offset, self._matrix = features.matrix(vocabulary, ansatz)
        self._transposed = self._matrix.T.tocsr()

    def begin(self, rng: np.random.Generator) -> Array:
        """Small, so that a word's features say little before training."""
        return 0.1 * rng.standard_normal(self.n_weights)

    def recenter(self, begin: Array) -> None:
        """Nothing: the penalty is on the weights themselves."""

    def angles(self, weights: Array) -> Array:
        """Offset and features times weights."""
        return np.asarray(self._offset + self._matrix @ weights)

    def pull_back(self, gradient: Array) -> Array:
        """Transposed features times the gradient."""
        return np.asarray(self._transposed @ gradient)

    def penalised(self, weights: Array) -> Array:
        """The weights themselves."""
        return weights


@dataclass(frozen=True)
class Evaluator:
    """Compiled sentences and what their weights mean."""

    program: Program
    parameters: Parameters
    head: LinearHead | None
    n_classes: int

    @property
    def n_weights(self) -> int:
        """Weights of the angles, then those of the head."""
        n_head = 0 if self.head is None else len(self.head.begin(self.n_classes))
        return self.parameters.n_weights + n_head

    def begin(self, rng: np.random.Generator) -> Array:
        """Weights to begin with."""
        own = self.parameters.begin(rng)
        return own if self.head is None else np.concatenate([own, self.head.begin(self.n_classes)])

    def recenter(self, begin: Array) -> None:
        """Say where a run began: a penalty may be on the way from there."""
        self.parameters.recenter(begin[: self.parameters.n_weights])

    def split(self, weights: Array) -> tuple[Array, Array]:
        """Angles, and weights of the head."""
        n = self.parameters.n_weights
        return self.parameters.angles(weights[:n]), weights[n:]

    def probabilities(
        self, weights: Array, rows: NDArray[np.intp] | None = None
    ) -> tuple[Array, Array]:
        """Class and success probabilities; without a head zeros where post-selection cannot succeed."""
        angles, own = self.split(weights)
        p, success = self.program.probabilities(angles, rows)
        if self.head is not None:
            p = self.head.probabilities(p, own, self.n_classes)
        return p, success


@dataclass(frozen=True)
class Objective:
    """Mean cross-entropy plus ``l2 / 2`` times the squared weights."""

    evaluator: Evaluator
    targets: NDArray[np.intp]
    weights: Array | None = None
    l2: float = 0.0

    def __call__(self, weights: Array, rows: NDArray[np.intp] | None) -> tuple[float, Array]:
        """Loss and gradient of some rows, of all where `rows` is None."""
        loss, gradient = self._data(weights, rows)
        if self.l2:
            parameters = self.evaluator.parameters
            n = parameters.n_weights
            size = parameters.penalised(weights[:n])
            loss += 0.5 * self.l2 * float(size @ size)
            gradient[:n] += self.l2 * size
        return loss, gradient

    def loss(self, weights: Array, rows: NDArray[np.intp] | None) -> float:
        """The loss alone: one evaluation, where a gradient by shifted circuits takes many."""
        e = self.evaluator
        p = e.probabilities(weights, rows)[0]
        targets = self.targets if rows is None else self.targets[rows]
        scale = np.ones(len(p)) if self.weights is None else self.weights
        share = scale if rows is None or self.weights is None else scale[rows]
        chosen = (p[np.arange(len(p)), targets] + SMOOTHING) / (1 + p.shape[1] * SMOOTHING)
        loss = -float(share @ np.log(chosen)) / (len(p) * float(scale.mean()))
        size = e.parameters.penalised(weights[: e.parameters.n_weights])
        return loss + 0.5 * self.l2 * float(size @ size)

    def _data(self, weights: Array, rows: NDArray[np.intp] | None) -> tuple[float, Array]:
        targets = self.targets if rows is None else self.targets[rows]
        if self.weights is None or rows is None:
            return self._mean(weights, targets, self.weights, rows)
        # A batch counts by the weight of its sentences, not by their number.
        share = self.weights[rows].mean() / self.weights.mean()
        if share == 0:
            return 0.0, np.zeros_like(weights)
        loss, gradient = self._mean(weights, targets, self.weights[rows], rows)
        return share * loss, share * gradient

    def _mean(
        self,
        weights: Array,
        targets: NDArray[np.intp],
        scale: Array | None,
        rows: NDArray[np.intp] | None,
    ) -> tuple[float, Array]:
        e = self.evaluator
        angles, own = e.split(weights)
        if e.head is None:
            loss, slope = e.program.loss_and_gradient(angles, targets, scale, rows)
            return loss, e.parameters.pull_back(slope)
        p, _ = e.program.probabilities(angles, rows)
        _, checked = check_targets(targets, scale, len(p), e.n_classes)
        loss, slopes, head = e.head.loss_and_slopes(p, targets, checked, own, e.n_classes)
        if not isinstance(e.program, DifferentiableProgram):
            message = (
                f"{type(e.program).__name__} has no pull_back, so a head cannot be trained on it"
            )
            raise BackendError(message)
        slope = e.program.pull_back(angles, slopes, rows)
        return loss, np.concatenate([e.parameters.pull_back(slope), head])
