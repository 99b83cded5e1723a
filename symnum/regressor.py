"""A table of numbers in, a short list of formulas out: `SymbolicRegressor`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Self, cast

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.metrics import r2_score
from sklearn.utils.validation import validate_data

from symnum._regression import options, results, run
from symnum._regression.constraints import Constraints
from symnum._regression.datasets import labelled, own_columns, with_numbers
from symnum._regression.dimensions import Dimensions
from symnum._regression.explore import LAST
from symnum._regression.fronts import Fronts
from symnum._regression.functions import Functions
from symnum._regression.intervals import intervals
from symnum._regression.problem import Clock, Problem
from symnum._regression.proposals import proposed
from symnum.errors import DomainError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    from symnum._core.expression import Program
    from symnum._regression.fronts import Index
    from symnum.expression import Expression

    Vector = NDArray[np.float64]

__all__ = ["SymbolicRegressor"]


class SymbolicRegressor(Fronts, RegressorMixin, BaseEstimator):  # type: ignore[misc]
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
    loss : str or Expression
        What a residual costs: ``"squared"``, ``"absolute"``, ``"huber"`` or ``"huber(0.5)"``,
        ``"cauchy"`` or ``"cauchy(0.5)"``, ``"quantile(0.9)"``, or a formula of ``prediction`` and
        ``target`` such as ``"abs(prediction - target)**1.5"`` whose least value is where they are
        equal. A number in brackets is in the units of y; without it, it is made of the noise that
        rows beside each other show. With any but squares, the search is led by the rows that are
        no outliers, and all formulas are fitted and ranked by the loss.
    functions : mapping from str to str or Expression, optional
        Own operations of one or two operands, searched with the others and named in
        `equations_`: ``{"bump": "exp(-u**2)"}``. A call's operands stand for the variables, in
        their order (of a text sorted); numbers in it stay. One may use those before it.
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
        description_length, pick, equation, expression, and parameters where there are data sets
        with constants of their own. For several outputs a list, as are the attributes below.
    archive_ : list of Equation
        Everything that was kept, the shortest description first.
    noise_level_ : float
        Standard deviation of the residuals of the chosen formula; with another loss the size of
        a residual that, on all rows, costs as much.
    is_exact_ : bool
        Whether it leaves nothing but rounding: 1e-12 of the spread of y.
    was_interrupted_ : bool
        Whether Ctrl-C ended the search.
    n_outputs_ : int
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
        loss: str | Expression = "squared",
        functions: Mapping[str, str | Expression] | None = None,
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
        self.loss = loss
        self.functions = functions

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def fit(
        self,
        X: Any,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        variable_names: Sequence[str] | None = None,
        X_units: Any = None,
        y_units: Any = None,
        on_better: Callable[[Expression], None] | None = None,
        dataset: ArrayLike | None = None,
    ) -> Self:
        """Search for formulas of `y`.

        Parameters
        ----------
        X : array_like, shape (n_rows, n_features), or data frame
            Finite. Names of columns are used where they can stand in a formula, else x0, x1, ...
        y : array_like, shape (n_rows,) or (n_rows, n_outputs)
            Finite. Each output gets a front of its own and an equal share of the time.
        sample_weight : array_like, shape (n_rows,), optional
            At least 0, not all 0.
        variable_names : sequence of str, optional
            Names of the columns in formulas, where they are not those of a data frame.
        X_units : sequence, or mapping from names of columns, optional
            A unit a column: a text such as ``"m/s^2"`` or ``"kPa"`` (see `symnum.units.parse_unit`),
            None for a pure number, or a list of exponents of base units. With it only formulas of
            consistent units are formed; numbers in them are pure.
        y_units : str or list, optional
            Those of y; for several outputs a list with one each.
        on_better : callable, optional
            Called with each better formula when it is found.
        dataset : array_like, shape (n_rows,), optional
            A label a row, such as the experiment it is of. One law is then sought for all, whose
            constants are the same for all data sets or, where that tells the data more shortly,
            differ: p0, p1, ... in `equations_`. `parameters` has their values.

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

        Examples
        --------
        >>> import numpy as np
        >>> from symnum import SymbolicRegressor
        >>> x = np.linspace(1, 2, 40)
        >>> run = np.repeat(["hot", "cold"], 20)
        >>> y = np.where(run == "hot", 1.37, 0.52) * x
        >>> model = SymbolicRegressor(table_size=64, random_state=0)
        >>> model.fit(x[:, None], y, dataset=run).get_best().equation
        'p0*x0'
        >>> round(model.parameters()["hot"]["p0"], 6)
        1.37
        """
        clock = Clock(self.timeout_in_seconds)
        options.check_target(y)
        X, y = validate_data(
            self,
            X,
            y,
            dtype=np.float64,
            y_numeric=True,
            multi_output=True,
            ensure_all_finite=False,
        )
        targets = np.ascontiguousarray(np.reshape(y, (len(X), -1)).T, np.float64)
        names = options.names(variable_names, getattr(self, "feature_names_in_", None), X.shape[1])
        options.check_finite(X, [f"X[:, {name!r}]" for name in names])
        functions = Functions.of(self.functions, names)
        labels, places = labelled(dataset, len(X))
        tell = results.Teller(names, functions, labels)
        task = run.Task(
            X,
            options.weights(sample_weight, X),
            places,
            options.effort(self, functions),
            self.loss,
            Constraints.of(self.constraints, names),
            tell,
            self.model_selection,
            results.reporter(on_better, tell),
        )
        units = [
            Dimensions.of(X_units, u, names) for u in options.of_outputs(y_units, len(targets))
        ]
        found: list[run.Found] = []
        for k, target in enumerate(targets):
            is_over = any(one.was_interrupted for one in found)
            share = Clock(0.0 if is_over else clock.left() / (len(targets) - k), LAST)
            given = [
                *self._before(k, names),
                *proposed(self.proposers or (), X, target, tell, share),
            ]
            found.append(task.run(target, units[k], share, given))
        self._set_found(found, tell)
        if self.verbose:
            print(self)  # noqa: T201
        return self

    def predict(
        self, X: Any, index: Index = None, dataset: ArrayLike | None = None
    ) -> NDArray[np.float64]:
        """Values of a formula.

        Parameters
        ----------
        X : array_like, shape (n_rows, n_features), or data frame
        index : int, or sequence of int with one an output, optional
            A row of `equations_`; without it, the one that is picked.
        dataset : array_like, shape (n_rows,), or one label, optional
            Whose constants to use, where data sets have some of their own.

        Returns
        -------
        ndarray of float64, shape (n_rows,) or (n_rows, n_outputs)
            NaN or inf where a row lies outside the formula's domain.

        Raises
        ------
        ShapeError
            If `index` is no row of `equations_`.
        DomainError
            If `dataset` is needed and not given, or has a label that `fit` did not see.
        """
        rows = self._chosen(index)
        X = np.asarray(validate_data(self, X, dtype=np.float64, reset=False))
        values = [row.expression.evaluate(own_columns(row, X, dataset)) for row in rows]
        return cast("Vector", values[0] if len(rows) == 1 else np.column_stack(values))

    def score(
        self,
        X: Any,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        dataset: ArrayLike | None = None,
    ) -> float:
        """R2 of the predictions, the mean over outputs.

        Parameters
        ----------
        X : array_like, shape (n_rows, n_features), or data frame
        y : array_like, shape (n_rows,) or (n_rows, n_outputs)
        sample_weight : array_like, shape (n_rows,), optional
        dataset : as for `predict`

        Returns
        -------
        float
        """
        found = self.predict(X, dataset=dataset)
        return float(r2_score(y, found, sample_weight=sample_weight))

    def _before(self, output: int, names: tuple[str, ...]) -> list[Program]:
        """Formulas of the fit before, where this one starts from them."""
        if not self.warm_start or output >= getattr(self, "n_outputs_", 0):
            return []
        before = self._found[output].archive if self._tell.names == names else []
        return [
            with_numbers(
                row.expression._program,
                len(names),
                next((list(own.values()) for own in row.parameters.values()), []),
            )
            for row in before
        ]

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
        rows = self._chosen(index)
        if len(rows) > 1 or rows[0].parameters:
            message = "constant_intervals is for one output and no data sets, fit one of them"
            raise DomainError(message)
        if not 0.0 < level < 1.0:
            message = f"level is {level}, expected between 0 and 1"
            raise DomainError(message)
        X, y = validate_data(self, X, y, dtype=np.float64, y_numeric=True, reset=False)
        weights = options.weights(sample_weight, X)
        expression = rows[0].expression
        problem = Problem.of(X, np.asarray(y, np.float64), weights, expression.variables)
        return intervals(problem, expression._program, level)
