r"""The broad-coverage reader: weighted CCG over ordinary English, without any download.

Categories and rules are those of combinatory categorial grammar, the chart parser is compiled
(`cpp/src/grammar`), and a derivation becomes a pregroup diagram by X/Y -> X @ Y.l and
X\\Y -> Y.r @ X: Clark and Curran, "Wide-Coverage Efficient Statistical Parsing with CCG and
Log-Linear Models", doi:10.1162/coli.2007.33.4.493, for the grammar; Yeung and Kartsaklis,
"A CCG-Based Version of the DisCoCat Framework", arXiv:2105.07720, for the diagrams.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

from qnlp.errors import GrammarError, ParseFailure
from qnlp.grammar.categories import parse_type
from qnlp.grammar.coverage import CoverageReport
from qnlp.grammar.engine import Engine, Prepared
from qnlp.grammar.lexicon import Lexicon
from qnlp.grammar.reader import BaseReader, shown
from qnlp.grammar.weights import ReaderWeights
from qnlp.ty import Ty

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from qnlp._core.grammar import Outcome, Reading
    from qnlp.diagram import Diagram
    from qnlp.grammar.derivations import CCGDerivation
    from qnlp.grammar.engine import CountedReading
    from qnlp.grammar.gold import GoldSentence
    from qnlp.grammar.tokens import SourceLine

__all__ = ["CCGReader"]

Found = TypeVar("Found")
AUTO = "auto"
_SAMPLE = 2000
"""About how many sentences `adapted` looks at."""
ON_FAILURE = ("error", "fragments", "skip")
TAGS = (None, "spacy")
REASONS = {
    "no_parse": "has no parse",
    "out_of_steps": "took more than {max_steps} steps to parse (max_steps)",
    "too_long": "has {n} words and marks, more than {max_words} (max_words)",
}


class CCGReader(BaseReader):
    """Read ordinary English by a weighted combinatory categorial grammar.

    The reading is the derivation of least cost: costs of the words' categories and of the rules,
    as ``data/*.tsv`` and `weights` give them. The same sentence and options give the same
    reading, on any machine and for any number of threads.

    Parameters
    ----------
    lexicon : Lexicon, mapping, path or None
        A lexicon; or its entries, as `Lexicon` takes them; or the path of a TSV file of them. A
        word that stands there has those types only. By default the built-in English.
    target : str, Ty, or a sequence of those, default ("s", "n")
        The type of a sentence. Of several, the cheapest reading is taken, and a type costs 1.5
        more than the one before it. ``"auto"`` is ("s", "n") until `adapted` has seen a set.
    on_failure : {"error", "fragments", "skip"}, default "error"
        What to do with a sentence without a full parse. With "fragments" it is covered by the
        cheapest constituents. The first that has a target type, else the longest, is the main
        one; those left of it become modifiers ``t t.l`` of it, those right of it ``t.r t``, by
        renaming the wire of their head; arguments that they miss are left out of their words'
        types. The codomain is a target in any case. What has no letters, such as ``:-)``, is
        then read as words too. With "skip" `read_many` leaves it out.
    codomain : str or Ty, optional
        A simple type that every diagram is given, whichever target its sentence has: the head of
        a noun phrase becomes an ``s``, say, so that a classifier has one codomain.
    n_best : int, default 1
        How many readings `derivations` gives.
    lowercase : bool, default True
        Whether names of words are in lower case.
    beam : int, default 24
        Constituents that are kept for each pair of places in the sentence.
    max_steps : int, default 10_000_000
        Pairs of neighbours that one sentence may try. It is no clock, so every machine gives the
        same outcome.
    max_words : int, default 100
        Of a longer sentence, only parts of 24 words are parsed.
    weights : ReaderWeights, mapping or path, optional
        Costs in place of the built-in ones, such as those that `trained` learns; or the path of a
        file of them; or only costs of rules in thousandths, by their names.
    tags : {"spacy"}, optional
        A tagger whose word for what each token is makes other categories dearer: that of
        `SpacyReader`'s model (extra ``spacy``).
    consistent : bool, default False
        Whether `adapted` is to learn `usage` from a set.
    usage : mapping of str to mapping of str to int, optional
        For words in lower case, how often each was which category, without features. What a word
        has been more seldom costs more: 0.3 for each power of e.
    rewrite : str or iterable of str, optional
        Rules of `qnlp.rewrite` that every diagram is rewritten by.
    simplify : bool, default False
        Whether to add all rules of `qnlp.rewrite.SIMPLIFY`.

    Examples
    --------
    >>> reader = CCGReader()
    >>> str(reader("The old film that we saw yesterday was surprisingly good.").cod)
    's'
    >>> str(reader("A thoughtful and moving piece.").cod)
    'n'
    >>> str(CCGReader(on_failure="fragments")("of of the the").cod)
    's'
    """

    name = "ccg"

    def __init__(
        self,
        lexicon: Lexicon | Mapping[str, Any] | str | Path | None = None,
        target: str | Ty | Sequence[str | Ty] = ("s", "n"),
        *,
        on_failure: str = "error",
        codomain: str | Ty | None = None,
        n_best: int = 1,
        lowercase: bool = True,
        beam: int = 24,
        max_steps: int = 10_000_000,
        max_words: int = 100,
        weights: ReaderWeights | Mapping[str, Any] | str | Path | None = None,
        tags: str | None = None,
        consistent: bool = False,
        usage: Mapping[str, Mapping[str, int]] | None = None,
        rewrite: str | Iterable[str] | None = None,
        simplify: bool = False,
    ) -> None:
        super().__init__(lowercase=lowercase, rewrite=rewrite, simplify=simplify)
        if isinstance(lexicon, (str, Path)):
            lexicon = Lexicon.from_tsv(lexicon)
        self.lexicon = lexicon if isinstance(lexicon, Lexicon) else Lexicon(lexicon)
        self.is_auto = target == AUTO
        if self.is_auto:
            target = ("s", "n")
        listed = [target] if isinstance(target, (str, Ty)) else list(target)
        self.targets = tuple(_as_type(t) for t in listed)
        self.codomain = None if codomain is None else _as_type(codomain)
        if not self.targets or not all(len(t) for t in self.targets):
            message = "target has no type, or an empty one, expected at least one simple type"
            raise GrammarError(message)
        if on_failure not in ON_FAILURE:
            message = f"on_failure has {on_failure!r}, expected one of {list(ON_FAILURE)}"
            raise GrammarError(message)
        self.on_failure = on_failure
        self.limits = {"n_best": n_best, "beam": beam}
        self.limits |= {"max_steps": max_steps, "max_words": max_words}
        for key, value in dict[str, object](self.limits).items():
            if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 1 << 31:
                message = f"{key} has {value!r}, expected an int from 1"
                raise GrammarError(message)
        if isinstance(weights, (str, Path)):
            weights = ReaderWeights.load(weights)
        elif not isinstance(weights, ReaderWeights):
            weights = ReaderWeights.from_config(weights or {})
        self.weights = weights
        if tags not in TAGS:
            message = f"tags has {tags!r}, expected one of {list(TAGS)}"
            raise GrammarError(message)
        self.tags = tags
        self.consistent = consistent
        self.usage = {word: dict(seen) for word, seen in (usage or {}).items()}
        self._start()

    def _start(self) -> None:
        tagger = None
        if self.tags == "spacy":
            from qnlp.grammar.spacy import SpacyTagger

            tagger = SpacyTagger()
        self._engine = Engine(
            self.lexicon, self.targets, self.codomain, self.weights, self.usage, tagger
        )

    def adapted(self, sentences: Iterable[str]) -> CCGReader:
        """The reader as it suits a set of sentences, such as those to train on.

        With ``target="auto"`` all sentences get one type: ``n`` where more than half of them read
        as noun phrases, else ``s``; those of the other kind have their head's wire renamed. With
        ``consistent=True`` a word costs more as what it is more seldom in the set, so that it has
        fewer types. Of a large set, 2,000 sentences are looked at.

        Parameters
        ----------
        sentences : iterable of str
            Those that cannot be read do not count.

        Returns
        -------
        CCGReader
            This one, if it asks for neither.

        Examples
        --------
        >>> reader = CCGReader(target="auto").adapted(["a quiet film", "device that people use"])
        >>> str(reader.target), str(reader("Dogs bark.").cod)
        ('n', 'n')
        """
        if not (self.is_auto or self.consistent):
            return self
        given: list[object] = list(sentences)
        listed = [sentence for sentence in given if isinstance(sentence, str)]
        sample = listed[:: 1 + len(listed) // _SAMPLE]
        settings = {k: v for k, v in self.config().items() if k != "reader"}
        trial = type(self).from_config({**settings, "on_failure": "skip", "n_best": 1})
        items = trial._prepare(sample, [f"sentence {k}" for k in range(len(sample))])
        outcomes = trial._parse(items)
        if self.is_auto:
            settings |= self._chosen_target(trial._engine.roots(outcomes))
        if self.consistent:
            usage = trial._engine.count_usage(items, outcomes)
            settings |= {"consistent": False, "usage": usage}
        return type(self).from_config(settings)

    def trained(self, gold: Sequence[GoldSentence], **options: Any) -> CCGReader:
        """The reader with costs that are learnt from sentences whose types are known.

        Parameters
        ----------
        gold : sequence of GoldSentence
            As `read_gold` gives them.
        **options
            Of `train_weights`.

        Returns
        -------
        CCGReader

        Raises
        ------
        DataError
            If the gold teaches nothing.

        Examples
        --------
        >>> from qnlp.grammar import GoldSentence, parse_type
        >>> types = [parse_type(t) for t in ("n", "n.r s n.l", "n n.l", "n", "n.r n n.l", "n")]
        >>> reader = CCGReader().trained([GoldSentence("I saw the man with Mary", tuple(types))])
        >>> str(reader.derive("We met the woman with Tom").types[4])
        'n.r @ n @ n.l'
        """
        from qnlp.grammar.learning import train_weights

        found = train_weights(gold, self, **options)
        settings = {k: v for k, v in self.config().items() if k != "reader"}
        return type(self).from_config({**settings, "weights": found.weights.config()})

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

    def _chosen_target(self, roots: Sequence[str]) -> dict[str, Any]:
        first, second = self.targets
        if 2 * sum(root.startswith("N") for root in roots) > len(roots):
            first, second = second, first
        codomain = first if self.codomain is None else self.codomain
        return {"target": [str(first), str(second)], "codomain": str(codomain)}

    @property
    def target(self) -> Ty:
        """The codomain of every diagram if one was asked for, else the first target.

        Examples
        --------
        >>> str(CCGReader(codomain="s").target)
        's'
        """
        return self.targets[0] if self.codomain is None else self.codomain

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
        >>> len(CCGReader(n_best=3).derivations("I saw the man with the telescope"))
        3
        """
        if not isinstance(sentence, str):
            message = f"sentence has type {type(sentence).__name__}, expected str"
            raise TypeError(message)
        prepared = self._prepare([sentence], ["sentence"])[0]
        if prepared.problem is not None:
            raise prepared.problem
        outcome = self._parse([prepared])[0]
        if not outcome.readings:
            raise self._failure(prepared, outcome)
        return [self._engine.derivation(prepared, outcome, reading) for reading in outcome.readings]

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

    def config(self) -> dict[str, Any]:
        """What makes this reader, as JSON-able data; `reader_from_config` makes an equal one.

        Returns
        -------
        dict

        Examples
        --------
        >>> CCGReader().config()["target"]
        ['s', 'n']
        """
        return {
            **super().config(),
            "lexicon": self.lexicon.config(),
            "target": AUTO if self.is_auto else [str(target) for target in self.targets],
            "on_failure": self.on_failure,
            "codomain": None if self.codomain is None else str(self.codomain),
            **self.limits,
            "weights": self.weights.config(),
            "tags": self.tags,
            "consistent": self.consistent,
            "usage": self.usage,
        }

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Make the reader of a `config` without its registry name.

        Parameters
        ----------
        config : mapping

        Returns
        -------
        CCGReader

        Examples
        --------
        >>> CCGReader.from_config({"target": ["n"]}).targets
        (Ty("n"),)
        """
        arguments = dict(config)
        if "lexicon" in arguments:
            arguments["lexicon"] = Lexicon(**arguments["lexicon"])
        return cls(**arguments)

    def __getstate__(self) -> dict[str, Any]:
        return {k: v for k, v in self.__dict__.items() if k != "_engine"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._start()

    def _diagram(self, sentence: str, place: str) -> Diagram:
        item = self._prepare([sentence], [place])[0]
        if item.problem is not None:
            raise item.problem
        outcome = self._parse([item])[0]
        if not outcome.readings:
            raise self._failure(item, outcome)
        return self._rewriter(self._engine.diagram(item, outcome.readings[0]))

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


def _as_type(target: str | Ty) -> Ty:
    return target if isinstance(target, Ty) else parse_type(target)
