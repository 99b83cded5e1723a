"""Laws of expressions on random formulas: values, derivatives, rewriting and round trips."""

from __future__ import annotations

import pickle
import runpy
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from numpy.typing import NDArray

from symnum import Expression, ExpressionError
from symnum._core import expression as core

REFERENCE = runpy.run_path(str(Path(__file__).parents[1] / "reference" / "formulas.py"))
texts, points, trace, tangent = (REFERENCE[n] for n in ("texts", "points", "trace", "tangent"))
VALUE = REFERENCE["VALUE"]
X = points()
NAMES = ("x0", "x1", "x2")

Array = NDArray[np.float64]

# What makes finite numbers of infinities, of either sign, or of the sign of a zero.
SIGN_SENSITIVE = {"min", "max", "sign", "pow", "exp", "atan", "tanh"}


def read(text: str) -> core.Program:
    return core.parse(text, list(NAMES), [])[0]


def values(program: core.Program, x: Array = X) -> Array:
    return core.evaluate_float64([program], [program.constants], x)[0]


def ulps(got: Array, expected: Array) -> Array:
    """Distance in units of the last place; 0 where both are NaN or the same infinity."""
    same = (got == expected) | (np.isnan(got) & np.isnan(expected))
    with np.errstate(all="ignore"):
        distance = np.abs(got - expected) / np.spacing(np.abs(expected))
    return np.where(same, 0.0, np.where(np.isnan(distance), np.inf, distance))


def agree(got: Array, expected: Array, tolerance: Array, where: Array) -> bool:
    return bool(np.all(np.abs(got[where] - expected[where]) <= tolerance[where]))


@settings(max_examples=150)
@given(texts())
def test_each_operation_is_within_4_ulp_of_numpy_s_on_the_same_operands(text: str) -> None:
    program = read(text)
    builder = core.Builder(3)
    nodes: list[int] = []
    found: list[Array] = []
    rows = zip(program.operations, program.left, program.right, strict=True)
    for name, left, right in rows:
        if name not in VALUE:
            leaf = {"number": builder.number, "variable": builder.variable}
            if name == "constant":
                nodes.append(builder.constant(program.constants[left]))
            elif name == "pi":
                nodes.append(builder.apply("pi", []))
            else:
                nodes.append(leaf[name](left))
            found.append(values(builder.build(nodes[-1])))
            continue
        ids = [left, right][: 2 if name in REFERENCE["BINARY"] else 1]
        nodes.append(builder.apply(name, [nodes[i] for i in ids]))
        found.append(values(builder.build(nodes[-1])))
        with np.errstate(all="ignore"):
            expected = VALUE[name](*(found[i] for i in ids))
        # numpy's own error is up to 4 ulp
        assert ulps(found[-1], expected).max() <= 8, (name, text)


@settings(max_examples=150)
@given(texts())
def test_values_agree_with_the_reference_within_its_error_bound(text: str) -> None:
    program = read(text)
    reference = trace(program, X)
    got = values(program)
    sound = reference.sound & reference.whole
    finite = np.isfinite(reference.result) & sound
    assert agree(got, reference.result, 10 * reference.bound + 1e-300, finite)
    rest = ~np.isfinite(reference.result) & sound
    assert not np.isfinite(got[rest]).any()


@settings(max_examples=150)
@given(texts())
def test_forward_and_reverse_mode_agree_with_dual_numbers(text: str) -> None:
    program = read(text)
    reference = trace(program, X)
    _, reverse = core.jacobian(program, program.constants, X, "variable")
    for k in range(3):
        direction = np.zeros_like(X)
        direction[k] = 1.0
        _, forward = core.tangent(program, program.constants, X, [], direction)
        leaf = {
            i: np.ones(X.shape[1])
            for i, (name, left) in enumerate(zip(program.operations, program.left, strict=True))
            if name == "variable" and left == k
        }
        slope, size = tangent(program, reference, leaf)
        known = reference.smooth & reference.sound & (size < 1e50)
        assert agree(forward, slope, 1e-9 * size + 1e-12, known), "forward"
        assert agree(reverse[k], slope, 1e-9 * size + 1e-12, known), "reverse"


@settings(max_examples=150)
@given(texts())
def test_derivatives_by_constants_agree_with_dual_numbers(text: str) -> None:
    program = read(text)
    reference = trace(program, X)
    _, reverse = core.jacobian(program, program.constants, X, "constant")
    assert reverse.shape == (len(program.constants), X.shape[1])
    for i, (name, left) in enumerate(zip(program.operations, program.left, strict=True)):
        if name != "constant":
            continue
        slope, size = tangent(program, reference, {i: np.ones(X.shape[1])})
        known = reference.smooth & reference.sound & (size < 1e50)
        assert agree(reverse[left], slope, 1e-9 * size + 1e-12, known)


@settings(max_examples=150)
@given(texts())
def test_symbolic_derivative_has_the_values_of_reverse_mode(text: str) -> None:
    program = read(text)
    reference = trace(program, X)
    _, reverse = core.jacobian(program, program.constants, X, "variable")
    for k in range(3):
        derived = core.derive(program, "variable", k)
        own = trace(derived, X)
        known = np.isfinite(own.result) & own.sound & reference.smooth & reference.sound
        tolerance = 100 * own.bound + 1e-9 * np.abs(own.result) + 1e-280
        assert agree(values(derived), reverse[k], tolerance, known)


