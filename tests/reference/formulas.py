"""Slow, obvious formulas: numpy one operation at a time, with first derivatives and error bounds.

A formula is the five lists of a `Program`. Random formulas are texts of calls and brackets, made
without the printer that they test.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

Array = NDArray[np.float64]
EPS = 2.0**-52

VALUE = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "pow": np.power,
    "min": np.minimum,
    "max": np.maximum,
    "neg": lambda a: -a,
    "inv": lambda a: 1 / a,
    "abs": np.abs,
    "sign": np.sign,
    "sqrt": np.sqrt,
    "pow2": lambda a: a * a,
    "pow3": lambda a: a * a * a,
    "exp": np.exp,
    "log": np.log,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "asin": np.arcsin,
    "acos": np.arccos,
    "atan": np.arctan,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "tanh": np.tanh,
}


def _half(a: Array, b: Array, wins: Array) -> Array:
    return np.where(a == b, 0.5, np.where(wins, 1.0, 0.0))


# Partial derivatives by the operands; y is the result.
PARTIAL = {
    "add": lambda a, b, y: (np.ones_like(y), np.ones_like(y)),
    "sub": lambda a, b, y: (np.ones_like(y), -np.ones_like(y)),
    "mul": lambda a, b, y: (b, a),
    "div": lambda a, b, y: (1 / b, -a / b**2),
    "pow": lambda a, b, y: (
        np.where(b == 0, 0.0, b * np.power(a, b - 1)),
        np.where((a == 0) & (b > 0), 0.0, y * np.log(a)),
    ),
    "min": lambda a, b, y: (_half(a, b, a < b), _half(a, b, b < a)),
    "max": lambda a, b, y: (_half(a, b, a > b), _half(a, b, b > a)),
    "neg": lambda a, y: (-np.ones_like(y),),
    "inv": lambda a, y: (-1 / a**2,),
    "abs": lambda a, y: (np.sign(a),),
    "sign": lambda a, y: (np.zeros_like(y),),
    "sqrt": lambda a, y: (0.5 / y,),
    "pow2": lambda a, y: (2 * a,),
    "pow3": lambda a, y: (3 * a * a,),
    "exp": lambda a, y: (y,),
    "log": lambda a, y: (np.where(a < 0, np.nan, 1 / a),),
    "sin": lambda a, y: (np.cos(a),),
    "cos": lambda a, y: (-np.sin(a),),
    "tan": lambda a, y: (1 + y * y,),
    "asin": lambda a, y: (1 / np.sqrt((1 - a) * (1 + a)),),
    "acos": lambda a, y: (-1 / np.sqrt((1 - a) * (1 + a)),),
    "atan": lambda a, y: (1 / (1 + a * a),),
    "sinh": lambda a, y: (np.cosh(a),),
    "cosh": lambda a, y: (np.sinh(a),),
    "tanh": lambda a, y: ((1 - y) * (1 + y),),
}

# Where an operation's value or finiteness jumps: there an error bound says nothing.
EDGES = {
    "div": (1, [0.0]),
    "inv": (0, [0.0]),
    "sign": (0, [0.0]),
    "sqrt": (0, [0.0]),
    "log": (0, [0.0]),
    "asin": (0, [-1.0, 1.0]),
    "acos": (0, [-1.0, 1.0]),
    "pow": (0, [0.0]),
}


@dataclass
class Trace:
    """Of each node: value, a bound of its rounding error, and where that bound holds.

    `smooth` marks the rows where all values and partial derivatives are finite.
    """

    value: list[Array]
    error: list[Array]
    sound: Array
    smooth: Array

    @property
    def result(self) -> Array:
        return self.value[-1]

    @property
    def whole(self) -> Array:
        """Rows where no part of the formula is infinite: signs of zeros and infinities are moot."""
        return np.all([~np.isinf(v) for v in self.value[:-1]] or [np.ones_like(self.sound)], axis=0)

    @property
    def bound(self) -> Array:
        return self.error[-1]


def _leaf(program: Any, k: int, x: Array) -> Array:
    name, left = program.operations[k], program.left[k]
    if name == "variable":
        return x[left]
    value = {"number": float(left), "constant": (program.constants or [0.0])[left * (name == "constant")], "pi": np.pi}  # fmt: skip
    return np.full(x.shape[1], value[name])


def trace(program: Any, x: Array) -> Trace:
    """Evaluate on columns `x`, shape (n_variables, n_rows), with a running error bound."""
    operations, left, right = program.operations, program.left, program.right
    out = Trace([], [], np.ones(x.shape[1], bool), np.ones(x.shape[1], bool))
    with np.errstate(all="ignore"):
        for k, name in enumerate(operations):
            if name not in VALUE:
                out.value.append(_leaf(program, k, x))
                out.error.append(np.full(x.shape[1], 0.0 if name != "pi" else EPS))
                continue
            ids = [left[k], right[k]][: 2 if len(PARTIAL[name].__code__.co_varnames) == 3 else 1]
            _step(out, name, ids)
    return out


def _step(out: Trace, name: str, ids: list[int]) -> None:
    operands = [out.value[i] for i in ids]
    y = VALUE[name](*operands)
    slopes = PARTIAL[name](*operands, y)
    carried = sum(
        np.where(out.error[i] == 0, 0.0, np.abs(d) * out.error[i])
        for i, d in zip(ids, slopes, strict=True)
    )
    integers = np.all([(o == np.round(o)) & (np.abs(o) < 2**50) for o in operands], axis=0)
    exact = integers & (y == np.round(y)) & (np.abs(y) < 2**50)
    out.value.append(y)
    error = carried + np.where(exact, 0.0, 4 * EPS * np.abs(y))
    out.error.append(np.where(np.isfinite(y), error, 0.0))
    out.sound &= np.isfinite(out.error[-1])
    out.smooth &= np.all([np.isfinite(v) for v in (y, *slopes)], axis=0)
    if name == "tanh":  # 1 - y cancels
        out.smooth &= np.abs(operands[0]) < 6
    if name in {"sin", "cos", "tan"}:  # an error of the angle turns the slope
        out.smooth &= out.error[ids[0]] < 1e-12
    size = np.abs(y)
    out.sound &= ~((np.isfinite(y)) & ((size > 1e100) | ((size < 1e-100) & (size > 0))))
    out.sound &= ~(np.isfinite(y) & (carried > 1e-3 * np.maximum(size, 1e-3)))
    if name in EDGES:
        which, places = EDGES[name]
        argument, error = operands[which], out.error[ids[which]]
        for place in places:
            out.sound &= ~((np.abs(argument - place) <= 100 * error) & (error > 0))
    if name == "tan":
        out.sound &= ~(np.abs(y) > 1e6)
    if name in {"exp", "sinh", "cosh"}:
        out.sound &= ~(np.abs(operands[0]) > 200)
    if name in {"exp", "pow"}:  # underflow
        out.sound &= (y != 0) | (operands[0] == 0)
    if name == "pow":
        out.sound &= ~(
            (operands[0] < 0) & (operands[1] != np.round(operands[1])) & (out.error[ids[1]] > 0)
        )


def tangent(program: Any, traced: Trace, direction: dict[int, Array]) -> tuple[Array, Array]:
    """Derivative along a direction of leaf nodes, and the sum of its terms' sizes."""
    slope, size = [], []
    with np.errstate(all="ignore"):
        for k, name in enumerate(program.operations):
            zero = np.zeros_like(traced.value[k])
            if name not in VALUE:
                slope.append(direction.get(k, zero))
                size.append(np.abs(slope[-1]))
                continue
            ids = [program.left[k], program.right[k]]
            ids = ids[: 2 if len(PARTIAL[name].__code__.co_varnames) == 3 else 1]
            parts = PARTIAL[name](*(traced.value[i] for i in ids), traced.value[k])
            pairs = list(zip(ids, parts, strict=True))
            slope.append(sum((np.where(slope[i] == 0, 0, d * slope[i]) for i, d in pairs), zero))
            size.append(sum((np.where(size[i] == 0, 0, abs(d) * size[i]) for i, d in pairs), zero))
    return slope[-1], size[-1]


