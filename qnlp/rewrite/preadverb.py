"""What stands before a verb phrase changes the sentence: the subject passes it by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qnlp.diagram import Word
from qnlp.rewrite.words import VERB_PHRASE, N, S, is_word, refused
from qnlp.structure import Cap

if TYPE_CHECKING:
    from qnlp.diagram import Box, Diagram

__all__ = ["check_preadverb", "preadverb", "unsafe_preadverb"]

TYPE = VERB_PHRASE @ VERB_PHRASE.l


def check_preadverb(box: Box) -> bool:
    """Whether the box is a word of the type of an adverb before a verb.

    Examples
    --------
    >>> from qnlp import Ty, Word
    >>> n, s = Ty("n"), Ty("s")
    >>> check_preadverb(Word("never", n.r @ s @ s.l @ n))
    True
    """
    return is_word(box, TYPE)


def preadverb(box: Box) -> Diagram:
    """A word of type s @ s.l, and a wire around it for the subject.

    Raises
    ------
    DiagramError
        If the box is no such word; see `check_preadverb`.

    Examples
    --------
    >>> from qnlp import Ty, Word
    >>> n, s = Ty("n"), Ty("s")
    >>> preadverb(Word("never", n.r @ s @ s.l @ n)).boxes
    [Cap(Ty("n").r, Ty("n")), Word('never', Ty("s") @ Ty("s").l)]
    """
    if not check_preadverb(box):
        raise refused(box, "preadverb", f"a word of type {TYPE}")
    return unsafe_preadverb(box)


def unsafe_preadverb(box: Box) -> Diagram:
    """The same for a box that is not looked at, whatever its type.

    Examples
    --------
    >>> from qnlp import Ty, Word
    >>> unsafe_preadverb(Word("never", Ty("n"))).cod
    Ty("n").r @ Ty("s") @ Ty("s").l @ Ty("n")
    """
    return Cap(N.r, N) >> N.r @ Word(box.name, S @ S.l) @ N
