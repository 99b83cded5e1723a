"""Outlines of boxes and words. A cut corner tells a box from its dagger and its transposes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qnlp.diagram import Box

__all__ = ["box_outline", "house_outline"]

Points = list[tuple[float, float]]

_CUT = 9.0
_ROOF = 11.0


def box_outline(
    sides: tuple[float, float], top: float, height: float, marked: Box | None
) -> Points:
    """A rectangle; where `marked` is given, with a corner cut that shows how it was turned.

    Examples
    --------
    >>> from qnlp.draw.shapes import box_outline
    >>> box_outline((10, 50), 0, 20, None)
    [(10.0, 0.0), (50, 0.0), (50, 20), (10.0, 20)]
    """
    width = sides[1] - sides[0]
    corner = [(width, 0.0)] if marked is None else [(width - _CUT, 0.0), (width, _CUT)]
    points = [(0.0, 0.0), *corner, (width, height), (0.0, height)]
    if marked is not None:
        points = _turned(points, width, height, marked)
    return [(sides[0] + x, top + y) for x, y in points]


def house_outline(
    sides: tuple[float, float], top: float, height: float, marked: Box | None, is_state: bool
) -> Points:
    """A house with its roof up for a state, down for an effect; lopsided where `marked` is given.

    Examples
    --------
    >>> from qnlp.draw.shapes import house_outline
    >>> house_outline((0, 40), 0, 30, None, True)[1]
    (20.0, 0.0)
    """
    width = sides[1] - sides[0]
    ridge = width * (0.5 if marked is None else 0.75)
    points = [(0.0, _ROOF), (ridge, 0.0), (width, _ROOF), (width, height), (0.0, height)]
    if marked is not None:
        points = _turned(points, width, height, marked)
    elif not is_state:
        points = [(x, height - y) for x, y in points]
    return [(sides[0] + x, top + y) for x, y in points]


def _turned(points: Points, width: float, height: float, box: Box) -> Points:
    """A dagger is upside down, a transpose turned by half."""
    is_turned = box.rotation % 2 == 1
    if is_turned:
        points = [(width - x, y) for x, y in points]
    return [(x, height - y) for x, y in points] if is_turned != box.is_dagger else points
