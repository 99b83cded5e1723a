"""The kernel beside devices of PennyLane, on the very same sentences."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from qnlp import IQPAnsatz, SentenceClassifier
from qnlp.backend import Program, get_backend
from qnlp.backend.protocol import DifferentiableProgram
from qnlp.errors import BackendError, CircuitTooLargeError, DomainError
from qnlp.grammar import PregroupReader
from qnlp.vocabulary import Vocabulary, named_boxes

pytest.importorskip("pennylane")

SENTENCES = ["man prepares meal", "woman runs", "man cooks tasty meal"]


def compiled(backend: Any, **sizes: int) -> Program:
    read = PregroupReader(target="s").read_many(SENTENCES)
    ansatz = IQPAnsatz({"n": 1, "s": 1} | sizes)
    return get_backend(backend).compile(read, ansatz, Vocabulary(ansatz, named_boxes(read)), 2)


@pytest.mark.parametrize("device", ["default.qubit", "lightning.qubit", "monoidal.qubit"])
def test_probabilities_and_gradients_are_the_kernels(device: str) -> None:
    kernel, other = compiled("kernel"), compiled({"name": "pennylane", "device": device})
    assert isinstance(other, DifferentiableProgram)
    rng = np.random.default_rng(0)
    theta = rng.uniform(-2, 2, len(kernel.symbols))
    for rows in (None, [2, 0]):
        for got, expected in zip(
            other.probabilities(theta, rows), kernel.probabilities(theta, rows), strict=True
        ):
            np.testing.assert_allclose(got, expected, rtol=0, atol=1e-10)
    labels, weights = [0, 1, 1], [1.0, 2.0, 0.5]
    loss, gradient = other.loss_and_gradient(theta, labels, weights)
    expected_loss, expected = kernel.loss_and_gradient(theta, labels, weights)
    assert abs(loss - expected_loss) < 1e-10
    np.testing.assert_allclose(gradient, expected, rtol=0, atol=1e-9)
    slopes = rng.normal(size=(3, 2))
    assert isinstance(kernel, DifferentiableProgram)
    np.testing.assert_allclose(
        other.pull_back(theta, slopes), kernel.pull_back(theta, slopes), rtol=0, atol=1e-9
    )


def test_shots_lie_within_5_sigma_of_success() -> None:
    n_shots = 20_000
    kernel = compiled("kernel")
    shots = compiled({"name": "pennylane", "shots": n_shots, "seed": 3})
    theta = np.random.default_rng(1).uniform(-2, 2, len(kernel.symbols))
    got, exact = shots.probabilities(theta)[1], kernel.probabilities(theta)[1]
    assert not np.array_equal(got, exact)
    assert np.all(np.abs(got - exact) < 5 * np.sqrt(exact * (1 - exact) / n_shots))


def test_a_classifier_trains_on_it_and_goes_back_to_it() -> None:
    backend = {"name": "pennylane", "device": "monoidal.qubit"}
    model = SentenceClassifier(reader="pregroup", backend=backend, max_iter=1, seed=0)
    model.fit(SENTENCES, [0, 1, 0])
    assert get_backend(get_backend(backend).config()).config()["device"] == "monoidal.qubit"
    assert model.predict_proba(SENTENCES).shape == (3, 2)


def test_unknown_device_is_refused() -> None:
    with pytest.raises(BackendError, match=r"PennyLane makes no device 'nope\.qubit'"):
        get_backend({"name": "pennylane", "device": "nope.qubit"})


def test_no_shots_are_refused() -> None:
    with pytest.raises(DomainError, match="shots is 0, expected 1 or more"):
        get_backend({"name": "pennylane", "shots": 0})


def test_too_many_qubits_are_refused_before_memory_is_taken() -> None:
    with pytest.raises(CircuitTooLargeError, match=r"sentence 0 .* needs .* qubits"):
        compiled("pennylane", n=15, s=15)
