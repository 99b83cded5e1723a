"""Aer with shots, noise and transpilation, beside the kernel's exact and mixed circuits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from qnlp import IQPAnsatz, Noise, SentenceClassifier, Sim14Ansatz
from qnlp.backend import get_backend
from qnlp.backend.protocol import DifferentiableProgram
from qnlp.errors import BackendError, CircuitTooLargeError, DomainError
from qnlp.grammar import PregroupReader
from qnlp.vocabulary import Vocabulary, named_boxes

pytest.importorskip("qiskit_aer")

TEXTS = ["man prepares meal", "woman runs", "man cooks tasty meal"]
READ = PregroupReader(target="s").read_many(TEXTS)
IQP = IQPAnsatz({"n": 1, "s": 1})
NOISE = Noise(0.02, 0.01, 0.03, 0.05, 0.04, readout=(0.02, 0.07))


def compiled(ansatz: Any = IQP, **options: Any) -> Any:
    vocabulary = Vocabulary(ansatz, named_boxes(READ))
    return get_backend({"name": "aer", **options}).compile(READ, ansatz, vocabulary, 2)


def theta_of(program: Any, seed: int = 0) -> Any:
    return np.random.default_rng(seed).uniform(-2, 2, len(program.symbols))


def by_mixed(ansatz: Any, program: Any, theta: Any) -> tuple[Any, Any]:
    """Class and success probabilities by the kernel's mixed circuits."""
    value = dict(zip(program.symbols, theta, strict=True))
    found = [ansatz(d).noisy(NOISE).simulate(value) for d in READ]
    return (
        np.array([f.probabilities() for f in found]),
        np.array([f.success_probability for f in found]),
    )


@pytest.mark.parametrize("ansatz", [IQP, Sim14Ansatz({"n": 1, "s": 1})], ids=repr)
def test_noise_is_that_of_the_kernels_mixed_circuits(ansatz: Any) -> None:
    program = compiled(ansatz, noise=NOISE)
    theta = theta_of(program)
    p, success = program.probabilities(theta)
    expected, expected_success = by_mixed(ansatz, program, theta)
    np.testing.assert_allclose(p, expected, rtol=0, atol=1e-10)
    np.testing.assert_allclose(success, expected_success, rtol=0, atol=1e-10)


def test_the_gradient_under_noise_is_that_of_differences() -> None:
    program = compiled(noise=NOISE)
    theta, labels = theta_of(program), [0, 1, 1]
    loss, gradient = program.loss_and_gradient(theta, labels)
    h = 1e-5
    for k in range(0, len(theta), 3):
        step = np.eye(len(theta))[k] * h
        above, below = (program.loss_and_gradient(theta + s, labels)[0] for s in (step, -step))
        assert abs(gradient[k] - (above - below) / (2 * h)) < 1e-7
    assert isinstance(program, DifferentiableProgram)
    slopes = np.random.default_rng(1).normal(size=(3, 2))
    pulled = program.pull_back(theta, slopes)
    step = np.eye(len(theta))[0] * h
    above, below = ((slopes * program.probabilities(theta + s)[0]).sum() for s in (step, -step))
    assert abs(pulled[0] - (above - below) / (2 * h)) < 1e-7
    assert np.isfinite(loss)


@pytest.mark.parametrize("noise", [None, NOISE])
def test_shots_lie_within_5_sigma(noise: Any) -> None:
    n_shots = 20_000
    exact = compiled(noise=noise)
    shots = compiled(noise=noise, shots=n_shots, seed=3)
    theta = theta_of(exact, 1)
    (p, success), (q, drawn) = exact.probabilities(theta), shots.probabilities(theta)
    assert not np.array_equal(success, drawn)
    assert np.all(np.abs(success - drawn) < 5 * np.sqrt(success * (1 - success) / n_shots))
    # Of the shots that succeeded, each class is a binomial of its own.
    hits = drawn * n_shots
    sigma = np.sqrt(p * (1 - p) / hits[:, None])
    assert np.all(np.abs(p - q) < 5 * sigma)


def test_equal_parameters_and_seeds_give_equal_shots_and_others_do_not() -> None:
    theta = theta_of(compiled())
    first, again, other = (compiled(shots=500, seed=s) for s in (1, 1, 2))
    p = first.probabilities(theta)[1]
    np.testing.assert_array_equal(p, again.probabilities(theta)[1])
    np.testing.assert_array_equal(p, first.probabilities(theta)[1])
    assert not np.array_equal(p, other.probabilities(theta)[1])
    assert not np.array_equal(p, first.probabilities(theta + 2.0)[1])  # the same angles


def test_equal_circuits_of_one_call_have_shots_of_their_own() -> None:
    program = compiled(shots=500, seed=0)
    success = program.probabilities(theta_of(program), [1] * 6)[1]
    assert len(set(success.tolist())) > 1


