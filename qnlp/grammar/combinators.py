r"""Which rule of CCG made a constituent: what treebanks and other parsers leave unsaid.

Categories are compared by what they are as pregroup types: features are left out, and N and NP are
one atom. Rules: Steedman, "The Syntactic Process", MIT Press, 2000, chapters 3 and 4; the unary and
punctuation rules of CCGbank: Hockenmaier and Steedman, doi:10.1162/coli.2007.33.3.355, section 3.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple, NoReturn

from qnlp.errors import GrammarError
from qnlp.grammar.categories import SENTENCE_FEATURES

__all__ = ["MAX_CATEGORY_LENGTH", "Category", "Form", "binary_rule", "read_category", "unary_rule"]

MAX_CATEGORY_LENGTH = 300
"""Characters of a category; the longest of CCGbank has 107."""
MARK, CONJUNCTION = "mark", "conj"

_ATOMS = {"s": "S", "n": "N", "np": "NP", "p": "PP", "pp": "PP", "conj": "conj"}
_MARKS = frozenset({"punc", "lrb", "rrb", "lqu", "rqu", "comma", "dash", "stop", "mark"})
_TOKEN = re.compile(r"([()/\\])|([^()/\\\[\]\s]+)((?:\[[^\[\]\s]*\])*)")

Form = tuple["Form", str, "Form"] | str
"""A category without features: an atom's name, or (result, slash, argument)."""


class Category(NamedTuple):
    r"""A category as it is compared, and as the compiled converter reads it.

    ``is_tagged`` is whether it ends in ``[conj]``, the treebank's mark of a conjunct that waits for
    its left neighbour; it is a ``X\\X`` then.
    """

    form: Form
    text: str
    is_tagged: bool


class Step(NamedTuple):
    """How two parts make a whole: each part's new form where it is changed first, and the rule."""

    rule: str
    left: Form | None = None
    right: Form | None = None
    whole: Form | None = None


@lru_cache(maxsize=8192)
def read_category(text: str) -> Category:
    r"""Read a category as CCGbank, depccg and lambeq write them.

    Parameters
    ----------
    text : str

    Returns
    -------
    Category

    Raises
    ------
    GrammarError
        If it is none; names the column.

    Examples
    --------
    >>> read_category(r"(S[dcl]\NP)/NP").form
    (('S', '\\', 'N'), '/', 'N')
    >>> read_category("NP[conj]").text
    'NP\\NP'
    >>> read_category(",").form
    'mark'
    """
    if len(text) > MAX_CATEGORY_LENGTH:
        message = (
            f"category has {len(text)} characters, expected at most {MAX_CATEGORY_LENGTH}: "
            f"{text[:40]!r}..."
        )
        raise GrammarError(message)
    is_tagged = text.endswith("[conj]") and len(text) > len("[conj]")
    form, spelled = _Reader(text.removesuffix("[conj]") if is_tagged else text).read()
    if is_tagged:
        part = f"({spelled})" if isinstance(form, tuple) else spelled
        form, spelled = (form, "\\", form), f"{part}\\{part}"
    return Category(form, spelled, is_tagged)


class _Reader:
    """Shift and reduce, with no recursion; slashes associate to the left."""

    def __init__(self, text: str) -> None:
        self.text = text

    def fail(self, reason: str, at: int) -> NoReturn:
        message = f"category {self.text!r} {reason} at column {at + 1}"
        raise GrammarError(message)

    def read(self) -> tuple[Form, str]:
        # Of every open parenthesis: the category so far, and the slash that waits for an argument.
        stack: list[tuple[tuple[Form, str] | None, str]] = []
        left: tuple[Form, str] | None = None
        slash = ""
        at = 0
        while at < len(self.text):
            found = _TOKEN.match(self.text, at)
            if found is None:
                self.fail(f"has {self.text[at]!r}", at)
            mark, name, features = found.groups()
            if mark == "(" and (left is None or slash):
                stack.append((left, slash))
                left, slash = None, ""
            elif mark in ("/", "\\") and left is not None and not slash:
                slash = mark
            elif (mark == ")" and stack and left is not None and not slash) or (
                name and (left is None or slash)
            ):
                value = _atom(name, features) if name else left
                if mark == ")":
                    left, slash = stack.pop()
                assert value is not None
                left, slash = value if left is None else _complex(left, slash, value), ""
            else:
                self.fail(f"has {found[0]!r} out of place", at)
            at = found.end()
        if stack or slash or left is None:
            self.fail("ends too early", at)
        return left


