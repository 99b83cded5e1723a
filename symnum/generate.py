"""Corpora of random formulas with points, to train and test models that read or write formulas.

Each item comes from its own seed, so a corpus is the same for any number of threads and for a
run that was stopped and begun again. No two items have the same canonical form, and none equals a
formula of the problem files that are given, whatever its constants and names of variables.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from symnum._core import expression as core
from symnum._core import generate as core_generate
from symnum._generate import problems, shards
from symnum._generate.problems import exclusion
from symnum.errors import DomainError
from symnum.expression import Expression

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from os import PathLike

    from numpy.typing import NDArray

__all__ = [
    "FunctionCorpus",
    "FunctionOptions",
    "generate_functions",
    "read_functions",
    "read_problems",
    "write_functions",
]

_OPERATIONS = [entry[0] for entry in core.OPERATIONS]
_CHUNK = 2048
_PER_ITEM = ("key", "skeleton", "fingerprint", "n_variables", "item")
_MAX_SEED = 2**64 - 1


@dataclass(frozen=True)
class FunctionOptions:
    """What functions are drawn.

    Parameters
    ----------
    max_variables : int
        1 to 8. The number of variables is uniform from 1; those that simplification removes do
        not count.
    max_extra : int
        0 to 64. With d variables, a tree has 0 to d + `max_extra` sums, differences and products.
    max_unary : int
        0 to 64: functions of one operand.
    n_points : int
        At least 2.
    max_value : float
        No absolute value of a function on its points is larger.

    Examples
    --------
    >>> from symnum.generate import FunctionOptions
    >>> FunctionOptions(max_variables=2).n_points
    200
    """

    max_variables: int = 5
    max_extra: int = 4
    max_unary: int = 4
    n_points: int = 200
    max_value: float = 1e6


class FunctionCorpus:
    """Functions and their points.

    Parameters
    ----------
    arrays : dict of str to ndarray
        As `write_functions` lists them.

    Examples
    --------
    >>> from symnum.generate import generate_functions
    >>> corpus = generate_functions(10, seed=0)
    >>> f, (x, y) = corpus.expression(2), corpus.points(2)
    >>> f.variables, x.shape, y.shape
    (('x0', 'x1', 'x2'), (200, 3), (200,))
    """

    def __init__(self, arrays: dict[str, NDArray[Any]]) -> None:
        self.arrays = arrays
        n = len(arrays["key"])
        self._nodes = _starts(arrays["node_ends"])
        self._constants = _starts(arrays["constant_ends"])
        self._n_points = len(arrays["y"]) // max(n, 1)
        self._x = _starts(np.cumsum(arrays["n_variables"].astype(np.int64)) * self._n_points)

    def __len__(self) -> int:
        return len(self.arrays["key"])

    def _index(self, index: int) -> int:
        if not -len(self) <= index < len(self):
            message = f"index {index} is out of range for {len(self)} functions"
            raise IndexError(message)
        return index % len(self)

    def expression(self, index: int) -> Expression:
        """A function as a formula.

        Parameters
        ----------
        index : int

        Returns
        -------
        Expression
            Over x0, x1, ...

        Raises
        ------
        IndexError
        """
        k = self._index(index)
        nodes = slice(self._nodes[k], self._nodes[k + 1])
        constants = self.arrays["constants"][self._constants[k] : self._constants[k + 1]]
        n = int(self.arrays["n_variables"][k])
        program = core.Program(
            [_OPERATIONS[code] for code in self.arrays["operation"][nodes]],
            self.arrays["left"][nodes].tolist(),
            self.arrays["right"][nodes].tolist(),
            constants.tolist(),
            n,
        )
        return Expression._of(program, tuple(f"x{j}" for j in range(n)))

    def points(self, index: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Points of a function and its values there.

        Parameters
        ----------
        index : int

        Returns
        -------
        x : ndarray of float32, shape (n_points, n_variables)
        y : ndarray of float32, shape (n_points,)
            The function at `x` in double precision, rounded. Both are views.

        Raises
        ------
        IndexError
        """
        k = self._index(index)
        x = self.arrays["x"][self._x[k] : self._x[k + 1]]
        y = self.arrays["y"][k * self._n_points : (k + 1) * self._n_points]
        return x.reshape(-1, self._n_points).T, y

    def take(self, index: NDArray[np.int64]) -> FunctionCorpus:
        """The functions of these indices.

        Parameters
        ----------
        index : ndarray of int64

        Returns
        -------
        FunctionCorpus
            A copy.
        """
        arrays = {name: self.arrays[name][index] for name in _PER_ITEM}
        for names, starts in (
            (("operation", "left", "right"), self._nodes),
            (("constants",), self._constants),
            (("x",), self._x),
        ):
            places = _places(starts, index)
            arrays |= {name: self.arrays[name][places] for name in names}
        arrays["y"] = self.arrays["y"].reshape(len(self), -1)[index].ravel()
        arrays["node_ends"] = np.cumsum(np.diff(self._nodes)[index])
        arrays["constant_ends"] = np.cumsum(np.diff(self._constants)[index])
        return FunctionCorpus(arrays)


