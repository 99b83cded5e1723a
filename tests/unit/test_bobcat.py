"""Bobcat from a folder: tiny random weights, made here."""

from __future__ import annotations

import json
import os
import pickle
import socket
from pathlib import Path
from typing import Any

import pytest

from qnlp.errors import DataError, EmptySentenceError, ParseFailure
from qnlp.grammar import BobcatReader, reader_from_config

PIPELINE = {
    "tagger": {
        "batch_size": 4,
        "tag_top_k": 0,
        "tag_prob_threshold": 0.0,
        "tag_prob_threshold_strategy": "absolute",
        "span_top_k": 0,
        "span_prob_threshold": 0.0,
        "span_prob_threshold_strategy": "absolute",
    },
    "parser": {
        "eisner_normal_form": True,
        "max_parse_trees": 100000,
        "beam_size": 100,
        "input_tag_score_weight": 1.0,
        "missing_cat_score": 0.001,
        "missing_span_score": 0.001,
    },
}
TV = r"(S[dcl]\NP)/NP"
GRAMMAR = {
    "categories": {
        "N": "N{_}",
        "NP": "NP{_}",
        "NP/N": "(NP{Y}/N{Y}<1>){_}",
        TV: r"((S[dcl]{_}\NP{Y}<1>){_}/NP{Z}<2>){_}",
    },
    "binary_rules": [["NP/N", "N"], [TV, "NP"], ["NP", r"S[dcl]\NP"]],
    "type_changing_rules": [],
    "type_raising_rules": [],
}


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object, **options: object) -> None:
        pytest.fail(f"the network was asked for {arguments}")

    for name in ("getaddrinfo", "create_connection"):
        monkeypatch.setattr(socket, name, refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket.socket, "connect_ex", refuse)


