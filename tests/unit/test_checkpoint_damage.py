"""A checkpoint that was damaged, or made to do harm, is refused by name."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save

from qnlp import CheckpointCorruptError, CheckpointError
from qnlp._manifest import _spell
from qnlp.checkpoint import load_checkpoint, save_checkpoint


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run with the checkpoints of steps 400 and 420."""
    for step in (400, 420):
        tensors = {"model": {"angles": np.full(5, float(step))}, "optim": {"m": np.zeros(3)}}
        save_checkpoint(
            tmp_path / "run",
            step=step,
            tensors=tensors,
            state={"epoch": step},
            config={"class": "Model"},
        )
    return tmp_path / "run"


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


# Files of newer versions.


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
