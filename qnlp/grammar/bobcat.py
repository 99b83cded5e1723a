"""Bobcat, lambeq's neural CCG parser, for those who have its model's files: extra ``lambeq``.

Its model host is gone, and its weights come from a licensed treebank, so that nothing here downloads or
ships them: a folder is given, looked through before anything is imported, and read without the network.
The trees are converted as all derivations here are. Clark, "Something Old, Something New: Grammar-based
CCG Parsing with Transformer Models", arXiv:2109.10044.
"""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qnlp._lazy import require
from qnlp.errors import (
    DataError,
    EmptySentenceError,
    GrammarError,
    MissingDependencyError,
    ParseFailure,
)
from qnlp.grammar.combinators import read_category
from qnlp.grammar.deepjson import load_json
from qnlp.grammar.marks import as_written, scan
from qnlp.grammar.reader import BaseReader, shown
from qnlp.grammar.trees import CCGTree

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from qnlp.diagram import Diagram
    from qnlp.grammar.derivations import CCGDerivation
    from qnlp.grammar.tokens import SourceLine
    from qnlp.ty import Ty

__all__ = ["BobcatReader", "check_folder"]

_KEYS = {
    "config.json": ("tags", "cats"),
    "pipeline_config.json": ("tagger", "parser"),
    "grammar.json": ("categories", "binary_rules", "type_changing_rules", "type_raising_rules"),
}
_WEIGHTS = "model.safetensors"
_TOKENIZERS = ("tokenizer.json", "vocab.txt")
_MAX_JSON = 1 << 26
_ROOTS = ("S[dcl]", "S[wq]", "S[q]", "S[qem]", "NP")


