"""Every target of functors has the laws of the structure that it has, and refuses the rest."""

from __future__ import annotations

import runpy
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from qnlp import Box, Bubble, Cap, Cup, Diagram, Functor, Id, Spider, Sum, Swap, Ty, Word
from qnlp.channel import ChannelFunctor
from qnlp.circuit import Circuit
from qnlp.differentiate import differentiate
from qnlp.errors import DiagramError, DomainError, ShapeError
from qnlp.functions import FunctionFunctor
from qnlp.gates import BIT, QUBIT, circuit_diagram, encode, gate_arrays, gate_box, ket, measure
from qnlp.stochastic import StochasticFunctor
from qnlp.tensor import TensorFunctor

FOLDER = Path(__file__).parents[1]
RANDOM = runpy.run_path(str(FOLDER / "reference" / "diagrams.py"))
diagrams, array_of = RANDOM["diagrams"], RANDOM["array_of"]
CIRCUITS = runpy.run_path(str(FOLDER / "property" / "test_differentiate.py"))
circuits, points = CIRCUITS["circuits"], CIRCUITS["points"]

DIMENSION = {"a": 2, "b": 2}
ARRAYS = partial(array_of, dimension=DIMENSION)
TENSOR = TensorFunctor(DIMENSION, ARRAYS)
CHANNEL = ChannelFunctor(DIMENSION, ARRAYS)
QUBITS = {"qubit": 2, "bit": 2}


def close(left: NDArray[Any], right: NDArray[Any], scale: float | None = None) -> None:
    assert left.shape == right.shape
    size = max(1.0, float(np.abs(right).max(initial=0))) if scale is None else scale
    np.testing.assert_allclose(left / size, right / size, rtol=0, atol=1e-10)


def doubled(value: NDArray[Any]) -> NDArray[Any]:
    """A tensor times its conjugate, the two axes of each wire side by side."""
    outer = np.multiply.outer(value, value.conj())
    n = value.ndim
    return outer.transpose([axis for k in range(n) for axis in (k, n + k)])


@settings(max_examples=60)
@given(diagrams(most=5, widest=4))
def test_the_channel_of_a_pure_diagram_is_its_tensor_doubled(f: Diagram) -> None:
    close(CHANNEL(f), doubled(TENSOR(f)))


@settings(max_examples=40)
@given(diagrams(most=3, widest=3), st.data())
def test_channels_compose(f: Diagram, data: st.DataObject) -> None:
    g = data.draw(diagrams(dom=f.cod, most=3, widest=3)) @ Id()
    drop = Diagram.discard(g.cod[:1])
    whole = CHANNEL(f >> g >> drop @ g.cod[1:])
    n = 2 * len(f.cod)
    parts = np.tensordot(CHANNEL(f), CHANNEL(g >> drop @ g.cod[1:]), n) if n else (
        np.multiply.outer(CHANNEL(f), CHANNEL(g >> drop @ g.cod[1:]))
    )  # fmt: skip
    close(whole, parts)
    close(CHANNEL(f @ Diagram.discard(Ty("a"))), np.multiply.outer(CHANNEL(f), np.eye(2)).transpose(
        _beside(2 * len(f.dom), 2 * len(f.cod))
    ))  # fmt: skip


def _beside(n_dom: int, n_cod: int) -> list[int]:
    total = n_dom + n_cod
    return [*range(n_dom), total, total + 1, *range(n_dom, total)]


@settings(max_examples=40)
@given(circuits(), points, st.sampled_from("ab"))
def test_mixed_gradients_are_those_of_differences(
    c: Circuit, values: dict[str, float], symbol: str
) -> None:
    d = circuit_diagram(c)
    if d.cod:
        d = d >> measure() @ Diagram.discard(d.cod[1:])
    at = ChannelFunctor(QUBITS, gate_arrays(values))
    slope = at(differentiate(d, symbol, mixed=True))
    h = 1e-5
    ahead, behind = (
        ChannelFunctor(QUBITS, gate_arrays(values | {symbol: values[symbol] + by}))(d)
        for by in (h, -h)
    )
    np.testing.assert_allclose(slope, (ahead - behind) / (2 * h), rtol=0, atol=1e-5)
    if d.cod:
        assert np.abs(at(d).imag).max() < 1e-12
        assert at(d).real.min() > -1e-12


