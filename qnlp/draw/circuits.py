"""Circuits as SVG, from left to right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qnlp.draw.gates import Look, columns_of
from qnlp.draw.labels import ems
from qnlp.draw.picture import Picture
from qnlp.draw.svg import LINE, dot, named, number, path, polygon, text

if TYPE_CHECKING:
    from qnlp.circuit import Circuit

__all__ = ["circuit_picture", "circuit_svg"]

_STEP, _GAP, _MARGIN = 38.0, 12.0, 12.0
_HALF = 14.0
_BEGIN, _END = 62.0, 40.0
_NAME_SIZE, _ANGLE_SIZE = 13.0, 9.0
_FILL = ("#d9e8f6", "#3b77a8")
_ANGLED_FILL = ("#fbeecb", "#a9780f")


def circuit_svg(
    circuit: Circuit,
    *,
    scale: float = 1.0,
    width: float = 1_000.0,
    max_qubits: int = 64,
    max_gates: int = 500,
) -> str:
    r"""Draw a circuit as SVG.

    Parameters
    ----------
    circuit : Circuit
    scale : float, default 1.0
        Size of a drawn pixel.
    width : float, default 1000.0
        Pixels after which the circuit goes on below.
    max_qubits, max_gates : int
        What goes beyond is left out, and a note says how much.

    Returns
    -------
    str
        An XML document without a declaration. Equal circuits give equal strings.

    Notes
    -----
    Qubit 0, the most significant, is on top. A qubit that is no input begins in \|0>, one that is no
    output ends in <0\|; open wires begin and end in nothing. Gates with a parameter are yellow.

    Examples
    --------
    >>> from qnlp.circuit import Circuit, Gate
    >>> from qnlp.draw import circuit_svg
    >>> svg = circuit_svg(Circuit(2, (Gate("H", (0,)), Gate("CX", (0, 1))), outputs=(0, 1)))
    >>> svg.startswith("<svg"), svg.count("|0⟩")
    (True, 2)
    """
    shown = circuit_picture(circuit, width=width, max_qubits=max_qubits, max_gates=max_gates)
    return shown.svg(scale)


def circuit_picture(
    circuit: Circuit, *, width: float = 1_000.0, max_qubits: int = 64, max_gates: int = 500
) -> Picture:
    """Draw a circuit; parameters as of `circuit_svg`."""
    return _Drawing(circuit, max_qubits, max_gates).render(width)


class _Drawing:
    def __init__(self, circuit: Circuit, max_qubits: int, max_gates: int) -> None:
        self.circuit = circuit
        self.shown = columns_of(circuit, max_qubits, max_gates)
        self.lines: list[str] = []
        self.shapes: list[str] = []

    def render(self, limit: float) -> Picture:
        top, right = _HALF, 0.0
        parts = self._parts(limit)
        for k, part in enumerate(parts):
            right = max(right, self._part(part, top, k == 0, k == len(parts) - 1))
            top += self.shown.n_qubits * _STEP + 14
        top -= 20
        for note in (self._factor(), self.shown.note):
            if note:
                self.shapes.append(text(0, top, note, size=11, fill=LINE, anchor="start"))
                right, top = max(right, ems(note) * 11), top + 18
        size = (right + 2 * _MARGIN, max(0.0, top - 14) + 2 * _MARGIN)
        shift = f'<g transform="translate({number(_MARGIN)} {number(_MARGIN)})">'
        return Picture(*size, self._title(), (shift, path(self.lines), *self.shapes, "</g>"))

    def _title(self) -> str:
        c = self.circuit
        return f"Circuit of {c.n_qubits} qubits, {len(c.gates)} gates, {len(c.symbols)} parameters"

    def _factor(self) -> str:
        factor = self.circuit.factor
        return "" if factor == 1 else f"amplitudes times {factor:.6g}"

    def _parts(self, limit: float) -> list[list[tuple[list[Look], float]]]:
        """Columns with their widths, broken into parts that `limit` has room for."""
        parts: list[list[tuple[list[Look], float]]] = [[]]
        used = _BEGIN + _END
        for column in self.shown.columns:
            wide = max(map(_width, column))
            if parts[-1] and used + wide + _GAP > limit:
                parts.append([])
                used = _BEGIN + _END
            parts[-1].append((column, wide))
            used += wide + _GAP
        return parts

    def _part(
        self, part: list[tuple[list[Look], float]], top: float, is_first: bool, is_last: bool
    ) -> float:
        x = _BEGIN
        for column, wide in part:
            for look in column:
                self._gate(look, x + wide / 2, top)
            x += wide + _GAP
        for q in range(self.shown.n_qubits):
            y = top + q * _STEP
            begin = "" if q in self.circuit.inputs else "|0⟩"
            end = "" if q in self.circuit.outputs else "⟨0|"
            self.shapes.append(text(20, y + 4, str(q), size=11, fill=LINE, anchor="end"))
            left = self._end(begin if is_first else "…", 42, y, -1)
            right = self._end(end if is_last else "…", x + 14, y, 1)
            self.lines.append(f"M{number(left)} {number(y)}H{number(right)}")
        return x + _END if self.shown.n_qubits else 0.0

    def _end(self, label: str, x: float, y: float, side: int) -> float:
        """Write what a wire begins or ends in; tell where the wire does."""
        if not label:
            return x + side * 12
        self.shapes.append(text(x, y + 4.5, label, fill=LINE))
        return x - side * 14

    def _gate(self, look: Look, x: float, top: float) -> None:
        span = look.span
        if len(span) > 1:
            ends = (number(top + q * _STEP) for q in (span[0], span[-1]))
            self.lines.append(f"M{number(x)} {next(ends)}V{next(ends)}")
        shapes = [dot(x, top + q * _STEP, 4.5) for q in look.controls]
        shapes += [_target(look, x, top + q * _STEP) for q in look.targets]
        self.shapes.append(named(look.full_name, shapes))


def _is_plus(look: Look) -> bool:
    return bool(look.controls) and look.name == "X"


def _width(look: Look) -> float:
    if _is_plus(look) or look.name == "Swap":
        return 20.0
    name, angle = ems(look.name) * _NAME_SIZE, ems(look.angle) * _ANGLE_SIZE
    return max(26.0, max(name, angle) + 10)


def _target(look: Look, x: float, y: float) -> str:
    if look.name == "Swap":
        return _cross(x, y, 6, 6)
    if _is_plus(look):
        return dot(x, y, 9, fill=_FILL[0]) + _cross(x, y, 9, 0) + _cross(x, y, 0, 9)
    half = _width(look) / 2
    corners = [(x - half, y - _HALF), (x + half, y - _HALF)]
    corners += [(x + half, y + _HALF), (x - half, y + _HALF)]
    box = polygon(corners, *(_ANGLED_FILL if look.angle else _FILL))
    if not look.angle:
        return box + text(x, y + 4.5, look.name, size=_NAME_SIZE)
    name = text(x, y - 0.5, look.name, size=12)
    return box + name + text(x, y + 9.5, look.angle, size=_ANGLE_SIZE)


def _cross(x: float, y: float, dx: float, dy: float) -> str:
    """Both diagonals of a rectangle: a cross, or a stroke where a side is 0."""
    strokes = (
        f"M{number(x - dx)} {number(y - s * dy)}L{number(x + dx)} {number(y + s * dy)}"
        for s in (1, -1)
    )
    return path(strokes)
