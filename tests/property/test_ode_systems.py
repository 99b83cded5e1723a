"""The solver beside SciPy's on published systems."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from symnum import Expression, ODESystem

REFERENCE = runpy.run_path(str(Path(__file__).parents[1] / "reference" / "systems.py"))
System: Any = REFERENCE["System"]
LORENZ, VAN_DER_POL = REFERENCE["LORENZ"], REFERENCE["VAN_DER_POL"]
odebench, prose = REFERENCE["odebench"], REFERENCE["prose"]

KNOWN = [
    System("lorenz", LORENZ, {"sigma": 10, "rho": 28, "beta": 8 / 3}, ((1, 2, 20),), 3.0),
    System("van der pol", VAN_DER_POL, {"mu": 2.0}, ((1.0, -0.5),), 10.0),
    System("stiff van der pol", VAN_DER_POL, {"mu": 100.0}, ((2.0, 0.0),), 90.0),
    System(
        "double pendulum",
        REFERENCE["DOUBLE_PENDULUM"],
        {"g": 9.8, "m1": 1.0, "m2": 1.0},
        ((1.0, -0.5, 0.2, 0.1),),
        3.0,
    ),
]


def error(system: Any, method: str, rtol: float = 1e-9, which: int = 0) -> float:
    """Largest difference from SciPy, relative to the size of each state."""
    times = np.linspace(0, system.end, 40)
    slow = system.slow(system.initial[which], times)
    solver = ODESystem(system.equations, functions={"cot": Expression("1/tan(q)")})
    values = {name: system.parameters[name] for name in solver.parameter_names[: solver.n_named]}
    found = solver.with_parameters(values).simulate(
        system.initial[which], times, method=method, rtol=rtol, atol=1e-2 * rtol
    )
    assert found.finished, (system.name, found.message)
    scale = np.abs(slow).max(axis=0) + 1e-3
    return float((np.abs(found.values - slow) / scale).max())


@pytest.mark.parametrize("method", ["auto", "rosenbrock"])
@pytest.mark.parametrize("system", KNOWN, ids=lambda s: s.name)
def test_known_systems_agree_with_scipy(system: Any, method: str) -> None:
    assert error(system, method) < 2e-6


def test_a_smaller_tolerance_gives_a_smaller_error() -> None:
    for method in ("dopri5", "rosenbrock"):
        errors = [error(KNOWN[1], method, rtol) for rtol in (1e-4, 1e-6, 1e-8)]
        assert errors[0] > 10 * errors[1] > 100 * errors[2]


def test_prose_systems_agree_with_scipy(shared_data: Path) -> None:
    systems = prose(shared_data)
    assert len(systems) == 15
    wrong = {s.name: e for s in systems if (e := error(s, "auto")) > 1e-5}
    assert not wrong


def test_odebench_systems_agree_with_scipy(shared_data: Path) -> None:
    systems = odebench(shared_data)
    assert len(systems) == 42
    wrong = {s.name: e for s in systems if (e := error(s, "auto", which=0)) > 1e-4}
    assert not wrong
