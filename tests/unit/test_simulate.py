"""Circuits run with numbers put in: state vector and contraction, one fact each."""

from __future__ import annotations

import runpy
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import qnlp
from qnlp import Angle, Circuit, Gate
from qnlp.circuit import GATES
from qnlp.errors import CircuitTooLargeError, DomainError, QnlpError, ShapeError
from qnlp.observable import pauli_words
from qnlp.simulate import Simulation

slow = runpy.run_path(str(Path(__file__).parents[1] / "reference" / "simulator.py"))["amplitudes"]

ROOT = 0.5**0.5
PAULI = {
    "I": np.eye(2),
    "X": np.array([[0, 1], [1, 0]]),
    "Y": np.array([[0, -1j], [1j, 0]]),
    "Z": np.diag([1, -1]),
}


def random_circuit(n: int, n_gates: int, seed: int, n_outputs: int | None = None) -> Circuit:
    """Gates of the whole table, symbols repeated, scaled and shifted."""
    rng = np.random.default_rng(seed)
    names = [name for name, info in GATES.items() if info.n_qubits <= n]
    gates = []
    for _ in range(n_gates):
        info = GATES[str(rng.choice(names))]
        qubits = tuple(int(q) for q in rng.permutation(n)[: info.n_qubits])
        angle = None
        if info.has_parameter:
            symbol = str(rng.choice(["a", "b", "c"])) if rng.random() < 0.8 else None
            angle = Angle(symbol, float(rng.normal()), float(rng.normal()))
        gates.append(Gate(info.name, qubits, angle))
    outputs = tuple(range(n if n_outputs is None else n_outputs))
    return Circuit(n, tuple(gates), outputs=outputs)


def values_of(circuit: Circuit, seed: int = 0) -> NDArray[np.float64]:
    return np.random.default_rng(seed).uniform(-1, 1, len(circuit.symbols))


def dense(observable: dict[str, float], n: int) -> NDArray[np.complex128]:
    """Of words with one letter a qubit."""
    total = np.zeros((2**n, 2**n), np.complex128)
    for word, factor in observable.items():
        matrix: Any = np.eye(1)
        for letter in word:
            matrix = np.kron(matrix, PAULI[letter])
        total += factor * matrix
    return total


def central(f: Any, theta: NDArray[np.float64], h: float = 1e-4) -> NDArray[np.float64]:
    def at(k: int, step: float) -> float:
        moved = theta.copy()
        moved[k] += step
        return float(f(moved))

    return np.array(
        [
            (8 * (at(k, h) - at(k, -h)) - (at(k, 2 * h) - at(k, -2 * h))) / (12 * h)
            for k in range(len(theta))
        ]
    )


@pytest.mark.parametrize("seed", range(12))
def test_state_vector_and_contraction_are_the_slow_simulation(seed: int) -> None:
    n = 1 + seed % 5
    circuit = random_circuit(n, 25, seed, n_outputs=seed % (n + 1))
    circuit = Circuit(n, circuit.gates, tuple(range(n))[: seed % 3], circuit.outputs, 1.5)
    theta = values_of(circuit)
    expected = slow(circuit, dict(zip(circuit.symbols, theta, strict=True)))
    for method in ("statevector", "contraction"):
        found = circuit.amplitudes(theta, method=method)
        np.testing.assert_allclose(found, expected.ravel(), rtol=0, atol=1e-12)
    single = circuit.amplitudes(theta, method="statevector", dtype=np.complex64)
    assert single.dtype == np.complex64
    np.testing.assert_allclose(single, expected.ravel(), rtol=0, atol=1e-5)


@pytest.mark.parametrize("seed", range(6))
def test_expectations_are_those_of_whole_matrices(seed: int) -> None:
    circuit = random_circuit(4, 20, seed)
    theta = values_of(circuit)
    observable = {"ZIII": 0.5, "XYZI": -1.5, "IIYY": 2.0, "IIII": 0.25}
    state = circuit.amplitudes(theta)
    expected = np.vdot(state, dense(observable, 4) @ state).real
    for method in ("statevector", "contraction"):
        assert (
            abs(circuit.simulate(theta, method=method).expectation(observable) - expected) < 1e-12
        )


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("n_outputs", [3, 2])
def test_gradients_are_differences_post_selected_or_not(seed: int, n_outputs: int) -> None:
    circuit = random_circuit(3, 15, seed, n_outputs)
    theta = values_of(circuit)
    observable = {"Z0": 1.0, "X0 Y1": 0.5}
    simulation = circuit.simulate(theta)
    if simulation.success_probability < 1e-3:
        pytest.skip("post-selection hardly succeeds")
    value, gradient = simulation.value_and_gradient(observable)
    assert abs(value - circuit.simulate(theta).expectation(observable)) < 1e-12
    expected = central(lambda t: circuit.simulate(t).expectation(observable), theta)
    np.testing.assert_allclose(gradient, expected, rtol=1e-7, atol=1e-7)
    again = simulation.value_and_gradient(observable)[1]
    np.testing.assert_array_equal(gradient, again)  # the state that was used up is made again


