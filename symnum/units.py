"""Units of measurement as exponents of base units, and the dimensionless groups of columns."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from math import lcm, log10
from typing import TYPE_CHECKING, NoReturn

from symnum.errors import DomainError, ParseError, ShapeError

if TYPE_CHECKING:
    from collections.abc import Iterator

    Exponents = dict[str, Fraction]  # base unit -> power; those of power 0 are left out

__all__ = ["Unit", "parse_unit", "pi_groups"]

# In SI base units, with a factor that is a power of ten in most.
_SI: dict[str, tuple[float, str]] = {
    "m": (1, "m"), "g": (1e-3, "kg"), "s": (1, "s"), "A": (1, "A"), "K": (1, "K"),
    "mol": (1, "mol"), "cd": (1, "cd"), "Hz": (1, "s-1"), "N": (1, "kg m s-2"),
    "Pa": (1, "kg m-1 s-2"), "J": (1, "kg m2 s-2"), "W": (1, "kg m2 s-3"), "C": (1, "A s"),
    "V": (1, "kg m2 s-3 A-1"), "F": (1, "kg-1 m-2 s4 A2"), "ohm": (1, "kg m2 s-3 A-2"),
    "S": (1, "kg-1 m-2 s3 A2"), "Wb": (1, "kg m2 s-2 A-1"), "T": (1, "kg s-2 A-1"),
    "H": (1, "kg m2 s-2 A-2"), "lm": (1, "cd"), "lx": (1, "cd m-2"), "Bq": (1, "s-1"),
    "Gy": (1, "m2 s-2"), "Sv": (1, "m2 s-2"), "kat": (1, "mol s-1"),
    "L": (1e-3, "m3"), "l": (1e-3, "m3"), "eV": (1.602176634e-19, "kg m2 s-2"),
    "bar": (1e5, "kg m-1 s-2"), "M": (1e3, "mol m-3"),
}  # fmt: skip
_PLAIN: dict[str, tuple[float, str]] = {
    "rad": (1, ""), "sr": (1, ""), "min": (60, "s"), "h": (3600, "s"), "day": (86400, "s"),
    "atm": (101325, "kg m-1 s-2"), "percent": (0.01, ""),
}  # fmt: skip
_PREFIXES = {
    "Y": 24, "Z": 21, "E": 18, "P": 15, "T": 12, "G": 9, "M": 6, "k": 3, "h": 2, "da": 1, "d": -1,
    "c": -2, "m": -3, "u": -6, "µ": -6, "μ": -6, "n": -9, "p": -12, "f": -15, "a": -18, "z": -21,
    "y": -24,
}  # fmt: skip
_TOKEN = re.compile(
    r"\s*(?:(?P<name>\[[^\[\]]{1,40}\]|[A-Za-zµμΩ]+)|(?P<number>\d+(?:\.\d+)?)"
    r"|(?P<power>\*\*|\^)|(?P<sign>[*/·()-]))"
)
_LONGEST = 200


class Unit:
    """A unit: a factor times powers of base units.

    Parameters
    ----------
    exponents : mapping from str to int or Fraction
        Base units and their powers, multiples of 1/12.
    factor : float
        How many of the base units it is: 1000 for km.

    Examples
    --------
    >>> from symnum.units import parse_unit
    >>> parse_unit("J/(kg K)") == parse_unit("m^2 s^-2 K^-1")
    True
    """

    def __init__(self, exponents: Mapping[str, int | Fraction], factor: float = 1.0) -> None:
        powers = {name: Fraction(power) for name, power in exponents.items()}
        self.exponents: Exponents = {name: p for name, p in powers.items() if p}
        self.factor = factor

    def __mul__(self, other: Unit) -> Unit:
        names = [*self.exponents, *other.exponents]
        zero = Fraction(0)
        return Unit(
            {n: self.exponents.get(n, zero) + other.exponents.get(n, zero) for n in names},
            self.factor * other.factor,
        )

    def __pow__(self, power: Fraction | int) -> Unit:
        exponents = {name: p * power for name, p in self.exponents.items()}
        return Unit(exponents, float(self.factor ** float(power)))

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Unit)
            and self.exponents == other.exponents
            and abs(self.factor / other.factor - 1.0) < 1e-9
        )

    def __hash__(self) -> int:
        return hash(frozenset(self.exponents.items()))

    def __str__(self) -> str:
        parts = [n if p == 1 else f"{n}^{p}" for n, p in sorted(self.exponents.items())]
        return " ".join(parts) or "1"

    def __repr__(self) -> str:
        return f"Unit({self})"


def parse_unit(text: str) -> Unit:
    """Read a unit such as ``"m/s^2"``, ``"kg m^2 s^-2"``, ``"kPa"`` or ``"[USD]/[cell]"``.

    Parameters
    ----------
    text : str
        SI symbols with their prefixes, L, min, h, day, bar, atm, eV, M, percent; a name in square
        brackets is a base unit of its own. ``*``, a space or ``/`` joins them; a power follows
        ``^`` or ``**``. ``"1"`` or ``""`` is a pure number.

    Returns
    -------
    Unit

    Raises
    ------
    ParseError
        If the text is not a unit, with the column in it.

    Examples
    --------
    >>> from symnum.units import parse_unit
    >>> str(parse_unit("N m^2/kg^2"))
    'kg^-1 m^3 s^-2'
    """
    if len(text) > _LONGEST:
        raise _wrong(text[:20] + "...", 1, f"it has {len(text)} characters, at most {_LONGEST}")
    return _Parser(text).parse()


class _Parser:
    """product = power ((* | / | nothing) power)*, where power = atom [^ exponent]."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = list(_tokens(text))
        self.at = 0

    def parse(self) -> Unit:
        unit = self.product() if self.tokens else Unit({})
        if self.at < len(self.tokens):
            self.fail("expected a unit")
        return unit

    def fail(self, what: str) -> NoReturn:
        inside = self.at < len(self.tokens)
        column = self.tokens[self.at][2] if inside else len(self.text) + 1
        raise _wrong(self.text, column, what)

    def take(self, *values: str) -> str | None:
        if self.at < len(self.tokens) and self.tokens[self.at][1] in values:
            self.at += 1
            return self.tokens[self.at - 1][1]
        return None

    def product(self) -> Unit:
        unit = self.power()
        while self.at < len(self.tokens) and self.tokens[self.at][1] != ")":
            if self.take("/"):
                unit = unit * self.power() ** -1
            else:
                self.take("*", "·")
                unit = unit * self.power()
        return unit

    def power(self) -> Unit:
        unit = self.atom()
        if self.take("**", "^"):
            return unit ** self.exponent()
        if self.at < len(self.tokens) and self.is_adjacent_number():
            return unit ** self.exponent()  # m2 s-2
        return unit

    def is_adjacent_number(self) -> bool:
        kind, value, column = self.tokens[self.at]
        before = self.tokens[self.at - 1]
        touches = before[2] + len(before[1]) == column
        return before[0] == "name" and touches and (kind == "number" or value == "-")

    def exponent(self) -> Fraction:
        if self.take("("):
            value = self.exponent()
            if self.take("/"):
                value = self.divide(value)
            if not self.take(")"):
                self.fail("expected ')'")
            return value
        sign = -1 if self.take("-") else 1
        if self.at == len(self.tokens) or self.tokens[self.at][0] != "number":
            self.fail("expected a number as the power")
        self.at += 1
        value = Fraction(self.tokens[self.at - 1][1])
        if value > 100:
            self.at -= 1
            self.fail("expected a power of at most 100")
        return sign * value

    def divide(self, above: Fraction) -> Fraction:
        below = self.exponent()
        if not below:
            self.fail("the power divides by 0")
        return above / below

    def atom(self) -> Unit:
        if self.take("("):
            unit = self.product()
            if not self.take(")"):
                self.fail("expected ')'")
            return unit
        if self.take("1"):
            return Unit({})
        if self.at == len(self.tokens) or self.tokens[self.at][0] != "name":
            self.fail("expected a unit")
        name = self.tokens[self.at][1]
        named = _named(name)
        if named is None:
            self.fail(f"'{name}' is no unit; write '[{name}]' for a base unit of your own")
        self.at += 1
        return named


