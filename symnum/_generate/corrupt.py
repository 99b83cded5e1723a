"""Data with noise, and systems that are nearly right: what a model is to mend."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from symnum._core import expression as core
from symnum._generate.draws import Draws, check_seed, item_seeds, normals
from symnum._terms import terms, total
from symnum._trajectories import as_floats
from symnum.errors import DomainError, ShapeError
from symnum.expression import Expression
from symnum.odes import ODESystem

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray


def add_noise(values: ArrayLike, level: float, *, seed: int, item: int = 0) -> NDArray[np.float64]:
    """Add normal noise whose size is relative to that of each trajectory.

    Parameters
    ----------
    values : array_like, shape (n_times, n_states) or (n_trajectories, n_times, n_states)
    level : float
        The expected norm of the noise over the norm of its trajectory.
    seed : int
    item : int
        The number of the first trajectory: each has noise of its own.

    Returns
    -------
    ndarray of float64, of the same shape

    Raises
    ------
    ShapeError
        If `values` has another rank.
    DomainError
        If `level` is negative or not finite.

    Examples
    --------
    >>> import numpy as np
    >>> from symnum.generate import add_noise
    >>> x = np.ones((1000, 1))
    >>> bool(abs(np.linalg.norm(add_noise(x, 0.02, seed=0) - x) / np.linalg.norm(x) - 0.02) < 1e-3)
    True
    """
    check_seed(seed)
    if not 0.0 <= level < np.inf:
        message = f"level is {level}, expected a finite number of at least 0"
        raise DomainError(message)
    clean = as_floats(values, "values")
    if clean.ndim not in {2, 3}:
        message = f"values has shape {clean.shape}, expected (n_times, n_states) or one axis more"
        raise ShapeError(message)
    rows = clean.reshape(1 if clean.ndim == 2 else len(clean), -1)
    seeds = item_seeds(seed, item + np.arange(len(rows)))
    spread = level * np.sqrt(np.mean(np.square(rows), axis=1, keepdims=True))
    return np.reshape(rows + spread * normals(seeds, rows.shape[1]), clean.shape)


@dataclass(frozen=True)
class Guess:
    """A system that is nearly the true one.

    Attributes
    ----------
    system : ODESystem
    change : str
        ``"none"``, ``"deleted"`` (a term), ``"added"`` (a term) or ``"coefficients"``.
    """

    system: ODESystem
    change: str


def corrupt_system(
    system: ODESystem,
    *,
    seed: int,
    item: int = 0,
    delete: float = 0.15,
    add: float = 0.15,
    misspecify: float = 0.0,
    spread: float = 0.5,
) -> Guess:
    """Take a term away, add one, or change the coefficients, each with its probability.

    Parameters
    ----------
    system : ODESystem
        All its parameters have values.
    seed, item : int
        Each item has draws of its own.
    delete : float
        Probability that one term of one equation is left out.
    add : float
        Probability that one equation has a term more: a constant, a state, or a product of two.
    misspecify : float
        Probability that each constant is multiplied by a number whose logarithm is normal.
    spread : float
        Its standard deviation.

    Returns
    -------
    Guess
        Its parameters stand in the equations as constants.

    Raises
    ------
    DomainError
        If the probabilities are no distribution.
    ShapeError
        If a parameter has no value.

    Notes
    -----
    The corruptions of PROSE, Liu et al., arXiv:2309.16816.

    Examples
    --------
    >>> from symnum import ODESystem
    >>> from symnum.generate import corrupt_system
    >>> lorenz = ODESystem(["10*(x1 - x0)", "x0*(28 - x2) - x1", "x0*x1 - 2.67*x2"])
    >>> print(corrupt_system(lorenz, seed=0, delete=1, add=0).system)
    x0' = 10*(x1 - x0)
    x1' = -x1
    x2' = x0*x1 - 2.67*x2
    """
    chances = {"deleted": delete, "added": add, "coefficients": misspecify}
    if min(chances.values()) < 0.0 or not sum(chances.values()) <= 1.0:
        message = (
            f"delete, add and misspecify are {delete}, {add} and {misspecify}, expected"
            " probabilities whose sum is at most 1"
        )
        raise DomainError(message)
    check_seed(seed)
    random = Draws.of_item(seed, item)
    sides = sides_with_values(system)
    ways = (*chances, "none")
    change = random.one_of(ways, [*chances.values(), 1.0 - sum(chances.values())])
    if change == "coefficients":
        sides = [_misspecified(side, random, spread) for side in sides]
    elif change != "none":
        sides = _CHANGES[change](sides, system.states, random)
    return Guess(ODESystem(sides, system.states, time=system.time), change)


def sides_with_values(system: ODESystem) -> list[Expression]:
    """The right-hand sides over states and time, parameters being constants. Raises ShapeError."""
    names = system.parameter_names[: system.n_named]
    missing = [name for name in names if name not in system.parameters]
    if missing:
        message = f"system has no value for {missing[0]!r}, expected one of each parameter"
        raise ShapeError(message)
    over = (*system.states, system.time)
    sides = []
    for side in system.equations:
        builder = core.Builder(len(over))
        places = [
            builder.variable(over.index(name))
            if name in over
            else builder.constant(system.parameters[name])
            for name in side.variables
        ]
        sides.append(Expression._of(builder.build(builder.insert(side._program, places)), over))
    return sides


def _misspecified(side: Expression, random: Draws, spread: float) -> Expression:
    n = len(side.constants)
    seeds = np.array([int(random.unit() * 2.0**53)], np.uint64)
    return side.with_constants(side.constants * np.exp(spread * normals(seeds, n)[0]))


def _deleted(sides: list[Expression], states: tuple[str, ...], random: Draws) -> list[Expression]:
    """Without one term, of an equation that has others where there is one."""
    every = [terms(side) for side in sides]
    places = [(k, j) for k, own in enumerate(every) for j in range(len(own)) if len(own) > 1]
    k, j = random.one_of(places or [(k, 0) for k in range(len(sides))])
    rest = [term for place, term in enumerate(every[k]) if place != j]
    return [*sides[:k], total(rest, sides[k].variables), *sides[k + 1 :]]


def _added(sides: list[Expression], states: tuple[str, ...], random: Draws) -> list[Expression]:
    """With one more term: a coefficient times 1, a state or a product of two."""
    k = random.below(len(sides))
    variables = sides[k].variables
    builder = core.Builder(len(variables))
    node = builder.constant(random.number(0.1, 10.0))
    for _ in range(random.below(3)):
        node = builder.apply("mul", [node, builder.variable(random.below(len(states)))])
    term = Expression._of(builder.build(node), variables)
    return [*sides[:k], total([*terms(sides[k]), term], variables), *sides[k + 1 :]]


_CHANGES: dict[str, Callable[[list[Expression], tuple[str, ...], Draws], list[Expression]]] = {
    "deleted": _deleted,
    "added": _added,
}
