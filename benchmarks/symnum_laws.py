"""How many known laws `SymbolicRegressor` finds, by the definitions of SRBench.

    python benchmarks/symnum_laws.py PROBLEMS [--sets feynman,strogatz,classic] [--n-feynman 40]
        [--noise 0] [--seed 0] [--time 5] [--peer symnum|pyoperon] [--part 0/1] [--out FILE]

PROBLEMS is a folder with feynman.json, strogatz.json and classic_sets.json. A model solves a
problem where, with constants rounded to 3 decimals, SymPy simplifies its difference from the
truth to a constant, or its ratio to a constant other than 0 (La Cava et al., 2021,
arXiv:2107.14351). Budgets are seconds of the wall clock that the process sees, on one thread; on a
shared machine run it where that clock advances with CPU time.
"""

from __future__ import annotations

import argparse
import json
import signal
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import sympy as sp
from scipy.integrate import solve_ivp
from scipy.special import digamma

N_ROWS = 500
MODULES = [{"harmonic": lambda n: digamma(n + 1.0) + np.euler_gamma}, "numpy"]
SECONDS_TO_SIMPLIFY = 8


@dataclass
class Law:
    set: str
    name: str
    truth: sp.Expr
    symbols: list[sp.Symbol]
    sample: Callable[[np.random.Generator, int], np.ndarray]
    units: tuple[list, list] | None = None  # of the variables and of y

    def values(self, x: np.ndarray) -> np.ndarray:
        with np.errstate(all="ignore"):
            return np.broadcast_to(
                np.asarray(sp.lambdify(self.symbols, self.truth, MODULES)(*x.T), float), len(x)
            ).copy()


def read(text: str, names: list[str], *, positive: bool) -> tuple[sp.Expr, list[sp.Symbol]]:
    """A formula of the benchmark's own files, over x0, x1, ..."""
    kind = {"positive": True} if positive else {"real": True}
    symbols = [sp.Symbol(f"x{k}", **kind) for k in range(len(names))]
    place = {name: sp.Symbol(f"_v_{name}") for name in names}
    formula = sp.sympify(text, locals=place)
    return formula.subs({place[n]: s for n, s in zip(names, symbols, strict=True)}), symbols


def uniform(ranges: list[tuple[float, float]]) -> Callable:
    low, high = np.array(ranges, float).T
    return lambda rng, n: rng.uniform(low, high, (n, len(low)))


def feynman(folder: Path, n: int) -> Iterator[Law]:
    """All, or a fixed random choice."""
    entries = json.loads((folder / "feynman.json").read_text())["equations"]
    chosen = np.sort(np.random.default_rng(2026).permutation(len(entries))[:n])
    for entry in (entries[k] for k in chosen):
        used = [v for v in entry["variables"] if v["name"] not in entry["unused_vars"]]
        truth, symbols = read(entry["formula_sympy"], [v["name"] for v in used], positive=True)
        box = uniform([(v["low"], v["high"]) for v in used])
        units = ([v["units"] for v in used], entry["output_units"])
        yield Law("feynman", entry["id"], truth, symbols, box, units)


STARTS = {
    "bacres": [(5, 10), (8, 15), (12, 4), (3, 18)],
    "barmag": [(0.5, 2.5), (2.8, 0.6), (-2, 1.5), (1, -2.4)],
    "glider": [(5, 0.7), (3, -0.5), (7, 1.5), (2, 0.3)],
    "lv": [(4, 1), (0.5, 3), (1, 0.2), (3, 4)],
    "predprey": [(3, 8), (1, 4), (2, 12), (0.5, 2)],
    "shearflow": [(0.4, 0.6), (-1, 1.0), (2, 0.8), (-2.4, 1.2)],
    "vdp": [(2, 0.5), (-1, 1), (0.3, -0.8), (-2, -1.2)],
}


