"""Labelled sentences: read from files, generated from a seed, checked before they are used.

Nothing here calls a network.
"""

from __future__ import annotations

import warnings
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from qnlp import _generated_sets as generated
from qnlp import _labelled_files as files
from qnlp.errors import DataError
from qnlp.grammar.tokens import SourceLine, tokenise

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import numpy as np

__all__ = [
    "LabelledSentences",
    "SplitCheck",
    "check_splits",
    "load_dataset",
    "load_sentences",
]


@dataclass(frozen=True)
class LabelledSentences:
    """Sentences, a label for each, and where each was read.

    Immutable. Iterates over pairs (sentence, label); a slice is again a `LabelledSentences`.

    Parameters
    ----------
    sentences : sequence of str
    labels : sequence of str
        As many as there are sentences.
    sources : sequence of SourceLine, optional
        File and line of each, for messages.

    Raises
    ------
    DataError
        If the lengths differ.
    TypeError
        If a sentence or label is no str; names its index.

    Examples
    --------
    >>> data = LabelledSentences(["woman cooks soup", "man debugs code"], ["food", "it"])
    >>> data.classes, len(data[:1])
    (('food', 'it'), 1)
    """

    sentences: tuple[str, ...]
    labels: tuple[str, ...]
    sources: tuple[SourceLine, ...] | None = None

    def __init__(
        self,
        sentences: Iterable[str],
        labels: Iterable[str],
        sources: Iterable[SourceLine] | None = None,
    ) -> None:
        fields = {"sentences": tuple(sentences), "labels": tuple(labels)}
        for name, values in fields.items():
            for index, value in enumerate(values):
                if not isinstance(value, str):
                    message = f"{name}[{index}] has type {type(value).__name__}, expected str"
                    raise TypeError(message)
            object.__setattr__(self, name, values)
        object.__setattr__(self, "sources", None if sources is None else tuple(sources))
        for name, others in (("labels", self.labels), ("sources", self.sources)):
            if others is not None and len(others) != len(self.sentences):
                message = f"{name} has length {len(others)}, expected {len(self.sentences)}"
                raise DataError(message)

    @classmethod
    def from_columns(
        cls, table: Any, text: str = "text", label: str = "label"
    ) -> LabelledSentences:
        """Take two columns of a table: a dict of lists, a data frame, a Hugging Face dataset.

        Parameters
        ----------
        table
            Anything that gives a column as ``table[name]``.
        text, label : str
            Names of the columns. Labels may be int or str, and are kept as str.

        Returns
        -------
        LabelledSentences

        Examples
        --------
        >>> LabelledSentences.from_columns({"text": ["cats sleep"], "label": [1]}).labels
        ('1',)
        """
        return cls(table[text], [str(value) for value in table[label]])

    @property
    def classes(self) -> tuple[str, ...]:
        """The different labels, sorted."""
        return tuple(sorted(set(self.labels)))

    def counts(self) -> dict[str, int]:
        """How many sentences each class has, in the order of `classes`.

        Examples
        --------
        >>> LabelledSentences(["a", "b", "c"], ["x", "y", "x"]).counts()
        {'x': 2, 'y': 1}
        """
        counts = Counter(self.labels)
        return {name: counts[name] for name in self.classes}

    def take(self, indices: Iterable[int]) -> LabelledSentences:
        """The sentences at these positions, in this order.

        Examples
        --------
        >>> LabelledSentences(["a", "b"], ["x", "y"]).take([1]).sentences
        ('b',)
        """
        chosen = [int(i) for i in indices]
        return LabelledSentences(
            [self.sentences[i] for i in chosen],
            [self.labels[i] for i in chosen],
            None if self.sources is None else [self.sources[i] for i in chosen],
        )

    def place(self, index: int) -> str:
        """Name a sentence in a message: its file and line, or its index.

        Examples
        --------
        >>> LabelledSentences(["a"], ["x"]).place(0)
        'sentence 0'
        """
        return f"sentence {index}" if self.sources is None else str(self.sources[index])

    def __len__(self) -> int:
        return len(self.sentences)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return zip(self.sentences, self.labels, strict=True)

    def __getitem__(self, index: slice) -> LabelledSentences:
        return self.take(range(len(self))[index])

    def __repr__(self) -> str:
        return f"LabelledSentences(<{len(self)} sentences>, classes={self.counts()})"


def load_sentences(
    path: str | Path,
    format: str = "auto",
    *,
    text: str | int | None = None,
    label: str | int | None = None,
    labels: Sequence[str] | None = None,
    max_errors: int = 20,
) -> LabelledSentences:
    r"""Read a file of labelled sentences.

    Parameters
    ----------
    path : str or Path
        A UTF-8 file; a byte-order mark and CRLF line ends are accepted, as are blank lines at the
        end.
    format : {"auto", "lambeq", "tsv", "csv", "jsonl"}, default "auto"
        ``lambeq`` is a line ``LABEL<spaces>tokens .``, cut at the first space. ``tsv`` cuts lines at
        tabs, without quoting; ``csv`` is RFC 4180; ``jsonl`` is one object a line.
        ``auto`` goes by the suffix .tsv, .csv, .jsonl or .ndjson; for another, by the first line:
        it is JSONL if it starts with a brace, TSV if it holds a tab, else lambeq's.
    text, label : str or int, optional
        The column of the sentence and the one of its label: a name in the header (or key of the
        objects), or a position from 0 in a table. By default a header is recognised by a column
        ``text`` or ``sentence`` with a column ``label`` or ``class``; without a header there are two
        columns, label and sentence.
    labels : sequence of str, optional
        The labels that may occur. By default any may.
    max_errors : int, default 20
        How many errors the message lists before it only counts.

    Returns
    -------
    LabelledSentences
        Labels are str, as written: ``10`` is not ``1``.

    Raises
    ------
    DataError
        Listing every fault as ``file:line:column: reason``. Nothing is skipped or repaired.
    OSError
        If the file cannot be read.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "two.txt"
    >>> _ = path.write_text("1  woman cooks soup .\n0  man debugs code .\n")
    >>> load_sentences(path).labels
    ('1', '0')
    """
    if format != "auto" and format not in files.FORMATS:
        message = f"format has {format!r}, expected one of {['auto', *files.FORMATS]}"
        raise DataError(message)
    rows, faults = files.read_rows(Path(path), format, text, label)
    if labels is not None:
        allowed = [str(value) for value in labels]
        faults += [
            files.Fault(row.line, row.column, f"label {row.label!r} is not one of {allowed}")
            for row in rows
            if row.label not in allowed
        ]
    if not rows and not faults:
        faults.append(files.Fault(1, 1, "file has a header and no sentences"))
    if faults:
        raise files.error_of_faults(path, sorted(faults), max_errors)
    return LabelledSentences(
        [row.text for row in rows],
        [row.label for row in rows],
        [SourceLine(str(path), row.line) for row in rows],
    )


