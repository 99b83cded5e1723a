"""A fitted `ODERegressor` as a file of JSON: parameters, names and formulas, nothing that runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from symnum._discovery import results
from symnum._discovery.results import SystemRow
from symnum._files import write_whole
from symnum.errors import ExpressionError
from symnum.odes import ODESystem

if TYPE_CHECKING:
    from os import PathLike

    from symnum.ode_regressor import ODERegressor

    Regressor = TypeVar("Regressor", bound=ODERegressor)

_FORMAT = 1
_KIND = "symnum.ODERegressor"
_PARAMETERS = ("timeout_in_seconds", "model_selection", "random_state", "verbose")


def save(model: ODERegressor, path: str | PathLike[str]) -> None:
    """Write under another name, flush to the disk, rename."""
    content = {
        "format": _FORMAT,
        "kind": _KIND,
        "parameters": {name: getattr(model, name) for name in _PARAMETERS},
        "states": list(model.state_names_),
        "noise_level": model.noise_level_.tolist(),
        "was_interrupted": model.was_interrupted_,
        "systems": [_entry(row) for row in model._rows],
    }
    write_whole(json.dumps(content, indent=1), path)


def _entry(row: SystemRow) -> dict[str, Any]:
    return {
        "complexity": row.complexity,
        "loss": row.loss,
        "score": row.score,
        "description_length": row.description_length,
        "pick": row.pick,
        "sides": [str(side) for side in row.system.equations],
    }


def load(kind: type[Regressor], path: str | PathLike[str]) -> Regressor:
    """Read and check a file of `save`."""
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
        if content["kind"] != _KIND or content["format"] != _FORMAT:
            message = (
                f"{path} is a {content['kind']} of format {content['format']},"
                f" expected {_KIND} of format {_FORMAT}"
            )
            raise ExpressionError(message)
        return _restore(kind, content)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        if isinstance(error, ExpressionError):
            raise
        message = f"{path} is not a saved ODERegressor: {error}"
        raise ExpressionError(message) from error


def _restore(kind: type[Regressor], content: dict[str, Any]) -> Regressor:
    model = kind(**{name: content["parameters"][name] for name in _PARAMETERS})
    names = tuple(str(name) for name in content["states"])
    model.state_names_ = names
    model.n_features_in_ = len(names)
    model.noise_level_ = np.array(content["noise_level"], np.float64)
    model.was_interrupted_ = bool(content["was_interrupted"])
    model._rows = [_row(entry, names) for entry in content["systems"]]
    if sum(row.pick for row in model._rows) != 1:
        message = "one system must be picked"
        raise ExpressionError(message)
    model.equations_ = results.as_table(model._rows)
    model.system_ = model.system()
    return model


def _row(entry: dict[str, Any], names: tuple[str, ...]) -> SystemRow:
    sides = [str(side) for side in entry["sides"]]
    system = ODESystem(sides, names, time=results.free_name(names))
    if system.n_named:
        message = f"equations have the names {system.parameter_names[: system.n_named]}"
        raise ExpressionError(message)
    loss, score, length = (float(entry[n]) for n in ("loss", "score", "description_length"))
    return SystemRow(
        int(entry["complexity"]), loss, score, length, bool(entry["pick"]), str(system), system
    )
