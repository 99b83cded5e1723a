"""Sentences as tokens.

A sentence is put into Unicode normal form C once, here, so that a word typed with a combining
accent and the same word typed with an accented letter are one word from then on. It is split at
white space. Punctuation vanishes: tokens of nothing else, and the marks at either end of a
token; what stands inside a token stays (``4,000``, ``well-known``). English clitics become
tokens of their own: ``John's`` is ``John 's``, ``doesn't`` is ``does n't``.
"""

from __future__ import annotations

import unicodedata
from typing import NamedTuple

__all__ = ["SourceLine", "tokenise"]

CLITICS = ("n't", "'s", "'re", "'ve", "'ll", "'d", "'m")
_APOSTROPHES = str.maketrans("\u2019\u02bc", "''")
_MARKS_THAT_ARE_WORDS = frozenset("#%&@")


class SourceLine(NamedTuple):
    """Where a sentence was read: a file and a line, counted from 1.

    Examples
    --------
    >>> print(SourceLine("data/mc.txt", 17))
    data/mc.txt:17
    """

    path: str
    line: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


def tokenise(sentence: str) -> tuple[str, ...]:
    """Split a sentence into tokens, without its punctuation.

    Parameters
    ----------
    sentence : str
        Any text; it is put into Unicode normal form C.

    Returns
    -------
    tuple of str
        The tokens as they are spelled, of either case. Empty where there is no word.

    Examples
    --------
    >>> tokenise("woman prepares tasty meal .")
    ('woman', 'prepares', 'tasty', 'meal')
    >>> tokenise("John's dog doesn't sleep, does it?")
    ('John', "'s", 'dog', 'does', "n't", 'sleep', 'does', 'it')
    """
    tokens: list[str] = []
    for piece in unicodedata.normalize("NFC", sentence).split():
        if piece.isalpha():
            tokens.append(piece)
        else:
            tokens.extend(_split(piece))
    return tuple(tokens)


def _split(piece: str) -> tuple[str, ...]:
    """The word and the clitics of a piece of text without white space."""
    word = piece.translate(_APOSTROPHES)
    start, end = 0, _end_without_marks(word, 0, len(word))
    while start < end and _is_mark(word[start]):
        if end - start <= 3 and word[start:end].lower() in CLITICS:
            return (word[start:end],)
        start += 1
    clitics: list[str] = []
    while clitic := _clitic_before(word, start, end):
        clitics.append(clitic)
        end = _end_without_marks(word, start, end - len(clitic))
    return (word[start:end], *reversed(clitics)) if start < end else ()


def _clitic_before(word: str, start: int, end: int) -> str:
    """The clitic that ends at `end`, if it leaves something of the word after `start`."""
    for clitic in CLITICS:
        found = word[max(end - len(clitic), 0) : end]
        if found.lower() == clitic and end - len(clitic) > start:
            return found
    return ""


def _end_without_marks(word: str, start: int, end: int) -> int:
    while end > start and _is_mark(word[end - 1]):
        end -= 1
    return end


def _is_mark(character: str) -> bool:
    return unicodedata.category(character)[0] == "P" and character not in _MARKS_THAT_ARE_WORDS
