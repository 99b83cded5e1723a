r"""Sentences whose readings are known: what a reader is scored on and trained by.

Two kinds of files. Trees of CCG (``.auto``, or lambeq's JSON) are turned into types and cups by the
package's own converter. Anything else is lines ``word<TAB>type``, one token each, with a blank line
between sentences; a token without a type is punctuation::

    Dogs	n
    chase	n.r s n.l
    cats	n
    .
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

from qnlp.errors import DataError, GrammarError, QnlpError
from qnlp.grammar.categories import parse_type
from qnlp.grammar.tokens import SourceLine
from qnlp.grammar.treebank import read_trees
from qnlp.grammar.trees import CCGTree

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from qnlp.grammar.derivations import CCGDerivation
    from qnlp.grammar.pregroup import Derivation
    from qnlp.ty import Ty

__all__ = [
    "GoldScore",
    "GoldSentence",
    "faults_of_reading",
    "read_gold",
    "score_reader",
    "word_links",
]

_TREES = frozenset({".auto", ".json", ".jsonl"})


class GoldSentence(NamedTuple):
    """A sentence, and the type of each of its words.

    ``links`` are the cups as pairs of words, if they are known; ``place`` is where it was read.

    Examples
    --------
    >>> from qnlp import Ty
    >>> n, s = Ty("n"), Ty("s")
    >>> GoldSentence("Dogs bark", (n, n.r @ s)).links is None
    True
    """

    sentence: str
    types: tuple[Ty, ...]
    links: tuple[tuple[int, int], ...] | None = None
    place: str = ""


class GoldScore(NamedTuple):
    """How many word types, and sentences as wholes, a reader gets right.

    Examples
    --------
    >>> str(GoldScore(n_words=4, n_right=3, n_sentences=2, n_exact=1))
    '75.0 % of 4 word types, 1 of 2 sentences exact'
    """

    n_words: int
    n_right: int
    n_sentences: int
    n_exact: int

    def __str__(self) -> str:
        share = 100 * self.n_right / max(self.n_words, 1)
        return (
            f"{share:.1f} % of {self.n_words} word types, "
            f"{self.n_exact} of {self.n_sentences} sentences exact"
        )


def read_gold(path: str | Path) -> list[GoldSentence]:
    r"""Read a file of sentences with their types.

    Parameters
    ----------
    path : str or Path
        Trees of CCG if it ends in ``.auto``, ``.json`` or ``.jsonl``, else lines of a word, a tab and
        a type.

    Returns
    -------
    list of GoldSentence

    Raises
    ------
    DataError
        If the file is not of its format, or a tree has no diagram; names the line.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "mine.tsv"
    >>> _ = path.write_text("Dogs\tn\nbark\tn.r s\n.\n")
    >>> read_gold(path)[0].sentence
    'Dogs bark .'
    """
    path = Path(path)
    if path.suffix.lower() in _TREES:
        return [_of_tree(tree, str(path)) for tree in read_trees(path)]
    found = [_of_rows(rows) for rows in _blocks(path)]
    if not found:
        message = f"{path}:1: has no sentences, expected lines word<TAB>type"
        raise DataError(message)
    return found


def word_links(found: Derivation) -> tuple[tuple[int, int], ...]:
    """The cups of a reading as pairs of words.

    Examples
    --------
    >>> from qnlp.grammar import CCGReader
    >>> word_links(CCGReader().derive("dogs chase cats"))
    ((0, 1), (1, 2))
    """
    owner = [k for k, ty in enumerate(found.types) for _ in range(len(ty))]
    return tuple(sorted((owner[i], owner[j]) for i, j in found.links))


def faults_of_reading(found: Derivation, gold: GoldSentence) -> int:
    """How many words have another type than the gold's, and how many cups are not the gold's.

    Examples
    --------
    >>> from qnlp import Ty
    >>> from qnlp.grammar import CCGReader
    >>> gold = GoldSentence("dogs bark", (Ty("n"), Ty("n").r @ Ty("s")))
    >>> faults_of_reading(CCGReader().derive("dogs bark"), gold)
    0
    """
    faults = sum(a != b for a, b in zip(found.types, gold.types, strict=True))
    if gold.links is not None:
        links = list(word_links(found))
        for link in gold.links:
            if link in links:
                links.remove(link)
        faults += len(links)
    return faults


class _Deriving(Protocol):
    def derive(self, sentence: str) -> Derivation: ...


def score_reader(reader: _Deriving, gold: Iterable[GoldSentence]) -> GoldScore:
    """How many of the types of a gold a reader gets right.

    Parameters
    ----------
    reader : CCGReader, SpacyReader or any that has `derive`
    gold : iterable of GoldSentence

    Returns
    -------
    GoldScore
        A sentence that cannot be read, or is cut into other words, has no word right.

    Examples
    --------
    >>> from qnlp import Ty
    >>> from qnlp.grammar import CCGReader
    >>> gold = [GoldSentence("dogs bark", (Ty("n"), Ty("n").r @ Ty("s")))]
    >>> score_reader(CCGReader(), gold).n_exact
    1
    """
    words = right = sentences = exact = 0
    for one in gold:
        try:
            types: Sequence[Ty] = reader.derive(one.sentence).types
        except QnlpError:
            types = ()
        good = 0
        if len(types) == len(one.types):
            good = sum(a == b for a, b in zip(types, one.types, strict=True))
        words += len(one.types)
        right += good
        sentences += 1
        exact += good == len(one.types)
    return GoldScore(words, right, sentences, exact)


def _of_tree(tree: object, path: str) -> GoldSentence:
    if not isinstance(tree, CCGTree):
        message = f"{path}: has phrase structure, expected derivations of CCG"
        raise DataError(message)
    try:
        found = _derived(tree)
    except GrammarError as error:
        raise DataError(str(error)) from None
    place = str(tree.source or path)
    return GoldSentence(" ".join(tree.words), found.types, word_links(found), place)


def _derived(tree: CCGTree) -> CCGDerivation:
    """Planar where that can be, as the reader's own readings are."""
    try:
        return tree.derive(planar=True)
    except GrammarError:
        return tree.derive()


_Row = tuple[SourceLine, str, str]


def _blocks(path: Path) -> Iterator[list[_Row]]:
    try:
        data = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
    except OSError as error:
        message = f"{path}: cannot be read: {error.strerror}"
        raise DataError(message) from None
    block: list[_Row] = []
    for number, raw in enumerate(data.split(b"\n"), start=1):
        source = SourceLine(str(path), number)
        try:
            line = raw.decode().removesuffix("\r")
        except UnicodeDecodeError:
            message = f"{source}: is not UTF-8"
            raise DataError(message) from None
        if line.startswith("# "):
            continue
        if line.strip():
            word, _, text = line.partition("\t")
            block.append((source, word.strip(), text.strip()))
        elif block:
            yield block
            block = []
    if block:
        yield block


def _of_rows(rows: list[_Row]) -> GoldSentence:
    types = []
    for source, word, text in rows:
        if not word or word.split() != [word]:
            message = f"{source}: word has {word!r}, expected one token"
            raise DataError(message)
        if text:
            try:
                types.append(parse_type(text))
            except GrammarError as error:
                message = f"{source}: type of {word!r}: {error}"
                raise DataError(message) from None
    if not types:
        message = f"{rows[0][0]}: sentence has no types, expected lines word<TAB>type"
        raise DataError(message)
    return GoldSentence(" ".join(w for _, w, _ in rows), tuple(types), None, str(rows[0][0]))
