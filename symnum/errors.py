"""Every error that symnum raises on purpose: one tree, whose base is also a `ValueError`.

The compiled core throws C++ exceptions that arrive here: see `cpp/bindings/symnum/errors.cpp`.
This module imports nothing, so that anything may import it.
"""

from __future__ import annotations

__all__ = [
    "CheckpointCorruptError",
    "CheckpointError",
    "DivergedError",
    "DomainError",
    "ExpressionError",
    "MissingDependencyError",
    "ParseError",
    "ShapeError",
    "SymnumError",
    "TooLargeError",
]


class SymnumError(ValueError):
    """Base of every error that symnum raises on purpose."""


class ShapeError(SymnumError):
    """An array has another length, rank or dimension than its use needs."""


class DomainError(SymnumError):
    """A number lies outside a function's domain, such as a NaN or infinite target."""


class ExpressionError(SymnumError):
    """An expression is not well formed, or has no counterpart where it is to be written."""


class ParseError(ExpressionError):
    """A text is not an expression.

    Attributes
    ----------
    column : int
        Where the text goes wrong, from 1; 0 where that is not known.
    """

    column: int = 0


class TooLargeError(SymnumError, MemoryError):
    """An expression was refused before any work: it is larger than the limit in the message."""


class CheckpointError(SymnumError, OSError):
    """A model's files cannot be read or written, or are of another kind or vocabulary."""


class CheckpointCorruptError(CheckpointError):
    """A model's files are not the ones that were written."""


class DivergedError(SymnumError, ArithmeticError):
    """A training's loss became NaN or infinite; the last good checkpoint stands in the message."""


class MissingDependencyError(SymnumError, ImportError):
    """An optional package is absent; the message names the extra that installs it."""


# A traceback names a class by its public place, `symnum.ShapeError`.
for _name in __all__:
    globals()[_name].__module__ = "symnum"
del _name
