"""No kill loses an acknowledged checkpoint, and no damage to one goes unseen."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from qnlp import CheckpointCorruptError
from qnlp.checkpoint import load_checkpoint, save_checkpoint

IS_LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
KILLS = 200 if IS_LONG else 20
FLIPS = 1000

SAVE_FOREVER = """
import sys
import numpy as np
from qnlp.checkpoint import save_checkpoint
step = int(sys.argv[2])
while True:
    step += 1
    weights = {f"w{k}": np.full(50_000, float(step)) for k in range(4)}
    save_checkpoint(
        sys.argv[1], step=step, tensors={"model": weights, "optim": weights},
        state={"step": step}, config={},
    )
    print(step, flush=True)
"""


@pytest.mark.slow
def test_kill_at_a_random_moment_loses_no_acknowledged_checkpoint(tmp_path: Path) -> None:
    """The same folder survives every kill, so leftovers of one are met by the next."""
    delays, acknowledged = random.Random(0), 0
    for _ in range(KILLS):
        command = [sys.executable, "-c", SAVE_FOREVER, tmp_path, str(acknowledged)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            first = process.stdout.readline()
            time.sleep(delays.uniform(0.0, 0.1))
            process.send_signal(signal.SIGKILL)
            steps = [int(line) for line in (first + process.stdout.read()).split()]
        acknowledged = max(steps)
        found = load_checkpoint(tmp_path)
        # One more may be complete whose acknowledgement the kill cut off.
        assert found.step in (acknowledged, acknowledged + 1)
        assert found.state == {"step": found.step}
        for group in found.tensors.values():
            for array in group.values():
                np.testing.assert_array_equal(array, np.full(50_000, float(found.step)))
        assert not list(tmp_path.glob(".tmp-*"))
        folders = list(tmp_path.glob("step-*"))
        assert len(folders) <= 4
        for folder in folders:  # none is half removed
            load_checkpoint(folder)
        acknowledged = found.step


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    for step in (1, 2):
        save_checkpoint(
            folder,
            step=step,
            tensors={"model": {"angles": np.arange(40.0) + step}, "optim": {"m": np.zeros(9)}},
            state={"epoch": step, "best": 0.5},
            config={"class": "Model"},
        )
    return folder


def files(run: Path) -> list[Path]:
    return sorted([run / "LATEST", *(run / "step-000002").iterdir()])


def check(run: Path, path: Path, damaged: bytes) -> None:
    """Loading finds the damage, names the file, and falls back only when that is allowed."""
    good = path.read_bytes()
    assert damaged != good
    path.write_bytes(damaged)
    try:
        with pytest.raises(CheckpointCorruptError) as hit:
            load_checkpoint(run)
        assert str(hit.value).startswith(f"{path}: ")
        with pytest.warns(UserWarning, match="loaded step-00000. instead"):
            load_checkpoint(run, allow_previous=True)
    finally:
        path.write_bytes(good)


@pytest.mark.slow
def test_every_flip_of_one_bit_is_found(run: Path) -> None:
    draw = random.Random(1)
    paths = files(run)
    for _ in range(FLIPS):
        path = draw.choice(paths)
        data = bytearray(path.read_bytes())
        data[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
        check(run, path, bytes(data))
    assert load_checkpoint(run).step == 2


def zero_tail(data: bytes, part: int) -> bytes:
    kept = len(data) * part // 64
    return data[:kept] + bytes(len(data) - kept)


def truncate(data: bytes, part: int) -> bytes:
    return data[: len(data) * part // 64]


@pytest.mark.parametrize("damage", [truncate, zero_tail])
def test_lost_tail_is_found_at_every_64th(damage: Callable[[bytes, int], bytes], run: Path) -> None:
    for path in files(run):
        data = path.read_bytes()
        for part in range(64):
            damaged = damage(data, part)
            if damaged != data:  # a tensor may end in zeros
                check(run, path, damaged)
    assert load_checkpoint(run).step == 2
