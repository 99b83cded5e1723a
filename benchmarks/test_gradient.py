"""Times of this package alone, for pytest-benchmark: ``nox -s bench``, or ``pytest benchmarks``.

pytest benchmarks --benchmark-autosave              # before a change
pytest benchmarks --benchmark-compare               # after it
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest

import qnlp
from qnlp import IQPAnsatz, Vocabulary
from qnlp.backend import Program, get_backend
from qnlp.datasets import LabelledSentences, load_dataset
from qnlp.grammar import PregroupReader
from qnlp.vocabulary import named_boxes

Benchmark = Callable[..., object]


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = qnlp.num_threads()
    qnlp.set_num_threads(1)
    yield
    qnlp.set_num_threads(before)


@pytest.fixture(scope="module")
def data() -> LabelledSentences:
    return load_dataset("food-it")


def compiled(sentences: LabelledSentences, n_layers: int = 1) -> Program:
    diagrams = PregroupReader().read_many(sentences.sentences)
    ansatz = IQPAnsatz({"n": 1, "s": 1}, n_layers=n_layers)
    vocabulary = Vocabulary(ansatz, named_boxes(diagrams))
    return get_backend("kernel").compile(diagrams, ansatz, vocabulary, 2)


@pytest.mark.parametrize("n_layers", [1, 3])
def test_loss_and_gradient(benchmark: Benchmark, data: LabelledSentences, n_layers: int) -> None:
    program = compiled(data, n_layers)
    labels = np.array([data.classes.index(label) for label in data.labels])
    theta = np.random.default_rng(0).random(len(program.symbols))
    result = benchmark(program.loss_and_gradient, theta, labels)
    assert isinstance(result, tuple)
    assert np.isfinite(result[1]).all()


def test_probabilities(benchmark: Benchmark, data: LabelledSentences) -> None:
    program = compiled(data)
    theta = np.random.default_rng(0).random(len(program.symbols))
    result = benchmark(program.probabilities, theta)
    assert isinstance(result, tuple)
    assert np.allclose(result[0].sum(1), 1)


def test_text_to_program(benchmark: Benchmark, data: LabelledSentences) -> None:
    program = benchmark(compiled, data)
    assert isinstance(program, Program)
    assert program.n_sentences == len(data)
