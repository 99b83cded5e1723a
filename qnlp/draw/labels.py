"""Names made fit to be drawn: clean, cut to length, and measured."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qnlp.diagram import Box, Ty

__all__ = [
    "box_label",
    "clean",
    "columns",
    "ems",
    "pad",
    "shorten",
    "shorten_middle",
    "turns",
    "type_label",
]

# Joiners make Persian words and emoji; every other format character can garble its neighbours.
_JOINERS = "\u200c\u200d"
_NARROW = set("fijlrtI.,:;'|!()[] ")
_WIDE = set("mwMW@%\u2026")


def clean(name: str) -> str:
    r"""A name without characters that XML forbids or that turn a terminal's text around.

    Examples
    --------
    >>> from qnlp.draw.labels import clean
    >>> clean("two\nlines")
    'two lines'
    """
    return "".join(map(_printable, name))


def _printable(char: str) -> str:
    if char in "\t\n\r\u2028\u2029":
        return " "
    if char in _JOINERS:
        return char
    hidden = unicodedata.category(char) in ("Cc", "Cf", "Cs") or char in "\ufffe\uffff"
    return "\ufffd" if hidden else char


def shorten(name: str, limit: int) -> str:
    """A clean name of at most `limit` characters; an ellipsis stands for what is cut.

    Examples
    --------
    >>> from qnlp.draw.labels import shorten
    >>> shorten("antidisestablishment", 8)
    'antidis…'
    """
    if len(name) <= limit:
        return clean(name)
    return clean(name[: limit - 1]) + "…"


def shorten_middle(name: str, limit: int) -> str:
    """As `shorten`, but keep the end, where the number of a parameter stands.

    Examples
    --------
    >>> from qnlp.draw.labels import shorten_middle
    >>> shorten_middle("loves__n.r@s@n.l_0", 10)
    'loves__…_0'
    """
    if len(name) <= limit:
        return clean(name)
    return clean(name[: limit - 3]) + "…" + clean(name[-2:])


def box_label(box: Box) -> str:
    """What is written on a box: its name, and how it was turned.

    Examples
    --------
    >>> from qnlp import Box, Ty
    >>> from qnlp.draw.labels import box_label
    >>> box_label(Box("f", Ty("a"), Ty("b")).dagger().l)
    'f†.l'
    """
    return shorten(box.name.replace("(=", "("), 24) + turns(box)  # an angle that is a number


def turns(box: Box) -> str:
    """A dagger's mark and the half turns; four of them stand for more."""
    return "†" * box.is_dagger + (".r" if box.rotation > 0 else ".l") * min(4, abs(box.rotation))


def type_label(ty: Ty) -> str:
    """What is written beside a wire.

    Examples
    --------
    >>> from qnlp import Ty
    >>> from qnlp.draw.labels import type_label
    >>> type_label(Ty("n").l.l)
    'n.l.l'
    """
    return shorten(str(ty), 16)


def columns(text: str) -> int:
    """Columns of a terminal that a clean text fills.

    Examples
    --------
    >>> from qnlp.draw.labels import columns
    >>> columns("cat"), columns("猫"), columns("e\u0301")
    (3, 2, 1)
    """
    return sum(map(_cells, text))


def _cells(char: str) -> int:
    if unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def pad(text: str, width: int) -> str:
    """A clean text in the middle of `width` columns.

    Examples
    --------
    >>> from qnlp.draw.labels import pad
    >>> pad("n", 4)
    ' n  '
    """
    free = max(0, width - columns(text))
    return " " * (free // 2) + text + " " * (free - free // 2)


def ems(text: str) -> float:
    """A generous width of a clean text in a sans-serif font, in units of its size.

    Examples
    --------
    >>> from qnlp.draw.labels import ems
    >>> ems("ill") < ems("mom")
    True
    """
    return sum(map(_em, text))


def _em(char: str) -> float:
    cells = _cells(char)
    if cells != 1:
        return cells * 0.55
    if char in _NARROW:
        return 0.42
    if char in _WIDE:
        return 1.0
    return 0.72 if char.isupper() or not char.isascii() else 0.63