@settings(max_examples=300)
@given(texts(max_leaves=16))
def test_canonical_form_changes_no_value_and_no_domain(text: str) -> None:
    program = read(text)
    form = core.canonical(program)
    before, after = trace(program, X), trace(form, X)
    sound = before.sound & after.sound
    if SIGN_SENSITIVE & set(program.operations):
        sound &= before.whole
    finite = np.isfinite(before.result) & sound
    tolerance = 20 * (before.bound + after.bound) + 1e-290
    assert agree(values(form), values(program), tolerance, finite), core.to_text(form, NAMES)
    outside = ~np.isfinite(before.result) & sound
    assert not np.isfinite(values(form)[outside]).any(), core.to_text(form, NAMES)


@settings(max_examples=150)
@given(texts(max_leaves=16))
def test_canonical_form_of_a_canonical_form_is_itself(text: str) -> None:
    form = core.canonical(read(text))
    assert core.canonical(form) == form


@given(texts())
def test_simplify_makes_nothing_larger(text: str) -> None:
    program = read(text)
    assert core.simplify(program).tree_size <= program.tree_size


@settings(max_examples=150)
@given(texts(max_leaves=20))
def test_text_reads_back_as_the_same_program(text: str) -> None:
    program = read(text)
    assert core.parse(core.to_text(program, NAMES), list(NAMES), [])[0] == program


@given(texts())
def test_pickle_keeps_an_expression_and_its_derivative_exactly(text: str) -> None:
    expression = Expression(text, NAMES)
    for one in (expression, expression.derivative("x1")):
        copy = pickle.loads(pickle.dumps(one))
        assert copy._program == one._program
        assert copy.variables == one.variables


@given(texts(), texts())
def test_equality_holds_up_to_order_and_hashes_agree(a: str, b: str) -> None:
    for operation in ("add", "mul", "min", "max"):
        one = Expression(f"{operation}({a}, {b})", NAMES)
        other = Expression(f"{operation}({b}, {a})", NAMES)
        assert one == other
        assert hash(one) == hash(other)


@given(texts(), texts(), texts())
def test_sums_and_products_associate(a: str, b: str, c: str) -> None:
    for operation in ("add", "mul"):
        one = Expression(f"{operation}({operation}({a}, {b}), {c})", NAMES)
        other = Expression(f"{operation}({a}, {operation}({b}, {c}))", NAMES)
        # Constants of a and c meet in another order, which may round elsewhere.
        if not one.constants.size:
            assert one == other


@settings(max_examples=80)
@given(texts())
def test_sympy_and_back_keeps_the_values(text: str) -> None:
    sympy = pytest.importorskip("sympy")
    expression = Expression(text, NAMES)
    try:
        formula = expression.sympy()
    except ExpressionError:
        return  # SymPy does not compare complex numbers
    if formula.has(sympy.I, sympy.zoo, sympy.nan, sympy.oo, -sympy.oo) or formula.atoms(
        sympy.Function("AccumBounds")
    ):
        return  # not a real number: SymPy leaves the reals where a formula has no real value
    try:
        back = Expression.from_sympy(formula, NAMES)
    except ExpressionError:
        return  # SymPy rewrote it with what is not here: re, im, Piecewise, Heaviside
    before = trace(expression._program, X)
    after = trace(back._program, X)
    known = before.sound & after.sound & np.isfinite(before.result)
    # SymPy prints Floats of 15 digits into its own arithmetic
    tolerance = 1e4 * (before.bound + after.bound) + 1e-12 * np.abs(before.result) + 1e-290
    assert agree(back.evaluate(X.T), expression.evaluate(X.T), tolerance, known), str(formula)


@given(texts())
def test_latex_has_balanced_brackets(text: str) -> None:
    latex = Expression(text, NAMES).latex()
    assert latex.count("{") == latex.count("}")
    assert latex.count(r"\left") == latex.count(r"\right")


@settings(max_examples=100)
@given(texts())
def test_float32_is_float64_to_single_precision(text: str) -> None:
    program = read(text)
    reference = trace(program, X.astype(np.float32).astype(np.float64))
    got = core.evaluate_float32([program], [program.constants], X.astype(np.float32))[0]
    scale = 2.0**29  # from double to single rounding
    with np.errstate(all="ignore"):
        extra = scale * reference.bound + 1e-4 * np.abs(reference.result)
    small = np.all([np.abs(v) < 1e4 for v in reference.value], axis=0)
    known = np.isfinite(reference.result) & reference.sound & small & (extra < 1e-2)
    known &= reference.bound < 1e-12
    plain = not any(name in {"sign", "pow", "tan", "log", "sqrt", "div", "inv", "asin", "acos"} for name in program.operations)  # fmt: skip
    if plain:  # no edge that single precision crosses
        assert agree(got, reference.result, extra + 1e-5, known)
