"""Who may import whom, in Python and in C++."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PYTHON = [p for package in ("qnlp", "symnum") for p in sorted((ROOT / package).rglob("*.py"))]

# These import torch when they are imported; all others import them inside their functions alone.
WITH_TORCH = {
    "symnum/_neural/decoding.py",
    "symnum/_neural/function_task.py",
    "symnum/_neural/trainer.py",
    "symnum/_propose/model.py",
    "symnum/_prose/model.py",
    "symnum/_prose/operators.py",
    "symnum/_snip/model.py",
    "symnum/coders.py",
    "symnum/nn.py",
    "symnum/training.py",
}

# symnum reads and writes checkpoints through the checked files of qnlp, behind one door.
DOORS = {"symnum/_checkpoints.py", "symnum/diagrams.py"}

# An optional package is imported by the files that need it, and only inside their functions.
MAY_USE = {
    "torch": {
        "qnlp/backend/torch.py",
        "qnlp/backend/torch_circuits.py",
        "qnlp/torch.py",
        "qnlp/torch_tensor.py",
        "symnum/_neural/command.py",
        "symnum/_neural/files.py",
        "symnum/_torch.py",
        "symnum/propose.py",
        "symnum/prose.py",
        "symnum/snip.py",
        *WITH_TORCH,
    },
    "accelerate": {"symnum/_neural/trainer.py"},
    "sympy": {"symnum/_sympy.py"},
    "pandas": {"symnum/_frames.py"},
    "optuna": {"qnlp/tuning.py"},
    "tensorboard": {"qnlp/callbacks.py"},
    "pyoperon": {"symnum/operon.py"},
    "qiskit": {
        "qnlp/backend/aer.py",
        "qnlp/backend/aer_circuits.py",
        "qnlp/backend/qiskit_primitives.py",
        "qnlp/convert/qiskit.py",
    },
    "qiskit_qasm3_import": {"qnlp/convert/qiskit.py"},
    "qiskit_aer": {"qnlp/backend/aer.py", "qnlp/backend/aer_circuits.py"},
    "pennylane": {
        "qnlp/backend/pennylane.py",
        "qnlp/backend/pennylane_device.py",
        "qnlp/backend/pennylane_tapes.py",
    },
    "spacy": {"qnlp/grammar/spacy.py"},
    "lambeq": {"qnlp/convert/lambeq.py", "qnlp/grammar/bobcat.py", "qnlp/lambeq.py"},
    "transformers": {"qnlp/grammar/bobcat.py"},
    "discopy": {"qnlp/convert/discopy.py"},
    "matplotlib": {"qnlp/commands/report.py", "qnlp/draw/plotted.py", "qnlp/plot.py"},
    "pyzx": {"qnlp/convert/pyzx.py"},
}

# A C++ folder includes itself and these.
MAY_INCLUDE = {
    "common": set(),
    "diagram": {"common"},
    "grammar": {"common", "diagram"},
    "tensor": {"common", "diagram"},
    "circuit": {"common", "diagram"},
    "model": {"common", "diagram", "tensor", "circuit"},
    "expression": {"common"},
    "ode": {"common", "expression"},
    "search": {"common", "expression"},
    "generate": {"common", "expression"},
}


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) in {
        "TYPE_CHECKING",
        "typing.TYPE_CHECKING",
    }


def imports(tree: ast.AST, *, lazy: bool = False) -> Iterator[tuple[str, bool]]:
    """Each imported top-level package, and whether only a call or a type checker imports it."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            yield from ((a.name.partition(".")[0], lazy) for a in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield (node.module or "").partition(".")[0], lazy
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in {"require", "import_module"}:
            first = node.args[0]
            if isinstance(first, ast.Constant):
                yield str(first.value).partition(".")[0], lazy
        deferred = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        if is_type_checking(node):
            yield from imports(ast.Module(node.body, []), lazy=True)
            yield from imports(ast.Module(node.orelse, []), lazy=lazy)
        else:
            yield from imports(node, lazy=lazy or deferred)


@pytest.mark.parametrize("path", PYTHON, ids=name)
def test_file_imports_only_the_layers_below_it(path: Path) -> None:
    found = {package for package, _ in imports(ast.parse(path.read_text()))}
    if name(path).startswith("qnlp/"):
        assert "symnum" not in found
    elif name(path) not in DOORS:
        assert "qnlp" not in found


@pytest.mark.parametrize("path", PYTHON, ids=name)
def test_optional_package_is_imported_lazily_by_the_file_that_needs_it(path: Path) -> None:
    for package, lazy in imports(ast.parse(path.read_text())):
        if package in MAY_USE:
            is_fine = lazy or (package == "torch" and name(path) in WITH_TORCH)
            assert is_fine, f"{package} is imported when {name(path)} is"
            assert name(path) in MAY_USE[package], f"{package} is not for {name(path)}"


@pytest.mark.parametrize("path", [p for p in PYTHON if name(p) not in WITH_TORCH], ids=name)
def test_file_that_needs_torch_is_imported_lazily_by_all_others(path: Path) -> None:
    modules = {p.removesuffix(".py").replace("/", ".") for p in WITH_TORCH}
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.ImportFrom):
            named = {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
            assert not named & modules


@pytest.mark.parametrize("path", PYTHON, ids=name)
def test_optional_package_is_named_by_a_literal(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "require":
            assert isinstance(node.args[0], ast.Constant), ast.unparse(node)


def test_imports_are_told_apart() -> None:
    source = (
        "import numpy\n"
        "if TYPE_CHECKING:\n    import torch\nelse:\n    require('torch.nn', 'torch')\n"
        "def f():\n    from qiskit.circuit import Gate\n    require('lambeq.ansatz', 'lambeq')\n"
        "class A:\n    import spacy\n"
    )
    assert list(imports(ast.parse(source))) == [
        ("numpy", False),
        ("torch", True),
        ("torch", False),
        ("qiskit", True),
        ("lambeq", True),
        ("spacy", False),
    ]


def included(path: Path) -> list[str]:
    return re.findall(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', path.read_text(), re.MULTILINE)


CPP = sorted(
    p
    for folder in ("include/monoidal", "src")
    for p in (ROOT / "cpp" / folder).rglob("*")
    if p.suffix in {".hpp", ".cpp"}
)


@pytest.mark.parametrize("path", CPP, ids=name)
def test_kernel_includes_only_the_folders_below_it(path: Path) -> None:
    folder = name(path).removeprefix("cpp/").removeprefix("include/monoidal/").split("/")
    own = folder[1] if folder[0] == "src" else folder[0]
    used = {header.split("/")[1] for header in included(path) if header.startswith("monoidal/")}
    assert used <= MAY_INCLUDE[own] | {own}


@pytest.mark.parametrize("path", CPP, ids=name)
def test_kernel_knows_no_python(path: Path) -> None:
    assert not [h for h in included(path) if re.match(r"pybind11|Python\.h|bindings", h)]


def test_bindings_hpp_alone_includes_pybind11() -> None:
    users = {
        name(p)
        for p in (ROOT / "cpp" / "bindings").rglob("*.?pp")
        if any(h.startswith("pybind11") for h in included(p))
    }
    assert users == {"cpp/bindings/bindings.hpp"}
