"""Formulas and numbers: symbolic regression and operator learning on the compiled core.

Nothing is here yet. The package holds its name in the distribution; `qnlp` is the half that works.
"""

from __future__ import annotations

__all__: list[str] = []
