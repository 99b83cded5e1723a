r"""Pure quantum circuits with post-selection, and their parameters.

A circuit is an arrow from its input qubits to its output qubits. Qubits that are not inputs start in
\\|0>, qubits that are not outputs end in <0\\|, unnormalised; `factor` multiplies the amplitudes.
Qubit 0 is the most significant bit of an outcome's number. Angles are in full turns:
R_P(p) = exp(-i pi p P).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from qnlp._core import circuit as core
from qnlp.errors import CircuitTooLargeError, DomainError, ShapeError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, DTypeLike, NDArray

    from qnlp.mixed import MixedCircuit
    from qnlp.noise import Noise
    from qnlp.simulate import Method, Simulation

__all__ = ["GATES", "SHIFTS", "Angle", "Circuit", "Gate", "GateInfo"]


@dataclass(frozen=True, slots=True)
class GateInfo:
    """A row of the core's table of gates."""

    name: str
    n_qubits: int
    n_controls: int
    has_parameter: bool
    n_shift_terms: int
    """Terms of the exact parameter-shift rule of a probability: 2, or 4 for controlled rotations."""


GATES: dict[str, GateInfo] = {row[0]: GateInfo(*row) for row in core.GATES}
"""Every gate by name."""

SHIFTS: dict[int, tuple[tuple[float, float], ...]] = {
    2: ((0.25, np.pi),),
    4: (
        (0.25, np.pi * (2**0.5 + 1) / (2 * 2**0.5)),
        (0.75, -np.pi * (2**0.5 - 1) / (2 * 2**0.5)),
    ),
}
"""Of each number of `GateInfo.n_shift_terms`: exact shifts, in turns, of a probability as a function of
one occurrence of a gate's angle, and the factor of each difference. Four terms are for the
eigenvalues 0, +-1/2 of a controlled rotation's generator."""

_INVERSE = {"S": "Sdg", "Sdg": "S", "T": "Tdg", "Tdg": "T"}


@dataclass(frozen=True, slots=True)
class Angle:
    """``scale * symbol + shift`` in full turns; `shift` alone where `symbol` is None."""

    symbol: str | None = None
    scale: float = 1.0
    shift: float = 0.0

    def __neg__(self) -> Angle:
        return Angle(self.symbol, -self.scale, -self.shift)

    def __str__(self) -> str:
        if self.symbol is None:
            return f"{self.shift:g}"
        scaled = self.symbol if self.scale == 1 else f"{self.scale:g}*{self.symbol}"
        return scaled if self.shift == 0 else f"{scaled}{self.shift:+g}"


@dataclass(frozen=True, slots=True)
class Gate:
    """A gate in its place: name, qubits (controls first) and angle.

    Examples
    --------
    >>> from qnlp.circuit import Angle, Gate
    >>> print(Gate("CRz", (0, 1), Angle("loves_0")))
    CRz(loves_0) 0 1
    """

    name: str
    qubits: tuple[int, ...]
    angle: Angle | None = None

    def dagger(self) -> Gate:
        """The inverse gate."""
        if self.angle is not None:
            return replace(self, angle=-self.angle)
        return replace(self, name=_INVERSE.get(self.name, self.name))

    def transpose(self) -> list[Gate]:
        """Gates whose product is the transpose, up to the sign that `transpose_sign` gives."""
        if self.name in ("Ry", "CRy") and self.angle is not None:
            return [replace(self, angle=-self.angle)]
        if self.name == "CY":
            return [self, Gate("Z", self.qubits[:1])]
        return [self]

    @property
    def transpose_sign(self) -> float:
        """Y is the one gate whose transpose is its negative."""
        return -1.0 if self.name == "Y" else 1.0

    def on(self, qubits: Sequence[int]) -> Gate:
        """The same gate on other qubits: ``qubits[q]`` in place of q."""
        return replace(self, qubits=tuple(qubits[q] for q in self.qubits))

    def __str__(self) -> str:
        angle = "" if self.angle is None else f"({self.angle})"
        return " ".join([self.name + angle, *map(str, self.qubits)])


