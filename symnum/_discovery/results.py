"""The table of systems that a user sees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from symnum._frames import as_frame
from symnum.expression import Expression
from symnum.odes import ODESystem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from symnum._discovery.search import Model, Search


@dataclass(frozen=True)
class SystemRow:
    """One system of a front.

    Attributes
    ----------
    complexity : int
        Leaves and operations of all right-hand sides.
    loss : float
        Mean square of what the fitted trajectories leave, over the size of each state, the mean
        over states.
    score : float
        Drop of log(loss) a unit of complexity since the system before.
    description_length : float
        Nats for the system and the residuals together; the least is picked.
    pick : bool
        Whether it is the one that `simulate` uses.
    equations : str
        One line a state.
    system : ODESystem
    """

    complexity: int
    loss: float
    score: float
    description_length: float
    pick: bool
    equations: str
    system: ODESystem


def system_of(model: Model, names: Sequence[str]) -> ODESystem:
    """A model over the user's names of states, simplified."""
    sides = []
    for side in model.sides:
        plain = side.expression
        shorter = plain.simplify()
        kept = shorter if len(shorter.constants) <= len(plain.constants) else plain
        sides.append(Expression._of(kept._program, tuple(names)))
    return ODESystem(sides, tuple(names), time=free_name(names))


def free_name(names: Sequence[str]) -> str:
    """A name for time that is no state's."""
    return next(n for n in ("t", "time", "tau", "time_") if n not in names)


def front(models: Sequence[Model]) -> list[Model]:
    """For each complexity the least loss, where that is less than for all simpler ones."""
    found: list[Model] = []
    for model in sorted(models, key=lambda m: (m.complexity, loss(m))):
        if np.isfinite(loss(model)) and (not found or loss(model) < loss(found[-1])):
            found.append(model)
    return found


def loss(model: Model) -> float:
    """Mean of the states' relative mean squares."""
    return float(np.mean(model.mean_squares))


def rows_of(search: Search, names: tuple[str, ...], selection: str) -> list[SystemRow]:
    """The front, simplest first, with the chosen system in it."""
    models = front(list(search.models.values()))
    best = search.best if selection == "best" else models[-1]
    if all(model is not best for model in models):
        models = sorted([*models, best], key=lambda m: (m.complexity, -loss(m)))
    rows: list[SystemRow] = []
    for before, model in zip([None, *models[:-1]], models, strict=True):
        system = system_of(model, names)
        rows.append(
            SystemRow(
                model.complexity,
                loss(model),
                _score(before, model),
                model.length,
                model is best,
                str(system),
                system,
            )
        )
    return rows


def _score(before: Model | None, model: Model) -> float:
    if before is None or before.complexity == model.complexity:
        return 0.0
    tiny = float(np.finfo(np.float64).tiny)
    drop = np.log(max(loss(before), tiny)) - np.log(max(loss(model), tiny))
    return float(max(drop, 0.0) / (model.complexity - before.complexity))


def as_table(rows: Sequence[SystemRow]) -> Any:
    """A pandas data frame where pandas is installed, else the rows themselves."""
    return as_frame(rows, SystemRow)


def as_text(rows: Sequence[SystemRow]) -> str:
    """The front as lines of text; the chosen system has an arrow."""
    lines = ["    complexity  loss        equations"]
    for row in rows:
        mark = ">>> " if row.pick else "    "
        first, *others = row.equations.splitlines()
        lines.append(f"{mark}{row.complexity:<10}  {row.loss:<10.4g}  {first}")
        lines += [" " * 28 + other for other in others]
    return "\n".join(lines)
