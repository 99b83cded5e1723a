"""String diagrams as SVG, from top to bottom."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

from qnlp.bubble import Bubble
from qnlp.draw.labels import box_label, ems, shorten, turns, type_label
from qnlp.draw.layout import Layout, Measure, layout
from qnlp.draw.picture import Picture
from qnlp.draw.rows import Node, Rows, rows_of
from qnlp.draw.shapes import box_outline, house_outline
from qnlp.draw.svg import LINE, dot, frame, named, number, path, polygon, text
from qnlp.zx import read_spider

if TYPE_CHECKING:
    from qnlp.diagram import Box, Diagram, Ty

__all__ = ["diagram_picture", "diagram_svg"]

_NAME_SIZE, _TYPE_SIZE = 13, 11
_TRACK, _GAP, _MARGIN = 28.0, 14.0, 12.0
_HEIGHT = {"box": 28.0, "word": 36.0, "swap": 26.0, "spider": 30.0}
_FILL = {"word": ("#fbeecb", "#a9780f"), "box": ("#d9e8f6", "#3b77a8")}
_SPIDER_FILL = {"Z": ("#d8f0d8", "#2f7d32"), "X": ("#f8dcdc", "#b3261e")}
_HEADING = 16.0  # above what is in a bubble


def diagram_svg(diagram: Diagram, *, scale: float = 1.0, max_boxes: int = 1_000) -> str:
    """Draw a string diagram as SVG.

    Parameters
    ----------
    diagram : Diagram
    scale : float, default 1.0
        Size of a drawn pixel.
    max_boxes : int, default 1000
        Boxes beyond these are left out, and a note says how many.

    Returns
    -------
    str
        An XML document without a declaration: it may stand in a file or inside HTML. Equal diagrams
        give equal strings.

    Notes
    -----
    Words are houses, their adjoints houses upside down. Where any box is daggered or turned, one
    corner of every box is cut: the upper right one of a plain box, the lower right one of a dagger,
    the lower left one of a box turned half round, the upper left one of a turned dagger.

    Examples
    --------
    >>> from qnlp import Cup, Ty, Word
    >>> from qnlp.draw import diagram_svg
    >>> n, s = Ty("n"), Ty("s")
    >>> svg = diagram_svg(Word("Alice", n) @ Word("runs", n.r @ s) >> Cup(n, n.r) @ s)
    >>> svg.startswith("<svg"), "Alice" in svg
    (True, True)
    """
    return diagram_picture(diagram, max_boxes=max_boxes).svg(scale)


def diagram_picture(diagram: Diagram, *, max_boxes: int = 1_000) -> Picture:
    """Draw a string diagram; parameters as of `diagram_svg`."""
    layers = diagram.layers
    return _Drawing(diagram, layers[: max(0, max_boxes)], len(layers)).render()


class _Drawing:
    def __init__(self, diagram: Diagram, layers: list[tuple[Box, int]], n_boxes: int) -> None:
        self.rows: Rows = rows_of(diagram, layers)
        self.inside = {
            box.generator: diagram_picture(box.base.inside)
            for box, _ in layers
            if isinstance(box.base, Bubble)
        }
        self.n_left_out = n_boxes - len(layers)
        self.marked = any(box.is_dagger or box.rotation for box, _ in layers)
        self.labels = _wire_labels(self.rows, diagram.dom)
        measure = Measure(_TRACK, _GAP, _pad, self._least_width, self._beside)
        self.layout: Layout = layout(self.rows, measure)
        self.tops, self.bottoms = self._bands()
        self.wires: list[str] = []
        self.shapes: list[str] = []

    def _beside(self, row: int, track: int) -> float:
        label = self.labels.get((row, track))
        return _TRACK if label is None else max(_TRACK, ems(label) * _TYPE_SIZE + 12)

    def _bands(self) -> tuple[list[float], list[float]]:
        """Upper and lower end of every row; below it there is room for labels, if it has any."""
        heights = [0.0] * self.rows.n_rows
        for node, (left, right) in zip(self.rows.nodes, self.layout.sides, strict=True):
            heights[node.row] = max(heights[node.row], self._height(node, right - left))
        labelled = {row for row, _ in self.labels}
        below = [22.0 if row in labelled else 5.0 for row in range(-1, self.rows.n_rows)]
        steps = [h + b for h, b in zip(heights, below[1:], strict=True)]
        tops = list(accumulate(steps, initial=below[0]))
        return tops, [top + height for top, height in zip(tops, heights, strict=False)]

    def render(self) -> Picture:
        start = dict.fromkeys(self.rows.dom, 0.0)
        for node, sides in zip(self.rows.nodes, self.layout.sides, strict=True):
            upper, lower = self._draw(node, sides)
            for track in node.above:
                self._line(track, start[track], upper)
            start.update(dict.fromkeys(node.below, lower))
        end = self.tops[-1]
        for track in self.rows.cod:
            self._line(track, start[track], end)
        notes = []
        if self.n_left_out:
            note = f"... ({self.n_left_out} more boxes)"
            notes = [text(0, end + 16, note, fill=LINE, anchor="start")]
            end += 22
        labels = [self._label(row, track) for row, track in self.labels]
        parts = [path(self.wires), *self.shapes, *labels, *notes]
        return self._frame(end, parts)

    def _frame(self, height: float, parts: list[str]) -> Picture:
        places = range(self.rows.n_places)
        beside = max(
            (self.layout.x[track] + self._beside(row, track) for row, track in self.labels),
            default=0.0,
        )
        width = max(self.layout.width, beside, 180.0 if self.n_left_out else 20.0 if places else 0)
        shift = f'<g transform="translate({number(_MARGIN)} {number(_MARGIN)})">'
        whole = (width + 2 * _MARGIN, height + 2 * _MARGIN)
        return Picture(*whole, self._title(), (shift, *parts, "</g>"))

    def _title(self) -> str:
        nodes = [node for node in self.rows.nodes[:50] if node.box.kind in _FILL]
        words = " ".join(shorten(node.box.name, 40) for node in nodes)
        return f"String diagram: {words}" if words else "String diagram"

    def _line(self, track: int, begin: float, end: float) -> None:
        if end > begin:
            x = number(self.layout.x[track])
            self.wires.append(f"M{x} {number(begin)}V{number(end)}")

    def _label(self, row: int, track: int) -> str:
        y = (self.bottoms[row] if row >= 0 else 0.0) + 14
        name = self.labels[row, track]
        x = self.layout.x[track] + 5
        return text(x, y, name, size=_TYPE_SIZE, fill=LINE, anchor="start")

    def _draw(self, node: Node, sides: tuple[float, float]) -> tuple[float, float]:
        """Draw a box; tell where the wires above it end and those below it begin."""
        top, bottom = self.tops[node.row], self.bottoms[node.row]
        kind = node.box.kind
        if node.box.generator in self.inside:
            return self._bubble(node, sides, top, bottom)
        if kind in _FILL:
            return self._named_box(node, sides, top, bottom)
        if kind == "cup":
            self.wires.append(_bow(sides, top, self._height(node, sides[1] - sides[0])))
            return top, top
        if kind == "cap":
            self.wires.append(_bow(sides, bottom, -self._height(node, sides[1] - sides[0])))
            return bottom, bottom
        if kind == "swap":
            self._swap(sides, top, bottom)
        else:
            self._spider(node, sides, top, bottom)
        return top, bottom

    def _named_box(
        self, node: Node, sides: tuple[float, float], top: float, bottom: float
    ) -> tuple[float, float]:
        box, height = node.box, self._height(node, 0)
        is_state = box.kind == "word" and not node.above
        is_effect = box.kind == "word" and not node.below and not is_state
        upper = (top + bottom - height) / 2
        if is_state or is_effect:
            upper = bottom - height if is_state else top
            outline = house_outline(sides, upper, height, box if self.marked else None, is_state)
        else:
            outline = box_outline(sides, upper, height, box if self.marked else None)
        middle = upper + height / 2 + (4 if is_state else -4 if is_effect else 0)
        name = text(sum(sides) / 2, middle + 4.5, box_label(box), size=_NAME_SIZE)
        spider = read_spider(box.base)
        fill = _FILL[box.kind] if spider is None else _SPIDER_FILL.get(spider[0], _FILL["box"])
        shapes = [polygon(outline, *fill), name]
        self.shapes.append(named(f"{box.name}{turns(box)} : {box.dom} -> {box.cod}", shapes))
        return upper, upper + height

    def _bubble(
        self, node: Node, sides: tuple[float, float], top: float, bottom: float
    ) -> tuple[float, float]:
        """A frame round the diagram inside, the operator in its corner."""
        box, inside = node.box, self.inside[node.box.generator]
        height = inside.height + _HEADING
        upper = (top + bottom - height) / 2
        label = box_label(box)
        shapes = [
            frame(sides[0], upper, sides[1] - sides[0], height),
            text(sides[0] + 8, upper + 15, label, size=_TYPE_SIZE, fill=LINE, anchor="start"),
            inside.at((sum(sides) - inside.width) / 2, upper + _HEADING),
        ]
        self.shapes.append(named(f"{box.name}{turns(box)} : {box.dom} -> {box.cod}", shapes))
        return upper, upper + height

    def _least_width(self, node: Node) -> float:
        inside = self.inside.get(node.box.generator)
        if inside is None:
            return _least_width(node)
        return max(inside.width, ems(box_label(node.box)) * _TYPE_SIZE + 20)

    def _height(self, node: Node, width: float) -> float:
        inside = self.inside.get(node.box.generator)
        return _height(node, width) if inside is None else inside.height + _HEADING

    def _swap(self, sides: tuple[float, float], top: float, bottom: float) -> None:
        left, right, middle = number(sides[0]), number(sides[1]), number((top + bottom) / 2)
        for a, b in ((left, right), (right, left)):
            end = f"C{a} {middle} {b} {middle} {b} {number(bottom)}"
            self.wires.append(f"M{a} {number(top)}{end}")

    def _spider(self, node: Node, sides: tuple[float, float], top: float, bottom: float) -> None:
        x, y = sum(sides) / 2, (top + bottom) / 2
        for tracks, end in ((node.above, top), (node.below, bottom)):
            for leg in (self.layout.x[track] for track in tracks):
                bend = f"Q{number(leg)} {number(y)} {number(x)} {number(y)}"
                self.wires.append(f"M{number(leg)} {number(end)}{bend}")
        self.shapes.append(dot(x, y, 5))


def _wire_labels(rows: Rows, dom: Ty) -> dict[tuple[int, int], str]:
    """Names of types by row (-1: the top) and track."""
    labels = {(-1, track): type_label(ty) for track, ty in zip(rows.dom, dom, strict=True)}
    for node in rows.nodes:
        if node.box.kind in ("box", "word", "cap") or not node.above:
            for track, ty in zip(node.below, node.box.cod, strict=True):
                labels[node.row, track] = type_label(ty)
    return labels


def _pad(node: Node) -> float:
    return {"box": 14.0, "word": 14.0, "spider": 5.0}.get(node.box.kind, 0.0)


def _least_width(node: Node) -> float:
    if node.box.kind not in _FILL:
        return 10.0 if node.box.kind == "spider" else 0.0
    return ems(box_label(node.box)) * _NAME_SIZE + (22 if node.box.kind == "box" else 16)


def _height(node: Node, width: float) -> float:
    """Wide cups hang lower, so that they stay round."""
    return _HEIGHT.get(node.box.kind) or min(60.0, 14.0 + width / 10)


def _bow(sides: tuple[float, float], y: float, depth: float) -> str:
    """Half round from one side to the other; hangs `depth` below `y`, or stands above it."""
    left, right = map(number, sides)
    lowest = number(y + depth * 4 / 3)  # a cubic curve reaches 3/4 of its handles' depth
    return f"M{left} {number(y)}C{left} {lowest} {right} {lowest} {right} {number(y)}"
