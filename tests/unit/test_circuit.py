"""Circuits, gates and angles: one fact each."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest

from qnlp import Angle, Circuit, Gate
from qnlp.circuit import GATES
from qnlp.errors import DomainError, QnlpError, ShapeError

RX = Circuit(1, (Gate("Rx", (0,), Angle("a")), Gate("Rz", (0,), Angle("b"))), outputs=(0,))


def test_the_table_of_gates_is_the_cores_and_names_each_once() -> None:
    assert {"H", "CX", "CRz", "CPhase", "Swap"} <= set(GATES)
    assert len(GATES) == 20
    assert [name for name, info in GATES.items() if info.n_shift_terms == 4] == [
        "CRx",
        "CRy",
        "CRz",
    ]


def test_parameters_come_by_name_or_in_order_of_first_use() -> None:
    assert RX.symbols == ("a", "b")
    by_order = RX.amplitudes([0.1, 0.2])
    np.testing.assert_array_equal(by_order, RX.amplitudes({"b": 0.2, "a": 0.1, "other": 9.0}))
    np.testing.assert_array_equal(by_order, RX.amplitudes(np.array([0.1, 0.2])[::1]))


def test_angles_are_full_turns() -> None:
    half = Circuit(1, (Gate("Rx", (0,), Angle(None, 1.0, 0.5)),), outputs=(0,))
    np.testing.assert_allclose(half.amplitudes(), [0, -1j], atol=1e-15)


@pytest.mark.parametrize("values", [[0.1], [0.1, 0.2, 0.3], [[0.1, 0.2]], {"a": 0.1}, 0.1])
def test_parameters_of_another_number_are_refused(values: Any) -> None:
    with pytest.raises(ShapeError):
        RX.amplitudes(values)


@pytest.mark.parametrize("values", [[0.1, 1j], ["0.1", "0.2"], [None, 1.0], [True, False]])
def test_parameters_that_are_no_real_numbers_are_refused_not_truncated(values: Any) -> None:
    with pytest.raises(TypeError):
        RX.amplitudes(values)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_parameters_that_are_not_finite_are_refused_by_name(value: float) -> None:
    with pytest.raises(DomainError, match=rf"^parameter 'b' is {value}, expected a finite number$"):
        RX.amplitudes([0.1, value])


@pytest.mark.parametrize("value", [1e308, 5e-324, -0.0, 1e17])
def test_parameters_of_any_finite_size_keep_the_norm(value: float) -> None:
    assert abs(np.linalg.norm(RX.amplitudes([value, value])) - 1) < 1e-14


def test_a_scaled_parameter_that_overflows_is_refused() -> None:
    scaled = Circuit(1, (Gate("Rx", (0,), Angle("a", 10.0)),), outputs=(0,))
    with pytest.raises(DomainError, match="angle of operation 0 is not finite"):
        scaled.amplitudes([1e308])


def test_arrays_of_any_layout_are_read_and_none_is_written() -> None:
    values = np.array([0.1, 9.0, 0.2, 9.0])
    strided = values[::2]
    strided.flags.writeable = False
    expected = RX.amplitudes([0.1, 0.2])
    np.testing.assert_array_equal(RX.amplitudes(strided), expected)
    np.testing.assert_array_equal(RX.amplitudes(strided.astype(">f8")), expected)
    assert RX.amplitudes(np.array([1, 2], np.int8)).shape == (2,)


@pytest.mark.parametrize(
    ("circuit", "message"),
    [
        (Circuit(1, (Gate("Hadamard", (0,)),)), "operation 0: no gate 'Hadamard'"),
        (Circuit(1, (Gate("H", (0,)), Gate("CX", (0, 1)))), r"operation 1 \(CX\) acts on qubit 1"),
        (Circuit(2, (Gate("CX", (1, 1)),)), r"operation 0 \(CX\) acts on qubit 1 twice"),
        (Circuit(2, (Gate("H", (0, 1)),)), r"operation 0 \(H\) names 2 qubits, expected 1"),
        (Circuit(2, (Gate("H", (-1,)),)), r"operation 0 \(H\) names qubit -1"),
        (Circuit(2, (Gate("H", (2**40,)),)), r"names qubit"),
        (Circuit(1, (Gate("Rx", (0,)),)), r"gate 0 \(Rx\) must have an angle"),
        (Circuit(1, (Gate("H", (0,), Angle("a")),)), r"gate 0 \(H\) must have no angle"),
        (Circuit(1, inputs=(1,)), "inputs names qubit 1"),
        (Circuit(2, outputs=(1, 1)), "outputs names qubit 1 twice"),
        (Circuit(-1), "n_qubits is -1, expected 0 or more"),
        (Circuit(1, (Gate("Rx", (0,), Angle(None, 1.0, np.nan)),)), "angle that is not finite"),
    ],
)
def test_circuits_that_are_none_are_refused_by_gate(circuit: Circuit, message: str) -> None:
    with pytest.raises(QnlpError, match=message):
        circuit.amplitudes([0.0] * len(circuit.symbols))


def test_compositions_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ShapeError, match="circuit has 1 outputs, the next has 0 inputs"):
        RX >> RX
    with pytest.raises(TypeError):
        RX @ 3


def test_circuits_are_values() -> None:
    again = pickle.loads(pickle.dumps(RX))
    assert again == RX
    assert hash(again) == hash(RX)
    assert RX.rename({"a": "x", "b": "y"}).symbols == ("x", "y")
    assert RX.dagger().dagger() == RX
    assert len(repr(Circuit(3, (Gate("H", (0,)),) * 1000))) < 200


def test_an_empty_circuit_is_its_factor() -> None:
    assert Circuit(0, factor=0.25).amplitudes().tolist() == [0.25]


def test_the_post_selected_qubits_are_those_that_are_no_outputs() -> None:
    assert Circuit(3, outputs=(2,)).post_selected == (0, 1)
