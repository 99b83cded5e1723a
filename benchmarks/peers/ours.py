"""This package: the public call of a program, and the call of the core below it."""

from __future__ import annotations

import numpy as np
from problem import SMOOTHING, Problem, compiled, read

import qnlp
from peers import Call

DISTRIBUTIONS = ("monoidal", "numpy")


def prepare(problem: Problem) -> dict[str, Call]:
    qnlp.set_num_threads(1)
    _, program = compiled([derivation.diagram() for derivation, _ in read("train")])
    labels = problem.labels
    rows = np.arange(len(labels), dtype=np.uint32)
    classes, weights = labels.astype(np.uint32), np.ones(len(labels))
    core = program._corpus.loss_and_gradient
    return {
        "Program.loss_and_gradient": Call(lambda theta: program.loss_and_gradient(theta, labels)),
        "core call": Call(lambda theta: core(theta, rows, classes, weights, SMOOTHING, 2**24)),
    }
