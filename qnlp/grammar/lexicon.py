"""Lexicons: which types a word may have, and at what cost."""

from __future__ import annotations

import math
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qnlp.errors import GrammarError
from qnlp.grammar.categories import Wire, parse_wires, wires_to_type
from qnlp.grammar.english import guess_word, known_word, proper_noun

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from qnlp.diagram import Ty

    EntryLike = str | tuple[str, float]

__all__ = ["LexicalEntry", "Lexicon"]

_UNKNOWN = ("guess", "noun", "error")
_MARKS = frozenset({"comma", "dash", "stop", "mark"})
"""What the chart calls a token that is no word."""


@dataclass(frozen=True)
class LexicalEntry:
    """One type that a word may have.

    Parameters
    ----------
    type : Ty
        The pregroup type.
    cost : float
        Finite and not negative; a parse takes the types of least total cost.

    Examples
    --------
    >>> entry = Lexicon({"loves": "n.r s n.l"}).lookup("loves")[0]
    >>> str(entry.type), entry.cost
    ('n.r @ s @ n.l', 0.0)
    """

    type: Ty
    cost: float
    wires: tuple[Wire, ...] = field(repr=False)


class Lexicon:
    r"""Words and their types: the user's own first, then the English that ships with the package.

    A type is written as a pregroup type (``"n.r s n.l"``) or as a CCG category
    (``"(S\NP)/NP"``, translated by X/Y -> X @ Y.l and X\Y -> Y.r @ X).

    Parameters
    ----------
    entries : mapping of str to str, or to a sequence of str or (str, float), optional
        The types of each word, with their costs; a type alone costs 0. A word that stands here has
        these types only: they replace the built-in ones.
    builtin : bool, default True
        Whether words that `entries` lacks are looked up in the built-in English tables.
    unknown : {"guess", "noun", "error"}, default "guess"
        What a word is that stands in neither: a guess by its ending at a higher cost (with
        noun, adjective and verb as a last resort), a noun, or nothing, so that a reader raises
        `UnknownWordError`.

    Raises
    ------
    GrammarError
        If a type is not well formed or named as a mark of punctuation is (comma, dash, stop,
        mark), or a cost is negative or not finite; the message names the word.

    Examples
    --------
    >>> lexicon = Lexicon({"loves": ["n.r s n.l", ("n", 0.5)]})
    >>> [str(entry.type) for entry in lexicon.lookup("loves")]
    ['n.r @ s @ n.l', 'n']
    >>> [str(entry.type) for entry in lexicon.lookup("the")]
    ['n @ n.l']
    """

    def __init__(
        self,
        entries: Mapping[str, str | Sequence[EntryLike]] | None = None,
        *,
        builtin: bool = True,
        unknown: str = "guess",
    ) -> None:
        if unknown not in _UNKNOWN:
            message = f"unknown has {unknown!r}, expected one of {list(_UNKNOWN)}"
            raise GrammarError(message)
        self.builtin = builtin
        self.unknown = unknown
        self._own: dict[str, tuple[tuple[str, float], ...]] = {}
        self._found: dict[tuple[str, bool], tuple[LexicalEntry, ...]] = {}
        for word, types in (entries or {}).items():
            listed = [types] if isinstance(types, str) else types
            pairs = [(item, 0.0) if isinstance(item, str) else item for item in listed]
            self._own[_normal(word)] = tuple(_checked(word, text, cost) for text, cost in pairs)

    @classmethod
    def from_tsv(cls, path: str | Path, *, builtin: bool = True, unknown: str = "guess") -> Lexicon:
        r"""Read a lexicon from a file of lines ``word<TAB>type[<TAB>cost]``.

        Parameters
        ----------
        path : str or Path
            UTF-8 text. A word with several types has several lines; blank lines and lines that
            start with ``#`` and a space are skipped.
        builtin, unknown
            As for the class.

        Returns
        -------
        Lexicon

        Raises
        ------
        GrammarError
            Naming the file and the line.

        Examples
        --------
        >>> import tempfile, pathlib
        >>> path = pathlib.Path(tempfile.mkdtemp()) / "verbs.tsv"
        >>> _ = path.write_text("loves\tn.r s n.l\nloves\tn\t0.5\n")
        >>> [entry.cost for entry in Lexicon.from_tsv(path).lookup("loves")]
        [0.0, 0.5]
        """
        path = Path(path)
        entries: dict[str, list[EntryLike]] = {}
        for number, raw in enumerate(path.read_bytes().removeprefix(b"\xef\xbb\xbf").split(b"\n")):
            try:
                line = raw.decode().removesuffix("\r")
                if line.strip() and not line.startswith("# "):
                    word, text, cost = _columns(line)
                    entries.setdefault(word, []).append(_checked(word, text, cost))
            except ValueError as error:
                reason = "is not UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)
                message = f"{path}:{number + 1}: {reason}"
                raise GrammarError(message) from None
        return cls(entries, builtin=builtin, unknown=unknown)

    def lookup(self, word: str, *, initial: bool = True) -> tuple[LexicalEntry, ...]:
        """The types of a word, cheapest first; of equal cost, in the order of their listing.

        Parameters
        ----------
        word : str
            Looked up as it is spelled, then in lower case.
        initial : bool, default True
            Whether the word starts its sentence. A capital elsewhere may mark a name, so noun is
            added to the types of a built-in word that is not of a closed class.

        Returns
        -------
        tuple of LexicalEntry
            Empty only if the lexicon says ``unknown="error"`` and the word is unknown.

        Examples
        --------
        >>> [str(entry.type) for entry in Lexicon().lookup("meal")]
        ['n', 'n @ n.l']
        """
        key = (word, initial)
        found = self._found.get(key)
        if found is None:
            found = self._found[key] = self._analyse(_normal(word), initial=initial)
        return found

    def own(self, word: str) -> tuple[tuple[str, float], ...]:
        """What the user's entries say of a word: types as written, with costs.

        Examples
        --------
        >>> Lexicon({"loves": "n.r s n.l"}).own("Loves")
        (('n.r s n.l', 0.0),)
        """
        name = _normal(word)
        return self._own.get(name) or self._own.get(name.lower()) or ()

    def __contains__(self, word: object) -> bool:
        """Whether `word` stands in the user's entries or the built-in tables."""
        if not isinstance(word, str):
            return False
        name = _normal(word)
        own = name in self._own or name.lower() in self._own
        return own or (self.builtin and bool(known_word(name.lower())))

    def config(self) -> dict[str, Any]:
        """What makes this lexicon, as JSON-able data: `Lexicon(**config)` is an equal one.

        Examples
        --------
        >>> Lexicon({"loves": "n.r s n.l"}).config()["entries"]
        {'loves': [['n.r s n.l', 0.0]]}
        """
        entries = {word: [list(pair) for pair in pairs] for word, pairs in self._own.items()}
        return {"entries": entries, "builtin": self.builtin, "unknown": self.unknown}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Lexicon) and self.config() == other.config()

    def __hash__(self) -> int:
        return hash((tuple(self._own.items()), self.builtin, self.unknown))

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_found": {}}

    def __repr__(self) -> str:
        return (
            f"Lexicon(<{len(self._own)} words>, builtin={self.builtin}, unknown={self.unknown!r})"
        )

    def _analyse(self, word: str, *, initial: bool) -> tuple[LexicalEntry, ...]:
        lower = word.lower()
        own = self.own(word)
        if own:
            return _entries((parse_wires(text), cost) for text, cost in own)
        found = dict(known_word(lower)) if self.builtin else {}
        is_name = word[:1].isupper() and not initial
        if found and is_name:
            found = {**proper_noun(lower), **found}
        if not found and self.unknown == "guess":
            found = guess_word("" if is_name else lower)
        elif not found and self.unknown == "noun":
            found = {parse_wires("N"): 1.0}
        return _entries(found.items())


