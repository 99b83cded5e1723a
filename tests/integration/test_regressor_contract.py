"""`SymbolicRegressor` among scikit-learn's estimators, and under Ctrl-C."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.estimator_checks import check_estimator

from symnum import SymbolicRegressor


@pytest.mark.slow
def test_every_check_of_scikit_learn_passes() -> None:
    model = SymbolicRegressor(table_size=64, generations=1, timeout_in_seconds=60)
    checks = check_estimator(model, on_skip=None, on_fail=None)
    failed = [(c["check_name"], c["exception"]) for c in checks if c["status"] == "failed"]
    assert not failed
    assert len(checks) > 40
    assert not [c for c in checks if c["expected_to_fail"]]


def test_it_stands_in_pipelines_and_grid_searches() -> None:
    x = np.random.default_rng(0).uniform(1, 4, (60, 2))
    y = x[:, 0] / x[:, 1]
    model = make_pipeline(FunctionTransformer(np.log), SymbolicRegressor(table_size=500))
    search = GridSearchCV(model, {"symbolicregressor__operations": [["add", "mul"], None]}, cv=2)
    search.fit(x, y)
    assert search.best_score_ > 0.999


SCRIPT = """
import numpy as np
from symnum import SymbolicRegressor
rng = np.random.default_rng(0)
x, y = rng.normal(size=(500, 6)), rng.normal(size=500)
print("start", flush=True)
model = SymbolicRegressor(timeout_in_seconds=60, random_state=0).fit(x, y)
print(model.was_interrupted_, len(model.equations_) > 0, flush=True)
"""


def test_ctrl_c_keeps_the_front_found_so_far() -> None:
    command = [sys.executable, "-c", SCRIPT]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "start\n"
        time.sleep(2.0)
        sent = time.perf_counter()
        process.send_signal(signal.SIGINT)
        assert process.stdout.readline() == "True True\n"
        assert time.perf_counter() - sent < 5.0  # the core stops in 0.2 s, the front is then built
        assert process.wait() == 0
