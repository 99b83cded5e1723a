"""Derivations: what is right, what is wrong and why, and what is drawn."""

from __future__ import annotations

import runpy
import warnings
from pathlib import Path

import numpy as np
import pytest

from symnum import DomainError, Expression, ExpressionError, ParseError
from symnum.derivations import (
    PERTURBATIONS,
    RULES,
    Derivation,
    DerivationOptions,
    check_derivation,
    perturb,
    random_derivation,
)
from symnum.generate import generate_corpus

REFERENCE = runpy.run_path(str(Path(__file__).parents[1] / "reference" / "derivations.py"))

RIGHT = {
    "product rule": """
        premise: F = x*sin(x)
        differentiate 1 with x: D(F, x) = D(x*sin(x), x)
        evaluate 2: D(F, x) = sin(x) + x*cos(x)
    """,
    "symbols in symbols": """
        premise: F = x**2
        premise: G = sin(F)
        differentiate 2 with x: D(G, x) = D(sin(F), x)
        evaluate 3: D(G, x) = cos(F)*D(F, x)
        differentiate 1 with x: D(F, x) = D(x**2, x)
        evaluate 5: D(F, x) = 2*x
        substitute 4 6: D(G, x) = 2*x*cos(F)
    """,
    "fundamental theorem": """
        premise: F = exp(-x**2)
        integrate 1 with x, 0: I(F, x, 0) = I(exp(-x**2), x, 0)
        differentiate 2 with x: D(I(F, x, 0), x) = D(I(exp(-x**2), x, 0), x)
        evaluate 3: F = exp(-x**2)
    """,
    "antiderivatives": """
        premise: F = 3*x**2 + cos(2*x) - exp(x/3) + y/(x + 2)
        integrate 1 with x, 0: I(F, x, 0) = I(3*x**2 + cos(2*x) - exp(x/3) + y/(x + 2), x, 0)
        evaluate 2: I(F, x, 0) = x**3 + sin(2*x)/2 - 3*exp(x/3) + 3 + y*log(abs(x + 2)) - y*log(2)
    """,
    "partial derivative under an integral": """
        premise: F = exp(x**2*y)
        integrate 1 with x, 1: I(F, x, 1) = I(exp(x**2*y), x, 1)
        differentiate 2 with y: D(I(F, x, 1), y) = D(I(exp(x**2*y), x, 1), y)
        evaluate 3: I(D(F, y), x, 1) = I(x**2*exp(x**2*y), x, 1)
    """,
    "condition": """
        premise: x**2 + y**2 = 1
        subtract 1 with y**2: x**2 = 1 - y**2
        rename 2 with S: S = 1 - y**2
        substitute_back 2 3: x**2 = S
    """,
    "operations": """
        premise: T = a + b
        multiply 1 with a: T*a = (a + b)*a
        expand 2: a*T = a**2 + a*b
        divide 3 with T: a = (a**2 + a*b)/T
        swap 4: (a**2 + a*b)/T = a
        power 1 with 2: T**2 = (a + b)**2
        sin 1: sin(T) = sin(a + b)
        exp 1: exp(T) = exp(a + b)
        log 8: log(exp(T)) = log(exp(a + b))
        simplify 9: T = a + b
        cos 1: cos(T) = cos(a + b)
    """,
}


@pytest.mark.parametrize("text", RIGHT.values(), ids=RIGHT.keys())
def test_right_derivation_is_right_in_symbols_and_numbers(text: str) -> None:
    report = check_derivation(text)
    assert report.is_right, str(report)
    assert all(step.follows and step.holds is True for step in report.steps), str(report)
    assert "WRONG" not in str(report)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("evaluate 2: D(F, x) = x*cos(x)", "evaluate gives x*cos(x) + sin(x) on the right"),
        ("add 1 with y: F + y = x*sin(x)", "add gives"),
        ("add 1 with y: F = x*sin(x) + y", "on the left, not F"),
        ("differentiate 1 with y: D(F, x) = D(x*sin(x), x)", "on the left, not D(F, x)"),
        ("integrate 1 with x, 0: I(F, x, 1) = I(x*sin(x), x, 1)", "on the left"),
        ("power 1 with 2: F**2 = x**2*sin(x)", "on the right"),
        ("rename 1 with F: F = x*sin(x)", "'F', which stands for something else"),
        ("substitute 2 1: D(F, x) = x*sin(x)", "substitute gives"),
    ],
)
def test_wrong_step_says_what_its_rule_gives(line: str, reason: str) -> None:
    report = check_derivation(
        "premise: F = x*sin(x)\ndifferentiate 1 with x: D(F, x) = D(x*sin(x), x)\n" + line
    )
    assert report.wrong == (3,)
    assert reason in report.steps[2].reason, report.steps[2].reason


def test_numbers_find_what_no_rule_forbids() -> None:
    # The root of a square: the rule gives |x|, which is x where x is positive alone.
    report = check_derivation(
        "premise: x = -1\npower 1 with 2: x**2 = 1\npower 2 with 1/2: sqrt(x**2) = 1\n"
        "simplify 3: x = 1"
    )
    assert report.steps[2].holds is True
    assert report.wrong == (4,)
    assert report.steps[3].holds is False


def test_premises_that_nothing_fulfils_leave_numbers_undecided() -> None:
    report = check_derivation("premise: x**2 = -1\nadd 1 with 1: x**2 + 1 = 0")
    assert [step.holds for step in report.steps] == [None, None]
    assert report.is_right


