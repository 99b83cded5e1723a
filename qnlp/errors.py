"""Every error that qnlp raises on purpose: one tree, whose base is also a `ValueError`.

The compiled core throws C++ exceptions that arrive here: see `cpp/bindings/qnlp/errors.cpp`.
This module imports nothing, so that anything may import it.
"""

from __future__ import annotations

__all__ = [
    "BackendError",
    "CheckpointCorruptError",
    "CheckpointError",
    "CircuitTooLargeError",
    "DataError",
    "DiagramError",
    "DomainError",
    "EmptySentenceError",
    "GrammarError",
    "MissingDependencyError",
    "ParseFailure",
    "QnlpError",
    "ShapeError",
    "UnknownWordError",
]


class QnlpError(ValueError):
    """Base of every error that qnlp raises on purpose."""


class ShapeError(QnlpError):
    """An array has another length, rank or dimension than its use needs."""


class DomainError(QnlpError):
    """A number lies outside a function's domain, such as a NaN or infinite parameter."""


class DiagramError(QnlpError):
    """A diagram is ill-typed: wires meet whose types do not."""


class GrammarError(QnlpError):
    """A type, lexicon entry or other term of the grammar is not well formed."""


class EmptySentenceError(QnlpError):
    """A sentence has no words."""


class UnknownWordError(QnlpError):
    """A sentence has words that the lexicon or the trained model lacks."""


class ParseFailure(QnlpError):
    """The words are known, and no derivation of a sentence covers them."""


class DataError(QnlpError):
    """A data file or data set is not what its format says."""


class CircuitTooLargeError(QnlpError, MemoryError):
    """A circuit or network was refused before allocation: it would not fit in memory."""


class CheckpointError(QnlpError, OSError):
    """A saved model cannot be read or written."""


class CheckpointCorruptError(CheckpointError):
    """A saved model's files are not the ones that were written."""


class BackendError(QnlpError):
    """A backend cannot run what was asked of it."""


class MissingDependencyError(QnlpError, ImportError):
    """An optional package is absent; the message names the extra that installs it."""


# A traceback names a class by its public place, `qnlp.ShapeError`.
for _name in __all__:
    globals()[_name].__module__ = "qnlp"
del _name
