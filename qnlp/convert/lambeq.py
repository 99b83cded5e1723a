"""Diagrams of lambeq's grammar, both ways, and its JSON, which is read without lambeq.

In lambeq a half turn keeps a box upright: f from a to b gives f.r from a.r to b.r, which is the
half turn of the dagger here. A dagger is counted accordingly.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from qnlp._lazy import require
from qnlp.diagram import Box, Diagram, Ty, Word
from qnlp.errors import DiagramError
from qnlp.grammar.deepjson import load_json
from qnlp.structure import Cap, Cup, Spider, Swap

__all__ = ["from_lambeq", "from_lambeq_json", "to_lambeq"]


def from_lambeq(diagram: Any) -> Diagram:
    """Take a diagram over from lambeq.

    Parameters
    ----------
    diagram : lambeq.Diagram
        Of lambeq's category of grammar.

    Returns
    -------
    Diagram
        The same boxes in the same order, daggers and half turns kept.

    Raises
    ------
    MissingDependencyError
        If lambeq is not installed.
    TypeError
        If `diagram` is no diagram of lambeq.
    DiagramError
        If it is one of circuits or tensors, or holds frames.

    Examples
    --------
    >>> import pytest
    >>> theirs = pytest.importorskip("lambeq.backend.grammar")
    >>> from qnlp.convert import from_lambeq
    >>> n, s = theirs.Ty("n"), theirs.Ty("s")
    >>> words = theirs.Word("Alice", n) @ theirs.Word("runs", n.r @ s)
    >>> str(from_lambeq(words >> theirs.Cup(n, n.r) @ s).cod)
    's'
    """
    grammar = require("lambeq.backend.grammar", "lambeq")
    if not isinstance(diagram, grammar.Diagram | grammar.Box):
        message = f"diagram has type {type(diagram).__name__}, expected a lambeq.Diagram"
        raise TypeError(message)
    return from_lambeq_json(diagram.to_diagram().to_json())


def from_lambeq_json(data: str | Mapping[str, Any]) -> Diagram:
    """Read a diagram as lambeq's ``Diagram.to_json`` writes it; lambeq need not be installed.

    Parameters
    ----------
    data : str or mapping
        JSON, or what it stands for.

    Returns
    -------
    Diagram

    Raises
    ------
    DiagramError
        If it is no diagram of lambeq's grammar; names the layer.

    Examples
    --------
    >>> from qnlp.convert import from_lambeq_json
    >>> n = {"entity": "Ty", "name": "n", "objects": [], "z": 0}
    >>> empty = {"entity": "Ty", "name": None, "objects": [], "z": 0}
    >>> word = {"entity": "Word", "name": "Alice", "cod": n, "z": 0}
    >>> layer = {"entity": "Layer", "left": empty, "right": empty, "box": word}
    >>> data = {"entity": "Diagram", "category": "grammar", "dom": empty, "cod": n}
    >>> str(from_lambeq_json(data | {"layers": [layer]}).cod)
    'n'
    """
    if isinstance(data, str):
        try:
            data = load_json(data)
        except json.JSONDecodeError as error:
            message = f"diagram of lambeq is not JSON: {error.msg}, line {error.lineno}"
            raise DiagramError(message) from None
    if not isinstance(data, Mapping) or data.get("entity") != "Diagram":
        message = f"diagram of lambeq is {str(data)[:60]!r}, expected an object of entity 'Diagram'"
        raise DiagramError(message)
    if data.get("category", "grammar") != "grammar":
        message = f"diagram of lambeq is of category {data['category']!r}, expected 'grammar'"
        raise DiagramError(message)
    layers: list[tuple[Box, int]] = []
    try:
        dom = _type_in(data["dom"])
        for layer in data["layers"]:
            layers.append((_box_in(layer["box"]), len(_type_in(layer["left"]))))
    except DiagramError as error:
        message = f"diagram of lambeq, layer {len(layers)}: {error}"
        raise DiagramError(message) from None
    except (KeyError, TypeError, AttributeError, ValueError, IndexError) as error:
        message = f"diagram of lambeq, layer {len(layers)}, is not well formed: {error!r}"
        raise DiagramError(message) from None
    return Diagram(dom, layers)


def _type_in(data: Mapping[str, Any]) -> Ty:
    objects = []
    for part in data["objects"] or ([] if data["name"] is None else [data]):
        Ty(part["name"])  # refuses a name that is none here
        objects.append((part["name"], _winding(part["z"])))
    return Ty.from_objects(objects)


def _winding(z: object) -> int:
    if isinstance(z, bool) or not isinstance(z, int) or abs(z) > 1000:
        message = f"winding is {z!r}, expected an int of at most 1000"
        raise DiagramError(message)
    return z


def _box_in(data: Mapping[str, Any]) -> Box:
    entity = data["entity"]
    if entity == "Daggered":
        return _box_in(data["box"]).dagger()
    if entity in ("Cup", "Cap"):
        left, right = _type_in(data["left"]), _type_in(data["right"])
        if bool(data.get("is_reversed")):
            return (Cap if entity == "Cup" else Cup)(left, right).dagger()
        return (Cup if entity == "Cup" else Cap)(left, right)
    if entity == "Swap":
        return Swap(_type_in(data["left"]), _type_in(data["right"]))
    if entity == "Spider":
        return Spider(int(data["n_legs_in"]), int(data["n_legs_out"]), _type_in(data["type"]))
    if entity not in ("Word", "Box"):
        message = f"box of entity {entity!r} is none of a diagram here"
        raise DiagramError(message)
    z = _winding(data["z"])
    dom = _type_in(data["dom"]) if entity == "Box" else Ty()
    return _turned(data["name"], _rotated(dom, -z), _rotated(_type_in(data["cod"]), -z), z, entity)


def _turned(name: str, dom: Ty, cod: Ty, z: int, entity: str) -> Box:
    made: Box = Word(name, cod) if entity == "Word" else Box(name, dom, cod)
    if z % 2:
        made = made.dagger()
    for _ in range(abs(z)):
        made = made.r if z > 0 else made.l
    return made


def _rotated(ty: Ty, by: int) -> Ty:
    for _ in range(abs(by)):
        ty = ty.r if by > 0 else ty.l
    return ty


def to_lambeq(diagram: Diagram) -> Any:
    """Give a diagram to lambeq.

    Parameters
    ----------
    diagram : Diagram

    Returns
    -------
    lambeq.Diagram
        The same boxes in the same order, daggers and half turns kept.

    Raises
    ------
    MissingDependencyError
        If lambeq is not installed.

    Notes
    -----
    Takes time quadratic in the number of wires at once, as lambeq writes every layer's wires out.

    Examples
    --------
    >>> import pytest
    >>> _ = pytest.importorskip("lambeq")
    >>> from qnlp import Cup, Ty, Word
    >>> from qnlp.convert import to_lambeq
    >>> n, s = Ty("n"), Ty("s")
    >>> to_lambeq(Word("Alice", n) @ Word("runs", n.r @ s) >> Cup(n, n.r) @ s).cod
    Ty(s)
    """
    grammar = require("lambeq.backend.grammar", "lambeq")
    wires = diagram.dom
    layers = []
    for box, offset in diagram.layers:
        after = offset + len(box.dom)
        left, right = _type_out(wires[:offset], grammar), _type_out(wires[after:], grammar)
        layers.append(grammar.Layer(left=left, box=_box_out(box, grammar), right=right))
        wires = wires[:offset] @ box.cod @ wires[after:]
    dom, cod = (_type_out(ty, grammar) for ty in (diagram.dom, diagram.cod))
    return grammar.Diagram(dom=dom, cod=cod, layers=layers)


def _type_out(ty: Ty, grammar: Any) -> Any:
    return grammar.Ty().tensor([grammar.Ty(name).rotate(z) for name, z in ty.objects])


def _box_out(box: Box, grammar: Any) -> Any:
    dom, cod = (_type_out(ty, grammar) for ty in (box.dom, box.cod))
    if isinstance(box, Cup | Cap):
        left, right = (box.dom or box.cod)[0], (box.dom or box.cod)[1]
        is_reversed = (right == left.l) if len(dom) else (right == left.r)
        ends = (_type_out(left, grammar), _type_out(right, grammar))
        return (grammar.Cup if len(dom) else grammar.Cap)(*ends, is_reversed=is_reversed)
    if isinstance(box, Swap):
        return grammar.Swap(dom[0], dom[1])
    if isinstance(box, Spider):
        return grammar.Spider((dom if len(dom) else cod)[0], len(dom), len(cod))
    base = box.base
    made = (
        grammar.Word(base.name, _type_out(base.cod, grammar))
        if base.kind == "word"
        else grammar.Box(base.name, _type_out(base.dom, grammar), _type_out(base.cod, grammar))
    )
    made = made.rotate(box.rotation)
    return made.dagger() if box.is_dagger != bool(box.rotation % 2) else made
