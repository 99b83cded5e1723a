"""Files that are written whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
from pathlib import Path
from typing import Any
from uuid import uuid4

from qnlp.draw.picture import animation, picture

__all__ = ["draw", "save", "write_bytes", "write_svg"]


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
    write_bytes(path, svg.encode("utf-8"))
    return svg


def save(path: str | os.PathLike[str], thing: Any, *, seconds: float = 1.5) -> None:
    r"""Draw a thing into a file, whole or not at all.

    Parameters
    ----------
    path : str or path-like
        The suffix says the format: ``.svg``; ``.tex`` or ``.tikz``; ``.png`` or ``.pdf``, which
        matplotlib writes; ``.gif``, likewise, for a list.
    thing : object
        What `qnlp.draw.picture` takes, or a list of such: an animation, as SVG or GIF.
    seconds : float
        For each frame of an animation.

    Raises
    ------
    MissingDependencyError
        If matplotlib is needed and not installed.
    OSError
        If the file cannot be written; names `path`.
    ValueError
        If the suffix is another.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from qnlp import Ty, Word
    >>> from qnlp.draw import save
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(Path(folder) / "alice.tex", Word("Alice", Ty("n")))
    ...     (Path(folder) / "alice.tex").read_text()[:19]
    '\\begin{tikzpicture}'
    """
    suffix = Path(path).suffix.lower()
    frames = list(thing) if isinstance(thing, list | tuple) else None
    if suffix == ".svg":
        made = picture(thing).svg() if frames is None else animation(frames, seconds)
        write_bytes(path, made.encode("utf-8"))
    elif suffix in (".tex", ".tikz") and frames is None:
        write_bytes(path, picture(thing).tikz().encode("utf-8"))
    elif suffix == ".gif" or (suffix in (".png", ".pdf") and frames is None):
        from qnlp.draw.plotted import gif_bytes, image_bytes

        shown = gif_bytes(frames or [thing], seconds) if suffix == ".gif" else b""
        write_bytes(path, shown or image_bytes(picture(thing), suffix[1:]))
    else:
        kinds = ".svg, .tex, .tikz, .png, .pdf or .gif" if frames is None else ".svg or .gif"
        message = f"path has the suffix {suffix!r}, expected {kinds}"
        raise ValueError(message)


def draw(thing: Any, path: str | None, *, scale: float = 1.0, **options: Any) -> str:
    """What the method `draw` of diagrams and circuits does."""
    shown = picture(thing, **options)
    svg = shown.svg(scale)
    if path is not None and Path(path).suffix.lower() in (".tex", ".tikz", ".png", ".pdf"):
        save(path, shown)
    elif path is not None:
        write_svg(path, svg)
    return svg


def write_bytes(path: str | os.PathLike[str], data: bytes) -> None:
    """As `write_svg`, for any content."""
    target = Path(path)
    try:
        _replace(target, data)
    except OSError as error:
        message = f"drawing cannot be written to {str(target)!r}: {error.strerror or error}"
        raise type(error)(error.errno, message) from error
    except ValueError as error:  # a path that no file can have, such as one with a NUL
        message = f"drawing cannot be written to {str(target)!r}: {error}"
        raise OSError(errno.EINVAL, message) from error


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
