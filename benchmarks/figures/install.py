"""What an install takes: time to build, sizes."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tools import ROOT, Absent, Options, Run, call, execute, note, seconds, table

TITLE = "install from a checkout, cold, on two cores"
PEERS = ("lambeq", "pennylane", "qulacs", "jax")


def run(options: Options) -> str:
    """The table; needs the network, or what pip takes in its place."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source, python = _source(folder), _environment(folder)
        pip = [python, "-m", "pip", "--disable-pip-version-check"]
        note("install: pip wheel .")
        wheel = [*pip, "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(source)]
        build = execute(wheel, threads=2, CCACHE_DISABLE="1")
        (path,) = folder.glob("*.whl")
        note("install: pip install")
        install = [*pip, "install", "--quiet", str(path)]
        installed = execute(install, threads=2)
        ours = call(python, "figures.install:closure", root="monoidal")
        rows = [["monoidal", *_sizes(ours)]]
        size = path.stat().st_size
    for peer in PEERS:
        try:
            rows.append([peer, *_sizes(call(options.peers, "figures.install:closure", root=peer))])
        except Absent:
            rows.append([peer, "absent", "", ""])
    total = Run("", "", build.wall + installed.wall, build.cpu + installed.cpu)
    return "\n".join(
        [
            "A copy of what git tracks, a fresh environment, no compiler cache; build needs are fetched.",
            "Sizes: files of the distribution and of all that it needs, without compiled bytecode.",
            "",
            f"pip wheel .     {seconds(build.wall)} wall, {seconds(build.cpu)} CPU",
            f"pip install it  {seconds(installed.wall)} wall, {seconds(installed.cpu)} CPU",
            "",
            table(["", "own MB", "with its needs MB", "packages"], rows),
            "",
            f"pip install . under 120 s: both together {seconds(total.wall)}, {seconds(total.cpu)} CPU",
            f"wheel under 5 MB: {size / 1e6:.2f} MB; base install under 400 MB: {ours['total']:.0f} MB",
        ]
    )


def _source(folder: Path) -> Path:
    """What git tracks, as it is now."""
    source = folder / "source"
    listed = execute(["git", "ls-files"], cwd=ROOT).stdout.splitlines()
    for name in listed:
        if (ROOT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((ROOT / name).read_bytes())
    return source


def _environment(folder: Path) -> str:
    execute([sys.executable, "-m", "venv", str(folder / "env")])
    return str(folder / "env" / "bin" / "python")


def _sizes(found: dict[str, float]) -> list[str]:
    return [f"{found['own']:.1f}", f"{found['total']:.0f}", str(int(found["packages"]))]


def closure(root: str) -> dict[str, float]:
    """Megabytes of a distribution here, and with all that it needs."""
    from importlib.metadata import PackageNotFoundError, distribution

    from pip._vendor.packaging.requirements import Requirement

    sizes: dict[str, float] = {}
    todo = [root]
    while todo:
        name = todo.pop().lower().replace("_", "-")
        if name in sizes:
            continue
        try:
            found = distribution(name)
        except PackageNotFoundError:
            if name == root:
                raise
            continue
        paths = [str(found.locate_file(f)) for f in found.files or () if f.suffix != ".pyc"]
        sizes[name] = sum(Path(path).stat().st_size for path in paths if Path(path).is_file()) / 1e6
        needs = map(Requirement, found.requires or ())
        todo += [r.name for r in needs if r.marker is None or r.marker.evaluate({"extra": ""})]
    return {"own": sizes[root], "total": sum(sizes.values()), "packages": len(sizes)}
