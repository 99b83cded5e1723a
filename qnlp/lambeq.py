"""A model for lambeq's trainers that runs on the kernel: a script changes one line.

``NumpyModel.from_diagrams(circuits)`` becomes ``KernelModel.from_diagrams(circuits)``. With
`GradientOptimizer` in the place of ``SPSAOptimizer`` it is trained with exact gradients.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from qnlp._lazy import require
from qnlp.backend.circuits import compile_circuits
from qnlp.circuit import Angle, Circuit, Gate
from qnlp.errors import DiagramError, DomainError, UnknownWordError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from qnlp.backend.kernel import KernelProgram

__all__ = ["GradientOptimizer", "KernelModel", "circuit_from_lambeq"]  # noqa: F822 - made on demand

_PLAIN = {"H", "X", "Y", "Z", "S", "T"}
_ROTATIONS = {"Rx", "Ry", "Rz"}
_MIXED = {"Encode", "MixedState", "Bit"}


def circuit_from_lambeq(diagram: Any) -> Circuit:
    """Take a pure circuit over from lambeq.

    Parameters
    ----------
    diagram : lambeq.backend.quantum.Diagram
        Without inputs.

    Returns
    -------
    Circuit
        With lambeq's symbols by name.

    Raises
    ------
    DiagramError
        If the diagram has an input, is mixed, or has a gate that is not known; names it. A
        `KernelModel` also takes circuits that discard qubits.

    Examples
    --------
    >>> import pytest
    >>> quantum = pytest.importorskip("lambeq.backend.quantum")
    >>> from qnlp.lambeq import circuit_from_lambeq
    >>> print(circuit_from_lambeq(quantum.Ket(0) >> quantum.H >> quantum.Rz(0.5)))
    0: |0>─H─Rz(0.5)─
    """
    circuit, n_hidden = _read(diagram)
    if n_hidden:
        message = f"circuit is mixed: it discards {n_hidden} qubits, expected none"
        raise DiagramError(message)
    return circuit


def _read(diagram: Any) -> tuple[Circuit, int]:
    """The circuit with discarded qubits as its last outputs, and how many these are."""
    if len(diagram.dom):
        message = f"circuit has {len(diagram.dom)} inputs, expected none"
        raise DiagramError(message)
    reader = _Reader()
    for layer in diagram.layers:
        left, box, _ = layer.unpack()
        reader.take(box, len(left))
    return reader.circuit(), len(reader.hidden)


class _Reader:
    """Walks over the boxes of a circuit and keeps which qubit each wire is."""

    def __init__(self) -> None:
        self.row: list[int] = []
        self.n_qubits = 0
        self.gates: list[Gate] = []
        self.factor = 1.0
        self.hidden: list[int] = []

    def circuit(self) -> Circuit:
        ends = (*self.row, *self.hidden)
        return Circuit(self.n_qubits, tuple(self.gates), outputs=ends, factor=self.factor)

    def take(self, box: Any, offset: int) -> None:
        kind = type(box).__name__
        if kind == "Ket":
            self.row.insert(offset, self.n_qubits)
            self.gates += [Gate("X", (self.n_qubits,))] * box.bit
            self.n_qubits += 1
        elif kind == "Bra":
            self.gates += [Gate("X", (self.row[offset],))] * box.bit
            del self.row[offset]
        elif kind == "Swap":
            self.row[offset : offset + 2] = self.row[offset + 1], self.row[offset]
        elif kind == "Measure":
            pass  # what is open at the end is measured; anything but a discard after it is refused
        elif kind == "Discard":
            self.hidden.append(self.row.pop(offset))
        elif kind in ("Scalar", "Sqrt"):
            self._scale(complex(np.asarray(box.array)))
        else:
            qubits = self.row[offset : offset + len(box.dom)]
            self.gates.append(_gate(box, qubits))

    def _scale(self, value: complex) -> None:
        if value.imag:
            message = f"scalar is {value}, expected a real number: probabilities forget its phase"
            raise DiagramError(message)
        self.factor *= value.real


def _gate(box: Any, qubits: Sequence[int]) -> Gate:
    kind = type(box).__name__
    if kind == "Controlled":
        inner, far = box.controlled, abs(box.distance)
        order = [0, far] if box.distance > 0 else [len(qubits) - 1, 0]
        name = f"C{_name(inner)}"
        if len(inner.dom) == 1 and name in ("CX", "CY", "CZ", "CRx", "CRy", "CRz"):
            return Gate(name, tuple(qubits[q] for q in order), _angle(inner))
    elif kind not in _MIXED and len(box.dom) == 1:
        name = _name(box)
        if name in _PLAIN | _ROTATIONS | {"Sdg", "Tdg"}:
            return Gate(name, tuple(qubits), _angle(box))
    what = "is mixed" if kind in _MIXED else "is not known"
    message = f"box {box} {what}, expected gates out of H, X, Y, Z, S, T, rotations, and controls"
    raise DiagramError(message)


def _name(box: Any) -> str:
    kind = type(box).__name__
    if kind == "Daggered":
        inner = str(box.box.name)
        return f"{inner}dg" if inner in ("S", "T") else inner
    return kind if kind in _ROTATIONS else str(box.name)


def _angle(box: Any) -> Angle | None:
    if type(box).__name__ not in _ROTATIONS:
        return None
    phase = box.phase
    free = list(box.free_symbols)
    if not free:
        return Angle(shift=float(phase))
    if len(free) > 1:
        message = f"phase {phase} has {len(free)} symbols, expected one"
        raise DiagramError(message)
    if hasattr(phase, "scale") and hasattr(phase, "name"):
        return Angle(phase.name, float(phase.scale))
    shift, slope = phase.subs(free[0], 0), phase.diff(free[0])
    if slope.free_symbols:
        message = f"phase {phase} is not linear in its symbol"
        raise DiagramError(message)
    return Angle(str(free[0]), float(slope), float(shift))


class _Known:
    """Circuits seen so far, compiled together; a new one has all compiled again."""

    def __init__(self, symbols: Sequence[str]) -> None:
        self.symbols = tuple(symbols)
        self.place: dict[int, tuple[Any, int, int]] = {}  # of each diagram: itself, group, row
        self.circuits: dict[int, list[tuple[Circuit, int]]] = {}
        self.programs: dict[int, KernelProgram] = {}

    def rows(self, diagrams: Sequence[Any]) -> list[tuple[int, int]]:
        """Group (number of open qubits) and row of each."""
        for diagram in diagrams:
            if id(diagram) in self.place:
                continue
            circuit, n_hidden = _read(diagram)
            unknown = [name for name in circuit.symbols if name not in self.symbols]
            if unknown:
                message = (
                    f"symbol {unknown[0]!r} is not one of the model's; it has {len(self.symbols)}"
                )
                raise UnknownWordError(message)
            group = len(circuit.outputs) - n_hidden
            listed = self.circuits.setdefault(group, [])
            self.place[id(diagram)] = diagram, group, len(listed)
            listed.append((circuit, n_hidden))
            self.programs.pop(group, None)
        return [self.place[id(diagram)][1:] for diagram in diagrams]

    def program(self, group: int) -> KernelProgram:
        if group not in self.programs:
            circuits, hidden = zip(*self.circuits[group], strict=True)
            made = compile_circuits(circuits, self.symbols, 2**group, hidden)
            self.programs[group] = made
        return self.programs[group]

    def factors(self, group: int) -> NDArray[np.float64]:
        return np.array([circuit.factor**2 for circuit, _ in self.circuits[group]])


def _names(model: Any) -> list[str]:
    return [str(getattr(symbol, "name", symbol)) for symbol in model.symbols]


@cache
def _kernel_model() -> type:
    base: Any = require("lambeq.training", "lambeq").QuantumModel

    class KernelModel(base):  # type: ignore[misc]
        """A lambeq model that runs on the kernel, exactly and all circuits at once.

        As lambeq's ``NumpyModel``: `get_diagram_output` gives each circuit's normalised outcomes.
        """

        def _known(self) -> _Known:
            names = _names(self)
            known: _Known | None = self.__dict__.get("_compiled")
            if known is None or known.symbols != tuple(names):
                known = self._compiled = _Known(names)
            return known

        def _theta(self) -> NDArray[np.float64]:
            weights = self.weights
            if len(weights) == 0 or not self.symbols:
                message = (
                    "weights are not initialised, call from_diagrams() and initialise_weights()"
                )
                raise DomainError(message)
            return np.asarray(np.ma.filled(weights, 0.0), np.float64)

        def get_diagram_output(self, diagrams: Sequence[Any]) -> NDArray[np.float64]:
            """Outcomes of each circuit, shape (n, 2, 2, ...) with an axis an open qubit.

            Parameters
            ----------
            diagrams : list of lambeq circuits
                Without inputs, all with as many open qubits; qubits may be discarded, and measured
                at the end. Where some are discarded and none measured, lambeq's ``NumpyModel`` gives
                a density matrix, this its diagonal.

            Returns
            -------
            ndarray of float64
                Probabilities that sum to 1; of a circuit without open qubits the one number.
            """
            return self._run(diagrams, None)

        def pull_back(self, diagrams: Sequence[Any], slopes: Any) -> NDArray[np.float64]:
            """The gradient in the weights of a function with these slopes in the outcomes."""
            return self._run(diagrams, np.asarray(slopes, np.float64))

        def _run(
            self, diagrams: Sequence[Any], slopes: NDArray[np.float64] | None
        ) -> NDArray[np.float64]:
            known = self._known()
            rows = known.rows(diagrams)
            groups = {group for group, _ in rows}
            if len(groups) != 1:
                message = f"circuits have {sorted(groups)} open qubits, expected one number"
                raise DiagramError(message)
            group = groups.pop()
            program, numbers = known.program(group), np.array([row for _, row in rows])
            theta = self._theta()
            if group and slopes is not None:
                return program.pull_back(theta, slopes.reshape(len(rows), -1), numbers)
            if slopes is not None:
                message = "circuits without open qubits have no gradient yet; leave one open"
                raise DiagramError(message)
            p, success = program.probabilities(theta, numbers)
            if group == 0:
                return np.asarray(success * known.factors(0)[numbers])
            return p.reshape(len(rows), *[2] * group)

        def forward(self, x: Sequence[Any]) -> NDArray[np.float64]:
            """As `get_diagram_output`."""
            return self.get_diagram_output(x)

    KernelModel.__module__, KernelModel.__qualname__ = __name__, "KernelModel"
    return KernelModel


@cache
def _gradient_optimizer() -> type:
    base: Any = require("lambeq.training.optimizer", "lambeq").Optimizer

    class GradientOptimizer(base):  # type: ignore[misc]
        """Adam with the exact gradient of a `KernelModel`, for lambeq's ``QuantumTrainer``.

        The slopes of the loss in the model's outcomes are central differences, the rest is exact.
        Hyper-parameters: ``lr``, by default 0.05.
        """

        def __init__(
            self,
            *,
            model: Any,
            loss_fn: Any,
            hyperparams: dict[str, float] | None = None,
            bounds: Any = None,
        ) -> None:
            from sklearn.neural_network import _stochastic_optimizers as optimizers

            super().__init__(model=model, loss_fn=loss_fn, hyperparams=hyperparams, bounds=bounds)
            self.model.weights = np.array(np.ma.filled(model.weights, 0.0), np.float64)
            rate = self.hyperparams.get("lr", 0.05)
            self._adam = optimizers.AdamOptimizer([self.model.weights], learning_rate_init=rate)

        def backward(self, batch: tuple[Iterable[Any], NDArray[np.float64]]) -> float:
            """Add the batch's gradient; returns its loss."""
            diagrams, targets = list(batch[0]), batch[1]
            outcomes = np.asarray(self.model(diagrams))
            loss = float(self.loss_fn(outcomes, targets))
            slopes = self._slopes(outcomes, targets)
            self.gradient += self.model.pull_back(diagrams, slopes)
            self._warn_if_nan_or_inf(loss)
            return loss

        def _slopes(self, outcomes: NDArray[np.float64], targets: Any) -> NDArray[np.float64]:
            """Differences within [0, 1], small beside the distance from either end."""
            flat = outcomes.ravel()
            slopes = np.zeros(flat.size)
            for k, value in enumerate(flat):
                step = max(1e-3 * min(value, 1 - value), 1e-9)
                ends = min(value + step, 1.0), max(value - step, 0.0)
                losses = []
                for end in ends:
                    moved = flat.copy()
                    moved[k] = end
                    losses.append(float(self.loss_fn(moved.reshape(outcomes.shape), targets)))
                slopes[k] = (losses[0] - losses[1]) / (ends[0] - ends[1])
            return slopes

        def step(self) -> None:
            """One step of Adam."""
            weights = np.array(self.model.weights, np.float64)
            self._adam.update_params([weights], [self.gradient])
            self.model.weights = weights

        def state_dict(self) -> dict[str, Any]:
            """The optimiser's vectors and count."""
            return {"m": self._adam.ms, "v": self._adam.vs, "t": self._adam.t}

        def load_state_dict(self, state: Mapping[str, Any]) -> None:
            """Take over what `state_dict` gave."""
            self._adam.ms, self._adam.vs, self._adam.t = state["m"], state["v"], state["t"]

    GradientOptimizer.__module__, GradientOptimizer.__qualname__ = __name__, "GradientOptimizer"
    return GradientOptimizer


def __getattr__(name: str) -> type:
    if name == "KernelModel":
        return _kernel_model()
    if name == "GradientOptimizer":
        return _gradient_optimizer()
    message = f"module 'qnlp.lambeq' has no attribute {name!r}"
    raise AttributeError(message)
