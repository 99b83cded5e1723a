"""The English that ships with the package: closed-class words, some common words, inflection.

The tables in ``data/`` were written by hand: ``words.tsv`` gives each word its classes,
``classes.tsv`` gives each class its CCG categories, ``forms.tsv`` holds irregular inflections.
They are read at the first look-up. Every part of a word's analysis has a cost, smaller for what
is more usual, and costs add.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, NamedTuple

from qnlp.grammar.categories import SENTENCE_FEATURES, parse_wires

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qnlp.grammar.categories import Wire

__all__ = ["class_codes", "guess_word", "known_word", "proper_noun"]

Analyses = dict[tuple["Wire", ...], float]
"""Types with features, each at the least cost of the ways to reach it."""

_DCL, _B, _PT, _NG = (SENTENCE_FEATURES[name] for name in ("dcl", "b", "pt", "ng"))
_VERB_FORMS = {
    "base": _DCL | _B,
    "s": _DCL,
    "past": _DCL,
    "pp": _PT,
    "ed": _DCL | _PT,
    "ing": _NG,
}
_EXTRAS = {"pp": ("pss", "pt"), "ed": ("pss", "pt"), "ing": ("ng", "pt")}
_FINITE = frozenset({"base", "s", "past", "ed"})
_OPEN_CLASSES = frozenset({"n", "a", "v", "vt", "vi"})
_NUMBER = re.compile(r"[+-]?\d[\d.,:/-]*")

_GUESS_PENALTY = 1.0
_GUESSES = (
    ("ly", "r"),
    ("ful ous able ible less ish ive ic ical al ary", "a"),
    ("ise ize ify", "vt"),
    ("", "n"),
)
_GUESSES_OF_LAST_RESORT = "n:1 a:1.5 vt:2 vi:2"


class _Tables(NamedTuple):
    classes: dict[str, list[tuple[str, float]]]
    words: dict[str, str]
    forms: dict[str, list[tuple[str, str, float]]]
    irregular: set[tuple[str, str]]


def known_word(word: str) -> Analyses:
    """The types of a word of the tables, or of a regular inflection of one; empty if there is none.

    Examples
    --------
    >>> from qnlp.grammar.categories import wires_to_type
    >>> [str(wires_to_type(wires)) for wires in known_word("the")]
    ['n @ n.l']
    """
    tables = _tables()
    found: Analyses = {}
    if word in tables.words:
        _add(found, tables.words[word], "base", 0.0)
    for lemma, kind, cost in tables.forms.get(word, ()):
        _add(found, tables.words[lemma], kind, cost)
    for stem, kinds in _regular_stems(word):
        if stem in tables.words:
            for kind in kinds:
                if (stem, kind) not in tables.irregular:
                    _add(found, tables.words[stem], kind, 0.0)
    if not found and _NUMBER.fullmatch(word):
        _add(found, "num", "base", 0.0)
    return found


def class_codes(word: str) -> list[str]:
    """The names of the classes of a word of the tables, in the order of their listing.

    Examples
    --------
    >>> class_codes("pretend")
    ['vs', 'vto']
    """
    return [code.partition(":")[0] for code in _tables().words.get(word, "").split()]


def proper_noun(word: str) -> Analyses:
    """What a capital in the middle of a sentence adds to a word: it may be a name.

    Examples
    --------
    >>> list(proper_noun("mark").values()), proper_noun("the")
    ([0.5], {})
    """
    classes = _tables().words.get(word, "n")
    found: Analyses = {}
    if _OPEN_CLASSES.intersection(code.partition(":")[0] for code in classes.split()):
        found[parse_wires("N")] = 0.5
    return found


def guess_word(word: str) -> Analyses:
    """Types for a word that is in no table, by its ending; a noun where it has none that tells.

    Examples
    --------
    >>> from qnlp.grammar.categories import wires_to_type
    >>> guesses = guess_word("blorfful")
    >>> str(wires_to_type(min(guesses, key=guesses.get)))
    'n @ n.l'
    """
    found: Analyses = {}
    for kind, ending in (("ing", "ing"), ("ed", "ed")):
        if word.endswith(ending) and len(word) > len(ending) + 2:
            _add(found, "v", kind, _GUESS_PENALTY)
            _add(found, "a", "base", _GUESS_PENALTY + 0.5)
    if word.endswith("s") and not word.endswith("ss"):
        _add(found, "n", "pl", _GUESS_PENALTY)
        _add(found, "v:1.5", "s", _GUESS_PENALTY)
    if not found:
        codes = next(codes for ends, codes in _GUESSES if word.endswith(tuple(ends.split(" "))))
        _add(found, codes, "base", _GUESS_PENALTY)
    _add(found, _GUESSES_OF_LAST_RESORT, "base", _GUESS_PENALTY)
    return found


def _add(found: Analyses, codes: str, kind: str, cost: float) -> None:
    """Add what an inflection of a word of these classes may be."""
    for code in codes.split():
        name, _, extra = code.partition(":")
        for category, form, more in _inflected(name, kind):
            wires = parse_wires(category, form)
            total = cost + float(extra or 0) + more
            if wires not in found or total < found[wires]:
                found[wires] = total


@cache
def _inflected(name: str, kind: str) -> tuple[tuple[str, int, float], ...]:
    """Categories, what ``S[v]`` means in them, and costs, of one class in one inflection."""
    classes = _tables().classes
    own = classes[name]
    is_verb = any("S[v]" in category for category, _ in own)
    if kind not in _VERB_FORMS or (kind != "base" and not is_verb):
        source = {"pl": ("n", "n"), "er": ("a", "a"), "ly": ("a", "r")}.get(kind)
        if source is None or source[0] != name:
            return ()
        return tuple((category, 0, cost) for category, cost in classes[source[1]])
    form = _VERB_FORMS[kind]
    result = [
        (category, form, cost) for category, cost in own if "S[v]" in category or kind in _FINITE
    ]
    for extra in _EXTRAS.get(kind, ()):
        result += [(category, form, cost) for category, cost in classes.get(f"{name}.{extra}", ())]
    return tuple(result)


def _regular_stems(word: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """What `word` may be a regular inflection of, and of which kinds."""
    for ending, kinds in (
        ("s", ("pl", "s")),
        ("ed", ("ed",)),
        ("ing", ("ing",)),
        ("er", ("er",)),
        ("est", ("er",)),
        ("ly", ("ly",)),
    ):
        stem = word.removesuffix(ending)
        if len(stem) < 2 or stem == word:
            continue
        if ending == "s":
            if not stem.endswith("s"):
                yield stem, kinds
            if stem.endswith(("se", "xe", "ze", "che", "she", "oe")):
                yield stem[:-1], kinds
            elif stem.endswith("ie"):
                yield stem[:-2] + "y", kinds
            continue
        yield stem, kinds
        if ending != "ly":
            yield stem + "e", kinds
            if stem[-1] == stem[-2]:
                yield stem[:-1], kinds
        if stem.endswith("i") and ending != "ing":
            yield stem[:-1] + "y", kinds


@cache
def _tables() -> _Tables:
    classes: dict[str, list[tuple[str, float]]] = {}
    for name, category, price in _rows("classes.tsv"):
        classes.setdefault(name, []).append((category, float(price)))
    words: dict[str, str] = {}
    for word, codes in _rows("words.tsv"):
        words[word] = codes
    forms: dict[str, list[tuple[str, str, float]]] = {}
    for form, lemma, kind, *cost in _rows("forms.tsv"):
        forms.setdefault(form, []).append((lemma, kind, float(cost[0]) if cost else 0.0))
    irregular = {
        (lemma, "ed" if kind in {"past", "pp"} else kind)
        for analyses in forms.values()
        for lemma, kind, _ in analyses
        if kind != "ing"
    }
    return _Tables(classes, words, forms, irregular)


def _rows(name: str) -> Iterator[list[str]]:
    text = (resources.files("qnlp.grammar") / "data" / name).read_text(encoding="utf-8")
    for line in text.splitlines():
        if not line.startswith("# "):
            yield line.split("\t")
