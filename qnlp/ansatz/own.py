"""An ansatz of one's own, as a function that gives one layer's gates."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from qnlp.ansatz.base import Ansatz
from qnlp.circuit import GATES, Angle, Gate
from qnlp.errors import DiagramError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Layer = Callable[[int], Iterable[tuple[Any, ...]]]

__all__ = ["circuit_ansatz"]

_NAME = re.compile("[a-z][a-z0-9_]*")


def circuit_ansatz(layer: Layer) -> type[Ansatz]:
    r"""Make an ansatz of a function: a decorator.

    The ansatz is known by the function's name, to `ansatz_from_config`, to saved models and to the
    command line, wherever the function's definition has run.

    Parameters
    ----------
    layer : callable
        Given a number of qubits, 2 or more, gives the gates of one layer, each a tuple: its name in
        `qnlp.circuit.GATES`, then its qubits, controls first. A gate that turns has a parameter of
        its own; to share that of an earlier gate of the layer, it names the parameter's number
        within the layer last.

    Returns
    -------
    type
        A class of `Ansatz`, made as the others are: ``ladder({"n": 1, "s": 1}, n_layers=2)``.

    Raises
    ------
    DiagramError
        If the name is no lower-case word or another ansatz has it; when a circuit is made of it,
        if a gate is none or its qubits are not there.

    Examples
    --------
    >>> from qnlp import Ty, circuit_ansatz
    >>> @circuit_ansatz
    ... def ladder(n_qubits):
    ...     yield from (("Ry", q) for q in range(n_qubits))
    ...     yield from (("CX", q, q + 1) for q in range(n_qubits - 1))
    >>> n = Ty("n")
    >>> print(ladder({"n": 1}).box_circuit(Ty(), n @ n.l))
    0: |0>─Ry(0)─●─
    1: |0>─Ry(1)─X─
    """
    from qnlp.ansatz import ANSAETZE

    name = layer.__name__
    if not _NAME.fullmatch(name):
        message = f"ansatz is called {name!r}, expected a lower-case name"
        raise DiagramError(message)
    earlier = ANSAETZE.get(name)
    if earlier is not None and getattr(earlier, "layer_function", "") != layer.__qualname__:
        message = f"there is an ansatz {name!r} already; give the function another name"
        raise DiagramError(message)

    def layers(self: Ansatz, n_qubits: int) -> list[Gate]:
        """Gates of a word on two qubits or more."""
        made: list[Gate] = []
        for _ in range(self.n_layers):
            first = len(_parameters(made))
            for given in layer(n_qubits):
                made.append(_gate(name, n_qubits, first, made, tuple(given)))
        return made

    body = {
        "name": name,
        "layers": layers,
        "layer_function": layer.__qualname__,
        "__doc__": layer.__doc__ or f"The ansatz that `{layer.__qualname__}` gives a layer of.",
        "__module__": layer.__module__,
        "__qualname__": layer.__qualname__,
    }
    made_class = type(name, (Ansatz,), body)
    ANSAETZE[name] = made_class
    return made_class


def _parameters(made: list[Gate]) -> set[str | None]:
    return {g.angle.symbol for g in made if g.angle is not None}


def _gate(name: str, n_qubits: int, first: int, made: list[Gate], given: tuple[Any, ...]) -> Gate:
    info = GATES.get(given[0]) if given else None
    if info is None:
        message = (
            f"ansatz {name!r} has the gate {given!r}, expected a name of {sorted(GATES)} first"
        )
        raise DiagramError(message)
    qubits = tuple(given[1 : 1 + info.n_qubits])
    shared = given[1 + info.n_qubits :]
    are_there = all(isinstance(q, int) and 0 <= q < n_qubits for q in qubits)
    if len(qubits) < info.n_qubits or not are_there or len(set(qubits)) < len(qubits):
        message = (
            f"ansatz {name!r} has the gate {given!r}, expected {info.n_qubits} different qubits "
            f"from 0 to {n_qubits - 1}"
        )
        raise DiagramError(message)
    if not info.has_parameter:
        if shared:
            message = f"ansatz {name!r} has the gate {given!r}, which takes no parameter"
            raise DiagramError(message)
        return Gate(info.name, qubits)
    numbers = _parameters(made)
    number = shared[0] + first if shared else len(numbers)
    if len(shared) > 1 or (shared and str(number) not in numbers):
        message = f"ansatz {name!r} has the gate {given!r}, which names no earlier parameter"
        raise DiagramError(message)
    return Gate(info.name, qubits, Angle(str(number)))
