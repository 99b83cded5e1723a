"""Mixed circuits with numbers put in, as a density matrix or as a doubled tensor network.

A density matrix of n qubits is a state of 2 n: kets, then bras. A gate acts on the kets, and its
conjugate on the bras; a channel is one matrix on both.
"""

from __future__ import annotations

from functools import cached_property
from math import log2
from operator import index
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from qnlp import runtime
from qnlp._core import state_vector as core
from qnlp.circuit import GATES, SHIFTS, Gate
from qnlp.circuit_network import gate_matrix
from qnlp.contraction import Contraction
from qnlp.errors import CircuitTooLargeError, DomainError, ShapeError
from qnlp.noise import Noise
from qnlp.observable import pauli_words

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qnlp.mixed import MixedCircuit
    from qnlp.observable import Observable, PauliWords

    Complex = NDArray[np.complex128]

__all__ = ["MixedMethod", "MixedSimulation"]

MixedMethod = Literal["auto", "density", "contraction"]

_SURELY_SMALL = 6  # qubits that no search for a contraction pays off for
_STEP = 2.0  # log2 of what a multiplication of a contraction costs, in a gate on one element
_VANISHING = 1e-30
_NEGATED = {"Rx", "Rz", "Phase", "CRx", "CRz", "CPhase"}
_CONJUGATES = {"S": "Sdg", "Sdg": "S", "T": "Tdg", "Tdg": "T"}


