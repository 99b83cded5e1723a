"""Circuits out of ZX diagrams.

Gates are taken off at the outputs, until only inputs are left. Where no gate can be, a spider gets a
qubit of its own that is post-selected, so that every ZX diagram has a circuit; one with a generalised
flow has no post-selection at all.
"""

from __future__ import annotations

from cmath import phase as argument
from cmath import pi
from math import isclose
from typing import TYPE_CHECKING

from qnlp.circuit import Angle, Circuit, Gate
from qnlp.gates import read_factor
from qnlp.zx import power_of_root_two, read_spider

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qnlp.convert.pyzx import GraphLike
    from qnlp.diagram import Diagram

__all__ = ["extract"]


def extract(diagram: Diagram, values: Mapping[str, float] | None = None) -> Circuit:
    """The circuit of a ZX diagram, simplified by PyZX first.

    Parameters
    ----------
    diagram : Diagram
        Of spiders and gates: a circuit's, or a sentence's by `qnlp.zx.sentence_functor`.
    values : mapping of str to float, optional
        Of symbols, in full turns. The others are the circuit's symbols.

    Returns
    -------
    Circuit
        With the diagram's numbers: inputs its domain, outputs its codomain. Of a unitary circuit one
        without further qubits and without post-selection.

    Raises
    ------
    DiagramError
        If a box is no gate or spider.
    MissingDependencyError
        If PyZX is not installed.

    Notes
    -----
    Sources: Backens et al., "There and back again: A circuit extraction tale", arXiv:2003.01664; of
    sentences, Coecke et al., arXiv:2012.03755. That a vertex without flow becomes a post-selected
    qubit is measurement-based computing with one outcome kept.

    Examples
    --------
    >>> import pytest
    >>> _ = pytest.importorskip("pyzx")
    >>> from qnlp.gates import gate_box
    >>> from qnlp.zx_circuit import extract
    >>> cx, t = gate_box("CX"), gate_box("T")
    >>> print(extract(cx >> cx >> t @ t >> t @ t))
    0: ────S─
    1: ────S─
    """
    from qnlp.convert.pyzx import graph_like

    return _Extraction(graph_like(diagram, values)).circuit()