@pytest.mark.parametrize(
    ("level", "noise"), [(0, None), (1, None), (2, None), (3, None), (2, NOISE)]
)
def test_transpiled_circuits_are_the_same(level: int, noise: Any) -> None:
    ansatz = Sim14Ansatz({"n": 1, "s": 1})
    plain = compiled(ansatz, noise=noise)
    transpiled = compiled(ansatz, noise=noise, optimization_level=level)
    theta = theta_of(plain, 2)
    got, expected = (x.probabilities(theta, [1, 0]) for x in (transpiled, plain))
    np.testing.assert_allclose(got[0], expected[0], rtol=0, atol=1e-10)
    np.testing.assert_allclose(got[1], expected[1], rtol=0, atol=1e-10)
    _, slope = transpiled.loss_and_gradient(theta, [1], rows=[1])
    expected_slope = plain.loss_and_gradient(theta, [1], rows=[1])[1]
    np.testing.assert_allclose(slope, expected_slope, rtol=0, atol=1e-9)


def test_a_pass_manager_of_choice_and_a_noise_model_of_qiskits() -> None:
    from qiskit.transpiler import CouplingMap, generate_preset_pass_manager
    from qiskit_aer.noise import NoiseModel, ReadoutError, depolarizing_error

    line = generate_preset_pass_manager(
        1,
        basis_gates=["rz", "sx", "x", "cx"],
        coupling_map=CouplingMap.from_line(7),
        seed_transpiler=0,
    )
    theta = theta_of(compiled())
    routed, plain = compiled(pass_manager=line), compiled()
    p, q = routed.probabilities(theta)[0], plain.probabilities(theta)[0]
    np.testing.assert_allclose(p, q, rtol=0, atol=1e-10)
    model = NoiseModel()
    model.add_all_qubit_quantum_error(depolarizing_error(0.05, 2), ["cx"])
    noisy = compiled(pass_manager=line, noise=model)
    exact = noisy.probabilities(theta)
    assert np.abs(exact[0] - q).max() > 1e-3
    shots = compiled(pass_manager=line, noise=model, shots=20_000, seed=0).probabilities(theta)
    sigma = np.sqrt(exact[1] * (1 - exact[1]) / 20_000)
    assert np.all(np.abs(exact[1] - shots[1]) < 5 * sigma)
    model.add_all_qubit_readout_error(ReadoutError([[0.9, 0.1], [0.2, 0.8]]))
    with pytest.raises(BackendError, match="readout errors, which show in shots alone"):
        compiled(noise=model)
    with pytest.raises(BackendError, match="a NoiseModel of Qiskit cannot be written down"):
        get_backend({"name": "aer", "noise": model, "shots": 10}).config()


NOISY = {"depolarizing": 0.005, "readout": 0.01}


@pytest.mark.parametrize(
    ("optimizer", "noise", "max_iter", "rate"),
    [("adam", None, 4, 0.2), ("spsa", NOISY, 30, 0.5)],
)
def test_a_classifier_trains_by_shots(
    optimizer: str, noise: Any, max_iter: int, rate: float
) -> None:
    texts = ["man cooks dinner", "woman bakes cake", "man writes code", "woman debugs code"]
    labels = ["food", "food", "it", "it"]

    def trained(n: int) -> SentenceClassifier:
        return SentenceClassifier(
            backend={"name": "aer", "shots": 1024, "seed": 7, "noise": noise},
            optimizer=optimizer,
            max_iter=n,
            learning_rate=rate,
            n_restarts=1,
        ).fit(texts, labels)

    model = trained(max_iter)
    losses = [record["loss"] for record in model.history_]
    assert model.loss_ == min(losses) < losses[0]
    assert model.score(texts, labels) >= 0.75
    once, again = ([record["loss"] for record in trained(2).history_] for _ in range(2))
    assert once == again
    assert once[0] == losses[0]


def test_settings_of_a_saved_model_come_back(tmp_path: Any) -> None:
    backend = {"name": "aer", "shots": 64, "seed": 1, "noise": {"readout": [0.1, 0.2]}}
    model = SentenceClassifier(backend=backend, max_iter=1, optimizer="spsa")
    model.fit(["man cooks dinner", "man writes code"], [0, 1]).save(tmp_path / "model")
    back = SentenceClassifier.load(tmp_path / "model")
    given = get_backend(back.backend)
    assert given.config() == get_backend(backend).config()
    assert given.noise == Noise(readout=(0.1, 0.2))  # type: ignore[attr-defined]
    np.testing.assert_array_equal(
        back.predict_proba(["man cooks code"]), model.predict_proba(["man cooks code"])
    )


def test_a_density_matrix_that_does_not_fit_is_refused() -> None:
    with pytest.raises(CircuitTooLargeError, match="a complex128 density matrix is"):
        compiled(IQPAnsatz({"n": 4, "s": 4}), noise={"bit_flip": 0.1})


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"shots": 0}, DomainError, "shots is 0, expected an int of 1 or more"),
        ({"shots": 1.5}, DomainError, r"shots is 1\.5, expected an int"),
        ({"seed": -1}, DomainError, "seed is -1, expected an int of 0 or more"),
        ({"noise": {"fade": 0.1}}, DomainError, "noise has 'fade'"),
        ({"noise": 0.1}, TypeError, "noise must be a Noise, a mapping or a NoiseModel"),
        ({"optimization_level": 7}, BackendError, "optimization_level is 7, expected one of"),
        (
            {"optimization_level": 1, "pass_manager": object()},
            BackendError,
            "expected one of the two",
        ),
    ],
)
def test_wrong_options_are_named(options: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        get_backend({"name": "aer", **options})
