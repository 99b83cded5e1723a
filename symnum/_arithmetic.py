"""Operators of expressions: each builds a new program, with operands that it shares."""

from __future__ import annotations

from abc import ABC, abstractmethod
from fractions import Fraction
from numbers import Integral, Rational, Real
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from symnum._core import expression as core

# An operand of an expression's operator.
Number = int | float | Fraction

_LARGEST_INTEGER = 2**31 - 1


def number_node(builder: core.Builder, value: Number) -> int:
    """A node for a Python number: exact for integers of 31 bits and their fractions."""
    if isinstance(value, Integral) and abs(int(value)) <= _LARGEST_INTEGER:
        return builder.number(int(value))
    if isinstance(value, Rational) and not isinstance(value, Integral):
        top, bottom = (number_node(builder, int(n)) for n in (value.numerator, value.denominator))
        return builder.apply("div", [top, bottom])
    return builder.constant(float(value))


def is_number(value: object) -> bool:
    """Is it a real number that an operator takes? A bool is not."""
    return isinstance(value, Real) and not isinstance(value, bool)


class Arithmetic(ABC):
    """The operators of an expression, over one method that applies an operation by its name."""

    # Let numpy scalars leave `2.0 * expression` to the methods below.
    __array_ufunc__ = None

    @abstractmethod
    def _apply(self, operation: str, *operands: Any) -> Self:
        """The operation on expressions and numbers; NotImplemented for other operands."""

    def __add__(self, other: object) -> Self:
        return self._apply("add", self, other)

    def __radd__(self, other: object) -> Self:
        return self._apply("add", other, self)

    def __sub__(self, other: object) -> Self:
        return self._apply("sub", self, other)

    def __rsub__(self, other: object) -> Self:
        return self._apply("sub", other, self)

    def __mul__(self, other: object) -> Self:
        return self._apply("mul", self, other)

    def __rmul__(self, other: object) -> Self:
        return self._apply("mul", other, self)

    def __truediv__(self, other: object) -> Self:
        return self._apply("div", self, other)

    def __rtruediv__(self, other: object) -> Self:
        if isinstance(other, Integral) and other == 1:
            return self._apply("inv", self)
        return self._apply("div", other, self)

    def __pow__(self, other: object) -> Self:
        short = {2: "pow2", 3: "pow3", -1: "inv"}
        if isinstance(other, Integral) and int(other) in short:
            return self._apply(short[int(other)], self)
        return self._apply("pow", self, other)

    def __rpow__(self, other: object) -> Self:
        return self._apply("pow", other, self)

    def __neg__(self) -> Self:
        return self._apply("neg", self)

    def __pos__(self) -> Self:
        return self

    def __abs__(self) -> Self:
        return self._apply("abs", self)
