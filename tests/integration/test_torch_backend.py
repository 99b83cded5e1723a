"""Sentences contracted by torch beside the kernel."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qnlp import IQPAnsatz, LinearHead, SentenceClassifier, Ty, Word
from qnlp.ansatz import ANSAETZE, TensorAnsatz
from qnlp.backend import get_backend
from qnlp.circuit import GATES, Angle, Circuit, Gate
from qnlp.errors import BackendError, CircuitTooLargeError
from qnlp.grammar import PregroupReader
from qnlp.vocabulary import Vocabulary, named_boxes

torch = pytest.importorskip("torch")

from qnlp.backend import torch_circuits

TESTS = Path(__file__).parents[1]
SENTENCES = runpy.run_path(str(TESTS / "reference" / "diagrams.py"))["sentences"]
LAWS = runpy.run_path(str(TESTS / "property" / "test_circuit_laws.py"))
UNIT = runpy.run_path(str(TESTS / "unit" / "test_simulate.py"))
READ = PregroupReader(target="s").read_many(
    ["man prepares meal", "woman runs", "man cooks tasty meal", "woman prepares tasty meal"]
)


def ansatz_of(name: str) -> Any:
    cls: Any = ANSAETZE[name]
    if issubclass(cls, TensorAnsatz):
        return cls({"n": 3, "s": 2})
    return cls({"n": 1, "s": 1}, n_layers=2)


def both(read: Any, ansatz: Any, n_classes: int = 2, **options: Any) -> tuple[Any, Any]:
    vocabulary = Vocabulary(ansatz, named_boxes(read))
    return tuple(
        get_backend(b).compile(read, ansatz, vocabulary, n_classes)
        for b in ("kernel", {"name": "torch", **options})
    )  # type: ignore[return-value]


def assert_agree(kernel: Any, other: Any, seed: int, tolerance: float = 1e-10) -> None:
    rng = np.random.default_rng(seed)
    theta = rng.uniform(-2, 2, len(kernel.symbols))
    n = kernel.n_sentences
    for rows in (None, rng.integers(0, n, 2 * n)):
        for got, expected in zip(
            other.probabilities(theta, rows), kernel.probabilities(theta, rows), strict=True
        ):
            np.testing.assert_allclose(got, expected, rtol=0, atol=tolerance)
        size = n if rows is None else len(rows)
        labels, weights = rng.integers(0, kernel.n_classes, size), rng.uniform(0.5, 2, size)
        loss, gradient = kernel.loss_and_gradient(theta, labels, weights, rows)
        other_loss, slope = other.loss_and_gradient(theta, labels, weights, rows)
        scale = max(1.0, float(np.abs(gradient).max(initial=0)))
        assert abs(loss - other_loss) < 10 * tolerance * scale
        np.testing.assert_allclose(slope / scale, gradient / scale, rtol=0, atol=10 * tolerance)
        slopes = rng.normal(size=(size, kernel.n_classes))
        found, wanted = (p.pull_back(theta, slopes, rows) for p in (other, kernel))
        scale = max(1.0, float(np.abs(wanted).max(initial=0)))
        np.testing.assert_allclose(found / scale, wanted / scale, rtol=0, atol=10 * tolerance)


@pytest.mark.parametrize("name", sorted(ANSAETZE))
def test_every_ansatz_has_the_kernels_probabilities_and_gradients(name: str) -> None:
    assert_agree(*both(READ, ansatz_of(name)), seed=1)


@pytest.mark.parametrize("name", ["iqp", "sim14", "mps"])
def test_single_precision_agrees_to_five_digits(name: str) -> None:
    assert_agree(*both(READ, ansatz_of(name), dtype="float32"), seed=1, tolerance=2e-5)


@settings(max_examples=25)
@given(st.lists(SENTENCES(most=3), min_size=1, max_size=3), LAWS["ansaetze"], st.integers(0, 99))
def test_random_sentences_have_the_kernels_probabilities(read: Any, ansatz: Any, seed: int) -> None:
    n_classes = min(ansatz.n_outcomes(d.dom @ d.cod) for d in read)
    kernel, other = both(read, ansatz, n_classes)
    theta = np.random.default_rng(seed).uniform(-2, 2, len(kernel.symbols))
    for got, expected in zip(other.probabilities(theta), kernel.probabilities(theta), strict=True):
        np.testing.assert_allclose(got, expected, rtol=0, atol=1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_circuits_of_every_gate_are_the_kernels(seed: int) -> None:
    made = UNIT["random_circuit"](4, 60, seed)
    assert {g.name for g in made.gates} <= set(GATES)
    circuit = Circuit(4, made.gates, inputs=(2, 0), outputs=(3, 1, 0), factor=0.7)
    theta = UNIT["values_of"](circuit, seed)
    words = torch.from_numpy(np.concatenate([theta, theta[::-1]]))
    found = torch_circuits._run(circuit, words, np.array([0, len(theta)])).numpy()
    for k, values in enumerate((theta, theta[::-1])):
        np.testing.assert_allclose(found[k], circuit.amplitudes(values), rtol=0, atol=1e-12)


def test_what_cannot_succeed_is_zero_and_without_gradient() -> None:
    # <0| X |0>: no sentence's amplitude is more than rounding.
    n, s = Ty("n"), Ty("s")
    ansatz = IQPAnsatz({"n": 1, "s": 1})
    words = [Word("a", n), Word("b", n.r @ s)]
    from qnlp import pregroup_diagram

    read = [pregroup_diagram(words, [(0, 1)])]
    kernel, other = both(read, ansatz)
    theta = np.array([0.5, 0.0, 0.0, 0.0])
    for angle in np.linspace(0, 1, 9):
        theta[3] = angle
        p, q = kernel.probabilities(theta)[0], other.probabilities(theta)[0]
        np.testing.assert_allclose(p, q, rtol=0, atol=1e-9)
        np.testing.assert_allclose(
            other.loss_and_gradient(theta, [0])[0],
            kernel.loss_and_gradient(theta, [0])[0],
            atol=1e-6,
        )


def test_a_classifier_trains_on_it_as_on_the_kernel() -> None:
    texts, labels = ["man prepares dinner", "man runs software"], ["food", "it"]
    for head in (None, LinearHead()):
        kernel, other = (
            SentenceClassifier(backend=b, max_iter=3, n_restarts=1, head=head).fit(texts, labels)
            for b in ("kernel", {"name": "torch", "device": "cpu"})
        )
        np.testing.assert_allclose(kernel.theta_, other.theta_, rtol=0, atol=1e-6)


def test_what_torch_lacks_is_refused() -> None:
    if not torch.cuda.is_available():
        with pytest.raises(BackendError, match="torch makes no tensor on device 'cuda' here"):
            get_backend({"name": "torch", "device": "cuda"})
    with pytest.raises(BackendError, match="torch makes no tensor on device 'abacus'"):
        get_backend({"name": "torch", "device": "abacus"})
    with pytest.raises(BackendError, match="dtype is 'float16', expected one of"):
        get_backend({"name": "torch", "dtype": "float16"})
    with pytest.raises(CircuitTooLargeError, match=r"sentence 0 .* to contract"):
        both(READ, IQPAnsatz({"n": 15, "s": 15}))


def test_a_turn_of_one_gate_is_differentiated() -> None:
    ry = Circuit(1, (Gate("Ry", (0,), Angle("a")),), outputs=(0,))
    theta = torch.tensor([0.1], dtype=torch.float64, requires_grad=True)
    made = torch_circuits._run(ry, theta, np.array([0]))
    made[0, 1].real.backward()
    assert abs(float(theta.grad[0]) - np.pi * np.cos(0.1 * np.pi)) < 1e-12
