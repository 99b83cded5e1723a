"""`Expression` as a Python object: data in, values out, operators, equality, exports."""

from __future__ import annotations

import copy
import math
import pickle
import subprocess
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import symnum
from symnum import Expression, ExpressionError, ShapeError, TooLargeError, evaluate_all
from symnum._core import expression as core

F = Expression("2.5*x*exp(-t/3)")


def test_evaluate_takes_an_array_in_the_order_of_the_variables() -> None:
    data = np.array([[0.0, 2.0], [3.0, 4.0]])
    assert F.variables == ("t", "x")
    np.testing.assert_allclose(F.evaluate(data), [5.0, 10 / math.e])


def test_evaluate_takes_a_mapping_whose_arrays_broadcast() -> None:
    values = F.evaluate({"t": np.zeros((3, 1)), "x": np.arange(4.0), "unused": 0})
    assert values.shape == (3, 4)
    assert np.array_equal(values[1], 2.5 * np.arange(4.0))


def test_evaluate_of_numbers_is_one_number() -> None:
    assert F.evaluate({"t": 0, "x": 2}).shape == ()
    assert Expression("2**10").evaluate({}) == 1024


def test_evaluate_takes_a_data_frame() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"x": [1.0, 2.0], "t": [0.0, 0.0], "name": ["a", "b"]})
    assert np.array_equal(F.evaluate(frame), [2.5, 5.0])


def test_evaluate_keeps_single_precision() -> None:
    assert F.evaluate(np.ones((3, 2), np.float32)).dtype == np.float32
    assert F.evaluate(np.ones((3, 2), np.int64)).dtype == np.float64


def test_evaluate_takes_any_layout() -> None:
    data = np.arange(60.0).reshape(6, 10)[::2, 1:5:2]
    expected = 2.5 * data[:, 1] * np.exp(-data[:, 0] / 3)
    np.testing.assert_allclose(F.evaluate(data), expected)
    np.testing.assert_allclose(F.evaluate(np.asfortranarray(data)), expected)
    assert F.evaluate(np.empty((0, 2))).shape == (0,)