def test_the_pull_back_of_amplitudes_is_their_difference_with_inputs_too() -> None:
    circuit = random_circuit(3, 15, 3, 2)
    circuit = Circuit(3, circuit.gates, (1,), (2, 0), 0.5)
    theta = values_of(circuit)
    rng = np.random.default_rng(1)
    adjoint = rng.normal(size=8) + 1j * rng.normal(size=8)
    found = circuit.simulate(theta).pull_back(adjoint)
    expected = central(lambda t: np.vdot(adjoint, circuit.amplitudes(t)).real, theta)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-8)
    with pytest.raises(ShapeError, match=r"adjoint has shape \(4,\), expected \(8,\)"):
        circuit.simulate(theta).pull_back(np.ones(4))


def test_success_and_outcomes_given_success() -> None:
    bell = (Gate("Ry", (0,), Angle(None, 1.0, 1 / 6)), Gate("CX", (0, 1)))
    post_selected = Circuit(2, bell, outputs=(1,), factor=3.0).simulate()
    assert abs(post_selected.success_probability - 0.75) < 1e-12
    np.testing.assert_allclose(post_selected.probabilities(), [1, 0], atol=1e-15)
    whole = Circuit(2, bell, outputs=(1, 0)).simulate()
    np.testing.assert_allclose(whole.probabilities(), [0.75, 0, 0, 0.25], atol=1e-15)
    assert abs(whole.success_probability - 1) < 1e-12


def test_what_cannot_succeed_is_0_or_refused_never_divided_by() -> None:
    never = Circuit(2, (Gate("X", (0,)),), outputs=(1,)).simulate()
    assert never.success_probability == 0
    assert never.probabilities().tolist() == [0, 0]
    for ask in (lambda: never.sample(1), lambda: never.expectation("Z0")):
        with pytest.raises(DomainError, match="post-selection cannot succeed"):
            ask()


def test_shots_are_within_5_sigma_and_depend_on_the_seed_alone() -> None:
    circuit = random_circuit(5, 30, 4)
    simulation = circuit.simulate(values_of(circuit))
    shots = simulation.sample(100_000, seed=1)
    p = simulation.probabilities()
    counts = np.bincount(shots, minlength=32)
    assert np.all(np.abs(counts - 1e5 * p) <= 5 * np.sqrt(1e5 * p * (1 - p)) + 1)
    np.testing.assert_array_equal(shots[:100], simulation.sample(100, seed=1))
    assert (shots[:100] != simulation.sample(100, seed=2)).any()


def test_runs_that_fail_are_marked() -> None:
    half = Circuit(2, (Gate("H", (0,)), Gate("H", (1,))), outputs=(1,)).simulate()
    shots = half.sample(10_000, seed=3, failures=True)
    assert abs((shots == -1).mean() - 0.5) < 5 * 0.5 / 100
    assert set(shots) == {-1, 0, 1}


def test_results_are_bit_equal_for_any_number_of_threads() -> None:
    circuit = random_circuit(15, 60, 5)
    theta = values_of(circuit)
    results = []
    before = qnlp.num_threads()
    try:
        for n_threads in (1, 2, 3):
            qnlp.set_num_threads(n_threads)
            simulation = circuit.simulate(theta, method="statevector")
            results.append(
                [
                    simulation.amplitudes,
                    simulation.sample(100, seed=0),
                    simulation.value_and_gradient({"Z0 X3": 1.0, "Y14": 2.0})[1],
                ]
            )
    finally:
        qnlp.set_num_threads(before)
    for other in results[1:]:
        for left, right in zip(results[0], other, strict=True):
            np.testing.assert_array_equal(left, right)


def chain(n: int) -> Circuit:
    gates = [Gate("H", (0,)), *(Gate("CX", (q, q + 1)) for q in range(n - 1))]
    return Circuit(n, tuple(gates), outputs=(n - 1,))


def test_the_cheaper_way_is_taken() -> None:
    assert chain(5).simulate().method == "statevector"
    assert chain(200).simulate().method == "contraction"
    np.testing.assert_allclose(chain(200).amplitudes(), [ROOT, 0], atol=1e-12)
    dense_circuit = random_circuit(14, 200, 0)
    assert dense_circuit.simulate(values_of(dense_circuit)).method == "statevector"


def test_a_sentence_of_20_words_is_contracted_in_milliseconds() -> None:
    n, s = qnlp.Ty("n"), qnlp.Ty("s")
    words = [qnlp.Word("Alice", n), qnlp.Word("likes", n.r @ s @ n.l)]
    words += [qnlp.Word(f"a{k}", n @ n.l) for k in range(18)] + [qnlp.Word("food", n)]
    links = [(0, 1), (3, 4), *((k, k + 1) for k in range(5, 40, 2))]
    circuit = qnlp.Sim14Ansatz({"n": 1, "s": 1})(qnlp.pregroup_diagram(words, links))
    assert circuit.n_qubits == 41
    theta = values_of(circuit)
    seconds = []
    for _ in range(5):
        begin = time.process_time()
        circuit.amplitudes(theta)
        seconds.append(time.process_time() - begin)
    assert min(seconds) < 0.01


