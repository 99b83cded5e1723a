"""The contraction of a network as its definition has it: a sum over all values of all indices."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np
from numpy.typing import NDArray


def contract(
    operands: Sequence[Sequence[int]],
    output: Sequence[int],
    dimension: Sequence[int],
    arrays: Sequence[NDArray[np.complex128]],
) -> NDArray[np.complex128]:
    out = np.zeros([dimension[k] for k in output], complex)
    for values in product(*(range(d) for d in dimension)):
        term = 1 + 0j
        for axes, array in zip(operands, arrays, strict=True):
            term *= array[tuple(values[k] for k in axes)]
        out[tuple(values[k] for k in output)] += term
    return out
