"""What SNIP's latents are worth: properties from few labels, operators, retrieval.

    python benchmarks/symnum_snip.py WEIGHTS [--labels 100,1000,10000] [--seeds 3]
        [--properties ncr,upwardness,oscillation,average] [--part retrieval,probes,properties]

WEIGHTS is a folder of `symnum train snip`. Functions of one variable that are drawn with another
seed; those of the models' test set are of skeletons that were never trained on. Three ways to R2 of
a property: the encoder from its first weights with all trained on the labels ("supervised"), the
trained encoder as it is with a head ("frozen"), and both trained on ("fine-tuned"). Head:
Linear(d, 128)-ReLU-Linear(128, 1), mean squared error, the best of a fifth of the labels held out.
"""

from __future__ import annotations

import argparse
import copy
from pathlib import Path

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from torch import nn

from symnum._neural.examples import FunctionData, FunctionExamples, number_arrays
from symnum._snip.model import SnipModel, SnipTask
from symnum.snip import SNIP, function_property, retrieval

N_TEST = 1_000
SEED = 77
PROBED = ("sin", "exp", "div", "sqrt", "pow2", "log")


def functions(task: SnipTask, n: int, *, held_out: bool = False, variables: int = 1) -> list:
    data = FunctionData(seed=SEED, max_variables=variables, n_points=task.data.n_points, noise=0.0,
                        max_length=task.model.max_length, max_extra=2, max_unary=2)  # fmt: skip
    examples = FunctionExamples(task.vocabulary, data, placeholder=False, unique=True)
    return examples.chunk(1 + held_out, n, held_out=held_out)


def inputs(task: SnipTask, examples: list) -> tuple[torch.Tensor, torch.Tensor]:
    x, y = (np.stack([getattr(e, name) for e in examples]) for name in "xy")
    codes, standard = number_arrays(x, y, task.model.max_variables + 1)
    return torch.from_numpy(codes).int(), torch.from_numpy(standard)


class Predictor(nn.Module):
    def __init__(self, encoder: SnipModel, d: int) -> None:
        super().__init__()
        self.encoder = encoder
        self.head = nn.Sequential(nn.Linear(d, 128), nn.ReLU(), nn.Linear(128, 1))

    def forward(self, codes: torch.Tensor, standard: torch.Tensor) -> torch.Tensor:
        return self.head(self.encoder.of_points(codes, standard))[:, 0]


def r2(values: np.ndarray, labels: np.ndarray) -> float:
    return float(1.0 - np.mean((values - labels) ** 2) / labels.var())


def frozen(latents: list, labels: list, seed: int) -> float:
    """A head on latents that are computed once."""
    torch.manual_seed(seed)
    head = nn.Sequential(nn.Linear(latents[0].shape[1], 128), nn.ReLU(), nn.Linear(128, 1))
    return learned(lambda z: head(z)[:, 0], head, latents, labels, 1e-3, 400, seed)


def trained(task: SnipTask, module: SnipModel, sets: list, labels: list, seed: int, rate: float,
            epochs: int) -> float:  # fmt: skip
    torch.manual_seed(seed)
    model = Predictor(module, task.model.d_latent)
    return learned(lambda k: model(*k), model, sets, labels, rate, epochs, seed)


def take(given, index):
    return tuple(part[index] for part in given) if isinstance(given, tuple) else given[index]


