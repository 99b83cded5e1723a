"""Words that only introduce a clause: "said that it rains" is "said it rains"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qnlp.rewrite.words import S, is_word, refused
from qnlp.structure import Cap

if TYPE_CHECKING:
    from qnlp.diagram import Box, Diagram

__all__ = ["check_connector", "connector", "unsafe_connector"]

WORDS = frozenset({"that", "and", "so", "then"})


def check_connector(box: Box) -> bool:
    """Whether the box introduces a clause and says nothing else.

    Examples
    --------
    >>> from qnlp import Ty, Word
    >>> s = Ty("s")
    >>> check_connector(Word("that", s @ s.l)), check_connector(Word("perhaps", s @ s.l))
    (True, False)
    """
    return is_word(box, S @ S.l, names=WORDS)


def connector(box: Box) -> Diagram:
    """A connector as a wire.

    Raises
    ------
    DiagramError
        If the box is none; see `check_connector`.

    Examples
    --------
    >>> from qnlp import Ty, Word
    >>> s = Ty("s")
    >>> connector(Word("that", s @ s.l)).boxes
    [Cap(Ty("s"), Ty("s").l)]
    """
    if not check_connector(box):
        raise refused(box, "connector", "one of and, so, that, then of type s @ s.l")
    return unsafe_connector(box)


def unsafe_connector(box: Box) -> Diagram:
    """A wire for any word of type s @ s.l, such as "perhaps", which is then lost.

    Examples
    --------
    >>> from qnlp import Ty, Word
    >>> s = Ty("s")
    >>> unsafe_connector(Word("perhaps", s @ s.l)).cod
    Ty("s") @ Ty("s").l
    """
    return Cap(S, S.l)