def _starts(ends: NDArray[Any]) -> NDArray[np.int64]:
    return np.concatenate([[0], ends]).astype(np.int64)


def _places(starts: NDArray[np.int64], index: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where the values of these items lie, one item after another."""
    sizes = np.diff(starts)[index]
    shift = starts[:-1][index] - np.cumsum(sizes) + sizes
    return np.repeat(shift, sizes) + np.arange(sizes.sum())


def _drawn(seed: int, first: int, n: int, options: FunctionOptions) -> FunctionCorpus:
    arrays = core_generate.sample(seed, first, n, **asdict(options))
    arrays["item"] = np.arange(first, first + n, dtype=np.int64)
    return FunctionCorpus(arrays)


def _joined(parts: list[FunctionCorpus]) -> FunctionCorpus:
    arrays = {name: np.concatenate([p.arrays[name] for p in parts]) for name in parts[0].arrays}
    for name, starts in (("node_ends", "_nodes"), ("constant_ends", "_constants")):
        arrays[name] = np.cumsum(np.concatenate([np.diff(getattr(p, starts)) for p in parts]))
    return FunctionCorpus(arrays)


class _Source:
    """New functions of a seed, in the order of their items."""

    def __init__(
        self, seed: int, options: FunctionOptions, exclude: Iterable[Expression] = ()
    ) -> None:
        if not 0 <= seed <= _MAX_SEED:
            message = f"seed is {seed}, expected 0 to {_MAX_SEED}"
            raise DomainError(message)
        self.seed, self.options = seed, options
        self.excluded = exclusion(exclude, options.max_variables)
        self.known: set[int] = set()
        self.next_item = self.n_duplicates = self.n_excluded = 0

    def draw(self, n: int) -> FunctionCorpus:
        """The next `n` that are neither excluded nor known."""
        parts: list[FunctionCorpus] = []
        missing = n
        while missing > 0:
            drawn = _drawn(self.seed, self.next_item, min(_CHUNK, 2 * missing + 16), self.options)
            parts.append(drawn.take(self._new(drawn, missing)))
            missing -= len(parts[-1])
        return _joined(parts)

    def _new(self, drawn: FunctionCorpus, limit: int) -> NDArray[np.int64]:
        refused = self.excluded.holds(drawn.arrays)
        before = self.next_item
        found: list[int] = []
        for k, key in enumerate(drawn.arrays["key"].tolist()):
            if len(found) == limit:
                break
            self.next_item += 1
            if refused[k]:
                self.n_excluded += 1
            elif key in self.known:
                self.n_duplicates += 1
            else:
                self.known.add(key)
                found.append(k)
        if not found and self.next_item - before >= _CHUNK:
            message = (
                f"no function of {_CHUNK} in a row is new after {len(self.known)}:"
                " allow more variables or operations, or ask for fewer functions"
            )
            raise DomainError(message)
        return np.array(found, np.int64)


def generate_functions(
    n: int,
    *,
    seed: int,
    options: FunctionOptions | None = None,
    exclude: Iterable[Expression] = (),
) -> FunctionCorpus:
    """Draw functions with points, no two with the same canonical form.

    Parameters
    ----------
    n : int
        At least 1.
    seed : int
        0 to 2**64 - 1.
    options : FunctionOptions, optional
    exclude : iterable of Expression
        No function equals one of these up to algebra that `Expression.simplify` knows, values of
        constants and names of variables, or has nearly the same values everywhere.

    Returns
    -------
    FunctionCorpus

    Raises
    ------
    DomainError
        If an argument is out of range, or the options do not allow so many functions.

    Notes
    -----
    Trees: all shapes equally likely (Remy's method; Lample and Charton, arXiv:1912.01412).
    Weights of operations and distributions of points: Kamienny et al., arXiv:2204.10532, and
    Meidani et al., arXiv:2310.02227, but numbers are exact integers half of the time, most terms
    have none, and a third of the inputs is a box of physical ranges such as [1, 5].
    Uses `num_threads` threads; the result does not depend on it.

    Examples
    --------
    >>> from symnum import Expression
    >>> from symnum.generate import generate_functions
    >>> corpus = generate_functions(100, seed=1, exclude=[Expression("sin(a) + b")])
    >>> len(corpus)
    100
    >>> any(corpus.expression(k) == Expression("x0 + sin(x1)") for k in range(100))
    False
    """
    if n < 1:
        message = f"n is {n}, expected at least 1"
        raise DomainError(message)
    return _Source(seed, options or FunctionOptions(), exclude).draw(n)


def read_problems(path: str | PathLike[str]) -> list[Expression]:
    """Read the formulas of a problem file, to be excluded.

    Parameters
    ----------
    path : str or path
        JSON, where a formula or a list of them stands under one of the keys formula,
        formula_sympy, equation, equation_sympy and expression, at any depth; or a text with a
        formula a line, where lines that begin with # are comments. Of ``y = f`` only f counts.

    Returns
    -------
    list of Expression

    Raises
    ------
    ExpressionError
        If there is no formula, or one cannot be read: it names the file and the formula.

    Warns
    -----
    UserWarning
        If a formula has a function that no `Expression` has; it is left out.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> from symnum.generate import read_problems
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "laws.txt"
    >>> _ = path.write_text("E = m*c**2")
    >>> read_problems(path)
    [Expression('m*c**2')]
    """
    return problems.read_problems(path)


def write_functions(
    folder: str | PathLike[str],
    n: int,
    *,
    seed: int,
    options: FunctionOptions | None = None,
    exclude: Iterable[Expression] = (),
    shard_size: int = 10_000,
    on_shard: Callable[[int], object] = lambda _: None,
) -> None:
    """Write a corpus as shards of safetensors with a manifest in JSON.

    Each file is there whole or not at all; where a call was stopped, the same call goes on after
    the last whole shard, and the files come out the same, byte for byte.

    Parameters
    ----------
    folder : str or path
        Made where it is not there.
    n, seed, options, exclude
        As for `generate_functions`.
    shard_size : int
        Functions a shard.
    on_shard : callable
        Called with the number of functions so far after each shard.

    Raises
    ------
    DomainError
        As `generate_functions`, and if `folder` holds a corpus with other settings or a shard
        that is damaged.

    Notes
    -----
    Arrays of a shard: key, skeleton, fingerprint (hashes), n_variables and item, one an item;
    operation, left and right, one a node of the programs, up to node_ends, with the names of the
    operations in the manifest; constants, up to constant_ends; x, n_points of the first variable
    of an item, then of its next; y.

    Examples
    --------
    >>> import tempfile
    >>> from symnum.generate import read_functions, write_functions
    >>> folder = tempfile.mkdtemp()
    >>> write_functions(folder, 50, seed=0, shard_size=20)
    >>> [len(corpus) for corpus in read_functions(folder)]
    [20, 20, 10]
    """
    for name, value in (("n", n), ("shard_size", shard_size)):
        if value < 1:
            message = f"{name} is {value}, expected at least 1"
            raise DomainError(message)
    options = options or FunctionOptions()
    source = _Source(seed, options, exclude)
    settings = {
        "kind": "functions",
        "n": n,
        "seed": seed,
        "shard_size": shard_size,
        "options": asdict(options),
        "n_excluded_formulas": source.excluded.n_formulas,
        "excluded_sha256": source.excluded.digest,
        "operations": _OPERATIONS,
    }
    path = Path(folder)
    target = shards.Folder(path, settings)
    done = 0
    for entry in target.manifest["shards"]:
        arrays = shards.read_shard(path, entry)
        source.known.update(arrays["key"].tolist())
        source.next_item, done = entry["next_item"], done + entry["n"]
    while done < n:
        corpus = source.draw(min(shard_size, n - done))
        source_counts = (source.n_duplicates, source.n_excluded)
        source.n_duplicates = source.n_excluded = 0
        target.add(
            corpus.arrays,
            next_item=source.next_item,
            n_duplicates=source_counts[0],
            n_excluded=source_counts[1],
        )
        done += len(corpus)
        on_shard(done)


def read_functions(folder: str | PathLike[str]) -> Iterator[FunctionCorpus]:
    """Read a corpus of `write_functions`, a shard at a time.

    Parameters
    ----------
    folder : str or path

    Yields
    ------
    FunctionCorpus

    Raises
    ------
    DomainError
        If the manifest or a shard is damaged, or written with other operations.

    Examples
    --------
    See `write_functions`.
    """
    path = Path(folder)
    manifest = shards.read_manifest(path)
    if manifest["settings"]["operations"] != _OPERATIONS:
        message = f"{path} has other operations than this version of symnum: write it again"
        raise DomainError(message)
    for entry in manifest["shards"]:
        yield FunctionCorpus(shards.read_shard(path, entry))
