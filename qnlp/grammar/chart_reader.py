"""What the CCG reader does with sentences: one by one or many at once, in diagrams or with trees."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

from qnlp.errors import ParseFailure
from qnlp.grammar.coverage import CoverageReport
from qnlp.grammar.reader import BaseReader, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from qnlp._core.grammar import Outcome, Reading
    from qnlp.diagram import Diagram
    from qnlp.grammar.derivations import CCGDerivation
    from qnlp.grammar.engine import CountedReading, Engine, Prepared, Usage
    from qnlp.grammar.tokens import SourceLine
    from qnlp.ty import Ty

__all__ = ["ChartReader"]

Found = TypeVar("Found")
REASONS = {
    "no_parse": "has no parse",
    "out_of_steps": "took more than {max_steps} steps to parse (max_steps)",
    "too_long": "has {n} words and marks, more than {max_words} (max_words)",
}


class ChartReader(BaseReader):
    """Base of `CCGReader`: reads with a compiled chart parser, and says how each sentence fared.

    A subclass sets the attributes below.

    Examples
    --------
    >>> from qnlp.grammar import CCGReader
    >>> isinstance(CCGReader(), ChartReader)
    True
    """

    targets: tuple[Ty, ...]
    codomain: Ty | None
    on_failure: str
    limits: dict[str, int]
    _engine: Engine

    @property
    def target(self) -> Ty:
        """The codomain of every diagram if one was asked for, else the first target.

        Examples
        --------
        >>> from qnlp.grammar import CCGReader
        >>> str(CCGReader(codomain="s").target)
        's'
        """
        return self.targets[0] if self.codomain is None else self.codomain

    def counted_readings(self, sentences: Sequence[str]) -> list[list[CountedReading]]:
        r"""The `n_best` full parses of each sentence, and what each is made of.

        Parameters
        ----------
        sentences : sequence of str

        Returns
        -------
        list of list of CountedReading
            Empty lists where there is no parse.

        Examples
        --------
        >>> from qnlp.grammar import CCGReader
        >>> [reading] = CCGReader().counted_readings(["Dogs bark"])[0]
        >>> reading.words
        [('dogs', 'N[pl]'), ('bark', 'S[dcl,b]\\NP')]
        """
        items = self._items(sentences, None)
        outcomes = self._engine.parse(items, fragments=False, limits=self.limits, features=True)
        return [
            [self._engine.counted(item, outcome, reading) for reading in outcome.readings]
            for item, outcome in zip(items, outcomes, strict=True)
        ]

    def derive(self, sentence: str) -> CCGDerivation:
        """The best reading of a sentence, with its tree.

        Parameters
        ----------
        sentence : str

        Returns
        -------
        CCGDerivation

        Raises
        ------
        EmptySentenceError, UnknownWordError, ParseFailure
            As for reading it.

        Examples
        --------
        >>> from qnlp.grammar import CCGReader
        >>> [str(t) for t in CCGReader().derive("cats sleep").types]
        ['n', 'n.r @ s']
        """
        return self.derivations(sentence)[0]

    def derivations(self, sentence: str) -> list[CCGDerivation]:
        """The `n_best` best readings of a sentence, best first; fewer where there are not as many.

        Parameters
        ----------
        sentence : str

        Returns
        -------
        list of CCGDerivation

        Raises
        ------
        EmptySentenceError, UnknownWordError, ParseFailure
            As for reading it.

        Examples
        --------
        >>> from qnlp.grammar import CCGReader
        >>> len(CCGReader(n_best=3).derivations("I saw the man with the telescope"))
        3
        """
        if not isinstance(sentence, str):
            message = f"sentence has type {type(sentence).__name__}, expected str"
            raise TypeError(message)
        item, outcome = self._read_one(sentence, "sentence")
        return [self._engine.derivation(item, outcome, reading) for reading in outcome.readings]

    def read_many(
        self, sentences: Iterable[str], sources: Sequence[SourceLine] | None = None
    ) -> list[Diagram]:
        """Read sentences in order, on all threads.

        Parameters
        ----------
        sentences : iterable of str
        sources : sequence of SourceLine, optional
            Where each sentence was read, for the messages of errors.

        Returns
        -------
        list of Diagram
            With ``on_failure="skip"`` without the sentences that cannot be read: use `read_report`
            to know which.

        Raises
        ------
        TypeError
            If `sentences` is one str, or an item is no str; names its index.
        QnlpError
            As for one sentence; names its index, and its source if given.

        Examples
        --------
        >>> from qnlp.grammar import CCGReader
        >>> [str(d.cod) for d in CCGReader().read_many(["Alice sleeps.", "Great phone!"])]
        ['s', 'n']
        """
        return [d for d in self.read_report(sentences, sources)[0] if d is not None]

    def read_report(
        self, sentences: Iterable[str], sources: Sequence[SourceLine] | None = None
    ) -> tuple[list[Diagram | None], CoverageReport]:
        """Read sentences, and say how each fared.

        Parameters
        ----------
        sentences : iterable of str
        sources : sequence of SourceLine, optional

        Returns
        -------
        diagrams : list of Diagram or None
            None for a sentence that is skipped.
        report : CoverageReport

        Raises
        ------
        TypeError, QnlpError
            As for `read_many`.

        Examples
        --------
        >>> from qnlp.grammar import CCGReader
        >>> diagrams, report = CCGReader(on_failure="skip").read_report(["Dogs bark.", "of of"])
        >>> diagrams[1] is None, len(report.parsed), report.failed
        (True, 1, {1: 'no_parse'})
        """
        if isinstance(sentences, (str, bytes)):
            message = f"sentences has type {type(sentences).__name__}, expected a list of str"
            raise TypeError(message)
        prepared = self._items(sentences, sources)
        diagram = self._engine.diagram
        return self._read_all(prepared, lambda i, _, r: self._rewriter(diagram(i, r)))

    def derive_many(
        self, sentences: Iterable[str], places: Sequence[str] | None = None
    ) -> tuple[list[CCGDerivation | None], CoverageReport]:
        """The best reading of each sentence with its tree, and a report.

        Parameters
        ----------
        sentences : iterable of str
        places : sequence of str, optional
            What an error calls each sentence; by default ``sentence`` and its index.

        Returns
        -------
        derivations : list of CCGDerivation or None
            None for a sentence that is skipped.
        report : CoverageReport

        Raises
        ------
        TypeError, QnlpError
            As for `read_many`.

        Examples
        --------
        >>> from qnlp.grammar import CCGReader
        >>> [d.words for d in CCGReader().derive_many(["Dogs bark.", "I sleep."])[0]]
        [('dogs', 'bark'), ('i', 'sleep')]
        """
        if places is None:
            prepared = self._items(sentences, None)
        else:
            prepared = self._prepare(list(sentences), places)
        return self._read_all(prepared, self._engine.derivation)

    def _read_all(
        self, prepared: list[Prepared], made: Callable[[Prepared, Outcome, Reading], Found]
    ) -> tuple[list[Found | None], CoverageReport]:
        start = time.perf_counter()
        for item in prepared:
            if item.problem is not None and self.on_failure != "skip":
                raise item.problem
        outcomes = self._parse(prepared)
        report = CoverageReport(len(prepared))
        all_found: list[Found | None] = []
        for index, (item, outcome) in enumerate(zip(prepared, outcomes, strict=True)):
            self._count(report, index, item, outcome)
            found = outcome.readings
            if not found and self.on_failure == "error":
                raise self._failure(item, outcome)
            all_found.append(made(item, outcome, found[0]) if found else None)
        report.seconds = time.perf_counter() - start
        return all_found, report

    def _diagram(self, sentence: str, place: str) -> Diagram:
        item, outcome = self._read_one(sentence, place)
        return self._rewriter(self._engine.diagram(item, outcome.readings[0]))

    def _read_one(self, sentence: str, place: str) -> tuple[Prepared, Outcome]:
        """A sentence and its readings, of which there is one or more."""
        item = self._prepare([sentence], [place])[0]
        if item.problem is not None:
            raise item.problem
        outcome = self._parse([item])[0]
        if not outcome.readings:
            raise self._failure(item, outcome)
        return item, outcome

    def roots(self, sentences: Sequence[str]) -> list[str]:
        """The categories that sentences are read as, of those with a full parse.

        Parameters
        ----------
        sentences : sequence of str

        Returns
        -------
        list of str

        Examples
        --------
        >>> from qnlp.grammar import CCGReader
        >>> CCGReader().roots(["Dogs bark.", "a quiet film", "of of"])
        ['S[dcl,b]', 'NP']
        """
        return self._engine.roots(self._parse(self._items(sentences, None)))

    def count_usage(self, sentences: Sequence[str]) -> Usage:
        r"""How often the best readings take each word as which category, features left out.

        Parameters
        ----------
        sentences : sequence of str
            Those without a full parse do not count.

        Returns
        -------
        dict of str to dict of str to int
            By words in lower case.

        Examples
        --------
        >>> from qnlp.grammar import CCGReader
        >>> CCGReader().count_usage(["Dogs bark.", "Dogs bark."])
        {'bark': {'S\\NP': 2}, 'dogs': {'N': 2}}
        """
        items = self._items(sentences, None)
        return self._engine.count_usage(items, self._parse(items))

    def _items(
        self, sentences: Iterable[str], sources: Sequence[SourceLine] | None
    ) -> list[Prepared]:
        listed = list(sentences)
        places = []
        for index, sentence in enumerate(listed):
            if not isinstance(sentence, str):
                message = f"sentences[{index}] has type {type(sentence).__name__}, expected str"
                raise TypeError(message)
            source = f" ({sources[index]})" if sources is not None else ""
            places.append(f"sentence {index}{source}")
        return self._prepare(listed, places)

    def _prepare(self, sentences: Sequence[str], places: Sequence[str]) -> list[Prepared]:
        marks_too = self.on_failure == "fragments"
        return self._engine.prepare(sentences, places, self._names, marks_too=marks_too)

    def _parse(self, items: Sequence[Prepared]) -> list[Outcome]:
        fragments = self.on_failure == "fragments"
        return self._engine.parse(items, fragments=fragments, limits=self.limits)

    def _count(self, report: CoverageReport, index: int, item: Prepared, outcome: Outcome) -> None:
        if item.problem is not None:
            report.failed[index] = "no words" if not item.tokens else "unknown words"
        elif outcome.status == "parsed":
            report.parsed.append(index)
        else:
            (report.fragments if outcome.readings else report.failed)[index] = outcome.status
        if outcome.seconds > report.slowest[1]:
            report.slowest = (index, outcome.seconds)

    def _failure(self, item: Prepared, outcome: Outcome) -> ParseFailure:
        reason = REASONS[outcome.status].format(n=len(item.tokens), **self.limits)
        types = " or ".join(str(target) for target in self.targets)
        message = (
            f"{item.place}: {shown(' '.join(item.words))} {reason} of type {types}; "
            'on_failure="fragments" reads it in parts'
        )
        return ParseFailure(message)
