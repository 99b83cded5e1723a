"""Run figures beside their peers, print them, and write them to benchmarks/results.

    python benchmarks/report.py                     # all figures
    python benchmarks/report.py gradient --peers /path/to/peers/bin/python

The peers (benchmarks/peers.txt) are best in an environment of their own; give its Python by --peers
or in MONOIDAL_PEERS. Those that it lacks are left out, with the reason. Published data are read from
MONOIDAL_DATA, by default ../shared/data.
"""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import sys
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

from tools import HERE, Absent, Options, machine, note

FIGURES = ("gradient", "compile", "training", "imports", "scaling", "install", "statevector")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("figures", nargs="*", metavar="figure", help=f"of {', '.join(FIGURES)}")
    parser.add_argument("--peers", default=os.environ.get("MONOIDAL_PEERS", sys.executable))
    parser.add_argument("--core", type=int, default=max(os.sched_getaffinity(0)))
    parser.add_argument("--rounds", type=int, default=3, help="processes a row, default 3")
    parser.add_argument("--seconds", type=float, default=1.0, help="to sample a call for")
    parser.add_argument("--slow", action="store_true", help="with the peers that take minutes")
    parser.add_argument("--out", type=Path, default=HERE / "results")
    given = parser.parse_args()
    unknown = sorted(set(given.figures) - set(FIGURES))
    if unknown:
        parser.error(f"no figure {unknown[0]!r}, expected some of {', '.join(FIGURES)}")
    if not shutil.which(given.peers):
        parser.error(f"no Python at {given.peers}")
    return given


def main() -> None:
    """Write the figures asked for, or all."""
    given = arguments()
    options = Options(given.peers, given.core, given.rounds, given.seconds, given.slow)
    for name in given.figures or FIGURES:
        figure = import_module(f"figures.{name}")
        begin, load = datetime.now(UTC), os.getloadavg()[0]
        try:
            text = figure.run(options)
        except Absent as reason:
            note(f"{name}: left out: {reason}")
            continue
        lines = [
            figure.TITLE,
            "",
            text,
            machine(),
            f"{begin:%Y-%m-%d %H:%M} UTC, load {load:.1f} before and {os.getloadavg()[0]:.1f} after",
            "python benchmarks/report.py " + _command(given, name),
        ]
        made = "\n".join(lines) + "\n"
        sys.stdout.write(made + "\n")
        given.out.mkdir(parents=True, exist_ok=True)
        (given.out / f"{name}.txt").write_text(made)


def _command(given: argparse.Namespace, name: str) -> str:
    words = [name, "--rounds", str(given.rounds), "--seconds", f"{given.seconds:g}"]
    words += ["--slow"] if given.slow else []
    words += ["--peers", "PEERS/bin/python"] if given.peers != sys.executable else []
    return shlex.join(words)


if __name__ == "__main__":
    main()
