"""A training gives the same bits whatever surrounds its process."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

TRAIN = """
import hashlib, sys
from pathlib import Path
from qnlp import SentenceClassifier
texts = ["man cooks dinner", "woman bakes cake", "man writes code", "woman debugs code"]
model = SentenceClassifier(n_restarts=1, max_iter=15).fit(texts, [0.5, 0.5, 1.5, 1.5])
path = model.save(Path(sys.argv[1]))
again = SentenceClassifier.load(Path(sys.argv[1]))
print(hashlib.sha256(again.theta_.tobytes() + again.predict_proba(texts).tobytes()).hexdigest())
"""
FLUSH = "import torch\nassert torch.set_flush_denormal(True)\n"
GONE = "import os, tempfile\nat = tempfile.mkdtemp()\nos.chdir(at)\nos.rmdir(at)\n"
COMMA = "import locale\nlocale.setlocale(locale.LC_ALL, ['de_DE', 'UTF-8'])\n"


def run(folder: Path, *flags: str, before: str = "", **env: str | None) -> str:
    """What the training prints; None takes a variable away."""
    surroundings = {k: v for k, v in {**os.environ, **env}.items() if v is not None}
    command = [sys.executable, *flags, "-c", before + TRAIN, str(folder)]
    done = subprocess.run(command, env=surroundings, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> str:
    return run(tmp_path_factory.mktemp("plain") / "model")


@pytest.mark.parametrize("flags", [("-O", "-W", "error"), ("-OO", "-X", "dev")])
def test_flags_of_the_interpreter_change_nothing(
    flags: tuple[str, ...], expected: str, tmp_path: Path
) -> None:
    assert run(tmp_path / "model", *flags) == expected


def test_the_environment_changes_nothing(expected: str, tmp_path: Path) -> None:
    assert run(tmp_path / "model", LC_ALL="C", PYTHONUTF8="0", TZ="Asia/Kathmandu") == expected
    assert run(tmp_path / "model", HOME=None, PYTHONHASHSEED="1", PYTHONMALLOC="debug") == expected


def test_a_folder_that_is_gone_changes_nothing(expected: str, tmp_path: Path) -> None:
    assert run(tmp_path / "model", before=GONE) == expected


def test_a_decimal_comma_changes_nothing(expected: str, tmp_path: Path) -> None:
    there = subprocess.run([sys.executable, "-c", COMMA], capture_output=True)
    if there.returncode:
        pytest.skip("there is no locale with a decimal comma")
    assert run(tmp_path / "model", before=COMMA) == expected


@pytest.mark.skipif(find_spec("torch") is None, reason="torch sets the mode")
def test_flushed_denormals_change_nothing(expected: str, tmp_path: Path) -> None:
    assert run(tmp_path / "model", before=FLUSH) == expected


def test_a_name_of_any_letters_and_length_is_fine(expected: str, tmp_path: Path) -> None:
    deep = tmp_path / ("ж " * 60) / ("é" * 100) / "model"
    assert run(deep) == expected


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    command = [sys.executable, "-c", TRAIN, str(tmp_path / "file" / "model")]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1
    assert str(tmp_path / "file") in done.stderr.splitlines()[-1]
