"""ZX diagrams: their laws, gradients, simplification and circuits, by the tensors that they stand for."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from qnlp import Box, Cap, Cup, Diagram, Id, IQPAnsatz, Sim14Ansatz, Spider, Swap, TensorFunctor, Ty
from qnlp.channel import ChannelFunctor
from qnlp.circuit import GATES, Angle, Circuit, Gate
from qnlp.differentiate import differentiate, hessian
from qnlp.errors import DiagramError
from qnlp.gates import QUBIT, bra, circuit_diagram, factor, gate_box, ket, measure
from qnlp.zx import (
    phase_scalar,
    read_spider,
    sentence_functor,
    to_zx,
    x_spider,
    z_spider,
    zx_arrays,
)

FOLDER = Path(__file__).parents[1]
CIRCUITS = runpy.run_path(str(FOLDER / "property" / "test_differentiate.py"))
circuits, points, angles, SYMBOLS = (
    CIRCUITS[k] for k in ("circuits", "points", "angles", "SYMBOLS")
)
SENTENCES = runpy.run_path(str(FOLDER / "reference" / "diagrams.py"))["sentences"]

H = gate_box("H")
WIRE = Id(QUBIT)


def tensor(arrow: Any, values: dict[str, float] | None = None) -> NDArray[Any]:
    return TensorFunctor({"qubit": 2}, zx_arrays(values or {}))(arrow)


def close(left: Any, right: Any, values: dict[str, float] | None = None) -> None:
    a, b = tensor(left, values), tensor(right, values)
    assert a.shape == b.shape
    np.testing.assert_allclose(a, b, rtol=0, atol=1e-9 * max(1.0, float(np.abs(b).max(initial=0))))


# Clifford phases, which rules look for, and any others.
eighths = st.integers(-8, 8).map(lambda k: Angle(shift=k / 8))
phases = st.one_of(eighths, eighths, angles)


@st.composite
def zx_diagrams(draw: st.DrawFn, most: int = 7, widest: int = 4, symbolic: bool = True) -> Diagram:
    """Spiders of both colours, H, scalars, bends and crossings, daggered and turned."""
    phase = phases if symbolic else eighths
    width = draw(st.integers(0, 2))
    made = Id(Ty(*["qubit"] * width))
    for _ in range(draw(st.integers(0, most))):
        at = draw(st.integers(0, width))
        n_in = draw(st.integers(0, min(2, width - at)))
        n_out = draw(st.integers(0, min(3, widest - width + n_in)))
        colour = draw(st.sampled_from([z_spider, x_spider]))
        box: Any = colour(n_in, n_out, draw(phase))
        how = draw(st.sampled_from(["as it is", "dagger", "turned", "scalar"]))
        if how == "dagger":
            box = colour(n_out, n_in, draw(phase)).dagger()
        if how == "turned":
            box = colour(n_out, n_in, draw(phase)).transpose().r.r.l
            box = box if box.dom == Ty(*["qubit"] * n_in) else colour(n_in, n_out, draw(phase))
        if n_in == n_out == 1 and draw(st.booleans()):
            box = H
        if n_in == n_out == 2 and draw(st.booleans()):
            box = Swap(QUBIT, QUBIT)
        if how == "scalar":
            box = box @ draw(
                st.sampled_from([factor(0.5j), phase_scalar("a"), z_spider(0, 0, "b")])
            )
        made = made >> made.cod[:at] @ box @ made.cod[at + n_in :]
        width += n_out - n_in
    return made


@pytest.mark.parametrize("name", sorted(GATES))
def test_every_gate_is_its_zx_diagram(name: str) -> None:
    angle = Angle("a", -0.5, 0.15) if GATES[name].has_parameter else None
    gate = gate_box(name, angle)
    close(to_zx(gate), gate, {"a": 0.37})
    close(to_zx(gate.dagger()), gate.dagger(), {"a": 0.37})
    for box in to_zx(gate).boxes:
        known = read_spider(box.base) is not None or box.base.name.startswith("factor(")
        assert known or box == H or isinstance(box, Spider | Swap)


@given(circuits(), points)
def test_a_circuit_and_its_zx_diagram_have_equal_numbers(c: Circuit, values: Any) -> None:
    close(to_zx(c), circuit_diagram(c), values)
    close(to_zx(circuit_diagram(c).dagger()), circuit_diagram(c).dagger(), values)


@given(phases, phases, points, st.integers(0, 2), st.integers(0, 2))
def test_the_rules_of_the_calculus_hold(p: Angle, q: Angle, values: Any, n: int, m: int) -> None:
    # Fusion: phases of neighbours add up.
    legs = Id(Ty(*["qubit"] * m))
    fused = Spider(n, m + 2, QUBIT) >> legs @ z_spider(1, 0, p) @ z_spider(1, 0, q)
    close(z_spider(n, 1, p) >> z_spider(1, m, q), fused, values)
    for spider, other in ((z_spider, x_spider), (x_spider, z_spider)):
        # Colours change by H on each leg.
        hs = Id().tensor(*[H] * n), Id().tensor(*[H] * m)
        close(spider(n, m, p), hs[0].then(other(n, m, p), hs[1]), values)
        # Half a turn goes through the other colour, and turns its phase round.
        turned = (spider(1, 1, -p) >> other(1, 1, 0.5)) @ phase_scalar(p)
        close(other(1, 1, 0.5) >> spider(1, 1, p), turned, values)
        # States of one colour are copied by the other.
        twice = spider(0, 1) @ spider(0, 1)
        close((spider(0, 1) >> other(1, 2)) @ factor(2**0.5), twice)
        # Bialgebra and Hopf, with their scalars.
        close(spider(2, 1) >> other(1, 2), ((other(1, 2) @ other(1, 2))
              >> WIRE @ Swap(QUBIT, QUBIT) @ WIRE >> spider(2, 1) @ spider(2, 1)) @ factor(2**0.5))  # fmt: skip
        close(spider(1, 2) >> other(2, 1), (spider(1, 0) >> other(0, 1)) @ factor(0.5))
    # A spider's legs bend, and it is its own transpose.
    close(z_spider(1, 1, p).transpose(), z_spider(1, 1, p).r, values)
    close(Cap(QUBIT.r, QUBIT) @ QUBIT.r >> QUBIT.r @ z_spider(1, 1, p) @ QUBIT.r
          >> QUBIT.r @ Cup(QUBIT, QUBIT.r), z_spider(1, 1, p).r, values)  # fmt: skip


@given(zx_diagrams(), zx_diagrams(), points)
def test_evaluation_is_a_functor(f: Diagram, g: Diagram, values: Any) -> None:
    close(to_zx(f), f, values)
    close(f.dagger(), Diagram._wrap(f.dagger()._core).normal_form(), values)
    beside = np.multiply.outer(tensor(f, values), tensor(g, values))
    order = [*range(len(f.dom)), *range(len(f.dom @ f.cod), len(f.dom @ f.cod @ g.dom))]
    order += [k for k in range(beside.ndim) if k not in order]
    np.testing.assert_allclose(tensor(f @ g, values), beside.transpose(order), atol=1e-9)


@given(zx_diagrams(), points, st.sampled_from(SYMBOLS))
def test_gradients_of_zx_diagrams_are_those_of_differences(
    d: Diagram, values: dict[str, float], symbol: str
) -> None:
    slope = tensor(differentiate(d, symbol), values)
    h = 1e-5
    ahead, behind = (tensor(d, values | {symbol: values[symbol] + by}) for by in (h, -h))
    scale = max(1.0, float(np.abs(slope).max(initial=0)))
    np.testing.assert_allclose(slope / scale, (ahead - behind) / (2 * h * scale), atol=1e-5)


@settings(max_examples=40)
@given(circuits(most=4), points, st.sampled_from(SYMBOLS))
def test_differentiating_commutes_with_going_to_zx(c: Circuit, values: Any, symbol: str) -> None:
    d = circuit_diagram(c)
    here, there = differentiate(d, symbol), differentiate(to_zx(d), symbol)
    np.testing.assert_allclose(tensor(there, values), tensor(here, values), atol=1e-9)
    second = hessian(to_zx(d), [symbol])[symbol, symbol]
    expected = hessian(d, [symbol])[symbol, symbol]
    np.testing.assert_allclose(tensor(second, values), tensor(expected, values), atol=1e-8)


@settings(max_examples=40)
@given(zx_diagrams(most=4, widest=3), points, st.sampled_from(SYMBOLS))
def test_mixed_gradients_of_zx_diagrams_are_those_of_differences(
    d: Diagram, values: dict[str, float], symbol: str
) -> None:
    d = d >> measure() @ Diagram.discard(d.cod[1:]) if d.cod else d

    def at(by: float, arrow: Any = d) -> NDArray[Any]:
        arrays = zx_arrays(values | {symbol: values[symbol] + by})
        return ChannelFunctor({"qubit": 2, "bit": 2}, arrays)(arrow)

    slope = at(0.0, differentiate(d, symbol, mixed=True))
    h = 1e-5
    scale = max(1.0, float(np.abs(slope).max(initial=0)))
    np.testing.assert_allclose(slope / scale, (at(h) - at(-h)) / (2 * h * scale), atol=1e-5)


@settings(max_examples=40, deadline=None)
@given(zx_diagrams(), points)
def test_graphs_of_pyzx_come_and_go_with_their_numbers(d: Diagram, values: Any) -> None:
    pyzx = pytest.importorskip("pyzx")
    from qnlp.convert.pyzx import from_pyzx, to_pyzx

    close(from_pyzx(to_pyzx(d)), d, values)
    known = to_pyzx(d, values)
    # PyZX has the axes of the outputs first.
    there = pyzx.tensorfy(known, strategy="naive")
    n_out = len(d.cod)
    axes = [*range(n_out, there.ndim), *range(n_out)]
    expected = tensor(d, values)
    scale = max(1.0, float(np.abs(expected).max(initial=0)))
    np.testing.assert_allclose(there.transpose(axes) / scale, expected / scale, atol=1e-8)


@settings(max_examples=30, deadline=None)
@given(zx_diagrams(), points, st.booleans())
def test_what_is_simplified_has_its_numbers(d: Diagram, values: Any, gadgets: bool) -> None:
    pytest.importorskip("pyzx")
    from qnlp.convert.pyzx import simplify

    close(simplify(d, values, gadgets=gadgets), d, values)


@settings(max_examples=30, deadline=None)
@given(zx_diagrams(), points)
def test_what_is_extracted_has_its_numbers(d: Diagram, values: Any) -> None:
    pytest.importorskip("pyzx")
    from qnlp.zx_circuit import extract

    for made in (extract(d, values), extract(d)):
        close(circuit_diagram(made), d, values)


@settings(max_examples=30, deadline=None)
@given(circuits(), points)
def test_a_unitary_circuit_is_extracted_without_more_qubits(c: Circuit, values: Any) -> None:
    pytest.importorskip("pyzx")
    from qnlp.zx_circuit import extract

    n = tuple(range(c.n_qubits))
    unitary = Circuit(c.n_qubits, c.gates, inputs=n, outputs=n)
    made = extract(to_zx(unitary))
    close(circuit_diagram(made), circuit_diagram(unitary), values)
    assert made.n_qubits == c.n_qubits
    assert sorted(made.inputs) == list(n)


@settings(max_examples=40, deadline=None)
@given(SENTENCES(), st.sampled_from([IQPAnsatz, Sim14Ansatz]), st.integers(0, 99))
def test_sentences_go_to_zx_and_to_circuits_with_their_numbers(
    d: Diagram, ansatz: Any, seed: int
) -> None:
    words = ansatz({"a": 1, "b": 1})
    expected = words(d)
    rng = np.random.default_rng(seed)
    values = dict(zip(expected.symbols, rng.random(len(expected.symbols)), strict=True))
    zx = sentence_functor(words)(d)
    amplitudes = expected.amplitudes(values)
    scale = max(1.0, float(np.abs(amplitudes).max(initial=0)))
    np.testing.assert_allclose(
        tensor(zx, values).reshape(-1) / scale, amplitudes / scale, atol=1e-9
    )


def test_a_sentence_has_a_smaller_circuit_by_zx() -> None:
    pytest.importorskip("pyzx")
    from qnlp import Word, pregroup_diagram
    from qnlp.zx_circuit import extract

    n, s = Ty("n"), Ty("s")
    loves = Word("loves", n.r @ s @ n.l)
    sentence = pregroup_diagram([Word("Alice", n), loves, Word("Bob", n)], [(0, 1), (3, 4)])
    ansatz = IQPAnsatz({"n": 1, "s": 1})
    plain, made = ansatz(sentence), extract(sentence_functor(ansatz)(sentence))
    values = dict(zip(plain.symbols, np.linspace(0.1, 0.9, len(plain.symbols)), strict=True))
    assert sorted(made.symbols) == sorted(plain.symbols)
    np.testing.assert_allclose(made.amplitudes(values), plain.amplitudes(values), atol=1e-12)
    assert (plain.n_qubits, len(plain.post_selected)) == (5, 4)
    assert (made.n_qubits, len(made.post_selected)) == (3, 2)


def test_gates_cancel_across_a_circuit() -> None:
    pytest.importorskip("pyzx")
    from qnlp.zx_circuit import extract

    cx, t = gate_box("CX"), gate_box("T")
    there = cx >> t @ WIRE >> cx
    assert extract(there >> there.dagger()).gates == ()
    assert len(extract((t @ t).then(*[cx, t @ WIRE] * 6, cx)).gates) < 10


def test_what_is_no_zx_diagram_is_named() -> None:
    with pytest.raises(DiagramError, match="box 'f' is no gate, ket, bra or spider"):
        to_zx(Box("f", QUBIT, QUBIT))
    with pytest.raises(DiagramError, match="box 'discard' is no gate"):
        to_zx(Diagram.discard(QUBIT))
    with pytest.raises(DiagramError, match="spider has -1 and 2 legs"):
        z_spider(-1, 2, 0.25)
    with pytest.raises(DiagramError, match="functor has no image for atom 'n'"):
        to_zx(Id(Ty("n")))
    close(to_zx(ket(0, 1) >> bra(0, 1)), factor(1.0))
    assert read_spider(Box("Z(a)", Ty("n"), Ty("n"))) is None
    assert read_spider(x_spider(1, 1, "a").dagger()) is None
    assert len(differentiate(to_zx(Circuit(1, (Gate("H", (0,)),))), "a")) == 0


def test_graphs_that_are_no_zx_diagrams_are_named() -> None:
    pyzx = pytest.importorskip("pyzx")
    from qnlp.convert.pyzx import from_pyzx

    graph = pyzx.Graph()
    graph.add_vertex(pyzx.VertexType.H_BOX)
    with pytest.raises(DiagramError, match=r"vertex 0 has type .*, expected a Z or X spider"):
        from_pyzx(graph)
    symbol = pyzx.symbolic.new_var("a", False)
    squared = pyzx.Graph()
    squared.add_vertex(pyzx.VertexType.Z, phase=symbol * symbol)
    with pytest.raises(DiagramError, match="linear in its symbols"):
        from_pyzx(squared)
