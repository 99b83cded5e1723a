"""Articles and demonstratives mean nothing of their own: "the film" is "film"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qnlp.rewrite.words import N, is_word, refused
from qnlp.structure import Cap

if TYPE_CHECKING:
    from qnlp.diagram import Box, Diagram

__all__ = ["check_determiner", "determiner", "unsafe_determiner"]

WORDS = frozenset({"a", "an", "the", "this", "that", "these", "those"})


def check_determiner(box: Box) -> bool:
    """Whether the box is an article or a demonstrative before a noun.

    Examples
    --------
    >>> from qnlp import Ty, Word
    >>> n = Ty("n")
    >>> check_determiner(Word("the", n @ n.l)), check_determiner(Word("old", n @ n.l))
    (True, False)
    """
    return is_word(box, N @ N.l, names=WORDS)


def determiner(box: Box) -> Diagram:
    """A determiner as a wire.

    Raises
    ------
    DiagramError
        If the box is none; see `check_determiner`.

    Examples
    --------
    >>> from qnlp import Ty, Word
    >>> n = Ty("n")
    >>> determiner(Word("the", n @ n.l)).boxes
    [Cap(Ty("n"), Ty("n").l)]
    """
    if not check_determiner(box):
        raise refused(box, "determiner", "an article or a demonstrative of type n @ n.l")
    return unsafe_determiner(box)


def unsafe_determiner(box: Box) -> Diagram:
    """A wire for any word of type n @ n.l, an adjective too, which is then lost.

    Examples
    --------
    >>> from qnlp import Ty, Word
    >>> n = Ty("n")
    >>> unsafe_determiner(Word("old", n @ n.l)) == unsafe_determiner(Word("new", n @ n.l))
    True
    """
    return Cap(N, N.l)
