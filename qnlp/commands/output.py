"""Where a command's words go: results to standard output, all else to standard error."""

from __future__ import annotations

import json
import sys
import time
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    Record = dict[str, Any]

__all__ = ["Output", "UsageFault", "table"]

LINE_SECONDS = 2.0
"""How often a line tells progress where there is no terminal."""


class UsageFault(Exception):
    """A command was given what it cannot work with: exit code 2."""


@dataclass(frozen=True)
class Output:
    """How a command speaks.

    Parameters
    ----------
    as_json : bool
        Results are one JSON document instead of text.
    quiet : bool
        Nothing but results, warnings and errors.
    """

    as_json: bool = False
    quiet: bool = False

    def result(self, text: str, data: Mapping[str, Any]) -> None:
        """Print a result, as text or as JSON."""
        sys.stdout.write((json.dumps(data) if self.as_json else text) + "\n")
        sys.stdout.flush()

    def note(self, line: str) -> None:
        """Say something on standard error, unless quiet."""
        if not self.quiet:
            complain(line)

    @contextmanager
    def progress(self, total: int) -> Iterator[Callable[[Record], None]]:
        """A function that takes a training record: a bar on a terminal, else a line now and then.

        Parameters
        ----------
        total : int
            The most iterations there can be.
        """
        if self.quiet:
            yield lambda record: None
        elif sys.stderr.isatty():
            with _bar(total) as show:
                yield show
        else:
            yield _Lines()

    @contextmanager
    def counting(self, what: str, total: int) -> Iterator[Callable[[int], None]]:
        """A function that takes how many more are done: a bar on a terminal, else nothing.

        Parameters
        ----------
        what : str
        total : int
        """
        if self.quiet or not sys.stderr.isatty():
            yield lambda n_more: None
            return
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
        from rich.progress import TimeRemainingColumn as Remaining

        columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), Remaining())
        with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
            task = bars.add_task(what, total=total)
            yield lambda n_more: bars.update(task, advance=n_more)


class _Lines:
    """The first record, then one every few seconds."""

    def __init__(self) -> None:
        self.next = 0.0
        self.count = 0

    def __call__(self, record: Record) -> None:
        self.count += 1
        now = time.monotonic()
        if now >= self.next:
            self.next = now + LINE_SECONDS
            complain(f"iteration {self.count}: {_described(record)}")


@contextmanager
def _bar(total: int) -> Iterator[Callable[[Record], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as Remaining

    columns = (TextColumn("training"), BarColumn(), MofNCompleteColumn(), Remaining())
    shown = TextColumn("{task.fields[described]}")
    with Progress(*columns, shown, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task("training", total=total, described="")

        def show(record: Record) -> None:
            bars.update(task, advance=1, described=_described(record))

        yield show


def _described(record: Record) -> str:
    line = f"loss {record['loss']:.4f}"
    if "eval_accuracy" in record:
        line += f", dev accuracy {record['eval_accuracy']:.3f}"
    return line


def complain(line: str) -> None:
    """One line on standard error."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


@contextmanager
def plain_warnings() -> Iterator[None]:
    """Have warnings print as one line each, without the place in the code that gave them."""
    with warnings.catch_warnings():
        warnings.showwarning = lambda message, *_, **__: complain(f"warning: {message}")
        yield


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns aligned: the first to the left, the others to the right.

    Examples
    --------
    >>> print(table(["", "test"], [["accuracy", "1.000"]]))
               test
    accuracy  1.000
    """
    lines = [header, *rows]
    widths = [max(len(line[k]) for line in lines) for k in range(len(header))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if k else cell.ljust(width)
            for k, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )
