"""What may be asked of fitted formulas: mixed into `SymbolicRegressor`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from sklearn.utils.validation import check_is_fitted

from symnum._regression import results, store
from symnum.errors import ShapeError

if TYPE_CHECKING:
    from collections.abc import Callable
    from os import PathLike

    from symnum._regression.results import Equation
    from symnum._regression.run import Found

    Index = int | Sequence[int | None] | None


class Fronts:
    """Formulas of each output; a list of them where there are several outputs."""

    _found: list[Found]
    _tell: results.Teller
    n_outputs_: int
    equations_: Any

    def _chosen(self, index: Index) -> list[Equation]:
        """A row of each output's front."""
        check_is_fitted(self, "equations_")
        several = [index] * self.n_outputs_ if not isinstance(index, Sequence) else list(index)
        if len(several) != self.n_outputs_:
            message = f"index has {len(several)} rows, expected {self.n_outputs_}, one an output"
            raise ShapeError(message)
        return [_row(found, k) for found, k in zip(self._found, several, strict=True)]

    def _each(self, index: Index, function: Callable[[Equation], Any]) -> Any:
        """Of the chosen row, or a list of those of several outputs."""
        values = [function(row) for row in self._chosen(index)]
        return values[0] if self.n_outputs_ == 1 else values

    def get_best(self) -> Any:
        """The chosen row of `equations_`: a pandas Series, or an Equation without pandas.

        Returns
        -------
        pandas.Series or Equation, or list of them for several outputs
        """
        rows = self._chosen(None)
        tables = [self.equations_] if self.n_outputs_ == 1 else self.equations_
        best = []
        for found, row, table in zip(self._found, rows, tables, strict=True):
            best.append(row if isinstance(table, list) else table.iloc[found.front.index(row)])
        return best[0] if self.n_outputs_ == 1 else best

    def expression(self, index: Index = None) -> Any:
        """A formula as an `Expression`, without calls of the user's own operations.

        Parameters
        ----------
        index : int, or sequence of int with one an output, optional
            A row of `equations_`; without it, the one that is picked.

        Returns
        -------
        Expression, or list of them for several outputs
            Of a law over several data sets with variables p0, p1, ... after those of X.
        """
        return self._each(index, lambda row: row.expression)

    def sympy(self, index: Index = None) -> Any:
        """A formula as a SymPy object, without calls of own operations. Needs the extra `sr`.

        Parameters
        ----------
        index : as for `expression`

        Returns
        -------
        sympy.Expr, or list of them for several outputs
        """
        return self._each(index, lambda row: row.expression.sympy())

    def latex(self, index: Index = None) -> Any:
        """A formula in LaTeX.

        Parameters
        ----------
        index : as for `expression`

        Returns
        -------
        str, or list of them for several outputs
        """
        return self._each(index, lambda row: self._tell.latex(row.expression))

    def latex_table(self, indices: Sequence[int] | None = None, precision: int = 3) -> Any:
        """The front as a LaTeX table, for the package booktabs.

        Parameters
        ----------
        indices : sequence of int, optional
            Rows of `equations_`; without it, all.
        precision : int
            Digits of the losses.

        Returns
        -------
        str, or list of them for several outputs
        """
        check_is_fitted(self, "equations_")
        tables = []
        for found in self._found:
            chosen = range(len(found.front)) if indices is None else indices
            rows = [_row(found, k) for k in chosen]
            tables.append(results.latex_table(rows, precision, self._tell))
        return tables[0] if self.n_outputs_ == 1 else tables

    def parameters(self, index: Index = None) -> Any:
        """Of a law over several data sets the constants that each has for itself.

        Parameters
        ----------
        index : as for `expression`

        Returns
        -------
        dict from labels to dict from names to float, or list of them for several outputs
            Empty where all constants are the same for all data sets.
        """
        return self._each(index, lambda row: {k: dict(v) for k, v in row.parameters.items()})

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
    def load(cls, path: str | PathLike[str]) -> Self:
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

    def _set_found(self, found: list[Found], tell: results.Teller) -> None:
        """Give users the attributes of a fit."""
        self._found, self._tell, self.n_outputs_ = found, tell, len(found)

        def whole(values: list[Any]) -> Any:
            return values[0] if len(found) == 1 else values

        self.equations_ = whole([results.as_table(one.front) for one in found])
        self.archive_ = whole([one.archive for one in found])
        noise, exact = [one.noise_level for one in found], [one.is_exact for one in found]
        self.noise_level_ = noise[0] if len(found) == 1 else np.array(noise)
        self.is_exact_ = exact[0] if len(found) == 1 else np.array(exact)
        self.was_interrupted_ = any(one.was_interrupted for one in found)

    def __str__(self) -> str:
        if not hasattr(self, "_found"):
            return repr(self)
        texts = [results.as_text(one.front) for one in self._found]
        if len(texts) == 1:
            return texts[0]
        return "\n".join(f"output {k}\n{text}" for k, text in enumerate(texts))


def _row(found: Found, index: int | None) -> Equation:
    if index is None:
        return found.pick
    n = len(found.front)
    if not -n <= index < n:
        message = f"index is {index}, expected below {n}: a row of equations_"
        raise ShapeError(message)
    return found.front[index]
