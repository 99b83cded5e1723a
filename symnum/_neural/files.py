"""Modules and optimisers as checked files, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from symnum import _checkpoints
from symnum._lazy import require
from symnum._neural import shipped
from symnum.errors import CheckpointCorruptError, CheckpointError

if TYPE_CHECKING:
    from collections.abc import Callable
    from os import PathLike
    from pathlib import Path

    import torch
    from numpy.typing import NDArray

    from symnum._checkpoints import Checkpoint

    Arrays = dict[str, NDArray[Any]]

_MOMENTS = ("step", "exp_avg", "exp_avg_sq")


def arrays_of(module: torch.nn.Module, dtype: type[np.floating[Any]] | None = None) -> Arrays:
    """The parameters and buffers by name, copied; floats as `dtype` if it is given."""
    found: Arrays = {}
    for name, tensor in module.state_dict().items():
        array = tensor.detach().cpu().numpy()
        is_float = dtype is not None and array.dtype.kind == "f"
        found[name] = array.astype(dtype) if is_float else array.copy()
    return found


def set_arrays(module: torch.nn.Module, arrays: Arrays, where: Path) -> None:
    """Put arrays into a module that has just these.

    Raises
    ------
    CheckpointCorruptError
        If a name or shape is not the module's, or a number is not finite.
    """
    torch = require("torch", extra="torch")
    own = {name: tuple(tensor.shape) for name, tensor in module.state_dict().items()}
    given = {name: array.shape for name, array in arrays.items()}
    if own != given:
        wrong = sorted(n for n in own.keys() | given.keys() if own.get(n) != given.get(n))
        message = (
            f"{where}: {wrong[0]} has shape {given.get(wrong[0], 'none')},"
            f" expected {own.get(wrong[0], 'none')} ({len(wrong)} names differ)"
        )
        raise CheckpointCorruptError(message)
    for name, array in arrays.items():
        if not np.isfinite(array).all():
            message = f"{where}: {name} has a NaN or infinite number"
            raise CheckpointCorruptError(message)
    with torch.no_grad():
        for name, tensor in module.state_dict().items():
            tensor.copy_(torch.from_numpy(arrays[name]))


def optimizer_arrays(optimizer: torch.optim.Optimizer) -> Arrays:
    """The state of Adam, three arrays a parameter, by the parameter's number."""
    found: Arrays = {}
    for number, state in optimizer.state_dict()["state"].items():
        for key in _MOMENTS:
            found[f"{number}.{key}"] = state[key].detach().cpu().numpy().copy()
    return found


def set_optimizer(optimizer: torch.optim.Optimizer, arrays: Arrays, where: Path) -> None:
    """Put a state of Adam back.

    Raises
    ------
    CheckpointCorruptError
        If it is not that of the optimiser's parameters.
    """
    torch = require("torch", extra="torch")
    content = optimizer.state_dict()
    numbers = [n for group in content["param_groups"] for n in group["params"]]
    if arrays.keys() != {f"{n}.{key}" for n in numbers for key in _MOMENTS}:
        message = f"{where}: is not the state of an optimiser of {len(numbers)} parameters"
        raise CheckpointCorruptError(message)
    state = {n: {key: torch.from_numpy(arrays[f"{n}.{key}"]) for key in _MOMENTS} for n in numbers}
    optimizer.load_state_dict({"state": state, "param_groups": content["param_groups"]})


def save_weights(
    folder: Path,
    module: torch.nn.Module,
    *,
    kind: str,
    config: dict[str, Any],
    step: int,
    dtype: type[np.floating[Any]] = np.float16,
    card: dict[str, Any] | None = None,
) -> Path:
    """Write the weights alone, in half precision, and their card."""
    tensors = {"model": arrays_of(module, dtype)}
    state = {} if card is None else {"card": card}
    return _checkpoints.save(folder, step, tensors, state, {"class": kind, **config}, keep=1)


def load_weights(
    folder: str | Path, kind: str, *, vocabulary: Callable[[dict[str, Any]], str]
) -> Checkpoint:
    """Read what `save_weights`, or a training, wrote.

    `vocabulary` gives the digest of the vocabulary that this version has for a configuration.

    Raises
    ------
    CheckpointError
        If there is none, or it is of another kind or vocabulary.
    CheckpointCorruptError
        If a file is not the one that was written, or the configuration is none.
    """
    found = _checkpoints.load(folder, kind)
    try:
        own = vocabulary(found.config)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        message = f"{found.path}/config.json: is not that of {kind}: {error!r}"
        raise CheckpointCorruptError(message) from error
    other = str(found.config.get("vocabulary"))
    if other != own:
        message = (
            f"{found.path}: was trained with another vocabulary ({other[:8]}.., this version of"
            f" symnum has {own[:8]}..): train it again, or use the version that wrote it"
        )
        raise CheckpointError(message)
    if "model" not in found.tensors:
        message = f"{found.path}: has no model.safetensors"
        raise CheckpointCorruptError(message)
    return found


def load_task(
    name: str,
    weights: str | PathLike[str] | None,
    make: Callable[[dict[str, Any]], Any],
    *,
    vocabulary: Callable[[dict[str, Any]], str],
) -> tuple[Any, dict[str, Any]]:
    """The task that `make` makes of its configuration, ready to answer, and its card.

    Without `weights` it is the one that comes with the package.

    Raises
    ------
    CheckpointError
        As `load_weights`.
    CheckpointCorruptError
        As `load_weights`, and if the weights are not those of the configuration.
    """
    folder, kind = shipped.folder_of(name, weights), f"symnum.{name}"
    with shipped.advising(weights):
        found = load_weights(folder, kind, vocabulary=vocabulary)
        try:
            task = make(found.config)
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            message = f"{found.path}/config.json: is not that of {kind}: {error!r}"
            raise CheckpointCorruptError(message) from error
        set_arrays(task.module, found.tensors["model"], found.path)
    task.module.eval()
    return task, dict(found.state.get("card", {}))
