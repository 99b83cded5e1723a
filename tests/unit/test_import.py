"""`import qnlp` is light, and its lazy table, type-checker imports and modules agree."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import qnlp

HEAVY = {
    "accelerate",
    "joblib",
    "lambeq",
    "matplotlib",
    "pennylane",
    "pydantic",
    "qiskit",
    "qiskit_aer",
    "rich",
    "scipy.optimize",
    "sklearn",
    "spacy",
    "sympy",
    "torch",
    "transformers",
    "typer",
}


def modules_after(statement: str) -> set[str]:
    code = f"{statement}\nimport json, sys\nprint(json.dumps(list(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(json.loads(run.stdout))


@pytest.mark.parametrize("package", ["qnlp", "symnum"])
def test_import_loads_no_heavy_module(package: str) -> None:
    assert not modules_after(f"import {package}") & HEAVY


def test_heavy_module_would_be_seen() -> None:
    assert "scipy.optimize" in modules_after("import qnlp, scipy.optimize")


@pytest.mark.parametrize("name", qnlp.__all__)
def test_public_name_loads(name: str) -> None:
    module = import_module(f"qnlp.{qnlp._MODULE_OF[name]}")
    assert getattr(qnlp, name) is getattr(module, name)
    assert name in dir(qnlp)


def test_type_checkers_are_told_the_same_as_the_table() -> None:
    told = {
        alias.asname: (node.module or "").removeprefix("qnlp.")
        for block in ast.parse(Path(qnlp.__file__).read_text()).body
        if isinstance(block, ast.If)
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.asname == alias.name
    }
    assert told == qnlp._MODULE_OF


def test_unknown_attribute_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'qnlp' has no attribute 'nope'"):
        _ = qnlp.nope


def test_version_is_the_distribution_s() -> None:
    from importlib.metadata import version

    assert qnlp.__version__ == version("monoidal")
