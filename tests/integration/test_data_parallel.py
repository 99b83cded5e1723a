"""Two processes train one module, on loopback: equal to one process, and none waits for a dead one."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
pytestmark = pytest.mark.slow

# Arguments: folder of checkpoints, file to meet at, rank, ranks, and the step that kills this rank.
RANK = """
import os, signal, sys
from datetime import timedelta
from pathlib import Path
import numpy as np
import torch
from qnlp import IQPAnsatz, SentenceClassifier, load_checkpoint, save_checkpoint
from qnlp.grammar import CupsReader
from qnlp.torch import SentenceModule

run, meet, rank, ranks, fatal = Path(sys.argv[1]), sys.argv[2], *map(int, sys.argv[3:])
torch.distributed.init_process_group(
    "gloo",
    init_method=f"file://{meet}",
    rank=rank,
    world_size=ranks,
    timeout=timedelta(seconds=60),
)
texts = [f"{a} {n} {v}" for a in ("old", "new") for n in ("man", "dog") for v in ("sleeps", "runs")]
labels = torch.tensor([int("old" in t) ^ int("runs" in t) for t in texts])
module = SentenceModule(CupsReader().read_many(texts), IQPAnsatz({"s": 1}), seed=3)
begin = 0
if run.is_dir():
    found = load_checkpoint(run)
    begin = found.step
    with torch.no_grad():
        module.weight[:] = torch.from_numpy(np.array(found.tensors["module"]["weight"]))
model = torch.nn.parallel.DistributedDataParallel(module)
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)  # small enough not to make more of rounding
# Batches of unequal size: each process's loss counts by its share of the sentences.
cuts = [len(texts) * 5 // 8] if ranks == 2 else []
rows = torch.tensor_split(torch.arange(len(texts)), cuts)[rank]
for step in range(begin, 8):
    if step == fatal:
        os.kill(os.getpid(), signal.SIGKILL)
    optimizer.zero_grad()
    chosen = model(rows)[torch.arange(len(rows)), labels[rows]]
    (-chosen.log().sum() * ranks / len(texts)).backward()
    optimizer.step()
    if rank == 0:
        arrays = {"module": {"weight": module.weight.detach().numpy()}}
        save_checkpoint(run, step=step + 1, tensors=arrays, state={}, config={"class": "module"})
print("weights", module.weight.detach().numpy().tobytes().hex(), flush=True)
torch.distributed.destroy_process_group()
"""


def launch(folder: Path, meet: str, ranks: int, fatal: int = -1) -> list[tuple[int, str]]:
    """Exit code and output of each rank; the last one dies at the step `fatal`."""
    started = [
        subprocess.Popen(
            [sys.executable, "-c", RANK, folder / "run", folder / meet]
            # rank, ranks, and the step that kills the last one
            + [str(n) for n in (rank, ranks, fatal if rank == ranks - 1 else -1)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )
        for rank in range(ranks)
    ]
    try:
        started[-1].wait(timeout=200)
        begin = time.monotonic()
        said = [process.communicate(timeout=100)[0] for process in started]
        assert time.monotonic() - begin < 60  # after one has ended, so have the others
    finally:
        for process in started:
            process.kill()
    return [(process.returncode, text) for process, text in zip(started, said, strict=True)]


def weights(answers: list[tuple[int, str]]) -> np.ndarray:
    """Of all ranks, which must agree bit for bit."""
    found = []
    for code, text in answers:
        assert code == 0, text
        found.append(next(x.split()[1] for x in text.splitlines() if x.startswith("weights ")))
    assert len(set(found)) == 1
    return np.frombuffer(bytes.fromhex(found[0]), np.float64)


def test_two_processes_train_as_one_and_a_dead_one_ends_the_other(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    alone = weights(launch(tmp_path / "one", "meet", 1))

    (code, text), (killed, _) = launch(tmp_path / "two", "meet", 2, fatal=4)
    assert killed == -9
    assert code > 0, text
    assert "weights" not in text

    both = weights(launch(tmp_path / "two", "meet-again", 2))  # goes on from the step before
    np.testing.assert_allclose(both, alone, rtol=0, atol=np.finfo(float).eps)  # of a turn