@pytest.mark.parametrize("n_rows", [1, 15, 16, 17, 255, 256, 257, 1000, 20_000])
@pytest.mark.parametrize("text", ["x", "3", "pi*2.0", "x*y", "sin(x)/y - 0.5**x"])
def test_value_of_a_row_does_not_depend_on_the_other_rows(n_rows: int, text: str) -> None:
    data = np.random.default_rng(n_rows).uniform(1, 2, (n_rows, 2))
    f = Expression(text, ["x", "y"])
    values = f.evaluate(data)
    for k in {0, n_rows // 2, n_rows - 1}:
        assert f.evaluate(data[k : k + 1])[0] == values[k]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (np.zeros((3, 1)), r"X has shape \(3, 1\), expected \(n_rows, 2\): .* t, x"),
        (np.zeros(3), r"X has shape \(3,\)"),
        (np.zeros((2, 3, 2)), r"X has shape \(2, 3, 2\)"),
        ({"x": 1.0}, "X has no values for t"),
        ({"x": np.zeros(2), "t": np.zeros(3)}, r"do not broadcast: t \(3,\), x \(2,\)"),
        ([["a", "b"]], "X has values of type <U1, expected real numbers"),
        ([[1j, 2]], "expected real numbers"),
        ({"x": None, "t": 1}, "x has values of type object"),
    ],
)
def test_data_of_another_shape_is_refused_by_name(data: object, message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        F.evaluate(data)


@pytest.mark.parametrize(
    ("text", "x", "expected"),
    [
        ("log(x)", -1.0, np.nan),
        ("log(x)", 0.0, -np.inf),
        ("1/x", 0.0, np.inf),
        ("0*x**-1", 0.0, np.nan),
        ("x**-1", 0.0, np.inf),
        ("exp(x)", 1e6, np.inf),
        ("sqrt(x)", -1.0, np.nan),
        ("x**0.5", -1.0, np.nan),
        ("asin(x)", 1.5, np.nan),
        ("max(x, 1)", np.nan, np.nan),
        ("x - x", np.inf, np.nan),
        ("9**9**9**9*x", 1.0, np.inf),
    ],
)
def test_value_outside_a_domain_is_nan_or_infinite_without_warning(
    text: str, x: float, expected: float
) -> None:
    assert np.array_equal(Expression(text).evaluate([x]), [expected], equal_nan=True)


def test_tangent_of_half_pi_is_large_and_finite() -> None:
    assert Expression("tan(x)").evaluate([np.pi / 2])[0] == pytest.approx(1.633123935319537e16)


def test_operators_build_what_the_text_says() -> None:
    x, y = Expression("x"), Expression("y")
    built = -(x**2) + 3 * y / (x - 1) ** 3 - abs(y) ** x + 1 / x + x * Fraction(1, 3)
    read = Expression("-x**2 + 3*y/(x - 1)**3 - abs(y)**x + 1/x + x*(1/3)")
    assert str(built) == "-x**2 + 3*y/(x - 1)**3 - abs(y)**x + 1/x + x*div(1, 3)"
    assert built == read
    assert +x is x
    assert np.float64(2.0) * x == 2.0 * x
    assert 2**x == Expression("2**x")


@pytest.mark.parametrize("other", ["x", None, [1], True, 1j, np.ones(2)])
def test_operator_refuses_what_is_no_number(other: object) -> None:
    with pytest.raises(TypeError):
        _ = Expression("x") + other
    with pytest.raises(TypeError):
        _ = other * Expression("x")


def test_operator_refuses_numbers_that_are_not_finite() -> None:
    with pytest.raises(symnum.DomainError, match="constant is inf"):
        _ = Expression("x") * math.inf


def test_variables_of_a_sum_are_those_of_the_first_then_of_the_second() -> None:
    assert (Expression("b + c") * Expression("a + b")).variables == ("b", "c", "a")


def test_same_object_twice_keeps_its_constants_tied() -> None:
    f = Expression("0.5*x")
    assert (f * f).constants.size == 1
    assert (f * Expression("0.5*x")).constants.size == 2


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x + y", "y + x"),
        ("x - (y - z)", "x - y + z"),
        ("x*y/z", "x/z*y"),
        ("(x + 1)**2", "(1 + x)*(1 + x)"),
        ("2*(x + y)", "2*x + 2*y"),
        ("sqrt(x**2)", "abs(x)"),
        ("exp(x)*exp(y)", "exp(x + y)"),
        ("cos(-x)", "cos(x)"),
        ("x + y - y", "x"),
        ("x/2", "0.5*x*1.0 - 0*x"),
        ("sin(z)*0 + w", "w"),
    ],
)
def test_equality_holds_up_to_algebra(one: str, other: str) -> None:
    a, b = Expression(one), Expression(other)
    if "0.5" not in other:
        assert a == b
        assert hash(a) == hash(b)
    assert a.simplify().evaluate(dict.fromkeys("xyzw", 0.7)) == pytest.approx(
        b.evaluate(dict.fromkeys("xyzw", 0.7))
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [("x", "y"), ("x/x", "1"), ("sqrt(x)**2", "x"), ("exp(log(x))", "x"), ("x", "2*x"), ("1.5*x", "1.6*x")],
)  # fmt: skip
def test_equality_does_not_hold_where_values_or_domains_differ(one: str, other: str) -> None:
    assert Expression(one) != Expression(other)


def test_equality_with_anything_else_is_false() -> None:
    assert Expression("x") != "x"
    assert Expression("x") != 1


@pytest.mark.parametrize(
    ("text", "simple"),
    [
        ("x - x", "0"),
        ("x/x", "x/x"),
        ("x*0", "0"),
        ("0/x", "0/x"),
        ("x**2/x", "x**2/x"),
        ("exp(x)/exp(x)", "1"),
        ("x + x", "2*x"),
        ("x*x*x*x", "x**4"),
        ("1/(1/x)", "x"),
        ("-(-x)", "x"),
        ("x**1", "x"),
        ("x**0", "1"),
        ("sqrt(4)", "2"),
        ("log(1)", "0"),
        ("sin(0) + cos(0)", "1"),
        ("1/2 + 1/3", "5/6"),
        ("2.0*3.0*x", "6.0*x"),
        ("abs(exp(x))", "exp(x)"),
        ("log(exp(x))", "x"),
        ("max(x, x)", "x"),
        ("2147483647*2147483647*x", "4611686014132420608.0*x"),
    ],
)
def test_simplify_does_what_it_can_and_no_more(text: str, simple: str) -> None:
    assert str(Expression(text).simplify()) == simple


def test_simplify_takes_under_ten_milliseconds_on_three_thousand_terms() -> None:
    f = Expression("+".join(f"x{k % 50}" for k in range(4_900)))
    assert f.simplify().complexity < 250


def test_fingerprint_sees_what_the_canonical_form_does_not() -> None:
    one, other = Expression("(x + y)**2"), Expression("x**2 + 2*x*y + y**2")
    assert one.fingerprint == other.fingerprint
    assert one.fingerprint != Expression("x**2 + y**2").fingerprint
    assert Expression("sin(x)**2 + cos(x)**2").fingerprint == Expression("1", ["x"]).fingerprint


