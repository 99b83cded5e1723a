"""Circuits of Qiskit, both ways, and OpenQASM 3 through it.

Qubit k is qubit k there and here. What differs is which one an outcome's number counts as the most
significant bit: the last in Qiskit, the first here. Angles there are in radians.
"""

from __future__ import annotations

from math import pi
from typing import TYPE_CHECKING, Any

from qnlp._lazy import require
from qnlp.circuit import Angle, Circuit, Gate
from qnlp.errors import DiagramError

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

__all__ = ["from_qasm", "from_qiskit", "to_qasm", "to_qiskit"]

EXTRA = "qiskit"

NAMES = {
    "H": "h", "X": "x", "Y": "y", "Z": "z", "S": "s", "Sdg": "sdg", "T": "t", "Tdg": "tdg",
    "CX": "cx", "CY": "cy", "CZ": "cz", "Swap": "swap", "Rx": "rx", "Ry": "ry", "Rz": "rz",
    "Phase": "p", "CRx": "crx", "CRy": "cry", "CRz": "crz", "CPhase": "cp",
}  # fmt: skip
_THEIRS = {there: here for here, there in NAMES.items()} | {"u1": "Phase", "cu1": "CPhase"}
_IGNORED = {"barrier", "delay", "id"}


def to_qiskit(circuit: Circuit, angles: Sequence[Any] | None = None) -> Any:
    """The gates of a circuit as a Qiskit circuit, without its post-selection.

    Parameters
    ----------
    circuit : Circuit
    angles : sequence, optional
        Of every gate with a parameter, in radians: numbers or Qiskit parameters. By default a
        Qiskit parameter a symbol, in turns as here.

    Returns
    -------
    qiskit.QuantumCircuit
        Qubit k is this circuit's qubit k. Qiskit counts the last qubit as the most significant.

    Raises
    ------
    MissingDependencyError
        If Qiskit is not installed.

    Examples
    --------
    >>> import pytest
    >>> qiskit = pytest.importorskip("qiskit")
    >>> from qnlp.circuit import Circuit, Gate
    >>> from qnlp.convert.qiskit import to_qiskit
    >>> to_qiskit(Circuit(2, (Gate("H", (0,)), Gate("CX", (0, 1))))).count_ops()["cx"]
    1
    """
    qiskit = require("qiskit", EXTRA)
    made = qiskit.QuantumCircuit(circuit.n_qubits)
    if angles is None:
        parameter = {s: qiskit.circuit.Parameter(s) for s in circuit.symbols}
        angles = [_expression(g.angle, parameter) for g in circuit.gates if g.angle is not None]
    left = iter(angles)
    for gate in circuit.gates:
        method = getattr(made, NAMES[gate.name])
        method(*((next(left),) if gate.angle is not None else ()), *gate.qubits)
    return made


def _expression(angle: Angle, parameter: dict[str, Any]) -> Any:
    if angle.symbol is None:
        return 2 * pi * angle.shift
    return 2 * pi * angle.scale * parameter[angle.symbol] + 2 * pi * angle.shift


def from_qiskit(circuit: Any) -> Circuit:
    """Take a circuit over from Qiskit.

    Parameters
    ----------
    circuit : qiskit.QuantumCircuit
        Gates only. What this package lacks is decomposed as Qiskit defines it.

    Returns
    -------
    Circuit
        All qubits are outputs, in order. A Qiskit parameter p is the symbol of its name with the
        values that it has there: the angle ``a*p + b`` is ``Angle(p, a / (2 * pi), b / (2 * pi))``.

    Raises
    ------
    DiagramError
        If it measures, resets, branches or has an angle that is not linear in one parameter; names
        the instruction.
    MissingDependencyError
        If Qiskit is not installed.
    TypeError
        If `circuit` is no circuit of Qiskit.

    Notes
    -----
    The global phase becomes two gates on the first qubit that turn all amplitudes; without qubits it
    is forgotten.

    Examples
    --------
    >>> import pytest
    >>> qiskit = pytest.importorskip("qiskit")
    >>> from qnlp.convert.qiskit import from_qiskit
    >>> there = qiskit.QuantumCircuit(2)
    >>> _ = there.rx(0.25, 1)
    >>> print(from_qiskit(there).gates[0])
    Rx(0.0397887) 1
    """
    qiskit = require("qiskit", EXTRA)
    if not isinstance(circuit, qiskit.QuantumCircuit):
        message = f"circuit has type {type(circuit).__name__}, expected a Qiskit QuantumCircuit"
        raise TypeError(message)
    annotated = require("qiskit.circuit", EXTRA).AnnotatedOperation
    if any(isinstance(i.operation, annotated) for i in circuit.data):
        passes = require("qiskit.transpiler.passes", EXTRA)
        circuit = passes.HighLevelSynthesis()(circuit)
    gates: list[Gate] = []
    n = circuit.num_qubits
    phase = _take(circuit, tuple(range(n)), gates)
    if n and phase:
        gates += _turn_all(Angle(shift=phase))
    return Circuit(n, tuple(gates), outputs=tuple(range(n)))


