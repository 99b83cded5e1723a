"""The PROSE model and what it learns.

A window of states and a guess of the system are read, each by an encoder, and fused; one decoder
answers with states at any time, the other writes the system. Liu et al., arXiv:2309.16816.

This file imports torch: import it where it is used, not at the top of a file.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from symnum._lazy import require
from symnum._neural.decoding import Written, beam
from symnum._neural.examples import padded
from symnum._prose.examples import MAX_STATES, ProseData, Visit, Visits, scales, vocabulary
from symnum._prose.operators import operator_decoder, time_features
from symnum.coders import TokenDecoder, TokenEncoder
from symnum.nn import Encoder, Width
from symnum.tokens import PAD, Grammar
from symnum.training import Chunks, Loss

if TYPE_CHECKING:
    from collections.abc import Sequence

    import torch
    from numpy.typing import NDArray
    from torch import Tensor, nn
    from torch.nn import functional
else:
    torch = require("torch", extra="torch")
    nn = require("torch.nn", extra="torch")
    functional = require("torch.nn.functional", extra="torch")

KIND = "symnum.prose"
_OF_STATES = 6.0  # weight of the relative squared error beside the cross-entropy of tokens


@dataclass(frozen=True)
class ModelConfig:
    """The size of a model.

    Parameters
    ----------
    d_model, n_heads : int
    group : int
        Measurements of a token.
    data_layers, symbol_layers, fusion_layers, operator_layers, decoder_layers : int
    max_guess, max_length : int
        Tokens of a guess and of a system.
    operator : str
        The decoder of states: ``"cross_attention"``, ``"deeponet"``, ``"multionet"``, ``"lsm"`` or
        ``"mgno"``.
    """

    d_model: int = 64
    n_heads: int = 4
    group: int = 4
    data_layers: int = 2
    symbol_layers: int = 1
    fusion_layers: int = 2
    operator_layers: int = 2
    decoder_layers: int = 2
    max_guess: int = 160
    max_length: int = 200
    operator: str = "cross_attention"


class DataEncoder(nn.Module):
    """Measurements, a few of neighbouring times in a token, and one token of sizes.

    Parameters
    ----------
    config : ModelConfig
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        d = config.d_model
        self.group = config.group
        features = config.group * (MAX_STATES + 1)
        self.measurements = nn.Sequential(
            nn.Linear(features, 2 * d), nn.GELU(), nn.Linear(2 * d, d)
        )
        self.sizes = nn.Sequential(nn.Linear(2 * MAX_STATES, d), nn.GELU(), nn.Linear(d, d))
        self.place = nn.Linear(time_features(torch.zeros(1)).shape[-1], d)
        self.blocks = Encoder(config.data_layers, Width(d, config.n_heads))

    def forward(self, times: Tensor, window: Tensor, sizes: Tensor) -> Tensor:
        """The window in context.

        Parameters
        ----------
        times : Tensor, shape (b, n)
            In units of the longest; n is a multiple of the group.
        window : Tensor, shape (b, n, MAX_STATES)
            In units of `sizes`.
        sizes : Tensor, shape (b, 2 * MAX_STATES)
            Logarithm of each state's size, and which states there are.

        Returns
        -------
        Tensor, shape (b, n / group + 1, d)
        """
        x = torch.cat([times[..., None], window], -1)
        x = self.measurements(x.reshape(len(x), -1, self.group * x.shape[-1]))
        x = x + self.place(time_features(times[:, :: self.group]))
        x = torch.cat([self.sizes(sizes)[:, None], x], 1)
        out: Tensor = self.blocks(x)
        return out


