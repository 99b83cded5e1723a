"""The set-to-sequence model and what it learns.

This file imports torch: import it where it is used, not at the top of a file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from symnum._lazy import require
from symnum._neural.decoding import beam
from symnum._neural.examples import FunctionData
from symnum._neural.function_task import FunctionTask
from symnum.coders import SetEncoder, TokenDecoder
from symnum.nn import Width
from symnum.tokens import PAD, Grammar, Vocabulary
from symnum.training import Loss

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn
    from torch.nn import functional

    from symnum._neural.examples import Example
else:
    torch = require("torch", extra="torch")
    nn = require("torch.nn", extra="torch")
    functional = require("torch.nn.functional", extra="torch")

KIND = "symnum.propose"
_N_SCORED = 256
_N_DECODED = 32


def vocabulary_of(max_variables: int) -> Vocabulary:
    """Skeletons over x0, x1, ..."""
    return Vocabulary(tuple(f"x{k}" for k in range(max_variables)), numbers=False)


@dataclass(frozen=True)
class ModelConfig:
    """The size of a model.

    Parameters
    ----------
    max_variables : int
    max_length : int
        Tokens of a formula, <start> and <end> included.
    d_model, n_heads : int
    d_number : int
        Of the vector of a number.
    n_latents : int
        Tokens that stand for the set of points.
    encoder_layers, decoder_layers : int
    """

    max_variables: int = 3
    max_length: int = 40
    d_model: int = 96
    n_heads: int = 4
    d_number: int = 16
    n_latents: int = 12
    encoder_layers: int = 2
    decoder_layers: int = 3


class SkeletonModel(nn.Module):
    """Points in, the next token of a skeleton out.

    Parameters
    ----------
    config : ModelConfig
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        width = Width(config.d_model, config.n_heads)
        self.encoder = SetEncoder(
            config.max_variables + 1,
            config.n_latents,
            config.encoder_layers,
            width,
            config.d_number,
        )
        n_words = len(vocabulary_of(config.max_variables))
        self.decoder = TokenDecoder(n_words, config.max_length, config.decoder_layers, width)

    def forward(self, codes: Tensor, standard: Tensor, tokens: Tensor) -> Tensor:
        """Logits at every place: see `SetEncoder` and `TokenDecoder`."""
        out: Tensor = self.decoder(tokens, self.encoder(codes, standard))
        return out


class ProposeTask(FunctionTask):
    """Skeletons of random functions from their points.

    Parameters
    ----------
    model : ModelConfig
    data : FunctionData
    seed : int
        Of the first weights.
    """

    kind = KIND
    SECTIONS: ClassVar[dict[str, type]] = {"model": ModelConfig, "data": FunctionData}

    def __init__(self, model: ModelConfig, data: FunctionData, seed: int = 0) -> None:
        torch.manual_seed(seed)
        super().__init__(model, data, vocabulary_of(model.max_variables), placeholder=True)
        self.module = SkeletonModel(model)

    def loss(self, module: nn.Module, batch: dict[str, Tensor]) -> Loss:
        """Cross-entropy of the tokens, in nats, and the share that is guessed."""
        tokens = batch["tokens"]
        target = tokens[:, 1:]
        logits = module(batch["codes"], batch["standard"], tokens[:, :-1])
        total = functional.cross_entropy(
            logits.flatten(0, 1), target.flatten(), ignore_index=PAD, reduction="sum"
        )
        there = target != PAD
        right = ((logits.detach().argmax(-1) == target) & there).sum()
        return Loss(total, float(there.sum()), {"accuracy": float(right)})

    def scores(self) -> dict[str, float]:
        """Held-out loss, and the share of held-out skeletons that the likeliest of five is."""
        chosen = self.held_out(_N_SCORED)
        with torch.inference_mode():
            loss = self.loss(self.module, self.tensors(chosen))
        hits = [self.is_found(e) for e in chosen[:_N_DECODED]]
        return {
            "held_out_loss": float(loss.total) / loss.weight,
            "held_out_accuracy": loss.values["accuracy"] / loss.weight,
            "held_out_found": float(np.mean(hits)),
        }

    def is_found(self, example: Example, n: int = 5) -> bool:
        """Whether one of the likeliest `n` is the example's skeleton, token by token."""
        tensors = self.tensors([example])
        grammar = Grammar(
            self.vocabulary,
            max_length=self.model.max_length - 1,
            variables=self.vocabulary.variables[: example.n_variables],
            placeholder=True,
        )
        with torch.inference_mode():
            memory = self.module.encoder(tensors["codes"], tensors["standard"])
        found = beam(self.module.decoder, memory, grammar, n)
        return any(np.array_equal(w.tokens, example.tokens[1:]) for w in found)
