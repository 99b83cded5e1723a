"""Random laws: functions of quantities with units that agree."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from symnum._core import expression as core
from symnum._generate.draws import Draws, units
from symnum._generate.functions import OPERATIONS, FunctionCorpus, FunctionOptions
from symnum._generate.problems import Exclusion, exclusion
from symnum._generate.source import check_ranges
from symnum.units import Unit, null_space

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from symnum.expression import Expression

    Form = list[Fraction]  # of the powers that the variables' units have

BASES = ("m", "s", "kg", "K", "A")
# Lengths, times, masses, temperatures, currents, speeds, accelerations, forces, energies, ...
_QUANTITIES = (
    (1, 0, 0, 0, 0), (0, 1, 0, 0, 0), (0, 0, 1, 0, 0), (0, 0, 0, 1, 0), (0, 0, 0, 0, 1),
    (1, -1, 0, 0, 0), (1, -2, 0, 0, 0), (1, -2, 1, 0, 0), (2, -2, 1, 0, 0), (2, -3, 1, 0, 0),
    (0, -1, 0, 0, 0), (2, 0, 0, 0, 0), (3, 0, 0, 0, 0), (-3, 0, 1, 0, 0), (-1, -2, 1, 0, 0),
    (0, 1, 0, 0, 1), (2, -3, 1, 0, -1), (2, -2, 1, -1, 0), (-3, 0, 0, 0, 0), (0, -2, 1, 0, -1),
)  # fmt: skip
_LARGEST_POWER = 6
_TRIES = 4
_UNITS = {name: how for name, _, _, how in core.OPERATIONS}


@dataclass(frozen=True)
class LawOptions:
    """What laws are drawn: functions as of `FunctionOptions` whose terms have units that agree.

    Parameters
    ----------
    max_variables, max_extra, max_unary
        As for `FunctionOptions`.
    n_points : int
        At least 2. Each variable is positive, its logarithm uniform over up to two decades.
    max_value : float
        No absolute value of a law on its points is larger.

    Notes
    -----
    A variable has the most general unit that the formula allows, filled with common quantities: a
    formula whose variables can only be pure numbers is left out. Numbers are pure.

    Arrays of a shard: those of `FunctionOptions`, and units, the powers of m, s, kg, K and A of
    each variable and then of the law, up to unit_ends.

    Examples
    --------
    >>> from symnum.generate import LawOptions
    >>> LawOptions(max_variables=3).n_points
    200
    """

    kind: ClassVar[str] = "laws"
    chunk: ClassVar[int] = 2048
    spare: ClassVar[float] = 3.0

    max_variables: int = 5
    max_extra: int = 3
    max_unary: int = 2
    n_points: int = 200
    max_value: float = 1e9

    def settings(self) -> dict[str, Any]:
        """What the items depend on."""
        return {"options": asdict(self), "operations": OPERATIONS, "bases": list(BASES)}

    def draw(self, seed: int, first: int, n: int) -> LawCorpus:
        """Those of `n` items that are laws."""
        check_ranges(asdict(self), [("n_points", 2, 1 << 20), ("max_value", 1e-300, 1e300)])
        plain = FunctionOptions(self.max_variables, self.max_extra, self.max_unary, 2)
        drawn = plain.draw(seed, first, n)
        laws = [_law(drawn.expression(k), first + k, seed, self) for k in range(len(drawn))]
        kept = [k for k, law in enumerate(laws) if law is not None]
        found = [law for law in laws if law is not None]
        arrays = drawn.take(np.array(kept, np.int64)).arrays
        powers = [law[0] for law in found]
        arrays["unit_ends"] = np.cumsum([p.size for p in powers], dtype=np.int64)
        arrays["units"] = _flat(powers, np.int8)
        arrays["x"] = _flat([law[1] for law in found], np.float32)
        arrays["y"] = _flat([law[2] for law in found], np.float32)
        return LawCorpus(arrays, self)

    def exclusion(self, formulas: Iterable[Expression]) -> Exclusion:
        """Hashes of formulas."""
        return exclusion(formulas, self.max_variables)

    def is_excluded(self, items: LawCorpus, excluded: Exclusion) -> NDArray[np.bool_]:
        """Which laws equal one of the formulas."""
        return excluded.holds(items.arrays)


def _flat(parts: list[NDArray[Any]], dtype: Any) -> NDArray[Any]:
    return np.concatenate([np.empty(0, dtype), *(p.astype(dtype).ravel() for p in parts)])


class LawCorpus(FunctionCorpus):
    """Laws, their units and their points.

    Parameters
    ----------
    arrays : dict of str to ndarray
        As `LawOptions` lists them.
    options : LawOptions

    Examples
    --------
    >>> from symnum.generate import LawOptions, generate_corpus
    >>> corpus = generate_corpus(LawOptions(), 1, seed=0)
    >>> corpus.expression(0), [str(unit) for unit in corpus.units(0)]
    (Expression('x0*x1'), ['s^-1', 'kg', 'kg s^-1'])
    """

    ENDS: ClassVar[dict[str, tuple[str, ...]]] = {
        **FunctionCorpus.ENDS,
        "unit_ends": ("units",),
    }

    def units(self, index: int) -> list[Unit]:
        """The unit of each variable, then that of the law.

        Parameters
        ----------
        index : int

        Returns
        -------
        list of Unit

        Raises
        ------
        IndexError
        """
        powers = self._piece("units", self._index(index)).reshape(-1, len(BASES))
        return [Unit(dict(zip(BASES, row, strict=True))) for row in powers.tolist()]


Law = tuple["NDArray[np.int64]", "NDArray[np.float32]", "NDArray[np.float32]"]


def _law(formula: Expression, item: int, seed: int, options: LawOptions) -> Law | None:
    """Powers of units, and points, of a formula that can be a law."""
    random = Draws.of_item(seed ^ 0x1A5, item)
    powers = _units_of(formula._program, random)
    if powers is None:
        return None
    for _ in range(_TRIES):
        points = _points(formula, random, options)
        if points is not None:
            return powers, *points
    return None


def _units_of(program: core.Program, random: Draws) -> NDArray[np.int64] | None:
    """Powers of the base units, a row a variable and the last for the result."""
    forms, constraints = most_general(program)
    basis = null_space(constraints, program.n_variables)
    if not basis:
        return None
    wanted = [random.one_of(_QUANTITIES) for _ in basis]
    rows = [*_identity(program.n_variables), forms]
    powers = [
        [_dot([_dot(row, v) for v in basis], [q[base] for q in wanted]) for base in range(5)]
        for row in rows
    ]
    flat = [value for row in powers for value in row]
    if any(value.denominator != 1 or abs(value) > _LARGEST_POWER for value in flat):
        return None
    if not any(value for row in powers[:-1] for value in row):
        return None
    return np.array([[int(value) for value in row] for row in powers], np.int64)


def _identity(n: int) -> list[Form]:
    return [[Fraction(int(i == j)) for j in range(n)] for i in range(n)]


def _dot(row: Form, vector: list[int]) -> Fraction:
    return sum((a * b for a, b in zip(row, vector, strict=True)), Fraction(0))


def most_general(program: core.Program) -> tuple[Form, list[Form]]:
    """The result's unit by those of the variables, and what these must fulfil: forms that are 0.

    The same for each base unit, as all rules are linear in its powers.
    """
    zero = [Fraction(0)] * program.n_variables
    variables = _identity(program.n_variables)
    forms: list[Form] = []
    constraints: list[Form] = []
    values: list[float | None] = []
    arity = {name: n for name, n, _, _ in core.OPERATIONS}
    for name, left, right in zip(program.operations, program.left, program.right, strict=True):
        if name == "variable":
            forms.append(variables[left])
            values.append(None)
            continue
        if name in {"number", "constant", "pi"}:
            forms.append(zero)
            values.append(_value(program, name, left))
            continue
        operands = [forms[k] for k in (left, right)[: arity[name]]]
        exponent = values[right] if name == "pow" else None
        form, needed = _rule(_UNITS[name], operands, exponent)
        forms.append(form)
        constraints += needed
        values.append(None)
    return forms[-1], constraints


def _value(program: core.Program, name: str, index: int) -> float:
    if name == "constant":
        return float(program.constants[index])
    return float(np.pi) if name == "pi" else float(index)


def _rule(how: str, operands: list[Form], exponent: float | None) -> tuple[Form, list[Form]]:
    """The unit of a result, and forms that must be 0."""
    a, b = operands[0], operands[-1]
    zero = [Fraction(0)] * len(a)
    powers = {
        "same": Fraction(1),
        "reciprocal": Fraction(-1),
        "root": Fraction(1, 2),
        "square": Fraction(2),
        "cube": Fraction(3),
    }
    if how == "product":
        return [p + q for p, q in zip(a, b, strict=True)], []
    if how == "quotient":
        return [p - q for p, q in zip(a, b, strict=True)], []
    if how == "power":
        if exponent is None:
            return zero, [a, b]
        power = Fraction(exponent).limit_denominator(12)
        return [power * p for p in a], [b]
    if how in powers:
        alike = [[p - q for p, q in zip(a, b, strict=True)]] if len(operands) == 2 else []
        return [powers[how] * p for p in a], alike
    return zero, ([] if how == "dropped" else operands)


def _points(
    formula: Expression, random: Draws, options: LawOptions
) -> tuple[NDArray[np.float32], NDArray[np.float32]] | None:
    """Columns of points and the values there, where these are good."""
    n = len(formula.variables)
    low = np.array([random.between(-2.0, 2.0) for _ in range(n)])
    width = np.array([random.between(0.3, 2.0) for _ in range(n)])
    seed = np.array([int(random.unit() * 2.0**53)], np.uint64)
    drawn = units(seed, np.arange(n * options.n_points, dtype=np.uint64)).reshape(n, -1)
    x = (10.0 ** (low[:, np.newaxis] + width[:, np.newaxis] * drawn)).astype(np.float32)
    y = formula.evaluate(x.T.astype(np.float64))
    size = np.abs(y)
    if not np.all(size <= options.max_value) or np.ptp(y) <= 1e-9 * np.max(size):
        return None
    return x, y.astype(np.float32)
