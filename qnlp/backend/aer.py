"""Qiskit Aer as a backend: the very same circuits, exactly or by shots, with noise or without."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any
from zlib import crc32

import numpy as np

from qnlp import runtime
from qnlp._lazy import require
from qnlp.backend import sentences
from qnlp.backend.aer_circuits import EXTRA, End, Sentence, model_of
from qnlp.backend.protocol import check_shots, parameter_vector, row_numbers
from qnlp.errors import BackendError
from qnlp.noise import Noise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from qnlp.ansatz import WordAnsatz
    from qnlp.circuit import Circuit
    from qnlp.diagram import Diagram
    from qnlp.vocabulary import Vocabulary

    Vector = NDArray[np.float64]

__all__ = ["AerBackend", "AerProgram"]

_LEVELS = (0, 1, 2, 3)


class AerBackend:
    """Simulation by Qiskit Aer, one circuit a sentence, cups kept.

    Without shots probabilities are exact, those of a density matrix where there is noise. Gradients
    are by parameter shift, two or four circuits an angle, all bound and run in one call. Slower than
    the kernel by orders of magnitude; it is there to check circuits, and to begin with what hardware
    will run.

    Parameters
    ----------
    device : {"CPU", "GPU"}, default "CPU"
    shots : int, optional
        Measurements a circuit; by default probabilities are exact.
    seed : int, optional
        Of the shots: equal parameters give equal shots, other parameters others.
    noise : Noise, mapping, or qiskit_aer.noise.NoiseModel, optional
        A `qnlp.Noise`, such as ``{"depolarizing": 0.01, "readout": 0.02}``, follows every gate of
        the circuit; a model of Qiskit's the gates that it names, of the circuit as it is run.
    optimization_level : {0, 1, 2, 3}, optional
        Transpile by Qiskit's preset pass manager of this level.
    pass_manager : qiskit.transpiler.PassManager, optional
        Transpile by this one.

    Raises
    ------
    BackendError
        If Aer has no such device here, or options exclude each other.
    DomainError
        If `shots` is no positive number, or a strength of the noise is out of range.
    MissingDependencyError
        If Qiskit or Aer is not installed.

    Notes
    -----
    A controlled rotation is run as two rotations between which the control acts, which matters to a
    model of Qiskit's alone.

    Examples
    --------
    >>> from qnlp.backend import get_backend
    >>> get_backend("aer").config()
    {'name': 'aer', 'device': 'CPU'}
    >>> get_backend({"name": "aer", "shots": 1000, "noise": {"depolarizing": 0.01}}).config()
    {'name': 'aer', 'device': 'CPU', 'shots': 1000, 'noise': {'depolarizing': 0.01}}
    """

    name = "aer"

    def __init__(
        self,
        device: str = "CPU",
        *,
        shots: int | None = None,
        seed: int | None = None,
        noise: Noise | Mapping[str, Any] | Any = None,
        optimization_level: int | None = None,
        pass_manager: Any = None,
    ) -> None:
        if device not in ("CPU", "GPU"):
            message = f"device is {device!r}, expected 'CPU' or 'GPU'"
            raise BackendError(message)
        aer = require("qiskit_aer", EXTRA)
        available = tuple(aer.AerSimulator().available_devices())
        if device not in available:
            message = (
                f"Aer has no device {device!r} here, only {', '.join(available)}; "
                "a GPU needs the package qiskit-aer-gpu and a CUDA device"
            )
            raise BackendError(message)
        check_shots(shots, seed)
        self.device = device
        self.shots = shots
        self.seed = seed
        self.noise: Noise | None = None
        self.noise_model: Any = None
        self._set_noise(noise)
        if optimization_level is not None and optimization_level not in _LEVELS:
            message = f"optimization_level is {optimization_level!r}, expected one of {_LEVELS}"
            raise BackendError(message)
        if optimization_level is not None and pass_manager is not None:
            message = "optimization_level and pass_manager are given, expected one of the two"
            raise BackendError(message)
        self.optimization_level = optimization_level
        self.pass_manager = pass_manager

    def _set_noise(self, noise: Any) -> None:
        if noise is None:
            return
        if isinstance(noise, Noise | Mapping):
            self.noise = Noise.of(noise)
            return
        model = require("qiskit_aer.noise", EXTRA).NoiseModel
        if not isinstance(noise, model):
            message = (
                "noise must be a Noise, a mapping or a NoiseModel of Qiskit Aer, "
                f"got {type(noise).__name__}"
            )
            raise TypeError(message)
        self.noise_model = noise
        kinds = {error["type"] for error in noise.to_dict()["errors"]}
        if self.shots is None and "roerror" in kinds:
            message = "the noise model has readout errors, which show in shots alone: give shots"
            raise BackendError(message)

    def config(self) -> dict[str, Any]:
        """Name and options.

        Raises
        ------
        BackendError
            If an option is an object of Qiskit's, which cannot be written down.
        """
        for name in ("noise_model", "pass_manager"):
            if getattr(self, name) is not None:
                message = (
                    f"a {type(getattr(self, name)).__name__} of Qiskit cannot be written down; "
                    "give a qnlp.Noise or an optimization_level"
                )
                raise BackendError(message)
        noise = None if self.noise is None else self.noise.config()
        options = {
            "shots": self.shots,
            "seed": self.seed,
            "noise": noise,
            "optimization_level": self.optimization_level,
        }
        given = {key: value for key, value in options.items() if value is not None}
        return {"name": self.name, "device": self.device, **given}

    @property
    def is_noisy(self) -> bool:
        """Whether gates have errors."""
        return self.noise_model is not None or bool(self.noise and self.noise.channels)

    @property
    def end(self) -> End:
        """What is kept of the final state."""
        if self.shots is not None:
            return "counts"
        is_plain = self.noise is None and self.noise_model is None and self.passes() is None
        return "amplitudes" if is_plain else "probabilities"

    def simulator(self) -> Any:
        """A new Aer simulator with this backend's settings."""
        aer = require("qiskit_aer", EXTRA)
        method = "statevector"
        if self.is_noisy:
            method = "density_matrix" if self.shots is None else "automatic"
        model = self.noise_model
        if self.noise is not None:
            model = model_of(self.noise)
        return aer.AerSimulator(
            method=method,
            device=self.device,
            noise_model=model,
            max_parallel_threads=runtime.num_threads(),
            # The default, 1e-10, rounds small amplitudes to zero.
            zero_threshold=0.0,
            chop_threshold=0.0,
        )

    def passes(self) -> Any:
        """The pass manager that circuits go through; None where they are run as they are."""
        if self.optimization_level is None:
            return self.pass_manager
        transpiler: Any = require("qiskit.transpiler", EXTRA)
        return transpiler.generate_preset_pass_manager(
            self.optimization_level, backend=self.simulator(), seed_transpiler=self.seed or 0
        )

    def compile(
        self,
        diagrams: Sequence[Diagram],
        ansatz: WordAnsatz,
        vocabulary: Vocabulary,
        n_classes: int,
    ) -> AerProgram:
        """Compile sentences; see `qnlp.backend.Backend`.

        Raises
        ------
        CircuitTooLargeError
            Before anything is allocated, where the state would not fit in memory.
        """
        circuits, hidden = sentences.sentence_circuits(
            diagrams, ansatz, vocabulary, n_classes, is_mixed=self.is_noisy and self.shots is None
        )
        return AerProgram(self, circuits, hidden, vocabulary.symbols, n_classes)


