"""From a tree's nodes to the rows that the compiled converter takes, and from a chart's rows to nodes."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from qnlp._core.grammar import Parser
from qnlp.errors import CircuitTooLargeError, EmptySentenceError, GrammarError, QnlpError
from qnlp.grammar.combinators import (
    CONJUNCTION,
    MARK,
    Category,
    Form,
    binary_rule,
    read_category,
    spell,
    unary_rule,
)
from qnlp.grammar.derivations import CCGDerivation, Constituent
from qnlp.grammar.reader import shown
from qnlp.ty import Ty

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from qnlp.grammar.trees import CCGTree

__all__ = ["TreeNode", "derive", "nodes_of_rows"]


class TreeNode(NamedTuple):
    """One node of a derivation.

    ``n_parts`` is 0 for a word, else 1 or 2; ``word`` is as spelled, with no blanks around it;
    ``rule`` is the name that the tree's author gave it, or empty.
    """

    category: str
    n_parts: int = 0
    word: str = ""
    rule: str = ""


_MARKS = {"comma": ",", "dash": "--", "stop": ".", "mark": "''"}
"""Marks as a treebank writes them: a derivation keeps their kinds alone."""


def nodes_of_rows(rows: Sequence[Constituent], tokens: Sequence[str]) -> Iterator[TreeNode]:
    """Preorder to postorder. The half-finished categories of the chart become ordinary ones."""
    waiting: list[_Waiting] = []
    for row in rows:
        while waiting and waiting[-1].row.depth >= row.depth:
            done = waiting.pop()
            yield TreeNode(done.category, len(done.parts))
        category = _ordinary(row.category, waiting)
        if waiting:
            waiting[-1].parts.append(category)
        if row.rule != "word":
            waiting.append(_Waiting(row, category, []))
        elif row.category in _MARKS:
            yield TreeNode(category, 0, _MARKS[row.category])
        else:
            yield TreeNode(category, 0, tokens[row.begin])
    for done in reversed(waiting):
        yield TreeNode(done.category, len(done.parts))


class _Waiting(NamedTuple):
    """A constituent that is not complete yet, and the categories of its parts so far."""

    row: Constituent
    category: str
    parts: list[str]


def _ordinary(category: str, waiting: Sequence[_Waiting]) -> str:
    if category.startswith("&"):
        return category[1:].removeprefix("(").removesuffix(")") + "[conj]"
    if category.startswith("+"):  # a sentence after another: a function of what stands before it
        whole = next(w for w in reversed(waiting) if w.row.rule == "seq")
        return f"{whole.category}\\({whole.parts[0]})"
    return "," if category in _MARKS else category


class _Row(NamedTuple):
    """A node as the converter takes it."""

    rule: str
    text: str
    left: int = 0
    right: int = 0
    begin: int = 0
    end: int = 0


class _Part(NamedTuple):
    row: int
    category: Category


class _Plan:
    """The rows of a tree: rules inferred, and a change where a rule hides one."""

    def __init__(self, tree: CCGTree, codomain: str | None) -> None:
        self.tree = tree
        self.rows: list[_Row] = []
        parts: list[_Part] = []
        n_words = 0
        for node in tree.nodes:
            try:
                category = read_category(node.category)
            except GrammarError as error:
                raise tree._error(GrammarError, str(error)) from None
            if node.n_parts == 0:
                part = self.add("word", category, 0, 0, n_words, n_words + 1)
                n_words += 1
            elif node.n_parts == 1:
                part = self.unary(parts.pop(), category, node.rule)
            else:
                right, left = parts.pop(), parts.pop()
                part = self.binary(left, right, category, node.rule)
            parts.append(part)
        if parts[0].category.form == MARK:
            raise tree._error(EmptySentenceError, "has no words, expected at least one")
        if codomain is not None:
            self.unary(parts[0], read_category(codomain), "U")

    def add(
        self, rule: str, category: Category, left: int, right: int, begin: int, end: int
    ) -> _Part:
        self.rows.append(_Row(rule, category.text, left, right, begin, end))
        return _Part(len(self.rows) - 1, category)

    def unary(self, part: _Part, whole: Category, rule: str) -> _Part:
        row = self.rows[part.row]
        if MARK in (part.category.form, whole.form) and part.category.form != whole.form:
            raise self.refuse(part, None, whole)
        if part.category.form == whole.form == MARK:
            return part
        named = "change" if rule == "U" else unary_rule(part.category.form, whole.form)
        return self.add(named, whole, part.row, 0, row.begin, row.end)

    def binary(self, left: _Part, right: _Part, whole: Category, hint: str) -> _Part:
        step = binary_rule(left.category, right.category, whole, hint)
        if step is None or (whole.form == MARK) != (
            left.category.form == right.category.form == MARK
        ):
            raise self.refuse(left, right, whole)
        if step.rule == CONJUNCTION:
            self.conjunction(left)
        if step.left is not None:
            left = self.retype(left, step.left)
        if step.right is not None:
            right = self.retype(right, step.right)
        begin, end = self.rows[left.row].begin, self.rows[right.row].end
        if step.whole is not None:
            kept = right if left.category.form == MARK else left
            joined = self.add(step.rule, kept.category, left.row, right.row, begin, end)
            return self.unary(joined, whole, "U")
        return self.add(step.rule, whole, left.row, right.row, begin, end)

    def retype(self, part: _Part, form: Form) -> _Part:
        """Give a conjunction its category, which is in its word alone; change any other part."""
        category = Category(form, spell(form), is_tagged=False)
        if part.category.form != CONJUNCTION:
            row = self.rows[part.row]
            return self.add("change", category, part.row, 0, row.begin, row.end)
        for number in self.conjunction(part):
            self.rows[number] = self.rows[number]._replace(text=category.text)
        return part._replace(category=category)

    def conjunction(self, part: _Part) -> list[int]:
        """The rows from a conjunction, with any punctuation around it, to its word."""
        numbers = [part.row]
        while (row := self.rows[numbers[-1]]).rule != "word":
            if row.rule not in ("punct", "change"):
                raise self.refuse(part, None, part.category)
            is_left = row.rule == "change" or self.rows[row.left].text != MARK
            numbers.append(row.left if is_left else row.right)
        return numbers

    def refuse(self, left: _Part, right: _Part | None, whole: Category) -> QnlpError:
        begin, end = self.rows[left.row].begin, self.rows[(right or left).row].end
        words = shown(" ".join(self.tree.words[begin:end]))
        parts = " and ".join(p.category.text for p in (left, right) if p is not None)
        return self.tree._error(GrammarError, f"no rule makes {whole.text} of {parts} in {words}")


@cache
def _converter() -> Parser:
    """A compiled grammar without rules of its own. It remembers categories."""
    return Parser([], {})


def derive(
    tree: CCGTree, names: Sequence[str], codomain: str | None, planar: bool
) -> CCGDerivation:
    """The derivation of a tree whose words have the given names."""
    rows = _Plan(tree, codomain).rows
    try:
        return _wired(_converter(), rows, names, tree.words, planar)
    except CircuitTooLargeError:  # its memory of categories is full
        _converter.cache_clear()
        return _wired(_converter(), rows, names, tree.words, planar)


def _wired(
    parser: Parser,
    rows: Sequence[_Row],
    names: Sequence[str],
    words: tuple[str, ...],
    planar: bool,
) -> CCGDerivation:
    numbered = [(row.rule, parser.intern(row.text), *row[2:]) for row in rows]
    reading = parser.wire(numbered, len(words), not planar)
    types = [Ty.from_objects(t) for t in parser.types(reading)]
    kept = [k for k, t in enumerate(types) if len(t)]
    wires = [wire for t in types for wire in t.objects]
    return CCGDerivation(
        tuple([names[k] for k in kept]),
        tuple([types[k] for k in kept]),
        tuple(reading.links),
        Ty.from_objects([wires[k] for k in reading.open]),
        0.0,
        words,
        tuple([Constituent(*node) for node in parser.tree(reading)]),
        open=tuple(reading.open),
    )
