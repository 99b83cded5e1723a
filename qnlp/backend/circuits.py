"""Any circuits on the kernel, many at once: gates are tensors, shared by all circuits they are in.

For circuits that are no ansatz's, such as those of another package. Every gate with a parameter is
evaluated once a parameter vector; circuits wired alike are contracted side by side.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qnlp import runtime
from qnlp._core import model as core
from qnlp._core.tensor import Network
from qnlp.backend.kernel import KernelProgram
from qnlp.circuit import Angle, Circuit, Gate
from qnlp.errors import CircuitTooLargeError, ShapeError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["compile_circuits"]

_KET = Circuit(1, outputs=(0,))
_Form = tuple[object, ...]


def compile_circuits(
    circuits: Sequence[Circuit],
    symbols: Sequence[str],
    n_outcomes: int,
    discarded: Sequence[int] | None = None,
) -> KernelProgram:
    """Compile circuits without inputs.

    Parameters
    ----------
    circuits : sequence of Circuit
    symbols : sequence of str
        Names of the parameters, in the order of the vectors that the program is given.
    n_outcomes : int
        The first so many outcomes of the open qubits are given; each circuit must have as many.
    discarded : sequence of int, optional
        How many of the last open qubits of each circuit nobody looks at.

    Returns
    -------
    KernelProgram
        Success probabilities are without the circuits' `factor`.

    Raises
    ------
    ShapeError
        If a circuit has an input, too few outcomes, or a symbol that is not among `symbols`.
    CircuitTooLargeError
        Before anything is allocated, if a contraction would not fit in memory.

    Examples
    --------
    >>> from qnlp.backend.circuits import compile_circuits
    >>> from qnlp.circuit import Angle, Circuit, Gate
    >>> turn = Circuit(1, (Gate("Rx", (0,), Angle("a")),), outputs=(0,))
    >>> p, success = compile_circuits([turn, turn], ["a"], 2).probabilities([0.25])
    >>> p.round(6)
    array([[0.5, 0.5],
           [0.5, 0.5]])
    """
    number = {name: k for k, name in enumerate(symbols)}
    build = _Builder(number)
    hidden = [0] * len(circuits) if discarded is None else discarded
    for k, (circuit, n_hidden) in enumerate(zip(circuits, hidden, strict=True)):
        _check(k, circuit, number, n_outcomes << n_hidden)
        build.add(circuit, n_hidden)
    shapes, families, conjugate = build.shapes()
    limit = runtime.memory_limit()
    for shape, (_, largest, total) in enumerate(shapes.costs()):
        n_bytes = 2 * 16 * total
        if n_bytes > limit or largest >= 2**31:
            message = (
                f"circuit {build.shape_of.index(shape)} needs {runtime.format_bytes(n_bytes)} to "
                f"contract, the limit is {runtime.format_bytes(limit)} (80 % of available memory; "
                "set it with qnlp.set_memory_limit); cut the circuit into smaller ones"
            )
            raise CircuitTooLargeError(message)
    corpus = core.Corpus(
        shapes,
        [circuit.to_core() for circuit in build.circuits],
        [np.array(first, np.uint32) for first in build.first],
        np.array(families, np.uint32),
        conjugate,
        shapes.words,
        n_outcomes,
        len(symbols),
    )
    return KernelProgram(corpus, tuple(symbols), n_outcomes)


def _check(k: int, circuit: Circuit, number: dict[str, int], n_outcomes: int) -> None:
    if circuit.inputs:
        message = f"circuit {k} has {len(circuit.inputs)} inputs, expected none"
        raise ShapeError(message)
    if 2 ** len(circuit.outputs) < n_outcomes:
        message = f"circuit {k} has {2 ** len(circuit.outputs)} outcomes, expected {n_outcomes}"
        raise ShapeError(message)
    unknown = [name for name in circuit.symbols if name not in number]
    if unknown:
        message = f"circuit {k} has the symbol {unknown[0]!r}, which is not among symbols"
        raise ShapeError(message)


class _Builder:
    """Families of gates, networks that differ, and the gates of each circuit."""

    def __init__(self, number: dict[str, int]) -> None:
        self._number = number
        self._form: dict[_Form, int] = {}
        self._word: list[dict[int, int]] = []
        self._shape: dict[tuple[object, ...], int] = {}
        self.circuits: list[Circuit] = []
        self.first: list[list[int]] = []
        self.networks: list[Network] = []
        self.families: list[list[int]] = []
        self.shape_of: list[int] = []
        self.words: list[int] = []
        self._discarded: list[int] = []

    def shapes(self) -> tuple[core.Shapes, list[int], list[bool]]:
        """All circuits' shapes; which gate each of their operands is, and whether its conjugate."""
        shapes = core.Shapes(
            self.networks, np.array(self.shape_of, np.uint32), np.array(self.words, np.uint32)
        )
        families = [family for key in self.families for family in key]
        if not any(self._discarded):
            return shapes, families, [False] * len(families)
        n = len(families)
        shapes = shapes.doubled(
            np.ones(n, np.uint64), [False] * n, np.array(self._discarded, np.uint32)
        )
        return shapes, [family for family in families for _ in range(2)], [False, True] * n

    def add(self, circuit: Circuit, n_hidden: int) -> None:
        """One more circuit: its network, and which gate is at each operand."""
        wire = list(range(circuit.n_qubits))
        n_wires = circuit.n_qubits
        operands: list[tuple[int, ...]] = []
        families: list[int] = []
        for q in range(circuit.n_qubits):
            self._place((q,), _KET, None, operands, families)
        for gate in circuit.gates:
            if gate.name == "Swap":
                a, b = gate.qubits
                wire[a], wire[b] = wire[b], wire[a]
                continue
            before = [wire[q] for q in gate.qubits]
            for q in gate.qubits:
                wire[q] = n_wires
                n_wires += 1
            axes = (*before, *(wire[q] for q in gate.qubits))
            own, symbol = _alone(gate)
            self._place(axes, own, symbol, operands, families)
        for q in circuit.post_selected:
            self._place((wire[q],), _KET, None, operands, families)
        output = tuple(wire[q] for q in circuit.outputs)
        key = (tuple(operands), output, tuple(families), n_hidden)
        if key not in self._shape:
            self._shape[key] = len(self.networks)
            self._discarded.append(n_hidden)
            self.networks.append(Network(operands, output, [2] * n_wires))
            self.families.append(families)
        self.shape_of.append(self._shape[key])

    def _place(
        self,
        axes: tuple[int, ...],
        own: Circuit,
        symbol: str | None,
        operands: list[tuple[int, ...]],
        families: list[int],
    ) -> None:
        form = (own.gates, own.inputs, own.outputs)
        family = self._form.setdefault(form, len(self._form))
        if family == len(self.circuits):
            self.circuits.append(own)
            self.first.append([])
            self._word.append({})
        parameter = 0 if symbol is None else self._number[symbol]
        words = self._word[family]
        if parameter not in words:
            words[parameter] = len(words)
            self.first[family].append(parameter)
        operands.append(axes)
        families.append(family)
        self.words.append(words[parameter])


def _alone(gate: Gate) -> tuple[Circuit, str | None]:
    """A gate as a circuit of its own, open at both ends, its parameter renamed; and that one."""
    qubits = tuple(range(len(gate.qubits)))
    symbol = None if gate.angle is None else gate.angle.symbol
    angle = gate.angle
    if angle is not None and symbol is not None:
        angle = Angle("0", angle.scale, angle.shift)
    return Circuit(len(qubits), (Gate(gate.name, qubits, angle),), qubits, qubits), symbol
