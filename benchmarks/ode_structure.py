"""Whether a found system has the structure of the true one, whatever its algebra.

A right-hand side has it where its form, with every number but the integer exponents free, holds the
true function (fitted from the found numbers, it leaves under 1e-5 of the function's spread on the
trajectories from both initial values), and has no more numbers than the true one when both are
multiplied out. A missing or a wrong term fails the first, a spurious one the second.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy

from symnum import Expression
from symnum.errors import SymnumError


def _numbers_in(term: Any) -> int:
    """A term's coefficient, and the numbers inside it that are not integer exponents."""
    _, rest = term.as_coeff_Mul()
    inside = {n for n in rest.atoms(sympy.Number) if not n.is_Integer}
    inside |= {n for n in rest.atoms(sympy.Number) if n.is_Integer and _is_offset(rest, n)}
    return 1 + len(inside)


def _is_offset(expression: Any, number: Any) -> bool:
    return abs(number) != 1 and any(number in a.args for a in expression.atoms(sympy.Add))


def n_numbers(formula: Any) -> int:
    """Numbers of a formula, multiplied out."""
    return sum(_numbers_in(t) for t in sympy.Add.make_args(sympy.expand(formula)) if t != 0)


def freed(formula: Any, names: list[str]) -> Expression:
    """The same with every coefficient and every number inside that is no integer a constant."""
    text = " + ".join(_free_term(t) for t in sympy.Add.make_args(formula) if t != 0)
    return Expression(text or "0", names)


def _free_term(term: Any) -> str:
    coefficient, rest = term.as_coeff_Mul()
    rest = rest.xreplace(
        {n: sympy.Float(n, 17) for n in rest.atoms(sympy.Rational) if not n.is_Integer}
    )
    if rest == 1:
        return f"({float(coefficient)!r})"
    inner = str(Expression.from_sympy(rest)) if rest.free_symbols else repr(float(rest))
    return f"({float(coefficient)!r})*({inner})"


def holds(formula: Any, names: list[str], points: Any, truth: Any) -> bool:
    """Whether the form of a formula holds the true function's values."""
    spread = float(np.std(truth)) or float(np.max(np.abs(truth))) or 1.0
    for form in {sympy.expand(formula), formula}:
        try:
            expression = freed(form, names)
            if len(expression.constants) == 0:
                rest = np.atleast_1d(expression.evaluate(points)) - truth
                cost = float(np.sum(np.square(np.broadcast_to(rest, np.shape(truth)))))
            else:
                cost = expression.fit(points, truth, max_iterations=300, n_starts=8, seed=0).cost
        except (SymnumError, ValueError, ArithmeticError):
            continue
        if np.sqrt(cost / len(truth)) < 1e-5 * spread:
            return True
    return False


def is_same(found: Any, true: Any, names: list[str], points: Any) -> bool:
    """Both SymPy formulas over symbols with those names; `points` (n_points, n_states)."""
    symbols = [sympy.Symbol(n) for n in names]
    truth = np.asarray(sympy.lambdify(symbols, true, "numpy")(*points.T), np.float64)
    truth = np.broadcast_to(truth, len(points)).copy()
    if n_numbers(found) > n_numbers(true):
        return False
    return holds(found, names, points, truth)
