"""The ansatz that copies a word's one amplitude ratio to all its wires, then turns each wire."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qnlp.ansatz.base import Ansatz
from qnlp.circuit import Angle, Gate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qnlp.diagram import Box
    from qnlp.ty import Ty

__all__ = ["CopyAnsatz"]


class CopyAnsatz(Ansatz):
    """Ry on the first qubit, CX from it to all others, then Ry on each: n + 1 parameters.

    The state is a spider with a ratio on it, cos(pi p) |0...0> + sin(pi p) |1...1>, whose legs are
    turned. With the turns at 0 every sentence whose words hang together multiplies the ratios of its
    words, so that the log-odds of its outcomes is a sum over words: logistic regression on counts.
    What a word does to its arguments is in the turns: any real 2 x 2 matrix is, up to scale, such a
    word of two wires (its singular value decomposition), among them the exchange of 0 and 1.

    Parameters
    ----------
    qubits : mapping of str or Ty to int
    **options
        `n_ancillas`, `discard` and `single_qubit_rotations` of `Ansatz`.

    Examples
    --------
    >>> from qnlp import CopyAnsatz, Ty
    >>> n = Ty("n")
    >>> print(CopyAnsatz({"n": 1}).box_circuit(Ty(), n @ n.l))
    0: |0>─Ry(0)─●─Ry(1)─
    1: |0>───────X─Ry(2)─
    """

    name = "copy"
    single_qubit_gates = ("Ry",)

    def __init__(
        self,
        qubits: Mapping[str | Ty, int],
        n_layers: int = 1,
        n_single_qubit_params: int = 1,
        **options: Any,
    ) -> None:
        super().__init__(qubits, n_layers, n_single_qubit_params, **options)

    def layers(self, n_qubits: int) -> list[Gate]:
        """Gates of a word on two qubits or more."""
        return [
            Gate("Ry", (0,), Angle("0")),
            *(Gate("CX", (0, q)) for q in range(1, n_qubits)),
            *(Gate("Ry", (q,), Angle(str(q + 1))) for q in range(n_qubits)),
        ]

    def slots(self, box: Box) -> tuple[str, ...]:
        """What each parameter does: the ratio does the same in words of any type."""
        return ("ratio", *super().slots(box)[1:])

    def neutral(self, box: Box) -> tuple[float, ...]:
        """Equal amplitudes, and no turns."""
        return (0.25, *(0.0 for _ in self.symbols(box)[1:]))
