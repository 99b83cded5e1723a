"""Where a run is stored and what its machine lacks: row F8. It works, or one line says why not."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

COMMAND = [
    *(sys.executable, "-c", "import sys; from qnlp.cli import main; sys.exit(main())"),
    *("train", "--dataset", "relative-clauses"),
]
QUICK = ["--max-iter", "1", "--restarts", "1", "--reader", "spiders", "-q"]


def train(out: str, folder: Path, *before: str, **env: str | None) -> subprocess.CompletedProcess:
    surroundings = {k: v for k, v in {**os.environ, **env}.items() if v is not None}
    command = [*before, *COMMAND, *QUICK, "-o", out]
    done = subprocess.run(
        command, cwd=folder, env=surroundings, capture_output=True, text=True, timeout=240
    )
    assert "Traceback" not in done.stderr
    return done


def test_a_path_may_have_blanks_and_letters_of_any_script_and_be_long(tmp_path: Path) -> None:
    name = "mein Modell, \N{SNOWMAN} \N{CYRILLIC SMALL LETTER ZHE}"
    long = "/".join(["deep" * 20] * 4)  # over 300 characters
    out = f"{name}/{long}/model"
    assert train(out, tmp_path, HOME=None, LC_ALL="C").returncode == 0
    assert list((tmp_path / out).glob("step-*"))


@pytest.mark.parametrize(
    ("out", "said"),
    [
        ("x" * 300, "File name too long"),
        ("/proc/nowhere/model", "nowhere"),
        ("taken/model", "Not a directory"),
    ],
)
def test_a_place_that_cannot_be_written_is_named(out: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    done = train(out, tmp_path)
    assert done.returncode == 1
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert sorted(p.name for p in tmp_path.iterdir()) == ["taken"]


def test_no_shared_memory_and_packages_that_cannot_be_written(tmp_path: Path) -> None:
    unshare = shutil.which("unshare")
    site = Path(os.__file__).parent
    script = (
        f"mount -t tmpfs -o ro none /dev/shm && mount --bind {site} {site} "
        f'&& mount -o remount,ro,bind {site} && exec "$@"'
    )
    before = ("unshare", "--mount", "sh", "-c", script, "sh")
    if unshare is None or subprocess.run([*before, "true"], capture_output=True).returncode:
        pytest.skip("needs the right to mount")
    done = train("model", tmp_path, *before)
    assert done.returncode == 0, done.stderr
