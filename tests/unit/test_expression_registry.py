"""Every operation has its entry in every registry, or stands on a list of absences."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import numpy as np
import pytest

from symnum import Expression, _sympy, _torch
from symnum._core import expression as core

REFERENCE = runpy.run_path(str(Path(__file__).parents[1] / "reference" / "formulas.py"))
OPERATIONS = {name: arity for name, arity, _, _ in core.OPERATIONS}
CALLS = [name for name, arity in OPERATIONS.items() if arity > 0]
LEAVES = {"number", "constant", "variable"}  # written by their payload, not by a table


def applied(name: str) -> Expression:
    return Expression.call(name, *(Expression(v, ["x", "y"]) for v in "xy"[: OPERATIONS[name]]))


def test_operations_are_those_that_the_documents_list() -> None:
    listed = (
        "add sub mul div neg inv abs sqrt pow pow2 pow3 exp log sin cos tan asin acos atan"
        " sinh cosh tanh min max"
    )
    assert set(listed.split()) <= set(OPERATIONS)


def test_sympy_table_has_every_operation() -> None:
    assert set(_sympy.BUILD) == set(OPERATIONS) - LEAVES


def test_torch_table_has_every_operation() -> None:
    assert set(_torch.BUILD) == set(CALLS)


def test_reference_has_value_and_derivative_of_every_operation() -> None:
    assert set(REFERENCE["VALUE"]) == set(REFERENCE["PARTIAL"]) == set(CALLS)


@pytest.mark.parametrize("name", CALLS)
def test_operation_can_be_called_by_its_name(name: str) -> None:
    operands = ", ".join("xy"[: OPERATIONS[name]])
    assert Expression(f"{name}({operands})", ["x", "y"])._program == applied(name)._program


@pytest.mark.parametrize("name", CALLS)
def test_operation_is_written_in_every_language(name: str) -> None:
    expression = applied(name)
    assert "x" in str(expression)
    assert "x" in expression.latex()
    assert re.search(r"const double t\d+ = .*x\[0\]", expression.to_c())


@pytest.mark.parametrize("name", CALLS)
def test_operation_has_a_symbolic_derivative(name: str) -> None:
    assert applied(name).derivative("x").variables == ("x", "y")


@pytest.mark.parametrize("name", CALLS)
def test_operation_has_a_line_of_domain_and_units(name: str) -> None:
    line = next(row for row in core.OPERATIONS if row[0] == name)
    assert line[2] in {"everywhere", "nonzero", "nonnegative", "positive", "unit_interval", "power"}
    assert line[3] != "free"


@pytest.mark.parametrize("name", CALLS)
def test_operation_is_finite_exactly_on_its_domain(name: str) -> None:
    grid = np.linspace(-3, 3, 25)
    x, y = (v.ravel() for v in np.meshgrid(grid, grid))
    values = applied(name).evaluate({"x": x, "y": y})
    last = y if OPERATIONS[name] == 2 else x
    inside = {
        "everywhere": np.ones_like(x, bool),
        "nonzero": last != 0,
        "nonnegative": last >= 0,
        "positive": last > 0,
        "unit_interval": np.abs(last) <= 1,
        "power": (x > 0) | ((x == 0) & (y >= 0)) | ((x < 0) & (y == np.round(y))),
    }
    domain = next(row[2] for row in core.OPERATIONS if row[0] == name)
    assert np.array_equal(np.isfinite(values), inside[domain])


@pytest.mark.parametrize("name", CALLS)
def test_torch_module_has_the_same_values_and_gradients(name: str) -> None:
    torch = pytest.importorskip("torch")
    expression = applied(name)
    x = np.random.default_rng(1).uniform(0.1, 0.9, (50, 2))
    data = torch.tensor(x, requires_grad=True)
    out = expression.to_torch()(data)
    values, jacobian = expression.value_and_jacobian(x, by="variables")
    np.testing.assert_allclose(out.detach().numpy(), values, rtol=1e-12)
    out.sum().backward()
    np.testing.assert_allclose(data.grad.numpy(), jacobian, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", CALLS)
def test_sympy_object_has_the_same_values(name: str) -> None:
    sympy = pytest.importorskip("sympy")
    formula = applied(name).sympy()
    run = sympy.lambdify([sympy.Symbol(v, real=True) for v in "xy"], formula, "numpy")
    x, y = np.random.default_rng(2).uniform(0.1, 0.9, (2, 50))
    np.testing.assert_allclose(run(x, y), applied(name).evaluate({"x": x, "y": y}), rtol=1e-12)
    assert Expression.from_sympy(formula, ["x", "y"]) == applied(name)
