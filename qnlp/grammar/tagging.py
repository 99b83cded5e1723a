r"""A tagger's word for what each token is, as a prior on the categories of the CCG reader.

The tags are those of the Penn Treebank: Marcus, Santorini and Marcinkiewicz, Computational Linguistics
19(2), 1993. A category that a word's tag speaks against costs more; none is taken away, so whatever
the tagger says there are as many parses.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from qnlp.grammar.supertags import categories_of_sense, is_closed, is_known
from qnlp.grammar.wordnet import Sense

__all__ = ["biased", "kind_of_category"]

_AGAINST = {False: 1500, True: 750}
"""What a category that the tag speaks against costs more, in thousandths: half as much where the
tables know the word, so that what they say of it counts too."""
_MISSING = {False: 500, True: 1500}
"""What a category that the tag asks for costs at most, beyond its usual cost and the cheapest's:
more where the tables know the word and did not give it."""

_VP = r"(S\NP)"
_ADVERBS = frozenset(
    [
        r"S/S",
        rf"{_VP}/{_VP}",
        rf"{_VP}\{_VP}",
        rf"({_VP}\{_VP})/({_VP}\{_VP})",
        rf"({_VP}/{_VP})/({_VP}/{_VP})",
        "(N/N)/(N/N)",
        "NP/NP",
        r"NP\NP",
        "conj",
    ]
)
_FORMS = frozenset({"dcl", "b", "pt", "pss", "ng", "q"})
_FINITE, _PARTICIPLE = frozenset({"verb dcl", "verb q"}), frozenset({"verb pt", "verb pss"})
_NOUN, _ADJECTIVE = frozenset({"noun", "premodifier"}), frozenset({"adjective", "premodifier"})
_KINDS = (
    dict.fromkeys(("NN", "NNS", "NNP", "NNPS"), _NOUN)
    | dict.fromkeys(("JJ", "JJR", "JJS"), _ADJECTIVE | {"adverb"})
    | dict.fromkeys(("RB", "RBR", "RBS"), frozenset({"adverb", "adjective"}))
    | dict.fromkeys(("VBP", "VBZ", "VBD"), _FINITE)
    | {
        "VB": frozenset({"verb b"}),
        "VBN": _PARTICIPLE | _ADJECTIVE,
        "VBG": frozenset({"verb ng"}) | _ADJECTIVE | _NOUN,
        "MD": _FINITE,
        "IN": frozenset({"preposition", "adverb"}),
        "RP": frozenset({"preposition", "adverb"}),
    }
)
_SENSES = (
    {"NN": ("n", "sg"), "NNS": ("n", "pl"), "NNP": ("n", "sg"), "NNPS": ("n", "pl")}
    | dict.fromkeys(("JJ", "JJR", "JJS"), ("a", ""))
    | dict.fromkeys(("RB", "RBR", "RBS"), ("r", ""))
    | {"VB": ("v", "base"), "VBP": ("v", "base"), "VBZ": ("v", "s"), "VBD": ("v", "past")}
    | {"VBN": ("v", "pp"), "VBG": ("v", "ing")}
)


def biased(word: str, tag: str, listed: list[tuple[str, int]]) -> list[tuple[str, int]]:
    r"""The categories of a word as its tag makes them more or less likely.

    Parameters
    ----------
    word : str
        In lower case.
    tag : str
        Of the Penn Treebank; others change nothing.
    listed : list of (str, int)
        Categories and costs in thousandths.

    Returns
    -------
    list of (str, int)
        Cheapest first. Of a word that no table has, what the tag asks for costs no more than 0.5
        beyond its usual cost and the cheapest of all.

    Examples
    --------
    >>> biased("walks", "VBZ", [("N[pl]", 0), ("S[dcl]\\NP", 100)])[0]
    ('S[dcl]\\NP', 100)
    """
    allowed = _KINDS.get(tag)
    if allowed is None or not listed:
        return listed
    known = is_known(word)
    found = {}
    for category, cost in listed:
        kinds = kind_of_category(category)
        found[category] = cost + (_AGAINST[known] if kinds and not kinds & allowed else 0)
    if tag in _SENSES and not is_closed(word):
        least = min(cost for _, cost in listed)
        for category, cost in _asked(word, tag):
            total = least + _MISSING[known] + cost
            found[category] = min(total, found.get(category, total))
    return sorted(found.items(), key=lambda pair: (pair[1], pair[0]))


@lru_cache(maxsize=4096)
def _asked(word: str, tag: str) -> tuple[tuple[str, int], ...]:
    part, form = _SENSES[tag]
    return tuple(categories_of_sense(Sense(word, part, form, 1.0, "IT" if part == "v" else "")))


@cache
def kind_of_category(category: str) -> frozenset[str]:
    r"""What kinds of open-class words have a category; none where a tag says nothing of it.

    Examples
    --------
    >>> kind_of_category(r"(S[dcl]\NP)/NP"), kind_of_category("NP/N")
    (frozenset({'verb dcl'}), frozenset())
    """
    bare = re.sub(r"\[[^\]]*\]", "", category)
    head = re.match(r"\(*S\[([^\]]*)\]", category)
    features = head[1].split(",") if head else ["X"]
    if bare in ("N", "NP"):
        return frozenset({"noun"})
    if bare == "N/N":
        return frozenset({"premodifier"})
    if features == ["adj"] and bare != rf"{_VP}/{_VP}":
        return frozenset({"adjective", "preposition"} if bare.endswith("/NP") else {"adjective"})
    if features == ["adj"]:
        same = category.count("S[adj]") == 2
        return frozenset({"adverb" if same else "adjective"})
    if features != ["X"]:
        return frozenset(f"verb {f}" for f in features if f in _FORMS)
    if bare in _ADVERBS:
        return frozenset({"adverb"})
    return frozenset({"preposition"} if bare.endswith("/NP") else ())
