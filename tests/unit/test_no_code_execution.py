"""No code that comes from data is ever run: the packages hold no call that could run it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PYTHON = [p for package in ("qnlp", "symnum") for p in sorted((ROOT / package).rglob("*.py"))]

# Calls by their whole dotted name, and by their last part whatever stands before it.
FORBIDDEN = {"eval", "exec", "compile", "__import__", "os.system", "os.popen", "torch.load"}
FORBIDDEN |= {f"{m}.{f}" for m in ("pickle", "marshal", "dill") for f in ("load", "loads")}
FORBIDDEN |= {"joblib.load", "pickle.Unpickler", "shelve.open", "pandas.read_pickle"}
FORBIDDEN |= {f"yaml.{f}" for f in ("load", "load_all", "full_load", "unsafe_load")}
FORBIDDEN_LAST = {"sympify", "parse_expr", "read_pickle", "extractall"}
FORBIDDEN_IMPORTS = {"pickle", "marshal", "shelve", "dill", "cloudpickle"}


def dangers(source: str) -> list[str]:
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            keywords = {k.arg: ast.unparse(k.value) for k in node.keywords}
            if (
                called.removeprefix("builtins.") in FORBIDDEN
                or called.rpartition(".")[2] in FORBIDDEN_LAST
                or keywords.get("allow_pickle", "False") != "False"
                or keywords.get("shell", "False") != "False"
            ):
                found.append(f"line {node.lineno}: {ast.unparse(node)}")
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names = {a.name for a in node.names} if isinstance(node, ast.Import) else {node.module}
            if {str(n).partition(".")[0] for n in names} & FORBIDDEN_IMPORTS:
                found.append(f"line {node.lineno}: {ast.unparse(node)}")
    return found


@pytest.mark.parametrize("path", PYTHON, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_package_runs_no_code_from_data(path: Path) -> None:
    assert not dangers(path.read_text())


@pytest.mark.parametrize(
    "source",
    [
        "eval(text)",
        "builtins.exec(text)",
        "import pickle",
        "from pickle import loads",
        "torch.load(path)",
        "yaml.load(file)",
        "sympy.sympify(text)",
        "from sympy import sympify; sympify(text)",
        "np.load(path, allow_pickle=True)",
        "subprocess.run(text, shell=True)",
        "tar.extractall(folder)",
    ],
)
def test_dangerous_call_would_be_seen(source: str) -> None:
    assert dangers(source)


@pytest.mark.parametrize(
    "source", ["model.eval()", "yaml.safe_load(f)", "re.compile('x')", "np.load(path)"]
)
def test_harmless_call_passes(source: str) -> None:
    assert not dangers(source)
