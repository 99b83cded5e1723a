"""lambeq's own way to train MC: NumpyModel with ``use_jit=True``, SPSA, QuantumTrainer.

Settings are those of its documentation ("Training: quantum case", with JAX): batches of 10, a = .05,
c = .06, A = .01 epochs, cups removed. SPSA has no gradient: a step takes two evaluations of the loss.
"""

# mypy: disable-error-code="import-not-found,import-untyped"
from __future__ import annotations

import tempfile
from typing import Any

import numpy as np
from lambeq import BinaryCrossEntropyLoss, Dataset, NumpyModel, QuantumTrainer, SPSAOptimizer
from problem import load_readings

from peers.lambeq_circuits import lambeq_circuits


def train(readings: str, epochs: int, seed: int = 0) -> dict[str, float]:
    """Train, save the last checkpoint, and score."""
    splits = load_readings(readings)
    circuits = {name: lambeq_circuits(split) for name, split in splits.items()}
    targets = {name: [[1 - r.label, r.label] for r in split] for name, split in splits.items()}
    model = NumpyModel.from_diagrams(
        [c for split in circuits.values() for c in split], use_jit=True
    )
    with tempfile.TemporaryDirectory() as folder:
        trainer = QuantumTrainer(
            model,
            loss_function=BinaryCrossEntropyLoss(use_jax=True),
            epochs=epochs,
            optimizer=SPSAOptimizer,
            optim_hyperparams={"a": 0.05, "c": 0.06, "A": 0.01 * epochs},
            evaluate_functions={"accuracy": accuracy},
            log_dir=folder,
            verbose="suppress",
            seed=seed,
        )
        sets = {name: Dataset(circuits[name], targets[name], batch_size=10) for name in circuits}
        trainer.fit(sets["train"], sets["dev"], log_interval=12)
    p = np.asarray(model(circuits["train"]))
    found = {"loss": float(BinaryCrossEntropyLoss()(p, np.array(targets["train"])))}
    for name in ("train", "dev", "test"):
        found[name] = float(accuracy(model(circuits[name]), targets[name]))
    return found


def accuracy(outcomes: Any, targets: Any) -> Any:
    return (np.asarray(outcomes).argmax(1) == np.asarray(targets).argmax(1)).mean()
