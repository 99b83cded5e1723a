"""Equality of string diagrams, slices, bends, patterns, bubbles and sums, on random diagrams."""

from __future__ import annotations

import runpy
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from qnlp import Box, Bubble, Diagram, Id, Rule, Spider, Sum, Swap, Ty, Word, find_matches
from qnlp import structure as wires_of
from qnlp.structure import Cap, Cup
from qnlp.tensor import TensorFunctor

FOLDER = Path(__file__).parents[1] / "reference"
RANDOM = runpy.run_path(str(FOLDER / "diagrams.py"))
are_equal = runpy.run_path(str(FOLDER / "isomorphism.py"))["are_equal"]
diagrams, types, array_of = RANDOM["diagrams"], RANDOM["types"], RANDOM["array_of"]

DIMENSION = {"a": 2, "b": 3}
TENSOR = TensorFunctor(DIMENSION, partial(array_of, dimension=DIMENSION))


def assert_same_value(f: Diagram, g: Diagram) -> None:
    left, right = TENSOR(f), TENSOR(g)
    scale = max(1.0, float(np.abs(right).max(initial=0)))
    np.testing.assert_allclose(left / scale, right / scale, rtol=0, atol=1e-11)


def shuffled(f: Diagram, data: st.DataObject) -> Diagram:
    """An equal diagram: boxes interchanged, snakes, swaps and spiders added."""
    for _ in range(data.draw(st.integers(0, 4))):
        f = Id(f.dom).then(*f.foliation())
        at = data.draw(st.integers(0, len(f)))
        above = Diagram(f.dom, f.layers[:at])
        row = above.cod
        below = Diagram(row, f.layers[at:])
        if not row:
            continue
        k = data.draw(st.integers(0, len(row) - 1))
        x, left, right = row[k], row[:k], row[k + 1 :]
        how = data.draw(st.sampled_from(["snake", "spider", "swap"]))
        if how == "snake":
            middle = Cap(x, x.l) @ x >> x @ Cup(x.l, x)
        elif how == "spider":
            middle = Spider(1, 2, x) >> Swap(x, x) >> Spider(2, 1, x)
        else:
            middle = Id(x)
            if right:
                y = right[0]
                middle, right = Swap(x, y) >> Swap(y, x), right[1:]
        f = above >> left @ middle @ right >> below
    return f


@given(diagrams(most=6), st.data())
def test_equal_diagrams_are_equal_and_have_one_hash(f: Diagram, data: st.DataObject) -> None:
    g = shuffled(f, data)
    assert f == g
    assert hash(f) == hash(g)
    assert_same_value(f, g)


@given(diagrams(most=5, widest=4), st.data())
def test_equality_is_that_of_trying_every_pairing_of_boxes(f: Diagram, data: st.DataObject) -> None:
    boxes = [layer for layer in f.layers if data.draw(st.booleans())]
    try:
        g = Diagram(f.dom, boxes)
    except ValueError:
        g = data.draw(diagrams(dom=f.dom, most=5, widest=4))
    assert (f == g) == are_equal(f, g)
    swapped = f >> Swap(f.cod[0], f.cod[1]) @ f.cod[2:] if len(f.cod) > 1 else f
    if len(f.cod) > 1 and f.cod[0] == f.cod[1]:
        assert (f == swapped) == are_equal(f, swapped)
    if f == g:
        assert hash(f) == hash(g)


@given(st.lists(st.integers(0, 3), min_size=1, max_size=7), st.data())
def test_closed_rings_are_equal_up_to_rotation_alone(ring: list[int], data: st.DataObject) -> None:
    n = Ty("n")

    def closed(names: list[int]) -> Diagram:
        return Id(n).then(*(Box(f"f{k}", n, n) for k in names)).trace()

    k = data.draw(st.integers(0, len(ring)))
    turned = ring[k:] + ring[:k]
    assert closed(ring) == closed(turned)
    assert hash(closed(ring)) == hash(closed(turned))
    other = data.draw(st.permutations(ring))
    rotations = [ring[k:] + ring[:k] for k in range(len(ring))]
    assert (closed(ring) == closed(other)) == (other in rotations)


def test_closed_graphs_that_refinement_cannot_tell_apart_are_told_apart() -> None:
    # One ring of six against two of three: every box looks like every other.
    n = Ty("n")
    f = Box("f", n, n)
    six = f.then(*[f] * 5).trace()
    three = f.then(f, f).trace()
    assert six != three @ three
    assert three @ three @ six == six @ three @ three


