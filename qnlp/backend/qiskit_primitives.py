"""The kernel as Qiskit's primitives: `SamplerV2` and `EstimatorV2` by another name.

Examples
--------
>>> import pytest
>>> qiskit = pytest.importorskip("qiskit")
>>> from qnlp.backend.qiskit_primitives import KernelEstimator, KernelSampler
>>> bell = qiskit.QuantumCircuit(2)
>>> _ = bell.h(0), bell.cx(0, 1)
>>> round(float(KernelEstimator().run([(bell, "XX")]).result()[0].data.evs), 12)
1.0
>>> bell.measure_all()
>>> counts = KernelSampler(seed=0).run([bell], shots=100).result()[0].data.meas.get_counts()
>>> sorted(counts), sum(counts.values())
(['00', '11'], 100)
"""

from __future__ import annotations

from functools import cache
from math import ceil, sqrt
from typing import TYPE_CHECKING, Any

import numpy as np

from qnlp._lazy import require
from qnlp.convert.qiskit import EXTRA, from_qiskit
from qnlp.errors import DiagramError, DomainError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from numpy.typing import NDArray

    from qnlp.simulate import Simulation

__all__ = ["KernelEstimator", "KernelSampler"]  # noqa: F822 - made on demand


def _without_measurements(circuit: Any) -> tuple[Any, dict[int, int]]:
    """The gates, and which qubit each classical bit is measured from at the end."""
    gates = circuit.copy_empty_like()
    qubit_of: dict[int, int] = {}
    for instruction in circuit.data:
        name = instruction.operation.name
        qubits = [circuit.find_bit(q).index for q in instruction.qubits]
        if name == "measure":
            qubit_of[circuit.find_bit(instruction.clbits[0]).index] = qubits[0]
        elif name != "barrier":
            late = [q for q in qubits if q in qubit_of.values()]
            if late:
                message = (
                    f"instruction {name!r} is on qubit {late[0]}, which is measured before; "
                    "expected measurements at the end"
                )
                raise DiagramError(message)
            gates.append(instruction)
    return gates, qubit_of


def _simulations(gates: Any, pub: Any) -> Iterator[tuple[tuple[int, ...], Simulation]]:
    """The circuit with each of the pub's sets of parameters."""
    bindings = pub.parameter_values
    try:
        circuit = from_qiskit(gates)
    except DiagramError:  # an angle that is no linear function of one parameter
        for place, bound in np.ndenumerate(bindings.bind_all(gates)):
            yield place, from_qiskit(bound).simulate()
        return
    names = [p.name for p in gates.parameters]
    values = bindings.as_array(gates.parameters)
    for place in np.ndindex(bindings.shape):
        yield place, circuit.simulate(dict(zip(names, values[place].tolist(), strict=True)))


def _mean(simulation: Simulation, observable: Mapping[str, float]) -> NDArray[np.float64]:
    """The expectation value of each word of an observable."""
    # Qiskit writes its last qubit first.
    return np.array([simulation.expectation({word[::-1]: 1.0}) for word in observable])


