"""Gates as boxes: circuits that are diagrams, so that all that holds of diagrams holds of them.

A gate's box is called by its name and angle, such as ``CRz(0.5*theta + 0.25)``, so that it reads well
in a drawing and survives being written and read. Angles are in full turns.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from qnlp.circuit import GATES, Angle, Circuit, Gate
from qnlp.diagram import Box, Diagram
from qnlp.errors import DiagramError, ShapeError
from qnlp.structure import Swap
from qnlp.ty import Ty

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

__all__ = [
    "BIT",
    "QUBIT",
    "as_angle",
    "at_values",
    "bra",
    "circuit_diagram",
    "encode",
    "factor",
    "gate_arrays",
    "gate_box",
    "ket",
    "measure",
    "read_angle",
    "read_factor",
    "read_gate",
    "written",
]

QUBIT = Ty("qubit")
BIT = Ty("bit")

_NAME = re.compile(r"([A-Za-z0-9]+)(?:\((.*)\))?", re.DOTALL)
_FULL = re.compile(r"([^*]+)\*(.*) \+ (\S+)", re.DOTALL)
_KET = {f"|{b}>": b for b in (0, 1)}
_BRA = {f"<{b}|": b for b in (0, 1)}


def gate_box(name: str, angle: Angle | str | float | None = None) -> Box:
    """The box of a gate.

    Parameters
    ----------
    name : str
        A name of `qnlp.circuit.GATES`.
    angle : Angle, str or float, optional
        In full turns; a text is a symbol.

    Returns
    -------
    Box
        On as many wires of type ``qubit`` as the gate has, controls first.

    Raises
    ------
    ShapeError
        If there is no such gate, or it has no angle where one is given, or needs one.

    Examples
    --------
    >>> from qnlp.gates import gate_box
    >>> gate_box("Rx", "theta")
    Box('Rx(theta)', Ty("qubit"), Ty("qubit"))
    """
    info = GATES.get(name)
    if info is None:
        message = f"gate {name!r} is unknown, the gates are {sorted(GATES)}"
        raise ShapeError(message)
    if info.has_parameter != (angle is not None):
        message = f"gate {name} must have {'an' if info.has_parameter else 'no'} angle"
        raise ShapeError(message)
    wires = Ty(*["qubit"] * info.n_qubits)
    return Box(name if angle is None else f"{name}({written(as_angle(angle))})", wires, wires)


def as_angle(angle: Angle | str | float) -> Angle:
    """An angle out of a symbol's name, or of a number of full turns."""
    if isinstance(angle, Angle):
        return angle
    return Angle(angle) if isinstance(angle, str) else Angle(shift=float(angle))


def written(angle: Angle) -> str:
    """An angle as text that `read_angle` reads.

    Examples
    --------
    >>> from qnlp.circuit import Angle
    >>> from qnlp.gates import read_angle, written
    >>> written(Angle("a", 0.5)), read_angle(written(Angle("a", 0.5))) == Angle("a", 0.5)
    ('0.5*a + 0.0', True)
    """
    if angle.symbol is None:
        return f"={angle.shift!r}"
    is_plain = "*" not in angle.symbol and not angle.symbol.startswith("=")
    if (angle.scale, angle.shift) == (1, 0) and is_plain:
        return angle.symbol
    return f"{float(angle.scale)!r}*{angle.symbol} + {float(angle.shift)!r}"


@cache
def _read(name: str) -> tuple[str, Angle | None] | None:
    found = _NAME.fullmatch(name)
    if found is None or found[1] not in GATES:
        return None
    inside = found[2]
    if GATES[found[1]].has_parameter != (inside is not None):
        return None
    if inside is None:
        return found[1], None
    angle = read_angle(inside)
    return None if angle is None else (found[1], angle)


def read_angle(text: str) -> Angle | None:
    """The angle that `written` wrote; None where it is none."""
    try:
        if text.startswith("="):
            return Angle(shift=float(text[1:]))
        if "*" not in text:
            return Angle(text)
        full = _FULL.fullmatch(text)
        return None if full is None else Angle(full[2], float(full[1]), float(full[3]))
    except ValueError:
        return None


def read_gate(box: Box) -> tuple[str, Angle | None] | None:
    """The gate and angle of a box that `gate_box` made, neither daggered nor turned; else None.

    Examples
    --------
    >>> from qnlp.circuit import Angle
    >>> from qnlp.gates import gate_box, read_gate
    >>> read_gate(gate_box("CRz", Angle("a", 0.5, 0.25)))
    ('CRz', Angle(symbol='a', scale=0.5, shift=0.25))
    """
    if box.kind != "box" or box.is_dagger or box.rotation:
        return None
    found = _read(box.name)
    if found is None:
        return None
    wires = Ty(*["qubit"] * GATES[found[0]].n_qubits)
    return found if (box.dom, box.cod) == (wires, wires) else None


def ket(*bits: int) -> Diagram:
    r"""Qubits in \|0> or \\|1>.

    Examples
    --------
    >>> from qnlp.gates import ket
    >>> ket(0, 1).cod
    Ty("qubit") @ Ty("qubit")
    """
    return Diagram.id().tensor(*(Box(f"|{_bit(b)}>", Ty(), QUBIT) for b in bits))


def bra(*bits: int) -> Diagram:
    r"""Qubits post-selected on <0\| or <1\|.

    Examples
    --------
    >>> from qnlp.gates import bra
    >>> bra(0, 1).dom
    Ty("qubit") @ Ty("qubit")
    """
    return Diagram.id().tensor(*(Box(f"<{_bit(b)}|", QUBIT, Ty()) for b in bits))