class ProseModel(nn.Module):
    """Both encoders, the fusion and both decoders.

    Parameters
    ----------
    config : ModelConfig
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        width = Width(config.d_model, config.n_heads)
        n_words = len(vocabulary())
        self.data = DataEncoder(config)
        self.symbols = TokenEncoder(n_words, config.max_guess, config.symbol_layers, width)
        self.types = nn.Parameter(torch.zeros(2, config.d_model))
        self.fusion = Encoder(config.fusion_layers, width)
        self.operator = operator_decoder(config.operator, width, MAX_STATES, config.operator_layers)
        self.decoder = TokenDecoder(n_words, config.max_length, config.decoder_layers, width)

    def read(
        self, times: Tensor, window: Tensor, sizes: Tensor, guess: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Tokens of a window and a guess together, and which of them there are."""
        there = guess != PAD
        data = self.data(times, window, sizes) + self.types[0]
        symbols = self.symbols(guess, there) + self.types[1]
        mask = torch.cat([there.new_ones(data.shape[:2]), there], 1)
        return self.fusion(torch.cat([data, symbols], 1), mask=mask), mask

    def forward(self, batch: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        """States at the query times in units of their sizes, and logits of the system's tokens."""
        memory, mask = self.read(batch["times"], batch["window"], batch["sizes"], batch["guess"])
        states = self.operator(memory, mask, batch["query_times"])
        logits = self.decoder(batch["tokens"][:, :-1], memory, mask)
        return states, logits


def tensors(visits: Sequence[Visit], t_end: float, group: int) -> dict[str, Tensor]:
    """A batch; states that a system has not are 0."""
    n, n_input = len(visits), -(-len(visits[0].times) // group) * group
    window = np.zeros((n, n_input, MAX_STATES), np.float32)
    times = np.zeros((n, n_input), np.float32)
    sizes = np.zeros((n, 2 * MAX_STATES), np.float32)
    targets = np.zeros((n, len(visits[0].query_times), MAX_STATES), np.float32)
    for k, visit in enumerate(visits):
        d, m = visit.window.shape[1], len(visit.times)
        size = scales(visit.window)
        window[k, :m, :d] = visit.window / size
        window[k, m:] = window[k, m - 1]
        times[k, :m], times[k, m:] = visit.times / t_end, visit.times[-1] / t_end
        sizes[k, :d], sizes[k, MAX_STATES : MAX_STATES + d] = np.log(size), 1.0
        targets[k, :, :d] = visit.targets / size
    arrays = {
        "times": times,
        "window": window,
        "sizes": sizes,
        "guess": padded([visit.guess for visit in visits]),
        "tokens": padded([visit.tokens for visit in visits]),
        "query_times": np.stack([visit.query_times for visit in visits]) / np.float32(t_end),
        "targets": targets,
    }
    return {name: torch.from_numpy(array) for name, array in arrays.items()}


class ProseTask:
    """States and systems from noisy windows and guesses.

    Parameters
    ----------
    model : ModelConfig
    data : ProseData
    seed : int
        Of the first weights.
    """

    kind = KIND
    SECTIONS: ClassVar[dict[str, type]] = {"model": ModelConfig, "data": ProseData}

    def __init__(self, model: ModelConfig, data: ProseData, seed: int = 0) -> None:
        torch.manual_seed(seed)
        self.model, self.data = model, data
        self.vocabulary = vocabulary()
        self.module = ProseModel(model)
        self.visits = Visits(data)
        self._chunks = Chunks(self._chunk, data.batch_size, data.n_batches)
        self._held_out: list[Visit] = []

    def config(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "model": asdict(self.model),
            "data": {**asdict(self.data), "families": list(self.data.families)},
            "vocabulary": self.vocabulary.digest,
        }

    def _chunk(self, number: int) -> tuple[list[Visit], NDArray[np.int64]]:
        visits = self.visits.chunk(number)
        return visits, np.array([len(v.tokens) + len(v.guess) for v in visits])

    def batch(self, step: int) -> dict[str, Tensor]:
        """The tensors of a step."""
        return tensors(self._chunks.items(step), self.data.t_end, self.model.group)

    def loss(self, module: nn.Module, batch: dict[str, Tensor]) -> Loss:
        """Relative squared error of the states and cross-entropy of the tokens, items alike."""
        states, logits = module(batch)
        error = relative_squares(states, batch)
        target = batch["tokens"][:, 1:]
        there = target != PAD
        nats = functional.cross_entropy(
            logits.transpose(1, 2), target, ignore_index=PAD, reduction="none"
        ).sum(1) / there.sum(1)
        right = ((logits.detach().argmax(-1) == target) & there).sum(1) / there.sum(1)
        total = (_OF_STATES * error + nats).sum()
        values = {
            "squared_error": float(error.detach().sum()),
            "nats": float(nats.detach().sum()),
            "token_accuracy": float(right.sum()),
        }
        return Loss(total, float(len(target)), values)

    def scores(self) -> dict[str, float]:
        """Of held-out systems: the loss, the relative error of states, and skeletons found."""
        if not self._held_out:
            self._held_out = self.visits.held_out(8 * len(self.data.families))
        chosen = self._held_out
        batch = tensors(chosen, self.data.t_end, self.model.group)
        with torch.inference_mode():
            loss = self.loss(self.module, batch)
            states, _ = self.module(batch)
            error = relative_squares(states, batch).sqrt()
        hits = [self.is_found(visit) for visit in chosen[: 3 * len(self.data.families)]]
        return {
            "held_out_loss": float(loss.total) / loss.weight,
            "held_out_relative_l2": float(error.mean()),
            "held_out_skeletons": float(np.mean(hits)),
        }

    def is_found(self, visit: Visit) -> bool:
        """Whether the likeliest system has the skeleton of the true one."""
        (found,) = self.written(visit, 1)
        own = self.vocabulary.decode(visit.tokens[1:])[: visit.window.shape[1]]
        return skeletons_agree(self.vocabulary.decode(found.tokens), own, self.vocabulary)

    def written(self, visit: Visit, n: int) -> list[Written]:
        """The likeliest systems by a beam."""
        n_states = visit.window.shape[1]
        grammar = Grammar(
            self.vocabulary,
            n_equations=n_states,
            max_length=self.model.max_length - 1,
            variables=self.vocabulary.variables[:n_states],
        )
        batch = tensors([visit], self.data.t_end, self.model.group)
        with torch.inference_mode():
            names = ("times", "window", "sizes", "guess")
            memory, _ = self.module.read(*(batch[name] for name in names))
            return beam(self.module.decoder, memory, grammar, n)


def relative_squares(states: Tensor, batch: dict[str, Tensor]) -> Tensor:
    """Squared error over squared size of each item, in the units of the data."""
    size = batch["sizes"][:, :MAX_STATES].exp() * batch["sizes"][:, MAX_STATES:]
    rest = ((states - batch["targets"]) * size[:, None]).square().sum((1, 2))
    whole = (batch["targets"] * size[:, None]).square().sum((1, 2))
    return rest / whole.clamp_min(1e-12)


def skeletons_agree(some: Sequence[Any], others: Sequence[Any], words: Any) -> bool:
    """Whether two systems are the same up to the values of their constants."""
    one, other = (words.encode(sides, placeholder=True) for sides in (some, others))
    return bool(np.array_equal(one, other))
