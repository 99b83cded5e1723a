"""Rotosolve: one angle after the other put where an expectation value is least, by three values each."""

from __future__ import annotations

from math import atan2, hypot, pi
from typing import TYPE_CHECKING

import numpy as np

from qnlp.circuit import GATES
from qnlp.errors import DiagramError, DomainError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike, NDArray

    from qnlp.circuit import Circuit
    from qnlp.observable import Observable

__all__ = ["rotosolve"]


def rotosolve(
    circuit: Circuit,
    observable: Observable,
    values: Mapping[str, float] | ArrayLike | None = None,
    *,
    max_sweeps: int = 100,
    tol: float = 1e-10,
) -> tuple[float, NDArray[np.float64]]:
    """Minimise an expectation value over a circuit's parameters, without a gradient.

    As a function of one angle it is ``a + b cos(2 pi p) + c sin(2 pi p)``, so that three values give
    its minimum exactly, whatever the sign of the angle.

    Parameters
    ----------
    circuit : Circuit
        Whose symbols stand in one gate each, a rotation or phase without control; nothing is
        post-selected.
    observable : str or mapping of str to float
        As of `qnlp.simulate.Simulation.expectation`.
    values : mapping or array_like, shape (n_symbols,), optional
        Where to begin, in full turns; zeros by default.
    max_sweeps : int, default 100
        Through all parameters.
    tol : float, default 1e-10
        Stop when a sweep improves by less.

    Returns
    -------
    float
        The least value found.
    ndarray of float64, shape (n_symbols,)
        In full turns; those that moved lie in one period from 0 on.

    Raises
    ------
    DiagramError
        If the method is not valid for the circuit: names the parameter and why.
    DomainError
        If `max_sweeps` or `tol` is out of range.

    Notes
    -----
    Ostaszewski, Grant and Benedetti, "Structure optimization for parameterized quantum circuits",
    arXiv:1905.09692. Not for `SentenceClassifier`: the loss of post-selected sentences is no such
    function of an angle.

    Examples
    --------
    >>> from qnlp.circuit import Angle, Circuit, Gate
    >>> from qnlp import rotosolve
    >>> ry = Circuit(1, (Gate("Ry", (0,), Angle("a")),), outputs=(0,))
    >>> value, theta = rotosolve(ry, "X0")
    >>> round(value, 12), theta.round(12)
    (-1.0, array([0.75]))
    """
    _check(circuit, max_sweeps, tol)
    theta = circuit.vector(np.zeros(len(circuit.symbols)) if values is None else values).copy()
    scale = {g.angle.symbol: g.angle.scale for g in circuit.gates if g.angle is not None}
    least = circuit.simulate(theta).expectation(observable)
    for _ in range(max_sweeps):
        before = least
        for k, name in enumerate(circuit.symbols):
            least = _put(circuit, observable, theta, k, scale[name], least)
        if before - least <= tol:
            break
    return least, theta


def _put(
    circuit: Circuit,
    observable: Observable,
    theta: NDArray[np.float64],
    k: int,
    scale: float,
    here: float,
) -> float:
    """Put one parameter at the least value over it, and give that."""
    at = theta[k]
    sides = []
    for turn in (0.25, -0.25):
        theta[k] = at + turn / scale
        sides.append(circuit.simulate(theta).expectation(observable))
    mean = (sides[0] + sides[1]) / 2
    cosine, sine = here - mean, (sides[0] - sides[1]) / 2
    theta[k] = at
    if hypot(cosine, sine) < 1e-15:
        return here
    turn = atan2(-sine, -cosine) / (2 * pi)
    theta[k] = (at + turn / scale) % (1 / abs(scale))
    return float(mean - hypot(cosine, sine))


def _check(circuit: Circuit, max_sweeps: int, tol: float) -> None:
    if isinstance(max_sweeps, bool) or max_sweeps < 1:
        message = f"max_sweeps is {max_sweeps!r}, expected an int of 1 or more"
        raise DomainError(message)
    if not (np.isfinite(tol) and tol >= 0):
        message = f"tol is {tol!r}, expected a finite number of 0 or more"
        raise DomainError(message)
    why = "Rotosolve needs expectation values that are sinusoids in each parameter"
    if circuit.inputs or circuit.post_selected:
        message = f"circuit has {len(circuit.post_selected)} post-selected qubits; {why}"
        raise DiagramError(message)
    seen: set[str] = set()
    for gate in circuit.gates:
        symbol = None if gate.angle is None else gate.angle.symbol
        if gate.angle is None or symbol is None:
            continue
        fault = ""
        if GATES[gate.name].n_shift_terms != 2:
            fault = f"is the angle of a {gate.name}"
        elif symbol in seen:
            fault = "stands in two gates"
        elif not gate.angle.scale:
            fault = "has the factor 0"
        if fault:
            message = f"parameter {symbol!r} {fault}; {why}"
            raise DiagramError(message)
        seen.add(symbol)
