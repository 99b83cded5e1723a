"""Calls into the solver: threads change nothing, signals are heard."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Iterator

import numpy as np
import pytest

import symnum
from symnum import ODESystem

LORENZ = ODESystem({"x": "s*(y - x)", "y": "x*(r - z) - y", "z": "x*y - 8*z/3"})


@pytest.fixture(autouse=True)
def one_thread_afterwards() -> Iterator[None]:
    yield
    symnum.set_num_threads(1)


def digest(method: str) -> str:
    rng = np.random.default_rng(4)
    found = LORENZ.simulate(
        rng.normal(size=(1500, 3)),
        np.linspace(0, 2, 11),
        parameters={"s": 10.0, "r": rng.uniform(1, 200, 1500)},
        sensitivities=["r"],
        method=method,
        rtol=1e-4,
    )
    parts = [found.values, found.sensitivities, found.n_steps, found.outcomes]
    return hashlib.sha256(b"".join(np.ascontiguousarray(p).tobytes() for p in parts)).hexdigest()


@pytest.mark.parametrize("method", ["auto", "rosenbrock"])
def test_results_are_bit_equal_for_1_2_and_4_threads(method: str) -> None:
    found = set()
    for n in (1, 2, 4):
        symnum.set_num_threads(n)
        found.add(digest(method))
    assert len(found) == 1


CODE = """
import time, signal, sys, threading, os
import symnum
from symnum import ODESystem
symnum.set_num_threads({n_threads})
wave = ODESystem({{"x": "cos(1000*t)*x"}})
def interrupt():
    time.sleep(0.5)
    interrupt.at = time.monotonic()
    os.kill(os.getpid(), signal.SIGINT)
threading.Thread(target=interrupt).start()
try:
    wave.simulate([[1.0]]*5000, [0.0, 1e6], max_steps=10**9, method="{method}")
except KeyboardInterrupt:
    print(time.monotonic() - interrupt.at)
"""


@pytest.mark.parametrize("n_threads", [1, 2])
@pytest.mark.parametrize("method", ["dopri5", "rosenbrock"])
def test_ctrl_c_is_heard_within_a_fifth_of_a_second(n_threads: int, method: str) -> None:
    code = CODE.format(n_threads=n_threads, method=method)
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert float(run.stdout) < 0.2
