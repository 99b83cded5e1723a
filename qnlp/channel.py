"""Diagrams as quantum channels: classical and quantum wires, mixed states, discarding, measurement.

A quantum wire is doubled: once for kets, once for bras. A box of quantum wires goes to itself beside
its conjugate, so the whole is one tensor network, contracted by a plan.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from qnlp.diagram import Box, Diagram
from qnlp.errors import ShapeError
from qnlp.functor import Functor
from qnlp.structure import DISCARD, Spider
from qnlp.sums import Sum
from qnlp.tensor import TensorFunctor
from qnlp.ty import Ty

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from numpy.typing import ArrayLike, NDArray

__all__ = ["ChannelFunctor"]

CONJUGATE = "\N{COMBINING OVERLINE}"
"""Ends the name of the conjugate of a box."""


class ChannelFunctor:
    """The functor to completely positive maps between classical and quantum systems.

    Parameters
    ----------
    dimension : mapping of str to int
        Of each atom.
    arrays : mapping of str or callable
        The tensor of each named box, axes domain then codomain. A box of quantum wires alone has its
        linear map here; one with classical wires the channel itself, two axes a quantum wire.
    classical : collection of str
        Atoms whose wires carry classical values.

    Raises
    ------
    ShapeError
        If an atom has no dimension, an array not the shape that the box's wires give, or what is
        measured another dimension than the result.
    DiagramError
        If a box has no array.

    Notes
    -----
    ``discard`` is the trace; ``measure`` and ``encode`` (`qnlp.gates`) go between a quantum and a
    classical wire of one dimension, in the basis that spiders copy. Source: Coecke and Kissinger,
    "Picturing Quantum Processes", doi:10.1017/9781316219317, chapter 6.

    Examples
    --------
    >>> from qnlp.channel import ChannelFunctor
    >>> from qnlp.gates import gate_arrays, gate_box, ket, measure
    >>> functor = ChannelFunctor({"qubit": 2, "bit": 2}, gate_arrays({}))
    >>> functor(ket(0) >> gate_box("H") >> measure()).real.round(12)
    array([0.5, 0.5])
    """

    def __init__(
        self,
        dimension: Mapping[str, int],
        arrays: Mapping[str, ArrayLike] | Callable[[Box], ArrayLike],
        classical: Collection[str] = ("bit",),
    ) -> None:
        self.classical = frozenset(classical)
        self._single = TensorFunctor(dimension, arrays)
        self._double: Functor[Ty, Diagram] = Functor(self._doubled, self._image)
        self._tensor = TensorFunctor(dimension, self._array)

    def shape(self, ty: Ty) -> tuple[int, ...]:
        """Dimensions of a type's axes: two for each quantum wire, its kets then its bras.

        Examples
        --------
        >>> from qnlp.channel import ChannelFunctor
        >>> from qnlp.gates import BIT, QUBIT
        >>> ChannelFunctor({"qubit": 2, "bit": 2}, {}).shape(QUBIT @ BIT)
        (2, 2, 2)
        """
        return self._tensor.shape(self._double.type(ty))

    def __call__(self, diagram: Diagram | Sum[Diagram]) -> NDArray[np.complex128]:
        """The channel of a diagram, or of a formal sum.

        Returns
        -------
        ndarray of complex128
            Axes of the domain, then of the codomain, as `shape` has them.
        """
        if isinstance(diagram, Sum):
            zero = np.zeros(self.shape(diagram.dom @ diagram.cod), np.complex128)
            return sum((c * self(term) for c, term in diagram), zero)
        made = self._tensor(self._double(diagram))
        axes: list[int] = []
        for atom, winding in (diagram.dom @ diagram.cod).objects:
            # A turned wire's two axes were turned round with it.
            wire = list(range(len(axes), len(axes) + (1 if atom in self.classical else 2)))
            axes += wire[::-1] if winding % 2 else wire
        return np.array(made.transpose(axes), np.complex128, order="C")

    def _doubled(self, atom: str) -> Ty:
        return Ty(atom) if atom in self.classical else Ty(atom, atom)

    def _is_quantum(self, box: Box) -> bool:
        return not any(atom in self.classical for atom, _ in (box.dom @ box.cod).objects)

    def _image(self, box: Box) -> Diagram:
        dom, cod = self._double.type(box.dom), self._double.type(box.cod)
        if box.name == DISCARD and len(box.dom) == 1 and not box.cod:
            return Spider(len(dom), 0, Ty.from_objects(dom.objects[:1]))
        if not self._is_quantum(box):
            return Box(box.name, dom, cod)
        pair = Box(box.name, box.dom, box.cod) @ Box(box.name + CONJUGATE, box.dom, box.cod)
        sort = Diagram.permutation(dom, _halves(box.dom))
        return sort.then(pair, Diagram.permutation(cod, _halves(box.cod)).dagger())

    def _array(self, box: Box) -> NDArray[Any]:
        if box.name in ("measure", "encode"):
            return self._copy(box)
        if not box.name.endswith(CONJUGATE):
            return self._single.array(box)
        plain = Box(box.name.removesuffix(CONJUGATE), box.dom, box.cod)
        return self._single.array(plain).conj()

    def _copy(self, box: Box) -> NDArray[Any]:
        shape = self._tensor.shape(box.dom @ box.cod)
        if len(shape) != 3 or len(set(shape)) != 1:
            message = (
                f"{box.name} goes between one quantum and one classical wire, got axes {shape}"
            )
            raise ShapeError(message)
        out = np.zeros(shape)
        out[(np.arange(shape[0]),) * 3] = 1
        return out


def _halves(ty: Ty) -> list[int]:
    """Where the axes for kets, then those for bras, stand in a doubled type."""
    order = [[2 * k, 2 * k + 1] for k in range(len(ty))]
    pairs = [p[::-1] if z % 2 else p for p, (_, z) in zip(order, ty.objects, strict=True)]
    return [p[0] for p in pairs] + [p[1] for p in pairs]
