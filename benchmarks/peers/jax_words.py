"""Batched by hand in JAX, 64 bits, all in one jit.

Word tensors once, then one of three ways to contract:

- one einsum a shape, sentences of a shape side by side;
- all sentences in one einsum, the identity where a noun has no adjective;
- every phrase of adjective and noun once, then all sentences in one einsum.

Dispatch is synchronous, which on one core is faster than JAX's default. Loss and gradient come
back as one array, since each conversion to numpy costs as much as the contraction; that, and
parameters and results that stay JAX's own arrays, are both measured.
"""

# mypy: disable-error-code="import-not-found"
from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

os.environ.setdefault("JAX_PLATFORMS", "cpu")
os.environ.setdefault(
    "XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
)

import jax
import jax.numpy as jnp
import numpy as np
from problem import SMOOTHING, Problem

from peers import Call
from peers.words import Family, families, phases, shapes, single_qubit, walls

DISTRIBUTIONS = ("jax", "jaxlib", "numpy")

jax.config.update("jax_enable_x64", True)
jax.config.update("jax_cpu_enable_async_dispatch", False)

Outcomes = Callable[[dict[int, Any]], Any]


def word_tensors(words: dict[int, Family], theta: Any) -> dict[int, Any]:
    made = {}
    for n, family in words.items():
        turns = theta[family.parameters]
        if n == 1:
            made[n] = single_qubit(jnp, turns)
        else:
            states = jnp.exp(1j * (turns @ phases(n))) * 2 ** (-n / 2) @ walls(n)
            made[n] = states.reshape((len(turns), *[2] * n))
    return made


def einsum_a_shape(problem: Problem, words: dict[int, Family]) -> tuple[Outcomes, Any]:
    groups = shapes(problem, words)

    def outcomes(made: dict[int, Any]) -> Any:
        parts = []
        for shape in groups:
            operands = [made[n][k] for n, k in zip(shape.wires, shape.words, strict=True)]
            parts.append(jnp.einsum(shape.equation, *operands, optimize="optimal"))
        return jnp.concatenate(parts)

    return outcomes, np.concatenate([shape.sentences for shape in groups])


class Roles:
    """Each sentence as adjective or none, noun, verb, adjective or none, noun."""

    def __init__(self, problem: Problem, words: dict[int, Family]) -> None:
        numbers: list[list[int]] = [[], [], [], [], []]
        none = len(words[2].names)
        for s in problem.sentences:
            rest = list(s.words)
            for role, n in enumerate((2, 1, 3, 2, 1)):
                names = words[n].names
                absent = n == 2 and rest[0] not in names
                numbers[role].append(none if absent else names.index(rest.pop(0)))
        self.before, self.subject, self.verb, self.after, self.object = map(np.array, numbers)


def one_einsum(problem: Problem, words: dict[int, Family]) -> tuple[Outcomes, Any]:
    r = Roles(problem, words)

    def outcomes(made: dict[int, Any]) -> Any:
        adjectives = jnp.concatenate([made[2], jnp.eye(2)[None]])
        return jnp.einsum(
            "zab,zb,zasc,zcd,zd->zs",
            adjectives[r.before], made[1][r.subject], made[3][r.verb],
            adjectives[r.after], made[1][r.object],
            optimize="optimal",
        )  # fmt: skip

    return outcomes, np.arange(len(problem.sentences))


def phrases_once(problem: Problem, words: dict[int, Family]) -> tuple[Outcomes, Any]:
    r = Roles(problem, words)
    n_nouns = len(words[1].names)

    def outcomes(made: dict[int, Any]) -> Any:
        adjectives = jnp.concatenate([made[2], jnp.eye(2)[None]])
        phrases = jnp.einsum("pab,nb->pna", adjectives, made[1]).reshape(-1, 2)
        subjects = phrases[r.before * n_nouns + r.subject]
        objects = phrases[r.after * n_nouns + r.object]
        return jnp.einsum("zasc,za,zc->zs", made[3][r.verb], subjects, objects, optimize="optimal")

    return outcomes, np.arange(len(problem.sentences))


VARIANTS = {
    "an einsum a shape": einsum_a_shape,
    "one einsum": one_einsum,
    "phrases once": phrases_once,
}


def prepare(problem: Problem, variant: str) -> dict[str, Call]:
    words = families(problem)
    outcomes, order = VARIANTS[variant](problem, words)
    is_label = np.eye(2)[problem.labels[order]]

    def loss(theta: Any) -> Any:
        z = outcomes(word_tensors(words, theta))
        weights = z.real**2 + z.imag**2
        p = (weights * is_label).sum(1) / weights.sum(1)
        return -jnp.log((p + SMOOTHING) / (1 + 2 * SMOOTHING)).mean()

    both = jax.value_and_grad(loss)

    def packed(theta: Any) -> Any:
        value, gradient = both(theta)
        return jnp.append(gradient, value)

    in_one_array, on_device = jax.jit(packed), jax.jit(both)

    def run(theta: Any) -> tuple[float, Any]:
        values = np.asarray(in_one_array(theta))
        return float(values[-1]), values[:-1]

    def stay(theta: Any) -> Any:
        return jax.block_until_ready(on_device(theta))

    return {"": Call(run), "JAX's arrays": Call(stay, place=jax.device_put)}
