"""Contraction plans on any device of torch: words' tensors, sentences and gradients by autograd."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from qnlp._lazy import require
from qnlp.backend.kernel import conjugated, shaped
from qnlp.backend.protocol import SMOOTHING, check_slopes, parameter_vector, row_numbers, targets
from qnlp.backend.torch_circuits import word_tensors
from qnlp.diagram import box_of
from qnlp.errors import BackendError
from qnlp.torch_tensor import contract_network, copy_tensor

if TYPE_CHECKING:
    from collections.abc import Sequence

    import torch
    from numpy.typing import ArrayLike, NDArray

    from qnlp._core import model as core
    from qnlp.ansatz import WordAnsatz
    from qnlp.backend.kernel import Families
    from qnlp.diagram import Diagram
    from qnlp.vocabulary import Vocabulary

    Vector = NDArray[np.float64]

__all__ = ["TorchBackend", "TorchProgram"]

_DTYPES = ("float64", "float32")
# Squared amplitudes below may be rounding and nothing else; then a bound of that decides.
_SUSPICIOUS = {"float64": 1e-30, "float32": 1e-13}
# What rounding may make of a number of a word's tensor, and, relative, of a sum of products.
_WORD_ROUNDING = {"float64": 1e-15, "float32": 5e-7}
_SUM_ROUNDING = {"float64": 1e-14, "float32": 5e-6}


class TorchBackend:
    """The kernel's plans run by torch: sentences of one shape side by side, on any device.

    Parameters
    ----------
    device : str, default "cpu"
        As torch names it, such as ``"cuda"`` or ``"cuda:1"``.
    dtype : {"float64", "float32"}
        Of the real numbers; amplitudes are complex numbers of two of them.

    Raises
    ------
    BackendError
        If torch has no such device here, or no such dtype is offered.
    MissingDependencyError
        If torch is not installed.

    Examples
    --------
    >>> import pytest
    >>> torch = pytest.importorskip("torch")
    >>> from qnlp.backend import get_backend
    >>> get_backend("torch").config()
    {'name': 'torch', 'device': 'cpu', 'dtype': 'float64'}
    """

    name = "torch"

    def __init__(self, device: str = "cpu", dtype: str = "float64") -> None:
        if dtype not in _DTYPES:
            message = f"dtype is {dtype!r}, expected one of {list(_DTYPES)}"
            raise BackendError(message)
        torch: Any = require("torch", "torch")
        try:
            torch.zeros(1, device=device)
        except (RuntimeError, AssertionError, NotImplementedError) as error:
            reason = str(error).splitlines()[0]
            message = f"torch makes no tensor on device {device!r} here: {reason}"
            raise BackendError(message) from error
        self.device = device
        self.dtype = dtype

    def config(self) -> dict[str, Any]:
        """Name and options."""
        return {"name": self.name, "device": self.device, "dtype": self.dtype}

    def compile(
        self,
        diagrams: Sequence[Diagram],
        ansatz: WordAnsatz,
        vocabulary: Vocabulary,
        n_classes: int,
    ) -> TorchProgram:
        """Compile sentences; see `qnlp.backend.KernelBackend`, whose errors it has."""
        shapes, families = shaped(diagrams, ansatz, vocabulary, n_classes)
        return TorchProgram(self, shapes, families, ansatz, vocabulary.symbols, n_classes)


class TorchProgram:
    """Sentences compiled for torch. See `qnlp.backend.DifferentiableProgram`."""

    def __init__(
        self,
        backend: TorchBackend,
        shapes: core.Shapes,
        families: Families,
        ansatz: WordAnsatz,
        symbols: tuple[str, ...],
        n_classes: int,
    ) -> None:
        torch: Any = require("torch", "torch")
        self._backend = backend
        self._real = getattr(torch, backend.dtype)
        self.symbols = symbols
        self.n_classes = n_classes
        self.n_sentences = len(shapes.shape_of)
        self._shape_of = shapes.shape_of
        self._networks = shapes.networks
        self._success = 2.0 ** np.array(shapes.log2_success)
        self._is_mixed = shapes.mixed
        boxes = [[box_of(generator) for generator in listed] for listed in shapes.operands]
        self._operands = [
            [
                (families.of[box.base.generator][0], is_conjugate)
                for box, is_conjugate in zip(listed, conjugated(shapes, listed), strict=True)
            ]
            for listed in boxes
        ]
        lengths = np.array([len(listed) for listed in self._operands])[shapes.shape_of]
        self._begin = np.concatenate([[0], np.cumsum(lengths)]).astype(np.intp)
        self._words = families.words
        self._families = [
            (word_tensors(ansatz, dom, cod), first.astype(np.int64))
            for (dom, cod), first in zip(families.types, families.first, strict=True)
        ]

    def amplitudes(
        self, theta: torch.Tensor, rows: ArrayLike | None = None
    ) -> list[tuple[NDArray[np.intp], torch.Tensor]]:
        """The tensors of sentences, for autograd to follow.

        Parameters
        ----------
        theta : tensor, shape (n_parameters,)
            Real, on the backend's device.
        rows : array_like of int, optional

        Returns
        -------
        list of (ndarray of int, tensor)
            For each shape among the rows: places in `rows`, and tensors of shape
            (n_places, n_outcomes). Where words discard qubits there are no amplitudes: the outcomes'
            probabilities instead, not divided by their sum.

        Examples
        --------
        >>> import pytest
        >>> torch = pytest.importorskip("torch")
        >>> from qnlp import IQPAnsatz, Ty, Vocabulary, Word
        >>> from qnlp.backend import get_backend
        >>> rain, ansatz = Word("Rain", Ty("s")), IQPAnsatz({"s": 1})
        >>> program = get_backend("torch").compile([rain], ansatz, Vocabulary(ansatz, [rain]), 2)
        >>> theta = torch.tensor([0.5, 0.0, 0.0], dtype=torch.float64, requires_grad=True)
        >>> [(_, made)] = program.amplitudes(theta)
        >>> made.abs().square().round(decimals=6).tolist()
        [[0.0, 1.0]]
        """
        numbers = row_numbers(rows, self.n_sentences)
        return [(places, made) for places, _, made in self._contracted(theta, numbers)]

    def _contracted(
        self, theta: Any, numbers: NDArray[np.uint32], *, grown: float | None = None
    ) -> Any:
        """Places, shape, and tensors of the rows; with `grown` of operands' sizes, so much more."""
        tensors = [make(theta, first) for make, first in self._families]
        if grown is not None:
            tensors = [values.abs() + grown for values in tensors]
        shape_of = self._shape_of[numbers]
        for shape in np.flatnonzero(np.bincount(shape_of, minlength=len(self._networks))):
            places = np.flatnonzero(shape_of == shape)
            made = self._sentences(int(shape), numbers[places], tensors)
            yield places, int(shape), made.reshape(len(places), -1)

    def _sentences(self, shape: int, rows: NDArray[np.uint32], tensors: list[Any]) -> Any:
        torch: Any = require("torch", "torch")
        network, device = self._networks[shape], self._backend.device
        operands = []
        for k, (family, is_conjugate) in enumerate(self._operands[shape]):
            words = torch.from_numpy(self._words[self._begin[rows] + k].astype(np.int64))
            values = tensors[family][words.to(device)]
            sizes = [network.dimension[index] for index in network.operands[k]]
            values = values.reshape(len(rows), *sizes)
            operands.append(values.conj() if is_conjugate else values)
        n = len(operands)
        dtype = operands[0].dtype if operands else self._real
        operands += [
            copy_tensor(axes, network.dimension, device).to(dtype) for axes in network.operands[n:]
        ]
        made = contract_network(network, operands, batched=n)
        return made if n else made.reshape(1, -1).expand(len(rows), -1)

    def _squares(self, theta: Any, numbers: NDArray[np.uint32]) -> tuple[Any, Any]:
        """Class and success probabilities as tensors; zeros where post-selection cannot succeed."""
        torch: Any = require("torch", "torch")
        p = theta.new_zeros(len(numbers), self.n_classes)
        success = theta.new_zeros(len(numbers))
        for places, shape, made in self._contracted(theta, numbers):
            squares = made.real.clamp(min=0.0) if self._is_mixed else made.abs().square()
            found = squares[:, : self.n_classes]
            total = found.sum(1, keepdim=True)
            vanishes = self._vanishing(theta, numbers[places], total.detach())
            where = torch.from_numpy(places).to(theta.device)
            success = success.index_put((where,), squares.sum(1) * float(self._success[shape]))
            share = torch.where(vanishes, 0.0, found / torch.where(vanishes, 1.0, total))
            p = p.index_put((where,), share)
        return p, success

    def _vanishing(self, theta: Any, rows: NDArray[np.uint32], total: Any) -> Any:
        """Which totals, all of one shape, are rounding and nothing else."""
        torch: Any = require("torch", "torch")
        dtype = self._backend.dtype
        suspicious = total < _SUSPICIOUS[dtype]
        if not suspicious.any():
            return suspicious
        with torch.no_grad():
            ((_, _, plain),) = self._contracted(theta, rows, grown=0.0)
            ((_, _, grown),) = self._contracted(theta, rows, grown=_WORD_ROUNDING[dtype])
        sizes = (grown - plain + _SUM_ROUNDING[dtype] * plain)[:, : self.n_classes]
        bound = (sizes if self._is_mixed else sizes.square()).sum(1, keepdim=True)
        return suspicious & (total <= torch.clamp(bound, min=torch.finfo(total.dtype).tiny))

    def _theta(self, theta: ArrayLike) -> Any:
        torch: Any = require("torch", "torch")
        values = torch.from_numpy(parameter_vector(theta, self.symbols).copy())
        return values.to(device=self._backend.device, dtype=self._real)

    def probabilities(
        self, theta: ArrayLike, rows: ArrayLike | None = None
    ) -> tuple[Vector, Vector]:
        """Class and success probabilities. See `qnlp.backend.Program`."""
        torch: Any = require("torch", "torch")
        with torch.no_grad():
            p, success = self._squares(self._theta(theta), row_numbers(rows, self.n_sentences))
        return _array(p), _array(success)

    def loss_and_gradient(
        self,
        theta: ArrayLike,
        labels: ArrayLike,
        weights: ArrayLike | None = None,
        rows: ArrayLike | None = None,
    ) -> tuple[float, Vector]:
        """Mean cross-entropy and its gradient by autograd. See `qnlp.backend.Program`."""
        torch: Any = require("torch", "torch")
        numbers = row_numbers(rows, self.n_sentences)
        classes, scale = targets(labels, weights, len(numbers), self.n_classes)
        values = self._theta(theta).requires_grad_()
        p, _ = self._squares(values, numbers)
        chosen = torch.from_numpy(classes.astype(np.int64)).to(p.device)
        share = torch.from_numpy(scale / scale.sum()).to(p)
        p = p.gather(1, chosen[:, None])[:, 0]
        smoothed = (p + SMOOTHING) / (1 + self.n_classes * SMOOTHING)
        loss = -(share * smoothed.log()).sum()
        return float(loss.detach()), self._gradient(loss, values)

    def pull_back(
        self, theta: ArrayLike, slopes: ArrayLike, rows: ArrayLike | None = None
    ) -> Vector:
        """The gradient of a function of the probabilities. See `DifferentiableProgram`."""
        torch: Any = require("torch", "torch")
        numbers = row_numbers(rows, self.n_sentences)
        given = check_slopes(slopes, len(numbers), self.n_classes)
        values = self._theta(theta).requires_grad_()
        p, _ = self._squares(values, numbers)
        return self._gradient((p * torch.from_numpy(given).to(p)).sum(), values)

    def _gradient(self, value: Any, theta: Any) -> Vector:
        if not value.requires_grad:
            return np.zeros(len(self.symbols))
        value.backward()
        return _array(theta.grad)


def _array(values: Any) -> Vector:
    return np.asarray(values.detach().cpu().double().numpy())
