"""What every figure needs: a quiet core, child processes, samples of time, tables."""

from __future__ import annotations

import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
# A machine may steer numpy's BLAS by these; a peer runs as its documentation has it.
UNSET = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "PYTHONPATH")


class Absent(Exception):
    """A figure or a row cannot be had here; the message says why."""


@dataclass(frozen=True)
class Options:
    """What the command line gave."""

    peers: str
    """The Python that has the peers."""
    core: int
    rounds: int
    seconds: float
    """Least time to sample one call for."""
    slow: bool
    """Whether peers that take minutes run too."""


def data_folder() -> Path:
    """The folder of the published sets."""
    folder = Path(os.environ.get("MONOIDAL_DATA", ROOT.parent / "shared" / "data")) / "qnlp"
    if not folder.is_dir():
        message = f"no published data in {folder}: set MONOIDAL_DATA"
        raise Absent(message)
    return folder


@contextmanager
def pinned(*cores: int) -> Iterator[None]:
    """Run this process and its children on these cores alone."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@dataclass(frozen=True)
class Run:
    """A finished child process."""

    stdout: str
    stderr: str
    wall: float
    cpu: float


def execute(
    command: Sequence[str], *, threads: int = 1, cwd: Path | None = None, **env: str
) -> Run:
    """Run a command to its end; an error of it is an error here."""
    variables = {k: v for k, v in os.environ.items() if k not in UNSET}
    variables |= dict.fromkeys(THREADS, str(threads)) | env
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begin = time.perf_counter()
    done = subprocess.run(command, env=variables, cwd=cwd, capture_output=True, text=True)
    wall = time.perf_counter() - begin
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        last = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
        message = f"{Path(command[0]).name} ended with {done.returncode}: {' '.join(last)}"
        raise Absent(message)
    cpu = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return Run(done.stdout, done.stderr, wall, cpu)


def call(python: str, function: str, *, threads: int = 1, **arguments: Any) -> Any:
    """Call ``module:function`` of this folder in a fresh process of `python`; returns its result."""
    return timed_call(python, function, threads=threads, **arguments)[0]


def timed_call(
    python: str, function: str, *, threads: int = 1, **arguments: Any
) -> tuple[Any, Run]:
    """`call`, and what the process took from its start to its end."""
    command = [python, str(HERE / "child.py"), function, json.dumps(arguments)]
    done = execute(command, threads=threads)
    return json.loads(done.stdout.splitlines()[-1]), done


@dataclass(frozen=True)
class Times:
    """Seconds of one call, once a sample."""

    wall: list[float]
    cpu: list[float]

    @staticmethod
    def pool(parts: Sequence[dict[str, list[float]]]) -> Times:
        """The samples of several processes together."""
        wall, cpu = ([x for part in parts for x in part[key]] for key in ("wall", "cpu"))
        return Times(wall, cpu)


def sample(step: Callable[[int], object], seconds: float, least: int = 5) -> Times:
    """Time ``step(0), step(1), ...`` until `seconds` have passed, after a warm-up.

    A sample is a block of calls of 2 ms or more: so long that the clock's own cost does not show, so
    short that on a busy machine some pass without an interruption. `least` is the fewest samples.
    """
    n_calls = _warm_up(step)
    wall: list[float] = []
    cpu: list[float] = []
    end = time.perf_counter() + seconds
    while len(wall) < least or (time.perf_counter() < end and len(wall) < 2000):
        begin, begin_cpu = time.perf_counter(), time.process_time()
        for k in range(n_calls):
            step(k)
        wall.append((time.perf_counter() - begin) / n_calls)
        cpu.append((time.process_time() - begin_cpu) / n_calls)
    return Times(wall, cpu)


def _warm_up(step: Callable[[int], object], block: float = 0.002) -> int:
    n_calls, elapsed = 1, 0.0
    while True:
        begin = time.process_time()
        for k in range(n_calls):
            step(k)
        elapsed = time.process_time() - begin
        if elapsed >= block:
            return n_calls
        n_calls = max(2 * n_calls, int(1.2 * n_calls * block / max(elapsed, 1e-6)))


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def seconds(value: float) -> str:
    """A time for people: three digits and a unit."""
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if value >= size:
            return f"{value / size:#.3g} {unit}".replace(". ", " ")
    return f"{value * 1e6:#.3g} us".replace(". ", " ")


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns side by side: the first flush left, the others flush right."""
    lines = [header, *rows]
    widths = [max(len(line[k]) for line in lines) for k in range(len(header))]
    made = []
    for line in lines:
        cells = [line[0].ljust(widths[0])]
        cells += [cell.rjust(w) for cell, w in zip(line[1:], widths[1:], strict=True)]
        made.append("  ".join(cells).rstrip())
    made.insert(1, "-" * max(map(len, made)))
    return "\n".join(made)


def machine() -> str:
    """Processor, Python, and what this repository was at."""
    model = platform.processor() or platform.machine()
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    described = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True
    )
    return (
        f"{model}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}, commit {described.stdout.strip() or 'unknown'}"
    )


def versions(python: str, names: Sequence[str]) -> str:
    """Installed versions of distributions, those that are there."""
    found = call(python, "tools:_versions", names=list(names))
    return ", ".join(f"{name} {version}" for name, version in found.items())


def _versions(names: list[str]) -> dict[str, str]:
    from importlib.metadata import PackageNotFoundError, version

    found = {}
    for name in names:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def note(text: str) -> None:
    """Progress, beside the results."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()