def _count(name: str, value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
        message = f"{name} is {value!r}, expected an int of 1 or more"
        raise DomainError(message)


@cache
def _classes() -> dict[str, type]:
    primitives: Any = require("qiskit.primitives", EXTRA)
    containers: Any = require("qiskit.primitives.containers", EXTRA)
    pubs_of_sampler: Any = require("qiskit.primitives.containers.sampler_pub", EXTRA)
    pubs_of_estimator: Any = require("qiskit.primitives.containers.estimator_pub", EXTRA)

    class KernelSampler(primitives.BaseSamplerV2):  # type: ignore[misc]
        """Qiskit's `SamplerV2` on the state vector of the core.

        Parameters
        ----------
        default_shots : int, default 1024
        seed : int or numpy.random.Generator, optional
            Of the shots.

        Raises
        ------
        DomainError
            If `default_shots` is no positive number.

        Notes
        -----
        Circuits measure at their end. Parameters may be in any expression; where each angle is a
        linear function of one, a circuit is converted once for all their values.
        """

        def __init__(
            self, *, default_shots: int = 1024, seed: int | np.random.Generator | None = None
        ) -> None:
            _count("default_shots", default_shots)
            self.default_shots = default_shots
            self._rng = np.random.default_rng(seed)

        def run(self, pubs: Iterable[Any], *, shots: int | None = None) -> Any:
            """Sample circuits; see `qiskit.primitives.BaseSamplerV2.run`."""
            n_shots = self.default_shots if shots is None else shots
            coerced = [pubs_of_sampler.SamplerPub.coerce(pub, n_shots) for pub in pubs]
            job = primitives.PrimitiveJob(self._run, coerced)
            job._submit()
            return job

        def _run(self, pubs: list[Any]) -> Any:
            return containers.PrimitiveResult([self._sample(p) for p in pubs], {"version": 2})

        def _sample(self, pub: Any) -> Any:
            circuit = pub.circuit
            gates, qubit_of = _without_measurements(circuit)
            n, n_bits = circuit.num_qubits, circuit.num_clbits
            bits = np.zeros((*pub.shape, pub.shots, n_bits), bool)
            for place, simulation in _simulations(gates, pub):
                seed = int(self._rng.integers(2**63))
                outcomes = simulation.sample(pub.shots, seed=seed)
                for bit, qubit in qubit_of.items():
                    bits[place][:, bit] = outcomes >> (n - 1 - qubit) & 1
            registers = {
                register.name: containers.BitArray.from_bool_array(
                    bits[..., [circuit.find_bit(bit).index for bit in register]], order="little"
                )
                for register in circuit.cregs
            }
            return containers.SamplerPubResult(
                containers.DataBin(**registers, shape=pub.shape),
                {"shots": pub.shots, "circuit_metadata": circuit.metadata},
            )

    class KernelEstimator(primitives.BaseEstimatorV2):  # type: ignore[misc]
        """Qiskit's `EstimatorV2` on the state vector of the core.

        Parameters
        ----------
        default_precision : float, default 0
            Of 0, expectation values are exact. Otherwise each Pauli word is measured by
            ``ceil(1 / precision ** 2)`` shots, and `stds` are their standard errors.
        seed : int or numpy.random.Generator, optional
            Of the shots.

        Raises
        ------
        DomainError
            If a precision is no number of 0 or more.
        """

        def __init__(
            self,
            *,
            default_precision: float = 0.0,
            seed: int | np.random.Generator | None = None,
        ) -> None:
            self.default_precision = self._checked(default_precision)
            self._rng = np.random.default_rng(seed)

        @staticmethod
        def _checked(precision: float) -> float:
            if not (np.isfinite(precision) and precision >= 0):
                message = f"precision is {precision!r}, expected a finite number of 0 or more"
                raise DomainError(message)
            return float(precision)

        def run(self, pubs: Iterable[Any], *, precision: float | None = None) -> Any:
            """Estimate observables; see `qiskit.primitives.BaseEstimatorV2.run`."""
            wanted = self.default_precision if precision is None else self._checked(precision)
            coerced = [pubs_of_estimator.EstimatorPub.coerce(pub, wanted) for pub in pubs]
            job = primitives.PrimitiveJob(self._run, coerced)
            job._submit()
            return job

        def _run(self, pubs: list[Any]) -> Any:
            return containers.PrimitiveResult([self._estimate(p) for p in pubs], {"version": 2})

        def _estimate(self, pub: Any) -> Any:
            gates, _ = _without_measurements(pub.circuit)
            size = np.prod(pub.parameter_values.shape, dtype=int)
            numbers = np.arange(size).reshape(pub.parameter_values.shape)
            numbers, observables = np.broadcast_arrays(numbers, pub.observables)
            values, errors = np.zeros(numbers.shape), np.zeros(numbers.shape)
            simulations = [simulation for _, simulation in _simulations(gates, pub)]
            for place in np.ndindex(numbers.shape):
                observable: Any = observables[place]
                mean = _mean(simulations[numbers[place]], observable)
                factors = np.real(list(observable.values()))
                if pub.precision:
                    mean, variance = self._measured(mean, ceil(1 / pub.precision**2))
                    errors[place] = sqrt(float(factors**2 @ variance))
                values[place] = factors @ mean
            return containers.PubResult(
                containers.DataBin(evs=values, stds=errors, shape=values.shape),
                {"target_precision": pub.precision, "circuit_metadata": pub.circuit.metadata},
            )

        def _measured(
            self, mean: NDArray[np.float64], shots: int
        ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
            """Words' means by so many shots each, and the squares of their standard errors."""
            hits = self._rng.binomial(shots, np.clip((1 + mean) / 2, 0, 1))
            found = 2 * hits / shots - 1
            return found, (1 - found**2) / shots

    made: dict[str, type] = {"KernelEstimator": KernelEstimator, "KernelSampler": KernelSampler}
    for name, cls in made.items():
        cls.__module__, cls.__qualname__ = __name__, name
    return made


def __getattr__(name: str) -> type:
    if name in __all__:
        return _classes()[name]
    message = f"module 'qnlp.backend.qiskit_primitives' has no attribute {name!r}"
    raise AttributeError(message)
