"""Mixed circuits beside whole matrices, and what is refused."""

from __future__ import annotations

import runpy
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from qnlp import Channel, Circuit, MixedCircuit, Noise
from qnlp.circuit import GATES, Angle, Gate
from qnlp.errors import CircuitTooLargeError, DomainError, ShapeError
from qnlp.noise import CHANNELS, kraus

REFERENCE = runpy.run_path(str(Path(__file__).parents[1] / "reference" / "density.py"))
UNIT = runpy.run_path(str(Path(__file__).with_name("test_simulate.py")))
NAMES = [*CHANNELS, "measure", "encode", "discard"]


def random_mixed(seed: int, n: int = 4, n_gates: int = 20) -> MixedCircuit:
    """Every gate and channel, outputs, discarded and post-selected qubits, errors of reading."""
    rng = np.random.default_rng(seed)
    operations: list[Gate | Channel] = []
    for gate in UNIT["random_circuit"](n, n_gates, seed).gates:
        operations.append(gate)
        name = NAMES[rng.integers(len(NAMES))]
        operations.append(Channel(name, (int(rng.integers(n)),), float(rng.uniform(0, 0.5))))
    own = np.linalg.qr(rng.normal(size=(8, 4)) + 1j * rng.normal(size=(8, 4)))[0]
    operations.append(Channel("own", (2, 0), matrices=(own[:4], own[4:])))
    order = [int(q) for q in rng.permutation(n)]
    return MixedCircuit(
        n, tuple(operations), tuple(order[:2]), tuple(order[2:3]), 1.3, (0.03, 0.11)
    )


def values_of(circuit: MixedCircuit, seed: int) -> Any:
    return np.random.default_rng(seed).uniform(-1, 1, len(circuit.symbols))


@pytest.mark.parametrize("method", ["density", "contraction"])
@pytest.mark.parametrize("seed", range(6))
def test_every_gate_and_channel_is_that_of_whole_matrices(seed: int, method: Any) -> None:
    circuit = random_mixed(seed)
    theta = values_of(circuit, seed)
    expected = REFERENCE["density"](circuit, dict(zip(circuit.symbols, theta, strict=True)))
    found = circuit.simulate(theta, method=method)
    assert found.method == method
    success = np.trace(expected).real
    np.testing.assert_allclose(found.density(), expected / success, rtol=0, atol=1e-12)
    np.testing.assert_allclose(found.success_probability * 1.3**2, success, rtol=1e-11)
    p = Noise(readout=(0.03, 0.11)).read(np.diag(expected).real / success)
    np.testing.assert_allclose(found.probabilities(), p, rtol=0, atol=1e-12)
    alone = circuit.simulate(theta, method=method)  # the diagonal without the matrix
    np.testing.assert_allclose(alone.probabilities(), p, rtol=0, atol=1e-12)
    for word in ("XY", "ZI", "YY", "II"):
        matrix = np.kron(*(REFERENCE[c] if c != "I" else np.eye(2) for c in word))
        value = np.trace(matrix @ expected).real / success
        assert abs(found.expectation(word) - value) < 1e-12


@pytest.mark.parametrize("name", sorted(GATES))
def test_each_gate_acts_on_bras_by_its_conjugate(name: str) -> None:
    info = GATES[name]
    gate = Gate(name, (2, 0)[: info.n_qubits], Angle("a", 0.5, 0.2) if info.has_parameter else None)
    spread = tuple(Gate("Ry", (q,), Angle(None, 1.0, 0.1 + q / 5)) for q in range(3))
    pure = Circuit(3, (*spread, Gate("S", (2,)), gate), outputs=(0, 1, 2))
    values = dict.fromkeys(pure.symbols, 0.37)
    state = pure.amplitudes(values)
    for method in ("density", "contraction"):
        found = MixedCircuit.of(pure).simulate(values, method=method).density()
        np.testing.assert_allclose(found, np.outer(state, state.conj()), rtol=0, atol=1e-13)


@pytest.mark.parametrize("method", ["density", "contraction"])
def test_the_gradient_is_that_of_differences(method: Any) -> None:
    circuit = random_mixed(7, n=3, n_gates=12)
    theta = values_of(circuit, 1)
    observable = {"X0": 0.7, "Z0 Y1": -0.4}
    value, gradient = circuit.simulate(theta, method=method).value_and_gradient(observable)
    assert abs(value - circuit.simulate(theta).expectation(observable)) < 1e-12
    h = 1e-5
    for k in range(len(theta)):
        step = np.eye(len(theta))[k] * h
        above, below = (circuit.simulate(theta + s).expectation(observable) for s in (step, -step))
        assert abs(gradient[k] - (above - below) / (2 * h)) < 1e-7


def test_channels_without_strength_and_no_noise_change_nothing() -> None:
    pure = UNIT["random_circuit"](3, 20, 3)
    theta = UNIT["values_of"](pure, 3)
    silent = MixedCircuit.of(pure, Noise())
    assert silent.operations == pure.gates
    loud = MixedCircuit(
        3, (*pure.gates, *(Channel(name, (1,), 0.0) for name in CHANNELS)), pure.outputs
    )
    expected = pure.simulate(theta).probabilities()
    for circuit in (silent, loud):
        found = circuit.simulate(theta).probabilities()
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-13)


