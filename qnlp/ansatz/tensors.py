"""Ansaetze of real tensors: a number an element, in one piece or in several that are joined.

The pieces of a word are boxes of their own, joined by spiders or bonds, so that no tensor is as large
as the word is.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from qnlp.ansatz.words import WordAnsatz, atom_of, box_key, count
from qnlp.diagram import Box, Diagram, Ty
from qnlp.errors import CircuitTooLargeError, ShapeError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

__all__ = ["MPSAnsatz", "SpiderAnsatz", "TensorAnsatz"]


_MOST_ELEMENTS = 2**24  # of one word


class TensorAnsatz(WordAnsatz):
    """One real tensor a word, every element a parameter.

    The outcomes of a sentence are the entries of its tensor, and their squares, divided by the sum
    of those of the classes, are the probabilities, as for circuits.

    Parameters
    ----------
    dims : mapping of str or Ty to int
        Dimension of each atom's wires, such as ``{"n": 4, "s": 2}``.

    Raises
    ------
    ShapeError
        If a dimension is no int of 1 or more.

    Examples
    --------
    >>> from qnlp import TensorAnsatz, Ty, Word
    >>> runs = Word("runs", Ty("n").r @ Ty("s"))
    >>> TensorAnsatz({"n": 2, "s": 2}).symbols(runs)
    ('runs__n.r@s_0', 'runs__n.r@s_1', 'runs__n.r@s_2', 'runs__n.r@s_3')
    """

    name = "tensor"

    def __init__(self, dims: Mapping[str | Ty, int]) -> None:
        self.dims = {atom_of(key): count("dims", value, 1) for key, value in dims.items()}

    def dimensions(self) -> dict[str, int]:
        """Of each atom's wires."""
        return dict(self.dims)

    def parts(self, ty: Ty) -> list[Ty]:
        """The types of the pieces of a word, from left to right."""
        return [ty]

    def join(self, parts: Sequence[Ty]) -> Diagram:
        """From the pieces side by side to the word."""
        return Diagram.id(parts[0])

    def own_symbols(self, dom: Ty, cod: Ty) -> tuple[str, ...]:
        """One for every element of every piece."""
        n = sum(self.n_outcomes(part) for part in self.parts(dom.r @ cod))
        if n > _MOST_ELEMENTS:
            message = (
                f"the tensor of a word of type {dom.r @ cod} has {n} elements, at most "
                f"{_MOST_ELEMENTS} can be trained; split words with SpiderAnsatz or MPSAnsatz"
            )
            raise CircuitTooLargeError(message)
        return tuple(str(k) for k in range(n))

    def tensor(self, dom: Ty, cod: Ty) -> int:
        """How many elements a piece has."""
        return self.n_outcomes(dom @ cod)

    def advice(self) -> str:
        """What to change where a sentence is too large."""
        return f"smaller dimensions than {self.dims}"

    def begin(self, n: int, rng: np.random.Generator) -> NDArray[np.float64]:
        """Elements to begin with: normal, as only their ratios count."""
        return rng.standard_normal(n)

    def average(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """The mean of words' parameters, shape (n_words, n)."""
        return np.asarray(values.mean(0))

    def pieces(
        self, diagrams: Sequence[Diagram]
    ) -> tuple[list[Diagram], dict[int, tuple[Box, int]]]:
        """The diagrams with each word in its pieces, and which word each piece is of."""
        made: dict[int, Diagram] = {}
        whole: dict[int, tuple[Box, int]] = {}
        out = []
        for diagram in diagrams:
            layers: list[tuple[Box, int]] = []
            for box, offset in diagram.layers:
                if box.kind not in ("word", "box"):
                    layers.append((box, offset))
                    continue
                if box.base.generator not in made:
                    made[box.base.generator] = self._split(box.base, whole)
                turned = _turned(made[box.base.generator], box)
                layers += [(part, offset + k) for part, k in turned.layers]
            out.append(Diagram(diagram.dom, layers))
        return out, whole

    def _split(self, word: Box, whole: dict[int, tuple[Box, int]]) -> Diagram:
        parts = self.parts(word.dom.r @ word.cod)
        boxes = []
        begin = 0
        for k, part in enumerate(parts):
            box = word if len(parts) == 1 and not word.dom else _piece(word, k, part)
            whole[box.generator] = word, begin
            begin += self.n_outcomes(part)
            boxes.append(box)
        state = Diagram.id().tensor(*boxes).then(self.join(parts))
        if not word.dom:
            return state
        bend = Diagram.cups(word.dom, word.dom.r).tensor(word.cod)
        return Diagram.id(word.dom).tensor(state).then(bend)

    def config(self) -> dict[str, Any]:
        """What `ansatz_from_config` needs to make an equal ansatz."""
        return {"name": self.name, "dims": dict(self.dims)}

    def __repr__(self) -> str:
        options = {key: value for key, value in self.config().items() if key != "name"}
        return f"{type(self).__name__}({', '.join(f'{k}={v}' for k, v in options.items())})"


class SpiderAnsatz(TensorAnsatz):
    """Words of more than `max_order` wires in pieces that share a wire each, by a spider.

    Parameters
    ----------
    dims : mapping of str or Ty to int
    max_order : int, default 2
        Most wires of a piece.

    Raises
    ------
    ShapeError
        If a dimension is no int of 1 or more, or `max_order` none of 2 or more.

    Examples
    --------
    >>> from qnlp import SpiderAnsatz, Ty, Word
    >>> n, s = Ty("n"), Ty("s")
    >>> ansatz = SpiderAnsatz({"n": 4, "s": 2})
    >>> [str(part) for part in ansatz.parts(n.r @ s @ n.l)]
    ['n.r @ s', 's @ n.l']
    >>> len(ansatz.symbols(Word("loves", n.r @ s @ n.l)))
    16
    """

    name = "spider"

    def __init__(self, dims: Mapping[str | Ty, int], max_order: int = 2) -> None:
        super().__init__(dims)
        self.max_order = count("max_order", max_order, 2)

    def parts(self, ty: Ty) -> list[Ty]:
        """The types of the pieces: the last wire of one is the first of the next."""
        if len(ty) <= self.max_order:
            return [ty]
        step = self.max_order - 1
        return [ty[k : k + step + 1] for k in range(0, len(ty) - 1, step)]

    def join(self, parts: Sequence[Ty]) -> Diagram:
        """Spiders on the wires that pieces share."""
        out = Diagram.id(parts[0][:-1])
        for left, right in pairwise(parts):
            out = out.tensor(Diagram.merge(left[-1:]), right[1:-1])
        return out.tensor(parts[-1][-1:])

    def config(self) -> dict[str, Any]:
        """What `ansatz_from_config` needs to make an equal ansatz."""
        return {**super().config(), "max_order": self.max_order}


class MPSAnsatz(TensorAnsatz):
    """Words of more than `max_order` wires as matrix product states: pieces joined by bonds.

    Parameters
    ----------
    dims : mapping of str or Ty to int
    bond_dim : int
        Dimension of a bond.
    max_order : int, default 3
        Most wires of a piece, its bonds included.

    Raises
    ------
    ShapeError
        If a dimension is no int of 1 or more, `max_order` none of 3 or more, or an atom is called
        as the bonds are.

    Examples
    --------
    >>> from qnlp import MPSAnsatz, Ty, Word
    >>> n, s = Ty("n"), Ty("s")
    >>> ansatz = MPSAnsatz({"n": 4, "s": 2}, bond_dim=3)
    >>> [str(part) for part in ansatz.parts(n.r @ s @ n.l @ n.l)]
    ['n.r @ bond', 'bond.r @ s @ bond', 'bond.r @ n.l @ bond', 'bond.r @ n.l']
    >>> len(ansatz.symbols(Word("gives", n.r @ s @ n.l @ n.l)))
    78
    """

    name = "mps"
    BOND = Ty("bond")

    def __init__(self, dims: Mapping[str | Ty, int], bond_dim: int = 2, max_order: int = 3) -> None:
        super().__init__(dims)
        self.bond_dim = count("bond_dim", bond_dim, 1)
        self.max_order = count("max_order", max_order, 3)
        if "bond" in self.dims:
            message = "dims has the atom 'bond', expected bond_dim to give its dimension"
            raise ShapeError(message)

    def dimensions(self) -> dict[str, int]:
        """Of each atom's wires, and of the bonds."""
        return {**self.dims, "bond": self.bond_dim}

    def parts(self, ty: Ty) -> list[Ty]:
        """The types of the pieces, bonds at their sides."""
        if len(ty) <= self.max_order:
            return [ty]
        step = self.max_order - 2
        begins = range(0, len(ty), step)
        out = [self.BOND.r @ ty[k : k + step] @ self.BOND for k in begins]
        out[0], out[-1] = out[0][1:], out[-1][:-1]
        return out

    def join(self, parts: Sequence[Ty]) -> Diagram:
        """Cups on the bonds."""
        if len(parts) == 1:
            return Diagram.id(parts[0])
        out = Diagram.id(parts[0][:-1])
        bond = Diagram.cups(self.BOND, self.BOND.r)
        for part in parts[1:-1]:
            out = out.tensor(bond, part[1:-1])
        return out.tensor(bond, parts[-1][1:])

    def config(self) -> dict[str, Any]:
        """What `ansatz_from_config` needs to make an equal ansatz."""
        return {**super().config(), "bond_dim": self.bond_dim, "max_order": self.max_order}


def _piece(word: Box, number: int, ty: Ty) -> Box:
    return Box(f"{box_key(word)}#{number}", Ty(), ty)


def _turned(diagram: Diagram, box: Box) -> Diagram:
    """What is done to a box, done to the diagram in its place."""
    if box.is_dagger:
        diagram = diagram.dagger()
    for _ in range(abs(box.rotation)):
        diagram = diagram.r if box.rotation > 0 else diagram.l
    return diagram