class MixedSimulation:
    """A mixed circuit with its parameters' values; see `qnlp.mixed.MixedCircuit.simulate`.

    Attributes
    ----------
    method : {"density", "contraction"}
        How it is run.
    """

    def __init__(
        self,
        circuit: MixedCircuit,
        theta: NDArray[np.float64],
        method: MixedMethod = "auto",
        limit: int | None = None,
    ) -> None:
        if method not in ("auto", "density", "contraction"):
            message = f"method is {method!r}, expected 'auto', 'density' or 'contraction'"
            raise ShapeError(message)
        self.circuit = circuit
        self._limit = limit
        number = {name: k for k, name in enumerate(circuit.symbols)}
        angles = [op.angle for op in circuit.operations if isinstance(op, Gate)]
        given = [a for a in angles if a is not None]
        self._column = [-1 if a.symbol is None else number[a.symbol] for a in given]
        self._scale = [a.scale for a in given]
        free = [0.0 if k < 0 else float(theta[k]) for k in self._column]
        self._turns = [a.scale * x + a.shift for a, x in zip(given, free, strict=True)]
        if not np.isfinite(self._turns).all():
            message = "an angle of the circuit is not finite"
            raise DomainError(message)
        self._networks: dict[bool, _Network] = {}
        self.method: MixedMethod = self._choose(method)

    def _allowed(self, n_bytes: int) -> int:
        return runtime.limit_for(n_bytes) if self._limit is None else self._limit

    @property
    def _n_bytes(self) -> int:
        return int(16 * (4**self.circuit.n_qubits + 4 ** len(self.circuit.outputs)))

    def _choose(self, method: MixedMethod) -> MixedMethod:
        n, n_bytes = self.circuit.n_qubits, self._n_bytes
        allowed = self._allowed(n_bytes)
        if method == "density" or (method == "auto" and n <= _SURELY_SMALL):
            if n_bytes > allowed:
                raise self._too_large(n_bytes, allowed)
            return "density"
        one_by_one = 2 * n + log2(1 + len(self.circuit.operations))
        try:
            work = self._network(is_open=False).plan.log2_multiplications
        except CircuitTooLargeError as error:
            if method == "auto" and n_bytes <= allowed:
                return "density"
            raise self._too_large(n_bytes, allowed) from error
        is_cheaper = n_bytes <= allowed and one_by_one <= work + _STEP
        return "density" if method == "auto" and is_cheaper else "contraction"

    def _too_large(self, n_bytes: int, allowed: int) -> CircuitTooLargeError:
        message = (
            f"circuit of {self.circuit.n_qubits} qubits needs a complex128 density matrix of "
            f"{runtime.format_bytes(n_bytes)}, the limit is {runtime.format_bytes(allowed)} (80 % of "
            "available memory; set it with qnlp.set_memory_limit). Post-select, discard or cut "
            "qubits, or leave the noise out"
        )
        return CircuitTooLargeError(message)

    def _network(self, *, is_open: bool) -> _Network:
        if is_open not in self._networks:
            allowed = self._allowed(self._n_bytes)
            self._networks[is_open] = _Network(self.circuit, self._turns, allowed, is_open=is_open)
        return self._networks[is_open]

    def _run(self, turns: list[float]) -> Complex:
        """The outputs' density matrix, not divided by its trace, by one evolution of all qubits."""
        n, circuit = self.circuit.n_qubits, self.circuit
        rows = [row for op, t in _with_turns(circuit, turns) for row in _rows(op, t, n)]
        rows += [_row("end", [q, n + q], _end(circuit, q)) for q in circuit.post_selected]
        trace = np.zeros((4, 4), np.complex128)
        trace[0, (0, 3)] = 1
        rows += [_row("trace", [q, n + q], trace) for q in circuit.discarded]
        state = core.State(2 * n, False, self._allowed(self._n_bytes))
        state.evolve(core.Evolution(2 * n, rows, 0), np.zeros(0))
        outputs = list(circuit.outputs)
        made = state.amplitudes([*outputs, *(n + q for q in outputs)])
        return np.asarray(circuit.factor**2 * made.reshape(2 ** len(outputs), -1), np.complex128)

    @cached_property
    def _raw(self) -> Complex:
        if self.method == "density":
            return self._run(self._turns)
        made = self._network(is_open=True).contract()
        return np.asarray(made.reshape(2 ** len(self.circuit.outputs), -1))

    @cached_property
    def _squares(self) -> NDArray[np.float64]:
        """Of the outcomes together with success, before they are read."""
        if self.method == "contraction" and "_raw" not in self.__dict__:
            return np.asarray(self._network(is_open=False).contract().real.reshape(-1))
        return np.ascontiguousarray(np.diag(self._raw).real)

    @property
    def success_probability(self) -> float:
        """Probability that all post-selected qubits are read to be 0.

        Examples
        --------
        >>> from qnlp.circuit import Circuit, Gate
        >>> ket = Circuit(1, (Gate("X", (0,)),))
        >>> round(ket.noisy({"bit_flip": 0.1}).simulate().success_probability, 12)
        0.1
        """
        return float(self._squares.sum()) / self.circuit.factor**2

    def _total(self) -> float:
        total = float(self._squares.sum())
        if total < _VANISHING * self.circuit.factor**2:
            message = "post-selection cannot succeed: there is nothing to divide by"
            raise DomainError(message)
        return total

    def density(self) -> Complex:
        """The density matrix of the outputs, given that post-selection succeeded.

        Returns
        -------
        ndarray of complex128, shape (2 ** n_outputs, 2 ** n_outputs)
            Before the outputs are read, so without their errors of reading.

        Raises
        ------
        DomainError
            If post-selection cannot succeed.

        Examples
        --------
        >>> from qnlp.circuit import Circuit, Gate
        >>> plus = Circuit(1, (Gate("H", (0,)),), outputs=(0,))
        >>> plus.noisy({"phase_flip": 0.5}).simulate().density().real.round(12)
        array([[0.5, 0. ],
               [0. , 0.5]])
        """
        return np.asarray(self._raw / self._total())

    def probabilities(self) -> NDArray[np.float64]:
        """Of the outcomes as they are read, given that post-selection succeeded.

        Returns
        -------
        ndarray of float64, shape (2 ** n_outputs,)
            All 0 where post-selection cannot succeed.

        Examples
        --------
        >>> from qnlp.circuit import Circuit
        >>> Circuit(1, outputs=(0,)).noisy({"readout": 0.25}).simulate().probabilities()
        array([0.75, 0.25])
        """
        squares = np.maximum(self._squares, 0.0)
        total = squares.sum()
        if total < _VANISHING * self.circuit.factor**2:
            return np.zeros(len(squares))
        return Noise(readout=self.circuit.readout).read(squares / total)

    def sample(self, n_shots: int, *, seed: int = 0, failures: bool = False) -> NDArray[np.int64]:
        """Draw outcomes of the outputs; parameters and errors as of `qnlp.simulate.Simulation.sample`.

        Returns
        -------
        ndarray of int64, shape (n_shots,)
            Numbers of outcomes, the first output the most significant bit; with `failures` -1 where
            post-selection failed.

        Examples
        --------
        >>> from qnlp.circuit import Circuit, Gate
        >>> noisy = Circuit(1, (Gate("X", (0,)),), outputs=(0,)).noisy({"bit_flip": 0.2})
        >>> shots = noisy.simulate().sample(1000)
        >>> bool(abs(shots.mean() - 0.8) < 0.1)
        True
        """
        n_shots = index(n_shots)
        if n_shots < 0:
            message = f"n_shots is {n_shots}, expected 0 or more"
            raise DomainError(message)
        self._total()
        n = len(self.circuit.outputs)
        state = core.State(n, False, self._allowed(16 * 2**n))
        state.set_amplitudes(np.sqrt(self.probabilities()).astype(np.complex128), range(n))
        shots = state.sample(n_shots, seed % 2**64).astype(np.int64)
        if failures:
            draws = np.random.default_rng(seed % 2**64).random(n_shots)
            shots[draws >= self.success_probability] = -1
        return shots

    def expectation(self, observable: Observable) -> float:
        """The expectation value of a sum of Pauli words on the outputs, given success.

        Parameters
        ----------
        observable : str or mapping of str to float
            Such as ``{"Z0": 1.0, "X0 X1": 0.5}``: qubit k is the k-th output. Errors of reading the
            outputs are not in it.

        Raises
        ------
        DomainError
            If post-selection cannot succeed.

        Examples
        --------
        >>> from qnlp.circuit import Circuit, Gate
        >>> one = Circuit(1, (Gate("X", (0,)),), outputs=(0,))
        >>> round(one.noisy({"depolarizing": 0.1}).simulate().expectation("Z0"), 12)
        -0.9
        """
        words = pauli_words(observable, len(self.circuit.outputs))
        return float(_expectation(self._raw, words) / self._total())

    def value_and_gradient(self, observable: Observable) -> tuple[float, NDArray[np.float64]]:
        """An expectation value and its derivatives by all parameters, by exact parameter shifts.

        Parameters
        ----------
        observable : str or mapping of str to float
            As of `expectation`.

        Returns
        -------
        float
        ndarray of float64, shape (n_symbols,)
            A turn.

        Examples
        --------
        >>> from qnlp.circuit import Angle, Circuit, Gate
        >>> rx = Circuit(1, (Gate("Rx", (0,), Angle("a")),), outputs=(0,))
        >>> noisy = rx.noisy({"depolarizing": 0.5}).simulate([0.25])
        >>> noisy.value_and_gradient("Z0")[1] / np.pi
        array([-1.])
        """
        words = pauli_words(observable, len(self.circuit.outputs))
        total = self._total()
        value = _expectation(self._raw, words) / total
        gradient = np.zeros(len(self.circuit.symbols))
        gates = [
            op for op in self.circuit.operations if isinstance(op, Gate) and op.angle is not None
        ]
        for k, (gate, column) in enumerate(zip(gates, self._column, strict=True)):
            for step, factor in SHIFTS[GATES[gate.name].n_shift_terms] if column >= 0 else ():
                above, below = (self._shifted(k, sign * step) for sign in (1, -1))
                slope = _expectation(above, words) - _expectation(below, words)
                slope -= value * float(np.trace(above - below).real)
                gradient[column] += self._scale[k] * factor * slope / total
        return value, gradient

    def _shifted(self, gate: int, by: float) -> Complex:
        turns = list(self._turns)
        turns[gate] += by
        if self.method == "density":
            return self._run(turns)
        network = _Network(
            self.circuit,
            turns,
            self._allowed(self._n_bytes),
            is_open=True,
            plan=self._network(is_open=True).plan,
        )
        return network.contract().reshape(2 ** len(self.circuit.outputs), -1)


