"""What follows a verb phrase changes the sentence: the subject passes it by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qnlp.diagram import Word
from qnlp.rewrite.words import VERB_PHRASE, N, S, is_word, refused
from qnlp.structure import Cap

if TYPE_CHECKING:
    from qnlp.diagram import Box, Diagram

__all__ = ["check_postadverb", "postadverb", "unsafe_postadverb"]

TYPE = VERB_PHRASE.r @ VERB_PHRASE


def check_postadverb(box: Box) -> bool:
    """Whether the box is a word of the type of an adverb after a verb.

    Examples
    --------
    >>> from qnlp import Ty, Word
    >>> n, s = Ty("n"), Ty("s")
    >>> check_postadverb(Word("well", s.r @ n.r.r @ n.r @ s))
    True
    """
    return is_word(box, TYPE)


def postadverb(box: Box) -> Diagram:
    """A word of type s.r @ s, and a wire inside it for the subject.

    Raises
    ------
    DiagramError
        If the box is no such word; see `check_postadverb`.

    Examples
    --------
    >>> from qnlp import Ty, Word
    >>> n, s = Ty("n"), Ty("s")
    >>> postadverb(Word("well", s.r @ n.r.r @ n.r @ s)).boxes
    [Word('well', Ty("s").r @ Ty("s")), Cap(Ty("n").r.r, Ty("n").r)]
    """
    if not check_postadverb(box):
        raise refused(box, "postadverb", f"a word of type {TYPE}")
    return unsafe_postadverb(box)


def unsafe_postadverb(box: Box) -> Diagram:
    """The same for a box that is not looked at, whatever its type.

    Examples
    --------
    >>> from qnlp import Ty, Word
    >>> unsafe_postadverb(Word("well", Ty("n"))).cod
    Ty("s").r @ Ty("n").r.r @ Ty("n").r @ Ty("s")
    """
    return Word(box.name, S.r @ S) >> S.r @ Cap(N.r.r, N.r) @ S