@pytest.fixture(scope="module")
def model_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of one layer whose weights are random, as its own toolkit saves it."""
    transformers = pytest.importorskip("transformers", exc_type=ImportError)
    if int(transformers.__version__.partition(".")[0]) >= 5:
        pytest.skip("lambeq's Bobcat needs transformers 4")
    pytest.importorskip("lambeq")
    import torch
    from lambeq.bobcat import BertForChartClassification
    from lambeq.bobcat.tagger import ChartClassifierConfig

    folder = tmp_path_factory.mktemp("bobcat")
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "alice", "loves", "bob", "the", "dog"]
    (folder / "vocab.txt").write_text("\n".join(words))
    tokenizer = transformers.BertTokenizerFast(vocab_file=str(folder / "vocab.txt"))
    tokenizer.save_pretrained(folder)
    torch.manual_seed(0)
    config = ChartClassifierConfig(
        tags=["N", "NP", TV, "NP/N"],
        cats=["N", "NP", "S[dcl]", r"S[dcl]\NP"],
        vocab_size=len(words),
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=64,
    )
    BertForChartClassification(config).save_pretrained(folder)
    (folder / "pipeline_config.json").write_text(json.dumps(PIPELINE))
    (folder / "grammar.json").write_text(json.dumps(GRAMMAR))
    return folder


@pytest.mark.usefixtures("no_network")
def test_sentence_is_read_from_the_folder_without_the_network(model_dir: Path) -> None:
    reader = BobcatReader(model_dir, root_categories=["S[dcl]"])
    derivation = reader.derive("Alice loves Bob")
    assert [str(t) for t in derivation.types] == ["n", "n.r @ s @ n.l", "n"]
    assert derivation.words == ("alice", "loves", "bob")
    several = reader.read_many(["Alice loves Bob", "Bob loves the dog"])
    assert [str(d.cod) for d in several] == ["s", "s"]
    assert reader("Alice loves Bob") == several[0]
    assert str(BobcatReader(model_dir, codomain="n")("Alice loves Bob").cod) == "n"


@pytest.mark.usefixtures("no_network")
def test_reader_comes_back_from_its_configuration_and_a_pickle(model_dir: Path) -> None:
    reader = BobcatReader(model_dir, root_categories=["S[dcl]"])
    assert reader_from_config(reader.config()) == reader
    assert pickle.loads(pickle.dumps(reader))("Bob loves Bob") == reader("Bob loves Bob")
    assert str(reader.target) == "s"


@pytest.mark.usefixtures("no_network")
def test_sentence_without_a_parse_is_named(model_dir: Path) -> None:
    reader = BobcatReader(model_dir, root_categories=["S[dcl]"])
    with pytest.raises(ParseFailure, match="sentence 1: 'Bob' has no parse"):
        reader.read_many(["Alice loves Bob", "Bob"])
    with pytest.raises(EmptySentenceError, match="sentence 0 has no words"):
        reader.read_many(["..."])
    assert reader.trees(["Bob"]) == [None]


# What is wrong with a folder is said before anything is imported.


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """All the files, none of them a model."""
    entry = {"dtype": "F32", "shape": [1, 2], "data_offsets": [0, 8]}
    names = ("tag_classifier.weight", "span_classifier.weight")
    header = json.dumps(dict.fromkeys(names, entry)).encode()
    (tmp_path / "model.safetensors").write_bytes(len(header).to_bytes(8, "little") + header)
    (tmp_path / "config.json").write_text('{"model_type": "bert", "tags": ["N"], "cats": ["NP"]}')
    (tmp_path / "pipeline_config.json").write_text(json.dumps(PIPELINE))
    (tmp_path / "grammar.json").write_text(json.dumps(GRAMMAR))
    (tmp_path / "vocab.txt").write_text("[PAD]")
    return tmp_path


@pytest.fixture
def no_imports(monkeypatch: pytest.MonkeyPatch) -> None:
    import qnlp._lazy

    def refuse(module: str) -> None:
        pytest.fail(f"{module} was imported")

    monkeypatch.setattr(qnlp._lazy, "import_module", refuse)


@pytest.mark.usefixtures("no_imports")
@pytest.mark.parametrize(
    "name", ["config.json", "grammar.json", "pipeline_config.json", "model.safetensors"]
)
def test_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(DataError, match=f"lacks {name}"):
        BobcatReader(folder)


@pytest.mark.usefixtures("no_imports")
def test_folder_without_a_tokeniser_is_refused(folder: Path) -> None:
    (folder / "vocab.txt").unlink()
    with pytest.raises(DataError, match=r"lacks tokenizer\.json or vocab\.txt"):
        BobcatReader(folder)
    with pytest.raises(DataError, match="no such folder"):
        BobcatReader(folder / "none")


@pytest.mark.usefixtures("no_imports")
@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("config.json", b'{"tags": []}', "config.json: lacks cats"),
        ("grammar.json", b"[]", "grammar.json: is JSON of type list"),
        ("grammar.json", b"{", "grammar.json:1:2: is not JSON"),
        ("pipeline_config.json", b"\xff", "pipeline_config.json: is not UTF-8"),
        ("model.safetensors", b"", "is no safetensors file: its header is 0 bytes"),
        ("model.safetensors", b"\x80\x04pickle...", "is no safetensors file"),
        ("model.safetensors", b"\x02" + bytes(7) + b"[x", "its header is not JSON"),
        (
            "config.json",
            b'{"tags": [], "cats": [], "auto_map": {"AutoModel": "evil.Model"}}',
            "has auto_map, which names code to run",
        ),
        ("tokenizer_config.json", b'{"auto_map": {}}', "has auto_map"),
        ("model.safetensors", b"\x02" + bytes(7) + b"{}", "tag_classifier.weight has shape None"),
        ("config.json", b'{"tags": [1, 2], "cats": ["NP"]}', "expected 2 rows"),
        ("config.json", b'{"tags": 3, "cats": ["NP"]}', "tags is no list"),
    ],
)
def test_file_that_is_wrong_is_named(folder: Path, name: str, content: bytes, message: str) -> None:
    (folder / name).write_bytes(content)
    with pytest.raises(DataError, match=message):
        BobcatReader(folder)


def test_folder_that_lambeq_cannot_load_is_refused(folder: Path, no_network: Any) -> None:
    pytest.importorskip("lambeq")
    pytest.importorskip("transformers", exc_type=ImportError)
    before = os.environ.get("HF_HUB_OFFLINE")
    with pytest.raises(DataError, match="lambeq cannot load this as a Bobcat model"):
        BobcatReader(folder)
    assert os.environ.get("HF_HUB_OFFLINE") == before
