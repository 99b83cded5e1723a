"""The classifier's contract with scikit-learn, and with users who get things wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone  # type: ignore[import-untyped]
from sklearn.exceptions import NotFittedError  # type: ignore[import-untyped]
from sklearn.model_selection import GridSearchCV, cross_val_score  # type: ignore[import-untyped]
from sklearn.pipeline import Pipeline  # type: ignore[import-untyped]
from sklearn.preprocessing import FunctionTransformer  # type: ignore[import-untyped]

import qnlp
from qnlp import IQPAnsatz, SentenceClassifier
from qnlp.diagram import Diagram, Word
from qnlp.errors import (
    CheckpointError,
    CircuitTooLargeError,
    DataError,
    DomainError,
    EmptySentenceError,
    QnlpError,
    UnknownWordError,
)
from qnlp.grammar import CCGReader
from qnlp.structure import Spider
from qnlp.ty import Ty

NOUNS = {"food": ["dinner", "cake", "soup"], "it": ["code", "software", "tests"]}
SENTENCES = [
    f"{who} {verb} {noun}"
    for nouns in zip(*NOUNS.values(), strict=True)
    for noun in nouns
    for who, verb in (("man", "makes"), ("woman", "makes"), ("man", "likes"))
]
LABELS = ["food" if s.split()[2] in NOUNS["food"] else "it" for s in SENTENCES]
FAST: dict[str, Any] = {"max_iter": 30, "seed": 3}


@pytest.fixture(scope="module")
def fitted() -> SentenceClassifier:
    return SentenceClassifier(**FAST).fit(SENTENCES, LABELS)


def test_training_learns_what_the_words_tell(fitted: SentenceClassifier) -> None:
    assert fitted.score(SENTENCES, LABELS) == 1.0
    assert fitted.predict(["woman likes cake"]).tolist() == ["food"]
    assert fitted.loss_ < 0.05
    assert fitted.n_iter_ == len(fitted.history_) > 1
    assert abs(fitted.loss(SENTENCES, LABELS) - fitted.loss_) < 1e-9


def test_probabilities_are_rows_that_sum_to_one_in_the_order_of_the_classes(
    fitted: SentenceClassifier,
) -> None:
    p = fitted.predict_proba(SENTENCES)
    assert p.shape == (len(SENTENCES), 2)
    np.testing.assert_allclose(p.sum(1), 1, rtol=0, atol=1e-12)
    assert fitted.classes_[p.argmax(1)].tolist() == LABELS


def test_parameters_are_set_cloned_and_refused_as_by_scikit_learn() -> None:
    model = SentenceClassifier(optimizer="adam", seed=7, ansatz=IQPAnsatz({"n": 1, "s": 1}))
    twin = clone(model)
    assert twin.get_params() == model.get_params()
    assert twin is not model
    assert twin.set_params(max_iter=5).max_iter == 5
    with pytest.raises(ValueError, match="Invalid parameter 'depth'"):
        twin.set_params(depth=3)


def test_it_works_in_a_pipeline_in_cross_validation_and_in_a_grid_search() -> None:
    lower = FunctionTransformer(lambda texts: [t.lower() for t in texts])
    pipeline = Pipeline([("lower", lower), ("model", SentenceClassifier(**FAST))])
    shouted = [s.upper() for s in SENTENCES]
    assert pipeline.fit(shouted, LABELS).score(shouted, LABELS) == 1.0
    model = SentenceClassifier(oov="unk", **FAST)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        scores = cross_val_score(model, np.array(SENTENCES), np.array(LABELS), cv=3)
    assert scores.shape == (3,)
    grid: dict[str, list[Any]] = {
        "ansatz": [IQPAnsatz({"n": 1, "s": 1}, n) for n in (1, 2)],
        "optimizer": ["lbfgs", "cg"],
    }
    search = GridSearchCV(SentenceClassifier(oov="unk", **FAST), grid, cv=2, error_score="raise")
    search.fit(SENTENCES, LABELS)
    assert search.best_estimator_.ansatz in grid["ansatz"]


@pytest.mark.parametrize(
    "labels",
    [
        ["it" if label == "it" else "food" for label in LABELS],
        [1 if label == "it" else -5 for label in LABELS],
        [label == "it" for label in LABELS],
        np.array([label == "it" for label in LABELS], np.uint8),
        np.array(LABELS, object),
        [1.5 if label == "it" else 0.5 for label in LABELS],
    ],
)
def test_labels_of_any_kind_come_back_as_they_were(labels: Any, tmp_path: Path) -> None:
    model = SentenceClassifier(**FAST).fit(SENTENCES, labels)
    assert model.predict(SENTENCES).tolist() == np.asarray(labels).tolist()
    model.save(tmp_path)
    again = SentenceClassifier.load(tmp_path)
    assert again.predict(SENTENCES).tolist() == np.asarray(labels).tolist()
    assert again.classes_.dtype == model.classes_.dtype


@pytest.mark.parametrize("n_classes", [3, 4])
def test_several_classes_are_learned(n_classes: int) -> None:
    nouns = ["dinner", "code", "cake", "software"][:n_classes]
    texts = [
        f"{who} {verb} {noun}"
        for noun in nouns
        for who in ("man", "woman")
        for verb in ("makes", "likes")
    ]
    labels = [f"class {nouns.index(t.split()[2])}" for t in texts]
    model = SentenceClassifier(
        "spiders", IQPAnsatz({"s": 2}, n_layers=4), seed=1, n_restarts=3
    ).fit(texts, labels)
    assert model.score(texts, labels) == 1.0
    p = model.predict_proba(texts)
    assert p.shape == (len(texts), n_classes)
    np.testing.assert_allclose(p.sum(1), 1, rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("X", "y", "message"),
    [
        ([], [], "there are no sentences to train on"),
        (
            ["man makes code"],
            ["it"],
            r"all 1 sentences have the label .*'it'.*, expected two classes",
        ),
        (SENTENCES, ["it"] * len(SENTENCES), "expected two classes or more"),
        (
            SENTENCES,
            LABELS[:-1],
            r"y has shape \(17,\), expected one label for each of 18 sentences",
        ),
        (SENTENCES, [LABELS], r"y has shape \(1, 18\)"),
        (SENTENCES[:2], [1.0, float("nan")], "label nan of sentence 1 is not finite"),
        (SENTENCES[:2], ["it", None], r"labels are of kinds \['NoneType', 'str'\]"),
        (SENTENCES[:2], [b"it", b"food"], "labels"),
        (SENTENCES[:2], ["it", 1], "labels are of kinds"),
    ],
)
def test_data_that_cannot_be_trained_on_is_refused(X: list[str], y: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        SentenceClassifier(**FAST).fit(X, y)


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"batch_size": 0, "optimizer": "adam"}, DomainError),
        ({"batch_size": -1, "optimizer": "adam"}, DomainError),
        ({"batch_size": 2.5, "optimizer": "adam"}, DomainError),
        ({"batch_size": 4}, QnlpError),
        ({"max_iter": 0}, DomainError),
        ({"learning_rate": 0.0}, DomainError),
        ({"learning_rate": float("nan")}, DomainError),
        ({"tol": -1.0}, DomainError),
        ({"optimizer": "newton"}, QnlpError),
        ({"oov": "ignore"}, QnlpError),
        ({"n_restarts": 0}, QnlpError),
        ({"min_freq": 0}, QnlpError),
        ({"reader": "bobcat"}, QnlpError),
        ({"backend": "cirq"}, QnlpError),
    ],
)
def test_settings_out_of_range_are_refused_by_name(options: dict[str, Any], error: type) -> None:
    with pytest.raises(error) as caught:
        SentenceClassifier(**{**FAST, **options}).fit(SENTENCES, LABELS)
    named = [*options, *map(repr, options.values())]
    assert any(name.removesuffix("_size") in str(caught.value) for name in named)


@pytest.mark.parametrize("batch_size", [1, 5, 18, 1000])
def test_batches_of_any_size_train_and_the_loss_is_that_of_the_kept_parameters(
    batch_size: int,
) -> None:
    model = SentenceClassifier(optimizer="adam", batch_size=batch_size, max_iter=15, seed=0)
    model.fit(SENTENCES, LABELS)
    assert abs(model.loss(SENTENCES, LABELS) - model.loss_) < 1e-9
    assert model.loss_ < model.history_[0]["loss"]


def test_a_sentence_or_two_can_be_trained_on_and_none_predicted(fitted: SentenceClassifier) -> None:
    model = SentenceClassifier(**FAST).fit(["man makes code", "man makes cake"], [0, 1])
    assert model.predict(["man makes cake"]).tolist() == [1]
    assert fitted.predict([]).tolist() == []
    assert fitted.predict_proba([]).shape == (0, 2)


def test_weights_of_sentences_count_as_repetitions_do() -> None:
    weights = np.array([k % 3 for k in range(len(SENTENCES))])
    repeated = [s for s, w in zip(SENTENCES, weights, strict=True) for _ in range(w)]
    labels = [s for s, w in zip(LABELS, weights, strict=True) for _ in range(w)]
    options: dict[str, Any] = {"max_iter": 5, "seed": 0, "oov": "unk"}
    weighted = SentenceClassifier(**options).fit(SENTENCES, LABELS, sample_weight=weights)
    plain = SentenceClassifier(**options).fit(repeated, labels)
    assert set(plain.vocabulary_.symbols) <= set(weighted.vocabulary_.symbols)
    if plain.vocabulary_.symbols == weighted.vocabulary_.symbols:
        np.testing.assert_allclose(weighted.loss_, plain.loss_, rtol=1e-6)


def test_batches_whose_sentences_all_weigh_nothing_are_passed_over() -> None:
    weights = [0.0] * 9 + [1.0] * 9
    model = SentenceClassifier(optimizer="adam", batch_size=2, max_iter=3, seed=0)
    model.fit(SENTENCES, LABELS, sample_weight=weights)
    assert np.isfinite(model.theta_).all()


@pytest.mark.parametrize("weights", [[1.0], [-1.0] * 18, [np.nan] * 18, [0.0] * 18, [np.inf] * 18])
def test_weights_that_are_none_are_refused(weights: list[float]) -> None:
    with pytest.raises(QnlpError, match="weight"):
        SentenceClassifier(**FAST).fit(SENTENCES, LABELS, sample_weight=weights)


@pytest.mark.parametrize("method", ["predict", "predict_proba", "success_probability"])
def test_a_model_that_is_not_fitted_says_so(method: str) -> None:
    with pytest.raises(NotFittedError):
        getattr(SentenceClassifier(), method)(SENTENCES)
    with pytest.raises(NotFittedError):
        SentenceClassifier().save("nowhere")


class Interrupt:
    def __init__(self, when: int, error: type[BaseException] = KeyboardInterrupt) -> None:
        self.when, self.error = when, error

    def __call__(self, record: dict[str, Any]) -> None:
        if record["iteration"] == self.when:
            raise self.error


@pytest.mark.parametrize("optimizer", ["lbfgs", "bfgs", "cg", "adam"])
def test_an_interrupt_keeps_the_best_parameters_so_far(optimizer: str, tmp_path: Path) -> None:
    model = SentenceClassifier(optimizer=optimizer, seed=0, callbacks=[Interrupt(4)], oov="unk")
    with pytest.raises(KeyboardInterrupt):
        model.fit(SENTENCES, LABELS)
    assert model.n_iter_ == 4
    assert model.loss_ == min(record["loss"] for record in model.history_)
    assert abs(model.loss(SENTENCES, LABELS) - model.loss_) < 1e-9
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.predict(["zorf makes cake"])  # the unknown noun is there, too
    model.callbacks = None
    model.save(tmp_path)
    assert SentenceClassifier.load(tmp_path).loss_ == model.loss_


def test_a_fit_that_fails_leaves_no_model_of_other_words_behind() -> None:
    model = SentenceClassifier(**FAST).fit(SENTENCES, LABELS)
    model.set_params(ansatz=IQPAnsatz({"n": 40, "s": 1}))
    with pytest.raises(CircuitTooLargeError):
        model.fit(["dogs sleep", "cats run"], [0, 1])
    with pytest.raises(NotFittedError):
        model.predict(SENTENCES)


def test_a_sentence_that_is_too_large_is_named_by_its_place_among_all_that_were_given() -> None:
    reader = CCGReader(on_failure="skip")
    wide = {"n": 12, "s": 1}
    model = SentenceClassifier(reader=reader, ansatz=IQPAnsatz(wide), **FAST)
    qnlp.set_memory_limit(1 << 26)
    try:
        sentences = ["of of the the", "dogs sleep", "cats run", "dogs give cats birds"]
        with (
            pytest.warns(RuntimeWarning, match="1 cannot be read"),
            pytest.raises(
                CircuitTooLargeError, match=r'^sentence 3 \("dogs give cats birds"\) needs'
            ),
        ):
            model.fit(sentences, [0, 0, 1, 1])
        narrow = SentenceClassifier(ansatz=IQPAnsatz({"n": 7, "s": 1}), **FAST)
        evaluated = (["dogs sleep", "old " * 60 + "dogs sleep"], [0, 1])
        with pytest.raises(CircuitTooLargeError, match=r"^sentence 1 of eval_set \("):
            narrow.fit(["dogs sleep", "old dogs sleep"], [0, 1], eval_set=evaluated)
    finally:
        qnlp.set_memory_limit(None)


def test_unknown_words_are_refused_and_all_listed(fitted: SentenceClassifier) -> None:
    with pytest.raises(UnknownWordError) as caught:
        fitted.predict(["man makes pies", "person makes cake"])
    assert str(caught.value).startswith("2 words were not in the training data: ")
    assert "'pies' (type n)" in str(caught.value)
    assert 'Use oov="unk" or retrain.' in str(caught.value)


def test_unknown_words_are_stood_in_for_or_skipped_as_asked(fitted: SentenceClassifier) -> None:
    unk = SentenceClassifier(oov="unk", **FAST).fit(SENTENCES, LABELS)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        p = unk.predict_proba(["person makes cake", "woman makes cake"])
    assert np.abs(p[0] - p[1]).max() > 0
    skip = SentenceClassifier(oov="skip", **FAST).fit(SENTENCES, LABELS)
    with pytest.warns(RuntimeWarning, match="1 sentence has words that training did not see"):
        p = skip.predict_proba(["person makes cake", "man makes cake"])
    np.testing.assert_array_equal(p[0], skip.class_frequencies_)
    np.testing.assert_array_equal(p[1], fitted.predict_proba(["man makes cake"])[0])


def test_rare_words_train_the_unknown_one() -> None:
    texts, labels = [*SENTENCES, "person makes cake"], [*LABELS, "food"]
    model = SentenceClassifier(oov="unk", min_freq=2, **FAST).fit(texts, labels)
    names = {box.name for box in model.vocabulary_.boxes}
    assert "person" not in names
    assert "<unk>" in names


def test_a_post_selection_that_cannot_succeed_is_flagged_with_a_count() -> None:
    n, s = Ty("n"), Ty("s")
    meets = Word("zero", n) @ Word("w", s) >> Word("one", n).dagger() @ s
    plain = Word("w", s)
    model = SentenceClassifier(ansatz=IQPAnsatz({"n": 1, "s": 1}), max_iter=1)
    model.fit([meets, plain], [0, 1])
    for name, angle in (("zero", 0.0), ("one", 0.5)):
        k = model.vocabulary_.symbols.index(f"{name}__n_0")
        model.theta_[k : k + 3] = (angle, 0.0, 0.0)
    with pytest.warns(RuntimeWarning, match="^1 sentence has a post-selection that cannot succeed"):
        p = model.predict_proba([meets, plain])
    np.testing.assert_array_equal(p[0], [0.5, 0.5])
    assert model.success_probability([meets])[0] < 1e-30
    assert np.isfinite(model.loss_)


def test_long_sentences_do_not_count_as_impossible_ones() -> None:
    """Each word halves the squared amplitude or so; two hundred leave 1e-60, which is no noise."""
    words = [f"w{k % 7}" for k in range(400)]
    texts = [" ".join(words), " ".join(words[:-1])]
    model = SentenceClassifier(reader="spiders", max_iter=2).fit(texts, [0, 1])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        p = model.predict_proba(texts)
    np.testing.assert_allclose(p.sum(1), 1, rtol=0, atol=1e-12)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_parameters_that_are_not_finite_are_refused_by_name(
    fitted: SentenceClassifier, value: float
) -> None:
    model = _copy(fitted)
    model.theta_[2] = value
    with pytest.raises(DomainError, match=f"parameter '{model.vocabulary_.symbols[2]}' is {value}"):
        model.predict(SENTENCES)


@pytest.mark.parametrize("value", [1e308, -1e308, 5e-324, -0.0])
def test_parameters_of_any_finite_size_give_probabilities(
    fitted: SentenceClassifier, value: float
) -> None:
    model = _copy(fitted)
    model.theta_[:] = value
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of post-selections that cannot succeed
        p = model.predict_proba(SENTENCES)
    np.testing.assert_allclose(p.sum(1), 1, rtol=0, atol=1e-12)


def _copy(model: SentenceClassifier) -> SentenceClassifier:
    made: SentenceClassifier = clone(model)
    made.__dict__.update(model.__dict__)
    made.theta_ = model.theta_.copy()
    return made


@pytest.mark.parametrize(
    ("X", "error"),
    [
        ("man makes code", TypeError),
        (["man makes code", None], TypeError),
        (["man makes code", 3], TypeError),
        ([["man makes code"]], TypeError),
        ([b"man makes code"], TypeError),
        (["man makes code", ""], EmptySentenceError),
        (["man makes code", " \t "], EmptySentenceError),
    ],
)
def test_sentences_that_are_none_are_refused(
    fitted: SentenceClassifier, X: Any, error: type
) -> None:
    with pytest.raises(error):
        fitted.predict(X)


def test_labels_that_training_did_not_see_are_refused_by_sentence(
    fitted: SentenceClassifier,
) -> None:
    with pytest.raises(DataError, match=r"label .*'sport'.* of sentence 1 is not one of"):
        fitted.loss(SENTENCES[:2], ["it", "sport"])
    with pytest.raises(DataError):
        fitted.loss(SENTENCES[:2], [0, 1])
    with pytest.raises(DataError):
        SentenceClassifier(**FAST).fit(SENTENCES, LABELS, eval_set=(SENTENCES[:1], [7]))


def test_diagrams_and_arrays_of_sentences_do_as_well_as_lists(fitted: SentenceClassifier) -> None:
    read = fitted.reader_.read_many(SENTENCES)
    expected = fitted.predict_proba(SENTENCES)
    inputs: list[Any] = [read, np.array(SENTENCES), np.array(SENTENCES, object), tuple(SENTENCES)]
    for X in inputs:
        np.testing.assert_array_equal(fitted.predict_proba(X), expected)


def test_diagrams_without_words_train_nothing_and_predict() -> None:
    s = Ty("s")
    plain: list[Diagram] = [Spider(0, 1, s), Spider(0, 1, s)]
    model = SentenceClassifier(ansatz=IQPAnsatz({"s": 1})).fit(plain, [0, 1])
    np.testing.assert_allclose(model.predict_proba(plain), 0.5)


def test_an_evaluation_set_is_recorded_and_does_not_change_the_training(
    fitted: SentenceClassifier,
) -> None:
    model = SentenceClassifier(**FAST).fit(SENTENCES, LABELS, eval_set=(SENTENCES[:4], LABELS[:4]))
    np.testing.assert_array_equal(model.theta_, fitted.theta_)
    assert model.history_[-1]["eval_accuracy"] == 1.0
    assert abs(model.history_[-1]["eval_loss"] - model.loss(SENTENCES[:4], LABELS[:4])) < 1e-3


def test_the_same_seed_gives_the_same_model_and_another_another(fitted: SentenceClassifier) -> None:
    again = SentenceClassifier(**FAST).fit(SENTENCES, LABELS)
    np.testing.assert_array_equal(again.theta_, fitted.theta_)
    other = SentenceClassifier(**{**FAST, "seed": 4}).fit(SENTENCES, LABELS)
    assert np.abs(other.theta_ - fitted.theta_).max() > 0
    state = np.random.get_state()[1].tolist()  # type: ignore[index]  # noqa: NPY002
    SentenceClassifier(**FAST).fit(SENTENCES, LABELS)
    assert np.random.get_state()[1].tolist() == state  # type: ignore[index]  # noqa: NPY002


def test_several_restarts_keep_the_best() -> None:
    one = SentenceClassifier(max_iter=3, seed=0).fit(SENTENCES, LABELS)
    many = SentenceClassifier(max_iter=3, seed=0, n_restarts=4).fit(SENTENCES, LABELS)
    assert many.loss_ <= one.loss_


ELSEWHERE = """
import json, sys
from qnlp import SentenceClassifier, set_num_threads
set_num_threads(int(sys.argv[2]))
sentences = json.loads(sys.argv[3])
if sys.argv[1] == "-":
    model = SentenceClassifier(max_iter=30, seed=3).fit(sentences, json.loads(sys.argv[4]))
