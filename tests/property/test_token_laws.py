"""Laws of tokens: what a mask lets through is well formed, and comes back as it was."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from symnum.tokens import PAD, Grammar, Vocabulary, number_codes, numbers_of

VOCABULARIES = [Vocabulary(("x", "y", "t")), Vocabulary(("x0",), numbers=False)]


@given(st.integers(0, 2**32 - 1), st.integers(0, 1), st.integers(1, 4), st.integers(0, 60))
def test_random_walk_through_the_masks_is_a_system_of_formulas(
    seed: int, which: int, n_equations: int, more: int
) -> None:
    vocabulary = VOCABULARIES[which]
    rng = np.random.default_rng(seed)
    longest = 2 * n_equations + more
    grammar = Grammar(vocabulary, n_equations=n_equations, max_length=longest)
    state = grammar.begin(6)
    rows = []
    while not state.done.all():
        mask = grammar.allowed(state)
        assert mask.any(1).all()
        # Favour operations, so that the length is what ends a walk.
        weight = mask * (
            1.0 + 20.0 * np.isin(np.arange(len(vocabulary)), vocabulary.places("operation"))
        )
        tokens = np.argmax(np.log(np.maximum(weight, 1e-300)) + rng.gumbel(size=mask.shape), 1)
        state = grammar.advance(state, tokens)
        rows.append(tokens)
    for row in np.array(rows).T:
        tokens = row[row != PAD]
        assert len(tokens) <= longest
        system = vocabulary.decode(tokens)
        assert len(system) == n_equations
        again = vocabulary.decode(vocabulary.encode(system))
        assert [str(f) for f in again] == [str(f) for f in system]


@given(st.floats(-1e110, 1e110), st.integers(-120, 0))
def test_number_is_near_its_codes_and_these_stay(value: float, exponent: int) -> None:
    value *= 10.0**exponent
    codes = number_codes(value)
    near = numbers_of(codes)
    np.testing.assert_array_equal(number_codes(near), codes)
    if 1e-97 <= abs(value) <= 9999e100:
        np.testing.assert_allclose(near, value, rtol=5.001e-4)