@dataclass(frozen=True)
class Circuit:
    """A post-selected circuit.

    Parameters
    ----------
    n_qubits : int
    gates : tuple of Gate
    inputs, outputs : tuple of int
        Open qubits at the beginning and at the end, in the order of the tensor's axes.
    factor : float
        Multiplies every amplitude: a Bell effect for a cup leaves 1/sqrt(2) out.

    Raises
    ------
    ShapeError
        If a gate is unknown, or names qubits that are not there.

    Examples
    --------
    >>> from qnlp.circuit import Circuit, Gate
    >>> bell = Circuit(2, (Gate("H", (0,)), Gate("CX", (0, 1))), outputs=(0, 1), factor=2**0.5)
    >>> bell.amplitudes().round(12).real
    array([1., 0., 0., 1.])
    """

    n_qubits: int
    gates: tuple[Gate, ...] = ()
    inputs: tuple[int, ...] = ()
    outputs: tuple[int, ...] = ()
    factor: float = 1.0
    symbols: tuple[str, ...] = field(init=False)
    """Names of the parameters, in order of their first use."""

    def __post_init__(self) -> None:
        used = (g.angle.symbol for g in self.gates if g.angle is not None)
        object.__setattr__(self, "symbols", tuple(dict.fromkeys(s for s in used if s is not None)))

    def to_core(self, symbols: Sequence[str] | None = None) -> core.Circuit:
        """The circuit of the compiled core, with parameters numbered as in `symbols`."""
        if self.n_qubits >= 2**31:
            message = f"circuit has {self.n_qubits} qubits, at most 2^24 can be described"
            raise CircuitTooLargeError(message)
        names = self.symbols if symbols is None else symbols
        number = {name: k for k, name in enumerate(names)}
        rows = []
        for k, gate in enumerate(self.gates):
            info = GATES.get(gate.name)
            if info is not None and info.has_parameter != (gate.angle is not None):
                message = (
                    f"gate {k} ({gate.name}) must have {'an' if info.has_parameter else 'no'} angle"
                )
                raise ShapeError(message)
            a = gate.angle or Angle()
            parameter = -1 if a.symbol is None else number[a.symbol]
            rows.append((gate.name, list(gate.qubits), parameter, a.scale, a.shift))
        return core.Circuit(
            self.n_qubits, rows, list(self.inputs), list(self.outputs), len(names), self.factor
        )

    def simulate(
        self,
        values: Mapping[str, float] | ArrayLike = (),
        *,
        dtype: DTypeLike = np.complex128,
        method: Method = "auto",
        limit: int | None = None,
    ) -> Simulation:
        """Run the circuit: amplitudes, probabilities, samples, expectation values and gradients.

        Parameters
        ----------
        values : mapping or array_like, shape (n_symbols,)
            Parameters in full turns, by name or in the order of `symbols`.
        dtype : {complex128, complex64}
            Of the state vector. A contraction is in double precision.
        method : {"auto", "statevector", "contraction"}
            By default whichever is estimated to cost less and fits in memory.
        limit : int, optional
            Bytes that the simulation may take; by default what `qnlp.runtime.memory_limit` says.

        Returns
        -------
        qnlp.simulate.Simulation

        Raises
        ------
        CircuitTooLargeError
            Before anything is allocated, where it would not fit.
        DomainError
            If a parameter is NaN or infinite; names it.
        ShapeError
            If parameters are missing or too many.

        Examples
        --------
        >>> from qnlp.circuit import Angle, Circuit, Gate
        >>> ry = Circuit(1, (Gate("Ry", (0,), Angle("a")),), outputs=(0,))
        >>> round(ry.simulate({"a": 0.25}).expectation("X0"), 12)
        1.0
        """
        from qnlp.simulate import Simulation

        return Simulation(self, self.vector(values), dtype, method, limit)

    def amplitudes(
        self,
        values: Mapping[str, float] | ArrayLike = (),
        *,
        dtype: DTypeLike = np.complex128,
        method: Method = "auto",
        limit: int | None = None,
    ) -> NDArray[Any]:
        """The circuit's tensor; parameters and errors as of `simulate`.

        Returns
        -------
        ndarray of dtype, shape (2 ** (n_inputs + n_outputs),)
            Axes inputs then outputs, the first axis the most significant.

        Examples
        --------
        >>> from qnlp.circuit import Circuit, Gate
        >>> Circuit(1, (Gate("X", (0,)),), outputs=(0,)).amplitudes().real
        array([0., 1.])
        """
        return self.simulate(values, dtype=dtype, method=method, limit=limit).amplitudes

    def noisy(self, noise: Noise | Mapping[str, float]) -> MixedCircuit:
        """The circuit with errors after every gate, and of reading; see `qnlp.Noise`.

        Examples
        --------
        >>> from qnlp.circuit import Circuit, Gate
        >>> bell = Circuit(2, (Gate("H", (0,)), Gate("CX", (0, 1))), outputs=(0, 1))
        >>> bell.noisy({"depolarizing": 0.1}).simulate().probabilities().round(4)
        array([0.4525, 0.0475, 0.0475, 0.4525])
        """
        from qnlp.mixed import MixedCircuit

        return MixedCircuit.of(self, noise)

    def vector(self, values: Mapping[str, float] | ArrayLike) -> NDArray[np.float64]:
        """Parameters, by name or in the order of `symbols`, as a checked vector."""
        if isinstance(values, Mapping):
            missing = [name for name in self.symbols if name not in values]
            if missing:
                message = f"values lack {missing[0]!r} and {len(missing) - 1} more of the symbols"
                raise ShapeError(message)
            values = [values[name] for name in self.symbols]
        given = np.asarray(values)
        if given.size and given.dtype.kind not in "fiu":
            message = f"values have dtype {given.dtype}, expected real numbers"
            raise TypeError(message)
        theta = np.ascontiguousarray(given, np.float64)
        if theta.shape != (len(self.symbols),):
            message = (
                f"values have shape {theta.shape}, the circuit has {len(self.symbols)} symbols"
            )
            raise ShapeError(message)
        bad = np.flatnonzero(~np.isfinite(theta))
        if len(bad):
            message = (
                f"parameter {self.symbols[bad[0]]!r} is {theta[bad[0]]}, expected a finite number"
            )
            raise DomainError(message)
        return theta

    @property
    def post_selected(self) -> tuple[int, ...]:
        """Qubits that end in <0|."""
        return tuple(q for q in range(self.n_qubits) if q not in self.outputs)

    def then(self, other: Circuit) -> Circuit:
        """Feed this circuit's outputs to another's inputs.

        Examples
        --------
        >>> from qnlp.circuit import Circuit, Gate
        >>> h = Circuit(1, (Gate("H", (0,)),), inputs=(0,), outputs=(0,))
        >>> len(h.then(h).gates), h.then(h).n_qubits
        (2, 1)
        """
        if len(self.outputs) != len(other.inputs):
            message = (
                f"circuit has {len(self.outputs)} outputs, the next has {len(other.inputs)} inputs"
            )
            raise ShapeError(message)
        place = dict(zip(other.inputs, self.outputs, strict=True))
        n = self.n_qubits
        for q in range(other.n_qubits):
            if q not in place:
                place[q] = n
                n += 1
        where = [place[q] for q in range(other.n_qubits)]
        return Circuit(
            n,
            self.gates + tuple(g.on(where) for g in other.gates),
            self.inputs,
            tuple(where[q] for q in other.outputs),
            self.factor * other.factor,
        )

    def tensor(self, *others: Circuit) -> Circuit:
        """Place circuits side by side.

        Examples
        --------
        >>> from qnlp.circuit import Circuit
        >>> ket = Circuit(1, outputs=(0,))
        >>> ket.tensor(ket, ket).outputs
        (0, 1, 2)
        """
        parts = (self, *others)
        first = np.cumsum([0, *(c.n_qubits for c in parts)]).tolist()
        shifted = [
            (c, range(begin, begin + c.n_qubits)) for c, begin in zip(parts, first, strict=False)
        ]
        return Circuit(
            first[-1],
            tuple(g.on(where) for c, where in shifted for g in c.gates),
            tuple(where[q] for c, where in shifted for q in c.inputs),
            tuple(where[q] for c, where in shifted for q in c.outputs),
            prod(c.factor for c in parts),
        )

    def dagger(self) -> Circuit:
        """The adjoint: gates inverted and in reverse order, inputs and outputs exchanged.

        Examples
        --------
        >>> from qnlp.circuit import Circuit
        >>> Circuit(1, outputs=(0,)).dagger().inputs
        (0,)
        """
        gates = tuple(g.dagger() for g in reversed(self.gates))
        return replace(self, gates=gates, inputs=self.outputs, outputs=self.inputs)

    def transpose(self) -> Circuit:
        """The circuit of the transposed tensor, axes outputs then inputs.

        Examples
        --------
        >>> import numpy as np
        >>> from qnlp.circuit import Angle, Circuit, Gate
        >>> ket = Circuit(1, (Gate("Rx", (0,), Angle("a")),), outputs=(0,))
        >>> np.allclose(ket.transpose().amplitudes([0.25]), ket.amplitudes([0.25]))
        True
        """
        gates = tuple(t for g in reversed(self.gates) for t in g.transpose())
        sign = prod(g.transpose_sign for g in self.gates)
        return replace(
            self, gates=gates, inputs=self.outputs, outputs=self.inputs, factor=self.factor * sign
        )

    def rename(self, names: Mapping[str, str]) -> Circuit:
        """The same circuit with other symbols."""

        def renamed(gate: Gate) -> Gate:
            angle = gate.angle
            if angle is None or angle.symbol is None:
                return gate
            return replace(gate, angle=replace(angle, symbol=names[angle.symbol]))

        return replace(self, gates=tuple(map(renamed, self.gates)))

    def __rshift__(self, other: object) -> Circuit:
        return self.then(other) if isinstance(other, Circuit) else NotImplemented

    def __matmul__(self, other: object) -> Circuit:
        return self.tensor(other) if isinstance(other, Circuit) else NotImplemented

    def __str__(self) -> str:
        from qnlp.draw import circuit_text

        return circuit_text(self)

    def __repr__(self) -> str:
        return (
            f"<Circuit of {self.n_qubits} qubits, {len(self.gates)} gates, "
            f"{len(self.symbols)} parameters, {len(self.inputs)} inputs, {len(self.outputs)} outputs>"
        )

    def draw(self, path: str | None = None, **options: Any) -> str:
        """Draw as SVG, or to `path` what its suffix says. Options: see `qnlp.draw.circuit_svg`."""
        from qnlp.draw.files import draw

        return draw(self, path, **options)

    def _repr_svg_(self) -> str:
        return self.draw()
