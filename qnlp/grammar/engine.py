"""Between sentences and the compiled chart parser: tokens to numbers, readings to diagrams."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from qnlp._core.grammar import Parser
from qnlp.diagram import SIGNATURE, Diagram
from qnlp.errors import EmptySentenceError, GrammarError, UnknownWordError
from qnlp.grammar.derivations import CCGDerivation, Constituent
from qnlp.grammar.marks import scan
from qnlp.grammar.reader import shown
from qnlp.grammar.supertags import categories_of_type, mark_category, rows, supertags
from qnlp.ty import Ty

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from qnlp._core.grammar import Outcome, Reading
    from qnlp.grammar.lexicon import Lexicon

__all__ = ["Engine", "Prepared", "default_weights"]

_PLACES = ("anywhere", "clause", "raise", "raise_back")
_WHOLE = "S[dcl,q,wq,imp,em]"
"""A whole sentence is finite: "a film with jokes" is none, though its parts are as in "is with"."""
_LATER_TARGET = 1500
"""What each target after the first costs more than the one before it."""


class Prepared(NamedTuple):
    """A sentence as the parser takes it, or why it cannot be one."""

    place: str
    tokens: tuple[str, ...]
    names: tuple[str, ...]
    entries: tuple[int, ...]
    problem: Exception | None = None

    @property
    def words(self) -> list[str]:
        """The tokens that are no marks."""
        return [t for t in self.tokens if not (t.startswith("@") and len(t) > 1)]


class Engine:
    """One compiled parser, and the numbers of the words that it has been given."""

    def __init__(
        self,
        lexicon: Lexicon,
        targets: Sequence[Ty],
        codomain: Ty | None,
        weights: Mapping[str, int],
    ) -> None:
        self.lexicon = lexicon
        self.parser = Parser(_changes(), default_weights() | dict(weights))
        self.entries: dict[tuple[str, bool, bool], int] = {}
        self.goals = [(self._category(t), i * _LATER_TARGET) for i, t in enumerate(targets)]
        self.codomain = -1 if codomain is None else self._category(codomain)

    def prepare(
        self,
        sentence: str,
        place: str,
        naming: Callable[[tuple[str, ...]], tuple[str, ...]],
    ) -> Prepared:
        """Cut a sentence, and look its words up."""
        marked = scan(sentence)
        if not any(is_word for _, is_word in marked):
            message = f"{place} has no words (got {shown(sentence)}), expected at least one"
            return Prepared(place, (), (), (), EmptySentenceError(message))
        tokens = tuple([text for text, _ in marked])
        entries, unknown, initial = [], [], True
        for text, is_word in marked:
            key = (text, initial and is_word, is_word)
            entry = self.entries.get(key)
            if entry is None:
                entry = self.entries[key] = self._entry(*key)
            entries.append(entry)
            if entry < 0:
                unknown.append(text)
            initial = (initial and not is_word) or (text == "@stop" and not is_word)
        problem = _unknown_words(place, unknown) if unknown else None
        return Prepared(place, tokens, naming(tokens), tuple(entries), problem)

    def parse(
        self, items: Sequence[Prepared], *, fragments: bool, limits: Mapping[str, int]
    ) -> list[Outcome]:
        """Parse sentences on all threads; those with a problem have no readings."""
        sentences = [() if item.problem is not None else item.entries for item in items]
        return self.parser.parse(sentences, self.goals, fragments, self.codomain, limits)

    def diagram(self, item: Prepared, reading: Reading) -> Diagram:
        """The diagram of a reading."""
        return Diagram._wrap(self.parser.diagram(SIGNATURE, reading, item.names))

    def derivation(self, item: Prepared, outcome: Outcome, reading: Reading) -> CCGDerivation:
        """A reading as a user sees it."""
        types = [Ty.from_objects(list(t)) for t in self.parser.types(reading)]
        kept = [k for k, t in enumerate(types) if len(t)]
        return CCGDerivation(
            tuple([item.names[k] for k in kept]),
            tuple([types[k] for k in kept]),
            tuple(reading.links),
            self.diagram(item, reading).cod,
            reading.cost / 1000,
            tuple([t.removeprefix("@") if len(t) > 1 else t for t in item.tokens]),
            tuple([Constituent(*node) for node in self.parser.tree(reading)]),
            outcome.status,
        )

    def _category(self, target: Ty) -> int:
        listed = categories_of_type(str(target).replace("@", " "))
        if not listed:
            message = f"target {target} is the type of no category"
            raise GrammarError(message)
        return self.parser.intern(_WHOLE if listed[0] == "S" else listed[0])

    def _entry(self, token: str, initial: bool, is_word: bool) -> int:
        """The parser's number of the token's categories; -1 if it has none."""
        if is_word:
            listed = supertags(token, initial=initial, lexicon=self.lexicon)
        else:
            listed = [(mark_category(token), 0)]
        if not listed:
            return -1
        return self.parser.add_entry([(self.parser.intern(c), cost) for c, cost in listed])


def default_weights() -> dict[str, int]:
    """The built-in costs of the parser's rules, in thousandths.

    Examples
    --------
    >>> default_weights()["conjoin"]
    0
    """
    return {name: int(cost) for name, cost in (row.split("\t") for row in rows("weights.tsv"))}


@cache
def _changes() -> tuple[tuple[str, str, int, int], ...]:
    listed = (row.split("\t") for row in rows("changes.tsv"))
    return tuple((a, b, int(cost), _PLACES.index(place)) for a, b, cost, place in listed)


def _unknown_words(place: str, words: list[str]) -> UnknownWordError:
    listed = ", ".join(shown(word) for word in dict.fromkeys(words[:12]))
    message = (
        f"{place}: {len(words)} words are not in the lexicon: {listed}. "
        'Add them, or use unknown="guess".'
    )
    return UnknownWordError(message)
