"""A classical head on the outcomes of circuits, trained with them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from qnlp.errors import ShapeError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["LinearHead"]

_FLOOR = 1e-12  # of a probability, before its logarithm is taken


@dataclass(frozen=True)
class LinearHead:
    """Class probabilities softmax(W log p + b) out of the outcomes' probabilities p.

    With W the identity and b = 0, where training begins, it changes nothing. Its gradient in p goes
    on into the circuits, so both are trained in one.

    Parameters
    ----------
    n_outcomes : int, optional
        Outcomes of a sentence that it looks at, by default as many as classes. The sentence's open
        wires need as many.

    Examples
    --------
    >>> from qnlp import LinearHead
    >>> head = LinearHead()
    >>> p = np.array([[0.2, 0.8]])
    >>> head.probabilities(p, head.begin(2), 2).round(6)
    array([[0.2, 0.8]])
    """

    n_outcomes: int | None = None

    def __post_init__(self) -> None:
        n: object = self.n_outcomes
        if n is not None and (isinstance(n, bool) or not isinstance(n, int) or n < 2):
            message = f"n_outcomes has {n!r}, expected an int of 2 or more"
            raise ShapeError(message)

    def outcomes(self, n_classes: int) -> int:
        """How many outcomes of a sentence it takes."""
        n = n_classes if self.n_outcomes is None else self.n_outcomes
        if n < n_classes:
            message = f"n_outcomes has {n}, expected at least one a class ({n_classes})"
            raise ShapeError(message)
        return n

    def begin(self, n_classes: int) -> Array:
        """Where training begins: W, row by row, then b."""
        identity = np.eye(n_classes, self.outcomes(n_classes))
        return np.concatenate([identity.ravel(), np.zeros(n_classes)])

    def probabilities(self, p: Array, weights: Array, n_classes: int) -> Array:
        """Class probabilities, shape (n, n_classes).

        Parameters
        ----------
        p : ndarray of float64, shape (n, n_outcomes)
            A row of zeros, a post-selection that cannot succeed, gives what `b` alone says.
        weights : ndarray of float64
            As `begin` gives them.
        n_classes : int
        """
        logits, _ = self._logits(p, weights, n_classes)
        return np.asarray(_softmax(logits))

    def loss_and_slopes(
        self, p: Array, labels: NDArray[np.intp], scale: Array, weights: Array, n_classes: int
    ) -> tuple[float, Array, Array]:
        """Weighted mean cross-entropy, its slope in every probability, its gradient in weights."""
        logits, logs = self._logits(p, weights, n_classes)
        q = _softmax(logits)
        rows = np.arange(len(p))
        share = scale / scale.sum()
        loss = -float(share @ np.log(q[rows, labels] + 1e-300))
        q[rows, labels] -= 1.0
        q *= share[:, None]
        matrix = weights[: logs.shape[1] * n_classes].reshape(n_classes, -1)
        slopes = np.where(p > _FLOOR, q @ matrix / np.maximum(p, _FLOOR), 0.0)
        return loss, slopes, np.concatenate([(q.T @ logs).ravel(), q.sum(0)])

    def _logits(self, p: Array, weights: Array, n_classes: int) -> tuple[Array, Array]:
        n = self.outcomes(n_classes)
        vanishes = p.sum(1, keepdims=True) == 0
        logs = np.log(np.maximum(np.where(vanishes, 1.0, p), _FLOOR))
        matrix = weights[: n * n_classes].reshape(n_classes, n)
        return logs @ matrix.T + weights[n * n_classes :], logs


def _softmax(logits: Array) -> Array:
    shifted = np.exp(logits - logits.max(1, keepdims=True))
    return np.asarray(shifted / shifted.sum(1, keepdims=True))
