"""lambeq's circuits contracted as its NumpyModel does, by JAX: a jit of value and gradient a sentence.

lambeq has no exact gradient of its own for these models; this is what its ``use_jit=True`` becomes
if a user adds one.
"""

# mypy: disable-error-code="import-not-found"
from __future__ import annotations

import os
from typing import Any

os.environ.setdefault("JAX_PLATFORMS", "cpu")

import jax
import jax.numpy as jnp
import numpy as np
import tensornetwork
from lambeq.backend import numerical_backend
from lambeq.backend.symbol import Symbol
from problem import SMOOTHING, Problem

from peers import Call
from peers.lambeq_circuits import lambeq_circuits

DISTRIBUTIONS = ("lambeq", "jax", "tensornetwork", "numpy")

jax.config.update("jax_enable_x64", True)


def compiled(circuit: Any, symbols: list[Any], label: int) -> Any:
    def loss(theta: Any) -> Any:
        with numerical_backend.backend("jax"), tensornetwork.DefaultBackend("jax"):
            bound = circuit.lambdify(*symbols)(*[theta[k] for k in range(len(symbols))])
            outcomes = tensornetwork.contractors.auto(*bound.to_tn()).tensor
            weights = jnp.abs(outcomes) ** 2
            p = weights[label] / weights.sum()
            return -jnp.log((p + SMOOTHING) / (1 + 2 * SMOOTHING))

    return jax.jit(jax.value_and_grad(loss))


def prepare(problem: Problem) -> dict[str, Call]:
    circuits = lambeq_circuits(problem.sentences)
    place = {name: k for k, name in enumerate(problem.symbols)}
    steps = []
    for circuit, label in zip(circuits, problem.labels.tolist(), strict=True):
        # Each sentence is compiled for its own parameters alone.
        symbols: list[Symbol] = sorted({s.unscaled for s in circuit.free_symbols})
        steps.append((compiled(circuit, symbols, label), [place[s.name] for s in symbols]))

    def run(theta: Any) -> tuple[float, Any]:
        total, gradient = 0.0, np.zeros_like(theta)
        results = [(step(theta[at]), at) for step, at in steps]
        for (loss, slopes), at in results:
            total += float(loss)
            gradient[at] += np.asarray(slopes)
        return total / len(steps), gradient / len(steps)

    return {"": Call(run)}
