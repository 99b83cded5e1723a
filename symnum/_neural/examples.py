"""Random functions with points as tokens and codes: what models of formulas learn from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from symnum._core import generate as core_generate
from symnum._generate.problems import exclusion, read_problems
from symnum._neural.vocabulary import LARGEST_INTEGER, NUMBER
from symnum.errors import DomainError, ShapeError
from symnum.tokens import END, START, number_codes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from symnum.expression import Expression
    from symnum.tokens import Vocabulary

_HELD_OUT = 64  # one skeleton in so many is never trained on
_MOST_NOISE = 0.1
_SPARE = 1.5  # more functions are drawn than are asked for, as some are not fit
_TRIES = 20


@dataclass(frozen=True)
class FunctionData:
    """Which functions are drawn, and how many at a time.

    Parameters
    ----------
    seed : int
    batch_size : int
    n_batches : int
        That are sorted by length together.
    max_variables : int
    max_extra, max_unary : int
        As for `symnum.generate.FunctionOptions`.
    n_points : int
        Of a function.
    max_length : int
        Tokens of a formula, <start> and <end> included.
    noise : float
        The share of functions whose values get noise, up to a tenth of their spread.
    exclude : tuple of str
        Problem files whose formulas must not occur. One that is not there is an error.

    Raises
    ------
    DomainError
        If one is out of range.
    """

    seed: int = 0
    batch_size: int = 128
    n_batches: int = 32
    max_variables: int = 3
    max_extra: int = 2
    max_unary: int = 2
    n_points: int = 64
    max_length: int = 40
    noise: float = 0.3
    exclude: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("batch_size", "n_batches", "max_variables", "n_points", "max_length"):
            if getattr(self, name) < 1:
                message = f"{name} is {getattr(self, name)}, expected at least 1"
                raise DomainError(message)
        if not 0 <= self.noise <= 1:
            message = f"noise is {self.noise}, expected 0 to 1"
            raise DomainError(message)


def data_of(config: dict[str, Any]) -> FunctionData:
    """That of a model's configuration, to use the model: no problem files are read."""
    left_out = {"exclude", "excluded_sha256"}
    return FunctionData(**{k: v for k, v in config["data"].items() if k not in left_out})


@dataclass(frozen=True)
class Example:
    """A function as a model sees it.

    Parameters
    ----------
    tokens : ndarray of int64
        From <start> to <end>.
    x : ndarray of float64, shape (n_points, max_variables)
        Columns beyond the function's variables are 0.
    y : ndarray of float64, shape (n_points,)
    n_variables : int
    item : int
        Its number in the generator's stream.
    """

    tokens: NDArray[np.int64]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    n_variables: int
    item: int


