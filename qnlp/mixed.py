r"""Circuits with channels: noise, measurement, discarding, and what becomes of their mixed states.

Qubits begin in \|0>. At the end some are outputs, some are discarded, and all others are post-selected
on 0. Qubit 0 is the most significant bit of an outcome's number; angles are in full turns.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from qnlp.circuit import Circuit, Gate
from qnlp.errors import DomainError, ShapeError
from qnlp.noise import CHANNELS, Noise, kraus

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    from qnlp.simulate_mixed import MixedMethod, MixedSimulation

__all__ = ["Channel", "MixedCircuit"]

_CLASSICAL = {
    "measure": np.diag([1, 0, 0, 1]),
    "encode": np.diag([1, 0, 0, 1]),
    "discard": np.array([[1, 0, 0, 1], [0] * 4, [0] * 4, [0] * 4]),
}
_MOST_QUBITS = 4  # of one channel: its matrix acts on kets and bras


@dataclass(frozen=True)
class Channel:
    r"""A channel in its place.

    Parameters
    ----------
    name : str
        One of `qnlp.noise.CHANNELS`, with a strength; ``"measure"``, in the basis of \|0> and \|1>,
        after which the qubit is a classical bit; ``"encode"``, which takes a bit for a qubit again and
        forgets what coherence it had; ``"discard"``, which puts \|0> in the place of a qubit; or any
        name with Kraus `matrices`.
    qubits : tuple of int
    strength : float, default 0
    matrices : sequence of array_like, shape (2 ** n, 2 ** n), optional
        Kraus matrices of a channel of one's own on n qubits, the first qubit the most significant.

    Raises
    ------
    DomainError
        If there is no such channel, its strength is out of range, or `matrices` do not keep traces.
    ShapeError
        If `matrices` have another shape, or the channel another number of qubits.

    Examples
    --------
    >>> from qnlp.mixed import Channel
    >>> Channel("depolarizing", (0,), 0.1).superoperator().shape
    (4, 4)
    """

    name: str
    qubits: tuple[int, ...]
    strength: float = 0.0
    matrices: tuple[NDArray[np.complex128], ...] | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        n = len(self.qubits)
        if self.matrices is not None:
            object.__setattr__(self, "matrices", _checked(self.name, self.matrices, n))
        elif n != 1:
            message = f"channel {self.name!r} has {n} qubits, expected 1"
            raise ShapeError(message)
        elif self.name not in _CLASSICAL:
            if self.name not in CHANNELS:
                known = sorted({*CHANNELS, *_CLASSICAL})
                message = f"channel is {self.name!r}, expected one of {known}, or Kraus matrices"
                raise DomainError(message)
            kraus(self.name, self.strength)

    def superoperator(self) -> NDArray[np.complex128]:
        """Its matrix on kets and bras, shape (4 ** n, 4 ** n): kets the more significant."""
        if self.matrices is None and self.name in _CLASSICAL:
            return _CLASSICAL[self.name].astype(np.complex128)
        listed = self.matrices or kraus(self.name, self.strength)
        return np.asarray(sum(np.kron(k, k.conj()) for k in listed), np.complex128)


def _checked(
    name: str, matrices: Iterable[ArrayLike], n: int
) -> tuple[NDArray[np.complex128], ...]:
    listed = tuple(np.array(m, np.complex128) for m in matrices)
    if not 1 <= n <= _MOST_QUBITS or not listed or any(m.shape != (2**n,) * 2 for m in listed):
        shapes = sorted({m.shape for m in listed})
        message = (
            f"channel {name!r} on {n} qubits has matrices of shapes {shapes}, expected "
            f"({2**n}, {2**n}) on 1 to {_MOST_QUBITS} qubits"
        )
        raise ShapeError(message)
    total = sum(m.conj().T @ m for m in listed)
    if not np.allclose(total, np.eye(2**n), rtol=0, atol=1e-9):
        message = f"channel {name!r} has matrices whose squares do not sum to the identity"
        raise DomainError(message)
    return listed


@dataclass(frozen=True)
class MixedCircuit:
    """Gates and channels in order, and what becomes of each qubit.

    Parameters
    ----------
    n_qubits : int
    operations : tuple of Gate and Channel
    outputs : tuple of int
        Qubits that are open at the end, in the order of the outcomes' bits.
    discarded : tuple of int
        Qubits that nobody looks at; all others are post-selected on 0.
    factor : float
        Multiplies every amplitude, as that of `qnlp.Circuit`.
    readout : (float, float)
        Probabilities that a measured 0 is read as 1, and 1 as 0, of outputs and post-selected qubits.

    Raises
    ------
    ShapeError
        If an operation, an output or a discarded qubit is not there, or is named twice.

    Examples
    --------
    >>> from qnlp.circuit import Gate
    >>> from qnlp.mixed import Channel, MixedCircuit
    >>> bell = (Gate("H", (0,)), Gate("CX", (0, 1)))
    >>> MixedCircuit(2, bell, outputs=(0,), discarded=(1,)).simulate().density().real.round(12)
    array([[0.5, 0. ],
           [0. , 0.5]])
    """

    n_qubits: int
    operations: tuple[Gate | Channel, ...] = ()
    outputs: tuple[int, ...] = ()
    discarded: tuple[int, ...] = ()
    factor: float = 1.0
    readout: tuple[float, float] = (0.0, 0.0)
    symbols: tuple[str, ...] = field(init=False)
    """Names of the parameters, in order of their first use."""

    def __post_init__(self) -> None:
        gates = tuple(op for op in self.operations if isinstance(op, Gate))
        # The core checks gates and outputs, and names those that are off.
        plain = Circuit(self.n_qubits, gates, outputs=self.outputs)
        plain.to_core()
        object.__setattr__(self, "symbols", plain.symbols)
        for k, op in enumerate(self.operations):
            self._check_qubits(f"operation {k} ({op.name})", op.qubits)
        self._check_qubits("outputs and discarded", self.outputs + self.discarded)
        Noise(readout=self.readout)

    def _check_qubits(self, what: str, qubits: Sequence[int]) -> None:
        wrong = [q for q in qubits if not 0 <= q < self.n_qubits]
        if wrong or len(set(qubits)) < len(qubits):
            message = (
                f"{what} has qubits {tuple(qubits)}, expected different ones from 0 to "
                f"{self.n_qubits - 1}"
            )
            raise ShapeError(message)

    @classmethod
    def of(
        cls,
        circuit: Circuit,
        noise: Noise | Mapping[str, float] | None = None,
        discarded: Sequence[int] = (),
    ) -> MixedCircuit:
        """A pure circuit with noise after every gate, or with qubits discarded.

        Parameters
        ----------
        circuit : Circuit
            Without inputs.
        noise : Noise or mapping, optional
        discarded : sequence of int
            Of the qubits that are no outputs; those that are not here stay post-selected.

        Examples
        --------
        >>> from qnlp.circuit import Circuit, Gate
        >>> from qnlp.mixed import MixedCircuit
        >>> x = Circuit(1, (Gate("X", (0,)),), outputs=(0,))
        >>> [op.name for op in MixedCircuit.of(x, {"bit_flip": 0.1}).operations]
        ['X', 'bit_flip']
        """
        if circuit.inputs:
            message = f"circuit has {len(circuit.inputs)} inputs, expected a state"
            raise ShapeError(message)
        errors = Noise() if noise is None else Noise.of(noise)
        operations: list[Gate | Channel] = []
        for gate in circuit.gates:
            operations.append(gate)
            for name, strength in errors.channels:
                operations += [Channel(name, (q,), strength) for q in gate.qubits]
        return cls(
            circuit.n_qubits,
            tuple(operations),
            circuit.outputs,
            tuple(discarded),
            circuit.factor,
            errors.flips,
        )

    @property
    def post_selected(self) -> tuple[int, ...]:
        """Qubits that must be measured to be 0."""
        kept = {*self.outputs, *self.discarded}
        return tuple(q for q in range(self.n_qubits) if q not in kept)

    def simulate(
        self,
        values: Mapping[str, float] | ArrayLike = (),
        *,
        method: MixedMethod = "auto",
        limit: int | None = None,
    ) -> MixedSimulation:
        """Run the circuit: density matrix, probabilities, samples, expectation values, gradients.

        Parameters
        ----------
        values : mapping or array_like, shape (n_symbols,)
            Parameters in full turns, by name or in the order of `symbols`.
        method : {"auto", "density", "contraction"}
            By a density matrix of all qubits, or by contracting the doubled network; by default
            whichever is estimated to cost less and fits in memory.
        limit : int, optional
            Bytes that it may take; by default what `qnlp.runtime.memory_limit` says.

        Returns
        -------
        qnlp.simulate_mixed.MixedSimulation

        Raises
        ------
        CircuitTooLargeError
            Before anything is allocated, where it would not fit.
        DomainError, ShapeError
            As `qnlp.Circuit.simulate`.

        Examples
        --------
        >>> from qnlp.circuit import Angle, Gate
        >>> from qnlp.mixed import Channel, MixedCircuit
        >>> turn = (Gate("Ry", (0,), Angle("a")), Channel("phase_damping", (0,), 0.36))
        >>> round(MixedCircuit(1, turn, outputs=(0,)).simulate([0.25]).expectation("X0"), 12)
        0.8
        """
        from qnlp.simulate_mixed import MixedSimulation

        gates = tuple(op for op in self.operations if isinstance(op, Gate))
        theta = Circuit(self.n_qubits, gates).vector(values)
        return MixedSimulation(self, theta, method, limit)

    def __repr__(self) -> str:
        n_gates = sum(isinstance(op, Gate) for op in self.operations)
        return (
            f"<MixedCircuit of {self.n_qubits} qubits, {n_gates} gates, "
            f"{len(self.operations) - n_gates} channels, {len(self.symbols)} parameters, "
            f"{len(self.outputs)} outputs, {len(self.discarded)} discarded>"
        )
