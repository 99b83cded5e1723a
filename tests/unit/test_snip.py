"""Formulas and data in one space, and properties of functions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from symnum import DomainError, Expression, ExpressionError, ShapeError
from symnum.snip import SNIP, function_property, retrieval

CONFIGS = Path(__file__).parents[2] / "symnum" / "configs"
X = np.linspace(-1.0, 1.0, 101)


@pytest.mark.parametrize(
    ("name", "y", "expected"),
    [
        ("ncr", X**2, 0.0),
        ("ncr", 3 * X + 1, 0.0),
        ("ncr", -(X**2), 1.0),
        ("upwardness", X, 100 / 101),
        ("upwardness", -5 * X, -100 / 101),
        ("upwardness", X**2, 0.0),
        ("oscillation", X, 0.0),
        ("oscillation", X**2, np.log(2)),
        ("oscillation", np.sin(7 * np.pi * X), np.log(15)),
        ("average", X, 0.5),
        ("average", 7 * X + 3, 0.5),
        ("average", np.zeros(101), 0.0),
    ],
)
def test_property_is_that_of_its_definition(name: str, y: np.ndarray, expected: float) -> None:
    order = np.random.default_rng(0).permutation(101)
    assert function_property(X[order], y[order], name) == pytest.approx(expected, abs=1e-12)


def test_non_convexity_is_near_that_of_all_triples() -> None:
    y = X**3
    i, j, k = (v.ravel() for v in np.meshgrid(*[np.arange(101)] * 3))
    there = (i < j) & (j < k)
    i, j, k = i[there], j[there], k[there]
    line = y[i] + (X[j] - X[i]) / (X[k] - X[i]) * (y[k] - y[i])
    every = 1 - np.mean(y[j] <= line + 1e-9)
    assert function_property(X, y, "ncr") == pytest.approx(every, abs=0.06)


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda: function_property(X, X, "slope"), DomainError, "name is 'slope', expected one of"),
        (lambda: function_property(X, X[1:], "ncr"), ShapeError, "have 101 and 100 numbers"),
        (lambda: function_property([1, 2], [1, 2], "ncr"), ShapeError, "at least 3"),
        (lambda: retrieval(np.eye(2), np.eye(3)), ShapeError, r"shapes \(2, 2\) and \(3, 3\)"),
    ],
)
def test_wrong_call_is_named(call: object, kind: type, message: str) -> None:
    with pytest.raises(kind, match=message):
        call()


def test_retrieval_counts_both_ways() -> None:
    points = np.eye(4)
    formulas = np.array([[1.0, 0, 0, 0], [0.9, 1, 0, 0], [0, 0, 0, 1], [0, 0, 0.5, 0.6]])
    assert retrieval(points, formulas) == (0.5, 0.75)
    assert retrieval(points, formulas, k=2) == (1.0, 1.0)


@pytest.fixture(scope="module")
def snip(tmp_path_factory: pytest.TempPathFactory) -> SNIP:
    """A model that was trained for some seconds."""
    pytest.importorskip("torch")
    pytest.importorskip("accelerate")
    from symnum._neural.command import run

    folder = tmp_path_factory.mktemp("snip")
    found = run("snip", CONFIGS / "snip-tiny.toml", folder / "run", export=folder / "weights")
    assert found["record"]["held_out_loss"] < np.log(256) - 0.1
    return SNIP(folder / "weights")


def test_latents_have_length_1_and_do_not_depend_on_the_batch(snip: SNIP) -> None:
    x = np.random.default_rng(0).normal(size=(3, 20, 1))
    latents = snip.embed_data(x, np.sin(x[..., 0]))
    assert latents.shape == (3, snip.n_dimensions)
    np.testing.assert_allclose(np.linalg.norm(latents, axis=1), 1.0, rtol=1e-5)
    np.testing.assert_allclose(snip.embed_data(x[1], np.sin(x[1, :, 0])), latents[1], atol=1e-5)
    formulas = [Expression("sin(x0)"), Expression("2.5*x0 + 1.5*x0**2"), Expression("exp(x)")]
    together = snip.embed_expression(formulas)
    for formula, latent in zip(formulas, together, strict=True):
        np.testing.assert_allclose(snip.embed_expression(formula), latent, atol=1e-5)


def test_similar_expressions_are_ranked(snip: SNIP) -> None:
    x = np.linspace(1, 4, 30)[:, None]
    found = snip.similar_expressions(x, x[:, 0] ** 2, n=5)
    assert len(found) == 5
    assert [s for _, s in found] == sorted((s for _, s in found), reverse=True)
    among = [Expression("x0"), Expression("cos(3*x0)")]
    assert {str(f) for f, _ in snip.similar_expressions(x, x[:, 0], among=among)} == {
        "x0",
        "cos(3*x0)",
    }


def test_neighbours_are_proposed_with_fitted_constants(snip: SNIP) -> None:
    x = np.linspace(1, 4, 30)[:, None]
    y = 2.5 * x[:, 0] + 0.5
    found = snip.propose(x, y)
    assert 1 <= len(found) <= 10
    errors = [np.mean((f.evaluate(x) - y) ** 2) for f in found]
    assert min(errors) < 0.2 * y.var()
    assert snip.propose(np.ones((5, 2)), np.ones(5)) == []


def test_property_is_predicted_from_the_latent(snip: SNIP) -> None:
    r2 = snip.fit_property("upwardness", n_labels=300)
    assert r2 > 0.05
    rising, falling = (snip.predict_property(X, y, "upwardness") for y in (X, -X))
    assert rising > falling


def test_what_the_model_cannot_read_is_named(snip: SNIP) -> None:
    with pytest.raises(ShapeError, match="x has 2 variables, expected at most 1"):
        snip.embed_data(np.ones((5, 2)), np.ones(5))
    with pytest.raises(ShapeError, match=r"shapes \(5,\) and \(5,\)"):
        snip.embed_data(np.ones(5), np.ones(5))
    with pytest.raises(ExpressionError, match="variable"):
        snip.embed_expression(Expression("a*b"))
    with pytest.raises(ShapeError, match="among has 0 formulas"):
        snip.similar_expressions(np.ones((5, 1)), np.ones(5), among=[])
    with pytest.raises(DomainError, match="n_labels is 3"):
        snip.fit_property("ncr", n_labels=3)
