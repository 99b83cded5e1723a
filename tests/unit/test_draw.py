"""Drawings: what they show, and what they survive."""

from __future__ import annotations

import os
import re
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from qnlp import Box, Cup, Diagram, Spider, Swap, Ty, Word, pregroup_diagram
from qnlp.circuit import Angle, Circuit, Gate
from qnlp.draw import (
    animation,
    circuit_svg,
    circuit_text,
    diagram_svg,
    diagram_text,
    picture,
    save,
    write_svg,
)
from qnlp.draw.gates import columns_of
from qnlp.draw.labels import columns
from qnlp.draw.primitives import Label, Line, primitives
from qnlp.draw.rows import rows_of
from qnlp.sums import Sum

GOLDEN = Path(__file__).parents[1] / "golden"
DRAWINGS = runpy.run_path(str(GOLDEN / "make_drawings.py"))["drawings"]()
SVG = "{http://www.w3.org/2000/svg}"

n, s, a, b = map(Ty, "nsab")
WORDS = [Word("Alice", n), Word("loves", n.r @ s @ n.l), Word("Bob", n)]
SENTENCE = pregroup_diagram(WORDS, [(0, 1), (3, 4)])
F = Box("f", a @ a, a)


@pytest.mark.parametrize("name", sorted(DRAWINGS))
def test_drawing_is_the_golden_one(name: str) -> None:
    golden = (GOLDEN / "draw" / name).read_text(encoding="utf-8")
    assert DRAWINGS[name] == golden, "run tests/golden/make_drawings.py and look at the result"


def test_every_golden_drawing_is_made() -> None:
    assert {path.name for path in (GOLDEN / "draw").iterdir()} == set(DRAWINGS)


def rows(diagram: Diagram) -> list[list[str]]:
    return [[node.box.name for node in row] for row in rows_of(diagram).by_row()]


def test_words_share_the_first_row_and_outer_cups_hang_deeper() -> None:
    five = Word("x", a @ b) @ Word("y", (a @ b).r) >> Diagram.cups(a @ b, (a @ b).r)
    assert rows(five) == [["x", "y"], ["Cup"], ["Cup"]]


def test_boxes_that_do_not_meet_share_a_row() -> None:
    tower = Box("f", a, a) >> Box("g", a, a)
    assert rows(tower @ tower) == [["f", "f"], ["g", "g"]]


def test_state_between_the_wires_of_a_box_is_drawn_below_it() -> None:
    box = Box("f", a, a @ a)
    assert rows(box >> a @ Word("w", n) @ a) == [["f"], ["w"]]


def test_state_after_a_closed_part_is_drawn_below_it() -> None:
    closed = Word("w", n) >> Box("end", n, Ty())
    assert rows(closed >> Word("v", n)) == [["w"], ["end"], ["v"]]


def test_wire_labels_are_the_types() -> None:
    root = ElementTree.fromstring(diagram_svg(SENTENCE))
    texts = [node.text for node in root.iter(f"{SVG}text")]
    assert sorted(texts) == sorted(["Alice", "loves", "Bob", "n", "n.r", "s", "n.l", "n"])


def test_svg_says_what_it_is_to_a_screen_reader() -> None:
    root = ElementTree.fromstring(diagram_svg(SENTENCE))
    assert root.get("role") == "img"
    assert root[0].tag == f"{SVG}title"
    assert root[0].text == root.get("aria-label") == "String diagram: Alice loves Bob"


def test_scale_changes_the_size_and_not_the_content() -> None:
    small, large = (ElementTree.fromstring(diagram_svg(SENTENCE, scale=k)) for k in (1, 2))
    assert float(large.get("width", 0)) == pytest.approx(2 * float(small.get("width", 0)), abs=0.1)
    assert small.get("viewBox") == large.get("viewBox")