def _expectation(density: Complex, words: PauliWords) -> float:
    """The trace of a sum of Pauli words times a density matrix."""
    rows = np.arange(len(density), dtype=np.uint64)
    total = 0.0
    for x, z, factor in zip(*words, strict=True):
        # X^x Z^z |r> = (-1)^(r.z) |r ^ x>, and each Y is i X Z.
        signs = 1.0 - 2.0 * (np.bitwise_count(rows & z) % 2)
        phase = 1j ** int(np.bitwise_count(x & z))
        total += float(factor) * float((phase * signs * density[rows, rows ^ x]).sum().real)
    return total


def _with_turns(circuit: MixedCircuit, turns: list[float]) -> Any:
    """The operations, each gate with its angle."""
    left = iter(turns)
    for op in circuit.operations:
        has_angle = isinstance(op, Gate) and op.angle is not None
        yield op, next(left) if has_angle else 0.0


def _end(circuit: MixedCircuit, qubit: int) -> Complex:
    r"""What reading a post-selected qubit to be 0 leaves of it, in \\|0><0\\|."""
    out = np.zeros((4, 4), np.complex128)
    out[0, 0], out[0, 3] = 1 - circuit.readout[0], circuit.readout[1]
    return out


def _row(name: str, qubits: list[int], matrix: Complex) -> tuple[Any, ...]:
    return (name, qubits, -1, 1.0, 0.0, [], np.ascontiguousarray(matrix).reshape(-1))


