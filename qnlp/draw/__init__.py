"""Drawings of diagrams, circuits, sums, equations and rewritings: SVG, TikZ, text and matplotlib.

All but the last needs no more than the standard library. A drawing is a function of what it shows alone, so
that equal diagrams give equal files. Wires and labels keep a contrast of 4.5 to 1 on white and on
black, and boxes bring their own ground.
"""

from __future__ import annotations

from qnlp.draw.circuits import circuit_svg
from qnlp.draw.circuits_text import circuit_text
from qnlp.draw.diagrams import diagram_svg
from qnlp.draw.diagrams_text import diagram_text
from qnlp.draw.files import save, write_svg
from qnlp.draw.picture import Picture, animation, beside, equation, picture

__all__ = [
    "Picture",
    "animation",
    "beside",
    "circuit_svg",
    "circuit_text",
    "diagram_svg",
    "diagram_text",
    "equation",
    "picture",
    "save",
    "write_svg",
]
