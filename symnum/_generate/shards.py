"""A corpus as a folder: shards of safetensors, and a manifest that says which are whole."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from safetensors import SafetensorError
from safetensors.numpy import load, save

from symnum._files import write_whole
from symnum.errors import DomainError

if TYPE_CHECKING:
    from numpy.typing import NDArray

MANIFEST = "manifest.json"
FORMAT = 1


class Folder:
    """The shards of one corpus, written in order.

    Parameters
    ----------
    path : Path
    settings : dict
        All that the content depends on. A folder that was begun with others is refused.
    """

    def __init__(self, path: Path, settings: dict[str, Any]) -> None:
        self.path = path
        self.manifest: dict[str, Any] = {"format": FORMAT, "settings": settings, "shards": []}
        if (path / MANIFEST).exists():
            begun = read_manifest(path)
            if begun["settings"] != settings:
                wrong = [k for k, v in settings.items() if begun["settings"].get(k) != v]
                message = (
                    f"{path} holds a corpus with other settings ({', '.join(wrong)}),"
                    " expected the same or a new folder"
                )
                raise DomainError(message)
            self.manifest = begun
        path.mkdir(parents=True, exist_ok=True)

    def add(self, arrays: dict[str, NDArray[Any]], n: int, **facts: int) -> None:
        """Write a shard of `n` items, then the manifest that names it."""
        shards = self.manifest["shards"]
        name = f"shard-{len(shards):05}.safetensors"
        data = save(arrays)
        write_whole(data, self.path / name)
        entry = {"file": name, "n": n, "sha256": sha256(data).hexdigest()}
        shards.append(entry | facts)
        write_whole(json.dumps(self.manifest, indent=1), self.path / MANIFEST)


def read_manifest(path: Path) -> dict[str, Any]:
    """The manifest of a folder, checked."""
    file = path / MANIFEST
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        found = content["format"]
        _ = [(s["file"], s["n"], s["sha256"]) for s in content["shards"]]
        _ = content["settings"]["kind"]
    except (ValueError, KeyError, TypeError) as error:
        message = f"{file} is not the manifest of a corpus: {error}"
        raise DomainError(message) from error
    if found != FORMAT:
        message = f"{file} has format {found}, expected {FORMAT}"
        raise DomainError(message)
    return dict(content)


def read_shard(path: Path, entry: dict[str, Any]) -> dict[str, NDArray[Any]]:
    """The arrays of a shard, after a look at its hash."""
    name = entry["file"]
    if Path(name).name != name:
        message = f"{path / MANIFEST} names the shard {name!r}, expected a file of that folder"
        raise DomainError(message)
    data = (path / name).read_bytes()
    if sha256(data).hexdigest() != entry["sha256"]:
        message = f"{path / name} has another SHA-256 than {MANIFEST} says: write the corpus again"
        raise DomainError(message)
    try:
        arrays: dict[str, NDArray[Any]] = load(data)
    except SafetensorError as error:
        message = f"{path / name} is no safetensors file: {error}"
        raise DomainError(message) from error
    return arrays
