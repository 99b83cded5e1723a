"""Calls into the expression kernel: threads change nothing, signals and other threads are heard."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest

import symnum
from symnum import Expression, evaluate_all, fit_all

TEXTS = ["x*y", "sin(x*1.5) + exp(y/2.5)", "x**y", "log(x) - 0.5*y/(1.5 + x**2)", "tanh(x - y)"]


@pytest.fixture(autouse=True)
def one_thread_afterwards() -> Iterator[None]:
    yield
    symnum.set_num_threads(1)


def digest() -> str:
    fs = [Expression(t, ["x", "y"]) for t in TEXTS * 20]
    x = np.random.default_rng(6).uniform(0.5, 2, (40_000, 2))
    y = np.sin(x[:500, 0]) + x[:500, 1]
    parts = [
        evaluate_all(fs[:7], x),
        evaluate_all(fs, x[:1000]),
        evaluate_all(fs, x[:1000].astype(np.float32)),
        *fs[1].value_and_jacobian(x),
        *fs[3].value_and_jacobian(x, by="variables"),
        *(fit.expression.constants for fit in fit_all(fs, x[:500], y)),
    ]
    return hashlib.sha256(b"".join(np.ascontiguousarray(p).tobytes() for p in parts)).hexdigest()


def test_results_are_bit_equal_for_1_2_and_4_threads() -> None:
    found = set()
    for n in (1, 2, 4):
        symnum.set_num_threads(n)
        assert symnum.num_threads() == n
        found.add(digest())
    assert len(found) == 1


@pytest.mark.parametrize("n_threads", [0, -1, 1025])
def test_number_of_threads_is_checked(n_threads: int) -> None:
    with pytest.raises(symnum.DomainError, match=f"n_threads is {n_threads}"):
        symnum.set_num_threads(n_threads)


@pytest.mark.parametrize("n_threads", [1, 2])
@pytest.mark.parametrize(
    "work",
    [
        "evaluate_all([f] * 400, x)",
        "[f.value_and_jacobian(x, by='variables') for _ in range(99)]",
        "fit_all([f] * 400, x, y, max_iterations=1000, tol_rel=0)",
    ],
)
def test_ctrl_c_is_heard_within_a_fifth_of_a_second(work: str, n_threads: int) -> None:
    code = f"""
import time, numpy as np, symnum
from symnum import Expression, evaluate_all, fit_all
symnum.set_num_threads({n_threads})
f = Expression("+".join(f"sin({{k}}.5*x)*exp(y/{{k}}.5)" for k in range(1, 40)), ["x", "y"])
x = np.random.default_rng(0).uniform(0, 1, (100_000, 2))
y = np.random.default_rng(1).normal(size=100_000)
print("ready", flush=True)
try:
    {work}
    print("finished")
except KeyboardInterrupt:
    print("heard", time.time())
    print(symnum.Expression("x + 1").evaluate([1.0])[0])
"""
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(0.3)
        sent = time.time()
        process.send_signal(signal.SIGINT)
        word, at = process.stdout.readline().split()
        assert word == "heard"
        assert float(at) - sent < 0.2 + 0.3 * (os.getloadavg()[0] > 2)  # a busy machine is late
        assert process.stdout.readline().strip() == "2.0"


def test_other_threads_run_while_the_core_works() -> None:
    f = Expression("+".join(f"sin({k}.5*x)" for k in range(1, 60)))
    x = np.random.default_rng(0).uniform(0, 1, (400_000, 1))
    ticks = []
    done = threading.Event()

    def tick() -> None:
        while not done.is_set():
            ticks.append(time.perf_counter())
            time.sleep(0.01)

    thread = threading.Thread(target=tick)
    thread.start()
    start = time.perf_counter()
    f.evaluate(x)
    spent = time.perf_counter() - start
    done.set()
    thread.join()
    inside = sum(start <= t <= start + spent for t in ticks)
    assert inside >= 0.4 * spent / 0.01


def test_calls_from_8_threads_are_right() -> None:
    symnum.set_num_threads(2)
    f = Expression("sin(x*1.5) + exp(y/2.5)")
    x = np.random.default_rng(0).uniform(0, 1, (30_000, 2))
    expected = f.evaluate(x)
    wrong = []

    def work() -> None:
        for _ in range(5):
            if not np.array_equal(f.evaluate(x), expected):
                wrong.append(1)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_forked_child_can_call_the_core() -> None:
    symnum.set_num_threads(2)
    f = Expression("sin(x)")
    x = np.linspace(0, 1, 50_000)
    expected = f.evaluate(x)
    child = os.fork()
    if child == 0:
        os._exit(0 if np.array_equal(f.evaluate(x), expected) else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
