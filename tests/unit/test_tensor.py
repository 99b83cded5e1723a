"""The functor to tensors: one fact each; its laws are in tests/property."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from qnlp import Box, Id, TensorFunctor, Ty, Word
from qnlp.errors import CircuitTooLargeError, DiagramError, ShapeError
from qnlp.runtime import set_memory_limit

N, S = Ty("n"), Ty("s")


def test_an_array_of_another_shape_is_refused_by_box() -> None:
    functor = TensorFunctor({"n": 2, "s": 3}, {"f": np.zeros((2, 2))})
    with pytest.raises(
        ShapeError, match=r"tensor of box 'f' has shape \(2, 2\), its wires give \(2, 3\)"
    ):
        functor(Box("f", N, S))


def test_a_box_without_array_and_an_atom_without_dimension_are_named() -> None:
    with pytest.raises(DiagramError, match="box 'f' has no array"):
        TensorFunctor({"n": 2}, {})(Box("f", N, N))
    with pytest.raises(ShapeError, match="atom 's' has no dimension"):
        TensorFunctor({"n": 2}, {})(Id(S))
    with pytest.raises(ShapeError):
        TensorFunctor({"n": 0}, {})(Id(N))


@pytest.mark.parametrize("value", ["text", None, object()])
def test_arrays_that_are_no_numbers_are_refused(value: Any) -> None:
    with pytest.raises((TypeError, ValueError)):
        TensorFunctor({"n": 1}, {"w": np.array([value])})(Word("w", N))


def test_arrays_of_any_layout_are_read_and_none_is_written() -> None:
    values = np.arange(12.0).reshape(4, 3)[::2].T
    values.flags.writeable = False
    functor = TensorFunctor({"n": 3, "s": 2}, {"f": values})
    np.testing.assert_array_equal(functor(Box("f", N, S)), values)
    np.testing.assert_array_equal(functor(Box("f", N, S).r), values.T)


def test_a_contraction_beyond_memory_is_refused() -> None:
    f = Box("f", N, N)
    functor = TensorFunctor({"n": 100}, {"f": np.eye(100)})
    set_memory_limit(100_000)
    try:
        with pytest.raises(
            CircuitTooLargeError, match=r"contraction needs \d+ bytes, the limit is 100000"
        ):
            functor(f >> f)
    finally:
        set_memory_limit(None)
    np.testing.assert_array_equal(functor(f >> f), np.eye(100))
    wide = Id().tensor(*[Word("w", N)] * 40)
    with pytest.raises(CircuitTooLargeError):
        TensorFunctor({"n": 100}, {"w": np.zeros(100)})(wide)


def test_more_wires_than_an_einsum_has_letters_are_no_limit() -> None:
    chain = Word("w", N).then(*[Box("f", N, N)] * 200)
    functor = TensorFunctor({"n": 2}, {"w": [1.0, 0.0], "f": np.array([[0.0, 1.0], [1.0, 0.0]])})
    np.testing.assert_array_equal(functor(chain), [1.0, 0.0])


def test_not_a_number_passes_through() -> None:
    out = TensorFunctor({"n": 2}, {"w": [np.nan, 1.0]})(Word("w", N))
    assert np.isnan(out[0])
    assert out[1] == 1.0
