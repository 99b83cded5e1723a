"""Published systems of differential equations, and a slow solution of each by SciPy.

The right-hand sides are evaluated here by a walk over the formula in plain Python, so that nothing
of the compiled core is trusted.
"""

from __future__ import annotations

import ast
import json
import math
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

DEN = "(2*m1 + m2 - m2*cos(2*(a1 - a2)))"

LORENZ = {"x": "sigma*(y - x)", "y": "x*(rho - z) - y", "z": "x*y - beta*z"}
VAN_DER_POL = {"x": "y", "y": "mu*(1 - x^2)*y - x"}
DOUBLE_PENDULUM = {
    "a1": "w1",
    "a2": "w2",
    "w1": (
        "(-g*(2*m1 + m2)*sin(a1) - m2*g*sin(a1 - 2*a2)"
        f" - 2*sin(a1 - a2)*m2*(w2^2 + w1^2*cos(a1 - a2)))/{DEN}"
    ),
    "w2": (f"2*sin(a1 - a2)*(w1^2*(m1 + m2) + g*(m1 + m2)*cos(a1) + w2^2*m2*cos(a1 - a2))/{DEN}"),
}

Number = float
BINARY: dict[type, Callable[[Number, Number], Number]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}


def walk(node: ast.AST, at: Mapping[str, Number]) -> Number:
    match node:
        case ast.Constant(value=int() | float() as value):
            return value
        case ast.Name(id=name):
            return at[name]
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            return -walk(inner, at)
        case ast.BinOp(left=left, op=op, right=right):
            return BINARY[type(op)](walk(left, at), walk(right, at))
        case ast.Call(func=ast.Name(id="cot"), args=[inner]):
            return 1 / math.tan(walk(inner, at))
        case ast.Call(func=ast.Name(id="Abs" | "abs"), args=[inner]):
            return abs(walk(inner, at))
        case ast.Call(func=ast.Name(id=name), args=[inner]):
            function: Callable[[Number], Number] = getattr(math, name)
            return function(walk(inner, at))
    raise ValueError(ast.dump(node))


@dataclass(frozen=True)
class System:
    name: str
    equations: dict[str, str]
    parameters: dict[str, float]
    initial: tuple[tuple[float, ...], ...]
    end: float

    def slow(
        self, initial: Sequence[float], times: NDArray[np.float64], rtol: float = 1e-11
    ) -> NDArray[np.float64]:
        """Values at the times, shape (n_times, n_states); NaN after an early end."""
        trees = [ast.parse(t.replace("^", "**"), mode="eval").body for t in self.equations.values()]

        def slope(t: float, y: NDArray[np.float64]) -> list[float]:
            at = dict(zip(self.equations, y.tolist(), strict=True), t=t, **self.parameters)
            return [walk(tree, at) for tree in trees]

        found = solve_ivp(
            slope,
            (times[0], times[-1]),
            initial,
            t_eval=times,
            rtol=rtol,
            atol=1e-2 * rtol,
            method="LSODA",
        )
        out = np.full((len(times), len(trees)), np.nan)
        out[: found.y.shape[1]] = found.y.T
        return out


def odebench(folder: Path) -> list[System]:
    text = (folder / "symreg" / "odebench.json").read_text()
    return [
        System(
            f"{s['id']} {s['description']}",
            {f"x_{k}": f for k, f in enumerate(s["equation_template"])},
            s["constants"],
            tuple(map(tuple, s["initial_conditions"])),
            10.0,
        )
        for s in json.loads(text)["systems"]
    ]


def prose(folder: Path) -> list[System]:
    text = (folder / "symreg" / "prose_ode15.json").read_text()
    rng = np.random.default_rng(15)
    return [
        System(
            s["id"],
            {f"u_{k}": f for k, f in enumerate(s["equations_sympy"])},
            {**s["parameters_center"], **s["fixed_parameters"]},
            (tuple(rng.uniform(-1, 1, s["dim"])),),
            1.0,
        )
        for s in json.loads(text)["systems"]
    ]
