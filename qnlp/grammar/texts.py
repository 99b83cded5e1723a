"""Texts: several sentences as one diagram, joined along the nouns that they share.

Whoever or whatever a text speaks of is one wire that runs through it. Where a later sentence speaks of
it again, by a pronoun or by the same noun, a spider copies the wire into that place, so that every
sentence is about the same thing. The wires of the sentences meet in one spider at the end.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from qnlp.diagram import Diagram, Word
from qnlp.errors import EmptySentenceError, GrammarError
from qnlp.grammar.ccg import CCGReader
from qnlp.grammar.coverage import CoverageReport
from qnlp.grammar.marks import is_abbreviation
from qnlp.grammar.reader import BaseReader, shown
from qnlp.grammar.reference import Mention, antecedent, is_pronoun
from qnlp.structure import Cup, Spider, permutation
from qnlp.ty import Ty

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from qnlp.diagram import Box
    from qnlp.grammar.derivations import CCGDerivation
    from qnlp.grammar.pregroup import Derivation
    from qnlp.grammar.tokens import SourceLine

__all__ = ["TextReader", "split_sentences"]

_N, _S = Ty("n"), Ty("s")
_END = re.compile(r"[.!?\u2026]+[\"')\]\u201d\u2019]*$")
_NEW = frozenset({"a", "an", "another", "some"})


def split_sentences(text: str) -> list[str]:
    """Cut a text after ``.``, ``!`` and ``?`` that end a word, and at line breaks.

    Not after an abbreviation or an initial. Pieces without a letter or digit stay with what is before
    them.

    Parameters
    ----------
    text : str

    Returns
    -------
    list of str

    Examples
    --------
    >>> split_sentences("Dr. Who sleeps. He snores !  Why?")
    ['Dr. Who sleeps.', 'He snores !', 'Why?']
    """
    found: list[str] = []
    for line in text.splitlines():
        begin: list[str] = []
        for piece in line.split():
            begin.append(piece)
            if _END.search(piece) and not is_abbreviation(piece):
                found.append(" ".join(begin))
                begin = []
        if begin:
            found.append(" ".join(begin))
    joined: list[str] = []
    for sentence in found:
        if joined and not any(character.isalnum() for character in sentence):
            joined[-1] += f" {sentence}"
        else:
            joined.append(sentence)
    return joined


class TextReader(BaseReader):
    """Read texts of several sentences, each to one diagram of type s.

    Each sentence is read by grammar. A pronoun speaks of what the rule of `qnlp.grammar.reference`
    says, a noun that was there before, without "a", "an", "another" or "some" before it, of the same
    as then; one that speaks of nothing earlier is a word like any other.

    Parameters
    ----------
    reader : CCGReader, optional
        What reads one sentence; its target has to be s. By default ``CCGReader(codomain="s")``.
    lowercase : bool, default True
        Whether names of words are in lower case.
    rewrite : str or iterable of str, optional
        Rules of `qnlp.rewrite` that every diagram is rewritten by.
    simplify : bool, default False
        Whether to add all rules of `qnlp.rewrite.SIMPLIFY`.

    Notes
    -----
    Source: Coecke, de Felice, Marsden, Toumi, "Towards compositional distributional discourse
    analysis", arXiv:1811.03277; Coecke, "The mathematics of text structure", arXiv:1904.03478.

    Examples
    --------
    >>> reader = TextReader()
    >>> diagram = reader("The woman writes code. She likes it.")
    >>> [box.name for box in diagram.boxes if box.kind == "word"]
    ['the', 'woman', 'writes', 'code', 'likes']
    >>> diagram.cod
    Ty("s")
    """

    name = "text"

    def __init__(
        self,
        reader: CCGReader | None = None,
        *,
        lowercase: bool = True,
        rewrite: str | Iterable[str] | None = None,
        simplify: bool = False,
    ) -> None:
        super().__init__(lowercase=lowercase, rewrite=rewrite, simplify=simplify)
        made = CCGReader(codomain="s", lowercase=lowercase)
        self.reader = made if reader is None else reader
        if self.reader.target != _S or self.reader.on_failure == "skip":
            message = f"reader of a text is {self.reader!r}, expected one with codomain s, no skip"
            raise GrammarError(message)

    @property
    def target(self) -> Ty:
        """The type s."""
        return _S

    def mentions(self, text: str) -> list[Mention]:
        """The nouns of a text, and what each speaks of.

        Parameters
        ----------
        text : str

        Returns
        -------
        list of Mention
            Those that speak of one thing have one ``referent``.

        Examples
        --------
        >>> found = TextReader().mentions("A man cooks a meal. He likes it.")
        >>> [(m.name, m.referent) for m in found]
        [('man', 0), ('meal', 1), ('he', 0), ('it', 1)]
        """
        return _mentions(self._derive(split_sentences(text))[0])

    def read_report(
        self, texts: Iterable[str], sources: Sequence[SourceLine] | None = None
    ) -> tuple[list[Diagram | None], CoverageReport]:
        """Read texts, and say how each fared.

        Parameters
        ----------
        texts : iterable of str
        sources : sequence of SourceLine, optional

        Returns
        -------
        diagrams : list of Diagram or None
        report : CoverageReport
            A text has a full parse if each of its sentences has.

        Raises
        ------
        TypeError, QnlpError
            As for `read_many`.

        Examples
        --------
        >>> _, report = TextReader().read_report(["Dogs bark. They bite."])
        >>> report.parsed
        [0]
        """
        if isinstance(texts, (str, bytes)):
            message = f"sentences has type {type(texts).__name__}, expected a list of str"
            raise TypeError(message)
        cut = [self._cut(k, text, sources) for k, text in enumerate(texts)]
        places = [place for place, sentences in cut for _ in sentences]
        derivations, whole = self._derive([s for _, ss in cut for s in ss], places)
        report = CoverageReport(len(cut), seconds=whole.seconds)
        diagrams: list[Diagram | None] = []
        begin = 0
        for index, (_, sentences) in enumerate(cut):
            end = begin + len(sentences)
            reasons = [whole.fragments[k] for k in range(begin, end) if k in whole.fragments]
            if reasons:
                report.fragments[index] = reasons[0]
            else:
                report.parsed.append(index)
            if begin <= whole.slowest[0] < end:
                report.slowest = (index, whole.slowest[1])
            diagrams.append(self._rewriter(text_diagram(derivations[begin:end])))
            begin = end
        return diagrams, report

    def read_many(
        self, sentences: Iterable[str], sources: Sequence[SourceLine] | None = None
    ) -> list[Diagram]:
        """Read texts in order.

        Parameters
        ----------
        sentences : iterable of str
            The texts.
        sources : sequence of SourceLine, optional
            Where each was read, for the messages of errors.

        Returns
        -------
        list of Diagram

        Raises
        ------
        TypeError
            If `sentences` is one str, or an item is no str; names its index.
        QnlpError
            As for one text; names its index, and its source if given.

        Examples
        --------
        >>> len(TextReader().read_many(["Dogs bark. They bite.", "Cats sleep."]))
        2
        """
        return [d for d in self.read_report(sentences, sources)[0] if d is not None]

    def config(self) -> dict[str, Any]:
        """What makes this reader, as JSON-able data; `reader_from_config` makes an equal one.

        Examples
        --------
        >>> TextReader().config()["of"]["reader"]
        'ccg'
        """
        return {**super().config(), "of": self.reader.config()}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Make the reader of a `config` without its registry name.

        Examples
        --------
        >>> TextReader.from_config({}).target
        Ty("s")
        """
        arguments = dict(config)
        inner = arguments.pop("of", None)
        if inner is not None:
            settings = {k: v for k, v in inner.items() if k != "reader"}
            arguments["reader"] = CCGReader.from_config(settings)
        return cls(**arguments)

    def _diagram(self, sentence: str, place: str) -> Diagram:
        sentences = self._sentences(sentence, place)
        derivations, _ = self._derive(sentences, [place] * len(sentences))
        return self._rewriter(text_diagram(derivations))

    def _derive(
        self, sentences: Sequence[str], places: Sequence[str] | None = None
    ) -> tuple[list[CCGDerivation], CoverageReport]:
        found, report = self.reader.derive_many(sentences, places)
        return [derivation for derivation in found if derivation is not None], report

    def _cut(
        self, index: int, text: object, sources: Sequence[SourceLine] | None
    ) -> tuple[str, list[str]]:
        if not isinstance(text, str):
            message = f"sentences[{index}] has type {type(text).__name__}, expected str"
            raise TypeError(message)
        place = f"sentence {index}" + (f" ({sources[index]})" if sources is not None else "")
        return place, self._sentences(text, place)

    def _sentences(self, text: str, place: str) -> list[str]:
        found = split_sentences(text)
        if not found:
            message = f"{place} has no words (got {shown(text)}), expected at least one"
            raise EmptySentenceError(message)
        return found


