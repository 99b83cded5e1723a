"""Contraction of networks: every order, slicing and scalar type gives the sum over all indices."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qnlp.contraction import Contraction, contract
from qnlp.errors import CircuitTooLargeError, ShapeError

FOLDER = Path(__file__).parents[1] / "reference"
naive = runpy.run_path(str(FOLDER / "contraction.py"))["contract"]

TYPES: list[Any] = [np.float32, np.float64, np.complex64, np.complex128]


def random_array(rng: np.random.Generator, shape: Any, dtype: Any) -> Any:
    values = rng.normal(size=shape)
    if np.issubdtype(dtype, np.complexfloating):
        values = values + 1j * rng.normal(size=shape)
    return values.astype(dtype)


@given(st.data())
def test_a_network_is_the_sum_over_all_indices(data: st.DataObject) -> None:
    n = data.draw(st.integers(1, 6))
    dimension = data.draw(st.lists(st.integers(1, 3), min_size=n, max_size=n))
    operands = data.draw(
        st.lists(st.lists(st.integers(0, n - 1), max_size=4), min_size=1, max_size=6)
    )
    used = sorted({k for axes in operands for k in axes})
    output = data.draw(st.permutations(used).map(lambda ks: ks[: len(ks) // 2]))
    dimension = [d if k in used else 1 for k, d in enumerate(dimension)]
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    dtype = data.draw(st.sampled_from(TYPES))
    arrays = [random_array(rng, [dimension[k] for k in axes], dtype) for axes in operands]
    expected = naive(operands, output, dimension, arrays)
    atol = 1e-3 if dtype in (np.float32, np.complex64) else 1e-10
    shapes = [a.shape for a in arrays]
    labels = [[f"index {k}" for k in axes] for axes in operands]
    ends = [f"index {k}" for k in output]
    plans = [
        lambda: contract(labels, ends, arrays),
        lambda: Contraction(labels, ends, shapes, trials=2)(arrays),
        lambda: contract(labels, ends, [a.copy(order="F") for a in arrays]),
    ]
    for plan in plans:
        found = plan()
        assert found.dtype == dtype
        assert found.shape == tuple(dimension[k] for k in output)
        np.testing.assert_allclose(found, np.reshape(expected, found.shape), rtol=1e-3, atol=atol)


def grid(side: int, bond: int, dtype: Any, seed: int = 0) -> tuple[list[Any], list[Any]]:
    rng = np.random.default_rng(seed)
    inputs = []
    for i in range(side):
        for j in range(side):
            axes = [("v", i - 1, j)] * (i > 0) + [("v", i, j)] * (i < side - 1)
            inputs.append(axes + [("h", i, j - 1)] * (j > 0) + [("h", i, j)] * (j < side - 1))
    arrays = [random_array(rng, [bond] * len(axes), dtype) / bond for axes in inputs]
    return inputs, arrays


@pytest.mark.parametrize("dtype", TYPES)
def test_large_steps_are_matrix_products_with_equal_results(dtype: Any) -> None:
    inputs, arrays = grid(4, 6, dtype)
    output = [("h", 0, 0), ("v", 2, 3)]
    expected = one_after_another(inputs, arrays, output)
    for seed in range(3):
        found = contract(inputs, output, arrays, seed=seed)
        rtol = 1e-3 if dtype in (np.float32, np.complex64) else 1e-9
        np.testing.assert_allclose(found, expected, rtol=rtol, atol=rtol)


def one_after_another(inputs: list[Any], arrays: list[Any], output: list[Any]) -> Any:
    """Each operand is contracted with all before it, an index summed where nothing later has it."""
    made, axes = np.ones((), arrays[0].dtype), []
    for k, (more, array) in enumerate(zip(inputs, arrays, strict=True)):
        later = {label for other in inputs[k + 1 :] for label in other} | set(output)
        out = [label for label in dict.fromkeys([*axes, *more]) if label in later]
        number = {label: n for n, label in enumerate(dict.fromkeys([*axes, *more]))}
        numbers = [[number[label] for label in labels] for labels in (axes, more, out)]
        made, axes = np.einsum(made, numbers[0], array, numbers[1], numbers[2]), out
    return made.transpose([axes.index(label) for label in output])


def test_slices_add_up_and_keep_the_limit() -> None:
    inputs, arrays = grid(6, 4, np.float64)
    shapes = [a.shape for a in arrays]
    whole = Contraction(inputs, (), shapes)
    assert whole.n_slices == 1
    limit = 3 * 16 * 2 ** (int(whole.log2_largest) - 3) + 200_000
    cut = Contraction(inputs, (), shapes, whole.order, memory_limit=limit)
    assert cut.n_slices > 1
    np.testing.assert_allclose(cut(arrays), whole(arrays), rtol=1e-9)
    with pytest.raises(CircuitTooLargeError, match="the limit is 1000"):
        contract(["ab", "bc"], "ac", [np.ones((99, 99))] * 2, memory_limit=1000)


@settings(max_examples=20)
@given(st.integers(10, 40), st.integers(0, 999))
def test_a_searched_order_is_no_worse_than_greedy_and_depends_on_the_seed_alone(
    n: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    ends = rng.permutation(3 * (n - n % 2)) // 3
    inputs: list[Any] = [[] for _ in range(n - n % 2)]
    for k, (a, b) in enumerate(ends.reshape(-1, 2)):
        inputs[a].append(k)
        inputs[b].append(k)
    shapes = [[16] * len(axes) for axes in inputs]
    greedy = Contraction(inputs, (), shapes, trials=0)
    searched = Contraction(inputs, (), shapes, trials=8, seed=seed)
    assert searched.log2_multiplications <= greedy.log2_multiplications + 1e-9
    assert searched.order == Contraction(inputs, (), shapes, trials=8, seed=seed).order
    assert searched.log2_multiplications >= 8  # at least the first pair's
    assert sorted(k for pair in searched.order for k in pair) == list(range(2 * len(inputs) - 2))


def test_there_is_no_limit_on_indices() -> None:
    n = 300
    inputs = [(k, k + 1) for k in range(n)]
    arrays = [np.full((2, 2), 0.5)] * n
    np.testing.assert_allclose(contract(inputs, (0, n), arrays), np.full((2, 2), 0.5))
    star = [[(0, k)] for k in range(60)]
    assert contract(star, [label for (label,) in star[:3]], [np.ones(2)] * 60).shape == (2, 2, 2)


@pytest.mark.parametrize(
    ("inputs", "output", "shapes", "message"),
    [
        (["ab"], "a", [(2, 2, 2)], "operand 0 has 3 axes, its labels name 2"),
        (["ab", "bc"], "ac", [(2, 3), (2, 2)], "operand 1 has dimension 2 at axis 0, expected 3"),
        (["ab"], "c", [(2, 2)], "output has a label that no operand has"),
        (["ab"], "aa", [(2, 2)], "output has a label twice"),
        (["ab", "b"], "a", [(2, 2)], "inputs names 2 operands, there are 1"),
        (["a"], "a", [(0,)], "has dimension 0"),
    ],
)
def test_what_does_not_fit_is_named(inputs: Any, output: Any, shapes: Any, message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        contract(inputs, output, [np.ones(s) for s in shapes])
    with pytest.raises(ShapeError, match=message):
        Contraction(inputs, output, shapes)


def test_arrays_of_another_shape_and_orders_that_are_none_are_refused() -> None:
    plan = Contraction(["ab", "bc"], "ac", [(2, 3), (3, 4)])
    for arrays in ([np.ones((3, 2)), np.ones((3, 4))], [np.ones((2, 3))]):
        with pytest.raises(ShapeError):
            plan(arrays)
    with pytest.raises(TypeError):
        plan([np.ones((2, 3)), "no numbers"])  # type: ignore[list-item]
    with pytest.raises(TypeError):
        plan([np.ones((2, 3)), np.full((3, 4), "x")])
    for order in ([(0, 0)], [(0, 5)], [(0, 1), (0, 1)], [(0,)], [(-1, 0)]):
        with pytest.raises(ShapeError):
            Contraction(["ab", "bc"], "ac", [(2, 3), (3, 4)], order)  # type: ignore[arg-type]
    assert contract(["ab"], "", [np.ones((2, 2), int)]) == 4.0