def _tokens(text: str) -> Iterator[tuple[str, str, int]]:
    at = 0
    end = len(text.rstrip())
    while at < end:
        found = _TOKEN.match(text, at)
        if found is None:
            raise _wrong(text, at + 1, "expected a unit")
        kind = str(found.lastgroup)
        yield kind, found.group(kind), found.start(kind) + 1
        at = found.end()


def _wrong(text: str, column: int, what: str) -> ParseError:
    error = ParseError(f"unit {text!r}, column {column}: {what}")
    error.column = column
    return error


def _named(name: str) -> Unit | None:
    if name.startswith("["):
        return Unit({name[1:-1].strip(): 1})
    name = name.replace("Ω", "ohm")
    if name in _PLAIN:
        return _of(*_PLAIN[name])
    if name in _SI:
        return _of(*_SI[name])
    for length in (1, 2):
        prefix, rest = name[:length], name[length:]
        if prefix in _PREFIXES and rest in _SI:
            factor, base = _SI[rest]
            return _of(factor * 10.0 ** _PREFIXES[prefix], base)
    return None


def _of(factor: float, base: str) -> Unit:
    exponents = {}
    for part in base.split():
        name = part.rstrip("-0123456789")
        exponents[name] = int(part[len(name) :] or 1)
    return Unit(exponents, factor)