def _turn_all(angle: Angle) -> list[Gate]:
    """Gates that multiply all amplitudes by exp(2 pi i angle): Phase(2 p) is that times Rz(2 p)."""
    twice = Angle(angle.symbol, 2 * angle.scale, 2 * angle.shift)
    return [Gate("Phase", (0,), twice), Gate("Rz", (0,), -twice)]


def _take(circuit: Any, place: tuple[int, ...], gates: list[Gate]) -> float:
    """Append the gates of a circuit whose qubit k is ``place[k]``; gives its phase, in turns."""
    phase = 0.0
    phases = [circuit.global_phase]
    for instruction in circuit.data:
        operation = instruction.operation
        qubits = tuple(place[circuit.find_bit(q).index] for q in instruction.qubits)
        if operation.name == "global_phase" and not qubits:
            phases.append(operation.params[0])
        elif operation.name in _IGNORED or not qubits:
            continue
        elif _is_standard(operation, _THEIRS):
            angle = _angle(operation.params[0], operation.name) if operation.params else None
            gates.append(Gate(_THEIRS[operation.name], qubits, angle))
        elif _is_standard(operation, {"u"}):
            theta, phi, lam = (_angle(p, "u") for p in operation.params)
            gates += [Gate("Phase", qubits, lam), Gate("Ry", qubits, theta)]
            gates.append(Gate("Phase", qubits, phi))
        elif operation.definition is not None and not instruction.clbits:
            phase += _take(operation.definition, qubits, gates)
        else:
            message = (
                f"instruction {operation.name!r} on qubits {qubits} is no gate, expected gates"
            )
            raise DiagramError(message)
    for given in phases:
        angle = _angle(given, "global_phase")
        if angle.symbol is None:
            phase += angle.shift
        elif place:
            gates += _turn_all(angle)
    return phase


def _is_standard(operation: Any, names: Container[str]) -> bool:
    """Whether it is Qiskit's gate of its name, controlled by 1, not another one called so."""
    if operation.name not in names:
        return False
    known = require("qiskit.circuit.library", EXTRA).get_standard_gate_name_mapping()
    return operation.base_class is known[operation.name].base_class


def _angle(value: Any, name: str) -> Angle:
    expression = require("qiskit.circuit", EXTRA).ParameterExpression
    if not isinstance(value, expression):
        return Angle(shift=float(value) / (2 * pi))
    parameters = sorted(value.parameters, key=lambda p: str(p.name))
    if not parameters:
        return Angle(shift=float(value) / (2 * pi))
    slope = value.gradient(parameters[0]) if len(parameters) == 1 else None
    if slope is None or getattr(slope, "parameters", None):
        message = f"angle {value} of {name!r} is not linear in one parameter: bind some first"
        raise DiagramError(message)
    zero = value.bind({parameters[0]: 0.0})
    scale, shift = float(slope) / (2 * pi), float(zero) / (2 * pi)
    return Angle(str(parameters[0].name), scale, shift)


def to_qasm(circuit: Circuit) -> str:
    """A circuit as OpenQASM 3, without its post-selection.

    Parameters
    ----------
    circuit : Circuit
        Its symbols are inputs of the program, in turns. OpenQASM has fewer letters for names:
        others are escaped.

    Returns
    -------
    str

    Raises
    ------
    MissingDependencyError
        If Qiskit is not installed.

    Examples
    --------
    >>> import pytest
    >>> qiskit = pytest.importorskip("qiskit")
    >>> from qnlp.circuit import Circuit, Gate
    >>> from qnlp.convert.qiskit import to_qasm
    >>> to_qasm(Circuit(1, (Gate("H", (0,)),))).splitlines()[-1]
    'h q[0];'
    """
    text: str = require("qiskit.qasm3", EXTRA).dumps(to_qiskit(circuit))
    return text


def from_qasm(text: str) -> Circuit:
    """Read a circuit in OpenQASM 3, gates only; `from_qiskit` says what of it is kept.

    Raises
    ------
    DiagramError
        If it is not OpenQASM 3, or not of gates.
    MissingDependencyError
        If Qiskit or its reader of OpenQASM 3 is not installed.

    Examples
    --------
    >>> import pytest
    >>> reader = pytest.importorskip("qiskit_qasm3_import")
    >>> from qnlp.convert.qiskit import from_qasm
    >>> from_qasm('OPENQASM 3.0; include "stdgates.inc"; qubit[1] q; h q[0];').gates
    (Gate(name='H', qubits=(0,), angle=None),)
    """
    require("qiskit_qasm3_import", EXTRA)
    errors = (
        require("qiskit.exceptions", EXTRA).QiskitError,
        require("openqasm3.parser", EXTRA).QASM3ParsingError,
    )
    try:
        read = require("qiskit.qasm3", EXTRA).loads(text)
    except errors as error:
        message = f"text is no OpenQASM 3 that Qiskit reads: {error}"
        raise DiagramError(message) from error
    return from_qiskit(read)
