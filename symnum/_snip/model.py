"""Two encoders whose latents meet: of points, and of the formula that made them.

This file imports torch: import it where it is used, not at the top of a file.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from symnum._lazy import require
from symnum._neural.examples import FunctionData
from symnum._neural.function_task import FunctionTask
from symnum.coders import SetEncoder, TokenEncoder
from symnum.errors import DomainError
from symnum.nn import Attention, Width
from symnum.tokens import PAD, Vocabulary
from symnum.training import Loss

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn
    from torch.nn import functional

else:
    torch = require("torch", extra="torch")
    nn = require("torch.nn", extra="torch")
    functional = require("torch.nn.functional", extra="torch")

KIND = "symnum.snip"
_FIRST_SCALE = 1 / 0.07
_LARGEST_SCALE = 100.0
_N_SCORED = 256


def vocabulary_of(max_variables: int) -> Vocabulary:
    """Formulas over x0, x1, ..., with their constants."""
    return Vocabulary(tuple(f"x{k}" for k in range(max_variables)))


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
    d_latent : int
    n_latents : int
        Tokens that stand for the set of points, before they are pooled.
    numeric_layers, symbolic_layers : int
    """

    max_variables: int = 3
    max_length: int = 48
    d_model: int = 96
    n_heads: int = 4
    d_number: int = 16
    d_latent: int = 96
    n_latents: int = 12
    numeric_layers: int = 3
    symbolic_layers: int = 3


class Pool(nn.Module):
    """One latent out of tokens, by attention.

    Parameters
    ----------
    width : Width
    d_latent : int
    """

    def __init__(self, width: Width, d_latent: int) -> None:
        super().__init__()
        self.query = nn.Parameter(torch.randn(1, 1, width.d_model) * width.d_model**-0.5)
        self.attention = Attention(width)
        self.out = nn.Sequential(
            nn.LayerNorm(width.d_model), nn.Linear(width.d_model, d_latent, bias=False)
        )

    def forward(self, tokens: Tensor, mask: Tensor | None = None) -> Tensor:
        """From (b, t, d) to (b, d_latent), of length 1."""
        asked = self.query.expand(len(tokens), -1, -1)
        latent = self.out(self.attention(asked, tokens, mask=mask)[:, 0])
        return functional.normalize(latent, dim=-1)


class SnipModel(nn.Module):
    """Latents of points and of formulas.

    Parameters
    ----------
    config : ModelConfig
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        c, width = config, Width(config.d_model, config.n_heads)
        n_words = len(vocabulary_of(c.max_variables))
        self.points = SetEncoder(
            c.max_variables + 1, c.n_latents, c.numeric_layers, width, c.d_number
        )
        self.formula = TokenEncoder(n_words, c.max_length, c.symbolic_layers, width)
        self.pool_points, self.pool_formula = Pool(width, c.d_latent), Pool(width, c.d_latent)
        self.log_scale = nn.Parameter(torch.tensor(math.log(_FIRST_SCALE)))

    def of_points(self, codes: Tensor, standard: Tensor) -> Tensor:
        """Latents of sets of points: see `SetEncoder`."""
        out: Tensor = self.pool_points(self.points(codes, standard))
        return out

    def of_formulas(self, tokens: Tensor) -> Tensor:
        """Latents of formulas, <pad> after the shorter ones."""
        mask = tokens != PAD
        there = None if bool(mask.all()) else mask
        out: Tensor = self.pool_formula(self.formula(tokens, there), there)
        return out

    def forward(
        self, codes: Tensor, standard: Tensor, tokens: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Latents of both, and what their products are multiplied with."""
        scale = self.log_scale.clamp(max=math.log(_LARGEST_SCALE)).exp()
        return self.of_points(codes, standard), self.of_formulas(tokens), scale


def of_all_processes(latents: Tensor, n: int) -> Tensor:
    """Those of every process, `n` in all, in their order; each gets its own gradient back."""
    distributed = torch.distributed
    if not distributed.is_available() or not distributed.is_initialized():
        return latents
    if len(latents) * distributed.get_world_size() != n:
        message = f"batch_size is {n}, expected a multiple of the {distributed.get_world_size()} processes"
        raise DomainError(message)
    gather = require("torch.distributed.nn.functional", extra="torch").all_gather
    return torch.cat(gather(latents))


class SnipTask(FunctionTask):
    """Points and formulas of random functions, each to find its own among the others.

    Parameters
    ----------
    model : ModelConfig
    data : FunctionData
    seed : int
        Of the first weights.

    Notes
    -----
    Symmetric InfoNCE (Meidani et al., arXiv:2310.02227) with normalised latents and a learned
    temperature of at least 1/100, as in CLIP (Radford et al., arXiv:2103.00020). No function stands
    twice in a chunk.
    """

    kind = KIND
    SECTIONS: ClassVar[dict[str, type]] = {"model": ModelConfig, "data": FunctionData}

    def __init__(self, model: ModelConfig, data: FunctionData, seed: int = 0) -> None:
        torch.manual_seed(seed)
        super().__init__(
            model, data, vocabulary_of(model.max_variables), placeholder=False, unique=True
        )
        self.module = SnipModel(model)

    def loss(self, module: nn.Module, batch: dict[str, Tensor]) -> Loss:
        """InfoNCE over the whole batch, whatever part of it is this process's."""
        n = len(batch["tokens"])
        points, formulas, scale = module(**batch)
        size = self.data.batch_size
        logits = scale * of_all_processes(points, size) @ of_all_processes(formulas, size).T
        target = torch.arange(len(logits))
        both = functional.cross_entropy(logits, target) + functional.cross_entropy(logits.T, target)
        found = (logits.detach().argmax(1) == target).double().mean()
        return Loss(both / 2 * n, float(n), {"found": float(found) * n})

    def scores(self) -> dict[str, float]:
        """Of 256 held-out functions: the loss, and how many find their own first, both ways."""
        with torch.inference_mode():
            points, formulas, scale = self.module(**self.tensors(self.held_out(_N_SCORED)))
        logits, target = scale * points @ formulas.T, torch.arange(_N_SCORED)
        loss = functional.cross_entropy(logits, target) + functional.cross_entropy(logits.T, target)
        return {
            "held_out_loss": float(loss) / 2,
            "formula_of_points": float((logits.argmax(1) == target).double().mean()),
            "points_of_formula": float((logits.argmax(0) == target).double().mean()),
        }
