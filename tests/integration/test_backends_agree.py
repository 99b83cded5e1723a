"""Every ansatz of circuits on every backend: one set of sentences, the same numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from qnlp import Cup, Swap, Ty, Vocabulary, Word
from qnlp.ansatz import ANSAETZE, Ansatz
from qnlp.backend import get_backend
from qnlp.grammar import PregroupReader
from qnlp.vocabulary import named_boxes

N, S = Ty("n"), Ty("s")
NAMES = sorted(name for name, cls in ANSAETZE.items() if issubclass(cls, Ansatz))
SENTENCES = [
    *PregroupReader(target="s").read_many(["man cooks tasty meal", "woman runs"]),
    # The words crossed over, and a word as an effect.
    (Word("runs", N.r @ S) @ Word("man", N)).then(
        N.r @ Swap(S, N), Swap(N.r, N) @ S, Cup(N, N.r) @ S
    ),
    Word("sits", N @ S) >> Word("man", N).dagger() @ S,
]
OTHERS = [
    ("torch", {"name": "torch"}, 1e-10),
    ("torch", {"name": "torch", "dtype": "float32"}, 1e-5),
    ("qiskit_aer", {"name": "aer"}, 1e-10),
    ("pennylane", {"name": "pennylane", "device": "default.qubit"}, 1e-10),
]


@pytest.mark.parametrize(
    ("package", "backend", "tolerance"), OTHERS, ids=["torch", "torch, single", "aer", "pennylane"]
)
@pytest.mark.parametrize("name", NAMES)
def test_every_ansatz_gives_the_same_probabilities_success_and_gradient(
    name: str, package: str, backend: Any, tolerance: float
) -> None:
    pytest.importorskip(package)
    cls: Any = ANSAETZE[name]
    ansatz = cls({"n": 1, "s": 1}, n_layers=2)
    vocabulary = Vocabulary(ansatz, named_boxes(SENTENCES))
    ours, theirs = (
        get_backend(b).compile(SENTENCES, ansatz, vocabulary, 2) for b in ("kernel", backend)
    )
    rng = np.random.default_rng(1)
    theta = rng.uniform(-1, 1, len(vocabulary))
    theta[rng.random(len(theta)) < 0.2] = 0.0  # an angle of 0 is an angle
    for found, expected in zip(theirs.probabilities(theta), ours.probabilities(theta), strict=True):
        np.testing.assert_allclose(found, expected, rtol=0, atol=tolerance)
    labels = [0, 1, 1, 0]
    loss, gradient = ours.loss_and_gradient(theta, labels)
    other, slopes = theirs.loss_and_gradient(theta, labels)
    scale = max(1.0, float(np.abs(gradient).max()))
    assert abs(other - loss) < 10 * tolerance
    np.testing.assert_allclose(slopes / scale, gradient / scale, rtol=0, atol=10 * tolerance)
