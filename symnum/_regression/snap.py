"""Constants that are numbers: 0.4999999 is 1/2 where the data do not say otherwise."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from symnum._core import expression as core

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from symnum._regression.problem import Candidate, Problem

    Exact = tuple[Fraction, int]  # a fraction times a power of pi

_MOST_CONSTANTS = 20
_LARGEST = 10_000
_BOTTOMS = (1, 2, 3, 4, 6, 8, 10, 12, 100)
_RARE_BOTTOMS = (7, 9, 15, 16, 20, 24, 30, 32, 36, 48, 64, 1000)  # where the value is known well
_LARGEST_BESIDE_PI = 64
_EXACT = 1e-6  # relative


def substitute(program: core.Program, values: Mapping[int, Exact]) -> core.Program:
    """The program with some constants, by index, as exact numbers, simplified."""
    builder = core.Builder(program.n_variables)
    nodes: list[int] = []
    constants = program.constants
    arity = {name: n for name, n, _, _ in core.OPERATIONS}
    for name, left, right in zip(program.operations, program.left, program.right, strict=True):
        if name == "number":
            nodes.append(builder.number(left))
        elif name == "variable":
            nodes.append(builder.variable(left))
        elif name == "constant":
            exact = values.get(left)
            nodes.append(_number(builder, *exact) if exact else builder.constant(constants[left]))
        else:
            operands = [nodes[k] for k in (left, right)[: arity[name]]]
            nodes.append(builder.apply(name, operands))
    return core.simplify(builder.build(nodes[-1]))


def _number(builder: core.Builder, fraction: Fraction, power: int) -> int:
    node = builder.number(fraction.numerator)
    pi = [builder.apply("pi", [])] * abs(power)
    for factor in pi if power > 0 else []:
        node = builder.apply("mul", [node, factor])
    below = builder.number(fraction.denominator) if fraction.denominator != 1 else None
    if below is not None:
        node = builder.apply("div", [node, below])
    for factor in pi if power < 0 else []:
        node = builder.apply("div", [node, factor])
    return node


def near(value: float, tolerance: float) -> Iterator[Exact]:
    """Simple exact numbers near a value, simplest first; `tolerance` is relative."""
    if abs(value) < tolerance:
        yield Fraction(0), 0
    if not abs(value) < _LARGEST:
        return
    is_known_well = tolerance < _EXACT
    bottoms = _BOTTOMS + _RARE_BOTTOMS if is_known_well else _BOTTOMS
    largest = _LARGEST_BESIDE_PI if is_known_well else 8
    for power in (0, 1, -1, 2, -2):
        unit = value / np.pi**power
        seen = set()
        for bottom in bottoms:
            if power and bottom > largest:
                continue
            fraction = Fraction(round(unit * bottom), bottom)
            if fraction in seen or not fraction:
                continue
            seen.add(fraction)
            if abs(float(fraction) - unit) <= tolerance * abs(unit):
                yield fraction, power
                break


def _tolerance(problem: Problem, candidate: Candidate) -> float:
    """How far a constant may move: by rounding, or by what the noise leaves open."""
    error = candidate.error
    if error < 1e-9:
        return 1e-7
    return float(min(0.1, 10.0 * error / np.sqrt(problem.n_effective) + 1e-4))


def snap(problem: Problem, candidate: Candidate) -> Candidate:
    """Replace constants by exact numbers, or drop them, while the description gets shorter."""
    best = candidate
    tolerance = _tolerance(problem, candidate)
    index = 0
    most = _MOST_CONSTANTS if tolerance < _EXACT else _MOST_CONSTANTS // 2
    while index < len(best.program.constants) <= most and not problem.clock.is_over:
        shorter = _try_constant(problem, best, index, tolerance)
        if shorter is None:
            index += 1
        else:
            best, index = shorter, 0
    return best


def _try_constant(
    problem: Problem, best: Candidate, index: int, tolerance: float
) -> Candidate | None:
    value = best.program.constants[index]
    guesses = list(near(value, tolerance))
    if tolerance > _EXACT:
        guesses += [(Fraction(0), 0), (Fraction(1), 0), (Fraction(-1), 0)]
    for guess in guesses:
        program = substitute(best.program, {index: guess})
        if tolerance > _EXACT and program.constants:
            program = problem.fit([program], 20)[0]
        for found in problem.candidates([program]):
            if found.length < best.length:
                return found
    return None
