"""Laws of diagrams, functors to tensors and normal forms, on random diagrams."""

from __future__ import annotations

import runpy
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from qnlp import IQPAnsatz
from qnlp.diagram import Box, Diagram, Word
from qnlp.functor import Functor
from qnlp.structure import Cap, Cup, Id, Spider, Swap
from qnlp.tensor import TensorFunctor
from qnlp.ty import Ty

FOLDER = Path(__file__).parents[1] / "reference"
RANDOM = runpy.run_path(str(FOLDER / "diagrams.py"))
evaluate = runpy.run_path(str(FOLDER / "layers.py"))["evaluate"]
contract = runpy.run_path(str(FOLDER / "contraction.py"))["contract"]
diagrams, types, array_of = RANDOM["diagrams"], RANDOM["types"], RANDOM["array_of"]

DIMENSION = {"a": 2, "b": 3}
TENSOR = TensorFunctor(DIMENSION, partial(array_of, dimension=DIMENSION))


def reference(diagram: Diagram) -> NDArray[Any]:
    return np.asarray(evaluate(diagram, DIMENSION, partial(array_of, dimension=DIMENSION)))


def assert_equal(left: NDArray[Any], right: NDArray[Any]) -> None:
    assert left.shape == right.shape
    scale = max(1.0, float(np.abs(right).max(initial=0)))
    np.testing.assert_allclose(left / scale, right / scale, rtol=0, atol=1e-12)


def kinds(diagram: Diagram, kind: str) -> int:
    return sum(box.kind == kind for box in diagram.boxes)


@given(diagrams())
def test_the_tensor_of_a_diagram_is_that_of_its_layers_one_by_one(diagram: Diagram) -> None:
    assert_equal(TENSOR(diagram), reference(diagram))


@given(diagrams(most=5), st.data())
def test_the_functor_keeps_composition(f: Diagram, data: st.DataObject) -> None:
    g = data.draw(diagrams(dom=f.cod, most=5))
    n = len(f.cod)
    product = (
        np.tensordot(TENSOR(f), TENSOR(g), n) if n else np.multiply.outer(TENSOR(f), TENSOR(g))
    )
    assert_equal(TENSOR(f >> g), product)


@given(diagrams(most=4, widest=3), diagrams(most=4, widest=3))
def test_the_functor_keeps_the_tensor_product(f: Diagram, g: Diagram) -> None:
    outer = np.multiply.outer(TENSOR(f), TENSOR(g))
    m, n, k = len(f.dom), len(f.cod), len(g.dom)
    order = [*range(m), *range(m + n, m + n + k), *range(m, m + n), *range(m + n + k, outer.ndim)]
    assert_equal(TENSOR(f @ g), outer.transpose(order))


@given(types)
def test_the_functor_keeps_identities(ty: Ty) -> None:
    shape = TENSOR.shape(ty)
    assert_equal(TENSOR(Id(ty)), np.eye(TENSOR.size(ty)).reshape(shape + shape))


@given(diagrams())
def test_the_dagger_is_the_conjugate_transpose(f: Diagram) -> None:
    n = len(f.dom)
    value = TENSOR(f)
    assert_equal(
        TENSOR(f.dagger()), np.moveaxis(value.conj(), range(n), range(value.ndim - n, value.ndim))
    )
    assert f.dagger().dagger() == f


@given(diagrams())
def test_turning_a_diagram_reads_its_axes_backwards(f: Diagram) -> None:
    value = TENSOR(f)
    for turned, ty in ((f.r, f.cod.r), (f.l, f.cod.l)):
        assert turned.dom == ty
        assert_equal(TENSOR(turned), value.transpose(range(value.ndim)[::-1]))
    assert f.r.l == f.l.r == f
    assert_equal(TENSOR(f.r.dagger()), TENSOR(f.dagger().r))


@given(diagrams(most=4, widest=4))
def test_a_transpose_is_the_box_bent_round(f: Diagram) -> None:
    bent = (
        Diagram.caps(f.dom.r, f.dom) @ f.cod.r
        >> f.dom.r @ f @ f.cod.r
        >> f.dom.r @ Diagram.cups(f.cod, f.cod.r)
    )
    assert (bent.dom, bent.cod) == (f.cod.r, f.dom.r)[::1]


@pytest.mark.parametrize("winding", range(-3, 4))
@pytest.mark.parametrize("dimension", range(1, 6))
def test_snakes_are_identities_for_every_dimension_and_winding(
    dimension: int, winding: int
) -> None:
    x = Ty.from_objects([("x", winding)])
    functor = TensorFunctor({"x": dimension}, {})
    for snake in (
        Cap(x, x.l) @ x >> x @ Cup(x.l, x),
        x @ Cap(x.r, x) >> Cup(x, x.r) @ x,
        Cap(x.r, x) @ x.r >> x.r @ Cup(x, x.r),
    ):
        expected = np.eye(dimension)
        assert snake.dom == snake.cod
        np.testing.assert_array_equal(functor(snake), expected)
        np.testing.assert_array_equal(evaluate(snake, {"x": dimension}, None), expected)
        assert snake.normal_form() == Id(snake.dom)


