"""Which gates of a circuit are drawn, in which column, and with what written on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qnlp.draw.labels import clean, shorten_middle

if TYPE_CHECKING:
    from qnlp.circuit import Circuit, Gate

__all__ = ["Columns", "Look", "columns_of"]

_ANGLE_LIMIT = 22


@dataclass(frozen=True, slots=True)
class Look:
    """A gate as it is drawn."""

    controls: tuple[int, ...]
    targets: tuple[int, ...]
    name: str
    """What is written on the targets."""
    angle: str
    """Empty for a gate without a parameter."""
    full_name: str

    @property
    def span(self) -> range:
        """The qubits from the first to the last that the gate touches."""
        qubits = self.controls + self.targets
        return range(min(qubits), max(qubits) + 1)


@dataclass(frozen=True, slots=True)
class Columns:
    """The drawn part of a circuit."""

    n_qubits: int
    columns: list[list[Look]]
    note: str
    """What was left out; empty where all is drawn."""


def columns_of(circuit: Circuit, max_qubits: int, max_gates: int) -> Columns:
    """Put every gate into the first column that its qubits have free.

    Parameters
    ----------
    circuit : Circuit
    max_qubits, max_gates : int
        What goes beyond is left out and noted.

    Examples
    --------
    >>> from qnlp.circuit import Circuit, Gate
    >>> from qnlp.draw.gates import columns_of
    >>> bell = Circuit(3, (Gate("H", (0,)), Gate("CX", (0, 1)), Gate("H", (2,))))
    >>> [[look.full_name for look in column] for column in columns_of(bell, 9, 9).columns]
    [['H 0', 'H 2'], ['CX 0 1']]
    """
    n_qubits = min(circuit.n_qubits, max(0, max_qubits))
    shown = [g for g in circuit.gates if g.qubits and all(0 <= q < n_qubits for q in g.qubits)]
    shown = shown[: max(0, max_gates)]
    columns: list[list[Look]] = []
    free = [0] * n_qubits
    for look in map(_look, shown):
        column = max(free[q] for q in look.span)
        if column == len(columns):
            columns.append([])
        columns[column].append(look)
        for q in look.span:
            free[q] = column + 1
    left_out = [
        f"{count} more {kind}"
        for count, kind in (
            (circuit.n_qubits - n_qubits, "qubits"),
            (len(circuit.gates) - len(shown), "gates"),
        )
        if count
    ]
    return Columns(n_qubits, columns, f"... ({', '.join(left_out)})" if left_out else "")


def _look(gate: Gate) -> Look:
    from qnlp.circuit import GATES

    info = GATES.get(gate.name)
    n_controls = info.n_controls if info is not None else 0
    return Look(
        gate.qubits[:n_controls],
        gate.qubits[n_controls:],
        clean(gate.name[n_controls:]),
        "" if gate.angle is None else shorten_middle(str(gate.angle), _ANGLE_LIMIT),
        str(gate),
    )
