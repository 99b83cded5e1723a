"""Corpora of random formulas, laws, systems of equations and derivations, to train models on.

Each item comes from its own seed, so a corpus is the same for any number of threads and workers
and for a run that was stopped and begun again. No two items have the same canonical form, and none
equals a formula of the problem files that are given, whatever its constants and names of variables.

What is drawn is said by an object of options: `FunctionOptions`, `LawOptions` (units that agree),
`SystemOptions` (random systems with a trajectory), `TrajectoryOptions` (the 15 families of PROSE),
`DerivationOptions` (chains of equations).
`add_noise` and `corrupt_system` spoil them.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from symnum._generate import problems, shards
from symnum._generate.corrupt import Guess, add_noise, corrupt_system
from symnum._generate.families import FAMILIES, Family
from symnum._generate.functions import FunctionCorpus, FunctionOptions
from symnum._generate.laws import LawCorpus, LawOptions
from symnum._generate.source import Options, Source, check_counts, write
from symnum._generate.systems import SystemCorpus, SystemOptions
from symnum._generate.trajectories import TrajectoryCorpus, TrajectoryOptions
from symnum.derivations import DerivationCorpus, DerivationOptions
from symnum.errors import DomainError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from os import PathLike

    from symnum.expression import Expression

__all__ = [
    "FAMILIES",
    "DerivationCorpus",
    "DerivationOptions",
    "Family",
    "FunctionCorpus",
    "FunctionOptions",
    "Guess",
    "LawCorpus",
    "LawOptions",
    "SystemCorpus",
    "SystemOptions",
    "TrajectoryCorpus",
    "TrajectoryOptions",
    "add_noise",
    "corrupt_system",
    "generate_corpus",
    "generate_functions",
    "read_corpus",
    "read_functions",
    "read_problems",
    "write_corpus",
    "write_functions",
]

Corpus = TypeVar("Corpus")

_CORPORA: dict[str, tuple[type, type]] = {
    "functions": (FunctionOptions, FunctionCorpus),
    "laws": (LawOptions, LawCorpus),
    "systems": (SystemOptions, SystemCorpus),
    "trajectories": (TrajectoryOptions, TrajectoryCorpus),
    "derivations": (DerivationOptions, DerivationCorpus),
}


def generate_corpus(
    options: Options[Corpus],
    n: int,
    *,
    seed: int,
    exclude: Iterable[Expression] = (),
    n_workers: int = 1,
) -> Corpus:
    """Draw items of one kind.

    Parameters
    ----------
    options : FunctionOptions, LawOptions, SystemOptions, TrajectoryOptions or DerivationOptions
        The kind, and what is drawn.
    n : int
        At least 1.
    seed : int
        0 to 2**64 - 1.
    exclude : iterable of Expression
        What must not occur, up to algebra that `Expression.simplify` knows, values of constants
        and names of variables, or values that are nearly the same everywhere: a function, a law,
        a side of a random system, or a premise. The families of `TrajectoryOptions` are never
        left out.
    n_workers : int
        Processes that draw, by joblib. The result does not depend on it.

    Returns
    -------
    FunctionCorpus, LawCorpus, SystemCorpus, TrajectoryCorpus or DerivationCorpus

    Raises
    ------
    DomainError
        If an argument is out of range, or the options do not allow so many items.

    Notes
    -----
    The core uses `num_threads` threads; the result does not depend on it.

    Examples
    --------
    >>> from symnum.generate import LawOptions, generate_corpus
    >>> corpus = generate_corpus(LawOptions(), 5, seed=0)
    >>> len(corpus), corpus.points(0)[1].shape
    (5, (200,))
    """
    check_counts(n=n)
    found: Corpus = Source(options, seed, exclude, n_workers).draw(n)
    return found


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
    n, seed, options, exclude
        As for `generate_corpus`.

    Returns
    -------
    FunctionCorpus

    Raises
    ------
    DomainError
        As `generate_corpus`.

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
    return generate_corpus(options or FunctionOptions(), n, seed=seed, exclude=exclude)


def read_problems(path: str | PathLike[str]) -> list[Expression]:
    """Read the formulas of a problem file, to be excluded.

    Parameters
    ----------
    path : str or path
        JSON, where a formula or a list of them stands under one of the keys formula,
        formula_sympy, equation, equation_sympy, equations_sympy and expression, at any depth; or a
        text with a formula a line, where lines that begin with # are comments. Of ``y = f`` only f
        counts.

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


