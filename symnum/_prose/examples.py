"""What the PROSE model is trained on: noisy windows of trajectories and systems nearly right."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from symnum._generate.corrupt import add_noise, corrupt_system, sides_with_values
from symnum._generate.draws import item_seeds, units
from symnum._generate.families import BY_NAME
from symnum._generate.source import check_ranges
from symnum._generate.trajectories import TrajectoryOptions
from symnum._neural.vocabulary import NAMES, NEXT
from symnum._programs import over
from symnum.errors import ExpressionError
from symnum.expression import Expression
from symnum.tokens import END, START, Vocabulary

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from symnum._generate.trajectories import TrajectoryCorpus
    from symnum.odes import ODESystem

    Floats = NDArray[np.float32]
    Tokens = NDArray[np.int64]

MAX_STATES = 5
_HELD_OUT = 2**40  # items from here on are never trained on


def vocabulary() -> Vocabulary:
    """Systems over u0 to u4, numbers with their digits."""
    return Vocabulary(tuple(f"u{k}" for k in range(MAX_STATES)))


@dataclass(frozen=True)
class ProseData:
    """What is drawn.

    Parameters
    ----------
    seed : int
    batch_size : int
    n_batches : int
        Of a chunk, in which examples of like length come together.
    n_trajectories : int
        Different ones; each visit has its own noise and its own guess.
    n_input : int
        Times of the window that is read; the others, up to `t_end`, are asked for.
    n_times : int
    t_end : float
    n_queries : int
        Times that are asked for in training, drawn from the others.
    noise : float
        Of the window, relative.
    delete, add : float
        Probabilities that a guess lacks a term, or has one too many.
    no_guess : float
        Probability that there is no guess.
    families : tuple of str
        Without them all 15.
    """

    seed: int = 3
    batch_size: int = 60
    n_batches: int = 16
    n_trajectories: int = 500_000
    n_input: int = 64
    n_times: int = 192
    t_end: float = 6.0
    n_queries: int = 32
    noise: float = 0.02
    delete: float = 0.15
    add: float = 0.15
    no_guess: float = 0.1
    families: tuple[str, ...] = tuple(BY_NAME)

    def __post_init__(self) -> None:
        ranges = [
            ("batch_size", 1, 1e6),
            ("n_batches", 1, 1e6),
            ("n_trajectories", 1, 2**32),
            ("n_input", 2, self.n_times - 1),
            ("n_queries", 1, self.n_times - self.n_input),
            ("noise", 0.0, 1.0),
            ("delete", 0.0, 1.0),
            ("add", 0.0, 1.0 - self.delete),
            ("no_guess", 0.0, 1.0),
        ]
        check_ranges(vars(self), ranges)
        object.__setattr__(self, "families", tuple(self.families))
        self.trajectories.check()

    @property
    def trajectories(self) -> TrajectoryOptions:
        """The corpus."""
        return TrajectoryOptions(
            families=self.families, t_end=self.t_end, n_times=self.n_times, rtol=1e-6
        )


@dataclass(frozen=True)
class Visit:
    """One look at a trajectory.

    Parameters
    ----------
    times : ndarray of float32, shape (n_input,)
    window : ndarray of float32, shape (n_input, n_states)
        With noise.
    guess, tokens : ndarray of int64
        Of the guess with <end>, its constants hidden; of the system with <start> and <end>.
    query_times : ndarray of float32, shape (n_queries,)
    targets : ndarray of float32, shape (n_queries, n_states)
        Without noise.
    item : int
        Of the trajectory.
    """

    times: Floats
    window: Floats
    guess: Tokens
    tokens: Tokens
    query_times: Floats
    targets: Floats
    item: int


class Template:
    """The tokens of a family's systems, and of guesses."""

    def __init__(self, name: str, words: Vocabulary) -> None:
        self.words = words
        own = BY_NAME[name].system
        marks = {c: float(k + 1) for k, c in enumerate(own.parameter_names)}
        self.system: ODESystem = own.with_parameters(marks)
        self._sides = over_states(self.system)
        self.intact = guess_tokens(self._sides, words)

    @cached_property
    def _nodes(self) -> list[tuple[list[int], list[int], list[int], NDArray[np.intp], list[int]]]:
        first = self.words.variable_tokens(self.words.variables)
        found = []
        for side in self._sides:
            program = side._program
            codes = [NAMES.index(name) for name in program.operations]
            which = np.array(program.constants, np.float64).astype(np.intp) - 1
            found.append((codes, program.left, program.right, which, first))
        return found

    def tokens(self, coefficients: NDArray[np.float64]) -> Tokens:
        """Of the system with these coefficients, with <start> and <end>."""
        row = [START]
        for k, (codes, left, right, which, variables) in enumerate(self._nodes):
            row += [NEXT] if k else []
            values = coefficients[which].tolist()
            row += self.words.encode_nodes(codes, left, right, values, variables)
        return np.array([*row, END], np.int64)

    def guess(self, data: ProseData, visit: int) -> Tokens:
        """Of a guess: hidden constants, perhaps a term too few or too many, perhaps nothing."""
        seeds = item_seeds(data.seed + 1, np.array([visit]))
        if float(units(seeds, np.zeros(1, np.uint64))[0]) < data.no_guess:
            return np.array([END], np.int64)
        found = corrupt_system(
            self.system, seed=data.seed + 2, item=visit, delete=data.delete, add=data.add
        )
        if found.change == "none":
            return self.intact
        return guess_tokens(over_states(found.system), self.words)


