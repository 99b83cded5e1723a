"""What circuits and tensors of words have in common: parameters, one vector a (word, type)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from qnlp.diagram import Ty
from qnlp.errors import ShapeError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from qnlp._core import circuit as core
    from qnlp.diagram import Box, Diagram

__all__ = ["WordAnsatz", "atom_of", "box_key", "count"]


class WordAnsatz(ABC):
    """What gives words parameters: the same for every word of one type.

    `Ansatz` makes circuits of them, `TensorAnsatz` free tensors.
    """

    name: str

    @abstractmethod
    def dimensions(self) -> dict[str, int]:
        """Of each atom's wires."""

    @abstractmethod
    def own_symbols(self, dom: Ty, cod: Ty) -> tuple[str, ...]:
        """Names of the parameters of a box of this type within the box: "0", "1", ..."""

    @abstractmethod
    def config(self) -> dict[str, Any]:
        """What `ansatz_from_config` needs to make an equal ansatz."""

    def n_outcomes(self, ty: Ty) -> int:
        """How many outcomes a type has: the product of its wires' dimensions.

        Raises
        ------
        ShapeError
            If an atom has no dimension.
        """
        dimension = self.dimensions()
        missing = [atom for atom, _ in ty.objects if atom not in dimension]
        if missing:
            message = (
                f"ansatz has no dimension for atom {missing[0]!r}, only for {sorted(dimension)}"
            )
            raise ShapeError(message)
        return prod(dimension[atom] for atom, _ in ty.objects)

    def n_hidden(self, dom: Ty, cod: Ty) -> int:
        """Qubits of a box of this type that are discarded: axes after those of its type."""
        del dom, cod
        return 0

    @abstractmethod
    def tensor(self, dom: Ty, cod: Ty) -> core.Circuit | int:
        """What the core makes the tensor of a box of: a circuit, or free elements, so many."""

    @abstractmethod
    def advice(self) -> str:
        """What to change where a sentence is too large."""

    def pieces(
        self, diagrams: Sequence[Diagram]
    ) -> tuple[list[Diagram], dict[int, tuple[Box, int]]]:
        """The diagrams with each word in the pieces that have tensors of their own.

        Returns
        -------
        list of Diagram
        dict
            Of the generator of a piece that is no whole word: the word, and the first of the piece's
            parameters within the word's.
        """
        return list(diagrams), {}

    def symbols(self, box: Box) -> tuple[str, ...]:
        """Names of a box's parameters.

        Examples
        --------
        >>> from qnlp import IQPAnsatz, Ty, Word
        >>> IQPAnsatz({"n": 1, "s": 1}).symbols(Word("runs", Ty("n").r @ Ty("s")))
        ('runs__n.r@s_0',)
        """
        base = box.base
        return tuple(f"{box_key(base)}_{name}" for name in self.own_symbols(base.dom, base.cod))

    def slots(self, box: Box) -> tuple[str, ...]:
        """What each parameter of a box does; of equal names it does the same in every word.

        Examples
        --------
        >>> from qnlp import IQPAnsatz, Ty, Word
        >>> IQPAnsatz({"n": 1, "s": 1}).slots(Word("runs", Ty("n").r @ Ty("s")))
        ('n.r@s/0',)
        """
        base = box.base
        sides = "->".join(str(t).replace(" ", "") for t in (base.dom, base.cod) if t)
        return tuple(f"{sides}/{name}" for name in self.own_symbols(base.dom, base.cod))

    def neutral(self, box: Box) -> tuple[float, ...] | None:
        """Parameters at which a word says nothing; None where the ansatz has none."""
        del box
        return None

    def begin(self, n: int, rng: np.random.Generator) -> NDArray[np.float64]:
        """Parameters to begin with, where there are no neutral ones: uniform over a turn."""
        return rng.random(n)

    def average(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """The mean of words' parameters, shape (n_words, n): circular, as R_P(p) has period 2."""
        turns = np.pi * values
        return np.asarray(np.arctan2(np.sin(turns).mean(0), np.cos(turns).mean(0)) / np.pi)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, WordAnsatz) and self.config() == other.config()

    def __hash__(self) -> int:
        return hash(repr(self))


def box_key(box: Box) -> str:
    """The name that a box's parameters share: its name and type."""
    sides = [str(t).replace(" ", "") for t in (box.dom, box.cod) if t]
    return "__".join([box.name, "_".join(sides)])


def atom_of(key: str | Ty) -> str:
    """The name of an atom that is given as a type."""
    if isinstance(key, Ty):
        if len(key) != 1:
            message = f"qubits has key {key}, expected one atom"
            raise ShapeError(message)
        return key.objects[0][0]
    return key


def count(name: str, value: object, least: int) -> int:
    """Refuse what is no number of something."""
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        message = f"{name} has {value!r}, expected an int of {least} or more"
        raise ShapeError(message)
    return value
