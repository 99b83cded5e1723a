"""Few columns of many whose combination comes closest to a target."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

_SAME = 1e-6  # of a column left over by the others: it is their combination
_FOR_PAIRS = 500
_BEST_PAIRS = 40


@dataclass(frozen=True)
class Choice:
    """Columns, in rising order, and what their combination leaves."""

    columns: tuple[int, ...]
    residual: float  # sum of squares


class Selector:
    """Beam search over sets of columns, one or two more at a step.

    Parameters
    ----------
    matrix : ndarray, shape (n_rows, n_columns)
    target : ndarray, shape (n_rows,)
    costs : ndarray, shape (n_columns,)
        What a column adds to a description, in the units of half a log of residuals a row.
    keep_going : callable
        Whether there is time.
    """

    def __init__(
        self, matrix: Array, target: Array, costs: Array, keep_going: Callable[[], bool]
    ) -> None:
        norms = np.linalg.norm(matrix, axis=0)
        self.usable = norms > 1e-12 * np.max(norms, initial=1e-300)
        self.matrix = matrix / np.where(self.usable, norms, 1.0)
        self.target = target
        self.costs = costs
        self.keep_going = keep_going
        self.found: dict[tuple[int, ...], float] = {}

    def length(self, choice: Choice, floor: float) -> float:
        """Nats: residuals and columns."""
        n = len(self.target)
        return 0.5 * n * float(np.log(choice.residual / n + floor)) + float(
            self.costs[list(choice.columns)].sum()
        )

    def run(self, most: int, width: int, floor: float) -> list[Choice]:
        """All sets that were looked at and are worth more than a glance, the best first."""
        self.found[()] = float(self.target @ self.target)
        for size in range(min(most, len(self.target) // 3)):
            level = {key: value for key, value in self.found.items() if len(key) == size}
            for rank, choice in enumerate(self._best(level, width, floor)):
                if not self.keep_going():
                    break
                self.found.update(self._more(choice, floor, pairs=rank < 3 and size + 2 <= most))
        return self._best(self.found, len(self.found), floor)

    def _best(self, found: dict[tuple[int, ...], float], width: int, floor: float) -> list[Choice]:
        choices = [Choice(key, value) for key, value in found.items()]
        choices.sort(key=lambda c: self.length(c, floor))
        return choices[:width]

    def _more(self, choice: Choice, floor: float, *, pairs: bool) -> dict[tuple[int, ...], float]:
        chosen = list(choice.columns)
        left, rest = self.matrix, self.target
        if chosen:
            basis = np.linalg.qr(self.matrix[:, chosen])[0]
            left = left - basis @ (basis.T @ left)
            left = left - basis @ (basis.T @ left)
            rest = rest - basis @ (basis.T @ rest)
        norms = np.sum(np.square(left), axis=0)
        usable = self.usable & (norms > _SAME**2)
        along = left.T @ rest
        gain = np.where(usable, np.square(along) / np.where(usable, norms, 1.0), -1.0)
        total = float(rest @ rest)
        lengths = self._told(total - gain, floor) + self.costs
        order = np.argsort(lengths, kind="stable")
        order = order[gain[order] > 0]
        sets: Iterable[tuple[int, ...]] = [(int(k),) for k in order[:_BEST_PAIRS]]
        if pairs:
            sets = [*sets, *self._pairs(left, along, norms, order[:_FOR_PAIRS], total, floor)]
        return {key: self._residual(key) for key in {tuple(sorted((*chosen, *s))) for s in sets}}

    def _told(self, squares: Array, floor: float) -> Array:
        """Nats of residuals with these sums of squares."""
        n = len(self.target)
        return 0.5 * n * np.log(np.maximum(squares, 0.0) / n + floor)

    def _pairs(
        self,
        left: Array,
        along: Array,
        norms: Array,
        index: NDArray[np.intp],
        total: float,
        floor: float,
    ) -> list[tuple[int, ...]]:
        """Pairs of columns that shorten the description most together."""
        if len(index) < 2:
            return []
        part = left[:, index] / np.sqrt(norms[index])
        v = along[index] / np.sqrt(norms[index])
        cross = part.T @ part
        room = 1.0 - np.square(cross)
        both = np.square(v)[:, None] + np.square(v)[None, :] - 2.0 * np.outer(v, v) * cross
        together = np.where(room > 1e-7, both / np.where(room > 1e-7, room, 1.0), 0.0)
        rows, columns = np.triu_indices(len(index), 1)
        lengths = self._told(total - together[rows, columns], floor)
        lengths += self.costs[index[rows]] + self.costs[index[columns]]
        top = np.argpartition(lengths, min(_BEST_PAIRS, len(lengths) - 1))[:_BEST_PAIRS]
        return [(int(index[rows[k]]), int(index[columns[k]])) for k in top]

    def _residual(self, columns: tuple[int, ...]) -> float:
        part = self.matrix[:, list(columns)]
        solution = np.linalg.lstsq(part, self.target, rcond=None)[0]
        rest = self.target - part @ solution
        return float(rest @ rest)
