"""Circuits as text, one line a qubit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qnlp.draw.gates import Look, columns_of
from qnlp.draw.labels import columns

if TYPE_CHECKING:
    from qnlp.circuit import Circuit

__all__ = ["circuit_text"]


def circuit_text(
    circuit: Circuit, *, width: int = 100, max_qubits: int = 64, max_gates: int = 200
) -> str:
    """Draw a circuit for a terminal.

    Parameters
    ----------
    circuit : Circuit
    width : int, default 100
        Columns after which the circuit goes on below; no fewer than 60 are used.
    max_qubits, max_gates : int
        What goes beyond is left out, and a note says how much.

    Returns
    -------
    str

    Examples
    --------
    >>> from qnlp.circuit import Angle, Circuit, Gate
    >>> from qnlp.draw import circuit_text
    >>> gates = (Gate("H", (0,)), Gate("CRz", (0, 2), Angle("a")), Gate("CX", (1, 0)))
    >>> print(circuit_text(Circuit(3, gates, inputs=(1,), outputs=(0,), factor=2.0)))
    0: |0>─H─●─────X─
    1: ──────┼─────●─<0|
    2: |0>───Rz(a)───<0|
    amplitudes times 2
    """
    shown = columns_of(circuit, max_qubits, max_gates)
    cells = [_cells(column, shown.n_qubits) for column in shown.columns]
    blocks = [_block(circuit, shown.n_qubits, *part) for part in _parts(cells, max(60, width))]
    factor = "" if circuit.factor == 1 else f"amplitudes times {circuit.factor:.6g}"
    empty = "" if circuit.n_qubits else "no qubits"
    return "\n".join(filter(None, ["\n\n".join(blocks), empty, factor, shown.note]))


def _cells(column: list[Look], n_qubits: int) -> list[str]:
    """What each qubit's line shows in a column, all equally wide."""
    cells = ["─"] * n_qubits
    for look in column:
        for q in look.span:
            cells[q] = "┼"
        for q in look.controls:
            cells[q] = "●"
        for q in look.targets:
            cells[q] = f"{look.name}({look.angle})" if look.angle else look.name
    wide = max(map(columns, cells))
    return [cell + "─" * (wide - columns(cell)) for cell in cells]


def _parts(cells: list[list[str]], width: int) -> list[tuple[list[list[str]], bool, bool]]:
    """Columns broken into parts; whether each is the first and the last."""
    parts: list[list[list[str]]] = [[]]
    room = width - 15  # number and colon, beginning, end
    used = 0
    for column in cells:
        wide = columns(column[0]) + 1
        if parts[-1] and used + wide > room:
            parts.append([])
            used = 0
        parts[-1].append(column)
        used += wide
    return [(part, k == 0, k == len(parts) - 1) for k, part in enumerate(parts)]


def _block(
    circuit: Circuit, n_qubits: int, part: list[list[str]], is_first: bool, is_last: bool
) -> str:
    digits = len(str(max(0, n_qubits - 1)))
    lines = []
    for q in range(n_qubits):
        begin = "───" if q in circuit.inputs else "|0>"
        end = "" if q in circuit.outputs else "<0|"
        row = "─".join(["", *(column[q] for column in part), ""])
        first, last = begin if is_first else "...", end if is_last else "..."
        lines.append(f"{q:>{digits}}: {first}{row}{last}")
    return "\n".join(lines)
