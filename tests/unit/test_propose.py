"""Formulas that a trained model proposes, and what it is trained on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("accelerate")

from symnum import (
    CheckpointCorruptError,
    CheckpointError,
    DomainError,
    Expression,
    ShapeError,
    SymbolicRegressor,
)
from symnum._core import expression as core
from symnum._core import generate as core_generate
from symnum._neural.command import run
from symnum._neural.examples import FunctionData, FunctionExamples
from symnum.generate import read_problems
from symnum.propose import Proposer
from symnum.tokens import Vocabulary

CONFIGS = Path(__file__).parents[2] / "symnum" / "configs"
PROBLEMS = Path(__file__).parents[3] / "shared" / "data" / "symreg"
SKELETONS = Vocabulary(("x0", "x1"), numbers=False)
DATA = FunctionData(batch_size=16, n_batches=8, max_variables=2, n_points=12, max_length=20)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a model that was trained for some seconds."""
    folder = tmp_path_factory.mktemp("proposer")
    run("propose", CONFIGS / "propose-tiny.toml", folder / "run", export=folder / "weights")
    return folder / "weights"


def test_short_training_learns_to_write_what_it_reads(weights: Path) -> None:
    x = np.random.default_rng(0).uniform(0.5, 2.0, (40, 2))
    found = Proposer(weights).skeletons(x, x[:, 0] + x[:, 1])
    assert len(found) >= 16
    assert len({str(f) for f in found}) == len(found)
    simple = {"x0 + x1", "x0*x1", "x0 - x1", "x1 - x0", "x1*x0", "x1 + x0"}
    assert {str(f) for f in found} & simple


@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_constants_of_proposals_are_fitted(weights: Path, temperature: float) -> None:
    x = np.random.default_rng(1).uniform(0.5, 2.0, (60, 1))
    y = 3.0 * x[:, 0] - 0.7
    proposer = Proposer(weights, n=5, temperature=temperature)
    found = proposer.propose(x, y)
    assert 1 <= len(found) <= 5
    assert [str(f) for f in proposer.propose(x, y)] == [str(f) for f in found]
    columns = np.column_stack([x, np.zeros(60)])
    errors = [np.mean((f.evaluate(columns) - y) ** 2) for f in found]
    assert min(errors) < 0.2 * y.var()


def test_proposer_serves_the_regressor(weights: Path) -> None:
    x = np.random.default_rng(2).uniform(0.5, 2.0, (60, 2))
    model = SymbolicRegressor(timeout_in_seconds=5, proposers=[Proposer(weights)], random_state=0)
    model.fit(x, x[:, 0] * x[:, 1])
    assert model.is_exact_


def test_nothing_is_proposed_for_too_many_columns(weights: Path) -> None:
    assert Proposer(weights).propose(np.ones((5, 3)), np.ones(5)) == []


@pytest.mark.parametrize(
    ("x", "y", "kind", "message"),
    [
        (np.ones((5, 3)), np.ones(5), ShapeError, r"\(5, 3\) and \(5,\), .* 1 to 2 features"),
        (np.ones((5, 2)), np.ones(4), ShapeError, r"\(5, 2\) and \(4,\)"),
        (np.ones((0, 2)), np.ones(0), ShapeError, "x has 0 rows"),
        (np.ones((5, 2)), np.full(5, np.nan), DomainError, "NaN"),
    ],
)
def test_wrong_data_are_named(
    weights: Path, x: np.ndarray, y: np.ndarray, kind: type, message: str
) -> None:
    with pytest.raises(kind, match=message):
        Proposer(weights).skeletons(x, y)


