"""What reads and writes: token sequences both ways, and sets of points, by the blocks of `symnum.nn`.

This file imports torch: import it where it is used, not at the top of a file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from symnum._lazy import require
from symnum.errors import ShapeError
from symnum.nn import Encoder
from symnum.tokens import N_CODES

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn
    from torch.nn import functional

    from symnum.nn import Cache, Width
else:
    torch = require("torch", extra="torch")
    nn = require("torch.nn", extra="torch")
    functional = require("torch.nn.functional", extra="torch")

__all__ = ["NumberEmbedding", "SetEncoder", "TokenDecoder", "TokenEncoder"]


class _Tokens(nn.Module):
    """An embedding of tokens with learned places."""

    def __init__(self, n_words: int, max_length: int, width: Width) -> None:
        super().__init__()
        self.words = nn.Embedding(n_words, width.d_model)
        self.places = nn.Embedding(max_length, width.d_model)
        for table in (self.words, self.places):
            nn.init.normal_(table.weight, std=width.d_model**-0.5)

    def forward(self, tokens: Tensor, start: int = 0) -> Tensor:
        end = start + tokens.shape[1]
        if end > self.places.num_embeddings:
            message = f"a sequence has {end} tokens, expected at most {self.places.num_embeddings}"
            raise ShapeError(message)
        out: Tensor = self.words(tokens) + self.places.weight[start:end]
        return out


class TokenEncoder(nn.Module):
    """Reads a sequence of tokens, each seeing all.

    Parameters
    ----------
    n_words : int
        Of the vocabulary.
    max_length : int
    n_layers : int
    width : Width

    Examples
    --------
    >>> import torch
    >>> from symnum.coders import TokenEncoder
    >>> from symnum.nn import Width
    >>> TokenEncoder(9, 16, 1, Width(8, 2))(torch.tensor([[1, 5, 2]])).shape
    torch.Size([1, 3, 8])
    """

    def __init__(self, n_words: int, max_length: int, n_layers: int, width: Width) -> None:
        super().__init__()
        self.tokens = _Tokens(n_words, max_length, width)
        self.blocks = Encoder(n_layers, width)

    def forward(self, tokens: Tensor, mask: Tensor | None = None) -> Tensor:
        """The tokens in context.

        Parameters
        ----------
        tokens : Tensor of int, shape (b, t)
        mask : Tensor of bool, shape (b, t), optional
            Which of them there are.

        Returns
        -------
        Tensor, shape (b, t, d)
        """
        out: Tensor = self.blocks(self.tokens(tokens), mask=mask)
        return out


class TokenDecoder(nn.Module):
    """Writes a sequence of tokens, each from those before it and a memory.

    Parameters
    ----------
    n_words : int
        Of the vocabulary; the output shares the embedding's weights.
    max_length : int
        Longest input, <start> included.
    n_layers : int
    width : Width

    Examples
    --------
    >>> import torch
    >>> from symnum.coders import TokenDecoder
    >>> from symnum.nn import Width
    >>> decoder = TokenDecoder(9, 16, 1, Width(8, 2))
    >>> decoder(torch.tensor([[1, 5]]), torch.randn(1, 3, 8)).shape
    torch.Size([1, 2, 9])
    """

    def __init__(self, n_words: int, max_length: int, n_layers: int, width: Width) -> None:
        super().__init__()
        self.tokens = _Tokens(n_words, max_length, width)
        self.blocks = Encoder(n_layers, width, reads=True)

    @property
    def max_length(self) -> int:
        """Of an input."""
        return self.tokens.places.num_embeddings

    def forward(
        self,
        tokens: Tensor,
        memory: Tensor,
        memory_mask: Tensor | None = None,
        cache: Cache | None = None,
    ) -> Tensor:
        """Logits of the next token at every place.

        Parameters
        ----------
        tokens : Tensor of int, shape (b, t)
            From <start> on; with a cache, those after the ones that it has seen.
        memory : Tensor, shape (b, s, d)
        memory_mask : Tensor of bool, shape (b, s), optional
            Which of it there is.
        cache : Cache, optional

        Returns
        -------
        Tensor, shape (b, t, n_words)
        """
        start = 0
        if cache is not None:
            if cache.length > 0 and tokens.shape[1] != 1:
                message = f"tokens has {tokens.shape[1]} tokens after {cache.length}, expected 1"
                raise ShapeError(message)
            start, cache.length = cache.length, cache.length + tokens.shape[1]
        x = self.tokens(tokens, start)
        x = self.blocks(x, memory, memory_mask=memory_mask, causal=True, cache=cache)
        return functional.linear(x, self.tokens.words.weight)


class NumberEmbedding(nn.Module):
    """A vector for a number: of its sign, digits and exponent, and of its place in its column.

    Parameters
    ----------
    d_number : int

    Notes
    -----
    Kamienny et al., arXiv:2204.10532, with the mantissa in two halves, so that it is learned from
    few examples, and with the standardised value as one more input.

    Examples
    --------
    >>> import torch
    >>> from symnum.coders import NumberEmbedding
    >>> from symnum.tokens import number_codes
    >>> codes = torch.from_numpy(number_codes([[1.0, -2.5]]))
    >>> NumberEmbedding(8)(codes, torch.tensor([[-1.0, 1.0]])).shape
    torch.Size([1, 2, 8])
    """

    def __init__(self, d_number: int) -> None:
        super().__init__()
        tables = [nn.Embedding(n, d_number) for n in N_CODES]
        for table in tables:
            nn.init.normal_(table.weight, std=0.25)
        self.tables = nn.ModuleList(tables)
        self.standard = nn.Linear(3, d_number)

    def forward(self, codes: Tensor, standard: Tensor) -> Tensor:
        """The vectors.

        Parameters
        ----------
        codes : Tensor of int, shape (..., 4)
            As `symnum.tokens.number_codes` gives them.
        standard : Tensor, shape (...)
            The numbers, less the mean of their column, over its standard deviation.

        Returns
        -------
        Tensor, shape (..., d_number)
        """
        z = standard.clamp(-8.0, 8.0)
        x = self.standard(torch.stack([z, torch.sin(2.0 * z), z * z / 8.0], -1))
        for k, table in enumerate(self.tables):
            x = x + table(codes[..., k])
        out: Tensor = x
        return out


class SetEncoder(nn.Module):
    """Reads a set of points: the order of them does not count.

    A few latent tokens attend to the points, then to each other, as often as there are layers: the
    cost grows linearly with the points.

    Parameters
    ----------
    n_columns : int
        Numbers a point.
    n_latents : int
    n_layers : int
    width : Width
    d_number : int

    Notes
    -----
    Jaegle et al., Perceiver, arXiv:2103.03206; induced points: Lee et al., Set Transformer,
    arXiv:1810.00825. Numbers of a point are embedded, concatenated and mapped, as in SNIP
    (Meidani et al., arXiv:2310.02227).

    Examples
    --------
    >>> import torch
    >>> from symnum.coders import SetEncoder
    >>> from symnum.nn import Width
    >>> from symnum.tokens import number_codes
    >>> x = torch.randn(2, 10, 3, dtype=torch.float64)
    >>> encoder = SetEncoder(3, 4, 1, Width(8, 2), d_number=4)
    >>> encoder(torch.from_numpy(number_codes(x)), x.float()).shape
    torch.Size([2, 4, 8])
    """

    def __init__(
        self, n_columns: int, n_latents: int, n_layers: int, width: Width, d_number: int = 32
    ) -> None:
        super().__init__()
        d = width.d_model
        self.numbers = NumberEmbedding(d_number)
        self.point = nn.Sequential(
            nn.Linear(n_columns * d_number, d), nn.GELU(approximate="tanh"), nn.Linear(d, d)
        )
        self.norm_point = nn.LayerNorm(d)
        self.latents = nn.Parameter(torch.randn(n_latents, d) * d**-0.5)
        self.blocks = Encoder(n_layers, width, reads=True)

    def forward(self, codes: Tensor, standard: Tensor) -> Tensor:
        """The latent tokens.

        Parameters
        ----------
        codes : Tensor of int, shape (b, n_points, n_columns, 4)
        standard : Tensor, shape (b, n_points, n_columns)
            As for `NumberEmbedding`.

        Returns
        -------
        Tensor, shape (b, n_latents, d)
        """
        points = self.norm_point(self.point(self.numbers(codes, standard).flatten(2)))
        latents = self.latents.expand(len(points), -1, -1)
        out: Tensor = self.blocks(latents, points)
        return out
