"""Attention, and the blocks that all learned models here are made of.

Letters of axes: b items, t tokens that ask, s tokens that answer, h heads, d the width. No batch is
padded to a fixed length: items of equal or nearly equal length come together (see
`symnum.training`), sets have equally many points, and a set is read by a few latent tokens, so
that its points never look at each other.

This file imports torch: import it where it is used, not at the top of a file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from symnum._lazy import require
from symnum.errors import ShapeError

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn
    from torch.nn import functional
else:
    torch = require("torch", extra="torch")
    nn = require("torch.nn", extra="torch")
    functional = require("torch.nn.functional", extra="torch")

__all__ = ["Attention", "Block", "Cache", "Encoder", "Width"]


@dataclass(frozen=True)
class Width:
    """How wide a model is.

    Parameters
    ----------
    d_model : int
        Numbers a token; a multiple of `n_heads`.
    n_heads : int
    d_inner : int
        Of the layer between two linear maps; 0 for 4 times `d_model`.

    Raises
    ------
    ShapeError
        If one is out of range.

    Examples
    --------
    >>> from symnum.nn import Width
    >>> Width(64, 4).inner
    256
    """

    d_model: int = 128
    n_heads: int = 4
    d_inner: int = 0

    def __post_init__(self) -> None:
        if self.n_heads < 1 or self.d_model < 1 or self.d_model % self.n_heads or self.d_inner < 0:
            message = (
                f"d_model is {self.d_model} with n_heads {self.n_heads} and d_inner"
                f" {self.d_inner}, expected a positive multiple of n_heads, and d_inner from 0"
            )
            raise ShapeError(message)

    @property
    def inner(self) -> int:
        """`d_inner`, or its default."""
        return self.d_inner or 4 * self.d_model


class Cache:
    """Keys and values of a decoder that goes token by token: what was computed is not again.

    Examples
    --------
    >>> import torch
    >>> from symnum.coders import TokenDecoder
    >>> from symnum.nn import Cache, Width
    >>> decoder = TokenDecoder(9, 16, 1, Width(8, 2)).eval()
    >>> tokens, memory, cache = torch.tensor([[1, 5, 6]]), torch.zeros(1, 4, 8), Cache()
    >>> parts = [decoder(tokens[:, k : k + 1], memory, cache=cache) for k in range(3)]
    >>> torch.allclose(torch.cat(parts, 1), decoder(tokens, memory), atol=1e-6)
    True
    """

    def __init__(self) -> None:
        self.length = 0
        self._parts: dict[tuple[int, str], tuple[Tensor, Tensor]] = {}

    def extended(self, layer: int, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        """Those of the layer's earlier tokens, and these after them."""
        if (known := self._parts.get((layer, "self"))) is not None:
            k, v = torch.cat([known[0], k], 2), torch.cat([known[1], v], 2)
        self._parts[layer, "self"] = k, v
        return k, v

    def of_memory(self, layer: int, attention: Attention, memory: Tensor) -> tuple[Tensor, Tensor]:
        """Those of what the decoder reads, made once."""
        if (layer, "memory") not in self._parts:
            self._parts[layer, "memory"] = attention.keys_and_values(memory)
        return self._parts[layer, "memory"]

    def take(self, index: Tensor) -> None:
        """Keep these items, as a beam search needs it."""
        self._parts = {key: (k[index], v[index]) for key, (k, v) in self._parts.items()}


class Attention(nn.Module):
    """Scaled dot-product attention with heads, fused: no matrix of weights is kept.

    Parameters
    ----------
    width : Width

    Notes
    -----
    Vaswani et al., arXiv:1706.03762; the kernel is `torch.nn.functional.scaled_dot_product_attention`
    (FlashAttention-2, arXiv:2307.08691, where the machine has it).

    Examples
    --------
    >>> import torch
    >>> from symnum.nn import Attention, Width
    >>> x = torch.randn(2, 5, 8)
    >>> Attention(Width(8, 2))(x).shape
    torch.Size([2, 5, 8])
    """

    def __init__(self, width: Width) -> None:
        super().__init__()
        d = width.d_model
        self.n_heads = width.n_heads
        self.query = nn.Linear(d, d, bias=False)
        self.key_value = nn.Linear(d, 2 * d, bias=False)
        self.out = nn.Linear(d, d, bias=False)

    def _heads(self, x: Tensor) -> Tensor:
        return x.reshape(*x.shape[:2], self.n_heads, -1).transpose(1, 2)

    def keys_and_values(self, context: Tensor) -> tuple[Tensor, Tensor]:
        """Of tokens that answer, each of shape (b, h, s, d/h)."""
        k, v = self.key_value(context).chunk(2, -1)
        return self._heads(k), self._heads(v)

    def forward(
        self,
        x: Tensor,
        context: Tensor | None = None,
        *,
        mask: Tensor | None = None,
        causal: bool = False,
        known: tuple[Tensor, Tensor] | None = None,
    ) -> Tensor:
        """What each token gathers.

        Parameters
        ----------
        x : Tensor, shape (b, t, d)
        context : Tensor, shape (b, s, d), optional
            The tokens that answer; without it, `x` itself.
        mask : Tensor of bool, shape (b, s), optional
            Which of them there are.
        causal : bool
            Whether a token sees only those up to itself.
        known : pair of Tensor, optional
            Keys and values, where they are computed already.

        Returns
        -------
        Tensor, shape (b, t, d)
        """
        k, v = known or self.keys_and_values(x if context is None else context)
        where = None if mask is None else mask[:, None, None, :]
        q = self._heads(self.query(x))
        y = functional.scaled_dot_product_attention(q, k, v, attn_mask=where, is_causal=causal)
        out: Tensor = self.out(y.transpose(1, 2).flatten(2))
        return out


