"""Write the checkpoint that every later version must be able to read: kept a format, never edited."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from qnlp.checkpoint import save_checkpoint

TENSORS = {
    "model": {
        "angles": np.array([0.1, -2.5e-300, np.inf, 0.0]),
        "table": np.arange(6, dtype=np.int32).reshape(2, 3),
        "scalar": np.array(7.0, np.float32),
        "none": np.zeros((0, 3)),
    },
    "optim": {"mask": np.array([True, False])},
}
STATE = {"epoch": 3, "best": 0.25, "generator": {"state": 2**127 - 1}}
CONFIG = {"class": "Golden", "labels": ["food", "it"], "word": "café"}

if __name__ == "__main__":
    folder = Path(__file__).parent / sys.argv[1]
    save_checkpoint(folder, step=420, tensors=TENSORS, state=STATE, config=CONFIG)
