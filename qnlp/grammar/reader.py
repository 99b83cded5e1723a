r"""What a reader is: from sentences to diagrams, by a name and a configuration.

Bringing one's own parser
-------------------------
There are four ways to use a parser that is not in this package, from the least work to the most.

*Its trees stand in a file.* CCGbank's ``.auto`` (which depccg and C&C write too), lambeq's
``CCGTree`` JSON and Penn brackets are read by `qnlp.grammar.TreebankReader`; a sentence is looked up by
its words::

    SentenceClassifier(reader=TreebankReader("parsed.auto", codomain="s"))
    qnlp train mine.tsv --reader treebank --trees parsed.auto

*Its trees are made in the process.* Whatever gives derivations of CCG gives a `qnlp.grammar.CCGTree`:
nodes in postorder, each with a category and the number of its parts. Rules are found from the
categories; `CCGTree.derive` checks every constituent, pushes unary changes into words and makes the
cups. Dependency trees go through `qnlp.grammar.dependencies.tree_of_arcs`, phrase structure through
`qnlp.grammar.PhraseTree`.

*Its diagrams are made in the process.* `qnlp.from_lambeq`, `qnlp.from_discopy`, or `qnlp.Diagram`
itself. `SentenceClassifier` takes diagrams in place of sentences.

*It is a reader.* `Reader` is a protocol: any object with its four members will do. Subclassing
`SentenceReader` gives the checks of the input and the messages for the price of one method:

>>> from qnlp.diagram import Word
>>> from qnlp.grammar import CCGTree, SentenceReader, TreeNode
>>> from qnlp.ty import Ty
>>> class LastWordIsTheVerb(SentenceReader):
...     name = "last-word-is-the-verb"
...
...     @property
...     def target(self):
...         return Ty("s")
...
...     def _read(self, tokens, names, place):
...         nodes = [TreeNode("N/N", word=w) for w in tokens[:-2]]
...         nodes += [TreeNode("N", word=tokens[-2])] + [TreeNode("N", 2)] * (len(tokens) - 2)
...         nodes += [TreeNode(r"S\N", word=tokens[-1]), TreeNode("S", 2)]
...         return CCGTree(tuple(nodes)).diagram(lowercase=self.lowercase)
>>> [str(box.cod) for box in LastWordIsTheVerb()("old dogs sleep").boxes if box.kind == "word"]
['n @ n.l', 'n', 'n.r @ s']

A model is saved with `Reader.config`, so a reader whose ``name`` is not in `READERS` can be trained with,
not saved with.
"""

from __future__ import annotations

import unicodedata
from abc import ABC, abstractmethod
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol, Self, runtime_checkable

from qnlp.errors import EmptySentenceError, GrammarError
from qnlp.grammar.tokens import tokenise
from qnlp.rewrite.rewriter import Rewriter

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from qnlp.diagram import Diagram, Ty
    from qnlp.grammar.tokens import SourceLine

__all__ = [
    "DEFAULTS",
    "READERS",
    "BaseReader",
    "Reader",
    "SentenceReader",
    "adapted",
    "reader_from_config",
]

READERS = {
    "bobcat": "qnlp.grammar.bobcat:BobcatReader",
    "ccg": "qnlp.grammar.ccg:CCGReader",
    "cups": "qnlp.grammar.flat:CupsReader",
    "pregroup": "qnlp.grammar.pregroup:PregroupReader",
    "sequence": "qnlp.grammar.flat:SequenceReader",
    "spacy": "qnlp.grammar.spacy:SpacyReader",
    "spiders": "qnlp.grammar.flat:SpidersReader",
    "stairs": "qnlp.grammar.flat:StairsReader",
    "text": "qnlp.grammar.texts:TextReader",
    "tree": "qnlp.grammar.binary:TreeReader",
    "treebank": "qnlp.grammar.treebank:TreebankReader",
}
"""The registry: the name of each reader and the class that it stands for."""

