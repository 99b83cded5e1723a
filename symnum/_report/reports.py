"""What a report says of a formula, and of a system."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from symnum._files import write_whole
from symnum._report.page import Row, code, page, plots, table
from symnum._report.plot import Plot

if TYPE_CHECKING:
    from collections.abc import Sequence
    from os import PathLike

    from numpy.typing import NDArray

    from symnum.expression import Expression
    from symnum.ode_regressor import ODERegressor
    from symnum.odes import ODESystem
    from symnum.regressor import SymbolicRegressor

    Array = NDArray[np.float64]


def formula_report(
    model: SymbolicRegressor, x: Array, y: Array, target: str, path: str | PathLike[str]
) -> None:
    """Write the page of a fitted `SymbolicRegressor` and its data.

    Parameters
    ----------
    model : SymbolicRegressor
        Fitted.
    x : ndarray, shape (n_rows, n_features)
    y : ndarray, shape (n_rows,)
    target : str
        The name of `y`.
    path : path-like
        Written under another name first, then renamed.
    """
    expression = model.expression()
    found = model.predict(x)
    rest = y - found
    rows = [
        Row(r.complexity, r.loss, r.description_length, r.pick, f"{target} = {r.equation}")
        for r in model._found[0].front
    ]
    total, left = float(np.sum(np.square(y - y.mean()))), float(np.sum(np.square(rest)))
    share = 1.0 - left / total if total > 0 else float(left == 0.0)
    lead = (
        f"{target} by {', '.join(expression.variables)} on {len(y)} rows: R² {share:.6g},"
        f" root mean square of residuals {np.sqrt(left / len(y)):.4g}"
        f"{'; exact to rounding' if model.is_exact_ else ''}."
    )
    ends = np.array([np.nanmin(y), np.nanmax(y)])
    fits = Plot("Fit", f"measured {target}", "formula").line(ends, ends, 1).points(y, found)
    residuals = Plot("Residuals", "formula", "measured less formula")
    finite = found[np.isfinite(found)]
    reach = [finite.min(), finite.max()] if len(finite) else []
    residuals.line(reach, [0.0] * len(reach), 1).points(found, rest)
    by_variable = [
        Plot(f"Residuals by {name}", name, "measured less formula").points(x[:, k], rest).svg()
        for k, name in enumerate(expression.variables[:6])
    ]
    sections = [
        ("Formulas", table(rows)),
        ("Plots", plots(fits.svg(), residuals.svg(), _front_plot(rows), *by_variable)),
        *_exports([(target, expression)]),
    ]
    write_whole(page(f"{target} = {expression}"[:200], lead, sections), path)


def system_report(
    model: ODERegressor,
    times: Sequence[Array],
    values: Sequence[Array],
    path: str | PathLike[str],
) -> None:
    """Write the page of a fitted `ODERegressor` and its trajectories.

    Parameters
    ----------
    model : ODERegressor
        Fitted.
    times : sequence of ndarray, shape (n_times,)
    values : sequence of ndarray, shape (n_times, n_states)
        The first row of each is where its simulation starts.
    path : path-like
        Written under another name first, then renamed.
    """
    system = model.system_
    rows = [
        Row(r.complexity, r.loss, r.description_length, r.pick, r.equations) for r in model._rows
    ]
    followed = [_followed(system, t, v) for t, v in zip(times, values, strict=True)]
    drawings = []
    for k, name in enumerate(system.states):
        fits = Plot(f"{name}, simulated from the first row", system.time, name)
        rests = Plot(f"Residuals of {name}", system.time, "measured less simulated")
        for j, (t, v, (fine, curve, at)) in enumerate(zip(times, values, followed, strict=True)):
            fits.points(t, v[:, k], j).line(fine, curve[:, k], j)
            rests.points(t, v[:, k] - at[:, k], j)
        drawings += [fits.svg(), rests.svg()]
    noise = ", ".join(
        f"{n} {s:.4g}" for n, s in zip(system.states, model.noise_level_.tolist(), strict=True)
    )
    lead = (
        f"{len(times)} trajectories of {', '.join(system.states)}, {sum(map(len, times))} rows."
        f" Standard deviation of what is left: {noise}."
    )
    pairs = [
        (f"d{n}/d{system.time}", f) for n, f in zip(system.states, system.equations, strict=True)
    ]
    sections = [
        ("Systems", table(rows)),
        ("Plots", plots(*drawings, _front_plot(rows))),
        ("LaTeX", code(system.latex())),
        *_exports(pairs)[1:],
    ]
    write_whole(page("System of differential equations", lead, sections), path)


def _followed(system: ODESystem, times: Array, values: Array) -> tuple[Array, Array, Array]:
    """Times of a fine grid, the simulation there, and at the given times; NaN where there is none."""
    start = values[np.argmax(np.all(np.isfinite(values), axis=1))]
    fine = np.linspace(times[0], times[-1], 400)
    every, place = np.unique(np.concatenate([fine, times]), return_inverse=True)
    found = system.simulate(np.nan_to_num(start), every, max_seconds=10.0).values
    return fine, found[place[: len(fine)]], found[place[len(fine) :]]


def _front_plot(rows: Sequence[Row]) -> str:
    plot = Plot("Front: loss by complexity", "complexity", "loss", log_y=True)
    # An exact formula has loss 0, which has no place on the axis: rounding's size stands for it.
    sizes = [max(row.loss, 1e-32) for row in rows]
    plot.line([row.complexity for row in rows], sizes).points([r.complexity for r in rows], sizes)
    chosen = [(r.complexity, s) for r, s in zip(rows, sizes, strict=True) if r.pick]
    return plot.points([c for c, _ in chosen], [s for _, s in chosen], 1, "chosen").svg()


def _exports(pairs: Sequence[tuple[str, Expression]]) -> list[tuple[str, str]]:
    latex = "\n".join(f.latex() for _, f in pairs)
    plain = "\n".join(f"{name} = {f}" for name, f in pairs)
    names = ["f"] if len(pairs) == 1 else [f"f{k}" for k in range(len(pairs))]
    python = "\n".join(
        f"{name} = Expression({str(f)!r}, {list(f.variables)!r})"
        for name, (_, f) in zip(names, pairs, strict=True)
    )
    c = "\n".join(f.to_c(name) for name, (_, f) in zip(names, pairs, strict=True))
    return [
        ("LaTeX", code(latex)),
        ("Text", code(plain)),
        ("Python", code(f"from symnum import Expression\n\n{python}")),
        ("C", code(c)),
    ]
