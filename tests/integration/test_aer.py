"""The kernel beside Qiskit Aer, an independent simulator of the very same circuits."""

from __future__ import annotations

import runpy
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from qnlp import Diagram, IQPAnsatz, SentenceClassifier
from qnlp.ansatz import Ansatz
from qnlp.backend import Program, get_backend
from qnlp.circuit import GATES, Angle, Circuit, Gate
from qnlp.datasets import load_sentences
from qnlp.errors import BackendError, CircuitTooLargeError, DomainError, QnlpError
from qnlp.grammar import PregroupReader
from qnlp.vocabulary import Vocabulary, named_boxes

pytest.importorskip("qiskit_aer", reason="the extra qiskit is not installed")

from qnlp.convert.qiskit import to_qiskit

TESTS = Path(__file__).parents[1]
LAWS = runpy.run_path(str(TESTS / "property" / "test_circuit_laws.py"))
SENTENCES = runpy.run_path(str(TESTS / "reference" / "diagrams.py"))["sentences"]


def both(read: list[Diagram], ansatz: Ansatz, n_classes: int) -> tuple[Program, Program]:
    vocabulary = Vocabulary(ansatz, named_boxes(read))
    kernel, aer = (
        get_backend(name).compile(read, ansatz, vocabulary, n_classes) for name in ("kernel", "aer")
    )
    return kernel, aer


def assert_agree(
    kernel: Program, aer: Program, seed: int, rows: Any = None, *, gradients: bool = False
) -> None:
    rng = np.random.default_rng(seed)
    theta = rng.uniform(-2, 2, len(kernel.symbols))
    p, success = kernel.probabilities(theta, rows)
    q, other_success = aer.probabilities(theta, rows)
    np.testing.assert_allclose(p, q, rtol=0, atol=1e-10)
    np.testing.assert_allclose(success, other_success, rtol=0, atol=1e-10)
    if not gradients:
        return
    labels = rng.integers(0, kernel.n_classes, len(p))
    weights = rng.uniform(0.5, 2, len(p))
    loss, gradient = kernel.loss_and_gradient(theta, labels, weights, rows)
    other_loss, other = aer.loss_and_gradient(theta, labels, weights, rows)
    scale = max(1.0, float(np.abs(gradient).max(initial=0)))
    assert abs(loss - other_loss) < 1e-9
    np.testing.assert_allclose(gradient / scale, other / scale, rtol=0, atol=1e-9)


def read(folder: Path, names: tuple[str, ...], target: str) -> list[Diagram]:
    texts = [s for n in names for s in load_sentences(folder / "qnlp" / f"{n}_data.txt").sentences]
    return PregroupReader(target=target).read_many(texts)


def test_probabilities_of_every_mc_sentence_are_aers(shared_data: Path) -> None:
    mc = read(shared_data, ("mc_train", "mc_dev", "mc_test"), "s")
    assert len(mc) == 130
    kernel, aer = both(mc, IQPAnsatz({"n": 1, "s": 1}), 2)
    assert_agree(kernel, aer, 0)
    assert_agree(kernel, aer, 1, [0, 50, 100, 129], gradients=True)


@pytest.mark.parametrize(("n", "n_classes"), [(1, 2)])
def test_probabilities_of_every_rp_phrase_are_aers(
    shared_data: Path, n: int, n_classes: int
) -> None:
    rp = read(shared_data, ("rp_train", "rp_test"), "n")
    assert len(rp) == 105
    kernel, aer = both(rp, IQPAnsatz({"n": n, "s": 0}, n_layers=2), n_classes)
    assert_agree(kernel, aer, 2)
    kernel, aer = both(rp, IQPAnsatz({"n": n, "s": 1}), n_classes)
    assert_agree(kernel, aer, 3)
    assert_agree(kernel, aer, 4, [0, 60, 104], gradients=True)


def statevector(circuit: Circuit, values: dict[str, float]) -> Any:
    """All qubits' amplitudes by Qiskit, the first qubit the most significant."""
    from qiskit.quantum_info import Statevector  # type: ignore[import-untyped]

    made = to_qiskit(circuit)
    bound = made.assign_parameters({p: values[p.name] for p in made.parameters})
    return np.asarray(Statevector(bound.reverse_bits()).data) * circuit.factor


@given(LAWS["circuits"]())
def test_circuits_of_every_gate_have_qiskits_amplitudes(circuit: Circuit) -> None:
    n = circuit.n_qubits
    assume(n > 0)
    whole = Circuit(n, circuit.gates, (), tuple(range(n)), circuit.factor)
    values = {symbol: 0.3 + k / 7 for k, symbol in enumerate(whole.symbols)}
    np.testing.assert_allclose(
        whole.amplitudes(values), statevector(whole, values), rtol=0, atol=1e-12
    )


@pytest.mark.parametrize("name", sorted(GATES))
def test_each_gate_is_qiskits_with_its_control_first(name: str) -> None:
    info = GATES[name]
    spread = tuple(Gate("Ry", (q,), Angle(None, 1.0, 0.1 + q / 5)) for q in range(3))
    for qubits in ((2, 0), (0, 1), (1, 2)):
        gate = Gate(
            name, qubits[: info.n_qubits], Angle("a", 0.5, 0.2) if info.has_parameter else None
        )
        circuit = Circuit(3, (*spread, gate), outputs=(0, 1, 2))
        values = dict.fromkeys(circuit.symbols, 0.37)
        found = circuit.amplitudes(values)
        np.testing.assert_allclose(found, statevector(circuit, values), rtol=0, atol=1e-14)


