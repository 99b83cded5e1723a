"""The command `symnum`: results, errors and exit codes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest


def symnum(*arguments: str) -> subprocess.CompletedProcess[str]:
    code = "from symnum.cli import main; main()"
    return subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    m, v = np.random.default_rng(0).uniform(1, 5, (2, 50))
    lines = [
        "m,v,energy",
        *(f"{a!r},{b!r},{a * b**2 / 2!r}" for a, b in zip(m.tolist(), v.tolist(), strict=True)),
    ]
    path = tmp_path / "data.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_fit_ranks_formulas_and_marks_the_chosen_one(table: Path) -> None:
    done = symnum("fit", str(table), "--target", "energy")
    assert done.returncode == 0, done.stderr
    chosen = [line for line in done.stdout.splitlines() if line.startswith(">>>")]
    assert len(chosen) == 1
    assert "m*v**2/2" in chosen[0]


def test_fit_prints_json_and_saves(table: Path, tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    done = symnum("fit", str(table), "--target", "energy", "--json", "--save", str(path))
    found = json.loads(done.stdout)
    assert found["is_exact"]
    assert [row["equation"] for row in found["equations"] if row["pick"]] == ["m*v**2/2"]
    assert path.exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("m,v\n1,2\n3\n", "data.csv:3: row has 1 values, expected 2"),
        ("m,v\n1,2\n3,__import__('os')\n", "data.csv:3: column 'v' has"),
        ("m,v\n1,nan\n2,3\n", "NaN"),
        ("", "is empty"),
        ("m,v\n", "0 sample"),
    ],
)
def test_bad_file_is_refused_with_its_line(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text(text)
    done = symnum("fit", str(path), "--target", "v" if text else "x")
    assert done.returncode == 1
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_wrong_use_ends_with_2(table: Path) -> None:
    assert symnum("fit", str(table), "--target", "mass").returncode == 2
    assert symnum("fit").returncode == 2
    assert symnum("fit", "/nowhere.csv", "--target", "y").returncode == 1


def test_fit_with_units_and_a_report(table: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    options = ("--target", "energy", "--units", "m=kg,v=m/s,energy=J", "--report", str(page))
    done = symnum("fit", str(table), *options)
    assert done.returncode == 0, done.stderr
    assert "best so far: " in done.stderr
    assert "m*v**2/2" in done.stdout
    assert "m*v**2/2" in page.read_text()


def refused(
    arguments: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> tuple[object, str]:
    """Exit code and message, in this process: a new one takes seconds to start."""
    from symnum.cli import main

    monkeypatch.setattr(sys, "argv", ["symnum", *arguments])
    with pytest.raises(SystemExit) as caught:
        main()
    said = capsys.readouterr()
    assert said.out == ""
    return caught.value.code, " ".join(said.err.replace("\u2502", " ").split())


def test_wrong_units_are_refused(
    table: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    start = ["fit", str(table), "--target", "energy", "--units"]
    code, said = refused([*start, "mass=kg"], capsys, monkeypatch)
    assert code == 2
    assert "mass=kg" in said
    assert refused([*start, "m=kg,v=kg,energy=J"], capsys, monkeypatch)[0] == 1


@pytest.fixture
def trajectories(tmp_path: Path) -> Path:
    t = np.linspace(0, 5, 40)
    lines = ["run,t,a,b"]
    for run, start in ((2, 1.0), (1, 3.0)):
        a, b = start * np.exp(-0.5 * t), start * (1 - np.exp(-0.5 * t))
        lines += [
            f"{run},{time!r},{x!r},{'' if k == 5 else repr(y)}"
            for k, (time, x, y) in enumerate(zip(t.tolist(), a.tolist(), b.tolist(), strict=True))
        ]
    path = tmp_path / "runs.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_ode_finds_the_system_of_several_trajectories(trajectories: Path, tmp_path: Path) -> None:
    page, model = tmp_path / "page.html", tmp_path / "model.json"
    done = symnum(
        "ode", str(trajectories), "--time", "t", "--trajectory", "run", "--json",
        "--report", str(page), "--save", str(model), "--seconds", "30",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    chosen = [row["equations"] for row in found["systems"] if row["pick"]]
    assert chosen == [{"a": "-(a/2)", "b": "a/2"}]
    assert found["noise_level"]["a"] < 1e-5
    assert page.exists()
    assert model.exists()


@pytest.mark.parametrize(
    ("text", "options", "code", "message"),
    [
        ("t,x\n0,1\n", [], 2, "--time"),
        ("t,x\n0,1\n", ["--time", "s"], 2, "expected one of t, x"),
        ("t,x\n0,1\n", ["--time", "t", "--trajectory", "s"], 2, "--trajectory"),
        ("t,x\n2,1\n1,2\n3,4\n", ["--time", "t"], 1, "less than the time before it"),
        ("t\n1\n", ["--time", "t"], 1, "no columns beside 't'"),
        ("t,x,x\n1,2,3\n", ["--time", "t"], 1, "header has 'x' twice"),
        ("t,x(1)\n" + "\n".join(f"{k},{k}" for k in range(9)), ["--time", "t"], 1, "x(1)"),
    ],
)
def test_wrong_use_of_ode_is_refused(
    text: str,
    options: list[str],
    code: int,
    message: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = tmp_path / "data.csv"
    path.write_text(text)
    found, said = refused(["ode", str(path), *options], capsys, monkeypatch)
    assert found == code
    assert message in said


@pytest.fixture
def experiments(tmp_path: Path) -> Path:
    rng = np.random.default_rng(1)
    x, t, w = rng.uniform(1, 3, (3, 60))
    own = np.where(np.arange(60) % 2 == 0, 1.37, -2.41)
    y = own * x * t
    y[::9] += 40.0
    names = np.where(np.arange(60) % 2 == 0, "left", "right")
    rows = zip(x, t, names, np.arange(60) % 9 != 0, y, w * x, strict=True)
    lines = [f"{a!r},{b!r},{n},{int(c)},{d!r},{e!r}" for a, b, n, c, d, e in
             ((float(a), float(b), n, c, float(d), float(e)) for a, b, n, c, d, e in rows)]  # fmt: skip
    path = tmp_path / "experiments.csv"
    path.write_text("x,t,which,good,y,z\n" + "\n".join(lines) + "\n")
    return path


def test_fit_takes_labels_weights_and_operations(experiments: Path) -> None:
    options = ("--target", "y", "--dataset", "which", "--weight", "good", "--operations", "add,mul")
    done = symnum("fit", str(experiments), *options, "--json", "--quiet", "--time", "40")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    pick = next(row for row in found["equations"] if row["pick"])
    assert pick["parameters"]["left"]["p0"] == pytest.approx(1.37)
    assert pick["parameters"]["right"]["p0"] == pytest.approx(-2.41)


def test_fit_takes_a_loss_own_operations_and_several_targets(tmp_path: Path) -> None:
    u, v = np.random.default_rng(0).uniform(0.2, 2.0, (2, 80))
    rows = np.column_stack([u, v, 3 * np.exp(-((u - v) ** 2)), u + v])
    rows[::10, 2] += 30.0
    path = tmp_path / "data.csv"
    np.savetxt(path, rows, "%.17g", ",", header="u,v,y,z", comments="")
    options = ("--loss", "absolute", "--function", "bump(w) = exp(-w**2)", "--time", "60")
    done = symnum("fit", str(path), "--target", "y", "--target", "z", *options)
    assert done.returncode == 0, done.stderr
    assert "3*bump(u - v)" in done.stdout.replace("v - u", "u - v")
    assert "u + v" in done.stdout
    for wrong in (("--function", "bump"), ("--weight", "none"), ("--report", "page.html")):
        assert symnum("fit", str(path), "--target", "y", "--target", "z", *wrong).returncode == 2
    assert symnum("fit", str(path), "--target", "y", "--dataset", "none").returncode == 1
