"""Trajectories of the 15 families of PROSE, beside SciPy's BDF on the same systems and times.

    python benchmarks/symnum_trajectories.py

CPU seconds of one core, drawing, solving and writing included; SciPy solves a few of each family.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable

import numpy as np
import sympy
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

from symnum import ODESystem
from symnum.generate import FAMILIES, TrajectoryOptions, generate_corpus, write_corpus

Array = NDArray[np.float64]


def cpu(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def write(n: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        write_corpus(folder, TrajectoryOptions(), n, seed=0)


def by_scipy(n: int) -> float:
    """CPU seconds a trajectory, with the tolerances of the published corpus."""
    corpus = generate_corpus(TrajectoryOptions(), n * len(FAMILIES), seed=0)
    total = 0.0
    for k in range(len(corpus)):
        system, start = corpus.system(k), corpus.values(k)[0].astype(float)
        sides = compiled(system)

        def slope(t: float, u: Array, sides: Callable[..., list[float]] = sides) -> list[float]:
            return sides(*u)

        total += cpu(
            lambda slope=slope, start=start: solve_ivp(
                slope, (0.0, 6.0), start, "BDF", corpus.times, rtol=1e-5, atol=1e-6
            )
        )
    return total / len(corpus)


def compiled(system: ODESystem) -> Callable[..., list[float]]:
    """A Python function of the right-hand sides, written by SymPy."""
    values = {name: sympy.Float(value) for name, value in system.parameters.items()}
    states = {name: sympy.Symbol(name, real=True) for name in system.states}
    known = values | states
    sides = [side.sympy({v: known[v] for v in side.variables}) for side in system.equations]
    return sympy.lambdify(list(states.values()), sides, "math")  # type: ignore[no-any-return]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("-n", type=int, default=15 * 2048)
    parser.add_argument("--scipy", type=int, default=2, help="trajectories of each family")
    given = parser.parse_args()
    generate_corpus(TrajectoryOptions(), 15, seed=1)
    seconds = cpu(lambda: write(given.n)) / given.n
    other = by_scipy(given.scipy)
    print(
        json.dumps(
            {
                "microseconds_each": 1e6 * seconds,
                "seconds_for_500_000": 5e5 * seconds,
                "scipy_microseconds_each": 1e6 * other,
                "ratio": other / seconds,
            },
            indent=1,
        )
    )


if __name__ == "__main__":
    main()
