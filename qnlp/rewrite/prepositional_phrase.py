"""A preposition after a verb phrase changes the sentence: the subject passes it by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qnlp.diagram import Word
from qnlp.rewrite.words import VERB_PHRASE, N, S, is_word, refused
from qnlp.structure import Cap

if TYPE_CHECKING:
    from qnlp.diagram import Box, Diagram

__all__ = ["check_prepositional_phrase", "prepositional_phrase", "unsafe_prepositional_phrase"]

TYPE = VERB_PHRASE.r @ VERB_PHRASE @ N.l


def check_prepositional_phrase(box: Box) -> bool:
    """Whether the box is a preposition whose phrase modifies a verb phrase.

    Examples
    --------
    >>> from qnlp import Ty, Word
    >>> n, s = Ty("n"), Ty("s")
    >>> check_prepositional_phrase(Word("in", s.r @ n.r.r @ n.r @ s @ n.l))
    True
    """
    return is_word(box, TYPE)


def prepositional_phrase(box: Box) -> Diagram:
    """A word of type s.r @ s @ n.l, and a wire inside it for the subject.

    Raises
    ------
    DiagramError
        If the box is no such word; see `check_prepositional_phrase`.

    Examples
    --------
    >>> from qnlp import Ty, Word
    >>> n, s = Ty("n"), Ty("s")
    >>> prepositional_phrase(Word("in", s.r @ n.r.r @ n.r @ s @ n.l)).boxes[0]
    Word('in', Ty("s").r @ Ty("s") @ Ty("n").l)
    """
    if not check_prepositional_phrase(box):
        raise refused(box, "prepositional_phrase", f"a word of type {TYPE}")
    return unsafe_prepositional_phrase(box)


def unsafe_prepositional_phrase(box: Box) -> Diagram:
    """The same for a box that is not looked at, whatever its type.

    Examples
    --------
    >>> from qnlp import Ty, Word
    >>> len(unsafe_prepositional_phrase(Word("in", Ty("n"))).cod)
    5
    """
    return Word(box.name, S.r @ S @ N.l) >> S.r @ Cap(N.r.r, N.r) @ S @ N.l
