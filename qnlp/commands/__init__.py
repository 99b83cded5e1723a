"""What the command line does, one file a reason to change. `qnlp.cli` is its door."""

from __future__ import annotations
