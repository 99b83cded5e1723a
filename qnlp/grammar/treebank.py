"""Sentences whose trees stand in files: made by hand, by depccg or lambeq, or by any other parser."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qnlp.errors import DataError, GrammarError, ParseFailure
from qnlp.grammar.combinators import read_category
from qnlp.grammar.deepjson import load_json
from qnlp.grammar.penn import PhraseTree, read_brackets
from qnlp.grammar.reader import BaseReader, shown
from qnlp.grammar.tokens import SourceLine, tokenise
from qnlp.grammar.trees import CCGTree

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from qnlp.diagram import Diagram
    from qnlp.ty import Ty

__all__ = ["FORMATS", "TreebankReader", "read_trees"]

FORMATS = ("auto", "json", "penn")
MAX_BYTES = 1 << 30
MAX_LINE_BYTES = 1 << 24
_SUFFIXES = {".auto": "auto", ".json": "json", ".jsonl": "json"}
_SUFFIXES |= dict.fromkeys((".mrg", ".ptb", ".penn", ".parse", ".cfg"), "penn")


def read_trees(path: str | Path, format: str | None = None) -> list[CCGTree] | list[PhraseTree]:
    """Read every tree of a file.

    Parameters
    ----------
    path : str or Path
        UTF-8, of at most 1 GiB, with lines of at most 16 MiB.
    format : {"auto", "json", "penn"}, optional
        ``auto``: CCGbank's, as CCGbank, C&C and depccg write it. ``json``: lambeq's ``CCGTree``, one
        a line, or one document with one tree or a list; null is a sentence without a tree.
        ``penn``: brackets, as the Penn Treebank and NLTK write them. By default by the suffix,
        or else by how the file begins.

    Returns
    -------
    list of CCGTree or of PhraseTree
        Each has the line where it stands.

    Raises
    ------
    DataError
        If the file is not of its format, or too large; names the line.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "mine.mrg"
    >>> _ = path.write_text("(S (NP (NNS Dogs)) (VP (VBP bark)))")
    >>> read_trees(path)[0].words
    ('Dogs', 'bark')
    """
    path = Path(path)
    if format is not None and format not in FORMATS:
        message = f"format has {format!r}, expected one of {list(FORMATS)}"
        raise GrammarError(message)
    text = _text_of(path)
    format = format or _SUFFIXES.get(path.suffix.lower()) or _guess(text)
    if format == "penn":
        return list(read_brackets(text, str(path)))
    return list((_read_auto if format == "auto" else _read_json)(text, str(path)))


def _text_of(path: Path) -> str:
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            message = f"{path}: file has {size} bytes, expected at most {MAX_BYTES}"
            raise DataError(message)
        data = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
    except OSError as error:
        message = f"{path}: cannot be read: {error.strerror}"
        raise DataError(message) from None
    try:
        text = data.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        message = f"{path}:{line}:{column}: byte 0x{data[error.start]:02x} is not UTF-8"
        raise DataError(message) from None
    if not text.strip():
        message = f"{path}:1:1: file is empty, expected trees"
        raise DataError(message)
    return text


def _guess(text: str) -> str:
    start = text.lstrip()[:3]
    if start[:1] in ("{", "["):
        return "json"
    return "auto" if start.startswith(("(<", "ID", "#")) else "penn"


def _lines(text: str, path: str) -> Iterator[tuple[SourceLine, str]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if len(line) > MAX_LINE_BYTES:
            message = f"{path}:{number}: line has over {MAX_LINE_BYTES} bytes"
            raise DataError(message)
        if line.strip():
            yield SourceLine(path, number), line


def _read_auto(text: str, path: str) -> Iterator[CCGTree]:
    for source, line in _lines(text, path):
        if line.lstrip().startswith(("ID", "#")):
            continue
        try:
            yield CCGTree(CCGTree.from_auto(line).nodes, source)
        except DataError as error:
            message = f"{source}: {error}"
            raise DataError(message) from None


def _read_json(text: str, path: str) -> Iterator[CCGTree]:
    """One document; or, where that is followed by more, one a line."""
    documents: list[tuple[SourceLine, Any]]
    try:
        documents = [(SourceLine(path, 1), load_json(text))]
    except json.JSONDecodeError as first:
        if first.msg != "Extra data":
            message = f"{path}:{first.lineno}:{first.colno}: file is not JSON: {first.msg}"
            raise DataError(message) from None
        documents = []
        for source, line in _lines(text, path):
            try:
                documents.append((source, load_json(line)))
            except json.JSONDecodeError as error:
                message = f"{source}:{error.colno}: line is not JSON: {error.msg}"
                raise DataError(message) from None
    for source, document in documents:
        for number, item in enumerate(document if isinstance(document, list) else [document]):
            try:
                if item is not None:
                    yield CCGTree(CCGTree.from_json(item).nodes, source)
            except DataError as error:
                where = f", tree {number}" if isinstance(document, list) else ""
                message = f"{source}{where}: {error}"
                raise DataError(message) from None


class TreebankReader(BaseReader):
    r"""Read sentences by the trees that stand in a file, such as another parser's output.

    A sentence has the tree of the same words, punctuation and spacing aside; of several trees for
    one sentence, the first.

    Parameters
    ----------
    path : str or Path
        A file of trees; see `read_trees`.
    format : {"auto", "json", "penn"}, optional
        By default by the file's name or beginning.
    codomain : str, optional
        An atom that every sentence is made, whatever its tree has: the head of a noun phrase
        becomes an ``s``, say. For trees of CCG.
    types : str or mapping of str to str, optional
        Types of the labels of Penn trees; see `PhraseTree.diagram`.
    planar : bool, default False
        Whether crossed compositions rewrite types rather than swap wires; see `CCGTree.derive`.
    lowercase : bool, default True
        Whether names of words are in lower case.
    rewrite, simplify
        As for `BaseReader`.

    Raises
    ------
    DataError
        If the file cannot be read; names the line.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "mine.jsonl"
    >>> _ = path.write_text(r'{"type": "s", "children": [{"type": "n", "text": "Dogs"}, '
    ...                     r'{"type": "s\\n", "text": "bark"}]}')
    >>> reader = TreebankReader(path)
    >>> reader.sentences
    ['Dogs bark']
    >>> str(reader("Dogs bark.").cod)
    's'
    """

    name = "treebank"

    def __init__(
        self,
        path: str | Path,
        *,
        format: str | None = None,
        codomain: str | None = None,
        types: str | Mapping[str, str] | None = None,
        planar: bool = False,
        lowercase: bool = True,
        rewrite: str | Iterable[str] | None = None,
        simplify: bool = False,
    ) -> None:
        super().__init__(lowercase=lowercase, rewrite=rewrite, simplify=simplify)
        self.path = str(path)
        self.format = format
        self.codomain = codomain
        self.types = types if types is None or isinstance(types, str) else dict(types)
        self.planar = planar
        if codomain is not None and isinstance(read_category(codomain).form, tuple):
            message = f"codomain has {codomain!r}, expected an atom such as 's'"
            raise GrammarError(message)
        self._trees: dict[tuple[str, ...], CCGTree | PhraseTree] = {}
        trees: Sequence[CCGTree | PhraseTree] = read_trees(path, format)
        for tree in trees:
            self._trees.setdefault(self._key(" ".join(tree.words)), tree)
        if not self._trees:
            message = f"{path}: file has no trees"
            raise DataError(message)

    @property
    def target(self) -> Ty:
        """The codomain of the first tree's diagram.

        Examples
        --------
        >>> import tempfile, pathlib
        >>> path = pathlib.Path(tempfile.mkdtemp()) / "mine.auto"
        >>> _ = path.write_text("(<L NP NN NN Dogs NP>)")
        >>> str(TreebankReader(path).target)
        'n'
        """
        return self._made(next(iter(self._trees.values()))).cod

    @property
    def sentences(self) -> list[str]:
        """The sentences that the file has trees for, in its order.

        Examples
        --------
        >>> import tempfile, pathlib
        >>> path = pathlib.Path(tempfile.mkdtemp()) / "mine.auto"
        >>> _ = path.write_text("(<L NP NN NN Dogs NP>)")
        >>> TreebankReader(path).sentences
        ['Dogs']
        """
        return [" ".join(tree.words) for tree in self._trees.values()]

    def tree(self, sentence: str) -> CCGTree | PhraseTree:
        """The tree of a sentence.

        Raises
        ------
        ParseFailure
            If the file has none.

        Examples
        --------
        >>> import tempfile, pathlib
        >>> path = pathlib.Path(tempfile.mkdtemp()) / "mine.auto"
        >>> _ = path.write_text("(<L NP NN NN Dogs NP>)")
        >>> len(TreebankReader(path).tree("dogs!").nodes)
        1
        """
        return self._find(sentence, "sentence")

    def config(self) -> dict[str, Any]:
        """What makes this reader, as JSON-able data; `reader_from_config` makes an equal one.

        Examples
        --------
        >>> import tempfile, pathlib
        >>> path = pathlib.Path(tempfile.mkdtemp()) / "mine.auto"
        >>> _ = path.write_text("(<L NP NN NN Dogs NP>)")
        >>> TreebankReader(path).config()["reader"]
        'treebank'
        """
        return {
            **super().config(),
            "path": self.path,
            "format": self.format,
            "codomain": self.codomain,
            "types": self.types,
            "planar": self.planar,
        }

    def _diagram(self, sentence: str, place: str) -> Diagram:
        self._tokens(sentence, place)
        return self._rewriter(self._made(self._find(sentence, place)))

    def _find(self, sentence: str, place: str) -> CCGTree | PhraseTree:
        found = self._trees.get(self._key(sentence))
        if found is None:
            message = (
                f"{place}: {shown(sentence)} is none of the {len(self._trees)} sentences "
                f"of {self.path}"
            )
            raise ParseFailure(message)
        return found

    def _made(self, tree: CCGTree | PhraseTree) -> Diagram:
        if isinstance(tree, PhraseTree):
            return tree.diagram(self.types, lowercase=self.lowercase)
        return tree.diagram(planar=self.planar, lowercase=self.lowercase, codomain=self.codomain)

    @staticmethod
    def _key(sentence: str) -> tuple[str, ...]:
        return tuple([token.casefold() for token in tokenise(sentence)])
