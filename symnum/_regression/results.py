"""The table of formulas that a user sees."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from symnum._frames import as_frame
from symnum.expression import Expression

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from symnum._regression.functions import Functions
    from symnum._regression.problem import Candidate


@dataclass(frozen=True)
class Equation:
    """One formula of a front.

    Attributes
    ----------
    complexity : int
        Leaves and operations when written out.
    loss : float
        Weighted mean loss on the training rows, of squared residuals by default.
    score : float
        Drop of log(loss) a unit of complexity since the formula before, as PySR has it.
    description_length : float
        Nats for the formula and the residuals together; the least is picked.
    pick : bool
        Whether it is the one that `predict` uses.
    equation : str
    expression : Expression
        Without calls of the user's own operations: with what they stand for.
    parameters : mapping
        Of a law over several data sets: for each label the values of its own constants.
    """

    complexity: int
    loss: float
    score: float
    description_length: float
    pick: bool
    equation: str
    expression: Expression
    parameters: Mapping[Any, Mapping[str, float]] = field(default_factory=dict)


@dataclass(frozen=True)
class Teller:
    """Makes rows of candidates: names of variables, the user's own operations, data sets."""

    names: tuple[str, ...]
    functions: Functions | None = None
    labels: tuple[Any, ...] = ()

    def __call__(self, candidate: Candidate, score: float, *, pick: bool) -> Equation:
        """One row."""
        own = self._own_names(candidate.program.n_variables - len(self.names))
        expression = Expression._of(candidate.program, (*self.names, *own))
        parameters = {
            label: dict(zip(own, values, strict=True))
            for label, values in zip(self.labels, candidate.own, strict=True)
            if own
        }
        return Equation(
            candidate.complexity,
            candidate.loss,
            score,
            candidate.length,
            pick,
            self.text(expression),
            expression,
            parameters,
        )

    def _own_names(self, n: int) -> list[str]:
        """Of constants that each data set has: p0, p1, ..."""
        stem = "p"
        while any(name.startswith(stem) and name[len(stem) :].isdigit() for name in self.names):
            stem += "p"
        return [f"{stem}{k}" for k in range(n)]

    def text(self, expression: Expression) -> str:
        """Infix."""
        return str(expression) if self.functions is None else self.functions.text(expression)

    def latex(self, expression: Expression) -> str:
        """LaTeX."""
        if self.functions is None:
            return expression.latex()
        return self.functions.latex(expression)


def equations_of(front: list[Candidate], best: Candidate, tell: Teller) -> list[Equation]:
    """The front, simplest first, with the chosen one in it."""
    if all(candidate is not best for candidate in front):
        front = sorted([*front, best], key=lambda c: (c.complexity, -c.loss))
    before = [None, *front[:-1]]
    return [
        tell(candidate, _score(other, candidate), pick=candidate is best)
        for other, candidate in zip(before, front, strict=True)
    ]


def _score(before: Candidate | None, candidate: Candidate) -> float:
    if before is None or candidate.complexity == before.complexity:
        return 0.0
    tiny = float(np.finfo(np.float64).tiny)
    drop = np.log(max(before.loss, tiny)) - np.log(max(candidate.loss, tiny))
    return float(max(drop, 0.0) / (candidate.complexity - before.complexity))


def reporter(
    on_better: Callable[[Expression], None] | None, tell: Teller
) -> Callable[[Candidate], None] | None:
    """Tells the user's function of a candidate where it is a new one."""
    if on_better is None:
        return None
    last: list[Candidate] = []

    def report(candidate: Candidate) -> None:
        if last[-1:] != [candidate]:
            last[:] = [candidate]
            on_better(tell(candidate, 0.0, pick=False).expression)

    return report


def as_table(rows: Sequence[Equation]) -> Any:
    """A pandas data frame where pandas is installed, else the rows themselves."""
    without = () if any(row.parameters for row in rows) else ("parameters",)
    return as_frame(rows, Equation, without)


def as_text(rows: Sequence[Equation]) -> str:
    """The front as lines of text; the chosen formula has an arrow."""
    lines = ["    complexity  loss        equation"]
    for row in rows:
        mark = ">>> " if row.pick else "    "
        lines.append(f"{mark}{row.complexity:<10}  {row.loss:<10.4g}  {row.equation}")
    pick = next((row for row in rows if row.pick), None)
    for label, values in pick.parameters.items() if pick is not None else ():
        numbers = ", ".join(f"{name} = {value:.6g}" for name, value in values.items())
        lines.append(f"      {label}: {numbers}")
    return "\n".join(lines)


def latex_table(rows: Sequence[Equation], precision: int, tell: Teller) -> str:
    """The front as a LaTeX table."""
    lines = [
        r"\begin{tabular}{@{}rrl@{}}",
        r"\toprule",
        r"Complexity & Loss & Equation \\",
        r"\midrule",
    ]
    for row in rows:
        loss = f"{row.loss:.{precision}g}"
        if "e" in loss:
            mantissa, power = loss.split("e")
            loss = rf"{mantissa} \cdot 10^{{{int(power)}}}"
        lines.append(rf"${row.complexity}$ & ${loss}$ & ${tell.latex(row.expression)}$ \\")
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}"])
