"""A checkpoint gives back what was saved, and a save that fails leaves the one before."""

from __future__ import annotations

import errno
import hashlib
import importlib.util
import json
import os
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from qnlp import CheckpointCorruptError, CheckpointError
from qnlp.checkpoint import load_checkpoint, save_checkpoint

GOLDEN = Path(__file__).parents[1] / "golden"
GENERATOR = 2**127 + 12345


def write(run: Path, step: int, **changes: Any) -> Path:
    parts = {
        "tensors": {"model": {"angles": np.full(5, float(step))}, "optim": {"m": np.zeros(3)}},
        "state": {"epoch": step, "generator": GENERATOR},
        "config": {"class": "Model"},
    }
    return save_checkpoint(run, step=step, **parts | changes)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run with the checkpoints of steps 400 and 420."""
    for step in (400, 420):
        write(tmp_path / "run", step)
    return tmp_path / "run"


def entries(run: Path) -> set[str]:
    return {path.name for path in run.iterdir()}


def snapshot(run: Path) -> dict[str, bytes]:
    return {str(p.relative_to(run)): p.read_bytes() for p in run.rglob("*") if p.is_file()}


# What goes in comes back.


@pytest.mark.parametrize(
    "array",
    [
        np.array([0.1, np.nan, -0.0, np.inf, 5e-324]),
        np.arange(6.0, dtype=np.float32).reshape(2, 3).T,
        np.array(3.5),
        np.zeros((0, 4)),
        np.arange(4, dtype=">i8"),
        np.arange(10)[::3],
        np.array([True, False]),
        np.array([1 + 2j], np.complex64),
    ],
    ids=lambda a: f"{a.dtype.str}{a.shape}",
)
def test_arrays_come_back_bit_for_bit(array: np.ndarray, tmp_path: Path) -> None:
    write(tmp_path, 1, tensors={"model": {"a": array}})
    back = load_checkpoint(tmp_path).tensors["model"]["a"]
    assert back.shape == array.shape
    assert back.dtype == array.dtype.newbyteorder("=")
    assert back.tobytes() == array.astype(back.dtype).tobytes()
    assert back.flags.writeable


def test_state_config_and_step_come_back(run: Path) -> None:
    found = load_checkpoint(run)
    assert found.state == {"epoch": 420, "generator": GENERATOR}
    assert found.config == {"class": "Model"}
    assert (found.step, found.path) == (420, run / "step-000420")
    assert set(found.tensors) == {"model", "optim"}


def test_a_step_can_be_asked_for(run: Path) -> None:
    assert load_checkpoint(run, step=400).state["epoch"] == 400


def test_the_folder_of_one_checkpoint_can_be_asked_for(run: Path) -> None:
    for step in (400, 420):
        assert load_checkpoint(run / f"step-{step:06d}").state["epoch"] == step
    (run / "step-000420" / "state.json").unlink()
    with pytest.warns(UserWarning, match="loaded step-000400 instead"):
        assert load_checkpoint(run / "step-000420", allow_previous=True).step == 400


def test_the_layout_is_the_documented_one(run: Path) -> None:
    assert entries(run) == {"step-000400", "step-000420", "LATEST"}
    files = {"model.safetensors", "optim.safetensors", "state.json", "config.json"}
    assert entries(run / "step-000420") == files | {"manifest.json"}
    manifest = json.loads((run / "step-000420" / "manifest.json").read_text())
    assert manifest["format"] == 1
    assert set(manifest["files"]) == files
    for name, entry in manifest["files"].items():
        data = (run / "step-000420" / name).read_bytes()
        assert entry == {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}


@pytest.mark.parametrize("folder", sorted(GOLDEN.glob("checkpoint_format_*")), ids=lambda p: p.name)
def test_checkpoint_of_every_format_so_far_loads(folder: Path) -> None:
    spec = importlib.util.spec_from_file_location("golden", GOLDEN / "make_checkpoint.py")
    golden = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(golden)
    found = load_checkpoint(folder, expect_class="Golden")
    assert (found.state, found.config, found.step) == (golden.STATE, golden.CONFIG, 420)
    for key, group in golden.TENSORS.items():
        for name, array in group.items():
            np.testing.assert_array_equal(found.tensors[key][name], array)
            assert found.tensors[key][name].dtype == array.dtype


# Which checkpoints stay.


def test_the_newest_stay_and_the_best(tmp_path: Path) -> None:
    for step in range(1, 8):
        write(tmp_path, step, keep=3, best=2)
    assert entries(tmp_path) == {f"step-00000{k}" for k in (2, 5, 6, 7)} | {"LATEST"}


def test_a_step_saved_again_replaces_the_first(tmp_path: Path) -> None:
    for epoch in range(3):
        write(tmp_path, 1, state={"epoch": epoch})
    assert load_checkpoint(tmp_path).state == {"epoch": 2}
    assert load_checkpoint(tmp_path, step=1).state == {"epoch": 2}
    assert len(entries(tmp_path)) == 2


def test_after_a_rewind_the_last_saved_is_loaded_and_later_steps_stay(run: Path) -> None:
    write(run, 410)
    assert load_checkpoint(run).step == 410
    assert entries(run) == {"step-000400", "step-000410", "step-000420", "LATEST"}


def test_leftovers_of_dead_processes_are_removed_by_load_and_by_save(run: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True
    )
    host = save_name().split("-")[2]
    dead, alive = f".tmp-{int(done.stdout)}-{host}-00000000", f".tmp-{os.getpid()}-{host}-00000000"
    elsewhere = f".tmp-{int(done.stdout)}-00000000-00000000"
    for action in (lambda: load_checkpoint(run), lambda: write(run, 430)):
        for name in (dead, alive, elsewhere):
            (run / name).mkdir(exist_ok=True)
            (run / name / "model.safetensors").write_bytes(b"half")
        action()
        assert {n for n in entries(run) if n.startswith(".tmp")} == {alive, elsewhere}
    os.utime(run / elsewhere, (0, 0))
    load_checkpoint(run)
    assert {n for n in entries(run) if n.startswith(".tmp")} == {alive}


def save_name() -> str:
    from qnlp._run_folder import _temporary_name

    return _temporary_name()


def test_killed_before_the_first_acknowledgement_the_first_checkpoint_counts(run: Path) -> None:
    (run / "LATEST").unlink()
    assert load_checkpoint(run).step == 420


# Other classes, other paths.


def test_other_class_is_refused(run: Path) -> None:
    with pytest.raises(CheckpointError, match="step-000420: holds 'Model', expected 'Other'"):
        load_checkpoint(run, expect_class="Other")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("absent", "no such directory"),
        ("file", "is no directory"),
        ("empty", "has no checkpoint, expected folders such as step-000001"),
        ("x" * 300, "no such directory"),
    ],
)
def test_path_without_a_checkpoint_says_so(name: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "empty").mkdir()
    with pytest.raises(CheckpointError, match=said) as hit:
        load_checkpoint(tmp_path / name)
    assert not isinstance(hit.value, CheckpointCorruptError)


def test_absent_step_lists_those_that_are_there(run: Path) -> None:
    with pytest.raises(CheckpointError, match=r"has no step 7, only \['step-000420', 'step-000400"):
        load_checkpoint(run, step=7)


@pytest.mark.parametrize("name", ["with space", "café", "a" * 200])
def test_unusual_path_works(name: str, tmp_path: Path) -> None:
    write(tmp_path / name / "deep", 1)
    assert load_checkpoint(tmp_path / name / "deep").step == 1


# Saving fails as a whole.


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"tensors": {"m": {"a": np.zeros(1, complex)}}}, "complex128"),
        ({"tensors": {"m": {"a": np.array([{}])}}}, "object"),
        ({"tensors": {"../m": {}}}, "tensors has the key '../m'"),
        ({"state": {"a": np.int64(3)}}, "state is not JSON: .*int64"),
        ({"config": {"a": {1, 2}}}, "config is not JSON"),
        ({"keep": 0}, "keep has 0, expected an integer of at least 1"),
    ],
)
def test_what_cannot_be_saved_fails_before_the_disk_is_met(
    changes: dict[str, Any], said: str, tmp_path: Path
) -> None:
    with pytest.raises(CheckpointError, match=said):
        write(tmp_path / "run", 1, **changes)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("step", [-1, 1.5, True, None, "3"])
def test_step_is_a_count(step: object, tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"step has .*, expected an integer of at least 0"):
        save_checkpoint(tmp_path, step=step, tensors={}, state={}, config={})


CALLS = ("open", "write", "fsync", "rename", "replace", "mkdir")


@pytest.fixture(params=CALLS)
def failing_call(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A function that runs a save with the n-th call of one kind failing: its error and n."""
    real = getattr(os, request.param)

    def attempt(n: int, save: Callable[[], object]) -> tuple[CheckpointError | None, int]:
        count = 0

        def fail(*args: Any, **options: Any) -> Any:
            nonlocal count
            count += 1
            if count == n:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return real(*args, **options)

        with monkeypatch.context() as patch:
            patch.setattr(os, request.param, fail)
            try:
                save()
            except CheckpointError as error:
                return error, count
        return None, count

    return attempt


