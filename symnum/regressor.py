"""A table of numbers in, a short list of formulas out: `SymbolicRegressor`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, Self, cast

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from symnum._core import expression as core
from symnum._regression import results, store
from symnum._regression.archive import Archive
from symnum._regression.constraints import Constraints
from symnum._regression.dimensions import Dimensions
from symnum._regression.explore import LAST, Effort, Explorer
from symnum._regression.intervals import intervals
from symnum._regression.problem import EXACT, Clock, Problem
from symnum._regression.proposals import proposed
from symnum.errors import DomainError, ParseError, ShapeError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from os import PathLike

    from numpy.typing import ArrayLike, NDArray

    from symnum._regression.problem import Candidate
    from symnum._regression.results import Equation
    from symnum.expression import Expression

__all__ = ["SymbolicRegressor"]

_OPERATIONS = (
    "add", "sub", "mul", "div", "sqrt", "pow2", "inv", "exp", "log", "sin", "cos",
)  # fmt: skip
_MOST_ROWS = 5_000  # that a search looks at; the front is fitted to all of them


class SymbolicRegressor(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """Find formulas that explain a target, the shortest description first.

    Parameters
    ----------
    timeout_in_seconds : float
        Wall clock. The search ends before, where an exact law is found, one that leaves nothing but
        noise, or nothing is left to try.
    table_size : int
        Functions in the largest table that is searched, at most 2**24; some 500 bytes each.
    operations : sequence of str, optional
        What formulas are searched among, such as ``["add", "mul", "sin"]``. By default add, sub,
        mul, div, sqrt, pow2, inv, exp, log, sin and cos. The fast paths (linear combinations of
        monomials and simple functions) and transforms of the target use their own; the evolution
        adds and multiplies constants.
    model_selection : {"best", "accuracy"}
        The formula that `predict` uses: that of the shortest description, or of the least loss.
    proposers : sequence of objects, optional
        Each has a method ``propose(X, y)`` that returns formulas over the columns' names, or else
        over x0, x1, ..., as texts or `Expression`. Their constants are fitted, and they compete
        with all others. `symnum.operon.OperonProposer` is one.
    constraints : mapping, optional
        What formulas must keep to on the rows of X:
        ``{"x0": "increasing", "x1": "decreasing", "bounds": (0, None), "symmetric": ("x2", "x3")}``.
        A constant, the mean of y, is always there.
    warm_start : bool
        Whether a second `fit` starts from the formulas of the first, or of the file it was loaded
        from.
    generations : int, optional
        Of the evolution that ends a search, at most. By default it goes on until the time is over.
    random_state : int, RandomState instance or None
        Of the rows that stand for all, and of the evolution.
    verbose : bool
        Whether to print the front when the search ends.

    Attributes
    ----------
    equations_ : pandas.DataFrame, or list of Equation where pandas is not installed
        The front: no simpler formula fits as well. Columns complexity, loss, score,
        description_length, pick, equation, expression.
    archive_ : list of Equation
        Everything that was kept, the shortest description first.
    noise_level_ : float
        Standard deviation of the residuals of the chosen formula.
    is_exact_ : bool
        Whether it leaves nothing but rounding: 1e-12 of the spread of y.
    was_interrupted_ : bool
        Whether Ctrl-C ended the search.
    n_features_in_ : int
    feature_names_in_ : ndarray of str

    Notes
    -----
    Bottom-up enumeration with observational equivalence, and meeting in the middle: a target, or
    what a transform or a simple entry leaves of it, is looked up in the table as a product,
    quotient or sum of two entries. What time is left goes to an evolution of what was found. It
    ends before where the best law leaves only noise: one of at most one free constant, whose
    residuals neither a quadratic nor those of the nearest rows foretell. Ranked by description length (Rissanen, Automatica 14, 1978,
    doi:10.1016/0005-1098(78)90005-5). The result depends on `random_state` and, where the time
    ends the search, on the speed of the machine; never on the number of threads.

    Examples
    --------
    >>> import numpy as np
    >>> from symnum import SymbolicRegressor
    >>> X = np.random.default_rng(0).uniform(1, 5, (100, 3))
    >>> y = X[:, 0] * X[:, 1] / (X[:, 0] + X[:, 2])
    >>> model = SymbolicRegressor(random_state=0).fit(X, y)
    >>> model.is_exact_
    True
    >>> bool(np.allclose(model.predict(X), y))
    True
    """

    def __init__(
        self,
        timeout_in_seconds: float = 10.0,
        table_size: int = 200_000,
        operations: Sequence[str] | None = None,
        model_selection: Literal["best", "accuracy"] = "best",
        proposers: Sequence[Any] | None = None,
        constraints: Mapping[str, Any] | None = None,
        warm_start: bool = False,
        generations: int | None = None,
        random_state: int | np.random.RandomState | None = None,
        verbose: bool = False,
    ) -> None:
        self.timeout_in_seconds = timeout_in_seconds
        self.table_size = table_size
        self.operations = operations
        self.model_selection = model_selection
        self.proposers = proposers
        self.constraints = constraints
        self.warm_start = warm_start
        self.generations = generations
        self.random_state = random_state
        self.verbose = verbose

    def fit(
        self,
        X: Any,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        variable_names: Sequence[str] | None = None,
        X_units: Any = None,
        y_units: Any = None,
        on_better: Callable[[Expression], None] | None = None,
    ) -> Self:
        """Search for formulas of `y`.

        Parameters
        ----------
        X : array_like, shape (n_rows, n_features), or data frame
            Finite. Names of columns are used where they can stand in a formula, else x0, x1, ...
        y : array_like, shape (n_rows,)
            Finite.
        sample_weight : array_like, shape (n_rows,), optional
            At least 0, not all 0.
        variable_names : sequence of str, optional
            Names of the columns in formulas, where they are not those of a data frame.
        X_units : sequence, or mapping from names of columns, optional
            A unit a column: a text such as ``"m/s^2"`` or ``"kPa"`` (see `symnum.units.parse_unit`),
            None for a pure number, or a list of exponents of base units. With it only formulas of
            consistent units are formed; numbers in them are pure.
        y_units : str or list, optional
            Those of y.
        on_better : callable, optional
            Called with each better formula when it is found.

        Returns
        -------
        SymbolicRegressor

        Raises
        ------
        ValueError
            If the data are not finite numbers, or a parameter is out of range.
        ExpressionError
            If a proposer's formula is not one; the message names the proposer and the formula.
        ParseError, DomainError
            If a unit is not one, or no formula of the columns can have those of y; the message
            names the column.

        Notes
        -----
        Ctrl-C ends the search and keeps what it has found.
        """
        effort = self._effort()
        clock = Clock(self.timeout_in_seconds, LAST)
        X, y = validate_data(self, X, y, dtype=np.float64, y_numeric=True)
        weights = self._weights(sample_weight, X)
        targets = np.ascontiguousarray(y, np.float64)
        names = self._names(variable_names)
        dimensions = Dimensions.of(X_units, y_units, names)
        constraints = Constraints.of(self.constraints, names)
        problem = Problem.of(X, targets, weights, names, clock, dimensions, constraints)
        given = [*self._before(names), *proposed(self.proposers or (), X, targets, names, clock)]
        archive = self._search(problem, effort, given, results.reporter(on_better, names))
        self._keep(problem, archive)
        if self.verbose:
            print(self)  # noqa: T201
        return self

    def _weights(self, given: ArrayLike | None, x: NDArray[np.float64]) -> NDArray[np.float64]:
        weights = _check_sample_weight(given, x, dtype=np.float64)
        if np.any(weights < 0) or not np.any(weights > 0):
            message = "sample_weight has a negative value or no positive one, expected weights >= 0"
            raise DomainError(message)
        return cast("NDArray[np.float64]", weights)

    def _effort(self) -> Effort:
        if not self.timeout_in_seconds > 0:
            message = f"timeout_in_seconds is {self.timeout_in_seconds}, expected a positive number"
            raise DomainError(message)
        if not 64 <= self.table_size <= 2**24:
            message = f"table_size is {self.table_size}, expected 64 to {2**24}"
            raise DomainError(message)
        if self.generations is not None and not self.generations >= 0:
            message = f"generations is {self.generations}, expected None or a number from 0"
            raise DomainError(message)
        if self.model_selection not in {"best", "accuracy"}:
            message = f"model_selection is {self.model_selection!r}, expected 'best' or 'accuracy'"
            raise DomainError(message)
        operations = tuple(_OPERATIONS if self.operations is None else self.operations)
        known = {name for name, n, _, _ in core.OPERATIONS if n > 0}
        for name in operations:
            if name not in known:
                message = f"operations has {name!r}, expected among {', '.join(sorted(known))}"
                raise DomainError(message)
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        return Effort(self.table_size, operations, seed, self.generations)

    def _names(self, given: Sequence[str] | None) -> tuple[str, ...]:
        plain = tuple(f"x{k}" for k in range(self.n_features_in_))
        known = getattr(self, "feature_names_in_", plain)
        names = tuple(str(name) for name in (known if given is None else given))
        if len(names) != len(plain):
            message = f"variable_names has {len(names)} names, expected {len(plain)}"
            raise ShapeError(message)
        try:
            for name in names:
                core.check_name(name)
        except ParseError:
            return plain
        return names if len(set(names)) == len(names) else plain

    def _before(self, names: tuple[str, ...]) -> list[core.Program]:
        """Formulas of the fit before, where this one starts from them."""
        rows = getattr(self, "archive_", []) if self.warm_start else []
        return [r.expression._program for r in rows if r.expression.variables == names]

    def _search(
        self,
        problem: Problem,
        effort: Effort,
        given: list[core.Program],
        report: Callable[[Candidate], None] | None,
    ) -> Archive:
        archive = Archive()
        small = problem
        if problem.n_rows > _MOST_ROWS:
            rows = np.random.default_rng(effort.seed).choice(
                problem.n_rows, _MOST_ROWS, replace=False
            )
            small = problem.subset(np.sort(rows))
        self.was_interrupted_ = False
        explorer = Explorer(small, archive, effort, report)
        free = replace(small, dimensions=None, constraints=None)
        archive.add(free.candidates(explorer.fallback()))
        try:
            if small.variance > 0.0:
                explorer.take(given)
                explorer.run()
        except KeyboardInterrupt:
            self.was_interrupted_ = True
        if small is problem:
            return archive
        everywhere = Archive()
        programs = [c.program for c in archive.front()] + [archive.best().program]
        everywhere.add(problem.candidates([*programs, *problem.fit(programs, 10)]))
        return everywhere if everywhere.everything() else archive

    def _keep(self, problem: Problem, archive: Archive) -> None:
        rows = results.equations_of(archive, problem.names, self.model_selection)
        self._front = rows
        self.equations_ = results.as_table(rows)
        self.archive_ = results.all_of(archive, problem.names)
        chosen = self._row(None)
        self.noise_level_ = float(np.sqrt(chosen.loss))
        self.is_exact_ = problem.relative_error(chosen.loss) < EXACT

    def _row(self, index: int | None) -> Equation:
        check_is_fitted(self, "equations_")
        if index is None:
            return next(row for row in self._front if row.pick)
        if not -len(self._front) <= index < len(self._front):
            message = f"index is {index}, expected below {len(self._front)}: a row of equations_"
            raise ShapeError(message)
        return self._front[index]

    def predict(self, X: Any, index: int | None = None) -> NDArray[np.float64]:
        """Values of a formula.

        Parameters
        ----------
        X : array_like, shape (n_rows, n_features), or data frame
        index : int, optional
            A row of `equations_`; without it, the one that is picked.

        Returns
        -------
        ndarray of float64, shape (n_rows,)
            NaN or inf where a row lies outside the formula's domain.
        """
        row = self._row(index)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        return cast("NDArray[np.float64]", row.expression.evaluate(np.asarray(X)))

    def get_best(self) -> Any:
        """The chosen row of `equations_`: a pandas Series, or an Equation without pandas.

        Returns
        -------
        pandas.Series or Equation
        """
        row = self._row(None)
        if isinstance(self.equations_, list):
            return row
        return self.equations_.iloc[self._front.index(row)]

    def expression(self, index: int | None = None) -> Expression:
        """A formula as an `Expression`.

        Parameters
        ----------
        index : int, optional
            A row of `equations_`; without it, the one that is picked.

        Returns
        -------
        Expression
        """
        return self._row(index).expression

    def constant_intervals(
        self,
        X: Any,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        index: int | None = None,
        level: float = 0.95,
    ) -> NDArray[np.float64]:
        """Confidence intervals of the constants of a formula, as the data leave them open.

        Parameters
        ----------
        X : array_like, shape (n_rows, n_features), or data frame
            The rows that the formula was fitted to.
        y : array_like, shape (n_rows,)
        sample_weight : array_like, shape (n_rows,), optional
            At least 0, not all 0. The rows count as many as Kish's effective sample size.
        index : int, optional
            A row of `equations_`; without it, the one that is picked.
        level : float
            Between 0 and 1.

        Returns
        -------
        ndarray of float64, shape (n_constants, 3)
            Value, lower and upper end, in the order of `Expression.constants`. The ends are NaN
            where there are no more rows than constants, or these cannot be told apart.

        Notes
        -----
        From the linearised model at its least squares (Bates and Watts, Nonlinear Regression
        Analysis, 1988); numbers that were made exact count as known.

        Examples
        --------
        >>> import numpy as np
        >>> from symnum import SymbolicRegressor
        >>> rng = np.random.default_rng(0)
        >>> X = rng.uniform(1, 5, (100, 1))
        >>> y = 0.7183 * X[:, 0] + 0.01 * rng.normal(size=100)
        >>> model = SymbolicRegressor(table_size=100, random_state=0).fit(X, y)
        >>> value, low, high = model.constant_intervals(X, y)[0]
        >>> bool(low < 0.7183 < high)
        True
        """
        row = self._row(index)
        if not 0.0 < level < 1.0:
            message = f"level is {level}, expected between 0 and 1"
            raise DomainError(message)
        X, y = validate_data(self, X, y, dtype=np.float64, y_numeric=True, reset=False)
        weights = self._weights(sample_weight, X)
        problem = Problem.of(X, np.asarray(y, np.float64), weights, row.expression.variables)
        return intervals(problem, row.expression._program, level)

    def sympy(self, index: int | None = None) -> Any:
        """A formula as a SymPy object. Needs the extra `sr`.

        Parameters
        ----------
        index : int, optional
            A row of `equations_`; without it, the one that is picked.

        Returns
        -------
        sympy.Expr
        """
        return self._row(index).expression.sympy()

    def latex(self, index: int | None = None) -> str:
        """A formula in LaTeX.

        Parameters
        ----------
        index : int, optional
            A row of `equations_`; without it, the one that is picked.

        Returns
        -------
        str
        """
        return self._row(index).expression.latex()

    def latex_table(self, indices: Sequence[int] | None = None, precision: int = 3) -> str:
        """The front as a LaTeX table, for the package booktabs.

        Parameters
        ----------
        indices : sequence of int, optional
            Rows of `equations_`; without it, all.
        precision : int
            Digits of the losses.

        Returns
        -------
        str
        """
        check_is_fitted(self, "equations_")
        chosen = range(len(self._front)) if indices is None else indices
        return results.latex_table([self._row(k) for k in chosen], precision)

    def save(self, path: str | PathLike[str]) -> None:
        """Write the formulas and parameters to a file of JSON.

        Proposers, constraints, `warm_start` and `random_state` are not written.

        Parameters
        ----------
        path : path-like
            Written under another name first, then renamed.
        """
        check_is_fitted(self, "equations_")
        store.save(self, path)

    @classmethod
    def load(cls, path: str | PathLike[str]) -> SymbolicRegressor:
        """Read what `save` wrote. Formulas are parsed, never run.

        Parameters
        ----------
        path : path-like

        Returns
        -------
        SymbolicRegressor
            Fitted, with its front; without the rest of the archive.

        Raises
        ------
        ExpressionError
            If the file is not one of `save`.
        """
        return store.load(cls, path)

    def __str__(self) -> str:
        if not hasattr(self, "_front"):
            return repr(self)
        return results.as_text(self._front)
