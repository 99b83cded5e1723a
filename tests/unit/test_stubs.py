"""The stubs say what the compiled core has: names, parameters, and which have a default.

pybind11 functions carry no signature that `inspect` reads, but their docstring starts with one.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path

import pytest

import qnlp
import symnum

STUBS = sorted(
    path
    for package in (qnlp, symnum)
    for path in (Path(package.__file__).parent / "_core").glob("*.pyi")
)

Parameters = list[tuple[str, bool]]


def module_of(stub: Path) -> str:
    core = f"{stub.parents[1].name}._core"
    return core if stub.stem == "__init__" else f"{core}.{stub.stem}"


def is_public(name: str) -> bool:
    return not name.startswith("_")


def defined(body: Iterable[ast.stmt]) -> dict[str, ast.stmt]:
    """The names that a stub defines; a submodule that it imports from its own folder is one."""
    found: dict[str, ast.stmt] = {}
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found[node.name] = node
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            if ast.unparse(node.annotation) != "TypeAlias":  # for type checkers only
                found[node.target.id] = node
        elif isinstance(node, ast.ImportFrom) and node.level:
            found |= {alias.name: node for alias in node.names}
    return found


def parameters(function: ast.FunctionDef) -> Parameters:
    a = function.args
    positional = [*a.posonlyargs, *a.args]
    required = len(positional) - len(a.defaults)
    return [(p.arg, i >= required) for i, p in enumerate(positional)] + [
        (p.arg, default is not None) for p, default in zip(a.kwonlyargs, a.kw_defaults, strict=True)
    ]


def compiled_parameters(doc: str) -> Parameters:
    signature = doc.splitlines()[0]
    function = ast.parse(f"def {signature}: ...").body[0]
    assert isinstance(function, ast.FunctionDef)
    return parameters(function)


FUNCTIONS = [
    (module_of(path), owner, node)
    for path in STUBS
    for tree in [ast.parse(path.read_text())]
    for owner, body in [
        ("", tree.body),
        *((c.name, c.body) for c in tree.body if isinstance(c, ast.ClassDef)),
    ]
    for node in body
    if isinstance(node, ast.FunctionDef)
]
CLASSES = [
    (module_of(path), node)
    for path in STUBS
    for node in ast.parse(path.read_text()).body
    if isinstance(node, ast.ClassDef)
]


@pytest.mark.parametrize("path", STUBS, ids=module_of)
def test_stub_has_the_names_of_the_compiled_module(path: Path) -> None:
    stub = set(defined(ast.parse(path.read_text()).body))
    compiled = set(vars(import_module(module_of(path))))
    assert {n for n in stub if is_public(n)} == {n for n in compiled if is_public(n)}
    assert stub <= compiled


@pytest.mark.parametrize(("module", "stub"), CLASSES, ids=lambda v: getattr(v, "name", ""))
def test_stub_has_the_names_of_the_compiled_class(module: str, stub: ast.ClassDef) -> None:
    names = set(defined(stub.body))
    made = vars(getattr(import_module(module), stub.name))
    # pybind11 gives a class without a constructor one that refuses, with Python's own docstring.
    refuses = "See help(type(self))" in (getattr(made.get("__init__"), "__doc__", "") or "")
    compiled = set(made) - ({"__init__"} if refuses else set())
    assert {n for n in names if is_public(n)} == {n for n in compiled if is_public(n)}
    assert names <= compiled
    assert "__init__" in names or "__init__" not in compiled


@pytest.mark.parametrize(
    ("module", "owner", "stub"),
    FUNCTIONS,
    ids=lambda v: getattr(v, "name", str(v)),
)
def test_stub_has_the_parameters_of_the_compiled_function(
    module: str, owner: str, stub: ast.FunctionDef
) -> None:
    compiled = import_module(module)
    function = getattr(getattr(compiled, owner) if owner else compiled, stub.name)
    if any(ast.unparse(d) == "property" for d in stub.decorator_list):
        assert isinstance(function, property)
    else:
        assert parameters(stub) == compiled_parameters(function.__doc__)


def test_a_wrong_name_or_default_would_be_seen() -> None:
    doc = "contract(self: qnlp._core.Plan, x: numpy.ndarray, *, n_threads: int = 1) -> None"
    assert compiled_parameters(doc) == [("self", False), ("x", False), ("n_threads", True)]
