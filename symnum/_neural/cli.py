"""Commands of the learned models: train one, make weights of a run, show those that there are."""

from __future__ import annotations

from json import dumps
from pathlib import Path  # noqa: TC003 - typer reads the annotations
from typing import Annotated, Any

import typer

from symnum._neural import command, shipped

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")]
Model = Annotated[str, typer.Argument(help=f"One of {', '.join(command.TASKS)}.")]


def _known(model: str) -> None:
    if model not in command.TASKS:
        message = f"MODEL is {model!r}, expected one of {', '.join(command.TASKS)}"
        raise typer.BadParameter(message)


def train(
    model: Model,
    config: Annotated[Path, typer.Option(help="Settings in TOML: see symnum/configs.")],
    out: Annotated[Path, typer.Option(help="Checkpoints; a run that is there goes on.")],
    steps: Annotated[int | None, typer.Option(help="In all, instead of those in --config.")] = None,
    finish: Annotated[
        int | None,
        typer.Option(help="End after so many more steps, in which the learning rate falls to 0."),
    ] = None,
    seconds: Annotated[float | None, typer.Option(help="Of this sitting, at most.")] = None,
    threads: Annotated[int, typer.Option(help="Of this process; the last bits depend on it.")] = 1,
    export: Annotated[
        Path | None, typer.Option(help="Write the weights alone here: see symnum export.")
    ] = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Train a model, or go on where its last checkpoint is. Needs the extra `torch`."""
    _known(model)

    def tell(record: dict[str, float]) -> None:
        if not quiet:
            typer.echo("  ".join(f"{k} {v:.4g}" for k, v in record.items()), err=True)

    found = command.run(
        model,
        config,
        out,
        steps=steps,
        finish=finish,
        seconds=seconds,
        threads=threads,
        export=export,
        on_record=tell,
    )
    if json:
        typer.echo(dumps(found, indent=1))
        return
    left = "" if found["is_complete"] else " (the same command goes on)"
    typer.echo(f"{found['model']}: {found['step']} steps{left}")


def export(
    model: Model,
    run: Annotated[Path, typer.Argument(help="Checkpoints that symnum train wrote.")],
    out: Annotated[Path, typer.Argument(help="Where the weights and their card go.")],
    card: Annotated[
        Path | None,
        typer.Option(help="TOML with [card]: about, data, hardware, limits and [card.figures]."),
    ] = None,
    json: Json = False,
) -> None:
    """Make weights of a run's newest checkpoint: halved where no score changes, with a card."""
    from symnum._neural.config import read_config
    from symnum._neural.export import Told
    from symnum._neural.export import export as write

    _known(model)
    told = Told() if card is None else read_config(card, {"card": Told})["card"]
    found = write(model, run, out, told)
    typer.echo(dumps(found, indent=1) if json else f"{out}: {_line(found)}")


def models(
    model: Annotated[str | None, typer.Argument(help="One of them; without it all.")] = None,
    json: Json = False,
) -> None:
    """Show the trained models that come with the package. Needs no torch."""
    if model is not None:
        _known(model)
        card = shipped.card_of(model)
        typer.echo(dumps(card, indent=1) if json else "\n".join(_lines(card)))
        return
    cards = shipped.cards()
    if json:
        typer.echo(dumps(cards, indent=1))
        return
    for name, card in cards.items():
        typer.echo(f"{name:8} {_line(card)}\n         {card.get('about', '')}")
    if not cards:
        typer.echo("no weights came with this package; symnum train makes them", err=True)


def _line(card: dict[str, Any]) -> str:
    return (
        f"{card['parameters'] / 1e6:.2f} M parameters, {card['examples']:,} examples,"
        f" {card['stored_as']}, {card['date']}, {card['licence']}"
    )


def _lines(card: dict[str, Any], indent: str = "") -> list[str]:
    """A card as indented lines."""
    found = []
    for key, value in card.items():
        if isinstance(value, dict):
            found += [f"{indent}{key}", *_lines(value, indent + "  ")]
        elif isinstance(value, list):
            found += [f"{indent}{key}", *(f"{indent}  - {item}" for item in value)]
        else:
            found.append(f"{indent}{key}: {value}")
    return found