def as_unit(given: object) -> Unit:
    """A unit from what a user gives: text, a `Unit`, None for a pure number, or exponents."""
    if isinstance(given, Unit):
        return given
    if given is None:
        return Unit({})
    if isinstance(given, str):
        return parse_unit(given)
    if isinstance(given, Mapping):
        return Unit({str(name): Fraction(power) for name, power in given.items()})
    try:
        powers = [Fraction(float(p)).limit_denominator(1_000) for p in given]  # type: ignore[attr-defined]
    except (TypeError, ValueError, OverflowError) as error:
        message = f"{given!r} is no unit, expected a text such as 'm/s^2' or a list of exponents"
        raise ParseError(message) from error
    return Unit({f"unit {k}": power for k, power in enumerate(powers)})


def check_consistent(names: Sequence[str], units: Sequence[Unit]) -> None:
    """Refuse units that no one system has, such as km beside m. Raises DomainError."""
    bases = sorted({base for unit in units for base in unit.exponents})
    rows = [[unit.exponents.get(base, Fraction(0)) for base in bases] for unit in units]
    kept: list[tuple[list[Fraction], float]] = []
    for name, row, unit in zip(names, rows, units, strict=True):
        left, rest = list(row), log10(unit.factor)
        for pivot_row, factor in kept:
            pivot = next(k for k, value in enumerate(pivot_row) if value)
            if left[pivot]:
                share = left[pivot] / pivot_row[pivot]
                left = [a - share * b for a, b in zip(left, pivot_row, strict=True)]
                rest -= float(share) * factor
        if any(left):
            kept.append((left, rest))
        elif abs(rest) > 1e-9:
            message = (
                f"units of {name!r} ({unit}) differ from those of other columns by a factor of"
                f" {10**rest:.6g}, expected one system: convert the column first"
            )
            raise DomainError(message)


