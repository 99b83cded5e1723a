r"""ZX diagrams: circuits and sentences as spiders of two colours.

A ZX diagram is a `Diagram` on wires of type ``qubit``. Its boxes are Z and X spiders with a phase, the
gate ``H`` and scalars; `Spider` is a Z spider without a phase. Phases are in full turns, as all angles
are: the Z spider of phase p is \|0..0><0..0\| + exp(2 pi i p) \|1..1><1..1\|, the X spider the same with
H on each leg. All numbers are kept, scalars too.

Sources: Coecke and Duncan, arXiv:0906.4725; of sentences, Coecke et al., arXiv:2012.03755.
"""

from __future__ import annotations

from math import isclose, log2
from typing import TYPE_CHECKING, Any

from qnlp.circuit import Angle, Circuit
from qnlp.diagram import Box, Diagram
from qnlp.errors import DiagramError
from qnlp.functor import Diagrams, Functor
from qnlp.gates import (
    QUBIT,
    as_angle,
    at_values,
    circuit_diagram,
    factor,
    gate_arrays,
    gate_box,
    read_angle,
    read_factor,
    read_gate,
    written,
)
from qnlp.structure import Spider, Swap
from qnlp.ty import Ty

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from qnlp.ansatz import Ansatz

__all__ = [
    "phase_scalar",
    "power_of_root_two",
    "read_spider",
    "sentence_functor",
    "to_zx",
    "x_spider",
    "z_spider",
    "zx_arrays",
]

_WIRE = Diagram.id(QUBIT)
_ROOT = 2**0.5


def z_spider(n_in: int, n_out: int, phase: Angle | str | float = 0.0) -> Box:
    """A Z spider: green, copying the computational basis.

    Parameters
    ----------
    n_in, n_out : int
        Legs above and below.
    phase : Angle, str or float
        In full turns; a text is a symbol. Without a phase it is a `Spider`.

    Raises
    ------
    DiagramError
        If a number of legs is negative.

    Examples
    --------
    >>> from qnlp.zx import z_spider
    >>> z_spider(1, 1, "a"), z_spider(1, 2)
    (Box('Z(a)', Ty("qubit"), Ty("qubit")), Spider(1, 2, Ty("qubit")))
    """
    angle = as_angle(phase)
    if angle == Angle() and n_in + n_out:
        return Spider(n_in, n_out, QUBIT)
    return _spider("Z", n_in, n_out, angle)


def x_spider(n_in: int, n_out: int, phase: Angle | str | float = 0.0) -> Box:
    """An X spider: red, a Z spider with H on each leg. Parameters: see `z_spider`.

    Examples
    --------
    >>> from qnlp.zx import x_spider
    >>> x_spider(2, 1)
    Box('X(=0.0)', Ty("qubit") @ Ty("qubit"), Ty("qubit"))
    """
    return _spider("X", n_in, n_out, as_angle(phase))


def _spider(colour: str, n_in: int, n_out: int, angle: Angle) -> Box:
    if min(n_in, n_out) < 0:
        message = f"spider has {n_in} and {n_out} legs, expected 0 or more"
        raise DiagramError(message)
    return Box(f"{colour}({written(angle)})", _qubits(n_in), _qubits(n_out))


def phase_scalar(phase: Angle | str | float) -> Box:
    """The scalar exp(2 pi i p) of a phase p in full turns.

    Examples
    --------
    >>> from qnlp import TensorFunctor
    >>> from qnlp.zx import phase_scalar, zx_arrays
    >>> complex(TensorFunctor({"qubit": 2}, zx_arrays({}))(phase_scalar(0.25)).round(12))
    1j
    """
    return Box(f"exp({written(as_angle(phase))})", Ty(), Ty())


def read_spider(box: Box) -> tuple[str, Angle] | None:
    """The colour (``Z``, ``X``, or ``exp`` of a scalar) and phase of a box made here; else None.

    Examples
    --------
    >>> from qnlp.zx import read_spider, x_spider
    >>> read_spider(x_spider(1, 2, 0.25))
    ('X', Angle(symbol=None, scale=1.0, shift=0.25))
    """
    if box.kind != "box" or box.is_dagger or box.rotation or not box.name.endswith(")"):
        return None
    colour, _, inside = box.name[:-1].partition("(")
    wires = box.dom @ box.cod
    if colour not in ("Z", "X", "exp") or wires != _qubits(len(wires)):
        return None
    angle = read_angle(inside)
    return None if angle is None or (colour == "exp" and len(wires)) else (colour, angle)


