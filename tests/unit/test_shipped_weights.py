"""Weights that come with the package: whole or refused, each with a card."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from symnum import CheckpointCorruptError, CheckpointError
from symnum._neural import shipped
from symnum.cli import app

CONFIGS = Path(__file__).parents[2] / "symnum" / "configs"
SAID = ("about", "data", "hardware", "limits", "figures")


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The weights of the package in a place where they may be damaged."""
    shutil.copytree(shipped.FOLDER, tmp_path / "weights")
    monkeypatch.setattr(shipped, "FOLDER", tmp_path / "weights")
    return tmp_path / "weights"


@pytest.mark.parametrize("name", shipped.MODELS)
def test_every_model_has_weights_and_an_honest_card(name: str) -> None:
    card = shipped.card_of(name)
    assert card["model"] == f"symnum.{name}"
    assert card["licence"] == "Apache-2.0"
    assert card["examples"] > 10_000
    assert all(card[key] for key in SAID)
    assert {"monoidal", "torch"} <= card["versions"].keys()
    size = sum(p.stat().st_size for p in (shipped.FOLDER / name).rglob("*") if p.is_file())
    assert size < 2_000_000


@pytest.mark.parametrize("name", shipped.MODELS)
def test_truncated_and_changed_weights_are_refused_with_what_helps(name: str, copied: Path) -> None:
    (path,) = (copied / name).glob("step-*/model.safetensors")
    data = path.read_bytes()
    for damaged in (data[: len(data) // 2], data[:-1] + bytes([data[-1] ^ 1]), b""):
        path.write_bytes(damaged)
        with pytest.raises(CheckpointCorruptError, match=r"safetensors: .* install monoidal again"):
            shipped.card_of(name)


def test_weights_that_are_missing_are_named(copied: Path) -> None:
    shutil.rmtree(copied / "prose")
    with pytest.raises(CheckpointError, match=r"no weights of 'prose': install monoidal again"):
        shipped.card_of("prose")
    assert "prose" not in shipped.cards()
    with pytest.raises(CheckpointError, match=r"expected 'symnum\.snip'"):
        shipped.card_of("snip", copied / "propose")


def test_command_shows_the_cards() -> None:
    found = CliRunner().invoke(app, ["models"])
    assert found.exit_code == 0
    assert all(name in found.stdout for name in shipped.MODELS)
    one = CliRunner().invoke(app, ["models", "prose", "--json"])
    assert json.loads(one.stdout) == shipped.card_of("prose")
    assert CliRunner().invoke(app, ["models", "gpt"]).exit_code == 2


def test_shipped_models_are_used_without_a_name() -> None:
    pytest.importorskip("torch")
    from symnum.propose import Proposer
    from symnum.prose import Prose
    from symnum.snip import SNIP

    x = np.random.default_rng(0).uniform(1.0, 3.0, (60, 1))
    proposer = Proposer(beam=8)
    assert proposer.card == shipped.card_of("propose")
    y = 2.5 * x[:, 0] + 0.7
    found = proposer.propose(x, y)
    columns = np.column_stack([x, np.zeros((60, proposer.max_variables - 1))])
    assert min(np.mean((f.evaluate(columns) - y) ** 2) for f in found) < 0.05 * y.var()
    t = np.linspace(0.0, 2.0, 64)
    states = np.column_stack([np.cos(t), -np.sin(t)])
    assert Prose().predict(t, states, query_times=[2.5]).shape == (1, 2)
    assert SNIP().embed_data(x, y).shape == (SNIP().n_dimensions,)


def test_export_writes_a_card_of_what_it_is_told(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    pytest.importorskip("accelerate")
    from symnum._neural.command import run

    run("propose", CONFIGS / "propose-tiny.toml", tmp_path / "run", steps=2)
    told = tmp_path / "card.toml"
    told.write_text('[card]\nabout = "tiny"\nlimits = ["all"]\n[card.figures]\nfound = 0.5\n')
    out = tmp_path / "out"
    arguments = ["export", "propose", str(tmp_path / "run"), str(out), "--card", str(told)]
    found = CliRunner().invoke(app, arguments)
    assert found.exit_code == 0, found.output
    card = shipped.card_of("propose", out)
    assert (card["about"], card["figures"], card["steps"], card["examples"]) == (
        "tiny", {"found": 0.5}, 2, 64,
    )  # fmt: skip
    assert card["stored_as"] in {"float16", "float32"}
    told.write_text('[card]\nabuot = "tiny"\n')
    with pytest.raises(ValueError, match=r"card.toml:2: .* did you mean 'about'"):
        CliRunner().invoke(app, arguments, catch_exceptions=False)
