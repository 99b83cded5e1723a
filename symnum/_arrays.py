"""From what a user passes to the columns that the compiled core reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from symnum.errors import ShapeError

if TYPE_CHECKING:
    from numpy.typing import NDArray


def as_reals(values: object, name: str) -> NDArray[Any]:
    """An array of float32 if it is one already, else of float64."""
    array = np.asarray(values)
    if array.dtype == np.float32:
        return array
    if array.dtype.kind not in "biuf":
        message = f"{name} has values of type {array.dtype}, expected real numbers"
        raise ShapeError(message)
    return array.astype(np.float64, copy=False)


def columns_of(x: object, variables: tuple[str, ...]) -> tuple[NDArray[Any], tuple[int, ...]]:
    """One row of values a variable, C-ordered, and the shape that a result has.

    `x` is an array of shape (n_rows, n_variables), a mapping from names to arrays that broadcast,
    or a data frame.
    """
    if isinstance(x, Mapping) or hasattr(x, "columns"):
        return _from_names(x, variables)
    array = as_reals(x, "X")
    if array.ndim == 1 and len(variables) == 1:
        array = array[:, np.newaxis]
    if array.ndim != 2 or array.shape[1] != len(variables):
        message = (
            f"X has shape {array.shape}, expected (n_rows, {len(variables)}):"
            f" one column a variable, {', '.join(variables) or 'none'}"
        )
        raise ShapeError(message)
    return np.ascontiguousarray(array.T), (array.shape[0],)


def _from_names(x: Any, variables: tuple[str, ...]) -> tuple[NDArray[Any], tuple[int, ...]]:
    missing = [name for name in variables if name not in x]
    if missing:
        message = f"X has no values for {', '.join(missing)}"
        raise ShapeError(message)
    arrays = [as_reals(x[name], name) for name in variables]
    try:
        together = np.broadcast_arrays(*arrays)
    except ValueError:
        shapes = ", ".join(f"{n} {a.shape}" for n, a in zip(variables, arrays, strict=True))
        message = f"X has arrays whose shapes do not broadcast: {shapes}"
        raise ShapeError(message) from None
    shape = together[0].shape if together else _rows_of(x)
    dtype = np.result_type(*arrays) if arrays else np.dtype(np.float64)
    columns = np.empty((len(variables), int(np.prod(shape))), dtype)
    for row, array in zip(columns, together, strict=True):
        row[:] = np.reshape(array, -1)
    return columns, shape


def _rows_of(x: Any) -> tuple[int, ...]:
    """Where an expression has no variables: the rows of a data frame, else one value."""
    return () if isinstance(x, Mapping) else (len(x),)


def vector(values: object, name: str, n_rows: int) -> NDArray[np.float64]:
    """Float64 of shape (n_rows,), C-ordered."""
    array = np.ascontiguousarray(as_reals(values, name), np.float64)
    if array.shape != (n_rows,):
        message = f"{name} has shape {array.shape}, expected ({n_rows},): one value a row of X"
        raise ShapeError(message)
    return array
