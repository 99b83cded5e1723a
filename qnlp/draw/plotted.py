"""Pictures on the axes of matplotlib, and moving ones as GIF files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qnlp._lazy import require
from qnlp.draw.picture import picture
from qnlp.draw.primitives import Disc, Label, Line, primitives

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from qnlp.draw.picture import Picture

__all__ = ["gif_bytes", "image_bytes", "plot"]

EXTRA = "plot"
_PIXELS = 96.0  # to the inch
_POINTS = 0.75  # a pixel
_SIDE = {"start": "left", "middle": "center", "end": "right"}


def plot(drawn: Picture, ax: Axes | None = None) -> Axes:
    """Draw on axes, which then have the picture's pixels as data coordinates, downwards.

    Raises
    ------
    MissingDependencyError
        If matplotlib is not installed.
    """
    if ax is None:
        figure = require("matplotlib.pyplot", EXTRA).figure(figsize=_inches(drawn))
        ax = figure.add_axes((0, 0, 1, 1))
    assert ax is not None
    _draw(drawn, ax)
    _frame(ax, drawn.width, drawn.height)
    return ax


def _inches(drawn: Picture) -> tuple[float, float]:
    return max(drawn.width, 1.0) / _PIXELS, max(drawn.height, 1.0) / _PIXELS


def _frame(ax: Any, width: float, height: float) -> None:
    ax.set_xlim(0, max(width, 1.0))
    ax.set_ylim(max(height, 1.0), 0)
    ax.set_aspect("equal")
    ax.axis("off")


def _draw(drawn: Picture, ax: Any, by: tuple[float, float] = (0.0, 0.0)) -> None:
    patches = require("matplotlib.patches", EXTRA)
    path = require("matplotlib.path", EXTRA).Path
    for order, shape in enumerate(primitives(drawn)):
        if isinstance(shape, Label):
            place = shape.at[0] + by[0], shape.at[1] + by[1]
            ax.text(
                *place, shape.text, size=shape.size * _POINTS, color=shape.fill, zorder=order + 1,
                ha=_SIDE[shape.anchor], va="baseline", parse_math=False,
            )  # fmt: skip
            continue
        style: dict[str, Any] = {"lw": 1.1, "zorder": order + 1, "ec": shape.stroke}
        if isinstance(shape, Line):
            points = [shape.begin, *(point for piece in shape.pieces for point in piece)]
            codes = [path.MOVETO]
            for piece in shape.pieces:
                codes += [path.LINETO if len(piece) == 1 else path.CURVE4] * len(piece)
            patch = patches.PathPatch(path(_moved(points, by), codes), fc="none", **style)
        elif isinstance(shape, Disc):
            (centre,) = _moved([shape.centre], by)
            patch = patches.Circle(centre, shape.radius, fc=shape.fill, **style)
        else:
            patch = patches.Polygon(_moved(shape.points, by), closed=True, fc=shape.fill, **style)
        ax.add_patch(patch)


def _moved(points: Sequence[tuple[float, float]], by: tuple[float, float]) -> list[Any]:
    return [(x + by[0], y + by[1]) for x, y in points]


def image_bytes(drawn: Picture, kind: str) -> bytes:
    """A picture as a file of matplotlib's, such as ``png`` or ``pdf``.

    Raises
    ------
    MissingDependencyError
        If matplotlib is not installed.
    """
    from io import BytesIO

    figure = require("matplotlib.figure", EXTRA).Figure(figsize=_inches(drawn))
    plot(drawn, figure.add_axes((0, 0, 1, 1)))
    out = BytesIO()
    # Equal drawings give equal files: no date inside.
    figure.savefig(
        out, format=kind, dpi=2 * _PIXELS, metadata={"CreationDate": None} if kind == "pdf" else {}
    )
    return out.getvalue()


def gif_bytes(frames: Sequence[Any], seconds: float = 1.5) -> bytes:
    """Things one after another, as a GIF that begins again.

    Parameters
    ----------
    frames : sequence
        What `qnlp.draw.picture` takes.
    seconds : float
        For each.

    Raises
    ------
    MissingDependencyError
        If matplotlib is not installed.
    ValueError
        If there are no frames.
    """
    import tempfile
    from pathlib import Path

    pictures = [picture(frame) for frame in frames]
    if not pictures:
        message = "animation has no frames"
        raise ValueError(message)
    width, height = max(p.width for p in pictures), max(p.height for p in pictures)
    figure = require("matplotlib.figure", EXTRA).Figure(
        figsize=(max(width, 1.0) / _PIXELS, max(height, 1.0) / _PIXELS)
    )
    ax = figure.add_axes((0, 0, 1, 1))

    def show(k: int) -> list[Any]:
        ax.clear()
        by = (width - pictures[k].width) / 2, (height - pictures[k].height) / 2
        _draw(pictures[k], ax, by)
        _frame(ax, width, height)
        return []

    animation = require("matplotlib.animation", EXTRA)
    require("matplotlib.backends.backend_agg", EXTRA).FigureCanvasAgg(figure)
    moving = animation.FuncAnimation(figure, show, frames=len(pictures))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "moving.gif"
        moving.save(path, writer=animation.PillowWriter(fps=1 / seconds), dpi=_PIXELS)
        return path.read_bytes()
