"""lambeq's NumpyModel as it comes: no gradient, so one evaluation of the loss is what is timed.

A step of SPSA, the optimiser that lambeq gives it, takes two.
"""

# mypy: disable-error-code="import-not-found"
from __future__ import annotations

from typing import Any

import numpy as np
from lambeq import NumpyModel
from problem import Problem, loss_and_slopes

from peers import Call
from peers.lambeq_circuits import lambeq_circuits

DISTRIBUTIONS = ("lambeq", "numpy")


def prepare(problem: Problem) -> dict[str, Call]:
    circuits = lambeq_circuits(problem.sentences)
    model = NumpyModel.from_diagrams(circuits)
    order = [problem.symbols.index(symbol.name) for symbol in model.symbols]
    labels = problem.labels

    def run(theta: Any) -> tuple[float, Any]:
        model.weights = theta[order]
        return loss_and_slopes(np.asarray(model(circuits)), labels)[0], None

    return {"": Call(run, has_gradient=False)}