def test_qubit_zero_is_the_most_significant_at_every_door() -> None:
    one = Circuit(3, (Gate("X", (0,)),), outputs=(0, 1, 2))
    np.testing.assert_array_equal(np.flatnonzero(one.amplitudes()), [0b100])
    np.testing.assert_array_equal(np.flatnonzero(statevector(one, {})), [0b100])


@settings(max_examples=25)
@given(st.lists(SENTENCES(most=3), min_size=1, max_size=3), LAWS["ansaetze"], st.integers(0, 99))
def test_random_sentences_have_aers_probabilities_and_gradients(
    read: list[Diagram], ansatz: Ansatz, seed: int
) -> None:
    circuits = [ansatz(d) for d in read]
    assume(all(c.n_qubits <= 10 and len(c.gates) < 100 for c in circuits))
    n_classes = min(2 ** len(c.outputs) for c in circuits)
    kernel, aer = both(read, ansatz, n_classes)
    theta = np.random.default_rng(seed).uniform(-2, 2, len(kernel.symbols))
    values = dict(zip(kernel.symbols, theta, strict=True))
    for c in circuits:  # a nearly vanishing post-selection makes both inexact
        found = np.abs(c.amplitudes({s: values[s] for s in c.symbols})) ** 2
        assume(found[:n_classes].sum() > 1e-3)
    assert_agree(kernel, aer, seed, gradients=True)


def test_a_gpu_is_refused_where_there_is_none() -> None:
    from qiskit_aer import AerSimulator  # type: ignore[import-untyped]

    if "GPU" in AerSimulator().available_devices():
        pytest.skip("this machine has one")
    with pytest.raises(BackendError, match=r"Aer has no device 'GPU' here, only CPU"):
        get_backend({"name": "aer", "device": "GPU"})
    with pytest.raises(BackendError, match=r"device is 'TPU', expected 'CPU' or 'GPU'"):
        get_backend({"name": "aer", "device": "TPU"})
    with pytest.raises(BackendError, match="'GPU'"):
        SentenceClassifier(backend={"name": "aer", "device": "GPU"}).fit(
            ["man prepares dinner", "man runs software"], [0, 1]
        )


def test_a_sentence_of_forty_qubits_is_refused_at_once_by_its_words() -> None:
    reader = PregroupReader()
    (sentence,) = reader.read_many(["skillful man prepares tasty dinner"])
    ansatz = IQPAnsatz({"n": 5, "s": 1})
    begin = time.perf_counter()
    with pytest.raises(CircuitTooLargeError) as caught:
        get_backend("aer").compile(
            [sentence], ansatz, Vocabulary(ansatz, named_boxes([sentence])), 2
        )
    assert time.perf_counter() - begin < 0.05
    message = str(caught.value)
    assert message.startswith('sentence 0 ("skillful man prepares tasty dinner") needs ')
    assert " qubits; a complex128 state vector is " in message
    assert 'Use backend="kernel"' in message


@pytest.mark.parametrize("value", [1e308, -1e17, 5e-324])
def test_angles_of_any_size_mean_the_same_to_both(value: float) -> None:
    read = PregroupReader().read_many(["man prepares dinner"])
    kernel, aer = both(read, IQPAnsatz({"n": 1, "s": 1}), 2)
    theta = np.full(len(kernel.symbols), value)
    theta[0] += 0.3
    p, q = kernel.probabilities(theta)[0], aer.probabilities(theta)[0]
    np.testing.assert_allclose(p, q, rtol=0, atol=1e-10)


@pytest.mark.parametrize("backend", ["kernel", "aer"])
def test_both_refuse_the_same_arguments(backend: str) -> None:
    read = PregroupReader().read_many(["man prepares dinner", "woman runs software"])
    ansatz = IQPAnsatz({"n": 1, "s": 1})
    vocabulary = Vocabulary(ansatz, named_boxes(read))
    program = get_backend(backend).compile(read, ansatz, vocabulary, 2)
    theta = np.zeros(len(vocabulary))
    wrong: list[tuple[Any, ...]] = [
        (theta[1:], [0, 1]),
        (theta, [0]),
        (theta, [0, 2]),
        (theta, [-1, 0]),
        (theta, [0.0, 1.0]),
        (theta, [0, 1], [1.0]),
        (theta, [0, 1], [0.0, 0.0]),
        (theta, [0, 1], [-1.0, 2.0]),
        (theta, [0, 1], [np.nan, 1.0]),
        (theta, [0], None, [2]),
        (theta, [0], None, [-1]),
        (theta, [0], None, [0.5]),
        (theta, [], None, []),
    ]
    for arguments in wrong:
        with pytest.raises(QnlpError):
            program.loss_and_gradient(*arguments)
    for value in (np.nan, np.inf):
        theta[3] = value
        with pytest.raises(DomainError, match=f"parameter '{program.symbols[3]}' is {value}"):
            program.probabilities(theta)


def test_a_classifier_trains_on_aer_as_on_the_kernel() -> None:
    texts, labels = ["man prepares dinner", "man runs software"], ["food", "it"]
    kernel, aer = (
        SentenceClassifier(backend=backend, max_iter=2, n_restarts=1).fit(texts, labels).theta_
        for backend in ("kernel", "aer")
    )
    np.testing.assert_allclose(kernel, aer, rtol=0, atol=1e-6)
