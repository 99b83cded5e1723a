"""Sums of Pauli words, as text: ``{"Z0": 1.0, "X0 X1": 0.5}``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from qnlp.errors import DomainError, ShapeError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Observable", "PauliWords", "pauli_words"]

Observable: TypeAlias = str | Mapping[str, float]
"""A Pauli word, or words and their real factors. A word is letters with the numbers of their qubits,
``"Z0 X2"``, or one letter a qubit, ``"ZIX"``; ``""`` is the identity."""

PauliWords: TypeAlias = tuple["NDArray[np.uint64]", "NDArray[np.uint64]", "NDArray[np.float64]"]
"""What the core reads: bits with an X, bits with a Z (with both, a Y), and the factors."""

_LETTER = re.compile(r"([IXYZ])\s*(\d+)")


def pauli_words(observable: Observable, n_qubits: int) -> PauliWords:
    """Read an observable on `n_qubits` qubits; qubit 0 is the most significant bit.

    Parameters
    ----------
    observable : str or mapping of str to float
    n_qubits : int

    Returns
    -------
    tuple of ndarray
        Bits with an X, bits with a Z, factors: one of each a word.

    Raises
    ------
    ShapeError
        If a word is none, or names a qubit that is not there or one twice.
    DomainError
        If a factor is not a finite real number.

    Examples
    --------
    >>> from qnlp.observable import pauli_words
    >>> [part.tolist() for part in pauli_words({"Z0 Y2": 0.5, "XII": 2.0}, 3)]
    [[1, 4], [5, 0], [0.5, 2.0]]
    """
    given = {observable: 1.0} if isinstance(observable, str) else observable
    if not isinstance(given, Mapping):
        message = f"observable must be text or a mapping, got {type(observable).__name__}"
        raise TypeError(message)
    masks = [_masks(word, n_qubits) for word in given]
    factors = [_factor(word, value) for word, value in given.items()]
    x, z = np.array(masks, np.uint64).reshape(-1, 2).T
    return np.ascontiguousarray(x), np.ascontiguousarray(z), np.array(factors, np.float64)


def _factor(word: str, value: float) -> float:
    if not np.isreal(value) or not np.isfinite(value):
        message = f"factor of {word!r} is {value}, expected a finite real number"
        raise DomainError(message)
    return float(np.real(value))


def _masks(word: str, n_qubits: int) -> tuple[int, int]:
    if len(word) == n_qubits and re.fullmatch("[IXYZ]*", word):
        letters = list(zip(word, range(n_qubits), strict=True))
    else:
        rest = _LETTER.sub("", word).strip()
        if rest not in ("", "I"):
            message = (
                f"Pauli word {word!r} has {rest!r}; write 'Z0 X2', or one letter of IXYZ for each "
                f"of {n_qubits} qubits"
            )
            raise ShapeError(message)
        letters = [(letter, int(number)) for letter, number in _LETTER.findall(word)]
    x = z = 0
    for letter, qubit in letters:
        if qubit >= n_qubits:
            message = f"Pauli word {word!r} names qubit {qubit}, the outputs are {n_qubits}"
            raise ShapeError(message)
        bit = 1 << (n_qubits - 1 - qubit)
        if (x | z) & bit:
            message = f"Pauli word {word!r} names qubit {qubit} twice"
            raise ShapeError(message)
        x |= bit if letter in "XY" else 0
        z |= bit if letter in "YZ" else 0
    return x, z
