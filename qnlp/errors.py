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
    """A circuit or network was refused before allocation: it would not fit in memory.

    Of one of several sentences it has the index (``sentence``) among those of an argument
    (``argument``, empty if there is but one), its words, and its ``source`` where that is known.
    """

    sentence: int | None = None
    argument: str = ""
    words: str = ""
    source: str = ""

    @classmethod
    def of_sentence(cls, index: int, words: str, reason: str) -> CircuitTooLargeError:
        """The refusal of one sentence; `reason` goes on after its name."""
        error = cls(reason)
        error.sentence = index
        error.words = words if len(words) <= 60 else f"{words[:28]} ... {words[-28:]}"
        return error

    def __str__(self) -> str:
        reason = super().__str__()
        if self.sentence is None:
            return reason
        of = f" of {self.argument}" if self.argument else ""
        source = f", {self.source}" if self.source else ""
        return f'sentence {self.sentence}{of} ("{self.words}"{source}) {reason}'


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
