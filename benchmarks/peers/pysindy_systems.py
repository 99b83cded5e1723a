"""Systems that PySINDy 2.1 finds (MIT; de Silva et al., JOSS 5, 2020, doi:10.21105/joss.02104).

The differentiations, libraries and thresholds that its documentation shows, each with each; the one
with the least AIC of the trajectory simulated from the first row.
"""

from __future__ import annotations

import warnings
from itertools import product
from typing import Any

import numpy as np
import pysindy as ps
import sympy

from symnum import ODESystem
from symnum.errors import SymnumError

_THRESHOLDS = (0.001, 0.005, 0.02, 0.05, 0.1, 0.2, 0.5)


def _differentiations() -> list[Any]:
    smooth = [{"window_length": n, "polyorder": 3} for n in (7, 15, 31)]
    return [
        ps.FiniteDifference(order=2),
        *(ps.SmoothedFiniteDifference(smoother_kws=options) for options in smooth),
        ps.SINDyDerivative(kind="spline", s=1e-2),
    ]


def _libraries() -> list[Any]:
    cubic = ps.PolynomialLibrary(degree=3)
    return [
        ps.PolynomialLibrary(degree=1),
        ps.PolynomialLibrary(degree=2),
        cubic,
        ps.PolynomialLibrary(degree=5),
        cubic + ps.FourierLibrary(n_frequencies=1),
        ps.PolynomialLibrary(degree=1) + ps.FourierLibrary(n_frequencies=2),
    ]


def discover(times: Any, values: Any) -> list[Any]:
    """Right-hand sides as SymPy formulas over x0, x1, ..."""
    names = [f"x{k}" for k in range(values.shape[1])]
    best, least = ["0"] * len(names), np.inf
    for differentiation, library, threshold in product(
        _differentiations(), _libraries(), _THRESHOLDS
    ):
        model = ps.SINDy(ps.STLSQ(threshold=threshold), library, differentiation)
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            try:
                model.fit(values, t=times, feature_names=names)
            except (ValueError, np.linalg.LinAlgError):
                continue
        coefficients = np.asarray(model.coefficients())
        sides = [_text(row, model.get_feature_names()) for row in coefficients]
        value = _aic(sides, names, times, values, np.count_nonzero(coefficients))
        if value < least:
            best, least = sides, value
    return [sympy.sympify(side) for side in best]


def _text(coefficients: Any, features: list[str]) -> str:
    terms = [
        f"({float(c)!r})*{name.replace('^', '**').replace(' ', '*')}"
        for c, name in zip(coefficients, features, strict=True)
        if c != 0.0
    ]
    return " + ".join(terms) or "0"


def _aic(sides: list[str], names: list[str], times: Any, values: Any, n_terms: int) -> float:
    try:
        system = ODESystem(dict(zip(names, sides, strict=True)))
        found = system.simulate(values[0], times, max_steps=20_000, max_seconds=1.0).values
    except SymnumError:
        return np.inf
    if not np.all(np.isfinite(found)):
        return np.inf
    spread = np.std(values, axis=0) + 1e-300
    square = float(np.mean(np.square((found - values) / spread)))
    return values.size * float(np.log(square + 1e-300)) + 2.0 * n_terms