def test_derivative_agrees_with_central_differences() -> None:
    f = Expression("sin(a*b)*exp(-a**2) + log(b)/sqrt(a) + atan(b)**a + tanh(a - b)")
    x = np.random.default_rng(5).uniform(0.5, 2, (100, 2))
    values, jacobian = f.value_and_jacobian(x, by="variables")
    assert np.array_equal(values, f.evaluate(x))
    for k, name in enumerate(f.variables):
        step = np.zeros(2)
        step[k] = 1e-6
        slope = (f.evaluate(x + step) - f.evaluate(x - step)) / 2e-6
        np.testing.assert_allclose(jacobian[:, k], slope, rtol=1e-7, atol=1e-7)
        np.testing.assert_allclose(f.derivative(name).evaluate(x), jacobian[:, k], rtol=1e-12)


def test_derivative_of_a_product_with_a_zero_factor_is_finite() -> None:
    _, jacobian = Expression("x*y*z").value_and_jacobian([[0.0, 2.0, 3.0]], by="variables")
    assert np.array_equal(jacobian, [[6.0, 0.0, 0.0]])


def test_derivative_names_the_variables_that_there_are() -> None:
    with pytest.raises(ShapeError, match="variable is 'z', expected one of t, x"):
        F.derivative("z")
    with pytest.raises(ShapeError, match="by is 'rows', expected 'constants' or 'variables'"):
        F.value_and_jacobian([[1.0, 2.0]], by="rows")


def test_pickle_and_copy_keep_the_expression() -> None:
    for f in (F, F.derivative("t"), Expression("1"), Expression("x", ["y", "x"])):
        for twin in (pickle.loads(pickle.dumps(f)), copy.deepcopy(f), copy.copy(f)):
            assert twin == f
            assert str(twin) == str(f)
            assert twin.variables == f.variables


def test_pickle_holds_no_code_but_one_function_of_the_package() -> None:
    import pickletools

    names = [arg for op, arg, _ in pickletools.genops(pickle.dumps(F, protocol=2)) if op.name == "GLOBAL"]  # fmt: skip
    assert names == ["symnum.expression _restore"]


def test_tampered_pickle_is_refused() -> None:
    restore, (nodes, variables) = F.__reduce__()
    with pytest.raises(symnum.SymnumError):
        restore((nodes[0], [10**6] * len(nodes[0]), *nodes[2:]), variables)
    with pytest.raises(symnum.SymnumError):
        restore(nodes, ("__import__('os')", "x"))
    with pytest.raises(symnum.SymnumError):
        restore(nodes, ("x", "x"))


def test_repr_reads_back_and_stays_short() -> None:
    assert repr(F) == "Expression('2.5*x*exp(-t/3)')"
    assert repr(Expression("x", ["y", "x"])) == "Expression('x', variables=('y', 'x'))"
    assert len(repr(Expression("+".join(f"{k}*x" for k in range(2_000))))) < 600


def test_text_of_a_tree_too_large_is_refused_and_its_repr_is_not() -> None:
    f = Expression("x")
    for _ in range(40):
        f = f * f
    assert f.complexity == 2**41 - 1
    assert repr(f) == f"<Expression of {2**41 - 1} nodes>"
    with pytest.raises(TooLargeError, match="the limit is 100000"):
        str(f)
    assert f.evaluate([1.0])[0] == 1.0


def test_latex_is_what_a_notebook_shows() -> None:
    f = Expression("-alpha_1*x2**2/sqrt(1 - v**2/c**2) + 1.5e-10*exp(-beta) + speed*pi")
    assert f.latex() == (
        r"\frac{\left(-\alpha_{1}\right) \cdot x_{2}^{2}}{\sqrt{1 - \frac{v^{2}}{c^{2}}}}"
        r" + 1.5 \cdot 10^{-10} \cdot e^{-\beta} + \mathrm{speed} \cdot \pi"
    )
    assert f._repr_latex_() == f"$\\displaystyle {f.latex()}$"