class _Extraction:
    """The part of the graph that is left, and the gates that come after it, last first.

    Each vertex of the frontier has an open leg, which is a qubit.
    """

    def __init__(self, graph: GraphLike) -> None:
        self.graph = graph
        self.gates: list[Gate] = []
        self.roots = 0  # powers of the root of two
        self.factor = 1.0
        self.n_qubits = len(graph.outputs)
        self.frontier = {vertex: qubit for qubit, vertex in enumerate(graph.outputs)}
        self.input_of = {vertex: place for place, vertex in enumerate(graph.inputs)}
        self.inputs = [-1] * len(graph.inputs)
        for side, place in graph.crossed:
            if side == "outputs":
                self._emit("H", place)

    def circuit(self) -> Circuit:
        while self.graph.beside:
            self._phases()
            self._controlled()
            if not (self._finish() or self._advance()):
                self._open(self._choice())
        self._scalars()
        outputs = tuple(range(len(self.graph.outputs)))
        gates = tuple(reversed(self.gates))
        factor = self.factor * 2 ** (self.roots / 2)
        return Circuit(self.n_qubits, gates, tuple(self.inputs), outputs, factor)

    def _emit(self, name: str, *qubits: int, angle: Angle | None = None) -> None:
        if name == "H" and self._undo_hadamard(qubits[0]):
            return
        self.gates.append(Gate(name, qubits, angle))

    def _undo_hadamard(self, qubit: int) -> bool:
        """Two in a row are none."""
        for k in range(len(self.gates) - 1, -1, -1):
            if qubit in self.gates[k].qubits:
                if self.gates[k].name != "H":
                    return False
                del self.gates[k]
                return True
        return False

    def _phases(self) -> None:
        for vertex, qubit in self.frontier.items():
            for angle in self.graph.phase[vertex]:
                self._phase(angle, qubit)
            self.graph.phase[vertex] = []

    def _phase(self, angle: Angle, qubit: int) -> None:
        if angle.symbol is not None:
            self._emit("Phase", qubit, angle=angle)
            return
        eighths = angle.shift * 8 % 8
        exact = {1: "T", 2: "S", 4: "Z", 6: "Sdg", 7: "Tdg"}
        if eighths in exact:
            self._emit(exact[int(eighths)], qubit)
        elif eighths:
            self._emit("Phase", qubit, angle=Angle(shift=eighths / 8))

    def _controlled(self) -> None:
        """Hadamard edges inside the frontier are controlled Z gates over the root of two."""
        for vertex, qubit in self.frontier.items():
            for other in [w for w in self.graph.beside[vertex] if w in self.frontier]:
                self._emit("CZ", qubit, self.frontier[other])
                self._cut(vertex, other)
                self.roots -= 1

    def _cut(self, a: int, b: int) -> None:
        self.graph.beside[a].discard(b)
        self.graph.beside[b].discard(a)

    def _finish(self) -> bool:
        """Take off what nothing is left behind of: inputs, and states without a neighbour."""
        done = [vertex for vertex in self.frontier if not self.graph.beside[vertex]]
        for vertex in done:
            qubit = self.frontier.pop(vertex)
            place = self.input_of.get(vertex)
            if place is None:
                self._emit("H", qubit)
                self.roots += 1
            else:
                if ("inputs", place) in self.graph.crossed:
                    self._emit("H", qubit)
                self.inputs[place] = qubit
            del self.graph.beside[vertex]
        return bool(done)

    def _advance(self) -> bool:
        """Take off one Hadamard gate, after the controlled X gates that make it possible."""
        rows = {v: self.graph.beside[v] for v in self.frontier if v not in self.input_of}
        found = _unit_sum(rows)
        if found is None:
            return False
        vertex, *others = found
        for other in others:
            self._emit("CX", self.frontier[vertex], self.frontier[other])
            for w in list(self.graph.beside[other]):
                self._toggle(vertex, w)
        (next_vertex,) = self.graph.beside[vertex]
        qubit = self.frontier.pop(vertex)
        self._emit("H", qubit)
        self._cut(vertex, next_vertex)
        del self.graph.beside[vertex]
        self.frontier[next_vertex] = qubit
        return True

    def _toggle(self, a: int, b: int) -> None:
        if b in self.graph.beside[a]:
            self._cut(a, b)
        else:
            self.graph.beside[a].add(b)
            self.graph.beside[b].add(a)

    def _choice(self) -> int:
        """The vertex with most neighbours in the frontier, none of an input if possible."""
        return min(
            (v for v in self.graph.beside if v not in self.frontier),
            key=lambda v: (
                v in self.input_of,
                -sum(w in self.frontier for w in self.graph.beside[v]),
                v,
            ),
        )

    def _open(self, vertex: int) -> None:
        """A vertex as a qubit that is post-selected on the sum of both values."""
        qubit = self.n_qubits
        self.n_qubits += 1
        self._emit("H", qubit)
        self.roots += 1
        self.frontier[vertex] = qubit

    def _scalars(self) -> None:
        number, turns = 1 + 0j, 0.0
        phase_of: dict[str, float] = {}  # coefficients of symbols in the phase of the whole
        for box in self.graph.scalar:
            value, spider = read_factor(box), read_spider(box)
            if value is not None:
                number *= value
            elif spider is not None and spider[0] == "exp":
                turns += spider[1].shift
                symbol = str(spider[1].symbol)
                phase_of[symbol] = phase_of.get(symbol, 0.0) + spider[1].scale
            elif spider is not None:
                self._open_scalar(spider[1])
        power = power_of_root_two(abs(number))
        self.factor = abs(number) if power is None else 1.0
        self.roots += power or 0
        turns += argument(number) / (2 * pi) + self._rotations(phase_of)
        for symbol, scale in phase_of.items():
            if not isclose(scale, 0, abs_tol=1e-12):
                self._phase_of_all(Angle(symbol, scale))
        turns = (turns + 0.5) % 1 - 0.5
        if isclose(abs(turns), 0.5, abs_tol=1e-14):
            self.factor = -self.factor
        elif not isclose(turns, 0, abs_tol=1e-14):
            self._phase_of_all(Angle(shift=turns))

    def _rotations(self, phase_of: dict[str, float]) -> float:
        """Phase gates as rotations, which have half the phase of the whole; returns turns left over."""
        turns = 0.0
        for k, gate in enumerate(self.gates):
            angle = gate.angle
            if gate.name != "Phase" or angle is None or angle.symbol not in phase_of:
                continue
            scale = phase_of[angle.symbol] + angle.scale / 2
            if abs(scale) < abs(phase_of[angle.symbol]):
                self.gates[k] = Gate("Rz", gate.qubits, angle)
                phase_of[angle.symbol] = scale
                turns += angle.shift / 2
        return turns

    def _phase_of_all(self, angle: Angle) -> None:
        """Phase, X, phase, X: both values of a qubit are turned by the same angle."""
        self.n_qubits = max(self.n_qubits, 1)
        for _ in range(2):
            self._emit("X", 0)
            self._emit("Phase", 0, angle=angle)

    def _open_scalar(self, angle: Angle) -> None:
        """1 + exp(2 pi i angle), as the amplitude of a qubit of its own."""
        qubit = self.n_qubits
        self.n_qubits += 1
        self._emit("H", qubit)
        self._emit("Phase", qubit, angle=angle)
        self._emit("H", qubit)
        self.roots += 2


def _unit_sum(rows: dict[int, set[int]]) -> list[int] | None:
    """Keys, as few as can be found, whose rows add up modulo 2 to a single element.

    Gauss-Jordan elimination: if the rows span a unit vector, it is one of the reduced rows.
    """
    reduced: list[tuple[set[int], set[int], int]] = []  # row, keys that it is the sum of, pivot
    for key, row in sorted(rows.items(), key=lambda item: (len(item[1]), item[0])):
        if len(row) == 1:
            return [key]
        left, keys = set(row), {key}
        for other, others, pivot in reduced:
            if pivot in left:
                left ^= other
                keys ^= others
        if not left:
            continue
        pivot = min(left)
        for other, others, _ in reduced:
            if pivot in other:
                other ^= left
                others ^= keys
        reduced.append((left, keys, pivot))
    units = [sorted(keys) for row, keys, _ in reduced if len(row) == 1]
    return min(units, key=lambda keys: (len(keys), keys), default=None)
