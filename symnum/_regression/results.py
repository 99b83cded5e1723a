"""The table of formulas that a user sees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from symnum._frames import as_frame
from symnum.expression import Expression

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from symnum._regression.archive import Archive
    from symnum._regression.problem import Candidate


@dataclass(frozen=True)
class Equation:
    """One formula of a front.

    Attributes
    ----------
    complexity : int
        Leaves and operations when written out.
    loss : float
        Weighted mean square residual on the training rows.
    score : float
        Drop of log(loss) a unit of complexity since the formula before, as PySR has it.
    description_length : float
        Nats for the formula and the residuals together; the least is picked.
    pick : bool
        Whether it is the one that `predict` uses.
    equation : str
    expression : Expression
    """

    complexity: int
    loss: float
    score: float
    description_length: float
    pick: bool
    equation: str
    expression: Expression


def equations_of(archive: Archive, names: tuple[str, ...], selection: str) -> list[Equation]:
    """The front of an archive, simplest first, with the chosen one in it."""
    front = archive.front()
    best = archive.best() if selection == "best" else front[-1]
    if all(candidate is not best for candidate in front):
        front = sorted([*front, best], key=lambda c: (c.complexity, -c.loss))
    rows = []
    before: Candidate | None = None
    for candidate in front:
        rows.append(_row(candidate, names, _score(before, candidate), pick=candidate is best))
        before = candidate
    return rows


def all_of(archive: Archive, names: tuple[str, ...]) -> list[Equation]:
    """Everything kept, the shortest description first."""
    everything = archive.everything()
    return [_row(c, names, 0.0, pick=k == 0) for k, c in enumerate(everything)]


def _row(candidate: Candidate, names: tuple[str, ...], score: float, *, pick: bool) -> Equation:
    expression = Expression._of(candidate.program, names)
    return Equation(
        candidate.complexity,
        candidate.loss,
        score,
        candidate.length,
        pick,
        str(expression),
        expression,
    )


def _score(before: Candidate | None, candidate: Candidate) -> float:
    if before is None or candidate.complexity == before.complexity:
        return 0.0
    tiny = float(np.finfo(np.float64).tiny)
    drop = np.log(max(before.loss, tiny)) - np.log(max(candidate.loss, tiny))
    return float(max(drop, 0.0) / (candidate.complexity - before.complexity))


def reporter(
    on_better: Callable[[Expression], None] | None, names: tuple[str, ...]
) -> Callable[[Candidate], None] | None:
    """Tells the user's function of a candidate where it is a new one."""
    if on_better is None:
        return None
    last: list[Candidate] = []

    def report(candidate: Candidate) -> None:
        if last[-1:] != [candidate]:
            last[:] = [candidate]
            on_better(Expression._of(candidate.program, names))

    return report


def as_table(rows: Sequence[Equation]) -> Any:
    """A pandas data frame where pandas is installed, else the rows themselves."""
    return as_frame(rows, Equation)


def as_text(rows: Sequence[Equation]) -> str:
    """The front as lines of text; the chosen formula has an arrow."""
    lines = ["    complexity  loss        equation"]
    for row in rows:
        mark = ">>> " if row.pick else "    "
        lines.append(f"{mark}{row.complexity:<10}  {row.loss:<10.4g}  {row.equation}")
    return "\n".join(lines)


def latex_table(rows: Sequence[Equation], precision: int) -> str:
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
        lines.append(rf"${row.complexity}$ & ${loss}$ & ${row.expression.latex()}$ \\")
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}"])