def test_many_equal_parts_take_little_time() -> None:
    n = Ty("n")
    words = Id().tensor(*[Word("w", n)] * 3_000)
    bag = words >> Spider(3_000, 1, n)
    other = words >> Spider(1_500, 1, n) @ Spider(1_500, 1, n) >> Spider(2, 1, n)
    assert bag == other
    assert hash(bag) == hash(other)
    assert bag != Id().tensor(*[Word("w", n)] * 2_999, Word("v", n)) >> Spider(3_000, 1, n)
    ring = Box("f", n, n).then(*[Box("f", n, n)] * 3_000).trace()
    assert ring == Box("f", n, n).then(*[Box("f", n, n)] * 3_000).trace(left=True)


@given(diagrams())
def test_slices_are_boxes_side_by_side_and_compose_to_the_diagram(f: Diagram) -> None:
    slices = f.foliation()
    assert all(part.depth() == 1 for part in slices)
    whole = Id(f.dom).then(*slices)
    assert whole == f
    assert sorted(map(repr, whole.boxes)) == sorted(map(repr, f.boxes))
    assert f.depth() <= len(slices) <= len(f)
    row, widest = f.dom, len(f.dom)
    for box, at in f.layers:
        row = row[:at] @ box.cod @ row[at + len(box.dom) :]
        widest = max(widest, len(row))
    assert f.width() == widest


@given(diagrams(most=4, widest=4), st.integers(0, 2), st.booleans())
def test_bends_undo_each_other(f: Diagram, n: int, left: bool) -> None:
    assert f.transpose(left=left) == (f.l if left else f.r)
    assert f.transpose(left=left).transpose(left=not left) == f
    assume(n <= len(f.dom))
    curried = f.curry(n, left=left)
    assert len(curried.cod) == len(f.cod) + n
    assert curried.uncurry(n, left=left) == f


@given(types.filter(lambda t: len(t) > 0), diagrams(most=3, widest=3), st.booleans())
def test_a_trace_slides_and_yanks(x: Ty, f: Diagram, left: bool) -> None:
    assert Diagram.swap(x, x).trace(len(x), left=left) == Id(x)
    beside = x @ f if left else f @ x
    loop = beside.trace(len(x), left=left)
    assert loop == f @ Id(x).trace(len(x))
    assert_same_value(loop, f @ Id(x).trace(len(x)))


@given(diagrams(most=6), st.data())
def test_a_rewritten_match_has_the_value_of_its_replacement(
    f: Diagram, data: st.DataObject
) -> None:
    boxes = [box for box in f.boxes if box.kind in ("box", "word")]
    assume(boxes)
    box = data.draw(st.sampled_from(boxes))
    found = find_matches(f, box)
    assert len(found) == [b.generator for b in boxes].count(box.generator)
    match = data.draw(st.sampled_from(found))
    assert f.boxes[match.layers[0]].generator == box.generator
    assert match.replace(box) == f
    assert_same_value(match.replace(box), f)
    # A box between two spiders and a snake is the box.
    longer = box
    if box.cod:
        x = box.cod[0]
        split = Spider(1, 2, x) >> Spider(2, 1, x)
        longer = box >> split @ box.cod[1:]
    assert_same_value(match.replace(longer), f)


@given(diagrams(most=6), st.data())
def test_a_pattern_of_two_boxes_is_found_and_replaced(f: Diagram, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(f.cod)))
    wire = Ty("a")
    g, h, both = Box("p", wire, wire), Box("q", wire, wire @ wire), Box("pq", wire, wire @ wire)
    state = Word("start", wire)
    host = f >> f.cod[:at] @ state @ f.cod[at:]
    pair = host >> f.cod[:at] @ (g >> h) @ f.cod[at:]
    rule = Rule(g >> h, both)
    assert len(rule.matches(pair)) == 1
    assert not rule.matches(host)
    assert rule.rewrite(pair) == host >> f.cod[:at] @ both @ f.cod[at:]
    assert rule.reverse().rewrite(rule.rewrite(pair)) == pair


def test_a_rule_needs_its_inner_wires_whole_and_its_two_sides_of_one_type() -> None:
    n = Ty("n")
    f, g = Box("f", n, n), Box("g", n, n)
    copied = f >> Spider(1, 2, n) >> g @ n
    assert not find_matches(copied, f >> g)
    assert len(find_matches(f @ f, f @ f)) == 2
    with pytest.raises(ValueError, match="rule goes from n to n on its left"):
        Rule(f, Box("h", n, n @ n))
    with pytest.raises(ValueError, match="no box to look for"):
        find_matches(f, Id(n))
    with pytest.raises(ValueError, match="still applies after 10 steps"):
        Rule(f, f >> g).rewrite(f, most=10)