def over_states(system: ODESystem) -> list[Expression]:
    """The sides over the states alone, renamed u0, u1, ..., parameters being constants.

    Raises ShapeError where a parameter has no value, ExpressionError where a side reads time.
    """
    names = [f"u{k}" for k in range(system.n_states)]
    found = []
    for state, side in zip(system.states, sides_with_values(system), strict=True):
        if side.derivative(system.time) != Expression("0"):
            message = f"equation of {state!r} reads the time {system.time!r}, expected states alone"
            raise ExpressionError(message)
        # Time is the last variable, which nothing reads.
        found.append(Expression._of(over(side._program, (*names, ""), names), tuple(names)))
    return found


def guess_tokens(sides: list[Expression], words: Vocabulary) -> Tokens:
    """Tokens of a guess over the states, its constants hidden."""
    return words.encode(sides, placeholder=True)


class Visits:
    """Visits in their order, each a function of its number."""

    def __init__(self, data: ProseData) -> None:
        self.data, self.words = data, vocabulary()
        self.templates = [Template(name, self.words) for name in data.families]

    def chunk(self, number: int) -> list[Visit]:
        """``batch_size * n_batches`` visits."""
        size = self.data.batch_size * self.data.n_batches
        first = number * size
        return self._visits(first % self.data.n_trajectories, size, first)

    def held_out(self, n: int) -> list[Visit]:
        """Visits of trajectories that are never trained on, with every later time asked for."""
        return self._visits(_HELD_OUT, n, _HELD_OUT, every=True)

    def _visits(self, item: int, n: int, visit: int, *, every: bool = False) -> list[Visit]:
        corpus = self.data.trajectories.draw(self.data.seed, item, n)
        return [self._visit(corpus, k, visit + k, every=every) for k in range(n)]

    def _visit(self, corpus: TrajectoryCorpus, k: int, visit: int, *, every: bool) -> Visit:
        data = self.data
        values, times = corpus.values(k), corpus.times.astype(np.float32)
        noisy = add_noise(values[: data.n_input], data.noise, seed=data.seed + 3, item=visit)
        rest = np.arange(data.n_input, data.n_times)
        if not every:
            seeds = item_seeds(data.seed + 4, np.array([visit]))
            order = np.argsort(units(seeds, np.arange(len(rest), dtype=np.uint64)))
            rest = np.sort(rest[order[: data.n_queries]])
        template = self.templates[int(corpus.arrays["family"][k])]
        return Visit(
            times=times[: data.n_input],
            window=noisy.astype(np.float32),
            guess=template.guess(data, visit),
            tokens=template.tokens(corpus.coefficients(k)),
            query_times=times[rest],
            targets=values[rest],
            item=int(corpus.arrays["item"][k]),
        )


def scales(window: NDArray[np.floating]) -> NDArray[np.float64]:
    """The size of each state in a window: its root mean square, above 0."""
    size = np.sqrt(np.mean(np.square(window.astype(np.float64)), axis=0))
    found: NDArray[np.float64] = np.maximum(size, 1e-3 * max(float(size.max()), 1e-6))
    return found
