"""Files that are written whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
from pathlib import Path
from uuid import uuid4

__all__ = ["write_svg"]


def write_svg(path: str | os.PathLike[str], svg: str) -> str:
    """Write a drawing to a file, whole or not at all.

    Parameters
    ----------
    path : str or path-like
        An existing file there is replaced.
    svg : str

    Returns
    -------
    str
        `svg`, unchanged.

    Raises
    ------
    OSError
        If the file cannot be written; names `path`. What stood there before still does.

    Notes
    -----
    Written to a temporary file in the same folder, flushed to the disk, then renamed.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from qnlp.draw import write_svg
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = write_svg(Path(folder) / "empty.svg", "<svg/>")
    ...     print((Path(folder) / "empty.svg").read_text(), len(list(Path(folder).iterdir())))
    <svg/> 1
    """
    target = Path(path)
    try:
        _replace(target, svg.encode("utf-8"))
    except OSError as error:
        message = f"drawing cannot be written to {str(target)!r}: {error.strerror or error}"
        raise type(error)(error.errno, message) from error
    except ValueError as error:  # a path that no file can have, such as one with a NUL
        message = f"drawing cannot be written to {str(target)!r}: {error}"
        raise OSError(errno.EINVAL, message) from error
    return svg


def _replace(target: Path, data: bytes) -> None:
    if target.is_dir():
        raise IsADirectoryError(errno.EISDIR, "it is a folder")
    temporary = target.parent / f".{uuid4().hex}.tmp"
    try:
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