def write_corpus(
    folder: str | PathLike[str],
    options: Options[Any],
    n: int,
    *,
    seed: int,
    exclude: Iterable[Expression] = (),
    shard_size: int = 10_000,
    n_workers: int = 1,
    on_shard: Callable[[int], object] = lambda _: None,
) -> None:
    """Write a corpus as shards of safetensors with a manifest in JSON.

    Each file is there whole or not at all; where a call was stopped, the same call goes on after
    the last whole shard, and the files come out the same, byte for byte.

    Parameters
    ----------
    folder : str or path
        Made where it is not there.
    options, n, seed, exclude, n_workers
        As for `generate_corpus`.
    shard_size : int
        Items a shard.
    on_shard : callable
        Called with the number of items so far after each shard.

    Raises
    ------
    DomainError
        As `generate_corpus`, and if `folder` holds a corpus with other settings or a shard that is
        damaged.

    Examples
    --------
    >>> import tempfile
    >>> from symnum.generate import SystemOptions, read_corpus, write_corpus
    >>> folder = tempfile.mkdtemp()
    >>> write_corpus(folder, SystemOptions(max_states=2), 5, seed=0, shard_size=3)
    >>> [len(corpus) for corpus in read_corpus(folder)]
    [3, 2]
    """
    check_counts(n=n, shard_size=shard_size)
    write(Path(folder), Source(options, seed, exclude, n_workers), n, shard_size, on_shard)


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
    """Write a corpus of functions: `write_corpus` with `FunctionOptions`.

    Parameters
    ----------
    folder, n, seed, options, exclude, shard_size, on_shard
        As for `write_corpus`.

    Raises
    ------
    DomainError
        As `write_corpus`.

    Examples
    --------
    >>> import tempfile
    >>> from symnum.generate import read_functions, write_functions
    >>> folder = tempfile.mkdtemp()
    >>> write_functions(folder, 50, seed=0, shard_size=20)
    >>> [len(corpus) for corpus in read_functions(folder)]
    [20, 20, 10]
    """
    write_corpus(
        folder,
        options or FunctionOptions(),
        n,
        seed=seed,
        exclude=exclude,
        shard_size=shard_size,
        on_shard=on_shard,
    )


def read_corpus(folder: str | PathLike[str]) -> Iterator[Any]:
    """Read a corpus of `write_corpus`, a shard at a time.

    Parameters
    ----------
    folder : str or path

    Yields
    ------
    FunctionCorpus, LawCorpus, SystemCorpus, TrajectoryCorpus or DerivationCorpus

    Raises
    ------
    DomainError
        If the manifest or a shard is damaged, or written with other operations.

    Examples
    --------
    See `write_corpus`.
    """
    path = Path(folder)
    manifest = shards.read_manifest(path)
    settings = manifest["settings"]
    if settings["kind"] not in _CORPORA:
        message = f"{path} is a corpus of kind {settings['kind']!r}, expected one of {', '.join(_CORPORA)}"
        raise DomainError(message)
    options_of, corpus_of = _CORPORA[settings["kind"]]
    try:
        options = options_of(**settings["options"])
        own = options.settings()
    except (TypeError, KeyError) as error:
        message = (
            f"{path / shards.MANIFEST} has options that are none of {options_of.__name__}: {error}"
        )
        raise DomainError(message) from error
    other = [name for name, value in own.items() if settings.get(name) != value]
    if other:
        message = f"{path} has other {other[0]} than this version of symnum: write it again"
        raise DomainError(message)
    for entry in manifest["shards"]:
        yield corpus_of(shards.read_shard(path, entry), options)


def read_functions(folder: str | PathLike[str]) -> Iterator[FunctionCorpus]:
    """Read a corpus of `write_functions`, a shard at a time: the same as `read_corpus`.

    Parameters
    ----------
    folder : str or path

    Yields
    ------
    FunctionCorpus

    Raises
    ------
    DomainError
        As `read_corpus`.

    Examples
    --------
    See `write_functions`.
    """
    yield from read_corpus(folder)
