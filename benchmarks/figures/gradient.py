"""Exact loss and full gradient of the 70 MC training sentences, beside the peers."""

from __future__ import annotations

import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from peers import Call
from problem import Problem

from tools import (
    Absent,
    Options,
    Times,
    call,
    median,
    note,
    pinned,
    sample,
    seconds,
    table,
    versions,
)

TITLE = "loss and full gradient of the 70 MC training sentences (IQP, 1 layer, n = s = 1 qubit)"
TOLERANCE = 1e-8
OURS = ("ours", "Program.loss_and_gradient")


class Peer(NamedTuple):
    """A row; the slow ones run once, the others in every round."""

    name: str
    module: str
    variant: str = ""
    once: bool = False
    minutes: bool = False


PEERS = (
    Peer("ours", "peers.ours"),
    Peer("jax, an einsum a shape", "peers.jax_words", "an einsum a shape"),
    Peer("jax, one einsum", "peers.jax_words", "one einsum"),
    Peer("jax, phrases once", "peers.jax_words", "phrases once"),
    Peer("torch, a contraction a shape", "peers.torch_words"),
    Peer("qulacs backprop", "peers.qulacs_backprop"),
    Peer("lightning.qubit adjoint", "peers.pennylane_lightning", once=True),
    Peer("default.qubit + torch", "peers.pennylane_default", once=True),
    Peer("lambeq NumpyModel, loss only", "peers.lambeq_numpy", once=True),
    Peer("lambeq + jax jit a sentence", "peers.lambeq_jax", once=True, minutes=True),
)


def measure(module: str, problem: str, least: float, variant: str) -> dict[str, Any]:
    """In a process of its own: import, prepare, then for each call the first, a check, and times."""
    peer = import_module(module)
    work = Problem.load(problem)
    begin, begin_cpu = time.perf_counter(), time.process_time()
    calls: dict[str, Call] = peer.prepare(work, variant) if variant else peer.prepare(work)
    wall, cpu = time.perf_counter() - begin, time.process_time() - begin_cpu
    results = {name: _measure(one, work, least) for name, one in calls.items()}
    for result in results.values():
        result["compile"] += wall
        result["compile_cpu"] += cpu
    return results


def _measure(one: Call, work: Problem, least: float) -> dict[str, Any]:
    thetas = [one.place(work.theta(k)) for k in range(len(work.thetas))]
    begin, begin_cpu = time.perf_counter(), time.process_time()
    one.run(thetas[0])
    wall, cpu = time.perf_counter() - begin, time.process_time() - begin_cpu
    errors = [_error(one, thetas[k], work, k) for k in range(4)]

    def step(k: int) -> None:
        one.run(thetas[k % len(thetas)])

    times = sample(step, least)
    return {
        "wall": times.wall,
        "cpu": times.cpu,
        "compile": wall,
        "compile_cpu": cpu,
        "error": [max(e) for e in zip(*errors, strict=True)],
    }


def _error(one: Call, theta: Any, work: Problem, k: int) -> tuple[float, float]:
    loss, gradient = one.run(theta)
    off = abs(float(loss) - work.losses[k])
    if not one.has_gradient:
        return off, 0.0
    return off, float(np.abs(np.asarray(gradient) - work.gradients[k]).max())


def run(options: Options) -> str:
    """The table; raises where there are no data."""
    with tempfile.TemporaryDirectory() as folder, pinned(options.core):
        path = str(Path(folder) / "problem.json")
        call(sys.executable, "problem:write_problem", path=path)
        found, absent = _rounds(path, options)
    distributions = sorted({d for p in PEERS for d in _distributions(p)})
    parts = [
        "One core, one thread; each row in a process of its own; parameters change at every call.",
        "Time of one call, pooled over rounds. Compile: what is done once, the first call included.",
        f"Every row's loss and gradient were compared with ours: {_worst(found)}.",
        "",
        _table(found),
        *(f"absent: {name}: {why}" for name, why in absent.items()),
        "",
        _targets(found),
        f"ours: {versions(sys.executable, ['monoidal', 'numpy'])}",
        f"peers: {versions(options.peers, distributions)}",
    ]
    return "\n".join(parts)


def _distributions(peer: Peer) -> tuple[str, ...]:
    """Read, not imported: the peer is for another Python."""
    source = Path(__file__).parents[1] / (peer.module.replace(".", "/") + ".py")
    (line,) = [x for x in source.read_text().splitlines() if x.startswith("DISTRIBUTIONS")]
    return tuple(part for part in line.split('"')[1::2] if part != "monoidal")


Found = dict[tuple[str, str], list[dict[str, Any]]]


def _rounds(path: str, options: Options) -> tuple[Found, dict[str, str]]:
    found: Found = {}
    absent: dict[str, str] = {}
    for k in range(options.rounds):
        for peer in PEERS:
            if peer.name in absent or (k and peer.once) or (peer.minutes and not options.slow):
                continue
            note(f"gradient, round {k + 1} of {options.rounds}: {peer.name}")
            python = sys.executable if peer.name == "ours" else options.peers
            arguments: dict[str, Any] = {
                "problem": path,
                "least": options.seconds,
                "variant": peer.variant,
            }
            try:
                result = call(python, "figures.gradient:measure", module=peer.module, **arguments)
            except Absent as reason:
                absent[peer.name] = str(reason)
                continue
            for name, values in result.items():
                found.setdefault((peer.name, name), []).append(values)
    return found, absent


def _worst(found: Found) -> str:
    errors = {key: np.max([part["error"] for part in parts], 0) for key, parts in found.items()}
    wrong = {key: e for key, e in errors.items() if e.max() > TOLERANCE}
    if wrong:
        message = f"results differ by more than {TOLERANCE}: {wrong}"
        raise AssertionError(message)
    loss, gradient = np.max(list(errors.values()), 0)
    return f"largest difference {loss:.0e} of a loss, {gradient:.0e} of a gradient's entry"


def _table(found: Found) -> str:
    ours = Times.pool(found[OURS])
    rows = []
    for (peer, name), parts in found.items():
        times = Times.pool(parts)
        rows.append(
            [
                peer + (f": {name}" if name else ""),
                seconds(median(times.wall)),
                seconds(min(times.wall)),
                seconds(median(times.cpu)),
                _ratio(median(times.wall) / median(ours.wall)),
                _ratio(median(times.cpu) / median(ours.cpu)),
                seconds(median([part["compile_cpu"] for part in parts])),
            ]
        )
    header = ["", "wall median", "least", "CPU median", "wall/ours", "CPU/ours", "compile CPU"]
    return table(header, rows)


def _ratio(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.2g}"


def _targets(found: Found) -> str:
    def cpu(key: tuple[str, str]) -> float:
        return median(Times.pool(found[key]).cpu)

    lines = [f"at most 100 us: {seconds(cpu(OURS))} of CPU"]
    jax = [key for key in found if key[0].startswith("jax")]
    if jax:
        best = min(jax, key=cpu)
        lines.append(
            f"over the best JAX ({': '.join(best)}): {cpu(best) / cpu(OURS):.1f} times faster"
        )
    if ("qulacs backprop", "") in found:
        ratio = cpu(("qulacs backprop", "")) / cpu(OURS)
        lines.append(f"over qulacs: {ratio:.0f} times faster")
    return "\n".join(lines)
