"""Trajectories a second beside the peers, one thread, CPU seconds, all in one run.

    taskset -c 1 python benchmarks/symnum_odes.py

Lorenz, van der Pol and double pendulum from random initial values with parameters 10 % about their
centres; 192 outputs, rtol 1e-6, atol 1e-8. Peers: SciPy's `solve_ivp` with a right-hand side in
Python, and a Dormand-Prince 5(4) compiled by numba with steps clipped to the outputs, as fast as its
compiler makes it (fastmath); both return fresh arrays. diffrax where it is installed. Errors are medians
over the first quarter of the outputs, relative to a run at rtol 1e-12. Figures are ratios first:
absolute ones are the machine's.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1"))
os.environ["JAX_PLATFORMS"] = "cpu"
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"

import numpy as np
from scipy.integrate import solve_ivp

from symnum import ODESystem
from symnum._core import isa

RTOL, ATOL, N_TIMES, N = 1e-6, 1e-8, 192, 4096
ROUNDS = 5


def lorenz(u: Any, p: Any, sin: Any, cos: Any) -> Any:
    x, y, z = u
    return p[0] * (y - x), x * (p[1] - z) - y, x * y - p[2] * z


def van_der_pol(u: Any, p: Any, sin: Any, cos: Any) -> Any:
    x, y = u
    return y, p[0] * (1 - x * x) * y - x


def double_pendulum(u: Any, p: Any, sin: Any, cos: Any) -> Any:
    a, b, v, w = u
    g, m, n = p
    d = a - b
    s = sin(d)
    c = cos(d)
    den = 2 * m + n - n * cos(2 * d)
    first = -g * (2 * m + n) * sin(a) - n * g * sin(a - 2 * b) - 2 * s * n * (w * w + v * v * c)
    second = 2 * s * (v * v * (m + n) + g * (m + n) * cos(a) + w * w * n * c)
    return v, w, first / den, second / den


@dataclass(frozen=True)
class Problem:
    name: str
    slope: Callable[..., Any]
    equations: dict[str, str]
    parameters: dict[str, float]
    end: float
    initial: Callable[[np.random.Generator], Any]


DEN = "(2*m + n - n*cos(2*(a - b)))"
PROBLEMS = [
    Problem(
        "lorenz",
        lorenz,
        {"x": "p*(y - x)", "y": "x*(r - z) - y", "z": "x*y - s*z"},
        {"p": 10.0, "r": 28.0, "s": 8 / 3},
        4.0,
        lambda rng: rng.normal((0, 0, 20), 5, (N, 3)),
    ),
    Problem(
        "van der pol",
        van_der_pol,
        {"x": "y", "y": "p*(1 - x*x)*y - x"},
        {"p": 2.0},
        10.0,
        lambda rng: rng.uniform(-2, 2, (N, 2)),
    ),
    Problem(
        "double pendulum",
        double_pendulum,
        {
            "a": "v",
            "b": "w",
            "v": f"(-g*(2*m + n)*sin(a) - n*g*sin(a - 2*b)"
            f" - 2*sin(a - b)*n*(w*w + v*v*cos(a - b)))/{DEN}",
            "w": f"2*sin(a - b)*(v*v*(m + n) + g*(m + n)*cos(a) + w*w*n*cos(a - b))/{DEN}",
        },
        {"g": 9.8, "m": 1.0, "n": 1.0},
        4.0,
        lambda rng: np.hstack([rng.uniform(-2, 2, (N, 2)), rng.uniform(-1, 1, (N, 2))]),
    ),
]


def seconds(run: Callable[[], object], rounds: int = 1) -> float:
    best = math.inf
    for _ in range(rounds):
        start = time.process_time()
        run()
        best = min(best, time.process_time() - start)
    return best


def numba_solver(problem: Problem) -> Callable[..., Any]:
    """Dormand-Prince 5(4) over one trajectory, compiled: steps are clipped to the outputs."""
    import numba

    slope = numba.njit(problem.slope, fastmath=True)
    sine = numba.njit(lambda x: math.sin(x))
    cosine = numba.njit(lambda x: math.cos(x))
    d = len(problem.equations)
    a = np.zeros((7, 7))
    a[1, :1] = [1 / 5]
    a[2, :2] = [3 / 40, 9 / 40]
    a[3, :3] = [44 / 45, -56 / 15, 32 / 9]
    a[4, :4] = [19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729]
    a[5, :5] = [9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656]
    a[6, :6] = [35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84]
    e = (71 / 57600, 0.0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40)
    rows = tuple(tuple(row[:k]) for k, row in enumerate(a) if k)
    a2, a3, a4, a5, a6, a7 = rows

    @numba.njit(fastmath=True, inline="always")
    def put(k: Any, row: int, y: Any, p: Any) -> None:
        value = slope(unpack(y), p, sine, cosine)
        for j in range(d):
            k[row, j] = value[j]

    if d == 2:
        unpack = numba.njit(lambda y: (y[0], y[1]))
    elif d == 3:
        unpack = numba.njit(lambda y: (y[0], y[1], y[2]))
    else:
        unpack = numba.njit(lambda y: (y[0], y[1], y[2], y[3]))

    @numba.njit(fastmath=True)
    def solve(start: Any, p: Any, times: Any, out: Any) -> int:
        y = start.copy()
        at = np.empty(d)
        k = np.empty((7, d))
        out[0] = y
        t, wanted, n_steps = times[0], times[1] - times[0], 0
        put(k, 0, y, p)
        for i in range(1, len(times)):
            while t < times[i] - 1e-13:
                h = min(wanted, times[i] - t)
                n_steps += 1
                for j in range(d):
                    at[j] = y[j] + h * a2[0] * k[0, j]
                put(k, 1, at, p)
                for j in range(d):
                    at[j] = y[j] + h * (a3[0] * k[0, j] + a3[1] * k[1, j])
                put(k, 2, at, p)
                for j in range(d):
                    at[j] = y[j] + h * (a4[0] * k[0, j] + a4[1] * k[1, j] + a4[2] * k[2, j])
                put(k, 3, at, p)
                for j in range(d):
                    s = a5[0] * k[0, j] + a5[1] * k[1, j] + a5[2] * k[2, j] + a5[3] * k[3, j]
                    at[j] = y[j] + h * s
                put(k, 4, at, p)
                for j in range(d):
                    s = a6[0] * k[0, j] + a6[1] * k[1, j] + a6[2] * k[2, j] + a6[3] * k[3, j]
                    at[j] = y[j] + h * (s + a6[4] * k[4, j])
                put(k, 5, at, p)
                for j in range(d):
                    s = a7[0] * k[0, j] + a7[2] * k[2, j] + a7[3] * k[3, j] + a7[4] * k[4, j]
                    at[j] = y[j] + h * (s + a7[5] * k[5, j])
                put(k, 6, at, p)
                error = 0.0
                for j in range(d):
                    s = e[0] * k[0, j] + e[2] * k[2, j] + e[3] * k[3, j]
                    s += e[4] * k[4, j] + e[5] * k[5, j] + e[6] * k[6, j]
                    error += (h * s / (ATOL + RTOL * max(abs(y[j]), abs(at[j])))) ** 2
                error = math.sqrt(error / d)
                factor = 0.9 * max(error, 1e-10) ** -0.2
                if error <= 1:
                    t += h
                    for j in range(d):
                        y[j] = at[j]
                        k[0, j] = k[6, j]
                    if h == wanted or factor < 1:
                        wanted = h * min(5.0, max(0.2, factor))
                else:
                    wanted = h * max(0.2, factor)
            out[i] = y
        return n_steps

    return solve


class Bench:
    def __init__(self, problem: Problem) -> None:
        rng = np.random.default_rng(1)
        self.problem = problem
        self.initial = problem.initial(rng)
        centre = np.array(list(problem.parameters.values()))
        self.parameters = centre * rng.uniform(0.9, 1.1, (N, len(centre)))
        self.times = np.linspace(0, problem.end, N_TIMES)
        self.system = ODESystem(problem.equations)
        # In the order of the names, which is alphabetical here too.
        assert self.system.parameter_names == tuple(sorted(problem.parameters))
        self.reference = self.ours(rtol=1e-12, atol=1e-13, n=64).values

    def ours(
        self, rtol: float = RTOL, atol: float = ATOL, n: int = N, method: str = "dopri5"
    ) -> Any:
        return self.system.simulate(
            self.initial[:n],
            self.times,
            parameters=self.parameters[:n],
            rtol=rtol,
            atol=atol,
            method=method,
        )

    def error(self, values: Any) -> float:
        early = slice(N_TIMES // 4)
        gap = np.abs(values[:, early] - self.reference[: len(values), early])
        return float(np.median(gap) / self.reference.std())

    def report(self, method: str, rate: float, error: float) -> None:
        row = {
            "system": self.problem.name,
            "method": method,
            "trajectories_per_second": float(f"{rate:.4g}"),
            "error": float(f"{error:.1e}"),
        }
        print(json.dumps(row), flush=True)

    def run(self) -> dict[str, float]:
        rates = {"numba": self.run_numba()}
        for method in ("dopri5", "auto"):
            # Between two runs of the peer, so that both see the same machine.
            rates[method] = N / seconds(lambda m=method: self.ours(method=m), ROUNDS)
            self.report(f"symnum {method}", rates[method], self.error(self.ours(n=64).values))
        rates["numba"] = max(rates["numba"], self.run_numba())
        rates["scipy"] = self.run_scipy()
        self.run_diffrax()
        return rates

    def run_numba(self) -> float:
        try:
            solve = numba_solver(self.problem)
        except ImportError:
            return math.nan
        shape = (N, N_TIMES, len(self.problem.equations))

        def all_of_them() -> Any:
            out = np.empty(shape)  # fresh for each call, as ours
            for k in range(N):
                solve(self.initial[k], self.parameters[k], self.times, out[k])
            return out

        out = all_of_them()
        rate = N / seconds(all_of_them, ROUNDS)
        self.report("numba Dormand-Prince", rate, self.error(out[:64]))
        return rate

    def run_scipy(self) -> float:
        slope, n = self.problem.slope, 12
        found = []

        def some() -> None:
            found.clear()
            for y, p in zip(self.initial[:n], self.parameters[:n], strict=True):
                values = solve_ivp(
                    lambda _, u, p=p: slope(u, p, math.sin, math.cos),
                    (0, self.problem.end),
                    y,
                    t_eval=self.times,
                    rtol=RTOL,
                    atol=ATOL,
                ).y.T
                found.append(values)

        rate = n / seconds(some)
        self.report("scipy solve_ivp RK45", rate, self.error(np.array(found)))
        return rate

    def run_diffrax(self) -> None:
        try:
            import diffrax
            import jax
        except ImportError:
            return
        jax.config.update("jax_enable_x64", True)
        numpy = jax.numpy

        def slope(_: Any, y: Any, p: Any) -> Any:
            return numpy.stack(self.problem.slope(y, p, numpy.sin, numpy.cos))

        def one(y: Any, p: Any) -> Any:
            return diffrax.diffeqsolve(
                diffrax.ODETerm(slope), diffrax.Dopri5(), 0, self.problem.end, None, y, p,
                saveat=diffrax.SaveAt(ts=self.times), max_steps=100_000,
                stepsize_controller=diffrax.PIDController(rtol=RTOL, atol=ATOL),
            ).ys  # fmt: skip

        batch = jax.jit(jax.vmap(one))
        y, p = self.initial[:256], self.parameters[:256]
        values = np.asarray(batch(y, p))
        rate = 256 / seconds(lambda: batch(y, p).block_until_ready(), 3)
        self.report("diffrax Dopri5, batch 256", rate, self.error(values[:64]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", help="a system's name")
    only = parser.parse_args().only
    print(f"# instruction set {isa}")
    for problem in PROBLEMS:
        if only not in {"", problem.name}:
            continue
        rates = Bench(problem).run()
        ratios = {name: round(rates["dopri5"] / rate, 2) for name, rate in rates.items()}
        print(f"# {problem.name}: symnum dopri5 over each", json.dumps(ratios), flush=True)


if __name__ == "__main__":
    main()
