"""Diagrammatic differentiation: evaluating the gradient is the gradient of the evaluation."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from qnlp import Box, Bubble, Diagram, Id, Sum, Swap, TensorFunctor, Ty
from qnlp.circuit import GATES, Angle, Circuit, Gate
from qnlp.differentiate import Dual, differentiate, dual, hessian, jacobian
from qnlp.errors import DiagramError
from qnlp.gates import QUBIT, bra, circuit_diagram, gate_arrays, gate_box, ket, read_gate

FOLDER = Path(__file__).parents[1] / "reference"
dual_numbers = runpy.run_path(str(FOLDER / "duals.py"))["evaluate"]

SYMBOLS = ("a", "b")
DIMENSION = {"qubit": 2}
angles = st.builds(
    Angle,
    st.sampled_from([*SYMBOLS, None]),
    st.sampled_from([1.0, -0.5, 2.0, 0.0]),
    st.sampled_from([0.0, 0.125, -1e-5]),
)
points = st.fixed_dictionaries({s: st.floats(-1, 1) for s in SYMBOLS})


@st.composite
def gates(draw: st.DrawFn, n_qubits: int) -> Gate:
    fitting = [info for info in GATES.values() if info.n_qubits <= n_qubits]
    info = draw(st.sampled_from(fitting))
    qubits = draw(st.permutations(range(n_qubits)))[: info.n_qubits]
    return Gate(info.name, tuple(qubits), draw(angles) if info.has_parameter else None)


@st.composite
def circuits(draw: st.DrawFn, most: int = 6) -> Circuit:
    """Repeated, scaled, shifted and daggered symbols, post-selected and open qubits."""
    n = draw(st.integers(1, 3))
    listed = draw(st.lists(gates(n), max_size=most))
    listed += (
        [gate.dagger() for gate in draw(st.lists(st.sampled_from(listed), max_size=2))]
        if (listed)
        else []
    )
    outputs = draw(st.permutations(range(n)))[: draw(st.integers(0, n))]
    factor = draw(st.sampled_from([1.0, 2**0.5]))
    return Circuit(n, tuple(listed), outputs=tuple(outputs), factor=factor)


def diagrams() -> st.SearchStrategy[Diagram]:
    return circuits().flatmap(
        lambda c: st.sampled_from([circuit_diagram(c), circuit_diagram(c).dagger().dagger().r.l])
    )


def evaluate(arrow: Any, values: dict[str, float]) -> NDArray[Any]:
    return TensorFunctor(DIMENSION, gate_arrays(values))(arrow)


def moved(values: dict[str, float], symbol: str, by: float) -> dict[str, float]:
    return values | {symbol: values[symbol] + by}


def slope_of(symbol: str, values: dict[str, float]) -> Any:
    """The derivative of a gate's matrix, by its generator."""

    def slope(box: Box) -> NDArray[Any]:
        gate = read_gate(box)
        here = gate_arrays(values)(box)
        if gate is None or gate[1] is None or gate[1].symbol != symbol:
            return np.zeros_like(here, complex)
        if gate[0].endswith("Phase"):
            last = np.zeros(here.size, complex)
            last[-1] = 2j * np.pi * gate[1].scale * here.reshape(-1)[-1]
            return last.reshape(here.shape)
        pauli = {"x": [[0, 1], [1, 0]], "y": [[0, -1j], [1j, 0]], "z": [[1, 0], [0, -1]]}
        generator = np.asarray(pauli[gate[0][-1]], complex)
        n = len(box.dom)
        if n == 2:
            generator = np.kron(np.diag([0, 1]), generator)
        # Axes are domain, then codomain: the transpose of the matrix.
        matrix = here.reshape(2**n, 2**n).T
        made = -1j * np.pi * gate[1].scale * generator @ matrix
        return np.asarray(made.T.reshape(here.shape))

    return slope


@given(diagrams(), st.sampled_from(SYMBOLS), points)
def test_the_gradient_of_amplitudes_is_that_of_dual_numbers_and_of_differences(
    d: Diagram, symbol: str, values: dict[str, float]
) -> None:
    by_sum = evaluate(differentiate(d, symbol), values)
    value, slope = dual_numbers(d, DIMENSION, gate_arrays(values), slope_of(symbol, values))
    np.testing.assert_allclose(evaluate(d, values), value, rtol=0, atol=1e-9)
    np.testing.assert_allclose(by_sum, slope, rtol=0, atol=1e-9)
    h = 1e-5
    ahead, behind = (evaluate(d, moved(values, symbol, by)) for by in (h, -h))
    np.testing.assert_allclose(by_sum, (ahead - behind) / (2 * h), rtol=0, atol=1e-6)


@given(circuits(), st.sampled_from(SYMBOLS), points)
def test_the_gradient_of_probabilities_is_the_sum_of_shifted_circuits(
    c: Circuit, symbol: str, values: dict[str, float]
) -> None:
    vector = {**values}
    amplitudes = c.amplitudes({s: vector[s] for s in c.symbols})
    shifted = sum(
        (
            coefficient * np.abs(term.amplitudes({s: vector[s] for s in term.symbols})) ** 2
            for coefficient, term in differentiate(c, symbol, mixed=True)
        ),
        np.zeros_like(amplitudes),
    )
    slope = evaluate(differentiate(circuit_diagram(c), symbol), values).reshape(-1)
    expected = 2 * (amplitudes.conj() * slope).real
    np.testing.assert_allclose(shifted.real, expected, rtol=0, atol=1e-9)
    pure = sum(
        (k * term.amplitudes({s: vector[s] for s in term.symbols}) for k, term in differentiate(c, symbol)),
        np.zeros_like(amplitudes),
    )  # fmt: skip
    np.testing.assert_allclose(pure, slope, rtol=0, atol=1e-9)


