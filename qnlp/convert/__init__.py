"""Diagrams and circuits of other toolkits, both ways: one file each, which imports the toolkit at its first use."""

from __future__ import annotations

from qnlp.convert.discopy import from_discopy, to_discopy
from qnlp.convert.lambeq import from_lambeq, from_lambeq_json, to_lambeq
from qnlp.convert.qiskit import from_qasm, from_qiskit, to_qasm, to_qiskit

__all__ = [
    "from_discopy",
    "from_lambeq",
    "from_lambeq_json",
    "from_qasm",
    "from_qiskit",
    "to_discopy",
    "to_lambeq",
    "to_qasm",
    "to_qiskit",
]