else:
    model = SentenceClassifier.load(sys.argv[1])
print(model.predict_proba(sentences).tobytes().hex())
"""


@pytest.mark.parametrize(("hash_seed", "n_threads"), [("0", 1), ("1", 2), ("random", 4)])
def test_training_and_loading_elsewhere_give_the_same_probabilities_bit_for_bit(
    fitted: SentenceClassifier, tmp_path: Path, hash_seed: str, n_threads: int
) -> None:
    fitted.save(tmp_path)
    expected = fitted.predict_proba(SENTENCES).tobytes().hex()
    for path in ("-", str(tmp_path)):
        done = subprocess.run(
            [
                sys.executable,
                "-c",
                ELSEWHERE,
                path,
                str(n_threads),
                json.dumps(SENTENCES),
                json.dumps(LABELS),
            ],
            env=os.environ | {"PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout.strip() == expected


def test_every_setting_survives_being_saved(tmp_path: Path) -> None:
    options: dict[str, Any] = {
        "reader": "spiders", "ansatz": IQPAnsatz({"s": 1, "n": 1}, 2), "optimizer": "adam",
        "max_iter": 7, "learning_rate": 0.1, "batch_size": 4, "tol": 1e-3, "n_restarts": 2,
        "oov": "skip", "min_freq": 2, "seed": 5,
    }  # fmt: skip
    model = SentenceClassifier(**options).fit(SENTENCES, LABELS)
    model.save(tmp_path)
    again = SentenceClassifier.load(tmp_path)
    for name, value in options.items():
        if name != "reader":
            assert getattr(again, name) == value, name
    np.testing.assert_array_equal(again.predict_proba(SENTENCES), model.predict_proba(SENTENCES))
    assert again.history_ == model.history_
    assert again.fit(SENTENCES, LABELS).theta_.tolist() == model.theta_.tolist()


def test_what_has_no_full_parse_is_counted_in_training_and_prediction() -> None:
    X, y = [*SENTENCES, "of of the the", "!"], [*LABELS, LABELS[0], LABELS[-1]]
    with pytest.warns(
        RuntimeWarning, match=r"of 20 sentences 1 have no full parse and are read in"
    ):
        model = SentenceClassifier(oov="unk", **FAST).fit(X, y)
    assert model.coverage_ is not None
    assert list(model.coverage_.fragments) == [len(SENTENCES)]
    with pytest.warns(RuntimeWarning, match=r"of 2 sentences 1 have no full parse.* sentence 1\)"):
        assert len(model.predict([SENTENCES[0], "of of the the"])) == 2


def test_sentences_that_a_reader_skips_are_left_out_and_get_the_frequencies() -> None:
    reader = CCGReader(on_failure="skip")
    with pytest.warns(RuntimeWarning, match="1 cannot be read and are left out of training"):
        model = SentenceClassifier(reader, **FAST).fit(["of the", *SENTENCES], [LABELS[0], *LABELS])
    with pytest.warns(RuntimeWarning, match="1 cannot be read and get the classes' frequencies"):
        found = model.predict_proba(["of the", SENTENCES[0]])
    np.testing.assert_array_equal(found[0], model.class_frequencies_)


def test_a_set_of_noun_phrases_trains_and_loads_with_their_type(tmp_path: Path) -> None:
    X = [
        "device that people use",
        "people that use device",
        "tool that man needs",
        "man that needs tool",
    ]
    model = SentenceClassifier(**FAST).fit(X, [1, 0, 1, 0])
    assert model.reader_.target == Ty("n")
    model.save(tmp_path)
    loaded = SentenceClassifier.load(tmp_path)
    assert loaded.reader_ == model.reader_
    np.testing.assert_array_equal(loaded.predict_proba(X), model.predict_proba(X))


def test_a_reader_without_a_name_cannot_be_saved(tmp_path: Path) -> None:
    class Mine:
        def read_many(self, sentences: list[str]) -> list[Diagram]:
            return [Word(s, Ty("s")) for s in sentences]

    model = SentenceClassifier(reader=Mine(), **FAST).fit(["a", "b"], [0, 1])  # type: ignore[arg-type]
    assert model.predict(["b"]).tolist() == [1]
    with pytest.raises(CheckpointError, match="reader Mine has no registered name"):
        model.save(tmp_path)


@pytest.mark.parametrize(("backend", "expected"), [("kernel", 5), ("aer", 1)])
def test_small_sets_on_the_kernel_are_begun_five_times(backend: str, expected: int) -> None:
    if backend == "aer":
        pytest.importorskip("qiskit_aer", reason="the extra qiskit is not installed")
    ends: list[int] = []
    callbacks = [lambda record: ends.append(record["iteration"])]
    SentenceClassifier(backend=backend, callbacks=callbacks, max_iter=1).fit(SENTENCES, LABELS)
    assert ends.count(1) == expected


def test_callbacks_see_every_iteration(fitted: SentenceClassifier) -> None:
    seen: list[dict[str, Any]] = []
    callback: Callable[[dict[str, Any]], None] = seen.append
    model = SentenceClassifier(callbacks=[callback], **FAST, n_restarts=1)
    model.fit(SENTENCES, LABELS)
    assert seen == model.history_
    assert [record["iteration"] for record in seen] == list(range(1, model.n_iter_ + 1))


@pytest.mark.parametrize("options", [{}, {"l2": 0.1}, {"optimizer": "adam", "max_iter": 20}])
def test_restarts_at_once_find_what_restarts_in_turn_do(options: dict[str, Any]) -> None:
    def trained(n_jobs: int) -> SentenceClassifier:
        return SentenceClassifier(n_restarts=5, n_jobs=n_jobs, **options).fit(SENTENCES, LABELS)

    in_turn, at_once = trained(1), trained(3)
    np.testing.assert_array_equal(in_turn.theta_, at_once.theta_)
    assert [r["loss"] for r in in_turn.history_] == [r["loss"] for r in at_once.history_]


def test_an_exception_ends_all_restarts_and_keeps_the_best() -> None:
    records: list[float] = []

    def stop(record: dict[str, Any]) -> None:
        records.append(record["loss"])
        if len(records) == 12:
            raise KeyboardInterrupt

    model = SentenceClassifier(n_restarts=6, n_jobs=3, callbacks=[stop])
    with pytest.raises(KeyboardInterrupt):
        model.fit(SENTENCES, LABELS)
    assert model.loss_ == min(records)
    assert len(records) <= 12 + 3


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"run_dir": "x"}, "n_jobs is 2 with a run_dir, expected 1"),
        ({"backend": "torch"}, "n_jobs is 2 with the backend 'torch', expected 1"),
    ],
)
def test_restarts_at_once_are_for_the_kernel(options: dict[str, Any], said: str) -> None:
    if "backend" in options:
        pytest.importorskip("torch")
    with pytest.raises(QnlpError, match=said):
        SentenceClassifier(n_jobs=2, **options).fit(SENTENCES, LABELS)