def text_diagram(derivations: Sequence[Derivation]) -> Diagram:
    """One diagram for the sentences of a text.

    Parameters
    ----------
    derivations : sequence of Derivation
        Each with target s.

    Returns
    -------
    Diagram
        Words, a spider for every wire that is spoken of again, the wires brought to their places, then
        each sentence's cups, and a spider on their results.

    Examples
    --------
    >>> from qnlp.grammar import CCGReader
    >>> told = [CCGReader().derive(s) for s in ("Dogs bark", "They bite")]
    >>> [box.name for box in text_diagram(told).boxes]
    ['dogs', 'bark', 'bite', 'Spider', 'Swap', 'Swap', 'Cup', 'Cup', 'Spider']
    """
    layout = _Layout(derivations)
    copies: dict[int, list[int]] = {}
    first: dict[int, Mention] = {}
    for mention in _mentions(derivations):
        origin = first.setdefault(mention.referent, mention)
        if origin is not mention:
            source = layout.phrase(origin.sentence, origin.word)[0]
            copies.setdefault(source, []).append(layout.wire(mention.sentence, mention.word))
    filled = {wire for wires in copies.values() for wire in wires}
    layers: list[tuple[Box, int]] = []
    made = Ty()
    places: list[int] = []  # where each wire that was made has to go
    for word, begin in layout.words:
        if begin not in filled:
            layers.append((word, len(made)))
            made = made @ word.cod
            places += range(begin, begin + len(word.cod))
    inner = _inner_links(layout.links, filled | copies.keys())
    for a, b in inner:
        at = places.index(a)
        layers.append((Cup(layout.type[a], layout.type[b]), at))
        del places[at : at + 2]
    for source, wires in sorted(copies.items(), key=lambda item: -places.index(item[0])):
        at = places.index(source)
        layers.append((Spider(1, 1 + len(wires), layout.type[source]), at))
        places[at : at + 1] = [source, *sorted(wires)]
    order = sorted(range(len(places)), key=places.__getitem__)
    spread = Diagram(Ty(), layers)
    places.sort()
    cups: list[tuple[Box, int]] = []
    for a, b in sorted(set(layout.links) - set(inner), key=_span):
        at = places.index(a)
        cups.append((Cup(layout.type[a], layout.type[b]), at))
        del places[at : at + 2]
    together = spread >> permutation(spread.cod, order)
    together = together >> Diagram(together.cod, cups)
    return together if len(derivations) == 1 else together >> Spider(len(derivations), 1, _S)