def learned(run, module: nn.Module, given: list, labels: list, rate: float, epochs: int, seed: int):
    """R2 on the test set at the epoch that is best on the validation set."""
    train, valid, test = given
    optimizer = torch.optim.AdamW(module.parameters(), rate, fused=True)
    rng = np.random.default_rng(seed)
    best, stale, score = np.inf, 0, 0.0
    mean, spread = labels[0].mean(), labels[0].std() + 1e-9
    target = torch.from_numpy((labels[0] - mean) / spread).float()

    def values(part) -> np.ndarray:
        n = len(part[0]) if isinstance(part, tuple) else len(part)
        with torch.inference_mode():
            rows = [run(take(part, slice(k, k + 256))) for k in range(0, n, 256)]
        return torch.cat(rows).double().numpy() * spread + mean

    for _ in range(epochs):
        for index in np.array_split(rng.permutation(len(target)), max(1, len(target) // 64)):
            loss = nn.functional.mse_loss(run(take(train, index)), target[index])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        error = np.mean((values(valid) - labels[1]) ** 2)
        stale += 1
        if error < best:
            best, stale, score = error, 0, r2(values(test), labels[2])
        if stale >= max(10, epochs // 10):
            break
    return score


def properties(snip: SNIP, names: list[str], counts: list[int], n_seeds: int) -> None:
    task = snip._task
    examples = functions(task, max(counts) * 6 // 5)
    test = functions(task, N_TEST, held_out=True)
    everything, of_test = inputs(task, examples), inputs(task, test)
    latents = torch.from_numpy(embedded(snip, examples)).float()
    test_latents = torch.from_numpy(embedded(snip, test)).float()
    print(f"{'property':12}{'labels':>8}{'supervised':>20}{'frozen':>20}{'fine-tuned':>20}")
    for name in names:
        own, of_own = (
            [function_property(e.x[:, 0], e.y, name) for e in es] for es in (examples, test)
        )
        own, of_own = np.array(own), np.array(of_own)
        for n in counts:
            scores = []
            for seed in range(n_seeds):
                index = np.random.default_rng(seed).permutation(len(own))[: n * 6 // 5]
                rows, held = index[:n], index[n:]
                labels = [own[rows], own[held], of_own]
                sets = [take(everything, rows), take(everything, held), of_test]
                torch.manual_seed(seed)
                fresh, tuned = SnipModel(task.model), copy.deepcopy(task.module)
                epochs = max(5, min(60, 60_000 // n))
                scores.append([
                    trained(task, fresh, sets, labels, seed, 1e-3, epochs),
                    frozen([latents[rows], latents[held], test_latents], labels, seed),
                    trained(task, tuned, sets, labels, seed, 3e-4, epochs),
                ])  # fmt: skip
            mean, spread = np.mean(scores, 0), np.std(scores, 0)
            cells = "".join(
                f"{f'{m:.3f} +- {s:.3f}':>20}" for m, s in zip(mean, spread, strict=True)
            )
            print(f"{name:12}{n:8}{cells}", flush=True)


def embedded(snip: SNIP, examples: list) -> np.ndarray:
    n = snip.max_variables
    x = np.stack([e.x[:, : min(n, e.x.shape[1])] for e in examples])
    return snip.embed_data(x, np.stack([e.y for e in examples]))


def formulas(snip: SNIP, examples: list) -> list:
    return [snip._task.vocabulary.decode(e.tokens[1:])[0] for e in examples]


def retrievals(snip: SNIP) -> None:
    chosen = functions(snip._task, 256, held_out=True, variables=snip.max_variables)
    data, text = embedded(snip, chosen), snip.embed_expression(formulas(snip, chosen))
    for k in (1, 5):
        there, back = retrieval(data, text, k)
        print(
            f"retrieval among 256, top {k}: formula of points {there:.3f}, points of formula {back:.3f}"
        )


def probes(snip: SNIP) -> None:
    """Area under the curve of a linear probe for each operation, on held-out skeletons."""
    n = snip.max_variables
    train = functions(snip._task, 2_000, variables=n)
    test = functions(snip._task, N_TEST, held_out=True, variables=n)
    words = {name: snip._task.vocabulary.words.index(name) for name in PROBED}
    latents = [embedded(snip, es) for es in (train, test)]
    for name, token in words.items():
        there = [np.array([token in e.tokens for e in es]) for es in (train, test)]
        probe = LogisticRegression(max_iter=2_000, C=100.0).fit(latents[0], there[0])
        area = roc_auc_score(there[1], probe.decision_function(latents[1]))
        print(f"probe {name:5}: area under the curve {area:.3f}, share {there[1].mean():.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("weights", type=Path)
    parser.add_argument("--labels", default="100,1000,10000")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--properties", default="ncr,upwardness,oscillation,average")
    parser.add_argument("--part", default="retrieval,probes,properties")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    snip = SNIP(arguments.weights)
    parts = arguments.part.split(",")
    if "retrieval" in parts:
        retrievals(snip)
    if "probes" in parts:
        probes(snip)
    if "properties" in parts:
        counts = [int(n) for n in arguments.labels.split(",")]
        properties(snip, arguments.properties.split(","), counts, arguments.seeds)


if __name__ == "__main__":
    main()
