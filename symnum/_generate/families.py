"""The 15 families of systems on which PROSE is trained (Liu, Sun, et al., arXiv:2309.16816)."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from symnum.expression import Expression
from symnum.odes import ODESystem


@dataclass(frozen=True)
class Family:
    """Systems that differ in their coefficients.

    Parameters
    ----------
    name : str
    equations : tuple of str
        Over the states u0, u1, ... and the coefficients.
    centres : dict of str to float
        The middle of the range of each parameter.
    coefficients : dict of str to str
        Those that are not parameters themselves, as formulas of these.
    is_chaotic : bool
        Whether nearby trajectories part at an exponential rate at the centres.
    """

    name: str
    equations: tuple[str, ...]
    centres: dict[str, float]
    coefficients: dict[str, str] = field(default_factory=dict)
    is_chaotic: bool = True

    @property
    def n_states(self) -> int:
        """Number of states."""
        return len(self.equations)

    @property
    def states(self) -> tuple[str, ...]:
        """Their names."""
        return tuple(f"u{k}" for k in range(self.n_states))

    @cached_property
    def system(self) -> ODESystem:
        """The system, its coefficients without values."""
        return ODESystem(self.equations, self.states)

    @cached_property
    def formulas(self) -> tuple[Expression, ...]:
        """Each coefficient of `system`, in its order, over the parameters in theirs."""
        names = tuple(self.centres)
        return tuple(
            Expression(self.coefficients.get(name, name), names)
            for name in self.system.parameter_names
        )


# The double pendulum has g/l in its coefficients alone; Chen-Lee's b is fixed to -10, and Aizawa's
# right-hand side leaves out e, as in the source.
FAMILIES: tuple[Family, ...] = (
    Family(
        "thomas",
        ("sin(u1) - b*u0", "sin(u2) - b*u1", "sin(u0) - b*u2"),
        {"b": 0.17},
    ),
    Family(
        "lorenz_3d",
        ("sigma*(u1 - u0)", "u0*(rho - u2) - u1", "u0*u1 - beta*u2"),
        {"sigma": 10.0, "beta": 8 / 3, "rho": 28.0},
    ),
    Family(
        "aizawa",
        (
            "(u2 - b)*u0 - d*u1",
            "d*u0 + (u2 - b)*u1",
            "c + a*u2 - u2**3/3 - u0**2 + f*u2*u0**3",
        ),
        {"a": 0.95, "b": 0.7, "c": 0.6, "d": 3.5, "f": 0.1},
    ),
    Family(
        "chen_lee",
        ("a*u0 - u1*u2", "-10*u1 + u0*u2", "d*u2 + u0*u1/3"),
        {"a": 5.0, "d": -0.38},
    ),
    Family(
        "dadras",
        ("u1/2 - a*u0 + b*u1*u2", "c*u1 - u0*u2/2 + u2/2", "d*u0*u1 - k*u2"),
        {"a": 1.25, "b": 1.15, "c": 0.75, "d": 0.8, "k": 4.0},
    ),
    Family(
        "rossler",
        ("-u1 - u2", "u0 + a*u1", "b + u2*(u0 - c)"),
        {"a": 0.1, "b": 0.1, "c": 14.0},
    ),
    Family(
        "halvorsen",
        (
            "a*u0 - u1 - u2 - u1**2/4",
            "a*u1 - u2 - u0 - u2**2/4",
            "a*u2 - u0 - u1 - u0**2/4",
        ),
        {"a": -0.35},
    ),
    Family(
        "fabrikant",
        (
            "u1*(u2 - 1 + u0**2) + g*u0",
            "u0*(3*u2 + 1 - u0**2) + g*u1",
            "-a*u2 - 2*u0*u1*u2",
        ),
        {"alpha": 0.98, "gamma": 0.1},
        {"a": "2*alpha", "g": "gamma"},
    ),
    Family(
        "sprott_B",
        ("a*u1*u2", "u0 - b*u1", "c - u0*u1"),
        {"a": 0.4, "b": 1.2, "c": 1.0},
    ),
    Family(
        "sprott_linz_F",
        ("u1 + u2", "-u0 + a*u1", "u0**2 - u2"),
        {"a": 0.5},
    ),
    Family(
        "four_wing",
        ("a*u0 + u1*u2", "b*u0 + c*u1 - u0*u2", "-u2 - u0*u1"),
        {"a": 0.2, "b": 0.01, "c": -0.4},
    ),
    Family(
        "lorenz_96_4d",
        (
            "(u1 - u2)*u3 - u0 + F",
            "(u2 - u3)*u0 - u1 + F",
            "(u3 - u0)*u1 - u2 + F",
            "(u0 - u1)*u2 - u3 + F",
        ),
        {"F": 8.0},
    ),
    Family(
        "lorenz_96_5d",
        (
            "(u1 - u3)*u4 - u0 + F",
            "(u2 - u4)*u0 - u1 + F",
            "(u3 - u0)*u1 - u2 + F",
            "(u4 - u1)*u2 - u3 + F",
            "(u0 - u2)*u3 - u4 + F",
        ),
        {"F": 8.0},
    ),
    Family(
        "duffing",
        ("1", "u2", "delta*u2 + alpha*u1 + beta*u1**3 + gamma*cos(omega*u0)"),
        {"alpha": -1.0, "beta": -5.0, "gamma": 8.0, "delta": -0.02, "omega": 0.5},
    ),
    Family(
        "double_pendulum",
        (
            "u2",
            "u3",
            (
                "(a*sin(u0) + b*sin(u0 - 2*u1) - 2*sin(u0 - u1)*(u3**2 + u2**2*cos(u0 - u1)))"
                "/(3 - cos(2*(u0 - u1)))"
            ),
            "sin(u0 - u1)*(4*u2**2 + c*cos(u0) + u3**2*cos(u0 - u1))/(3 - cos(2*(u0 - u1)))",
        ),
        {"g": 9.81, "l": 1.0},
        {"a": "-3*g/l", "b": "-g/l", "c": "4*g/l"},
    ),
)

BY_NAME = {family.name: family for family in FAMILIES}