def solve(units: Sequence[Unit], target: Unit) -> list[Fraction] | None:
    """Powers of the columns whose product has the target's units, simplest columns first."""
    bases = sorted({base for unit in [*units, target] for base in unit.exponents})
    zero = Fraction(0)
    rows = [
        [*(unit.exponents.get(base, zero) for unit in units), target.exponents.get(base, zero)]
        for base in bases
    ]
    pivots = _eliminate(rows, len(units))
    if any(row[-1] for row in rows[len(pivots) :]):
        return None
    powers = [zero] * len(units)
    for row, pivot in zip(rows, pivots, strict=False):
        powers[pivot] = row[-1]
    return powers


def _eliminate(rows: list[list[Fraction]], n_columns: int) -> list[int]:
    """Reduced row echelon form, in place; the pivots' columns."""
    pivots: list[int] = []
    for column in range(n_columns):
        at = len(pivots)
        pivot = next((k for k in range(at, len(rows)) if rows[k][column]), None)
        if pivot is None:
            continue
        rows[at], rows[pivot] = rows[pivot], rows[at]
        rows[at] = [value / rows[at][column] for value in rows[at]]
        for k in range(len(rows)):
            if k != at and rows[k][column]:
                share = rows[k][column]
                rows[k] = [a - share * b for a, b in zip(rows[k], rows[at], strict=True)]
        pivots.append(column)
    return pivots


def pi_groups(units: Sequence[object]) -> list[list[int]]:
    """Dimensionless products of powers of columns: a basis of all, with whole powers.

    Parameters
    ----------
    units : sequence of str, Unit, mapping or sequence of numbers
        One a column, as for `SymbolicRegressor.fit`.

    Returns
    -------
    list of list of int
        One a group: the power of each column. As many as there are columns less the rank of their
        units (Buckingham, Phys. Rev. 4, 1914, doi:10.1103/PhysRev.4.345).

    Raises
    ------
    ParseError
        If one is not a unit.

    Examples
    --------
    >>> from symnum.units import pi_groups
    >>> pi_groups(["kg/m^3", "m/s", "m", "Pa s"])  # one over Reynolds' number
    [[-1, -1, -1, 1]]
    """
    read = [as_unit(unit) for unit in units]
    bases = sorted({base for unit in read for base in unit.exponents})
    rows = [[unit.exponents.get(base, Fraction(0)) for unit in read] for base in bases]
    return null_space(rows, len(read))


def null_space(rows: list[list[Fraction]], n_columns: int) -> list[list[int]]:
    """A basis, in whole numbers, of what all rows send to 0. Changes `rows`."""
    pivots = _eliminate(rows, n_columns)
    basis = []
    for free in (k for k in range(n_columns) if k not in pivots):
        vector = [Fraction(0)] * n_columns
        vector[free] = Fraction(1)
        for row, pivot in zip(rows, pivots, strict=False):
            vector[pivot] = -row[free]
        scale = lcm(*(value.denominator for value in vector))
        basis.append([int(value * scale) for value in vector])
    return basis


def columns_units(given: object, names: Sequence[str], argument: str) -> list[Unit]:
    """A unit a column from a sequence, or a mapping by name. Errors name the column."""
    if isinstance(given, Mapping):
        unknown = [name for name in given if name not in names]
        if unknown:
            message = f"{argument} has {unknown[0]!r}, expected among {', '.join(names)}"
            raise ShapeError(message)
        listed = [given.get(name) for name in names]
    elif isinstance(given, Iterable) and not isinstance(given, str):
        listed = list(given)
    else:
        message = f"{argument} is {given!r}, expected one unit a column"
        raise ShapeError(message)
    if len(listed) != len(names):
        message = f"{argument} has {len(listed)} units, expected {len(names)}, one a column"
        raise ShapeError(message)
    units = []
    for name, one in zip(names, listed, strict=True):
        try:
            units.append(as_unit(one))
        except ParseError as error:
            wrong = ParseError(f"{argument} of column {name!r}: {error}")
            wrong.column = error.column
            raise wrong from error
    return units