def _atom(name: str, features: str) -> tuple[Form, str]:
    plain = name.lower()
    if plain in _MARKS or not any(c.isalnum() for c in name):
        return MARK, MARK
    text = _ATOMS.get(plain, re.sub(r"\W", "_", name))
    form = "N" if text == "NP" else text
    known = [f for f in features[1:-1].split(",") if f in SENTENCE_FEATURES]
    if text == "S" and features and len(known) == features.count(",") + 1:
        text += features
    return form, text


def _complex(left: tuple[Form, str], slash: str, right: tuple[Form, str]) -> tuple[Form, str]:
    argument = f"({right[1]})" if isinstance(right[0], tuple) else right[1]
    result = f"({left[1]})" if isinstance(left[0], tuple) else left[1]
    return (left[0], slash, right[0]), f"{result}{slash}{argument}"


def unary_rule(part: Form, whole: Form) -> str:
    r"""The rule that makes `whole` of `part`: type raising, or a change.

    Examples
    --------
    >>> unary_rule("N", read_category(r"S/(S\NP)").form)
    '>T'
    >>> unary_rule(read_category(r"S[pss]\NP").form, read_category(r"N\N").form)
    'change'
    """
    if isinstance(whole, tuple):
        result, slash, argument = whole
        if slash == "/" and argument == (result, "\\", part):
            return ">T"
        if slash == "\\" and argument == (result, "/", part):
            return "<T"
    return "change"


def binary_rule(left: Category, right: Category, whole: Category, hint: str = "") -> Step | None:
    r"""The rule that makes `whole` of two parts; None if there is none.

    Parameters
    ----------
    left, right, whole : Category
    hint : str
        A rule's name in lambeq: ``LP`` and ``RP`` drop a conjunction, as they do there.

    Returns
    -------
    Step or None

    Examples
    --------
    >>> a, b, c = map(read_category, [r"S/(S\NP)", r"(S\NP)/NP", "S/NP"])
    >>> binary_rule(a, b, c).rule
    '>B'
    """
    if MARK in (left.form, right.form):
        return _beside_mark(left.form, right.form, whole.form)
    if CONJUNCTION in (left.form, right.form):
        return _with_conjunction(left.form, right.form, whole.form, hint)
    rule = _combination(left.form, right.form, whole.form)
    if rule:
        return Step(rule)
    if right.is_tagged:  # a conjunct of another category than its neighbour
        return Step("<", right=(whole.form, "\\", left.form))
    return None


def _beside_mark(left: Form, right: Form, whole: Form) -> Step:
    """Punctuation is dropped; before a conjunct it stands for the conjunction."""
    kept = right if left == MARK else left
    if left == MARK and kept != MARK and whole == (right, "\\", right):
        return Step("list")
    return Step("punct", whole=None if kept == whole else kept)


def _with_conjunction(left: Form, right: Form, whole: Form, hint: str) -> Step:
    """A conjunction takes its conjunct as a function does."""
    if left == CONJUNCTION:
        if hint == "LP" and whole == right:
            return Step("punct", left=MARK)
        if whole == (right, "\\", right):
            return Step("conj")
        return Step(">", left=(whole, "/", right))
    if hint == "RP" and whole == left:
        return Step("punct", right=MARK)
    return Step("<", right=(whole, "\\", left))


def _combination(left: Form, right: Form, whole: Form) -> str:
    """Application, or composition of any order, crossed or not."""
    if left == (whole, "/", right):
        return ">"
    if right == (whole, "\\", left):
        return "<"
    if isinstance(left, tuple) and left[1] == "/":
        slashes = _composed(left[0], left[2], right, whole)
        if slashes:
            return (">B" if len(slashes) == 1 else ">B2") if set(slashes) == {"/"} else ">Bx"
    if isinstance(right, tuple) and right[1] == "\\":
        slashes = _composed(right[0], right[2], left, whole)
        if slashes:
            return (
                ("<B" if len(slashes) == 1 else "<B2")
                if set(slashes) == {"\\"}
                else ("<Bx" if len(slashes) == 1 else "<Bx2")
            )
    return ""


def _composed(result: Form, argument: Form, other: Form, whole: Form) -> str:
    """The slashes of `other` beyond `argument`, if `whole` has them beyond `result`; else none."""
    slashes = ""
    while other != argument:
        if not isinstance(other, tuple) or not isinstance(whole, tuple):
            return ""
        if other[1:] != whole[1:]:
            return ""
        slashes += other[1]
        other, whole = other[0], whole[0]
    return slashes if whole == result else ""


def spell(form: Form) -> str:
    r"""A form as text.

    Examples
    --------
    >>> spell((("S", "\\", "N"), "/", "N"))
    '(S\\N)/N'
    """
    if isinstance(form, str):
        return form
    left, right = (f"({spell(f)})" if isinstance(f, tuple) else f for f in (form[0], form[2]))
    return f"{left}{form[1]}{right}"
