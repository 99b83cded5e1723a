"""Tensor networks of any number of indices, contracted by a plan.

Orders are exact for few tensors; of many, the best of random greedy orders, improved subtree by
subtree, for as long as that is estimated to pay. Large steps are matrix products of SciPy's BLAS, and
what would not fit in memory is cut into slices.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from qnlp import runtime
from qnlp._core import tensor as core
from qnlp.errors import ShapeError

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence

    from numpy.typing import ArrayLike, NDArray

    Labels = Sequence[Hashable]

__all__ = ["Contraction", "contract"]

_BLAS = import_module("scipy.linalg.cython_blas").__pyx_capi__
core.set_blas(*(_BLAS[f"{kind}gemm"] for kind in "sdcz"))

TRIALS = 32
"""Random greedy orders that a search tries by default."""


def contract(
    inputs: Sequence[Labels],
    output: Labels,
    arrays: Iterable[ArrayLike],
    *,
    memory_limit: int | None = None,
    trials: int = TRIALS,
    seed: int = 0,
) -> NDArray[Any]:
    """Plan and contract a network of arrays.

    Parameters
    ----------
    inputs : sequence of sequences of labels
        The labels of each array's axes; any hashable values. A label may stand at any number of axes,
        also twice at one array.
    output : sequence of labels
        Of the result's axes, all different; labels that are not here are summed over.
    arrays : iterable of array_like
    memory_limit : int, optional
        Bytes that the contraction may take; by default what `qnlp.runtime.memory_limit` says. Larger
        ones are cut into slices.
    trials : int
        How many random orders to look at, at most: the search ends where it is estimated to have
        taken as long as the contraction takes, for a `Contraction` a hundred times as long. 0 for
        no search.
    seed : int
        Of the search: equal seeds give equal orders.

    Returns
    -------
    ndarray
        float32, float64, complex64 or complex128: the smallest that holds all arrays' types.

    Raises
    ------
    ShapeError
        If an array's axes are not as many as its labels, or a label has two dimensions.
    CircuitTooLargeError
        Before allocation, if it would not fit in memory however it is sliced.

    Notes
    -----
    The plan is that of Gray and Kourtis, "Hyper-optimized tensor network contraction",
    arXiv:2002.01935: random greedy orders with Boltzmann noise, then optimal subtrees. Releases the
    GIL.

    Examples
    --------
    >>> from qnlp.contraction import contract
    >>> contract(["ij", "jk", "kl"], "il", [[[1.0, 2.0]], [[3.0], [4.0]], [[5.0, 6.0]]])
    array([[55., 66.]])
    """
    values = [np.asarray(array) for array in arrays]
    limit = runtime.limit_to_ask() if memory_limit is None else memory_limit
    return core.contract_labels(inputs, output, values, limit, trials, seed)


class Contraction:
    """A network planned once, to be run on many sets of arrays.

    Parameters
    ----------
    inputs, output
        As `contract` takes them.
    shapes : sequence of sequences of int
        Of the arrays.
    order : sequence of (int, int), optional
        Which two tensors to contract at each step: operands are numbered from 0, the result of step k
        is ``len(inputs) + k``. A tree of cotengra gives it by ``tree.get_ssa_path()``. By default one
        is searched.
    memory_limit, trials, seed
        As `contract` takes them.

    Raises
    ------
    ShapeError, CircuitTooLargeError
        As `contract`; ShapeError also where the order is none.

    Examples
    --------
    >>> import numpy as np
    >>> from qnlp.contraction import Contraction
    >>> chain = Contraction(["ij", "jk", "kl"], "il", [(1, 2), (2, 1), (1, 2)])
    >>> chain.order, chain.n_slices
    ([(0, 1), (3, 2)], 1)
    >>> chain([np.ones((1, 2)), np.ones((2, 1)), np.ones((1, 2))])
    array([[2., 2.]])
    """

    __slots__ = ("_core",)

    def __init__(
        self,
        inputs: Sequence[Labels],
        output: Labels,
        shapes: Sequence[Sequence[int]],
        order: Sequence[tuple[int, int]] | None = None,
        *,
        memory_limit: int | None = None,
        trials: int = TRIALS,
        seed: int = 0,
    ) -> None:
        limit = runtime.limit_to_ask() if memory_limit is None else memory_limit
        pairs = None if order is None else [_pair(k, step) for k, step in enumerate(order)]
        self._core = core.Contraction(inputs, output, shapes, pairs, limit, trials, seed)

    def __call__(self, arrays: Sequence[ArrayLike]) -> NDArray[Any]:
        """Contract arrays of the planned shapes; fastest where they are C-ordered and of one dtype."""
        return self._core.run(arrays)

    @property
    def order(self) -> list[tuple[int, int]]:
        """The pairs that are contracted, one a step."""
        return self._core.order

    @property
    def n_slices(self) -> int:
        """How many slices it is cut into to fit in memory."""
        return int(self._core.n_slices)

    @property
    def log2_multiplications(self) -> float:
        """How many multiplications the order takes, unsliced."""
        return self._core.work[0]

    @property
    def log2_largest(self) -> float:
        """How many elements its largest tensor has, unsliced."""
        return self._core.work[1]

    def __str__(self) -> str:
        return self._core.describe()


def _pair(step: int, pair: Sequence[int]) -> tuple[int, int]:
    if len(pair) != 2 or min(pair) < 0:
        message = f"step {step} of the order is {tuple(pair)}, expected two tensors"
        raise ShapeError(message)
    return int(pair[0]), int(pair[1])
