r"""Derivations of CCG that were made elsewhere, and the way from them to diagrams.

A tree is a flat list of nodes, parts before wholes, so that nothing here recurses: a tree may be as
deep as it has words. Rules are inferred from categories (`qnlp.grammar.combinators`); the diagram is
made by the converter of the package's own chart parser (`cpp/src/grammar/wiring.cpp`), which checks
every constituent's wires against its category.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from qnlp.errors import DataError, GrammarError, QnlpError
from qnlp.grammar.reader import shown
from qnlp.grammar.treerows import TreeNode, derive, nodes_of_rows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qnlp.diagram import Diagram
    from qnlp.grammar.derivations import CCGDerivation
    from qnlp.grammar.tokens import SourceLine

__all__ = ["MAX_NODES", "CCGTree", "TreeNode"]

MAX_NODES = 100_000
"""Of one tree: the longest sentence of any treebank has a few hundred words."""


@dataclass(frozen=True)
class CCGTree:
    r"""A derivation of CCG: nodes, each after its parts.

    Parameters
    ----------
    nodes : tuple of TreeNode
        In postorder; the last is the whole.
    source : SourceLine, optional
        Where the tree was read, for messages.

    Raises
    ------
    DataError
        If the nodes are no tree, or more than 100,000.

    Examples
    --------
    >>> from qnlp.grammar import CCGTree, TreeNode
    >>> tree = CCGTree((TreeNode("NP", word="Alice"), TreeNode(r"S\NP", word="sleeps"),
    ...                 TreeNode("S", n_parts=2)))
    >>> tree.words
    ('Alice', 'sleeps')
    >>> str(tree.diagram().cod)
    's'
    """

    nodes: tuple[TreeNode, ...]
    source: SourceLine | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        if len(self.nodes) > MAX_NODES:
            raise self._error(DataError, f"has {len(self.nodes)} nodes, at most {MAX_NODES}")
        height = 0
        for number, node in enumerate(self.nodes):
            if not 0 <= node.n_parts <= min(2, height):
                raise self._error(DataError, f"node {number} has {node.n_parts} parts")
            height += 1 - node.n_parts
        if height != 1:
            raise self._error(DataError, f"has {height} roots, expected 1")

    @classmethod
    def from_derivation(cls, derivation: CCGDerivation) -> CCGTree:
        """The tree of a sentence that `CCGReader` has read, to be written or given to others.

        Parameters
        ----------
        derivation : CCGDerivation

        Returns
        -------
        CCGTree

        Raises
        ------
        DataError
            If the sentence was joined from fragments: it has no tree.

        Examples
        --------
        >>> from qnlp.grammar import CCGReader, CCGTree
        >>> CCGTree.from_derivation(CCGReader().derive("Alice loves Bob")).nodes[-1].category
        'S[dcl]'
        """
        if derivation.status != "parsed":
            message = f"sentence {shown(' '.join(derivation.tokens))} is made of fragments"
            raise DataError(message)
        return cls(tuple(nodes_of_rows(derivation.tree, derivation.tokens)))

    @property
    def words(self) -> tuple[str, ...]:
        """The words and marks of the sentence, as spelled."""
        return tuple([node.word for node in self.nodes if node.n_parts == 0])

    @classmethod
    def from_auto(cls, text: str) -> CCGTree:
        r"""Read one tree of CCGbank's ``.auto`` format, as CCGbank, C&C and depccg write it.

        Parameters
        ----------
        text : str
            One tree, without its ``ID`` line.

        Returns
        -------
        CCGTree

        Raises
        ------
        DataError
            If it is none; names the column.

        Examples
        --------
        >>> from qnlp.grammar import CCGTree
        >>> text = r"(<T S[dcl] 0 2> (<L NP NN NN Dogs NP>) (<L S[dcl]\NP V V bark S[dcl]\NP>) )"
        >>> CCGTree.from_auto(text).words
        ('Dogs', 'bark')
        """
        from qnlp.grammar.auto import nodes_of_auto

        return cls(nodes_of_auto(text))

    def to_auto(self) -> str:
        """Write the tree in ``.auto`` format, on one line.

        Raises
        ------
        DataError
            If a word has blanks, which the format cannot hold.

        Examples
        --------
        >>> from qnlp.grammar import CCGTree, TreeNode
        >>> CCGTree((TreeNode("NP", word="Alice"),)).to_auto()
        '(<L NP XX XX Alice NP>)'
        """
        from qnlp.grammar.auto import auto_of_nodes

        return auto_of_nodes(self.nodes)

    @classmethod
    def from_json(cls, data: str | Mapping[str, Any]) -> CCGTree:
        r"""Read a tree as lambeq's ``CCGTree.to_json`` writes it.

        Parameters
        ----------
        data : str or mapping
            JSON, or what it stands for.

        Returns
        -------
        CCGTree

        Raises
        ------
        DataError
            If it is no tree; names the node.

        Examples
        --------
        >>> from qnlp.grammar import CCGTree
        >>> leaves = [{"type": "n", "text": "Dogs"}, {"type": r"s\n", "text": "bark"}]
        >>> CCGTree.from_json({"type": "s", "rule": "BA", "children": leaves}).words
        ('Dogs', 'bark')
        """
        from qnlp.grammar.lambeqjson import nodes_of_json

        return cls(nodes_of_json(data))

    def to_json(self) -> dict[str, Any]:
        """The tree as lambeq's ``CCGTree.from_json`` reads it.

        Examples
        --------
        >>> from qnlp.grammar import CCGTree, TreeNode
        >>> CCGTree((TreeNode("NP", word="Alice"),)).to_json()
        {'type': 'np', 'rule': 'L', 'text': 'Alice'}
        """
        from qnlp.grammar.lambeqjson import json_of_nodes

        return json_of_nodes(self.nodes)

    def derive(
        self, *, planar: bool = False, lowercase: bool = True, codomain: str | None = None
    ) -> CCGDerivation:
        r"""The types of the words and the cups that the derivation stands for.

        Unary changes and conjunctions are pushed down into the types of words; punctuation vanishes.

        Parameters
        ----------
        planar : bool, default False
            Whether a crossed composition rewrites the types of words so that no wires cross. By
            default the words keep the tree's categories, and the diagram has swaps.
        lowercase : bool, default True
            Whether names of words are in lower case.
        codomain : str, optional
            An atom that the sentence is made, whatever its category: the head of a noun phrase
            becomes an ``s``, say, so that all diagrams have one codomain.

        Returns
        -------
        CCGDerivation

        Raises
        ------
        GrammarError
            If a category is none, no rule makes a constituent of its parts, or the tree cannot be
            planar; names the source and the words.
        EmptySentenceError
            If the tree has punctuation only.

        Examples
        --------
        >>> from qnlp.grammar import CCGTree, TreeNode
        >>> nodes = [("N", 0, "red"), ("N/N", 0, "x")]
        >>> tree = CCGTree((TreeNode("N/N", word="Red"), TreeNode("N", word="wine"),
        ...                 TreeNode("N", 2), TreeNode("NP", 1)))
        >>> print(tree.derive())
        red    wine
        n n.l  n
        NP  change
        └─N  >
          ├─N/N  Red
          └─N  wine
        """
        names = [unicodedata.normalize("NFC", w.lower() if lowercase else w) for w in self.words]
        try:
            return derive(self, names, codomain, planar)
        except DataError:
            raise
        except QnlpError as error:
            if str(error).startswith(self._place):
                raise
            hint = "; without planar=True it has swaps" if planar else ""
            raise self._error(GrammarError, f"{error}{hint}") from None

    def diagram(
        self, *, planar: bool = False, lowercase: bool = True, codomain: str | None = None
    ) -> Diagram:
        """The diagram of the sentence; see `derive`.

        Examples
        --------
        >>> from qnlp.grammar import CCGTree, TreeNode
        >>> str(CCGTree((TreeNode("NP", word="Alice"),)).diagram().cod)
        'n'
        """
        return self.derive(planar=planar, lowercase=lowercase, codomain=codomain).diagram()

    @property
    def _place(self) -> str:
        place = f"{self.source}: " if self.source else ""
        leaves = " ".join([n.word for n in self.nodes[:200] if n.n_parts == 0])
        return f"{place}tree of {shown(leaves)}: "

    def _error(self, kind: type[QnlpError], reason: str) -> QnlpError:
        return kind(self._place + reason)