def outlines(diagram: Diagram) -> list[list[tuple[float, float]]]:
    """Corners of the boxes, each from the middle of its box."""
    found = []
    for node in ElementTree.fromstring(diagram_svg(diagram)).iter(f"{SVG}polygon"):
        corners = [tuple(map(float, p.split(","))) for p in node.get("points", "").split()]
        xs, ys = zip(*corners, strict=True)
        middle = ((min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2)
        found.append([(round(x - middle[0]), round(y - middle[1])) for x, y in corners])
    return found


def test_plain_box_is_a_rectangle() -> None:
    assert len(outlines(F)[0]) == 4


@pytest.mark.parametrize(
    ("turned", "corner"),
    [(F, (1, -1)), (F.dagger(), (1, 1)), (F.r, (-1, 1)), (F.l, (-1, 1)), (F.dagger().r, (-1, -1))],
)
def test_cut_corner_shows_how_a_box_was_turned(turned: Box, corner: tuple[int, int]) -> None:
    points = outlines(turned @ F.dagger())[0]
    halves = max(x for x, _ in points), max(y for _, y in points)
    whole = {(x > 0, y > 0) for x, y in points if (abs(x), abs(y)) == halves}
    assert {(False, False), (False, True), (True, False), (True, True)} - whole == {
        (corner[0] > 0, corner[1] > 0)
    }


def test_dagger_and_turns_are_written_on_the_box() -> None:
    assert ">f†<" in diagram_svg(F.dagger())
    assert ">f.r.r<" in diagram_svg(F.r.r)


def test_long_word_is_cut_and_keeps_its_beginning_in_a_title() -> None:
    svg = diagram_svg(Word("x" * 100_000, n))
    assert len(svg) < 4_000
    assert f">{'x' * 23}…</text>" in svg
    assert f"<title>{'x' * 999}…</title>" in svg


@pytest.mark.parametrize(
    "name", ["<&>\"'", "\u05e9\u05dc\u05d5\u05dd", "a\0\x1b[31m", "\u202eabc", ""]
)
def test_odd_words_keep_the_svg_well_formed(name: str) -> None:
    root = ElementTree.fromstring(diagram_svg(Word(name, n) @ Word("b", n)))
    assert len(list(root.iter(f"{SVG}polygon"))) == 2


@pytest.mark.parametrize("text", ["\0", "\x1b", "\u202e", "\ufffe", "\ud800"])
def test_text_never_holds_a_character_that_a_terminal_obeys(text: str) -> None:
    shown = circuit_text(Circuit(1, (Gate("Rx", (0,), Angle(f"a{text}b")),)))
    assert text not in shown
    assert "Rx(a\ufffdb)" in shown


def test_large_diagram_is_cut_with_a_note() -> None:
    long = Diagram.id(a).then(*[Box("f", a, a)] * 50)
    assert diagram_text(long).endswith("\n  ... (10 more boxes)")
    svg = diagram_svg(long, max_boxes=45)
    assert svg.count("<polygon") == 45
    assert "... (5 more boxes)" in svg


def test_wide_sentence_stands_upright_in_text() -> None:
    assert diagram_text(SENTENCE, width=20).splitlines() == [
        "Alice  n   ─╮",
        "loves  n.r ─╯",
        "       s   ──",
        "       n.l ─╮",
        "Bob    n   ─╯",
    ]


def test_sentence_without_room_is_listed() -> None:
    long = Word("a" * 24, n) @ Word("b", n.r) >> Cup(n, n.r)
    assert diagram_text(long, width=20).splitlines() == [
        "Ty() -> Ty()",
        "  aaaaaaaaaaaaaaaaa…",
        "  b: Ty() -> n.r, w…",
        "  Cup: n @ n.r -> T…",
    ]


def test_swap_in_text_crosses_two_wires() -> None:
    diagram = Word("a", n) @ Word("b", s) @ Word("c", n) >> Swap(n, s) @ n >> s @ Spider(2, 1, n)
    assert diagram_text(diagram).splitlines() == [
        "a  b  c",
        "─  ─  ─",
        "n  s  n",
        "╰\u2572\u2571╯  │",
        "╭\u2571\u2572╮  │",
        "│  ╰─●╯",
    ]


def test_words_alone_have_their_types_in_text() -> None:
    assert diagram_text(Word("猫", n) @ Word("e\u0301", s)).splitlines() == [
        "猫  e\u0301",
        "──  ─",
        "n   s",
    ]


def test_wide_characters_count_two_columns() -> None:
    assert columns("猫e\u0301") == 3


def test_gates_go_to_the_first_free_column() -> None:
    gates = (Gate("H", (0,)), Gate("CX", (0, 2)), Gate("X", (1,)), Gate("H", (3,)))
    names = [
        [g.full_name for g in column] for column in columns_of(Circuit(4, gates), 9, 9).columns
    ]
    assert names == [["H 0", "H 3"], ["CX 0 2"], ["X 1"]]


def test_circuit_shows_kets_effects_and_open_wires() -> None:
    svg = circuit_svg(Circuit(3, inputs=(0,), outputs=(1,)))
    assert (svg.count("|0⟩"), svg.count("⟨0|")) == (2, 2)
    assert circuit_text(Circuit(3, inputs=(0,), outputs=(1,))).splitlines() == [
        "0: ────<0|",
        "1: |0>─",
        "2: |0>─<0|",
    ]


def test_long_circuit_goes_on_below() -> None:
    circuit = Circuit(2, (Gate("Rx", (0,), Angle("parameter")), Gate("CX", (0, 1))) * 10)
    lines = circuit_text(circuit, width=60).splitlines()
    assert max(map(len, lines)) <= 60
    assert sum(line.startswith("0: ...") for line in lines) == 4
    root = ElementTree.fromstring(circuit_svg(circuit, width=400))
    assert float(root.get("width", 0)) <= 424


def test_large_circuit_is_cut_with_a_note() -> None:
    circuit = Circuit(100, tuple(Gate("H", (q,)) for q in range(100)))
    assert circuit_text(circuit).endswith("... (36 more qubits, 36 more gates)")
    assert "... (36 more qubits, 36 more gates)" in circuit_svg(circuit)


def test_circuit_that_the_core_would_refuse_is_still_drawn() -> None:
    circuit = Circuit(1, (Gate("Unknown", (0,)), Gate("H", (7,)), Gate("H", ())))
    assert circuit_text(circuit) == "0: |0>─Unknown─<0|\n... (2 more gates)"
    ElementTree.fromstring(circuit_svg(circuit))


def test_nothing_is_drawn_without_a_failure() -> None:
    ElementTree.fromstring(diagram_svg(Diagram.id()))
    ElementTree.fromstring(circuit_svg(Circuit(0)))
    assert diagram_text(Diagram.id()) == "Ty() -> Ty()"
    assert circuit_text(Circuit(0)) == "no qubits"


def test_notebooks_show_the_svg() -> None:
    assert SENTENCE._repr_svg_() == diagram_svg(SENTENCE)
    assert Circuit(1)._repr_svg_() == circuit_svg(Circuit(1))


def test_draw_writes_what_it_returns(tmp_path: Path) -> None:
    svg = SENTENCE.draw(str(tmp_path / "a.svg"))
    assert (tmp_path / "a.svg").read_text(encoding="utf-8") == svg == diagram_svg(SENTENCE)
    assert [path.name for path in tmp_path.iterdir()] == ["a.svg"]


def test_file_is_replaced_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.svg"
    write_svg(path, "old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match=r"cannot be written to '.*a\.svg': No space left on device"):
        write_svg(path, "new")
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("a.svg", "old")]


@pytest.mark.parametrize(
    ("path", "kind"),
    [("no/such/a.svg", FileNotFoundError), (".", IsADirectoryError), ("nul\0.svg", OSError)],
)
def test_file_that_cannot_be_written_is_named(
    tmp_path: Path, path: str, kind: type[OSError]
) -> None:
    with pytest.raises(kind, match="drawing cannot be written to '"):
        write_svg(tmp_path / path, "<svg/>")
    assert not list(tmp_path.iterdir())


def test_written_file_has_the_mode_that_other_new_files_have(tmp_path: Path) -> None:
    write_svg(tmp_path / "a.svg", "<svg/>")
    (tmp_path / "b").touch()
    assert (tmp_path / "a.svg").stat().st_mode == (tmp_path / "b").stat().st_mode


def test_drawing_is_the_same_under_every_hash_seed() -> None:
    code = (
        "from qnlp import Box, Ty\nfrom qnlp.draw import diagram_svg\na = Ty('a')\n"
        "print(hash('a'), diagram_svg(Box('f', a, a @ a) @ Box('g', a, a)))"
    )
    outputs = [
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split(" ", 1)
        for seed in "12"
    ]
    assert outputs[0][0] != outputs[1][0]
    assert outputs[0][1] == outputs[1][1]


BOTH = 2 * Box("f", a, b) - Box("f", a, b)
PICTURES: list[Any] = [SENTENCE, BOTH, Circuit(2, (Gate("H", (0,)), Gate("CX", (0, 1)))), "="]


def moved_points(root: ElementTree.Element) -> list[float]:
    """Coordinates of all labels, as a reader of the SVG finds them."""
    found: list[float] = []

    def walk(node: ElementTree.Element, x: float, y: float) -> None:
        by = [float(k) for k in re.findall(r"-?[0-9.]+", node.get("transform", "0 0"))]
        x, y = x + by[0], y + by[1]
        if node.tag == f"{SVG}text":
            found.extend((x + float(node.get("x", 0)), y + float(node.get("y", 0))))
        for child in node:
            walk(child, x, y)

    walk(root, 0.0, 0.0)
    return found


@pytest.mark.parametrize("thing", PICTURES, ids=lambda thing: type(thing).__name__)
def test_tikz_has_the_labels_of_the_svg_in_their_places(thing: Any) -> None:
    drawn = picture(thing)
    tikz = drawn.tikz()
    nodes = re.findall(r"\\node\[.*?\] at \((\S+),(\S+)\) \{", tikz)
    expected = moved_points(ElementTree.fromstring(drawn.svg()))
    assert [float(k) for pair in nodes for k in pair] == pytest.approx(expected, abs=0.1)
    assert tikz.count("{") == tikz.count("}")
    assert tikz.startswith(r"\begin{tikzpicture}")
    assert tikz.endswith("\\end{tikzpicture}\n")


def test_tikz_escapes_what_latex_reads() -> None:
    tikz = picture(Word(r"50% & a_b #1 {x} ~^\\", n)).tikz()
    assert r"{50\% \& a\_b \#1 \{x\} \textasciitilde{}\textasciicircum{}" in tikz


@pytest.mark.parametrize("thing", PICTURES, ids=lambda thing: type(thing).__name__)
def test_matplotlib_draws_all_of_the_picture(thing: Any) -> None:
    pytest.importorskip("matplotlib").use("Agg")
    drawn = picture(thing)
    ax = drawn.plot()
    shapes = list(primitives(drawn))
    labels = [shape.text for shape in shapes if isinstance(shape, Label)]
    assert [text.get_text() for text in ax.texts] == labels
    assert len(ax.patches) == len(shapes) - len(labels)
    assert drawn.plot(ax) is ax


@pytest.mark.parametrize("suffix", ["svg", "tex", "tikz", "png", "pdf", "gif"])
def test_a_drawing_is_saved_as_its_suffix_says(suffix: str, tmp_path: Path) -> None:
    if suffix in ("png", "pdf", "gif"):
        pytest.importorskip("matplotlib").use("Agg")
    begin = {"svg": b"<svg", "png": b"\x89PNG", "pdf": b"%PDF", "gif": b"GIF8"}
    path = tmp_path / f"drawn.{suffix}"
    save(path, SENTENCE)
    assert path.read_bytes().startswith(begin.get(suffix, b"\\begin{tikzpicture}"))
    other = tmp_path / f"other.{suffix}"
    SENTENCE.draw(str(other))
    assert suffix == "gif" or other.read_bytes() == path.read_bytes()
    if suffix in ("svg", "gif"):
        save(path, [SENTENCE, BOTH, F], seconds=0.5)
        frame = {"svg": b"<animate ", "gif": b"\x21\xf9\x04"}[suffix]
        assert path.read_bytes().count(frame) == 3


def test_what_cannot_be_drawn_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"suffix '.doc', expected .svg, .tex"):
        save(tmp_path / "a.doc", SENTENCE)
    with pytest.raises(ValueError, match=r"suffix '.png', expected .svg or .gif"):
        save(tmp_path / "a.png", [SENTENCE])
    with pytest.raises(TypeError, match="no picture of a int"):
        picture(3)
    with pytest.raises(ValueError, match="0 frames"):
        animation([])
    assert not list(tmp_path.iterdir())


def test_a_bubble_is_a_frame_round_what_is_inside() -> None:
    inside = Box("f", a, b)
    drawn = picture(inside.bubble("not") >> Box("g", b, a))
    labels = [shape for shape in primitives(drawn) if isinstance(shape, Label)]
    assert {label.text for label in labels} == {"not", "f", "g", "a", "b"}
    frame = next(s for s in primitives(drawn) if isinstance(s, Line) and len(s.pieces) > 4)
    ends = [frame.begin, *(piece[-1] for piece in frame.pieces)]
    left, right = min(x for x, _ in ends), max(x for x, _ in ends)
    top, low = min(y for _, y in ends), max(y for _, y in ends)
    place = next(label.at for label in labels if label.text == "f")
    assert left < place[0] < right
    assert top < place[1] < low
    outside = next(label.at for label in labels if label.text == "g")
    assert outside[1] > low


def test_a_long_sum_says_how_many_terms_are_not_drawn() -> None:
    boxes = [Box(f"f{k}", a, a) for k in range(12)]
    total: Any = sum(boxes[1:], start=boxes[0])
    assert "(4 more terms)" in picture(total).svg()
    assert picture(Sum.zero(a, a)).title == "0"
