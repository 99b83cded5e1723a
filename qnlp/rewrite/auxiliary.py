"""Auxiliary verbs hand their subject on: "has seen" is "seen", "did you see" is "you see".

Modal verbs and negations have the same types and are left alone, since they say something.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from qnlp.rewrite.words import VERB_PHRASE, N, S, is_word, refused
from qnlp.structure import Cap, caps

if TYPE_CHECKING:
    from qnlp.diagram import Box, Diagram

__all__ = ["auxiliary", "check_auxiliary", "unsafe_auxiliary"]

WORDS = frozenset(
    [
        "am",
        "is",
        "are",
        "was",
        "were",
        "be",
        "been",
        "being",
        "'s",
        "'re",
        "'m",
        "do",
        "does",
        "did",
        "has",
        "have",
        "had",
        "having",
        "'ve",
        "'d",
        "will",
        "'ll",
        "shall",
        "to",
    ]
)
STATEMENT, QUESTION = VERB_PHRASE @ VERB_PHRASE.l, S @ S.l @ N @ N.l


def check_auxiliary(box: Box) -> bool:
    """Whether the box is an auxiliary verb, in a statement or a question.

    Examples
    --------
    >>> from qnlp import Ty, Word
    >>> n, s = Ty("n"), Ty("s")
    >>> [check_auxiliary(Word(w, n.r @ s @ s.l @ n)) for w in ("has", "not", "might")]
    [True, False, False]
    """
    return is_word(box, STATEMENT, QUESTION, names=WORDS)


def auxiliary(box: Box) -> Diagram:
    """An auxiliary verb as wires.

    Raises
    ------
    DiagramError
        If the box is none; see `check_auxiliary`.

    Examples
    --------
    >>> from qnlp import Ty, Word
    >>> n, s = Ty("n"), Ty("s")
    >>> len(auxiliary(Word("has", n.r @ s @ s.l @ n)))
    2
    """
    if not check_auxiliary(box):
        expected = f"an auxiliary verb of type {STATEMENT} or {QUESTION}"
        raise refused(box, "auxiliary", expected)
    return unsafe_auxiliary(box)


def unsafe_auxiliary(box: Box) -> Diagram:
    """Wires for any word of these types: "did not see" becomes "did see".

    Examples
    --------
    >>> from qnlp import Ty, Word
    >>> n, s = Ty("n"), Ty("s")
    >>> unsafe_auxiliary(Word("not", n.r @ s @ s.l @ n)).cod
    Ty("n").r @ Ty("s") @ Ty("s").l @ Ty("n")
    """
    if box.cod == QUESTION:
        return Cap(S, S.l) @ Cap(N, N.l)
    return caps(VERB_PHRASE, VERB_PHRASE.l)
