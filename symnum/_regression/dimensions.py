"""Units of formulas: what a search with units may form, and a check of what it proposes."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from symnum._core import expression as core
from symnum.errors import DomainError
from symnum.units import Unit, as_unit, check_consistent, columns_units, solve

if TYPE_CHECKING:
    from collections.abc import Sequence

    Powers = tuple[int, ...]  # in twelfths

_TWELFTHS = 12
_SHARES = {"reciprocal": -2, "root": 1, "square": 4, "cube": 6}  # in halves
_RULES = {name: units for name, _, _, units in core.OPERATIONS}


@dataclass(frozen=True)
class Dimensions:
    """Powers of base units of each variable and of y, in twelfths."""

    variables: tuple[Powers, ...]
    target: Powers
    units: tuple[Unit, ...]
    target_unit: Unit

    @classmethod
    def of(cls, x_units: object, y_units: object, names: Sequence[str]) -> Dimensions | None:
        """None without units, or where all are pure numbers. Errors name the column."""
        if x_units is None and y_units is None:
            return None
        given = [None] * len(names) if x_units is None else x_units
        units = columns_units(given, names, "X_units")
        target = as_unit(y_units)
        check_consistent([*names, "y"], [*units, target])
        _check_reach(names, units, target)
        bases = sorted({base for unit in [*units, target] for base in unit.exponents})
        if not bases:
            return None
        zero = Fraction(0)
        rows = []
        for name, unit in zip([*names, "y"], [*units, target], strict=True):
            powers = [unit.exponents.get(b, zero) * _TWELFTHS for b in bases]
            if any(p.denominator != 1 or abs(p) > 100 * _TWELFTHS for p in powers):
                message = f"units of {name!r} have a power that is no multiple of 1/12 within 100"
                raise DomainError(message)
            rows.append(tuple(int(p) for p in powers))
        return cls(tuple(rows[:-1]), rows[-1], tuple(units), target)

    def in_twelfths(self, leaves: Sequence[core.Program]) -> tuple[list[list[int]], list[int]]:
        """As the core has them: of variables, then of these products of them; of y."""
        kinds = [*self.variables, *(self.kind(leaf) for leaf in leaves), self.target]
        rows = [list(row) for row in kinds if isinstance(row, tuple)]
        return rows[:-1], rows[-1]

    def allow(self, program: core.Program) -> bool:
        """Whether the formula's units are consistent and those of y."""
        kind = self.kind(program)
        return kind is not None and kind in {self.target, "any"}

    def kind(self, program: core.Program) -> Powers | str | None:
        """Its powers of base units; "any" for 0; None where operations do not fit."""
        pure: Powers = (0,) * len(self.target)
        kinds: list[Powers | str] = []
        values: list[Fraction | None] = []
        for name, left, right in zip(program.operations, program.left, program.right, strict=True):
            value: Fraction | None = None
            kind: Powers | str | None = pure
            if name == "number":
                value = Fraction(left)
                kind = "any" if left == 0 else pure
            elif name == "constant":
                value = _simple(program.constants[left])
            elif name == "variable":
                kind = self.variables[left]
            elif name != "pi":
                kind = _apply(name, kinds, values, left, right)
                value = _value(name, values, left, right)
            if kind is None:
                return None
            kinds.append(kind)
            values.append(value)
        return kinds[-1]


def _check_reach(names: Sequence[str], units: Sequence[Unit], target: Unit) -> None:
    if solve(units, target) is not None:
        return
    absent = [b for b in target.exponents if not any(b in unit.exponents for unit in units)]
    why = f"no column has {absent[0]}" if absent else "no product of powers of columns has them"
    message = (
        f"y_units is {target}, but {why} (columns: "
        + ", ".join(f"{name} [{unit}]" for name, unit in zip(names, units, strict=True))
        + "); add a column for a constant that has units, such as g, or correct the units"
    )
    raise DomainError(message)


def _simple(value: float) -> Fraction | None:
    near = Fraction(round(value * _TWELFTHS), _TWELFTHS) if abs(value) < 1e6 else None
    return near if near is not None and abs(float(near) - value) < 1e-9 else None


def _value(name: str, values: Sequence[Fraction | None], left: int, right: int) -> Fraction | None:
    """Of a number made of numbers, for powers."""
    a, b = values[left], values[right]
    if name == "neg":
        return None if a is None else -a
    if a is None or (b is None and name != "inv"):
        return None
    if name == "inv":
        return 1 / a if a else None
    if name == "div":
        return a / b if b else None
    return a * b if name == "mul" and b is not None else None


def _apply(
    name: str,
    kinds: Sequence[Powers | str],
    values: Sequence[Fraction | None],
    left: int,
    right: int,
) -> Powers | str | None:
    a = kinds[left]
    b = kinds[right]
    rule = _RULES[name]
    if rule == "same":
        if name in {"neg", "abs"} or b == "any":
            return a
        return b if a == "any" else (a if a == b else None)
    if rule == "power" and not isinstance(a, str):
        return _power(a, b, values[right])
    if isinstance(a, str) or (rule in {"product", "quotient"} and isinstance(b, str)):
        return "any"
    if rule in {"product", "quotient"} and not isinstance(b, str):
        sign = 1 if rule == "product" else -1
        return tuple(x + sign * y for x, y in zip(a, b, strict=True))
    share = _SHARES.get(rule)
    if share is not None:
        return _scaled(a, share, 2)
    pure = (0,) * len(a)
    if rule == "dropped":
        return pure
    return pure if not any(a) else None


def _power(base: Powers, exponent: Powers | str, value: Fraction | None) -> Powers | None:
    if not isinstance(exponent, str) and any(exponent):
        return None
    if not any(base):
        return base
    return None if value is None else _scaled(base, value.numerator, value.denominator)


def _scaled(powers: Powers, above: int, below: int) -> Powers | None:
    if any(x * above % below for x in powers):
        return None
    return tuple(x * above // below for x in powers)
