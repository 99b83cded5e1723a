"""Formulas that no corpus may hold, up to algebra, constants and names of variables."""

from __future__ import annotations

import json
import warnings
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from itertools import permutations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from symnum._core import expression as core
from symnum._core import generate as core_generate
from symnum.errors import ExpressionError, ParseError
from symnum.expression import Expression

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from os import PathLike

    from numpy.typing import NDArray

_KEYS = (
    "formula", "formula_sympy", "equation", "equation_sympy", "equations_sympy", "expression"
)  # fmt: skip


@cache
def _functions() -> dict[str, Expression]:
    """Functions of SymPy that are others here."""
    known = {"Abs": "abs(u)", "cot": "1/tan(u)", "sec": "1/cos(u)", "csc": "1/sin(u)"}
    return {name: Expression(text) for name, text in known.items()}


@dataclass(frozen=True)
class Exclusion:
    """Hashes of formulas, over every order of their variables."""

    skeletons: NDArray[np.uint64]
    fingerprints: NDArray[np.uint64]
    n_formulas: int
    digest: str

    def holds(self, arrays: dict[str, NDArray[Any]]) -> NDArray[np.bool_]:
        """Which functions equal one of the formulas."""
        return np.isin(arrays["skeleton"], self.skeletons) | np.isin(
            arrays["fingerprint"], self.fingerprints
        )

    def holds_formula(self, formula: Expression) -> bool:
        """Whether the formula equals one of them."""
        form = formula._key[2]
        return bool(
            np.isin(np.uint64(core_generate.skeleton(form)), self.skeletons)
            or np.isin(np.uint64(core.fingerprint(form)), self.fingerprints)
        )


def exclusion(formulas: Iterable[Expression], max_variables: int) -> Exclusion:
    """Of formulas; one with more variables than a corpus has needs no hashes."""
    skeletons: set[int] = set()
    prints: set[int] = set()
    count = 0
    for formula in formulas:
        count += 1
        _, names, form = formula._key
        if not 0 < len(names) <= max_variables:
            continue
        for order in permutations(range(len(names))):
            builder = core.Builder(len(names))
            places = [builder.variable(k) for k in order]
            renamed = core.canonical(builder.build(builder.insert(form, places)))
            skeletons.add(core_generate.skeleton(renamed))
            prints.add(core.fingerprint(renamed))
    # 0 is the fingerprint of what is finite nowhere: it tells nothing.
    prints.discard(0)
    sorted_skeletons = np.array(sorted(skeletons), np.uint64)
    sorted_prints = np.array(sorted(prints), np.uint64)
    digest = sha256(sorted_skeletons.tobytes() + sorted_prints.tobytes()).hexdigest()
    return Exclusion(sorted_skeletons, sorted_prints, count, digest)


def read_problems(path: str | PathLike[str]) -> list[Expression]:
    """Read `path`: see `symnum.generate.read_problems`."""
    file = Path(path)
    text = file.read_text(encoding="utf-8")
    if file.suffix == ".json":
        try:
            content = json.loads(text)
        except ValueError as error:
            message = f"{file} is not JSON: {error}"
            raise ExpressionError(message) from error
        found = list(_formulas(content))
    else:
        lines = (line.strip() for line in text.splitlines())
        found = [line for line in lines if line and not line.startswith("#")]
    if not found:
        message = f"{file} has no formulas, expected one a line, or JSON with {', '.join(_KEYS)}"
        raise ExpressionError(message)
    read = [_parsed(file, formula) for formula in found]
    return [formula for formula in read if formula is not None]


def _parsed(file: Path, formula: str) -> Expression | None:
    """The formula; None, with a warning, where it has a function that no corpus has."""
    _, _, side = formula.rpartition("=")
    try:
        return Expression(side, functions=_functions())
    except ParseError as error:
        if "unknown function" in str(error):
            message = f"{file}: formula {formula!r} is left out, as no corpus can hold it: {error}"
            warnings.warn(message, UserWarning, stacklevel=4)
            return None
        message = f"{file}: formula {formula!r}: {error}"
        raise ExpressionError(message) from error


def _formulas(content: Any) -> Iterator[str]:
    """What stands under a key that means a formula, at any depth."""
    todo = [content]
    while todo:
        item = todo.pop()
        if isinstance(item, list):
            todo.extend(item)
        elif isinstance(item, dict):
            for key, value in item.items():
                if key not in _KEYS:
                    todo.append(value)
                elif isinstance(value, str):
                    yield value
                elif isinstance(value, list):
                    yield from (v for v in value if isinstance(v, str))
