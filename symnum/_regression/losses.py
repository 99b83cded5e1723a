"""What a residual costs where that is not its square."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from symnum._core import expression as core
from symnum.errors import DomainError, ParseError
from symnum.expression import Expression

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from symnum._regression.problem import Problem

    Vector = NDArray[np.float64]

ARGUMENTS = ("prediction", "target")
_R = "abs(prediction - target)"
# Those with a number in brackets: its place in the text, and what the scale of the noise makes of
# it where it is not given. The factors are those of 95 % efficiency for normal residuals.
_NAMED = {
    "absolute": (_R, None),
    "huber": (f"min({_R}, {{c}})*({_R} - min({_R}, {{c}})/2)", 1.345),
    "cauchy": (f"log(1 + ({_R}/{{c}})**2)", 2.385),
    "quantile": ("max({c}*(target - prediction), ({c} - 1)*(target - prediction))", None),
}
_CALL = re.compile(r"\s*([a-z]+)\s*(?:\(\s*([-+.0-9eE]+)\s*\))?\s*")
_LEAST = 1e-17  # sizes of residuals whose cost is tabled, over the spread of y
_MOST = 1e4
_SIZES = 500
_ROWS = 2_000  # that the costs are tabled on
_STEADY = 1e-10  # relative fall of a loss below which it counts as none
_STEPS = 6  # of least squares between two changes of weights


@dataclass(frozen=True)
class Loss:
    """The cost of a prediction, least where it is the target.

    `text` is what a file keeps of it: a name, a name with a number, or a formula.
    """

    text: str
    program: core.Program  # over prediction and target

    @classmethod
    def of(cls, given: object, scale: Callable[[], float]) -> Loss | None:
        """From what a user gives; None for squares. `scale` gives that of the noise in y."""
        if isinstance(given, Expression):
            return cls(str(given), _read(str(given)))
        if not isinstance(given, str):
            message = f"loss is {given!r}, expected a name or a formula of prediction and target"
            raise DomainError(message)
        call = _CALL.fullmatch(given)
        if call is None:
            return cls(given, _read(given))
        if call[1] == "squared" and call[2] is None:
            return None
        if call[1] not in _NAMED:
            message = (
                f"loss is {given!r}, expected squared, {', '.join(_NAMED)} or a formula such as"
                " abs(prediction - target)**1.5"
            )
            raise DomainError(message)
        text, factor = _NAMED[call[1]]
        number = _number(given, call[1], call[2], factor, scale)
        return cls(given, _read(text.format(c=f"({number!r})")))

    def values(self, predictions: Vector, target: Vector) -> Vector:
        """The cost of each prediction, shape (..., n_rows); NaN outside its domain."""
        columns = self._columns(predictions, target)
        found = core.evaluate_float64([self.program], [self.program.constants], columns)[0]
        return np.reshape(found, predictions.shape)

    def weights(self, predictions: Vector, target: Vector) -> Vector:
        """Of squares that rise as fast as the cost does: slope over residual, at least 0.

        A residual counts as no smaller than a thousandth of the median one of its prediction.
        """
        gaps = predictions - target
        with np.errstate(invalid="ignore"):
            sizes = np.abs(gaps)
        half = sizes.shape[-1] // 2
        floor = 1e-3 * np.partition(sizes, half, axis=-1)[..., half : half + 1]
        floor = np.maximum(floor, 1e-15 * (np.abs(target).max() + 1e-300))
        gaps = np.where(gaps < 0, -1.0, 1.0) * np.fmax(sizes, floor)
        columns = self._columns(target + gaps, target)
        _, slopes = core.jacobian(self.program, self.program.constants, columns, "variable")
        with np.errstate(all="ignore"):
            found = slopes[0].reshape(predictions.shape) / gaps
        return np.where(np.isfinite(found) & np.isfinite(predictions), np.fmax(found, 0.0), 0.0)

    @staticmethod
    def _columns(predictions: Vector, target: Vector) -> Vector:
        both = np.broadcast_arrays(predictions, target)
        return np.ascontiguousarray([part.ravel() for part in both], np.float64)


def _read(text: str) -> core.Program:
    try:
        return core.parse(text, list(ARGUMENTS), [])[0]
    except ParseError as error:
        message = f"loss is no formula of prediction and target: {error}"
        raise ParseError(message) from error


def _number(
    given: str, name: str, text: str | None, factor: float | None, scale: Callable[[], float]
) -> float:
    if text is None and name == "quantile":
        message = "loss is 'quantile', expected its share too, such as quantile(0.9)"
        raise DomainError(message)
    try:
        number = factor * scale() if text is None and factor is not None else float(text or 1.0)
    except ValueError:
        number = np.nan
    top = 1.0 if name == "quantile" else np.inf
    if not 0.0 < number < top or (name == "absolute" and text is not None):
        wanted = "none" if name == "absolute" else f"one between 0 and {top:g}"
        message = f"loss is {given!r}, whose number is {text}, expected {wanted}"
        raise DomainError(message)
    return float(number)


class Sizes:
    """Of a mean cost the residual that, on every row and to both sides, costs as much.

    So costs of any loss are told in the units of y: the root of the mean square for squares, the
    mean absolute residual for absolute ones.
    """

    def __init__(self, loss: Loss, target: Vector, weights: Vector) -> None:
        share = weights / weights.sum()
        spread = float(np.std(target)) or float(np.abs(target).max()) or 1.0
        least = loss.values(target, target)
        if not np.isfinite(least).all():
            worst = float(target[np.argmin(np.isfinite(least))])
            message = f"loss is NaN or infinite at prediction = target = {worst:g}"
            raise DomainError(message)
        some = slice(0, None, 1 + len(target) // _ROWS)
        target, share = target[some], share[some] / share[some].sum()
        self.base = float(least[some] @ share)
        self.sizes = spread * np.geomspace(_LEAST, _MOST, _SIZES)
        costs = np.array([self._cost(loss, target, share, size) for size in self.sizes])
        near = costs[self.sizes < 1.5 * spread]
        if not near.max() > 1e-9 * abs(self.base) or near.min() < -1e-9 * near.max():
            message = "loss does not rise from prediction = target to both sides"
            raise DomainError(message)
        costs = np.maximum.accumulate(costs)
        rising = np.flatnonzero(np.diff(costs, prepend=0.0) > 0)
        self.sizes, self.logs = np.log(self.sizes[rising]), np.log(costs[rising])

    def _cost(self, loss: Loss, target: Vector, share: Vector, size: float) -> float:
        sides = loss.values(np.stack([target - size, target + size]), target)
        known = np.isfinite(sides)
        counts = np.maximum(known.sum(axis=0), 1)
        return float((np.where(known, sides, 0.0).sum(axis=0) / counts) @ share) - self.base

    def of(self, cost: float) -> float:
        """The size of a mean cost; inf where that is infinite."""
        if not np.isfinite(cost):
            return np.inf
        above = cost - self.base
        if not above > 0.0:
            return 0.0
        log = np.log(above)
        if log < self.logs[0]:  # as steep below as at the start of the table
            steps = np.diff(self.sizes[:2]) / np.diff(self.logs[:2])
            return float(np.exp(self.sizes[0] + (log - self.logs[0]) * steps[0]))
        return float(np.exp(np.interp(log, self.logs, self.sizes)))


class Scales:
    """Sizes of what formulas leave, on rows that are no outliers and on the rest."""

    def __init__(self, loss: Loss, target: Vector, weights: Vector, trusted: Vector) -> None:
        kept = trusted > 0
        self.share = float(trusted.sum() / weights.sum())
        self.kept = Sizes(loss, target[kept], weights[kept])
        has_rest = self.share < 1.0 and bool(np.any(weights[~kept] > 0))
        self.rest = Sizes(loss, target[~kept], weights[~kept]) if has_rest else None

    def nats(self, loss: float, kept: float, floor: float) -> float:
        """Of a row, with the noise of each part fitted: from mean losses of all and of those kept."""
        found = self.share * float(np.log(max(self.kept.of(kept), floor)))
        if self.rest is None:
            return found
        rest = (loss - self.share * kept) / (1.0 - self.share)
        return found + (1.0 - self.share) * float(np.log(max(self.rest.of(rest), floor)))


def fit_loss(
    problem: Problem, loss: Loss, programs: Sequence[core.Program], max_iterations: int
) -> list[core.Program]:
    """The programs with constants where the mean loss is less than where they are.

    Least squares on the rows that are no outliers, then with weights that make squares rise as fast
    as the loss does at what they found (Holland and Welsch, Commun. Statist. A 6, 1977,
    doi:10.1080/03610927708827533); a step that lowers the loss no more ends it.
    """
    best = list(programs)
    losses = problem.losses(best).tolist()
    active = [k for k, p in enumerate(best) if p.constants]
    rounds, steps = max(3, max_iterations // 3), min(max_iterations, _STEPS)
    for turn in range(rounds):
        if not active or (turn > 1 and problem.clock.is_over):
            break
        chosen = [best[k] for k in active]
        constants = [p.constants for p in chosen]
        if turn == 0:
            weights = problem.trusted
        else:
            values = core.evaluate_float64(chosen, constants, problem.columns)
            weights = (loss.weights(values, problem.y) * problem.weights).ravel()
        results = core.fit(
            chosen, constants, problem.columns, problem.y, weights, steps, 1e-12, True
        )
        tried = [p.with_constants(r.constants) for p, r in zip(chosen, results, strict=True)]
        better = []
        for k, program, value in zip(active, tried, problem.losses(tried).tolist(), strict=True):
            if turn == 0 or value < losses[k] - _STEADY * abs(value):
                better.append(k)
            if value < losses[k]:
                best[k], losses[k] = program, value
        active = better
    return best
