"""A relative pronoun for a subject copies its noun into the clause: "dog that barks"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qnlp.rewrite.words import N, S, is_word, refused
from qnlp.structure import Cap, Spider

if TYPE_CHECKING:
    from qnlp.diagram import Box, Diagram

__all__ = ["check_subject_relative", "subject_relative", "unsafe_subject_relative"]

WORDS = frozenset({"that", "which", "who"})
TYPE = N.r @ N @ S.l @ N


def check_subject_relative(box: Box) -> bool:
    """Whether the box is a relative pronoun that is its clause's subject.

    Examples
    --------
    >>> from qnlp import Ty, Word
    >>> n, s = Ty("n"), Ty("s")
    >>> check_subject_relative(Word("who", n.r @ n @ s.l @ n))
    True
    """
    return is_word(box, TYPE, names=WORDS)


def subject_relative(box: Box) -> Diagram:
    """The pronoun as a spider on nouns; what the clause says is asserted of the noun.

    Raises
    ------
    DiagramError
        If the box is no such pronoun; see `check_subject_relative`.

    Notes
    -----
    Source: Sadrzadeh, Clark and Coecke, "The Frobenius anatomy of word meanings I",
    doi:10.1093/logcom/ext044.

    Examples
    --------
    >>> from qnlp import Ty, Word
    >>> n, s = Ty("n"), Ty("s")
    >>> [box.name for box in subject_relative(Word("who", n.r @ n @ s.l @ n)).boxes]
    ['Cap', 'Spider', 'Spider']
    """
    if not check_subject_relative(box):
        raise refused(box, "subject_relative", f"that, which or who of type {TYPE}")
    return unsafe_subject_relative(box)


def unsafe_subject_relative(box: Box) -> Diagram:
    """The same for a box that is not looked at, such as a participle of this type.

    Examples
    --------
    >>> from qnlp import Ty, Word
    >>> unsafe_subject_relative(Word("seeming", Ty("n"))).cod
    Ty("n").r @ Ty("n") @ Ty("s").l @ Ty("n")
    """
    copied = Cap(N.r, N) >> N.r @ Spider(1, 2, N)
    return copied >> N.r @ N @ Spider(0, 1, S.l) @ N
