r"""The broad-coverage reader: weighted CCG over ordinary English, without any download.

Categories and rules are those of combinatory categorial grammar, the chart parser is compiled
(`cpp/src/grammar`), and a derivation becomes a pregroup diagram by X/Y -> X @ Y.l and
X\\Y -> Y.r @ X: Clark and Curran, "Wide-Coverage Efficient Statistical Parsing with CCG and
Log-Linear Models", doi:10.1162/coli.2007.33.4.493, for the grammar; Yeung and Kartsaklis,
"A CCG-Based Version of the DisCoCat Framework", arXiv:2105.07720, for the diagrams.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from qnlp.errors import GrammarError
from qnlp.grammar.categories import parse_type
from qnlp.grammar.chart_reader import ChartReader
from qnlp.grammar.engine import Engine
from qnlp.grammar.lexicon import Lexicon
from qnlp.grammar.weights import ReaderWeights
from qnlp.ty import Ty

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from qnlp.grammar.gold import GoldSentence

__all__ = ["CCGReader"]

AUTO = "auto"
_SAMPLE = 2000
"""About how many sentences `adapted` looks at."""
ON_FAILURE = ("error", "fragments", "skip")
TAGS = (None, "spacy")


class CCGReader(ChartReader):
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
        more than the one before it, and 1.0 more if `codomain` asks for another. ``"auto"`` is
        ("s", "n") until `adapted` has seen a set.
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
        has been more seldom costs more: 0.3 for each power of e. With a `codomain`, which of the
        targets a sentence has is decided without it: it makes no noun phrase of a sentence.
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
        if self.is_auto:
            settings |= self._chosen_target(self._trial(settings).roots(sample))
        if self.consistent:
            usage = self._trial(settings).count_usage(sample)
            settings |= {"consistent": False, "usage": usage}
        return type(self).from_config(settings)

    def _trial(self, settings: Mapping[str, Any]) -> Self:
        """A reader that looks at a sample: one reading of what has one."""
        return type(self).from_config({**settings, "on_failure": "skip", "n_best": 1})

    def _chosen_target(self, roots: Sequence[str]) -> dict[str, Any]:
        first, second = self.targets
        if 2 * sum(root.startswith("N") for root in roots) > len(roots):
            first, second = second, first
        codomain = first if self.codomain is None else self.codomain
        return {"target": [str(first), str(second)], "codomain": str(codomain)}

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


def _as_type(target: str | Ty) -> Ty:
    return target if isinstance(target, Ty) else parse_type(target)
