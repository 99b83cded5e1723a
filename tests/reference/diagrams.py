"""Random diagrams, sentences and tensors of boxes, for the property tests."""

from __future__ import annotations

from zlib import crc32

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from qnlp.diagram import Box, Diagram, Word
from qnlp.structure import Cap, Cup, Spider, Swap
from qnlp.ty import Ty

ATOMS = ("a", "b")
wires = st.builds(
    lambda name, z: Ty.from_objects([(name, z)]), st.sampled_from(ATOMS), st.integers(-1, 1)
)
types = st.lists(wires, max_size=2).map(lambda ws: Ty.from_objects(w.objects[0] for w in ws))


def seed_of(box: Box) -> int:
    return crc32(f"{box.name} {box.dom} {box.cod}".encode())


def array_of(box: Box, dimension: dict[str, int]) -> NDArray[np.complex128]:
    """The same complex numbers for the same box, in every process."""
    rng = np.random.default_rng(seed_of(box))
    shape = [dimension[atom] for atom, _ in (box.dom @ box.cod).objects]
    return rng.normal(size=shape) + 1j * rng.normal(size=shape)


@st.composite
def boxes(draw: st.DrawFn, dom: Ty) -> Box:
    """A named box from `dom`, upright, daggered or turned."""
    cod = draw(types)
    name = draw(st.sampled_from(["f", "g"]))
    how = draw(st.sampled_from(["as it is", "dagger", "left", "right", "both"]))
    if how == "dagger":
        return Box(name, cod, dom).dagger()
    if how == "left":
        return Box(name, cod.r, dom.r).l
    if how == "right":
        return Box(name, cod.l, dom.l).r
    if how == "both":
        return Box(name, dom.l, cod.l).r.dagger()
    return Box(name, dom, cod) if dom or not cod or draw(st.booleans()) else Word(name, cod)


def _moves(row: Ty, is_planar: bool, widest: int) -> list[tuple[str, int]]:
    n = len(row)
    found = [("box", k) for k in range(n + 1)]
    if n + 2 <= widest:
        found += [("cap", k) for k in range(n + 1)]
    for k in range(n):
        found.append(("spider", k))
    for k in range(n - 1):
        (a, i), (b, j) = row.objects[k], row.objects[k + 1]
        if a == b and j == i + 1:
            found += [("cup", k)] * 4
        if not is_planar:
            found.append(("swap", k))
    return found


@st.composite
def layer(draw: st.DrawFn, row: Ty, is_planar: bool, widest: int) -> tuple[Box, int]:
    kind, at = draw(st.sampled_from(_moves(row, is_planar, widest)))
    if kind == "cup":
        return Cup(row[at], row[at + 1]), at
    if kind == "swap":
        return Swap(row[at], row[at + 1]), at
    if kind == "cap":
        x = draw(wires)
        return Cap(x.r, x), at
    if kind == "spider":
        n_in = 1 + int(at + 1 < len(row) and row[at] == row[at + 1] and draw(st.booleans()))
        return Spider(n_in, draw(st.integers(0, min(2, widest - len(row) + n_in))), row[at]), at
    n_in = draw(st.integers(0, min(2, len(row) - at)))
    box = draw(boxes(row[at : at + n_in]).filter(lambda b: len(row) - n_in + len(b.cod) <= widest))
    return box, at


@st.composite
def diagrams(
    draw: st.DrawFn,
    is_planar: bool = False,
    widest: int = 5,
    most: int = 8,
    dom: Ty | None = None,
) -> Diagram:
    """Boxes, words, cups, caps, swaps, spiders, daggers and transposes, in any order."""
    start = draw(types) if dom is None else dom
    row, layers = start, []
    for _ in range(draw(st.integers(0, most))):
        box, at = draw(layer(row, is_planar, widest))
        layers.append((box, at))
        row = row[:at] @ box.cod @ row[at + len(box.dom) :]
    return Diagram(start, layers)


@st.composite
def sentences(draw: st.DrawFn, most: int = 4, widest: int = 5) -> Diagram:
    """Words alone, some turned or daggered, joined by cups, spiders and swaps; no domain."""
    parts: list[Diagram] = []
    for _ in range(draw(st.integers(1, most))):
        cod = draw(types.filter(lambda t: len(t) > 0))
        name = draw(st.sampled_from(["u", "v", "w"]))
        parts.append(draw(st.sampled_from([Word(name, cod), Word(name, cod.r.r).l.l])))
    made = Diagram.id().tensor(*parts)
    for _ in range(draw(st.integers(0, 6))):
        box, at = draw(layer(made.cod, False, max(widest, len(made.cod))).filter(_is_wire))
        made = made >> made.cod[:at] @ box @ made.cod[at + len(box.dom) :]
    for k in range(len(made.cod) - 1, 1, -1):  # close all but two wires by words' effects
        (wire,) = list(made.cod[k])
        made = made >> made.cod[:k] @ Word("x", wire).dagger()
    return made


def _is_wire(choice: tuple[Box, int]) -> bool:
    return choice[0].kind not in ("box", "word")
