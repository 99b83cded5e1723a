"""What every backend offers: compile sentences once, then evaluate them for any parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np

from qnlp.errors import BackendError, DomainError, ShapeError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from qnlp.ansatz import WordAnsatz
    from qnlp.diagram import Diagram
    from qnlp.vocabulary import Vocabulary

__all__ = ["BACKENDS", "Backend", "DifferentiableProgram", "Program", "get_backend"]

SMOOTHING = 1e-9
"""Added to every probability before its logarithm is taken."""


@runtime_checkable
class Program(Protocol):
    """Sentences compiled for a backend.

    Rows are sentence numbers; without `rows` all sentences count, in order. Parameters are in full
    turns, in the order of the vocabulary's symbols.
    """

    n_sentences: int
    n_classes: int
    symbols: tuple[str, ...]

    def probabilities(
        self, theta: ArrayLike, rows: ArrayLike | None = None
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Class probabilities, shape (n_rows, n_classes), and success probabilities, (n_rows,).

        A row whose post-selection cannot succeed has all probabilities 0.
        """
        ...

    def loss_and_gradient(
        self,
        theta: ArrayLike,
        labels: ArrayLike,
        weights: ArrayLike | None = None,
        rows: ArrayLike | None = None,
    ) -> tuple[float, NDArray[np.float64]]:
        """Weighted mean cross-entropy (natural logarithm) and its gradient."""
        ...


@runtime_checkable
class DifferentiableProgram(Program, Protocol):
    """A program that gives the gradient of any function of its probabilities: heads need it."""

    def pull_back(
        self, theta: ArrayLike, slopes: ArrayLike, rows: ArrayLike | None = None
    ) -> NDArray[np.float64]:
        """The gradient in the parameters of a function of the probabilities.

        `slopes`, of shape (n_rows, n_classes), are its derivatives in them.
        """
        ...


@runtime_checkable
class Backend(Protocol):
    """Compiles sentences to programs."""

    name: str

    def compile(
        self,
        diagrams: Sequence[Diagram],
        ansatz: WordAnsatz,
        vocabulary: Vocabulary,
        n_classes: int,
    ) -> Program:
        """Compile diagrams whose codomain has at least `n_classes` outcomes."""
        ...

    def config(self) -> dict[str, Any]:
        """What `get_backend` needs to make an equal backend: ``name`` and options."""
        ...


BACKENDS = {
    "kernel": ("qnlp.backend.kernel", "KernelBackend"),
    "aer": ("qnlp.backend.aer", "AerBackend"),
    "pennylane": ("qnlp.backend.pennylane", "PennyLaneBackend"),
    "torch": ("qnlp.backend.torch", "TorchBackend"),
}
"""The registry: the name of each backend, and its module and class."""


def get_backend(backend: str | Mapping[str, Any] | Backend) -> Backend:
    """A backend by name, by its config, or as it is.

    Raises
    ------
    BackendError
        If no backend has that name.

    Examples
    --------
    >>> from qnlp.backend import get_backend
    >>> get_backend("kernel").name
    'kernel'
    """
    options: dict[str, Any] = {}
    if isinstance(backend, Mapping):
        options = dict(backend)
        backend = options.pop("name", None)
    if isinstance(backend, str):
        if backend not in BACKENDS:
            message = f"backend is {backend!r}, expected one of {sorted(BACKENDS)}"
            raise BackendError(message)
        module, name = BACKENDS[backend]
        made: Backend = getattr(import_module(module), name)(**options)
        return made
    if not isinstance(backend, Backend):
        message = f"backend must be a name or have compile and config, got {type(backend).__name__}"
        raise TypeError(message)
    return backend


def check_shots(shots: int | None, seed: int | None) -> None:
    """Refuse what is no number of shots, or no seed.

    Raises
    ------
    DomainError
        If `shots` is no int of 1 or more, or `seed` none of 0 or more; None is neither's fault.
    """
    for name, value, least in (("shots", shots, 1), ("seed", seed, 0)):
        is_count = isinstance(value, int | np.integer) and not isinstance(value, bool)
        if value is not None and not (is_count and value >= least):
            message = f"{name} is {value!r}, expected an int of {least} or more, or None"
            raise DomainError(message)


