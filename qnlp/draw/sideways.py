"""Long sentences as text: one line a wire, and cups on the right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qnlp.draw.labels import box_label, columns, type_label

if TYPE_CHECKING:
    from qnlp.draw.rows import Node, Rows

__all__ = ["sideways"]


def sideways(rows: Rows, width: int) -> str | None:
    """Draw words from top to bottom, joined by cups.

    Parameters
    ----------
    rows : Rows
        Its first row is words alone.
    width : int
        Columns at most.

    Returns
    -------
    str or None
        None where something other than cups joins the words, or the room does not do.

    Examples
    --------
    >>> from qnlp import Ty, Word, pregroup_diagram
    >>> from qnlp.draw.rows import rows_of
    >>> from qnlp.draw.sideways import sideways
    >>> n, s = Ty("n"), Ty("s")
    >>> words = [Word("Alice", n), Word("loves", n.r @ s @ n.l), Word("Bob", n)]
    >>> print(sideways(rows_of(pregroup_diagram(words, [(0, 1), (3, 4)])), 20))
    Alice  n   ─╮
    loves  n.r ─╯
           s   ──
           n.l ─╮
    Bob    n   ─╯
    """
    words, *joins = rows.by_row()
    cups = [node for row in joins for node in row]
    if any(node.box.kind != "cup" for node in cups):
        return None
    heads, line_of = _heads(words)
    cells = _cups(cups, line_of, len(heads), 2 * (rows.n_rows - 1) or 1)
    lines = [head + "".join(row) for head, row in zip(heads, cells, strict=True)]
    if max(map(columns, lines)) > width:
        return None
    return "\n".join(line.rstrip() for line in lines)


def _heads(words: list[Node]) -> tuple[list[str], dict[int, int]]:
    """Name and type at the beginning of every line, and the line of every wire."""
    table: list[tuple[str, str]] = []
    line_of: dict[int, int] = {}
    for node in words:
        names = [box_label(node.box)] + [""] * len(node.below)
        types = list(map(type_label, node.box.cod)) or [""]
        line_of |= {track: len(table) + k for k, track in enumerate(node.below)}
        table += zip(names, types, strict=False)
    name, ty = (max(map(columns, side)) for side in zip(*table, strict=True))
    return [f"{_left(a, name)}  {_left(b, ty)} " for a, b in table], line_of


def _left(text: str, width: int) -> str:
    return text + " " * (width - columns(text))


def _cups(cups: list[Node], line_of: dict[int, int], n_lines: int, wide: int) -> list[list[str]]:
    cells = [[" "] * wide for _ in range(n_lines)]
    for line in line_of.values():
        cells[line] = ["─"] * wide
    for node in cups:
        first, last = (line_of[track] for track in node.above)
        at = 2 * node.row - 1
        for line, corner in ((first, "╮"), (last, "╯")):
            cells[line][at:] = [corner] + [" "] * (wide - at - 1)
        for line in range(first + 1, last):
            cells[line][at] = "│"
    return cells
