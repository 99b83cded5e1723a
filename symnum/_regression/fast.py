"""Fast paths: a constant, a few linear terms, a monomial, a few terms of a dictionary."""

from __future__ import annotations

from itertools import combinations_with_replacement, islice
from math import comb
from typing import TYPE_CHECKING

import numpy as np

from symnum._core import expression as core

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from symnum._regression.problem import Problem

    Vector = NDArray[np.float64]

_MOST_TERMS = 8
_MOST_ATOMS = 400
_MANY_ATOMS = 1_200
_MANY_TERMS = (6, 9, 12, 16, 20, 25, 30, 40)
_MOST_COLUMNS = 60  # of a full polynomial
_MOST_READ = 1_000  # monomials whose units are looked at
_MOST_KEPT = 20
_HUGE = 1e100  # whose squares stay finite


def read(problem: Problem, text: str) -> core.Program:
    """A program from a text of this module's own making, over x0, x1, ..."""
    names = [f"x{k}" for k in range(len(problem.columns))]
    return core.simplify(core.parse(text, names, [])[0])


def constant(problem: Problem) -> list[core.Program]:
    """The mean."""
    return [read(problem, repr(problem.mean))]


def number(value: float) -> str:
    """A literal that the parser reads as a constant."""
    return f"({float(value)!r})"


def weighted_sum(coefficients: Sequence[float], atoms: Sequence[str]) -> str:
    """The text of a linear combination."""
    return " + ".join(f"{number(c)}*({a})" for c, a in zip(coefficients, atoms, strict=True))


def monomial(problem: Problem) -> list[core.Program]:
    """C x0^p0 x1^p1 ... by least squares of logarithms, with free and with simple powers."""
    y, x = np.abs(problem.y), np.abs(problem.columns)
    used = _independent(x, [k for k in range(len(x)) if np.all(x[k] > 0) and np.ptp(x[k]) > 0])
    if not used or not np.all(y > 0) or len(used) >= problem.n_rows:
        return []
    rows = np.column_stack([np.ones(len(y)), *(np.log(x[k]) for k in used)])
    root = np.sqrt(problem.trusted)
    solution = np.linalg.lstsq(rows * root[:, None], np.log(y) * root, rcond=None)[0]
    sign = 1.0 if problem.y[0] > 0 else -1.0
    programs = []
    for step in (0.0, 0.5, 1 / 3, 1.0):
        powers = [p if step == 0.0 else round(p / step) * step for p in solution[1:]]
        factors = [_power(k, p, step) for k, p in zip(used, powers, strict=True) if p]
        scale = number(sign * np.exp(np.clip(solution[0], -300, 300)))
        programs.append(read(problem, "*".join([scale, *factors])))
    return programs


def _independent(x: Vector, used: list[int]) -> list[int]:
    """Without columns that are a power of one before, or equal to it, but for a factor."""
    seen: dict[bytes, int] = {}
    for k in used:
        log = np.log(x[k])
        log = log - log[0]
        row = log / log[np.argmax(np.abs(log))]
        seen.setdefault(np.round(row, 9).tobytes(), k)
    return list(seen.values())


def _power(k: int, power: float, step: float) -> str:
    if step == 0.0:
        return f"x{k}**{number(power)}"
    bottom = round(1 / step)
    return f"x{k}**(({round(power * bottom)})/{bottom})"


def atoms(problem: Problem) -> Iterator[tuple[str, Vector]]:
    """Monomials of rising degree, then functions of one variable and their products with another."""
    x = problem.columns
    n = len(x)
    degrees = {1: 9, 2: 5, 3: 4}.get(n, 3 if n < 9 else 2)
    for degree in range(1, degrees + 1):
        yield from _monomials(problem, degree)
    with np.errstate(all="ignore"):
        singles = _functions(problem)
        products = [(f"{t}*x{k}", v * x[k]) for t, v in singles for k in range(n)]
    yield from singles
    yield from products


def _functions(problem: Problem) -> list[tuple[str, Vector]]:
    """Simple functions of one variable."""
    return [
        (form.format(f"x{k}"), f(column))
        for k, column in enumerate(problem.columns)
        for form, f in (
            ("1/{}", lambda v: 1 / v),
            ("sqrt({})", np.sqrt),
            ("exp({})", np.exp),
            ("exp(-{})", lambda v: np.exp(-v)),
            ("log({})", np.log),
            ("sin({})", np.sin),
            ("cos({})", np.cos),
        )
    ]


