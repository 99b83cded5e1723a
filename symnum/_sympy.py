"""Expressions as SymPy objects and back, node by node: SymPy never sees a text of the user's."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from symnum._core import expression as core
from symnum._lazy import require
from symnum.errors import ExpressionError, ShapeError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

# How each operation is built from SymPy's own classes. `s` is the module.
BUILD: dict[str, Callable[..., Any]] = {
    "pi": lambda s: s.pi,
    "add": lambda s, a, b: s.Add(a, b),
    "sub": lambda s, a, b: s.Add(a, s.Mul(s.S.NegativeOne, b)),
    "mul": lambda s, a, b: s.Mul(a, b),
    "div": lambda s, a, b: s.Mul(a, s.Pow(b, s.S.NegativeOne)),
    "pow": lambda s, a, b: s.Pow(a, b),
    "min": lambda s, a, b: s.Min(a, b),
    "max": lambda s, a, b: s.Max(a, b),
    "neg": lambda s, a: s.Mul(s.S.NegativeOne, a),
    "inv": lambda s, a: s.Pow(a, s.S.NegativeOne),
    "abs": lambda s, a: s.Abs(a),
    "sign": lambda s, a: s.sign(a),
    "sqrt": lambda s, a: s.sqrt(a),
    "pow2": lambda s, a: s.Pow(a, s.Integer(2)),
    "pow3": lambda s, a: s.Pow(a, s.Integer(3)),
    "exp": lambda s, a: s.exp(a),
    "log": lambda s, a: s.log(a),
    "sin": lambda s, a: s.sin(a),
    "cos": lambda s, a: s.cos(a),
    "tan": lambda s, a: s.tan(a),
    "asin": lambda s, a: s.asin(a),
    "acos": lambda s, a: s.acos(a),
    "atan": lambda s, a: s.atan(a),
    "sinh": lambda s, a: s.sinh(a),
    "cosh": lambda s, a: s.cosh(a),
    "tanh": lambda s, a: s.tanh(a),
}

# Classes of SymPy with one operand, by the name of their operation here.
_FUNCTIONS = {"Abs": "abs", "sign": "sign", "exp": "exp", "log": "log"}
_FUNCTIONS |= {name: name for name in ("sin", "cos", "tan", "asin", "acos", "atan")}
_FUNCTIONS |= {name: name for name in ("sinh", "cosh", "tanh")}
_RECIPROCALS = {"cot": "tan", "sec": "cos", "csc": "sin", "coth": "tanh"}
_LARGEST_INTEGER = 2**31 - 1


def to_sympy(
    program: core.Program, variables: tuple[str, ...], symbols: Mapping[str, Any] | None
) -> Any:
    """The SymPy object of a program. A symbol is real unless `symbols` has another."""
    sympy = require("sympy", extra="sr")
    given = symbols or {}
    missing = [name for name in given if name not in variables]
    if missing:
        message = f"symbols has {missing[0]!r}, expected names among {', '.join(variables)}"
        raise ShapeError(message)
    constants = program.constants
    leaves = {
        "number": lambda k: sympy.Integer(k),
        "constant": lambda k: sympy.Float(constants[k]),
        "variable": lambda k: given.get(variables[k]) or sympy.Symbol(variables[k], real=True),
    }
    built: list[Any] = []
    arity = {name: n for name, n, _, _ in core.OPERATIONS}
    for name, left, right in zip(program.operations, program.left, program.right, strict=True):
        if name in leaves:
            built.append(leaves[name](left))
            continue
        try:
            built.append(BUILD[name](sympy, *(built[k] for k in (left, right)[: arity[name]])))
        except (ValueError, TypeError) as error:  # such as a minimum of what is not real
            message = f"SymPy does not build {name!r} of these operands: {error}"
            raise ExpressionError(message) from error
    return built[-1]


def _natural(name: str) -> tuple[str, int, str]:
    digits = re.search(r"\d*$", name)
    tail = digits.group() if digits else ""
    return name[: len(name) - len(tail)], len(tail), tail


def from_sympy(
    formula: Any,
    variables: Sequence[str] | None,
) -> tuple[core.Program, tuple[str, ...]]:
    """The program of a SymPy object, and the names of its variables."""
    sympy = require("sympy", extra="sr")
    if not isinstance(formula, sympy.Basic):
        message = f"formula is a {type(formula).__name__}, expected a SymPy object"
        raise ExpressionError(message)
    found = sorted({symbol.name for symbol in formula.free_symbols}, key=_natural)
    names = tuple(found if variables is None else variables)
    unknown = [name for name in found if name not in names]
    if unknown:
        message = f"formula has the symbols {', '.join(unknown)}, expected among {', '.join(names)}"
        raise ExpressionError(message)
    for name in names:
        core.check_name(name)
    reader = _Reader(sympy, names)
    for part in sympy.postorder_traversal(formula):
        if part not in reader.node:
            reader.node[part] = reader.read(part)
    return reader.builder.build(reader.node[formula]), names


class _Reader:
    """Nodes of a program for the parts of a SymPy object, operands first."""

    def __init__(self, sympy: Any, names: tuple[str, ...]) -> None:
        self.sympy = sympy
        self.builder = core.Builder(len(names))
        self.place = {name: self.builder.variable(k) for k, name in enumerate(names)}
        self.node: dict[Any, int] = {}

    def apply(self, operation: str, *operands: int) -> int:
        return self.builder.apply(operation, operands)

    def read(self, part: Any) -> int:
        if part.is_Symbol:
            return self.place[part.name]
        if part.is_number and part.is_Atom:
            return self.number(part)
        if part.is_Add or part.is_Mul:
            return self.chain(part)
        if part.is_Pow:
            return self.power(part)
        name = type(part).__name__
        if name in {"Min", "Max"}:
            return self.fold(name.lower(), [self.node[a] for a in part.args])
        if name in _FUNCTIONS and len(part.args) == 1:
            return self.apply(_FUNCTIONS[name], self.node[part.args[0]])
        if name in _RECIPROCALS:
            inner = self.apply(_RECIPROCALS[name], self.node[part.args[0]])
            return self.apply("inv", inner)
        message = f"{name} has no counterpart in an expression"
        raise ExpressionError(message)

    def number(self, part: Any) -> int:
        if part.is_Integer:
            value = int(part)
            small = abs(value) <= _LARGEST_INTEGER
            return self.builder.number(value) if small else self.builder.constant(float(value))
        if part.is_Rational:
            return self.fraction(part)
        if part.is_Float:
            return self.builder.constant(float(part))
        if part is self.sympy.pi:
            return self.apply("pi")
        if part is self.sympy.E:
            return self.apply("exp", self.builder.number(1))
        message = f"{part} has no counterpart in an expression"
        raise ExpressionError(message)

    def fraction(self, part: Any) -> int:
        bottom = self.number(self.sympy.Integer(part.q))
        if part.p == 1:
            return self.apply("inv", bottom)
        return self.apply("div", self.number(self.sympy.Integer(part.p)), bottom)

    def fold(self, operation: str, nodes: list[int]) -> int:
        result = nodes[0]
        for node in nodes[1:]:
            result = self.apply(operation, result, node)
        return result

    def chain(self, part: Any) -> int:
        if part.is_Add:
            return self.fold("add", [self.node[a] for a in part.args])
        # A factor that is a reciprocal goes below the line.
        below = [a for a in part.args if a.is_Pow and a.exp == -1 and a in self.node]
        above = [self.node[a] for a in part.args if a not in below]
        under = [self.node[a.base] for a in below]
        if not under:
            return self.fold("mul", above)
        bottom = self.fold("mul", under)
        return self.apply("div", self.fold("mul", above), bottom) if above else self.inverse(bottom)

    def inverse(self, node: int) -> int:
        return self.apply("inv", node)

    def power(self, part: Any) -> int:
        base, exponent = part.base, part.exp
        if base is self.sympy.E:
            return self.apply("exp", self.node[exponent])
        node = self.node[base]
        short = {2: "pow2", 3: "pow3", -1: "inv", self.sympy.S.Half: "sqrt"}
        if exponent in short:
            return self.apply(short[exponent], node)
        if exponent == -self.sympy.S.Half:
            return self.inverse(self.apply("sqrt", node))
        return self.apply("pow", node, self.node[exponent])
