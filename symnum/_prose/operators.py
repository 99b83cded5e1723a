"""Operator decoders: from what was read of a system to its states at any times.

All have one interface, (latent tokens, times) -> states, and by `operator_decoder` about equally
many parameters. Letters of axes: b items, s latent tokens, q times, d the width, c states.

This file imports torch: import it where it is used, not at the top of a file.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from symnum._lazy import require
from symnum.errors import DomainError
from symnum.nn import Block, Width

if TYPE_CHECKING:
    from collections.abc import Callable

    import torch
    from torch import Tensor, nn
    from torch.nn import functional
else:
    torch = require("torch", extra="torch")
    nn = require("torch.nn", extra="torch")
    functional = require("torch.nn.functional", extra="torch")

N_WAVES = 12  # of the features of a time


def time_features(times: Tensor) -> Tensor:
    """Of times in units of the longest: the time, its sines and cosines; shape (..., 2 * N_WAVES + 1)."""
    waves = torch.arange(1, N_WAVES + 1, dtype=times.dtype, device=times.device) * math.pi
    angles = times[..., None] * waves
    return torch.cat([times[..., None], angles.sin(), angles.cos()], -1)


class Pool(nn.Module):
    """A few learned tokens that read the latent ones."""

    def __init__(self, n: int, width: Width) -> None:
        super().__init__()
        self.tokens = nn.Parameter(torch.randn(n, width.d_model) * width.d_model**-0.5)
        self.block = Block(width, reads=True, looks=False)

    def forward(self, memory: Tensor, mask: Tensor | None) -> Tensor:
        """Shape (b, n, d)."""
        x = self.tokens.expand(len(memory), -1, -1)
        out: Tensor = self.block(x, memory, memory_mask=mask)
        return out


class CrossAttention(nn.Module):
    """Each time is a token that reads the latent ones: PROSE's own, arXiv:2309.16816.

    Parameters
    ----------
    width : Width
        Its ``d_inner`` is the free size.
    n_states : int
    n_layers : int
    """

    def __init__(self, width: Width, n_states: int, n_layers: int) -> None:
        super().__init__()
        self.embed = nn.Linear(2 * N_WAVES + 1, width.d_model)
        self.blocks = nn.ModuleList(Block(width, reads=True, looks=False) for _ in range(n_layers))
        self.norm = nn.LayerNorm(width.d_model)
        self.head = nn.Linear(width.d_model, n_states)

    def forward(self, memory: Tensor, mask: Tensor | None, times: Tensor) -> Tensor:
        """States at times of shape (b, q): shape (b, q, c)."""
        x = self.embed(time_features(times))
        for block in self.blocks:
            x = block(x, memory, memory_mask=mask)
        out: Tensor = self.head(self.norm(x))
        return out


class DeepONet(nn.Module):
    """A sum of products: sum_k b_k(latent) t_k(time) + b_0. Lu et al., arXiv:1910.03193.

    Parameters
    ----------
    width : Width
        Its ``d_inner`` is the free size.
    n_states : int
    n_layers : int
    """

    def __init__(self, width: Width, n_states: int, n_layers: int) -> None:
        super().__init__()
        d, p = width.d_model, width.inner
        self.pool = Pool(1, Width(d, width.n_heads))
        self.branch = nn.Sequential(nn.Linear(d, p), nn.GELU(), nn.Linear(p, n_states * (p // 2)))
        self.trunk = nn.Sequential(
            nn.Linear(2 * N_WAVES + 1, p), nn.GELU(), nn.Linear(p, p // 2), nn.GELU()
        )
        self.offset = nn.Linear(d, n_states)
        self.n_states = n_states

    def forward(self, memory: Tensor, mask: Tensor | None, times: Tensor) -> Tensor:
        """States at times of shape (b, q): shape (b, q, c)."""
        latent = self.pool(memory, mask)[:, 0]
        branch = self.branch(latent).unflatten(-1, (self.n_states, -1))
        trunk = self.trunk(time_features(times))
        scale = trunk.shape[-1] ** -0.5
        products = torch.einsum("bcp,bqp->bqc", branch, trunk) * scale
        out: Tensor = products + self.offset(latent)[:, None]
        return out


class MultiONet(nn.Module):
    """Branch and trunk meet at every hidden layer: (1/l) sum_i w_i <b_i, t_i> + b. arXiv:2502.06250.

    Parameters
    ----------
    width : Width
        Its ``d_inner`` is the free size.
    n_states : int
    n_layers : int
        Hidden layers, at least 2.
    """

    def __init__(self, width: Width, n_states: int, n_layers: int) -> None:
        super().__init__()
        d, p = width.d_model, width.inner
        n = max(n_layers, 2)
        self.pool = Pool(1, Width(d, width.n_heads))
        self.branch = nn.ModuleList(nn.Linear(d if k == 0 else p, p) for k in range(n))
        self.trunk = nn.ModuleList(nn.Linear(2 * N_WAVES + 1 if k == 0 else p, p) for k in range(n))
        self.of_state = nn.ModuleList(nn.Linear(p, n_states * 8) for _ in range(n))
        self.of_time = nn.ModuleList(nn.Linear(p, 8) for _ in range(n))
        self.weight = nn.Parameter(torch.ones(n))
        self.offset = nn.Linear(d, n_states)
        self.n_states = n_states

    def forward(self, memory: Tensor, mask: Tensor | None, times: Tensor) -> Tensor:
        """States at times of shape (b, q): shape (b, q, c)."""
        latent = self.pool(memory, mask)[:, 0]
        b, t = latent, time_features(times)
        total = torch.zeros(*times.shape, self.n_states, dtype=t.dtype, device=t.device)
        for k in range(len(self.branch)):
            b = functional.silu(self.branch[k](b))
            t = self.trunk[k](t)
            t = functional.silu(t) + torch.sin(t)
            of_state = self.of_state[k](b).unflatten(-1, (self.n_states, -1))
            total = total + self.weight[k] * torch.einsum(
                "bcp,bqp->bqc", of_state, self.of_time[k](t)
            )
        out: Tensor = total / len(self.branch) + self.offset(latent)[:, None]
        return out


class LSM(nn.Module):
    """Latent tokens moved by a spectral map, then asked at each time. After arXiv:2301.12664.

    Parameters
    ----------
    width : Width
        Its ``d_inner`` is the free size.
    n_states : int
    n_layers : int
    """

    N_LATENTS = 8
    N_BASIS = 2

    def __init__(self, width: Width, n_states: int, n_layers: int) -> None:
        super().__init__()
        d = width.d_model
        self.pool = Pool(self.N_LATENTS, width)
        self.maps = nn.ModuleList(nn.Linear(2 * self.N_BASIS * d, d) for _ in range(n_layers))
        self.embed = nn.Linear(2 * N_WAVES + 1, d)
        self.ask = Block(width, reads=True, looks=False)
        self.norm = nn.LayerNorm(d)
        self.head = nn.Linear(d, n_states)

    def forward(self, memory: Tensor, mask: Tensor | None, times: Tensor) -> Tensor:
        """States at times of shape (b, q): shape (b, q, c)."""
        x = self.pool(memory, mask)
        waves = torch.arange(1, self.N_BASIS + 1, dtype=x.dtype, device=x.device) * math.pi
        for linear in self.maps:
            angles = x[..., None] * waves
            basis = torch.cat([angles.sin(), angles.cos()], -1).flatten(-2)
            x = x + linear(basis)
        found = self.ask(self.embed(time_features(times)), x)
        out: Tensor = self.head(self.norm(found))
        return out


class MgNO(nn.Module):
    """V-cycles of convolutions on a grid of times, interpolated at each. After arXiv:2310.19809.

    Parameters
    ----------
    width : Width
        Its ``d_inner`` is the free size.
    n_states : int
    n_layers : int
    """

    N_GRID = 64
    N_LEVELS = 4

    def __init__(self, width: Width, n_states: int, n_layers: int) -> None:
        super().__init__()
        d, p = width.d_model, max(width.inner // 4, 1)
        self.embed = nn.Linear(2 * N_WAVES + 1, d)
        self.ask = Block(Width(d, width.n_heads), reads=True, looks=False)
        self.lift = nn.Linear(d, p)
        self.cycles = nn.ModuleList(_VCycle(p, self.N_LEVELS) for _ in range(n_layers))
        self.plain = nn.ModuleList(nn.Linear(p, p) for _ in range(n_layers))
        self.head = nn.Linear(p, n_states)

    def forward(self, memory: Tensor, mask: Tensor | None, times: Tensor) -> Tensor:
        """States at times of shape (b, q): shape (b, q, c)."""
        grid = torch.linspace(0.0, 1.0, self.N_GRID, dtype=times.dtype, device=times.device)
        asked = self.embed(time_features(grid)).expand(len(memory), -1, -1)
        x = self.lift(self.ask(asked, memory, memory_mask=mask))
        for cycle, plain in zip(self.cycles, self.plain, strict=True):
            x = x + functional.gelu(cycle(x.transpose(1, 2)).transpose(1, 2) + plain(x))
        return _interpolated(self.head(x), times)


class _VCycle(nn.Module):
    """One V-cycle: smooth and restrict on the way down, prolong and add on the way up."""

    def __init__(self, n: int, n_levels: int) -> None:
        super().__init__()
        self.smooth = nn.ModuleList(_convolution(n) for _ in range(n_levels))
        self.residual = nn.ModuleList(_convolution(n) for _ in range(n_levels - 1))

    def forward(self, f: Tensor) -> Tensor:
        found = []
        for smooth, residual in zip(self.smooth, self.residual, strict=False):
            u = smooth(f)
            found.append(u)
            f = functional.avg_pool1d(f - residual(u), 2)
        out: Tensor = self.smooth[-1](f)
        while found:
            out = found.pop() + functional.interpolate(out, scale_factor=2.0, mode="linear")
        return out


def _convolution(n: int) -> nn.Conv1d:
    return nn.Conv1d(n, n, 3, padding=1, bias=False)


def _interpolated(values: Tensor, times: Tensor) -> Tensor:
    """Linearly between the points of a uniform grid on [0, 1]; beyond, the last straight line."""
    n = values.shape[1]
    place = times * (n - 1)
    low = place.detach().floor().clamp(0, n - 2).long()
    share = (place - low)[..., None]
    index = low[..., None].expand(-1, -1, values.shape[-1])
    return values.gather(1, index) * (1 - share) + values.gather(1, index + 1) * share


DECODERS: dict[str, Callable[[Width, int, int], nn.Module]] = {
    "cross_attention": CrossAttention,
    "deeponet": DeepONet,
    "multionet": MultiONet,
    "lsm": LSM,
    "mgno": MgNO,
}


def n_parameters(module: nn.Module) -> int:
    """Numbers that training moves."""
    return sum(p.numel() for p in module.parameters())


def operator_decoder(name: str, width: Width, n_states: int, n_layers: int) -> nn.Module:
    """The decoder of that name, as near as it comes to the parameters of cross-attention.

    Raises
    ------
    DomainError
        If there is none of that name.
    """
    if name not in DECODERS:
        message = f"operator is {name!r}, expected one of {', '.join(DECODERS)}"
        raise DomainError(message)
    wanted = n_parameters(CrossAttention(width, n_states, n_layers))
    make = DECODERS[name]

    def size(inner: int) -> int:
        with torch.device("meta"):
            return n_parameters(
                make(Width(width.d_model, width.n_heads, inner), n_states, n_layers)
            )

    low, high = 4, 8
    while size(high) < wanted:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if size(middle) <= wanted else (low, middle)
    inner = low if abs(size(low) - wanted) <= abs(size(high) - wanted) else high
    return make(Width(width.d_model, width.n_heads, inner), n_states, n_layers)
