"""The kernel as a device of PennyLane: ``qml.device("monoidal.qubit")``.

PennyLane finds it by the entry point of this distribution.

Examples
--------
>>> import pytest
>>> qml = pytest.importorskip("pennylane")
>>> @qml.qnode(qml.device("monoidal.qubit", wires=2))
... def bell():
...     qml.Hadamard(0)
...     qml.CNOT([0, 1])
...     return qml.expval(qml.X(0) @ qml.X(1))
>>> round(float(bell()), 12)
1.0
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from qnlp._lazy import require
from qnlp.backend import pennylane_tapes as tapes
from qnlp.backend.pennylane_tapes import EXTRA

if TYPE_CHECKING:
    from numpy.typing import DTypeLike

__all__ = ["KernelDevice"]  # noqa: F822 - made on demand

_MOST_TARGETS = 8  # of a matrix in the core
_CHEAP_TARGETS = 3  # above, an operation's parts cost less than its matrix
_MATRICES = {"QubitUnitary", "DiagonalQubitUnitary", "BlockEncode"}


def _is_run(op: Any) -> bool:
    """Whether the core runs an operation as it is."""
    base, _, _ = tapes.bare(op)
    if base.name in tapes.GATES or base.name in ("Identity", "GlobalPhase"):
        return True
    if not (base.has_matrix or base.has_sparse_matrix):
        return False
    is_plain = base.name in _MATRICES or not base.has_decomposition
    return len(base.wires) <= (_MOST_TARGETS if is_plain else _CHEAP_TARGETS)


def _is_differentiated(op: Any) -> bool:
    """Whether the core differentiates an operation, or it has no parameter to do so by."""
    base, controls, _ = tapes.bare(op)
    if base.name in tapes.GATES or (base.name == "GlobalPhase" and not controls):
        return True
    math = require("pennylane.math", EXTRA)
    is_fixed = base.name in _MATRICES and not any(math.requires_grad(d) for d in base.data)
    return (is_fixed or not base.num_params) and _is_run(op)


def _is_expectation(measurement: Any) -> bool:
    return isinstance(measurement, require("pennylane.measurements", EXTRA).ExpectationMP)


def _has_matrix(observable: Any) -> bool:
    return observable.pauli_rep is not None or observable.has_matrix


def _common_steps(device: Any) -> Any:
    qml = require("pennylane", EXTRA)
    preprocess = require("pennylane.devices.preprocess", EXTRA)
    steps = qml.CompilePipeline()
    steps.add_transform(qml.defer_measurements, allow_postselect=False)
    steps.add_transform(
        preprocess.decompose,
        stopping_condition=_is_run,
        skip_initial_state_prep=True,
        device_wires=device.wires,
        target_gates=set(tapes.GATES) | {"CNOT", "CZ", "GlobalPhase"},
        name=device.name,
    )
    steps.add_transform(
        preprocess.device_resolve_dynamic_wires, wires=device.wires, allow_resets=False
    )
    steps.add_transform(preprocess.validate_device_wires, device.wires, name=device.name)
    steps.add_transform(preprocess.validate_measurements, name=device.name)
    steps.add_transform(qml.transforms.broadcast_expand)
    return steps


def _adjoint_steps(device: Any) -> Any:
    qml = require("pennylane", EXTRA)
    preprocess = require("pennylane.devices.preprocess", EXTRA)
    name = f"adjoint + {device.name}"
    steps = qml.CompilePipeline()
    steps.add_transform(preprocess.no_sampling, name=name)
    steps.add_transform(qml.transforms.broadcast_expand)
    steps.add_transform(
        preprocess.decompose,
        stopping_condition=_is_differentiated,
        skip_initial_state_prep=False,
        device_wires=device.wires,
        target_gates=set(tapes.GATES) | {"CNOT", "CZ", "GlobalPhase"},
        name=name,
    )
    steps.add_transform(preprocess.validate_observables, _has_matrix, name=name)
    steps.add_transform(
        preprocess.validate_measurements, analytic_measurements=_is_expectation, name=name
    )
    steps.add_transform(preprocess.validate_adjoint_trainable_params)
    return steps


@cache
def _kernel_device() -> type:
    devices: Any = require("pennylane.devices", EXTRA)
    modifiers: Any = require("pennylane.devices.modifiers", EXTRA)
    exceptions: Any = require("pennylane.exceptions", EXTRA)

    class KernelDevice(devices.Device):  # type: ignore[misc]
        """The state vector of the core under PennyLane's circuits.

        Any operation with a matrix on up to 8 wires, and those with controls; others are
        decomposed. Measurements in the middle of a circuit are deferred. Expectation values of
        real sums of Pauli words, and all derivatives by the adjoint method, are computed in the
        core; ``diff_method="adjoint"`` is the best one for expectation values.

        Parameters
        ----------
        wires : int or iterable, optional
            Their number or labels; without, as many as a circuit has.
        c_dtype : {complex128, complex64}
            Of the state vector.
        shots : int or sequence, optional
            Deprecated by PennyLane in favour of ``qml.set_shots``.
        seed : int or numpy.random.Generator, optional
            Of the shots.
        """

        def __init__(
            self,
            wires: Any = None,
            *,
            c_dtype: DTypeLike = np.complex128,
            shots: Any = None,
            seed: Any = None,
        ) -> None:
            if np.dtype(c_dtype) not in (np.complex128, np.complex64):
                message = f"c_dtype is {np.dtype(c_dtype)}, expected complex128 or complex64"
                raise TypeError(message)
            super().__init__(wires=wires, shots=shots)
            self._dtype = np.dtype(c_dtype)
            self._rng = np.random.default_rng(seed)

        @property
        def name(self) -> str:
            """As ``qml.device`` knows it."""
            return "monoidal.qubit"

        @property
        def c_dtype(self) -> np.dtype[Any]:
            """Of the state vector."""
            return self._dtype

        def setup_execution_config(self, config: Any = None, circuit: Any = None) -> Any:
            """Fill in what is open: derivatives by the adjoint method, deferred measurements."""
            config = config or devices.ExecutionConfig()
            if unknown := set(config.device_options):
                message = f"device option {min(unknown)} not present on {self}"
                raise exceptions.DeviceError(message)
            method = config.mcm_config.mcm_method
            if method not in (None, "deferred", "device"):
                message = f"mcm_method is {method!r}, expected 'deferred' on {self.name}"
                raise exceptions.DeviceError(message)
            best = "adjoint" if config.gradient_method == "best" else config.gradient_method
            is_ours = best == "adjoint"

            def filled(given: bool | None) -> bool:
                return is_ours if given is None else given

            return replace(
                config,
                gradient_method=best,
                use_device_gradient=filled(config.use_device_gradient),
                use_device_jacobian_product=filled(config.use_device_jacobian_product),
                grad_on_execution=filled(config.grad_on_execution),
                mcm_config=replace(config.mcm_config, mcm_method="deferred"),
            )

        def preprocess_transforms(self, execution_config: Any = None) -> Any:
            """What brings a tape to operations and measurements that the core has."""
            steps = _common_steps(self)
            if execution_config is not None and execution_config.gradient_method == "adjoint":
                steps += _adjoint_steps(self)
            return steps

        def execute(self, circuits: Any, execution_config: Any = None) -> Any:
            """The results of preprocessed tapes."""
            return tuple(tapes.run(tape, self._dtype, self._rng) for tape in circuits)

        def supports_derivatives(self, execution_config: Any = None, circuit: Any = None) -> bool:
            """Whether the adjoint method gives a circuit's derivatives."""
            if execution_config is not None and execution_config.gradient_method not in (
                "adjoint",
                "best",
            ):
                return False
            if circuit is None:
                return True
            try:
                _adjoint_steps(self)((circuit,))
            except (
                exceptions.DecompositionUndefinedError,
                exceptions.DeviceError,
                exceptions.QuantumFunctionError,
                AttributeError,
            ):
                return False
            return True

        supports_vjp = supports_derivatives

        def compute_derivatives(self, circuits: Any, execution_config: Any = None) -> Any:
            """Jacobians, by one backward pass a measurement."""
            return tuple(tapes.jacobian(tape, self._dtype)[1] for tape in circuits)

        def execute_and_compute_derivatives(
            self, circuits: Any, execution_config: Any = None
        ) -> Any:
            """Results and Jacobians out of one forward pass."""
            both = [tapes.jacobian(tape, self._dtype) for tape in circuits]
            return tuple(v for v, _ in both), tuple(j for _, j in both)

        def compute_vjp(self, circuits: Any, cotangents: Any, execution_config: Any = None) -> Any:
            """Derivatives of weighted sums of the results, one backward pass a circuit."""
            return self.execute_and_compute_vjp(circuits, cotangents)[1]

        def execute_and_compute_vjp(
            self, circuits: Any, cotangents: Any, execution_config: Any = None
        ) -> Any:
            """Results, and derivatives of weighted sums of them."""
            pairs = zip(circuits, cotangents, strict=True)
            both = [tapes.pull_back(tape, c, self._dtype) for tape, c in pairs]
            return tuple(v for v, _ in both), tuple(g for _, g in both)

    KernelDevice.__module__, KernelDevice.__qualname__ = __name__, "KernelDevice"
    tracked: type = modifiers.simulator_tracking(modifiers.single_tape_support(KernelDevice))
    return tracked


def __getattr__(name: str) -> type:
    if name == "KernelDevice":
        return _kernel_device()
    message = f"module 'qnlp.backend.pennylane_device' has no attribute {name!r}"
    raise AttributeError(message)