@given(types, st.integers(0, 2))
def test_snakes_on_types_of_many_wires_are_identities(ty: Ty, n_turns: int) -> None:
    for _ in range(n_turns):
        ty = ty.r
    snake = Diagram.caps(ty, ty.l) @ ty >> ty @ Diagram.cups(ty.l, ty)
    assert_equal(TENSOR(snake), TENSOR(Id(ty)))
    assert snake.normal_form() == Id(ty)


@given(diagrams(most=3, widest=3), diagrams(most=3, widest=3))
def test_boxes_side_by_side_interchange(f: Diagram, g: Diagram) -> None:
    left, right = f @ g.dom >> f.cod @ g, f.dom @ g >> f @ g.cod
    assert_equal(TENSOR(left), TENSOR(right))
    if f.boxes and g.boxes and all(b.dom and b.cod for b in f.boxes + g.boxes):
        assert kinds(left.normal_form(), "swap") <= kinds(left, "swap")


@given(diagrams(most=3, widest=3), diagrams(most=3, widest=3))
def test_boxes_slide_through_swaps(f: Diagram, g: Diagram) -> None:
    above = f @ g >> Diagram.swap(f.cod, g.cod)
    below = Diagram.swap(f.dom, g.dom) >> g @ f
    assert_equal(TENSOR(above), TENSOR(below))
    assert_equal(TENSOR(above.normal_form()), TENSOR(below))


@given(
    *(st.integers(0, 3) for _ in range(4)), st.integers(1, 3), types.filter(lambda t: len(t) > 0)
)
def test_spiders_fuse(a: int, b: int, c: int, d: int, middle: int, ty: Ty) -> None:
    x = ty[0]
    above = Diagram.spiders(a, middle + b, x) if a + middle + b else Id()
    fused = above @ Id(Ty.from_objects(x.objects * c)) >> Id(Ty.from_objects(x.objects * b)) @ (
        Diagram.spiders(middle + c, d, x)
    )
    if a + b + c + d == 0:
        return
    together = Spider(a + c, b + d, x)
    order = [*range(a + c)]
    assert_equal(TENSOR(fused), TENSOR(together).transpose([*order, *range(a + c, a + b + c + d)]))
    assert_equal(TENSOR(Diagram.spiders(1, 1, ty)), TENSOR(Id(ty)))
    assert_equal(TENSOR(Diagram.spiders(1, 2, ty) >> Diagram.spiders(2, 1, ty)), TENSOR(Id(ty)))


@given(types.filter(lambda t: len(t) > 0))
def test_the_frobenius_law_holds_on_any_type(ty: Ty) -> None:
    merge, split = Diagram.spiders(2, 1, ty), Diagram.spiders(1, 2, ty)
    middle = TENSOR(merge >> split)
    assert_equal(TENSOR(split @ ty >> ty @ merge), middle)
    assert_equal(TENSOR(ty @ split >> merge @ ty), middle)
    assert_equal(TENSOR(Diagram.swap(ty, ty) >> merge), TENSOR(merge))
    assert_equal(TENSOR(Diagram.spiders(0, 1, ty) @ ty >> merge), TENSOR(Id(ty)))


@given(diagrams())
def test_the_normal_form_keeps_types_and_tensor_and_is_its_own(f: Diagram) -> None:
    normal = f.normal_form()
    assert (normal.dom, normal.cod) == (f.dom, f.cod)
    assert Diagram(normal.dom, normal.layers) == normal  # well typed, layer by layer
    assert_equal(reference(normal), reference(f))
    assert normal.normal_form() == normal


@given(diagrams())
def test_the_normal_form_keeps_the_boxes_and_adds_no_bends(f: Diagram) -> None:
    normal = f.normal_form()
    named = ("box", "word", "spider")
    assert sorted(map(repr, (b for b in f.boxes if b.kind in named))) == sorted(
        map(repr, (b for b in normal.boxes if b.kind in named))
    )


@given(diagrams(is_planar=True, most=12))
def test_the_normal_form_of_a_planar_diagram_needs_no_swap(f: Diagram) -> None:
    normal = f.normal_form()
    assert kinds(normal, "swap") == 0
    assert kinds(normal, "cup") <= kinds(f, "cup")
    assert kinds(normal, "cap") <= kinds(f, "cap")


