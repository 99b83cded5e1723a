"""The kernel's own shots: counts beside exact probabilities, seeds, and training with them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from qnlp import (
    IQPAnsatz,
    SentenceClassifier,
    Sim14Ansatz,
    TensorAnsatz,
    Ty,
    Vocabulary,
    Word,
    circuit_ansatz,
    pregroup_diagram,
)
from qnlp.backend import get_backend
from qnlp.errors import BackendError, DomainError, ShapeError
from qnlp.vocabulary import named_boxes

N, S = Ty("n"), Ty("s")
SENTENCES = [
    # One word twice: the shift rule is of each occurrence.
    pregroup_diagram([Word("A", N), Word("l", N.r @ S @ N.l), Word("A", N)], [(0, 1), (3, 4)]),
    pregroup_diagram([Word("A", N), Word("r", N.r @ S)], [(0, 1)]),
]


def both(ansatz: Any, shots: int, seed: int = 3, n_classes: int = 2) -> tuple[Any, Any, Any]:
    vocabulary = Vocabulary(ansatz, named_boxes(SENTENCES))
    theta = np.random.default_rng(1).random(len(vocabulary))
    arguments = SENTENCES, ansatz, vocabulary, n_classes
    sampled = get_backend({"name": "kernel", "shots": shots, "seed": seed})
    return get_backend("kernel").compile(*arguments), sampled.compile(*arguments), theta


@pytest.mark.parametrize("options", [{}, {"n_ancillas": 1}, {"n_ancillas": 1, "discard": True}])
@pytest.mark.parametrize("n_s", [1, 2])
def test_counts_are_within_5_sigma_of_the_exact_probabilities(options: Any, n_s: int) -> None:
    shots, n_classes = 20_000, 2 if n_s == 1 else 3
    exact, sampled, theta = both(
        IQPAnsatz({"n": 1, "s": n_s}, **options), shots, n_classes=n_classes
    )
    p, success = exact.probabilities(theta)
    found, kept = sampled.probabilities(theta)
    sigma = np.sqrt(success * (1 - success) / shots)
    assert (np.abs(kept - success) < 5 * sigma).all()
    if n_s == 1:  # with 3 of 4 outcomes as classes, the shots of the fourth are left out
        sigma = np.sqrt(p * (1 - p) / (kept * shots)[:, None])
        assert (np.abs(found - p) < 5 * sigma + 1e-12).all()
    np.testing.assert_allclose(found.sum(1), 1)


@circuit_ansatz
def shared_turns(n_qubits: int) -> Any:
    """One parameter turns every qubit, and a controlled gate besides."""
    yield ("Ry", 0)
    yield from (("Rx", q, 0) for q in range(1, n_qubits))
    yield from (("CRz", q, q + 1, 0) for q in range(n_qubits - 1))


@pytest.mark.parametrize(
    "ansatz",
    [
        IQPAnsatz({"n": 1, "s": 1}, 2),
        Sim14Ansatz({"n": 1, "s": 1}, n_ancillas=1, discard=True),
        shared_turns({"n": 1, "s": 1}),
    ],
    ids=lambda a: type(a).__name__,
)
def test_the_parameter_shift_gradient_tends_to_the_exact_one(ansatz: Any) -> None:
    exact, sampled, theta = both(ansatz, 10**9)
    slopes = np.random.default_rng(0).normal(size=(2, 2))
    expected, found = exact.pull_back(theta, slopes), sampled.pull_back(theta, slopes)
    np.testing.assert_allclose(found, expected, rtol=0, atol=2e-3 * np.abs(expected).max())
    loss, gradient = exact.loss_and_gradient(theta, [0, 1], [1.0, 3.0])
    near, found = sampled.loss_and_gradient(theta, [0, 1], [1.0, 3.0])
    assert near == pytest.approx(loss, abs=1e-3)
    np.testing.assert_allclose(found, gradient, rtol=0, atol=2e-3 * np.abs(gradient).max())


def test_shots_depend_on_seed_and_parameters_and_on_no_other_sentence() -> None:
    _, sampled, theta = both(IQPAnsatz({"n": 1, "s": 1}), 1000)
    p, success = sampled.probabilities(theta)
    for rows in ([1, 0], [1], [0, 1, 1]):
        again, kept = sampled.probabilities(theta, rows)
        np.testing.assert_array_equal(again, p[rows])
        np.testing.assert_array_equal(kept, success[rows])
    loss, gradient = sampled.loss_and_gradient(theta, [0, 1])
    same, other = sampled.loss_and_gradient(theta, [0, 1])
    assert same == loss
    np.testing.assert_array_equal(other, gradient)
    assert (sampled.probabilities(theta + 1e-9)[1] != success).any()
    _, reseeded, _ = both(IQPAnsatz({"n": 1, "s": 1}), 1000, seed=4)
    assert (reseeded.probabilities(theta)[1] != success).any()


def test_counts_do_not_depend_on_the_number_of_threads() -> None:
    import qnlp

    before, found = qnlp.num_threads(), []
    for n in (1, 2):
        qnlp.set_num_threads(n)
        _, sampled, theta = both(IQPAnsatz({"n": 1, "s": 1}), 1000)
        found.append(sampled.loss_and_gradient(theta, [0, 1])[1])
    qnlp.set_num_threads(before)
    np.testing.assert_array_equal(*found)


def _shots(program: Any, theta: Any) -> int:
    """How many of the sentences kept their one shot; -1 where the error says that none did."""
    message = "none of 1 shots of 2 sentences survived post-selection, .*: give more shots"
    try:
        p, success = program.probabilities(theta)
    except DomainError:
        with pytest.raises(DomainError, match=message):
            program.probabilities(theta)
        return -1
    np.testing.assert_array_equal(p.sum(1), success > 0)
    return int((success > 0).sum())


def test_no_kept_shot_at_all_is_an_error_and_one_sentence_of_many_is_flagged() -> None:
    ansatz = IQPAnsatz({"n": 1, "s": 1})
    vocabulary = Vocabulary(ansatz, named_boxes(SENTENCES))
    program = get_backend({"name": "kernel", "shots": 1, "seed": 0}).compile(
        SENTENCES, ansatz, vocabulary, 2
    )
    theta = np.random.default_rng(1).random(len(vocabulary))
    shots = np.array([_shots(program, theta + 1e-6 * k) for k in range(60)])
    assert (shots == -1).any()
    assert (shots == 1).any()
    # Sentences with a shifted word may have kept shots; they are not those that were asked for.
    lost = theta + 1e-6 * int(np.argmin(shots))
    with pytest.raises(DomainError) as plain:
        program.probabilities(lost)
    with pytest.raises(DomainError) as shifted:
        program.loss_and_gradient(lost, [0, 1])
    assert str(shifted.value) == str(plain.value)


def test_what_cannot_be_measured_is_refused() -> None:
    with pytest.raises(BackendError, match="TensorAnsatz makes tensors, no circuits"):
        both(TensorAnsatz({"n": 2, "s": 2}), 10)
    with pytest.raises(DomainError, match="shots is 0, expected an int of 1 or more"):
        get_backend({"name": "kernel", "shots": 0})
    ansatz = IQPAnsatz({"n": 1, "s": 1})
    two = [*SENTENCES, Word("A", N) @ Word("A", N)]
    with pytest.raises(ShapeError, match=r"sentences have \[2, 4\] outcomes"):
        get_backend({"name": "kernel", "shots": 5}).compile(
            two, ansatz, Vocabulary(ansatz, named_boxes(two)), 2
        )


@pytest.mark.parametrize("optimizer", ["adam", "spsa"])
def test_a_classifier_learns_by_shots_and_is_saved_with_them(
    optimizer: str, tmp_path: Path
) -> None:
    texts = ["man cooks dinner", "woman bakes cake", "man writes code", "woman debugs code"]
    backend = {"name": "kernel", "shots": 2048, "seed": 1}
    model = SentenceClassifier(
        backend=backend, optimizer=optimizer, max_iter=40, n_restarts=1, seed=2
    )
    model.fit(texts, [1, 1, 0, 0])
    assert model.n_iter_ == 40  # a loss that goes up by chance ends nothing
    assert model.history_[-1]["loss"] < 0.8 * model.history_[0]["loss"]
    model.save(tmp_path / "m")
    again = SentenceClassifier.load(tmp_path / "m")
    assert get_backend(again.backend).config() == backend
    np.testing.assert_array_equal(again.predict_proba(texts), model.predict_proba(texts))


def test_a_sentence_without_a_kept_shot_is_counted_in_a_warning() -> None:
    texts = ["man cooks dinner", "woman bakes cake", "man writes code", "woman debugs code"]
    model = SentenceClassifier(max_iter=2, n_restarts=1).fit(texts, [1, 1, 0, 0])
    model.set_params(backend={"name": "kernel", "shots": 4, "seed": 1})
    with pytest.warns(RuntimeWarning, match="a post-selection that none of 4 shots survived"):
        p = model.predict_proba(texts * 4)
    assert (p == 0.5).all(1).any()
