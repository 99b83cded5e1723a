"""The open classes of English: parts of speech, verb frames and inflection, from WordNet.

``data/wordnet.tsv.xz`` was built by ``tools/build_wordnet_table.py``; its notice stands beside it.
It is read at the first look-up.
"""

from __future__ import annotations

import lzma
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Sense", "senses"]

_PARTS = "nvar"


class Sense(NamedTuple):
    """One thing that a word may be.

    ``part`` is n, v, a or r; ``form`` is base, s, ed (past and participle), past, pp or ing of a
    verb, sg or pl of a noun, else empty; ``weight`` is how often, up to a factor; ``frames`` are
    the letters of what a verb takes, and ``transitive`` is the share of its use with an object.
    """

    lemma: str
    part: str
    form: str
    weight: float
    frames: str = ""
    transitive: float = 0.5


class _Table(NamedTuple):
    words: dict[str, str]
    irregular: dict[str, str]


def senses(word: str) -> list[Sense]:
    """What a word in lower case may be, inflected or not; empty if the table lacks it.

    Examples
    --------
    >>> [(s.lemma, s.part, s.form) for s in senses("geese")]
    [('goose', 'n', 'pl')]
    >>> [(s.lemma, s.part, s.form) for s in senses("studied")]
    [('studied', 'a', ''), ('study', 'v', 'ed')]
    """
    table = _table()
    found = [s for part in _PARTS for s in _sense(word, part, "base" if part == "v" else "")]
    for pair in table.irregular.get(word, "").split():
        part, _, lemma = pair.partition(":")
        found += _sense(lemma, part, _irregular_form(word, part))
    known = {(s.lemma, s.part) for s in found}
    for stem, part, form in _regular(word):
        if (stem, part) not in known:
            found += _sense(stem, part, form)
    return list(dict.fromkeys(found))


def _sense(word: str, part: str, form: str) -> list[Sense]:
    row = _table().words.get(word)
    digit = int(row[_PARTS.index(part)]) if row else 0
    if not row or not digit:
        return []
    weight = 2.0 ** (digit - 1) - 0.5
    if part == "n":
        return [Sense(word, part, form or "sg", weight)]
    if part != "v":
        return [Sense(word, part, form, weight)]
    frames = row[5:]
    share = int(frames[-1]) / 9 if frames else 0.5
    return [Sense(word, part, form, weight, frames[:-1], share)]


def _irregular_form(word: str, part: str) -> str:
    if part == "n":
        return "pl"
    if part != "v":
        return ""
    if word.endswith("ing"):
        return "ing"
    if word.endswith("s"):
        return "s"
    return _hand_forms().get(word) or ("pp" if word.endswith(("en", "wn", "rn")) else "ed")


@cache
def _hand_forms() -> dict[str, str]:
    """Which irregular forms are a past tense, a participle, or both."""
    kinds: dict[str, set[str]] = {}
    text = (resources.files("qnlp.grammar") / "data" / "forms.tsv").read_text("utf-8")
    for line in text.splitlines():
        if line and not line.startswith("# "):
            form, _, kind, *_ = line.split("\t")
            kinds.setdefault(form, set()).add(kind)
    both = {"past", "pp"}
    return {f: next(iter(k)) if len(k) == 1 else "ed" for f, k in kinds.items() if k <= both}


def _regular(word: str) -> Iterator[tuple[str, str, str]]:
    """The stems that `word` may be a regular inflection of."""
    if word.endswith("s") and not word.endswith("ss") and len(word) > 2:
        stems = [word[:-1]]
        if word.endswith("es"):
            stems.append(word[:-2])
        if word.endswith("ies"):
            stems.append(word[:-3] + "y")
        for stem in stems:
            yield stem, "n", "pl"
            yield stem, "v", "s"
    for ending, part, form in (
        ("ed", "v", "ed"),
        ("ing", "v", "ing"),
        ("in'", "v", "ing"),
        ("er", "a", ""),
        ("est", "a", ""),
        ("er", "r", ""),
    ):
        stem = word.removesuffix(ending)
        if stem == word or len(stem) < 2:
            continue
        yield stem, part, form
        if ending != "in'":
            yield stem + "e", part, form
        if stem[-1] == stem[-2]:
            yield stem[:-1], part, form
        if stem.endswith("i") and ending != "ing":
            yield stem[:-1] + "y", part, form


@cache
def _table() -> _Table:
    packed = (resources.files("qnlp.grammar") / "data" / "wordnet.tsv.xz").read_bytes()
    table = _Table({}, {})
    for line in lzma.decompress(packed).decode().splitlines():
        word, _, row = line.partition("\t")
        if row[0] == "=":
            table.irregular[word] = row[2:]
        else:
            table.words[word] = row
    return table