@pytest.mark.parametrize(
    ("text", "kind", "message"),
    [
        ("premise F = x", ParseError, "step 1 is 'premise F = x', expected 'rule numbers"),
        ("premise: F = x = 2", ParseError, "step 1 claims 'F = x = 2', expected one '='"),
        ("premise: F = sin(x", ParseError, r"step 1 claims .*column"),
        ("premise: F = D(x)", ParseError, r"D has 1 arguments, expected D\(f, x\)"),
        ("premise: F = D(x, 2)", ParseError, r"D is by '2', expected a variable"),
        ("premise: F = I(x, x, y)", ParseError, "I begins at 'y', expected a number"),
        ("premise: F = D(x, x", ParseError, "never closed"),
        ("premise: F = op__0", ParseError, "kept for inner use"),
        ("premise: F = x.__class__", ParseError, "column"),
        ("premise: F = " + "D(" * 60 + "x" + ", x)" * 60, ParseError, "over 40 deep"),
        ("premise: F = " + "x + " * 6000 + "x", ParseError, "characters, at most 20000"),
        (
            "premise: F = x\nguess 1: F = x",
            ExpressionError,
            "rule 'guess', expected premise or one",
        ),
        (
            "premise: F = x\nsin 2: F = x",
            ExpressionError,
            "step 2 reads step 2, expected one of the 1",
        ),
        ("premise: F = x\nadd 1: F = x", ExpressionError, "1 equations with an expression, got 1"),
        ("premise: F = x\nsubstitute 1: F = x", ExpressionError, "reads 2 equations with no arg"),
        ("premise 1: F = x", ExpressionError, "is a premise, expected no numbers"),
        ("", ExpressionError, "0 steps"),
        ("premise: F = x\n" * 201, ExpressionError, "201 steps, at most 200"),
    ],
)
def test_what_is_no_derivation_is_refused_by_step(
    text: str, kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind, match=message):
        check_derivation(text)


def close(equation: str, definitions: dict[str, str]) -> bool | None:
    """By the slow reference, at a few points where both sides have numbers."""
    left, right = equation.split("=")
    rng = np.random.default_rng(0)
    decided = None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in range(4):
            at = {name: float(rng.uniform(0.4, 1.6)) for name in "xytabr"}
            try:
                a, b = (REFERENCE["value"](side, at, definitions) for side in (left, right))
            except (ValueError, ArithmeticError):
                continue
            if not np.isfinite([a, b]).all():
                continue
            if not abs(a - b) <= 1e-3 * (1 + abs(a) + abs(b)):
                return False
            decided = True
    return decided


def test_drawn_derivations_hold_by_the_slow_reference() -> None:
    decided = 0
    for k in range(40):
        drawn = random_derivation(seed=1, item=k)
        assert 4 <= len(drawn) <= 9
        definitions = {}
        for step in drawn.steps:
            if step.rule in {"premise", "rename"}:
                name, definition = step.equation.split(" = ")
                definitions[name] = definition
            if step.equation.count("D(") < 2 and step.equation.count("I(") < 3:
                found = close(step.equation, definitions)
                assert found is not False, f"{drawn}\n-- {step}"
                decided += found is True
    assert decided > 100


def test_drawn_derivations_are_right_and_use_every_rule() -> None:
    rules = set()
    for k in range(60):
        drawn = random_derivation(seed=0, item=k)
        assert drawn.check().is_right
        assert Derivation.from_text(str(drawn)) == drawn
        rules |= {step.rule for step in drawn.steps}
    assert rules >= set(RULES) - {"simplify", "swap"}


@pytest.mark.parametrize("how", PERTURBATIONS)
def test_perturbation_keeps_or_breaks_what_it_says(how: str) -> None:
    changed = 0
    for k in range(16):
        drawn = random_derivation(seed=2, item=k)
        other = perturb(drawn, how, seed=0, item=k)
        if other is None:
            continue
        changed += 1
        assert other != drawn
        assert other.check().is_right == PERTURBATIONS[how], f"{drawn}\n--\n{other.check()}"
        assert perturb(drawn, how, seed=0, item=k) == other
    assert changed >= 5


def test_perturbation_of_another_name_is_refused() -> None:
    with pytest.raises(DomainError, match="how is 'reverse', expected one of rename_variables"):
        perturb(random_derivation(seed=0), "reverse", seed=0)
    with pytest.raises(DomainError, match="max_steps is 3, expected 4 to 50"):
        random_derivation(seed=0, max_steps=3)


def test_corpus_of_derivations_has_none_twice_and_none_excluded() -> None:
    options = DerivationOptions(max_steps=5)
    plain = generate_corpus(options, 12, seed=0)
    assert len({str(plain.derivation(k)) for k in range(12)}) == 12
    premises = [
        Expression(step.equation.split("=")[1])
        for k in range(12)
        for step in plain.derivation(k).steps
        if step.rule == "premise"
    ]
    excluded = [f for f in premises if f.complexity > 5][:3]
    corpus = generate_corpus(options, 12, seed=0, exclude=excluded)
    assert corpus.arrays["item"].tolist() != plain.arrays["item"].tolist()
    for k in range(12):
        for step in corpus.derivation(k).steps:
            if step.rule == "premise":
                assert Expression(step.equation.split("=")[1]) not in excluded
