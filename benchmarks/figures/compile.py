"""From text to a program that can be called, for all MC sentences."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from tools import Absent, Options, Times, call, median, note, pinned, seconds, table, versions

TITLE = "text to ready plan, the 130 MC sentences"
FIRST, AGAIN = "ours, first in its process", "ours, again with caches cleared"
LAMBEQ = "lambeq, cups given, to NumpyModel"


def ours(repetitions: int) -> list[dict[str, list[float]]]:
    """Imports done and files read: then reader, diagrams, vocabulary and program."""
    from problem import compiled, published

    from qnlp import IQPAnsatz, Vocabulary  # noqa: F401 - what `compiled` will import
    from qnlp.backend import kernel  # noqa: F401
    from qnlp.grammar import PregroupReader
    from qnlp.vocabulary import named_boxes  # noqa: F401

    sentences = [s for split in ("train", "dev", "test") for s in published(split)[0]]
    found = []
    for _ in range(repetitions):
        _clear_caches()
        begin, begin_cpu = time.perf_counter(), time.process_time()
        diagrams = PregroupReader().read_many(sentences)
        middle, middle_cpu = time.perf_counter(), time.process_time()
        compiled(diagrams)
        wall, cpu = time.perf_counter() - begin, time.process_time() - begin_cpu
        found.append({"wall": [wall, middle - begin], "cpu": [cpu, middle_cpu - begin_cpu]})
    return found


def _clear_caches() -> None:
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == "qnlp":
            for value in list(vars(module).values()):
                getattr(value, "cache_clear", lambda: None)()


def lambeq(readings: str) -> dict[str, list[float]]:
    """The same end without the beginning: types and cups are given."""
    from lambeq import NumpyModel  # type: ignore[import-not-found]
    from peers.lambeq_circuits import lambeq_circuits
    from problem import load_readings

    splits = load_readings(readings)
    begin, begin_cpu = time.perf_counter(), time.process_time()
    NumpyModel.from_diagrams(lambeq_circuits(r for split in splits.values() for r in split))
    return {"wall": [time.perf_counter() - begin], "cpu": [time.process_time() - begin_cpu]}


def run(options: Options) -> str:
    """The table; raises where there are no data."""
    rows: dict[str, list[dict[str, list[float]]]] = {FIRST: [], AGAIN: [], LAMBEQ: []}
    why = ""
    with tempfile.TemporaryDirectory() as folder, pinned(options.core):
        path = str(Path(folder) / "readings.json")
        call(sys.executable, "problem:write_readings", path=path)
        for k in range(3 * options.rounds):
            note(f"compile, {k + 1} of {3 * options.rounds}")
            first, *again = call(sys.executable, "figures.compile:ours", repetitions=4)
            rows[FIRST].append(first)
            rows[AGAIN] += again
            if k >= options.rounds or why:
                continue
            try:
                rows[LAMBEQ].append(call(options.peers, "figures.compile:lambeq", readings=path))
            except Absent as reason:
                why = f"absent: {LAMBEQ}: {reason}\n"
    return "\n".join(
        [
            "One core, one thread. Imports are done and the files are read; everything else counts,",
            "the tables of the lexicon included. Every process starts with empty caches.",
            "",
            table(["", "wall median", "least", "CPU median", "of it reading"], _rows(rows)),
            "",
            f"{why}under 50 ms: {seconds(median([t['cpu'][0] for t in rows[FIRST]]))} of CPU",
            f"ours: {versions(sys.executable, ['monoidal', 'numpy'])}",
            f"peers: {versions(options.peers, ['lambeq', 'numpy'])}",
        ]
    )


def _rows(found: dict[str, list[dict[str, list[float]]]]) -> list[list[str]]:
    rows = []
    for name, parts in found.items():
        if parts:
            times = Times([p["wall"][0] for p in parts], [p["cpu"][0] for p in parts])
            reading = [p["cpu"][1] for p in parts if len(p["cpu"]) > 1]
            rows.append(
                [
                    name,
                    seconds(median(times.wall)),
                    seconds(min(times.wall)),
                    seconds(median(times.cpu)),
                    seconds(median(reading)) if reading else "",
                ]
            )
    return rows
