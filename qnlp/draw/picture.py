"""Pictures: drawings with a size, which stand beside each other and are written in several formats."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from qnlp.draw.labels import clean, ems
from qnlp.draw.svg import number, svg, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["Picture", "animation", "beside", "equation", "picture"]

_SIGN_SIZE = 17.0
_GAP = 10.0
_MOST_TERMS = 8


@dataclass(frozen=True, slots=True)
class Picture:
    """What is drawn, as elements of SVG, and its size in pixels.

    A notebook shows it; `svg`, `tikz` and `plot` give it to others.
    """

    width: float
    height: float
    title: str
    parts: tuple[str, ...]

    def svg(self, scale: float = 1.0) -> str:
        """An SVG document.

        Examples
        --------
        >>> from qnlp import Ty, Word
        >>> from qnlp.draw import picture
        >>> picture(Word("Alice", Ty("n"))).svg().startswith("<svg")
        True
        """
        return svg(self.width, self.height, scale, self.title, self.parts)

    def tikz(self) -> str:
        r"""A ``tikzpicture`` for LaTeX, which needs ``\usepackage{tikz}`` alone.

        Examples
        --------
        >>> from qnlp import Ty, Word
        >>> from qnlp.draw import picture
        >>> print(picture(Word("Alice", Ty("n"))).tikz().splitlines()[0])
        \begin{tikzpicture}[x=0.75pt,y=-0.75pt,line width=1.1pt]
        """
        from qnlp.draw.tikz import tikz

        return tikz(self)

    def plot(self, ax: Any = None) -> Any:
        """Draw with matplotlib, on axes that are given or on a figure of its own.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional

        Returns
        -------
        matplotlib.axes.Axes

        Raises
        ------
        MissingDependencyError
            If matplotlib is not installed.

        Examples
        --------
        >>> import pytest
        >>> pytest.importorskip("matplotlib").use("Agg")
        >>> from qnlp import Ty, Word
        >>> from qnlp.draw import picture
        >>> len(picture(Word("Alice", Ty("n"))).plot().texts)
        2
        """
        from qnlp.draw.plotted import plot

        return plot(self, ax)

    def at(self, x: float, y: float) -> str:
        """The picture as an element, moved."""
        inside = "\n".join(part for part in self.parts if part)
        return f'<g transform="translate({number(x)} {number(y)})">\n{inside}\n</g>'

    def _repr_svg_(self) -> str:
        return self.svg()


def picture(thing: Any, **options: Any) -> Picture:
    """The picture of a diagram, circuit or formal sum; of a text, a sign that stands between others.

    Parameters
    ----------
    thing : Diagram, Circuit, Sum, str or Picture
    **options
        Of a diagram ``max_boxes``; of a circuit ``width``, ``max_qubits`` and ``max_gates``.

    Raises
    ------
    TypeError
        If there is no picture of such a thing.

    Examples
    --------
    >>> from qnlp import Box, Ty
    >>> from qnlp.draw import picture
    >>> f = Box("f", Ty("n"), Ty("n"))
    >>> "+" in picture(f + 2 * f.dagger()).svg()
    True
    """
    from qnlp.circuit import Circuit
    from qnlp.diagram import Diagram
    from qnlp.draw.circuits import circuit_picture
    from qnlp.draw.diagrams import diagram_picture
    from qnlp.sums import Sum

    if isinstance(thing, Picture):
        return thing
    if isinstance(thing, Diagram):
        return diagram_picture(thing, **options)
    if isinstance(thing, Circuit):
        return circuit_picture(thing, **options)
    if isinstance(thing, Sum):
        return _sum(thing)
    if isinstance(thing, str):
        return _sign(thing)
    message = f"there is no picture of a {type(thing).__name__}"
    raise TypeError(message)


def _sign(sign: str) -> Picture:
    width = ems(clean(sign)) * _SIGN_SIZE
    return Picture(width, 24.0, sign, (text(width / 2, 17, sign, size=_SIGN_SIZE),))


def beside(things: Iterable[Any]) -> Picture:
    """Pictures from left to right, each in the middle of the height.

    Examples
    --------
    >>> from qnlp import Ty, Word
    >>> from qnlp.draw.picture import beside
    >>> beside([Word("Alice", Ty("n")), "or", Word("Bob", Ty("n"))]).title
    'String diagram: Alice or String diagram: Bob'
    """
    pictures = [picture(thing) for thing in things]
    height = max((p.height for p in pictures), default=0.0)
    x, parts = 0.0, []
    for p in pictures:
        parts.append(p.at(x, (height - p.height) / 2))
        x += p.width + _GAP
    title = " ".join(p.title for p in pictures)
    return Picture(max(0.0, x - _GAP), height, title, tuple(parts))


def equation(*sides: Any, sign: str = "=") -> Picture:
    """Things with a sign between each two: equations, or the steps of a rewriting.

    Examples
    --------
    >>> from qnlp import Cap, Cup, Id, Ty
    >>> from qnlp.draw import equation
    >>> n = Ty("n")
    >>> snake = Cap(n, n.l) @ n >> n @ Cup(n.l, n)
    >>> equation(snake, Id(n)).svg().count("=</text>")
    1
    """
    listed: list[Any] = []
    for side in sides:
        listed += [sign, side] if listed else [side]
    return beside(listed)


def _sum(total: Any) -> Picture:
    listed: list[Any] = []
    for k, (coefficient, term) in enumerate(total):
        if k == _MOST_TERMS:
            listed.append(f"+ … ({len(total) - k} more terms)")
            break
        sign, size = _coefficient(complex(coefficient))
        if sign == "-" or k:
            listed.append(sign)
        if size:
            listed.append(size)
        listed.append(term)
    return beside(listed or ["0"])


def _coefficient(value: complex) -> tuple[str, str]:
    """Its sign, and what is written before the term: nothing for one."""
    if value.imag == 0:
        return "-" if value.real < 0 else "+", "" if abs(
            value.real
        ) == 1 else f"{abs(value.real):.4g}"
    if value.real == 0:
        size = "" if abs(value.imag) == 1 else f"{abs(value.imag):.4g}"
        return "-" if value.imag < 0 else "+", f"{size}i"
    sign = "-" if value.imag < 0 else "+"
    return "+", f"({value.real:.4g} {sign} {abs(value.imag):.4g}i)"


def animation(frames: Sequence[Any], seconds: float = 1.5) -> str:
    """An SVG that shows things one after another and begins again: the steps of a rewriting.

    Parameters
    ----------
    frames : sequence
        What `picture` takes.
    seconds : float
        For each.

    Returns
    -------
    str
        A document that moves in browsers (SMIL), and elsewhere shows the first.

    Raises
    ------
    ValueError
        If there are no frames, or `seconds` is not positive.

    Examples
    --------
    >>> from qnlp import Cap, Cup, Id, Ty
    >>> from qnlp.draw import animation
    >>> n = Ty("n")
    >>> animation([Cap(n, n.l) @ n >> n @ Cup(n.l, n), Id(n)]).count("<animate ")
    2
    """
    pictures = [picture(frame) for frame in frames]
    if not pictures or not seconds > 0:
        message = (
            f"animation has {len(pictures)} frames of {seconds} seconds, expected both positive"
        )
        raise ValueError(message)
    width, height = max(p.width for p in pictures), max(p.height for p in pictures)
    parts = []
    for k, p in enumerate(pictures):
        inside = p.at((width - p.width) / 2, (height - p.height) / 2)
        shown = ";".join("visible" if j == k else "hidden" for j in range(len(pictures)))
        first = "visible" if k == 0 else "hidden"
        moves = (
            f'<animate attributeName="visibility" calcMode="discrete" values="{shown}"'
            f' dur="{number(seconds * len(pictures))}s" repeatCount="indefinite"/>'
        )
        parts.append(f'<g visibility="{first}">{moves}\n{inside}\n</g>')
    return svg(width, height, 1.0, f"{len(pictures)} steps: {pictures[0].title}", parts)
