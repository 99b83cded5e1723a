"""Units: how they are read, and laws that keep to them."""

from __future__ import annotations

import numpy as np
import pytest

import symnum
from symnum import DomainError, ParseError, ShapeError, SymbolicRegressor
from symnum._core import expression as core
from symnum._regression.dimensions import Dimensions
from symnum._regression.leaves import basis_groups, monomials, prefactors
from symnum.units import Unit, parse_unit, pi_groups

RNG = np.random.default_rng(5)


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("J/(kg K)", "m^2 s^-2 K^-1"),
        ("m2 s-2", "m**2/s**2"),
        ("N m^2/kg^2", "kg^-1 m^3 s^-2"),
        ("kPa", "1000 Pa"),
        ("V A", "W"),
        ("", "1"),
        ("rad/s", "Hz"),
        ("m^(1/2)", "m^0.5"),
        ("km/h", "km h^-1"),
        ("µm", "um"),
        ("[USD]/[cell]", "[USD] [cell]^-1"),
    ],
)
def test_two_ways_of_writing_a_unit_are_equal(text: str, same: str) -> None:
    one = parse_unit(text)
    other = parse_unit(same.replace("1000 Pa", "Pa"))
    assert one.exponents == other.exponents
    assert one.factor == pytest.approx(other.factor * (1000 if same.startswith("1000") else 1))


@pytest.mark.parametrize(
    ("text", "column"),
    [("kgg", 1), ("m^", 3), ("m//s", 3), ("(m", 3), ("m^(1/0)", 7), ("m$", 2), ("m^1000", 3)],
)
def test_what_is_no_unit_is_refused_with_its_column(text: str, column: int) -> None:
    with pytest.raises(ParseError) as caught:
        parse_unit(text)
    assert caught.value.column == column


def test_a_very_long_unit_is_refused() -> None:
    with pytest.raises(ParseError, match="at most 200"):
        parse_unit("m " * 1_000)


def test_groups_are_pure_numbers_and_as_many_as_the_rank_leaves() -> None:
    units = ["kg/m^3", "m/s", "m", "Pa s", "m/s^2", "rad"]
    groups = pi_groups(units)
    assert len(groups) == len(units) - 3
    for powers in groups:
        unit = Unit({})
        for text, power in zip(units, powers, strict=True):
            unit = unit * parse_unit(text) ** power
        assert not unit.exponents


def test_leaves_of_a_search_have_the_units_that_they_are_for() -> None:
    dimensions = Dimensions.of(["m", "m", "m/s", "m/s^2", "kg"], "J", list("abcde"))
    assert dimensions is not None
    pure = (0,) * 3
    assert all(dimensions.kind(p) == pure for p in basis_groups(dimensions))
    assert len(basis_groups(dimensions)) == 2
    assert all(dimensions.allow(p) for p in prefactors(dimensions))
    assert all(isinstance(dimensions.kind(p), tuple) for p in monomials(dimensions))


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("a + b", True),
        ("a + c", False),
        ("2*a + 0*c", True),
        ("c*sin(a/b)", False),
        ("a*sin(a/b)", True),
        ("sqrt(a**2 + b**2)", True),
        ("a*exp(c)", False),
        ("a**(3/2)/b**(1/2)", True),
        ("a*(a/b)**0.37", True),
        ("a**0.37*b**0.63", False),
        ("max(a, b)", True),
        ("c*d", True),
    ],
)
def test_formulas_of_other_units_are_not_allowed(text: str, *, allowed: bool) -> None:
    dimensions = Dimensions.of(["m", "m", "m/s", "s"], "m", list("abcd"))
    assert dimensions is not None
    program, _ = core.parse(text, list("abcd"), [])
    assert dimensions.allow(program) is allowed


def regressor(**options: object) -> SymbolicRegressor:
    return SymbolicRegressor(
        **{"timeout_in_seconds": 60, "table_size": 20_000, "random_state": 0} | options
    )


def test_a_law_with_units_is_found_and_all_formulas_keep_to_them() -> None:
    x = RNG.uniform(1.0, 4.0, (150, 5))
    n, mu, b, k, t = x.T
    y = n / (np.exp(mu * b / (k * t)) + np.exp(-mu * b / (k * t)))
    units = ["1/m^3", "J/T", "T", "J/K", "K"]
    model = regressor().fit(x, y, X_units=units, y_units="m^-3")
    assert model.is_exact_
    dimensions = Dimensions.of(units, "m^-3", [f"x{k}" for k in range(5)])
    assert dimensions is not None
    rest = [row for row in model.archive_ if row.complexity > 1]
    assert all(dimensions.allow(row.expression._program) for row in rest)


def test_units_are_given_by_name_or_as_exponents() -> None:
    x = RNG.uniform(1.0, 4.0, (60, 2))
    y = 0.5 * x[:, 0] * x[:, 1] ** 2
    by_name = regressor(table_size=500).fit(
        x, y, variable_names=["m", "v"], X_units={"m": "kg", "v": "m/s"}, y_units="J"
    )
    assert by_name.expression() == symnum.Expression("m*v**2/2")
    listed = regressor(table_size=500).fit(
        x, y, X_units=[[0, 0, 1], [1, -1, 0]], y_units=[2, -2, 1]
    )
    assert listed.is_exact_


@pytest.mark.parametrize(
    ("x_units", "y_units", "error", "message"),
    [
        (["m", "kgg"], "m", ParseError, "X_units of column 'x1': unit 'kgg'"),
        (["m"], "m", ShapeError, "X_units has 1 units, expected 2"),
        ({"z": "m"}, "m", ShapeError, "X_units has 'z', expected among x0, x1"),
        ("m", "m", ShapeError, "X_units is 'm'"),
        (["m", "s"], "kg", DomainError, r"no column has kg \(columns: x0 \[m\], x1 \[s\]\)"),
        (["m/s", "1"], "m", DomainError, "no product of powers of columns has them"),
        (["m", "km"], "m", DomainError, r"units of 'x1' \(m\) differ .* factor of 1000"),
        (["m", object()], "m", ParseError, "X_units of column 'x1'"),
    ],
)
def test_wrong_units_are_named_with_their_column(
    x_units: object, y_units: object, error: type[Exception], message: str
) -> None:
    x = RNG.uniform(1.0, 4.0, (20, 2))
    with pytest.raises(error, match=message):
        regressor().fit(x, x[:, 0], X_units=x_units, y_units=y_units)


def test_a_constant_column_may_carry_units() -> None:
    h = RNG.uniform(1.0, 40.0, 80)
    x = np.column_stack([h, np.full(80, 9.81)])
    model = regressor(table_size=2_000).fit(
        x, np.sqrt(2 * h / 9.81), X_units=["m", "m/s^2"], y_units="s"
    )
    np.testing.assert_allclose(model.predict(x), np.sqrt(2 * h / 9.81), rtol=1e-9)
