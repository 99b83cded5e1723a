"""Words' parameters out of their spelling, and a head behind the circuits."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from qnlp import CopyAnsatz, IQPAnsatz, LinearHead, SentenceClassifier, Vocabulary, WordFeatures
from qnlp.backend import get_backend
from qnlp.diagram import Word
from qnlp.errors import BackendError, DomainError, QnlpError, ShapeError
from qnlp.grammar import CCGReader, SpidersReader
from qnlp.objective import Evaluator, FeatureParameters, FreeParameters, Objective
from qnlp.ty import Ty
from qnlp.vocabulary import named_boxes

TEXTS = ["a good film", "a bad film", "good and goodly", "bad or baddish", "the film was good"]
TEXTS += ["the film was not good", "badly made", "a film that was good"]
LABELS = np.array([1, 0, 1, 0, 1, 0, 0, 1])
N = Ty("n")


def objective(head: LinearHead | None, features: WordFeatures | None, l2: float) -> Objective:
    diagrams = CCGReader(on_failure="fragments", codomain="s").read_many(TEXTS)
    ansatz = CopyAnsatz(dict.fromkeys(("n", "s", "p", "conj"), 1))
    vocabulary = Vocabulary(ansatz, named_boxes(diagrams))
    parameters: Any = FreeParameters(vocabulary, ansatz)
    if features is not None:
        fitted = features.fit([text.split() for text in TEXTS], vocabulary, ansatz)
        parameters = FeatureParameters(fitted, vocabulary, ansatz)
    program = get_backend("kernel").compile(diagrams, ansatz, vocabulary, 2)
    weights = np.linspace(0.5, 2.0, len(TEXTS))
    return Objective(Evaluator(program, parameters, head, 2), LABELS, weights, l2)


@pytest.mark.parametrize("head", [None, LinearHead()])
@pytest.mark.parametrize("features", [None, WordFeatures()])
@pytest.mark.parametrize("rows", [None, np.array([5, 1, 1, 7])])
def test_the_gradient_is_the_central_difference(
    head: LinearHead | None, features: WordFeatures | None, rows: Any
) -> None:
    loss = objective(head, features, 0.01)
    rng = np.random.default_rng(0)
    weights = loss.evaluator.begin(rng)
    weights += 0.05 * rng.standard_normal(len(weights))
    _, gradient = loss(weights, rows)
    for direction in rng.standard_normal((5, len(weights))):
        step = 1e-6 * direction
        difference = (loss(weights + step, rows)[0] - loss(weights - step, rows)[0]) / 2e-6
        assert abs(difference - gradient @ direction) < 1e-6 * max(1, abs(difference))


def test_without_turns_the_log_odds_are_a_sum_over_words_whatever_the_grammar() -> None:
    read = CCGReader(on_failure="fragments", codomain="s").read_many(TEXTS)
    flat = SpidersReader().read_many([" ".join(_names(d)) for d in read])
    ansatz = CopyAnsatz(dict.fromkeys(("n", "s", "p", "conj"), 1))
    rng = np.random.default_rng(3)
    ratio = {name: 0.1 + 0.3 * rng.random() for d in read for name in _names(d)}
    odds = []
    for diagrams in (read, flat):
        vocabulary = Vocabulary(ansatz, named_boxes(diagrams))
        theta = np.concatenate([[ratio[b.name], *ansatz.neutral(b)[1:]] for b in vocabulary.boxes])
        p, _ = get_backend("kernel").compile(diagrams, ansatz, vocabulary, 2).probabilities(theta)
        odds.append(np.log(p[:, 1] / p[:, 0]))
    expected = [sum(2 * np.log(np.tan(np.pi * ratio[name])) for name in _names(d)) for d in read]
    np.testing.assert_allclose(odds[0], expected, rtol=1e-9)
    np.testing.assert_allclose(odds[1], expected, rtol=1e-9)


def _names(diagram: Any) -> list[str]:
    return [box.name for box in diagram.boxes if box.kind == "word"]


def test_words_of_like_spelling_have_like_angles_and_others_do_not() -> None:
    words = [["good", "film"], ["bad", "film"]]
    ansatz = CopyAnsatz({"n": 1})
    seen = Vocabulary(ansatz, [Word(name, N) for name in ("bad", "film", "good")])
    fitted = WordFeatures().fit(words, seen, ansatz)
    weights = np.random.default_rng(0).standard_normal(fitted.n_weights)
    bad, film, good = FeatureParameters(fitted, seen, ansatz).angles(weights) - 0.25
    unseen = Vocabulary(ansatz, [Word(name, N) for name in ("goodness", "zzz")])
    goodness, zzz = FeatureParameters(fitted, unseen, ansatz).angles(weights) - 0.25
    assert len({bad, film, good, goodness}) == 4
    assert zzz == 0  # nothing is known of it
    own = (fitted.matrix(unseen, ansatz)[1] @ fitted.matrix(seen, ansatz)[1].T).toarray()
    assert own[0].argmax() == 2
    assert (own[1] == 0).all()


def test_vectors_say_what_spelling_does_not() -> None:
    vectors = {"fine": [1.0, 0.0], "grand": [0.9, 0.1], "poor": [-1.0, 0.0], "weak": [-0.9, 0.0]}
    model = SentenceClassifier(
        "spiders", features=WordFeatures(vectors=vectors, spelling=0.0), l2=1e-4, seed=0
    ).fit(["fine film", "poor film", "fine book", "poor book"], ["+", "-", "+", "-"])
    assert model.predict(["grand play", "weak play"]).tolist() == ["+", "-"]


def test_an_unseen_type_has_the_same_angles_every_time() -> None:
    ansatz = IQPAnsatz({"n": 1, "s": 1})
    vocabulary = Vocabulary(ansatz, [Word("runs", N.r @ Ty("s") @ N.l)])
    fitted = WordFeatures().fit([["runs"]], vocabulary, ansatz, seed=5)
    again = WordFeatures().fit([["runs"]], vocabulary, ansatz, seed=5)
    assert (fitted.matrix(vocabulary, ansatz)[0] == again.matrix(vocabulary, ansatz)[0]).all()
    other = WordFeatures().fit([["runs"]], vocabulary, ansatz, seed=6)
    assert (fitted.matrix(vocabulary, ansatz)[0] != other.matrix(vocabulary, ansatz)[0]).all()


@pytest.mark.parametrize("head", [None, LinearHead(), LinearHead(n_outcomes=4)])
@pytest.mark.parametrize("vectors", [None, {"good": [1.0, 2.0]}])
def test_a_saved_model_predicts_the_same_for_words_it_never_saw(
    head: LinearHead | None, vectors: Any, tmp_path: Path
) -> None:
    features = WordFeatures(vectors=vectors)
    reader = CCGReader(on_failure="fragments", codomain="s")
    model = SentenceClassifier(reader, features=features, head=head, l2=1e-3, max_iter=5)
    model.fit(TEXTS, LABELS)
    model.save(tmp_path)
    loaded = SentenceClassifier.load(tmp_path)
    new = ["goodness gracious", "unheard of words that make a sentence"]
    assert (loaded.predict_proba(new) == model.predict_proba(new)).all()
    assert json.dumps(loaded.get_params()["features"].config()) == json.dumps(features.config())
    assert loaded.head == head


def test_a_head_begins_as_nothing_and_learns() -> None:
    plain = SentenceClassifier("spiders", max_iter=1, n_restarts=1).fit(TEXTS, LABELS)
    headed = SentenceClassifier("spiders", max_iter=40, n_restarts=1, head=LinearHead())
    headed.fit(TEXTS, LABELS)
    assert headed.loss_ < plain.loss_
    assert headed.head_weights_.shape == (6,)
    np.testing.assert_allclose(headed.predict_proba(TEXTS).sum(1), 1, atol=1e-12)
    assert not np.allclose(headed.head_weights_, LinearHead().begin(2))


def test_training_stops_when_the_dev_loss_does_not_fall_and_keeps_its_best() -> None:
    model = SentenceClassifier(
        "spiders", optimizer="adam", learning_rate=0.2, max_iter=300, patience=3, n_restarts=1
    )
    model.fit(TEXTS, LABELS, eval_set=(["film bad", "film good"], [1, 0]))
    losses = [record["eval_loss"] for record in model.history_]
    assert model.n_iter_ == int(np.argmin(losses)) + 1 + 3 < 300
    assert model.message_ == "no smaller eval_loss in 3 iterations"
    assert abs(model.loss(["film bad", "film good"], [1, 0]) - min(losses)) < 1e-12


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"ngrams": (3, 2)}, DomainError, r"ngrams has \(3, 2\)"),
        ({"rate": -1.0}, DomainError, "rate has -1.0"),
        ({"word": float("nan")}, DomainError, "word has nan"),
        ({"vectors": {"a": [1.0], "b": [1.0, 2.0]}}, ShapeError, "vectors have shapes"),
    ],
)
def test_features_out_of_range_are_refused_by_name(options: Any, error: type, said: str) -> None:
    with pytest.raises(error, match=said):
        WordFeatures(**options)


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"features": 3}, TypeError, "features must be a WordFeatures, got int"),
        ({"head": "linear"}, TypeError, "head must be a LinearHead, got str"),
        ({"l2": -1.0}, QnlpError, "l2 is -1.0"),
        ({"patience": 0}, QnlpError, "patience is 0"),
        ({"head": LinearHead(2), "ansatz": IQPAnsatz({"s": 0})}, ShapeError, "outcomes"),
    ],
)
def test_settings_out_of_range_are_refused_by_name(options: Any, error: type, said: str) -> None:
    with pytest.raises(error, match=said):
        SentenceClassifier("spiders", **options).fit(TEXTS, LABELS)


def test_a_head_with_fewer_outcomes_than_classes_is_refused() -> None:
    with pytest.raises(ShapeError, match="n_outcomes has 1, expected an int of 2"):
        LinearHead(1)
    with pytest.raises(ShapeError, match=r"n_outcomes has 2, expected at least one a class \(3\)"):
        LinearHead(2).begin(3)


def test_a_backend_without_a_pull_back_says_so() -> None:
    class Plain:
        n_sentences, n_classes, symbols = 1, 2, ()

        def probabilities(self, theta: Any, rows: Any = None) -> Any:
            return np.array([[0.5, 0.5]]), np.ones(1)

        def loss_and_gradient(self, theta: Any, *_: Any) -> Any:
            return 0.0, np.zeros(0)

    ansatz = IQPAnsatz({"s": 1})
    free = FreeParameters(Vocabulary(ansatz, []), ansatz)
    loss = Objective(Evaluator(Plain(), free, LinearHead(), 2), np.array([0]))
    with pytest.raises(BackendError, match="Plain has no pull_back"):
        loss(LinearHead().begin(2), None)


def test_vectors_count_by_how_rare_their_word_is_and_unseen_words_as_the_rarest() -> None:
    ansatz = CopyAnsatz({"n": 1})
    words = Vocabulary(ansatz, [Word(name, Ty("n")) for name in ("often", "once", "never")])
    vectors = {name: [1.0] for name in ("often", "once", "never")}
    features = WordFeatures(word=0, spelling=0, typed=0, shape=0, rate=1, vectors=vectors)
    seen = [["often"], ["often"], ["often", "once"]]
    _, matrix = features.fit(seen, words, ansatz).matrix(words, ansatz)
    n = 1 + np.log1p(3)
    expected = {"often": (n - np.log1p(3)) / n, "once": (n - np.log1p(1)) / n, "never": 1.0}
    found = dict(zip([box.name for box in words.boxes], matrix.toarray().ravel(), strict=True))
    assert found == pytest.approx(expected)
