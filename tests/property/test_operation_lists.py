"""Lists of operations, whatever they hold, are refused by the core or run: nothing else happens."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from qnlp._core import circuit as core
from qnlp._core import state_vector
from qnlp.errors import QnlpError

REFUSED = (QnlpError, TypeError, ValueError, OverflowError)
NAMES = [row[0] for row in core.GATES]

numbers = st.one_of(st.integers(-2, 4), st.sampled_from([2**31 - 1, 2**31, 2**32, 2**64, -(2**63)]))
names = st.one_of(st.sampled_from(NAMES), st.text(max_size=6))
qubits = st.lists(numbers, max_size=4)
angles = st.one_of(st.floats(), st.sampled_from([0.0, 0.25, 1e308, 5e-324]))
gates = st.tuples(names, qubits, numbers, angles, angles)
plausible = st.tuples(
    st.sampled_from(NAMES),
    st.permutations(range(3)).map(lambda q: q[:2]),
    st.just(-1),
    angles,
    angles,
)
operations = st.lists(st.one_of(gates, plausible), max_size=4)
sizes = st.one_of(st.integers(-1, 5), st.sampled_from([63, 64, 65, 2**31, 2**32]))


@given(sizes, operations, qubits, qubits, numbers, angles)
def test_a_circuit_of_any_operations_is_refused_by_number_or_runs(
    n: int, rows: Any, inputs: Any, outputs: Any, n_parameters: int, factor: float
) -> None:
    try:
        made = core.Circuit(n, rows, inputs, outputs, n_parameters, factor)
    except REFUSED:
        return
    assert made.n_qubits == n
    assert all(name in NAMES and all(0 <= q < n for q in on) for name, on, *_ in rows)


matrices = st.one_of(st.none(), st.integers(0, 20).map(lambda k: np.arange(k, dtype=np.complex128)))
evolved = st.lists(st.tuples(names, qubits, numbers, angles, angles, qubits, matrices), max_size=4)


@given(sizes, evolved, st.integers(-1, 3))
def test_an_evolution_of_any_operations_is_refused_by_number_or_runs(
    n: int, rows: Any, n_parameters: int
) -> None:
    try:
        made = state_vector.Evolution(n, rows, n_parameters)
        state = state_vector.State(n, False, 2**20)
        state.evolve(made, np.zeros(max(0, n_parameters)))
    except REFUSED:
        return
    except MemoryError:
        assert n > 15
        return
    assert all(0 <= q < n for row in rows for q in row[1])
