"""Ansaetze: functors from diagrams to parameterised circuits.

A word of type t becomes a circuit on the qubits of t; its parameters are one vector a (word, type),
named ``word__type_k``. Cups become Bell effects, caps Bell states, spiders GHZ states.

Source: Lorenz et al., "QNLP in Practice", arXiv:2102.12846; Sim, Johnson and Aspuru-Guzik,
arXiv:1905.10876.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qnlp.ansatz.base import Ansatz, box_key
from qnlp.ansatz.copying import CopyAnsatz
from qnlp.ansatz.entangling import StronglyEntanglingAnsatz
from qnlp.ansatz.iqp import IQPAnsatz
from qnlp.ansatz.sim import Sim4Ansatz, Sim9Ansatz, Sim9CxAnsatz, Sim14Ansatz, Sim15Ansatz
from qnlp.errors import ShapeError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "ANSAETZE",
    "Ansatz",
    "CopyAnsatz",
    "IQPAnsatz",
    "Sim4Ansatz",
    "Sim9Ansatz",
    "Sim9CxAnsatz",
    "Sim14Ansatz",
    "Sim15Ansatz",
    "StronglyEntanglingAnsatz",
    "ansatz_from_config",
    "box_key",
]

ANSAETZE: dict[str, type[Ansatz]] = {
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
    )
}
"""The registry: the name of each ansatz and its class."""


def ansatz_from_config(config: Mapping[str, Any]) -> Ansatz:
    """Make the ansatz that `Ansatz.config` describes.

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
    name = rest.pop("name", None)
    if name not in ANSAETZE:
        message = f"ansatz is {name!r}, expected one of {sorted(ANSAETZE)}"
        raise ShapeError(message)
    return ANSAETZE[name](**rest)
