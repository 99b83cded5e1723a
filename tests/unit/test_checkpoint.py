"""A checkpoint gives back what was saved, and a file that was changed is named."""

from __future__ import annotations

import errno
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save

from qnlp import CheckpointCorruptError, CheckpointError
from qnlp._manifest import _spell
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


def sign(run: Path, step: int, change: Callable[[dict[str, Any]], None]) -> None:
    """Change a manifest as an attacker would, who can compute every digest."""
    path = run / f"step-{step:06d}" / "manifest.json"
    body = json.loads(path.read_text())
    del body["sha256"]
    change(body)
    path.write_bytes(_spell(body))
    said = hashlib.sha256(path.read_bytes()).hexdigest()
    (run / "LATEST").write_text(f"{path.parent.name} {said}\n")


def replace_file(run: Path, name: str, data: bytes) -> None:
    """Put other bytes behind a name, with a manifest that says so."""
    (run / "step-000420" / name).write_bytes(data)

    def change(body: dict[str, Any]) -> None:
        digest = hashlib.sha256(data).hexdigest()
        body["files"][name] = {"size": len(data), "sha256": digest}

    sign(run, 420, change)


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


# What was changed is named.


def load_error(run: Path, **options: Any) -> str:
    with pytest.raises(CheckpointCorruptError) as hit:
        load_checkpoint(run, **options)
    return str(hit.value).replace(str(run), "run")


def test_changed_file_is_named_with_both_digests_and_the_previous_good_one(run: Path) -> None:
    path = run / "step-000420" / "model.safetensors"
    data = bytearray(path.read_bytes())
    said = hashlib.sha256(data).hexdigest()[:8]
    data[-1] ^= 1
    path.write_bytes(data)
    found = hashlib.sha256(data).hexdigest()[:8]
    assert load_error(run) == (
        f"run/step-000420/model.safetensors: SHA-256 is {found}.., manifest says {said}..; "
        "previous good: step-000400"
    )


def test_truncated_file_is_named_with_both_sizes(run: Path) -> None:
    path = run / "step-000420" / "model.safetensors"
    size = path.stat().st_size
    os.truncate(path, 10)
    assert load_error(run) == (
        f"run/step-000420/model.safetensors: has 10 bytes, manifest says {size}; "
        "previous good: step-000400"
    )


FILES = ("model.safetensors", "optim.safetensors", "state.json", "config.json", "manifest.json")


def make_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def make_link(path: Path) -> None:
    path.rename(path.parent.parent.parent / "outside")
    path.symlink_to(path.parent.parent.parent / "outside")


def make_fifo(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda path: path.unlink(), "is missing"),
        (make_folder, "is a directory, expected a file"),
        (make_link, "is a symbolic link, expected a file"),
        (make_fifo, "is a special file, expected a file"),
        (lambda path: path.write_bytes(b""), None),
        (lambda path: path.write_bytes(path.read_bytes() * 2), None),
    ],
    ids=["missing", "folder", "link", "fifo", "empty", "doubled"],
)
def test_damage_is_found_and_falls_back_only_when_allowed(
    name: str, damage: Callable[[Path], None], said: str | None, run: Path
) -> None:
    damage(run / "step-000420" / name)
    message = load_error(run)
    assert message.startswith(f"run/step-000420/{name}: {said or ''}")
    assert message.endswith("; previous good: step-000400")
    with pytest.warns(UserWarning, match="loaded step-000400 instead"):
        found = load_checkpoint(run, allow_previous=True)
    assert found.state["epoch"] == 400


def test_swapped_files_are_found(run: Path) -> None:
    model, optim = (run / "step-000420" / f"{n}.safetensors" for n in ("model", "optim"))
    first, second = model.read_bytes(), optim.read_bytes()
    model.write_bytes(second)
    optim.write_bytes(first)
    assert "model.safetensors: has" in load_error(run)


def test_swapped_checkpoints_are_found(run: Path) -> None:
    (run / "step-000400").rename(run / "other")
    (run / "step-000420").rename(run / "step-000400")
    (run / "other").rename(run / "step-000420")
    assert "is of step 400, expected that of step-000420" in load_error(run)


@pytest.mark.parametrize("data", [b"", b"step-000400", b"step-000420\n", b"../x", b"\0" * 84])
def test_damaged_pointer_is_found_rather_than_guessed(data: bytes, run: Path) -> None:
    (run / "LATEST").write_bytes(data)
    assert load_error(run) == "run/LATEST: does not name a checkpoint; previous good: step-000420"


def test_pointer_to_another_manifest_is_found(run: Path) -> None:
    (run / "LATEST").write_text(f"step-000420 {'0' * 64}\n")
    said = "run/LATEST: SHA-256 is not that of step-000420/manifest.json; "
    assert load_error(run) == said + "previous good: step-000400"


