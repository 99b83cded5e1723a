"""The kernel as a device of PennyLane, beside PennyLane's own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

qml = pytest.importorskip("pennylane")

N = 4
GATES = ["RX", "RY", "RZ", "PhaseShift", "CRX", "CRY", "CRZ", "ControlledPhaseShift"]
GATES += ["IsingXX", "IsingZZ", "SingleExcitation", "MultiRZ", "U1"]
FIXED = ["Hadamard", "PauliY", "S", "T", "SX", "CNOT", "CY", "CZ", "CH", "SWAP", "ISWAP"]
FIXED += ["CSWAP", "Toffoli", "CCZ", "ECR"]
WORDS = [qml.Z(0), qml.X(1) @ qml.Y(3), 0.5 * qml.Z(2) - 2 * qml.X(0) @ qml.Z(3)]
STATE = np.arange(1, 17) * np.exp(1j * np.arange(16))


def operations(x: Any, seed: int) -> None:
    """A random circuit with an angle of every kind, controls on 0 and on 1, daggers and matrices."""
    rng = np.random.default_rng(seed)
    matrix = np.linalg.qr(rng.normal(size=(8, 8)) + 1j * rng.normal(size=(8, 8)))[0]
    for k, name in enumerate(rng.permutation(GATES + FIXED)):
        gate = getattr(qml, name)
        wires = rng.permutation(N)[: gate.num_wires or 3].tolist()
        angle = x[k % len(x)] * (1 + k)
        gate(angle, wires=wires) if name in GATES else gate(wires=wires)
    qml.adjoint(qml.S(1))
    qml.adjoint(qml.RX(x[0], 2))
    qml.ctrl(qml.RY(x[1], 0), [3, 1], control_values=[0, 1])
    qml.ctrl(qml.GlobalPhase(x[2]), [1, 2], control_values=[1, 0])
    qml.Rot(x[0], x[1], x[2], wires=3)
    qml.QubitUnitary(matrix, [3, 0, 2])
    qml.ctrl(qml.QubitUnitary(np.diag([1, 1j]), 1), 0)
    qml.GlobalPhase(0.3)


def node(device: Any, measure: Any, seed: int, **options: Any) -> Any:
    @qml.qnode(device, **options)
    def circuit(x: Any) -> Any:
        qml.StatePrep(STATE, range(N), normalize=True)
        operations(x, seed)
        return measure()

    return circuit


def pair(measure: Any, seed: int, **options: Any) -> tuple[Any, Any]:
    names = "monoidal.qubit", "default.qubit"
    return tuple(node(qml.device(n, wires=N), measure, seed, **options) for n in names)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**20))
def test_random_circuits_give_what_default_qubit_gives(seed: int) -> None:
    def measure() -> Any:
        return [
            qml.state(),
            qml.probs(wires=[2, 0]),
            qml.expval(WORDS[1]),
            qml.expval(WORDS[2]),
            qml.expval(qml.Hermitian(np.diag([1.0, 2.0]) + 1, 2)),
            qml.var(WORDS[0]),
            qml.purity([1]),
        ]

    x = np.random.default_rng(seed).normal(size=3)
    for got, expected in zip(*(q(x) for q in pair(measure, seed)), strict=True):
        np.testing.assert_allclose(got, expected, rtol=0, atol=1e-10)


@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 2**20))
@pytest.mark.parametrize("has_vjp", [True, False])
def test_adjoint_gradients_are_those_of_default_qubit(seed: int, has_vjp: bool) -> None:
    def measure() -> Any:
        hermitian = qml.Hermitian(np.diag([1.0, 2.0]) + 1, 2)
        return [*map(qml.expval, WORDS), qml.expval(hermitian)]

    options = {"diff_method": "adjoint", "device_vjp": has_vjp}
    x = qml.numpy.array(np.random.default_rng(seed).normal(size=3), requires_grad=True)
    ours, theirs = (
        qml.jacobian(lambda x, q=q: qml.math.stack(q(x)))(x) for q in pair(measure, seed, **options)
    )
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-10)


def test_derivatives_flow_into_torch() -> None:
    torch = pytest.importorskip("torch")
    x = torch.tensor([0.3, 0.2, 0.1], dtype=torch.float64, requires_grad=True)
    got = []
    for q in pair(lambda: qml.expval(WORDS[2]), 3, diff_method="best"):
        got.append(torch.autograd.grad(q(x), x)[0].numpy())
    np.testing.assert_allclose(*got, rtol=0, atol=1e-10)


def test_shots_lie_within_5_sigma_and_come_out_of_the_seed() -> None:
    n_shots, x = 20_000, np.array([0.3, 0.2, 0.1])

    def expectations(device: Any, **options: Any) -> Any:
        q = node(device, lambda: [*map(qml.expval, WORDS[:2]), qml.probs()], 5)
        return q(x) if not options else qml.set_shots(q, **options)(x)

    exact = expectations(qml.device("default.qubit", wires=N))
    first, second, third = (
        expectations(qml.device("monoidal.qubit", wires=N, seed=s), shots=n_shots)
        for s in (1, 1, 2)
    )
    for got, again, value in zip(first, second, exact, strict=True):
        assert np.array_equal(got, again)
        np.testing.assert_allclose(got, value, rtol=0, atol=5 / n_shots**0.5)
    assert not np.array_equal(first[2], third[2])


def test_single_precision_is_within_1e_5() -> None:
    device = qml.device("monoidal.qubit", wires=N, c_dtype=np.complex64)
    x = np.array([0.3, 0.2, 0.1])
    got = node(device, qml.state, 7)(x)
    assert got.dtype == np.complex64
    expected = node(qml.device("default.qubit", wires=N), qml.state, 7)(x)
    np.testing.assert_allclose(got, expected, rtol=0, atol=1e-5)


def test_wires_may_have_any_labels_and_measurements_may_come_early() -> None:
    def circuit() -> Any:
        qml.Hadamard("a")
        m = qml.measure("a")
        qml.cond(m, qml.RX)(0.4, wires="b")
        return qml.expval(qml.Z("b")), qml.expval(m)

    ours, theirs = (
        qml.QNode(circuit, qml.device(n))() for n in ("monoidal.qubit", "default.qubit")
    )
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-10)


def test_too_many_wires_are_refused_before_memory_is_taken() -> None:
    from qnlp.errors import CircuitTooLargeError

    @qml.qnode(qml.device("monoidal.qubit"))
    def circuit() -> Any:
        qml.CNOT([0, 1])
        return qml.expval(qml.prod(*map(qml.Z, range(50))))

    with pytest.raises(CircuitTooLargeError, match="state vector of 50 qubits needs"):
        circuit()


def test_unknown_precision_is_refused() -> None:
    with pytest.raises(TypeError, match="c_dtype is float64, expected complex128 or complex64"):
        qml.device("monoidal.qubit", c_dtype=np.float64)