class Block(nn.Module):
    """Attention to itself, then if asked to a memory, then two linear maps; each on normed input.

    Parameters
    ----------
    width : Width
    reads : bool
        Whether it attends to a memory.
    looks : bool
        Whether it attends to itself.

    Notes
    -----
    Norms before each part: Xiong et al., arXiv:2002.04745.

    Examples
    --------
    >>> import torch
    >>> from symnum.nn import Block, Width
    >>> Block(Width(8, 2), reads=True)(torch.randn(2, 5, 8), torch.randn(2, 3, 8)).shape
    torch.Size([2, 5, 8])
    """

    def __init__(self, width: Width, *, reads: bool = False, looks: bool = True) -> None:
        super().__init__()
        d = width.d_model
        self.looks = Attention(width) if looks else None
        self.reads = Attention(width) if reads else None
        self.norm_looks = nn.LayerNorm(d) if looks else None
        self.norm_reads = nn.LayerNorm(d) if reads else None
        self.norm_maps = nn.LayerNorm(d)
        self.maps = nn.Sequential(
            nn.Linear(d, width.inner), nn.GELU(approximate="tanh"), nn.Linear(width.inner, d)
        )

    def forward(
        self,
        x: Tensor,
        memory: Tensor | None = None,
        *,
        mask: Tensor | None = None,
        memory_mask: Tensor | None = None,
        causal: bool = False,
        cache: Cache | None = None,
        layer: int = 0,
    ) -> Tensor:
        """The tokens after it.

        Parameters
        ----------
        x : Tensor, shape (b, t, d)
        memory : Tensor, shape (b, s, d), optional
        mask, memory_mask : Tensor of bool, shape (b, t) and (b, s), optional
            Which tokens there are.
        causal : bool
        cache : Cache, optional
            Of a decoder that goes on; `x` are then the new tokens, the first ones of all or one.
        layer : int
            Its number in the cache.

        Returns
        -------
        Tensor, shape (b, t, d)
        """
        if self.looks is not None:
            normed = self.norm_looks(x)  # type: ignore[misc]
            known = None
            if cache is not None:
                known = cache.extended(layer, *self.looks.keys_and_values(normed))
                causal = causal and normed.shape[1] > 1
            x = x + self.looks(normed, mask=mask, causal=causal, known=known)
        if self.reads is not None and memory is not None:
            known = None if cache is None else cache.of_memory(layer, self.reads, memory)
            normed = self.norm_reads(x)  # type: ignore[misc]
            x = x + self.reads(normed, memory, mask=memory_mask, known=known)
        out: Tensor = x + self.maps(self.norm_maps(x))
        return out


class Encoder(nn.Module):
    """Blocks one after another, and a norm.

    Parameters
    ----------
    n_layers : int
    width : Width
    reads : bool
        Whether each also attends to a memory.

    Examples
    --------
    >>> import torch
    >>> from symnum.nn import Encoder, Width
    >>> Encoder(2, Width(8, 2))(torch.randn(2, 5, 8)).shape
    torch.Size([2, 5, 8])
    """

    def __init__(self, n_layers: int, width: Width, *, reads: bool = False) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(Block(width, reads=reads) for _ in range(n_layers))
        self.norm = nn.LayerNorm(width.d_model)

    def forward(self, x: Tensor, memory: Tensor | None = None, **options: Any) -> Tensor:
        """The tokens after the last block; see `Block` for the options.

        Parameters
        ----------
        x : Tensor, shape (b, t, d)
        memory : Tensor, shape (b, s, d), optional
        **options
            As for `Block`, but for `layer`.

        Returns
        -------
        Tensor, shape (b, t, d)
        """
        for layer, block in enumerate(self.blocks):
            x = block(x, memory, layer=layer, **options)
        out: Tensor = self.norm(x)
        return out
