r"""Types as a user writes them, and the wires that the matcher works on.

A lexicon holds pregroup types (``n.r s n.l``) or CCG categories (``(S\NP)/NP``), which are
translated to pregroup types by X/Y -> X @ Y.l and X\Y -> Y.r @ X. What a category says beyond
its pregroup type (``S[b]`` is a bare infinitive, ``N`` lacks its determiner) is kept as a bit mask
on the wire while a sentence is parsed and dropped from the diagram.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from qnlp.diagram import Ty
from qnlp.errors import GrammarError

__all__ = ["Wire", "adjoint", "parse_type", "parse_wires", "target_wires", "wires_to_type"]

ANY = (1 << 16) - 1
"""The mask of a wire that says nothing about its features: it links with every other."""

SENTENCE_FEATURES = {
    name: 1 << bit
    for bit, name in enumerate(
        ("dcl", "b", "pt", "pss", "ng", "to", "adj", "em", "q", "wq"),
    )
}
NOUN, NOUN_PHRASE = 1, 2
ATOMS = {"S": ("s", ANY), "N": ("n", NOUN), "NP": ("n", NOUN_PHRASE), "PP": ("p", ANY)}
MAX_TYPE_LENGTH = 200
"""Characters of a written type. Bounds the recursion, and a mistyped file's error text."""

_CATEGORY_TOKEN = re.compile(r"\s*([()/\\]|[A-Za-z]+(?:\[[A-Za-z,]*\])?)")
_SIMPLE = re.compile(r"([^\W\d]\w*)((?:\.[lr])*)")


class Wire(NamedTuple):
    """One simple type inside the parser: an atom, its winding, and a mask of features.

    Examples
    --------
    >>> parse_wires("n.r s")[0].winding
    1
    """

    atom: str
    winding: int
    features: int


def adjoint(wires: tuple[Wire, ...], shift: int) -> tuple[Wire, ...]:
    """The left (``shift`` -1) or right (+1) adjoint: reversed, every winding shifted.

    Examples
    --------
    >>> str(wires_to_type(adjoint(parse_wires("n.r s"), -1)))
    's.l @ n'
    """
    return tuple(Wire(w.atom, w.winding + shift, w.features) for w in reversed(wires))


@lru_cache(maxsize=4096)
def wires_to_type(wires: tuple[Wire, ...]) -> Ty:
    r"""The pregroup type of `wires`: their features are dropped.

    Examples
    --------
    >>> str(wires_to_type(parse_wires("S[dcl]\\NP")))
    'n.r @ s'
    """
    return Ty.from_objects([(w.atom, w.winding) for w in wires])


def parse_type(text: str) -> Ty:
    r"""Read a pregroup type or a CCG category.

    Parameters
    ----------
    text : str
        Simple types between spaces or ``@`` (``"n.r s n.l"``), or a category
        (``"(S\\NP)/NP"``) over the atoms S, N, NP and PP.

    Returns
    -------
    Ty

    Raises
    ------
    GrammarError
        If `text` is neither; the message quotes the part that is not understood.

    Examples
    --------
    >>> str(parse_type("(S\\NP)/NP"))
    'n.r @ s @ n.l'
    >>> parse_type("n.r s n.l") == parse_type("n.r @ s @ n.l")
    True
    """
    return wires_to_type(parse_wires(text))


@lru_cache(maxsize=4096)
def parse_wires(text: str, form: int = ANY) -> tuple[Wire, ...]:
    r"""Read a type with its features; ``S[v]`` stands for a sentence of features `form`.

    Examples
    --------
    >>> [w.features for w in parse_wires("S[b]\\NP")]
    [2, 2]
    """
    if len(text) > MAX_TYPE_LENGTH:
        message = (
            f"type has {len(text)} characters, expected at most {MAX_TYPE_LENGTH}: {text[:40]!r}..."
        )
        raise GrammarError(message)
    bare = text.strip()
    if re.search(r"[\\/()\[]", bare) or bare in ATOMS:
        wires = _Category(bare, form).read()
    else:
        wires = tuple(_parse_simple(part, text) for part in bare.replace("@", " ").split())
    if not wires:
        message = "type is empty, expected a pregroup type or a CCG category"
        raise GrammarError(message)
    return tuple(_widen(w) for w in wires)


def target_wires(target: Ty) -> tuple[Wire, ...]:
    """What is asked of a whole sentence: an ``s`` must be declarative or a question.

    Examples
    --------
    >>> target_wires(parse_type("n"))[0].atom
    'n'
    """
    whole = sum(SENTENCE_FEATURES[name] for name in ("dcl", "q", "wq"))
    return tuple(
        Wire(name, winding, whole if (name, winding) == ("s", 0) else ANY)
        for name, winding in target.objects
    )


def _parse_simple(part: str, text: str) -> Wire:
    found = _SIMPLE.fullmatch(part)
    if found is None:
        message = (
            f"type {text!r} has the part {part!r}, expected a name with any number of .l or .r"
        )
        raise GrammarError(message)
    ends = found[2]
    return Wire(found[1], ends.count("r") - ends.count("l"), ANY)


def _widen(wire: Wire) -> Wire:
    """A noun may stand as a noun phrase, but an argument N takes no noun phrase."""
    if wire.atom == "n" and wire.features == NOUN and wire.winding % 2 == 0:
        return wire._replace(features=NOUN | NOUN_PHRASE)
    return wire


class _Category:
    """Recursive descent over one CCG category; slashes associate to the left."""

    def __init__(self, text: str, form: int) -> None:
        self.text = text
        self.form = form
        self.tokens: list[str] = []
        end = 0
        while end < len(text):
            found = _CATEGORY_TOKEN.match(text, end)
            if found is None:
                message = (
                    f"category {text!r} has {text[end]!r} at column {end + 1}, "
                    "expected an atom, a slash or a parenthesis"
                )
                raise GrammarError(message)
            self.tokens.append(found[1])
            end = found.end()
        self.next = 0

    def read(self) -> tuple[Wire, ...]:
        wires = self.expression()
        if self.next < len(self.tokens):
            message = f"category {self.text!r} has {self.tokens[self.next]!r} after its end"
            raise GrammarError(message)
        return wires

    def take(self) -> str:
        if self.next == len(self.tokens):
            message = f"category {self.text!r} ends too early, expected an atom"
            raise GrammarError(message)
        self.next += 1
        return self.tokens[self.next - 1]

    def expression(self) -> tuple[Wire, ...]:
        result = self.part()
        while self.next < len(self.tokens) and self.tokens[self.next] in "/\\":
            slash = self.take()
            argument = self.part()
            if slash == "/":
                result = result + adjoint(argument, -1)
            else:
                result = adjoint(argument, 1) + result
        return result

    def part(self) -> tuple[Wire, ...]:
        token = self.take()
        if token == "(":
            inner = self.expression()
            if self.take() != ")":
                message = f"category {self.text!r} lacks a closing parenthesis"
                raise GrammarError(message)
            return inner
        name, _, features = token.rstrip("]").partition("[")
        if name not in ATOMS:
            message = f"category {self.text!r} has the atom {name!r}, expected one of {list(ATOMS)}"
            raise GrammarError(message)
        atom, mask = ATOMS[name]
        return (Wire(atom, 0, self.mask(features) if name == "S" else mask),)

    def mask(self, features: str) -> int:
        """``S`` and ``S[X]`` take any feature, as does one that this parser does not know."""
        if features == "v":
            return self.form
        masks = [SENTENCE_FEATURES.get(name, ANY) for name in features.split(",")]
        return ANY if ANY in masks else sum(masks)
