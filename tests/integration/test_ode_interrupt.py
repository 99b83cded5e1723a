"""`ODERegressor` under Ctrl-C."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

SCRIPT = """
import numpy as np
from symnum import ODERegressor
rng = np.random.default_rng(0)
t = np.linspace(0, 10, 300)
x = np.cumsum(rng.normal(size=(300, 4)), axis=0)
print("start", flush=True)
model = ODERegressor(timeout_in_seconds=200).fit(t, x)
print(model.was_interrupted_, len(model.equations_) > 0, flush=True)
"""


def test_ctrl_c_keeps_the_systems_found_so_far() -> None:
    command = [sys.executable, "-c", SCRIPT]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "start\n"
        time.sleep(4.0)
        sent = time.perf_counter()
        process.send_signal(signal.SIGINT)
        assert process.stdout.readline() == "True True\n"
        assert time.perf_counter() - sent < 5.0
        assert process.wait() == 0
