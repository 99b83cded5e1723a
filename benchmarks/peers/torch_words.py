"""Batched by hand in torch: word tensors once, one planned contraction a shape, autograd."""

# mypy: disable-error-code="import-not-found"
from __future__ import annotations

from typing import Any

import numpy as np
import opt_einsum
import torch
from problem import SMOOTHING, Problem

from peers import Call
from peers.words import families, phases, shapes, single_qubit, walls

DISTRIBUTIONS = ("torch", "opt_einsum", "numpy")


def prepare(problem: Problem) -> dict[str, Call]:
    torch.set_num_threads(1)
    words = families(problem)
    places = {n: torch.tensor(family.parameters) for n, family in words.items()}
    constants = {n: (torch.tensor(phases(n)), torch.tensor(walls(n))) for n in words if n > 1}
    plans = []
    for shape in shapes(problem, words):
        sizes = [(len(shape.sentences), *[2] * n) for n in shape.wires]
        plan = opt_einsum.contract_expression(shape.equation, *sizes, optimize="optimal")
        chosen = [(n, torch.tensor(k)) for n, k in zip(shape.wires, shape.words, strict=True)]
        plans.append((plan, chosen))
    order = np.concatenate([shape.sentences for shape in shapes(problem, words)])
    labels = torch.tensor(problem.labels[order])[:, None]

    def tensors(theta: Any) -> dict[int, Any]:
        made = {}
        for n, at in places.items():
            turns = theta[at]
            if n == 1:
                made[n] = single_qubit(torch, turns)
                continue
            phase, wall = constants[n]
            states = torch.exp(1j * (turns @ phase)) * 2 ** (-n / 2) @ wall
            made[n] = states.reshape((len(at), *[2] * n))
        return made

    def run(values: Any) -> tuple[float, Any]:
        theta = torch.tensor(values, requires_grad=True)
        made = tensors(theta)
        outcomes = torch.cat(
            [plan(*[made[n][k] for n, k in chosen], backend="torch") for plan, chosen in plans]
        )
        weights = outcomes.real**2 + outcomes.imag**2
        p = weights.gather(1, labels)[:, 0] / weights.sum(1)
        loss = -torch.log((p + SMOOTHING) / (1 + 2 * SMOOTHING)).mean()
        loss.backward()
        return float(loss), theta.grad.numpy()

    return {"": Call(run)}