@given(diagrams(most=5, widest=4).filter(lambda d: not d.dom))
def test_the_normal_form_takes_no_amplitude_from_the_circuit(f: Diagram) -> None:
    ansatz = IQPAnsatz({"a": 1, "b": 1})
    before, after = ansatz(f), ansatz(f.normal_form())
    if before.n_qubits > 14:
        return
    values = {s: float(k) / 7 + 0.1 for k, s in enumerate(sorted(before.symbols))}
    np.testing.assert_allclose(
        after.amplitudes(values), before.amplitudes(values), rtol=0, atol=1e-12
    )


@given(diagrams())
def test_diagrams_survive_being_written_and_read(f: Diagram) -> None:
    assert Diagram.from_dict(f.to_dict()) == f
    assert hash(Diagram.from_dict(f.to_dict())) == hash(f)


@given(diagrams(most=5))
def test_a_functor_to_diagrams_agrees_with_the_composite_functor_to_tensors(f: Diagram) -> None:
    """Each atom becomes two wires; a box's image is a box on the doubled types."""
    doubled = Functor({"a": Ty("c", "d"), "b": Ty("d")}, _doubled)
    dimension = {"c": 2, "d": 3}
    outer = TensorFunctor(dimension, partial(array_of, dimension=dimension))

    def image(box: Box) -> NDArray[Any]:
        shape = [{"a": 6, "b": 3}[atom] for atom, _ in (box.dom @ box.cod).objects]
        inner = _doubled(box)
        value = outer(inner)
        # Wires of odd winding have their two inner wires turned round.
        axes: list[int] = []
        for atom, z in (box.dom @ box.cod).objects:
            width = {"a": 2, "b": 1}[atom]
            wire = list(range(len(axes), len(axes) + width))
            axes += wire[::-1] if z % 2 else wire
        return value.transpose(axes).reshape(shape)

    direct = TensorFunctor({"a": 6, "b": 3}, image)(f)
    value = outer(doubled(f))
    axes: list[int] = []
    for atom, z in (f.dom @ f.cod).objects:
        width = {"a": 2, "b": 1}[atom]
        wire = list(range(len(axes), len(axes) + width))
        axes += wire[::-1] if z % 2 else wire
    assert_equal(value.transpose(axes).reshape(direct.shape), direct)


def _doubled(box: Box) -> Diagram:
    to: Functor[Ty, Diagram] = Functor({"a": Ty("c", "d"), "b": Ty("d")}, {})
    dom, cod = to.type(box.dom), to.type(box.cod)
    return Box(box.name, dom, cod) if box.kind == "box" else Word(box.name, cod)


@pytest.mark.parametrize("dtype", [bool, np.int8, np.uint64, np.float32, np.float64, np.complex64])
def test_numbers_are_never_truncated_to_the_type_of_a_neighbour(dtype: Any) -> None:
    x = Ty("x")
    arrays: dict[str, Any] = {"i": np.ones(2, dtype), "f": np.diag([0.5, 0.25])}
    value = TensorFunctor({"x": 2}, arrays)(Word("i", x) >> Box("f", x, x))
    assert value.dtype == (np.complex128 if dtype is np.complex64 else np.float64)
    np.testing.assert_array_equal(value, [0.5, 0.25])
    arrays["f"] = np.diag([0.5j, 1])
    np.testing.assert_array_equal(
        TensorFunctor({"x": 2}, arrays)(Word("i", x) >> Box("f", x, x)), [0.5j, 1]
    )
    assert TensorFunctor({"x": 2}, {})(Id(x) >> Id(x)).dtype == np.float64


@given(st.data())
def test_a_planned_contraction_is_the_sum_over_all_indices(data: st.DataObject) -> None:
    from qnlp._core import tensor as core

    n = data.draw(st.integers(1, 5))
    dimension = data.draw(st.lists(st.integers(1, 3), min_size=n, max_size=n))
    index = st.integers(0, n - 1)
    operands = data.draw(st.lists(st.lists(index, max_size=3), min_size=1, max_size=4))
    used = sorted({k for axes in operands for k in axes})
    output = data.draw(st.permutations(used).map(lambda ks: ks[: len(ks) // 2]))
    dimension = [d if k in used else 1 for k, d in enumerate(dimension)]
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    arrays = [
        rng.normal(size=[dimension[k] for k in axes]).astype(np.complex128) for axes in operands
    ]
    network = core.Network(operands, output, dimension)
    expected = contract(operands, output, dimension, arrays)
    for order in (core.exact_order, core.greedy_order):
        found = core.contract(network, order(network), arrays, 2**30)
        np.testing.assert_allclose(found, expected.reshape(-1), rtol=0, atol=1e-12)


@given(diagrams())
def test_swaps_undo_each_other(f: Diagram) -> None:
    if len(f.cod) < 2:
        return
    x, y, rest = f.cod[0], f.cod[1], f.cod[2:]
    twice = f >> Swap(x, y) @ rest >> Swap(y, x) @ rest
    assert_equal(TENSOR(twice), TENSOR(f))
    assert_equal(reference(twice.normal_form()), reference(f))