def _bit(value: int) -> int:
    if value not in (0, 1):
        message = f"bit is {value!r}, expected 0 or 1"
        raise DiagramError(message)
    return int(value)


def measure() -> Box:
    """The measurement of a qubit in the computational basis, giving a bit. Mixed circuits only."""
    return Box("measure", QUBIT, BIT)


def encode() -> Box:
    """A qubit prepared in the basis state that a bit says. Mixed circuits only."""
    return Box("encode", BIT, QUBIT)


def factor(value: complex) -> Box:
    """A scalar.

    Examples
    --------
    >>> from qnlp.gates import factor, read_factor
    >>> factor(2**0.5).name, read_factor(factor(1j))
    ('factor(1.4142135623730951)', 1j)
    """
    number = complex(value)
    return Box(f"factor({number.real if number.imag == 0 else number!r})", Ty(), Ty())


def read_factor(box: Box) -> complex | None:
    """The scalar of a box that `factor` made; else None."""
    if box.kind != "box" or len(box.dom) or len(box.cod) or not box.name.startswith("factor("):
        return None
    try:
        return complex(box.name[7:-1])
    except ValueError:
        return None


def circuit_diagram(circuit: Circuit) -> Diagram:
    """A circuit as a diagram of gates, kets and bras, from its inputs to its outputs.

    The circuit's factor is a scalar box ``factor(x)``, left out where it is one.

    Examples
    --------
    >>> from qnlp.circuit import Circuit, Gate
    >>> from qnlp.gates import circuit_diagram
    >>> bell = Circuit(2, (Gate("H", (0,)), Gate("CX", (0, 1))), outputs=(0, 1))
    >>> [box.name for box in circuit_diagram(bell).boxes]
    ['|0>', '|0>', 'H', 'CX']
    """
    row = list(circuit.inputs)
    dom = Ty(*["qubit"] * len(row))
    layers: list[tuple[Box, int]] = []
    for qubit in range(circuit.n_qubits):
        if qubit not in circuit.inputs:
            layers.append((Box("|0>", Ty(), QUBIT), len(row)))
            row.append(qubit)
    for gate in circuit.gates:
        at = _gather(row, layers, gate.qubits)
        layers.append((gate_box(gate.name, gate.angle), at))
    keep = set(circuit.outputs)
    for place in reversed(range(len(row))):
        if row[place] not in keep:
            layers.append((Box("<0|", QUBIT, Ty()), place))
            del row[place]
    _gather(row, layers, circuit.outputs)
    if circuit.factor != 1:
        layers.append((factor(circuit.factor), 0))
    return Diagram(dom, layers)


def _gather(row: list[int], layers: list[tuple[Box, int]], qubits: tuple[int, ...]) -> int:
    """Bring qubits together, in order; returns where the first is."""
    if not qubits:
        return 0
    at = row.index(qubits[0])
    for k, qubit in enumerate(qubits[1:], start=1):
        place = row.index(qubit)
        at -= place < at
        step = 1 if at + k > place else -1
        for p in range(place, at + k, step):
            left = min(p, p + step)
            layers.append((Swap(QUBIT, QUBIT), left))
            row[left], row[left + 1] = row[left + 1], row[left]
    return at


def gate_arrays(values: Mapping[str, float]) -> Callable[[Box], NDArray[Any]]:
    """The tensors of gates, kets and bras at given values of the symbols, for `TensorFunctor`.

    Parameters
    ----------
    values : mapping of str to float
        In full turns.

    Raises
    ------
    DiagramError
        If a box is no gate, or a symbol has no value; names it.

    Examples
    --------
    >>> from qnlp import TensorFunctor
    >>> from qnlp.gates import gate_arrays, gate_box, ket
    >>> functor = TensorFunctor({"qubit": 2}, gate_arrays({"a": 0.5}))
    >>> functor(ket(0) >> gate_box("Rx", "a")).round(12)
    array([0.+0.j, 0.-1.j])
    """
    import numpy as np

    def array(box: Box) -> NDArray[Any]:
        if box.name in _KET or box.name in _BRA:
            basis: NDArray[Any] = np.eye(2)
            return np.array(basis[(_KET | _BRA)[box.name]])
        scalar = read_factor(box)
        if scalar is not None:
            return np.array(scalar if scalar.imag else scalar.real)
        gate = read_gate(box)
        if gate is None:
            message = f"box {box.name!r} is no gate, ket or bra"
            raise DiagramError(message)
        return _matrix(*gate, values)

    return array


def _matrix(name: str, angle: Angle | None, values: Mapping[str, float]) -> NDArray[Any]:
    if angle is not None:
        angle = Angle(shift=at_values(angle, values))
    n = GATES[name].n_qubits
    qubits = tuple(range(n))
    circuit = Circuit(n, (Gate(name, qubits, angle),), inputs=qubits, outputs=qubits)
    return circuit.amplitudes().reshape((2,) * (2 * n))


def at_values(angle: Angle, values: Mapping[str, float]) -> float:
    """An angle's full turns at given values of the symbols.

    Raises
    ------
    DiagramError
        If its symbol has no value; names it.
    """
    if angle.symbol is None:
        return angle.shift
    if angle.symbol not in values:
        message = f"symbol {angle.symbol!r} has no value, only {sorted(values)[:8]} have"
        raise DiagramError(message)
    return angle.scale * values[angle.symbol] + angle.shift
