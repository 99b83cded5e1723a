"""What a command's settings make of sentences: the ansatz, and the backend that runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qnlp.commands.output import UsageFault

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qnlp.ansatz import WordAnsatz
    from qnlp.commands.config import RunConfig
    from qnlp.diagram import Diagram

__all__ = ["make_ansatz", "make_backend"]

_TAKES = {
    "kernel": ("shots",),
    "aer": ("device", "shots", "noise", "optimization_level"),
    "pennylane": ("device", "shots"),
    "torch": ("device",),
}
_OF_TENSORS = {"dims": (), "bond_dim": ("mps",), "max_order": ("mps", "spider")}


def make_ansatz(config: RunConfig, diagrams: Sequence[Diagram], n_classes: int = 2) -> WordAnsatz:
    """The ansatz that the settings name, with wires as large as they say, or as needed."""
    from qnlp.ansatz import ANSAETZE, TensorAnsatz, default_ansatz

    is_tensor = issubclass(ANSAETZE[config.ansatz], TensorAnsatz)
    options: dict[str, Any] = {}
    if not is_tensor:
        options = {"n_layers": config.layers, "n_ancillas": config.ancillas}
        options["discard"] = config.discard
    for name in ("ancillas", "discard"):
        if is_tensor and getattr(config, name):
            message = f"--{name} is for circuits, not for --ansatz {config.ansatz}"
            raise UsageFault(message)
    for name, users in _OF_TENSORS.items():
        value = getattr(config, name)
        if value and not (config.ansatz in users if users else is_tensor):
            takers = " or ".join(users) or "tensor, spider or mps"
            message = f"--{name.replace('_', '-')} is for --ansatz {takers}, not {config.ansatz}"
            raise UsageFault(message)
        if value and name != "dims":
            options[name] = value
    if is_tensor and config.qubits:
        message = f"--qubits is for circuits; the wires of --ansatz {config.ansatz} have --dims"
        raise UsageFault(message)
    sizes = config.dims if is_tensor else config.qubits
    return default_ansatz(diagrams, n_classes, config.ansatz, sizes, **options)


def make_backend(config: RunConfig) -> str | dict[str, Any]:
    """The backend that the settings name, with its options."""
    takes = _TAKES[config.backend]
    made: dict[str, Any] = {}
    for name in ("device", "shots", "noise", "optimization_level"):
        value = getattr(config, name)
        if (
            value is None
            or value == {}
            or (name == "device" and value == "CPU" and config.backend == "kernel")
        ):
            continue
        if name not in takes:
            users = ", ".join(b for b, options in _TAKES.items() if name in options)
            shown = f" {value}" if name == "device" else ""
            message = (
                f"--{name.replace('_', '-')}{shown} is for the backends {users}; "
                f"--backend is {config.backend}"
            )
            raise UsageFault(message)
        made[name] = value
    if "shots" in made:
        made["seed"] = config.seed
    return {"name": config.backend, **made} if made else config.backend
