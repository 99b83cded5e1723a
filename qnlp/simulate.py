"""Circuits with numbers put in: amplitudes, probabilities, samples, expectations and gradients.

A circuit is run as a state vector or contracted as a tensor network, whichever is estimated to cost
less; nothing is allocated before it is known to fit.
"""

from __future__ import annotations

from functools import cached_property
from operator import index
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from qnlp import runtime
from qnlp._core import state_vector as core
from qnlp.circuit_network import CircuitNetwork
from qnlp.errors import CircuitTooLargeError, DomainError, ShapeError
from qnlp.observable import pauli_words

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, DTypeLike, NDArray

    from qnlp.circuit import Circuit
    from qnlp.observable import Observable, PauliWords

__all__ = ["Method", "Simulation"]

Method = Literal["auto", "statevector", "contraction"]

_SURELY_SMALL = 12  # qubits that no search for a contraction pays off for
_STEP = 4.0  # what a multiplication of a contraction costs, in a gate on one amplitude
_VANISHING = 1e-30


class Simulation:
    """A circuit with its parameters' values, run once; see `qnlp.Circuit.simulate`.

    Attributes
    ----------
    method : {"statevector", "contraction"}
        How it is run.
    """

    def __init__(
        self,
        circuit: Circuit,
        theta: NDArray[np.float64],
        dtype: DTypeLike = np.complex128,
        method: Method = "auto",
        limit: int | None = None,
    ) -> None:
        if np.dtype(dtype) not in (np.complex128, np.complex64):
            message = f"dtype is {np.dtype(dtype)}, expected complex128 or complex64"
            raise TypeError(message)
        if method not in ("auto", "statevector", "contraction"):
            message = f"method is {method!r}, expected 'auto', 'statevector' or 'contraction'"
            raise ShapeError(message)
        self.circuit = circuit
        self.dtype = np.dtype(dtype)
        self._theta = theta
        self._compiled = circuit.to_core()
        self._limit = limit
        self._n_axes = len(circuit.inputs) + len(circuit.outputs)
        self._n_bits = circuit.n_qubits + len(circuit.inputs)
        self._network: CircuitNetwork | None = None
        self._state: core.State | None = None
        self.method: Method = self._choose(method)

    def _allowed(self, n_bytes: int) -> int:
        return runtime.limit_for(n_bytes) if self._limit is None else self._limit

    def _choose(self, method: Method) -> Method:
        output = self.dtype.itemsize * 2**self._n_axes
        n_bytes = self.dtype.itemsize * 2**self._n_bits + output
        allowed = self._allowed(n_bytes)
        if method == "statevector" or (method == "auto" and self._n_bits <= _SURELY_SMALL):
            if n_bytes > allowed:
                raise self._too_large(n_bytes, allowed)
            return "statevector"
        if output > allowed:
            raise self._too_large(n_bytes, allowed)
        network = CircuitNetwork(self.circuit, self._angles())
        steps = _STEP * network.multiplications
        fits = network.n_bytes <= allowed
        one_by_one = len(self.circuit.gates) * 2.0 ** min(self._n_bits, 1000)
        if method == "auto" and n_bytes <= allowed and (not fits or one_by_one <= steps):
            return "statevector"
        if not fits:
            raise self._too_large(n_bytes, allowed, network.n_bytes)
        self._network = network
        return "contraction"

    def _angles(self) -> list[float]:
        number = {name: k for k, name in enumerate(self.circuit.symbols)}
        out = []
        for k, gate in enumerate(self.circuit.gates):
            if (angle := gate.angle) is None:
                continue
            free = 0.0 if angle.symbol is None else self._theta[number[angle.symbol]]
            turns = float(angle.scale * free + angle.shift)
            if not np.isfinite(turns):
                message = f"angle of operation {k} is not finite"
                raise DomainError(message)
            out.append(turns)
        return out

    def _too_large(
        self, n_bytes: int, allowed: int, contraction: int | None = None
    ) -> CircuitTooLargeError:
        also = "."
        if contraction is not None:
            also = f"; its contraction takes {runtime.format_bytes(contraction)}."
        message = (
            f"circuit of {self.circuit.n_qubits} qubits needs a {self.dtype} state vector of "
            f"{runtime.format_bytes(n_bytes)}, the limit is {runtime.format_bytes(allowed)} (80 % "
            f"of available memory; set it with qnlp.set_memory_limit){also} Post-select or cut "
            "qubits, or run it by Qiskit Aer or PennyLane Lightning built with MPI"
        )
        return CircuitTooLargeError(message)

    @cached_property
    def _evolution(self) -> tuple[core.Evolution, float]:
        return core.Evolution.of_circuit(self._compiled)

    def _new_state(self, n_qubits: int) -> core.State:
        n_bytes = self.dtype.itemsize * 2**n_qubits
        return core.State(n_qubits, self.dtype == np.complex64, self._allowed(n_bytes))

    def _evolved(self) -> core.State:
        if self._state is None:
            state = self._new_state(self._n_bits)
            state.evolve(self._evolution[0], self._theta)
            self._state = state
        return self._state

    @property
    def _axes(self) -> list[int]:
        """Qubits of the state that are axes of the tensor: copies of the inputs come first."""
        n_in = len(self.circuit.inputs)
        return [*range(n_in), *(n_in + q for q in self.circuit.outputs)]

    @cached_property
    def amplitudes(self) -> NDArray[Any]:
        """The tensor, axes inputs then outputs, flat: shape (2 ** (n_inputs + n_outputs),)."""
        if self._network is not None:
            return self._network.contract(self._allowed(self._network.n_bytes)).astype(self.dtype)
        out = self._evolved().amplitudes(self._axes)
        factor = self._evolution[1]
        return out if factor == 1.0 else np.asarray(out * factor, self.dtype)

    def _outcomes(self) -> NDArray[Any]:
        if self.circuit.inputs:
            message = f"circuit has {len(self.circuit.inputs)} inputs; outcomes need a state"
            raise ShapeError(message)
        return self.amplitudes

    @property
    def success_probability(self) -> float:
        """Probability that all post-selected qubits are measured to be 0.

        Examples
        --------
        >>> from qnlp.circuit import Circuit, Gate
        >>> ghz = Circuit(2, (Gate("H", (0,)), Gate("CX", (0, 1))), outputs=(1,))
        >>> round(ghz.simulate().success_probability, 12)
        0.5
        """
        total = float(np.sum(np.abs(self._outcomes().astype(np.complex128)) ** 2))
        return total / self.circuit.factor**2

    def probabilities(self) -> NDArray[np.float64]:
        """Of the outcomes of the output qubits, given that post-selection succeeded.

        Returns
        -------
        ndarray of float64, shape (2 ** n_outputs,)
            All 0 where post-selection cannot succeed.

        Examples
        --------
        >>> from qnlp.circuit import Circuit, Gate
        >>> Circuit(1, (Gate("H", (0,)),), outputs=(0,)).simulate().probabilities().round(12)
        array([0.5, 0.5])
        """
        squares = np.abs(self._outcomes().astype(np.complex128)) ** 2
        total = squares.sum()
        return squares / total if total >= _VANISHING else np.zeros(len(squares))

    def sample(self, n_shots: int, *, seed: int = 0, failures: bool = False) -> NDArray[np.int64]:
        """Draw outcomes of the output qubits.

        Parameters
        ----------
        n_shots : int
        seed : int, default 0
            Shot k depends on the seed and k alone, whatever the number of threads.
        failures : bool, default False
            Run the circuit `n_shots` times and give -1 where post-selection failed, instead of
            `n_shots` outcomes that succeeded.

        Returns
        -------
        ndarray of int64, shape (n_shots,)
            Numbers of outcomes, the first output the most significant bit.

        Raises
        ------
        DomainError
            If post-selection cannot succeed.

        Examples
        --------
        >>> from qnlp.circuit import Circuit, Gate
        >>> Circuit(2, (Gate("X", (0,)),), outputs=(0, 1)).simulate().sample(3)
        array([2, 2, 2])
        """
        n_shots = index(n_shots)
        if n_shots < 0:
            message = f"n_shots is {n_shots}, expected 0 or more"
            raise DomainError(message)
        amplitudes = self._outcomes()
        if not np.sum(np.abs(amplitudes)) > 0:
            message = "post-selection cannot succeed: all amplitudes are 0"
            raise DomainError(message)
        state = self._new_state(len(self.circuit.outputs))
        state.set_amplitudes(
            np.ascontiguousarray(amplitudes, np.complex128), range(len(self.circuit.outputs))
        )
        shots = state.sample(n_shots, seed % 2**64).astype(np.int64)
        if failures:
            draws = np.random.default_rng(seed % 2**64).random(n_shots)
            shots[draws >= self.success_probability] = -1
        return shots

    @property
    def _is_whole(self) -> bool:
        """All qubits are outputs, in order."""
        circuit = self.circuit
        return not circuit.inputs and circuit.outputs == tuple(range(circuit.n_qubits))

    def expectation(self, observable: Observable) -> float:
        """The expectation value of a sum of Pauli words on the outputs, given success.

        Parameters
        ----------
        observable : str or mapping of str to float
            Such as ``{"Z0": 1.0, "X0 X1": 0.5}``: qubit k is the k-th output.

        Raises
        ------
        DomainError
            If post-selection cannot succeed.

        Examples
        --------
        >>> from qnlp.circuit import Angle, Circuit, Gate
        >>> rx = Circuit(1, (Gate("Rx", (0,), Angle("a")),), outputs=(0,))
        >>> round(rx.simulate([1 / 6]).expectation("Z0"), 12)
        0.5
        """
        words = pauli_words(observable, len(self.circuit.outputs))
        if self._is_whole and self.method == "statevector":
            return self._evolved().expectation(words)
        return self._normalised(words)[0]

    def _normalised(self, words: PauliWords) -> tuple[float, NDArray[np.complex128]]:
        """The expectation value and its derivative by the amplitudes of the outputs."""
        amplitudes = np.ascontiguousarray(self._outcomes(), np.complex128)
        total = float(np.sum(np.abs(amplitudes) ** 2))
        if total < _VANISHING:
            message = "post-selection cannot succeed: there is no expectation value"
            raise DomainError(message)
        n = len(self.circuit.outputs)
        state, applied = (core.State(n, False, self._allowed(2 * 16 * 2**n)) for _ in "ab")
        state.set_amplitudes(amplitudes, range(n))
        value = state.expectation(words) / total
        state.apply(words, applied)
        return value, (applied.amplitudes(range(n)) - 2 * value * amplitudes) / total

    def value_and_gradient(self, observable: Observable) -> tuple[float, NDArray[np.float64]]:
        """An expectation value and its derivatives by all parameters, in one backward pass.

        Parameters
        ----------
        observable : str or mapping of str to float
            As of `expectation`.

        Returns
        -------
        float
        ndarray of float64, shape (n_symbols,)
            A turn.

        Raises
        ------
        CircuitTooLargeError
            If a second state vector does not fit in memory.

        Examples
        --------
        >>> from qnlp.circuit import Angle, Circuit, Gate
        >>> rx = Circuit(1, (Gate("Rx", (0,), Angle("a")),), outputs=(0,))
        >>> value, gradient = rx.simulate([0.25]).value_and_gradient("Z0")
        >>> gradient / np.pi
        array([-2.])
        """
        words = pauli_words(observable, len(self.circuit.outputs))
        if not self._is_whole or self.method != "statevector":
            value, adjoint = self._normalised(words)
            return value, self.pull_back(adjoint)
        state = self._state_to_use_up()
        adjoint_state = self._new_state(self._n_bits)
        value = state.expectation(words)
        state.apply(words, adjoint_state)
        return value, state.pull_back(self._evolution[0], self._theta, adjoint_state)

    def pull_back(self, adjoint: ArrayLike) -> NDArray[np.float64]:
        """The gradient by all parameters of ``Re(vdot(adjoint, amplitudes))``, `adjoint` held fixed.

        Parameters
        ----------
        adjoint : array_like of complex, shape (2 ** (n_inputs + n_outputs),)

        Returns
        -------
        ndarray of float64, shape (n_symbols,)

        Examples
        --------
        >>> from qnlp.circuit import Angle, Circuit, Gate
        >>> ry = Circuit(1, (Gate("Ry", (0,), Angle("a")),), outputs=(0,))
        >>> ry.simulate([0.0]).pull_back([0, 1]) / np.pi
        array([1.])
        """
        values = np.asarray(adjoint)
        if values.shape != (2**self._n_axes,):
            message = f"adjoint has shape {values.shape}, expected ({2**self._n_axes},)"
            raise ShapeError(message)
        evolution, factor = self._evolution
        state = self._state_to_use_up()
        adjoint_state = self._new_state(self._n_bits)
        scaled = np.ascontiguousarray(values * factor, np.complex128)
        adjoint_state.set_amplitudes(scaled, self._axes)
        return state.pull_back(evolution, self._theta, adjoint_state)

    def _state_to_use_up(self) -> core.State:
        """The evolved state, which the backward pass undoes; evolved again if asked for again."""
        n_bytes = 2 * self.dtype.itemsize * 2**self._n_bits
        allowed = self._allowed(n_bytes)
        if n_bytes > allowed:
            raise self._too_large(n_bytes, allowed)
        state = self._evolved()
        self._state = None
        return state
