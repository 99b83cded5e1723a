"""Contraction beside opt_einsum and cotengra on one thread.

    OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 python benchmarks/contraction.py

Times are CPU seconds, the least of several rounds in which the contenders take turns; all results are
checked against each other. Peers that are not installed are left out.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np

from qnlp.contraction import Contraction, contract

Network = tuple[list[tuple[Any, ...]], tuple[Any, ...], list[Any]]


def arrays_for(inputs: list[tuple[Any, ...]], bond: int, seed: int) -> list[Any]:
    rng = np.random.default_rng(seed)
    return [rng.normal(size=[bond] * len(t)) / bond ** (len(t) / 2) * 1.5 for t in inputs]


def regular(n: int, bond: int = 2, seed: int = 0) -> Network:
    """A random 3-regular graph, by the pairing model."""
    rng = np.random.default_rng(seed)
    while True:
        pairs = [tuple(sorted(p)) for p in (rng.permutation(3 * n) // 3).reshape(-1, 2).tolist()]
        if all(a != b for a, b in pairs) and len(set(pairs)) == len(pairs):
            break
    inputs = [tuple(f"e{k}" for k, pair in enumerate(pairs) if v in pair) for v in range(n)]
    return inputs, (), arrays_for(inputs, bond, seed)


def lattice(side: int, bond: int, seed: int = 0) -> Network:
    inputs = []
    for i in range(side):
        for j in range(side):
            down = [f"v{k},{j}" for k in (i - 1, i) if 0 <= k < side - 1]
            across = [f"h{i},{k}" for k in (j - 1, j) if 0 <= k < side - 1]
            inputs.append((*down, *across))
    return inputs, (), arrays_for(inputs, bond, seed)


def volume(n: int, depth: int, seed: int = 0) -> Network:
    """An amplitude of a quantum-volume circuit: layers of random unitaries on random pairs."""
    rng = np.random.default_rng(seed)
    wire = [f"q{k}" for k in range(n)]
    inputs: list[tuple[Any, ...]] = [(w,) for w in wire]
    arrays: list[Any] = [np.array([1, 0], complex) for _ in wire]
    for _ in range(depth):
        order = rng.permutation(n)
        for a, b in order[: n - n % 2].reshape(-1, 2):
            raw = rng.normal(size=(4, 4)) + 1j * rng.normal(size=(4, 4))
            out = [f"g{len(inputs)}.{k}" for k in range(2)]
            inputs.append((*out, wire[a], wire[b]))
            arrays.append(np.linalg.qr(raw)[0].reshape(2, 2, 2, 2))
            wire[a], wire[b] = out
    inputs += [(w,) for w in wire]
    return inputs, (), [*arrays, *(np.array([1, 0], complex) for _ in wire)]


NETWORKS: dict[str, Callable[[], Network]] = {
    "regular 40": lambda: regular(40),
    "regular 60": lambda: regular(60),
    "regular 100": lambda: regular(100),
    "lattice 8x8, bond 2": lambda: lattice(8, 2),
    "lattice 8x8, bond 4": lambda: lattice(8, 4),
    "quantum volume 12 x 12": lambda: volume(12, 12),
    "chain of 11": lambda: ([(k, k + 1) for k in range(11)], (0, 11), [np.full((2, 2), 0.5)] * 11),
}


def least(runs: dict[str, Callable[[], Any]], rounds: int) -> dict[str, float]:
    times = dict.fromkeys(runs, float("inf"))
    for _ in range(rounds):
        for name, run in runs.items():
            begin = time.process_time()
            run()
            times[name] = min(times[name], time.process_time() - begin)
    return times


def contenders(net: Network) -> dict[str, Callable[[], Any]]:
    """Planned and run, and run along a prepared plan."""
    inputs, output, arrays = net
    names = {x: chr(0x4E00 + k) for k, x in enumerate(dict.fromkeys(x for t in inputs for x in t))}
    inputs = [tuple(names[x] for x in t) for t in inputs]  # as the peers want them
    output = tuple(names[x] for x in output)
    shapes = [a.shape for a in arrays]
    plan = Contraction(inputs, output, shapes)
    out: dict[str, Callable[[], Any]] = {
        "here, whole": lambda: contract(inputs, output, arrays),
        "here, prepared": lambda: plan(arrays),
    }
    try:
        oe = import_module("opt_einsum")
    except ImportError:
        pass
    else:
        text = ",".join(map("".join, inputs)) + "->" + "".join(output)
        ready = oe.contract_expression(text, *shapes, optimize="greedy")
        out["opt_einsum greedy, whole"] = lambda: oe.contract(text, *arrays, optimize="greedy")
        out["opt_einsum greedy, prepared"] = lambda: ready(*arrays)
    try:
        ctg = import_module("cotengra")
    except ImportError:
        return out
    sizes = {
        x: d for t, a in zip(inputs, arrays, strict=True) for x, d in zip(t, a.shape, strict=True)
    }

    def search() -> Any:
        greedy = ctg.RandomGreedyOptimizer(max_repeats=32, parallel=False)
        return ctg.array_contract_tree(inputs, output, sizes, optimize=greedy)

    tree = search()
    out["cotengra random-greedy, whole"] = lambda: search().contract(arrays)
    out["cotengra random-greedy, prepared"] = lambda: tree.contract(arrays)
    along = Contraction(inputs, output, shapes, tree.get_ssa_path())
    out["here along cotengra's tree, prepared"] = lambda: along(arrays)
    return out


def main() -> None:
    for name, make in NETWORKS.items():
        net = make()
        runs = contenders(net)
        results = [complex(np.sum(run())) for run in runs.values()]
        np.testing.assert_allclose(results, results[0], rtol=1e-8, atol=1e-300)
        times = least(runs, 5)
        for contender, seconds in times.items():
            print(f"{name:24} {contender:38} {seconds * 1e3:10.3f} ms", flush=True)


if __name__ == "__main__":
    main()
