"""What a formula must be like whatever the data say: monotone, bounded, symmetric."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from symnum._core import expression as core
from symnum.errors import DomainError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_SLACK = 1e-9


@dataclass(frozen=True)
class Constraints:
    """Signs of derivatives by variable, bounds of values, columns that may change places."""

    signs: tuple[tuple[int, int], ...]  # a variable, and 1 where y rises with it, -1 where it falls
    low: float = -np.inf
    high: float = np.inf
    swapped: tuple[int, ...] = ()  # the value stays where any two of these change places

    @classmethod
    def of(cls, given: Mapping[str, object] | None, names: Sequence[str]) -> Constraints | None:
        """From what a user gives: see `SymbolicRegressor`."""
        if given is None:
            return None
        if not isinstance(given, Mapping):
            message = f"constraints is {given!r}, expected a mapping such as {{'x0': 'increasing'}}"
            raise DomainError(message)
        signs = []
        low, high = -np.inf, np.inf
        swapped: tuple[int, ...] = ()
        for key, value in given.items():
            if key in names:
                signs.append((names.index(key), _sign(key, value)))
            elif key == "bounds":
                low, high = _bounds(value)
            elif key == "symmetric":
                swapped = _places(value, names)
            else:
                message = (
                    f"constraints has {key!r}, expected 'bounds', 'symmetric' or one of"
                    f" {', '.join(names)}"
                )
                raise DomainError(message)
        return cls(tuple(signs), low, high, swapped)

    def allow(self, program: core.Program, columns: NDArray[np.float64]) -> bool:
        """Whether it keeps to them on the rows, rounding apart."""
        values = core.evaluate_float64([program], [program.constants], columns)[0]
        slack = _SLACK * (1.0 + float(np.abs(values).max()))
        if values.min() < self.low - slack or values.max() > self.high + slack:
            return False
        for i, j in pairwise(self.swapped):
            order = np.arange(len(columns))
            order[[i, j]] = order[[j, i]]
            others = core.evaluate_float64([program], [program.constants], columns[order])[0]
            if not np.all(np.abs(others - values) <= slack):
                return False
        if not self.signs:
            return True
        _, slopes = core.jacobian(program, program.constants, columns, "variable")
        slopes = np.asarray(slopes).reshape(-1, columns.shape[1])
        return all(_keeps(sign * slopes[k]) for k, sign in self.signs)


def _keeps(slopes: NDArray[np.float64]) -> bool:
    return bool(np.all(slopes >= -_SLACK * (np.abs(slopes).max() + 1e-300)))


def _sign(key: str, value: object) -> int:
    signs = {"increasing": 1, "decreasing": -1}
    if not isinstance(value, str) or value not in signs:
        message = f"constraints of {key!r} is {value!r}, expected 'increasing' or 'decreasing'"
        raise DomainError(message)
    return signs[value]


def _places(value: object, names: Sequence[str]) -> tuple[int, ...]:
    chosen = () if isinstance(value, str) or not isinstance(value, Iterable) else tuple(value)
    if not all(name in names for name in chosen) or len(set(chosen)) < max(2, len(chosen)):
        message = (
            f"constraints of 'symmetric' is {value!r}, expected two or more, once each, of"
            f" {', '.join(names)}"
        )
        raise DomainError(message)
    return tuple(names.index(name) for name in chosen)


def _bounds(value: object) -> tuple[float, float]:
    pair = tuple(value) if isinstance(value, Iterable) else ()
    try:
        low, high = (
            sign * np.inf if x is None else float(x) for x, sign in zip(pair, (-1, 1), strict=True)
        )
    except (TypeError, ValueError) as error:
        message = f"constraints of 'bounds' is {value!r}, expected (low, high), None for no bound"
        raise DomainError(message) from error
    if not low < high:
        message = f"constraints of 'bounds' is {value!r}, expected low < high"
        raise DomainError(message)
    return low, high
