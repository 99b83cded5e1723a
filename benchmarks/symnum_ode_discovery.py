"""Systems found from trajectories: the 42 systems of ODEBench that are in `odebench.json`.

    python benchmarks/symnum_ode_discovery.py --noise 0 --out found.jsonl

Protocol (arXiv 2310.05573): 150 times on [0, 10] from initial value 1, each number times 1 plus
normal noise; the system found is integrated from initial value 2 and scored by R2 on clean numbers
there, uniform mean over states. Structure: `ode_structure.is_same` for every state. CPU seconds.
With `--peer pysindy` the same of PySINDy (`pip install pysindy==2.1`): see `peers/pysindy_systems.py`.
"""

from __future__ import annotations

import argparse
import json
import os
import time
import warnings
from pathlib import Path
from typing import Any

os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1"))

import numpy as np
import sympy
from ode_structure import is_same
from scipy.integrate import solve_ivp

SPAN, N_TIMES = (0.0, 10.0), 150


def names_of(n: int) -> list[str]:
    return [f"x{k}" for k in range(n)]


def read(path: Path) -> list[dict[str, Any]]:
    """Systems with their right-hand sides as SymPy formulas over x0, x1, ..."""
    found = []
    for item in json.loads(path.read_text())["systems"]:
        symbols = {f"x_{k}": sympy.Symbol(f"x{k}") for k in range(item["dim"])}
        sides = [sympy.sympify(s, locals=symbols) for s in item["equation_sympy"]]
        found.append({"id": item["id"], "sides": sides, "starts": item["initial_conditions"]})
    return found


def trajectory(sides: list[Any], start: list[float], rtol: float) -> Any:
    """Values at the times of the protocol; None where the system cannot be followed."""
    f = sympy.lambdify([sympy.Symbol(n) for n in names_of(len(sides))], sides, "numpy")
    times = np.linspace(*SPAN, N_TIMES)
    stop = time.process_time() + 10.0

    def slope(_: float, x: Any) -> Any:
        if time.process_time() > stop:
            raise TimeoutError
        return np.asarray(f(*x), np.float64)

    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            done = solve_ivp(slope, SPAN, start, "LSODA", times, rtol=rtol, atol=rtol * 1e-2)
        except (ValueError, ArithmeticError, TimeoutError, TypeError):
            return None
    return done.y.T if done.success and done.y.shape[1] == N_TIMES else None


def score(true: Any, found: Any) -> float:
    """R2, the mean over states; -inf where there is no trajectory."""
    if found is None or not np.all(np.isfinite(found)):
        return -np.inf
    rest = np.sum(np.square(true - found), axis=0)
    total = np.maximum(np.sum(np.square(true - true.mean(axis=0)), axis=0), 1e-300)
    return float(np.mean(1.0 - rest / total))


def ours(times: Any, values: Any, seconds: float) -> list[Any]:
    from symnum import ODERegressor

    model = ODERegressor(timeout_in_seconds=seconds, random_state=0).fit(times, values)
    return [side.sympy() for side in model.system_.equations]


def pysindy(times: Any, values: Any, seconds: float) -> list[Any]:
    from peers import pysindy_systems

    return pysindy_systems.discover(times, values)


PEERS = {"symnum": ours, "pysindy": pysindy}


def run(item: dict[str, Any], arguments: argparse.Namespace) -> dict[str, Any]:
    sides, starts = item["sides"], item["starts"]
    names = names_of(len(sides))
    clean = trajectory(sides, starts[0], arguments.rtol)
    other = trajectory(sides, starts[1], arguments.rtol)
    rng = np.random.default_rng([arguments.seed, item["id"]])
    values = clean * (1.0 + arguments.noise * rng.normal(size=clean.shape))
    start = time.process_time()
    try:
        found = PEERS[arguments.peer](np.linspace(*SPAN, N_TIMES), values, arguments.time)
    except Exception as error:  # noqa: BLE001 - a failure has found nothing
        return {"id": item["id"], "error": f"{type(error).__name__}: {error}"[:200], "same": []}
    seconds = time.process_time() - start
    points = np.concatenate([clean, other])
    same = [is_same(f, s, names, points) for f, s in zip(found, sides, strict=True)]
    return {
        "id": item["id"],
        "same": same,
        "r2_first": score(clean, trajectory(found, list(clean[0]), 1e-6)),
        "r2_second": score(other, trajectory(found, starts[1], 1e-6)),
        "cpu_seconds": round(seconds, 2),
        "found": [str(f) for f in found],
        "true": [str(s) for s in sides],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data/symreg/odebench.json"))
    parser.add_argument("--noise", type=float, default=0.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--time", type=float, default=60.0, help="seconds a system")
    parser.add_argument("--rtol", type=float, default=1e-10, help="of the data")
    parser.add_argument("--peer", choices=sorted(PEERS), default="symnum")
    parser.add_argument("--only", type=int, nargs="*", default=[], help="identifiers")
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    rows = []
    for item in read(arguments.data):
        if arguments.only and item["id"] not in arguments.only:
            continue
        rows.append(run(item, arguments))
        print(json.dumps(rows[-1]), flush=True)
        if arguments.out:
            with arguments.out.open("a") as file:
                file.write(json.dumps({"noise": arguments.noise, **rows[-1]}) + "\n")
    whole = sum(bool(r["same"]) and all(r["same"]) for r in rows)
    head = f"# {arguments.peer}, noise {arguments.noise}: structure {whole} of {len(rows)},"
    print(head, end=" ")
    for name in ("r2_first", "r2_second"):
        print(f"{name} > .9: {sum(r.get(name, -1) > 0.9 for r in rows)},", end=" ")
    print(f"mean CPU {np.mean([r.get('cpu_seconds', 0) for r in rows]):.1f} s")


if __name__ == "__main__":
    main()
