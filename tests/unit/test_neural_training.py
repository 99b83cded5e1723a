"""The training loop: the same bits after a stop, an end at NaN, and what its command says."""

from __future__ import annotations

import json
import os
import signal
import tomllib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from symnum import CheckpointCorruptError, CheckpointError, DivergedError, DomainError
from symnum._neural.config import read_config
from symnum.cli import app

CONFIGS = Path(__file__).parents[2] / "symnum" / "configs"
TINY = CONFIGS / "propose-tiny.toml"

torch = pytest.importorskip("torch")
pytest.importorskip("accelerate")

from symnum._checkpoints import load
from symnum._neural import files
from symnum._neural.command import run
from symnum._propose.model import ProposeTask
from symnum.training import Chunks, Loss, Settings, learning_rate, train


class Line:
    """The slope and height of a line: batches of points that are a function of the step."""

    kind = "test.line"

    def __init__(self, spoil: int = -1, on_batch: Callable[[int], object] = lambda _: None) -> None:
        torch.manual_seed(5)
        self.module = torch.nn.Sequential(
            torch.nn.Linear(1, 8), torch.nn.Tanh(), torch.nn.Linear(8, 1)
        )
        self.spoil, self.on_batch = spoil, on_batch

    def config(self) -> dict[str, object]:
        return {"vocabulary": "line"}

    def batch(self, step: int) -> dict[str, torch.Tensor]:
        self.on_batch(step)
        x = torch.from_numpy(
            np.random.default_rng([3, step]).normal(size=(16, 1)).astype(np.float32)
        )
        return {"x": x, "y": torch.full_like(x, torch.nan) if step == self.spoil else 3 * x + 1}

    def loss(self, module: torch.nn.Module, batch: dict[str, torch.Tensor]) -> Loss:
        noise = torch.randn_like(batch["x"]) * 0.01  # of the step's own seed
        error = (module(batch["x"] + noise) - batch["y"]) ** 2
        return Loss(error.sum(), len(error), {"largest": float(error.detach().max())})

    def scores(self) -> dict[str, float]:
        return {"held_out": 0.0}


SETTINGS = Settings(
    steps=30, learning_rate=0.05, warmup=5, checkpoint_every=7, evaluate_every=15, log_every=5
)


def weights(task: Line) -> bytes:
    return b"".join(p.detach().numpy().tobytes() for p in task.module.parameters())


def test_training_learns_and_leaves_a_curve(tmp_path: Path) -> None:
    rows: list[dict[str, float]] = []
    found = train(Line(), SETTINGS, tmp_path, on_record=rows.append)
    assert (found.step, found.is_complete, found.stopped_by) == (30, True, "steps")
    assert rows[-1]["loss"] < 0.5 * rows[0]["loss"]
    lines = (tmp_path / "curve.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in lines] == rows
    assert [row["step"] for row in rows] == [5, 10, 15, 20, 25, 30]
    assert [row["step"] for row in rows if "held_out" in row] == [15, 30]


@pytest.mark.parametrize("stop", [3, 7, 20])
def test_training_goes_on_to_the_same_bits(stop: int, tmp_path: Path) -> None:
    whole = Line()
    train(whole, SETTINGS, tmp_path / "whole")

    def interrupt(step: int) -> None:
        if step == stop:
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt, match=f"stopped after step {stop + 1}, which is saved"):
        train(Line(on_batch=interrupt), SETTINGS, tmp_path / "parts")
    again = Line()
    torch.manual_seed(999)  # nothing depends on it
    assert train(again, SETTINGS, tmp_path / "parts").is_complete
    assert weights(again) == weights(whole)
    curves = [
        [{k: v for k, v in json.loads(row).items() if "second" not in k} for row in lines]
        for lines in (
            (tmp_path / part / "curve.jsonl").read_text().splitlines()
            for part in ("whole", "parts")
        )
    ]
    assert [row for row in curves[1] if row in curves[0]] == curves[0]


def test_sigterm_ends_with_its_exit_code_and_a_checkpoint(tmp_path: Path) -> None:
    def terminate(step: int) -> None:
        if step == 9:
            os.kill(os.getpid(), signal.SIGTERM)

    with pytest.raises(SystemExit) as hit:
        train(Line(on_batch=terminate), SETTINGS, tmp_path)
    assert hit.value.code == 143
    assert files.load_weights(tmp_path, Line.kind, vocabulary=lambda _: "line").step == 10


