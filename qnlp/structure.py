"""Cups, caps, swaps and spiders: the structure that diagrams are wired with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qnlp._core import diagram as core
from qnlp.diagram import SIGNATURE, Box, Diagram, Word
from qnlp.errors import DiagramError
from qnlp.ty import Ty

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = [
    "Cap",
    "Cup",
    "Id",
    "Spider",
    "Swap",
    "caps",
    "cups",
    "discard",
    "linked_diagram",
    "permutation",
    "pregroup_diagram",
    "spiders",
    "swap",
]


class _Structural(Box):
    __slots__ = ()

    def _intern(self, kind: str, dom: Ty, cod: Ty) -> None:
        self._set(SIGNATURE.intern(kind, "", dom.objects, cod.objects))

    def _text(self, *arguments: object) -> str:
        listed = ", ".join(map(repr, arguments))
        return f"{type(self).__name__}({listed})"


class Cup(_Structural):
    """Joins a wire and its adjoint: ``(x, x.r)`` or ``(x.l, x)``.

    Examples
    --------
    >>> from qnlp import Cup, Ty
    >>> Cup(Ty("n"), Ty("n").r)
    Cup(Ty("n"), Ty("n").r)
    """

    __slots__ = ()

    def __init__(self, left: Ty, right: Ty) -> None:
        self._intern("cup", left @ right, Ty())

    def __repr__(self) -> str:
        return f"{self.dagger()!r}.dagger()" if self.is_dagger else self._text(*self.dom)


class Cap(_Structural):
    """Opens a wire and its adjoint: ``(x, x.l)`` or ``(x.r, x)``.

    Examples
    --------
    >>> from qnlp import Cap, Ty
    >>> Cap(Ty("n"), Ty("n").l)
    Cap(Ty("n"), Ty("n").l)
    """

    __slots__ = ()

    def __init__(self, left: Ty, right: Ty) -> None:
        self._intern("cap", Ty(), left @ right)

    def __repr__(self) -> str:
        return f"{self.dagger()!r}.dagger()" if self.is_dagger else self._text(*self.cod)


class Swap(_Structural):
    """Exchanges two wires.

    Examples
    --------
    >>> from qnlp import Swap, Ty
    >>> Swap(Ty("n"), Ty("s")).cod
    Ty("s") @ Ty("n")
    """

    __slots__ = ()

    def __init__(self, left: Ty, right: Ty) -> None:
        self._intern("swap", left @ right, right @ left)

    def __repr__(self) -> str:
        return self._text(*self.dom)


class Spider(_Structural):
    """Joins `n_in` wires and `n_out` wires of one simple type into one.

    Examples
    --------
    >>> from qnlp import Spider, Ty
    >>> Spider(2, 1, Ty("n")).dom
    Ty("n") @ Ty("n")
    """

    __slots__ = ()

    def __init__(self, n_in: int, n_out: int, ty: Ty) -> None:
        if len(ty) != 1:
            message = f"spider has type {ty}, expected one wire; use Diagram.spiders for more"
            raise DiagramError(message)
        if n_in < 0 or n_out < 0:
            message = f"spider has {n_in} and {n_out} legs, expected 0 or more"
            raise DiagramError(message)
        self._intern("spider", _power(ty, n_in), _power(ty, n_out))

    def __repr__(self) -> str:
        legs = self.dom or self.cod
        return self._text(len(self.dom), len(self.cod), legs[0])


def cups(left: Ty, right: Ty) -> Diagram:
    """Nested cups, for types of any length with ``right == left.r`` or ``left == right.l``.

    Examples
    --------
    >>> from qnlp import Ty
    >>> from qnlp.structure import cups
    >>> n, s = Ty("n"), Ty("s")
    >>> cups(n @ s, (n @ s).r).offsets
    [1, 0]
    """
    if len(left) != len(right):
        message = f"cups need types of one length, got {left} and {right}"
        raise DiagramError(message)
    n = len(left)
    pairs = [(Cup(left[n - 1 - k], right[k]), n - 1 - k) for k in range(n)]
    return Diagram(left @ right, pairs)


def caps(left: Ty, right: Ty) -> Diagram:
    """Nested caps, for types of any length with ``left == right.r`` or ``right == left.l``.

    Examples
    --------
    >>> from qnlp import Ty
    >>> from qnlp.structure import caps
    >>> n, s = Ty("n"), Ty("s")
    >>> caps(n @ s, (n @ s).l).cod == n @ s @ (n @ s).l
    True
    """
    if len(left) != len(right):
        message = f"caps need types of one length, got {left} and {right}"
        raise DiagramError(message)
    n = len(left)
    return Diagram(Ty(), [(Cap(left[k], right[n - 1 - k]), k) for k in range(n)])


def swap(left: Ty, right: Ty) -> Diagram:
    """Exchange two types of any length.

    Examples
    --------
    >>> from qnlp import Ty
    >>> from qnlp.structure import swap
    >>> n, s = Ty("n"), Ty("s")
    >>> swap(n @ n, s).cod
    Ty("s") @ Ty("n") @ Ty("n")
    """
    layers = [
        (Swap(a, b), i + j) for j, b in enumerate(right) for i, a in reversed(list(enumerate(left)))
    ]
    return Diagram(left @ right, layers)


def permutation(ty: Ty, order: Sequence[int]) -> Diagram:
    """Bring wires into another order: wire ``order[k]`` of `ty` comes to place k.

    Examples
    --------
    >>> from qnlp import Ty
    >>> from qnlp.structure import permutation
    >>> permutation(Ty("a", "b", "c"), [2, 0, 1]).cod
    Ty("c") @ Ty("a") @ Ty("b")
    """
    if sorted(order) != list(range(len(ty))):
        message = f"order {list(order)} is not a permutation of {len(ty)} wires"
        raise DiagramError(message)
    now = list(range(len(ty)))
    layers: list[tuple[Box, int]] = []
    for place, wire in enumerate(order):
        for k in range(now.index(wire), place, -1):
            layers.append((Swap(ty[now[k - 1]], ty[now[k]]), k - 1))
            now[k - 1], now[k] = now[k], now[k - 1]
    return Diagram(ty, layers)


def spiders(n_in: int, n_out: int, ty: Ty) -> Diagram:
    """Spiders on a type of any length: one spider a wire, its legs brought together.

    Examples
    --------
    >>> from qnlp import Ty
    >>> from qnlp.structure import spiders
    >>> spiders(2, 1, Ty("n", "s")).cod
    Ty("n") @ Ty("s")
    """
    width = len(ty)
    sort = [leg * width + k for k in range(width) for leg in range(n_in)]
    legs = permutation(_power(ty, n_in), sort)
    side_by_side = Diagram.id().tensor(*(Spider(n_in, n_out, t) for t in ty))
    unsort = [k * n_out + leg for leg in range(n_out) for k in range(width)]
    return legs.then(side_by_side, permutation(side_by_side.cod, unsort))


DISCARD = "discard"
"""Name of the boxes that throw a wire away: a functor asks its target for their image."""


def discard(ty: Ty) -> Diagram:
    """Throw a type of any length away.

    Where values can be copied this is the spider with one leg; of quantum channels it is the trace,
    which is no spider.

    Examples
    --------
    >>> from qnlp import Ty
    >>> from qnlp.structure import discard
    >>> discard(Ty("n", "s")).dom
    Ty("n") @ Ty("s")
    """
    return Diagram.id().tensor(*(Box(DISCARD, wire, Ty()) for wire in ty))


def Id(ty: Ty | None = None) -> Diagram:
    """The identity diagram on a type.

    Examples
    --------
    >>> from qnlp import Id, Ty
    >>> Id(Ty("n")) == Id(Ty("n")).dagger()
    True
    """
    return Diagram.id(ty)


def pregroup_diagram(words: Sequence[Word], links: Iterable[tuple[int, int]]) -> Diagram:
    """Words side by side, then a cup for every pair of wires.

    Parameters
    ----------
    words : sequence of Word
    links : iterable of (int, int)
        Wires to join, ``i < j``, counted over all the words' types. Pairs must not cross.

    Returns
    -------
    Diagram
        Its codomain is the type of the wires that no link has.

    Raises
    ------
    DiagramError
        If two links cross, share a wire or go round an open one, or a pair is no pair of adjoints.

    Examples
    --------
    >>> from qnlp import Ty, Word, pregroup_diagram
    >>> n, s = Ty("n"), Ty("s")
    >>> words = [Word("Alice", n), Word("loves", n.r @ s @ n.l), Word("Bob", n)]
    >>> pregroup_diagram(words, [(0, 1), (3, 4)]).cod
    Ty("s")
    """
    flat = [wire for pair in links for wire in pair]
    if any(wire < 0 for wire in flat):
        message = f"links name wire {min(flat)}, expected 0 or more"
        raise DiagramError(message)
    ids = [word.generator for word in words]
    return Diagram._wrap(core.Diagram.pregroup(SIGNATURE, ids, flat))


def linked_diagram(
    words: Sequence[Word], links: Sequence[tuple[int, int]], order: Sequence[int] = ()
) -> Diagram:
    """Words side by side, then a cup for every pair of wires, with swaps where they cross.

    Parameters
    ----------
    words : sequence of Word
    links : sequence of (int, int)
        Wires to join, ``i < j``, counted over all the words' types.
    order : sequence of int
        The wires that no link has, as the codomain has them; by default from left to right.

    Returns
    -------
    Diagram
        That of `pregroup_diagram` where nothing crosses.

    Raises
    ------
    DiagramError
        If links share a wire, a pair is no pair of adjoints, or `order` has other wires.

    Examples
    --------
    >>> from qnlp import Ty, Word
    >>> from qnlp.structure import linked_diagram
    >>> a, b = Ty("a"), Ty("b")
    >>> words = [Word("u", a @ b), Word("v", a.r), Word("w", b.r)]
    >>> [box.name for box in linked_diagram(words, [(0, 2), (1, 3)]).boxes]
    ['u', 'v', 'w', 'Swap', 'Cup', 'Cup']
    """
    wires = [wire for word in words for wire in word.cod]
    linked = {wire for pair in links for wire in pair}
    order = order or [k for k in range(len(wires)) if k not in linked]
    if list(order) == sorted(order) and _is_planar(len(wires), links):
        return pregroup_diagram(words, links)
    if len(linked) != 2 * len(links) or sorted([*linked, *order]) != list(range(len(wires))):
        message = f"links and order name the wires {sorted([*linked, *order])}, expected each once"
        raise DiagramError(message)
    now = list(range(len(wires)))
    layers: list[tuple[Box, int]] = []

    def bring(wire: int, place: int) -> None:
        at = now.index(wire)
        while at != place:
            left = at if at < place else at - 1
            layers.append((Swap(wires[now[left]], wires[now[left + 1]]), left))
            now[left], now[left + 1] = now[left + 1], now[left]
            at += 1 if at < place else -1

    for i, j in sorted(links, key=lambda pair: (pair[1] - pair[0], pair)):
        bring(i, now.index(j) - 1 if now.index(i) < now.index(j) else now.index(j))
        place = now.index(i)
        layers.append((Cup(wires[i], wires[j]), place))
        del now[place : place + 2]
    for place, wire in enumerate(order):
        bring(wire, place)
    side_by_side = Diagram.id().tensor(*words)
    return side_by_side >> Diagram(side_by_side.cod, layers)


def _is_planar(n_wires: int, links: Iterable[tuple[int, int]]) -> bool:
    """Whether no two links cross, and none goes round an open wire."""
    partner = [-1] * n_wires
    for i, j in links:
        if not 0 <= i < j < n_wires:
            message = f"link ({i}, {j}) must have 0 <= i < j < {n_wires}"
            raise DiagramError(message)
        partner[i], partner[j] = j, i
    stack: list[int] = []
    for wire, other in enumerate(partner):
        if other < 0 or other > wire:
            stack.append(wire)
        elif not stack or stack.pop() != other:
            return False
    return True


CLASSES: dict[str, type[Box]] = {"cup": Cup, "cap": Cap, "swap": Swap, "spider": Spider}
"""The class of each kind of structural box."""


def _power(ty: Ty, n: int) -> Ty:
    return Ty.from_objects(ty.objects * n)