def strogatz(folder: Path) -> Iterator[Law]:
    """Right-hand sides, on points of four trajectories of the system."""
    entries = json.loads((folder / "strogatz.json").read_text())["equations"]
    read_all = [(e, *read(e["formula_sympy"], ["x", "y"], positive=False)) for e in entries]
    for entry, truth, symbols in read_all:
        system = entry["system"]
        both = [t for e, t, _ in read_all if e["system"] == system]
        slope = sp.lambdify(symbols, both, "numpy")
        starts = next(v for k, v in STARTS.items() if system.startswith(k))
        times = np.linspace(0, 10, 100)
        runs = [
            solve_ivp(lambda t, z, f=slope: f(*z), (0, 10), s, t_eval=times, rtol=1e-8).y.T
            for s in starts
        ]
        points = np.concatenate(runs)
        yield Law(
            "strogatz",
            entry["id"],
            truth,
            symbols,
            lambda rng, n, p=points: p[rng.permutation(len(p))[:n]],
        )


def classic(folder: Path) -> Iterator[Law]:
    """Uniform points in the box of each problem's training data."""
    entries = json.loads((folder / "classic_sets.json").read_text())["equations"]
    for entry in entries:
        names = entry["used_vars"]
        truth, symbols = read(entry["formula_sympy"], names, positive=False)
        spec = entry["train_spec"]
        boxes = [next(iter(spec.get(name, spec.get("all")).values())) for name in names]
        yield Law("classic", entry["id"], truth, symbols, uniform([(b[0], b[1]) for b in boxes]))


def rounded(formula: sp.Expr) -> sp.Expr:
    """Floats to 3 decimals; those nearly integer become integers."""

    def one(value: sp.Float) -> sp.Expr:
        if abs(value) < 1e-4:
            return sp.Integer(0)
        near = round(value)
        return sp.Integer(near) if abs(value - near) < 1e-3 else sp.Float(round(float(value), 3))

    return formula.xreplace({a: one(a) for a in formula.atoms(sp.Float)})


class Timeout(Exception):
    """Raised by the timer."""


def limited(seconds: int, function: Callable[[], bool]) -> bool:
    def ring(*_: object) -> None:
        raise Timeout

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(seconds)
    try:
        return function()
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def is_constant(formula: sp.Expr) -> bool:
    return bool(formula.is_number) or formula.is_constant() is True


def is_solution(model: sp.Expr, law: Law, x: np.ndarray) -> bool:
    """SRBench's symbolic solution; far-off models are told apart by their values first."""
    model = rounded(sp.expand_mul(model))
    if model.has(sp.zoo, sp.nan, sp.oo):  # a small constant below a fraction was rounded to 0
        return False
    y = law.values(x)
    with np.errstate(all="ignore"):
        values = np.asarray(sp.lambdify(law.symbols, model, "numpy")(*x.T), complex)
        values = np.broadcast_to(values, len(y))
        difference = np.std(values - y) / np.std(y)
        ratio = values / y
        ratio = ratio[np.isfinite(ratio)]
        spread = np.std(ratio) / abs(np.median(ratio)) if len(ratio) else np.inf
    closest = np.nanmin([difference, spread])
    if not closest <= 0.02:
        return False
    if closest < 1e-6:
        return True

    def by_algebra() -> bool:
        if is_constant(rounded(sp.simplify(rounded(model - law.truth)))):
            return True
        ratio = rounded(sp.simplify(model / law.truth))
        return is_constant(ratio) and ratio != 0

    try:
        return limited(SECONDS_TO_SIMPLIFY, by_algebra)
    except Timeout:
        return False


def fit_symnum(
    x: np.ndarray, y: np.ndarray, law: Law, seconds: float, seed: int, *, units: bool = False
) -> tuple:
    from symnum import SymbolicRegressor

    of_x, of_y = law.units if units and law.units else (None, None)
    model = SymbolicRegressor(timeout_in_seconds=seconds, random_state=seed)
    model.fit(x, y, X_units=of_x, y_units=of_y)
    symbols = dict(zip(model.expression().variables, law.symbols, strict=True))
    return model.expression().sympy(symbols), model.predict


