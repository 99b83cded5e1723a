"""Compiled sentences as a torch module."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest

from qnlp import (
    CCGReader,
    CopyAnsatz,
    DataError,
    DomainError,
    IQPAnsatz,
    ShapeError,
    Sim4Ansatz,
    UnknownWordError,
    WordFeatures,
)
from qnlp.backend import get_backend

torch = pytest.importorskip("torch")

ATOMS = dict.fromkeys(("n", "s", "p", "conj"), 1)
TEXTS = ["a good film", "a bad film", "the film was good", "the film was not good", "man cooks"]
LABELS = [1, 0, 1, 0, 1]


def read(texts: list[str]) -> Any:
    return CCGReader(on_failure="fragments", codomain="s").read_many(texts)


def module(ansatz: Any = IQPAnsatz, **options: Any) -> Any:
    from qnlp.torch import SentenceModule

    return SentenceModule(read(TEXTS), ansatz(ATOMS), **options)


def test_forward_gives_what_the_program_gives() -> None:
    made = module()
    program = get_backend("kernel").compile(read(TEXTS), IQPAnsatz(ATOMS), made.vocabulary, 2)
    p, success = program.probabilities(made.weight.detach().numpy(), [3, 0, 3])
    rows = torch.tensor([3, 0, 3])
    assert np.array_equal(made(rows).detach().numpy(), p)
    assert np.array_equal(made.success_probability(rows).numpy(), success)
    assert made().shape == (5, 2)


@pytest.mark.parametrize("ansatz", [IQPAnsatz, Sim4Ansatz, CopyAnsatz])
@pytest.mark.parametrize("features", [None, WordFeatures()])
def test_gradcheck_is_clean(ansatz: Any, features: Any) -> None:
    from qnlp.torch import _operators

    made = module(ansatz, features=features)
    forward, _ = _operators()
    rows = torch.tensor([4, 0, 2, 2])
    assert torch.autograd.gradcheck(
        lambda weight: forward(weight, rows, made._sentences.number),
        (made.weight,),
        eps=1e-6,
        atol=1e-7,
        fast_mode=True,
    )


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # torch warns of its own machinery
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_opcheck_is_clean(dtype: Any) -> None:
    from qnlp.torch import _operators

    made = module(dtype=dtype)
    forward, backward = _operators()
    rows, number = torch.tensor([1, 0, 3]), made._sentences.number
    torch.library.opcheck(forward, (made.weight, rows, number))
    torch.library.opcheck(backward, (made.weight.detach(), torch.ones(3, 2), rows, number))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # as above
def test_torch_compile_takes_the_module_whole() -> None:
    made = module()
    head = torch.nn.Linear(2, 1, dtype=torch.float64)
    model = torch.nn.Sequential(made, head)
    rows = torch.tensor([0, 1, 4])
    model(rows).sum().backward()
    expected = made.weight.grad.clone()
    made.weight.grad = None
    torch.compile(model, backend="aot_eager", fullgraph=True)(rows).sum().backward()
    assert torch.equal(made.weight.grad, expected)


@pytest.mark.parametrize(
    ("name", "options"),
    [("Adam", {"lr": 0.1}), ("LBFGS", {"line_search_fn": "strong_wolfe"})],
)
def test_torch_optimisers_train_it_with_a_head(name: str, options: dict[str, Any]) -> None:
    torch.manual_seed(0)
    made = module()
    double = {"dtype": torch.float64}
    head = torch.nn.Linear(2, 4, **double), torch.nn.Tanh(), torch.nn.Linear(4, 2, **double)
    model = torch.nn.Sequential(made, *head)
    optimizer = getattr(torch.optim, name)(model.parameters(), **options)
    rows, labels = torch.arange(5), torch.tensor(LABELS)

    def closure() -> Any:
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(model(rows), labels)
        loss.backward()
        return loss

    before = made.weight.detach().clone()
    for _ in range(20 if name == "LBFGS" else 300):
        optimizer.step(closure)
    assert model(rows).argmax(1).tolist() == LABELS
    assert not torch.equal(before, made.weight)


def test_single_precision_is_that_of_the_weight() -> None:
    double, single = module(), module(dtype=torch.float32)
    assert single().dtype == torch.float32
    assert torch.allclose(single().double(), double(), atol=1e-5)


def test_other_sentences_share_the_weight() -> None:
    made = module()
    other = made.on(read(["the bad film was good"]))
    assert other.weight is made.weight
    other()[0, 1].backward()
    assert made.weight.grad.abs().sum() > 0
    with pytest.raises(UnknownWordError, match="awful"):
        made.on(read(["an awful film"]))


def test_with_features_other_sentences_may_have_words_of_their_own() -> None:
    made = module(CopyAnsatz, features=WordFeatures())
    p = made.on(read(["an awful film"]))()
    assert torch.allclose(p.sum(1), torch.ones(1, dtype=torch.float64))


def test_a_state_dict_carries_the_weight_and_copies_share_the_sentences() -> None:
    made, other = module(), module(seed=1)
    assert not torch.equal(made(), other())
    other.load_state_dict(made.state_dict())
    assert torch.equal(made(), other())
    twin = copy.deepcopy(made)
    with torch.no_grad():
        twin.weight += 0.1
    assert not torch.equal(made(), twin())
    with pytest.raises(TypeError, match="state_dict"):
        pickle.dumps(made)


def test_what_is_wrong_is_named() -> None:
    from qnlp.torch import SentenceModule

    made = module()
    with pytest.raises(ShapeError, match="sentence 5, expected 0 to 4"):
        made([5])
    with pytest.raises(ShapeError, match="1-D integers"):
        made(torch.tensor([0.5]))
    with pytest.raises(DataError, match="no sentences"):
        SentenceModule([], IQPAnsatz(ATOMS))
    with torch.no_grad():
        made.weight[0] = float("nan")
    with pytest.raises(DomainError, match="is nan, expected a finite number"):
        made()


def test_second_derivatives_are_refused() -> None:
    made = module()
    (slope,) = torch.autograd.grad(made()[0, 0], made.weight, create_graph=True)
    with pytest.raises(RuntimeError):
        slope.sum().backward()
