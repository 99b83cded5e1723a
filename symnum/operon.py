"""Formulas that pyoperon's genetic programming proposes. Needs the extra `sr`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symnum._lazy import require
from symnum.errors import DomainError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["OperonProposer"]

_SYMBOLS = "add,sub,mul,div,sqrt,exp,log,sin,cos,constant,variable"
_LONGEST = 2**31 - 1


class OperonProposer:
    """The Pareto front of a run of pyoperon, for ``SymbolicRegressor(proposers=[...])``.

    Parameters
    ----------
    seconds : int
        Of a run, at least 1: pyoperon counts whole ones. They are part of the regressor's own.
    max_length : int
        Nodes of a formula.
    seed : int

    Notes
    -----
    On one thread, constants fitted by pyoperon, objectives error and length (Burlacu, Kronberger
    and Kommenda, GECCO 2020, doi:10.1145/3377929.3398099).

    Examples
    --------
    >>> from symnum import SymbolicRegressor
    >>> from symnum.operon import OperonProposer
    >>> model = SymbolicRegressor(proposers=[OperonProposer(seconds=2)])
    """

    def __init__(self, seconds: int = 2, max_length: int = 40, seed: int = 0) -> None:
        given: dict[str, object] = {"seconds": seconds, "max_length": max_length}
        for name, value in given.items():
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                message = f"{name} is {value!r}, expected a whole number from 1"
                raise DomainError(message)
        self.seconds = seconds
        self.max_length = max_length
        self.seed = seed

    def propose(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> list[str]:
        """Formulas over x0, x1, ..., the shortest first.

        Parameters
        ----------
        x : ndarray of float64, shape (n_rows, n_features)
        y : ndarray of float64, shape (n_rows,)

        Returns
        -------
        list of str

        Raises
        ------
        MissingDependencyError
            If pyoperon is not installed.
        """
        model = require("pyoperon.sklearn", extra="sr").SymbolicRegressor(
            allowed_symbols=_SYMBOLS,
            max_length=self.max_length,
            optimizer_iterations=5,
            objectives=["nmse", "length"],
            epsilon=1e-10,
            generations=_LONGEST,
            max_evaluations=_LONGEST,
            max_time=self.seconds,
            n_threads=1,
            random_state=self.seed + 1,
        )
        model.fit(x, y)
        names = [f"x{k}" for k in range(x.shape[1])]
        front = sorted(model.pareto_front_, key=lambda row: int(row["length"]))
        return [model.get_model_string(row["tree"], 12, names) for row in front]