def test_the_refusal_names_the_size_the_limit_and_what_to_do() -> None:
    circuit = chain(40)
    with pytest.raises(
        CircuitTooLargeError,
        match=r"^circuit of 40 qubits needs a complex128 state vector of 16\.0 TiB, the limit is "
        r"1\.0 GiB \(80 % of available memory; set it with qnlp\.set_memory_limit\)\.",
    ):
        circuit.amplitudes(method="statevector", limit=2**30)
    small = random_circuit(8, 10, 0, 2)
    theta = values_of(small)
    with pytest.raises(CircuitTooLargeError):  # one state fits, two do not
        small.simulate(theta, method="statevector", limit=5_000).pull_back(np.ones(4))


@pytest.mark.parametrize(
    ("observable", "message"),
    [
        ({"Z9": 1.0}, "names qubit 9, the outputs are 2"),
        ({"Z0 X0": 1.0}, "names qubit 0 twice"),
        ({"Q0": 1.0}, "has 'Q0'"),
        ({"ZZZ": 1.0}, "has 'ZZZ'"),
        ({"Z0": np.nan}, "factor of 'Z0' is nan"),
        ({"Z0": 1j}, "factor of 'Z0' is 1j"),
    ],
)
def test_observables_that_are_none_are_refused_by_name(observable: Any, message: str) -> None:
    with pytest.raises(QnlpError, match=message):
        Circuit(2, outputs=(0, 1)).simulate().expectation(observable)


def test_words_are_read_dense_sparse_and_empty() -> None:
    assert [part.tolist() for part in pauli_words({"XZ": 1, "Z1X0": 2, "": 3}, 2)] == [
        [2, 2, 0],
        [1, 1, 0],
        [1, 2, 3],
    ]
    assert Circuit(0).simulate().expectation("") == 1
    with pytest.raises(TypeError):
        pauli_words(["Z0"], 1)  # type: ignore[arg-type]


def test_options_that_are_none_are_refused() -> None:
    circuit = Circuit(1, outputs=(0,))
    with pytest.raises(TypeError, match="dtype is float64, expected complex128 or complex64"):
        circuit.amplitudes(dtype=np.float64)
    with pytest.raises(ShapeError, match="method is 'magic'"):
        circuit.amplitudes(method="magic")  # type: ignore[arg-type]
    with pytest.raises(DomainError, match="n_shots is -1"):
        circuit.simulate().sample(-1)
    with pytest.raises(ShapeError, match="circuit has 1 inputs; outcomes need a state"):
        Circuit(1, inputs=(0,), outputs=(0,)).simulate().probabilities()


BIG = Circuit(
    22,
    tuple(Gate("Ry", (q,), Angle(f"a{q}")) for q in range(22))
    + tuple(Gate("CRx", (q, (q + 1) % 22), Angle(f"b{q}")) for q in range(22)) * 30,
    outputs=tuple(range(22)),
)


def test_ctrl_c_is_heard_within_a_fifth_of_a_second(tmp_path: Path) -> None:
    script = tmp_path / "run.py"
    script.write_text(
        textwrap.dedent(
            """
            import signal, sys, numpy as np
            from qnlp import Angle, Circuit, Gate
            signal.signal(signal.SIGINT, signal.default_int_handler)
            n = 22
            gates = [Gate("Ry", (q,), Angle(f"a{q}")) for q in range(n)]
            gates += [Gate("CRx", (q, (q + 1) % n), Angle(f"b{q}")) for q in range(n)] * 60
            circuit = Circuit(n, tuple(gates), outputs=tuple(range(n)))
            theta = np.random.default_rng(0).random(len(circuit.symbols))
            print("ready", flush=True)
            try:
                circuit.simulate(theta, method="statevector").value_and_gradient("Z0")
            except KeyboardInterrupt:
                sys.exit(130)
            """
        )
    )
    child = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    time.sleep(0.5)
    begin = time.perf_counter()
    child.send_signal(signal.SIGINT)
    assert child.wait(30) == 130
    child.stdout.close()
    # 0.2 s for the kernel; the rest for Python to end and give its memory back.
    assert time.perf_counter() - begin < 1.0


def test_other_threads_run_meanwhile() -> None:
    theta = np.random.default_rng(0).random(len(BIG.symbols))
    ticks = []
    done = threading.Event()

    def tick() -> None:
        while not done.wait(0.01):
            ticks.append(time.perf_counter())

    ticker = threading.Thread(target=tick)
    ticker.start()
    Simulation(BIG, theta, method="statevector").expectation("Z0")
    done.set()
    ticker.join()
    assert len(ticks) > 3
    assert max(np.diff(ticks)) < 0.2
