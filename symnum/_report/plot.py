"""Small plots as SVG, written here so that a report needs no other package."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Array = NDArray[np.float64]

_WIDTH, _HEIGHT = 460, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 12, 26, 42
_COLOURS = ("#1f5fa8", "#c4501b", "#2f7d4f", "#7a4ea3", "#8a6d1a", "#a32f57")
_MOST_POINTS = 1_500  # of one series; more are thinned out evenly


@dataclass(frozen=True)
class _Series:
    x: Array
    y: Array
    colour: str
    is_line: bool
    label: str


@dataclass
class Plot:
    """Points and lines over one pair of axes.

    Parameters
    ----------
    title, x_label, y_label : str
    log_y : bool
        Whether y is drawn by its logarithm; values at or below 0 are left out.
    """

    title: str
    x_label: str
    y_label: str
    log_y: bool = False
    _series: list[_Series] = field(default_factory=list)

    def points(self, x: ArrayLike, y: ArrayLike, colour: int = 0, label: str = "") -> Plot:
        """Add dots; those that are not finite are left out."""
        return self._add(x, y, colour, label, is_line=False)

    def line(self, x: ArrayLike, y: ArrayLike, colour: int = 0, label: str = "") -> Plot:
        """Add a line through points in their order."""
        return self._add(x, y, colour, label, is_line=True)

    def _add(self, x: ArrayLike, y: ArrayLike, colour: int, label: str, *, is_line: bool) -> Plot:
        first, second = np.asarray(x, np.float64), np.asarray(y, np.float64)
        drawn = np.isfinite(first) & np.isfinite(second)
        if self.log_y:
            drawn &= second > 0
        index = np.flatnonzero(drawn)
        if len(index) > _MOST_POINTS:
            index = index[np.linspace(0, len(index) - 1, _MOST_POINTS).astype(int)]
        second = np.log10(second[index]) if self.log_y else second[index]
        colour_of = _COLOURS[colour % len(_COLOURS)]
        self._series.append(_Series(first[index], second, colour_of, is_line, label))
        return self

    def svg(self) -> str:
        """The plot as an element of HTML.

        Returns
        -------
        str
        """
        x = np.concatenate([s.x for s in self._series] or [np.zeros(0)])
        y = np.concatenate([s.y for s in self._series] or [np.zeros(0)])
        frame = _Frame.around(x, y)
        parts = [
            f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(self.title)}">',
            f'<text x="{_LEFT}" y="16" class="title">{escape(self.title)}</text>',
            *frame.axes(log_y=self.log_y),
            _text((_LEFT + _WIDTH - _RIGHT) / 2, _HEIGHT - 6, self.x_label, "middle"),
            (
                f'<text transform="translate(14 {(_TOP + _HEIGHT - _BOTTOM) / 2}) rotate(-90)"'
                f' text-anchor="middle">{escape(self.y_label)}</text>'
            ),
            *(frame.drawn(series) for series in self._series),
            *self._legend(),
            "</svg>",
        ]
        return "\n".join(parts)

    def _legend(self) -> list[str]:
        parts, row = [], 0
        for series in self._series:
            if series.label:
                y = _TOP + 12 + 14 * row
                parts.append(f'<circle cx="{_LEFT + 12}" cy="{y}" r="3.5" fill="{series.colour}"/>')
                parts.append(_text(_LEFT + 20, y + 4, series.label, "start"))
                row += 1
        return parts


@dataclass(frozen=True)
class _Frame:
    """From numbers to places."""

    x: tuple[float, float]
    y: tuple[float, float]

    @classmethod
    def around(cls, x: Array, y: Array) -> _Frame:
        return cls(_limits(x), _limits(y))

    def place(self, x: Array, y: Array) -> tuple[Array, Array]:
        """Places of points in the drawing."""
        across = (x - self.x[0]) / (self.x[1] - self.x[0])
        up = (y - self.y[0]) / (self.y[1] - self.y[0])
        return _LEFT + across * (_WIDTH - _LEFT - _RIGHT), _HEIGHT - _BOTTOM - up * (
            _HEIGHT - _TOP - _BOTTOM
        )

    def drawn(self, series: _Series) -> str:
        """A series as an element."""
        px, py = self.place(series.x, series.y)
        pairs = [f"{a:.1f},{b:.1f}" for a, b in zip(px.tolist(), py.tolist(), strict=True)]
        if series.is_line:
            points = " ".join(pairs)
            return f'<polyline points="{points}" stroke="{series.colour}" class="line"/>'
        dots = "".join(f"M{pair}h0" for pair in pairs)
        return f'<path d="{dots}" stroke="{series.colour}" class="dots"/>'

    def axes(self, *, log_y: bool) -> list[str]:
        """The box, and ticks with their numbers."""
        right, bottom = _WIDTH - _RIGHT, _HEIGHT - _BOTTOM
        parts = [
            (
                f'<rect x="{_LEFT}" y="{_TOP}" width="{right - _LEFT}" height="{bottom - _TOP}"'
                ' class="box"/>'
            )
        ]
        for value in ticks(*self.x):
            px = float(self.place(np.array([value]), np.array([self.y[0]]))[0][0])
            parts.append(f'<path d="M{px:.1f},{bottom}v4" class="tick"/>')
            parts.append(_text(px, bottom + 17, f"{value:.6g}", "middle"))
        for value in ticks(*self.y):
            py = float(self.place(np.array([self.x[0]]), np.array([value]))[1][0])
            parts.append(f'<path d="M{_LEFT},{py:.1f}h-4" class="tick"/>')
            shown = _power_of_ten(value) if log_y else f"{value:.5g}"
            parts.append(_text(_LEFT - 7, py + 4, shown, "end"))
        return parts


def _power_of_ten(value: float) -> str:
    return f"{10.0**value:.2g}" if abs(value) < 300 else f"10^{value:.0f}"


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _limits(values: Array) -> tuple[float, float]:
    if not len(values):
        return 0.0, 1.0
    low, high = float(values.min()), float(values.max())
    room = 0.04 * (high - low) or 0.5 * max(abs(low), 1e-12)
    if not np.isfinite(room) or high - low > 1e300:
        return -1e300, 1e300
    return low - room, high + room


def ticks(low: float, high: float, most: int = 6) -> list[float]:
    """At most so many round numbers between two, evenly.

    Parameters
    ----------
    low, high : float
        With `low` below `high`.
    most : int

    Returns
    -------
    list of float

    Examples
    --------
    >>> from symnum._report.plot import ticks
    >>> ticks(-0.1, 10.3)
    [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]
    """
    rough = (high - low) / most
    power = 10.0 ** np.floor(np.log10(rough))
    step = float(next(m * power for m in (1.0, 2.0, 5.0, 10.0) if m * power >= rough))
    first, last = int(np.ceil(low / step)), int(np.floor(high / step))
    return [float(f"{k * step:.12g}") + 0.0 for k in range(first, last + 1)][: most + 1]