def _rows(op: Any, turns: float, n: int) -> list[tuple[Any, ...]]:
    """What the core does to the kets and to the bras for one operation."""
    kets = list(op.qubits)
    bras = [n + q for q in kets]
    if not isinstance(op, Gate):
        return [_row(op.name, kets + bras, op.superoperator())]
    if op.name in ("Y", "CY"):
        conjugate = _row(op.name, bras, np.array([0, 1j, -1j, 0]))
    else:
        name = _CONJUGATES.get(op.name, op.name)
        conjugate = (name, bras, -1, 1.0, -turns if op.name in _NEGATED else turns, [], None)
    return [(op.name, kets, -1, 1.0, turns, [], None), conjugate]


class _Network:
    """The doubled network: open outputs have two indices, else one, that of the diagonal."""

    def __init__(
        self,
        circuit: MixedCircuit,
        turns: list[float],
        limit: int,
        *,
        is_open: bool,
        plan: Contraction | None = None,
    ) -> None:
        self._factor = circuit.factor**2
        self._axes: list[list[int]] = []
        self._arrays: list[Complex] = []
        self._n_labels = 0
        ket = {q: self._begin() for q in range(circuit.n_qubits)}
        bra = {q: self._begin() for q in range(circuit.n_qubits)}
        for op, angle in _with_turns(circuit, turns):
            if isinstance(op, Gate):
                matrix = gate_matrix(op.name, angle)
                self._act(matrix, [(ket, q) for q in op.qubits])
                self._act(matrix.conj(), [(bra, q) for q in op.qubits])
            else:
                places = [(ket, q) for q in op.qubits] + [(bra, q) for q in op.qubits]
                self._act(op.superoperator(), places)
        same: dict[int, int] = {}
        for q in circuit.post_selected:
            same[bra[q]] = ket[q]
            self._add([ket[q]], np.array([1 - circuit.readout[0], circuit.readout[1]]))
        closed = circuit.discarded if is_open else circuit.discarded + circuit.outputs
        same |= {bra[q]: ket[q] for q in closed}
        self._axes = [[same.get(label, label) for label in axes] for axes in self._axes]
        output = [ket[q] for q in circuit.outputs]
        output += [bra[q] for q in circuit.outputs] if is_open else []
        shapes = [array.shape for array in self._arrays]
        self.plan = plan or Contraction(self._axes, output, shapes, memory_limit=limit)

    def contract(self) -> Complex:
        """The density matrix of the outputs, or its diagonal."""
        return np.asarray(self._factor * self.plan(self._arrays), np.complex128)

    def _fresh(self) -> int:
        self._n_labels += 1
        return self._n_labels - 1

    def _add(self, axes: list[int], array: Any) -> None:
        self._axes.append(axes)
        self._arrays.append(np.ascontiguousarray(array, np.complex128))

    def _begin(self) -> int:
        label = self._fresh()
        self._add([label], np.array([1, 0]))
        return label

    def _act(self, matrix: Complex, places: list[tuple[dict[int, int], int]]) -> None:
        before = [wires[q] for wires, q in places]
        after = [self._fresh() for _ in places]
        for (wires, q), label in zip(places, after, strict=True):
            wires[q] = label
        self._add([*after, *before], matrix.reshape((2,) * (2 * len(places))))
