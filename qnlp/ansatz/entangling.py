"""The strongly entangling ansatz."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qnlp.ansatz.base import Ansatz
from qnlp.circuit import Angle, Gate
from qnlp.errors import ShapeError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from qnlp.ty import Ty

__all__ = ["StronglyEntanglingAnsatz"]


class StronglyEntanglingAnsatz(Ansatz):
    """Rz Ry Rz on each qubit, then CX at a distance that grows with the layer: 3n parameters a layer.

    A word on one qubit has the rotations Rz, Ry, Rz, ... instead.

    Parameters
    ----------
    qubits : mapping of str or Ty to int
    n_layers : int, default 1
    n_single_qubit_params : int, default 3
    ranges : sequence of int, optional
        From control to target in each layer; by default 1, 2, ..., n - 1, 1, ...
    **options
        `n_ancillas`, `discard` and `single_qubit_rotations` of `Ansatz`.

    Raises
    ------
    ShapeError
        If there are not as many ranges as layers, or one reaches round a word's qubits.

    Notes
    -----
    Source: Schuld et al., "Circuit-centric quantum classifiers", arXiv:1804.00633.

    Examples
    --------
    >>> from qnlp import StronglyEntanglingAnsatz
    >>> gates = StronglyEntanglingAnsatz({"n": 1}, n_layers=2).layers(3)
    >>> [g.qubits for g in gates if g.name == "CX"]
    [(0, 1), (1, 2), (2, 0), (0, 2), (1, 0), (2, 1)]
    """

    name = "strongly-entangling"
    single_qubit_gates = ("Rz", "Ry")

    def __init__(
        self,
        qubits: Mapping[str | Ty, int],
        n_layers: int = 1,
        n_single_qubit_params: int = 3,
        ranges: Sequence[int] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(qubits, n_layers, n_single_qubit_params, **options)
        if ranges is not None and len(ranges) != n_layers:
            message = f"ranges has {len(ranges)} values, expected one a layer ({n_layers})"
            raise ShapeError(message)
        self.ranges = None if ranges is None else tuple(ranges)

    def layers(self, n_qubits: int) -> list[Gate]:
        """Gates of a word on two qubits or more."""
        gates: list[Gate] = []
        for layer in range(self.n_layers):
            for q in range(n_qubits):
                first = 3 * (layer * n_qubits + q)
                gates += [
                    Gate(name, (q,), Angle(str(first + k)))
                    for k, name in enumerate(("Rz", "Ry", "Rz"))
                ]
            step = self._range(layer, n_qubits)
            gates += [Gate("CX", (q, (q + step) % n_qubits)) for q in range(n_qubits)]
        return gates

    def _range(self, layer: int, n_qubits: int) -> int:
        if self.ranges is None:
            return layer % (n_qubits - 1) + 1
        if not 1 <= self.ranges[layer] < n_qubits:
            message = (
                f"range of layer {layer} is {self.ranges[layer]}, expected 1 to {n_qubits - 1} "
                f"for a word on {n_qubits} qubits"
            )
            raise ShapeError(message)
        return self.ranges[layer]

    def config(self) -> dict[str, Any]:
        """What `ansatz_from_config` needs to make an equal ansatz."""
        return super().config() | {"ranges": None if self.ranges is None else list(self.ranges)}
