"""Diagrams as tensors: every diagram is one contraction, run by a plan."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from qnlp import runtime
from qnlp._core import model as shapes
from qnlp._core import tensor as core
from qnlp.bubble import Bubble
from qnlp.diagram import Box, Diagram, Ty, box_of
from qnlp.errors import DiagramError, ShapeError
from qnlp.sums import Sum

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import ArrayLike, NDArray

__all__ = ["TensorFunctor"]


class TensorFunctor:
    """The functor to tensors: atoms to dimensions, boxes to arrays.

    Parameters
    ----------
    dimension : mapping of str to int
        Of each atom; of its adjoints the same.
    arrays : mapping of str or callable
        The tensor of each named box, axes domain then codomain: by its name, or a function of the box.
    bubbles : mapping of str to callable, optional
        What each bubble's operator does: a function of the inside's array, giving one of the shape
        that the bubble's wires have.

    Raises
    ------
    ShapeError
        If an atom has no dimension, or an array not the shape that the box's wires give.
    DiagramError
        If a box has no array.
    CircuitTooLargeError
        Before allocation, if the contraction would not fit in memory.

    Notes
    -----
    Contracts by a plan, never layer by layer; cups, caps, swaps and spiders cost nothing.
    Releases the GIL.

    Examples
    --------
    >>> import numpy as np
    >>> from qnlp import Cup, TensorFunctor, Ty, Word
    >>> n, s = Ty("n"), Ty("s")
    >>> d = Word("Alice", n) @ Word("runs", n.r @ s) >> Cup(n, n.r) @ s
    >>> functor = TensorFunctor(
    ...     {"n": 2, "s": 2}, {"Alice": [1, 2], "runs": np.eye(2)}, {"square": np.square}
    ... )
    >>> functor(d)
    array([1., 2.])
    >>> functor(d.bubble("square")), functor(d + d)
    (array([1., 4.]), array([2., 4.]))
    """

    def __init__(
        self,
        dimension: Mapping[str, int],
        arrays: Mapping[str, ArrayLike] | Callable[[Box], ArrayLike],
        bubbles: Mapping[str, Callable[[NDArray[Any]], ArrayLike]] | None = None,
    ) -> None:
        self.dimension = dict(dimension)
        self._arrays = arrays
        self._bubbles = dict(bubbles or {})

    def shape(self, ty: Ty) -> tuple[int, ...]:
        """Dimensions of a type's wires.

        Examples
        --------
        >>> from qnlp import TensorFunctor, Ty
        >>> TensorFunctor({"n": 2, "s": 3}, {}).shape(Ty("n").r @ Ty("s"))
        (2, 3)
        """
        missing = [atom for atom, _ in ty.objects if atom not in self.dimension]
        if missing:
            message = f"atom {missing[0]!r} has no dimension, only {sorted(self.dimension)} have"
            raise ShapeError(message)
        return tuple(self.dimension[atom] for atom, _ in ty.objects)

    def array(self, box: Box) -> NDArray[Any]:
        """The tensor of a named box, checked against its wires."""
        if isinstance(box, Bubble):
            values = self._bubble(box)
        elif callable(self._arrays):
            values = np.asarray(self._arrays(box))
        elif box.name in self._arrays:
            values = np.asarray(self._arrays[box.name])
        else:
            message = f"box {box.name!r} has no array"
            raise DiagramError(message)
        if values.dtype.kind not in "biufc":
            message = f"tensor of box {box.name!r} has dtype {values.dtype}, expected numbers"
            raise TypeError(message)
        expected = self.shape(box.dom @ box.cod)
        if values.shape != expected:
            message = (
                f"tensor of box {box.name!r} has shape {values.shape}, its wires give {expected}"
            )
            raise ShapeError(message)
        return values

    def _bubble(self, bubble: Bubble) -> NDArray[Any]:
        if bubble.operator not in self._bubbles:
            message = (
                f"bubble {bubble.operator!r} has no function, only {sorted(self._bubbles)} have"
            )
            raise DiagramError(message)
        return np.asarray(self._bubbles[bubble.operator](self(bubble.inside)))

    def __call__(self, diagram: Diagram | Sum[Diagram]) -> NDArray[Any]:
        """The tensor of a diagram, or of a formal sum.

        Parameters
        ----------
        diagram : Diagram or Sum

        Returns
        -------
        ndarray
            Axes of the domain, then of the codomain; complex128 where an array is complex, else
            float64.
        """
        if isinstance(diagram, Sum):
            zero = np.zeros(self.shape(diagram.dom @ diagram.cod))
            return sum((_real(c) * self(term) for c, term in diagram), zero)
        shape = self.shape(diagram.dom @ diagram.cod)
        grouped = shapes.group([diagram._core], self.dimension)
        network = grouped.networks[0]
        boxes = [box_of(generator) for generator in grouped.operands[0]]
        arrays = [self.array(box.base) for box in boxes]
        operands = [
            (values.conj() if box.is_dagger else values).astype(_wide(values.dtype), copy=False)
            for box, values in zip(boxes, arrays, strict=True)
        ]
        out = core.contract_network(network, operands, runtime.limit_to_ask())
        return out.reshape(shape).astype(_wide(out.dtype), copy=False)

    def plan(self, diagram: Diagram) -> str:
        """How a diagram is contracted, one step a line, with its cost.

        Examples
        --------
        >>> from qnlp import Cup, TensorFunctor, Ty, Word
        >>> n, s = Ty("n"), Ty("s")
        >>> d = Word("Alice", n) @ Word("runs", n.r @ s) >> Cup(n, n.r) @ s
        >>> print(TensorFunctor({"n": 2, "s": 2}, {}).plan(d), end="")
        2 = 0[0] * 1[0 1] -> [1]  4 multiplications
        """
        network = shapes.group([diagram._core], self.dimension).networks[0]
        return core.describe(network, core.contraction_order(network))

    def size(self, ty: Ty) -> int:
        """Number of elements of a type.

        Examples
        --------
        >>> from qnlp import TensorFunctor, Ty
        >>> TensorFunctor({"n": 2}, {}).size(Ty("n", "n"))
        4
        """
        return prod(self.shape(ty))


def _real(coefficient: complex) -> complex:
    """A number without an imaginary part as a real one, so that it makes nothing complex."""
    value = complex(coefficient)
    return value if value.imag else value.real


def _wide(dtype: np.dtype[Any]) -> type[np.complex128 | np.float64]:
    return np.complex128 if dtype.kind == "c" else np.float64
