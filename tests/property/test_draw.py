"""Laws of drawings, on random diagrams and circuits."""

from __future__ import annotations

import re
from itertools import pairwise, zip_longest
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from hypothesis import given
from hypothesis import strategies as st

from qnlp import Box, Cap, Cup, Diagram, Spider, Swap, Ty, Word, pregroup_diagram
from qnlp.circuit import GATES, Angle, Circuit, Gate
from qnlp.draw import circuit_svg, circuit_text, diagram_svg, diagram_text
from qnlp.draw.gates import columns_of
from qnlp.draw.labels import clean, columns
from qnlp.draw.layout import Measure, layout
from qnlp.draw.rows import rows_of
from qnlp.draw.sideways import sideways

SVG = "{http://www.w3.org/2000/svg}"
NAMES = st.text(max_size=12)
ATOMS = st.sampled_from([Ty("n"), Ty("s"), Ty("n").r, Ty("s").l])
TYPES = st.lists(ATOMS, max_size=3).map(lambda parts: sum_types(*parts))


def sum_types(*parts: Ty) -> Ty:
    return Ty.from_objects(o for part in parts for o in part.objects)


@st.composite
def generators(draw: st.DrawFn, above: Ty) -> Box:
    """A box whose domain is a beginning of `above`."""
    kinds = ["word", "cap", "box"]
    if above:
        kinds += ["spider", "box", "dagger"]
    if len(above) > 1:
        kinds += ["swap", "swap"]
        if above[1] in (above[0].r, above[0].l):
            kinds += ["cup"] * 4
    kind = draw(st.sampled_from(kinds))
    if kind == "word":
        return Word(draw(NAMES), draw(TYPES))
    if kind == "cap":
        atom = draw(ATOMS)
        return Cap(atom, atom.l)
    if kind == "swap":
        return Swap(above[0], above[1])
    if kind == "cup" and above[1] == above[0].r:
        return Cup(above[0], above[1])
    if kind == "spider":
        same = 1 + (len(above) > 1 and above[1] == above[0])
        return Spider(same, draw(st.integers(0, 3)), above[0])
    dom = above[: draw(st.integers(0, min(3, len(above))))]
    if kind == "dagger":
        return Box(draw(NAMES), draw(TYPES), dom).dagger()
    return Box(draw(NAMES), dom, draw(TYPES))


@st.composite
def diagrams(draw: st.DrawFn) -> Diagram:
    diagram = Diagram.id(draw(TYPES))
    for _ in range(draw(st.integers(0, 9))):
        cod = diagram.cod
        offset = draw(st.integers(0, len(cod)))
        box = draw(generators(cod[offset:]))
        diagram = diagram >> cod[:offset] @ box @ cod[offset + len(box.dom) :]
        if len(diagram.cod) > 12:
            break
    return diagram


def turned(diagrams: st.SearchStrategy[Diagram]) -> st.SearchStrategy[Diagram]:
    pairs = st.tuples(diagrams, diagrams, diagrams)
    return pairs.map(lambda d: d[0].r @ d[1] @ d[2].l)


def texts(svg: str) -> list[str]:
    return [node.text or "" for node in ElementTree.fromstring(svg).iter(f"{SVG}title")]


@given(diagrams() | turned(diagrams()))
def test_svg_parses_names_every_box_and_is_deterministic(diagram: Diagram) -> None:
    svg = diagram_svg(diagram)
    assert svg == diagram_svg(Diagram.from_dict(diagram.to_dict()))
    titles = texts(svg)[1:]
    named = [box for box in diagram.boxes if box.kind in ("box", "word")]
    assert len(titles) == len(named)
    for box, title in zip(named, titles, strict=True):
        assert title.startswith(clean(box.name))
        assert escape(clean(box.name), {'"': "&quot;"}) in svg


@given(diagrams() | turned(diagrams()), st.integers(-5, 120), st.integers(-1, 20))
def test_text_keeps_to_its_columns(diagram: Diagram, width: int, max_boxes: int) -> None:
    lines = diagram_text(diagram, width=width, max_boxes=max_boxes).splitlines()
    assert all(columns(line) <= max(20, width) for line in lines)
    assert len(lines) <= 5 + max(2 * max_boxes, 4 * len(diagram))


