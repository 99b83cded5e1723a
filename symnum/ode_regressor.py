"""Trajectories in, a system of differential equations out: `ODERegressor`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from symnum._core import expression as core
from symnum._discovery import results, store
from symnum._discovery.search import Search
from symnum._discovery.trajectories import read
from symnum._regression.problem import Clock
from symnum._trajectories import as_floats
from symnum.errors import DomainError, ExpressionError, ShapeError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from os import PathLike

    from numpy.typing import ArrayLike, NDArray

    from symnum._discovery.results import SystemRow
    from symnum._discovery.search import Model
    from symnum.odes import ODESystem, Simulation

__all__ = ["ODERegressor"]


class ODERegressor(BaseEstimator):  # type: ignore[misc]
    """Find the differential equations behind trajectories, the shortest description first.

    Parameters
    ----------
    timeout_in_seconds : float
        Wall clock. The search ends before, where nothing is left to try.
    model_selection : {"best", "accuracy"}
        The system that `simulate` uses: that of the shortest description, or of the least loss.
    proposer : object, optional
        Has ``propose(X, y)``, which gives expressions over ``x0``, ``x1``, ... as texts or
        `Expression`; it is asked for each state's derivative and its answers are tried too. A
        `SymbolicRegressor` fits here as it is.
    random_state : int or None
        Kept for the proposer's sake; the search itself is not random.
    verbose : bool
        Whether to print each better system when it is found.

    Attributes
    ----------
    equations_ : pandas.DataFrame, or list of SystemRow where pandas is not installed
        The front: no simpler system fits as well. Columns complexity, loss, score,
        description_length, pick, equations, system.
    system_ : ODESystem
        The chosen one.
    noise_level_ : ndarray of float64, shape (n_states,)
        Standard deviation of what the chosen system leaves, at each state's typical size.
    was_interrupted_ : bool
        Whether Ctrl-C ended the search.
    n_features_in_ : int
        Number of states.
    state_names_ : tuple of str

    Notes
    -----
    States are smoothed, with as much noise as they have. Sums of a few functions (polynomials,
    saturations, exponentials, powers, sigmoids, angles) are chosen for each state's derivative and
    for its integral by a beam search, their inner constants fitted. The systems that come of it
    are then fitted together through the solver, with its sensitivities and by multiple shooting,
    and ranked by description length: the integration error and the size of the formulas. Terms
    that do not shorten it are dropped. The result does not depend on the number of threads; where
    the time ends the search, it depends on the machine.

    Integral matching: Dattner and Klaassen, Electron. J. Stat. 9, 2015, doi:10.1214/15-EJS1053;
    multiple shooting: Bock 1983, doi:10.1007/978-1-4684-7324-7_7.

    Examples
    --------
    >>> import numpy as np
    >>> from symnum import ODERegressor, ODESystem
    >>> t = np.linspace(0, 8, 60)
    >>> x = ODESystem({"n": "0.9*n*(1 - n/5)"}).simulate([0.5], t, rtol=1e-9).values
    >>> model = ODERegressor(timeout_in_seconds=20).fit(t, x, state_names=["n"])
    >>> bool(model.score(t, x) > 0.999)
    True
    >>> model.predict([0.0, 100.0], [1.0]).round(3)
    array([[1.],
           [5.]])
    """

    def __init__(
        self,
        timeout_in_seconds: float = 60.0,
        model_selection: Literal["best", "accuracy"] = "best",
        proposer: Any = None,
        random_state: int | None = None,
        verbose: bool = False,
    ) -> None:
        self.timeout_in_seconds = timeout_in_seconds
        self.model_selection = model_selection
        self.proposer = proposer
        self.random_state = random_state
        self.verbose = verbose

    def fit(
        self,
        t: ArrayLike | Sequence[ArrayLike],
        x: ArrayLike | Sequence[ArrayLike],
        state_names: Sequence[str] | None = None,
        on_better: Callable[[ODESystem], None] | None = None,
    ) -> Self:
        """Search for the system of one or several trajectories.

        Parameters
        ----------
        t : array_like, shape (n_times,), or sequence of these
            Times, in any steps, that never descend. One array may serve several trajectories.
        x : array_like, shape (n_times, n_states), or sequence of these, or data frame
            The states at these times; NaN where one was not measured. Shape (n_times,) is one
            state; shape (n_trajectories, n_times, n_states) is several trajectories.
        state_names : sequence of str, optional
            Names in the equations; else those of a data frame, else ``x0``, ``x1``, ...
        on_better : callable, optional
            Called with each better system when it is found.

        Returns
        -------
        ODERegressor

        Raises
        ------
        ShapeError
            If shapes disagree, or a state has values at fewer than 6 different times.
        DomainError
            If a time or value is infinite, times descend, or a parameter is out of range.

        Notes
        -----
        Ctrl-C ends the search and keeps what it has found.
        """
        clock = self._clock()
        names = _frame_names(x) if state_names is None else tuple(str(n) for n in state_names)
        trajectories = read(t, _without_frames(x))
        self.n_features_in_ = trajectories[0].values.shape[1]
        self.state_names_ = _checked_names(names, self.n_features_in_)
        self.was_interrupted_ = False
        # Its matrices are small: threads of BLAS would wait for each other.
        with threadpool_limits(limits=1, user_api="blas"):
            search = Search(trajectories, clock, self._reporter(on_better))
            try:
                search.run(self.proposer)
            except KeyboardInterrupt:
                self.was_interrupted_ = True
        self._rows = results.rows_of(search, self.state_names_, self.model_selection)
        self.equations_ = results.as_table(self._rows)
        self.system_ = self.system()
        self.noise_level_ = search.noise_level()
        return self

    def _clock(self) -> Clock:
        if not self.timeout_in_seconds > 0:
            message = f"timeout_in_seconds is {self.timeout_in_seconds}, expected a positive number"
            raise DomainError(message)
        if self.model_selection not in {"best", "accuracy"}:
            message = f"model_selection is {self.model_selection!r}, expected 'best' or 'accuracy'"
            raise DomainError(message)
        if self.proposer is not None and not callable(getattr(self.proposer, "propose", None)):
            message = f"proposer is a {type(self.proposer).__name__}, expected an object with propose(X, y)"
            raise DomainError(message)
        return Clock(self.timeout_in_seconds)

    def _reporter(
        self, on_better: Callable[[ODESystem], None] | None
    ) -> Callable[[Model], None] | None:
        if on_better is None and not self.verbose:
            return None

        def report(model: Model) -> None:
            system = results.system_of(model, self.state_names_)
            if self.verbose:
                print(f"length {model.length:.1f}: {system}")  # noqa: T201
            if on_better is not None:
                on_better(system)

        return report

    def _row(self, index: int | None) -> SystemRow:
        check_is_fitted(self, "equations_")
        if index is None:
            return next(row for row in self._rows if row.pick)
        if not -len(self._rows) <= index < len(self._rows):
            message = f"index is {index}, expected below {len(self._rows)}: a row of equations_"
            raise ShapeError(message)
        return self._rows[index]

    def system(self, index: int | None = None) -> ODESystem:
        """A system of the front.

        Parameters
        ----------
        index : int, optional
            A row of `equations_`; without it, the one that is picked.

        Returns
        -------
        ODESystem
        """
        return self._row(index).system

    def get_best(self) -> Any:
        """The chosen row of `equations_`: a pandas Series, or a SystemRow without pandas.

        Returns
        -------
        pandas.Series or SystemRow
        """
        row = self._row(None)
        if isinstance(self.equations_, list):
            return row
        return self.equations_.iloc[self._rows.index(row)]

    def simulate(
        self, x0: ArrayLike, t: ArrayLike, index: int | None = None, **options: Any
    ) -> Simulation:
        """Solve a system of the front from other initial values.

        Parameters
        ----------
        x0 : array_like, shape (n_states,) or (n_trajectories, n_states)
        t : array_like, shape (n_times,) or (n_trajectories, n_times)
        index : int, optional
            A row of `equations_`; without it, the one that is picked.
        **options
            As for `ODESystem.simulate`.

        Returns
        -------
        Simulation
        """
        return self.system(index).simulate(x0, t, **options)

    def predict(self, t: ArrayLike, x0: ArrayLike, index: int | None = None) -> NDArray[np.float64]:
        """States at times, from an initial value at the first of them.

        Parameters
        ----------
        t : array_like, shape (n_times,)
        x0 : array_like, shape (n_states,) or (n_trajectories, n_states)
        index : int, optional
            A row of `equations_`; without it, the one that is picked.

        Returns
        -------
        ndarray of float64, shape (n_times, n_states) or (n_trajectories, n_times, n_states)
            NaN from where a trajectory could not be followed.
        """
        return self.simulate(x0, t, index).values

    def score(
        self, t: ArrayLike | Sequence[ArrayLike], x: ArrayLike | Sequence[ArrayLike]
    ) -> float:
        """R2 of the trajectories that start at the first row of each given one.

        Parameters
        ----------
        t, x : as for `fit`
            The first row of a trajectory has a value for every state.

        Returns
        -------
        float
            1 less squared errors over squares about the mean, of each state; the mean over states.
            -inf where a trajectory could not be followed.
        """
        check_is_fitted(self, "equations_")
        rest, total = np.zeros(self.n_features_in_), np.zeros(self.n_features_in_)
        for one in read(t, _without_frames(x)):
            if one.values.shape[1] != self.n_features_in_:
                message = f"x has {one.values.shape[1]} states, expected {self.n_features_in_}"
                raise ShapeError(message)
            if not np.all(np.isfinite(one.values[0])):
                message = "x has NaN in its first row, expected an initial value to start from"
                raise DomainError(message)
            found = self.predict(one.times, one.values[0])
            gaps = np.where(np.isfinite(one.values), one.values - found, 0.0)
            rest += np.sum(np.square(gaps), axis=0)
            total += np.nansum(np.square(one.values - np.nanmean(one.values, axis=0)), axis=0)
        if not np.all(np.isfinite(rest)):
            return -np.inf
        shares = rest / np.where(total > 0, total, 1.0)
        return float(np.mean(1.0 - shares))

    def latex(self, index: int | None = None) -> str:
        """A system in LaTeX, for math mode.

        Parameters
        ----------
        index : int, optional
            A row of `equations_`; without it, the one that is picked.

        Returns
        -------
        str
        """
        return self.system(index).latex()

    def save(self, path: str | PathLike[str]) -> None:
        """Write the systems and parameters to a file of JSON.

        Parameters
        ----------
        path : path-like
            Written under another name first, then renamed.
        """
        check_is_fitted(self, "equations_")
        store.save(self, path)

    @classmethod
    def load(cls, path: str | PathLike[str]) -> ODERegressor:
        """Read what `save` wrote. Formulas are parsed, never run.

        Parameters
        ----------
        path : path-like

        Returns
        -------
        ODERegressor
            Fitted, with its front.

        Raises
        ------
        ExpressionError
            If the file is not one of `save`.
        """
        return store.load(cls, path)

    def __str__(self) -> str:
        return results.as_text(self._rows) if hasattr(self, "_rows") else repr(self)


def _frame_names(x: Any) -> tuple[str, ...] | None:
    """Names of the columns of a data frame, or of the first of several."""
    first = x[0] if isinstance(x, list | tuple) and len(x) else x
    return tuple(str(n) for n in first.columns) if hasattr(first, "columns") else None


def _without_frames(x: Any) -> Any:
    if hasattr(x, "columns"):
        return as_floats(x.to_numpy(), "x")
    if isinstance(x, list | tuple):
        return [_without_frames(part) if hasattr(part, "columns") else part for part in x]
    return x


def _checked_names(names: tuple[str, ...] | None, n_states: int) -> tuple[str, ...]:
    if names is None:
        return tuple(f"x{k}" for k in range(n_states))
    if len(names) != n_states:
        message = f"state_names has {len(names)} names, expected {n_states}: one a column of x"
        raise ShapeError(message)
    for name in names:
        core.check_name(name)
    if len(set(names)) != len(names):
        message = f"state_names has a name twice: {', '.join(names)}"
        raise ExpressionError(message)
    return names
