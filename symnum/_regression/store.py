"""A fitted regressor as a file of JSON: parameters, names and formulas, nothing that runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from symnum._files import write_whole
from symnum._regression.functions import Functions
from symnum._regression.results import Equation, Teller
from symnum._regression.run import Found
from symnum.errors import ExpressionError
from symnum.expression import Expression

if TYPE_CHECKING:
    from os import PathLike

    from symnum._regression.fronts import Fronts

    Regressor = TypeVar("Regressor", bound=Fronts)

_FORMAT = 2
_PARAMETERS = ("timeout_in_seconds", "table_size", "operations", "model_selection", "verbose")
_NUMBERS = ("complexity", "loss", "score", "description_length")


def save(model: Any, path: str | PathLike[str]) -> None:
    """Write under another name, flush to the disk, rename."""
    names = getattr(model, "feature_names_in_", None)
    functions = model._tell.functions
    loss = model.loss if isinstance(model.loss, str) else str(model.loss)
    content = {
        "format": _FORMAT,
        "parameters": {name: _listed(getattr(model, name)) for name in _PARAMETERS},
        "loss": loss,
        "functions": [
            {"name": f.name, "operands": list(f.operands), "formula": str(f.formula)}
            for f in ([] if functions is None else functions.every)
        ],
        "n_features": model.n_features_in_,
        "feature_names": None if names is None else [str(name) for name in names],
        "variables": list(model._tell.names),
        "labels": list(model._tell.labels),
        "outputs": [_output(found) for found in model._found],
    }
    write_whole(json.dumps(content, indent=1), path)


def _listed(value: Any) -> Any:
    return value if value is None or isinstance(value, str | float | int) else list(value)


def _output(found: Found) -> dict[str, Any]:
    return {
        "noise_level": found.noise_level,
        "is_exact": found.is_exact,
        "equations": [
            {name: getattr(row, name) for name in (*_NUMBERS, "pick")}
            | {
                "equation": str(row.expression),
                "own": list(row.expression.variables),
                "parameters": [list(values.values()) for values in row.parameters.values()],
            }
            for row in found.front
        ],
    }


def load(kind: type[Regressor], path: str | PathLike[str]) -> Regressor:
    """Read and check a file of `save`."""
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
        if content["format"] != _FORMAT:
            message = f"{path} has format {content['format']}, expected {_FORMAT}"
            raise ExpressionError(message)
        return _restore(kind, content)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        if isinstance(error, ExpressionError):
            raise
        message = f"{path} is not a saved regressor: {error}"
        raise ExpressionError(message) from error


def _restore(kind: type[Regressor], content: dict[str, Any]) -> Regressor:
    parameters = {name: content["parameters"][name] for name in _PARAMETERS}
    given = {
        str(entry["name"]): Expression(entry["formula"], [str(n) for n in entry["operands"]])
        for entry in content["functions"]
    }
    parameters |= {"loss": str(content["loss"]), "functions": given or None}
    model: Any = kind(**parameters)
    variables = tuple(str(name) for name in content["variables"])
    tell = Teller(variables, Functions.of(given, variables), tuple(content["labels"]))
    found = [_found(entry, tell) for entry in content["outputs"]]
    if not found:
        message = "there must be an output"
        raise ExpressionError(message)
    model.n_features_in_ = int(content["n_features"])
    if content["feature_names"] is not None:
        model.feature_names_in_ = np.array(content["feature_names"], dtype=object)
    model._set_found(found, tell)
    return model  # type: ignore[no-any-return]


def _found(entry: dict[str, Any], tell: Teller) -> Found:
    rows = [_row(row, tell) for row in entry["equations"]]
    if sum(row.pick for row in rows) != 1:
        message = "one equation must be picked"
        raise ExpressionError(message)
    return Found(rows, list(rows), float(entry["noise_level"]), bool(entry["is_exact"]))


def _row(entry: dict[str, Any], tell: Teller) -> Equation:
    variables = [str(name) for name in entry["own"]]
    if tuple(variables[: len(tell.names)]) != tell.names:
        message = f"an equation has the variables {', '.join(variables)}, others than the file"
        raise ExpressionError(message)
    expression = Expression(entry["equation"], variables)
    own = variables[len(tell.names) :]
    loss, score, length = (float(entry[name]) for name in _NUMBERS[1:])
    parameters = {
        label: dict(zip(own, map(float, values), strict=True))
        for label, values in zip(tell.labels if own else (), entry["parameters"], strict=True)
    }
    text = tell.text(expression)
    pick = bool(entry["pick"])
    return Equation(
        int(entry["complexity"]), loss, score, length, pick, text, expression, parameters
    )
