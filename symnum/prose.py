"""Systems of equations and their solutions from a noisy window of states, and perhaps a guess.

A trained model reads both and answers with states at any time and with equations; the equations'
coefficients are then fitted through the solver. Needs the extra `torch`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from symnum._lazy import require
from symnum._trajectories import as_floats
from symnum.errors import DomainError, ExpressionError, ShapeError
from symnum.odes import ODESystem

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from os import PathLike

    from numpy.typing import ArrayLike, NDArray

    from symnum._prose.examples import Visit
    from symnum._prose.model import ProseTask
    from symnum._prose.refine import Refined
    from symnum.expression import Expression

    Array = NDArray[np.float64]
    Guess = ODESystem | Mapping[str, str | Expression] | Sequence[str | Expression] | None

__all__ = ["Forecast", "Prose"]


@dataclass(frozen=True, eq=False)
class Forecast:
    """A system with fitted coefficients, and its solution.

    Attributes
    ----------
    system : ODESystem
    values : ndarray of float64, shape (n_queries, n_states)
        NaN from where the solution ended early.
    initial : ndarray of float64, shape (n_states,)
        At the first time of the window, without its noise.
    misfit : float
        Mean square of what it leaves in the window, 1 being the estimated noise.
    others : tuple of ODESystem
        The other systems that were fitted, the better first.
    """

    system: ODESystem
    values: Array
    initial: Array
    misfit: float
    others: tuple[ODESystem, ...]


class Prose:
    """A trained model of systems and their solutions.

    Parameters
    ----------
    weights : path, optional
        A folder that ``symnum train prose`` wrote, by ``--out`` or ``--export``. By default the one
        that comes with the package.

    Attributes
    ----------
    t_end : float
        Longest time after the first one that the model was trained on.
    max_states : int
    card : dict
        What is known of the weights: data, seed, figures, limits, licence. Empty of a mere run.

    Raises
    ------
    MissingDependencyError
        If torch is not installed.
    CheckpointError, CheckpointCorruptError
        If the files are absent, damaged, of another model or vocabulary.

    Notes
    -----
    After Liu, Sun, He, Pinney, Zhang and Schaeffer (PROSE), arXiv:2309.16816, smaller, with
    measurements grouped, and with a grammar: an ill-formed system is never written. It knows the
    kinds of systems that it was trained on.

    Examples
    --------
    >>> from symnum.prose import Prose
    >>> model = Prose()  # doctest: +SKIP
    >>> model.forecast(t, x, guess={"x": "y", "y": "-x"}, query_times=[3.0])  # doctest: +SKIP
    """

    def __init__(self, weights: str | PathLike[str] | None = None) -> None:
        self._task, self.card = _load(weights)
        self.t_end = float(self._task.data.t_end)
        from symnum._prose.examples import MAX_STATES

        self.max_states = MAX_STATES

    def predict(
        self,
        t: ArrayLike,
        x: ArrayLike,
        guess: Guess = None,
        query_times: ArrayLike | None = None,
    ) -> Array:
        """States at any times, straight from the model.

        Parameters
        ----------
        t : array_like, shape (n_times,)
            Ascending, at least two.
        x : array_like, shape (n_times, n_states)
            At most `max_states`; noise is expected.
        guess : ODESystem, or equations as for one, optional
            What the system may be; values of its constants are not read.
        query_times : array_like, shape (n_queries,), optional
            Without it, 128 from the last time to `t_end` after the first.

        Returns
        -------
        ndarray of float64, shape (n_queries, n_states)

        Raises
        ------
        ShapeError, DomainError
            If a shape disagrees, or a number is not finite, or times do not ascend.
        ExpressionError
            If the guess has other names than the model's operations know, reads time, or is too
            long.
        """
        visit = self._visit(t, x, guess, query_times)
        torch = require("torch", extra="torch")
        from symnum._prose.model import tensors

        module, data = self._task.module, self._task.data
        batch = tensors([visit], data.t_end, self._task.model.group)
        with torch.inference_mode():
            names = ("times", "window", "sizes", "guess")
            memory, mask = module.read(*(batch[name] for name in names))
            states = module.operator(memory, mask, batch["query_times"])[0].numpy()
        from symnum._prose.examples import scales

        n_states = visit.window.shape[1]
        found: Array = states[:, :n_states].astype(np.float64) * scales(visit.window)
        return found

    def equations(
        self, t: ArrayLike, x: ArrayLike, guess: Guess = None, n: int = 1
    ) -> list[ODESystem]:
        """Systems as the model writes them, with the coefficients that it reads off.

        Parameters
        ----------
        t, x, guess
            As for `predict`.
        n : int
            How many at most, the likeliest first.

        Returns
        -------
        list of ODESystem
            Over the states of the guess, or u0, u1, ...

        Raises
        ------
        ShapeError, DomainError, ExpressionError
            As `predict`.
        """
        if isinstance(n, bool) or n < 1:
            message = f"n is {n}, expected at least 1"
            raise DomainError(message)
        visit = self._visit(t, x, guess, None)
        names = _states_of(guess, visit.window.shape[1])
        return [_renamed(sides, names) for sides in self._sides(visit, n)]

    def forecast(
        self,
        t: ArrayLike,
        x: ArrayLike,
        guess: Guess = None,
        query_times: ArrayLike | None = None,
        n: int = 3,
    ) -> Forecast:
        """Equations whose coefficients are fitted through the solver, and their solution.

        Parameters
        ----------
        t, x, guess, query_times
            As for `predict`; at least 6 times.
        n : int
            Systems of the model that are fitted, the guess being one more; the one that describes
            the window best is taken.

        Returns
        -------
        Forecast

        Raises
        ------
        ShapeError, DomainError, ExpressionError
            As `predict`.
        """
        from symnum._prose.refine import Window

        visit = self._visit(t, x, guess, query_times)
        times, values = np.asarray(t, np.float64), as_floats(x, "x")
        window = Window(times - times[0], values)
        candidates = self._sides(visit, n)
        if guess is not None:
            own = _guessed(guess, values.shape[1])
            if all(own != sides for sides in candidates):
                candidates.append(own)
        fitted = [window.refine(sides) for sides in candidates]
        fitted.sort(key=lambda one: one.description_length)
        return _forecast(fitted, visit, _states_of(guess, values.shape[1]))

    def _sides(self, visit: Visit, n: int) -> list[list[Expression]]:
        """Right-hand sides over u0, u1, ..., the likeliest systems first."""
        words = self._task.vocabulary
        names = words.variables[: visit.window.shape[1]]
        found = []
        for written in self._task.written(visit, n):
            sides = words.decode(written.tokens)
            found.append([_over(side, names) for side in sides])
        return found

    def _visit(self, t: ArrayLike, x: ArrayLike, guess: Guess, query_times: object) -> Visit:
        """Checked arguments as the model reads them."""
        from symnum._prose.examples import Visit, guess_tokens

        times, values = _window(t, x, self.max_states)
        if query_times is None:
            query_times = times[0] + np.linspace(times[-1] - times[0], self.t_end, 129)[1:]
        asked = np.atleast_1d(as_floats(query_times, "query_times"))
        if asked.ndim != 1 or not len(asked) or not np.all(np.isfinite(asked)):
            message = f"query_times has shape {asked.shape}, expected (n_queries,) of finite times"
            raise ShapeError(message)
        tokens = np.array([2], np.int64)  # <end>
        if guess is not None:
            tokens = guess_tokens(_guessed(guess, values.shape[1]), self._task.vocabulary)
        if len(tokens) > self._task.model.max_guess:
            message = (
                f"guess has {len(tokens)} tokens, expected at most {self._task.model.max_guess}"
            )
            raise ExpressionError(message)
        return Visit(
            times=(times - times[0]).astype(np.float32),
            window=values.astype(np.float32),
            guess=tokens,
            tokens=np.array([1, 2], np.int64),  # <start> <end>: nothing is known
            query_times=(asked - times[0]).astype(np.float32),
            targets=np.zeros((len(asked), values.shape[1]), np.float32),
            item=0,
        )


def _window(t: object, x: object, max_states: int) -> tuple[Array, Array]:
    times, values = as_floats(t, "t"), as_floats(x, "x")
    if values.ndim != 2 or times.shape != values.shape[:1] or len(times) < 2:
        message = (
            f"t and x have shapes {times.shape} and {values.shape}, expected (n_times,) and"
            " (n_times, n_states) with at least 2 times"
        )
        raise ShapeError(message)
    if not 1 <= values.shape[1] <= max_states:
        message = f"x has {values.shape[1]} states, expected 1 to {max_states}"
        raise ShapeError(message)
    if not (np.all(np.isfinite(times)) and np.all(np.isfinite(values))):
        message = "t or x has a NaN or infinite number, expected finite ones"
        raise DomainError(message)
    falls = np.flatnonzero(np.diff(times) <= 0)
    if len(falls):
        k = int(falls[0]) + 1
        message = f"t[{k}] is {times[k]}, not after the time before it: sort the rows by time"
        raise DomainError(message)
    return times, values


def _guessed(guess: Any, n_states: int) -> list[Expression]:
    """Sides of a guess over u0, u1, ..."""
    from symnum._prose.examples import over_states

    system = guess if isinstance(guess, ODESystem) else ODESystem(guess)
    if system.n_states != n_states:
        message = f"guess has {system.n_states} equations, expected {n_states}, one a state of x"
        raise ShapeError(message)
    missing = {name: 1.0 for name in system.parameter_names if name not in system.parameters}
    return over_states(system.with_parameters(missing))


def _states_of(guess: Any, n_states: int) -> tuple[str, ...]:
    """Names that the user gave, or u0, u1, ..."""
    if guess is None:
        return tuple(f"u{k}" for k in range(n_states))
    return (guess if isinstance(guess, ODESystem) else ODESystem(guess)).states


def _over(side: Expression, names: tuple[str, ...]) -> Expression:
    """The same over the states alone."""
    from symnum._programs import over
    from symnum.expression import Expression

    return Expression._of(over(side._program, side.variables, list(names)), names)


def _renamed(sides: Sequence[Expression], names: tuple[str, ...]) -> ODESystem:
    from symnum.expression import Expression

    return ODESystem([Expression._of(side._program, names) for side in sides], names)


def _forecast(fitted: Sequence[Refined], visit: Visit, names: tuple[str, ...]) -> Forecast:
    """The best system's solution at the query times."""
    best, *others = [_renamed(one.system.equations, names) for one in fitted]
    first = fitted[0]
    asked = visit.query_times.astype(np.float64)
    order = np.argsort(asked, kind="stable")
    values = np.full((len(asked), len(names)), np.nan)
    for sign in (1.0, -1.0):  # later times, then those before the first, backwards
        own = order[asked[order] >= 0] if sign > 0 else order[asked[order] < 0][::-1]
        if len(own):
            times = np.concatenate([[0.0], np.abs(asked[own])])
            system = best if sign > 0 else _reversed(best)
            found = system.simulate(first.initial, times, rtol=1e-9, atol=1e-12)
            values[own] = found.values[1:]
    return Forecast(best, values, first.initial, first.misfit, tuple(others))


def _reversed(system: ODESystem) -> ODESystem:
    return ODESystem([-side for side in system.equations], system.states)


def _load(weights: str | PathLike[str] | None) -> tuple[ProseTask, dict[str, Any]]:
    """The model of a folder, ready to answer, and its card."""
    require("torch", extra="torch")
    from symnum._neural import files
    from symnum._prose.examples import ProseData, vocabulary
    from symnum._prose.model import ModelConfig, ProseTask

    def make(config: dict[str, Any]) -> ProseTask:
        return ProseTask(ModelConfig(**config["model"]), ProseData(**config["data"]))

    return files.load_task("prose", weights, make, vocabulary=lambda _: vocabulary().digest)
