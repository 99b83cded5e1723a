"""Systems of ordinary differential equations whose right-hand sides are formulas.

An `ODESystem` is a list of programs of the compiled core. It is solved there, many trajectories at
a time, one a lane of the vector registers: Python never sees a step.
"""

from __future__ import annotations

from itertools import count, islice
from typing import TYPE_CHECKING

import numpy as np

from symnum import _programs
from symnum._core import expression as core
from symnum._core import ode
from symnum._equations import parts_of, split
from symnum._trajectories import Simulation, as_batch, as_floats, as_parameters, simulation
from symnum.errors import ExpressionError, ShapeError
from symnum.expression import Expression

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

__all__ = ["ODESystem", "Simulation"]

_MAX_BYTES = 2**33


class ODESystem:
    """First-order differential equations dy/dt = f(y, t, p).

    Parameters
    ----------
    equations : mapping from str to (str or Expression), or sequence of (str or Expression)
        The derivative of each state. The names of a mapping are the states.
    states : sequence of str, optional
        Names of the states where `equations` is a sequence; without it ``x0``, ``x1``, ...
    parameters : mapping from str to float, optional
        Values of other names in the equations. One without a value needs it in `simulate`.
    time : str
        The name of time in the equations.
    functions : mapping from str to Expression, optional
        The user's own operations in texts, as for `Expression`.

    Attributes
    ----------
    states : tuple of str
    time : str
    parameter_names : tuple of str
        The other names, sorted, then ``c0``, ``c1``, ... for the constants of the equations, in
        the order in which they stand there. An integer is exact, and no constant.
    n_named : int
        How many of these stand in the equations as names.
    parameters : dict from str to float
        The values that are known.
    equations : tuple of Expression
        The right-hand sides.

    Raises
    ------
    ParseError
        If a text is no expression.
    ExpressionError
        If there are no equations, a name is used twice, or `parameters` has an unknown name.
    ShapeError
        If the number of `states` is not that of `equations`.

    Notes
    -----
    Immutable. Nothing that is read from a text is ever run as code.

    Examples
    --------
    >>> from symnum import ODESystem
    >>> pendulum = ODESystem({"angle": "speed", "speed": "-g/l*sin(angle)"}, parameters={"g": 9.81})
    >>> pendulum.parameter_names
    ('g', 'l')
    >>> pendulum.simulate([0.1, 0.0], [0.0, 1.0, 2.0], parameters={"l": [1.0, 2.0]})
    <Simulation of shape (2, 3, 2): 2 of 2: values at all times>
    """

    states: tuple[str, ...]
    time: str
    parameter_names: tuple[str, ...]
    n_named: int
    parameters: dict[str, float]
    equations: tuple[Expression, ...]

    def __init__(
        self,
        equations: Mapping[str, str | Expression] | Sequence[str | Expression],
        states: Sequence[str] | None = None,
        parameters: Mapping[str, float] | None = None,
        time: str = "t",
        functions: Mapping[str, Expression] | None = None,
    ) -> None:
        self.states, self.equations = split(equations, states, functions)
        self.time = time
        known = (*self.states, time)
        for name in known:
            core.check_name(name)
        if len(set(known)) != len(known):
            message = f"states and time have a name twice: {', '.join(known)}"
            raise ExpressionError(message)
        read = [(f._program, f.variables) for f in self.equations]
        used = {names[k] for program, names in read for k in _programs.variables_in(program)}
        named = sorted(used - set(known))
        every = [*known, *named]
        self._programs = [_programs.over(program, names, every) for program, names in read]
        self.n_named = len(named)
        constants = [value for program in self._programs for value in program.constants]
        free = (name for name in (f"c{k}" for k in count()) if name not in every)
        own = list(islice(free, len(constants)))
        self.parameter_names = (*named, *own)
        self.parameters = dict(zip(own, constants, strict=True))
        self._systems: dict[tuple[str, ...], ode.System] = {}
        self._set(parameters or {})
        constants = [self.parameters[name] for name in own]
        self._constants = parts_of(constants, [len(p.constants) for p in self._programs])
        self.equations = tuple(
            f.with_constants(part) for f, part in zip(self.equations, self._constants, strict=True)
        )

    def _set(self, parameters: Mapping[str, float]) -> None:
        for name, value in parameters.items():
            if name not in self.parameter_names:
                message = (
                    f"parameters has the name {name!r}, the equations have"
                    f" {', '.join(self.parameter_names) or 'none'}"
                )
                raise ExpressionError(message)
            self.parameters[name] = float(value)

    @property
    def n_states(self) -> int:
        """Number of states and of equations."""
        return len(self.states)

    def with_parameters(self, parameters: Mapping[str, float]) -> ODESystem:
        """The same equations with other values; those of constants stand in the equations.

        Parameters
        ----------
        parameters : mapping from str to float
            Of names in `parameter_names`.

        Returns
        -------
        ODESystem

        Examples
        --------
        >>> from symnum import ODESystem
        >>> print(ODESystem({"x": "-0.5*x"}).with_parameters({"c0": -0.25}))
        x' = -0.25*x
        """
        values = {**self.parameters, **parameters}
        return ODESystem(self.equations, self.states, values, self.time)

    def simulate(
        self,
        y0: ArrayLike,
        times: ArrayLike,
        *,
        parameters: Mapping[str, ArrayLike] | ArrayLike | None = None,
        sensitivities: Sequence[str] = (),
        method: str = "auto",
        rtol: float = 1e-6,
        atol: ArrayLike = 1e-9,
        limit: float = np.inf,
        max_step: float = np.inf,
        max_steps: int = 100_000,
        max_seconds: float = np.inf,
    ) -> Simulation:
        """Solve from an initial value, or from many at once.

        Parameters
        ----------
        y0 : array_like, shape (n_states,) or (n_trajectories, n_states)
            The states at the first time.
        times : array_like, shape (n_times,) or (n_trajectories, n_times)
            Where values are wanted; the first is where `y0` holds. They never descend; a time may
            be there twice.
        parameters : mapping from str to array_like, or array_like, optional
            Values other than those of the system: of each name one, or one a trajectory. An array
            has all, in the order of `parameter_names`, shape (n_parameters,) or
            (n_trajectories, n_parameters).
        sensitivities : sequence of str
            What to differentiate by: names of parameters, and of states for their initial values.
        method : {"auto", "dopri5", "rosenbrock"}
            The explicit method, the one for stiff systems, or the first until it finds a trajectory
            stiff.
        rtol, atol : float
            A step's error in a state y is to be about ``atol + rtol*abs(y)``, as root mean square
            over the states. `atol` may have one value a state.
        limit : float
            A trajectory in which a state passes it ends as ``"blow_up"``.
        max_step : float
        max_steps : int
            Of each trajectory, rejected ones too.
        max_seconds : float
            Of the whole call. Where it ends a call, results depend on the machine.

        Returns
        -------
        Simulation
            Also where a trajectory ended early: its `outcomes` say why. Without an axis of
            trajectories where no argument has one.

        Raises
        ------
        ShapeError
            If a shape disagrees, or a parameter has no value or an unknown name.
        DomainError
            If a number is not finite, times descend, or an option is out of range.
        TooLargeError
            If `values` would need over 8 GiB, or the system has over 200 states (with their
            sensitivities) for the stiff method, 2,000 for the other.

        Notes
        -----
        Uses `num_threads` threads; the bits of a trajectory depend neither on it nor on the other
        trajectories. Releases the GIL; Ctrl-C is heard.

        Step sizes are chosen for the states alone: asking for sensitivities changes no value, and
        they are the derivatives of the numerical solution at those steps.

        Methods: Dormand and Prince 1980, doi:10.1016/0771-050X(80)90013-3, with dense output of
        order 4; RODAS of order 4, Hairer and Wanner, Solving Ordinary Differential Equations II,
        1996, with the exact Jacobian and dense output of order 3.

        Examples
        --------
        >>> from symnum import ODESystem
        >>> decay = ODESystem({"x": "-k*x"}, parameters={"k": 0.5})
        >>> found = decay.simulate([1.0], [0.0, 1.0, 2.0], sensitivities=["k"], rtol=1e-9)
        >>> found.values[:, 0].round(6)
        array([1.      , 0.606531, 0.367879])
        >>> found.sensitivities[:, 0, 0].round(6)
        array([ 0.      , -0.606531, -0.735759])
        >>> ODESystem({"x": "x**2"}).simulate([1.0], [0.0, 2.0]).outcomes
        np.str_('blow_up')
        """
        system, order = self._compiled(tuple(sensitivities))
        arrays, single = as_batch(
            as_floats(y0, "y0"),
            as_parameters(parameters, self.parameter_names, self.parameters),
            as_floats(times, "times"),
            self.n_states,
        )
        tolerances = np.broadcast_to(as_floats(atol, "atol"), (self.n_states,)).tolist()
        solved = ode.solve(
            system,
            *arrays,
            method,
            rtol,
            tolerances,
            0.0,
            max_step,
            limit,
            max_steps,
            max_seconds,
            _MAX_BYTES,
        )
        return simulation(solved, as_floats(times, "times"), self.n_states, order, single)

    def _compiled(self, wanted: tuple[str, ...]) -> tuple[ode.System, list[int]]:
        """The system of the core, and where its directions are that are `wanted`."""
        unknown = [n for n in wanted if n not in self.states and n not in self.parameter_names]
        if unknown:
            message = (
                f"sensitivities has the name {unknown[0]!r}, expected one of"
                f" {', '.join((*self.states, *self.parameter_names))}"
            )
            raise ShapeError(message)
        initial = [name for name in self.states if name in wanted]
        rest = [name for name in self.parameter_names if name in wanted]
        key = (*initial, *rest)
        if key not in self._systems:
            self._systems[key] = ode.System(self._programs, self.n_named).with_sensitivities(
                [self.states.index(name) for name in initial],
                [self.parameter_names.index(name) for name in rest],
            )
        return self._systems[key], [key.index(name) for name in wanted]

    def derivatives(self, y: ArrayLike, t: ArrayLike = 0.0) -> NDArray[np.float64]:
        """The right-hand sides on many points, with the values that the parameters have.

        Parameters
        ----------
        y : array_like, shape (n_points, n_states)
        t : array_like, shape () or (n_points,)

        Returns
        -------
        ndarray of float64, shape (n_points, n_states)

        Raises
        ------
        ShapeError
            If a shape disagrees, or a parameter has no value.

        Examples
        --------
        >>> from symnum import ODESystem
        >>> ODESystem({"x": "v", "v": "-x"}).derivatives([[1.0, 2.0]])
        array([[ 2., -1.]])
        """
        points = as_floats(y, "y")
        if points.ndim != 2 or points.shape[1] != self.n_states:
            message = f"y has shape {points.shape}, expected (n_points, {self.n_states})"
            raise ShapeError(message)
        values = as_parameters(None, self.parameter_names, self.parameters)
        columns = np.empty((self.n_states + 1 + self.n_named, len(points)))
        columns[: self.n_states] = points.T
        columns[self.n_states] = as_floats(t, "t")
        columns[self.n_states + 1 :] = values[: self.n_named, np.newaxis]
        return core.evaluate_float64(self._programs, self._constants, columns).T

    def __str__(self) -> str:
        return "\n".join(
            f"{name}' = {side}" for name, side in zip(self.states, self.equations, strict=True)
        )

    def __repr__(self) -> str:
        sides = ", ".join(
            f"{name!r}: {str(side)!r}"
            for name, side in zip(self.states, self.equations, strict=True)
        )
        tail = f", parameters={self._named()!r}" if self._named() else ""
        tail += f", time={self.time!r}" if self.time != "t" else ""
        return f"ODESystem({{{sides}}}{tail})"

    def _named(self) -> dict[str, float]:
        names = self.parameter_names[: self.n_named]
        return {name: self.parameters[name] for name in names if name in self.parameters}

    def latex(self) -> str:
        r"""The equations in LaTeX, for math mode.

        Returns
        -------
        str

        Examples
        --------
        >>> from symnum import ODESystem
        >>> print(ODESystem({"x": "v", "v": "-x/2"}).latex())
        \begin{aligned}
        \dot{x} &= v \\
        \dot{v} &= \frac{-x}{2}
        \end{aligned}
        """
        rows = [
            rf"\dot{{{Expression(name).latex()}}} &= {side.latex()}"
            for name, side in zip(self.states, self.equations, strict=True)
        ]
        return "\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}"

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ODESystem):
            return NotImplemented
        return self._key() == other._key()

    def __hash__(self) -> int:
        return hash((self.states, self.equations))

    def _key(self) -> tuple[object, ...]:
        return self.equations, self.states, self._named(), self.time

    def __reduce__(self) -> tuple[type[ODESystem], tuple[object, ...]]:
        return ODESystem, self._key()
