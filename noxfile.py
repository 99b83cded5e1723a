"""The project's checks. They run in the environment that `make dev` makes: `nox -s lint`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

import nox

ROOT = Path(__file__).parent
DIST = ROOT / "dist"
WHEEL_MB = 5
INSTALL_MB = 400

nox.options.default_venv_backend = "none"
nox.options.sessions = ["lint", "typing", "cpp", "tests"]


def cpp_sources() -> list[str]:
    return [str(p) for p in sorted((ROOT / "cpp").rglob("*")) if p.suffix in {".hpp", ".cpp"}]


def mega_bytes(path: Path) -> float:
    files = [path] if path.is_file() else [p for p in path.rglob("*") if p.is_file()]
    return sum(p.stat().st_size for p in files) / 1e6


def pytest(session: nox.Session, *args: str, **env: str) -> None:
    session.run("pytest", "--numprocesses", "2", *args, *session.posargs, env=env)


@nox.session
def lint(session: nox.Session) -> None:
    """Format and rules of Python, format of C++."""
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("clang-format", "--dry-run", "-Werror", *cpp_sources())


@nox.session(name="format")
def format_(session: nox.Session) -> None:
    """Rewrite the sources in the project's format."""
    session.run("ruff", "check", "--fix")
    session.run("ruff", "format")
    session.run("clang-format", "-i", *cpp_sources())


@nox.session
def typing(session: nox.Session) -> None:
    """Types of the two packages, strictly."""
    session.run("mypy")


@nox.session
def tidy(session: nox.Session) -> None:
    """Rules of C++, by clang-tidy."""
    session.run("cmake", "--preset", "tidy", "--log-level=WARNING")
    sources = [f for f in cpp_sources() if f.endswith(".cpp") and "/bindings/" not in f]
    session.run("run-clang-tidy.py", "-quiet", "-p", "build/tidy", *sources)


@nox.session
def cpp(session: nox.Session) -> None:
    """C++ tests as users run the core, then under ASan with UBSan, then under TSan."""
    for preset in session.posargs or ["dev", "asan", "tsan"]:
        session.run("cmake", "--preset", preset, "--log-level=WARNING")
        session.run("cmake", "--build", "--preset", preset)
        session.run("ctest", "--preset", preset)


@nox.session
def tests(session: nox.Session) -> None:
    """All Python tests, and the examples in docstrings."""
    pytest(session, "--doctest-modules", "tests", "qnlp", "symnum")


@nox.session
def doctests(session: nox.Session) -> None:
    """The examples in docstrings alone."""
    pytest(session, "--doctest-modules", "qnlp", "symnum")


@nox.session
def examples(session: nox.Session) -> None:
    """The scripts in examples/ and the commands of the README alone."""
    pytest(session, "tests/integration/test_examples.py", "tests/integration/test_readme.py")


@nox.session
def wheel(session: nox.Session) -> None:
    """Build, repair and check a wheel, then test it with no compiler and no network."""
    shutil.rmtree(DIST, ignore_errors=True)
    session.run(
        "python", "-m", "build", "--no-isolation", "--outdir", "dist/raw",
        "-Ccmake.define.MONOIDAL_WERROR=ON",
    )  # fmt: skip
    raw = next((DIST / "raw").glob("*.whl"))
    session.run("auditwheel", "repair", "--wheel-dir", "dist", str(raw))
    built = next(DIST.glob("*.whl"))
    session.run("check-wheel-contents", str(built))
    session.run("twine", "check", "--strict", str(built), *map(str, DIST.glob("raw/*.tar.gz")))
    if mega_bytes(built) > WHEEL_MB:
        session.error(f"{built.name} has {mega_bytes(built):.1f} MB, at most {WHEEL_MB}")
    test_wheel(session, built)


def without_network() -> list[str]:
    """Start of a command line that runs the rest with no network, where root may do that."""
    unshare = shutil.which("unshare")
    if os.geteuid() or unshare is None or subprocess.call([unshare, "--net", "true"]):
        return []
    return [unshare, "--net"]


def test_wheel(session: nox.Session, built: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        env = Path(folder) / "venv"
        session.run(sys.executable, "-m", "venv", str(env))
        python = str(env / "bin" / "python")
        session.run(python, "-m", "pip", "install", "-q", "-c", "constraints.txt", str(built))
        site = Path(sysconfig.get_path("platlib", vars={"base": str(env), "platbase": str(env)}))
        size = sum(mega_bytes(p) for p in site.iterdir() if p.name not in {"pip", "setuptools"})
        session.log(f"wheel {mega_bytes(built):.2f} MB, installed with its needs {size:.0f} MB")
        if size > INSTALL_MB:
            session.error(f"the base install has {size:.0f} MB, at most {INSTALL_MB}")
        session.run(python, "-m", "pip", "install", "-q", "-c", "constraints.txt", f"{built}[test]")
        bare = os.environ | {"PATH": str(env / "bin")}
        with session.chdir(folder):
            session.run(
                *without_network(), "venv/bin/pytest",
                "-c", str(ROOT / "pyproject.toml"), "--rootdir", str(ROOT), "-p", "no:cacheprovider",
                "-n", "2", "-m", "not slow", str(ROOT / "tests"),
                env=bare, external=True,
            )  # fmt: skip


@nox.session
def bench(session: nox.Session) -> None:
    """Times of this package, then every figure beside its peers, as ratios within one run."""
    session.run("pytest", "benchmarks", "--benchmark-sort=name")
    session.run("python", "benchmarks/report.py", *session.posargs)


@nox.session(name="long")
def long_(session: nox.Session) -> None:
    """Property tests with many random examples, another seed each time."""
    pytest(session, "--timeout=3000", "tests/property", HYPOTHESIS_PROFILE="long")