def test_failing_call_leaves_the_old_checkpoint_and_nothing_else(
    failing_call: Any, tmp_path: Path
) -> None:
    def start(name: str) -> Path:
        for step in (400, 420):
            write(tmp_path / name, step)
        return tmp_path / name

    first = start("0")
    _, calls = failing_call(0, lambda: write(first, 430))
    failures = 0
    for n in range(1, calls + 1):
        run = start(str(n))
        before = snapshot(run)
        error, _ = failing_call(n, lambda: write(run, 430))  # noqa: B023 - called at once
        failures += error is not None
        if error is not None:
            assert error.errno == errno.ENOSPC
            assert str(error) == f"{run}: step 430 cannot be saved: No space left on device"
            assert not [name for name in entries(run) if name.startswith(".tmp")]
        if load_checkpoint(run).step != 430:  # an error after LATEST is replaced loses nothing
            assert error is not None
            assert snapshot(run) == before
    assert failures >= 1


def test_interrupt_leaves_the_old_checkpoint_and_nothing_else(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(descriptor: int) -> None:
        raise KeyboardInterrupt

    before = snapshot(run)
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", interrupt)
        with pytest.raises(KeyboardInterrupt):
            write(run, 430)
    assert snapshot(run) == before
    assert entries(run) == {"step-000400", "step-000420", "LATEST"}


FILL_THE_DISK = """
import resource, sys
import numpy as np
from qnlp.checkpoint import save_checkpoint
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
tensors = {"model": {"a": np.zeros(100_000)}}
try:
    save_checkpoint(sys.argv[1], step=430, tensors=tensors, state={}, config={})
except OSError as error:
    print(type(error).__name__, error)
"""


def test_file_that_outgrows_a_limit_leaves_the_old_checkpoint_and_nothing_else(run: Path) -> None:
    before = snapshot(run)
    done = subprocess.run(
        [sys.executable, "-c", FILL_THE_DISK, run], capture_output=True, text=True, check=True
    )
    assert done.stdout == f"CheckpointError {run}: step 430 cannot be saved: File too large\n"
    assert snapshot(run) == before
    assert entries(run) == {"step-000400", "step-000420", "LATEST"}


def test_new_run_folder_goes_when_its_first_save_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "write", fail)
    with pytest.raises(CheckpointError, match="Input/output error"):
        write(tmp_path / "a" / "run", 1)
    assert not (tmp_path / "a").exists()


def test_good_checkpoint_loads_without_a_warning(run: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        load_checkpoint(run, allow_previous=True)


def test_pruned_while_it_was_read_the_next_one_is_read(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import qnlp.checkpoint as module

    real, calls = module._read, []

    def read(folder: Path, *args: Any) -> Any:
        if not calls:
            for step in (430, 440):
                write(run, step)
        calls.append(folder)
        return real(folder, *args)

    monkeypatch.setattr(module, "_read", read)
    assert load_checkpoint(run).step == 440
