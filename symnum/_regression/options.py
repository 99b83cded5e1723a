"""What a user asks of a search, checked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, cast

import numpy as np
from sklearn.utils import check_random_state
from sklearn.utils.validation import _check_sample_weight

from symnum._core import expression as core
from symnum._regression.explore import Effort
from symnum.errors import DomainError, ParseError, ShapeError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from symnum._regression.functions import Functions

OPERATIONS = (
    "add", "sub", "mul", "div", "sqrt", "pow2", "inv", "exp", "log", "sin", "cos",
)  # fmt: skip


class Options(Protocol):
    """Parameters of a `SymbolicRegressor` that are checked here."""

    timeout_in_seconds: float
    table_size: int
    operations: Sequence[str] | None
    model_selection: str
    generations: int | None
    random_state: int | np.random.RandomState | None


def effort(model: Options, functions: Functions | None) -> Effort:
    """How far to search."""
    if not model.timeout_in_seconds > 0:
        message = f"timeout_in_seconds is {model.timeout_in_seconds}, expected a positive number"
        raise DomainError(message)
    if not 64 <= model.table_size <= 2**24:
        message = f"table_size is {model.table_size}, expected 64 to {2**24}"
        raise DomainError(message)
    if model.generations is not None and not model.generations >= 0:
        message = f"generations is {model.generations}, expected None or a number from 0"
        raise DomainError(message)
    if model.model_selection not in {"best", "accuracy"}:
        message = f"model_selection is {model.model_selection!r}, expected 'best' or 'accuracy'"
        raise DomainError(message)
    operations = tuple(OPERATIONS if model.operations is None else model.operations)
    known = {name for name, n, _, _ in core.OPERATIONS if n > 0}
    own = () if functions is None else functions.every
    for name in operations:
        if name not in known and all(name != function.name for function in own):
            message = f"operations has {name!r}, expected among {', '.join(sorted(known))}"
            raise DomainError(message)
    operations = tuple(name for name in operations if name in known)
    seed = int(check_random_state(model.random_state).randint(2**31 - 1))
    return Effort(model.table_size, operations, seed, model.generations, own)


def check_finite(x: NDArray[np.float64], names: Sequence[str]) -> None:
    """Say which row of which column is no number. Shape (n_rows, n_columns)."""
    for name, column in zip(names, x.T, strict=True):
        bad = ~np.isfinite(column)
        if bad.any():
            row = int(np.argmax(bad))
            message = (
                f"{name} is {'NaN' if np.isnan(column[row]) else 'inf'} in row {row}, and not"
                f" finite in {int(bad.sum())} of {len(bad)} rows; leave those rows out, or fill"
                " the gaps first"
            )
            raise DomainError(message)


def check_target(y: object) -> None:
    """The same of what may be numbers; what is none is left to scikit-learn's checks."""
    try:
        values = np.asarray(y)
    except ValueError:
        return
    if values.dtype.kind != "f":
        return
    if values.ndim == 1:
        check_finite(values[:, np.newaxis], ["y"])
    elif values.ndim == 2:
        check_finite(values, [f"y[:, {k}]" for k in range(values.shape[1])])


def weights(given: ArrayLike | None, x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of rows, at least 0 and not all 0."""
    found = _check_sample_weight(given, x, dtype=np.float64)
    if np.any(found < 0) or not np.any(found > 0):
        message = "sample_weight has a negative value or no positive one, expected weights >= 0"
        raise DomainError(message)
    return cast("NDArray[np.float64]", found)


def names(given: Sequence[str] | None, known: Sequence[str] | None, n: int) -> tuple[str, ...]:
    """Of columns in formulas: those given, or known of a data frame, or x0, x1, ..."""
    plain = tuple(f"x{k}" for k in range(n))
    chosen = given if given is not None else known
    found = plain if chosen is None else tuple(str(name) for name in chosen)
    if len(found) != n:
        message = f"variable_names has {len(found)} names, expected {n}"
        raise ShapeError(message)
    try:
        for name in found:
            core.check_name(name)
    except ParseError:
        return plain
    return found if len(set(found)) == n else plain


def of_outputs(y_units: object, n: int) -> list[object]:
    """The units of each output: those given, one alone for one output."""
    if n == 1 or y_units is None:
        return [y_units] * n
    found = list(y_units) if isinstance(y_units, list | tuple) else []
    if len(found) != n:
        message = f"y_units is {y_units!r}, expected a list of {n} units, one an output"
        raise ShapeError(message)
    return found