def parameter_vector(theta: ArrayLike, symbols: Sequence[str]) -> NDArray[np.float64]:
    """Check a parameter vector; the error names the parameter at fault."""
    values = np.asarray(theta)
    if values.dtype.kind not in "fiu":
        message = f"theta has dtype {values.dtype}, expected real numbers"
        raise TypeError(message)
    values = np.ascontiguousarray(values, np.float64)
    if values.shape != (len(symbols),):
        message = f"theta has shape {values.shape}, expected ({len(symbols)},)"
        raise ShapeError(message)
    bad = np.flatnonzero(~np.isfinite(values))
    if len(bad):
        message = f"parameter {symbols[bad[0]]!r} is {values[bad[0]]}, expected a finite number"
        raise DomainError(message)
    return values


def row_numbers(rows: ArrayLike | None, n_sentences: int) -> NDArray[np.uint32]:
    """Check sentence numbers; None stands for all of them."""
    if rows is None:
        return np.arange(n_sentences, dtype=np.uint32)
    values = np.asarray(rows)
    if values.ndim != 1 or (values.size and values.dtype.kind not in "iu"):
        message = f"rows have shape {values.shape} and dtype {values.dtype}, expected 1-D integers"
        raise ShapeError(message)
    if values.size and not (values.min() >= 0 and values.max() < n_sentences):
        message = f"rows name sentence {values.max()}, expected 0 to {n_sentences - 1}"
        raise ShapeError(message)
    return np.ascontiguousarray(values, np.uint32)


def targets(
    labels: ArrayLike, weights: ArrayLike | None, n_rows: int, n_classes: int
) -> tuple[NDArray[np.uint32], NDArray[np.float64]]:
    """Check class numbers and weights, one a row."""
    classes = np.asarray(labels)
    if classes.shape != (n_rows,) or (n_rows and classes.dtype.kind not in "iu"):
        message = (
            f"labels have shape {classes.shape} and dtype {classes.dtype}, "
            f"expected ({n_rows},) and class numbers"
        )
        raise ShapeError(message)
    if n_rows and not (classes.min() >= 0 and classes.max() < n_classes):
        message = f"labels reach {classes.max()}, expected 0 to {n_classes - 1}"
        raise ShapeError(message)
    if weights is None and n_rows:
        return np.ascontiguousarray(classes, np.uint32), np.ones(n_rows)
    scale = np.ones(n_rows) if weights is None else np.ascontiguousarray(weights, np.float64)
    if scale.shape != (n_rows,):
        message = f"weights have shape {scale.shape}, expected ({n_rows},)"
        raise ShapeError(message)
    bad = np.flatnonzero(~(np.isfinite(scale) & (scale >= 0)))
    if len(bad):
        message = (
            f"weight of row {bad[0]} is {scale[bad[0]]}, expected a finite number of 0 or more"
        )
        raise DomainError(message)
    if not scale.sum() > 0:
        message = "the weights of all rows sum to 0"
        raise DomainError(message)
    return np.ascontiguousarray(classes, np.uint32), scale


def check_slopes(slopes: ArrayLike, n_rows: int, n_classes: int) -> NDArray[np.float64]:
    """Check derivatives in the probabilities, one a row and class."""
    values = np.ascontiguousarray(slopes, np.float64)
    if values.shape != (n_rows, n_classes):
        message = f"slopes have shape {values.shape}, expected ({n_rows}, {n_classes})"
        raise ShapeError(message)
    bad = np.argwhere(~np.isfinite(values))
    if len(bad):
        row, column = bad[0]
        message = f"slope {column} of row {row} is {values[row, column]}, expected a finite number"
        raise DomainError(message)
    return values