def test_classical_and_quantum_wires_mix() -> None:
    functor = ChannelFunctor(QUBITS, gate_arrays({}))
    plus = ket(0) >> gate_box("H")
    # A bit and a qubit change places, as they do not in DisCoPy 1.2.
    crossed = functor((plus >> measure()) @ ket(1) >> Swap(BIT, QUBIT))
    close(crossed, np.multiply.outer(np.diag([0.0, 1.0]), np.array([0.5, 0.5])).astype(complex))
    # A prepared bit leaves no leg behind: encoding and measuring is the identity on bits.
    close(functor(encode() >> measure()), np.eye(2, dtype=complex))
    close(functor(measure() >> encode()), functor(
        Spider(1, 2, QUBIT) >> QUBIT @ Diagram.discard(QUBIT)
    ))  # fmt: skip
    assert functor(encode() >> Diagram.discard(QUBIT)).shape == (2,)
    close(functor(plus >> Diagram.discard(QUBIT)), np.array(1 + 0j))
    with pytest.raises(ShapeError, match="one quantum and one classical wire"):
        ChannelFunctor({"qubit": 2, "bit": 3}, gate_arrays({}))(measure())


@settings(max_examples=60)
@given(diagrams(most=5))
def test_a_functor_to_sums_distributes(f: Diagram) -> None:
    a, b = Ty("a"), Ty("b")
    double = Functor({"a": a, "b": b}, lambda box: box)
    total = 2 * f + f
    image: Any = double(total)
    assert image == Sum.of(f) * 3
    bubble: Any = double(Bubble(f, "g"))
    assert bubble == Bubble(f, "g")


def chance(box: Box) -> NDArray[Any]:
    raw = np.abs(array_of(box, DIMENSION))
    sums = raw.sum(axis=tuple(range(len(box.dom), raw.ndim)), keepdims=True)
    return np.asarray(raw / sums)


def is_causal(f: Diagram) -> bool:
    return all(
        box.kind == "swap"
        or (box.kind == "spider" and len(box.dom) == 1)
        or (box.kind in ("box", "word") and not box.is_dagger and not box.rotation)
        for box in f.boxes
    )


@settings(max_examples=200)
@given(diagrams(most=4))
def test_stochastic_maps_are_tensors_that_sum_to_one(f: Diagram) -> None:
    functor = StochasticFunctor(DIMENSION, chance)
    if not is_causal(f):
        with pytest.raises(DiagramError, match="stochastic maps copy and discard"):
            functor(f)
        return
    close(functor(f), TensorFunctor(DIMENSION, chance)(f))
    sums = functor(f >> Diagram.discard(f.cod))
    np.testing.assert_allclose(sums, np.ones_like(sums), rtol=0, atol=1e-9)


def test_what_is_no_distribution_is_refused() -> None:
    x = Ty("x")
    for array, message in (([0.5, 0.4], "up to 0.1"), ([1.5, -0.5], "not negative")):
        with pytest.raises(DomainError, match=message):
            StochasticFunctor({"x": 2}, {"w": array})(Word("w", x))


@settings(max_examples=200)
@given(diagrams(most=6))
def test_functions_of_diagrams_compute_what_the_boxes_say(f: Diagram) -> None:
    def function(box: Box) -> Any:
        n = len(box.cod)

        def call(*values: Any) -> Any:
            made = tuple((box.name, k, values) for k in range(n))
            return made[0] if n == 1 else made

        return call

    functor = FunctionFunctor(function)
    if not is_causal(f):
        with pytest.raises(DiagramError, match="functions copy and discard"):
            functor(f)
        return
    inputs = [f"x{k}" for k in range(len(f.dom))]
    found = functor(f)(*inputs)
    assert len(found) == len(f.cod)
    assert functor(Id(f.dom).then(*f.foliation()))(*inputs) == found
    swapped = Diagram.swap(f.cod, Ty("a"))
    assert functor(f @ Ty("a") >> swapped)(*inputs, "y") == ("y", *found)
    copied = functor(f >> Diagram.copy(f.cod))(*inputs)
    assert copied == found * 2
    assert functor(Diagram.copy(f.dom) >> f @ f)(*inputs) == copied


