"""Slow, obvious values of equations with derivatives and integrals: plain floats, a walk over the text.

Derivatives are central differences, integrals SciPy's quadrature. Nothing of the package is used.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Mapping

from scipy.integrate import quad

_STEP = 1e-4
_FUNCTIONS = {
    name: getattr(math, name)
    for name in (
        "sin",
        "cos",
        "tan",
        "exp",
        "log",
        "sqrt",
        "sinh",
        "cosh",
        "tanh",
        "asin",
        "acos",
        "atan",
    )
} | {"abs": abs, "sign": lambda a: math.copysign(1.0, a) if a else 0.0}


def value(text: str, at: Mapping[str, float], definitions: Mapping[str, str]) -> float:
    """Of a formula at a point; names that were defined stand for their formulas."""
    return _walk(ast.parse(text.strip(), mode="eval").body, dict(at), definitions)


def _walk(node: ast.AST, at: dict[str, float], definitions: Mapping[str, str]) -> float:
    match node:
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.Name(id="pi"):
            return math.pi
        case ast.Name(id=name) if name in definitions:
            return value(definitions[name], at, definitions)
        case ast.Name(id=name):
            return at[name]
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            return -_walk(inner, at, definitions)
        case ast.BinOp(left=left, op=op, right=right):
            a, b = _walk(left, at, definitions), _walk(right, at, definitions)
            return _binary(op, a, b)
        case ast.Call(func=ast.Name(id="D"), args=[inner, ast.Name(id=x)]):
            high = _walk(inner, {**at, x: at[x] + _STEP}, definitions)
            low = _walk(inner, {**at, x: at[x] - _STEP}, definitions)
            return (high - low) / (2 * _STEP)
        case ast.Call(func=ast.Name(id="I"), args=[inner, ast.Name(id=x), lower]):
            start = _walk(lower, at, definitions)
            return float(
                quad(lambda s: _walk(inner, {**at, x: s}, definitions), start, at[x], limit=30)[0]
            )
        case ast.Call(func=ast.Name(id="pow"), args=[left, right]):
            return _binary(ast.Pow(), _walk(left, at, definitions), _walk(right, at, definitions))
        case ast.Call(func=ast.Name(id=name), args=[inner]):
            return float(_FUNCTIONS[name](_walk(inner, at, definitions)))
    raise AssertionError(ast.unparse(node))


def _binary(op: ast.operator, a: float, b: float) -> float:
    if isinstance(op, ast.Pow):
        found = a**b
        return math.nan if isinstance(found, complex) else float(found)
    return {
        ast.Add: lambda: a + b,
        ast.Sub: lambda: a - b,
        ast.Mult: lambda: a * b,
        ast.Div: lambda: a / b,
    }[type(op)]()
