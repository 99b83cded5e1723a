"""Ways to run the circuits of sentences, behind one protocol."""

from __future__ import annotations

from qnlp.backend.protocol import BACKENDS, Backend, Program, get_backend

__all__ = ["BACKENDS", "Backend", "Program", "get_backend"]
