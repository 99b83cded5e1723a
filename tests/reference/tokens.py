"""Well-formed sequences of tokens, by recursive descent and by trying everything: slow, obvious."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

BINARY = {"add", "sub", "mul", "div", "pow", "min", "max"}


def after_formula(words: Sequence[str], at: int, leaves: set[str], *, values: bool) -> int | None:
    """Where the formula that begins at a place ends; None if none begins there."""
    if at >= len(words):
        return None
    word = words[at]
    if word in leaves or word.lstrip("-").isdecimal():
        return at + 1
    if word in {"+", "-"}:
        four = words[at : at + 4]
        is_number = (
            values
            and len(four) == 4
            and all(w.startswith("N") for w in four[1:3])
            and four[3].startswith("E")
        )
        return at + 4 if is_number else None
    if not word.isidentifier() or word[0] in "EN":
        return None
    for _ in range(2 if word in BINARY else 1):
        after = after_formula(words, at + 1, leaves, values=values)
        if after is None:
            return None
        at = after - 1
    return at + 1


def is_well_formed(
    words: Sequence[str], leaves: set[str], n_equations: int, *, values: bool
) -> bool:
    """So many formulas with | between them, then <end>."""
    at = 0
    for k in range(n_equations):
        after = after_formula(words, at, leaves, values=values)
        if after is None or after >= len(words):
            return False
        if words[after] != ("<end>" if k == n_equations - 1 else "|"):
            return False
        at = after + 1
    return at == len(words)


def every_sequence(words: Sequence[str], length: int) -> Iterator[tuple[str, ...]]:
    """All up to a length."""
    rows: list[tuple[str, ...]] = [()]
    for _ in range(length):
        rows = [(*row, word) for row in rows for word in words]
        yield from rows


def number_codes(value: float) -> tuple[int, int, int, int]:
    """Sign, mantissa in two halves, exponent plus 100, by way of a text."""
    if abs(value) < 1e-97:
        return 0, 0, 0, 100
    if abs(value) >= 9999e100:
        return int(math.copysign(1.0, value) < 0), 99, 99, 200
    mantissa, exponent = f"{abs(value):.3e}".split("e")
    digits = mantissa.replace(".", "")
    return int(value < 0), int(digits[:2]), int(digits[2:]), int(exponent) - 3 + 100
