"""No call keeps memory: row P4, 10,000 calls of each entry point, those that fail included."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from qnlp import CCGReader, Diagram, IQPAnsatz, MixedCircuit, SpiderAnsatz, TensorFunctor
from qnlp._core import tensor as core_tensor
from qnlp.backend import get_backend
from qnlp.circuit import Angle, Circuit, Gate
from qnlp.contraction import Contraction, contract
from qnlp.errors import QnlpError
from qnlp.grammar import PregroupReader
from qnlp.mixed import Channel
from qnlp.structure import Cup
from qnlp.ty import Ty
from qnlp.vocabulary import Vocabulary, named_boxes

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs /proc"),
]

N_CALLS = 10_000
MOST_BYTES = 1024  # a call

READ = PregroupReader(target="s").read_many(["man prepares meal", "woman runs"])
BELL = Circuit(2, (Gate("Ry", (0,), Angle("a")), Gate("CX", (0, 1))), outputs=(0, 1))
NOISY = MixedCircuit(1, (Gate("H", (0,)), Channel("measure", (0,))), (0,))
MATRICES = [np.ones((2, 3)), np.ones((3, 2))]
PLAN = Contraction(["ij", "jk"], "ik", [(2, 3), (3, 2)])


def program(ansatz: Any) -> Any:
    return get_backend("kernel").compile(READ, ansatz, Vocabulary(ansatz, named_boxes(READ)), 2)


CIRCUITS, TENSORS = program(IQPAnsatz({"n": 1, "s": 1})), program(SpiderAnsatz({"n": 2, "s": 2}))
THETA = {p: np.full(len(p.symbols), 0.3) for p in (CIRCUITS, TENSORS)}


def fails(call: Callable[[], Any]) -> Callable[[], None]:
    def run() -> None:
        with suppress(QnlpError, TypeError):
            call()
            raise AssertionError

    return run


ENTRIES: dict[str, Callable[[], Any]] = {
    "probabilities": lambda: CIRCUITS.probabilities(THETA[CIRCUITS]),
    "loss_and_gradient": lambda: CIRCUITS.loss_and_gradient(THETA[CIRCUITS], [0, 1]),
    "pull_back": lambda: CIRCUITS.pull_back(THETA[CIRCUITS], np.ones((2, 2))),
    "free tensors": lambda: TENSORS.loss_and_gradient(THETA[TENSORS], [0, 1]),
    "simulate": lambda: BELL.simulate([0.1]).value_and_gradient("Z0"),
    "sample": lambda: BELL.simulate([0.1]).sample(5),
    "mixed": lambda: NOISY.simulate().probabilities(),
    "contract": lambda: contract(["ij", "jk"], "ik", MATRICES, trials=0),
    "contraction": lambda: PLAN(MATRICES),
    "normal form": lambda: READ[0].normal_form(),
    "equality": lambda: hash(Diagram.id(Ty("n")).tensor(READ[1])) and READ[0] == READ[1],
    "functor": lambda: TensorFunctor({"n": 2, "s": 2}, {})(Diagram.id(Ty("n"))),
    "refused parameters": fails(lambda: CIRCUITS.probabilities(THETA[CIRCUITS][1:])),
    "refused labels": fails(lambda: CIRCUITS.loss_and_gradient(THETA[CIRCUITS], [0, 7])),
    "refused gate": fails(lambda: Circuit(1, (Gate("X", (4,)),)).to_core()),
    "refused size": fails(lambda: Circuit(64, outputs=tuple(range(64))).simulate()),
    "refused diagram": fails(lambda: Diagram(Ty("n"), [(Cup(Ty("n"), Ty("n").r), 0)])),
    "refused network": fails(lambda: core_tensor.Network([[0]], [5], [2])),
}


def resident() -> int:
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def grown(call: Callable[[], Any], n_calls: int) -> float:
    """Bytes a call, after as many calls as warm caches and arenas up."""
    for _ in range(n_calls // 10):
        call()
    before = resident()
    for _ in range(n_calls):
        call()
    return (resident() - before) / n_calls


@pytest.mark.parametrize("name", sorted(ENTRIES))
def test_ten_thousand_calls_keep_nothing(name: str) -> None:
    assert grown(ENTRIES[name], N_CALLS) < MOST_BYTES


def test_reading_and_compiling_keep_nothing() -> None:
    reader = CCGReader()
    assert grown(lambda: reader.read_many(["old man cooks tasty dinner"]), 1000) < MOST_BYTES
    assert grown(lambda: program(IQPAnsatz({"n": 1, "s": 1})), 1000) < MOST_BYTES


def test_what_is_kept_is_seen() -> None:
    kept: list[bytes] = []
    # Written, as zeros need no memory yet, and more than earlier tests left free.
    assert grown(lambda: kept.append(b"x" * 65_536), 1000) > MOST_BYTES