def dictionary(problem: Problem) -> list[core.Program]:
    """Forward selection among atoms, one more term a step, each step a program."""
    texts: list[str] = []
    columns: list[Vector] = []
    for text, values in atoms(problem):
        if _is_usable(values) and _fits(problem, text):
            texts.append(text)
            columns.append(values)
        if len(texts) == _MOST_ATOMS:
            break
    root = np.sqrt(problem.trusted)
    limit = max(1, min(_MOST_TERMS, problem.n_rows // 3))
    matrix = np.array(columns).reshape(len(columns), problem.n_rows) * root
    programs = []
    for chosen in _forward(matrix, problem.y * root, root, limit):
        for offset in (True, False):
            program = _combination(problem, matrix, texts, chosen, root, offset=offset)
            programs.append(program)
    return programs


def long_sums(problem: Problem) -> list[core.Program]:
    """Many terms of a large dictionary, for y and for its logarithm: accurate, if not the law."""
    found = list(islice(_many_atoms(problem), _MANY_ATOMS))
    if not found:
        return []
    values = np.array([v for _, v in found])
    texts = [text for text, _ in found]
    limit = max(1, min(_MANY_TERMS[-1], problem.n_rows // 6))
    root = np.sqrt(problem.weights)
    forms: list[tuple[str, Vector, Vector]] = [("({})", problem.y, root)]
    if np.all(problem.y > 0.0) or np.all(problem.y < 0.0):
        size = np.abs(problem.y)
        sign = "-" if problem.y[0] < 0.0 else ""
        forms.append((sign + "exp({})", np.log(size), root * size))
    programs: list[core.Program] = []
    for form, target, scale in forms:
        for chosen in _forward(values * scale, target * scale, scale, limit):
            if problem.clock.is_over:
                return programs
            if len(chosen) in _MANY_TERMS:
                rows = np.column_stack([*(values[chosen]), np.ones(len(target))])
                left = np.linalg.lstsq(rows * scale[:, None], target * scale, rcond=None)[0]
                names = [*(texts[k] for k in chosen), "1"]
                programs.append(read(problem, form.format(weighted_sum(left.tolist(), names))))
    return programs


def _many_atoms(problem: Problem) -> Iterator[tuple[str, Vector]]:
    """Those of `atoms`, and products of two functions."""
    known = [(t, v) for t, v in atoms(problem) if _is_usable(v) and _fits(problem, t)]
    yield from known
    with np.errstate(all="ignore"):
        singles = [(t, v) for t, v in _functions(problem) if _is_usable(v)]
        for (s, u), (t, v) in combinations_with_replacement(singles, 2):
            if _is_usable(u * v) and _fits(problem, f"{s}*{t}"):
                yield f"{s}*{t}", u * v


def _is_usable(values: Vector) -> bool:
    return bool(np.all(np.abs(values) < _HUGE) and np.ptp(values) > 0)


def polynomials(problem: Problem) -> list[core.Program]:
    """All monomials up to a degree at once, without those that add nothing."""
    root = np.sqrt(problem.trusted)
    spread = float(np.sqrt(problem.variance))
    programs = []
    for degree in range(1, 10):
        if problem.clock.is_over or comb(len(problem.columns) + degree, degree) > _MOST_READ:
            break
        found = [(t, v) for d in range(1, degree + 1) for t, v in _monomials(problem, d)]
        found = [(t, v) for t, v in found if _is_usable(v) and _fits(problem, t)]
        if not found:
            continue
        if len(found) > min(_MOST_COLUMNS, problem.n_rows // 3):
            break
        texts = [text for text, _ in found]
        values = np.array([v for _, v in found])
        rows = np.column_stack([*(values * root), root])
        scale = np.linalg.norm(rows, axis=0) + 1e-300
        solution = np.linalg.lstsq(rows / scale, problem.y * root, rcond=None)[0] / scale
        sizes = np.abs(solution[:-1]) * np.ptp(values, axis=1)
        kept = [k for k in range(len(texts)) if sizes[k] > 1e-9 * spread]
        if kept and len(kept) <= _MOST_KEPT:
            chosen = [*kept, len(texts)]
            names = [*texts, "1"]
            parts = [names[k] for k in chosen]
            programs.append(read(problem, weighted_sum(solution[chosen].tolist(), parts)))
    return programs


def _fits(problem: Problem, text: str) -> bool:
    """Whether the units allow it as a term."""
    return problem.dimensions is None or problem.dimensions.allow(read(problem, text))


def _monomials(problem: Problem, degree: int) -> Iterator[tuple[str, Vector]]:
    x = problem.columns
    for powers in combinations_with_replacement(range(len(x)), degree):
        text = "*".join(f"x{k}**{powers.count(k)}" for k in sorted(set(powers)))
        with np.errstate(over="ignore", under="ignore"):
            values = np.prod(x[list(powers)], axis=0)
        yield text, values


def _combination(
    problem: Problem,
    matrix: Vector,
    texts: Sequence[str],
    chosen: Sequence[int],
    root: Vector,
    *,
    offset: bool,
) -> core.Program:
    rows = np.column_stack([*matrix[list(chosen)], root] if offset else [*matrix[list(chosen)]])
    scale = np.linalg.norm(rows, axis=0)
    solution = np.linalg.lstsq(rows / scale, problem.y * root, rcond=None)[0] / scale
    names = [texts[k] for k in chosen] + (["1"] if offset else [])
    return read(problem, weighted_sum(solution.tolist(), names))


def _forward(matrix: Vector, y: Vector, root: Vector, n_terms: int) -> Iterator[list[int]]:
    """Orthogonal least squares: the column that explains most beside those chosen."""
    unit = root / np.linalg.norm(root)
    directions = [unit]
    size = np.einsum("ij,ij->i", matrix, matrix) + 1e-300
    left = size - np.square(matrix @ unit)  # squared, of what is not yet explained of a column
    target = y - (y @ unit) * unit
    start = float(target @ target)
    chosen: list[int] = []
    for _ in range(min(n_terms, len(matrix))):
        usable = left > 1e-12 * size
        gain = np.where(usable, np.square(matrix @ target) / np.where(usable, left, 1.0), -1.0)
        best = int(np.argmax(gain))
        if gain[best] <= 0.0:
            return
        chosen.append(best)
        yield list(chosen)
        direction = matrix[best]
        for _pass in range(2):
            for other in directions:
                direction = direction - (direction @ other) * other
        direction = direction / np.linalg.norm(direction)
        directions.append(direction)
        target = target - (target @ direction) * direction
        left = left - np.square(matrix @ direction)
        if float(target @ target) <= 1e-24 * start:
            return
