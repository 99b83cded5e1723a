"""The command `symnum`: results, errors and exit codes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest


def symnum(*arguments: str) -> subprocess.CompletedProcess[str]:
    code = "from symnum.cli import main; main()"
    return subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    m, v = np.random.default_rng(0).uniform(1, 5, (2, 50))
    lines = [
        "m,v,energy",
        *(f"{a!r},{b!r},{a * b**2 / 2!r}" for a, b in zip(m.tolist(), v.tolist(), strict=True)),
    ]
    path = tmp_path / "data.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_fit_ranks_formulas_and_marks_the_chosen_one(table: Path) -> None:
    done = symnum("fit", str(table), "--target", "energy")
    assert done.returncode == 0, done.stderr
    chosen = [line for line in done.stdout.splitlines() if line.startswith(">>>")]
    assert len(chosen) == 1
    assert "m*v**2/2" in chosen[0]


def test_fit_prints_json_and_saves(table: Path, tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    done = symnum("fit", str(table), "--target", "energy", "--json", "--save", str(path))
    found = json.loads(done.stdout)
    assert found["is_exact"]
    assert [row["equation"] for row in found["equations"] if row["pick"]] == ["m*v**2/2"]
    assert path.exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("m,v\n1,2\n3\n", "data.csv:3: row has 1 values, expected 2"),
        ("m,v\n1,2\n3,__import__('os')\n", "data.csv:3: column 'v' has"),
        ("m,v\n1,nan\n2,3\n", "NaN"),
        ("", "is empty"),
        ("m,v\n", "0 sample"),
    ],
)
def test_bad_file_is_refused_with_its_line(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text(text)
    done = symnum("fit", str(path), "--target", "v" if text else "x")
    assert done.returncode == 1
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_wrong_use_ends_with_2(table: Path) -> None:
    assert symnum("fit", str(table), "--target", "mass").returncode == 2
    assert symnum("fit").returncode == 2
    assert symnum("fit", "/nowhere.csv", "--target", "y").returncode == 1
