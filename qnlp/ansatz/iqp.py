"""The IQP ansatz."""

from __future__ import annotations

from qnlp.ansatz.base import Ansatz
from qnlp.circuit import Angle, Gate

__all__ = ["IQPAnsatz"]


class IQPAnsatz(Ansatz):
    """Instantaneous quantum polynomial circuits: H on all qubits, CRz between neighbours, H on all.

    One layer on n qubits has n - 1 parameters; the closing H come once, after the last layer. A word
    on one qubit has the rotations Rx, Rz, Rx, ... instead.

    Parameters
    ----------
    qubits : mapping of str or Ty to int
    n_layers : int, default 1
    n_single_qubit_params : int, default 3
    n_ancillas, discard, single_qubit_rotations
        See `Ansatz`.

    Notes
    -----
    Source: Havlicek et al., arXiv:1804.11326; Lorenz et al., arXiv:2102.12846, section 4.

    Examples
    --------
    >>> from qnlp import IQPAnsatz, Ty
    >>> n, s = Ty("n"), Ty("s")
    >>> len(IQPAnsatz({"n": 1, "s": 1}, n_layers=2).box_circuit(Ty(), n.r @ s @ n.l).symbols)
    4
    """

    name = "iqp"

    def layers(self, n_qubits: int) -> list[Gate]:
        """Gates of a word on two qubits or more; parameters named "0", "1", ..."""
        wall = [Gate("H", (q,)) for q in range(n_qubits)]
        gates: list[Gate] = []
        for layer in range(self.n_layers):
            gates += wall
            gates += [
                Gate("CRz", (q, q + 1), Angle(str(layer * (n_qubits - 1) + q)))
                for q in range(n_qubits - 1)
            ]
        return gates + wall
