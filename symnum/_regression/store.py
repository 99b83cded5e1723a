"""A fitted regressor as a file of JSON: parameters, names and formulas, nothing that runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from symnum._files import write_whole
from symnum._regression import results
from symnum._regression.results import Equation
from symnum.errors import ExpressionError
from symnum.expression import Expression

if TYPE_CHECKING:
    from os import PathLike

    from symnum.regressor import SymbolicRegressor

    Regressor = TypeVar("Regressor", bound=SymbolicRegressor)

_FORMAT = 1
_PARAMETERS = ("timeout_in_seconds", "table_size", "operations", "model_selection", "verbose")
_NUMBERS = ("complexity", "loss", "score", "description_length")


def save(model: SymbolicRegressor, path: str | PathLike[str]) -> None:
    """Write under another name, flush to the disk, rename."""
    names = getattr(model, "feature_names_in_", None)
    content = {
        "format": _FORMAT,
        "parameters": {name: getattr(model, name) for name in _PARAMETERS},
        "n_features": model.n_features_in_,
        "feature_names": None if names is None else [str(name) for name in names],
        "variables": list(model._front[0].expression.variables),
        "noise_level": model.noise_level_,
        "is_exact": model.is_exact_,
        "equations": [
            {name: getattr(row, name) for name in (*_NUMBERS, "pick", "equation")}
            for row in model._front
        ],
    }
    write_whole(json.dumps(content, indent=1), path)


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
    model = kind(**parameters)
    variables = [str(name) for name in content["variables"]]
    rows = [_row(entry, variables) for entry in content["equations"]]
    if sum(row.pick for row in rows) != 1:
        message = "one equation must be picked"
        raise ExpressionError(message)
    model.n_features_in_ = int(content["n_features"])
    if content["feature_names"] is not None:
        model.feature_names_in_ = np.array(content["feature_names"], dtype=object)
    model._front = rows
    model.equations_ = results.as_table(rows)
    model.archive_ = list(rows)
    model.noise_level_ = float(content["noise_level"])
    model.is_exact_ = bool(content["is_exact"])
    model.was_interrupted_ = False
    return model


def _row(entry: dict[str, Any], variables: list[str]) -> Equation:
    expression = Expression(entry["equation"], variables)
    loss, score, length = (float(entry[name]) for name in _NUMBERS[1:])
    return Equation(
        int(entry["complexity"]),
        loss,
        score,
        length,
        bool(entry["pick"]),
        str(expression),
        expression,
    )
