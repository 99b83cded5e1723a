"""Diagrams written as Python functions: boxes are called on wires."""

from __future__ import annotations

from collections import Counter
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from qnlp.errors import DiagramError
from qnlp.structure import Spider, Swap

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from qnlp.diagram import Box, Diagram
    from qnlp.ty import Ty

__all__ = ["Wire", "apply", "from_callable"]


@dataclass(frozen=True, eq=False)
class Wire:
    """A wire of the diagram that is being written."""

    ty: Ty
    owner: _Recorder = field(repr=False)


class _Recorder:
    """The boxes that a function called, and on what."""

    def __init__(self) -> None:
        self.calls: list[tuple[Diagram, tuple[Wire, ...], tuple[Wire, ...]]] = []

    def wires(self, ty: Ty) -> tuple[Wire, ...]:
        return tuple(Wire(part, self) for part in ty)

    def call(self, diagram: Diagram, wires: tuple[Wire, ...]) -> tuple[Wire, ...]:
        outputs = self.wires(diagram.cod)
        self.calls.append((diagram, wires, outputs))
        return outputs


_NOW: ContextVar[_Recorder | None] = ContextVar("recorder", default=None)


def apply(diagram: Diagram, wires: tuple[Wire, ...]) -> Any:
    """Record a call; gives its output wire, or a tuple of them where there is not one."""
    recorder = _NOW.get()
    if recorder is None:
        message = "a diagram is called on wires inside a function that Diagram.from_callable reads"
        raise DiagramError(message)
    given: tuple[Any, ...] = wires
    for k, wire in enumerate(given):
        if not isinstance(wire, Wire) or wire.owner is not recorder:
            message = f"argument {k} must be a wire of this function, got {wire!r}"
            raise TypeError(message)
    types = [wire.ty for wire in wires]
    if types != list(diagram.dom):
        got = " @ ".join(map(str, types)) or "nothing"
        message = f"diagram from {diagram.dom} to {diagram.cod} was called on {got}"
        raise DiagramError(message)
    outputs = recorder.call(diagram, wires)
    return outputs[0] if len(outputs) == 1 else outputs


def from_callable(dom: Ty, cod: Ty) -> Callable[[Callable[..., Any]], Diagram]:
    """A decorator that turns a function of wires into a diagram.

    A wire that is used more than once is copied by a spider, one that is never used ends in a spider
    without legs below; wires are swapped where they have to cross.

    Parameters
    ----------
    dom, cod : Ty
        The function takes a wire for each of `dom`, and returns one for each of `cod`: a wire, a
        tuple of them, or None for no wire.

    Raises
    ------
    DiagramError
        If a box is called on wires of another type, or the function returns another type.

    Examples
    --------
    >>> from qnlp import Box, Diagram, Ty
    >>> n, s = Ty("n"), Ty("s")
    >>> loves, and_ = Box("loves", n @ n, s), Box("and", s @ s, s)
    >>> @Diagram.from_callable(n @ n, s)
    ... def each_other(alice, bob):
    ...     return and_(loves(alice, bob), loves(bob, alice))
    >>> each_other.cod, [box.name for box in each_other.boxes].count("loves")
    (Ty("s"), 2)
    """

    def read(function: Callable[..., Any]) -> Diagram:
        recorder = _Recorder()
        inputs = recorder.wires(dom)
        token = _NOW.set(recorder)
        try:
            result = function(*inputs)
        finally:
            _NOW.reset(token)
        outputs = () if result is None else result if isinstance(result, tuple) else (result,)
        if not all(isinstance(w, Wire) and w.owner is recorder for w in outputs):
            message = f"function {function.__name__!r} must return its own wires, got {result!r}"
            raise TypeError(message)
        types = [wire.ty for wire in outputs]
        if types != list(cod):
            got = " @ ".join(map(str, types)) or "nothing"
            message = f"function {function.__name__!r} returns {got}, expected {cod}"
            raise DiagramError(message)
        return _Layout(dom, inputs, recorder, outputs).diagram()

    return read


class _Layout:
    """Puts recorded calls one under another."""

    def __init__(
        self, dom: Ty, inputs: tuple[Wire, ...], recorder: _Recorder, outputs: tuple[Wire, ...]
    ) -> None:
        self._dom = dom
        self._row: list[Wire] = []
        self._layers: list[tuple[Box, int]] = []
        self._calls = recorder.calls
        self._inputs = inputs
        self._outputs = outputs
        self._uses = Counter(w for _, wires, _ in recorder.calls for w in wires)
        self._uses.update(outputs)

    def diagram(self) -> Diagram:
        from qnlp.diagram import Diagram

        self._row = list(self._inputs)
        self._share(self._inputs)
        for diagram, wires, outputs in self._calls:
            at = self._gather(wires)
            self._layers += [(box, at + offset) for box, offset in diagram.layers]
            self._row[at : at + len(wires)] = outputs
            self._share(outputs)
        self._gather(self._outputs)
        return Diagram(self._dom, self._layers)

    def _share(self, wires: Iterable[Wire]) -> None:
        """As many ends of each wire as there are uses."""
        for wire in wires:
            n = self._uses[wire]
            if n != 1:
                at = self._row.index(wire)
                self._layers.append((Spider(1, n, wire.ty), at))
                self._row[at : at + 1] = [wire] * n

    def _gather(self, wires: tuple[Wire, ...]) -> int:
        """Bring wires together, in order; returns where the first is."""
        if not wires:
            return len(self._row)
        at = self._row.index(wires[0])
        for k, wire in enumerate(wires[1:], start=1):
            place = self._next(wire, at, k)
            at -= place < at
            self._move(place, at + k)
        return at

    def _next(self, wire: Wire, at: int, k: int) -> int:
        """An end of a wire that is not gathered yet."""
        try:
            return self._row.index(wire, at + k)
        except ValueError:
            return self._row.index(wire)

    def _move(self, place: int, to: int) -> None:
        row = self._row
        step = 1 if to > place else -1
        for k in range(place, to, step):
            left = min(k, k + step)
            self._layers.append((Swap(row[left].ty, row[left + 1].ty), left))
            row[left], row[left + 1] = row[left + 1], row[left]
