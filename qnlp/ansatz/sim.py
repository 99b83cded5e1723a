"""Circuits 4, 9, 14 and 15 of Sim, Johnson and Aspuru-Guzik, arXiv:1905.10876.

Parameters are named "0", "1", ... layer after layer. All are for words on two qubits or more; a word
on one qubit has the rotations Rx, Rz, Rx, ... instead.
"""

from __future__ import annotations

from qnlp.ansatz.base import Ansatz
from qnlp.circuit import Angle, Gate

__all__ = ["Sim4Ansatz", "Sim9Ansatz", "Sim9CxAnsatz", "Sim14Ansatz", "Sim15Ansatz"]


def _wall(name: str, first: int, n_qubits: int) -> list[Gate]:
    """One rotation on each qubit, with the parameters `first`, `first` + 1, ..."""
    return [Gate(name, (q,), Angle(str(first + q))) for q in range(n_qubits)]


class Sim4Ansatz(Ansatz):
    """Rx and Rz on all qubits, then CRx down the line: 3n - 1 parameters a layer.

    Parameters
    ----------
    qubits : mapping of str or Ty to int
    n_layers : int, default 1
    n_single_qubit_params : int, default 3
    n_ancillas, discard, single_qubit_rotations
        See `Ansatz`.

    Examples
    --------
    >>> from qnlp import Sim4Ansatz, Ty
    >>> len(Sim4Ansatz({"n": 1}).box_circuit(Ty(), Ty("n", "n", "n")).symbols)
    8
    """

    name = "sim4"

    def layers(self, n_qubits: int) -> list[Gate]:
        """Gates of a word on two qubits or more."""
        gates: list[Gate] = []
        for layer in range(self.n_layers):
            first = layer * (3 * n_qubits - 1)
            gates += _wall("Rx", first, n_qubits) + _wall("Rz", first + n_qubits, n_qubits)
            gates += [
                Gate("CRx", (q, q + 1), Angle(str(first + 2 * n_qubits + q)))
                for q in range(n_qubits - 1)
            ]
        return gates


class Sim9Ansatz(Ansatz):
    """H on all qubits, CZ between neighbours, Rx on all qubits: n parameters a layer.

    Parameters
    ----------
    qubits : mapping of str or Ty to int
    n_layers : int, default 1
    n_single_qubit_params : int, default 3
    n_ancillas, discard, single_qubit_rotations
        See `Ansatz`.

    Examples
    --------
    >>> from qnlp import Sim9Ansatz, Ty
    >>> [g.name for g in Sim9Ansatz({"n": 1}).layers(2)]
    ['H', 'H', 'CZ', 'Rx', 'Rx']
    """

    name = "sim9"
    entangler = "CZ"

    def layers(self, n_qubits: int) -> list[Gate]:
        """Gates of a word on two qubits or more."""
        gates: list[Gate] = []
        for layer in range(self.n_layers):
            gates += [Gate("H", (q,)) for q in range(n_qubits)]
            gates += [Gate(self.entangler, (q, q + 1)) for q in range(n_qubits - 1)]
            gates += _wall("Rx", layer * n_qubits, n_qubits)
        return gates


class Sim9CxAnsatz(Sim9Ansatz):
    """Circuit 9 with CX in place of CZ: n parameters a layer.

    Parameters
    ----------
    qubits : mapping of str or Ty to int
    n_layers : int, default 1
    n_single_qubit_params : int, default 3
    n_ancillas, discard, single_qubit_rotations
        See `Ansatz`.

    Examples
    --------
    >>> from qnlp import Sim9CxAnsatz, Ty
    >>> [g.name for g in Sim9CxAnsatz({"n": 1}).layers(2)]
    ['H', 'H', 'CX', 'Rx', 'Rx']
    """

    name = "sim9cx"
    entangler = "CX"


class Sim14Ansatz(Ansatz):
    """Ry on all qubits and a ring of CRx upwards, Ry and a ring downwards: 4n parameters a layer.

    Parameters
    ----------
    qubits : mapping of str or Ty to int
    n_layers : int, default 1
    n_single_qubit_params : int, default 3
    n_ancillas, discard, single_qubit_rotations
        See `Ansatz`.

    Examples
    --------
    >>> from qnlp import Sim14Ansatz, Ty
    >>> len(Sim14Ansatz({"n": 1}, n_layers=2).box_circuit(Ty(), Ty("n", "n", "n")).symbols)
    24
    """

    name = "sim14"

    def layers(self, n_qubits: int) -> list[Gate]:
        """Gates of a word on two qubits or more."""
        n = n_qubits
        gates: list[Gate] = []
        for layer in range(self.n_layers):
            first = layer * 4 * n
            up = [((i, (i - 1) % n), first + n + i) for i in range(n)]
            down = [((i % n, (i + 1) % n), first + 4 * n - i) for i in range(n, 0, -1)]
            gates += _wall("Ry", first, n) + _ring(up) + _wall("Ry", first + 2 * n, n) + _ring(down)
        return gates


def _ring(places: list[tuple[tuple[int, int], int]]) -> list[Gate]:
    return [Gate("CRx", qubits, Angle(str(parameter))) for qubits, parameter in places]


class Sim15Ansatz(Ansatz):
    """Circuit 14 with CX in place of CRx: 2n parameters a layer.

    Parameters
    ----------
    qubits : mapping of str or Ty to int
    n_layers : int, default 1
    n_single_qubit_params : int, default 3
    n_ancillas, discard, single_qubit_rotations
        See `Ansatz`.

    Examples
    --------
    >>> from qnlp import Sim15Ansatz, Ty
    >>> len(Sim15Ansatz({"n": 1}).box_circuit(Ty(), Ty("n", "n", "n")).symbols)
    6
    """

    name = "sim15"

    def layers(self, n_qubits: int) -> list[Gate]:
        """Gates of a word on two qubits or more."""
        n = n_qubits
        gates: list[Gate] = []
        for layer in range(self.n_layers):
            first = layer * 2 * n
            gates += _wall("Ry", first, n)
            gates += [Gate("CX", (i, (i - 1) % n)) for i in range(n)]
            gates += _wall("Ry", first + n, n)
            gates += [Gate("CX", (i % n, (i + 1) % n)) for i in range(n, 0, -1)]
        return gates
