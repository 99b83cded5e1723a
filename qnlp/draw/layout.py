"""Where a drawing's tracks and boxes stand from left to right.

Every two neighbours of a row ask for a distance. The least positions that keep all distances are
longest paths in an acyclic graph, and so are the greatest; their mean keeps them too, and puts what
is loose into the middle.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from qnlp.draw.rows import Node, Rows

__all__ = ["Layout", "Measure", "layout"]


@dataclass(frozen=True, slots=True)
class Measure:
    """Distances in pixels."""

    track: float
    """From one track to the next."""
    box: float
    """From a box to its neighbour."""
    pad: Callable[[Node], float]
    """From a box's outer tracks to its sides."""
    width: Callable[[Node], float]
    """Least width of a box."""
    label: Callable[[int, int], float]
    """From a track to the next, given a row (-1: the top) whose label on that track lies between."""


@dataclass(slots=True)
class Layout:
    """Positions from left to right."""

    x: list[float]
    """Of every track."""
    sides: list[tuple[float, float]]
    """Left and right side of every box, in the order of `Rows.nodes`."""
    width: float


class _Distances:
    """Variables and the least distances between them."""

    def __init__(self, n_variables: int) -> None:
        self.edges: list[list[tuple[int, float]]] = [[] for _ in range(n_variables)]

    def least(self, left: int, right: int, distance: float) -> None:
        self.edges[left].append((right, distance))

    def solve(self) -> list[float]:
        order = self._sorted()
        low = [0.0] * len(order)
        for left in order:
            for right, distance in self.edges[left]:
                low[right] = max(low[right], low[left] + distance)
        high = [max(low, default=0.0)] * len(order)
        for left in reversed(order):
            for right, distance in self.edges[left]:
                high[left] = min(high[left], high[right] - distance)
        return [(a + b) / 2 for a, b in zip(low, high, strict=True)]

    def _sorted(self) -> list[int]:
        """From left to right (Kahn's algorithm)."""
        waits = [0] * len(self.edges)
        for edges in self.edges:
            for right, _ in edges:
                waits[right] += 1
        ready = [k for k, count in enumerate(waits) if count == 0]
        for left in ready:
            for right, _ in self.edges[left]:
                waits[right] -= 1
                if waits[right] == 0:
                    ready.append(right)
        assert len(ready) == len(self.edges), "left of has a cycle"
        return ready


class _Neighbours:
    """Goes down the rows and states the distances between neighbours."""

    def __init__(self, rows: Rows, measure: Measure) -> None:
        self.rows = rows
        self.measure = measure
        n = rows.n_places
        # Places of tracks are their variables; those of boxes are their left sides.
        self.distances = _Distances(2 * n)
        self.right_of = n
        self.alive = list(rows.dom)
        self._labels(-1, rows.dom)

    def _labels(self, row: int, tracks: Sequence[int]) -> None:
        """Distances below a row, where its outputs have their labels."""
        for track in tracks:
            k = bisect_left(self.alive, track)
            if k + 1 < len(self.alive):
                distance = self.measure.label(row, track)
                self.distances.least(track, self.alive[k + 1], distance)
            if k:
                self.distances.least(self.alive[k - 1], track, self.measure.track)

    def row(self, row: int, nodes: Sequence[Node]) -> None:
        for node in nodes:
            for track in node.above:
                del self.alive[bisect_left(self.alive, track)]
        self._side_by_side(nodes)
        for node in nodes:
            self._inside(node)
            for track in node.below:
                insort(self.alive, track)
        for node in nodes:
            self._labels(row, node.below)
            k = bisect_left(self.alive, node.place)
            if not node.below and 0 < k < len(self.alive):
                self.distances.least(self.alive[k - 1], self.alive[k], self.measure.track)

    def _side_by_side(self, nodes: Sequence[Node]) -> None:
        gap = self.measure.box
        for k, node in enumerate(nodes):
            place = bisect_left(self.alive, node.place)
            before = self.alive[place - 1] if place else -1
            if k and nodes[k - 1].place > before:
                self.distances.least(self.right_of + nodes[k - 1].place, node.place, gap)
            elif before >= 0:
                self.distances.least(before, node.place, gap)
            after = self.alive[place] if place < len(self.alive) else self.right_of
            is_next = k + 1 == len(nodes) or nodes[k + 1].place > after
            if is_next and after < self.right_of:
                self.distances.least(self.right_of + node.place, after, gap)

    def _inside(self, node: Node) -> None:
        left, right = node.place, self.right_of + node.place
        self.distances.least(left, right, self.measure.width(node))
        pad = self.measure.pad(node)
        for side in (node.above, node.below):
            if side:
                self.distances.least(left, side[0], pad)
                self.distances.least(side[-1], right, pad)
            for a, b in pairwise(side):
                self.distances.least(a, b, self.measure.track)


def layout(rows: Rows, measure: Measure) -> Layout:
    """Find positions for tracks and boxes.

    Parameters
    ----------
    rows : Rows
    measure : Measure

    Returns
    -------
    Layout
        No track passes through a box that is not its own, nor closer than `measure.box`.

    Notes
    -----
    Linear in boxes and wires, but for keeping the open tracks sorted.
    """
    neighbours = _Neighbours(rows, measure)
    for row, nodes in enumerate(rows.by_row()):
        neighbours.row(row, nodes)
    solved = neighbours.distances.solve()
    x = solved[: rows.n_places]
    sides = [
        _tight(node, x, (solved[node.place], solved[rows.n_places + node.place]), measure)
        for node in rows.nodes
    ]
    return Layout(x, sides, max(solved, default=0.0))


def _tight(
    node: Node, x: Sequence[float], free: tuple[float, float], measure: Measure
) -> tuple[float, float]:
    """The least box around its tracks, within the room that it has."""
    ports = [x[track] for track in (*node.above, *node.below)]
    if not ports:
        return free
    pad = measure.pad(node)
    low, high = min(ports) - pad, max(ports) + pad
    missing = max(0.0, measure.width(node) - (high - low)) / 2
    low, high = low - missing, high + missing
    shift = max(0.0, free[0] - low) - max(0.0, high - free[1])
    return low + shift, high + shift
