"""A sentence as words and marks: what a parser sees of its punctuation."""

from __future__ import annotations

import re
import unicodedata

from qnlp.grammar.tokens import tokenise

__all__ = ["Marked", "is_abbreviation", "scan"]

COMMA, DASH, STOP, MARK = "@comma", "@dash", "@stop", "@mark"
_WRITTEN = {COMMA: ",", DASH: "--", STOP: ".", MARK: '"'}
Marked = tuple[str, bool]
"""A word and True, or the class of a mark and False."""

_INNER = re.compile(r"(\.{2,}|\u2026|--+|[\u2014\u2013]|[!?]+(?=\w)|,(?=[^\W\d]))")
_BREAKS = frozenset("!?;")
_ABBREVIATIONS = frozenset(
    """
    mr mrs ms dr st jr sr vs etc e.g i.e u.s u.k a.m p.m
    inc ltd co prof gen gov sen rep
    """.split()  # noqa: SIM905
)


def scan(sentence: str) -> list[Marked]:
    """Split a sentence into words, as `tokenise` does, and the marks between them.

    A dash or an ellipsis inside a piece of text divides it. A full stop after an abbreviation or
    an initial is no mark, except at the end.

    Parameters
    ----------
    sentence : str

    Returns
    -------
    list of (str, bool)
        Words with True, marks with False: ``@comma``, ``@stop`` (ends a sentence), ``@dash``
        (divides one) or ``@mark`` (quotes, brackets).

    Examples
    --------
    >>> scan("Well, Dr. Who sleeps.")
    [('Well', True), ('@comma', False), ('Dr', True), ('Who', True), ('sleeps', True), ('@stop', False)]
    """
    out: list[Marked] = []
    pieces = unicodedata.normalize("NFC", sentence).split()
    for number, piece in enumerate(pieces):
        if piece.isalpha():
            out.append((piece, True))
            continue
        for part in _INNER.split(piece):
            if part:
                _scan_part(part, number + 1 == len(pieces), out)
    return out


def is_abbreviation(piece: str) -> bool:
    """Whether a piece of text that ends with a full stop is an abbreviation or an initial.

    Examples
    --------
    >>> [is_abbreviation(piece) for piece in ("Dr.", "J.", "I.", "dog.")]
    [True, True, False, False]
    """
    word = piece.removesuffix(".").lstrip("([\"'")
    is_initial = len(word) == 1 and word.isalpha() and word not in "iI"
    return piece.endswith(".") and (is_initial or word.lower() in _ABBREVIATIONS)


def as_written(marked: list[Marked]) -> list[str]:
    """Words and marks as a treebank writes them, for other parsers.

    Examples
    --------
    >>> as_written(scan("Well, Dr. Who sleeps."))
    ['Well', ',', 'Dr', 'Who', 'sleeps', '.']
    """
    return [text if is_word else _WRITTEN.get(text, text) for text, is_word in marked]


def _scan_part(part: str, is_last: bool, out: list[Marked]) -> None:
    words = tokenise(part)
    if not words:
        _marks(part, "", is_last, out)
        return
    start = part.find(words[0])
    end = part.rfind(words[-1].replace("'", part[-1] if part[-1] in "\u2019\u02bc" else "'"))
    end = len(part) if end < 0 else end + len(words[-1])
    _marks(part[:start], "", False, out)
    out.extend((word, True) for word in words)
    _marks(part[end:], words[-1], is_last, out)


def _marks(marks: str, word: str, is_last: bool, out: list[Marked]) -> None:
    """The classes of a run of marks, the same class once."""
    for mark in marks:
        kind = MARK
        if mark in ",\u3001":
            kind = COMMA
        elif mark in _BREAKS or (mark == "." and _is_stop(word, is_last)):
            kind = STOP
        elif mark in ".:-" or unicodedata.category(mark) == "Pd" or mark == "\u2026":
            kind = DASH
        if mark == "." and kind == DASH and len(marks) == 1 and word:
            continue  # of an abbreviation
        if not out or out[-1] != (kind, False):
            out.append((kind, False))


def _is_stop(word: str, is_last: bool) -> bool:
    if is_last:
        return True
    is_initial = len(word) == 1 and word.isalpha() and word not in "iI"
    return bool(word) and not is_initial and word.lower() not in _ABBREVIATIONS
