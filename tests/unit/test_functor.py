"""Functors between diagrams: one fact each; their laws are in tests/property."""

from __future__ import annotations

import pytest

from qnlp import Box, Cap, Cup, Diagram, Functor, Id, Spider, Ty, Word
from qnlp.errors import DiagramError

N, S = Ty("n"), Ty("s")


def test_an_atom_or_box_without_image_is_named() -> None:
    with pytest.raises(DiagramError, match=r"no image for atom 's', only for \['n'\]"):
        Functor({"n": N}, {})(Id(S))
    with pytest.raises(DiagramError, match="no image for box 'f'"):
        Functor({"n": N}, {})(Box("f", N, N))


def test_an_image_of_another_type_is_refused() -> None:
    wrong = Functor({"n": N, "s": S}, {"f": Box("g", S, S)})
    with pytest.raises(DiagramError):
        wrong(Box("f", N, N) >> Box("f", N, N))


def test_structure_goes_to_structure_on_types_of_any_length() -> None:
    both: Functor[Ty, Diagram] = Functor({"n": Ty("a", "b"), "s": Ty()}, {})
    ab = Ty("a", "b")
    assert both(Cup(N, N.r)) == Diagram.cups(ab, ab.r)
    assert both(Cap(N, N.l)) == Diagram.caps(ab, ab.l)
    assert both(Spider(2, 1, N)) == Diagram.spiders(2, 1, ab)
    assert both(Cup(S, S.r)) == Id()
    assert both(Cap(N, N.l).dagger()) == Diagram.caps(ab, ab.l).dagger()


def test_daggers_and_turns_of_a_box_go_to_those_of_its_image() -> None:
    image = Word("w", S.l @ S) @ Box("g", N, N)
    functor = Functor({"n": N, "s": S}, {"f": image >> Cup(S.l, S) @ N})
    f = Box("f", N, N)
    for turn in (Diagram.dagger, lambda d: d.r, lambda d: d.l.l, lambda d: d.dagger().r):
        assert functor(turn(f)) == turn(functor(f))


def test_images_may_be_functions() -> None:
    rename = Functor(lambda atom: Ty(atom.upper()), lambda box: Word(box.name * 2, Ty("N")))
    assert rename(Word("a", N)) == Word("aa", Ty("N"))
