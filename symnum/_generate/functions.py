"""Random functions with points."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from symnum._core import expression as core
from symnum._core import generate as core_generate
from symnum._generate.problems import Exclusion, exclusion
from symnum._generate.ragged import Ragged, starts
from symnum.expression import Expression

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

OPERATIONS = [entry[0] for entry in core.OPERATIONS]


@dataclass(frozen=True)
class FunctionOptions:
    """What functions are drawn.

    Parameters
    ----------
    max_variables : int
        1 to 8. The number of variables is uniform from 1; those that simplification removes do
        not count.
    max_extra : int
        0 to 64. With d variables, a tree has 0 to d + `max_extra` sums, differences and products.
    max_unary : int
        0 to 64: functions of one operand.
    n_points : int
        At least 2.
    max_value : float
        No absolute value of a function on its points is larger.

    Notes
    -----
    Trees: all shapes equally likely (Remy's method; Lample and Charton, arXiv:1912.01412).
    Weights of operations and distributions of points: Kamienny et al., arXiv:2204.10532, and
    Meidani et al., arXiv:2310.02227, but numbers are exact integers half of the time, most terms
    have none, and a third of the inputs is a box of physical ranges such as [1, 5].

    Arrays of a shard: key, skeleton, fingerprint (hashes), n_variables and item, one an item;
    operation, left and right, one a node of the programs, up to node_ends, with the names of the
    operations in the manifest; constants, up to constant_ends; x, n_points of the first variable
    of an item, then of its next; y.

    Examples
    --------
    >>> from symnum.generate import FunctionOptions
    >>> FunctionOptions(max_variables=2).n_points
    200
    """

    kind: ClassVar[str] = "functions"
    chunk: ClassVar[int] = 2048
    spare: ClassVar[float] = 0.25

    max_variables: int = 5
    max_extra: int = 4
    max_unary: int = 4
    n_points: int = 200
    max_value: float = 1e6

    def settings(self) -> dict[str, Any]:
        """What the items depend on."""
        return {"options": asdict(self), "operations": OPERATIONS}

    def draw(self, seed: int, first: int, n: int) -> FunctionCorpus:
        """The functions of `n` items."""
        arrays = core_generate.sample(seed, first, n, **asdict(self))
        arrays["item"] = np.arange(first, first + n, dtype=np.int64)
        return FunctionCorpus(arrays, self)

    def exclusion(self, formulas: Iterable[Expression]) -> Exclusion:
        """Hashes of formulas."""
        return exclusion(formulas, self.max_variables)

    def is_excluded(self, items: FunctionCorpus, excluded: Exclusion) -> NDArray[np.bool_]:
        """Which functions equal one of the formulas."""
        return excluded.holds(items.arrays)


class FunctionCorpus(Ragged):
    """Functions and their points.

    Parameters
    ----------
    arrays : dict of str to ndarray
        As `FunctionOptions` lists them.
    options : FunctionOptions

    Examples
    --------
    >>> from symnum.generate import generate_functions
    >>> corpus = generate_functions(10, seed=0)
    >>> f, (x, y) = corpus.expression(2), corpus.points(2)
    >>> f.variables, x.shape, y.shape
    (('x0', 'x1', 'x2'), (200, 3), (200,))
    """

    ENDS: ClassVar[dict[str, tuple[str, ...]]] = {
        "node_ends": ("operation", "left", "right"),
        "constant_ends": ("constants",),
    }

    def _cuts(self) -> dict[str, NDArray[np.int64]]:
        n = len(self)
        self._n_points = int(self.options.n_points)
        x = starts(np.cumsum(self.arrays["n_variables"].astype(np.int64)) * self._n_points)
        y = np.arange(n + 1, dtype=np.int64) * self._n_points
        return {**super()._cuts(), "x": x, "y": y}

    def expression(self, index: int) -> Expression:
        """A function as a formula.

        Parameters
        ----------
        index : int

        Returns
        -------
        Expression
            Over x0, x1, ...

        Raises
        ------
        IndexError
        """
        k = self._index(index)
        n = int(self.arrays["n_variables"][k])
        program = core.Program(
            [OPERATIONS[code] for code in self._piece("operation", k)],
            self._piece("left", k).tolist(),
            self._piece("right", k).tolist(),
            self._piece("constants", k).tolist(),
            n,
        )
        return Expression._of(program, tuple(f"x{j}" for j in range(n)))

    def points(self, index: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Points of a function and its values there.

        Parameters
        ----------
        index : int

        Returns
        -------
        x : ndarray of float32, shape (n_points, n_variables)
        y : ndarray of float32, shape (n_points,)
            The function at `x` in double precision, rounded. Both are views.

        Raises
        ------
        IndexError
        """
        k = self._index(index)
        return self._piece("x", k).reshape(-1, self._n_points).T, self._piece("y", k)
