"""Types, boxes and diagrams: one fact each."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

from qnlp import Box, Cap, Cup, Diagram, Id, Spider, Swap, Ty, Word, pregroup_diagram
from qnlp.errors import DiagramError, QnlpError

N, S = Ty("n"), Ty("s")


def test_types_multiply_and_have_adjoints_that_undo_each_other() -> None:
    assert (N @ S).l.r == N @ S == (N @ S).r.l
    assert (N @ S).l == S.l @ N.l
    assert Ty() @ N == N == N @ Ty()
    assert len(N @ S.r) == 2
    assert list(N @ S.r) == [N, S.r]
    assert (N @ S @ N)[1:] == S @ N
    assert hash(Ty("n") @ Ty("s")) == hash(N @ S)


def test_types_print_as_they_are_written() -> None:
    ty = N.r.r @ S @ N.l
    assert str(ty) == "n.r.r @ s @ n.l"
    assert eval(repr(ty), {"Ty": Ty}) == ty
    assert repr(Ty()) == "Ty()"


@pytest.mark.parametrize("name", ["", "a b", "a.l", "a@b", "a\n"])
def test_atoms_without_a_proper_name_are_refused(name: str) -> None:
    with pytest.raises(DiagramError, match="must be a name"):
        Ty(name)


def test_atoms_that_are_no_text_are_refused() -> None:
    with pytest.raises(TypeError, match="atom must be a str, got int"):
        Ty(3)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="name must be a str"):
        Box(None, N, N)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        Id(N) >> N


def test_wires_that_do_not_meet_are_named() -> None:
    with pytest.raises(
        DiagramError, match=r"codomain n @ s is not domain n @ n; wire 1 is s above"
    ):
        Box("f", Ty(), N @ S) >> Box("g", N @ N, Ty())
    with pytest.raises(DiagramError, match=r"layer 1, box 'g' at offset 1: the wires there are n"):
        Diagram(N, [(Box("f", N, N @ N), 0), (Box("g", S, S), 1)])


@pytest.mark.parametrize("offset", [-1, 2, 2**32, 2**70])
def test_a_box_beside_all_wires_is_refused(offset: int) -> None:
    with pytest.raises(DiagramError):
        Diagram(N, [(Box("f", N, N), offset)])


@pytest.mark.parametrize("box", [None, "f", Box("f", N, N) >> Box("f", N, N)])
def test_layers_are_made_of_boxes(box: Any) -> None:
    with pytest.raises(TypeError, match=r"layer 0 must be a Box"):
        Diagram(N, [(box, 0)])


def test_cups_and_caps_join_a_wire_and_its_adjoint_in_order() -> None:
    assert Cup(N, N.r).dom == N @ N.r
    assert Cup(N.l, N).dom == N.l @ N
    assert Cap(N.r, N).cod == N.r @ N
    for wrong in ((N, N), (N.r, N), (N, S.r), (N @ S, S.r @ N.r)):
        with pytest.raises(DiagramError):
            Cup(*wrong)
    with pytest.raises(DiagramError):
        Cap(N, N.r)


def test_the_dagger_of_a_cup_is_a_cap_and_back() -> None:
    cup = Cup(N, N.r)
    assert cup.dagger().kind == "cap"
    assert cup.dagger().cod == N @ N.r
    assert cup.dagger().dagger() == cup
    assert cup >> cup.dagger() != Id(N @ N.r)


def test_spiders_have_a_leg_and_one_wire() -> None:
    assert Spider(0, 3, N.r).cod == N.r @ N.r @ N.r
    for legs in ((0, 0), (-1, 2), (1, -2)):
        with pytest.raises(DiagramError):
            Spider(*legs, N)
    with pytest.raises(DiagramError, match="expected one wire"):
        Spider(1, 1, N @ S)


@pytest.mark.parametrize(
    "box",
    [
        Box("f", N, S),
        Box("f", N, S).dagger(),
        Box("f", N, S).r.r,
        Word("w", N @ S.l).l,
        Word("w", N).r.dagger(),
        Cup(N, N.r),
        Cap(N, N.l),
        Cup(N, N.r).dagger(),
        Cap(N.r, N).r,
        Swap(N, S),
        Spider(2, 1, N.l),
    ],
)
def test_boxes_survive_pickle_copy_dict_and_repr(box: Box) -> None:
    names = {"Box": Box, "Word": Word, "Cup": Cup, "Cap": Cap, "Swap": Swap, "Spider": Spider}
    for again in (
        pickle.loads(pickle.dumps(box)),
        copy.deepcopy(box),
        Diagram.from_dict(box.to_dict()),
        eval(repr(box), {**names, "Ty": Ty}),
    ):
        assert again == box
        assert hash(again) == hash(box)


def test_turned_and_daggered_boxes_know_where_they_come_from() -> None:
    f = Box("f", N, S)
    turned = f.dagger().r.r
    assert (turned.name, turned.is_dagger, turned.rotation) == ("f", True, 2)
    assert turned.base == f
    assert (turned.dom, turned.cod) == (S.r.r, N.r.r)
    assert f.l.r == f == f.dagger()[::-1]


def test_a_diagram_has_no_slice_but_its_dagger() -> None:
    d = Box("f", N, S) >> Box("g", S, N)
    assert d[::-1] == d.dagger()
    with pytest.raises(TypeError, match="only the slice"):
        d[0:1]


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"format": 2, "dom": [], "layers": []},
        {"format": 1},
        {"format": 1, "dom": 3, "layers": []},
        {"format": 1, "dom": [["n"]], "layers": []},
        {"format": 1, "dom": [], "layers": [[]]},
        {"format": 1, "dom": [], "layers": [["word", "w", [], [["n", 0]], False, 0, -1]]},
        {"format": 1, "dom": [], "layers": [["word", "w", [], [["n", 0]], False, 0, 5]]},
        {"format": 1, "dom": [], "layers": [["wort", "w", [], [["n", 0]], False, 0, 0]]},
        {"format": 1, "dom": [], "layers": [["cup", "", [["n", 0], ["n", 0]], [], False, 0, 0]]},
        {"format": 1, "dom": [["n", 2**40]], "layers": []},
        {"format": 1, "dom": [], "layers": [["word", "w", [], [["n", "x"]], False, 0, 0]]},
    ],
)
def test_data_that_describes_no_diagram_is_refused(data: dict[str, Any]) -> None:
    with pytest.raises(QnlpError):
        Diagram.from_dict(data)


def test_data_of_format_1_is_read() -> None:
    data = {
        "format": 1,
        "dom": [["n", 0]],
        "layers": [
            ["word", "runs", [], [["n", 1], ["s", 0]], False, 0, 1],
            ["cup", "", [["n", 0], ["n", 1]], [], False, 0, 0],
            ["box", "not", [["s", 0]], [["s", 0]], True, 0, 0],
        ],
    }
    runs = Word("runs", N.r @ S)
    expected = N @ runs >> Cup(N, N.r) @ S >> Box("not", S, S).dagger()
    assert Diagram.from_dict(data).layers == expected.layers


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"format": 3}, "has format 3, this version reads 1 and 2"),
        ({"format": 2, "dom": [["n", 1001]], "boxes": [], "layers": []}, "turned 1001 times"),
        ({"format": 2, "dom": [], "boxes": [], "layers": [[0, 0]]}, "names box 0, there are 0"),
        ({"format": 2, "dom": [], "boxes": [], "layers": [[True, 0]]}, "must be an integer"),
        ({"format": 2, "dom": [], "boxes": [["bubble", "f", [], [], False, 0, 0]], "layers": []},
         "names inside 0, 0 came before"),
        ({"format": 2, "dom": [], "boxes": [["box", "◯0 f", [], [], False, 0]], "layers": []},
         "which only bubbles do"),
    ],
)  # fmt: skip
def test_data_that_asks_too_much_is_refused_by_name(data: dict[str, Any], message: str) -> None:
    with pytest.raises(DiagramError, match=message):
        Diagram.from_dict(data)


def test_data_that_would_fill_the_memory_is_refused() -> None:
    wide = ["word", "w", [], [["n", 0]] * 2_000, False, 0]
    data = {"format": 2, "dom": [], "boxes": [wide], "layers": [[0, 0]] * 60_000}
    with pytest.raises(DiagramError, match="makes 120000000 wires"):
        Diagram.from_dict(data)
    with pytest.raises(DiagramError, match="no JSON"):
        Diagram.from_json("[" * 100_000)


def test_links_that_are_no_reduction_are_refused() -> None:
    words = [Word("Alice", N), Word("loves", N.r @ S @ N.l), Word("Bob", N)]
    assert pregroup_diagram(words, [(3, 4), (0, 1)]).cod == S
    for links in (
        [(0, 3)],
        [(0, 1), (1, 2)],
        [(1, 0)],
        [(-1, 0)],
        [(0, 9)],
        [(0, 4)],
        [(3, 4), (0, 2)],
    ):
        with pytest.raises(QnlpError):
            pregroup_diagram(words, links)


def test_long_diagrams_need_no_recursion_and_little_time() -> None:
    f = Box("f", N, N)
    chain = f.then(*[f] * 50_000)
    assert len(chain.dagger().r) == 50_001
    assert len(chain.normal_form()) == 50_001
    wide = Id().tensor(*[Word("w", N)] * 5_000)
    assert len(wide.normal_form()) == 5_000
