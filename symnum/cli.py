"""The command `symnum`: formulas and systems of equations from tables in files.

Results go to standard output, all else to standard error. Exit codes: 0 all well, 1 the work
failed, 2 the command was wrong, 130 Ctrl-C.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from enum import StrEnum
from json import dumps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import typer

from symnum._neural import cli as neural
from symnum._tables import read_table
from symnum.errors import DomainError, SymnumError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from symnum.expression import Expression
    from symnum.ode_regressor import ODERegressor
    from symnum.regressor import SymbolicRegressor

__all__ = ["app", "main"]

app = typer.Typer(
    help="Formulas from data.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
)


Seed = Annotated[int, typer.Option(help="Of the rows that stand for all.")]
Threads = Annotated[int, typer.Option(help="No result depends on it.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Save = Annotated[Path | None, typer.Option(help="Write the fitted model here.")]
Report = Annotated[Path | None, typer.Option(help="Write a page of HTML with plots here.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")]


@contextmanager
def progress(*, quiet: bool) -> Iterator[Callable[[object], None]]:
    """Shows the best result so far: in place on a terminal, else a line each on standard error."""
    if quiet:
        yield lambda _: None
    elif sys.stderr.isatty():
        from rich.console import Console
        from rich.markup import escape

        with Console(stderr=True).status("searching") as status:
            yield lambda found: status.update(escape(str(found)))
    else:
        yield lambda found: typer.echo(
            "best so far: " + "; ".join(str(found).splitlines()), err=True
        )


def _show(model: SymbolicRegressor, targets: Sequence[str], *, as_json: bool) -> None:
    from symnum._regression import results

    if not as_json:
        texts = [results.as_text(found.front) for found in model._found]
        heads = [""] if len(texts) == 1 else [f"{name}\n" for name in targets]
        typer.echo("\n".join(head + text for head, text in zip(heads, texts, strict=True)))
        return
    outputs = []
    for found in model._found:
        rows = [
            {
                "complexity": row.complexity,
                "loss": row.loss,
                "score": row.score,
                "description_length": row.description_length,
                "pick": row.pick,
                "equation": row.equation,
                "latex": model._tell.latex(row.expression),
            }
            | ({"parameters": _by_text(row.parameters)} if row.parameters else {})
            for row in found.front
        ]
        outputs.append({"is_exact": found.is_exact, "equations": rows})
    one = len(outputs) == 1
    whole = outputs[0] if one else {"outputs": dict(zip(targets, outputs, strict=True))}
    typer.echo(dumps(whole, indent=1))


def _by_text(parameters: Mapping[object, Mapping[str, float]]) -> dict[str, Mapping[str, float]]:
    return {str(label): values for label, values in parameters.items()}


def _show_systems(model: ODERegressor, *, as_json: bool) -> None:
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
            "equations": {
                state: str(side)
                for state, side in zip(row.system.states, row.system.equations, strict=True)
            },
            "latex": row.system.latex(),
        }
        for row in model._rows
    ]
    noise = dict(zip(model.state_names_, model.noise_level_.tolist(), strict=True))
    typer.echo(dumps({"noise_level": noise, "systems": rows}, indent=1))


def _units(text: str | None, names: Sequence[str], targets: Sequence[str]) -> dict[str, Any]:
    """What `--units` says, as arguments of `fit`."""
    if text is None:
        return {}
    units: dict[str, str] = {}
    for part in filter(None, (p.strip() for p in text.split(","))):
        name, equals, unit = part.partition("=")
        if not equals or name.strip() not in names:
            message = f"--units has {part!r}, expected name=unit with one of {', '.join(names)}"
            raise typer.BadParameter(message)
        units[name.strip()] = unit.strip()
    of_targets = [units.pop(target, None) for target in targets]
    return {"X_units": units, "y_units": of_targets if len(targets) > 1 else of_targets[0]}


def _functions(texts: Sequence[str]) -> dict[str, Expression] | None:
    """What `--function` says: ``name(a, b) = formula``."""
    from symnum.expression import Expression

    found: dict[str, Expression] = {}
    for text in texts:
        head, equals, formula = text.partition("=")
        name, bracket, operands = head.strip().partition("(")
        if not equals or not bracket or not operands.endswith(")"):
            message = f"--function is {text!r}, expected such as 'bump(u) = exp(-u**2)'"
            raise typer.BadParameter(message)
        own = [operand.strip() for operand in operands[:-1].split(",")]
        found[name.strip()] = Expression(formula.strip(), own, dict(found))
    return found or None


def _place(option: str, name: str, names: Sequence[str]) -> int:
    """Of a column among those of the file."""
    if name not in names:
        message = f"{option} is {name!r}, expected one of {', '.join(names)}"
        raise typer.BadParameter(message)
    return names.index(name)


@app.command()
def fit(
    data: Annotated[Path, typer.Argument(help="Comma-separated values with a header.")],
    target: Annotated[
        list[str], typer.Option(help="The column to explain; given again, another one.")
    ],
    time: Annotated[float, typer.Option(help="Seconds to search at most.")] = 10.0,
    units: Annotated[
        str | None, typer.Option(help="Of columns, such as m=kg,v=m/s,energy=J; pure without.")
    ] = None,
    loss: Annotated[
        str,
        typer.Option(
            help="squared, absolute, huber, cauchy, quantile(0.9), or a formula of prediction and"
            " target."
        ),
    ] = "squared",
    operations: Annotated[
        str | None, typer.Option(help="What to search among, such as add,mul,sin.")
    ] = None,
    function: Annotated[
        list[str] | None,
        typer.Option(help="An operation of your own, such as 'bump(u) = exp(-u**2)'."),
    ] = None,
    weight: Annotated[str | None, typer.Option(help="A column of weights of rows.")] = None,
    dataset: Annotated[
        str | None,
        typer.Option(help="A column of labels: one law, with constants of its own for each."),
    ] = None,
    seed: Seed = 0,
    threads: Threads = 1,
    json: Json = False,
    save: Save = None,
    report: Report = None,
    quiet: Quiet = False,
) -> None:
    """Rank formulas for one column of a table by the others."""
    from symnum.regressor import SymbolicRegressor
    from symnum.threads import set_num_threads

    names, values, labels = read_table(data, label=dataset)
    targets = [_place("--target", name, names) for name in target]
    taken = {*targets}
    weights = None
    if weight is not None:
        taken.add(_place("--weight", weight, names))
        weights = values[:, names.index(weight)]
    others = [k for k in range(len(names)) if k not in taken]
    if not others:
        message = f"{data} has no column beside {', '.join(names)}, expected some to explain by"
        raise DomainError(message)
    if report is not None and (len(target) > 1 or labels is not None):
        message = "--report is for one --target and no --dataset"
        raise typer.BadParameter(message)
    set_num_threads(threads)
    model = SymbolicRegressor(
        timeout_in_seconds=time,
        random_state=seed,
        loss=loss,
        operations=None if operations is None else [n.strip() for n in operations.split(",")],
        functions=_functions(function or []),
    )
    x, y = values[:, others], values[:, targets]
    options = _units(units, names, target)
    with progress(quiet=quiet) as tell:
        model.fit(
            x,
            y,
            weights,
            [names[k] for k in others],
            on_better=tell,
            dataset=labels,
            **options,
        )
    if save is not None:
        model.save(save)
    if report is not None:
        from symnum._report.reports import formula_report

        formula_report(model, x, y[:, 0], target[0], report)
    _show(model, target, as_json=json)
    if model.was_interrupted_:
        raise typer.Exit(130)


@app.command()
def ode(
    data: Annotated[
        Path, typer.Argument(help="Comma-separated values with a header; an empty cell is a gap.")
    ],
    time: Annotated[str, typer.Option(help="The column of times.")],
    trajectory: Annotated[
        str | None, typer.Option(help="A column whose equal values are one trajectory.")
    ] = None,
    seconds: Annotated[float, typer.Option(help="To search at most.")] = 60.0,
    threads: Threads = 1,
    json: Json = False,
    save: Save = None,
    report: Report = None,
    quiet: Quiet = False,
) -> None:
    """Find the differential equations of the other columns of a table."""
    from symnum.ode_regressor import ODERegressor
    from symnum.threads import set_num_threads

    names, values, _ = read_table(data, gaps=True)
    for option, column in (("--time", time), ("--trajectory", trajectory)):
        if column is not None and column not in names:
            message = f"{option} is {column!r}, expected one of {', '.join(names)}"
            raise typer.BadParameter(message)
    states = [k for k, name in enumerate(names) if name not in {time, trajectory}]
    if not states:
        message = f"{data} has no columns beside {time!r}, expected states"
        raise DomainError(message)
    set_num_threads(threads)
    parts = _trajectories(values, None if trajectory is None else names.index(trajectory))
    times = [part[:, names.index(time)] for part in parts]
    x = [part[:, states] for part in parts]
    model = ODERegressor(timeout_in_seconds=seconds)
    with progress(quiet=quiet) as tell:
        model.fit(times, x, state_names=[names[k] for k in states], on_better=tell)
    if save is not None:
        model.save(save)
    if report is not None:
        from symnum._report.reports import system_report

        system_report(model, times, x, report)
    _show_systems(model, as_json=json)
    if model.was_interrupted_:
        raise typer.Exit(130)


def _trajectories(values: NDArray[np.float64], column: int | None) -> list[NDArray[np.float64]]:
    """Rows of equal values of a column, in the order of the first of each."""
    if column is None:
        return [values]
    keys, first = np.unique(values[:, column], return_index=True)
    return [values[values[:, column] == key] for key in keys[np.argsort(first)]]


class Kind(StrEnum):
    """What `symnum generate` writes."""

    functions = "functions"
    laws = "laws"
    systems = "systems"
    trajectories = "trajectories"
    derivations = "derivations"


@app.command()
def generate(
    folder: Annotated[Path, typer.Argument(help="Where the shards and the manifest go.")],
    kind: Annotated[
        Kind,
        typer.Option(
            help="Functions or laws (with units) and points, random systems with a trajectory,"
            " trajectories of the 15 families of PROSE, or derivations."
        ),
    ] = Kind.functions,
    n: Annotated[int, typer.Option("--n", "-n", help="Items to write.")] = 10_000,
    seed: Annotated[int, typer.Option(help="Each item has its own, made of this one.")] = 0,
    variables: Annotated[int, typer.Option(help="Of functions and laws at most, 1 to 8.")] = 5,
    points: Annotated[int, typer.Option(help="Of each function or law.")] = 200,
    states: Annotated[int, typer.Option(help="Of random systems at most, 1 to 6.")] = 3,
    family: Annotated[
        list[str] | None, typer.Option(help="Of trajectories, such as lorenz_3d; without it all.")
    ] = None,
    exclude: Annotated[
        list[Path] | None, typer.Option(help="Problem files whose formulas must not occur.")
    ] = None,
    shard_size: Annotated[int, typer.Option(help="Items a shard.")] = 10_000,
    threads: Threads = 1,
    workers: Annotated[int, typer.Option(help="Processes; no result depends on it.")] = 1,
    quiet: Quiet = False,
) -> None:
    """Write a corpus to train on; the same call goes on where it was stopped."""
    from symnum import generate as corpora
    from symnum.threads import set_num_threads

    set_num_threads(threads)
    problems = [formula for path in exclude or [] for formula in corpora.read_problems(path)]
    options: Any
    if kind is Kind.functions:
        options = corpora.FunctionOptions(max_variables=variables, n_points=points)
    elif kind is Kind.laws:
        options = corpora.LawOptions(max_variables=variables, n_points=points)
    elif kind is Kind.systems:
        options = corpora.SystemOptions(max_states=states)
    elif kind is Kind.trajectories:
        names = tuple(family or (one.name for one in corpora.FAMILIES))
        options = corpora.TrajectoryOptions(families=names)
    else:
        options = corpora.DerivationOptions()

    def tell(done: int) -> None:
        if not quiet:
            typer.echo(f"{done} of {n} {kind}", err=True)

    corpora.write_corpus(
        folder,
        options,
        n,
        seed=seed,
        exclude=problems,
        shard_size=shard_size,
        n_workers=workers,
        on_shard=tell,
    )
    typer.echo(str(folder / "manifest.json"))


app.command()(neural.train)
app.command()(neural.export)
app.command()(neural.models)


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
    _show(model, ["w"], as_json=False)


def main() -> None:
    """Run the command line and leave with its exit code."""
    try:
        app(standalone_mode=True)
    except (SymnumError, OSError, ValueError) as error:
        typer.echo(f"symnum: {error}", err=True)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
