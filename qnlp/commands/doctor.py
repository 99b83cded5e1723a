"""`qnlp doctor`: what there is to run on."""

from __future__ import annotations

import platform
import re
from importlib.metadata import PackageNotFoundError, requires, version
from typing import TYPE_CHECKING, Any

from qnlp import _core, runtime
from qnlp.errors import BackendError, MissingDependencyError

if TYPE_CHECKING:
    from qnlp.commands.output import Output

__all__ = ["doctor"]

_EXTRA = re.compile(r'([A-Za-z0-9._-]+).*;\s*extra == "([a-z]+)"')
_NEED = re.compile(r"[A-Za-z0-9._-]+")
_FOR_DEVELOPERS = {"all", "test", "docs"}


def doctor(output: Output) -> int:
    """Print versions, threads, instruction set, memory limit, backends and extras."""
    needs, extras = _requirements()
    found: dict[str, Any] = {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "versions": {name: _version(name) for name in ("monoidal", *needs)},
        "instruction_set": _core.isa,
        "threads": runtime.num_threads(),
        "memory_limit": runtime.memory_limit(),
        "backends": {"kernel": "CPU", "aer": _aer()},
        "extras": {
            extra: {name: _version(name) for name in names} for extra, names in extras.items()
        },
    }
    output.result(_text(found), found)
    return 0


def _requirements() -> tuple[list[str], dict[str, list[str]]]:
    """What the package needs, and what each of its extras would add."""
    needs: list[str] = []
    extras: dict[str, list[str]] = {}
    for line in requires("monoidal") or []:
        extra = _EXTRA.match(line)
        if extra is None:
            need = _NEED.match(line)
            needs += [need[0]] if need else []
        elif extra[2] not in _FOR_DEVELOPERS:
            extras.setdefault(extra[2], []).append(extra[1])
    return needs, extras


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _aer() -> str | None:
    """The devices of Qiskit Aer, or None where it is not installed."""
    from qnlp.backend.aer import AerBackend

    try:
        return ", ".join(AerBackend().simulator().available_devices())
    except MissingDependencyError:
        return None
    except (BackendError, ImportError) as error:
        return f"broken: {error}"


def _text(found: dict[str, Any]) -> str:
    lines = [f"{'python':16}{found['python']} on {found['platform']}"]
    lines += [f"{name:16}{number or 'MISSING'}" for name, number in found["versions"].items()]
    lines += [
        f"{'instruction set':16}{found['instruction_set']}",
        f"{'threads':16}{found['threads']}",
        f"{'memory limit':16}{runtime.format_bytes(found['memory_limit'])}",
    ]
    for name, devices in found["backends"].items():
        absent = 'not installed: pip install "monoidal[qiskit]"'
        lines.append(f"{'backend ' + name:16}{devices or absent}")
    for extra, packages in found["extras"].items():
        shown = ", ".join(f"{name} {number or '-'}" for name, number in packages.items())
        lines.append(f"{'extra ' + extra:16}{shown}")
    return "\n".join(lines)
