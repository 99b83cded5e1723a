"""Diagrams of DisCoPy's pregroup grammar, both ways.

A half turn is the same there and here: f from a to b gives f.r from b.r to a.r. DisCoPy:
de Felice, Toumi and Coecke, arXiv:2005.02975.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qnlp._lazy import require
from qnlp.diagram import Box, Diagram, Ty, Word
from qnlp.errors import DiagramError
from qnlp.structure import Cap, Cup, Spider, Swap

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["from_discopy", "to_discopy"]


def from_discopy(diagram: Any) -> Diagram:
    """Take a diagram over from DisCoPy.

    Parameters
    ----------
    diagram : discopy.grammar.pregroup.Diagram
        Or one of `discopy.rigid`, `discopy.frobenius` or another category whose types have names.

    Returns
    -------
    Diagram
        The same boxes in the same order, daggers and half turns kept.

    Raises
    ------
    MissingDependencyError
        If DisCoPy is not installed.
    TypeError
        If `diagram` is no diagram of DisCoPy.
    DiagramError
        If it holds what diagrams here do not: sums, bubbles, boxes with data, spiders with a phase,
        atoms that are not named by a str without blanks, dots or @.

    Notes
    -----
    A cup or cap written against its orientation, ``Cup(x, x.l)``, is the dagger of ``Cap(x, x.l)``.

    Examples
    --------
    >>> import pytest
    >>> pregroup = pytest.importorskip("discopy.grammar.pregroup")
    >>> from qnlp.convert import from_discopy
    >>> n, s = pregroup.Ty("n"), pregroup.Ty("s")
    >>> words = pregroup.Word("Alice", n) @ pregroup.Word("runs", n.r @ s)
    >>> str(from_discopy(words >> pregroup.Cup(n, n.r) @ s).cod)
    's'
    """
    monoidal = require("discopy.monoidal", "discopy")
    if not isinstance(diagram, monoidal.Diagram):
        message = f"diagram has type {type(diagram).__name__}, expected a diagram of DisCoPy"
        raise TypeError(message)
    if isinstance(diagram, monoidal.Sum | monoidal.Bubble):
        raise _refusal(diagram)
    return Diagram(_type_in(diagram.dom), _layers_in(diagram))


def _layers_in(diagram: Any) -> Iterator[tuple[Box, int]]:
    """A layer of DisCoPy may hold several boxes side by side."""
    for layer in diagram.inside:
        offset = 0
        for place, part in enumerate(layer):
            if place % 2 == 0:
                offset += len(part)
                continue
            box = _box_in(part)
            yield box, offset
            offset += len(box.cod)


def _box_in(box: Any) -> Box:
    frobenius = require("discopy.frobenius", "discopy")
    rigid = require("discopy.rigid", "discopy")
    symmetric = require("discopy.symmetric", "discopy")
    pregroup = require("discopy.grammar.pregroup", "discopy")
    monoidal = require("discopy.monoidal", "discopy")
    dom, cod = _type_in(box.dom), _type_in(box.cod)
    if isinstance(box, monoidal.Sum | monoidal.Bubble):
        raise _refusal(box)
    if isinstance(box, rigid.Cup | frobenius.Cup):
        return _bend(dom, is_cup=True)
    if isinstance(box, rigid.Cap | frobenius.Cap):
        return _bend(cod, is_cup=False)
    if isinstance(box, symmetric.Swap):
        return Swap(dom[0], dom[1])
    if isinstance(box, frobenius.Spider):
        if box.phase:
            raise _refusal(box)
        return Spider(len(dom), len(cod), _type_in(box.typ))
    if getattr(box, "data", None) is not None:
        raise _refusal(box)
    return _turned(box, dom, cod, is_word=isinstance(box, pregroup.Word))


def _turned(box: Any, dom: Ty, cod: Ty, *, is_word: bool) -> Box:
    """A named box, from the type that it has after its half turns and its dagger."""
    z = getattr(box, "z", 0) or 0
    if box.is_dagger:
        dom, cod = cod, dom
    for _ in range(abs(z)):
        dom, cod = (cod.l, dom.l) if z > 0 else (cod.r, dom.r)
    made: Box = Word(box.name, cod) if is_word and not len(dom) else Box(box.name, dom, cod)
    for _ in range(abs(z)):
        made = made.r if z > 0 else made.l
    return made.dagger() if box.is_dagger else made


def _bend(ty: Ty, *, is_cup: bool) -> Box:
    left, right = ty[0], ty[1]
    if is_cup:
        return Cup(left, right) if right == left.r else Cap(left, right).dagger()
    return Cap(left, right) if right == left.l else Cup(left, right).dagger()


def _type_in(ty: Any) -> Ty:
    objects = []
    for ob in ty.inside:
        name = getattr(ob, "name", None)
        if not isinstance(name, str):
            message = f"atom {ob!r} of DisCoPy has no name"
            raise DiagramError(message)
        Ty(name)  # refuses a name that is none here
        objects.append((name, getattr(ob, "z", 0) or 0))
    return Ty.from_objects(objects)


def _refusal(box: Any) -> DiagramError:
    return DiagramError(
        f"{type(box).__name__} {str(box)[:40]!r} of DisCoPy is no box of a diagram here"
    )


def to_discopy(diagram: Diagram) -> Any:
    """Give a diagram to DisCoPy.

    Parameters
    ----------
    diagram : Diagram

    Returns
    -------
    discopy.grammar.pregroup.Diagram
        The same boxes in the same order, daggers and half turns kept.

    Raises
    ------
    MissingDependencyError
        If DisCoPy is not installed.

    Notes
    -----
    Takes time quadratic in the number of wires at once, as DisCoPy writes every layer's wires out.

    Examples
    --------
    >>> import pytest
    >>> _ = pytest.importorskip("discopy")
    >>> from qnlp import Cup, Ty, Word
    >>> from qnlp.convert import to_discopy
    >>> n, s = Ty("n"), Ty("s")
    >>> print(to_discopy(Word("Alice", n) @ Word("runs", n.r @ s) >> Cup(n, n.r) @ s))
    Alice >> n @ runs >> Cup(n, n.r) @ s
    """
    pregroup = require("discopy.grammar.pregroup", "discopy")
    wires = diagram.dom
    layers = []
    layer_class = pregroup.Diagram.layer_factory
    for box, offset in diagram.layers:
        after = offset + len(box.dom)
        made = _box_out(box, pregroup)
        left, right = _type_out(wires[:offset], pregroup), _type_out(wires[after:], pregroup)
        layers.append(layer_class(left, made, right))
        wires = wires[:offset] @ box.cod @ wires[after:]
    dom, cod = (_type_out(ty, pregroup) for ty in (diagram.dom, diagram.cod))
    return pregroup.Diagram(tuple(layers), dom, cod)


def _box_out(box: Box, pregroup: Any) -> Any:
    dom, cod = (_type_out(ty, pregroup) for ty in (box.dom, box.cod))
    if isinstance(box, Cup | Cap):
        return pregroup.Cup(dom[:1], dom[1:]) if len(dom) else pregroup.Cap(cod[:1], cod[1:])
    if isinstance(box, Swap):
        return pregroup.Swap(dom[:1], dom[1:])
    if isinstance(box, Spider):
        return pregroup.Spider(len(dom), len(cod), (dom or cod)[:1])
    base = box.base
    if base.kind == "word":
        made = pregroup.Word(base.name, _type_out(base.cod, pregroup))
    else:
        made = pregroup.Box(base.name, _type_out(base.dom, pregroup), _type_out(base.cod, pregroup))
    for _ in range(abs(box.rotation)):
        made = made.r if box.rotation > 0 else made.l
    return made.dagger() if box.is_dagger else made


def _type_out(ty: Ty, pregroup: Any) -> Any:
    rigid = require("discopy.rigid", "discopy")
    return pregroup.Ty(*[rigid.Ob(name, z=z) for name, z in ty.objects])
