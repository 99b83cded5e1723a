"""Three independent gradients agree: reverse mode, central differences, parameter shift."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from qnlp.ansatz import Ansatz, IQPAnsatz
from qnlp.backend import get_backend
from qnlp.circuit import Circuit
from qnlp.diagram import Diagram, Word
from qnlp.structure import Spider
from qnlp.ty import Ty
from qnlp.vocabulary import Vocabulary, named_boxes

FOLDER = Path(__file__).parents[1]
RANDOM = runpy.run_path(str(FOLDER / "reference" / "diagrams.py"))
simulate = runpy.run_path(str(FOLDER / "reference" / "simulator.py"))["amplitudes"]
EveryGate = runpy.run_path(str(FOLDER / "property" / "test_circuit_laws.py"))["EveryGate"]
Vector = NDArray[np.float64]

# d/dp of a probability that depends on p by R(p): one frequency, or two where a control adds one.
TWO = ((0.25, np.pi),)
FOUR = (
    (0.25, np.pi * (np.sqrt(2) + 1) / (2 * np.sqrt(2))),
    (0.75, -np.pi * (np.sqrt(2) - 1) / (2 * np.sqrt(2))),
)
RULES: dict[str, tuple[tuple[float, float], ...]] = {"CRx": FOUR, "CRy": FOUR, "CRz": FOUR}


def squares(circuit: Circuit, values: dict[str, float], moved: dict[int, float]) -> Vector:
    return np.asarray(np.abs(simulate(circuit, values, moved)) ** 2)


def cross_entropy(q: Vector, label: int, n_classes: int) -> float:
    p = q[label] / q[:n_classes].sum()
    return float(-np.log((p + 1e-9) / (1 + n_classes * 1e-9)))


def slope_of_cross_entropy(q: Vector, label: int, n_classes: int) -> Vector:
    """In every q."""
    total = q[:n_classes].sum()
    p = q[label] / total
    out = np.zeros_like(q)
    out[:n_classes] = (np.arange(n_classes) == label) / total - p / total
    return np.asarray(-out / (p + 1e-9))


def shift_rule(
    circuits: list[Circuit],
    symbols: tuple[str, ...],
    values: dict[str, float],
    labels: list[int],
    weights: Vector,
    n_classes: int,
) -> Vector:
    gradient = dict.fromkeys(symbols, 0.0)
    for circuit, label, weight in zip(circuits, labels, weights / weights.sum(), strict=True):
        outer = weight * slope_of_cross_entropy(squares(circuit, values, {}), label, n_classes)
        for k, gate in enumerate(circuit.gates):
            if gate.angle is None or gate.angle.symbol is None:
                continue
            for step, factor in RULES.get(gate.name, TWO):
                there = squares(circuit, values, {k: step}) - squares(circuit, values, {k: -step})
                gradient[gate.angle.symbol] += gate.angle.scale * factor * float(outer @ there)
    return np.array([gradient[symbol] for symbol in symbols])


def central_differences(loss: Any, theta: Vector) -> Vector:
    out = np.empty_like(theta)
    for k in range(len(theta)):
        step = np.zeros_like(theta)
        step[k] = 1e-4
        # Of fourth order: 1e-6 is then well above both errors.
        near, far = (
            loss(theta + step) - loss(theta - step),
            loss(theta + 2 * step) - loss(theta - 2 * step),
        )
        out[k] = (8 * near - far) / 12e-4
    return out


def check(read: list[Diagram], ansatz: Ansatz, n_classes: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    circuits = [ansatz(d) for d in read]
    assume(all(c.n_qubits <= 9 and len(c.gates) < 120 for c in circuits))
    assume(all(2 ** len(c.outputs) >= n_classes for c in circuits))
    vocabulary = Vocabulary(ansatz, named_boxes(read))
    assume(len(vocabulary) > 0)
    program = get_backend("kernel").compile(read, ansatz, vocabulary, n_classes)
    theta = rng.uniform(-1, 1, len(vocabulary))
    values = dict(zip(program.symbols, theta, strict=True))
    # A nearly vanishing post-selection makes all three gradients inexact.
    assume(all(squares(c, values, {})[:n_classes].sum() > 1e-3 for c in circuits))
    rows = rng.integers(0, len(read), rng.integers(1, 2 * len(read) + 1))
    labels = rng.integers(0, n_classes, len(rows))
    weights = rng.uniform(0.1, 2, len(rows))
    loss, gradient = program.loss_and_gradient(theta, labels, weights, rows)
    picked = [circuits[r] for r in rows]
    expected = [
        cross_entropy(squares(c, values, {}), label, n_classes)
        for c, label in zip(picked, labels, strict=True)
    ]
    np.testing.assert_allclose(loss, np.average(expected, weights=weights), rtol=0, atol=1e-10)
    scale = max(1.0, float(np.abs(gradient).max()))
    shifted = shift_rule(picked, program.symbols, values, labels.tolist(), weights, n_classes)
    np.testing.assert_allclose(gradient / scale, shifted / scale, rtol=0, atol=1e-9)
    numeric = central_differences(
        lambda x: program.loss_and_gradient(x, labels, weights, rows)[0], theta
    )
    np.testing.assert_allclose(gradient / scale, numeric / scale, rtol=0, atol=1e-6)


@settings(max_examples=25)
@given(
    st.lists(RANDOM["sentences"](most=3, widest=4), min_size=1, max_size=3),
    st.integers(1, 2),
    st.sampled_from([IQPAnsatz, EveryGate]),
    st.integers(0, 99),
)
def test_three_gradients_agree_on_random_sentences(
    read: list[Diagram], n_layers: int, cls: type[Ansatz], seed: int
) -> None:
    check(read, cls({"a": 1, "b": 1}, n_layers), 1 + seed % 2, seed)


@settings(max_examples=15)
@given(st.integers(2, 4), st.integers(0, 999), st.sampled_from([IQPAnsatz, EveryGate]))
def test_three_gradients_agree_for_several_classes(
    n_classes: int, seed: int, cls: type[Ansatz]
) -> None:
    s = Ty("s")
    rng = np.random.default_rng(seed)
    read = [
        Word(str(a), s) @ Word(str(b), s) >> Spider(2, 1, s) for a, b in rng.integers(0, 3, (3, 2))
    ]
    check(read, cls({"s": 2}), n_classes, seed)


def test_the_two_term_rule_would_be_caught_on_a_controlled_rotation() -> None:
    """So that the comparison above is known to be able to fail."""
    x = Ty("a", "b")
    ansatz = IQPAnsatz({"a": 1, "b": 1})
    circuit = ansatz(Word("w", x))
    symbols, values = circuit.symbols, dict.fromkeys(circuit.symbols, 0.3)
    right = shift_rule([circuit], symbols, values, [1], np.ones(1), 2)
    RULES["CRz"] = TWO
    try:
        wrong = shift_rule([circuit], symbols, values, [1], np.ones(1), 2)
    finally:
        RULES["CRz"] = FOUR
    assert np.abs(right - wrong).max() > 1e-3
