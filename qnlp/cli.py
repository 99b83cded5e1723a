"""The command line: `qnlp`.

This module imports next to nothing, so that an interrupt during a slow import is heard too.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]

FAILURE, USAGE, INTERRUPTED = 1, 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    arguments : sequence of str, optional
        By default those of the process.

    Returns
    -------
    int
        0 if all is well, 1 for a failure, 2 for wrong usage, 130 after Ctrl-C. Whatever the user did
        wrong is one clear message on standard error; ``--debug`` adds the traceback.

    Examples
    --------
    >>> from qnlp.cli import main
    >>> main(["--version"])
    qnlp 0.1.0
    0
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        code = _run(given)
    except KeyboardInterrupt:
        code = INTERRUPTED
    except BrokenPipeError:  # the reader of our output, such as `head`, has gone
        return _leave_the_pipe()
    except Exception as error:  # noqa: BLE001 - the last door: nothing may show a traceback
        if "--debug" in given:
            import traceback

            traceback.print_exc()
        return _report(error, given)
    if code == INTERRUPTED:  # typer makes the exception this code
        sys.stderr.write("interrupted\n")
    return code


def _run(given: list[str]) -> int:
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a terminal that cannot show a letter shows its number
            stream.reconfigure(errors="backslashreplace")
    import typer

    from qnlp.commands.app import app
    from qnlp.commands.output import plain_warnings

    with plain_warnings():
        code = typer.main.get_command(app).main(given, prog_name="qnlp", standalone_mode=False)
    return code if isinstance(code, int) else 0


def _report(error: Exception, given: list[str]) -> int:
    """Say what went wrong, and give the exit code."""
    from qnlp.commands.output import UsageFault, complain
    from qnlp.errors import QnlpError

    if hasattr(error, "format_message"):  # typer's own
        context = getattr(error, "ctx", None)
        command = context.command_path if context is not None else "qnlp"
        complain(f"{command}: {error.format_message()} See '{command} --help'.")
        return USAGE
    if isinstance(error, UsageFault):
        complain(str(error))
        return USAGE
    if isinstance(error, QnlpError | MemoryError):
        complain(f"{type(error).__name__}: {error}")
    elif isinstance(error, OSError):
        reason = error.strerror or str(error)
        complain(f"{error.filename}: {reason}" if error.filename else reason)
    else:
        complain(
            f"{type(error).__name__}: {error}\n"
            "This is a fault of qnlp, not yours: please report it with the output of --debug."
        )
    return FAILURE


def _leave_the_pipe() -> int:
    """Keep the interpreter from failing once more when it flushes at its exit."""
    import os

    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return FAILURE
