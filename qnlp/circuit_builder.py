"""Circuits put together piece by piece, while a diagram is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qnlp.circuit import Circuit, Gate

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["CircuitBuilder"]


class CircuitBuilder:
    """Collects the gates of a circuit while a diagram is read."""

    def __init__(self) -> None:
        self.n_qubits = 0
        self.gates: list[Gate] = []
        self.factor = 1.0
        self.hidden: list[int] = []
        """Qubits that are to be discarded at the end."""

    def fresh(self, count: int) -> tuple[int, ...]:
        """New qubits in |0>."""
        first = self.n_qubits
        self.n_qubits += count
        return tuple(range(first, first + count))

    def place(
        self, circuit: Circuit, inputs: Sequence[int], n_outputs: int | None = None
    ) -> tuple[int, ...]:
        """Run a circuit on given input qubits; returns its output qubits.

        Outputs from `n_outputs` on are discarded. Inputs that are not given take the maximally mixed
        state, not divided by its trace: the adjoint of discarding.
        """
        kept = len(circuit.outputs) if n_outputs is None else n_outputs
        given = list(inputs)
        for _ in circuit.inputs[len(given) :]:
            (mixed,), (other,) = self.spider([], 2, 1)
            given.append(mixed)
            self.hidden.append(other)
        where = dict(zip(circuit.inputs, given, strict=True))
        rest = [q for q in range(circuit.n_qubits) if q not in where]
        where |= dict(zip(rest, self.fresh(len(rest)), strict=True))
        places = [where[q] for q in range(circuit.n_qubits)]
        self.gates += [gate.on(places) for gate in circuit.gates]
        self.factor *= circuit.factor
        self.hidden += [where[q] for q in circuit.outputs[kept:]]
        return tuple(where[q] for q in circuit.outputs[:kept])

    def spider(
        self, legs: Sequence[tuple[int, ...]], n_out: int, width: int
    ) -> list[tuple[int, ...]]:
        """Join wires of `width` qubits each into one, and split that into `n_out` wires.

        Two legs in and none out is a Bell effect (a cup), none in and two out a Bell state (a cap).
        """
        columns = [self._spider([leg[k] for leg in legs], n_out) for k in range(width)]
        return [tuple(column[leg] for column in columns) for leg in range(n_out)]

    def _spider(self, qubits: Sequence[int], n_out: int) -> list[int]:
        if qubits:
            first, *merged = qubits
            self.gates += [Gate("CX", (first, q)) for q in merged]
        else:
            (first,) = self.fresh(1)
            self._root(first)
        if n_out == 0:
            self._root(first)
            return []
        copies = self.fresh(n_out - 1)
        self.gates += [Gate("CX", (first, q)) for q in copies]
        return [first, *copies]

    def _root(self, qubit: int) -> None:
        """The unnormalised sum over both values, as a state or as an effect."""
        self.gates.append(Gate("H", (qubit,)))
        self.factor *= 2**0.5

    def build(self, inputs: Iterable[int], outputs: Iterable[int]) -> Circuit:
        """The circuit so far: hidden qubits after its outputs, all others post-selected."""
        ends = (*outputs, *self.hidden)
        return Circuit(self.n_qubits, tuple(self.gates), tuple(inputs), ends, self.factor)
