r"""Which CCG categories a word may have, and at what cost.

A word of the user's lexicon has what stands there. Else a closed-class word has the categories of
``data/closed.tsv``, and an open-class word those of its parts of speech, the more frequent the
cheaper. Words of neither are guessed by capital, digit, hyphen and ending, so that no token is
without a category. Costs are in thousandths.
"""

from __future__ import annotations

import math
import re
from functools import cache, lru_cache
from importlib import resources
from typing import TYPE_CHECKING

from qnlp.grammar.categories import ATOMS, parse_type
from qnlp.grammar.english import class_codes
from qnlp.grammar.wordnet import Sense, senses

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from qnlp.grammar.lexicon import Lexicon

__all__ = ["categories_of_sense", "categories_of_type", "is_closed", "is_known", "supertags"]

Costs = dict[str, int]
"""Categories and the least cost of each."""

VP, MODIFIER = r"S[X]\NP", r"(S[X]\NP)\(S[X]\NP)"
_ADJECTIVE = (
    ("N[X]/N[X]", 200),
    (r"S[adj]\NP", 400),
    (r"(S[adj]\NP)/(S[to]\NP)", 1300),
    (r"(S[adj]\NP)/S[dcl,em]", 1700),
)
_ADVERB = (
    (MODIFIER, 100),
    (rf"({VP})/({VP})", 300),
    ("S[X]/S[X]", 700),
    ("(N[X]/N[X])/(N[X]/N[X])", 500),
    (r"(S[adj]\NP)/(S[adj]\NP)", 500),
    (rf"({MODIFIER})/({MODIFIER})", 1200),
)
_NAME = (("NP", 300), ("N[X]/N[X]", 900), ("N[sg]", 700))
_NUMBER = (("N[X]/N[X]", 200), ("NP", 500), ("N[pl]", 700), ("NP/N", 300))
_FORMS = {"base": "dcl,b", "s": "dcl", "past": "dcl", "ed": "dcl,pt", "pp": "pt", "ing": "ng"}
_CLASS_FRAMES = {
    "vs": "S", "vto": "N", "vot": "O", "vob": "B", "vos": "P", "va": "A", "voa": "C", "vng": "G",
    "vd": "D", "vt": "T", "vi": "I", "v": "IT",
}  # fmt: skip
_FRAMES = {
    "D": (("NP", "NP"), 1000),
    "S": (("S[dcl,em]",), 500),
    "W": (("S[em]",), 900),
    "N": ((r"(S[to]\NP)",), 400),
    "O": (("NP", r"(S[to]\NP)"), 800),
    "B": (("NP", r"(S[b]\NP)"), 1200),
    "P": (("NP", "S[dcl,em]"), 900),
    "A": ((r"(S[adj]\NP)",), 400),
    "C": (("NP", r"(S[adj]\NP)"), 1300),
    "G": ((r"(S[ng]\NP)",), 900),
}
_HAND_DISCOUNT = 300
_ENDINGS = (("ly", "r"), ("ful ous able ible less ish ive ic ical al ary y", "a"))
_NUMBER_WORD = re.compile(r"[#$\u00a3\u20ac+-]?\d[\d.,:/%-]*(?:st|nd|rd|th|s|am|pm|k|m)?")
_OPEN_PENALTY, _CLOSED_PENALTY = 1500, 2500
_LAST_RESORT = (("N[sg]", 3500), ("N[X]/N[X]", 3500))
_NEVER_OPEN = frozenset(
    """
    @det @detsg @detpl @pron @befin @be @been @modal @dofin @havefin @conj @of @to @comp @wh
    """.split()  # noqa: SIM905
)


def supertags(token: str, *, initial: bool, lexicon: Lexicon) -> list[tuple[str, int]]:
    """The categories of a token, cheapest first, never none unless the lexicon says so.

    Parameters
    ----------
    token : str
    initial : bool
        Whether it starts its sentence, so that a capital tells nothing.
    lexicon : Lexicon

    Returns
    -------
    list of (str, int)
        Empty only for an unknown word where the lexicon says ``unknown="error"``.

    Examples
    --------
    >>> from qnlp.grammar import Lexicon
    >>> supertags("the", initial=True, lexicon=Lexicon())
    [('NP/N', 0)]
    """
    own = lexicon.own(token)
    if own:
        found: Costs = {}
        for text, cost in own:
            for category in categories_of_type(text):
                _put(found, category, round(1000 * cost))
    elif lexicon.builtin and (lexicon.unknown == "guess" or is_known(token)):
        found = _english(token, initial)
    else:
        found = {"guess": _guess(token), "noun": {"N[sg]": 1000}, "error": {}}[lexicon.unknown]
    return sorted(found.items(), key=lambda pair: (pair[1], pair[0]))


