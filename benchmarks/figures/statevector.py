"""A whole register of 16 to 22 qubits: an expectation value and its gradient, beside the peers."""

from __future__ import annotations

import sys
import time
from typing import Any

import numpy as np
from peers.state_vectors import DISTRIBUTIONS, PEERS, sim14

from tools import Absent, Options, call, median, note, pinned, seconds, table, versions

TITLE = "one state vector: <Z0> after two layers of Sim14, and its gradient by all angles"
SIZES = (16, 20, 22)
TOLERANCE = 1e-10
TARGET = 1.5

Key = tuple[int, str, str]  # qubits, what, peer


def measure(peer: str, n: int, least: float) -> dict[str, Any]:
    """In a process of its own: for each call its result, and CPU times after a warm-up."""
    found = {}
    for what, run in PEERS[peer](n, sim14(n, 2)).items():
        result = np.ravel(run()).tolist()
        times: list[float] = []
        end = time.perf_counter() + least
        while len(times) < 2 or (time.perf_counter() < end and len(times) < 200):
            begin = time.process_time()
            run()
            times.append(time.process_time() - begin)
        found[what] = {"result": result, "cpu": times}
    return found


def run(options: Options) -> str:
    """The table; rounds of all peers in turn."""
    found: dict[Key, list[dict[str, Any]]] = {}
    absent: dict[str, str] = {}
    with pinned(options.core):
        for k in range(options.rounds):
            for n in SIZES:
                for peer in PEERS:
                    if peer in absent:
                        continue
                    note(f"statevector, round {k + 1} of {options.rounds}: {n} qubits, {peer}")
                    python = sys.executable if peer == "ours" else options.peers
                    arguments: dict[str, Any] = {"peer": peer, "n": n, "least": options.seconds}
                    try:
                        parts = call(python, "figures.statevector:measure", **arguments)
                    except Absent as reason:
                        absent[peer] = str(reason)
                        continue
                    for what, part in parts.items():
                        found.setdefault((n, what, peer), []).append(part)
    return "\n".join(
        [
            "One core, one thread, double precision; CPU time of one call, pooled over rounds in which",
            "the peers take turns, each in a process of its own. No light cone is left out.",
            f"Values and gradients of all were compared with ours: {_worst(found)}.",
            "",
            table(["", "", "", "CPU median", "least", "median/ours"], _rows(found)),
            *(f"absent: {name}: {why}" for name, why in absent.items()),
            "",
            *_targets(found),
            f"ours: {versions(sys.executable, ['monoidal', 'numpy'])}",
            f"peers: {versions(options.peers, list(DISTRIBUTIONS))}",
        ]
    )


def _worst(found: dict[Key, list[dict[str, Any]]]) -> str:
    worst = 0.0
    for (n, what, peer), parts in found.items():
        ours = np.array(found[n, what, "ours"][0]["result"])
        off = max(float(np.abs(np.array(part["result"]) - ours).max()) for part in parts)
        if not off < TOLERANCE:
            message = f"{what} of {n} qubits by {peer} differs by {off}"
            raise AssertionError(message)
        worst = max(worst, off)
    return f"largest difference {worst:.0e}"


def _cpu(parts: list[dict[str, Any]]) -> list[float]:
    return [x for part in parts for x in part["cpu"]]


def _rows(found: dict[Key, list[dict[str, Any]]]) -> list[list[str]]:
    rows = []
    for n, what, peer in sorted(found, key=lambda key: (key[0], key[1], list(PEERS).index(key[2]))):
        times = _cpu(found[n, what, peer])
        ratio = median(times) / median(_cpu(found[n, what, "ours"]))
        rows.append(
            [f"{n} qubits", what, peer, seconds(median(times)), seconds(min(times)), f"{ratio:.2f}"]
        )
    return rows


def _targets(found: dict[Key, list[dict[str, Any]]]) -> list[str]:
    lines = []
    for n, what in sorted({key[:2] for key in found}):
        others = {p: median(_cpu(found[n, what, p])) for p in PEERS if (n, what, p) in found}
        ours = others.pop("ours")
        if others:
            best = min(others, key=lambda p: others[p])
            ratio = others[best] / ours
            verdict = "reached" if ratio >= TARGET else "missed"
            lines.append(
                f"{n} qubits, {what}: {ratio:.1f} times faster than the best ({best}); "
                f"target {TARGET} {verdict}"
            )
    return lines