def load_dataset(
    name: str, split: str = "train", *, seed: int | np.random.Generator = 0, size: int | None = None
) -> LabelledSentences:
    """Generate a set of sentences that ships with the package.

    Parameters
    ----------
    name : {"food-it", "relative-clauses"}
        ``food-it``: sentences about food or about computers, labels ``food`` and ``it``: noun verb
        noun, with or without an adjective before either noun. Its words nearly tell the label.
        ``relative-clauses``: noun phrases with ``that``, whose head is the ``subject`` of the clause
        (dog that follows child) or its ``object`` (child that dog follows). Each phrase's words
        stand under both labels in the same split, so only their order tells it.
    split : {"train", "dev", "test", "all"}, default "train"
        Splits are disjoint and hold 3/5, 1/5 and 1/5. Words that occur once go to train.
    seed : int or Generator, default 0
        The same int gives the same set on every platform. A Generator is drawn from at each call,
        so with one only ``split="all"`` makes sense, and any other is refused.
    size : int, optional
        Sentences in all splits together; 200 and 160 by default.

    Returns
    -------
    LabelledSentences
        Without duplicates, and with equally many of each label.

    Raises
    ------
    DataError
        If there is no such set or split, or it is smaller than `size`.

    Examples
    --------
    >>> data = load_dataset("relative-clauses", "test")
    >>> data.counts()
    {'object': 16, 'subject': 16}
    """
    if split not in (*generated.SPLITS, "all"):
        message = f"split has {split!r}, expected one of {[*generated.SPLITS, 'all']}"
        raise DataError(message)
    if split != "all" and hasattr(seed, "bit_generator"):
        message = f"seed has a generator with split {split!r}, expected an int, or split 'all'"
        raise DataError(message)
    splits = generated.generate(name, seed, size)
    chosen = splits.values() if split == "all" else [splits[split]]
    pairs = [pair for examples in chosen for pair in examples]
    return LabelledSentences([sentence for sentence, _ in pairs], [label for _, label in pairs])


class SplitCheck(NamedTuple):
    """What `check_splits` found.

    Attributes
    ----------
    duplicates : int
        Sentences of the test split that stand in the training split too.
    conflicts : int
        Different sentences that have several labels, in both splits together.

    Examples
    --------
    >>> SplitCheck(0, 0).duplicates
    0
    """

    duplicates: int
    conflicts: int


def check_splits(
    train: LabelledSentences, test: LabelledSentences, *, strict: bool = False
) -> SplitCheck:
    """Look for test sentences that were trained on, and for sentences with several labels.

    Sentences are compared by their words, without case, spacing and punctuation.

    Parameters
    ----------
    train, test : LabelledSentences
    strict : bool, default False
        Raise rather than warn.

    Returns
    -------
    SplitCheck

    Raises
    ------
    DataError
        If `strict` and something was found.

    Warns
    -----
    UserWarning
        With the counts and the first example, if something was found.

    Examples
    --------
    >>> train = LabelledSentences(["cats sleep"], ["x"])
    >>> check_splits(train, LabelledSentences(["dogs sleep"], ["x"]))
    SplitCheck(duplicates=0, conflicts=0)
    """
    seen: dict[tuple[str, ...], dict[str, str]] = {}
    for data in (train, test):
        for index, (sentence, label) in enumerate(data):
            places = seen.setdefault(_words(sentence), {})
            places.setdefault(label, data.place(index))
    trained = {_words(sentence) for sentence in train.sentences}
    repeated = [i for i, sentence in enumerate(test.sentences) if _words(sentence) in trained]
    conflicting = {words: places for words, places in seen.items() if len(places) > 1}
    findings = []
    if repeated:
        first = repeated[0]
        findings.append(
            f"{len(repeated)} of {len(test)} test sentences stand in the training data too, "
            f"first {test.sentences[first]!r} ({test.place(first)})"
        )
    if conflicting:
        words, places = next(iter(conflicting.items()))
        listed = ", ".join(f"{label!r} at {place}" for label, place in places.items())
        findings.append(
            f"{len(conflicting)} sentences have several labels, first {' '.join(words)!r}: {listed}"
        )
    if findings and strict:
        raise DataError("; ".join(findings))
    if findings:
        warnings.warn("; ".join(findings), UserWarning, stacklevel=2)
    return SplitCheck(len(repeated), len(conflicting))


def _words(sentence: str) -> tuple[str, ...]:
    return tokenise(sentence.lower())
