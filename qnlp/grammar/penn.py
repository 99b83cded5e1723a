r"""Phrase-structure trees in brackets, as the Penn Treebank and NLTK write them, and their diagrams.

A context-free rule is a box from the types of its parts to the type of the whole, so that a tree is a
diagram and a model of the rules is a functor: Toumi, arXiv:2212.06615, section 1.3.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from qnlp.diagram import Box, Diagram, Word
from qnlp.errors import DataError, EmptySentenceError, GrammarError
from qnlp.grammar.auto import unescape
from qnlp.grammar.categories import parse_type
from qnlp.grammar.reader import shown
from qnlp.grammar.tokens import SourceLine
from qnlp.grammar.trees import MAX_NODES
from qnlp.ty import Ty

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["PhraseNode", "PhraseTree", "read_brackets"]

_PART = re.compile(r"[()]|[^()\s]+")
_BRACKETS = frozenset({"-LRB-", "-RRB-", "-LCB-", "-RCB-", "-LSB-", "-RSB-"})
_TRACE = "-NONE-"


class PhraseNode(NamedTuple):
    """One node: a label without its functional tags, the number of its parts, the word of a leaf."""

    label: str
    n_parts: int = 0
    word: str = ""


@dataclass(frozen=True)
class PhraseTree:
    """A phrase-structure tree: nodes, each after its parts.

    Parameters
    ----------
    nodes : tuple of PhraseNode
        In postorder; the last is the whole. Leaves are words with their part of speech.
    source : SourceLine, optional

    Examples
    --------
    >>> from qnlp.grammar import PhraseTree
    >>> tree = PhraseTree.from_brackets("(S (NP (NNS Dogs)) (VP (VBP bark)))")
    >>> tree.words
    ('Dogs', 'bark')
    >>> [box.name for box in tree.diagram().boxes]
    ['dogs', 'NP -> NNS', 'bark', 'VP -> VBP', 'S -> NP VP']
    """

    nodes: tuple[PhraseNode, ...]
    source: SourceLine | None = field(default=None, compare=False)

    @classmethod
    def from_brackets(cls, text: str) -> PhraseTree:
        """Read one tree.

        Functional tags and indices (``NP-SBJ-1``), traces and an empty outermost label are left out.

        Parameters
        ----------
        text : str

        Returns
        -------
        PhraseTree

        Raises
        ------
        DataError
            If `text` is not exactly one tree; names the line and column.

        Examples
        --------
        >>> PhraseTree.from_brackets("( (S (NP-SBJ (-NONE- *)) (VP (VB Sit))) )").nodes[-1].label
        'S'
        """
        trees = list(read_brackets(text, "tree"))
        if len(trees) != 1:
            message = f"tree: text holds {len(trees)} trees, expected 1"
            raise DataError(message)
        return trees[0]

    @property
    def words(self) -> tuple[str, ...]:
        """The words and marks of the sentence, as spelled."""
        return tuple([node.word for node in self.nodes if node.n_parts == 0])

    def to_brackets(self) -> str:
        """Write the tree on one line.

        Examples
        --------
        >>> PhraseTree.from_brackets("(NP (DT the) (NN dog))").to_brackets()
        '(NP (DT the) (NN dog))'
        """
        out: list[str] = []
        waiting: list[list[object]] = []
        for node in reversed(self.nodes):
            if node.n_parts:
                out.append(")")
                waiting.append([node.label, node.n_parts])
                continue
            word = {"(": "-LRB-", ")": "-RRB-"}.get(node.word, node.word)
            out.append(f" ({node.label} {word})")
            while waiting:
                count = int(str(waiting[-1][1])) - 1
                waiting[-1][1] = count
                if count:
                    break
                out.append(f" ({waiting.pop()[0]}")
        return "".join(reversed(out)).strip()

    def diagram(
        self, types: str | Mapping[str, str] | None = None, *, lowercase: bool = True
    ) -> Diagram:
        """The tree as a diagram: a word for each leaf, a box for each rule.

        Parameters
        ----------
        types : str, or mapping of str to str, optional
            The type of every label, or of each; the empty type leaves a label's words out. By
            default a label is its own atom. Punctuation is left out unless a mapping names it.
        lowercase : bool, default True
            Whether names of words are in lower case.

        Returns
        -------
        Diagram
            From the empty type to the root's. `qnlp.Functor` gives it a meaning.

        Raises
        ------
        GrammarError
            If `types` lacks a label.
        EmptySentenceError
            If no word is left.

        Examples
        --------
        >>> tree = PhraseTree.from_brackets("(S (NP (NNS Dogs)) (VP (VBP bark)) (. .))")
        >>> str(tree.diagram("s").cod)
        's'
        """
        layers: list[tuple[Box, int]] = []
        parts: list[tuple[str, Ty]] = []
        width = 0
        for node in self.nodes:
            whole = self._type(node, types)
            if node.n_parts == 0:
                name = node.word.lower() if lowercase else node.word
                if len(whole):
                    layers.append((Word(unicodedata.normalize("NFC", name), whole), width))
            else:
                below = [(label, t) for label, t in parts[-node.n_parts :] if len(t)]
                del parts[-node.n_parts :]
                dom = Ty().from_objects(o for _, t in below for o in t.objects)
                width -= len(dom)
                if not below:
                    whole = Ty()
                else:
                    rule = f"{node.label} -> {' '.join(label for label, _ in below)}"
                    layers.append((Box(rule, dom, whole), width))
            width += len(whole)
            parts.append((node.label, whole))
        if not layers:
            place = f"{self.source}: " if self.source else ""
            message = f"{place}tree has no words, expected at least one"
            raise EmptySentenceError(message)
        return Diagram(Ty(), layers)

    def _type(self, node: PhraseNode, types: str | Mapping[str, str] | None) -> Ty:
        label = node.label
        if isinstance(types, Mapping) and label in types:
            return parse_type(types[label]) if types[label].strip() else Ty()
        if label in _BRACKETS or not any(c.isalnum() for c in label):
            return Ty()
        if isinstance(types, str):
            return parse_type(types)
        if types is None:
            return Ty(re.sub(r"[.@\s]", "_", label))
        place = f"{self.source}: " if self.source else ""
        message = f"{place}label {label!r} has no type, expected one in types"
        raise GrammarError(message)


def read_brackets(text: str, path: str) -> Iterator[PhraseTree]:
    """Every tree of a text; each has its line.

    Raises
    ------
    DataError
        Naming the line and column.

    Examples
    --------
    >>> [tree.words for tree in read_brackets("(NP (NN tea)) (NP (NN milk))", "mine.mrg")]
    [('tea',), ('milk',)]
    """
    places = _Places(text, path)
    nodes: list[PhraseNode] = []
    waiting: list[_Open] = []
    start = 0
    for found in _PART.finditer(text):
        token, at = found[0], found.start()
        if token == "(":
            if not waiting:
                start = at
            waiting.append(_Open())
        elif not waiting:
            raise places.fault(at, f"has {shown(token, 20)} outside of a tree")
        elif token == ")":
            _close(waiting, nodes, places, at)
            if not waiting:
                if nodes:
                    yield PhraseTree(tuple(nodes), SourceLine(path, places.line(start)))
                nodes = []
        elif not waiting[-1].take(token):
            raise places.fault(at, f"has {shown(token, 20)} after a word or a part")
        if len(nodes) > MAX_NODES:
            raise places.fault(at, f"has a tree of more than {MAX_NODES} nodes")
    if waiting:
        raise places.fault(len(text), f"ends inside {len(waiting)} brackets")


class _Open:
    """A bracket that is not closed yet: its label, its word, and how many parts it has."""

    __slots__ = ("label", "n_kept", "n_parts", "word")

    def __init__(self) -> None:
        self.label = ""
        self.word = ""
        self.n_parts = 0
        self.n_kept = 0

    def take(self, token: str) -> bool:
        if self.word or self.n_parts:
            return False
        if not self.label:
            self.label = token
        else:
            self.word = token
        return True


def _close(waiting: list[_Open], nodes: list[PhraseNode], places: _Places, at: int) -> None:
    node = waiting.pop()
    if not node.word and not node.n_parts:
        raise places.fault(at, f"has a bracket {node.label!r} without a word or a part")
    is_kept = node.label != _TRACE and bool(node.word or node.n_kept)
    is_wrapper = not node.label
    if is_wrapper and (node.n_parts != 1 or waiting):
        raise places.fault(at, "has a bracket without a label")
    if is_kept and not is_wrapper:
        word = unescape(node.word) if node.word else ""
        nodes.append(PhraseNode(_plain(node.label), node.n_kept, word))
    if waiting:
        waiting[-1].n_parts += 1
        waiting[-1].n_kept += is_kept


def _plain(label: str) -> str:
    """``NP-SBJ-1`` and ``NP=2`` are NP; ``-LRB-`` stays."""
    return label if label.startswith("-") else re.split(r"[-=|]", label, maxsplit=1)[0] or label


class _Places:
    def __init__(self, text: str, path: str) -> None:
        self.text = text
        self.path = path
        self.seen = (0, 1)

    def line(self, at: int) -> int:
        """The line of a place; asked for places in order."""
        begin, number = self.seen
        self.seen = (at, number + self.text.count("\n", begin, at))
        return self.seen[1]

    def fault(self, at: int, reason: str) -> DataError:
        line = self.text.count("\n", 0, at) + 1
        column = at - (self.text.rfind("\n", 0, at) + 1) + 1
        return DataError(f"{self.path}:{line}:{column}: tree {reason}")
