"""What the CCG reader found for a sentence: its tree, its types and its cups."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from qnlp.diagram import Word
from qnlp.grammar.pregroup import Derivation
from qnlp.structure import linked_diagram

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qnlp.diagram import Diagram

__all__ = ["CCGDerivation", "Constituent"]


class Constituent(NamedTuple):
    """One node of a derivation tree.

    ``begin`` and ``end`` count tokens, punctuation included; ``rule`` is ``word``, a rule of CCG
    such as ``>`` or ``<B``, or ``change`` for a unary type change.
    """

    depth: int
    rule: str
    category: str
    begin: int
    end: int


@dataclass(frozen=True)
class CCGDerivation(Derivation):
    r"""How a sentence was read: a type for each word, the cups, and the tree they come from.

    Parameters
    ----------
    words, types, links, target, cost
        As for `Derivation`.
    tokens : tuple of str
        The words and marks of the sentence.
    tree : tuple of Constituent
        In preorder. Of a sentence joined from fragments, one tree after another.
    status : str
        ``parsed``, or why the sentence was joined from fragments.
    open : tuple of int
        The wires that no cup has, in the order of the target; empty if they are in their own.

    Examples
    --------
    >>> from qnlp.grammar import CCGReader
    >>> print(CCGReader().derive("Alice loves Bob"))
    alice  loves      bob
    n      n.r s n.l  n
    S[dcl]  <
    ├─NP  Alice
    └─S[dcl]\NP  >
      ├─(S[dcl]\NP)/NP  loves
      └─NP  Bob
    """

    tokens: tuple[str, ...] = ()
    tree: tuple[Constituent, ...] = field(default=(), repr=False)
    status: str = "parsed"
    open: tuple[int, ...] = ()

    def diagram(self) -> Diagram:
        """Words side by side, then swaps where cups cross, and the cups.

        Examples
        --------
        >>> from qnlp.grammar import CCGReader
        >>> str(CCGReader().derive("Alice sleeps").diagram().cod)
        's'
        """
        words = [Word(name, cod) for name, cod in zip(self.words, self.types, strict=True)]
        return linked_diagram(words, self.links, self.open)

    def __str__(self) -> str:
        types = [str(t).replace(" @ ", " ") for t in self.types]
        widths = [max(len(w), len(t)) + 2 for w, t in zip(self.words, types, strict=True)]
        lines = [_row(self.words, widths), _row(types, widths)]
        for node, branch in zip(self.tree, _branches([n.depth for n in self.tree]), strict=True):
            text = " ".join(self.tokens[node.begin : node.end])
            label = text if node.rule == "word" else node.rule
            lines.append(f"{branch}{node.category}  {label}")
        return "\n".join(lines)


def _branches(depths: Sequence[int]) -> list[str]:
    """What is drawn on the left of each node of a tree in preorder."""
    has_next: set[int] = set()  # depths at which a sister follows further down
    drawn = []
    for depth in reversed(depths):
        above = "".join("\u2502 " if d in has_next else "  " for d in range(1, depth))
        own = ("\u251c\u2500" if depth in has_next else "\u2514\u2500") if depth else ""
        drawn.append(above + own)
        has_next = {d for d in has_next if d < depth} | {depth}
    return drawn[::-1]


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "".join(c.ljust(w) for c, w in zip(cells, widths, strict=True)).rstrip()