class BobcatReader(BaseReader):
    """Read English by lambeq's Bobcat parser, from a folder of its model.

    Parameters
    ----------
    model_dir : str or Path
        A folder with ``config.json``, ``model.safetensors``, ``pipeline_config.json``,
        ``grammar.json`` and a tokeniser (``tokenizer.json`` or ``vocab.txt``).
    codomain : str, optional
        An atom that every sentence is made, whatever its category.
    root_categories : iterable of str, optional
        The categories that a sentence may have. By default those of sentences, questions and noun
        phrases that the model knows.
    device : str, default "cpu"
        Where the tagger runs, as torch names it.
    planar : bool, default False
        Whether crossed compositions rewrite types rather than swap wires; see `CCGTree.derive`.
    lowercase : bool, default True
        Whether names of words are in lower case. The parser sees them as spelled.
    rewrite, simplify
        As for `BaseReader`.

    Raises
    ------
    DataError
        If the folder lacks a file, or one is not what it should be, or brings code of its own. Nothing
        has been imported by then.
    MissingDependencyError
        If lambeq is not installed, or transformers is of a version that it cannot use.

    Notes
    -----
    Nothing is looked up on the network. For speed, give many sentences at once.

    Examples
    --------
    >>> from qnlp.grammar import BobcatReader
    >>> BobcatReader("no-such-folder")
    Traceback (most recent call last):
    ...
    qnlp.DataError: no-such-folder: no such folder, expected one with the files of a Bobcat model
    """

    name = "bobcat"

    def __init__(
        self,
        model_dir: str | Path,
        *,
        codomain: str | None = None,
        root_categories: Iterable[str] | None = None,
        device: str = "cpu",
        planar: bool = False,
        lowercase: bool = True,
        rewrite: str | Iterable[str] | None = None,
        simplify: bool = False,
    ) -> None:
        super().__init__(lowercase=lowercase, rewrite=rewrite, simplify=simplify)
        self.model_dir = str(model_dir)
        self.codomain = codomain
        check_folder(Path(model_dir))
        if root_categories is None:
            known = _json_object(Path(model_dir) / "config.json")["cats"]
            root_categories = [category for category in _ROOTS if category in known]
        self.root_categories = list(root_categories)
        if not self.root_categories:
            message = f"{model_dir}: knows none of {', '.join(_ROOTS)}: give root_categories"
            raise DataError(message)
        self.device = device
        self.planar = planar
        self._start()

    def _start(self) -> None:
        self._parser = _load(self.model_dir, self.root_categories, self.device)

    @property
    def target(self) -> Ty:
        """The codomain that was asked for, else that of the first root category."""
        from qnlp.grammar.categories import parse_type

        if self.codomain is not None:
            return parse_type(self.codomain)
        return parse_type(read_category(self.root_categories[0]).text)

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
        ParseFailure
            If it has no parse.
        """
        if not isinstance(sentence, str):
            message = f"sentence has type {type(sentence).__name__}, expected str"
            raise TypeError(message)
        return self._derive_all([sentence], ["sentence"])[0]

    def trees(self, sentences: Sequence[str]) -> list[CCGTree | None]:
        """The trees of sentences; None for one that has no parse.

        Raises
        ------
        EmptySentenceError
            If one holds no word; names its index.
        """
        return self._trees(sentences, [f"sentence {k}" for k in range(len(sentences))])

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
        TypeError, EmptySentenceError, ParseFailure
            As for one sentence; names its index, and its source if given.
        """
        if isinstance(sentences, (str, bytes)):
            message = f"sentences has type {type(sentences).__name__}, expected a list of str"
            raise TypeError(message)
        listed, places = [], []
        for index, sentence in enumerate(sentences):
            if not isinstance(sentence, str):
                message = f"sentences[{index}] has type {type(sentence).__name__}, expected str"
                raise TypeError(message)
            listed.append(sentence)
            source = f" ({sources[index]})" if sources is not None else ""
            places.append(f"sentence {index}{source}")
        return [self._rewriter(found.diagram()) for found in self._derive_all(listed, places)]

    def config(self) -> dict[str, Any]:
        """What makes this reader, as JSON-able data; `reader_from_config` makes an equal one."""
        return {
            **super().config(),
            "model_dir": self.model_dir,
            "codomain": self.codomain,
            "root_categories": self.root_categories,
            "device": self.device,
            "planar": self.planar,
        }

    def __getstate__(self) -> dict[str, Any]:
        return {k: v for k, v in self.__dict__.items() if k != "_parser"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._start()

    def _diagram(self, sentence: str, place: str) -> Diagram:
        return self._rewriter(self._derive_all([sentence], [place])[0].diagram())

    def _trees(self, sentences: Sequence[str], places: Sequence[str]) -> list[CCGTree | None]:
        tokens = []
        for sentence, place in zip(sentences, places, strict=True):
            marked = scan(sentence)
            if not any(is_word for _, is_word in marked):
                message = f"{place} has no words (got {shown(sentence)}), expected at least one"
                raise EmptySentenceError(message)
            tokens.append(as_written(marked))
        if not tokens:
            return []
        found = self._parser.sentences2trees(
            tokens, tokenised=True, suppress_exceptions=True, verbose="suppress"
        )
        return [None if tree is None else CCGTree.from_json(tree.to_json()) for tree in found]

    def _derive_all(self, sentences: Sequence[str], places: Sequence[str]) -> list[CCGDerivation]:
        out = []
        for sentence, place, tree in zip(
            sentences, places, self._trees(sentences, places), strict=True
        ):
            if tree is None:
                message = (
                    f"{place}: {shown(sentence)} has no parse by the model in {self.model_dir}"
                )
                raise ParseFailure(message)
            options: dict[str, Any] = {"lowercase": self.lowercase, "codomain": self.codomain}
            try:
                out.append(tree.derive(planar=self.planar, **options))
            except GrammarError as error:
                message = f"{place}: {error}"
                raise GrammarError(message) from None
        return out


def check_folder(folder: Path) -> None:
    """Look whether a folder is a Bobcat model, without importing or running anything.

    Parameters
    ----------
    folder : Path

    Raises
    ------
    DataError
        Naming the file that is missing or wrong.

    Examples
    --------
    >>> check_folder(Path("no-such-folder"))
    Traceback (most recent call last):
    ...
    qnlp.DataError: no-such-folder: no such folder, expected one with the files of a Bobcat model
    """
    if not folder.is_dir():
        message = f"{folder}: no such folder, expected one with the files of a Bobcat model"
        raise DataError(message)
    missing = [name for name in (*_KEYS, _WEIGHTS) if not (folder / name).is_file()]
    if not any((folder / name).is_file() for name in _TOKENIZERS):
        missing.append(" or ".join(_TOKENIZERS))
    if missing:
        message = f"{folder}: lacks {', '.join(sorted(missing))}, which a Bobcat model has"
        raise DataError(message)
    for name, keys in _KEYS.items():
        data = _json_object(folder / name)
        lacking = [key for key in keys if key not in data]
        if lacking:
            message = f"{folder / name}: lacks {', '.join(lacking)}"
            raise DataError(message)
    for path in sorted(folder.glob("*.json")):
        if "auto_map" in _json_object(path):
            message = f"{path}: has auto_map, which names code to run; it is not loaded"
            raise DataError(message)
    config = _json_object(folder / "config.json")
    for key in _KEYS["config.json"]:
        if not isinstance(config[key], list):
            message = f"{folder / 'config.json'}: {key} is no list"
            raise DataError(message)
    rows = {"tag_classifier.weight": len(config["tags"])}
    rows["span_classifier.weight"] = len(config["cats"])
    _check_weights(folder / _WEIGHTS, rows)


def _json_object(path: Path) -> dict[str, Any]:
    if path.stat().st_size > _MAX_JSON:
        message = f"{path}: has over {_MAX_JSON} bytes"
        raise DataError(message)
    try:
        data = load_json(path.read_bytes().decode("utf-8"))
    except UnicodeDecodeError:
        message = f"{path}: is not UTF-8"
        raise DataError(message) from None
    except json.JSONDecodeError as error:
        message = f"{path}:{error.lineno}:{error.colno}: is not JSON: {error.msg}"
        raise DataError(message) from None
    if not isinstance(data, dict):
        message = f"{path}: is JSON of type {type(data).__name__}, expected an object"
        raise DataError(message)
    return data


def _check_weights(path: Path, rows: Mapping[str, int]) -> None:
    """The header says how long it is, is JSON, and has the matrices that make it this model.

    What a file of weights lacks, the library that reads it fills with random numbers.
    """
    with path.open("rb") as file:
        start = file.read(8)
        length = int.from_bytes(start, "little")
        size = path.stat().st_size
        if len(start) < 8 or not 2 <= length <= min(size - 8, _MAX_JSON):
            message = f"{path}: is no safetensors file: its header is {length} bytes of {size}"
            raise DataError(message)
        try:
            header = load_json(file.read(length).decode("utf-8"))
        except ValueError:
            message = f"{path}: is no safetensors file: its header is not JSON"
            raise DataError(message) from None
    for name, n_rows in rows.items():
        entry = header.get(name) if isinstance(header, dict) else None
        shape = entry.get("shape") if isinstance(entry, dict) else None
        if not isinstance(shape, list) or shape[:1] != [n_rows]:
            message = f"{path}: {name} has shape {shape}, expected {n_rows} rows as in config.json"
            raise DataError(message)


def _load(model_dir: str, root_categories: Sequence[str], device: str) -> Any:
    with _offline():
        require("transformers", "lambeq")
        lambeq = require("lambeq", "lambeq")
        version = require("transformers", "lambeq").__version__
        if int(version.partition(".")[0]) >= 5:
            message = (
                f"transformers {version} is installed, and lambeq's Bobcat needs 4: "
                'pip install "transformers<5"'
            )
            raise MissingDependencyError(message)
        try:
            return lambeq.BobcatParser(
                str(Path(model_dir).resolve()),
                root_cats=list(root_categories),
                device=device,
                verbose="suppress",
            )
        except Exception as error:
            reason = " ".join(str(error).split())[:300]
            message = f"{model_dir}: lambeq cannot load this as a Bobcat model: {reason}"
            raise DataError(message) from error


@contextmanager
def _offline() -> Iterator[None]:
    """Tell the hub's client, should it be imported now, that there is no network."""
    name = "HF_HUB_OFFLINE"
    before = os.environ.get(name)
    os.environ[name] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before
