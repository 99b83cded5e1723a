"""What pyproject.toml says twice, it says alike."""

from __future__ import annotations

import tomllib
from pathlib import Path

PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())
EXTRAS = PROJECT["project"]["optional-dependencies"]
GROUPS = PROJECT["dependency-groups"]


def test_extra_test_is_the_group_test() -> None:
    assert EXTRAS["test"] == GROUPS["test"]


def test_group_build_has_what_the_build_system_requires() -> None:
    assert set(PROJECT["build-system"]["requires"]) <= set(GROUPS["build"])


def test_extra_all_names_every_extra_that_a_user_runs_with() -> None:
    users = [name for name in EXTRAS if name not in {"all", "docs", "test"}]
    assert EXTRAS["all"] == [f"monoidal[{','.join(users)}]"]


def test_base_install_has_no_torch() -> None:
    assert not [d for d in PROJECT["project"]["dependencies"] if d.startswith("torch")]