def test_what_is_measured_is_a_bit_that_may_control_gates() -> None:
    """Teleportation, its corrections controlled by what was measured."""
    send = Gate("Rx", (0,), Angle(None, 1.0, 0.17)), Gate("T", (0,))
    steps = (
        *send,
        *(Gate("H", (1,)), Gate("CX", (1, 2)), Gate("CX", (0, 1)), Gate("H", (0,))),
        *(Channel("measure", (0,)), Channel("measure", (1,))),
        *(Gate("CX", (1, 2)), Gate("CZ", (0, 2))),
    )
    there = MixedCircuit(3, steps, outputs=(2,), discarded=(0, 1)).simulate().density()
    state = Circuit(1, send, outputs=(0,)).amplitudes()
    np.testing.assert_allclose(there, np.outer(state, state.conj()), rtol=0, atol=1e-12)


def test_shots_lie_within_5_sigma_and_come_again_with_their_seed() -> None:
    circuit = random_mixed(2)
    found = circuit.simulate(values_of(circuit, 2))
    n_shots = 40_000
    shots = found.sample(n_shots, seed=5)
    p = found.probabilities()
    share = np.bincount(shots, minlength=4) / n_shots
    assert np.all(np.abs(share - p) < 5 * np.sqrt(p * (1 - p) / n_shots))
    np.testing.assert_array_equal(shots, found.sample(n_shots, seed=5))
    failed = np.mean(found.sample(n_shots, seed=5, failures=True) == -1)
    success = found.success_probability
    assert abs(1 - failed - success) < 5 * np.sqrt(success * (1 - success) / n_shots)


def test_many_qubits_with_noise_are_contracted() -> None:
    n = 24  # a density matrix would have 2^48 elements
    gates = [Gate("H", (0,)), *(Gate("CX", (q, q + 1)) for q in range(n - 1))]
    noisy = Circuit(n, tuple(gates), outputs=(0, n - 1)).noisy({"bit_flip": 0.01})
    chain = MixedCircuit(n, noisy.operations, (0, n - 1), tuple(range(1, n - 1))).simulate()
    assert chain.method == "contraction"
    # The ends differ by an odd number of flips, of one on each qubit before it is copied on.
    odd = (1 - 0.98**n) / 2
    expected = np.array([1 - odd, odd, odd, 1 - odd]) / 2
    np.testing.assert_allclose(chain.probabilities(), expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("n", [20, 64, 1000, 2**20])
def test_what_does_not_fit_is_refused_at_once(n: int) -> None:
    begin = time.perf_counter()
    with pytest.raises(CircuitTooLargeError, match=f"circuit of {n} qubits needs .* density"):
        MixedCircuit(n, (Gate("H", (0,)),), (0,)).simulate(method="density")
    assert time.perf_counter() - begin < 1.0


def test_what_is_off_is_named() -> None:
    with pytest.raises(DomainError, match="channel is 'fade', expected one of"):
        Channel("fade", (0,))
    with pytest.raises(DomainError, match=r"depolarizing is 1\.5, expected a number from 0 to 1"):
        Channel("depolarizing", (0,), 1.5)
    with pytest.raises(ShapeError, match="channel 'measure' has 2 qubits, expected 1"):
        Channel("measure", (0, 1))
    with pytest.raises(ShapeError, match=r"matrices of shapes \[\(2, 2\)\], expected \(4, 4\)"):
        Channel("own", (0, 1), matrices=(np.eye(2),))
    with pytest.raises(DomainError, match="whose squares do not sum to the identity"):
        Channel("own", (0,), matrices=(np.eye(2), np.eye(2)))
    with pytest.raises(ShapeError, match=r"operation 0 \(measure\) has qubits \(3,\), expected"):
        MixedCircuit(2, (Channel("measure", (3,)),))
    with pytest.raises(ShapeError, match="outputs and discarded has qubits"):
        MixedCircuit(2, outputs=(0,), discarded=(0,))
    with pytest.raises(ShapeError, match="method is 'fast', expected"):
        MixedCircuit(1).simulate(method="fast")  # type: ignore[arg-type]
    with pytest.raises(ShapeError, match="circuit has 1 inputs, expected a state"):
        Circuit(1, inputs=(0,), outputs=(0,)).noisy({"bit_flip": 0.1})
    with pytest.raises(DomainError, match="post-selection cannot succeed"):
        MixedCircuit(2, (Gate("X", (0,)),), (1,)).simulate().density()


def test_noise_is_checked_and_written_down() -> None:
    noise = Noise(depolarizing=0.01, readout=(0.1, 0.2))
    assert Noise.of(noise.config()) == noise
    assert noise.channels == [("depolarizing", 0.01)]
    with pytest.raises(DomainError, match="noise has 'fade', expected some of"):
        Noise.of({"fade": 0.1})
    for wrong in (-0.1, 1.1, np.nan, "0.1", True):
        with pytest.raises(DomainError, match="bit_flip is"):
            Noise(bit_flip=wrong)  # type: ignore[arg-type]
        with pytest.raises(DomainError, match="readout is"):
            Noise(readout=wrong)  # type: ignore[arg-type]
    with pytest.raises(DomainError, match="readout has 3 numbers"):
        Noise(readout=(0.1, 0.1, 0.1))  # type: ignore[arg-type]


@pytest.mark.parametrize("name", sorted(CHANNELS))
@pytest.mark.parametrize("p", [0.0, 0.3, 1.0])
def test_every_channel_keeps_traces(name: str, p: float) -> None:
    total = sum(k.conj().T @ k for k in kraus(name, p))
    np.testing.assert_allclose(total, np.eye(2), rtol=0, atol=1e-15)