@settings(max_examples=40)
@given(circuits(most=3), points)
def test_second_derivatives_commute_and_are_those_of_the_first(
    c: Circuit, values: dict[str, float]
) -> None:
    d = circuit_diagram(c)
    second = hessian(d, SYMBOLS)
    h = 1e-5
    for s in SYMBOLS:
        for t in SYMBOLS:
            found = evaluate(second[s, t], values)
            np.testing.assert_allclose(found, evaluate(second[t, s], values), rtol=0, atol=1e-9)
            first = differentiate(d, s)
            ahead, behind = (evaluate(first, moved(values, t, by)) for by in (h, -h))
            np.testing.assert_allclose(found, (ahead - behind) / (2 * h), rtol=0, atol=1e-5)
    assert jacobian(d, ["nowhere"])["nowhere"].collected() == {}


@given(circuits(most=3), circuits(most=3), st.sampled_from(SYMBOLS))
def test_differentiation_is_a_functor_to_dual_diagrams(f: Circuit, g: Circuit, symbol: str) -> None:
    x, y = circuit_diagram(f), circuit_diagram(g).dagger()
    y = y if len(x.cod) == len(y.dom) else Id(x.cod)
    assert dual(x, symbol) >> dual(y, symbol) == dual(x >> y, symbol)
    assert dual(x, symbol) @ dual(y, symbol) == dual(x @ y, symbol)
    assert dual(x, symbol).dagger() == dual(x.dagger(), symbol)
    assert dual(Id(x.dom), symbol) == Dual(Id(x.dom), Sum.zero(x.dom, x.dom))


@given(circuits(most=4), st.sampled_from(SYMBOLS), points)
def test_a_classical_head_on_a_circuit_is_one_diagram(
    c: Circuit, symbol: str, values: dict[str, float]
) -> None:
    d = circuit_diagram(c)
    # |amplitude|^2, entry by entry, then a non-linear head on it.
    head = {
        "sin": np.sin,
        "sin'": np.cos,
        "sin''": lambda x: -np.sin(x),
        "exp": np.exp,
        "exp'": np.exp,
    }
    functor = TensorFunctor(DIMENSION, gate_arrays(values), head)

    def value(by: float) -> NDArray[Any]:
        at = TensorFunctor(DIMENSION, gate_arrays(moved(values, symbol, by)), head)
        return at(d.bubble("sin").bubble("exp") @ d)

    slope = functor(differentiate(d.bubble("sin").bubble("exp") @ d, symbol))
    h = 1e-5
    np.testing.assert_allclose(slope, (value(h) - value(-h)) / (2 * h), rtol=0, atol=1e-5)


def test_the_pure_rule_refuses_mixed_circuits() -> None:
    mixed = ket(0) >> gate_box("Rx", "a") >> Diagram.discard(QUBIT)
    with pytest.raises(DiagramError, match="box 'discard' makes the circuit mixed"):
        differentiate(mixed, "a")
    assert len(differentiate(mixed, "a", mixed=True)) == 2
    with pytest.raises(TypeError, match="expected a Diagram, a Circuit or a Sum, got int"):
        differentiate(3, "a")  # type: ignore[call-overload]
    wide = Bubble(gate_box("Rx", "a"), "f", Ty(), Ty())
    with pytest.raises(DiagramError, match="changes its inside's type"):
        differentiate(wide, "a")


@given(angles)
def test_a_gate_is_read_from_the_name_of_its_box(angle: Angle) -> None:
    box = gate_box("CRy", angle)
    found = read_gate(Diagram.from_json(box.to_json()).boxes[0])
    assert found is not None
    name, back = found
    assert name == "CRy"
    assert back is not None
    if angle.symbol is None:
        assert back.shift == angle.shift
    else:
        assert back == angle
    for symbol in ("loves__n.r@s@n.l_0", "=a", "a*b", "1e-5", "x+y-z", "a + b"):
        assert read_gate(gate_box("Rx", symbol)) == ("Rx", Angle(symbol))
        shifted = Angle(symbol, -0.5, 1e-7)
        assert read_gate(gate_box("Rx", shifted)) == ("Rx", shifted)


def test_a_gradient_of_ten_thousand_gates_needs_no_recursion() -> None:
    rx = gate_box("Rx", "a")
    chain = rx.then(*[rx] * 9_999)
    gradient = differentiate(chain, "a")
    assert len(gradient) == 10_000 > sys.getrecursionlimit()
    coefficient, term = gradient.terms[5_000]
    assert coefficient == pytest.approx(np.pi)
    assert term.boxes[5_000].name == "Rx(1.0*a + 0.5)"
    assert len(differentiate(Swap(QUBIT, QUBIT), "a")) == 0


@given(circuits(), points)
def test_a_circuit_as_a_diagram_has_its_amplitudes(c: Circuit, values: dict[str, float]) -> None:
    found = evaluate(circuit_diagram(c), values).reshape(-1)
    np.testing.assert_allclose(
        found, c.amplitudes({s: values[s] for s in c.symbols}), rtol=0, atol=1e-12
    )
    assert bra(1).dagger().dom == Ty()
