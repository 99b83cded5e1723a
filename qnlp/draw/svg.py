"""SVG as strings: escaping, numbers and the frame of a document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qnlp.draw.labels import clean, shorten

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "LINE",
    "dot",
    "escape",
    "frame",
    "named",
    "number",
    "path",
    "polygon",
    "svg",
    "text",
]

LINE = "#767676"
"""Grey of wires and their labels: 4.5 to 1 against white, 4.6 to 1 against black."""

_INK = "#16202a"
_FONT = "DejaVu Sans, Verdana, Helvetica, Arial, sans-serif"
_TITLE_LIMIT = 1_000


def number(value: float) -> str:
    """A coordinate with one decimal at most.

    Examples
    --------
    >>> from qnlp.draw.svg import number
    >>> number(2.0), number(0.25), number(-0.04)
    ('2', '0.2', '0')
    """
    short = f"{value:.1f}".removesuffix(".0")
    return "0" if short == "-0" else short


def escape(name: str) -> str:
    """A name as XML text or attribute.

    Examples
    --------
    >>> from qnlp.draw.svg import escape
    >>> escape("<&>")
    '&lt;&amp;&gt;'
    """
    safe = clean(name).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return safe.replace('"', "&quot;")


def path(data: Iterable[str]) -> str:
    """Lines without a filling."""
    joined = " ".join(data)
    line = f'fill="none" stroke="{LINE}" stroke-width="1.5"'
    return f'<path d="{joined}" {line}/>' if joined else ""


def dot(x: float, y: float, radius: float, *, fill: str = LINE) -> str:
    """A filled circle."""
    return (
        f'<circle cx="{number(x)}" cy="{number(y)}" r="{number(radius)}" fill="{fill}"'
        f' stroke="{LINE}"/>'
    )


def polygon(points: Iterable[tuple[float, float]], fill: str, stroke: str) -> str:
    """A filled outline."""
    corners = " ".join(f"{number(x)},{number(y)}" for x, y in points)
    return f'<polygon points="{corners}" fill="{fill}" stroke="{stroke}" stroke-width="1.5"/>'


def frame(x: float, y: float, width: float, height: float) -> str:
    """A rectangle with round corners and no filling."""
    r = min(14.0, width / 2, height / 2)
    right, low = x + width, y + height
    ends = [
        f"M{number(x + r)} {number(y)}H{number(right - r)}",
        f"Q{number(right)} {number(y)} {number(right)} {number(y + r)}V{number(low - r)}",
        f"Q{number(right)} {number(low)} {number(right - r)} {number(low)}H{number(x + r)}",
        f"Q{number(x)} {number(low)} {number(x)} {number(low - r)}V{number(y + r)}",
        f"Q{number(x)} {number(y)} {number(x + r)} {number(y)}",
    ]
    return path(["".join(ends)])


def text(
    x: float, y: float, content: str, *, size: float = 13, fill: str = _INK, anchor: str = "middle"
) -> str:
    """A line of text; `y` is its baseline."""
    # Each text is a paragraph of its own, so that words of either direction stay in their places.
    return (
        f'<text x="{number(x)}" y="{number(y)}" font-size="{number(size)}" fill="{fill}"'
        f' text-anchor="{anchor}" unicode-bidi="isolate">{escape(content)}</text>'
    )


def named(name: str, parts: Iterable[str]) -> str:
    """Shapes with a title, which browsers show under the pointer."""
    return f"<g><title>{escape(shorten(name, _TITLE_LIMIT))}</title>{''.join(parts)}</g>"


def svg(width: float, height: float, scale: float, title: str, parts: Iterable[str]) -> str:
    """A whole document.

    Parameters
    ----------
    width, height : float
        In the units of the parts, pixels at `scale` 1.
    scale : float
    title : str
        Read out in place of the picture.
    parts : iterable of str

    Returns
    -------
    str
    """
    label = escape(shorten(title, 200))
    size = f'width="{number(width * scale)}" height="{number(height * scale)}"'
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size}'
        f' viewBox="0 0 {number(width)} {number(height)}" role="img" aria-label="{label}"'
        f' font-family="{_FONT}">'
    )
    body = "\n".join(part for part in parts if part)
    return f"{head}\n<title>{label}</title>\n{body}\n</svg>\n"
