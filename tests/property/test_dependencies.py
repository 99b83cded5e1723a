"""Every dependency tree reduces, whatever its labels: that it does proves nothing about the types."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qnlp.errors import EmptySentenceError, GrammarError
from qnlp.grammar.arcs import Arc, DependencyTree
from qnlp.grammar.dependencies import tree_of_arcs

LABELS = [
    "ROOT",
    "acl",
    "acomp",
    "advcl",
    "advmod",
    "agent",
    "amod",
    "appos",
    "attr",
    "aux",
    "auxpass",
    "case",
    "cc",
    "ccomp",
    "compound",
    "conj",
    "csubj",
    "csubjpass",
    "dative",
    "dep",
    "det",
    "dobj",
    "expl",
    "intj",
    "mark",
    "neg",
    "nmod",
    "npadvmod",
    "nsubj",
    "nsubjpass",
    "nummod",
    "oprd",
    "parataxis",
    "pcomp",
    "pobj",
    "poss",
    "predet",
    "prep",
    "prt",
    "punct",
    "quantmod",
    "relcl",
    "xcomp",
]
TAGS = [
    "CC",
    "CD",
    "DT",
    "EX",
    "IN",
    "JJ",
    "MD",
    "NN",
    "NNS",
    "NNP",
    "PRP",
    "PRP$",
    "RB",
    "RP",
    "TO",
    "VB",
    "VBD",
    "VBG",
    "VBN",
    "VBZ",
    "WDT",
    "WP",
    "WP$",
    "WRB",
    ".",
]
WORDS = ["a", "that", "who", "to", ",", "-", "b"]


@st.composite
def heads(draw: st.DrawFn, n: int) -> list[int]:
    """A projective tree: spans are divided at a head, and each part hangs on it."""
    found = [0] * n
    spans = [(0, n, -1)]
    while spans:
        begin, end, above = spans.pop()
        head = draw(st.integers(begin, end - 1))
        found[head] = head if above < 0 else above
        for low, high in ((begin, head), (head + 1, end)):
            while low < high:
                cut = draw(st.integers(low + 1, high))
                spans.append((low, cut, head))
                low = cut
    return found


@st.composite
def trees(draw: st.DrawFn, *, projective: bool = True) -> list[Arc]:
    n = draw(st.integers(1, 9))
    if projective:
        above = draw(heads(n))
    else:
        above = [k if k == 0 else draw(st.integers(0, k - 1)) for k in range(n)]
        order = draw(st.permutations(range(n)))
        above = [order.index(above[order[k]]) for k in range(n)]
    return [
        Arc(
            draw(st.sampled_from(WORDS)),
            head,
            draw(st.sampled_from(LABELS)),
            draw(st.sampled_from(TAGS)),
        )
        for head in above
    ]


@given(trees(), st.sampled_from([None, "S", "NP"]))
def test_every_projective_tree_reduces_to_its_target(arcs: list[Arc], target: str | None) -> None:
    try:
        tree = tree_of_arcs(arcs, target)
        diagram = tree.diagram()
    except EmptySentenceError:
        return
    assert tree.words == tuple(arc.word for arc in arcs)
    assert str(diagram.cod) in ({"S": "s", "NP": "n"}[target] if target else "sn")


@given(trees(projective=False))
def test_tree_that_is_not_projective_is_lifted_until_it_is(arcs: list[Arc]) -> None:
    tree = DependencyTree(arcs)
    for token in range(len(arcs)):
        below = {token}
        stack = [token]
        while stack:
            children = tree.children(stack.pop())
            below.update(children)
            stack.extend(children)
        begin, end = tree.span(token)
        assert below == set(range(begin, end))
    try:
        assert str(tree_of_arcs(arcs).diagram().cod) in "sn"
    except EmptySentenceError:
        return


def test_chain_of_two_thousand_words_reduces() -> None:
    for step in (1, -1):
        n = 2000
        arcs = [Arc("w", min(max(k - step, 0), n - 1), "amod", "JJ") for k in range(n)]
        arcs[0 if step > 0 else n - 1] = Arc("w", 0 if step > 0 else n - 1, "ROOT", "NN")
        assert str(tree_of_arcs(arcs).diagram().cod) == "n"


@pytest.mark.parametrize("above", [[1, 0], [1], [-1], [1, 2, 1]])
def test_heads_that_are_no_tree_are_refused(above: list[int]) -> None:
    with pytest.raises(GrammarError, match="heads of a dependency tree"):
        tree_of_arcs([Arc("w", head, "dep", "NN") for head in above])
