"""The command `symnum`: formulas from a table in a file.

Results go to standard output, all else to standard error. Exit codes: 0 all well, 1 the work
failed, 2 the command was wrong, 130 Ctrl-C.
"""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path  # noqa: TC003 - typer reads the annotations
from typing import TYPE_CHECKING, Annotated

import numpy as np
import typer

from symnum.errors import DomainError, SymnumError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from symnum.regressor import SymbolicRegressor

__all__ = ["app", "main"]

app = typer.Typer(
    help="Formulas from data.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
)


def read_table(path: Path) -> tuple[list[str], NDArray[np.float64]]:
    """Names and numbers of a file of comma-separated values with a header.

    Parameters
    ----------
    path : Path

    Returns
    -------
    names : list of str
    values : ndarray of float64, shape (n_rows, n_columns)

    Raises
    ------
    DomainError
        With the line, if a row has another length than the header or a value that is no number.
    """
    with path.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.reader(file)
        names = [name.strip() for name in next(reader, [])]
        if not names:
            message = f"{path} is empty, expected a header and rows of numbers"
            raise DomainError(message)
        rows = [_row(path, reader.line_num, names, cells) for cells in reader if cells]
    return names, np.array(rows, np.float64).reshape(len(rows), len(names))


def _row(path: Path, line: int, names: list[str], cells: list[str]) -> list[float]:
    if len(cells) != len(names):
        message = f"{path}:{line}: row has {len(cells)} values, expected {len(names)}"
        raise DomainError(message)
    values = []
    for name, cell in zip(names, cells, strict=True):
        try:
            values.append(float(cell))
        except ValueError:
            message = f"{path}:{line}: column {name!r} has {cell!r}, expected a number"
            raise DomainError(message) from None
    return values


def _show(model: SymbolicRegressor, *, as_json: bool) -> None:
    if not as_json:
        typer.echo(str(model))
        return
    rows = [
        {
            "complexity": row.complexity,
            "loss": row.loss,
            "score": row.score,
            "description_length": row.description_length,
            "pick": row.pick,
            "equation": row.equation,
            "latex": row.expression.latex(),
        }
        for row in model._front
    ]
    typer.echo(json.dumps({"is_exact": model.is_exact_, "equations": rows}, indent=1))


@app.command()
def fit(
    data: Annotated[Path, typer.Argument(help="Comma-separated values with a header.")],
    target: Annotated[str, typer.Option(help="The column to explain.")],
    time: Annotated[float, typer.Option(help="Seconds to search at most.")] = 10.0,
    seed: Annotated[int, typer.Option(help="Of the rows that stand for all.")] = 0,
    threads: Annotated[int, typer.Option(help="No result depends on it.")] = 1,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    save: Annotated[Path | None, typer.Option(help="Write the fitted model here.")] = None,
) -> None:
    """Rank formulas for one column of a table by the others."""
    from symnum.regressor import SymbolicRegressor
    from symnum.threads import set_num_threads

    names, values = read_table(data)
    if target not in names:
        message = f"--target is {target!r}, expected one of {', '.join(names)}"
        raise typer.BadParameter(message)
    column = names.index(target)
    others = [k for k in range(len(names)) if k != column]
    if not others:
        message = f"{data} has the column {target!r} alone, expected others to explain it by"
        raise DomainError(message)
    set_num_threads(threads)
    model = SymbolicRegressor(timeout_in_seconds=time, random_state=seed)
    variables = [names[k] for k in others]
    model.fit(values[:, others], values[:, column], variable_names=variables)
    if save is not None:
        model.save(save)
    _show(model, as_json=json)
    if model.was_interrupted_:
        raise typer.Exit(130)


@app.command()
def demo() -> None:
    """Rediscover a law from a table made on the spot."""
    from symnum.regressor import SymbolicRegressor

    rng = np.random.default_rng(0)
    u, v, c = rng.uniform(1.0, 5.0, (3, 200))
    typer.echo("200 rows of u, v, c and the sum of velocities w = (u + v)/(1 + u*v/c**2)", err=True)
    model = SymbolicRegressor(random_state=0)
    y = (u + v) / (1.0 + u * v / c**2)
    model.fit(np.column_stack([u, v, c]), y, variable_names=["u", "v", "c"])
    _show(model, as_json=False)


def main() -> None:
    """Run the command line and leave with its exit code."""
    try:
        app(standalone_mode=True)
    except (SymnumError, OSError, ValueError) as error:
        typer.echo(f"symnum: {error}", err=True)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
