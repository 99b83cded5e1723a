"""Elementary functions: within 4 ulp of the correctly rounded value, over their whole range."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
from numpy.typing import NDArray

from symnum import Expression

# The functions of the core, and numpy's in extended precision as the judge.
FUNCTIONS = {
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
    "sqrt": np.sqrt,
}
EXTENDED = np.finfo(np.longdouble).eps < 1e-18
SPECIAL = [0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, 5e-324, -5e-324, 1e308, -1e308]
SPECIAL += [709.0, 709.79, 710.0, 711.0, -745.0, -746.0, 2.0**20, 2.0**21, np.pi, np.pi / 2, 0.5]


def inputs(dtype: type) -> NDArray[np.floating]:
    rng = np.random.default_rng(11)
    size = 20_000
    kind = np.uint64 if dtype is np.float64 else np.uint32
    patterns = rng.integers(0, np.iinfo(kind).max, size, dtype=kind).view(dtype)
    with np.errstate(over="ignore"):
        rest = [
            rng.uniform(-1, 1, size),
            rng.uniform(-750, 750, size),
            np.round(rng.uniform(-1e4, 1e4, size)) * (np.pi / 2),
            np.exp(rng.uniform(-40, 14, size)) * rng.choice([-1, 1], size),
            1 - np.exp(rng.uniform(-36, 0, size)),
            np.array(SPECIAL),
        ]
        return np.concatenate([patterns, *(part.astype(dtype) for part in rest)])


@pytest.mark.skipif(not EXTENDED, reason="needs extended precision to judge")
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_function_is_within_4_ulp_over_its_range(name: str, dtype: type) -> None:
    x = inputs(dtype)
    got = Expression(f"{name}(x)").evaluate(x)
    assert got.dtype == dtype
    with np.errstate(all="ignore"):
        exact = FUNCTIONS[name](x.astype(np.longdouble))
        rounded = exact.astype(dtype)
        distance = np.abs(got - exact) / np.spacing(np.abs(rounded))
    same = (got == rounded) | (np.isnan(got) & np.isnan(rounded))
    assert not np.isnan(got[~same]).any()
    assert np.where(same, 0, distance).max() <= 4


@pytest.mark.parametrize("name", ["sin", "tan", "asin", "atan", "sinh", "tanh", "sqrt"])
def test_zero_keeps_its_sign(name: str) -> None:
    values = Expression(f"{name}(x)").evaluate([[0.0], [-0.0]])
    assert np.array_equal(np.signbit(values), [False, True])


def test_instruction_sets_give_the_same_bits() -> None:
    code = """
import hashlib, numpy as np
from symnum import Expression, evaluate_all
from symnum._core import isa
x = np.random.default_rng(3).normal(0, 30, (1013, 2))
fs = [Expression(f, ["x", "y"]) for f in (
    "exp(x)", "log(x)", "sin(x)", "tan(y)", "asin(x/50)", "acos(x/50)", "atan(x)", "sinh(x)",
    "cosh(y)", "tanh(x)", "x**y", "sqrt(x)", "sin(x*y) + exp(x/y)/(x - 2.5*y**3)")]
for data in (x, x.astype(np.float32)):
    print(hashlib.sha256(evaluate_all(fs, data).tobytes()).hexdigest())
print(hashlib.sha256(fs[-1].value_and_jacobian(x, by="variables")[1].tobytes()).hexdigest())
print(fs[-1].fit(x, np.cos(x[:, 0])).expression)
"""
    outputs = set()
    for isa in ("baseline", "avx2", "avx512"):
        env = os.environ | {"MONOIDAL_ISA": isa}
        run = subprocess.run(
            [sys.executable, "-W", "error", "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env=env,
        )
        outputs.add(run.stdout)
    assert len(outputs) == 1