def test_c_function_has_the_same_values(tmp_path: Path) -> None:
    import ctypes
    import shutil

    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler")
    f = Expression("min(x, 2)*exp(-1.5*t)/(x - -3) + sign(t)*pi - max(t, x)**2.5 + 1/abs(t)**3")
    (tmp_path / "f.c").write_text(f.to_c("value"))
    library = tmp_path / "f.so"
    subprocess.run([compiler, "-Wall", "-Werror", "-std=c99", "-shared", "-fPIC", "-o", library, tmp_path / "f.c", "-lm"], check=True)  # fmt: skip
    value = ctypes.CDLL(str(library)).value
    value.restype = ctypes.c_double
    for row in np.random.default_rng(8).uniform(0.5, 4, (50, 2)):
        got = value((ctypes.c_double * 2)(*row))
        assert got == pytest.approx(f.evaluate([row])[0], rel=1e-14)


@pytest.mark.parametrize("name", ["f; system", "2f", "", "int", "f()"])
def test_c_function_name_is_checked(name: str) -> None:
    with pytest.raises(ExpressionError):
        F.to_c(name)


def test_sympy_symbols_can_be_given() -> None:
    sympy = pytest.importorskip("sympy")
    s = sympy.Symbol("s")
    assert Expression("x**2 + 1").sympy({"x": s}) == s**2 + 1
    with pytest.raises(ShapeError, match="symbols has 'q'"):
        Expression("x").sympy({"q": s})


def test_from_sympy_refuses_what_has_no_counterpart() -> None:
    sympy = pytest.importorskip("sympy")
    x = sympy.Symbol("x")
    for formula in (sympy.I * x, sympy.zeta(x), sympy.Integral(x, x), x < 1, sympy.oo):
        with pytest.raises(ExpressionError):
            Expression.from_sympy(formula)
    for text in ("x", None, 1):
        with pytest.raises(ExpressionError, match="expected a SymPy object"):
            Expression.from_sympy(text)


def test_from_sympy_refuses_a_symbol_that_is_no_name() -> None:
    sympy = pytest.importorskip("sympy")
    with pytest.raises(symnum.ParseError):
        Expression.from_sympy(sympy.Symbol("__import__('os')"))


def test_population_has_the_values_of_each() -> None:
    texts = ["x*y", "sin(x)", "2.5", "x**y - 1.5*y", "y"] * 10
    fs = [Expression(t, ["x", "y"]) for t in texts]
    x = np.random.default_rng(4).uniform(0.5, 2, (777, 2))
    together = evaluate_all(fs, x)
    assert together.shape == (50, 777)
    for row, f in zip(together, fs, strict=True):
        assert np.array_equal(row, f.evaluate(x))


def test_population_needs_the_same_variables() -> None:
    with pytest.raises(ShapeError, match=r"expressions\[1\] has the variables y, expected .*: x"):
        evaluate_all([Expression("x"), Expression("y")], [[1.0]])
    with pytest.raises(ShapeError, match="expressions has 0 expressions"):
        evaluate_all([], [[1.0]])


def test_core_refuses_to_copy_silently() -> None:
    program = F._program
    with pytest.raises(TypeError):
        core.evaluate_float64([program], [program.constants], np.zeros((2, 3), np.float32))
    with pytest.raises(TypeError):
        core.evaluate_float64([program], [program.constants], np.zeros((3, 2)).T)


@pytest.mark.parametrize(
    "call",
    [
        lambda p: core.evaluate_float64([p], [[]], np.zeros((2, 3))),
        lambda p: core.evaluate_float64([p], [], np.zeros((2, 3))),
        lambda p: core.evaluate_float64([p], [[1.0]], np.zeros((1, 3))),
        lambda p: core.evaluate_float64([p], [[1.0]], np.zeros(3)),
        lambda p: core.evaluate_float64([None], [[1.0]], np.zeros((2, 3))),
        lambda p: core.jacobian(p, [], np.zeros((2, 3)), "constant"),
        lambda p: core.jacobian(p, [1.0], np.zeros((1, 3)), "constant"),
        lambda p: core.jacobian(p, [1.0], np.zeros((2, 3)), "rows"),
        lambda p: core.tangent(p, [1.0], np.zeros((2, 3)), [1.0, 2.0], np.zeros((2, 0))),
        lambda p: core.tangent(p, [1.0], np.zeros((2, 3)), [], np.zeros((1, 3))),
        lambda p: core.derive(p, "variable", 2),
        lambda p: core.derive(p, "rows", 0),
        lambda p: core.to_text(p, ["x"]),
        lambda p: p.with_constants([]),
        lambda p: p.with_constants([math.nan]),
        lambda p: core.fit([p], [[1.0]], np.zeros((2, 3)), np.zeros(2), np.zeros(0), 10, 0.0, True),
    ],
)
def test_core_checks_every_length_before_it_reads(call: object) -> None:
    with pytest.raises(symnum.SymnumError):
        call(F._program)  # type: ignore[operator]
