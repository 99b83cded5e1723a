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
from symnum._regression.dimensions import Dimensions
from symnum._regression.explore import LAST, Effort, Explorer
from symnum._regression.problem import EXACT, Clock, Problem
from symnum.errors import DomainError, ParseError, ShapeError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
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
        Wall clock. The search ends before, where an exact law is found or nothing is left to try.
    table_size : int
        Functions in the largest table that is searched, at most 2**24; some 500 bytes each.
    operations : sequence of str, optional
        What formulas are searched among, such as ``["add", "mul", "sin"]``. By default add, sub,
        mul, div, sqrt, pow2, inv, exp, log, sin and cos. The fast paths (linear combinations of
        monomials and simple functions) and transforms of the target use their own.
    model_selection : {"best", "accuracy"}
        The formula that `predict` uses: that of the shortest description, or of the least loss.
    random_state : int, RandomState instance or None
        Of the rows that stand for all.
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
    quotient or sum of two entries. Ranked by description length (Rissanen, Automatica 14, 1978,
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
        random_state: int | np.random.RandomState | None = None,
        verbose: bool = False,
    ) -> None:
        self.timeout_in_seconds = timeout_in_seconds
        self.table_size = table_size
        self.operations = operations
        self.model_selection = model_selection
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
        weights = _check_sample_weight(sample_weight, X, dtype=np.float64)
        if np.any(weights < 0) or not np.any(weights > 0):
            message = "sample_weight has a negative value or no positive one, expected weights >= 0"
            raise DomainError(message)
        targets = np.ascontiguousarray(y, np.float64)
        names = self._names(variable_names)
        dimensions = Dimensions.of(X_units, y_units, names)
        problem = Problem.of(X, targets, weights, names, clock, dimensions)
        archive = self._search(problem, effort, results.reporter(on_better, names))
        self._keep(problem, archive)
        if self.verbose:
            print(self)  # noqa: T201
        return self

    def _effort(self) -> Effort:
        if not self.timeout_in_seconds > 0:
            message = f"timeout_in_seconds is {self.timeout_in_seconds}, expected a positive number"
            raise DomainError(message)
        if not 64 <= self.table_size <= 2**24:
            message = f"table_size is {self.table_size}, expected 64 to {2**24}"
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
        return Effort(self.table_size, operations, seed)

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

    def _search(
        self,
        problem: Problem,
        effort: Effort,
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
        archive.add(replace(small, dimensions=None).candidates(explorer.fallback()))
        try:
            if small.variance > 0.0:
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