def fit_pyoperon(x: np.ndarray, y: np.ndarray, law: Law, seconds: float, seed: int) -> tuple:
    """The settings that did best for it on ten of these laws: two objectives, constants fitted."""
    from pyoperon.sklearn import SymbolicRegressor

    model = SymbolicRegressor(
        allowed_symbols="add,sub,mul,div,square,sqrt,exp,log,sin,cos,constant,variable",
        population_size=1000,
        pool_size=1000,
        max_length=50,
        optimizer_iterations=5,
        objectives=["nmse", "length"],
        epsilon=1e-10,
        generations=10**9,
        max_evaluations=10**12,
        max_time=int(seconds),
        n_threads=1,
        random_state=seed + 1,
        model_selection_criterion="minimum_description_length",
        uncertainty=[float(np.std(y) * 1e-4)],
    ).fit(x, y)
    text = model.get_model_string(model.model_, 8, [s.name for s in law.symbols])
    names = {s.name: s for s in law.symbols} | {"square": lambda a: a**2}
    return sp.sympify(text.replace("^", "**"), locals=names), model.predict


FIT = {"symnum": fit_symnum, "pyoperon": fit_pyoperon}


def run(law: Law, arguments: argparse.Namespace) -> dict:
    rng = np.random.default_rng([zlib.crc32(law.name.encode()), arguments.seed])
    x = law.sample(rng, 2 * N_ROWS)
    y = law.values(x)
    x, y = x[np.isfinite(y)], y[np.isfinite(y)]
    half = len(y) // 2
    noise = arguments.noise * np.sqrt(np.mean(y[:half] ** 2)) * rng.normal(size=half)
    started = time.process_time()
    options = {"units": True} if arguments.units else {}
    fit = FIT[arguments.peer]
    model, predict = fit(x[:half], y[:half] + noise, law, arguments.time, arguments.seed, **options)
    seconds = time.process_time() - started
    clean = y[half:]
    with np.errstate(all="ignore"):
        error = np.sum((np.asarray(predict(x[half:])) - clean) ** 2)
    r2 = 1.0 - error / np.sum((clean - clean.mean()) ** 2)
    solved = is_solution(model, law, x[half:])
    return {"set": law.set, "name": law.name, "solved": solved, "r2": float(r2),
            "seconds": seconds, "model": str(model)}  # fmt: skip


def summary(rows: list[dict]) -> list[str]:
    lines = []
    for name in dict.fromkeys(row["set"] for row in rows):
        own = [row for row in rows if row["set"] == name]
        solved = sum(row["solved"] for row in own)
        accurate = sum(row["r2"] > 0.999 for row in own)
        seconds = np.nanmedian([row["seconds"] for row in own])
        lines.append(
            f"{name}: {solved} of {len(own)} symbolic, {accurate} with R2 > .999,"
            f" median {seconds:.1f} CPU s"
        )
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("problems", type=Path)
    parser.add_argument("--sets", default="feynman,strogatz,classic")
    parser.add_argument("--n-feynman", type=int, default=40)
    parser.add_argument("--noise", type=float, default=0.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--time", type=float, default=5.0)
    parser.add_argument("--peer", choices=sorted(FIT), default="symnum")
    parser.add_argument("--units", action="store_true", help="tell symnum the units")
    parser.add_argument("--part", default="0/1", help="i/k: every k-th problem from the i-th")
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    first, step = (int(number) for number in arguments.part.split("/"))
    sources = {
        "feynman": lambda: feynman(arguments.problems, arguments.n_feynman),
        "strogatz": lambda: strogatz(arguments.problems),
        "classic": lambda: classic(arguments.problems),
    }
    rows = []
    lines = [
        f"peer {arguments.peer}, noise {arguments.noise}, {arguments.time} s, seed {arguments.seed}"
    ]
    for name in arguments.sets.split(","):
        for law in list(sources[name]())[first::step]:
            try:
                row = run(law, arguments)
            except Exception as error:  # noqa: BLE001 - a peer's fault counts as not solved
                row = {"set": law.set, "name": law.name, "solved": False, "r2": -np.inf,
                       "seconds": np.nan, "model": repr(error)[:100]}  # fmt: skip
            rows.append(row)
            mark = "solved" if row["solved"] else "      "
            lines.append(
                f"{row['name']:16s} {mark} R2 {row['r2']:9.6f} {row['seconds']:6.2f} s"
                f"  {row['model'][:90]}"
            )
            print(lines[-1], flush=True)
            if arguments.out:
                arguments.out.write_text("\n".join([*lines, *summary(rows)]) + "\n")
    print("\n".join(summary(rows)))


if __name__ == "__main__":
    main()
