"""Ways to run the circuits of sentences, behind one protocol."""

from __future__ import annotations

from qnlp.backend.protocol import Backend, Program, get_backend

__all__ = ["Backend", "Program", "get_backend"]