@lru_cache(maxsize=4096)
def categories_of_type(text: str) -> tuple[str, ...]:
    r"""A type as a user writes it, as CCG categories: all those that give this pregroup type.

    Examples
    --------
    >>> categories_of_type("n.r s n.l")
    ('(S/N[any])\\N[any]', '(S\\N[any])/N[any]')
    """
    if re.search(r"[\\/()\[]", text) or text.strip() in ATOMS:
        return (text.replace(" ", "").replace("[v]", "[X]"),)
    wires = parse_type(text).objects
    return tuple(dict.fromkeys(_bracketings(tuple(wires))))[:8]


def _bracketings(wires: tuple[tuple[str, int], ...]) -> Iterator[str]:
    if len(wires) == 1 and wires[0][1] == 0:
        yield {"s": "S", "n": "N[any]"}.get(wires[0][0], wires[0][0])
    for cut in range(1, len(wires)):
        left, right = wires[:cut], wires[cut:]
        over = tuple((name, z + 1) for name, z in reversed(right))
        under = tuple((name, z - 1) for name, z in reversed(left))
        for slash, result, argument in (("/", left, over), ("\\", right, under)):
            for x in _bracketings(result):
                yield from (f"{_part(x)}{slash}{_part(y)}" for y in _bracketings(argument))


def _part(category: str) -> str:
    return f"({category})" if re.search(r"[\\/]", category) else category


def _put(found: Costs, category: str, cost: int) -> None:
    if cost < found.get(category, 1 << 30):
        found[category] = cost


def _add(found: Costs, pairs: Iterable[tuple[str, int]], cost: int) -> None:
    for category, own in pairs:
        _put(found, category, own + cost)


def is_known(token: str) -> bool:
    """Whether the built-in tables have a token, so that it need not be guessed.

    Examples
    --------
    >>> is_known("dog"), is_known("1999"), is_known("blorf")
    (True, True, False)
    """
    word = token.lower()
    return word in _closed()[1] or bool(senses(word)) or bool(_NUMBER_WORD.fullmatch(word))


def _english(token: str, initial: bool) -> Costs:
    word = token.lower()
    classes, words = _closed()
    found: Costs = {}
    is_open = word not in words
    for code in words.get(word, ()):
        name, _, extra = code.partition(":")
        if name == "@open":
            _add(found, _open(word).items(), int(extra or _OPEN_PENALTY))
            is_open = True
        else:
            _add(found, classes[name], int(extra or 0))
    is_name = token[:1].isupper() and is_open
    if word not in words:
        _add(found, _open(word).items(), 0)
        if found:
            _add(found, _LAST_RESORT, 0)
    elif not is_open and not any(c.partition(":")[0] in _NEVER_OPEN for c in words[word]):
        _add(found, _open(word).items(), _CLOSED_PENALTY)
    if is_name and (not initial or not found):
        _add(found, _NAME, 300 if found else 0)
    return found or _guess(token)


def _open(word: str) -> Costs:
    """The categories of an open-class word of the tables, by its parts of speech."""
    if _NUMBER_WORD.fullmatch(word):
        return dict(_NUMBER)
    listed = senses(word)
    total = sum(sense.weight for sense in listed)
    found: Costs = {}
    for sense in listed:
        share = max(sense.weight / total, 0.01)
        _add(found, categories_of_sense(sense), round(-700 * math.log(share)))
    return found


def categories_of_sense(sense: Sense) -> Iterable[tuple[str, int]]:
    """The categories that a word has as one part of speech, with their costs.

    Examples
    --------
    >>> list(categories_of_sense(Sense("dog", "n", "sg", 1.0)))
    [('N[sg]', 0), ('N[X]/N[X]', 900)]
    """
    if sense.part == "n":
        return ((f"N[{sense.form}]", 0), ("N[X]/N[X]", 900))
    if sense.part == "v":
        return _of_verb(sense)
    return _ADJECTIVE if sense.part == "a" else _ADVERB


