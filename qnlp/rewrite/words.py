"""What every rule is made of: the types it knows, and how it refuses a box."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qnlp.errors import DiagramError
from qnlp.ty import Ty

if TYPE_CHECKING:
    from qnlp.diagram import Box

__all__ = ["VERB_PHRASE", "N", "S", "is_word", "refused"]

N, S = Ty("n"), Ty("s")
VERB_PHRASE = N.r @ S
"""What a verb with all its objects is: it wants a subject on its left."""


def is_word(box: Box, *types: Ty, names: frozenset[str] | None = None) -> bool:
    """Whether a box is a word of one of the types, and of one of the names in lower case.

    Examples
    --------
    >>> from qnlp import Word
    >>> is_word(Word("The", N @ N.l), N @ N.l, names=frozenset({"the"}))
    True
    """
    return (
        box.kind == "word"
        and not box.is_dagger
        and not box.rotation
        and box.cod in types
        and (names is None or box.name.lower() in names)
    )


def refused(box: Box, rule: str, expected: str) -> DiagramError:
    """The error of a rule that is asked for a box that it is not for.

    Examples
    --------
    >>> from qnlp import Word
    >>> print(refused(Word("old", N), "determiner", "an article of type n @ n.l"))
    rule determiner does not apply to Word('old', Ty("n")), expected an article of type n @ n.l
    """
    return DiagramError(f"rule {rule} does not apply to {box!r}, expected {expected}")