def zx_arrays(values: Mapping[str, float]) -> Callable[[Box], NDArray[Any]]:
    """The tensors of spiders, and of all that `gate_arrays` knows, at given values of the symbols.

    Parameters
    ----------
    values : mapping of str to float
        In full turns.

    Raises
    ------
    DiagramError
        If a box is neither spider nor gate, or a symbol has no value; names it.

    Examples
    --------
    >>> from qnlp import TensorFunctor
    >>> from qnlp.zx import z_spider, zx_arrays
    >>> TensorFunctor({"qubit": 2}, zx_arrays({"a": 0.25}))(z_spider(0, 1, "a")).round(12)
    array([1.+0.j, 0.+1.j])
    """
    import numpy as np

    gates = gate_arrays(values)

    def array(box: Box) -> NDArray[Any]:
        found = read_spider(box)
        if found is None:
            return gates(box)
        colour, angle = found
        turn = np.exp(2j * np.pi * at_values(angle, values))
        n = len(box.dom @ box.cod)
        if colour == "exp":
            return np.asarray(turn)
        if n == 0:
            return np.asarray(1 + turn)
        if colour == "Z":
            out = np.zeros((2,) * n, complex)
            out[(0,) * n], out[(1,) * n] = 1, turn
            return out
        parity = np.indices((2,) * n).sum(axis=0) % 2
        return np.asarray((1 + turn * (1 - 2 * parity)) * 0.5 ** (n / 2))

    return array


def power_of_root_two(value: float) -> int | None:
    """Which power of the root of two a number is, if it is one up to rounding.

    Examples
    --------
    >>> from qnlp.zx import power_of_root_two
    >>> power_of_root_two(2**-1.5), power_of_root_two(3.0)
    (-3, None)
    """
    if not 1e-300 < value < 1e300:
        return None
    power = round(2 * log2(value))
    return power if isclose(value, 2 ** (power / 2), rel_tol=1e-14) else None


def _qubits(n: int) -> Ty:
    return Ty(*["qubit"] * n)


def _turned(angle: Angle, by: float) -> Angle:
    return Angle(angle.symbol, angle.scale * by, angle.shift * by + 0.0)  # never -0.0


def _controlled_phase(angle: Angle) -> Diagram:
    """Phases of x, of y and of x + y modulo 2: their halves add up to that of x times y.

    The last stands between two controlled X gates, so that the diagram keeps the flow of a circuit.
    """
    half = z_spider(1, 1, _turned(angle, 0.5))
    return (half @ half).then(_CX, _WIRE @ z_spider(1, 1, _turned(angle, -0.5)), _CX)


def _z_rotation(angle: Angle) -> Diagram:
    return z_spider(1, 1, angle) @ phase_scalar(_turned(angle, -0.5))


def _controlled_z_rotation(angle: Angle) -> Diagram:
    return (z_spider(1, 1, _turned(angle, -0.5)) @ _WIRE) >> _controlled_phase(angle)


_H = gate_box("H")
_CX = (Spider(1, 2, QUBIT) @ _WIRE).then(_WIRE @ x_spider(2, 1)) @ factor(_ROOT)
_JOINED = (_WIRE @ _H) >> Spider(2, 0, QUBIT)
_CZ = (Spider(1, 2, QUBIT) @ Spider(1, 2, QUBIT)).then(_WIRE @ _JOINED @ _WIRE) @ factor(_ROOT)
_S, _SDG = z_spider(1, 1, 0.25), z_spider(1, 1, -0.25)
_BASIS = {"x": (_H, _H), "y": (_SDG >> _H, _H >> _S)}
"""What stands before and after a rotation round Z to make it one round another axis."""

_FIXED: dict[str, Diagram] = {
    "H": _H,
    "X": x_spider(1, 1, 0.5),
    "Y": (z_spider(1, 1, 0.5) >> x_spider(1, 1, 0.5)) @ factor(1j),
    "Z": z_spider(1, 1, 0.5),
    "S": _S,
    "Sdg": _SDG,
    "T": z_spider(1, 1, 0.125),
    "Tdg": z_spider(1, 1, -0.125),
    "CX": _CX,
    "CY": (_WIRE @ _SDG).then(_CX, _WIRE @ _S),
    "CZ": _CZ,
    "Swap": Swap(QUBIT, QUBIT),
    "|0>": x_spider(0, 1) @ factor(1 / _ROOT),
    "|1>": x_spider(0, 1, 0.5) @ factor(1 / _ROOT),
    "<0|": x_spider(1, 0) @ factor(1 / _ROOT),
    "<1|": x_spider(1, 0, 0.5) @ factor(1 / _ROOT),
}


