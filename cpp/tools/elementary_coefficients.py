"""Print cpp/src/expression/coefficients.hpp: polynomials of the vectorised elementary functions.

Each is the Chebyshev interpolant, at 60 digits, of what is left of a function after its leading
terms, in the degree at which its error no longer shows in the last bit. Needs mpmath:

    python cpp/tools/elementary_coefficients.py > cpp/src/expression/coefficients.hpp
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import mpmath as mp

mp.mp.dps = 60
Function = Callable[[mp.mpf], mp.mpf]


def odd(function: Function) -> Function:
    """P with f(x) = x + x z P(z), z = x^2."""

    def rest(z: mp.mpf) -> mp.mpf:
        with mp.workdps(120):
            if z == 0:
                return mp.taylor(function, 0, 3)[3]
            x = mp.sqrt(z)
            return (function(x) - x) / (x * z)

    return rest


def even(function: Function, sign: int) -> Function:
    """P with f(x) = 1 + sign z / 2 + z^2 P(z), z = x^2."""

    def rest(z: mp.mpf) -> mp.mpf:
        with mp.workdps(120):
            if z == 0:
                return mp.taylor(function, 0, 4)[4]
            return (function(mp.sqrt(z)) - 1 - sign * z / 2) / z**2

    return rest


def exp_rest(r: mp.mpf) -> mp.mpf:
    """Q with e^r = 1 + r + r^2 Q(r)."""
    with mp.workdps(120):
        return mp.mpf(1) / 2 if r == 0 else (mp.exp(r) - 1 - r) / r**2


def log_rest(z: mp.mpf) -> mp.mpf:
    """L with log((1 + s) / (1 - s)) = 2 s + s z L(z), z = s^2."""
    with mp.workdps(120):
        if z == 0:
            return mp.mpf(2) / 3
        s = mp.sqrt(z)
        return (mp.log((1 + s) / (1 - s)) - 2 * s) / (s * z)


def interpolant(function: Function, low: mp.mpf, high: mp.mpf, degree: int) -> list[mp.mpf]:
    """Coefficients, lowest power first, of the polynomial through the Chebyshev nodes."""
    n = degree + 1
    nodes = [
        (low + high) / 2 + (high - low) / 2 * mp.cos(mp.pi * (2 * k + 1) / (2 * n))
        for k in range(n)
    ]
    matrix = mp.matrix(n, n)
    for row, x in enumerate(nodes):
        for column in range(n):
            matrix[row, column] = x**column
    return list(mp.lu_solve(matrix, mp.matrix([function(x) for x in nodes])))


def degree_for(function: Function, low: mp.mpf, high: mp.mpf, tolerance: mp.mpf) -> list[mp.mpf]:
    for degree in range(1, 20):
        found = interpolant(function, low, high, degree)
        grid = [low + (high - low) * mp.mpf(k) / 97 for k in range(98)]
        if max(abs(mp.polyval(found[::-1], x) - function(x)) for x in grid) < tolerance:
            return found
    sys.exit("no degree below 20 is enough")


def parts(value: mp.mpf, bits: int, count: int) -> list[mp.mpf]:
    """`count` parts of `bits` bits each, so that their product with a small integer is exact."""
    found = []
    for _ in range(count):
        exponent = int(mp.floor(mp.log(abs(value), 2))) + 1 - bits
        part = mp.floor(value / mp.mpf(2) ** exponent) * mp.mpf(2) ** exponent
        found.append(part)
        value -= part
    return [*found, value]


QUARTER = mp.pi / 4
HALF_LOG = mp.log(2) / 2
ATAN_END = (mp.sqrt(2) - 1) ** 2
LOG_END = ((mp.sqrt(2) - 1) / (mp.sqrt(2) + 1)) ** 2
# name, function, interval, size of the leading term over that of the polynomial's
SHAPES: list[tuple[str, Function, mp.mpf, mp.mpf, mp.mpf]] = [
    ("kExp", exp_rest, -HALF_LOG, HALF_LOG, mp.mpf(6)),
    ("kLog", log_rest, mp.mpf(0), LOG_END, 2 / LOG_END),
    ("kSin", odd(mp.sin), mp.mpf(0), QUARTER**2, 1 / QUARTER**2),
    ("kCos", even(mp.cos, -1), mp.mpf(0), QUARTER**2, mp.mpf("0.7") / QUARTER**4),
    ("kAsin", odd(mp.asin), mp.mpf(0), mp.mpf(1) / 4, mp.mpf(4)),
    ("kAtan", odd(mp.atan), mp.mpf(0), ATAN_END, 1 / ATAN_END),
    ("kSinh", odd(mp.sinh), mp.mpf(0), mp.mpf(1), mp.mpf(1)),
    ("kTanh", odd(mp.tanh), mp.mpf(0), mp.mpf(25) / 64, mp.mpf(64) / 25),
]


def array(name: str, values: list[mp.mpf], suffix: str, digits: int) -> str:
    numbers = ",\n        ".join(
        mp.nstr(v, digits, min_fixed=0, max_fixed=0) + suffix for v in values
    )
    return f"    static constexpr Real {name}[] = {{\n        {numbers}}};"


def table(real: str, bits: int) -> str:
    suffix, digits = ("", 21) if real == "double" else ("F", 12)
    half_pi = parts(mp.pi / 2, 33, 3) if real == "double" else parts(mp.pi / 2, 11, 4)
    log2 = parts(mp.log(2), 41, 1) if real == "double" else parts(mp.log(2), 15, 1)
    lines = [
        f"template <>\nstruct Coefficients<{real}> {{",
        f"    using Real = {real};",
        array("kHalfPi", half_pi, suffix, digits),
        array("kLog2", log2, suffix, digits),
    ]
    for name, function, low, high, slack in SHAPES:
        values = degree_for(function, low, high, slack * mp.mpf(2) ** (-bits - 4))
        lines.append(array(name, values, suffix, digits))
    return "\n".join([*lines, "};\n"])


def main() -> None:
    out = sys.stdout.write
    out("#pragma once\n\n// Printed by cpp/tools/elementary_coefficients.py.\n\n")
    out(
        "namespace monoidal::expression {\nnamespace {\n\n// clang-format off\n// NOLINTBEGIN(modernize-use-std-numbers): parts of log 2\n"
    )
    out("template <class T>\nstruct Coefficients;\n\n")
    out(table("double", 53) + "\n" + table("float", 24))
    out(
        "// NOLINTEND(modernize-use-std-numbers)\n// clang-format on\n\n}  // namespace\n}  // namespace monoidal::expression\n"
    )


if __name__ == "__main__":
    main()
