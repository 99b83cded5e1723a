"""Every command and every line of Python in README.md runs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

README = Path(__file__).parents[2] / "README.md"
# Run by CI itself, or about the machine rather than the package.
NOT_HERE = ("make ", "pip install", "git clone", "cd ")


def blocks(*languages: str) -> list[str]:
    fence = re.compile(rf"^```(?:{'|'.join(languages)})\n(.*?)^```", re.MULTILINE | re.DOTALL)
    return fence.findall(README.read_text())


def commands() -> list[str]:
    """The lines of the shell blocks; in a console block, those behind a `$`."""
    lines = [line for block in blocks("sh", "bash") for line in block.splitlines()]
    lines += re.findall(r"^\$ (.*)$", "\n".join(blocks("console")), re.MULTILINE)
    return [c for c in lines if c.strip() and not c.startswith((*NOT_HERE, "#"))]


def run(command: list[str], folder: Path) -> None:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        command, cwd=folder, env=os.environ | {"PATH": path}, capture_output=True, text=True
    )
    assert done.returncode == 0, f"{command[-1]}\n{done.stdout}{done.stderr}"


def test_commands_of_the_readme_run_in_an_empty_folder(tmp_path: Path) -> None:
    for command in commands():
        run(["/bin/sh", "-c", command], tmp_path)


def test_python_of_the_readme_runs_in_an_empty_folder(tmp_path: Path) -> None:
    run([sys.executable, "-c", "\n".join(blocks("python"))], tmp_path)


def test_readme_has_commands_for_set_up() -> None:
    assert {"make demo", "make test"} <= set("\n".join(blocks("sh", "bash")).splitlines())
