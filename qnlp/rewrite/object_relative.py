"""A relative pronoun for an object copies its noun into the clause: "dog that I saw"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qnlp.rewrite.words import N, S, is_word, refused
from qnlp.structure import Cap, Cup, Spider, Swap

if TYPE_CHECKING:
    from qnlp.diagram import Box, Diagram

__all__ = ["check_object_relative", "object_relative", "unsafe_object_relative"]

WORDS = frozenset({"that", "which", "who", "whom"})
TYPE = N.r @ N @ N.l.l @ S.l


def check_object_relative(box: Box) -> bool:
    """Whether the box is a relative pronoun that is its clause's object.

    Examples
    --------
    >>> from qnlp import Ty, Word
    >>> n, s = Ty("n"), Ty("s")
    >>> check_object_relative(Word("that", n.r @ n @ n.l.l @ s.l))
    True
    """
    return is_word(box, TYPE, names=WORDS)


def object_relative(box: Box) -> Diagram:
    """The pronoun as a spider on nouns, one leg of it turned round by a swap.

    Raises
    ------
    DiagramError
        If the box is no such pronoun; see `check_object_relative`.

    Notes
    -----
    Source: Sadrzadeh, Clark and Coecke, "The Frobenius anatomy of word meanings I",
    doi:10.1093/logcom/ext044.

    Examples
    --------
    >>> from qnlp import Ty, Word
    >>> n, s = Ty("n"), Ty("s")
    >>> object_relative(Word("that", n.r @ n @ n.l.l @ s.l)).cod
    Ty("n").r @ Ty("n") @ Ty("n").l.l @ Ty("s").l
    """
    if not check_object_relative(box):
        raise refused(box, "object_relative", f"that, which, who or whom of type {TYPE}")
    return unsafe_object_relative(box)


def unsafe_object_relative(box: Box) -> Diagram:
    """The same for a box that is not looked at, whatever its name and type.

    Examples
    --------
    >>> from qnlp import Ty, Word
    >>> len(unsafe_object_relative(Word("where", Ty("n"))).cod)
    4
    """
    copied = Cap(N.r, N) >> N.r @ Spider(1, 2, N)
    turned = N @ Cap(N.l, N.l.l) >> Swap(N, N.l) @ N.l.l >> Cup(N.l, N) @ N.l.l
    return (copied >> N.r @ N @ turned) @ Spider(0, 1, S.l)