class _Layout:
    """The wires of all sentences side by side, numbered from left to right."""

    def __init__(self, derivations: Sequence[Derivation]) -> None:
        self.words: list[tuple[Word, int]] = []
        self.links: list[tuple[int, int]] = []
        self.begins: list[list[int]] = []
        self.type = Ty()
        for derivation in derivations:
            shift = len(self.type)
            self.links += [(shift + a, shift + b) for a, b in derivation.links]
            begins = []
            for name, cod in zip(derivation.words, derivation.types, strict=True):
                begins.append(len(self.type))
                self.words.append((Word(name, cod), len(self.type)))
                self.type = self.type @ cod
            self.begins.append(begins)
        self.partner = dict(self.links) | {b: a for a, b in self.links}

    def wire(self, sentence: int, word: int) -> int:
        return self.begins[sentence][word]

    def phrase(self, sentence: int, word: int) -> tuple[int, list[int]]:
        """The wire of the whole phrase around a noun, as in "the old man", and its modifiers."""
        begins = self.begins[sentence]
        wire, modifiers = begins[word], list[int]()
        while (partner := self.partner.get(wire)) is not None:
            number = bisect_right(begins, partner) - 1
            begin = begins[number]
            following = self.type[begin : begin + 2]
            is_left = partner == begin + 1 and following == _N @ _N.l
            is_right = partner == begin and following == _N.r @ _N
            if not (is_left or is_right) or number in modifiers:
                break
            wire = begin + is_right
            modifiers.append(number)
        return wire, modifiers


def _span(link: tuple[int, int]) -> int:
    return link[1] - link[0]


def _inner_links(links: Sequence[tuple[int, int]], open_wires: set[int]) -> list[tuple[int, int]]:
    """The links, innermost first, that neither touch nor go round an open wire."""
    gone: set[int] = set()
    found = []
    for a, b in sorted(links, key=_span):
        if a not in open_wires and b not in open_wires and gone.issuperset(range(a + 1, b)):
            gone |= {a, b}
            found.append((a, b))
    return found


class _Noun(NamedTuple):
    name: str
    word: int
    is_subject: bool
    is_object: bool
    is_new: bool


def _nouns(derivation: Derivation) -> list[_Noun]:
    """The words of type n, and what part each plays."""
    layout = _Layout([derivation])
    found = []
    for word, (name, ty) in enumerate(zip(derivation.words, derivation.types, strict=True)):
        if ty != _N:
            continue
        wire, modifiers = layout.phrase(0, word)
        partner = layout.partner.get(wire)
        joined = None if partner is None else layout.type[partner]
        is_new = any(derivation.words[k].lower() in _NEW for k in modifiers)
        found.append(_Noun(name.lower(), word, joined == _N.r, joined == _N.l, is_new))
    return found


def _mentions(derivations: Sequence[Derivation]) -> list[Mention]:
    found: list[Mention] = []
    n_referents = 0
    for sentence, derivation in enumerate(derivations):
        for noun in _nouns(derivation):
            if is_pronoun(noun.name):
                known = antecedent(noun.name, sentence, found, is_object=noun.is_object)
            else:
                same = [m for m in found if m.name == noun.name]
                known = same[0] if same and not noun.is_new else None
            referent = n_referents if known is None else known.referent
            n_referents += known is None
            found.append(Mention(noun.name, sentence, noun.word, noun.is_subject, referent))
    return found