def test_wrong_parameters_and_files_are_named(weights: Path, tmp_path: Path) -> None:
    with pytest.raises(DomainError, match="beam is 0, expected a whole number from 1"):
        Proposer(weights, beam=0)
    with pytest.raises(DomainError, match="temperature is -1"):
        Proposer(weights, temperature=-1.0)
    with pytest.raises(CheckpointError, match="no such directory"):
        Proposer(tmp_path / "absent")
    from symnum import _checkpoints

    _checkpoints.save(tmp_path / "no", 1, {}, {}, {"class": "symnum.propose"})
    with pytest.raises(CheckpointCorruptError, match=r"config.json: is not that of"):
        Proposer(tmp_path / "no")
    found = _checkpoints.load(weights, "symnum.propose")
    config = found.config | {"vocabulary": "0" * 64}
    _checkpoints.save(tmp_path / "old", 1, found.tensors, {}, config)
    with pytest.raises(CheckpointError, match="another vocabulary"):
        Proposer(tmp_path / "old")


def test_examples_are_those_of_their_formulas() -> None:
    quiet = FunctionData(**{**vars(DATA), "noise": 0.0})
    vocabulary = Vocabulary(("x0", "x1"))
    for example in FunctionExamples(vocabulary, quiet, placeholder=False).chunk(0)[:50]:
        formula = vocabulary.decode(example.tokens[1:])[0]
        error = formula.evaluate(example.x) - example.y
        # Constants have four digits.
        assert np.median(np.abs(error)) <= 0.02 * (example.y.std() + np.abs(example.y).mean())


def test_chunk_is_a_function_of_its_number() -> None:
    first, again = (FunctionExamples(SKELETONS, DATA, placeholder=True) for _ in range(2))
    again.chunk(1)
    for a, b in zip(first.chunk(0), again.chunk(0), strict=True):
        assert (a.item, a.tokens.tolist(), a.y.tolist()) == (
            b.item,
            b.tokens.tolist(),
            b.y.tolist(),
        )
    assert {e.item for e in first.chunk(0)}.isdisjoint(e.item for e in first.chunk(1))


def test_held_out_skeletons_are_never_trained_on() -> None:
    examples = FunctionExamples(SKELETONS, DATA, placeholder=True)
    held_out = {e.tokens.tobytes() for e in examples.chunk(0, 64, held_out=True)}
    trained = {e.tokens.tobytes() for k in range(8) for e in examples.chunk(k)}
    assert len(held_out) > 10
    assert held_out.isdisjoint(trained)


@pytest.mark.filterwarnings("ignore:.*left out, as no corpus can hold it")
def test_no_problem_occurs_in_the_training_corpus() -> None:
    if not PROBLEMS.is_dir():
        pytest.skip(f"{PROBLEMS} is absent")
    names = ["feynman.json", "strogatz.json", "classic_sets.json", "odebench.json"]
    files = tuple(str(PROBLEMS / name) for name in names)
    data = FunctionData(
        **{**vars(DATA), "n_batches": 64, "batch_size": 64, "exclude": files, "max_variables": 3}
    )
    vocabulary = Vocabulary(("x0", "x1", "x2"))
    examples = FunctionExamples(vocabulary, data, placeholder=False)
    problems = {skeleton(f) for name in files for f in read_problems(name)}
    formulas = [vocabulary.decode(e.tokens[1:])[0] for e in examples.chunk(0)]
    assert problems.isdisjoint(skeleton(f) for f in formulas)
    free = FunctionExamples(
        vocabulary, FunctionData(**{**vars(data), "exclude": ()}), placeholder=False
    )
    without = [vocabulary.decode(e.tokens[1:])[0] for e in free.chunk(0)]
    assert not problems.isdisjoint(skeleton(f) for f in without), "the test could not fail"


def skeleton(formula: Expression) -> int:
    """Hash of the canonical form but for constants' values, over variables in alphabetical order."""
    _, names, form = formula._key
    builder = core.Builder(len(names))
    places = [builder.variable(k) for k in range(len(names))]
    return core_generate.skeleton(core.canonical(builder.build(builder.insert(form, places))))


def test_excluded_file_that_is_absent_is_an_error(tmp_path: Path) -> None:
    data = FunctionData(**{**vars(DATA), "exclude": (str(tmp_path / "absent.json"),)})
    with pytest.raises(OSError, match=r"absent\.json"):
        FunctionExamples(SKELETONS, data, placeholder=True)
