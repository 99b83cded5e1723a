"""Each package imports lightly; its lazy table, type-checker imports and modules agree."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

import qnlp
import symnum

PACKAGES = [qnlp, symnum]
PUBLIC = [(package, name) for package in PACKAGES for name in package.__all__]

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


@pytest.mark.parametrize(("package", "name"), PUBLIC, ids=lambda v: getattr(v, "__name__", v))
def test_public_name_loads(package: ModuleType, name: str) -> None:
    module = import_module(f"{package.__name__}.{package._MODULE_OF[name]}")
    assert getattr(package, name) is getattr(module, name)
    assert name in dir(package)


@pytest.mark.parametrize("package", PACKAGES, ids=lambda p: p.__name__)
def test_type_checkers_are_told_the_same_as_the_table(package: ModuleType) -> None:
    told = {
        alias.asname: (node.module or "").removeprefix(f"{package.__name__}.")
        for block in ast.parse(Path(package.__file__).read_text()).body
        if isinstance(block, ast.If)
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.asname == alias.name
    }
    assert told == package._MODULE_OF


@pytest.mark.parametrize("package", PACKAGES, ids=lambda p: p.__name__)
def test_unknown_attribute_is_an_attribute_error(package: ModuleType) -> None:
    message = f"module '{package.__name__}' has no attribute 'nope'"
    with pytest.raises(AttributeError, match=message):
        _ = package.nope


@pytest.mark.parametrize("package", PACKAGES, ids=lambda p: p.__name__)
def test_version_is_the_distribution_s(package: ModuleType) -> None:
    from importlib.metadata import version

    assert package.__version__ == version("monoidal")
