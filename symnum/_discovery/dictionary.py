"""Functions that right-hand sides of models are sums of, as texts with a first guess of constants.

Polynomials (mass action, competition), saturation (Monod, Michaelis and Menten, Holling, Hill),
exponentials, powers and logarithms (Gompertz, Torricelli, Ricker), sigmoids (gene and neural
networks), angles and their differences (pendulums, oscillators), resistance with a sign.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations_with_replacement, permutations
from typing import TYPE_CHECKING

import numpy as np

from symnum.expression import Expression
from symnum.population import evaluate_all

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

_DEGREE = {1: 6, 2: 4, 3: 3, 4: 3, 5: 2}
_SATURATIONS = {1: 14, 2: 12}  # guesses of a saturation constant, of a power; else 10
_RATES = (0.3, 0.7, 1.5, 3.0, 6.0)  # of an exponent, over the range of its variable
_STEEPNESS = (1.0, 2.0, 4.0, 8.0, 16.0)
_POWERS = (-2.0, -1.5, -0.67, -0.33, 0.25, 0.33, 0.67, 0.75, 1.25, 1.5, 1.75, 2.5)
_FREQUENCIES = (1.5, 3.0, 6.0, 12.0)
_MOST = 2_500


@dataclass(frozen=True)
class Atom:
    """One function; atoms of a family differ in their constants alone."""

    text: str
    family: str


@dataclass(frozen=True, eq=False)
class Dictionary:
    """Atoms that are finite on the data."""

    atoms: list[Atom]
    expressions: list[Expression]
    values: Array  # (n_atoms, n_points)


def variables(n_states: int) -> list[str]:
    """Names of states inside a search."""
    return [f"x{k}" for k in range(n_states)]


def dictionary(points: Array) -> Dictionary:
    """Atoms evaluated on `points`, shape (n_points, n_states); the simpler first."""
    names = variables(points.shape[1])
    atoms, seen = [], set()
    for atom in _every(points):
        if atom.text not in seen:
            seen.add(atom.text)
            atoms.append(atom)
    atoms = atoms[:_MOST]
    expressions = [Expression(atom.text, names) for atom in atoms]
    values = evaluate_all(expressions, points)
    with np.errstate(over="ignore", invalid="ignore"):
        size = np.sqrt(np.mean(np.square(values), axis=1))
    usable = np.isfinite(size) & (size > 1e-12) & (size < 1e12)
    kept = _different(values, np.flatnonzero(usable))
    return Dictionary([atoms[k] for k in kept], [expressions[k] for k in kept], values[kept])


def _different(values: Array, kept: NDArray[np.intp]) -> list[int]:
    """Those that are no multiple of one before."""
    seen: dict[bytes, int] = {}
    for k in kept.tolist():
        row = values[k] / np.linalg.norm(values[k])
        sign = 1.0 if row[np.argmax(np.abs(row) > 0.5 / np.sqrt(len(row)))] > 0 else -1.0
        seen.setdefault((np.round(row * sign, 9) + 0.0).tobytes(), k)
    return list(seen.values())


def _every(points: Array) -> Iterator[Atom]:
    n = points.shape[1]
    yield Atom("1", "1")
    for degree in range(1, _DEGREE.get(n, 2) + 1):
        for powers in combinations_with_replacement(range(n), degree):
            text = "*".join(_power(f"x{k}", powers.count(k)) for k in sorted(set(powers)))
            yield Atom(text, text)
    singles = [list(_of_one(points[:, k], f"x{k}")) for k in range(n)]
    for own in singles:
        yield from own
    yield from _of_two(points)
    for k, own in enumerate(singles):
        for other in sorted(range(n), key=lambda j: j != k):
            for atom in own:
                if not atom.family.startswith("sigmoid"):
                    family = f"x{other}*{atom.family}"
                    yield Atom(f"x{other}*{atom.text}", family)


def _power(name: str, power: int) -> str:
    return name if power == 1 else f"{name}**{power}"


def _of_one(x: Array, name: str) -> Iterator[Atom]:
    positive, both = bool(np.all(x > 0)), bool(np.any(x > 0) and np.any(x < 0))
    yield Atom(f"sin({name})", f"sin({name})")
    yield Atom(f"cos({name})", f"cos({name})")
    yield Atom(f"sin(2*{name})", f"sin(2*{name})")
    yield Atom(f"cos(2*{name})", f"cos(2*{name})")
    if both:
        yield Atom(f"{name}*abs({name})", f"{name}*abs({name})")
        yield Atom(f"abs({name})", f"abs({name})")
    else:
        yield Atom(f"1/{name}", f"1/{name}")
        yield Atom(f"sqrt(abs({name}))" if not positive else f"sqrt({name})", f"sqrt({name})")
    if positive:
        yield Atom(f"log({name})", f"log({name})")
    yield from _saturations(x, name, positive=positive)
    yield from _exponentials(x, name)
    if positive:
        for p in _POWERS:
            yield Atom(f"{name}**({p!r})", f"{name}**p")
    for a in np.quantile(x, [0.05, 0.25, 0.5, 0.75, 0.95]).tolist():
        for s in _STEEPNESS:
            b = s / _range(x)
            yield Atom(f"1/(1 + exp(({_n(b * a)}) - ({_n(b)})*{name}))", f"sigmoid({name})")


def _saturations(x: Array, name: str, *, positive: bool) -> Iterator[Atom]:
    largest = float(np.max(np.abs(x))) or 1.0
    least = max(float(np.quantile(np.abs(x), 0.05)), 0.02 * largest)
    for n in range(1, 6):
        reach = (0.1, 20.0) if n == 1 else (0.3, 5.0) if n == 2 else (0.5, 2.5)
        sizes = np.geomspace(reach[0] * least, reach[1] * largest, _SATURATIONS.get(n, 10))
        if n % 2 and not positive:
            continue
        power = _power(name, n)
        for size in sizes.tolist():
            k = _n(size**n)
            yield Atom(f"{power}/({k} + {power})", f"{power}/(k + {power})")
            yield Atom(f"1/({k} + {power})", f"1/(k + {power})")


def _exponentials(x: Array, name: str) -> Iterator[Atom]:
    reach = _range(x)
    for rate in _RATES:
        k = rate / reach
        yield Atom(f"exp(-{_n(k)}*{name})", f"exp(-k*{name})")
        yield Atom(f"exp({_n(k)}*{name})", f"exp(k*{name})")
        yield Atom(f"tanh({_n(k)}*{name})", f"tanh(k*{name})")
    for w in _FREQUENCIES:
        yield Atom(f"sin({_n(w / reach)}*{name})", f"sin(w*{name})")
        yield Atom(f"cos({_n(w / reach)}*{name})", f"cos(w*{name})")


def _of_two(points: Array) -> Iterator[Atom]:
    n = points.shape[1]
    plain = ("sin({})", "cos({})", "tan({})", "1/tan({})", "abs({})", "cos(2*{})")
    for i, j in permutations(range(n), 2):
        yield from _of_pair(points, i, j)
    if n > 4:
        return
    for i, j in permutations(range(n), 2):
        for k, left in enumerate(plain[:2]):
            for m, right in enumerate(plain):
                if m >= 2 or (i, k) <= (j, m):
                    text = f"{left.format(f'x{i}')}*{right.format(f'x{j}')}"
                    yield Atom(text, text)
    for k in range(n):
        text = f"sin(x{k})*cos(x{k})"
        yield Atom(text, text)


def _of_pair(points: Array, i: int, j: int) -> Iterator[Atom]:
    a, b = f"x{i}", f"x{j}"
    if i < j:
        for form in ("sin({} - {})", "cos({} - {})", "sin({} + {})", "exp(-({} - {})**2)"):
            text = form.format(a, b)
            yield Atom(text, text)
    if np.all(points[:, j] > 0) or np.all(points[:, j] < 0):
        yield Atom(f"{a}/{b}", f"{a}/{b}")
        yield Atom(f"{a}**2/{b}", f"{a}**2/{b}")
    if np.all(points[:, i] > 0) and np.all(points[:, j] > 0):
        ratio = float(np.median(points[:, i] / points[:, j]))
        for r in (0.1, 0.3, 1.0, 3.0, 10.0):
            k = _n(r * ratio)
            yield Atom(f"{a}*{b}/({a} + {k}*{b})", f"{a}*{b}/({a} + k*{b})")
    if i < j and np.all(points[:, i] > 0) and np.all(points[:, j] > 0):
        yield Atom(f"sqrt({a}*{b})", f"sqrt({a}*{b})")


def _range(x: Array) -> float:
    return float(np.ptp(x)) or 1.0


def _n(value: float) -> str:
    return f"{float(f'{value:.4g}')!r}"
