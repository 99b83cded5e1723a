"""Sequences out of a decoder: the likeliest by a beam, or drawn; ill-formed ones are impossible.

This file imports torch: import it where it is used, not at the top of a file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from symnum._lazy import require
from symnum.errors import DomainError
from symnum.nn import Cache
from symnum.tokens import END, PAD, START

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray
    from torch import Tensor

    from symnum.coders import TokenDecoder
    from symnum.tokens import Grammar, State
else:
    torch = require("torch", extra="torch")

__all__ = ["Written", "beam", "sample"]


@dataclass(frozen=True)
class Written:
    """A sequence and how likely it is.

    Parameters
    ----------
    tokens : ndarray of int64
        With <end>, without <start>.
    log_probability : float
        Among the sequences that the grammar allows.
    """

    tokens: NDArray[np.int64]
    log_probability: float


def _next(
    decoder: TokenDecoder,
    last: NDArray[np.int64],
    memory: Tensor,
    grammar: Grammar,
    state: State,
    cache: Cache,
    temperature: float = 1.0,
) -> NDArray[np.float64]:
    """Log probabilities of the next token, of those allowed."""
    logits = decoder(torch.from_numpy(last)[:, None], memory, cache=cache)[:, -1].double()
    allowed = torch.from_numpy(grammar.allowed(state))
    masked = (logits / temperature).masked_fill(~allowed, -torch.inf)
    found: NDArray[np.float64] = torch.log_softmax(masked, -1).numpy()
    return found


def beam(decoder: TokenDecoder, memory: Tensor, grammar: Grammar, n: int) -> list[Written]:
    """The likeliest sequences that a beam of `n` finds, the likeliest first.

    Parameters
    ----------
    decoder : TokenDecoder
    memory : Tensor, shape (1, s, d)
    grammar : Grammar
    n : int
        Width of the beam, and of the result at most.

    Returns
    -------
    list of Written
        No two alike.
    """
    if n < 1:
        message = f"n is {n}, expected at least 1"
        raise DomainError(message)
    n_words = len(grammar.vocabulary)
    rows = np.full((1, 1), START)
    total = np.zeros(1)
    state, cache = grammar.begin(1), Cache()
    wide = memory
    with torch.inference_mode():
        while not state.done.all():
            scores = total[:, None] + _next(decoder, rows[:, -1], wide, grammar, state, cache)
            best = np.argsort(-scores, axis=None, kind="stable")[:n]
            best = best[np.isfinite(scores.ravel()[best])]
            parents, words = np.divmod(best, n_words)
            total = scores.ravel()[best]
            rows = np.concatenate([rows[parents], words[:, None]], 1)
            state = grammar.advance(state.take(parents), words)
            cache.take(torch.from_numpy(parents))
            wide = memory.expand(len(rows), -1, -1)
    return _written(rows, total)


def sample(
    decoder: TokenDecoder,
    memory: Tensor,
    grammar: Grammar,
    n: int,
    *,
    temperature: float = 1.0,
    rng: np.random.Generator,
) -> list[Written]:
    """Draw sequences; the likeliest first, each once.

    Parameters
    ----------
    decoder : TokenDecoder
    memory : Tensor, shape (1, s, d)
    grammar : Grammar
    n : int
        To draw: equal ones are one in the result.
    temperature : float
        Of every draw; log probabilities are those at it.
    rng : numpy.random.Generator

    Returns
    -------
    list of Written
    """
    if n < 1 or not temperature > 0:
        message = f"n is {n} and temperature {temperature}, expected at least 1 and above 0"
        raise DomainError(message)
    rows = np.full((n, 1), START)
    total = np.zeros(n)
    state, cache = grammar.begin(n), Cache()
    wide = memory.expand(n, -1, -1)
    with torch.inference_mode():
        while not state.done.all():
            scores = _next(decoder, rows[:, -1], wide, grammar, state, cache, temperature)
            # The largest of log probability plus Gumbel noise has that probability.
            words = np.argmax(scores + rng.gumbel(size=scores.shape), 1)
            total += scores[np.arange(n), words]
            rows = np.concatenate([rows, words[:, None]], 1)
            state = grammar.advance(state, words)
    return _written(rows, total)


def _written(rows: NDArray[np.int64], total: NDArray[np.float64]) -> list[Written]:
    found: dict[bytes, Written] = {}
    for k in np.argsort(-total, kind="stable"):
        tokens = rows[k, 1:]
        tokens = tokens[tokens != PAD]
        assert tokens[-1] == END
        found.setdefault(tokens.tobytes(), Written(tokens, float(total[k])))
    return list(found.values())
