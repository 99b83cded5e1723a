"""The kernel's primitives beside Qiskit's own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from qnlp.errors import DiagramError, DomainError

qiskit = pytest.importorskip("qiskit")

from qiskit.primitives import (  # type: ignore[import-untyped]
    BaseEstimatorV2,
    BaseSamplerV2,
    StatevectorEstimator,
    StatevectorSampler,
)
from qiskit.quantum_info import SparsePauliOp  # type: ignore[import-untyped]

from qnlp.backend.qiskit_primitives import KernelEstimator, KernelSampler

A, B = (qiskit.circuit.Parameter(x) for x in "ab")


def circuit_of(n: int = 3) -> Any:
    made = qiskit.QuantumCircuit(n)
    for q in range(n):
        made.ry(A + q, q)
    for q in range(n - 1):
        made.crx(2 * B, q, q + 1)
    made.sxdg(0)
    made.rzz(B, 0, n - 1)
    made.ccx(0, 1, 2)
    made.global_phase = 0.3
    return made


SWEEP = np.random.default_rng(0).uniform(-2, 2, (2, 1, 2))
OBSERVABLES = [
    SparsePauliOp(["XIZ", "YYI"], [0.5, -1.5]),
    SparsePauliOp(["ZZZ"]),
    SparsePauliOp(["III", "IIX"], [2.0, 1.0]),
]


def test_expectation_values_are_those_of_the_reference() -> None:
    pubs = [(circuit_of(), OBSERVABLES, SWEEP), (circuit_of(4), "XYZI", [0.1, 0.2])]
    ours, theirs = (e.run(pubs).result() for e in (KernelEstimator(), StatevectorEstimator()))
    for got, expected in zip(ours, theirs, strict=True):
        assert got.data.evs.shape == expected.data.evs.shape
        np.testing.assert_allclose(got.data.evs, expected.data.evs, rtol=0, atol=1e-10)
        np.testing.assert_array_equal(got.data.stds, 0)
        assert got.metadata == expected.metadata
    assert isinstance(KernelEstimator(), BaseEstimatorV2)


def test_a_precision_gives_shots_with_their_error() -> None:
    exact = KernelEstimator().run([(circuit_of(), OBSERVABLES, SWEEP)]).result()[0].data.evs
    pub = (circuit_of(), OBSERVABLES, SWEEP)
    runs = [KernelEstimator(seed=s).run([pub], precision=0.01).result()[0].data for s in (1, 1, 2)]
    np.testing.assert_array_equal(runs[0].evs, runs[1].evs)
    assert not np.array_equal(runs[0].evs, runs[2].evs)
    for data in runs:
        assert np.all(np.abs(data.evs - exact) < 5 * np.maximum(data.stds, 1e-12))
        assert np.all(data.stds <= 0.01 * 2.0)


def test_samples_have_the_probabilities_and_layout_of_the_reference() -> None:
    measured = circuit_of()
    one, two = qiskit.ClassicalRegister(2, "one"), qiskit.ClassicalRegister(1, "two")
    measured.add_register(one, two)
    measured.barrier()
    measured.measure([2, 0], one)
    measured.measure(1, two)
    n_shots = 20_000
    ours, theirs = (
        s(seed=3).run([(measured, SWEEP)], shots=n_shots).result()[0]
        for s in (KernelSampler, StatevectorSampler)
    )
    assert ours.metadata == theirs.metadata
    for name, n_bits in (("one", 2), ("two", 1)):
        got, expected = getattr(ours.data, name), getattr(theirs.data, name)
        assert (got.shape, got.num_bits, got.num_shots) == ((2, 1), n_bits, n_shots)
        for place in np.ndindex(2, 1):
            p, q = (
                np.array([x.get_int_counts(place).get(k, 0) for k in range(2**n_bits)]) / n_shots
                for x in (got, expected)
            )
            sigma = np.sqrt((p * (1 - p) + q * (1 - q)) / n_shots)
            assert np.all(np.abs(p - q) <= 5 * sigma + 1e-12)
    assert isinstance(KernelSampler(), BaseSamplerV2)


def test_seeds_and_shots_of_a_pub_are_kept() -> None:
    measured = circuit_of()
    measured.measure_all()
    pub = (measured, [0.3, 0.4], 77)

    def counts(seed: int) -> Any:
        return KernelSampler(seed=seed).run([pub]).result()[0].data.meas.get_counts()

    assert counts(1) == counts(1) != counts(2)
    assert sum(counts(1).values()) == 77


def test_an_angle_that_is_not_linear_is_bound_first() -> None:
    made = qiskit.QuantumCircuit(1)
    made.rx(A * A, 0)
    pubs = [(made, "Z", [[0.5], [1.5]])]
    ours, theirs = (
        e.run(pubs).result()[0].data.evs for e in (KernelEstimator(), StatevectorEstimator())
    )
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-12)


def test_what_cannot_be_run_is_named() -> None:
    middle = qiskit.QuantumCircuit(1, 1)
    middle.measure(0, 0)
    middle.x(0)
    with pytest.raises(DiagramError, match="instruction 'x' is on qubit 0, which is measured"):
        KernelSampler().run([middle]).result()
    with pytest.raises(DomainError, match="default_shots is 0, expected an int of 1 or more"):
        KernelSampler(default_shots=0)
    with pytest.raises(DomainError, match=r"precision is -0\.1, expected"):
        KernelEstimator(default_precision=-0.1)


def test_more_qubits_than_fit_are_refused() -> None:
    n = 60
    made = qiskit.QuantumCircuit(n)
    made.h(0)
    for q in range(n - 1):
        made.cx(q, q + 1)
    found = KernelEstimator().run([(made, "Z" + "I" * (n - 2) + "Z")])
    with pytest.raises(MemoryError):
        found.result()