@st.composite
def sentences(draw: st.DrawFn) -> tuple[list[Word], set[tuple[int, int]]]:
    """Words, and the pairs of wires that cups join."""
    objects: list[tuple[str, int]] = []
    links, opened = set(), []
    for step in draw(st.lists(st.sampled_from("([)])|"), min_size=2, max_size=24)):
        if step in ")]" and opened:
            begin = opened.pop()
            links.add((begin, len(objects)))
            objects.append(("n", objects[begin][1] + 1))
        elif step in "([":
            opened.append(len(objects))
            objects.append(("n", draw(st.integers(-2, 1))))
        elif not opened:
            objects.append(("s", 0))
    for begin in reversed(opened):
        links.add((begin, len(objects)))
        objects.append(("n", objects[begin][1] + 1))
    cuts = sorted(draw(st.lists(st.integers(0, len(objects)), max_size=6)))
    ends = [0, *cuts, len(objects)]
    names = draw(st.lists(NAMES, min_size=len(ends), max_size=len(ends)))
    types = [Ty.from_objects(objects[i:j]) for i, j in pairwise(ends) if i < j]
    return [Word(name, ty) for name, ty in zip(names, types, strict=False)], links


def cups_of(lines: list[str]) -> set[tuple[int, int]]:
    """Read the cups back from the lines under the types."""
    places = {k: wire for wire, k in enumerate(k for k, c in enumerate(lines[0]) if c in "╰╯│")}
    found = set()
    for line in lines:
        ends = [k for k, c in enumerate(line) if c in "╰╯"]
        assert [line[k] for k in ends] == ["╰", "╯"] * (len(ends) // 2)
        found |= {(places[i], places[j]) for i, j in zip(ends[::2], ends[1::2], strict=True)}
    return found


@given(sentences())
def test_picture_has_the_cups_of_the_sentence(
    sentence: tuple[list[Word], set[tuple[int, int]]],
) -> None:
    words, links = sentence
    lines = diagram_text(
        pregroup_diagram(words, sorted(links)), width=999, max_boxes=99
    ).splitlines()
    assert cups_of(lines[3:] or [""]) == links


@given(sentences())
def test_upright_picture_has_the_cups_of_the_sentence(
    sentence: tuple[list[Word], set[tuple[int, int]]],
) -> None:
    words, links = sentence
    words = [Word("w", word.cod) for word in words]
    picture = sideways(rows_of(pregroup_diagram(words, sorted(links))), 999)
    lines = [line for line in (picture or "").splitlines() if line.rstrip()[-1] in "╮╯│─"]
    turned = ["".join(column) for column in zip_longest(*lines, fillvalue=" ")]
    found = set()
    for line in turned:
        ends = [k for k, c in enumerate(line) if c in "╮╯"]
        assert all(
            set(line[i + 1 : j]) <= {"│"} for i, j in zip(ends[::2], ends[1::2], strict=True)
        )
        found |= set(zip(ends[::2], ends[1::2], strict=True))
    assert found == links


@given(diagrams() | turned(diagrams()))
def test_wires_are_numbered_in_the_order_of_the_type(diagram: Diagram) -> None:
    rows = rows_of(diagram)
    wires = list(rows.dom)
    for node, (box, offset) in zip(rows.nodes, diagram.layers, strict=True):
        end = offset + len(box.dom)
        assert node.above == wires[offset:end]
        wires[offset:end] = node.below
        assert wires == sorted(wires)
    assert wires == rows.cod


@given(diagrams() | turned(diagrams()))
def test_wires_that_meet_a_row_stand_in_the_order_of_their_numbers(diagram: Diagram) -> None:
    rows = rows_of(diagram)
    measure = Measure(20, 5, lambda _: 3, lambda node: len(node.box.name), lambda *_: 20)
    x = layout(rows, measure).x
    alive = set(rows.dom)
    for nodes in [[], *rows.by_row()]:
        for node in nodes:
            alive = alive - set(node.above) | set(node.below)
        assert all(x[b] - x[a] >= 19.999 for a, b in pairwise(sorted(alive)))


@given(diagrams())
def test_box_is_below_every_box_that_feeds_it(diagram: Diagram) -> None:
    rows = rows_of(diagram)
    made = dict.fromkeys(rows.dom, -1)
    for node in rows.nodes:
        assert all(made[track] < node.row for track in node.above)
        made.update(dict.fromkeys(node.below, node.row))


Area = tuple[float, float, float, float]


def areas(root: ElementTree.Element) -> list[Area]:
    found = []
    for node in root.iter(f"{SVG}polygon"):
        corners = [p.split(",") for p in node.get("points", "").split()]
        xs, ys = ([float(c) for c in side] for side in zip(*corners, strict=True))
        found.append((min(xs), min(ys), max(xs), max(ys)))
    return found


def points(data: str) -> list[tuple[float, float]]:
    """Points along the wires of a path of lines and of curves of degree two and three."""
    found = []
    for part in re.findall(r"M[^M]*", data):
        x0, y0, *rest = map(float, re.findall(r"-?[\d.]+", part))
        handles = [(x0, y0), *zip(rest[::2], rest[1::2], strict=False)]
        if "V" in part:
            handles.append((x0, rest[0]))
        for step in range(33):
            t, level = step / 32, handles
            while len(level) > 1:
                level = [
                    ((1 - t) * a + t * c, (1 - t) * b + t * d) for (a, b), (c, d) in pairwise(level)
                ]
            found.append(level[0])
    return found


@given(diagrams() | turned(diagrams()))
def test_no_wire_passes_through_a_box_and_no_box_covers_another(diagram: Diagram) -> None:
    root = ElementTree.fromstring(diagram_svg(diagram))
    boxes = areas(root)
    for k, (left, top, right, bottom) in enumerate(boxes):
        for other in boxes[:k]:
            apart_x = other[2] < left or right < other[0]
            assert apart_x or other[3] < top or bottom < other[1]
        for x, y in (p for node in root.iter(f"{SVG}path") for p in points(node.get("d", ""))):
            inside = left - 1 < x < right + 1 and top + 0.2 < y < bottom - 0.2
            assert not inside, (x, y, boxes[k])


@given(diagrams())
def test_everything_drawn_is_inside_the_picture(diagram: Diagram) -> None:
    root = ElementTree.fromstring(diagram_svg(diagram))
    width, height = map(float, root.get("viewBox", "").split()[2:])
    for left, top, right, bottom in areas(root):
        assert left >= -12.1
        assert top >= -12.1
        assert right <= width - 12
        assert bottom <= height - 12
    for node in root.iter(f"{SVG}path"):
        for x, y in points(node.get("d", "")):
            assert -12.1 <= x <= width - 12
            assert -12.1 <= y <= height - 12


@st.composite
def circuits(draw: st.DrawFn) -> Circuit:
    n = draw(st.integers(1, 6))
    rows = [info for info in GATES.values() if info.n_qubits <= n]
    gates = []
    for info in draw(st.lists(st.sampled_from(rows), max_size=40)):
        qubits = draw(st.permutations(range(n)))[: info.n_qubits]
        angle = (
            Angle(draw(NAMES), draw(st.sampled_from([1.0, -0.5]))) if info.has_parameter else None
        )
        gates.append(Gate(info.name, tuple(qubits), angle))
    ends = [tuple(q for q in range(n) if draw(st.booleans())) for _ in range(2)]
    return Circuit(n, tuple(gates), *ends)


@given(circuits(), st.integers(0, 130))
def test_circuit_is_drawn_gate_by_gate(circuit: Circuit, width: int) -> None:
    svg = circuit_svg(circuit, width=10 * width)
    assert svg == circuit_svg(circuit, width=10 * width)
    assert sorted(texts(svg)[1:]) == sorted(clean(str(gate)) for gate in circuit.gates)
    assert svg.count("|0⟩") == circuit.n_qubits - len(circuit.inputs)
    lines = circuit_text(circuit, width=width).splitlines()
    assert all(columns(line) <= max(60, width) for line in lines)


@given(circuits())
def test_columns_keep_the_order_on_every_qubit(circuit: Circuit) -> None:
    drawn = [look for column in columns_of(circuit, 9, 99).columns for look in column]
    for q in range(circuit.n_qubits):
        expected = [str(gate) for gate in circuit.gates if q in gate.qubits]
        assert [g.full_name for g in drawn if q in g.controls + g.targets] == expected


@given(circuits())
def test_gates_of_a_column_do_not_overlap(circuit: Circuit) -> None:
    for column in columns_of(circuit, 9, 99).columns:
        qubits = [q for look in column for q in look.span]
        assert len(qubits) == len(set(qubits))
