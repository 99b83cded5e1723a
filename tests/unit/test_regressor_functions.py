"""The user's own operations: read, searched among, and named in what is found."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symnum import DomainError, Expression, ParseError, SymbolicRegressor
from symnum._core import expression as core
from symnum._regression.functions import Functions

RNG = np.random.default_rng(3)
X = RNG.uniform(0.5, 3.0, (120, 2))
A, B = X.T
GIVEN = {
    "bump": "exp(-u**2)",
    "sigmoid": "1/(1 + exp(-u))",
    "softplus": "log(1 + exp(u))",
    "sinc": "sin(u)/u",
    "gap": "abs(u - v)/(u + v)",
    "half": "u**3 - 0.5*u",
}


def functions(*names: str) -> Functions:
    found = Functions.of({name: GIVEN[name] for name in names or GIVEN}, ["x0", "x1"])
    assert found is not None
    return found


def regressor(**options: object) -> SymbolicRegressor:
    defaults = {"timeout_in_seconds": 60, "table_size": 1_000, "generations": 2, "random_state": 0}
    return SymbolicRegressor(**defaults | options)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("bump(x0)", "bump(x0)"),
        ("3*bump(x0 - 1) + x1", "3*bump(x0 - 1) + x1"),
        ("bump(2*x0)", "bump(2*x0)"),
        ("bump(1.5*x0)", "bump(1.5*x0)"),
        ("x1*sigmoid(2*x0)", "x1*sigmoid(2*x0)"),
        ("2/(1 + exp(-x0))", "2*sigmoid(x0)"),
        ("x1 - 0.7*softplus(x0*x1)", "x1 - 0.7*softplus(x0*x1)"),
        ("3*sin(x0)/x0", "3*sinc(x0)"),
        ("sinc(x0)*x1", "sinc(x0)*x1"),
        ("gap(x0, x1)", "gap(x0, x1)"),
        ("bump(sigmoid(x0))", "bump(sigmoid(x0))"),
        ("x1 + x0**3 - 0.5*x0", None),
        ("sin(x0) + x1", "sin(x0) + x1"),
        ("exp(x0**2)", "exp(x0**2)"),
    ],
)
def test_formula_is_told_with_its_calls(text: str, expected: str | None) -> None:
    own = functions()
    definitions = {f.name: f.formula for f in own.every}
    formula = Expression(text, ["x0", "x1"], definitions).simplify()
    told = own.text(formula)
    again = Expression(told, ["x0", "x1"], definitions)
    np.testing.assert_allclose(again.evaluate(X), formula.evaluate(X), rtol=1e-12)
    if expected is not None:
        assert sorted(told) == sorted(expected)  # up to the order of operands
    assert own.saved(formula._program) >= 0


@st.composite
def texts(draw: st.DrawFn) -> str:
    leaf = st.sampled_from(["x0", "x1", "2", "0.7", "3.5"])
    unary = ["bump", "sigmoid", "softplus", "sinc", "half", "sin", "exp"]
    return draw(
        st.recursive(
            leaf,
            lambda inner: st.one_of(
                st.builds("{}({})".format, st.sampled_from(unary), inner),
                st.builds("({} {} {})".format, inner, st.sampled_from("+-*/"), inner),
                st.builds("gap({}, {})".format, inner, inner),
            ),
            max_leaves=5,
        )
    )


@settings(max_examples=150, deadline=None)
@given(texts())
def test_telling_a_formula_with_calls_changes_no_value(text: str) -> None:
    own = functions()
    definitions = {f.name: f.formula for f in own.every}
    formula = Expression(text, ["x0", "x1"], definitions).simplify()
    again = Expression(own.text(formula), ["x0", "x1"], definitions)
    with np.errstate(all="ignore"):
        one, other = formula.evaluate(X), again.evaluate(X)
    finite = np.isfinite(one) & np.isfinite(other)
    np.testing.assert_allclose(one[finite], other[finite], rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize(
    ("own", "y", "expected"),
    [
        ({"bump": GIVEN["bump"]}, 3 * np.exp(-((A - B) ** 2)) + B, "3*bump(x0 - x1) + x1"),
        ({"gap": GIVEN["gap"]}, A * np.abs(A - B) / (A + B), "gap(x0, x1)*x0"),
        ({"step": "max(u - 1, 0)"}, np.maximum(A - 1, 0) * B, "step(x0)*x1"),
    ],
)
def test_own_operation_is_found_and_named(
    own: dict[str, str], y: np.ndarray, expected: str
) -> None:
    model = regressor(functions=own, operations=["add", "sub", "mul"]).fit(X, y)
    assert model.is_exact_
    best = model.get_best()
    assert next(iter(own)) in best.equation
    assert best.complexity == len(
        [c for c in expected.replace("bump", "f").replace("gap", "f").replace("step", "f")
         .replace("x0", "x").replace("x1", "x") if c.isalnum() or c in "+-*"]
    )  # fmt: skip


def test_own_operation_is_written_for_latex_sympy_and_files(tmp_path: Path) -> None:
    y = 3 * np.exp(-((A - B) ** 2)) + B
    model = regressor(functions={"my_bump": "exp(-u**2)"}, operations=["add", "sub", "mul"])
    model.fit(X, y)
    assert r"\operatorname{my\_bump}\left(" in model.latex()
    assert model.latex() in model.latex_table()
    assert "my_bump(" in str(model)
    path = tmp_path / "model.json"
    model.save(path)
    for again in (SymbolicRegressor.load(path), pickle.loads(pickle.dumps(model))):
        assert str(again) == str(model)
        assert again.latex() == model.latex()
        np.testing.assert_array_equal(again.predict(X), model.predict(X))
    again = SymbolicRegressor.load(path)
    again.set_params(warm_start=True, timeout_in_seconds=60, generations=0)
    assert again.fit(X, y).is_exact_
    sympy = pytest.importorskip("sympy")
    x0, x1 = sympy.symbols("x0 x1", real=True)
    assert sympy.simplify(model.sympy() - (3 * sympy.exp(-((x0 - x1) ** 2)) + x1)) == 0


def test_numbers_of_an_own_operation_are_fixed_and_later_ones_use_earlier_ones() -> None:
    own = Functions.of({"half": "0.5*u", "quarter": "half(half(w))"}, ["x0"])
    assert own is not None
    assert all(not f.program.constants for f in own.every)
    half, quarter = own.every
    assert core.evaluate_float64([half.program, quarter.program], [[], []], np.ones((1, 1)))[
        :, 0
    ].tolist() == [0.5, 0.25]


@pytest.mark.parametrize(
    ("given", "kind", "message"),
    [
        (["bump"], DomainError, "functions is .*expected a mapping"),
        ({"sin": "u**2"}, ParseError, r"functions\['sin'\].*that of an operation"),
        ({"x0": "u**2"}, DomainError, "functions has 'x0', which is a column"),
        ({"a b": "u**2"}, ParseError, r"functions\['a b'\]"),
        ({3: "u**2"}, DomainError, "functions has 3, expected a name"),
        ({"f": "u +"}, ParseError, r"functions\['f'\]"),
        ({"f": "2 + 3"}, DomainError, r"functions\['f'\] has the operands none, expected 1 or 2"),
        ({"f": "u + v + w"}, DomainError, "has the operands u, v, w, expected 1 or 2"),
        ({"f": 3}, DomainError, r"functions\['f'\] is 3, expected a text or an Expression"),
        ({"f": "u*0.12345678901234"}, DomainError, "expected one of at most nine digits"),
        ({"f": "u.__class__"}, ParseError, r"functions\['f'\]"),
    ],
)
def test_wrong_operation_is_named(given: object, kind: type, message: str) -> None:
    with pytest.raises(kind, match=message):
        regressor(functions=given).fit(X, A)


def test_own_operations_keep_to_units() -> None:
    y = B * np.exp(-((A / 2) ** 2))
    model = regressor(functions={"bump": "exp(-u**2)"})
    model.fit(X, y, X_units=[None, "m"], y_units="m")
    assert model.is_exact_
    with pytest.raises(DomainError, match="y_units"):
        model.fit(X, y, X_units=[None, "m"], y_units="s")
