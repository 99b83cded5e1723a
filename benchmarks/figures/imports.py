"""What an import costs, in a fresh process."""

from __future__ import annotations

import sys

from tools import (
    Absent,
    Options,
    execute,
    median,
    note,
    pinned,
    seconds,
    table,
    versions,
)

TITLE = "import time"
BARE = "pass"
OURS = ("import qnlp", "from qnlp import SentenceClassifier")
PEERS = ("import numpy", "import sklearn.base", "import lambeq", "import pennylane")
HEAVY = ("torch", "scipy.optimize", "matplotlib", "qiskit", "lambeq", "sklearn")
COUNT = "\nimport sys\nprint(len(sys.modules), *sorted(set({heavy!r}) & set(sys.modules)))"


def run(options: Options) -> str:
    """The table."""
    statements = dict.fromkeys((BARE, *OURS), sys.executable) | dict.fromkeys(PEERS, options.peers)
    cpu: dict[str, list[float]] = {}
    wall: dict[str, list[float]] = {}
    with pinned(options.core):
        loaded = {s: _loaded(s, python) for s, python in statements.items()}
        for k in range(3 * options.rounds):
            note(f"imports, {k + 1} of {3 * options.rounds}")
            for statement, python in statements.items():
                if not isinstance(loaded[statement], Absent):
                    done = execute([python, "-P", "-c", statement])
                    cpu.setdefault(statement, []).append(done.cpu)
                    wall.setdefault(statement, []).append(done.wall)
    bare, bare_wall = median(cpu[BARE]), median(wall[BARE])
    rows = [
        [
            statement,
            seconds(max(median(cpu[statement]) - bare, 0)),
            seconds(max(min(cpu[statement]) - min(cpu[BARE]), 0)),
            seconds(max(median(wall[statement]) - bare_wall, 0)),
            *counts,
        ]
        for statement, counts in loaded.items()
        if statement != BARE and not isinstance(counts, Absent)
    ]
    return "\n".join(
        [
            f"One core; CPU and wall time over that of a bare start of Python ({seconds(bare)}).",
            "",
            table(["", "CPU median", "least", "wall median", "modules", "heavy ones"], rows),
            *(f"absent: {s}: {found}" for s, found in loaded.items() if isinstance(found, Absent)),
            "",
            f"import qnlp under 250 ms: {seconds(median(cpu[OURS[0]]) - bare)} of CPU",
            f"ours: {versions(sys.executable, ['monoidal', 'numpy'])}",
            f"peers: {versions(options.peers, ['numpy', 'lambeq', 'pennylane'])}",
        ]
    )


def _loaded(statement: str, python: str) -> list[str] | Absent:
    """How many modules there are after it, and which of the heavy ones."""
    try:
        done = execute([python, "-P", "-c", statement + COUNT.format(heavy=HEAVY)])
    except Absent as reason:
        return reason
    count, *heavy = done.stdout.splitlines()[-1].split()
    return [count, ", ".join(heavy) or "none"]