def number_arrays(
    x: NDArray[np.float64], y: NDArray[np.float64], n_columns: int
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Codes and standardised values of points.

    Parameters
    ----------
    x : ndarray of float64, shape (..., n_points, n_variables)
    y : ndarray of float64, shape (..., n_points)
    n_columns : int
        Of the result; zeros stand between the variables and the values.

    Returns
    -------
    codes : ndarray of uint8, shape (..., n_points, n_columns, 4)
    standard : ndarray of float32, shape (..., n_points, n_columns)

    Raises
    ------
    ShapeError
        If there are too many variables.
    """
    n = x.shape[-1]
    if n >= n_columns:
        message = f"x has {n} variables, expected at most {n_columns - 1}"
        raise ShapeError(message)
    points = np.zeros((*y.shape, n_columns))
    points[..., :n] = x
    points[..., -1] = y
    mean = points.mean(-2, keepdims=True)
    spread = points.std(-2, keepdims=True)
    standard = (points - mean) / np.where(spread > 0.0, spread, 1.0)
    return number_codes(points).astype(np.uint8), standard.astype(np.float32)


class FunctionExamples:
    """Chunks of examples, each a function of its number alone.

    Parameters
    ----------
    vocabulary : Vocabulary
        Over x0, x1, ..., as many as the data have.
    data : FunctionData
    placeholder : bool
        Whether constants are placeholders.
    unique : bool
        Whether no function stands twice in a chunk.
    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        data: FunctionData,
        *,
        placeholder: bool,
        unique: bool = False,
    ) -> None:
        self.vocabulary, self.data = vocabulary, data
        self.placeholder, self.unique = placeholder, unique
        formulas: list[Expression] = []
        for path in data.exclude:
            formulas += read_problems(Path(path))
        self.excluded = exclusion(formulas, data.max_variables)
        self._excluded_skeletons = set(self.excluded.skeletons.tolist())
        first = int(vocabulary.places("variable")[0])
        self._variables = list(range(first, first + data.max_variables))

    def chunk(self, number: int, n: int | None = None, *, held_out: bool = False) -> list[Example]:
        """A chunk's examples.

        Parameters
        ----------
        number : int
        n : int, optional
            How many; by default ``n_batches * batch_size``.
        held_out : bool
            Whether of the functions that are never trained on, whatever the seed.

        Returns
        -------
        list of Example

        Raises
        ------
        DomainError
            If too few of the functions drawn are fit.
        """
        data = self.data
        n = n or data.n_batches * data.batch_size
        n_drawn = int(n * _SPARE)
        # Strides apart, so that no chunk draws what another may draw in a second try.
        start = number * n_drawn * _TRIES
        rng = np.random.default_rng([data.seed, number, int(held_out)])
        found: list[Example] = []
        known: set[int] = set()
        for k in range(_TRIES * (_HELD_OUT if held_out else 1)):
            found += self._drawn(start + k * n_drawn, n_drawn, rng, known, held_out=held_out)
            if len(found) >= n:
                return found[:n]
        message = (
            f"{len(found)} of {n} functions are fit: max_length {data.max_length} is too short"
        )
        raise DomainError(message)

    def _drawn(
        self, first: int, n: int, rng: np.random.Generator, known: set[int], *, held_out: bool
    ) -> list[Example]:
        data = self.data
        arrays = core_generate.sample(
            data.seed, first, n, data.max_variables, data.max_extra, data.max_unary,
            data.n_points, 1e6,
        )  # fmt: skip
        fit = (arrays["skeleton"] % _HELD_OUT == 0) == held_out
        fit &= ~self.excluded.holds(arrays)
        fit &= np.diff(arrays["node_ends"], prepend=0) <= data.max_length - 2
        if self.unique:
            fit &= [_is_new(key, known) for key in arrays["key"].tolist()]
        starts = np.cumsum(arrays["n_variables"], dtype=np.int64) - arrays["n_variables"]
        return [
            example
            for k in np.flatnonzero(fit).tolist()
            if (example := self._example(arrays, k, int(starts[k]), first + k, rng)) is not None
        ]

    def _example(
        self,
        arrays: dict[str, NDArray[Any]],
        k: int,
        start: int,
        item: int,
        rng: np.random.Generator,
    ) -> Example | None:
        """The one at place `k`, whose first column is the one at `start`; None if it is too long."""
        data = self.data
        nodes = _slice(arrays["node_ends"], k)
        tokens = self.vocabulary.encode_nodes(
            arrays["operation"][nodes].tolist(),
            arrays["left"][nodes].tolist(),
            arrays["right"][nodes].tolist(),
            arrays["constants"][_slice(arrays["constant_ends"], k)].tolist(),
            self._variables,
            placeholder=self.placeholder,
        )
        if len(tokens) > data.max_length - 2 or self._is_excluded(arrays, nodes, tokens):
            return None
        n = int(arrays["n_variables"][k])
        at = start * data.n_points
        x = np.zeros((data.n_points, data.max_variables))
        x[:, :n] = arrays["x"][at : at + n * data.n_points].reshape(n, -1).T
        y = arrays["y"][k * data.n_points : (k + 1) * data.n_points].astype(np.float64)
        if rng.random() < data.noise:
            y = y + rng.normal(size=len(y)) * y.std() * _MOST_NOISE * rng.random() ** 3
        return Example(np.array([START, *tokens, END]), x, y, n, item)

    def _is_excluded(
        self, arrays: dict[str, NDArray[Any]], nodes: slice, tokens: list[int]
    ) -> bool:
        """Whether it is an excluded formula once its large integers are constants."""
        values = arrays["left"][nodes][arrays["operation"][nodes] == NUMBER]
        if not (np.abs(values) > LARGEST_INTEGER).any():
            return False
        _, names, form = self.vocabulary.decode(tokens)[0]._key
        return len(names) > 0 and core_generate.skeleton(form) in self._excluded_skeletons


def _is_new(key: int, known: set[int]) -> bool:
    """Whether a key was not known; now it is."""
    before = len(known)
    known.add(key)
    return len(known) > before


def _slice(ends: NDArray[np.int64], k: int) -> slice:
    return slice(int(ends[k - 1]) if k else 0, int(ends[k]))


def padded(rows: list[NDArray[np.int64]]) -> NDArray[np.int64]:
    """Sequences of nearly equal length as one array, <pad> after the shorter ones."""
    found = np.zeros((len(rows), max(len(row) for row in rows)), np.int64)
    for target, row in zip(found, rows, strict=True):
        target[: len(row)] = row
    return found
