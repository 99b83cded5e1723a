"""Two processes of a training share its batches, and learn what one does."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("accelerate")
pytestmark = pytest.mark.slow

CONFIGS = Path(__file__).parents[2] / "symnum" / "configs"
RUN = """
import sys
from pathlib import Path
from symnum._neural.command import run
configs, folder = map(Path, sys.argv[1:])
for name in ("propose", "snip"):
    run(name, configs / f"{name}-tiny.toml", folder / name, steps=12)
"""


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def launch(folder: Path, n_ranks: int) -> dict[str, np.ndarray]:
    """The weights of both models by name."""
    port = free_port()
    started = [
        subprocess.Popen(
            [sys.executable, "-c", RUN, str(CONFIGS), str(folder)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={
                **os.environ,
                "OMP_NUM_THREADS": "1",
                "ACCELERATE_USE_CPU": "true",
                "MASTER_ADDR": "127.0.0.1",
                "MASTER_PORT": str(port),
                "WORLD_SIZE": str(n_ranks),
                "RANK": str(rank),
                "LOCAL_RANK": str(rank),
            },
        )
        for rank in range(n_ranks)
    ]
    try:
        said = [process.communicate(timeout=200)[0] for process in started]
    finally:
        for process in started:
            process.kill()
    assert [process.returncode for process in started] == [0] * n_ranks, said
    from symnum._checkpoints import load

    return {
        f"{name} {key}": array
        for name in ("propose", "snip")
        for key, array in load(folder / name, f"symnum.{name}").tensors["model"].items()
    }


def test_ctrl_c_ends_the_command_with_130_and_a_checkpoint(tmp_path: Path) -> None:
    config = tmp_path / "long.toml"
    config.write_text(
        (CONFIGS / "snip-tiny.toml").read_text().replace("steps = 200", "steps = 10000")
    )
    code = "from symnum.cli import main; main()"
    command = [sys.executable, "-c", code, "train", "snip", "--config", str(config)]
    started = subprocess.Popen(
        [*command, "--out", str(tmp_path / "run")], stderr=subprocess.PIPE, text=True
    )
    assert started.stderr is not None
    line = started.stderr.readline()
    assert line.startswith("step 50")
    started.send_signal(signal.SIGINT)
    started.communicate(timeout=100)
    assert started.returncode == 130
    from symnum._checkpoints import load

    assert load(tmp_path / "run", "symnum.snip").step >= 50


def test_two_processes_train_as_one(tmp_path: Path) -> None:
    one, two = launch(tmp_path / "one", 1), launch(tmp_path / "two", 2)
    for name, array in one.items():
        np.testing.assert_allclose(two[name], array, rtol=0, atol=1e-6, err_msg=name)
