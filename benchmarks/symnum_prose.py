"""Scores of a PROSE model on held-out systems of the 15 families, and of its refinement.

    python benchmarks/symnum_prose.py runs/prose --each 4 --out benchmarks/results/prose.json

Relative L2 errors on t in (2, 6] are means over the systems of a family. `data` is the data
decoder against clean targets and `noisy` against targets with 2 % noise, as in the paper;
`symbols` the decoded system as it stands, integrated; `refined` the forecast, whose coefficients are
fitted to the noisy window; `horizon` the share of t in (2, 6] before its error passes 5 %.
`expression` is the relative L2 error of the right-hand sides at 50 points of U(-5, 5)^d; `growth`
how much further apart two solutions are at t = 6 that began 1e-7 apart, as the median: a family in
which that is over 100 counts as chaotic here. An error counts as 1 at most.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from symnum import ODESystem
from symnum._core import generate as core_generate
from symnum._generate.draws import Draws
from symnum._prose.examples import Visit, Visits, over_states
from symnum._prose.model import relative_squares, skeletons_agree, tensors
from symnum._prose.refine import Window
from symnum.generate import TrajectoryCorpus, TrajectoryOptions, add_noise
from symnum.prose import Prose, _forecast, _over

Array = NDArray[np.float64]
HELD_OUT = 2**40


def relative(found: Array, true: Array) -> float:
    """1 at most counts for what was lost on the way."""
    error = np.linalg.norm(found - true) / np.linalg.norm(true)
    return float(error) if np.isfinite(error) and error < 1.0 else 1.0


def horizon(found: Array, true: Array) -> float:
    size = np.sqrt(np.mean(np.sum(np.square(true), axis=1)))
    off = ~(np.linalg.norm(found - true, axis=1) <= 0.05 * size)
    return float(np.argmax(off) / len(true)) if off.any() else 1.0


def integrated(system: ODESystem, start: Array, times: Array) -> Array:
    return system.simulate(
        start, np.concatenate([[0.0], times]), rtol=1e-8, limit=1e6, max_steps=20_000
    ).values[1:]


def expression_error(found: ODESystem, true: ODESystem, item: int) -> float:
    random = Draws.of_item(7, item)
    u = np.array([[random.between(-5, 5) for _ in true.states] for _ in range(50)])
    return relative(found.derivatives(u), true.derivatives(u))


class Scorer:
    """One model, and the held-out systems as it reads them."""

    def __init__(self, weights: Path, n: int, guess: str) -> None:
        self.model = Prose(weights)
        self.task = self.model._task
        visits = Visits(self.task.data)
        self.visits = visits.held_out(n)
        if guess == "none":
            self.visits = [with_guess(v, np.array([2])) for v in self.visits]
        elif guess == "intact":
            n_families = len(self.task.data.families)
            self.visits = [
                with_guess(v, visits.templates[v.item % n_families].intact) for v in self.visits
            ]
        options = TrajectoryOptions(rtol=1e-10)
        self.corpus: TrajectoryCorpus = options.draw(self.task.data.seed, HELD_OUT, n)

    def rows(self, beam: int) -> dict[str, list[dict[str, float]]]:
        found: dict[str, list[dict[str, float]]] = defaultdict(list)
        for k, visit in enumerate(self.visits):
            found[self.corpus.family(k)].append(self.row(k, visit, beam))
        return found

    def row(self, k: int, visit: Visit, beam: int) -> dict[str, float]:
        true, system = self.corpus.values(k).astype(float)[64:], self.corpus.system(k)
        row = self.of_data(visit, true, k)
        words = self.task.vocabulary
        (written,) = self.task.written(visit, 1)
        own = words.decode(visit.tokens[1:])
        row["skeleton"] = float(skeletons_agree(words.decode(written.tokens), own, words))
        (first,) = [ODESystem(s, s[0].variables) for s in self.model._sides(visit, 1)]
        row["valid"] = 1.0
        row["expression"] = expression_error(first, system, k)
        times = visit.query_times.astype(float)
        row["symbols"] = relative(integrated(first, visit.window[0].astype(float), times), true)
        return row | self.refined(visit, true, system, k, beam)

    def of_data(self, visit: Visit, true: Array, k: int) -> dict[str, float]:
        batch = tensors([visit], self.task.data.t_end, self.task.model.group)
        with torch.inference_mode():
            states, _ = self.task.module(batch)
            error = float(relative_squares(states, batch).sqrt())
        size = batch["sizes"][0, :5].exp().numpy() * batch["sizes"][0, 5:].numpy()
        found = (states[0].numpy() * size)[:, : true.shape[1]].astype(float)
        noisy = add_noise(true, 0.02, seed=self.task.data.seed + 9, item=k)
        first, second = (relative(found[s], true[s]) for s in (slice(64), slice(64, None)))
        return {
            "data": error,
            "noisy": relative(found, noisy),
            "data_2_4": first,
            "data_4_6": second,
        }

    def refined(
        self, visit: Visit, true: Array, system: ODESystem, k: int, beam: int
    ) -> dict[str, float]:
        start = time.process_time()
        window = Window(visit.times.astype(float), visit.window.astype(float))
        systems = self.model._sides(visit, beam)
        if len(visit.guess) > 1:  # the guess is one more candidate, as in Prose.forecast
            guessed = self.task.vocabulary.decode(visit.guess)
            systems.append([_over(side, systems[0][0].variables) for side in guessed])
        fitted = [window.refine(sides) for sides in systems]
        fitted.sort(key=lambda one: one.description_length)
        found = _forecast(fitted, visit, system.states)
        return {
            "refined": relative(found.values, true),
            "horizon": horizon(found.values, true),
            "refined_expression": expression_error(found.system, system, k),
            "refined_skeleton": float(str_skeleton(found.system) == str_skeleton(system)),
            "seconds": time.process_time() - start,
        }


def str_skeleton(system: ODESystem) -> tuple[Any, ...]:
    return tuple(core_generate.skeleton(side._key[2]) for side in over_states(system))


def with_guess(visit: Visit, guess: NDArray[np.int64]) -> Visit:
    return replace(visit, guess=guess)


def growths(corpus: TrajectoryCorpus) -> dict[str, float]:
    parts = defaultdict(list)
    for k in range(len(corpus)):
        start, system = corpus.values(k)[0].astype(float), corpus.system(k)
        one, other = (
            system.simulate(start + shift, corpus.times, rtol=1e-11, atol=1e-12).values
            for shift in (0.0, 1e-7)
        )
        parts[corpus.family(k)].append(np.abs(one - other)[-1].max() / 1e-7)
    return {name: float(np.median(gaps)) for name, gaps in parts.items()}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("weights", type=Path)
    parser.add_argument("--each", type=int, default=4, help="systems of each family")
    parser.add_argument("--beam", type=int, default=3)
    parser.add_argument("--guess", choices=["corrupted", "intact", "none"], default="corrupted")
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    torch.set_num_threads(1)
    scorer = Scorer(given.weights, 15 * given.each, given.guess)
    rows = scorer.rows(given.beam)
    table = {
        name: {key: float(np.mean([row[key] for row in own])) for key in own[0]}
        for name, own in rows.items()
    }
    growth = growths(scorer.corpus)
    for name, row in table.items():
        row["growth"] = growth[name]
    keys = list(next(iter(table.values())))
    groups = {
        "mean": list(table),
        "mean_not_chaotic": [name for name in table if growth[name] <= 100.0],
    }
    for label, names in groups.items():
        if names:
            table[label] = {k: float(np.mean([table[name][k] for name in names])) for k in keys}
    head = ["data", "noisy", "skeleton", "expression", "symbols", "refined", "horizon", "growth"]
    print(f"{'family':20s} " + " ".join(f"{h:>10s}" for h in head))
    for name, row in table.items():
        print(f"{name:20s} " + " ".join(f"{row[h]:10.4f}" for h in head))
    if given.out:
        given.out.write_text(json.dumps({"guess": given.guess, "rows": table}, indent=1) + "\n")


if __name__ == "__main__":
    main()