def test_a_match_that_is_not_convex_is_replaced_round_a_loop() -> None:
    n = Ty("n")
    f, g, h = Box("f", n, n), Box("g", n, n), Box("h", n, n)
    chain = f >> g >> h
    both = Box("both", n @ n, n @ n)
    (match,) = find_matches(chain, f @ h)
    made = match.replace(both)
    assert (made.dom, made.cod) == (n, n)
    arrays: dict[str, Any] = {name: array_of(Box(name, n, n), {"n": 2}) for name in "fgh"}
    arrays["both"] = np.einsum("ac,bd->abcd", arrays["f"], arrays["h"])
    tensor = TensorFunctor({"n": 2}, arrays)
    np.testing.assert_allclose(tensor(made), tensor(chain), atol=1e-12)


@given(diagrams(most=6))
def test_a_function_of_wires_is_the_diagram_it_writes(f: Diagram) -> None:
    assume(all(box.kind in ("box", "word", "spider") for box in f.boxes))

    @Diagram.from_callable(f.dom, f.cod)
    def made(*wires: Any) -> Any:
        row = list(wires)
        for box, at in f.layers:
            out = box(*row[at : at + len(box.dom)])
            row[at : at + len(box.dom)] = out if isinstance(out, tuple) else [out]
        return tuple(row)

    assert made == f


def test_wires_are_copied_and_dropped_as_they_are_used() -> None:
    n = Ty("n")
    f = Box("f", n @ n, n)

    @Diagram.from_callable(n @ n, n @ n)
    def both(x: Any, _y: Any) -> Any:
        return f(x, x), x

    copies = Spider(1, 3, n) @ Spider(1, 0, n)
    assert both == copies >> f @ n
    with pytest.raises(ValueError, match="was called on n"):
        Diagram.from_callable(n, n)(lambda x: f(x))
    with pytest.raises(ValueError, match="returns nothing, expected n"):
        Diagram.from_callable(n, n)(lambda _x: None)
    with pytest.raises(TypeError, match="must be a wire of this function"):
        Diagram.from_callable(n, n)(lambda x: f(x, 3))
    with pytest.raises(ValueError, match="inside a function"):
        f(1, 2)


NAMES = {name: getattr(wires_of, name, None) for name in ("Cup", "Cap", "Swap", "Spider")} | {
    "Ty": Ty,
    "Box": Box,
    "Word": Word,
    "Diagram": Diagram,
    "Bubble": Bubble,
}


@given(diagrams(most=12), st.text(min_size=1, max_size=3))
def test_diagrams_with_bubbles_survive_json_and_repr(f: Diagram, operator: str) -> None:
    assume(all(ord(c) < 0xD800 for c in operator))
    inner = Bubble(f, operator)
    outer = Bubble(inner.dagger() @ inner, "outer").r
    for d in (f, inner, outer >> Id(outer.cod), inner.dagger()):
        for again in (Diagram.from_json(d.to_json()), eval(repr(d), dict(NAMES))):
            assert again == d
            assert again.layers == d.layers
            assert hash(again) == hash(d)
    assert isinstance(Diagram.from_json(inner.to_json()).boxes[0], Bubble)


def test_bubbles_with_equal_insides_are_equal() -> None:
    n = Ty("n")
    f = Box("f", n, n)
    snake = Cap(n, n.l) @ n >> n @ Cup(n.l, n)
    assert Bubble(f, "g") == Bubble(f >> snake, "g") == f.bubble("g")
    assert Bubble(f, "g") != Bubble(f, "h")
    assert Bubble(f, "g") != Bubble(f >> f, "g")
    assert repr(Bubble(f, "g", n, Ty())) == f"Bubble({f!r}, 'g', {n!r}, Ty())"
    with pytest.raises(ValueError, match="which only bubbles do"):
        Box("◯0 g", n, n)


@given(diagrams(most=3, widest=3), st.data())
def test_sums_distribute(f: Diagram, data: st.DataObject) -> None:
    g = Id(f.dom).then(*f.foliation()[:-1]) if data.draw(st.booleans()) else f
    g = g if g.cod == f.cod else f
    h = data.draw(diagrams(dom=f.cod, most=3, widest=3))
    assert (f + g) >> h == (f >> h) + (g >> h)
    assert (f + g) @ h == (f @ h) + (g @ h)
    assert h @ (f + g) == (h @ f) + (h @ g)
    assert (f + g).dagger() == f.dagger() + g.dagger()
    assert f + g - g == Sum.of(f)
    zero: Sum[Diagram] = Sum.zero(f.dom, f.cod)
    assert f + zero == zero + f == Sum.of(f)
    assert len(((Sum.of(f) - Sum.of(f)) >> h).collected()) == 0
