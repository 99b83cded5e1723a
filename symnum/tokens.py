"""Formulas and numbers as sequences of tokens, and which token may follow which.

One vocabulary is made from the core's table of operations. A formula is written in prefix order,
so that a token's number of operands says all about what may stand after it: a `Grammar` allows
only what can still be finished within a length, and an ill-formed output is impossible.
"""

from __future__ import annotations

from symnum._neural.grammar import Grammar, State
from symnum._neural.numbers import N_CODES, number_codes, numbers_of
from symnum._neural.vocabulary import END, PAD, START, Vocabulary

__all__ = [
    "END",
    "N_CODES",
    "PAD",
    "START",
    "Grammar",
    "State",
    "Vocabulary",
    "number_codes",
    "numbers_of",
]
