"""Readers without grammar: the words in order, or as a bag.

The shapes are those of lambeq's ``cups_reader``, ``stairs_reader`` and ``spiders_reader``, so that
circuits and results can be compared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from qnlp.diagram import Box, Diagram, Ty, Word
from qnlp.grammar.reader import SentenceReader
from qnlp.structure import Spider, pregroup_diagram

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["CupsReader", "SequenceReader", "SpidersReader", "StairsReader"]

_S = Ty("s")


class CupsReader(SentenceReader):
    """A chain: a start box of type s, then every word of type s.r @ s, joined by cups.

    The order of the words counts; their grammar does not.

    Parameters
    ----------
    lowercase : bool, default True
        Whether names of words are in lower case.

    Examples
    --------
    >>> str(CupsReader()("Alice loves Bob").cod)
    's'
    """

    name = "cups"

    @property
    def target(self) -> Ty:
        """The type s."""
        return _S

    def _read(self, tokens: tuple[str, ...], names: tuple[str, ...], place: str) -> Diagram:
        words = [Word("START", _S), *(Word(name, _S.r @ _S) for name in names)]
        return pregroup_diagram(words, [(2 * i, 2 * i + 1) for i in range(len(names))])


class SequenceReader(SentenceReader):
    """A walk: a start box of type s, then each word as a box from s to s.

    Parameters
    ----------
    lowercase : bool, default True
        Whether names of words are in lower case.

    Examples
    --------
    >>> [box.name for box in SequenceReader()("Alice loves Bob").boxes]
    ['START', 'alice', 'loves', 'bob']
    """

    name = "sequence"

    @property
    def target(self) -> Ty:
        """The type s."""
        return _S

    def _read(self, tokens: tuple[str, ...], names: tuple[str, ...], place: str) -> Diagram:
        return Word("START", _S).then(*(Box(name, _S, _S) for name in names))


class StairsReader(SentenceReader):
    """A recurrence: words of type s, folded from the left by one box ``STAIR`` from s @ s to s.

    Parameters
    ----------
    lowercase : bool, default True
        Whether names of words are in lower case.

    Examples
    --------
    >>> str(StairsReader()("Alice loves Bob").cod)
    's'
    """

    name = "stairs"

    @property
    def target(self) -> Ty:
        """The type s."""
        return _S

    def _read(self, tokens: tuple[str, ...], names: tuple[str, ...], place: str) -> Diagram:
        stair = Box("STAIR", _S @ _S, _S)
        diagram = _side_by_side(Word(name, _S) for name in names)
        for left in range(len(names) - 1, 0, -1):
            diagram = diagram >> stair @ Diagram.id(_power(left - 1))
        return diagram


class SpidersReader(SentenceReader):
    """A bag: words of type s, joined by one spider. The order of the words does not count.

    Parameters
    ----------
    lowercase : bool, default True
        Whether names of words are in lower case.

    Examples
    --------
    >>> str(SpidersReader()("Alice loves Bob").cod)
    's'
    """

    name = "spiders"

    @property
    def target(self) -> Ty:
        """The type s."""
        return _S

    def _read(self, tokens: tuple[str, ...], names: tuple[str, ...], place: str) -> Diagram:
        return _side_by_side(Word(name, _S) for name in names) >> Spider(len(names), 1, _S)


def _side_by_side(words: Iterable[Word]) -> Diagram:
    diagram = Diagram.id(Ty())
    for word in words:
        diagram = diagram @ word
    return diagram


def _power(exponent: int) -> Ty:
    return Ty(*["s"] * exponent)
