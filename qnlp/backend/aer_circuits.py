"""A sentence's circuit for Qiskit Aer: its gates, its noise, its end, and its parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from qnlp._lazy import require
from qnlp.backend import sentences
from qnlp.circuit import GATES, SHIFTS, Circuit, Gate
from qnlp.convert.qiskit import NAMES
from qnlp.errors import BackendError
from qnlp.noise import Noise, kraus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["End", "Sentence", "model_of"]

EXTRA = "qiskit"

End = Literal["amplitudes", "probabilities", "counts"]
"""What of the final state is kept."""

# Aer 0.18 binds a parameter of a controlled gate wrongly, and says nothing: run with
# parameter_binds, CRz(a) differs from CRz(a) bound before. So controlled rotations go as two
# rotations by half the angle: the control, in between, undoes the one by the other.
_HALVES = {"CRx": ("rx", "cz"), "CRy": ("ry", "cz"), "CRz": ("rz", "cx"), "CPhase": ("p", "cx")}


class Sentence:
    """A sentence's circuit for Aer, and how its angles depend on the parameters.

    Parameters
    ----------
    circuit : Circuit
    symbols : sequence of str
    end : {"amplitudes", "probabilities", "counts"}
    noise : Noise
        Its channels follow every gate, a controlled rotation counting as the one gate that it is:
        on the identities that stand for them in `model_of`, or as instructions of their own where
        there is a pass manager.
    passes : qiskit.transpiler.PassManager, optional
        That the circuit goes through.

    Raises
    ------
    BackendError
        If the pass manager refuses the circuit.
    """

    def __init__(
        self,
        circuit: Circuit,
        symbols: Sequence[str],
        end: End,
        noise: Noise | None,
        passes: Any = None,
    ) -> None:
        gates = [g for g in circuit.gates if g.angle is not None]
        self.angles = sentences.Angles(circuit, symbols)
        self.rules = [SHIFTS[GATES[g.name].n_shift_terms] for g in gates]
        self.factor = circuit.factor
        self.n_outcomes = 2 ** len(circuit.outputs)
        self.n_qubits = circuit.n_qubits
        self._end = end
        self._noise = noise or Noise()
        self._places = _places(circuit)
        self.circuit = require("qiskit", EXTRA).QuantumCircuit(circuit.n_qubits)
        self._sources: dict[Any, tuple[int, float]] = {}
        n_angles = 0
        for gate in circuit.gates:
            self._append(gate, n_angles)
            n_angles += gate.angle is not None
            for q in gate.qubits if self._noise.channels else ():
                # Aer finds the errors of a gate in its model much faster than channels in a circuit,
                # but a pass manager would take identities away.
                if passes is None:
                    self.circuit.id(q)
                else:
                    self.circuit.append(error_of(self._noise).to_instruction(), [q])
        if circuit.n_qubits:
            self._finish(list(range(circuit.n_qubits)) if passes is None else self._pass(passes))

    def _append(self, gate: Gate, angle: int) -> None:
        if gate.angle is None:
            getattr(self.circuit, NAMES[gate.name])(*gate.qubits)
            return
        if gate.name not in _HALVES:
            getattr(self.circuit, NAMES[gate.name])(self._parameter(angle, 1.0), *gate.qubits)
            return
        rotate, flip = _HALVES[gate.name]
        control, target = gate.qubits
        half = self._parameter(angle, 0.5)
        getattr(self.circuit, rotate)(half, target)
        getattr(self.circuit, flip)(control, target)
        getattr(self.circuit, rotate)(self._parameter(angle, -0.5), target)
        getattr(self.circuit, flip)(control, target)
        if rotate == "p":
            self.circuit.p(half, control)

    def _parameter(self, angle: int, factor: float) -> Any:
        made = require("qiskit.circuit", EXTRA).Parameter(f"a{len(self._sources):05d}")
        self._sources[made] = angle, factor
        return made

    def _pass(self, passes: Any) -> list[int]:
        """Transpile; where each qubit is then. Measurements are what any pass manager keeps."""
        self.circuit.measure_all()
        try:
            made = passes.run(self.circuit)
        except require("qiskit.transpiler.exceptions", EXTRA).TranspilerError as error:
            message = f"the pass manager refuses a sentence's circuit: {error.message}"
            raise BackendError(message) from error
        place = [0] * self.n_qubits
        for instruction in made.get_instructions("measure"):
            place[made.find_bit(instruction.clbits[0]).index] = made.find_bit(
                instruction.qubits[0]
            ).index
        self.circuit = made.remove_final_measurements(inplace=False)
        return place

    def _finish(self, place: list[int]) -> None:
        """Say what is kept of the qubits that are in these places."""
        library: Any = require("qiskit_aer.library", EXTRA)
        n = self.n_qubits
        if self._end == "counts":
            register = require("qiskit", EXTRA).ClassicalRegister(n)
            self.circuit.add_register(register)
            self.circuit.measure(place, register)
        elif self._end == "probabilities":
            self.circuit.append(library.SaveProbabilities(n, label="squares"), place)
        else:
            save = library.SaveAmplitudes(n, self._places, label="amplitudes")
            self.circuit.append(save, place)

    @property
    def is_bound(self) -> bool:
        """Whether nothing of the circuit depends on a parameter."""
        return not self.circuit.parameters

    def binds(self, turns: NDArray[np.float64]) -> dict[Any, list[float]]:
        """Values of the circuit's parameters, in radians, for rows of angles."""
        return {
            p: (2 * np.pi * self._sources[p][1] * turns[:, self._sources[p][0]]).tolist()
            for p in self.circuit.parameters
        }

    def squares(self, data: Any, shots: int | None) -> NDArray[np.float64]:
        """Probabilities of the outcomes that post-selection leaves, out of one result of Aer."""
        if self._end == "amplitudes":
            return np.asarray(np.abs(np.asarray(data.amplitudes)) ** 2)
        if self._end == "probabilities":
            return self._noise.read(np.asarray(data.squares, np.float64))[self._places]
        counts = {int(key, 16): n for key, n in data.counts.items()}
        return np.array([counts.get(place, 0) for place in self._places]) / (shots or 1)

    def shifted(self, theta: NDArray[np.float64]) -> NDArray[np.float64]:
        """Angles of all circuits of the shift rules: one row a circuit, the unshifted first."""
        base = self.angles.turns(theta)
        rows = [base]
        for k, rule in enumerate(self.rules):
            for step, _ in rule if self.angles.index[k] >= 0 else ():
                for sign in (1, -1):
                    row = base.copy()
                    row[k] += sign * step
                    rows.append(row)
        return np.array(rows).reshape(len(rows), len(self.rules))

    def pull_back(
        self, weights: NDArray[np.float64], squares: NDArray[np.float64], gradient: Any
    ) -> None:
        """Add the gradient of ``weights @ squares[0]``, by the circuits of `shifted`."""
        row = 1
        for k, rule in enumerate(self.rules):
            for _, factor in rule if self.angles.index[k] >= 0 else ():
                difference = weights @ (squares[row] - squares[row + 1])
                gradient[self.angles.index[k]] += self.angles.scale[k] * factor * difference
                row += 2


def _places(circuit: Circuit) -> list[int]:
    """Numbers, in Qiskit's order, of the outcomes that post-selection leaves."""
    places = []
    for outcome in range(2 ** len(circuit.outputs)):
        bits = format(outcome, f"0{len(circuit.outputs)}b") if circuit.outputs else ""
        places.append(sum(2**q for q, b in zip(circuit.outputs, bits, strict=True) if b == "1"))
    return places


def error_of(noise: Noise) -> Any:
    """The channels of a noise, one after the other."""
    errors: Any = require("qiskit_aer.noise", EXTRA)
    made = None
    for name, strength in noise.channels:
        error = errors.kraus_error(kraus(name, strength))
        made = error if made is None else made.compose(error)
    return made


def model_of(noise: Noise) -> Any:
    """A noise as Aer takes it: errors of the identities after gates, and of reading."""
    errors: Any = require("qiskit_aer.noise", EXTRA)
    model = errors.NoiseModel()
    if noise.channels:
        model.add_all_qubit_quantum_error(error_of(noise), ["id"])
    a, b = noise.flips
    if a or b:
        model.add_all_qubit_readout_error(errors.ReadoutError([[1 - a, a], [b, 1 - b]]))
    return model
