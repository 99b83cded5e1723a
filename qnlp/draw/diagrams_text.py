"""String diagrams as text: a picture of words and what joins them, or else a list of boxes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qnlp.draw.labels import box_label, columns, pad, type_label
from qnlp.draw.rows import Node, Rows, rows_of
from qnlp.draw.sideways import sideways

if TYPE_CHECKING:
    from qnlp.diagram import Box, Diagram, Ty

__all__ = ["diagram_text"]

_CORNERS = (("╰", "╯"), ("╭", "╮"))
_CROSSING = ("\u2572\u2571", "\u2571\u2572")  # both diagonals, over two lines


def diagram_text(diagram: Diagram, *, width: int = 100, max_boxes: int = 40) -> str:
    """Draw a string diagram for a terminal.

    Parameters
    ----------
    diagram : Diagram
    width : int, default 100
        Columns at most; no fewer than 20 are used.
    max_boxes : int, default 40
        A picture has at most this many boxes. A list shows the first ones and says how many follow.

    Returns
    -------
    str
        A picture where the diagram is a row of words joined by cups, swaps, and spiders or boxes with
        at most one wire below; the words of a long sentence stand one below the other. Where there is
        no room, or the diagram is of another kind, its boxes from top to bottom.

    Examples
    --------
    >>> from qnlp import Box, Ty, Word, pregroup_diagram
    >>> from qnlp.draw import diagram_text
    >>> n, s = Ty("n"), Ty("s")
    >>> words = [Word("Alice", n), Word("loves", n.r @ s @ n.l), Word("Bob", n)]
    >>> print(diagram_text(pregroup_diagram(words, [(0, 1), (3, 4)])))
    Alice     loves     Bob
    ─────  ───────────  ───
      n    n.r  s  n.l   n
      ╰─────╯   │   ╰────╯
    >>> print(diagram_text(Box("f", n @ s, s) >> Box("f", n @ s, s).dagger()))
    n @ s -> n @ s
      f: n @ s -> s, wire 0
      f†: s -> n @ s, wire 0
    """
    layers = diagram.layers
    limit = max(20, width)
    if layers and len(layers) <= max_boxes:
        picture = _picture(rows_of(diagram), limit)
        if picture is not None:
            return picture
    return _list(diagram, layers, limit, max(1, max_boxes))


def _list(diagram: Diagram, layers: list[tuple[Box, int]], width: int, max_boxes: int) -> str:
    lines = [f"{_type(diagram.dom)} -> {_type(diagram.cod)}"]
    for box, offset in layers[:max_boxes]:
        sides = f"{_type(box.dom)} -> {_type(box.cod)}"
        lines.append(f"  {box_label(box)}: {sides}, wire {offset}")
    if len(layers) > max_boxes:
        lines.append(f"  ... ({len(layers) - max_boxes} more boxes)")
    return "\n".join(_cut(line, width) for line in lines)


def _cut(line: str, width: int) -> str:
    if columns(line) <= width:
        return line
    while columns(line) >= width:
        line = line[:-1]
    return line + "…"


def _type(ty: Ty) -> str:
    shown = [type_label(atom) for atom in ty[:12]]
    more = ["..."] if len(ty) > len(shown) else []
    return " @ ".join(shown + more) or "Ty()"


def _picture(rows: Rows, width: int) -> str | None:
    """The picture, or None where the diagram is of another kind or too wide."""
    words, *joins = rows.by_row()
    if rows.dom or any(node.box.kind != "word" or node.above for node in words):
        return None
    lines, column = _words(words)
    if max(map(columns, lines)) > width:
        return sideways(rows, width)
    live = [track for node in words for track in node.below]
    for row in joins:
        drawn = _Joins(live, column, row)
        if not drawn.fits:
            return None
        lines += drawn.lines
        live = drawn.live
    return "\n".join(line.rstrip() for line in lines)


def _words(words: list[Node]) -> tuple[list[str], dict[int, int]]:
    """Names, bars and types of the words, and the column of every wire."""
    names, bars, types = [], [], []
    column: dict[int, int] = {}
    begin = 0
    for node in words:
        labels = [type_label(ty) for ty in node.box.cod]
        below = "  ".join(labels)
        wide = max(columns(box_label(node.box)), columns(below), 1)
        place = begin + (wide - columns(below)) // 2
        for track, label in zip(node.below, labels, strict=True):
            column[track] = place + columns(label) // 2
            place += columns(label) + 2
        names.append(pad(box_label(node.box), wide))
        bars.append("─" * wide)
        types.append(pad(below, wide))
        begin += wide + 2
    return ["  ".join(names), "  ".join(bars), "  ".join(types)], column


class _Joins:
    """One row of cups, swaps, spiders and boxes, as one line or two."""

    def __init__(self, live: list[int], column: dict[int, int], row: list[Node]) -> None:
        self.column = column
        self.fits = True
        ending = {track for node in row for track in node.above}
        passing = [track for track in live if track not in ending]
        n_lines = 2 if any(node.box.kind == "swap" for node in row) else 1
        wide = max((column[track] for track in live), default=0) + 1
        self.canvas = [[" "] * wide for _ in range(n_lines)]
        for track in live:
            self.canvas[0][column[track]] = "│"
        for track in passing:
            self._upright(track, 1)
        for node in row:
            self._draw(node)
        self.live = sorted([*passing, *(track for node in row for track in node.below)])

    @property
    def lines(self) -> list[str]:
        return ["".join(line) for line in self.canvas]

    def _upright(self, track: int, first: int) -> None:
        for line in self.canvas[first:]:
            line[self.column[track]] = "│"

    def _draw(self, node: Node) -> None:
        if not node.above or (len(node.below) > 1 and node.box.kind != "swap"):
            self.fits = False
            return
        legs = [self.column[track] for track in node.above]
        left, right = legs[0], legs[-1]
        if node.box.kind == "swap":
            self._swap(left, right)
            return
        self._bow(legs)
        middle = (left + right + 1) // 2
        if node.box.kind != "cup":
            label = "●" if node.box.kind == "spider" else f"[{box_label(node.box)}]"
            self._write(label, middle, (left, right))
        for track in node.below:
            self.column[track] = middle
            self._upright(track, 1)

    def _bow(self, legs: list[int]) -> None:
        line = self.canvas[0]
        line[legs[0] : legs[-1] + 1] = "─" * (legs[-1] + 1 - legs[0])
        for leg in legs[1:-1]:
            line[leg] = "┴"
        if len(legs) > 1:
            line[legs[0]], line[legs[-1]] = "╰", "╯"

    def _write(self, label: str, middle: int, legs: tuple[int, int]) -> None:
        """Write a label on the bow, or over it where there is room on both sides."""
        line = self.canvas[0]
        begin = max(0, middle - len(label) // 2)
        end = begin + len(label)
        line += [" "] * (end - len(line))
        outside = line[max(0, begin - 1) : legs[0]] + line[legs[1] + 1 : end + 1]
        if columns(label) == len(label) and all(cell == " " for cell in outside):
            line[begin:end] = label
        else:
            self.fits = False

    def _swap(self, left: int, right: int) -> None:
        middle = (left + right) // 2
        for line, (begin, end), cross in zip(self.canvas, _CORNERS, _CROSSING, strict=True):
            line[left : right + 1] = "─" * (right + 1 - left)
            line[left], line[right] = begin, end
            line[middle : middle + 2] = cross
