"""The expression kernel beside its peers, one thread, CPU seconds, all in one run.

    taskset -c 1 python benchmarks/symnum_expression.py

Random expressions of 5 to 30 nodes with 1 to 8 constants on 1,000 points of 5 variables; operators
+ - * / sin cos exp log sqrt square. A node-point is one node, leaf or not, on one row. pyoperon (in
float32, its batch interpreter and its Levenberg-Marquardt) gets the same expressions, and runs
where it is installed. Figures are ratios first: absolute ones are the machine's.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable
from typing import Any

os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1"))

import numpy as np

from symnum import Expression
from symnum._core import expression as core
from symnum._core import isa

N_VARIABLES = 5
NAMES = tuple(f"x{k}" for k in range(N_VARIABLES))
BINARY = {"+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide}
UNARY = {"sin": np.sin, "cos": np.cos, "exp": np.exp, "log": np.log, "sqrt": np.sqrt}
UNARY |= {"square": np.square}

Tree = tuple[Any, ...]


def random_tree(rng: np.random.Generator, n: int) -> Tree:
    if n <= 1:
        if rng.random() < 0.6:
            return ("variable", int(rng.integers(N_VARIABLES)))
        return ("constant", round(float(rng.uniform(-3, 3)), 3))
    if n == 2 or rng.random() < 0.25:
        return (str(rng.choice(list(UNARY))), random_tree(rng, n - 1))
    left = int(rng.integers(1, n - 1))
    operation = str(rng.choice(list(BINARY)))
    return (operation, random_tree(rng, left), random_tree(rng, n - 1 - left))


def text(tree: Tree) -> str:
    if tree[0] == "variable":
        return NAMES[tree[1]]
    if tree[0] == "constant":
        return f"({tree[1]!r})"
    if len(tree) == 2:
        return f"{tree[0]}({text(tree[1])})"
    return f"({text(tree[1])} {tree[0]} {text(tree[2])})"


def count(tree: Tree, kind: str | None = None) -> int:
    if tree[0] in {"variable", "constant"}:
        return int(kind in {None, tree[0]})
    return int(kind is None) + sum(count(t, kind) for t in tree[1:])


def closure(tree: Tree) -> Callable[[np.ndarray], Any]:
    """The expression as nested functions over numpy's, made once."""
    if tree[0] == "variable":
        k = tree[1]
        return lambda x: x[k]
    if tree[0] == "constant":
        value = tree[1]
        return lambda _: value
    operands = [closure(t) for t in tree[1:]]
    if len(operands) == 1:
        f, a = UNARY[tree[0]], operands[0]
        return lambda x: f(a(x))
    f, a, b = BINARY[tree[0]], *operands
    return lambda x: f(a(x), b(x))


def seconds(work: Callable[[], object], least: float) -> float:
    """CPU seconds of one call: the best of three rounds of `least` seconds each."""
    work()
    best = float("inf")
    for _ in range(3):
        n, start = 0, time.process_time()
        while (spent := time.process_time() - start) < least:
            work()
            n += 1
        best = min(best, spent / n)
    return best


class Report:
    """Collects figures and prints them as they come."""

    def __init__(self) -> None:
        self.rows: dict[str, float] = {}

    def add(self, name: str, value: float, unit: str) -> None:
        self.rows[f"{name} [{unit}]"] = value
        print(f"{name:58} {value:12.4g} {unit}", flush=True)

    def ratio(self, name: str, top: float, bottom: float) -> None:
        self.add(name, top / bottom, "times")


class Operon:
    """pyoperon on the same expressions, or nothing where it is not installed."""

    def __init__(self, texts: list[str], x: np.ndarray, y: np.ndarray) -> None:
        import pyoperon as op

        self.op = op
        self.n_rows = len(x)
        data = np.asfortranarray(np.column_stack([x, y]))
        self.dataset = op.Dataset(data)
        variables = sorted(self.dataset.Variables, key=lambda v: v.Index)
        hashes = {NAMES[k]: v.Hash for k, v in enumerate(variables[:N_VARIABLES])}
        self.trees = [op.InfixParser.Parse(t, hashes) for t in texts]
        self.n_nodes = sum(len(t.Nodes) for t in self.trees)
        self.range = op.Range(0, self.n_rows)
        self.problem = op.Problem(self.dataset)
        self.problem.TrainingRange = self.range
        self.problem.TestRange = op.Range(self.n_rows - 1, self.n_rows)
        self.problem.Target = variables[N_VARIABLES]
        self.problem.InputHashes = [v.Hash for v in variables[:N_VARIABLES]]

    def evaluate(self) -> np.ndarray:
        out = np.zeros((self.n_rows, len(self.trees)), np.float32, order="F")
        self.op.EvaluateTrees(self.trees, self.dataset, self.range, out, 1)
        return out

    def fit(self, n: int) -> None:
        table = self.op.DispatchTable()
        optimizer = self.op.LMOptimizer(table, self.problem, 10, self.n_rows)
        fit = self.op.CoefficientOptimizer(optimizer)
        rng = self.op.RandomGenerator(np.uint64(1))
        for tree in self.trees[:n]:
            fit(rng, tree)


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--expressions", type=int, default=1000)
    options.add_argument("--points", type=int, default=1000)
    options.add_argument("--seconds", type=float, default=0.7)
    options.add_argument("--out", help="write the figures to this JSON file")
    args = options.parse_args()
    rng = np.random.default_rng(0)
    trees: list[Tree] = []
    while len(trees) < args.expressions:
        tree = random_tree(rng, int(rng.integers(5, 31)))
        if 1 <= count(tree, "constant") <= 8:
            trees.append(tree)
    x = rng.uniform(0.5, 2, (args.points, N_VARIABLES))
    y = rng.normal(size=args.points)
    run(trees, x, y, args.seconds, args.out)


