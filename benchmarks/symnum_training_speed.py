"""Training examples a second beside a plain nn.Transformer of the same shape, in one run.

    python benchmarks/symnum_training_speed.py [--config symnum/configs/propose.toml] [--rounds 5]

Both learn the same examples by the same optimiser step, in batches of the same size, in turns; CPU
seconds of this process. The peer is what a user writes first: torch.nn.Transformer with as many
layers, heads and numbers a token, a source token a point, targets padded to the longest allowed.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import torch
from torch import nn

from symnum._neural.config import read_config
from symnum._propose.model import ProposeTask
from symnum.coders import NumberEmbedding
from symnum.tokens import PAD
from symnum.training import Settings


class Plain(nn.Module):
    """Points and padded tokens through nn.Transformer."""

    def __init__(self, task: ProposeTask) -> None:
        super().__init__()
        c = task.model
        d = c.d_model
        self.numbers = NumberEmbedding(c.d_number)
        n_inputs = (c.max_variables + 1) * c.d_number
        self.point = nn.Sequential(nn.Linear(n_inputs, d), nn.GELU(), nn.Linear(d, d))
        self.words = nn.Embedding(len(task.vocabulary), d)
        self.places = nn.Embedding(c.max_length, d)
        self.body = nn.Transformer(
            d, c.n_heads, c.encoder_layers, c.decoder_layers, 4 * d, 0.0, "gelu",
            batch_first=True, norm_first=True,
        )  # fmt: skip

    def forward(self, codes: torch.Tensor, standard: torch.Tensor, tokens: torch.Tensor):
        points = self.point(self.numbers(codes, standard).flatten(2))
        x = self.words(tokens) + self.places.weight[: tokens.shape[1]]
        y = self.body(
            points,
            x,
            tgt_mask=nn.Transformer.generate_square_subsequent_mask(tokens.shape[1]),
            tgt_key_padding_mask=torch.where(tokens == PAD, -torch.inf, 0.0),
            tgt_is_causal=True,
        )
        return nn.functional.linear(y, self.words.weight)


def step(task: ProposeTask, module: nn.Module, optimizer: torch.optim.Optimizer, batch) -> float:
    """One step, in CPU seconds."""
    begin = time.process_time()
    loss = task.loss(module, batch)
    optimizer.zero_grad()
    (loss.total / loss.weight).backward()
    nn.utils.clip_grad_norm_(module.parameters(), 1.0)
    optimizer.step()
    return time.process_time() - begin


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, default=Path("symnum/configs/propose.toml"))
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    sections = read_config(arguments.config, {"training": Settings, **ProposeTask.SECTIONS})
    task = ProposeTask(sections["model"], sections["data"])
    plain = Plain(task)
    length, size = task.model.max_length, task.data.batch_size
    models = {"symnum": task.module, "nn.Transformer": plain}
    optimizers = {k: torch.optim.AdamW(m.parameters(), 1e-4, fused=True) for k, m in models.items()}
    seconds = dict.fromkeys(models, 0.0)
    begin = time.process_time()
    batches = [task.batch(k) for k in range(arguments.rounds * 4)]
    making = time.process_time() - begin
    for k, batch in enumerate(batches):
        wide = nn.functional.pad(batch["tokens"], (0, length - batch["tokens"].shape[1]), value=PAD)
        for name, given in (("symnum", batch), ("nn.Transformer", batch | {"tokens": wide})):
            spent = step(task, models[name], optimizers[name], given)
            seconds[name] += spent if k else 0.0  # the first one warms up
    n = (len(batches) - 1) * size
    for name, model in models.items():
        parameters = sum(p.numel() for p in model.parameters())
        print(f"{name}: {parameters} parameters, {n / seconds[name]:.0f} examples a CPU second")
    print(f"making the examples: {len(batches) * size / making:.0f} a CPU second")
    print(f"ratio: {seconds['nn.Transformer'] / seconds['symnum']:.2f}")


if __name__ == "__main__":
    main()