def _entries(found: Iterable[tuple[tuple[Wire, ...], float]]) -> tuple[LexicalEntry, ...]:
    entries = [LexicalEntry(wires_to_type(wires), cost, wires) for wires, cost in found]
    return tuple(sorted(entries, key=lambda entry: entry.cost))


def _normal(word: str) -> str:
    return unicodedata.normalize("NFC", word)


def _columns(line: str) -> tuple[str, str, float]:
    columns = line.split("\t")
    if len(columns) not in (2, 3):
        message = f"line has {len(columns)} columns, expected word<TAB>type[<TAB>cost]"
        raise GrammarError(message)
    word = columns[0].strip()
    try:
        cost = float(columns[2]) if len(columns) == 3 else 0.0
    except ValueError:
        message = f"cost of {word!r} has {columns[2]!r}, expected a number"
        raise GrammarError(message) from None
    return word, columns[1], cost


def _checked(word: str, text: str, cost: float) -> tuple[str, float]:
    """The entry, or an error that names the word."""
    if not word or word.split() != [word]:
        message = f"word has {word!r}, expected one token"
        raise GrammarError(message)
    try:
        wires = parse_wires(text)
    except GrammarError as error:
        message = f"word {word!r}: {error}"
        raise GrammarError(message) from None
    marks = sorted(_MARKS.intersection(wire.atom for wire in wires))
    if marks:
        message = f"word {word!r}: type {text!r} has {marks[0]!r}, a name kept for punctuation"
        raise GrammarError(message)
    if not (math.isfinite(cost) and cost >= 0):
        message = f"cost of {word!r} has {cost}, expected a finite number that is not negative"
        raise GrammarError(message)
    return text, float(cost)
