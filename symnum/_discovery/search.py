"""From trajectories to systems: candidates for each state, judged together through the solver."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from symnum._discovery.dictionary import variables
from symnum._discovery.propose import SLOPES_BELOW, Proposer, code_length
from symnum._discovery.shooting import Fitted, Windows, fit, residuals, windows
from symnum._discovery.side import Side, mixed, split
from symnum._discovery.smooth import kind_of, noise_of, smooth
from symnum._regression.problem import Clock
from symnum._regression.snap import substitute
from symnum.errors import ShapeError
from symnum.expression import Expression

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from symnum._discovery.smooth import Smooth
    from symnum._discovery.trajectories import Trajectory

    Array = NDArray[np.float64]
    Sides = tuple[Side, ...]

FLOOR = 1e-7  # residuals relative to a state's spread; below it, systems explain data alike
_SWEEPS = 3
_MOST_TIMES = 1_500
_SURE = 4.0  # standard deviations of a constant that is not 0
_INTERVALS = 25  # of a first window


@dataclass(frozen=True, eq=False)
class Model:
    """A system with its constants, and how well and how shortly it tells the data."""

    sides: Sides
    lengths: Array  # (n_states,) nats of residuals
    code: float
    mean_squares: Array  # of residuals relative to `Noise.deviation`
    initial: Array
    deviations: Array  # of the constants

    @property
    def length(self) -> float:
        """Nats, the less the better."""
        return float(self.lengths.sum()) + self.code

    @property
    def complexity(self) -> int:
        """Leaves and operations of all right-hand sides."""
        return sum(side.expression.complexity for side in self.sides)

    @property
    def key(self) -> tuple[str, ...]:
        """The system up to the values of its constants."""
        return skeleton(self.sides)


def skeleton(sides: Sequence[Side]) -> tuple[str, ...]:
    """Texts with every constant at 1 and the terms in one order."""
    return tuple(" + ".join(sorted(str(_plain(term)) for term in side.terms)) for side in sides)


def _plain(term: Expression) -> Expression:
    return term.with_constants(np.ones(len(term.constants)))


class Search:
    """One search. `models` holds every system that was fitted, by its skeleton."""

    def __init__(
        self,
        trajectories: Sequence[Trajectory],
        clock: Clock,
        report: Callable[[Model], None] | None = None,
    ) -> None:
        self.clock = clock
        self.report = report
        self.trajectories = trajectories
        self.noise = noise_of(trajectories)
        self.smooth = self.smoothed()
        if not self.smooth:
            message = "x has no trajectory in which every state has enough values, expected one"
            raise ShapeError(message)
        self.n_states = trajectories[0].values.shape[1]
        self.names = variables(self.n_states)
        self.models: dict[tuple[str, ...], Model] = {}
        self.tried: set[tuple[int, tuple[str, ...]]] = set()
        self.n_intervals = _INTERVALS
        self.where = windows(self.smooth, self.noise, self.n_intervals)
        self.best = self._nothing()
        self.candidates: list[list[Side]] = [[] for _ in range(self.n_states)]

    def smoothed(self) -> list[Smooth]:
        """The trajectories, at no more times together than a search looks at."""
        n_times = sum(len(one.times) for one in self.trajectories)
        stride = -(-n_times // _MOST_TIMES)
        every = (smooth(one, self.noise, stride) for one in self.trajectories)
        return [one for one in every if one is not None]

    def _nothing(self) -> Model:
        """Every derivative 0."""
        sides = tuple(Side((), tuple(self.names)) for _ in range(self.n_states))
        model = self.judged(sides, self._fitted(sides))
        self.models[model.key] = model
        return model

    def _fitted(self, sides: Sides, **options: float) -> Fitted:
        exact = bool(np.all(self.noise.relative < 1e-4))
        return fit(
            [side.expression for side in sides],
            self.where,
            tol_rel=1e-8 if exact else 1e-5,
            **options,  # type: ignore[arg-type]
        )

    def judged(self, sides: Sides, fitted: Fitted) -> Model:
        """A fitted system with its lengths."""
        n = self.where.n_measured
        means = fitted.squares / n
        with np.errstate(over="ignore"):
            lengths = 0.5 * n * np.log(np.minimum(means, 1e30) + FLOOR**2)
        lengths = np.where(np.isfinite(means), lengths, np.inf)
        changed = tuple(
            side.with_constants(e.constants) for side, e in zip(sides, fitted.sides, strict=True)
        )
        code = sum(code_length(e, float(m)) for e, m in zip(fitted.sides, n, strict=True))
        return Model(changed, lengths, code, means, fitted.initial, fitted.deviations)

    def consider(self, sides: Sides, *, final: bool = False) -> Model:
        """Fit a system and keep it; a system that was fitted before is not fitted again."""
        key = skeleton(sides)
        known = self.models.get(key)
        if known is not None and not final:
            return known
        options = {"max_iterations": 60, "flat": 1e-8} if final else {}
        model = self.judged(sides, self._fitted(sides, **options))
        self.models[key] = model
        if model.length < self.best.length:
            self.best = model
            if self.report is not None:
                self.report(model)
        return model

    def run(self, other: Any = None) -> None:
        """Fill `models`; a keyboard interrupt leaves them as they are."""
        self.explore(other)
        if self.has_other_noise():
            self.explore(other)
        self.lengthen()
        self.improve()
        self.finish()

    def explore(self, other: Any) -> None:
        """Candidates, the best of them together, and what is near."""
        self.proposer = Proposer(self.smooth, self.noise, self.clock)
        for state in range(self.n_states):
            # Half of the time is for the solver.
            self.proposer.clock = Clock(0.5 * self.clock.left() / (self.n_states - state))
            self.candidates[state] = self.proposer.propose(state, 12)
            if other is not None:
                self.candidates[state] += self.asked(other, state)
        self.proposer.clock = self.clock
        self.start()
        self.sweep()
        self.improve()

    def has_other_noise(self) -> bool:
        """Whether the best system's residuals are of another kind; then all is judged by that."""
        if self.clock.is_over or np.all(self.noise.relative < 1e-3):
            return False
        sides = [side.expression for side in self.best.sides]
        rest, values = residuals(sides, self.where, self.best.initial)
        noise = kind_of(self.noise, [rest], [values])
        if noise.is_proportional == self.noise.is_proportional:
            return False
        self.noise = noise
        self.smooth = self.smoothed()
        self.judge_again(windows(self.smooth, noise, self.n_intervals), self.n_intervals)
        return True

    def asked(self, other: Any, state: int) -> list[Side]:
        """What the user's own proposer says of a state's derivative."""
        x = np.concatenate([one.values for one in self.smooth])
        slopes = np.concatenate([one.slopes[:, state] for one in self.smooth])
        return [split(_read(proposal, self.names)) for proposal in other.propose(x, slopes)]

    def noise_level(self) -> Array:
        """Standard deviation of what the best system leaves, at each state's typical size."""
        values = np.concatenate([one.values for one in self.smooth])
        typical = np.sqrt(np.mean(np.square(self.noise.deviation(values)), axis=0))
        return np.asarray(np.sqrt(self.best.mean_squares) * typical, np.float64)

    def start(self) -> None:
        """The first candidates of each state together, then the second, and so on.

        Without noise also those of few terms together, and all quadratic terms, thinned.
        """
        for rank in range(4):
            sides = tuple(
                own[min(rank, len(own) - 1)] if own else none
                for own, none in zip(self.candidates, self.best.sides, strict=True)
            )
            if not self.clock.is_over:
                self.consider(sides)
        if np.any(self.noise.relative >= SLOPES_BELOW):
            return
        for most in range(1, 5):
            short = [[side for side in own if len(side.terms) <= most] for own in self.candidates]
            if all(short) and not self.clock.is_over:
                self.consider(tuple(own[0] for own in short))
        quadratic = [self.proposer.quadratic(state) for state in range(self.n_states)]
        self.thinned(tuple(side for side in quadratic if side is not None))

    def thinned(self, sides: Sides) -> None:
        """Many terms together, then without those that are not to be told from 0."""
        while len(sides) == self.n_states and not self.clock.is_over:
            model = self.consider(sides)
            start = 0
            fewer: list[Side] = []
            for side, square in zip(model.sides, model.mean_squares.tolist(), strict=True):
                kept = []
                for term in side.terms:
                    n = len(term.constants)
                    noise = _SURE * float(np.sqrt(square)) * model.deviations[start : start + n]
                    start += n
                    if n == 0 or np.any(np.abs(term.constants) > noise):
                        kept.append(term)
                fewer.append(Side(tuple(kept), side.variables))
            if skeleton(fewer) == model.key:
                return
            sides = tuple(fewer)

    def sweep(self) -> None:
        """Each state in turn: every candidate of it with the best of the others."""
        for _ in range(_SWEEPS):
            before = self.best
            for state in range(self.n_states):
                for side in self.candidates[state]:
                    if self.clock.is_over:
                        return
                    self.consider(self._with(state, side))
            if self.best is before:
                return

    def _with(self, state: int, side: Side) -> Sides:
        sides = list(self.best.sides)
        sides[state] = side
        return tuple(sides)

    def improve(self) -> None:
        """Shorter systems near the best, until there is none."""
        while not self.clock.is_over:
            before = self.best
            for state in range(self.n_states):
                for side in list(self.neighbours(state)):
                    if self.clock.is_over:
                        return
                    self.consider(self._with(state, side))
            if self.best.length >= before.length - 1e-9:
                return

    def neighbours(self, state: int) -> Iterator[Side]:
        """One term less, a whole number for a constant, a second variable inside a function."""
        side = self.best.sides[state]
        for k in range(len(side.terms)):
            yield side.without(k)
        if not self.has_tried(state, side):
            for k in range(len(side.terms) + 1):
                yield from self.proposer.additions(side.without(k), state, 4)
        yield from self.snapped(state)
        for k, term in enumerate(side.terms):
            if any(name in str(term) for name in ("exp(", "sin(", "cos(", "tanh(")):
                for old in range(self.n_states):
                    for new in range(self.n_states):
                        if old != new and self.names[old] in str(term):
                            other = mixed(term, old, new, 1e-2)
                            yield Side(
                                (*side.terms[:k], other, *side.terms[k + 1 :]), side.variables
                            )

    def has_tried(self, state: int, side: Side) -> bool:
        """Whether terms were added to this one before, up to its constants."""
        key = state, skeleton([side])
        known = key in self.tried
        self.tried.add(key)
        return known

    def snapped(self, state: int) -> Iterator[Side]:
        """Simple numbers for constants that are near them."""
        side = self.best.sides[state]
        expression = side.expression
        start = sum(len(s.expression.constants) for s in self.best.sides[:state])
        for k, value in enumerate(expression.constants.tolist()):
            noise = float(np.sqrt(self.best.mean_squares[state]))
            deviation = float(self.best.deviations[start + k]) * noise
            reach = min(3.0 * deviation + 1e-4 * abs(value), 0.1 * max(abs(value), 0.1))
            for whole in {round(value), round(2 * value) / 2}:
                if whole and abs(whole - value) <= reach and abs(whole) < 2**30:
                    program = substitute(expression._program, {k: (Fraction(whole), 0)})
                    yield split(Expression._of(program, expression.variables))

    def lengthen(self) -> None:
        """Judge by the longest windows that the best system can follow."""
        if self.clock.is_over:
            return
        longest = max(len(one.times) for one in self.smooth)
        reached = float(np.mean(self.best.mean_squares))
        for count in (10 * longest, longest // 2):
            if count <= self.n_intervals:
                continue
            where = windows(self.smooth, self.noise, count)
            sides = [side.expression for side in self.best.sides]
            fitted = fit(sides, where, tol_rel=1e-8, max_iterations=40)
            means = fitted.squares / where.n_measured
            if np.mean(means) <= 2.0 * reached + FLOOR**2:
                self.judge_again(where, count)
                return

    def judge_again(self, where: Windows, n_intervals: int) -> None:
        """Fit the best models to other windows."""
        ranked = sorted(self.models.values(), key=lambda m: m.length)[:20]
        self.where, self.n_intervals = where, n_intervals
        self.models = {}
        self.best = self._nothing()
        for model in ranked:
            self.consider(model.sides)

    def finish(self) -> None:
        """The best to full precision."""
        for model in sorted(self.models.values(), key=lambda m: m.length)[:3]:
            self.consider(model.sides, final=True)
        self.best = min(self.models.values(), key=lambda m: m.length)


def _read(proposal: object, names: Sequence[str]) -> Expression:
    """A proposal over x0, x1, ... that is a text or an expression."""
    text = str(proposal)
    return Expression(text, names)