def test_killed_training_goes_on_from_its_last_checkpoint(tmp_path: Path) -> None:
    whole = Line()
    train(whole, SETTINGS, tmp_path / "whole")

    class Killed(Exception):
        pass

    def kill(step: int) -> None:
        if step == 17:
            raise Killed

    with pytest.raises(Killed):
        train(Line(on_batch=kill), SETTINGS, tmp_path / "parts")
    steps: list[int] = []
    again = Line(on_batch=steps.append)
    train(again, SETTINGS, tmp_path / "parts")
    assert steps[0] == 14
    assert weights(again) == weights(whole)


def test_time_ends_a_sitting_with_a_checkpoint(tmp_path: Path) -> None:
    found = train(Line(), SETTINGS, tmp_path, max_seconds=0.0)
    assert (found.step, found.is_complete, found.stopped_by) == (1, False, "time")
    assert train(Line(), SETTINGS, tmp_path).step == 30


def test_loss_that_is_nan_ends_the_training_and_keeps_the_last_good_checkpoint(
    tmp_path: Path,
) -> None:
    task = Line(spoil=23)
    with pytest.raises(DivergedError, match=r"loss is nan .* step 24, .*step-000021") as hit:
        train(task, SETTINGS, tmp_path)
    assert isinstance(hit.value, ArithmeticError)
    found = files.load_weights(tmp_path, Line.kind, vocabulary=lambda _: "line")
    assert found.step == 21
    assert all(np.isfinite(a).all() for a in found.tensors["model"].values())
    with pytest.raises(DivergedError, match="none was written"):
        train(Line(spoil=2), SETTINGS, tmp_path / "other")


def test_run_of_other_settings_or_kind_is_refused(tmp_path: Path) -> None:
    train(Line(), SETTINGS, tmp_path)
    with pytest.raises(CheckpointError, match=r"other settings \(training\)"):
        train(Line(), replace(SETTINGS, learning_rate=0.1), tmp_path)
    other = Line()
    other.kind = "test.other"
    with pytest.raises(CheckpointError, match=r"holds 'test.line', expected 'test.other'"):
        train(other, SETTINGS, tmp_path)
    assert (
        train(Line(), replace(SETTINGS, steps=31), tmp_path).step == 31
    )  # more steps are no other run


def test_damaged_or_foreign_weights_are_refused(tmp_path: Path) -> None:
    task = Line()
    folder = files.save_weights(
        tmp_path, task.module, kind="test.line", config=task.config(), step=1
    )
    with pytest.raises(CheckpointError, match="another vocabulary"):
        files.load_weights(tmp_path, "test.line", vocabulary=lambda _: "other")
    found = files.load_weights(tmp_path, "test.line", vocabulary=lambda _: "line")
    narrow = torch.nn.Linear(1, 1)
    with pytest.raises(CheckpointCorruptError, match="names differ"):
        files.set_arrays(narrow, found.tensors["model"], found.path)
    found.tensors["model"]["0.weight"][0] = np.nan
    with pytest.raises(CheckpointCorruptError, match=r"0.weight has a NaN"):
        files.set_arrays(task.module, found.tensors["model"], found.path)
    path = folder / "model.safetensors"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(bytes(data))
    with pytest.raises(CheckpointCorruptError, match=r"model.safetensors: SHA-256"):
        files.load_weights(tmp_path, "test.line", vocabulary=lambda _: "line")


def test_half_precision_is_near(tmp_path: Path) -> None:
    task, other = Line(), Line()
    files.save_weights(tmp_path, task.module, kind="test.line", config=task.config(), step=1)
    with torch.no_grad():
        other.module[0].weight.zero_()
    found = files.load_weights(tmp_path, "test.line", vocabulary=lambda _: "line")
    files.set_arrays(other.module, found.tensors["model"], found.path)
    torch.testing.assert_close(other.module[0].weight, task.module[0].weight, rtol=1e-3, atol=1e-6)


def test_run_is_finished_by_a_falling_rate(tmp_path: Path) -> None:
    train(Line(), replace(SETTINGS, decay=0.0), tmp_path)
    rows: list[dict[str, float]] = []
    ending = replace(SETTINGS, steps=40, decay=0.25)
    assert train(Line(), ending, tmp_path, on_record=rows.append).is_complete
    assert rows[-1]["learning_rate"] == pytest.approx(0.05 / 10)
    with pytest.raises(CheckpointError, match="other settings"):
        train(Line(), replace(ending, learning_rate=0.01), tmp_path)


