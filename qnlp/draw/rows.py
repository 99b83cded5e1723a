"""The rows of a drawing: which boxes stand side by side, and what is left of what.

A wire keeps one vertical track from the box that opens it to the box that closes it; a box with as
many wires below as above hands its tracks on. Every box goes to the highest row that the wires and
boxes above it leave free, so that the words of a sentence share the first row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from qnlp.diagram import Box, Diagram

__all__ = ["Node", "Rows", "rows_of"]


@dataclass(slots=True)
class Node:
    """A box in its place."""

    box: Box
    row: int
    place: int
    """Number of the box among all tracks and boxes, counted from the left."""
    above: list[int]
    """Tracks that end here, or go through."""
    below: list[int]


@dataclass(slots=True)
class Rows:
    """A diagram's boxes by rows. Tracks and boxes are numbered from left to right together."""

    nodes: list[Node]
    n_rows: int
    n_places: int
    dom: list[int]
    cod: list[int]

    def by_row(self) -> list[list[Node]]:
        """The boxes of every row, from left to right."""
        rows: list[list[Node]] = [[] for _ in range(self.n_rows)]
        for node in sorted(self.nodes, key=lambda node: node.place):
            rows[node.row].append(node)
        return rows


class _Order:
    """Elements from left to right; a new one is put beside an old one in constant time."""

    def __init__(self) -> None:
        self.next = [0]
        self.previous = [0]

    def after(self, left: int) -> int:
        made = len(self.next)
        right = self.next[left]
        self.next.append(right)
        self.previous.append(left)
        self.next[left] = self.previous[right] = made
        return made

    def before(self, right: int) -> int:
        return self.after(self.previous[right])

    def places(self) -> list[int]:
        """Number of every element, counted from the left; element 0 is the left end."""
        numbers = [0] * len(self.next)
        element = self.next[0]
        for place in range(len(self.next) - 1):
            numbers[element] = place
            element = self.next[element]
        return numbers


class _Sweep:
    """Places boxes from top to bottom."""

    def __init__(self, n_dom: int) -> None:
        self.order = _Order()
        self.wires: list[int] = []
        for _ in range(n_dom):
            self.wires.append(self.order.after(self.wires[-1] if self.wires else 0))
        # The first row that is free in the gap on the left of each wire, and at the right end.
        self.gaps = [0] * (n_dom + 1)
        self.free = dict.fromkeys(self.wires, 0)

    def place(self, box: Box, offset: int) -> Node:
        end = offset + len(box.dom)
        above = self.wires[offset:end]
        row = self._row(above, offset, end)
        if above:
            place = self.order.before(above[0])
        else:
            place = self.order.after(self.wires[offset - 1] if offset else 0)
        below = above if len(box.cod) == len(above) else self._open(above or [place], len(box.cod))
        self.wires[offset:end] = below
        self.free.update(dict.fromkeys(below, row + 1))
        self._close_gaps(offset, end, row + 1, len(below))
        return Node(box, row, place, above, below)

    def _row(self, above: Sequence[int], offset: int, end: int) -> int:
        if not above:
            return self.gaps[offset]
        between = self.gaps[offset + 1 : end]
        return max(*(self.free[wire] for wire in above), *between, 0)

    def _open(self, beside: Sequence[int], count: int) -> list[int]:
        made = [beside[-1]]
        for _ in range(count):
            made.append(self.order.after(made[-1]))
        return made[1:]

    def _close_gaps(self, offset: int, end: int, row: int, n_below: int) -> None:
        left, right = self.gaps[offset], self.gaps[end]
        if n_below:
            self.gaps[offset : end + 1] = [left, *([row] * (n_below - 1)), right]
        else:  # what comes into this gap later may lie on either side, so it goes below
            self.gaps[offset : end + 1] = [max(left, right, row)]


def rows_of(diagram: Diagram, layers: Iterable[tuple[Box, int]] | None = None) -> Rows:
    """Lay a diagram out in rows.

    Parameters
    ----------
    diagram : Diagram
    layers : iterable of (Box, int), optional
        The first layers of the diagram, where not all are to be drawn.

    Returns
    -------
    Rows

    Notes
    -----
    Linear in boxes and wires, but for copying the list of open wires.

    Examples
    --------
    >>> from qnlp import Cup, Ty, Word
    >>> from qnlp.draw.rows import rows_of
    >>> n, s = Ty("n"), Ty("s")
    >>> rows = rows_of(Word("Alice", n) @ Word("runs", n.r @ s) >> Cup(n, n.r) @ s)
    >>> [[node.box.name for node in row] for row in rows.by_row()]
    [['Alice', 'runs'], ['Cup']]
    """
    sweep = _Sweep(len(diagram.dom))
    dom = list(sweep.wires)
    nodes = [
        sweep.place(box, offset) for box, offset in (diagram.layers if layers is None else layers)
    ]
    places = sweep.order.places()
    for node in nodes:
        node.place = places[node.place]
        node.above = [places[wire] for wire in node.above]
        node.below = [places[wire] for wire in node.below]
    n_rows = max((node.row + 1 for node in nodes), default=0)
    return Rows(
        nodes,
        n_rows,
        len(places) - 1,
        [places[wire] for wire in dom],
        [places[wire] for wire in sweep.wires],
    )