def test_functions_say_what_they_lack() -> None:
    x = Ty("x")
    f = Box("f", x, x @ x)
    with pytest.raises(DiagramError, match="box 'f' has no function"):
        FunctionFunctor({})(f)
    with pytest.raises(DiagramError, match="must give a tuple of 2 values"):
        FunctionFunctor({"f": lambda a: a})(f)(1)
    with pytest.raises(DiagramError, match="takes 1 values, got 2"):
        FunctionFunctor({"f": lambda a: (a, a)})(f)(1, 2)
    long = Box("g", x, x).then(*[Box("g", x, x)] * 20_000)
    assert FunctionFunctor({"g": lambda a: a + 1})(long)(0) == (20_001,)


@settings(max_examples=60)
@given(diagrams(most=5, widest=4))
def test_torch_has_the_same_numbers_and_gradients(f: Diagram) -> None:
    torch = pytest.importorskip("torch")
    from qnlp.torch_tensor import TorchFunctor

    known: dict[int, Any] = {}

    def tensor(box: Box) -> Any:
        if box.generator not in known:
            known[box.generator] = torch.tensor(ARRAYS(box), requires_grad=True)
        return known[box.generator]

    functor = TorchFunctor(DIMENSION, tensor, {"sin": torch.sin})
    made = functor(f)
    close(made.detach().numpy(), TENSOR(f))
    if known:
        (made.real.sum() + functor(2 * f).imag.sum()).backward()
        assert all(k.grad is None or torch.isfinite(k.grad.abs()).all() for k in known.values())


def test_torch_gradients_are_those_of_the_formal_sum() -> None:
    torch = pytest.importorskip("torch")
    from qnlp.torch_tensor import TorchFunctor

    rx = gate_box("Rx", "a")
    d = ket(0) >> rx >> gate_box("Rz", "a") >> rx.dagger() >> gate_box("H") >> rx

    def tensors(a: Any) -> Any:
        half = torch.pi * a
        zero = torch.zeros(())
        c, s = torch.cos(half), torch.sin(half)
        cosines = torch.stack([c, zero, zero, c]).reshape(2, 2)
        across = torch.stack([zero, -s, -s, zero]).reshape(2, 2)
        along = torch.stack([-s, zero, zero, s]).reshape(2, 2)
        return {
            "|0>": torch.tensor([1.0, 0.0]),
            "H": torch.tensor([[1.0, 1.0], [1.0, -1.0]], dtype=torch.complex128) / 2**0.5,
            "Rx(a)": torch.complex(cosines, across),
            "Rz(a)": torch.complex(cosines, along),
        }

    a = torch.tensor(0.3, dtype=torch.float64, requires_grad=True)
    value = TorchFunctor({"qubit": 2}, tensors(a))(d)
    close(value.detach().numpy(), TensorFunctor({"qubit": 2}, gate_arrays({"a": 0.3}))(d))
    slope = TensorFunctor({"qubit": 2}, gate_arrays({"a": 0.3}))(differentiate(d, "a"))
    for k in range(2):
        (by_real,) = torch.autograd.grad(value[k].real, a, retain_graph=True)
        (by_imag,) = torch.autograd.grad(value[k].imag, a, retain_graph=True)
        assert abs(complex(by_real, by_imag) - slope[k]) < 1e-9


def test_cups_and_caps_are_refused_by_name() -> None:
    x = Ty("x")
    f = Box("f", x, x)
    for target in (StochasticFunctor({"x": 2}, {}), FunctionFunctor({})):
        for d in (Cup(x, x.r), Cap(x, x.l), Spider(2, 1, x), f.dagger(), f.r):
            with pytest.raises(DiagramError, match="copy and discard, and have no"):
                target(d)
