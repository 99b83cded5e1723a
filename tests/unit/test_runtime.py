"""Threads and memory."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from qnlp import runtime
from qnlp.errors import DomainError


@pytest.mark.parametrize("n", [0, -1, 1025, 2**40])
def test_a_number_of_threads_out_of_range_is_refused(n: int) -> None:
    with pytest.raises(DomainError, match=f"n_threads is {n}, expected 1 to 1024"):
        runtime.set_num_threads(n)


@pytest.mark.parametrize("n", [1.0, "2", None, True])
def test_a_number_of_threads_that_is_none_is_refused(n: Any) -> None:
    with pytest.raises(TypeError):
        runtime.set_num_threads(n)


@pytest.mark.parametrize(
    ("value", "expected"), [("3", "3"), ("2,4", "2"), ("0", None), ("many", None), ("", None)]
)
def test_the_first_number_of_threads_is_the_environments(value: str, expected: str | None) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import qnlp; print(qnlp.num_threads())"],
        env={"OMP_NUM_THREADS": value, "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    assert expected is None or done.stdout.strip() == expected
    assert int(done.stdout) >= 1


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(runtime, "_CGROUP", tmp_path)
    monkeypatch.setattr(runtime, "_MEMINFO", tmp_path / "meminfo")
    (tmp_path / "meminfo").write_text("MemTotal: 24000 kB\nMemAvailable: 12000 kB\n")
    return tmp_path


def test_the_limit_is_a_share_of_what_is_available_not_of_the_whole(system: Path) -> None:
    assert runtime.memory_limit() == int(0.8 * 12000 * 1024)


def test_the_limit_is_what_the_control_group_leaves(system: Path) -> None:
    (system / "memory.max").write_text("1000000\n")
    (system / "memory.current").write_text("400000\n")
    assert runtime.memory_limit() == 600_000
    (system / "memory.current").write_text("2000000\n")
    assert runtime.memory_limit() == 0
    (system / "memory.max").write_text("max\n")
    assert runtime.memory_limit() == int(0.8 * 12000 * 1024)


def test_the_limit_is_the_users_where_that_is_lower(system: Path) -> None:
    runtime.set_memory_limit(5)
    try:
        assert runtime.memory_limit() == 5
        runtime.set_memory_limit(2**60)
        assert runtime.memory_limit() == int(0.8 * 12000 * 1024)
    finally:
        runtime.set_memory_limit(None)
    with pytest.raises(DomainError):
        runtime.set_memory_limit(-1)


@pytest.mark.parametrize("text", ["", "nonsense", "MemAvailable: much kB"])
def test_a_system_that_says_nothing_has_a_limit_still(system: Path, text: str) -> None:
    (system / "meminfo").write_text(text)
    assert runtime.memory_limit() == 2 * 2**30


def test_a_quota_of_processors_limits_the_threads(
    system: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    (system / "cpu.max").write_text("150000 100000\n")
    assert runtime.available_threads() <= 2
    (system / "cpu.max").write_text("10000 100000\n")
    assert runtime.available_threads() == 1
    (system / "cpu.max").write_text("max 100000\n")
    assert runtime.available_threads() >= 1


@pytest.mark.parametrize(
    ("n", "text"),
    [
        (0, "0 bytes"),
        (1023, "1023 bytes"),
        (2**20, "1.0 MiB"),
        (2**45, "32.0 TiB"),
        (2**1000, "over 16 EiB"),
    ],
)
def test_bytes_are_written_for_people(n: int, text: str) -> None:
    assert runtime.format_bytes(n) == text
