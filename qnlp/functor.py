"""Functors: maps of types and boxes, extended to all diagrams."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar, cast

from qnlp.bubble import Bubble
from qnlp.diagram import Box, Diagram, Ty
from qnlp.errors import DiagramError
from qnlp.sums import Sum

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["Category", "Diagrams", "Functor"]

Ob = TypeVar("Ob")
Arrow = TypeVar("Arrow")


class Category(Protocol[Ob, Arrow]):
    """What a functor needs of the category that it goes to: a rigid one with swaps and spiders.

    A category that lacks some structure raises DiagramError there.
    """

    def unit(self) -> Ob:
        """The empty type."""
        ...

    def beside(self, left: Ob, right: Ob) -> Ob:
        """The tensor of two types."""
        ...

    def adjoint(self, ob: Ob, by: int) -> Ob:
        """The left (-1) or right (+1) adjoint of a type."""
        ...

    def identity(self, ob: Ob) -> Arrow:
        """The identity on a type."""
        ...

    def then(self, arrows: list[Arrow]) -> Arrow:
        """The composite of one arrow or more."""
        ...

    def tensor(self, arrows: list[Arrow]) -> Arrow:
        """The tensor of one arrow or more."""
        ...

    def dagger(self, arrow: Arrow) -> Arrow:
        """The adjoint of an arrow."""
        ...

    def rotate(self, arrow: Arrow, by: int) -> Arrow:
        """The transpose by half a turn to the left (-1) or right (+1)."""
        ...

    def cup(self, left: Ob, right: Ob) -> Arrow:
        """The cup on a type and its adjoint."""
        ...

    def cap(self, left: Ob, right: Ob) -> Arrow:
        """The cap on a type and its adjoint."""
        ...

    def swap(self, left: Ob, right: Ob) -> Arrow:
        """The exchange of two types."""
        ...

    def spider(self, n_in: int, n_out: int, ob: Ob) -> Arrow:
        """The spider on a type."""
        ...


class Diagrams:
    """The free category, as a target: functors to it rewrite diagrams.

    Examples
    --------
    >>> from qnlp import Ty
    >>> from qnlp.functor import Diagrams
    >>> Diagrams().adjoint(Ty("n", "s"), 1)
    Ty("s").r @ Ty("n").r
    """

    def unit(self) -> Ty:
        """The empty type."""
        return Ty()

    def beside(self, left: Ty, right: Ty) -> Ty:
        """The tensor of two types."""
        return left @ right

    def adjoint(self, ob: Ty, by: int) -> Ty:
        """The left or right adjoint."""
        return ob.r if by > 0 else ob.l

    def identity(self, ob: Ty) -> Diagram:
        """The identity."""
        return Diagram.id(ob)

    def then(self, arrows: list[Diagram]) -> Diagram:
        """The composite."""
        return arrows[0].then(*arrows[1:])

    def tensor(self, arrows: list[Diagram]) -> Diagram:
        """The tensor."""
        return arrows[0].tensor(*arrows[1:])

    def dagger(self, arrow: Diagram) -> Diagram:
        """The adjoint."""
        return arrow.dagger()

    def rotate(self, arrow: Diagram, by: int) -> Diagram:
        """The transpose by half a turn."""
        return arrow.r if by > 0 else arrow.l

    def cup(self, left: Ty, right: Ty) -> Diagram:
        """Nested cups."""
        return Diagram.cups(left, right)

    def cap(self, left: Ty, right: Ty) -> Diagram:
        """Nested caps."""
        return Diagram.caps(left, right)

    def swap(self, left: Ty, right: Ty) -> Diagram:
        """The exchange."""
        return Diagram.swap(left, right)

    def spider(self, n_in: int, n_out: int, ob: Ty) -> Diagram:
        """One spider a wire."""
        return Diagram.spiders(n_in, n_out, ob)

    def bubble(self, inside: Diagram, operator: str, dom: Ty, cod: Ty) -> Diagram:
        """The same operator round the image of the inside."""
        return Bubble(inside, operator, dom, cod)


class Functor(Generic[Ob, Arrow]):
    """A structure-preserving map from diagrams to a category, given on atoms and boxes.

    Parameters
    ----------
    ob : mapping of str or callable
        The image of each atom.
    ar : mapping of str or callable
        The image of each named box: by its name, or a function of the box. Daggers and transposes of
        a box go to those of its image.
    target : Category, optional
        By default `Diagrams`.

    Raises
    ------
    DiagramError
        If an atom or a box has no image; names it.

    Notes
    -----
    Source: Toumi, arXiv:2212.06615, section 1.1.

    Examples
    --------
    Open the word "good" as a box on nouns:

    >>> from qnlp import Box, Cap, Functor, Ty, Word, pregroup_diagram
    >>> n = Ty("n")
    >>> phrase = pregroup_diagram([Word("good", n @ n.l), Word("food", n)], [(1, 2)])
    >>> opened = Cap(n, n.l) >> Box("good", n, n) @ n.l
    >>> images = {"good": opened, "food": Word("food", n)}
    >>> Functor({"n": n}, images)(phrase).normal_form().boxes
    [Word('food', Ty("n")), Box('good', Ty("n"), Ty("n"))]
    """

    def __init__(
        self,
        ob: Mapping[str, Ob] | Callable[[str], Ob],
        ar: Mapping[str, Arrow] | Callable[[Box], Arrow],
        target: Category[Ob, Arrow] | None = None,
    ) -> None:
        self._ob = ob
        self._ar = ar
        self.target: Any = Diagrams() if target is None else target

    def __call__(self, diagram: Diagram | Sum[Diagram]) -> Arrow:
        """The image of a diagram, or of a formal sum, term by term.

        Parameters
        ----------
        diagram : Diagram or Sum

        Returns
        -------
        arrow of the target, or a Sum of them
        """
        if isinstance(diagram, Sum):
            terms = [(c, self(term)) for c, term in diagram]
            total: Any = Sum(terms, self.type(diagram.dom), self.type(diagram.cod))
            return cast("Arrow", total)
        row = [self.type(wire) for wire in diagram.dom]
        arrows = [self._identity(row)]
        for box, offset in diagram.layers:
            end = offset + len(box.dom)
            parts = [self._identity(row[:offset]), self.box(box), self._identity(row[end:])]
            arrows.append(self.target.tensor(parts))
            row[offset:end] = [self.type(wire) for wire in box.cod]
        image: Arrow = self.target.then(arrows)
        return image

    def type(self, ty: Ty) -> Ob:
        """The image of a type.

        Examples
        --------
        >>> from qnlp import Functor, Ty
        >>> Functor({"n": Ty("a", "b")}, {}).type(Ty("n").r)
        Ty("b").r @ Ty("a").r
        """
        image = self.target.unit()
        for atom, winding in ty.objects:
            part = self._lookup(self._ob, atom, f"atom {atom!r}", atom)
            for _ in range(abs(winding)):
                part = self.target.adjoint(part, 1 if winding > 0 else -1)
            image = self.target.beside(image, part)
        made: Ob = image
        return made

    def box(self, box: Box) -> Arrow:
        """The image of one box.

        Examples
        --------
        >>> from qnlp import Box, Functor, Swap, Ty
        >>> Functor({"n": Ty("a")}, {}).box(Swap(Ty("n"), Ty("n")))
        Diagram(Ty("a") @ Ty("a"), [(Swap(Ty("a"), Ty("a")), 0)])
        """
        if box.kind not in ("box", "word"):
            return self._structural(box)
        base = box.base
        if isinstance(base, Bubble):
            image = self._bubble(base)
        else:
            image = self._lookup(self._ar, base, f"box {base.name!r}", base.name)
        if box.is_dagger:
            image = self.target.dagger(image)
        for _ in range(abs(box.rotation)):
            image = self.target.rotate(image, 1 if box.rotation > 0 else -1)
        made: Arrow = image
        return made

    def _bubble(self, bubble: Bubble) -> Arrow:
        if not hasattr(self.target, "bubble"):
            message = f"{type(self.target).__name__} has no bubbles: {bubble.operator!r}"
            raise DiagramError(message)
        ends = self.type(bubble.dom), self.type(bubble.cod)
        made: Arrow = self.target.bubble(self(bubble.inside), bubble.operator, *ends)
        return made

    def _structural(self, box: Box) -> Arrow:
        made: Arrow
        if box.is_dagger:
            made = self.target.dagger(self._structural(box.dagger()))
            return made
        sides = [self.type(wire) for wire in (box.dom if box.dom else box.cod)]
        if box.kind == "spider":
            made = self.target.spider(len(box.dom), len(box.cod), sides[0])
        else:
            made = getattr(self.target, box.kind)(*sides)
        return made

    def _identity(self, row: list[Ob]) -> Arrow:
        ob = self.target.unit()
        for part in row:
            ob = self.target.beside(ob, part)
        made: Arrow = self.target.identity(ob)
        return made

    @staticmethod
    def _lookup(images: Any, key: Any, text: str, name: str) -> Any:
        if callable(images):
            return images(key)
        try:
            return images[name]
        except KeyError:
            message = f"functor has no image for {text}, only for {sorted(images)}"
            raise DiagramError(message) from None