def test_tensorboard_gets_the_curve(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    train(Line(), replace(SETTINGS, trackers=("tensorboard",)), tmp_path)
    assert list(tmp_path.rglob("events.out.tfevents.*"))


def test_rate_warms_up_stays_and_falls() -> None:
    rates = [learning_rate(SETTINGS, step) for step in range(30)]
    assert rates[:5] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])
    assert set(rates[5:24]) == {1.0}
    assert rates[-1] == pytest.approx(1 / 6)
    assert learning_rate(replace(SETTINGS, decay=0.0), 29) == 1.0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"steps": 0}, "steps is 0, expected at least 1"),
        ({"warmup": -1}, "warmup is -1, expected at least 0"),
        ({"learning_rate": float("nan")}, "learning_rate is nan, expected a positive"),
        ({"decay": 1.5}, "decay is 1.5, expected 0 to 1"),
    ],
)
def test_setting_out_of_range_is_named(change: dict[str, float], message: str) -> None:
    with pytest.raises(DomainError, match=message):
        replace(SETTINGS, **change)


def test_batches_have_items_of_like_length_and_each_item_once() -> None:
    lengths = np.random.default_rng(0).integers(3, 40, 64)
    chunks = Chunks(lambda k: (list(range(64)), lengths), 8, 8)
    batches = [chunks.items(step) for step in range(8)]
    assert sorted(item for batch in batches for item in batch) == list(range(64))
    padding = sum(max(lengths[b]) * 8 - sum(lengths[b]) for b in batches)
    assert padding < 0.1 * lengths.sum()
    assert [chunks.items(step) for step in (3, 70, 3)][::2] == [batches[3]] * 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[modle]\n", r":1: unknown section 'modle'; did you mean 'model'"),
        ("\n[training]\nstep = 3\n", r":3: \[training\] has no key 'step'; did you mean 'steps'"),
        ("[training]\nsteps = '3'\n", r":2: steps has '3', should be a valid integer"),
        ("[training]\nsteps = 0\n", r"steps is 0, expected at least 1"),
        ("[training]\ntrackers = 3\n", r":2: trackers has 3, |trackers has '3',"),
        ("[training\n", "is not TOML"),
        ("steps = 3\n", ":1: unknown section 'steps'"),
    ],
)
def test_wrong_config_is_named_with_its_line(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "run.toml"
    path.write_text(text)
    with pytest.raises(DomainError, match=message):
        read_config(path, {"training": Settings, **ProposeTask.SECTIONS})


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("propose*.toml")), ids=lambda p: p.stem)
def test_committed_config_is_one_and_says_what_it_leaves_open(path: Path) -> None:
    sections = read_config(path, {"training": Settings, **ProposeTask.SECTIONS})
    assert sections["model"].max_length == sections["data"].max_length
    assert {"seed", "steps"} <= set(tomllib.loads(path.read_text())["training"])


def test_command_trains_goes_on_and_exports(tmp_path: Path) -> None:
    out, export = tmp_path / "run", tmp_path / "weights"
    arguments = ["train", "propose", "--config", str(TINY), "--out", str(out)]
    first = CliRunner().invoke(app, [*arguments, "--steps", "60"])
    assert first.exit_code == 0, first.output
    assert first.stdout.strip() == f"{out}: 60 steps"
    assert "held_out_found" in first.stderr
    again = CliRunner().invoke(
        app, [*arguments, "--steps", "80", "--export", str(export), "--json", "--quiet"]
    )
    assert again.exit_code == 0, again.output
    assert again.stderr == ""
    said = json.loads(again.stdout)
    assert said["step"] == 80
    assert said["record"]["held_out_loss"] < 2.5
    assert (export / "step-000080" / "manifest.json").exists()


def test_command_names_an_unknown_model() -> None:
    answer = CliRunner().invoke(app, ["train", "gpt", "--config", str(TINY), "--out", "x"])
    assert answer.exit_code == 2
    assert "expected one of" in answer.stderr


@pytest.mark.parametrize("name", ["propose", "snip"])
def test_model_that_was_stopped_goes_on_to_the_same_bits(name: str, tmp_path: Path) -> None:
    found = {}
    for sittings in ([13], [5, 9, 13]):
        folder = tmp_path / str(len(sittings))
        for steps in sittings:
            run(name, CONFIGS / f"{name}-tiny.toml", folder, steps=steps)
        found[len(sittings)] = load(folder, f"symnum.{name}").tensors
    for group, arrays in found[1].items():
        for key, array in arrays.items():
            assert np.array_equal(array, found[3][group][key]), f"{group} {key}"