def run(trees: list[Tree], x: np.ndarray, y: np.ndarray, least: float, out: str | None) -> None:
    texts = [text(t) for t in trees]
    programs = [Expression(t, NAMES)._program for t in texts]
    constants = [p.constants for p in programs]
    columns = np.ascontiguousarray(x.T)
    single = columns.astype(np.float32)
    work = sum(count(t) for t in trees) * len(x)
    n = len(trees)
    print(f"# {n} expressions, {work / len(x) / n:.1f} nodes, {len(x)} points, {isa}")
    report = Report()

    np.seterr(all="ignore")
    closures = [closure(t) for t in trees]
    numpy_64 = work / seconds(lambda: [f(columns) for f in closures], least)
    numpy_32 = work / seconds(lambda: [f(single) for f in closures], least)
    rate_64 = work / seconds(lambda: core.evaluate_float64(programs, constants, columns), least)
    rate_32 = work / seconds(lambda: core.evaluate_float32(programs, constants, single), least)
    report.add("evaluate, numpy closures float64", numpy_64, "node-points/s")
    report.add("evaluate, numpy closures float32", numpy_32, "node-points/s")
    report.add("evaluate, symnum float64", rate_64, "node-points/s")
    report.add("evaluate, symnum float32", rate_32, "node-points/s")
    report.ratio("evaluate float64, symnum over numpy closures", rate_64, numpy_64)
    report.ratio("evaluate float32, symnum over numpy closures", rate_32, numpy_32)

    def jacobians() -> None:
        for program, values in zip(programs, constants, strict=True):
            core.jacobian(program, values, columns, "constant")

    report.add("value and Jacobian by constants, symnum float64", work / seconds(jacobians, least), "node-points/s")  # fmt: skip
    fit_time = seconds(
        lambda: core.fit(programs, constants, columns, y, np.empty(0), 10, 1e-12, True), least
    )
    report.add("fits of at most 10 iterations, symnum float64", n / fit_time, "fits/s")
    report.add("simplify", 1e6 * seconds(lambda: [core.simplify(p) for p in programs], least) / n, "us each")  # fmt: skip
    report.add("parse", 1e6 * seconds(lambda: [core.parse(t, list(NAMES), []) for t in texts], least) / n, "us each")  # fmt: skip
    beside_operon(report, texts, x, y, least, (rate_64, rate_32, n / fit_time), work)
    if out:
        with open(out, "w", encoding="utf-8") as file:  # noqa: PTH123
            json.dump(report.rows, file, indent=1)


def beside_operon(
    report: Report,
    texts: list[str],
    x: np.ndarray,
    y: np.ndarray,
    least: float,
    own: tuple[float, float, float],
    work: float,
) -> None:
    try:
        operon = Operon(texts, x, y)
    except ImportError:
        print("# pyoperon is not installed")
        return
    mine = core.evaluate_float64(
        [Expression(t, NAMES)._program for t in texts],
        [Expression(t, NAMES).constants.tolist() for t in texts],
        np.ascontiguousarray(x.T),
    ).T
    theirs = operon.evaluate()
    agree = np.isclose(mine, theirs, rtol=1e-2, atol=1e-3) | ~np.isfinite(mine + theirs)
    print(f"# pyoperon agrees on {100 * agree.mean():.1f} % of the values")
    rate = operon.n_nodes * len(x) / seconds(operon.evaluate, least)
    shared = work / seconds(operon.evaluate, least)
    report.add("evaluate, pyoperon float32 batch, its own nodes", rate, "node-points/s")
    report.add("evaluate, pyoperon float32 batch, nodes of the text", shared, "node-points/s")
    report.ratio("evaluate, symnum float32 over pyoperon float32", own[1], shared)
    report.ratio("evaluate, symnum float64 over pyoperon float32", own[0], shared)
    n = min(300, len(texts))
    fits = n / seconds(lambda: operon.fit(n), least)
    report.add("fits of 10 iterations, pyoperon float32", fits, "fits/s")
    report.ratio("fits, symnum over pyoperon", own[2], fits)


if __name__ == "__main__":
    main()
