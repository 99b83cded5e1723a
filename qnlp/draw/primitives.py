"""What a picture is made of, read back from its SVG: lines, areas, discs and labels."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree import ElementTree

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qnlp.draw.picture import Picture

__all__ = ["Area", "Disc", "Label", "Line", "Point", "Shape", "primitives"]

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Line:
    """An open curve: where it begins, then the points of each piece, one if straight and three if cubic."""

    begin: Point
    pieces: tuple[tuple[Point, ...], ...]
    stroke: str


@dataclass(frozen=True, slots=True)
class Area:
    """A filled outline."""

    points: tuple[Point, ...]
    fill: str
    stroke: str


@dataclass(frozen=True, slots=True)
class Disc:
    """A filled circle."""

    centre: Point
    radius: float
    fill: str
    stroke: str


@dataclass(frozen=True, slots=True)
class Label:
    """A line of text on its baseline; its anchor is ``start``, ``middle`` or ``end``."""

    at: Point
    text: str
    size: float
    fill: str
    anchor: str


Shape = Line | Area | Disc | Label

_TOKEN = re.compile(r"[MLHVCQ]|-?[0-9.]+")


def primitives(picture: Picture) -> Iterator[Shape]:
    """The shapes of a picture from back to front.

    Examples
    --------
    >>> from qnlp import Ty, Word
    >>> from qnlp.draw import picture
    >>> from qnlp.draw.primitives import primitives
    >>> [type(shape).__name__ for shape in primitives(picture(Word("Alice", Ty("n"))))]
    ['Line', 'Area', 'Label', 'Label']
    """
    # Only what this package has just written is parsed.
    yield from _shapes(ElementTree.fromstring(picture.svg()), (0.0, 0.0))  # noqa: S314


def _shapes(node: ElementTree.Element, moved: Point) -> Iterator[Shape]:
    tag = node.tag.rpartition("}")[2]
    get = node.get
    if tag in ("svg", "g"):
        by = [float(k) for k in re.findall(r"-?[0-9.]+", get("transform", "0 0"))]
        inner = (moved[0] + by[0], moved[1] + by[1])
        for child in node:
            yield from _shapes(child, inner)
        return
    fill, stroke = get("fill", ""), get("stroke", "")

    def number(name: str) -> float:
        return float(get(name, "0"))

    def at(x: float, y: float) -> Point:
        return x + moved[0], y + moved[1]

    if tag == "path":
        yield from _lines(get("d", ""), moved, stroke)
    elif tag == "polygon":
        corners = [pair.split(",") for pair in get("points", "").split()]
        yield Area(tuple(at(float(x), float(y)) for x, y in corners), fill, stroke)
    elif tag == "circle":
        yield Disc(at(number("cx"), number("cy")), number("r"), fill, stroke)
    elif tag == "text":
        place = at(number("x"), number("y"))
        yield Label(place, node.text or "", number("font-size"), fill, get("text-anchor", "start"))


def _lines(data: str, moved: Point, stroke: str) -> Iterator[Line]:
    tokens = _TOKEN.findall(data)
    x = y = 0.0
    begin: Point = (0.0, 0.0)
    pieces: list[tuple[Point, ...]] = []
    place = 0

    def take(n: int) -> list[float]:
        nonlocal place
        found = [float(token) for token in tokens[place : place + n]]
        place += n
        return found

    def out(*points: Point) -> tuple[Point, ...]:
        return tuple((a + moved[0], b + moved[1]) for a, b in points)

    while place < len(tokens):
        command = tokens[place]
        place += 1
        if command == "M":
            if pieces:
                yield Line(begin, tuple(pieces), stroke)
            x, y = take(2)
            (begin,) = out((x, y))
            pieces = []
        elif command in "HVL":
            if command == "L":
                x, y = take(2)
            else:
                (to,) = take(1)
                x, y = (to, y) if command == "H" else (x, to)
            pieces.append(out((x, y)))
        elif command == "C":
            a, b, c, d, e, f = take(6)
            pieces.append(out((a, b), (c, d), (e, f)))
            x, y = e, f
        else:  # a curve of degree two is one of degree three
            a, b, e, f = take(4)
            first = (x + 2 * (a - x) / 3, y + 2 * (b - y) / 3)
            second = (e + 2 * (a - e) / 3, f + 2 * (b - f) / 3)
            pieces.append(out(first, second, (e, f)))
            x, y = e, f
    if pieces:
        yield Line(begin, tuple(pieces), stroke)
