"""Diagrams as stochastic maps: boxes are conditional distributions, wires are copied and discarded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from qnlp.diagram import Box, Diagram
from qnlp.errors import DiagramError, DomainError
from qnlp.structure import DISCARD
from qnlp.tensor import TensorFunctor

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import ArrayLike, NDArray

    from qnlp.sums import Sum

__all__ = ["StochasticFunctor", "check_copy_discard"]


def check_copy_discard(box: Box, target: str) -> None:
    """Refuse structure that a category with copying and discarding alone does not have.

    Raises
    ------
    DiagramError
        If the box is a cup, a cap, a spider that merges or begins a wire, daggered or turned.
    """
    wrong = None
    if box.kind in ("cup", "cap"):
        wrong = f"a {box.kind}"
    elif box.kind == "spider" and len(box.dom) != 1:
        wrong = f"a spider with {len(box.dom)} legs above"
    elif box.kind in ("box", "word") and (box.is_dagger or box.rotation):
        wrong = f"box {box.base.name!r} daggered or turned"
    if wrong:
        message = f"{target} copy and discard, and have no {wrong.removeprefix('a ')}"
        raise DiagramError(message)


class StochasticFunctor:
    """The functor to column-stochastic matrices.

    Parameters
    ----------
    dimension : mapping of str to int
        Of each atom: how many values it has.
    arrays : mapping of str or callable
        Each named box's probabilities, axes domain then codomain; for every value of the domain they
        are not negative and sum to one.

    Raises
    ------
    DiagramError
        If the diagram has a cup, a cap, a spider with another number of legs above than one, or a
        box that is daggered or turned: stochastic maps have none.
    DomainError
        If an array is no conditional distribution.

    Notes
    -----
    Source: Jacobs, Kissinger, Zanasi, arXiv:1811.08338, section 2.

    Examples
    --------
    >>> from qnlp import Box, Diagram, Ty, Word
    >>> from qnlp.stochastic import StochasticFunctor
    >>> x = Ty("x")
    >>> rain, wet = Word("rain", x), Box("wet", x, x)
    >>> arrays = {"rain": [0.8, 0.2], "wet": [[0.9, 0.1], [0.0, 1.0]]}
    >>> StochasticFunctor({"x": 2}, arrays)(rain >> Diagram.copy(x) >> x @ wet).round(12)
    array([[0.72, 0.08],
           [0.  , 0.2 ]])
    """

    def __init__(
        self,
        dimension: Mapping[str, int],
        arrays: Mapping[str, ArrayLike] | Callable[[Box], ArrayLike],
    ) -> None:
        self._given = TensorFunctor(dimension, arrays)
        self._tensor = TensorFunctor(dimension, self._array)

    def _array(self, box: Box) -> NDArray[Any]:
        if box.name == DISCARD and not box.cod:
            return np.ones(self._given.shape(box.dom))
        values = self._given.array(box)
        if np.iscomplexobj(values) or not np.all(np.isfinite(values)) or np.any(values < 0):
            message = f"probabilities of box {box.name!r} must be finite and not negative"
            raise DomainError(message)
        sums = values.sum(axis=tuple(range(len(box.dom), values.ndim)))
        worst = float(np.abs(sums - 1).max(initial=0))
        if worst > 1e-9:
            message = f"probabilities of box {box.name!r} sum to one up to {worst:g} only"
            raise DomainError(message)
        return values

    def __call__(self, diagram: Diagram | Sum[Diagram]) -> NDArray[np.float64]:
        """The probabilities of a diagram, axes of the domain, then of the codomain."""
        if isinstance(diagram, Diagram):
            for box in {box.generator: box for box in diagram.boxes}.values():
                check_copy_discard(box, "stochastic maps")
        return self._tensor(diagram)
