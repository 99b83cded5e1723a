"""Causal models: surgery, disintegration, and effects that the observed distribution gives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qnlp.causal import CausalGraph, cut, disintegrate
from qnlp.errors import DiagramError, DomainError, ShapeError
from qnlp.stochastic import StochasticFunctor

SMOKING = CausalGraph({"S": ["H"], "T": ["S"], "C": ["T", "H"], "H": []}, hidden=["H"])

# Jacobs, Kissinger, Zanasi, arXiv:1811.08338: P(C=1 given S), P(C=1 do S) for S = 0, 1.
TABLES = [
    ([0.5, 0.1, 0.01, 0.02, 0.1, 0.05, 0.02, 0.2], (0.190476, 0.675676), (0.253478, 0.542297)),
    ([0.14, 0.05, 0.16, 0.05, 0.1, 0.21, 0.1, 0.19], (0.25, 0.666667), (0.499444, 0.500418)),
    ([0.3, 0.05, 0.2, 0.05, 0.05, 0.05, 0.25, 0.05], (0.166667, 0.25), (0.244444, 0.211429)),
]


@pytest.mark.parametrize(("omega", "observed", "done"), TABLES)
def test_the_published_tables_come_out(omega: Any, observed: Any, done: Any) -> None:
    values = np.reshape(omega, (2, 2, 2))
    _, given_s = disintegrate(values.sum(axis=1))
    np.testing.assert_allclose(given_s[:, 1], observed, rtol=0, atol=1e-6)
    effect = SMOKING.interventional(values, "S").sum(axis=1)
    np.testing.assert_allclose(effect[:, 1], done, rtol=0, atol=1e-6)


def random_graph(data: st.DataObject) -> CausalGraph:
    names = "ABCD"[: data.draw(st.integers(2, 4))]
    parents: dict[str, list[str]] = {"U": [], "V": []}
    for k, name in enumerate(names):
        parents[name] = data.draw(st.lists(st.sampled_from([*names[:k], "U", "V"]), unique=True))
    return CausalGraph(parents, hidden=["U", "V"])


def random_arrays(graph: CausalGraph, seed: int) -> tuple[dict[str, int], dict[str, Any]]:
    rng = np.random.default_rng(seed)
    dimension = {name: int(rng.integers(2, 4)) for name in graph.parents}
    arrays = {}
    for name, causes in graph.parents.items():
        shape = [dimension[c] for c in causes]
        flat = rng.dirichlet(np.full(dimension[name], 2.0), size=int(np.prod(shape, dtype=int)))
        arrays[name] = flat.reshape([*shape, dimension[name]])
    return dimension, arrays


@settings(max_examples=60)
@given(st.data(), st.integers(0, 10**6))
def test_an_identified_effect_is_that_of_surgery_on_the_whole_model(
    data: st.DataObject, seed: int
) -> None:
    graph = random_graph(data)
    variable = data.draw(st.sampled_from(graph.observed))
    dimension, arrays = random_arrays(graph, seed)
    omega = StochasticFunctor(dimension, arrays)(graph.diagram())
    np.testing.assert_allclose(omega.sum(), 1, atol=1e-12)
    if not graph.is_identifiable(variable):
        with pytest.raises(DomainError, match="not identifiable"):
            graph.interventional(omega, variable)
        return
    effect = graph.interventional(omega, variable)
    axis = graph.observed.index(variable)
    surgery = cut(graph.diagram(), variable)
    for value in range(dimension[variable]):
        state = np.eye(dimension[variable])[value]
        known = StochasticFunctor(dimension, {**arrays, f"do({variable})": state})(surgery)
        expected = known.sum(axis=axis)
        np.testing.assert_allclose(effect.take(value, axis), expected, rtol=0, atol=1e-9)


def test_what_is_not_unique_or_not_identifiable_is_refused() -> None:
    values = np.reshape(TABLES[0][0], (2, 2, 2)).copy()
    bow = CausalGraph({"S": ["H"], "C": ["S", "H"], "H": []}, hidden=["H"])
    assert not bow.is_identifiable("S")
    with pytest.raises(DomainError, match="join it to its effect 'C'"):
        bow.interventional(values.sum(axis=1), "S")
    values[0, 0, 0] += values[1, 1, 1]
    values[1, 1, 1] = 0
    with pytest.raises(DomainError, match=r"full support, and is zero at \(1, 1, 1\)"):
        SMOKING.interventional(values, "S")
    with pytest.raises(DomainError, match="must be a distribution"):
        SMOKING.interventional(values * 2, "S")
    with pytest.raises(ShapeError, match="omega has 1 axes"):
        SMOKING.interventional([1.0], "S")
    with pytest.raises(DomainError, match="full support"):
        disintegrate([[0.0, 0.0], [0.5, 0.5]])


@pytest.mark.parametrize(
    ("parents", "hidden", "message"),
    [
        ({"A": ["B"], "B": ["A"]}, [], "causes run in a circle"),
        ({"A": ["B"]}, [], "which is not there"),
        ({"A": ["H"], "H": ["A"]}, ["H"], "have no causes"),
        ({"A": []}, ["H"], "must be there"),
    ],
)
def test_graphs_that_are_none_are_refused(parents: Any, hidden: Any, message: str) -> None:
    with pytest.raises(DiagramError, match=message):
        CausalGraph(parents, hidden)
    with pytest.raises(DiagramError, match="is not observed"):
        SMOKING.interventional(np.full((2, 2, 2), 1 / 8), "H")
    with pytest.raises(DiagramError, match="no box 'X' to cut out"):
        cut(SMOKING.diagram(), "X")
