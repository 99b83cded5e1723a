"""Diagrams of other toolkits, both ways: one file each, which imports the toolkit at its first use."""

from __future__ import annotations

from qnlp.convert.discopy import from_discopy, to_discopy
from qnlp.convert.lambeq import from_lambeq, from_lambeq_json, to_lambeq

__all__ = ["from_discopy", "from_lambeq", "from_lambeq_json", "to_discopy", "to_lambeq"]
