"""Diagrams as torch tensors: one planned contraction that autograd can differentiate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qnlp._core import model as shapes
from qnlp._core import tensor as core
from qnlp._lazy import require
from qnlp.bubble import Bubble
from qnlp.diagram import box_of
from qnlp.errors import DiagramError, ShapeError
from qnlp.sums import Sum
from qnlp.tensor import TensorFunctor

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import torch

    from qnlp.diagram import Box, Diagram

__all__ = ["TorchFunctor", "contract_network", "copy_tensor"]


class TorchFunctor:
    """The functor to torch tensors; its values have gradients where the boxes' tensors do.

    Parameters
    ----------
    dimension : mapping of str to int
        Of each atom.
    tensors : mapping of str or callable
        The tensor of each named box, axes domain then codomain, all on one device.
    bubbles : mapping of str to callable, optional
        What each bubble's operator does to its inside's tensor.

    Raises
    ------
    MissingDependencyError
        If torch is not installed.
    ShapeError, DiagramError
        As `qnlp.TensorFunctor`.

    Notes
    -----
    Tensors of different dtypes are promoted to their common one, never truncated.

    Examples
    --------
    >>> import torch
    >>> from qnlp import Cup, Ty, Word
    >>> from qnlp.torch_tensor import TorchFunctor
    >>> n = Ty("n")
    >>> x = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> d = Word("x", n) @ Word("x", n.r) >> Cup(n, n.r)
    >>> TorchFunctor({"n": 2}, {"x": x})(d).backward()
    >>> x.grad
    tensor([2., 4.])
    """

    def __init__(
        self,
        dimension: Mapping[str, int],
        tensors: Mapping[str, torch.Tensor] | Callable[[Box], torch.Tensor],
        bubbles: Mapping[str, Callable[[torch.Tensor], torch.Tensor]] | None = None,
    ) -> None:
        self._torch: Any = require("torch", "torch")
        self._shapes = TensorFunctor(dimension, {})
        self._tensors = tensors
        self._bubbles = dict(bubbles or {})

    def _tensor(self, box: Box) -> Any:
        if isinstance(box, Bubble):
            if box.operator not in self._bubbles:
                message = f"bubble {box.operator!r} has no function"
                raise DiagramError(message)
            values = self._bubbles[box.operator](self(box.inside))
        elif callable(self._tensors):
            values = self._tensors(box)
        elif box.name in self._tensors:
            values = self._tensors[box.name]
        else:
            message = f"box {box.name!r} has no tensor"
            raise DiagramError(message)
        expected = self._shapes.shape(box.dom @ box.cod)
        if tuple(values.shape) != expected:
            message = (
                f"tensor of box {box.name!r} has shape {tuple(values.shape)}, "
                f"its wires give {expected}"
            )
            raise ShapeError(message)
        return values

    def __call__(self, diagram: Diagram | Sum[Diagram]) -> torch.Tensor:
        """The tensor of a diagram or of a formal sum: axes of the domain, then of the codomain."""
        shape = self._shapes.shape(diagram.dom @ diagram.cod)
        made: torch.Tensor
        if isinstance(diagram, Sum):
            made = self._torch.zeros(shape)
            for c, term in diagram:
                made = made + (complex(c) if complex(c).imag else complex(c).real) * self(term)
            return made
        grouped = shapes.group([diagram._core], self._shapes.dimension)
        network = grouped.networks[0]
        boxes = [box_of(generator) for generator in grouped.operands[0]]
        operands = [self._operand(box) for box in boxes]
        device = operands[0].device if operands else None
        copies = network.operands[len(boxes) :]
        operands += [copy_tensor(axes, network.dimension, device) for axes in copies]
        dtype = self._torch.float32
        for values in operands:
            dtype = self._torch.promote_types(dtype, values.dtype)
        made = contract_network(network, [values.to(dtype) for values in operands])
        return made.reshape(shape)

    def _operand(self, box: Box) -> Any:
        values = self._tensor(box.base)
        return values.conj() if box.is_dagger else values


def copy_tensor(axes: list[int], dimension: list[int], device: Any) -> Any:
    """1 where all indices agree."""
    torch: Any = require("torch", "torch")
    size = dimension[axes[0]] if axes else 1
    out = torch.zeros([size] * len(axes), device=device)
    index = torch.arange(size, device=device)
    out[(index,) * len(axes)] = 1
    return out


def contract_network(network: core.Network, operands: list[Any], *, batched: int = 0) -> Any:
    """Contract by the core's plan, so that autograd can follow.

    Parameters
    ----------
    network : Network
    operands : list of tensor
        Of one dtype and device. The first `batched` have an axis more, in front, that stays.

    Returns
    -------
    tensor
        Axes of the network's output, after that of the batch if there is one.
    """
    torch: Any = require("torch", "torch")
    many = len(network.dimension)  # the index of the batch
    tensors: list[Any] = list(operands)
    axes = [[many] * (k < batched) + list(a) for k, a in enumerate(network.operands)]
    while len(tensors) < 2:
        like = {"dtype": tensors[0].dtype, "device": tensors[0].device} if tensors else {}
        tensors.append(torch.ones((), **like))
        axes.append([])
    order = list(core.contraction_order(network)) or [(0, 1)]
    output = [many] * (batched > 0) + list(network.output)
    left_over = [0] * (many + 1)
    for listed in [*axes, output]:
        for index in set(listed):
            left_over[index] += 1
    for k, (i, j) in enumerate(order):
        for index in [*set(axes[i]), *set(axes[j])]:
            left_over[index] -= 1
        here = dict.fromkeys(axes[i] + axes[j])
        out = output if k + 1 == len(order) else [index for index in here if left_over[index]]
        tensors.append(_pair(torch, tensors[i], axes[i], tensors[j], axes[j], out))
        tensors[i] = tensors[j] = None
        axes.append(out)
        for index in out:
            left_over[index] += 1
    return tensors[-1] * network.scale


def _pair(torch: Any, a: Any, a_axes: list[int], b: Any, b_axes: list[int], out: list[int]) -> Any:
    """One pairwise contraction; indices are numbered anew, so that there may be any number."""
    number = {index: k for k, index in enumerate(dict.fromkeys(a_axes + b_axes))}
    return torch.einsum(
        a, [number[i] for i in a_axes], b, [number[i] for i in b_axes], [number[i] for i in out]
    )
