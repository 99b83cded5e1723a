"""A reader of derivation trees: words of one type, folded up the tree by boxes."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from qnlp.diagram import Box, Diagram, Word
from qnlp.errors import GrammarError, ParseFailure
from qnlp.grammar.ccg import CCGReader
from qnlp.grammar.reader import BaseReader, shown
from qnlp.grammar.supertags import mark_category
from qnlp.ty import Ty

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from qnlp.grammar.coverage import CoverageReport
    from qnlp.grammar.derivations import CCGDerivation, Constituent
    from qnlp.grammar.tokens import SourceLine

__all__ = ["TreeReader"]

_S = Ty("s")
_MODES = ("one", "rule")
_MARKS = frozenset(mark_category(f"@{name}") for name in ("comma", "stop", "dash", "mark"))


class TreeReader(BaseReader):
    """Words of type s, joined two by two as their sentence's derivation tree says.

    Grammar gives the shape alone: every pair is joined by the same box, or by one a rule. The trees of a
    sentence that is read in parts are joined from left to right. The words are those between marks.

    Parameters
    ----------
    mode : {"one", "rule"}, default "one"
        Whether all boxes are one, ``JOIN``, or ``JOIN`` with the name of the rule, such as ``JOIN >``.
    reader : CCGReader, optional
        What gives the trees. By default ``CCGReader()``.
    lowercase : bool, default True
        Whether names of words are in lower case.

    Notes
    -----
    The shape is that of lambeq's ``TreeReader``.

    Examples
    --------
    >>> diagram = TreeReader(mode="rule")("The dog barked loudly")
    >>> [box.name for box in diagram.boxes if box.kind == "box"]
    ['JOIN <', 'JOIN >', 'JOIN <']
    """

    name = "tree"

    def __init__(
        self, mode: str = "one", reader: CCGReader | None = None, *, lowercase: bool = True
    ) -> None:
        super().__init__(lowercase=lowercase)
        if mode not in _MODES:
            message = f"mode has {mode!r}, expected one of {list(_MODES)}"
            raise GrammarError(message)
        self.mode = mode
        made = CCGReader(lowercase=lowercase)
        self.reader = made if reader is None else reader

    @property
    def target(self) -> Ty:
        """The type s."""
        return _S

    def read_many(
        self, sentences: Iterable[str], sources: Sequence[SourceLine] | None = None
    ) -> list[Diagram]:
        """Read sentences in order, as `CCGReader.read_many` does.

        Examples
        --------
        >>> len(TreeReader().read_many(["cats sleep", "dogs run"]))
        2
        """
        return [d for d in self.read_report(sentences, sources)[0] if d is not None]

    def read_report(
        self, sentences: Iterable[str], sources: Sequence[SourceLine] | None = None
    ) -> tuple[list[Diagram | None], CoverageReport]:
        """Read sentences, and say how each fared; see `CCGReader.read_report`.

        Examples
        --------
        >>> TreeReader().read_report(["cats sleep"])[1].parsed
        [0]
        """
        given = [sentences] if isinstance(sentences, (str, bytes)) else list(sentences)
        if given and given[0] is sentences:
            message = f"sentences has type {type(sentences).__name__}, expected a list of str"
            raise TypeError(message)
        places = None
        if sources is not None:
            places = [f"sentence {k} ({source})" for k, source in enumerate(sources)]
        found, report = self.reader.derive_many(given, places)
        return [None if d is None else self._folded(d) for d in found], report

    def config(self) -> dict[str, Any]:
        """What makes this reader, as JSON-able data; `reader_from_config` makes an equal one.

        Examples
        --------
        >>> TreeReader().config()["mode"]
        'one'
        """
        return {**super().config(), "mode": self.mode, "of": self.reader.config()}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Make the reader of a `config` without its registry name.

        Examples
        --------
        >>> TreeReader.from_config({"mode": "rule"}).mode
        'rule'
        """
        arguments = dict(config)
        inner = arguments.pop("of", None)
        if inner is not None:
            settings = {k: v for k, v in inner.items() if k != "reader"}
            arguments["reader"] = CCGReader.from_config(settings)
        return cls(**arguments)

    def _diagram(self, sentence: str, place: str) -> Diagram:
        found = self.reader.derive_many([sentence], [place])[0][0]
        if found is None:
            message = f"{place}: {shown(sentence)} cannot be read, and the reader of trees skips it"
            raise ParseFailure(message)
        return self._folded(found)

    def _folded(self, derivation: CCGDerivation) -> Diagram:
        leaves = [derivation.tokens[node.begin] for node in derivation.tree if _is_word(node)]
        words = self._names(tuple(leaves))
        names = iter(words)
        nodes = deque(derivation.tree)
        whole = _first_tree(nodes, names)
        while nodes:
            whole = _joined("fragment", whole, _first_tree(nodes, names))
        layers: list[tuple[Box, int]] = [(Word(word, _S), k) for k, word in enumerate(words)]
        todo: list[tuple[_Tree | None, int, bool]] = [(whole, 0, False)]
        while todo:  # right sides first: on the left of a pair, there is one wire a word still
            node, begin, is_open = todo.pop()
            if isinstance(node, _Pair) and is_open:
                name = "JOIN" if self.mode == "one" else f"JOIN {node.rule}"
                layers.append((Box(name, _S @ _S, _S), begin))
            elif isinstance(node, _Pair):
                todo.append((node, begin, True))
                todo.append((node.left, begin, False))
                todo.append((node.right, begin + _size(node.left), False))
        return Diagram(Ty(), layers)


class _Pair(NamedTuple):
    rule: str
    left: _Tree
    right: _Tree
    size: int


_Tree = str | _Pair


def _size(tree: _Tree) -> int:
    """Number of words of a tree."""
    return 1 if isinstance(tree, str) else tree.size


def _joined(rule: str, left: _Tree | None, right: _Tree | None) -> _Tree | None:
    """Two trees as one; of one that is all punctuation nothing is left."""
    if left is None or right is None:
        return right if left is None else left
    return _Pair(rule, left, right, _size(left) + _size(right))


def _first_tree(nodes: deque[Constituent], names: Iterator[str]) -> _Tree | None:
    """Take one tree off the front of nodes in preorder, without recursion: trees are deep."""
    stack: list[tuple[Constituent, _Tree | None]] = [(nodes.popleft(), None)]
    while True:
        node, made = stack[-1]
        if nodes and nodes[0].depth == node.depth + 1:
            stack.append((nodes.popleft(), None))
            continue
        stack.pop()
        if _is_word(node):
            made = next(names)
        if not stack:
            return made
        above, left = stack[-1]
        stack[-1] = (above, _joined(above.rule, left, made))


def _is_word(node: Constituent) -> bool:
    return node.rule == "word" and node.category not in _MARKS
