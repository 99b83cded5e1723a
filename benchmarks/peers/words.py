"""What the hand-written batched peers share: word tensors by formula, sentences by shape.

Works for one layer of IQP on one qubit a wire, and nothing else: what an able user would write.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from problem import Problem

Array = Any  # of numpy, torch or jax


class Family(NamedTuple):
    """The words on as many wires: their names, and where their parameters are, one row a word."""

    names: list[str]
    parameters: Array


class Shape(NamedTuple):
    """Sentences of one pattern: an equation, and for each of its operands a word a sentence."""

    equation: str
    wires: tuple[int, ...]
    words: tuple[Array, ...]
    sentences: Array


def families(problem: Problem) -> dict[int, Family]:
    """Words by their number of wires."""
    parameters: dict[tuple[int, str], list[int]] = {}
    for k, symbol in enumerate(problem.symbols):
        word, _, rest = symbol.partition("__")
        wires = len(rest.rpartition("_")[0].split("@"))
        parameters.setdefault((wires, word), []).append(k)
    found: dict[int, Family] = {}
    for (wires, word), places in sorted(parameters.items()):
        family = found.setdefault(wires, Family([], []))
        family.names.append(word)
        family.parameters.append(places)
    return {k: Family(names, np.array(places)) for k, (names, places) in found.items()}


def shapes(problem: Problem, words: dict[int, Family]) -> list[Shape]:
    """One batched equation a pattern of types and cups; ``z`` numbers the sentences."""
    groups: dict[Any, list[int]] = {}
    for k, s in enumerate(problem.sentences):
        groups.setdefault((s.types, s.cups), []).append(k)
    made = []
    for (types, cups), sentences in groups.items():
        wires = tuple(len(t.split()) for t in types)
        numbers = [
            np.array([words[n].names.index(problem.sentences[k].words[p]) for k in sentences])
            for p, n in enumerate(wires)
        ]
        equation = batched_equation(wires, cups)
        made.append(Shape(equation, wires, tuple(numbers), np.array(sentences)))
    return made


def batched_equation(wires: tuple[int, ...], cups: tuple[tuple[int, int], ...]) -> str:
    """An einsum over words; a cup is a letter that occurs twice.

    >>> batched_equation((1, 2), ((0, 1),))
    'za,zac->zc'
    """
    letters = list("abcdefghijklmnopqrstuvwxy"[: sum(wires)])
    for a, b in cups:
        letters[b] = letters[a]
    (kept,) = [x for x in letters if letters.count(x) == 1]
    ends = np.cumsum((0, *wires)).tolist()
    operands = ["z" + "".join(letters[a:b]) for a, b in pairwise(ends)]
    return f"{','.join(operands)}->z{kept}"


def walls(wires: int) -> Array:
    """H on every qubit, as a matrix."""
    matrix: Array = np.ones((1, 1))
    for _ in range(wires):
        matrix = np.kron(matrix, np.array([[1, 1], [1, -1]]) / 2**0.5)
    return matrix.astype(complex)


def phases(wires: int) -> Array:
    """Radians that a turn of each controlled rotation gives each basis state."""
    bits = (np.arange(2**wires)[:, None] >> np.arange(wires)[::-1]) & 1
    return (np.pi * bits[:, :-1] * (2 * bits[:, 1:] - 1)).T


def single_qubit(xp: Any, turns: Array) -> Array:
    """Rx(c) Rz(b) Rx(a) |0>, shape (n, 2)."""
    a, b, c = (np.pi * turns[:, k] for k in range(3))
    zero = xp.cos(a) * xp.exp(-1j * b)
    one = -1j * xp.sin(a) * xp.exp(1j * b)
    cos, sin = xp.cos(c), -1j * xp.sin(c)
    return xp.stack([cos * zero + sin * one, sin * zero + cos * one], 1)
