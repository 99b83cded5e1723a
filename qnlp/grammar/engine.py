"""Between sentences and the compiled chart parser: tokens to numbers, readings to diagrams."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from qnlp._core.grammar import Parser
from qnlp.diagram import SIGNATURE, Diagram
from qnlp.errors import EmptySentenceError, GrammarError, UnknownWordError
from qnlp.grammar.derivations import CCGDerivation, Constituent
from qnlp.grammar.marks import scan
from qnlp.grammar.reader import shown
from qnlp.grammar.supertags import categories_of_type, mark_category, rows, supertags
from qnlp.grammar.tagging import biased
from qnlp.grammar.weights import change_costs, default_weights
from qnlp.ty import Ty

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from qnlp._core.grammar import Outcome, Reading
    from qnlp.grammar.lexicon import Lexicon
    from qnlp.grammar.marks import Marked
    from qnlp.grammar.weights import ReaderWeights

__all__ = ["CountedReading", "Engine", "Prepared", "Usage", "bare_category"]

_PLACES = ("anywhere", "clause", "raise", "raise_back", "opened", "fronted")
_WHOLE = "S[dcl,q,wq,imp,em]"
"""A whole sentence is finite: "a film with jokes" is none, though its parts are as in "is with"."""
_LATER_TARGET = 1500
"""What each target after the first costs more than the one before it."""
_FORCED = 1000
"""What a target costs more whose readings are then given another type."""


Usage = dict[str, dict[str, int]]
"""For words in lower case, how often each was read as each category, features left out."""

Tagger = Callable[[Sequence[list["Marked"]]], list[list[str]]]
"""The tags of the words and marks of each sentence."""

_SMOOTHING = 8.0
_CONSISTENCY = 300
"""Cost, for each power of e, of what a word has been more seldom."""


class Prepared(NamedTuple):
    """A sentence as the parser takes it, or why it cannot be one."""

    place: str
    tokens: tuple[str, ...]
    names: tuple[str, ...]
    entries: tuple[int, ...]
    plain: tuple[int, ...]
    """The entries without what usage adds; equal where it adds nothing."""
    problem: Exception | None = None

    @property
    def words(self) -> list[str]:
        """The tokens that are no marks."""
        return [t for k, t in enumerate(self.tokens) if not self.is_mark(k)]

    def is_mark(self, token: int) -> bool:
        """Whether a token is the class of a mark."""
        return self.tokens[token].startswith("@") and len(self.tokens[token]) > 1


class CountedReading(NamedTuple):
    """A reading and what it is made of, for learning what that should cost.

    ``total`` is its cost, that of its target included, in thousandths; ``features`` counts the
    rules of `default_weights`, then the changes of `change_costs`, in their order; ``words`` has each
    word in lower case with its category.
    """

    derivation: CCGDerivation
    total: int
    features: list[int]
    words: list[tuple[str, str]]


class Engine:
    """One compiled parser, and the numbers of the words that it has been given."""

    def __init__(
        self,
        lexicon: Lexicon,
        targets: Sequence[Ty],
        codomain: Ty | None,
        weights: ReaderWeights,
        usage: Usage,
        tagger: Tagger | None = None,
    ) -> None:
        self.lexicon = lexicon
        self.tagger = tagger
        self.weights = weights
        self.usage = usage
        self.shares = _shares(usage)
        self.parser = Parser(_changes(weights), default_weights() | dict(weights.rules))
        self.entries: dict[tuple[str, bool, bool, str], tuple[int, int]] = {}
        self.codomain = -1 if codomain is None else self._category(codomain)
        self.goals = [
            (self._category(t), i * _LATER_TARGET + _FORCED * (codomain not in (None, t)))
            for i, t in enumerate(targets)
        ]

    def prepare(
        self,
        sentences: Sequence[str],
        places: Sequence[str],
        naming: Callable[[tuple[str, ...]], tuple[str, ...]],
        *,
        marks_too: bool = False,
    ) -> list[Prepared]:
        """Cut sentences, and look their words up; `marks_too` makes words of marks alone."""
        cut = [_cut(sentence, marks_too) for sentence in sentences]
        tags: Sequence[Sequence[str]] = [()] * len(cut)
        if self.tagger is not None:
            tags = self.tagger([marked for marked in cut if marked])
            waiting = iter(tags)
            tags = [next(waiting) if marked else () for marked in cut]
        return [
            self._prepare(sentence, place, marked, naming, tagged)
            for sentence, place, marked, tagged in zip(sentences, places, cut, tags, strict=True)
        ]

    def _prepare(
        self,
        sentence: str,
        place: str,
        marked: list[Marked],
        naming: Callable[[tuple[str, ...]], tuple[str, ...]],
        tags: Sequence[str],
    ) -> Prepared:
        if not any(is_word for _, is_word in marked):
            message = f"{place} has no words (got {shown(sentence)}), expected at least one"
            return Prepared(place, (), (), (), (), EmptySentenceError(message))
        tokens = tuple([text for text, _ in marked])
        entries, plain, unknown, initial = [], [], [], True
        for k, (text, is_word) in enumerate(marked):
            key = (text, initial and is_word, is_word, tags[k] if tags and is_word else "")
            entry = self.entries.get(key)
            if entry is None:
                entry = self.entries[key] = self._entry(*key)
            entries.append(entry[0])
            plain.append(entry[1])
            if entry[0] < 0:
                unknown.append(text)
            initial = (initial and not is_word) or (text == "@stop" and not is_word)
        problem = _unknown_words(place, unknown) if unknown else None
        return Prepared(place, tokens, naming(tokens), tuple(entries), tuple(plain), problem)

    def parse(
        self,
        items: Sequence[Prepared],
        *,
        fragments: bool,
        limits: Mapping[str, int],
        features: bool = False,
    ) -> list[Outcome]:
        """Parse sentences on all threads; those with a problem have no readings."""
        sentences = [() if item.problem is not None else item.entries for item in items]
        outcomes = self.parser.parse(
            sentences, self.goals, fragments, self.codomain, features, limits
        )
        if not self.usage or self.codomain < 0 or len(self.goals) < 2:
            return outcomes
        # Usage chooses among the readings of a target, not among targets.
        forced = [k for k, o in enumerate(outcomes) if self._is_forced(o)]
        plain = self.parser.parse(
            [items[k].plain for k in forced], self.goals, False, self.codomain, False, limits
        )
        whole = [k for k, o in zip(forced, plain, strict=True) if not self._is_forced(o)]
        own = [goal for goal in self.goals if goal[0] == self.codomain]
        again = self.parser.parse(
            [sentences[k] for k in whole], own, False, self.codomain, features, limits
        )
        for k, outcome in zip(whole, again, strict=True):
            if outcome.readings:
                outcomes[k] = outcome
        return outcomes

    def _is_forced(self, outcome: Outcome) -> bool:
        """Whether the best full reading is of a target that is not the codomain."""
        if outcome.status != "parsed":
            return False
        best = outcome.readings[0]
        return best.total - best.cost >= _FORCED

    def counted(self, item: Prepared, outcome: Outcome, reading: Reading) -> CountedReading:
        """A reading with what it is made of; the sentences were parsed with `features`."""
        derivation = self.derivation(item, outcome, reading)
        words = [
            (item.tokens[node.begin].lower(), node.category)
            for node in derivation.tree
            if node.rule == "word" and not item.is_mark(node.begin)
        ]
        return CountedReading(derivation, reading.total, reading.features, words)

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

    def roots(self, outcomes: Iterable[Outcome]) -> list[str]:
        """The categories of the whole sentences, where there is a full parse."""
        parsed = [o.readings[0] for o in outcomes if o.status == "parsed"]
        return [self.parser.tree(reading)[0][2] for reading in parsed]

    def count_usage(self, items: Iterable[Prepared], outcomes: Iterable[Outcome]) -> Usage:
        """How often the best readings take each word as what; those in parts do not count."""
        counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for item, outcome in zip(items, outcomes, strict=True):
            if outcome.status == "parsed":
                for _, rule, category, begin, _ in self.parser.tree(outcome.readings[0]):
                    if rule == "word" and not item.tokens[begin].startswith("@"):
                        counts[item.tokens[begin].lower()][bare_category(category)] += 1
        return {word: dict(sorted(counts[word].items())) for word in sorted(counts)}

    def _surprise(self, seen: Mapping[str, int], category: str) -> int:
        """A cost by how seldom the word was this, smoothed by how seldom any word was."""
        total = sum(seen.values())
        share = max(self.shares.get(category, 0.0), 1e-4)
        p = (seen.get(category, 0) + _SMOOTHING * share) / (total + _SMOOTHING)
        return round(-_CONSISTENCY * math.log(p))

    def _learnt(self, word: str, listed: list[tuple[str, int]]) -> list[tuple[str, int]]:
        """The categories at the costs that training gave them; those may be below zero."""
        of_any, of_word = self.weights.categories, self.weights.words.get(word, {})
        if not (of_any or of_word):
            return listed
        names = [self.parser.category(self.parser.intern(category)) for category, _ in listed]
        return [
            (category, cost + of_any.get(name, 0) + of_word.get(name, 0))
            for (category, cost), name in zip(listed, names, strict=True)
        ]

    def _category(self, target: Ty) -> int:
        listed = categories_of_type(str(target).replace("@", " "))
        if not listed:
            message = f"target {target} is the type of no category"
            raise GrammarError(message)
        return self.parser.intern(_WHOLE if listed[0] == "S" else listed[0])

    def _entry(self, token: str, initial: bool, is_word: bool, tag: str) -> tuple[int, int]:
        """The parser's numbers of the token's categories, with usage and without; -1 for none."""
        if is_word:
            listed = supertags(token, initial=initial, lexicon=self.lexicon)
        else:
            listed = [(mark_category(token), 0)]
        if not listed:
            return -1, -1
        if tag and not self.lexicon.own(token):
            listed = biased(token.lower(), tag, listed)
        if is_word:
            listed = self._learnt(token.lower(), listed)
        plain = self._added(listed)
        seen = self.usage.get(token.lower()) if is_word else None
        if not seen:
            return plain, plain
        used = [(c, cost + self._surprise(seen, bare_category(c))) for c, cost in listed]
        return self._added(used), plain

    def _added(self, listed: Iterable[tuple[str, int]]) -> int:
        return self.parser.add_entry([(self.parser.intern(c), cost) for c, cost in listed])


@lru_cache(maxsize=4096)
def bare_category(category: str) -> str:
    r"""A category without its features.

    Examples
    --------
    >>> bare_category(r"(S[dcl]\NP)/NP")
    '(S\\NP)/NP'
    """
    return re.sub(r"\[[^\]]*\]", "", category)


def _cut(sentence: str, marks_too: bool) -> list[Marked]:
    marked = scan(sentence)
    if marks_too and not any(is_word for _, is_word in marked):
        return [(piece, True) for piece in sentence.split()]
    return marked


def _shares(usage: Usage) -> dict[str, float]:
    """The share of each category among all words."""
    counts: Counter[str] = Counter()
    for seen in usage.values():
        counts.update(seen)
    total = sum(counts.values())
    return {category: count / total for category, count in counts.items()}


def _changes(weights: ReaderWeights) -> list[tuple[str, str, int, int]]:
    costs = change_costs() | dict(weights.changes)
    listed = (row.split("\t") for row in rows("changes.tsv"))
    return [
        (a, b, cost, _PLACES.index(place))
        for (a, b, _, place), cost in zip(listed, costs.values(), strict=True)
    ]


def _unknown_words(place: str, words: list[str]) -> UnknownWordError:
    listed = ", ".join(shown(word) for word in dict.fromkeys(words[:12]))
    message = (
        f"{place}: {len(words)} words are not in the lexicon: {listed}. "
        'Add them, or use unknown="guess".'
    )
    return UnknownWordError(message)
