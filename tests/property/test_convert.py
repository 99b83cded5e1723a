"""Diagrams go to other toolkits and come back, and mean there what they mean here."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qnlp import Box, Cap, Cup, Diagram, Spider, Swap, TensorFunctor, Ty, Word
from qnlp.convert import from_discopy, from_lambeq, from_lambeq_json, to_discopy, to_lambeq
from qnlp.errors import DiagramError, MissingDependencyError
from qnlp.grammar import CCGReader, CCGTree

ATOMS = st.tuples(st.sampled_from(["n", "s", "p"]), st.integers(-2, 2))
TYPES = st.lists(ATOMS, max_size=2).map(Ty.from_objects)
NAMES = st.sampled_from(["f", "g", "Alice", "fish & chips", "\u00e9t\u00e9"])


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    kind = draw(st.sampled_from(["box", "word", "cup", "cap", "swap", "spider"]))
    a, b = (Ty.from_objects([draw(ATOMS)]) for _ in range(2))
    made: Box
    if kind == "box":
        made = Box(draw(NAMES), draw(TYPES), draw(TYPES))
    elif kind == "word":
        made = Word(draw(NAMES), draw(TYPES))
    elif kind == "cup":
        made = Cup(a, a.r)
    elif kind == "cap":
        made = Cap(a, a.l)
    elif kind == "swap":
        made = Swap(a, b)
    else:
        made = Spider(*draw(st.sampled_from([(0, 1), (1, 0), (2, 1), (1, 3), (1, 1)])), a)
    if draw(st.booleans()):
        made = made.dagger()
    for _ in range(draw(st.integers(0, 3))):
        made = made.l if draw(st.booleans()) else made.r
    return made


@st.composite
def diagrams(draw: st.DrawFn) -> Diagram:
    """Boxes with wires on either side, composed by tensoring what does not fit."""
    made = Diagram.id(draw(TYPES))
    for box in draw(st.lists(boxes(), max_size=5)):
        wires = list(made.cod)
        places = [k for k in range(len(wires) + 1) if made.cod[k : k + len(box.dom)] == box.dom]
        if places:
            k = draw(st.sampled_from(places))
            made = made >> made.cod[:k] @ box @ made.cod[k + len(box.dom) :]
        else:
            made = made @ box
    return made


@given(diagrams())
def test_diagram_comes_back_from_discopy(diagram: Diagram) -> None:
    pytest.importorskip("discopy")
    assert from_discopy(to_discopy(diagram)) == diagram


@given(diagrams())
def test_diagram_comes_back_from_lambeq(diagram: Diagram) -> None:
    pytest.importorskip("lambeq")
    made = to_lambeq(diagram)
    assert from_lambeq(made) == diagram
    assert from_lambeq_json(json.dumps(made.to_json())) == diagram


@given(boxes())
def test_dagger_and_half_turns_are_those_of_discopy(box: Box) -> None:
    pytest.importorskip("discopy")
    made = to_discopy(box)
    assert from_discopy(made.dagger()) == box.dagger()
    assert from_discopy(made.r) == box.r
    assert from_discopy(made.l) == box.l


@given(boxes())
def test_dagger_is_lambeqs_and_its_half_turn_is_that_of_the_dagger(box: Box) -> None:
    pytest.importorskip("lambeq")
    made = to_lambeq(box)
    assert from_lambeq(made.dagger()) == box.dagger()
    if not isinstance(box, Spider | Swap | Cup | Cap):
        assert from_lambeq(made.boxes[0].rotate(1)) == box.dagger().r
        assert from_lambeq(made.boxes[0].rotate(2)) == box.r.r


def test_snakes_of_the_other_toolkits_have_the_same_normal_form() -> None:
    discopy = pytest.importorskip("discopy.grammar.pregroup")
    n = discopy.Ty("n")
    f = discopy.Box("f", n, n)
    snake = f.transpose(left=True).transpose(left=False)
    assert from_discopy(snake).normal_form() == from_discopy(f)
    several = (f @ f).foliation()
    assert len(from_discopy(several)) == 2


def test_sentence_has_the_tensor_that_discopy_gives_it() -> None:
    tensor = pytest.importorskip("discopy.tensor")
    from discopy.grammar import pregroup

    diagram = CCGReader().derive("the old man sleeps in peace").diagram()
    rng = np.random.default_rng(0)
    words = [b for b in diagram.boxes if b.kind == "word"]
    arrays = {b.name: rng.normal(size=[2] * len(b.cod)) for b in words}
    functor = tensor.Functor(
        ob={pregroup.Ty("n"): 2, pregroup.Ty("s"): 2},
        ar={pregroup.Word(b.name, to_discopy(b).cod): arrays[b.name] for b in words},
        dom=pregroup.Category(),
        dtype=np.float64,
    )
    expected = TensorFunctor({"n": 2, "s": 2}, arrays)(diagram)
    np.testing.assert_allclose(functor(to_discopy(diagram)).array, expected, rtol=1e-12)


def test_trees_have_the_diagrams_that_lambeq_gives_them() -> None:
    """With swaps too; a list without a conjunction is another matter: there a comma is a word."""
    lambeq = pytest.importorskip("lambeq")
    reader = CCGReader()
    for sentence in (
        "the old film that we saw yesterday was good",
        "she quickly gave him the red book and left",
        "in 1999 the man from Paris did not sleep",
        "the star who is in danger of fame glosses over the matter",
    ):
        tree = CCGTree.from_derivation(reader.derive(sentence))
        theirs = lambeq.CCGTree.from_json(tree.to_json())
        assert theirs.to_json() == tree.to_json()
        expected = from_lambeq(theirs.to_diagram())
        assert tree.diagram(lowercase=False).graph() == expected.graph()


@pytest.mark.parametrize(
    "data",
    [
        "[",
        "{}",
        '{"entity": "Diagram", "category": "quantum"}',
        '{"entity": "Diagram", "dom": {"objects": [], "name": null}, "layers": [{}]}',
        '{"entity": "Diagram", "dom": {"objects": [{"name": "a b", "z": 0}]}, "layers": []}',
        '{"entity": "Diagram", "dom": {"objects": [{"name": "a", "z": 1e9}]}, "layers": []}',
        '{"entity": "Diagram", "dom": 3, "layers": []}',
    ],
)
def test_malformed_json_of_a_diagram_is_refused(data: str) -> None:
    with pytest.raises(DiagramError, match="diagram of lambeq"):
        from_lambeq_json(data)


def test_what_is_no_diagram_here_is_refused() -> None:
    discopy = pytest.importorskip("discopy.grammar.pregroup")
    n = discopy.Ty("n")
    f = discopy.Box("f", n, n)
    for bad in (f + f, discopy.Spider(1, 1, n, 0.5), discopy.Box("f", n, n, data=[1])):
        with pytest.raises(DiagramError, match="no box of a diagram here"):
            from_discopy(bad)
    with pytest.raises(TypeError, match="expected a diagram of DisCoPy"):
        from_discopy(3)
    pytest.importorskip("lambeq")
    from lambeq.backend.grammar import Frame
    from lambeq.backend.grammar import Ty as TheirTy

    with pytest.raises(DiagramError, match="entity 'Frame'"):
        from_lambeq(Frame("f", TheirTy("n"), TheirTy("n"), components=[]))
    with pytest.raises(TypeError, match=r"expected a lambeq\.Diagram"):
        from_lambeq(3)


def test_missing_toolkit_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    import qnlp._lazy

    def absent(module: str) -> None:
        raise ModuleNotFoundError(name=module.partition(".")[0])

    monkeypatch.setattr(qnlp._lazy, "import_module", absent)
    for convert, extra in ((to_discopy, "discopy"), (to_lambeq, "lambeq")):
        with pytest.raises(MissingDependencyError, match=rf"monoidal\[{extra}\]"):
            convert(Word("a", Ty("n")))
