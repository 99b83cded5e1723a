"""Pictures as TikZ, for LaTeX."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qnlp.draw.labels import clean
from qnlp.draw.primitives import Disc, Label, Line, Shape, primitives
from qnlp.draw.svg import number

if TYPE_CHECKING:
    from qnlp.draw.picture import Picture
    from qnlp.draw.primitives import Point

__all__ = ["tikz"]

_ESCAPED = {
    "\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    "|": r"\textbar{}", "<": r"\textless{}", ">": r"\textgreater{}", "†": r"$\dagger$",
    "…": r"\ldots{}", "⟩": r"$\rangle$", "⟨": r"$\langle$", "π": r"$\pi$",
} | {char: "\\" + char for char in "&%$#_{}"}  # fmt: skip
_ANCHOR = {"start": "base west", "middle": "base", "end": "base east"}


def tikz(picture: Picture) -> str:
    r"""A ``tikzpicture``; letters beyond Latin need XeLaTeX or LuaLaTeX.

    Parameters
    ----------
    picture : Picture

    Returns
    -------
    str
        One pixel is three quarters of a point.

    Examples
    --------
    >>> from qnlp import Ty, Word
    >>> from qnlp.draw import picture
    >>> from qnlp.draw.tikz import tikz
    >>> r"{100\%}" in tikz(picture(Word("100%", Ty("n"))))
    True
    """
    colours: dict[str, str] = {}
    drawn = [_drawn(shape, colours) for shape in primitives(picture)]
    named = [
        rf"\definecolor{{{name}}}{{HTML}}{{{colour.lstrip('#').upper()}}}"
        for colour, name in colours.items()
    ]
    head = r"\begin{tikzpicture}[x=0.75pt,y=-0.75pt,line width=1.1pt]"
    return "\n".join([head, *named, *drawn, r"\end{tikzpicture}", ""])


def _drawn(shape: Shape, colours: dict[str, str]) -> str:
    def colour(value: str) -> str:
        return colours.setdefault(value, f"qnlp{chr(ord('a') + len(colours))}")

    if isinstance(shape, Line):
        pieces = "".join(map(_piece, shape.pieces))
        return rf"\draw[{colour(shape.stroke)}] {_at(shape.begin)}{pieces};"
    if isinstance(shape, Label):
        size = number(0.75 * shape.size)
        style = (
            f"anchor={_ANCHOR[shape.anchor]},inner sep=0pt,text={colour(shape.fill)},"
            rf"font=\sffamily\fontsize{{{size}}}{{{size}}}\selectfont"
        )
        return rf"\node[{style}] at {_at(shape.at)} {{{_escaped(shape.text)}}};"
    style = f"fill={colour(shape.fill)},draw={colour(shape.stroke)}"
    if isinstance(shape, Disc):
        return rf"\filldraw[{style}] {_at(shape.centre)} circle [radius={number(shape.radius)}];"
    return rf"\filldraw[{style}] {' -- '.join(map(_at, shape.points))} -- cycle;"


def _at(point: Point) -> str:
    return f"({number(point[0])},{number(point[1])})"


def _piece(points: tuple[Point, ...]) -> str:
    if len(points) == 1:
        return f" -- {_at(points[0])}"
    first, second, end = map(_at, points)
    return f" .. controls {first} and {second} .. {end}"


def _escaped(content: str) -> str:
    return "".join(_ESCAPED.get(char, char) for char in clean(content))
