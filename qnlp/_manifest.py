"""The manifest of a checkpoint, and files that are written durably and read with suspicion.

A manifest is JSON in one spelling only: its bytes must equal those that its own content encodes
to, SHA-256 of the rest included, so that any changed bit is seen. That rule, and the meaning of the
keys ``format``, ``version`` and ``sha256``, hold for every format to come: a version that is too old
for a checkpoint can still say so.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import stat
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from qnlp._core import __version__
from qnlp.errors import CheckpointCorruptError, CheckpointError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "FILE_NAME",
    "MANIFEST",
    "FileEntry",
    "Manifest",
    "digest",
    "parse_json",
    "read_bytes",
    "read_manifest",
    "sync_folder",
    "write_bytes",
]

MANIFEST = "manifest.json"
FORMAT = 1
CAPABILITIES = ("json", "safetensors", "sha256")
"""What a reader of this format must be able to do."""
FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}\.(json|safetensors)")
MAX_MANIFEST_BYTES = 1 << 20

_DIGEST = re.compile(r"[0-9a-f]{64}")
_CHUNK = 1 << 20


@dataclass(frozen=True)
class FileEntry:
    """What a manifest says of one file."""

    size: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What a checkpoint holds, and who wrote it."""

    step: int
    files: dict[str, FileEntry]
    format: int = FORMAT
    version: str = __version__
    capabilities: tuple[str, ...] = CAPABILITIES

    def encode(self) -> bytes:
        """The manifest's one spelling."""
        return _spell(asdict(self))


def digest(data: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def read_manifest(path: Path, data: bytes) -> Manifest:
    """Check a manifest's bytes, then that this version can read what it describes.

    Raises
    ------
    CheckpointCorruptError
        If the bytes are not those that were written.
    CheckpointError
        If they are, and a newer version of the package wrote them.
    """
    body = parse_json(path, data)
    said = body.pop("sha256", None)
    if data != _spell(body) or not isinstance(said, str):
        message = f"{path}: its own SHA-256 does not fit its content"
        raise CheckpointCorruptError(message)
    _check_version(path, body)
    try:
        files = {
            str(name): FileEntry(_size(entry["size"]), str(entry["sha256"]))
            for name, entry in body["files"].items()
        }
        step = _size(body["step"])
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        message = f"{path}: entries are not those of a manifest ({error!r})"
        raise CheckpointCorruptError(message) from None
    for name, entry in files.items():
        if not FILE_NAME.fullmatch(name) or name == MANIFEST or not _DIGEST.fullmatch(entry.sha256):
            message = (
                f"{path}: names the file {name[:80]!r}, expected a plain name with its SHA-256"
            )
            raise CheckpointCorruptError(message)
    return Manifest(step, files, body["format"], body["version"], tuple(body["capabilities"]))


def parse_json(path: Path, data: bytes) -> dict[str, Any]:
    """The JSON object that a file holds."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        message = f"{path}: is not JSON"
        raise CheckpointCorruptError(message) from None
    if not isinstance(value, dict):
        message = f"{path}: is JSON of type {type(value).__name__}, expected an object"
        raise CheckpointCorruptError(message)
    return value


def read_bytes(path: Path, expected: FileEntry | None = None, limit: int | None = None) -> bytes:
    """Read a regular file whole: no link, no folder, and of the size that is expected.

    Raises
    ------
    CheckpointCorruptError
        If it is missing, something other than a file, of another size or with another digest.
    CheckpointError
        If the system refuses to read it.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise _unreadable(path, error) from None
    try:
        size = _regular_size(path, descriptor)
        if expected is not None and size != expected.size:
            message = f"{path}: has {size} bytes, manifest says {expected.size}"
            raise CheckpointCorruptError(message)
        if limit is not None and size > limit:
            message = f"{path}: has {size} bytes, expected at most {limit}"
            raise CheckpointCorruptError(message)
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            data = file.read(size)
    except OSError as error:
        if isinstance(error, CheckpointError):
            raise
        raise _unreadable(path, error) from None
    finally:
        os.close(descriptor)
    if expected is not None and digest(data) != expected.sha256:
        message = f"{path}: SHA-256 is {digest(data)[:8]}.., manifest says {expected.sha256[:8]}.."
        raise CheckpointCorruptError(message)
    return data


def write_bytes(path: Path, data: bytes) -> None:
    """Write a new file, and return once the disk has it."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(descriptor, view[:_CHUNK]) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(path: Path) -> None:
    """Return once the disk has a folder's entries; some network file systems cannot tell."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in {errno.EINVAL, errno.ENOTSUP}:
            raise
    finally:
        os.close(descriptor)


def _regular_size(path: Path, descriptor: int) -> int:
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        kind = "directory" if stat.S_ISDIR(status.st_mode) else "special file"
        message = f"{path}: is a {kind}, expected a file"
        raise CheckpointCorruptError(message)
    return status.st_size


def _spell(body: dict[str, Any]) -> bytes:
    plain = json.dumps(body, sort_keys=True, indent=1).encode()
    return json.dumps(body | {"sha256": digest(plain)}, sort_keys=True, indent=1).encode() + b"\n"


def _check_version(path: Path, body: dict[str, Any]) -> None:
    needs, version = body.get("capabilities"), body.get("version")
    format = body.get("format")
    if type(format) is not int or not isinstance(needs, list) or not isinstance(version, str):
        message = f"{path}: has no format, version or capabilities"
        raise CheckpointCorruptError(message)
    lacking = [str(need) for need in needs if need not in CAPABILITIES]
    if format > FORMAT or lacking:
        what = f"has format {format}" if format > FORMAT else f"needs {', '.join(lacking)}"
        message = (
            f"{path.parent}: {what}, which monoidal {__version__} cannot read "
            f'(it reads format {FORMAT}): pip install "monoidal>={version[:40]}"'
        )
        raise CheckpointError(message)


def _size(value: object) -> int:
    if type(value) is not int or value < 0:
        message = f"{value!r} is no size"
        raise ValueError(message)
    return value


def _unreadable(path: Path, error: OSError) -> CheckpointError:
    if error.errno == errno.ENOENT:
        return CheckpointCorruptError(f"{path}: is missing")
    if error.errno == errno.ELOOP:
        return CheckpointCorruptError(f"{path}: is a symbolic link, expected a file")
    if error.errno == errno.ENOTDIR:
        return CheckpointCorruptError(f"{path.parent}: is a file, expected a directory")
    return CheckpointError(f"{path}: cannot be read: {error.strerror}")
