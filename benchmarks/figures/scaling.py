"""Loss and gradient of more and more sentences, on one thread and on two."""

from __future__ import annotations

import os
import sys
from typing import Any

import numpy as np

from tools import Options, Times, call, median, note, pinned, sample, seconds, table, versions

TITLE = "loss and full gradient of generated sentences"
SIZES = (1000, 2000, 4000, 8000, 32_000)
PATTERNS = ("N V N", "N V A N", "A N V N", "A N V A N", "N that V N V N", "A N V N that V A N")


def sentences(size: int) -> tuple[list[str], list[int]]:
    """Different sentences of six patterns, with the words of a set that ships."""
    from qnlp.datasets import load_dataset
    from qnlp.grammar import PregroupReader

    reader = PregroupReader()
    of_type: dict[str, set[str]] = {}
    for sentence in load_dataset("food-it", "all").sentences:
        found = reader.derive(sentence)
        for word, ty in zip(found.words, found.types, strict=True):
            of_type.setdefault(str(ty), set()).add(word)
    words = {
        letter: sorted(of_type[ty])
        for letter, ty in (("N", "n"), ("A", "n @ n.l"), ("V", "n.r @ s @ n.l"))
    }
    rng = np.random.default_rng(0)
    made: dict[str, int] = {}
    while len(made) < size:
        for pattern in PATTERNS:
            chosen = [str(rng.choice(words.get(x, [x]))) for x in pattern.split()]
            made.setdefault(" ".join(chosen), int(rng.integers(2)))
    return list(made)[:size], list(made.values())[:size]


def measure(size: int, counts: list[int], least: float) -> dict[str, Any]:
    """In a process of its own."""
    from problem import compiled

    import qnlp
    from qnlp.grammar import PregroupReader

    texts, labels = sentences(size)
    _, program = compiled(PregroupReader().read_many(texts))
    theta, classes = np.random.default_rng(1).random(len(program.symbols)), np.array(labels)
    times, results = {}, []
    for n_threads in counts:
        qnlp.set_num_threads(n_threads)
        loss, gradient = program.loss_and_gradient(theta, classes)
        results.append((loss, gradient.tolist()))
        found = sample(lambda _: program.loss_and_gradient(theta, classes), least)
        times[str(n_threads)] = vars(found)
    return {
        "times": times,
        "is_equal": all(result == results[0] for result in results),
        "n_parameters": len(program.symbols),
        "n_shapes": program.n_shapes,
    }


def run(options: Options) -> str:
    """The table."""
    found: dict[int, list[dict[str, Any]]] = {size: [] for size in SIZES}
    cores = sorted(os.sched_getaffinity(0))[:2]
    threads = [1, 2][: len(cores)]
    with pinned(*cores):
        for k in range(options.rounds):
            for size in SIZES:
                note(f"scaling, round {k + 1} of {options.rounds}: {size} sentences")
                arguments: dict[str, Any] = {
                    "size": size,
                    "counts": threads,
                    "least": options.seconds,
                }
                result = call(sys.executable, "figures.scaling:measure", **arguments)
                found[size].append(result)
    parts = [part for results in found.values() for part in results]
    if not all(part["is_equal"] for part in parts):
        message = "results on one thread and on two differ"
        raise AssertionError(message)
    last = found[SIZES[-1]][0]
    return "\n".join(
        [
            f"Different sentences of {last['n_shapes']} shapes, {last['n_parameters']} parameters.",
            "The kernel, cups kept, IQP of one layer. Results on one thread and on two: bit-equal.",
            "",
            table(["sentences", *_header(threads)], [_row(n, found, threads) for n in SIZES]),
            "",
            "Calls of little work stay on one thread, whatever the number allowed.",
            f"32 times the sentences: {_growth(found):.2f} times the CPU time on one thread",
            f"ours: {versions(sys.executable, ['monoidal', 'numpy'])}",
        ]
    )


def _header(threads: list[int]) -> list[str]:
    header = ["1 thread, CPU median", "wall median", "least", "a sentence, CPU"]
    return header + (["2 threads, wall median", "least", "1 / 2, least"] if 2 in threads else [])


def _times(results: list[dict[str, Any]], n_threads: int) -> Times:
    return Times.pool([part["times"][str(n_threads)] for part in results])


def _row(size: int, found: dict[int, list[dict[str, Any]]], threads: list[int]) -> list[str]:
    one = _times(found[size], 1)
    row = [str(size), seconds(median(one.cpu)), seconds(median(one.wall)), seconds(min(one.wall))]
    row.append(seconds(median(one.cpu) / size))
    if 2 in threads:
        two = _times(found[size], 2)
        row += [seconds(median(two.wall)), seconds(min(two.wall))]
        row.append(f"{min(one.wall) / min(two.wall):.2f}")
    return row


def _growth(found: dict[int, list[dict[str, Any]]]) -> float:
    return median(_times(found[SIZES[-1]], 1).cpu) / median(_times(found[SIZES[0]], 1).cpu)
