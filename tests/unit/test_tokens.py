"""Formulas and numbers as tokens: what is written, what is refused, what may follow."""

from __future__ import annotations

import itertools
import runpy
from pathlib import Path

import numpy as np
import pytest

from symnum import DomainError, Expression, ExpressionError, ParseError, ShapeError, TooLargeError
from symnum._core import expression as core
from symnum.generate import generate_functions
from symnum.tokens import (
    END,
    N_CODES,
    PAD,
    START,
    Grammar,
    Vocabulary,
    number_codes,
    numbers_of,
)

REFERENCE = runpy.run_path(str(Path(__file__).parents[1] / "reference" / "tokens.py"))
XY = Vocabulary(("x", "y"))


def test_every_operation_of_the_core_has_a_token() -> None:
    names = {name for name, arity, _, _ in core.OPERATIONS if arity or name == "pi"}
    assert {XY.words[k] for k in XY.places("operation")} == names
    assert len(set(XY.words) - names) == len(XY) - len(names)


def test_special_tokens_come_first() -> None:
    assert (XY.words[PAD], XY.words[START], XY.words[END]) == ("<pad>", "<start>", "<end>")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x*y + 3", "add mul x y 3 <end>"),
        ("-x", "neg x <end>"),
        ("pi*x**2", "mul pi pow2 x <end>"),
        ("x/0.125", "div x + N12 N50 E-4 <end>"),
        ("x - 1234567", "sub x + N12 N35 E3 <end>"),
        ("x - 10", "sub x 10 <end>"),
        ("max(x, -6.02e23)", "max x - N60 N20 E20 <end>"),
    ],
)
def test_formula_is_written_in_prefix_order(text: str, words: str) -> None:
    tokens = XY.encode(Expression(text, ["x", "y"]))
    assert XY.text(tokens) == words


def test_skeleton_hides_the_values_of_constants() -> None:
    skeleton = Vocabulary(("x",), numbers=False)
    formula = Expression("2.5*x + 77*sin(0.1*x) + 3")
    text = "add add mul constant x mul constant sin mul constant x 3 <end>"
    assert skeleton.text(skeleton.encode(formula)) == text
    with_both = Vocabulary(("x",))
    assert with_both.text(with_both.encode(formula, placeholder=True)) == text
    assert skeleton.decode(skeleton.encode(formula))[0].constants.tolist() == [1.0, 1.0, 1.0]


def test_system_of_equations_comes_back() -> None:
    system = [Expression("y", ["x", "y"]), Expression("-1.5*sin(x)", ["x", "y"])]
    tokens = XY.encode(system)
    assert XY.text(tokens) == "y | mul - N15 N00 E-3 sin x <end>"
    assert XY.decode(tokens) == system


def test_corpus_comes_back_to_four_digits() -> None:
    corpus = generate_functions(300, seed=3)
    vocabulary = Vocabulary(tuple(f"x{k}" for k in range(5)))
    for k in range(len(corpus)):
        formula = corpus.expression(k)
        tokens = vocabulary.encode(formula)
        again = vocabulary.decode(tokens)[0]
        assert vocabulary.encode(again).tolist() == tokens.tolist()
        # Common subexpressions are written out, and large integers are constants.
        if len(again.constants) == len(formula.constants):
            np.testing.assert_allclose(again.constants, formula.constants, rtol=5.1e-4)


