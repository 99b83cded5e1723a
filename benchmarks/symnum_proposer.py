"""What a trained proposer finds, alone and in the regressor, on laws that were never trained on.

    python benchmarks/symnum_proposer.py WEIGHTS [-n 50] [--time 0] [--seed 0]

WEIGHTS is a folder of `symnum train propose`. Laws are random functions of up to three variables
whose skeletons are held out, without noise. A law is found where R2 on other points of the same
function is above 1 - 1e-9. With --time, `SymbolicRegressor` runs for so many seconds with and
without the proposer, in turns. CPU seconds of this process; the import of torch apart.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np

from symnum import SymbolicRegressor
from symnum._neural.examples import FunctionData, FunctionExamples
from symnum.propose import Proposer

CLOSE = 1e-9


def is_found(predict, x: np.ndarray, y: np.ndarray) -> bool:
    with np.errstate(all="ignore"):
        error = np.mean((np.asarray(predict(x)) - y) ** 2)
    return bool(error < CLOSE * y.var())


def wide(x: np.ndarray, n: int) -> np.ndarray:
    return np.concatenate([x, np.zeros((len(x), n - x.shape[1]))], 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("weights", type=Path)
    parser.add_argument("-n", type=int, default=50)
    parser.add_argument("--time", type=float, default=0.0)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    begin = time.process_time()
    import torch

    torch.set_num_threads(1)
    proposer = Proposer(arguments.weights, seed=arguments.seed)
    print(f"import of torch and loading: {time.process_time() - begin:.2f} CPU s")
    task, n = proposer._task, proposer.max_variables
    data = FunctionData(seed=1_000 + arguments.seed, max_variables=n, n_points=200, noise=0.0,
                        max_length=task.model.max_length)  # fmt: skip
    examples = FunctionExamples(task.vocabulary, data, placeholder=True, unique=True)
    laws = examples.chunk(0, arguments.n, held_out=True)
    counts = dict.fromkeys(
        ("skeleton among the likeliest", "law proposed", "found without", "found with"), 0
    )
    spent = 0.0
    for law in laws:
        x, y = law.x[:, : law.n_variables], law.y
        begin = time.process_time()
        written = [task.vocabulary.encode(f).tolist() for f in proposer.skeletons(x[:100], y[:100])]
        formulas = proposer.propose(x[:100], y[:100])
        spent += time.process_time() - begin
        counts["skeleton among the likeliest"] += law.tokens[1:].tolist() in written
        counts["law proposed"] += any(
            is_found(lambda z, f=f: f.evaluate(wide(z, n)), x[100:], y[100:]) for f in formulas
        )
        for name, proposers in (("found without", None), ("found with", [proposer])):
            if arguments.time > 0:
                model = SymbolicRegressor(
                    arguments.time, proposers=proposers, random_state=arguments.seed
                )
                model.fit(x[:100], y[:100])
                counts[name] += is_found(model.predict, x[100:], y[100:])
    for name, count in counts.items():
        if arguments.time > 0 or not name.startswith("found"):
            print(f"{name}: {count} of {len(laws)}")
    print(f"twice reading and writing, once fitting: {spent / len(laws):.2f} CPU s a law")


if __name__ == "__main__":
    main()