def _of_verb(sense: Sense) -> Iterator[tuple[str, int]]:
    features = _FORMS[sense.form]
    late = 150 if sense.form in ("base", "past") else 0
    for arguments, cost in _arguments(sense):
        yield _verb(features, arguments), cost + late
        if sense.form in ("ed", "pp") and arguments[:1] == ("NP",):
            yield _verb("pss", arguments[1:]), cost
        elif sense.form in ("ed", "pp") and arguments[:1] == ("S[dcl,em]",):
            yield _verb("pss", arguments), cost + 400
    if sense.form in ("ed", "pp", "ing"):
        yield "N[X]/N[X]", 800
        yield r"S[adj]\NP", 1500
    if sense.form == "ing":
        yield "N[sg]", 1000


def _verb(features: str, arguments: tuple[str, ...]) -> str:
    category = rf"S[{features}]\NP"
    for argument in reversed(arguments):
        category = f"({category})/{argument}"
    return category


def _arguments(sense: Sense) -> Iterator[tuple[tuple[str, ...], int]]:
    """What a verb takes, from the frames of its senses and from the hand-made classes."""
    hand = "".join(_CLASS_FRAMES.get(code, "") for code in class_codes(sense.lemma))
    letters = sense.frames + hand
    share = min(max(sense.transitive, 0.12), 0.88)
    pairs: tuple[tuple[tuple[str, ...], str, float], ...] = (
        ((), "I", 1 - share),
        (("NP",), "T", share),
    )
    for arguments, letter, part in pairs:
        cost = round(-500 * math.log(part)) + (0 if letter in letters else 900)
        yield arguments, cost - (min(_HAND_DISCOUNT, cost) if letter in hand else 0)
    for letter in dict.fromkeys(letters):
        if letter in _FRAMES:
            arguments, cost = _FRAMES[letter]
            yield arguments, cost - (_HAND_DISCOUNT if letter in hand else 0)


def _guess(token: str) -> Costs:
    """Categories for a token that is in no table."""
    word = token.lower()
    found: Costs = {}
    if token[:1].isupper():
        _add(found, _NAME, 0)
    if "-" in word.strip("-"):
        last = word.rpartition("-")[2]
        _add(found, _ADJECTIVE[:2], 300)
        _add(found, (("N[sg]", 900),), 0)
        _add(found, _open(last).items(), 900)
        return found
    for ending, form in (("ing", "ing"), ("ed", "ed"), ("s", "s")):
        if word.endswith(ending) and len(word) > len(ending) + 2:
            _add(found, _of_verb(Sense(word, "v", form, 1.0, "IT")), 1000 + 500 * (ending == "s"))
    for endings, part in _ENDINGS:
        if word.endswith(tuple(endings.split())) and len(word) > 4:
            _add(found, categories_of_sense(Sense(word, part, "", 1.0)), 300)
    is_plural = word.endswith("s") and not word.endswith("ss")
    _add(found, categories_of_sense(Sense(word, "n", "pl" if is_plural else "sg", 1.0)), 500)
    _add(found, _ADJECTIVE[:2], 1500)
    _add(found, _of_verb(Sense(word, "v", "base", 1.0, "IT")), 2500)
    return found


@cache
def _closed() -> tuple[dict[str, list[tuple[str, int]]], dict[str, list[str]]]:
    """The classes with their categories, and the words with their classes."""
    classes: dict[str, list[tuple[str, int]]] = {}
    words: dict[str, list[str]] = {}
    for line in rows("closed.tsv"):
        name, *rest = line.split("\t")
        if name.startswith("@"):
            classes.setdefault(name, []).append((rest[0], int(rest[1])))
        else:
            for word in name.split():
                words.setdefault(word, []).extend(rest[0].split())
    return classes, words


def is_closed(word: str) -> bool:
    """Whether a word in lower case is one of the closed classes.

    Examples
    --------
    >>> is_closed("of"), is_closed("dog")
    (True, False)
    """
    return word in _closed()[1]


def mark_category(mark: str) -> str:
    """The category of a mark of `scan`.

    Examples
    --------
    >>> mark_category("@comma")
    'comma'
    """
    return _closed()[0][mark][0][0]


def rows(name: str) -> list[str]:
    r"""The lines of a table in ``data/``, without comments.

    Examples
    --------
    >>> rows("changes.tsv")[0].split("\t")[:2]
    ['N[pl]', 'NP']
    """
    text = (resources.files("qnlp.grammar") / "data" / name).read_text("utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("# ")]
