"""Curves for TensorBoard are what training recorded."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest
from sklearn.base import clone

from qnlp import SentenceClassifier, TensorBoard

pytest.importorskip("tensorboard")


def curve(folder: Path, tag: str) -> list[tuple[int, float]]:
    from tensorboard.backend.event_processing import event_accumulator
    from tensorboard.util import tensor_util

    read: Any = event_accumulator.EventAccumulator(str(folder))
    read.Reload()
    return [(e.step, float(tensor_util.make_ndarray(e.tensor_proto))) for e in read.Tensors(tag)]


def test_each_beginning_is_a_run_with_its_losses(tmp_path: Path) -> None:
    curves = TensorBoard(tmp_path)
    records: list[dict[str, Any]] = []
    model = SentenceClassifier(
        "spiders", optimizer="adam", max_iter=4, n_restarts=2, callbacks=[records.append, curves]
    )
    texts = ["good cake", "bad cake"]
    model.fit(texts, [1, 0], eval_set=(texts, [1, 0]))
    curves.close()
    for restart, own in enumerate((records[:4], records[4:]), 1):
        for tag in ("loss", "eval_accuracy"):
            found = curve(tmp_path / f"restart-{restart}", tag)
            expected = [(r["iteration"], pytest.approx(r[tag], rel=1e-6)) for r in own]
            assert found == expected


def test_copies_are_made_while_it_writes(tmp_path: Path) -> None:
    curves = TensorBoard(tmp_path)
    curves({"iteration": 1, "loss": 1.0, "seconds": 0.1})
    assert pickle.loads(pickle.dumps(curves)).folder == tmp_path
    assert clone(SentenceClassifier(callbacks=[curves])).callbacks[0].folder == tmp_path
    curves.close()
    assert curve(tmp_path / "restart-1", "loss") == [(1, 1.0)]
