"""Diagrams and circuits of lambeq itself, for the peers that start from those.

Words, types and cups are given, since lambeq's parser needs a model from a network. Cups are
removed by lambeq's rewriter, as its documentation does: the probabilities are equal, the circuits
smaller.
"""

# mypy: disable-error-code="import-not-found"
from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from lambeq import AtomicType, IQPAnsatz, RemoveCupsRewriter
from lambeq.backend.grammar import Cup, Diagram, Ty, Word
from problem import Reading


def lambeq_type(text: str) -> Any:
    made = Ty()
    for simple in text.split():
        atom, *turns = simple.split(".")
        ty = Ty(atom)
        for turn in turns:
            ty = ty.l if turn == "l" else ty.r
        made @= ty
    return made


def lambeq_diagram(reading: Reading) -> Any:
    words = [Word(w, lambeq_type(t)) for w, t in zip(reading.words, reading.types, strict=True)]
    inner_first = sorted(reading.cups, key=lambda cup: cup[1])
    return Diagram.create_pregroup_diagram(words, [(Cup, a, b) for a, b in inner_first])


def lambeq_circuits(readings: Iterable[Reading]) -> list[Any]:
    """Circuits of one layer of IQP, one qubit a wire."""
    remove_cups = RemoveCupsRewriter()
    ansatz = IQPAnsatz(
        {AtomicType.NOUN: 1, AtomicType.SENTENCE: 1}, n_layers=1, n_single_qubit_params=3
    )
    return [ansatz(remove_cups(lambeq_diagram(r))) for r in readings]
