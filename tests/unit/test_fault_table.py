"""tests/faults.tsv: what may go wrong, row by row, and the tests that hold the answer to it."""

from __future__ import annotations

import ast
import csv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROWS = ("Q", 8), ("F", 8), ("P", 9), ("D", 1)

with (ROOT / "tests" / "faults.tsv").open(encoding="utf8", newline="") as file:
    TABLE = {row["row"]: row["tests"] for row in csv.DictReader(file, delimiter="\t")}


def split_tests(listed: str) -> list[tuple[Path, str]]:
    """Files and names; those of C++ have blanks, and bars between them."""
    split = listed.split("|") if listed.startswith("cpp/") else listed.split()
    found = []
    for test in split:
        path, _, name = test.partition("::")
        found.append((ROOT / path, name))
    return found


def test_every_row_is_there() -> None:
    assert list(TABLE) == [f"{letter}{k + 1}" for letter, n in ROWS for k in range(n)]


@pytest.mark.parametrize("row", TABLE)
def test_the_split_tests_a_row_exist(row: str) -> None:
    for path, name in split_tests(TABLE[row]):
        text = path.read_text(encoding="utf8")
        if path.suffix == ".cpp":
            assert f'"{name}"' in text, name
        else:
            names = [n.name for n in ast.parse(text).body if isinstance(n, ast.FunctionDef)]
            assert name in names, name
