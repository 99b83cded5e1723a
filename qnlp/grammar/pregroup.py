"""The reader by grammar: a lexicon gives words their types, and cups join what fits."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from qnlp.diagram import Ty, Word
from qnlp.errors import GrammarError, ParseFailure, UnknownWordError
from qnlp.grammar.categories import parse_type, target_wires
from qnlp.grammar.lexicon import Lexicon
from qnlp.grammar.matching import Budget, Candidate, match
from qnlp.grammar.reader import SentenceReader, shown
from qnlp.structure import pregroup_diagram

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from qnlp.diagram import Diagram
    from qnlp.grammar.lexicon import LexicalEntry

__all__ = ["Derivation", "PregroupReader"]

_COST_UNIT = 1000
"""Lexical costs count in thousandths, as integers: sums are exact in any order."""
_SHOWN_WORDS, _SHOWN_TYPES = 12, 5
"""How much of a sentence that cannot be parsed its message shows."""


class _Parse(NamedTuple):
    types: tuple[Ty, ...]
    links: tuple[tuple[int, int], ...]
    target: Ty
    cost: float


@dataclass(frozen=True)
class Derivation:
    """How a sentence was read: a type for each word, and the cups.

    Parameters
    ----------
    words : tuple of str
    types : tuple of Ty
    links : tuple of (int, int)
        Pairs of positions of wires, counted over all types together, that a cup joins.
    target : Ty
        What is left over.
    cost : float
        The sum of the costs of the chosen lexical entries.

    Examples
    --------
    >>> derivation = PregroupReader().derive("woman prepares tasty meal")
    >>> for word, type in zip(derivation.words, derivation.types):
    ...     print(word, type, sep=": ")
    woman: n
    prepares: n.r @ s @ n.l
    tasty: n @ n.l
    meal: n
    """

    words: tuple[str, ...]
    types: tuple[Ty, ...]
    links: tuple[tuple[int, int], ...]
    target: Ty
    cost: float

    def diagram(self) -> Diagram:
        """Words side by side, then the cups.

        Examples
        --------
        >>> str(PregroupReader().derive("woman sleeps").diagram().cod)
        's'
        """
        words = [Word(name, cod) for name, cod in zip(self.words, self.types, strict=True)]
        return pregroup_diagram(words, self.links)


class _Memory:
    """What one reader has looked up and parsed: words by their entries, sentences by those."""

    def __init__(self) -> None:
        self.kinds: dict[tuple[str, bool], int] = {}
        self.kind_of: dict[tuple[LexicalEntry, ...], int] = {}
        self.entries: list[tuple[LexicalEntry, ...]] = []
        self.parses: dict[tuple[int, ...], _Parse | str] = {}


class PregroupReader(SentenceReader):
    """Choose one type a word and planar cups, so that exactly the target is left.

    The choice is the one of least total lexical cost; of those, the one whose cups span the
    least distance, counted in words; of those, the one that a fixed order of search settles first.
    The search is complete: if a choice exists, it is found. Sentences whose words have the same
    lexical entries are parsed once.

    Parameters
    ----------
    lexicon : Lexicon, mapping, path or None
        A lexicon; or its entries, as `Lexicon` takes them; or the path of a TSV file of them. By
        default the built-in English.
    target : str, Ty, or a sequence of those, default "s"
        The type of a sentence. Of several, the first that a sentence can have is taken.
    lowercase : bool, default True
        Whether names of words are in lower case.
    max_steps : int, default 200_000
        How much work one sentence may take; 200,000 take about half a second, an ordinary sentence
        of 20 words takes a few thousand. It is no clock, so every machine gives the same outcome.
    rewrite : str or iterable of str, optional
        Rules of `qnlp.rewrite` that every diagram is rewritten by.
    simplify : bool, default False
        Whether to add all rules of `qnlp.rewrite.SIMPLIFY`.

    Examples
    --------
    >>> reader = PregroupReader()
    >>> str(reader("skillful man prepares sauce .").cod)
    's'
    >>> str(PregroupReader(target="n")("device that people use").cod)
    'n'
    """

    name = "pregroup"

    def __init__(
        self,
        lexicon: Lexicon | Mapping[str, Any] | str | Path | None = None,
        target: str | Ty | Sequence[str | Ty] = "s",
        *,
        lowercase: bool = True,
        max_steps: int = 200_000,
        rewrite: str | Iterable[str] | None = None,
        simplify: bool = False,
    ) -> None:
        super().__init__(lowercase=lowercase, rewrite=rewrite, simplify=simplify)
        if isinstance(lexicon, (str, Path)):
            lexicon = Lexicon.from_tsv(lexicon)
        self.lexicon = lexicon if isinstance(lexicon, Lexicon) else Lexicon(lexicon)
        listed = [target] if isinstance(target, (str, Ty)) else list(target)
        self.targets = tuple(t if isinstance(t, Ty) else parse_type(t) for t in listed)
        if not self.targets or not all(len(t) for t in self.targets):
            message = "target has no type, or an empty one, expected at least one simple type"
            raise GrammarError(message)
        self.max_steps = max_steps
        self._memory = _Memory()

    @property
    def target(self) -> Ty:
        """The first of the types that a sentence may have."""
        return self.targets[0]

    def derive(self, sentence: str) -> Derivation:
        """Read a sentence, and give the types and cups rather than the diagram.

        Parameters
        ----------
        sentence : str

        Returns
        -------
        Derivation

        Raises
        ------
        EmptySentenceError, UnknownWordError, ParseFailure
            As for reading it.

        Examples
        --------
        >>> PregroupReader().derive("cats sleep").links
        ((0, 1),)
        """
        tokens = self._tokens(sentence, "sentence")
        return self._derive(tokens, self._names(tokens), "sentence")

    def config(self) -> dict[str, Any]:
        """What makes this reader, as JSON-able data; `reader_from_config` makes an equal one.

        Returns
        -------
        dict

        Examples
        --------
        >>> PregroupReader({"glorps": "n.r s"}).config()["lexicon"]["entries"]
        {'glorps': [['n.r s', 0.0]]}
        """
        return {
            **super().config(),
            "lexicon": self.lexicon.config(),
            "target": [str(target) for target in self.targets],
            "max_steps": self.max_steps,
        }

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Make the reader of a `config` without its registry name.

        Parameters
        ----------
        config : mapping

        Returns
        -------
        PregroupReader

        Examples
        --------
        >>> from qnlp.grammar import reader_from_config
        >>> reader = PregroupReader(target="n")
        >>> reader_from_config(reader.config()) == reader
        True
        """
        arguments = dict(config)
        if "lexicon" in arguments:
            arguments["lexicon"] = Lexicon(**arguments["lexicon"])
        return cls(**arguments)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_memory": _Memory()}

    def _read(self, tokens: tuple[str, ...], names: tuple[str, ...], place: str) -> Diagram:
        return self._derive(tokens, names, place).diagram()

    def _derive(self, tokens: tuple[str, ...], names: tuple[str, ...], place: str) -> Derivation:
        kinds = tuple([self._kind(token, not i) for i, token in enumerate(tokens)])
        entries = self._memory.entries
        unknown = [t for t, kind in zip(tokens, kinds, strict=True) if not entries[kind]]
        if unknown:
            listed = ", ".join(shown(word) for word in dict.fromkeys(unknown[:_SHOWN_WORDS]))
            message = (
                f"{place}: {len(unknown)} words are not in the lexicon: {listed}. "
                'Add them, or use unknown="guess".'
            )
            raise UnknownWordError(message)
        parse = self._memory.parses.get(kinds)
        if parse is None:
            parse = self._parse([entries[kind] for kind in kinds])
            self._memory.parses[kinds] = parse
        if isinstance(parse, str):
            types = "; ".join(
                f"{shown(token)}: {_types(entries[kind])}"
                for token, kind in zip(tokens[:_SHOWN_WORDS], kinds, strict=False)
            )
            more = "; ..." if len(tokens) > _SHOWN_WORDS else ""
            message = (
                f"{place}: {shown(' '.join(tokens))} {parse}. Types tried: {types}{more}. "
                'Add types to the lexicon, or use reader="ccg", which knows more of English.'
            )
            raise ParseFailure(message)
        return Derivation(names, *parse)

    def _kind(self, token: str, initial: bool) -> int:
        """The number of the word's tuple of entries: words of one number are parsed alike."""
        memory = self._memory
        kind = memory.kinds.get((token, initial))
        if kind is None:
            entries = self.lexicon.lookup(token, initial=initial)
            kind = memory.kind_of.setdefault(entries, len(memory.entries))
            if kind == len(memory.entries):
                memory.entries.append(entries)
            memory.kinds[token, initial] = kind
        return kind

    def _parse(self, words: list[tuple[LexicalEntry, ...]]) -> _Parse | str:
        """The parse, or why there is none."""
        candidates = [
            [Candidate(entry.wires, round(entry.cost * _COST_UNIT)) for entry in entries]
            for entries in words
        ]
        for target in self.targets:
            try:
                found = match(candidates, target_wires(target), self.max_steps)
            except Budget:
                return f"took more than {self.max_steps} steps to parse (max_steps)"
            if found is not None:
                chosen = [entries[i] for entries, i in zip(words, found.choice, strict=True)]
                types = tuple([entry.type for entry in chosen])
                return _Parse(types, found.links, target, sum(entry.cost for entry in chosen))
        return f"has no reading of type {' or '.join(str(target) for target in self.targets)}"


def _types(entries: tuple[LexicalEntry, ...]) -> str:
    """The types of a word in a message, each once, the cheapest first."""
    listed = list(dict.fromkeys(str(entry.type) for entry in entries))
    return " | ".join(listed[:_SHOWN_TYPES]) + (" | ..." if len(listed) > _SHOWN_TYPES else "")
