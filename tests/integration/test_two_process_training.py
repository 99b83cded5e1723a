"""Two processes of a training share its batches, and learn what one does."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("accelerate")
pytestmark = pytest.mark.slow

TINY = Path(__file__).parents[2] / "symnum" / "configs" / "propose-tiny.toml"
RUN = """
import sys
from pathlib import Path
from symnum._neural.command import run
run("propose", Path(sys.argv[1]), Path(sys.argv[2]), steps=12)
"""


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def launch(folder: Path, n_ranks: int) -> dict[str, np.ndarray]:
    port = free_port()
    started = [
        subprocess.Popen(
            [sys.executable, "-c", RUN, str(TINY), str(folder)],
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

    return load(folder, "symnum.propose").tensors["model"]


def test_two_processes_train_as_one(tmp_path: Path) -> None:
    one, two = launch(tmp_path / "one", 1), launch(tmp_path / "two", 2)
    for name, array in one.items():
        np.testing.assert_allclose(two[name], array, rtol=0, atol=1e-6, err_msg=name)