def test_names_of_another_vocabulary_change_its_digest() -> None:
    digests = [
        Vocabulary(v, n).digest for v, n in [(("x",), True), (("y",), True), (("x",), False)]
    ]
    assert len(set(digests)) == 3


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda: Vocabulary(("x", "x")), ExpressionError, "has a name twice"),
        (lambda: Vocabulary(("2x",)), ParseError, "2x"),
        (lambda: XY.encode(Expression("z")), ExpressionError, "variable 'z', expected x, y"),
        (lambda: XY.encode(Expression("x*y"), max_length=3), TooLargeError, "4 tokens"),
        (lambda: XY.encode(Expression("x*y"), max_length=2), TooLargeError, "3 nodes"),
        (lambda: XY.decode([]), ExpressionError, "are 0 formulas"),
        (lambda: XY.decode([10**6]), ExpressionError, r"tokens\[0\] is ''"),
        (lambda: XY.decode([START]), ExpressionError, r"tokens\[0\] is '<start>'"),
        (lambda: XY.decode([XY.words.index("sin")]), ExpressionError, "'sin', which cannot"),
        (lambda: XY.decode([XY.words.index("x")] * 2), ExpressionError, "are 2 formulas"),
        (lambda: XY.decode([XY.words.index("E3")]), ExpressionError, "are no number"),
        (lambda: number_codes([1.0, np.nan]), DomainError, "NaN or infinite"),
        (lambda: numbers_of([1, 2, 3]), ShapeError, r"shape \(3,\), expected \(..., 4\)"),
        (lambda: Grammar(XY, max_length=1), ShapeError, "max_length is 1 for 1 equations"),
        (lambda: Grammar(XY, variables=["q"]), ExpressionError, "variable 'q'"),
    ],
)
def test_wrong_call_is_named(call: object, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        call()


@pytest.mark.parametrize(
    "value",
    [0.0, -0.0, 1.0, -1.0, 999.95, 0.99995, 9999.5, 1e-97, 9.9e-98, 9.999e103, 1e300, 5e-324, 1e22]
    + [10.0**k for k in range(-96, 104)],
)
def test_number_has_the_codes_of_its_text(value: float) -> None:
    found = number_codes(value)
    assert tuple(found) == REFERENCE["number_codes"](value)
    assert np.all(found >= 0)
    assert np.all(found < N_CODES)


def allowed_sequences(grammar: Grammar) -> set[tuple[str, ...]]:
    """All that the masks let through, by trying every token."""
    words, found = grammar.vocabulary.words, set()
    todo = [((), grammar.begin(1))]
    while todo:
        row, state = todo.pop()
        if state.done[0]:
            found.add(row)
            continue
        tokens = np.flatnonzero(grammar.allowed(state)[0])
        assert len(tokens), "a sequence that cannot be finished was allowed"
        todo += [
            ((*row, words[token]), grammar.advance(state, np.array([token]))) for token in tokens
        ]
    return found


class Few(Vocabulary):
    """Few tokens, so that all sequences can be tried."""

    @property
    def table(self) -> tuple[tuple[str, str], ...]:
        rows = [("<pad>", "special"), ("<start>", "special"), ("<end>", "special")]
        rows += [("|", "special"), ("constant", "special"), ("2", "integer"), ("neg", "operation")]
        rows += [("mul", "operation"), ("x", "variable")]
        if self.numbers:
            rows += [("-", "sign"), ("N42", "pair"), ("E3", "exponent")]
        return tuple(rows)


@pytest.mark.parametrize(("n_equations", "numbers"), [(1, True), (1, False), (2, True), (2, False)])
def test_masks_allow_just_what_is_well_formed(n_equations: int, numbers: bool) -> None:
    longest = 6
    grammar = Grammar(Few(("x",), numbers), n_equations=n_equations, max_length=longest)
    leaves = {"x"} | (set() if numbers else {"constant"})
    words = [w for w in grammar.vocabulary.words if w not in {"<pad>", "<start>"}]
    if numbers:
        words.remove("constant")
    expected = {
        row
        for row in REFERENCE["every_sequence"](words, longest)
        if row[-1] == "<end>"
        and REFERENCE["is_well_formed"](row, leaves, n_equations, values=numbers)
    }
    assert len(expected) > 20
    assert allowed_sequences(grammar) == expected


def test_only_the_named_variables_may_occur() -> None:
    grammar = Grammar(XY, max_length=3, variables=["y"], placeholder=True)
    mask = grammar.allowed(grammar.begin(1))[0]
    assert [XY.words[k] for k in XY.places("variable") if mask[k]] == ["y"]


def test_after_the_end_there_is_only_padding() -> None:
    grammar = Grammar(XY, max_length=4)
    state = grammar.begin(2)
    for tokens in itertools.islice([[XY.words.index("x")] * 2, [END, END]], 2):
        state = grammar.advance(state, np.array(tokens))
    assert np.flatnonzero(grammar.allowed(state)[1]).tolist() == [PAD]
    assert grammar.advance(state, np.array([PAD, PAD])).length.tolist() == [2, 2]
