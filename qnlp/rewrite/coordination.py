"""And joins two things of one type into one of it, wire by wire."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qnlp.rewrite.words import is_word, refused
from qnlp.structure import caps, spiders

if TYPE_CHECKING:
    from qnlp.diagram import Box, Diagram, Ty

__all__ = ["check_coordination", "coordination", "unsafe_coordination"]

WORDS = frozenset({"and", "&"})


def check_coordination(box: Box) -> bool:
    """Whether the box is "and" of a type T.r @ T @ T.l.

    Examples
    --------
    >>> from qnlp import Ty, Word
    >>> n = Ty("n")
    >>> check_coordination(Word("and", n.r @ n @ n.l)), check_coordination(Word("or", n.r @ n @ n.l))
    (True, False)
    """
    joined = _joined(box.cod)
    return bool(joined) and is_word(box, joined.r @ joined @ joined.l, names=WORDS)


def coordination(box: Box) -> Diagram:
    """The conjunction as spiders, so that its two sides are multiplied entry by entry.

    Raises
    ------
    DiagramError
        If the box is no "and" of such a type; see `check_coordination`.

    Notes
    -----
    Source: Kartsaklis, "Coordination in categorical compositional distributional semantics",
    arXiv:1606.01515.

    Examples
    --------
    >>> from qnlp import Ty, Word
    >>> n = Ty("n")
    >>> [box.name for box in coordination(Word("and", n.r @ n @ n.l)).boxes]
    ['Cap', 'Cap', 'Spider']
    """
    if not check_coordination(box):
        raise refused(box, "coordination", "and of a type T.r @ T @ T.l")
    return unsafe_coordination(box)


def unsafe_coordination(box: Box) -> Diagram:
    """The same for any name: "or" and "and" are then the same.

    Examples
    --------
    >>> from qnlp import Ty, Word
    >>> n = Ty("n")
    >>> unsafe_coordination(Word("or", n.r @ n @ n.l)).cod
    Ty("n").r @ Ty("n") @ Ty("n").l
    """
    joined = _joined(box.cod)
    both = caps(joined.r, joined) @ caps(joined, joined.l)
    return both >> joined.r @ spiders(2, 1, joined) @ joined.l


def _joined(ty: Ty) -> Ty:
    """The middle third of a type."""
    third = len(ty) // 3
    return ty[third : 2 * third] if len(ty) == 3 * third else ty[:0]