UNARY = [n for n in VALUE if len(PARTIAL[n].__code__.co_varnames) == 2]
BINARY = [n for n in VALUE if len(PARTIAL[n].__code__.co_varnames) == 3]


def texts(n_variables: int = 3, max_leaves: int = 12) -> st.SearchStrategy[str]:
    """Random formulas as nested calls, such as ``add(x0, sin(2.5))``."""
    variable = st.integers(0, n_variables - 1).map(lambda k: f"x{k}")
    number = st.integers(-5, 5).map(str)
    constant = st.floats(-4, 4).map(lambda c: repr(round(c, 3)))
    leaf = st.one_of(variable, variable, number, constant, st.just("pi"))

    def grow(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        return st.one_of(
            st.tuples(st.sampled_from(UNARY), inner).map(lambda t: f"{t[0]}({t[1]})"),
            st.tuples(st.sampled_from(BINARY), inner, inner).map(
                lambda t: f"{t[0]}({t[1]}, {t[2]})"
            ),
        )

    return st.recursive(leaf, grow, max_leaves=max_leaves)


def random_text(rng: np.random.Generator, n_nodes: int, n_variables: int) -> str:
    """The same from a generator, of about `n_nodes` nodes."""
    if n_nodes <= 1:
        kind = rng.integers(5)
        if kind < 3:
            return f"x{rng.integers(n_variables)}"
        return str(rng.integers(1, 6)) if kind == 3 else repr(round(rng.normal(), 3))
    if n_nodes == 2 or rng.random() < 0.3:
        return f"{rng.choice(UNARY)}({random_text(rng, n_nodes - 1, n_variables)})"
    left = int(rng.integers(1, n_nodes - 1))
    a = random_text(rng, left, n_variables)
    return f"{rng.choice(BINARY)}({a}, {random_text(rng, n_nodes - 1 - left, n_variables)})"


def points(n_variables: int = 3) -> Array:
    """Columns: a grid of special values, then random ones of several sizes."""
    special = [0.0, 1.0, -1.0, 2.0, 0.5]
    grid = np.array(np.meshgrid(*[special] * n_variables)).reshape(n_variables, -1)
    rng = np.random.default_rng(7)
    rest = [rng.uniform(-s, s, (n_variables, 40)) for s in (0.3, 1.0, 3.0, 10.0)]
    return np.ascontiguousarray(np.concatenate([grid, *rest], axis=1))