DEFAULTS: dict[str, dict[str, Any]] = {
    "ccg": {"target": "auto", "on_failure": "fragments", "consistent": True},
    "spacy": {"codomain": "s"},
    "text": {"of": {"on_failure": "fragments", "codomain": "s"}},
    "tree": {"of": {"on_failure": "fragments"}},
}
"""Arguments that a classifier or a command gives a reader that is named without any."""


@runtime_checkable
class Reader(Protocol):
    """Anything that gives a sentence a diagram.

    Examples
    --------
    >>> from qnlp.grammar import CupsReader
    >>> isinstance(CupsReader(), Reader)
    True
    """

    @property
    def target(self) -> Ty:
        """The codomain of the diagrams."""

    def __call__(self, sentence: str) -> Diagram:
        """Read one sentence."""

    def read_many(
        self, sentences: Iterable[str], sources: Sequence[SourceLine] | None = None
    ) -> list[Diagram]:
        """Read sentences; an error names the index of its sentence, and its source if given."""

    def config(self) -> dict[str, Any]:
        """What makes this reader, as JSON-able data with its registry name under ``reader``."""


class BaseReader(ABC):
    """Base of the readers of this package: checks the input and names errors.

    A word's name in a diagram is its token in lower case, so that a word has one meaning wherever
    in a sentence it stands; with ``lowercase=False`` it is the token as spelled.

    Parameters
    ----------
    lowercase : bool, default True
        Whether names of words are in lower case.
    rewrite : str or iterable of str, optional
        Rules of `qnlp.rewrite` that every diagram is rewritten by.
    simplify : bool, default False
        Whether to add all rules of `qnlp.rewrite.SIMPLIFY`.

    Examples
    --------
    >>> from qnlp.grammar import SpidersReader
    >>> [str(d.cod) for d in SpidersReader().read_many(["Alice sleeps.", "Bob runs."])]
    ['s', 's']
    """

    name: str

    def __init__(
        self,
        *,
        lowercase: bool = True,
        rewrite: str | Iterable[str] | None = None,
        simplify: bool = False,
    ) -> None:
        self.lowercase = lowercase
        self._rewriter = Rewriter(rewrite, simplify=simplify)

    @property
    @abstractmethod
    def target(self) -> Ty:
        """The codomain of the diagrams."""

    @abstractmethod
    def _diagram(self, sentence: str, place: str) -> Diagram:
        """Read one sentence and rewrite its diagram; `place` names the sentence in an error."""

    def __call__(self, sentence: str) -> Diagram:
        """Read one sentence.

        Parameters
        ----------
        sentence : str

        Returns
        -------
        Diagram
            From the empty type to `target`.

        Raises
        ------
        TypeError
            If `sentence` is no str.
        EmptySentenceError
            If it holds no word.
        QnlpError
            If it cannot be read.

        Examples
        --------
        >>> from qnlp.grammar import CupsReader
        >>> str(CupsReader()("cats sleep").cod)
        's'
        """
        if not isinstance(sentence, str):
            message = f"sentence has type {type(sentence).__name__}, expected str"
            raise TypeError(message)
        return self._diagram(sentence, "sentence")

    def read_many(
        self, sentences: Iterable[str], sources: Sequence[SourceLine] | None = None
    ) -> list[Diagram]:
        """Read sentences in order.

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
        QnlpError
            As for one sentence; names its index, and its source if given.

        Examples
        --------
        >>> from qnlp.grammar import CupsReader
        >>> len(CupsReader().read_many(["cats sleep", "dogs run"]))
        2
        """
        if isinstance(sentences, (str, bytes)):
            message = f"sentences has type {type(sentences).__name__}, expected a list of str"
            raise TypeError(message)
        diagrams = []
        for index, sentence in enumerate(sentences):
            if not isinstance(sentence, str):
                message = f"sentences[{index}] has type {type(sentence).__name__}, expected str"
                raise TypeError(message)
            source = sources[index] if sources is not None else None
            place = f"sentence {index}" + (f" ({source})" if source else "")
            diagrams.append(self._diagram(sentence, place))
        return diagrams

    def config(self) -> dict[str, Any]:
        """What makes this reader, as JSON-able data; `reader_from_config` makes an equal one.

        Returns
        -------
        dict
            The registry name under ``reader``, and the arguments of the constructor.

        Examples
        --------
        >>> from qnlp.grammar import CupsReader
        >>> CupsReader().config()
        {'reader': 'cups', 'lowercase': True}
        """
        rules = {"rewrite": list(self._rewriter.rules)} if self._rewriter.rules else {}
        return {"reader": self.name, "lowercase": self.lowercase, **rules}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Make the reader of a `config` without its registry name.

        Parameters
        ----------
        config : mapping

        Returns
        -------
        BaseReader

        Raises
        ------
        TypeError
            If a key is no argument of the constructor.

        Examples
        --------
        >>> from qnlp.grammar import CupsReader
        >>> CupsReader.from_config({"lowercase": False})
        CupsReader(lowercase=False)
        """
        return cls(**config)

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other.config() == self.config()

    def __hash__(self) -> int:
        return hash((self.name, self.lowercase, self.target))

    def __repr__(self) -> str:
        arguments = {key: value for key, value in self.config().items() if key != "reader"}
        listed = ", ".join(f"{key}={value!r}" for key, value in arguments.items())
        return f"{type(self).__name__}({listed})"

    def _tokens(self, sentence: str, place: str) -> tuple[str, ...]:
        tokens = tokenise(sentence)
        if not tokens:
            message = f"{place} has no words (got {shown(sentence)}), expected at least one"
            raise EmptySentenceError(message)
        return tokens

    def _names(self, tokens: tuple[str, ...]) -> tuple[str, ...]:
        if not self.lowercase:
            return tokens
        return tuple([unicodedata.normalize("NFC", token.lower()) for token in tokens])


class SentenceReader(BaseReader):
    """Base of the readers that are given a sentence's words.

    Parameters
    ----------
    lowercase, rewrite, simplify
        As for `BaseReader`.

    Examples
    --------
    >>> from qnlp.grammar import CupsReader, SentenceReader
    >>> isinstance(CupsReader(), SentenceReader)
    True
    """

    @abstractmethod
    def _read(self, tokens: tuple[str, ...], names: tuple[str, ...], place: str) -> Diagram:
        """Read the tokens of one sentence; `place` names the sentence in an error."""

    def _diagram(self, sentence: str, place: str) -> Diagram:
        tokens = self._tokens(sentence, place)
        return self._rewriter(self._read(tokens, self._names(tokens), place))


def reader_from_config(config: Mapping[str, Any]) -> Reader:
    """Make the reader that a configuration describes.

    Parameters
    ----------
    config : mapping
        As `Reader.config` gives it: the registry name under ``reader``, and the arguments of its
        constructor.

    Returns
    -------
    Reader

    Raises
    ------
    GrammarError
        If the name is not in the registry, or an argument is not the reader's.

    Examples
    --------
    >>> reader_from_config({"reader": "cups"})
    CupsReader(lowercase=True)
    """
    arguments = dict(config)
    name = arguments.pop("reader", None)
    if name not in READERS:
        message = f"reader has {name!r}, expected one of {sorted(READERS)}"
        raise GrammarError(message)
    module, _, class_name = READERS[name].partition(":")
    try:
        made: Reader = getattr(import_module(module), class_name).from_config(arguments)
    except TypeError as error:
        message = f"configuration of reader {name!r}: {error}"
        raise GrammarError(message) from None
    return made


def adapted(reader: Reader, sentences: Iterable[str]) -> Reader:
    """The reader as it suits a set of sentences, for readers that look at them first.

    Examples
    --------
    >>> from qnlp.grammar import CCGReader
    >>> adapted(CCGReader(target="auto"), ["a quiet film"]).target
    Ty("n")
    """
    made: Reader = reader.adapted(sentences) if hasattr(reader, "adapted") else reader
    return made


def shown(sentence: str, limit: int = 60) -> str:
    """Quote a sentence inside a message, at bounded length."""
    return repr(sentence if len(sentence) <= limit else sentence[:limit] + "...")