def test_pointer_to_a_missing_folder_is_found(run: Path) -> None:
    shutil.rmtree(run / "step-000420")
    message = "run/LATEST: names step-000420, which is missing; previous good: step-000400"
    assert load_error(run) == message


def test_folder_that_is_a_link_is_refused(run: Path, tmp_path: Path) -> None:
    (run / "step-000420").rename(tmp_path / "outside")
    (run / "step-000420").symlink_to(tmp_path / "outside")
    assert "step-000420: is a symbolic link" in load_error(run)


def test_without_a_good_one_the_message_says_so(run: Path) -> None:
    for folder in run.glob("step-*"):
        (folder / "state.json").unlink()
    assert load_error(run).endswith("; no previous checkpoint is good")
    assert load_error(run, allow_previous=True).endswith("; no previous checkpoint is good")


# Files that were made to do harm.


@pytest.mark.parametrize(
    "name",
    [
        "../../outside.safetensors",
        "/etc/passwd",
        "a/b.json",
        ".hidden.json",
        "x.pkl",
        "manifest.json",
    ],
)
def test_manifest_that_leads_out_of_the_folder_is_refused(name: str, run: Path) -> None:
    sign(run, 420, lambda body: body["files"].update({name: body["files"]["state.json"]}))
    assert "expected a plain name with its SHA-256" in load_error(run)


@pytest.mark.parametrize(
    "change",
    [
        lambda body: body.update(files=[]),
        lambda body: body.update(files={"state.json": 3}),
        lambda body: body.update(step="420"),
        lambda body: body.update(step=True),
        lambda body: body["files"]["state.json"].update(size=-1),
        lambda body: body["files"]["state.json"].update(size=2**62),
        lambda body: body["files"]["state.json"].update(size=1.5),
        lambda body: body["files"]["state.json"].update(sha256="0" * 63),
        lambda body: body["files"].pop("config.json"),
        lambda body: body.update(format="1"),
        lambda body: body.pop("version"),
        lambda body: body.update(capabilities=None),
    ],
)
def test_signed_nonsense_is_refused(change: Callable[[dict[str, Any]], None], run: Path) -> None:
    sign(run, 420, change)
    assert load_error(run).startswith("run/step-000420/")


def header(text: bytes, body: bytes = b"") -> bytes:
    return len(text).to_bytes(8, "little") + text + body


@pytest.mark.parametrize(
    "data",
    [
        b"\x80\x04\x95\x1e\x00\x00\x00\x00\x00\x00\x00\x8c\x05posix\x8c\x06system\x93\x8c\x02id\x85R.",
        b"",
        (2**62).to_bytes(8, "little"),
        header(b"{"),
        header(
            b'{"a":{"dtype":"F64","shape":[4611686018427387904],"data_offsets":[0,8]}}', b"x" * 8
        ),
        header(b'{"a":{"dtype":"F64","shape":[2],"data_offsets":[0,8]}}', b"x" * 8),
        header(b'{"a":{"dtype":"F64","shape":[1],"data_offsets":[0,8]}}'),
        header(b'{"a":{"dtype":"F8_E4M3","shape":[1],"data_offsets":[0,1]}}', b"x"),
        save({"a": np.zeros(2)}) + b"tail",
    ],
    ids=["pickle", "empty", "long", "half", "huge", "short", "cut", "dtype", "tail"],
)
def test_signed_file_that_is_no_safetensors_is_refused(data: bytes, run: Path) -> None:
    replace_file(run, "model.safetensors", data)
    assert "model.safetensors: is not safetensors" in load_error(run)


@pytest.mark.parametrize("data", [b"[" * 100_000, b"{", b"3", b"\xff", b"9" * 5000])
def test_signed_state_that_is_no_json_object_is_refused(data: bytes, run: Path) -> None:
    replace_file(run, "state.json", data)
    assert "state.json: is " in load_error(run)


def test_large_manifest_is_not_read(run: Path) -> None:
    os.truncate(run / "step-000420" / "manifest.json", 1 << 40)
    assert "manifest.json: has 1099511627776 bytes, expected at most" in load_error(run)


# Other versions, other classes, other paths.


def test_newer_format_names_the_version_to_install(run: Path) -> None:
    sign(run, 420, lambda body: body.update(format=2, version="3.1.4"))
    with pytest.raises(CheckpointError, match=r"has format 2, .* \(it reads format 1\)") as hit:
        load_checkpoint(run, allow_previous=True)
    assert str(hit.value).endswith('pip install "monoidal>=3.1.4"')
    assert not isinstance(hit.value, CheckpointCorruptError)


def test_unknown_capability_names_the_version_to_install(run: Path) -> None:
    sign(run, 420, lambda body: body.update(capabilities=["json", "shards"], version="2.0"))
    with pytest.raises(CheckpointError, match=r'needs shards, .*pip install "monoidal>=2.0"'):
        load_checkpoint(run)


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
