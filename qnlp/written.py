"""Diagrams as JSON: formats that later versions read, checked before memory is taken.

Format 2 lists each different box once, then the layers as pairs of a box's number and its offset. A
bubble names the diagram inside it by its number in the list of insides, so nothing is nested.
Format 1 wrote each box again at each layer; it is read for ever.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from qnlp.errors import DiagramError, QnlpError
from qnlp.ty import Ty

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qnlp.diagram import Box, Diagram

__all__ = ["describe", "from_dict", "from_json", "read_box", "to_dict", "to_json"]

FORMAT = 2
MOST_TURNS = 1_000
"""Windings and rotations beyond this are refused: no sentence turns a wire so often."""
MOST_WIRES = 100_000_000
"""Wires that all layers together may make: about what 64 GB hold."""


def to_dict(diagram: Diagram) -> dict[str, Any]:
    """What `Diagram.to_dict` gives."""
    place = {inside: k for k, inside in enumerate(_insides(diagram))}
    insides = [_body(inside, place) for inside in place]
    return {"format": FORMAT, **({"insides": insides} if insides else {}), **_body(diagram, place)}


def _insides(diagram: Diagram) -> list[Diagram]:
    """The diagrams in bubbles, at any depth, each after those in it."""
    done: dict[Diagram, None] = {}
    stack = [(diagram, iter(_direct_insides(diagram)))]
    while stack:
        current, rest = stack[-1]
        inner = next(rest, None)
        if inner is None:
            stack.pop()
            done[current] = None
        elif inner not in done:
            stack.append((inner, iter(_direct_insides(inner))))
    del done[diagram]
    return list(done)


def _direct_insides(diagram: Diagram) -> list[Diagram]:
    from qnlp.bubble import Bubble
    from qnlp.diagram import box_of

    bases = (box_of(generator).base for generator in {g: None for g, _ in diagram._core.layers})
    return [base.inside for base in bases if isinstance(base, Bubble)]


def _body(diagram: Diagram, place: Mapping[Diagram, int]) -> dict[str, Any]:
    number: dict[int, int] = {}
    layers = [
        [number.setdefault(generator, len(number)), offset]
        for generator, offset in diagram._core.layers
    ]
    rows = [_row(generator, place) for generator in number]
    return {"dom": _wires(diagram.dom), "boxes": rows, "layers": layers}


def _wires(ty: Ty) -> list[list[Any]]:
    return [[atom, winding] for atom, winding in ty.objects]


def _row(generator: int, place: Mapping[Diagram, int]) -> list[Any]:
    from qnlp.bubble import Bubble
    from qnlp.diagram import box_of

    box = box_of(generator)
    base = box.base
    if not isinstance(base, Bubble):
        return describe(box)
    ends = [_wires(base.dom), _wires(base.cod)]
    return ["bubble", base.operator, *ends, box.is_dagger, box.rotation, place[base.inside]]


def describe(box: Box) -> list[Any]:
    """A box as a row: kind, name, domain, codomain, whether daggered, half turns."""
    name = "" if box.kind not in ("box", "word") else box.name
    return [box.kind, name, _wires(box.dom), _wires(box.cod), box.is_dagger, box.rotation]


def from_dict(data: Mapping[str, Any]) -> Diagram:
    """What `Diagram.from_dict` gives."""
    try:
        version = data.get("format")
        if version == 1:
            return _from_format_1(data)
        if version != FORMAT:
            message = f"diagram has format {version!r}, this version reads 1 and {FORMAT}"
            raise DiagramError(message)
        insides: list[Diagram] = []
        for inside in data.get("insides", ()):
            insides.append(_read(inside, insides))
        return _read(data, insides)
    except QnlpError:
        raise
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        message = f"diagram is not well formed: {type(error).__name__} {error}"
        raise DiagramError(message) from error


def _from_format_1(data: Mapping[str, Any]) -> Diagram:
    rows = data["layers"]
    return _made(_ty(data["dom"]), [(read_box(row[:-1]), row[-1]) for row in rows])


def _read(data: Mapping[str, Any], insides: list[Diagram]) -> Diagram:
    boxes = [read_box(row, insides) for row in data["boxes"]]
    layers = []
    for k, (number, offset) in enumerate(data["layers"]):
        if not 0 <= _integer(number, f"box of layer {k}") < len(boxes):
            message = f"layer {k} names box {number}, there are {len(boxes)}"
            raise DiagramError(message)
        layers.append((boxes[number], offset))
    return _made(_ty(data["dom"]), layers)


def _made(dom: Ty, layers: list[tuple[Box, Any]]) -> Diagram:
    from qnlp.diagram import Diagram

    legs = {box: len(box._core.cod) for box in {id(box): box for box, _ in layers}.values()}
    n_wires = sum(legs[box] for box, _ in layers)
    if n_wires > MOST_WIRES:
        message = f"diagram makes {n_wires} wires, at most {MOST_WIRES} are read"
        raise DiagramError(message)
    return Diagram(dom, [(box, _integer(offset, "offset")) for box, offset in layers])


def read_box(row: list[Any], insides: list[Diagram] | None = None) -> Box:
    """The box of a row that `describe` wrote, or of a bubble's."""
    from qnlp.bubble import Bubble
    from qnlp.diagram import Box

    kind, name, dom, cod, is_dagger, rotation, *rest = row
    if not isinstance(kind, str) or not isinstance(name, str) or not isinstance(is_dagger, bool):
        message = f"box {row[:2]} must have a kind, a name and a boolean"
        raise DiagramError(message)
    turns = _turns(rotation, f"box {name!r}")
    ends = _ty(dom), _ty(cod)
    if kind != "bubble":
        if rest:
            message = f"box {name!r} has {len(rest)} entries too many"
            raise DiagramError(message)
        return Box.interned((kind, name, ends[0].objects, ends[1].objects, is_dagger, turns))
    (place,) = rest
    known = insides or []
    if not 0 <= _integer(place, "inside") < len(known):
        message = f"bubble {name!r} names inside {place}, {len(known)} came before"
        raise DiagramError(message)
    box: Box = Bubble(known[place], name, *ends)
    box = box.dagger() if is_dagger else box
    for _ in range(abs(turns)):
        box = box.r if turns > 0 else box.l
    return box


def _ty(wires: Any) -> Ty:
    return Ty.from_objects((_text(atom), _turns(z, f"wire {atom!r}")) for atom, z in wires)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        message = f"atom must be a text, got {value!r}"
        raise DiagramError(message)
    return value


def _integer(value: Any, what: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        message = f"{what} must be an integer, got {value!r}"
        raise DiagramError(message)
    return value


def _turns(value: Any, what: str) -> int:
    if abs(_integer(value, f"turns of {what}")) > MOST_TURNS:
        message = f"{what} is turned {value} times, at most {MOST_TURNS} are read"
        raise DiagramError(message)
    return int(value)


def to_json(diagram: Diagram) -> str:
    """What `Diagram.to_json` gives."""
    return json.dumps(to_dict(diagram), ensure_ascii=False, separators=(",", ":"))


def from_json(text: str) -> Diagram:
    """What `Diagram.from_json` gives."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        message = f"diagram is no JSON: {error}"
        raise DiagramError(message) from error
    if not isinstance(data, dict):
        message = f"diagram must be a JSON object, got {type(data).__name__}"
        raise DiagramError(message)
    return from_dict(data)
