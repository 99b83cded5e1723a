"""R2 on rows not seen and size of formulas for tables whose law nobody knows, beside pyoperon.

    python benchmarks/symnum_blackbox.py FOLDER [--time 10] [--peers symnum,pyoperon]
        [--seed 0] [--most-rows 10000] [--out FILE]

FOLDER holds tables (.csv, .csv.gz) with a column `target`, or the target last. Three quarters of
the rows are for training. Size is the number of nodes of the formula as SymPy has it, for both. Budgets are
seconds of the wall clock that the process sees.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import pandas as pd
import sympy as sp
from symnum_laws import FIT, Law


def table(path: Path, seed: int, most_rows: int) -> tuple[np.ndarray, np.ndarray]:
    frame = pd.read_csv(path)
    target = "target" if "target" in frame else frame.columns[-1]
    y = frame[target].to_numpy(float)
    x = frame.drop(columns=target).to_numpy(float)
    order = np.random.default_rng(seed).permutation(len(y))[:most_rows]
    return x[order], y[order]


def run(path: Path, peer: str, arguments: argparse.Namespace) -> dict:
    x, y = table(path, arguments.seed, arguments.most_rows)
    half = 3 * len(y) // 4
    symbols = [sp.Symbol(f"x{k}", real=True) for k in range(x.shape[1])]
    law = Law("black box", path.name, sp.Integer(0), symbols, lambda *_: x)
    started = time.process_time()
    model, predict = FIT[peer](x[:half], y[:half], law, arguments.time, arguments.seed)
    seconds = time.process_time() - started
    clean = y[half:]
    with np.errstate(all="ignore"):
        error = np.sum((np.asarray(predict(x[half:])) - clean) ** 2)
    r2 = float(1.0 - error / np.sum((clean - clean.mean()) ** 2))
    size = sum(1 for _ in sp.preorder_traversal(model))
    return {"name": path.name.split(".")[0], "peer": peer, "rows": len(y), "columns": x.shape[1],
            "r2": r2, "size": size, "seconds": seconds, "model": str(model)}  # fmt: skip


def summary(rows: list[dict]) -> list[str]:
    lines = []
    for peer in dict.fromkeys(row["peer"] for row in rows):
        own = [row for row in rows if row["peer"] == peer]
        r2 = np.median([row["r2"] for row in own])
        size = np.median([row["size"] for row in own])
        lines.append(f"{peer}: {len(own)} tables, median R2 {r2:.3f}, median size {size:.0f}")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--time", type=float, default=10.0)
    parser.add_argument("--peers", default="symnum,pyoperon")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--most-rows", type=int, default=10_000)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    lines = [f"{arguments.time} s, seed {arguments.seed}"]
    rows = []
    for path in sorted(arguments.folder.glob("*.csv*")):
        for peer in arguments.peers.split(","):
            row = run(path, peer, arguments)
            rows.append(row)
            lines.append(
                f"{row['name']:30s} {row['rows']:6d} x {row['columns']:3d} {peer:9s}"
                f" R2 {row['r2']:8.4f} size {row['size']:4d} {row['seconds']:6.2f} s"
                f"  {row['model'][:70]}"
            )
            print(lines[-1], flush=True)
            if arguments.out:
                arguments.out.write_text("\n".join([*lines, *summary(rows)]) + "\n")
    print("\n".join(summary(rows)))


if __name__ == "__main__":
    main()
