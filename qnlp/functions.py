"""Diagrams as Python functions: wires carry values, which are copied and dropped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qnlp.errors import DiagramError
from qnlp.stochastic import check_copy_discard
from qnlp.structure import DISCARD

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from qnlp.diagram import Box, Diagram

__all__ = ["FunctionFunctor"]


class FunctionFunctor:
    """The functor to Python functions.

    Parameters
    ----------
    functions : mapping of str or callable
        For each named box a function of as many values as its domain has wires; it gives one value,
        or a tuple of as many as its codomain has wires where that is not one.

    Raises
    ------
    DiagramError
        If a box has no function, gives another number of values, or the diagram has a cup, a cap, a
        spider with another number of legs above than one, or a box that is daggered or turned:
        functions have none.

    Examples
    --------
    >>> from qnlp import Box, Diagram, Ty
    >>> from qnlp.functions import FunctionFunctor
    >>> x = Ty("x")
    >>> times, one = Box("times", x @ x, x), Box("one more", x, x)
    >>> run = FunctionFunctor({"times": lambda a, b: a * b, "one more": lambda a: a + 1})
    >>> run(Diagram.copy(x) >> x @ one >> times)(6)
    (42,)
    """

    def __init__(self, functions: Mapping[str, Any] | Callable[[Box], Any]) -> None:
        self._functions = functions

    def __call__(self, diagram: Diagram) -> Callable[..., tuple[Any, ...]]:
        """The function of a diagram: of as many values as its domain has wires, giving a tuple."""
        known: dict[int, Any] = {}
        steps = []
        for box, offset in diagram.layers:
            if box.generator not in known:
                known[box.generator] = self._step(box)
            steps.append((known[box.generator], offset, offset + len(box.dom)))
        n = len(diagram.dom)

        def run(*values: Any) -> tuple[Any, ...]:
            if len(values) != n:
                message = (
                    f"function of a diagram from {diagram.dom} takes {n} values, got {len(values)}"
                )
                raise DiagramError(message)
            row = list(values)
            for step, begin, end in steps:
                row[begin:end] = step(*row[begin:end])
            return tuple(row)

        return run

    def _step(self, box: Box) -> Callable[..., tuple[Any, ...]]:
        check_copy_discard(box, "functions")
        n = len(box.cod)
        if box.kind == "swap":
            return lambda a, b: (b, a)
        if box.kind == "spider":
            return lambda a: (a,) * n
        if box.name == DISCARD and not n:
            return lambda *_: ()
        function = self._function(box)

        def call(*values: Any) -> tuple[Any, ...]:
            made = function(*values)
            if n == 1:
                return (made,)
            if not isinstance(made, tuple) or len(made) != n:
                message = f"function of box {box.name!r} must give a tuple of {n} values"
                raise DiagramError(message)
            return made

        return call

    def _function(self, box: Box) -> Any:
        if callable(self._functions):
            return self._functions(box)
        if box.name not in self._functions:
            message = f"box {box.name!r} has no function, only {sorted(self._functions)} have"
            raise DiagramError(message)
        return self._functions[box.name]
