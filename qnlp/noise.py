r"""Errors of gates and of reading qubits out, as the kernel and Qiskit Aer both run them.

A channel on one qubit is a list of Kraus matrices K, rho -> sum K rho K^dagger.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import isfinite, sqrt
from typing import TYPE_CHECKING, Any

import numpy as np

from qnlp.errors import DomainError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    Matrix = NDArray[np.complex128]

__all__ = ["CHANNELS", "Noise", "kraus"]

_I = np.eye(2, dtype=np.complex128)
_X = np.array([[0, 1], [1, 0]], np.complex128)
_Y = np.array([[0, -1j], [1j, 0]], np.complex128)
_Z = np.array([[1, 0], [0, -1]], np.complex128)


def _mixture(p: float, *others: Matrix) -> list[Matrix]:
    """Each of the others with probability p, nothing else."""
    return [sqrt(1 - len(others) * p) * _I, *(sqrt(p) * m for m in others)]


def _amplitude_damping(p: float) -> list[Matrix]:
    down = np.array([[0, sqrt(p)], [0, 0]], np.complex128)
    return [np.diag([1, sqrt(1 - p)]).astype(np.complex128), down]


def _phase_damping(p: float) -> list[Matrix]:
    return [np.diag(d).astype(np.complex128) for d in ([1, sqrt(1 - p)], [0, sqrt(p)])]


CHANNELS: dict[str, Callable[[float], list[Matrix]]] = {
    "bit_flip": lambda p: _mixture(p, _X),
    "phase_flip": lambda p: _mixture(p, _Z),
    "depolarizing": lambda p: _mixture(p / 4, _X, _Y, _Z),
    "amplitude_damping": _amplitude_damping,
    "phase_damping": _phase_damping,
}
"""Channels on one qubit by name, each a function of its strength from 0 to 1."""


def kraus(name: str, strength: float) -> list[Matrix]:
    r"""The Kraus matrices of a channel.

    Parameters
    ----------
    name : str
        ``"bit_flip"`` or ``"phase_flip"``: X or Z with this probability. ``"depolarizing"``: with
        this probability the qubit is replaced by the maximally mixed one. ``"amplitude_damping"``:
        \|1> falls to \|0> with this probability. ``"phase_damping"``: coherences shrink by
        ``sqrt(1 - strength)``.
    strength : float
        0 to 1.

    Returns
    -------
    list of ndarray of complex128, shape (2, 2)

    Raises
    ------
    DomainError
        If there is no such channel, or the strength is out of range.

    Notes
    -----
    Nielsen and Chuang, "Quantum Computation and Quantum Information", section 8.3,
    doi:10.1017/CBO9780511976667. Depolarizing is as Qiskit has it; PennyLane's parameter is 3/4 of it.

    Examples
    --------
    >>> from qnlp.noise import kraus
    >>> sum(k.conj().T @ k for k in kraus("depolarizing", 0.3)).real.round(12)
    array([[1., 0.],
           [0., 1.]])
    """
    if name not in CHANNELS:
        message = f"channel is {name!r}, expected one of {sorted(CHANNELS)}"
        raise DomainError(message)
    return CHANNELS[name](_probability(name, strength))


def _probability(name: str, value: Any) -> float:
    is_number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    if not is_number or not isfinite(value) or not 0 <= value <= 1:
        message = f"{name} is {value!r}, expected a number from 0 to 1"
        raise DomainError(message)
    return float(value)


@dataclass(frozen=True)
class Noise:
    r"""Errors that follow every gate, on each of its qubits, and errors of reading out.

    The channels follow each other in the order of the parameters; see `kraus` for what each
    strength means.

    Parameters
    ----------
    bit_flip, phase_flip, depolarizing, amplitude_damping, phase_damping : float, default 0
    readout : float or (float, float), default 0
        Probability that a measured 0 is read as 1 and a 1 as 0; two numbers where these differ.

    Raises
    ------
    DomainError
        If a strength is no number from 0 to 1; names it.

    Examples
    --------
    >>> from qnlp.circuit import Circuit, Gate
    >>> from qnlp.noise import Noise
    >>> flipped = Circuit(1, (Gate("X", (0,)),), outputs=(0,)).noisy(Noise(bit_flip=0.1))
    >>> flipped.simulate().probabilities().round(12)
    array([0.1, 0.9])
    """

    bit_flip: float = 0.0
    phase_flip: float = 0.0
    depolarizing: float = 0.0
    amplitude_damping: float = 0.0
    phase_damping: float = 0.0
    readout: float | tuple[float, float] = 0.0

    def __post_init__(self) -> None:
        for name in CHANNELS:
            _probability(name, getattr(self, name))
        for value in self.flips:
            _probability("readout", value)

    @classmethod
    def of(cls, given: Noise | Mapping[str, Any]) -> Noise:
        """A noise as it is, or out of a mapping such as ``{"depolarizing": 0.01}``.

        Raises
        ------
        DomainError
            If a key is no parameter of this class.
        """
        if isinstance(given, Noise):
            return given
        unknown = sorted(set(given) - set(cls.__dataclass_fields__))
        if unknown:
            message = f"noise has {unknown[0]!r}, expected some of {[*CHANNELS, 'readout']}"
            raise DomainError(message)
        options: dict[str, Any] = dict(given)
        if isinstance(options.get("readout"), list):
            options["readout"] = tuple(options["readout"])
        return cls(**options)

    @property
    def flips(self) -> tuple[float, float]:
        """Probabilities that 0 is read as 1, and 1 as 0."""
        if isinstance(self.readout, tuple):
            if len(self.readout) != 2:
                message = f"readout has {len(self.readout)} numbers, expected one or two"
                raise DomainError(message)
            return self.readout
        return self.readout, self.readout

    @property
    def channels(self) -> list[tuple[str, float]]:
        """Name and strength of each channel that does something."""
        return [(name, getattr(self, name)) for name in CHANNELS if getattr(self, name)]

    def config(self) -> dict[str, Any]:
        """Everything that is not 0, as JSON-able data that `of` takes."""
        given = {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(self).items()}
        return {k: v for k, v in given.items() if v}

    def read(self, probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
        """What is read where these are the probabilities of all outcomes, shape (..., 2 ** n).

        Examples
        --------
        >>> from qnlp.noise import Noise
        >>> Noise(readout=(0.1, 0.2)).read(np.array([1.0, 0.0]))
        array([0.9, 0.1])
        """
        a, b = self.flips
        if not (a or b):
            return probabilities
        n = probabilities.shape[-1].bit_length() - 1
        flips = np.array([[1 - a, b], [a, 1 - b]])
        out = probabilities.reshape(*probabilities.shape[:-1], *(2,) * n)
        for axis in range(-n, 0):
            out = np.moveaxis(np.tensordot(flips, out, (1, axis)), 0, axis)
        return np.ascontiguousarray(out.reshape(probabilities.shape))
