"""Between a classifier and its reader: sentences or diagrams in, diagrams and how they fared out."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from qnlp.diagram import Diagram
from qnlp.errors import QnlpError
from qnlp.grammar.reader import DEFAULTS, READERS, Reader, adapted, reader_from_config

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qnlp.grammar import CoverageReport, SourceLine
    from qnlp.rewrite.rewriter import Rewriter

    Read = list[Diagram | None]

__all__ = ["adapt", "make_reader", "read", "rewritten", "warn_of_coverage"]


def make_reader(reader: str | Reader) -> Reader:
    """The reader of a name, with what a classifier wants of it, or the reader itself."""
    if not isinstance(reader, str):
        return reader
    if reader not in READERS:
        message = f"reader is {reader!r}, expected one of {sorted(READERS)}"
        raise QnlpError(message)
    return reader_from_config({"reader": reader, **DEFAULTS.get(reader, {})})


def adapt(reader: Reader, X: Sequence[str | Diagram]) -> Reader:
    """The reader as it suits a whole set, which is learnt from the sentences to train on."""
    items = items_of(X)
    return reader if are_diagrams(items) else adapted(reader, items)


def items_of(X: Any) -> list[Any]:
    if isinstance(X, str | bytes):
        message = f"X is one {type(X).__name__}, expected a list of sentences"
        raise TypeError(message)
    return X.tolist() if isinstance(X, np.ndarray) else list(X)


def are_diagrams(items: list[Any]) -> bool:
    return bool(items) and all(isinstance(item, Diagram) for item in items)


def rewritten(diagrams: Read, rewriter: Rewriter) -> Read:
    """The same items, each diagram rewritten."""
    return [None if diagram is None else rewriter(diagram) for diagram in diagrams]


def read(
    reader: Reader, X: Sequence[str | Diagram], sources: Sequence[SourceLine] | None = None
) -> tuple[Read, CoverageReport | None]:
    """A diagram for each item, None where the reader leaves it out, and the reader's report."""
    items = items_of(X)
    if are_diagrams(items):
        return items, None
    if hasattr(reader, "read_report"):
        found: tuple[Read, CoverageReport] = reader.read_report(items, sources)
        return found
    found_all = reader.read_many(items) if sources is None else reader.read_many(items, sources)
    return list(found_all), None


def warn_of_coverage(report: CoverageReport | None, what: str) -> None:
    """One warning that counts the sentences without a full parse, and says what is done with them.

    Parameters
    ----------
    report : CoverageReport or None
    what : str
        What becomes of the sentences that have no diagram.
    """
    if report is None:
        return
    parts = []
    if report.fragments:
        parts.append(f"{len(report.fragments)} have no full parse and are read in parts")
    if report.failed:
        parts.append(f"{len(report.failed)} cannot be read and {what}")
    if parts:
        first = min([*report.fragments, *report.failed])
        message = (
            f"of {report.n_sentences} sentences {'; '.join(parts)} (the first is sentence {first})"
        )
        warnings.warn(message, RuntimeWarning, stacklevel=4)
