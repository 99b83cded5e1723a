"""Derivations in the JSON of lambeq's ``CCGTree``, read and written without lambeq.

A node has ``type``, a category; ``rule``, a short name such as ``FA``; ``text``, where it is not that of
the parts; and ``children``: lambeq 0.5, ``lambeq.text2diagram.ccg_tree``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from qnlp.errors import DataError
from qnlp.grammar.combinators import (
    CONJUNCTION,
    MARK,
    Category,
    Form,
    binary_rule,
    read_category,
    unary_rule,
)
from qnlp.grammar.deepjson import load_json
from qnlp.grammar.reader import shown
from qnlp.grammar.trees import MAX_NODES, TreeNode

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["json_of_nodes", "nodes_of_json"]

_FEATURES = re.compile(r"\[[^\]]*\]")
_NAMES = re.compile(r"\w+")
_RULES = {
    ">": "FA",
    "<": "BA",
    ">B": "FC",
    "<B": "BC",
    ">B2": "GFC",
    "<B2": "GBC",
    "<Bx": "BX",
    "<Bx2": "GBX",
    "list": "CONJ",
    "change": "U",
    ">T": "FTR",
    "<T": "BTR",
}
_ATOMS = {"NP": "np", "N": "n", "S": "s", "PP": "p", MARK: "punc", CONJUNCTION: "conj"}


def nodes_of_json(data: object) -> tuple[TreeNode, ...]:
    """The nodes of one tree.

    Parameters
    ----------
    data : str or mapping

    Raises
    ------
    DataError
        If it is no tree; names the node by its path.
    """
    if isinstance(data, str):
        try:
            data = load_json(data)
        except json.JSONDecodeError as error:
            message = f"line {error.lineno}, column {error.colno}: tree is not JSON: {error.msg}"
            raise DataError(message) from None
    nodes: list[TreeNode] = []
    # From the root rightwards, so that the reverse has each node after its parts.
    stack: list[object] = [data]
    while stack:
        item = stack.pop()
        node, children = _node(item, len(nodes))
        nodes.append(node)
        stack.extend(children)
        if len(nodes) + len(stack) > MAX_NODES:
            message = f"tree has more than {MAX_NODES} nodes"
            raise DataError(message)
    return tuple(reversed(nodes))


def _node(item: object, number: int) -> tuple[TreeNode, list[object]]:
    if not isinstance(item, Mapping):
        raise _fault(number, f"has type {type(item).__name__}, expected an object", item)
    category, text, rule = (item.get(key) for key in ("type", "text", "rule"))
    children = item.get("children") or []
    if not isinstance(category, str):
        raise _fault(number, "lacks 'type', expected a category", item)
    if not isinstance(children, list) or len(children) > 2:
        raise _fault(number, "has 'children' other than a list of at most two", item)
    if not isinstance(rule, str | None):
        raise _fault(number, "has a 'rule' that is no text", item)
    if not children and (not isinstance(text, str) or not text.strip()):
        raise _fault(number, "has neither 'children' nor a 'text'", item)
    word = "" if children or not isinstance(text, str) else " ".join(text.split())
    return TreeNode(category, len(children), word, rule or ""), children


def _fault(number: int, reason: str, item: object) -> DataError:
    keys = sorted(map(str, item)) if isinstance(item, Mapping) else item
    return DataError(
        f"node {number} of a tree, from the root and the right, {reason} (got {shown(str(keys))})"
    )


def json_of_nodes(nodes: Sequence[TreeNode]) -> dict[str, Any]:
    """One tree. Features of categories are left out: lambeq has none."""
    parts: list[tuple[Category, dict[str, Any]]] = []
    for node in nodes:
        category = read_category(node.category)
        made: dict[str, Any] = {"type": _spell(category.text)}
        below = parts[-node.n_parts :] if node.n_parts else []
        del parts[len(parts) - len(below) :]
        rule = node.rule or _rule([c for c, _ in below], category)
        if rule:
            made["rule"] = rule
        if below:
            made["children"] = [child for _, child in below]
        else:
            made["text"] = node.word
        parts.append((category, made))
    return parts[0][1]


def _spell(text: str) -> str:
    """A category with lambeq's names of atoms."""
    plain = _FEATURES.sub("", text)
    return _NAMES.sub(lambda found: _ATOMS.get(found[0], found[0]), plain)


def _rule(parts: Sequence[Category], whole: Category) -> str:
    if not parts:
        return "L"
    if len(parts) == 1:
        return _RULES[unary_rule(parts[0].form, whole.form)]
    left, right = parts
    step = binary_rule(left, right, whole)
    if step is None:
        return ""
    if step.rule == "punct":
        return "LP" if left.form == MARK else "RP"
    if CONJUNCTION in (left.form, right.form):
        return "CONJ"
    if step.rule == ">Bx":
        return "FX" if _argument(left.form) == _result(right.form) else "GFX"
    return _RULES[step.rule]


def _argument(form: Form) -> Form:
    return form[2] if isinstance(form, tuple) else form


def _result(form: Form) -> Form:
    return form[0] if isinstance(form, tuple) else form
