"""Bubbles: a unary operator on homsets, drawn as a circle round a diagram."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qnlp.diagram import PREFIX, SIGNATURE, Box, Diagram
from qnlp.errors import DiagramError
from qnlp.written import to_dict

if TYPE_CHECKING:
    from qnlp.ty import Ty

__all__ = ["Bubble"]


class Bubble(Box):
    """An operator applied to a diagram as a whole: a box with a diagram inside.

    What an operator does is the functor's: see `qnlp.TensorFunctor`, which takes functions of arrays.

    Parameters
    ----------
    inside : Diagram
    operator : str
        Its name.
    dom, cod : Ty, optional
        By default those of `inside`.

    Notes
    -----
    Source: Toumi, Yeung, de Felice, arXiv:2103.07960, section 3. Bubbles with equal insides are
    equal.

    Examples
    --------
    >>> from qnlp import Box, Bubble, Ty
    >>> n = Ty("n")
    >>> bubble = Bubble(Box("f", n, n), "not")
    >>> bubble.operator, bubble.inside.boxes
    ('not', [Box('f', Ty("n"), Ty("n"))])
    """

    __slots__ = ("inside", "operator")

    inside: Diagram
    operator: str

    def __init__(
        self, inside: Diagram, operator: str, dom: Ty | None = None, cod: Ty | None = None
    ) -> None:
        if not isinstance(inside, Diagram):
            message = f"inside must be a Diagram, got {type(inside).__name__}"
            raise TypeError(message)
        if not operator:
            message = "operator must have a name"
            raise DiagramError(message)
        self.inside = inside
        self.operator = operator
        top = inside.dom if dom is None else dom
        bottom = inside.cod if cod is None else cod
        key = (operator, inside, top, bottom)
        # Equal insides give one name, so that equal bubbles are one generator.
        name = _NAMES.setdefault(key, f"{PREFIX}{len(_NAMES)} {operator}")
        self._set(SIGNATURE.intern("box", name, top.objects, bottom.objects))

    @property
    def name(self) -> str:
        """The operator."""
        return self.operator

    def __repr__(self) -> str:
        ends = "" if (self.dom, self.cod) == (self.inside.dom, self.inside.cod) else ", "
        ends += f"{self.dom!r}, {self.cod!r}" if ends else ""
        return f"Bubble({self.inside!r}, {self.operator!r}{ends})"

    def __reduce__(self) -> tuple[Any, ...]:
        return _first_box, (to_dict(self),)


_NAMES: dict[tuple[str, Diagram, Ty, Ty], str] = {}


def _first_box(data: dict[str, Any]) -> Box:
    return Diagram.from_dict(data).boxes[0]
