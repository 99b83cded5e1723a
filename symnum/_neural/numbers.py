"""Numbers as sign, digits and exponent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from symnum.errors import DomainError, ShapeError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

LARGEST_EXPONENT = 100
PAIRS = 100  # values of two digits; a mantissa is two of these
_MANTISSA = PAIRS**2
N_CODES = (2, PAIRS, PAIRS, 2 * LARGEST_EXPONENT + 1)
"""How many values each column of `number_codes` has."""


def number_codes(values: ArrayLike) -> NDArray[np.int64]:
    """Numbers as sign, mantissa of four digits in two halves, and exponent.

    Parameters
    ----------
    values : array_like of float, any shape
        Finite.

    Returns
    -------
    ndarray of int64, shape values.shape + (4,)
        0 or 1 for the sign; the first and the last two digits of the mantissa, 1000 to 9999;
        the exponent of its last digit plus 100, 0 to 200. A value below 1e-97 in size is 0, one
        above 9999e100 is that.

    Raises
    ------
    DomainError
        If a value is NaN or infinite.

    Notes
    -----
    After Kamienny et al., arXiv:2204.10532, whose mantissa is one token of 10,000.

    Examples
    --------
    >>> from symnum.tokens import number_codes, numbers_of
    >>> number_codes([-3.14159, 0.0])
    array([[  1,  31,  42,  97],
           [  0,   0,   0, 100]])
    >>> [f"{v:.4g}" for v in numbers_of(number_codes([-3.14159, 6.62607015e-34, 300]))]
    ['-3.142', '6.626e-34', '300']
    """
    v = np.asarray(values, np.float64)
    if not np.isfinite(v).all():
        message = "values has a NaN or infinite number, expected finite ones"
        raise DomainError(message)
    size = np.abs(v)
    lowest = 10.0 ** (3 - LARGEST_EXPONENT)
    is_zero = size < lowest
    size = np.clip(size, lowest, (_MANTISSA - 1.0) * 10.0**LARGEST_EXPONENT)
    exponent = np.floor(np.log10(size)).astype(np.int64) - 3
    mantissa = np.rint(_scaled(size, -exponent)).astype(np.int64)
    # Rounding, of the logarithm or of the mantissa, may give a digit too many or too few.
    exponent += (mantissa >= _MANTISSA).astype(np.int64) - (mantissa < _MANTISSA // 10)
    exponent = np.clip(exponent, -LARGEST_EXPONENT, LARGEST_EXPONENT)
    mantissa = np.clip(np.rint(_scaled(size, -exponent)), 1000, 9999).astype(np.int64)
    codes = np.stack(
        [np.signbit(v), mantissa // PAIRS, mantissa % PAIRS, exponent + LARGEST_EXPONENT], -1
    )
    codes[is_zero] = (0, 0, 0, LARGEST_EXPONENT)
    return codes


def _scaled(values: NDArray[np.float64], exponent: NDArray[np.int64]) -> NDArray[np.float64]:
    """Values times a power of ten; a negative one divides, as 0.1 is not exact."""
    up = values * 10.0 ** np.maximum(exponent, 0)
    scaled: NDArray[np.float64] = up / 10.0 ** np.maximum(-exponent, 0)
    return scaled


def numbers_of(codes: ArrayLike) -> NDArray[np.float64]:
    """The numbers of `number_codes`.

    Parameters
    ----------
    codes : array_like of int, shape (..., 4)

    Returns
    -------
    ndarray of float64, shape (...)

    Raises
    ------
    ShapeError
        If the last axis is not of length 4.

    Examples
    --------
    >>> from symnum.tokens import numbers_of
    >>> numbers_of([[0, 25, 0, 97]])
    array([2.5])
    """
    c = np.asarray(codes, np.int64)
    if c.ndim == 0 or c.shape[-1] != len(N_CODES):
        message = f"codes has shape {c.shape}, expected (..., {len(N_CODES)})"
        raise ShapeError(message)
    sign, high, low, exponent = np.moveaxis(c, -1, 0)
    size = _scaled((high * PAIRS + low).astype(np.float64), exponent - LARGEST_EXPONENT)
    return np.where(sign == 1, -size, size)
