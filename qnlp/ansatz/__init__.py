"""Ansaetze: what gives words circuits, or tensors, with parameters.

A word of type t becomes a circuit on the qubits of t, or a real tensor; its parameters are one vector
a (word, type), named ``word__type_k``. Cups become Bell effects, caps Bell states, spiders GHZ states.

Source: Lorenz et al., "QNLP in Practice", arXiv:2102.12846; Sim, Johnson and Aspuru-Guzik,
arXiv:1905.10876.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qnlp.ansatz.base import Ansatz
from qnlp.ansatz.copying import CopyAnsatz
from qnlp.ansatz.entangling import StronglyEntanglingAnsatz
from qnlp.ansatz.iqp import IQPAnsatz
from qnlp.ansatz.own import circuit_ansatz
from qnlp.ansatz.sim import Sim4Ansatz, Sim9Ansatz, Sim9CxAnsatz, Sim14Ansatz, Sim15Ansatz
from qnlp.ansatz.tensors import MPSAnsatz, SpiderAnsatz, TensorAnsatz
from qnlp.ansatz.words import WordAnsatz, box_key
from qnlp.errors import ShapeError
from qnlp.vocabulary import named_boxes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from qnlp.diagram import Diagram

__all__ = [
    "ANSAETZE",
    "Ansatz",
    "CopyAnsatz",
    "IQPAnsatz",
    "MPSAnsatz",
    "Sim4Ansatz",
    "Sim9Ansatz",
    "Sim9CxAnsatz",
    "Sim14Ansatz",
    "Sim15Ansatz",
    "SpiderAnsatz",
    "StronglyEntanglingAnsatz",
    "TensorAnsatz",
    "WordAnsatz",
    "ansatz_from_config",
    "box_key",
    "circuit_ansatz",
    "default_ansatz",
]

ANSAETZE: dict[str, type[WordAnsatz]] = {
    cls.name: cls
    for cls in (
        IQPAnsatz,
        Sim4Ansatz,
        Sim9Ansatz,
        Sim9CxAnsatz,
        Sim14Ansatz,
        Sim15Ansatz,
        StronglyEntanglingAnsatz,
        CopyAnsatz,
        TensorAnsatz,
        SpiderAnsatz,
        MPSAnsatz,
    )
}
"""The registry: the name of each ansatz and its class."""


def default_ansatz(
    diagrams: Sequence[Diagram],
    n_outcomes: int,
    name: str = "iqp",
    sizes: Mapping[str, int] | None = None,
    **options: Any,
) -> WordAnsatz:
    """An ansatz for some sentences: wires of one qubit, or of dimension 2, of the target as needed.

    Parameters
    ----------
    diagrams : sequence of Diagram
        Of one codomain.
    n_outcomes : int
        That their codomain must have.
    name : str, default "iqp"
        In `ANSAETZE`.
    sizes : mapping of str to int, optional
        Qubits, or dimensions, of some atoms, before all else.
    **options
        More arguments of the ansatz.

    Raises
    ------
    ShapeError
        If no ansatz has that name.

    Examples
    --------
    >>> from qnlp import Ty, Word
    >>> from qnlp.ansatz import default_ansatz
    >>> sentences = [Word("Rain", Ty("s"))]
    >>> default_ansatz(sentences, 4).qubits, default_ansatz(sentences, 4, "tensor").dims
    ({'n': 1, 'p': 1, 's': 2}, {'n': 2, 'p': 2, 's': 4})
    """
    boxes = named_boxes(diagrams)
    atoms = {atom for box in boxes for atom, _ in (box.dom @ box.cod).objects}
    outputs = {atom for atom, _ in diagrams[0].cod.objects}
    is_tensor = issubclass(_known(name), TensorAnsatz)
    needed = max(2, n_outcomes) if is_tensor else max(1, (n_outcomes - 1).bit_length())
    found = {a: needed if a in outputs else 1 + is_tensor for a in sorted(atoms | {"n", "s", "p"})}
    key = "dims" if is_tensor else "qubits"
    return ansatz_from_config({"name": name, key: {**found, **(sizes or {})}, **options})


def _known(name: object) -> type[WordAnsatz]:
    if not isinstance(name, str) or name not in ANSAETZE:
        message = f"ansatz is {name!r}, expected one of {sorted(ANSAETZE)}"
        raise ShapeError(message)
    return ANSAETZE[name]


def ansatz_from_config(config: Mapping[str, Any]) -> WordAnsatz:
    """Make the ansatz that `WordAnsatz.config` describes.

    Raises
    ------
    ShapeError
        If no ansatz has that name, or a number is off.

    Examples
    --------
    >>> from qnlp.ansatz import IQPAnsatz, ansatz_from_config
    >>> ansatz_from_config(IQPAnsatz({"n": 1}).config())
    IQPAnsatz({'n': 1}, n_layers=1, n_single_qubit_params=3)
    """
    rest = dict(config)
    return _known(rest.pop("name", None))(**rest)