class AerProgram(sentences.SentenceProgram):
    """Sentences compiled for Aer. See `qnlp.backend.DifferentiableProgram`."""

    def __init__(
        self,
        backend: AerBackend,
        circuits: Sequence[Circuit],
        hidden: Sequence[int],
        symbols: tuple[str, ...],
        n_classes: int,
    ) -> None:
        super().__init__(circuits, hidden, symbols, n_classes, backend.shots)
        self._backend = backend

    @cached_property
    def _compiled(self) -> list[Sentence]:
        backend = self._backend
        end, passes = backend.end, backend.passes()
        return [Sentence(c, self.symbols, end, backend.noise, passes) for c in self._sources]

    @cached_property
    def _simulator(self) -> Any:
        return self._backend.simulator()

    def probabilities(
        self, theta: ArrayLike, rows: ArrayLike | None = None
    ) -> tuple[Vector, Vector]:
        """Class and success probabilities. See `qnlp.backend.Program`."""
        values = parameter_vector(theta, self.symbols)
        numbers = row_numbers(rows, self.n_sentences)
        picked = [self._compiled[r] for r in numbers]
        squares = self._run(values, picked, [c.angles.turns(values)[None, :] for c in picked])
        p = np.zeros((len(picked), self.n_classes))
        success = np.zeros(len(picked))
        for k, (compiled, found) in enumerate(zip(picked, squares, strict=True)):
            n_hidden = self._hidden[numbers[k]]
            success[k] = found[0].sum()
            p[k], _ = sentences.normalised(found[0], compiled.factor, self.n_classes, n_hidden)
        return p, success

    def _gradient(
        self,
        theta: ArrayLike,
        numbers: NDArray[np.uint32],
        slopes: sentences.Slopes,
    ) -> Vector:
        values = parameter_vector(theta, self.symbols)
        gradient = np.zeros(len(self.symbols))
        picked = [self._compiled[r] for r in numbers]
        squares = self._run(values, picked, [c.shifted(values) for c in picked])
        for k, (compiled, found) in enumerate(zip(picked, squares, strict=True)):
            n_hidden = self._hidden[numbers[k]]
            p, total = sentences.normalised(found[0], compiled.factor, self.n_classes, n_hidden)
            of_p = slopes(k, p, total)
            if total:
                n = compiled.n_outcomes
                weights = sentences.square_slopes(of_p, p, total, n, n_hidden)
                compiled.pull_back(weights, found, gradient)
        return gradient

    def _run(
        self, theta: Vector, picked: Sequence[Sentence], turns: Sequence[Vector]
    ) -> list[Vector]:
        """Probabilities together with success, shape (n_bindings, n_outcomes) a circuit."""
        simulated = [k for k, c in enumerate(picked) if c.n_qubits]
        out = [np.ones((len(t), c.n_outcomes)) for c, t in zip(picked, turns, strict=True)]
        if not simulated:
            return out
        binds = [picked[k].binds(turns[k]) for k in simulated]
        options: dict[str, Any] = {"shots": self._backend.shots or 1}
        if any(binds):
            options["parameter_binds"] = binds
        if self._backend.shots is not None and self._backend.seed is not None:
            options["seed_simulator"] = crc32(theta.tobytes(), self._backend.seed % 2**32) >> 1
        result = self._simulator.run([picked[k].circuit for k in simulated], **options).result()
        if not result.success:
            message = f"Aer failed: {result.status}"
            raise BackendError(message)
        found = iter(result.results)
        for k in simulated:
            n_runs = 1 if picked[k].is_bound else len(turns[k])
            for row in range(n_runs):
                out[k][row] = picked[k].squares(next(found).data, self._backend.shots)
            out[k][n_runs:] = out[k][0]
        return out
