r"""CCGbank's ``.auto`` format, as CCGbank, C&C and depccg write it: one derivation a line.

Source: Hockenmaier and Steedman, "CCGbank: User's Manual", MS-CIS-05-09, University of Pennsylvania,
2005, section 3. A node is ``(<T category head parts> ...)``, a word
``(<L category tag tag word category>)``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from qnlp.errors import DataError
from qnlp.grammar.reader import shown
from qnlp.grammar.trees import MAX_NODES, TreeNode

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["auto_of_nodes", "nodes_of_auto", "unescape"]

_PART = re.compile(
    r"\s*(?:\(<T\s+(\S+)(?:\s+\S+)?\s+\d{1,9}\s+([12])>"
    r"|\(<L\s+(\S+)\s+\S+\s+\S+\s+(\S+)\s+\S+?>\s*\)"
    r"|(\)))"
)
_ESCAPES = {
    "-LRB-": "(",
    "-RRB-": ")",
    "-LCB-": "{",
    "-RCB-": "}",
    "-LSB-": "[",
    "-RSB-": "]",
}
_UNESCAPES = {mark: name for name, mark in _ESCAPES.items()}


def unescape(word: str) -> str:
    r"""A word of a treebank as it was written.

    Examples
    --------
    >>> unescape("-LRB-"), unescape("1\\/2")
    ('(', '1/2')
    """
    return _ESCAPES.get(word) or word.replace("\\/", "/").replace("\\*", "*")


def nodes_of_auto(text: str) -> tuple[TreeNode, ...]:
    """The nodes of one tree.

    Raises
    ------
    DataError
        Naming the column.
    """
    nodes: list[TreeNode] = []
    open_nodes: list[tuple[TreeNode, int]] = []  # with the number of parts that they have by now
    roots = at = 0
    end = len(text.rstrip())
    while at < end:
        found = _PART.match(text, at)
        start = at + len(text[at:]) - len(text[at:].lstrip()) if found is None else at
        if found is None or (roots and not open_nodes):
            raise _fault(start, f"has {shown(text[start:], 20)}, expected (<T ...>, (<L ...>) or )")
        category, n_parts, leaf, word, close = found.groups()
        if category:
            open_nodes.append((TreeNode(category, int(n_parts)), 0))
        else:
            node = _closed(open_nodes, at) if close else TreeNode(leaf, 0, unescape(word))
            nodes.append(node)
            if open_nodes:
                open_nodes[-1] = (open_nodes[-1][0], open_nodes[-1][1] + 1)
            else:
                roots += 1
        if len(nodes) > MAX_NODES:
            raise _fault(at, f"has more than {MAX_NODES} nodes")
        at = found.end()
    if open_nodes or not roots:
        raise _fault(end, f"ends inside {len(open_nodes)} nodes" if open_nodes else "is empty")
    return tuple(nodes)


def _closed(open_nodes: list[tuple[TreeNode, int]], at: int) -> TreeNode:
    if not open_nodes:
        raise _fault(at, "has a closing parenthesis too many")
    node, count = open_nodes.pop()
    if count != node.n_parts:
        raise _fault(at, f"has a node {node.category} of {count} parts, expected {node.n_parts}")
    return node


def _fault(at: int, reason: str) -> DataError:
    return DataError(f"column {at + 1}: tree {reason}")


def auto_of_nodes(nodes: Sequence[TreeNode]) -> str:
    """One tree on one line."""
    out: list[str] = []
    open_nodes: list[list[Any]] = []  # from the right: a node, and the parts still to come
    for node in reversed(nodes):
        if node.n_parts:
            out.append(")")
            open_nodes.append([node, node.n_parts])
            continue
        word = _UNESCAPES.get(node.word, node.word)
        if not word or any(c.isspace() for c in word):
            message = f"word {shown(node.word)} is empty or has blanks, which .auto cannot hold"
            raise DataError(message)
        out.append(f"(<L {node.category} XX XX {word} {node.category}>)")
        while open_nodes:
            open_nodes[-1][1] -= 1
            if open_nodes[-1][1]:
                break
            whole = open_nodes.pop()[0]
            out.append(f"(<T {whole.category} 0 {whole.n_parts}>")
    return " ".join(reversed(out))