def _image(box: Box) -> Diagram:
    if read_spider(box) is not None or read_factor(box) is not None:
        return box
    name, angle = read_gate(box) or (box.name, None)
    if angle is None:
        if name in _FIXED:
            return _FIXED[name]
        message = f"box {name!r} is no gate, ket, bra or spider"
        raise DiagramError(message)
    if name == "Phase":
        return z_spider(1, 1, angle)
    if name == "CPhase":
        return _controlled_phase(angle)
    made = _z_rotation(angle) if name[0] == "R" else _controlled_z_rotation(angle)
    if name[-1] == "z":
        return made
    before, after = _BASIS[name[-1]]
    beside = _qubits(len(made.dom) - 1)
    return (beside @ before).then(made, beside @ after)


_TO_ZX: Functor[Ty, Diagram] = Functor({"qubit": QUBIT}, _image)


def to_zx(circuit: Circuit | Diagram) -> Diagram:
    """A circuit as a ZX diagram of the same numbers, scalars and symbols included.

    Parameters
    ----------
    circuit : Circuit or Diagram
        A diagram of gates, kets, bras and spiders, as `qnlp.gates.circuit_diagram` gives.

    Returns
    -------
    Diagram
        Of spiders, ``H`` and scalars.

    Raises
    ------
    DiagramError
        If a box is no gate; names it. Discarding and measuring are none.

    Examples
    --------
    >>> from qnlp.gates import gate_box
    >>> from qnlp.zx import to_zx
    >>> [box.name for box in to_zx(gate_box("Rz", "a")).boxes]
    ['Z(a)', 'exp(-0.5*a + 0.0)']
    """
    diagram = circuit_diagram(circuit) if isinstance(circuit, Circuit) else circuit
    return _TO_ZX(diagram)


class _SelfDual(Diagrams):
    """Diagrams on qubits whose wires are bent by spiders: a type is its own adjoint, read backwards."""

    def adjoint(self, ob: Ty, by: int) -> Ty:
        del by
        return ob

    def cup(self, left: Ty, right: Ty) -> Diagram:
        n = len(left)
        return Diagram(left @ right, [(Spider(2, 0, QUBIT), n - 1 - k) for k in range(n)])

    def cap(self, left: Ty, right: Ty) -> Diagram:
        return self.cup(left, right).dagger()

    def rotate(self, arrow: Diagram, by: int) -> Diagram:
        del by  # both transposes are one
        dom, cod = arrow.dom, arrow.cod
        opened = self.cap(dom, dom) @ cod
        return opened.then(dom @ arrow @ cod, dom @ self.cup(cod, cod))


def sentence_functor(ansatz: Ansatz) -> Functor[Ty, Diagram]:
    """The functor from sentences to ZX diagrams: words by an ansatz, cups and caps as bent wires.

    No cup is post-selected: that is left to the circuit that is extracted, see
    `qnlp.zx_circuit.extract`.

    Parameters
    ----------
    ansatz : Ansatz

    Returns
    -------
    Functor
        Its diagrams have the numbers of the ansatz's circuits, symbols as there.

    Notes
    -----
    Source: Coecke, de Felice, Meichanetzidis, Toumi, "Foundations for Near-Term Quantum Natural
    Language Processing", arXiv:2012.03755, section 4.

    Examples
    --------
    >>> from qnlp import Cup, IQPAnsatz, Ty, Word
    >>> from qnlp.zx import sentence_functor
    >>> n, s = Ty("n"), Ty("s")
    >>> sentence = Word("Alice", n) @ Word("runs", n.r @ s) >> Cup(n, n.r) @ s
    >>> sentence_functor(IQPAnsatz({"n": 1, "s": 1}))(sentence).cod
    Ty("qubit")
    """

    def wires(atom: str) -> Ty:
        return _qubits(ansatz.n_qubits(Ty(atom)))

    return Functor(wires, lambda box: to_zx(ansatz.circuit(box)), _SelfDual())
