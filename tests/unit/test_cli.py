"""The command line's settings, its words and its exit codes, without a process of its own."""

from __future__ import annotations

import inspect
import io
import json
import re
import sys
import warnings
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest

from qnlp import DataError, errors
from qnlp.cli import main
from qnlp.commands import app as commands
from qnlp.commands.config import RunConfig, dump_config, resolve
from qnlp.commands.output import Output, UsageFault, table
from qnlp.commands.sentences import read_texts
from qnlp.grammar import READERS


class Answer:
    """What a command answered."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


@pytest.fixture
def qnlp(capsys: pytest.CaptureFixture[str]) -> Any:
    def run(*arguments: str) -> Answer:
        code = main(arguments)
        return Answer(code, *capsys.readouterr())

    return run


# Settings.


def options_of(command: Any) -> dict[str, Any]:
    """Each option's typer description, by parameter."""
    hints = get_type_hints(command, include_extras=True)
    return {name: get_args(hints[name])[1] for name in inspect.signature(command).parameters}


SETTINGS = {k: v for k, v in options_of(commands.train).items() if k in RunConfig.model_fields}


def test_every_setting_has_an_option() -> None:
    assert set(SETTINGS) == set(RunConfig.model_fields)


@pytest.mark.parametrize("name", sorted(SETTINGS))
def test_help_shows_the_default_that_a_run_has(name: str) -> None:
    default, shown = RunConfig.model_fields[name].default, SETTINGS[name].show_default
    if shown not in (True, False, "all") and name not in {"qubits", "dims"}:
        depends = {"target", "unreadable", "device", "shots", "bond_dim", "max_order"}
        assert shown == str(default) or (default is None and name in depends)
    else:
        assert not default


def write(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def fault(path: Path | None, **options: Any) -> str:
    with pytest.raises(UsageFault) as hit:
        resolve(path, options)
    return str(hit.value).replace(str(path), "run.yaml")


def test_command_line_goes_before_the_file_and_the_file_before_defaults(tmp_path: Path) -> None:
    path = write(tmp_path / "run.yaml", "seed: 7\nreader: cups\nqubits: {n: 2}\n")
    config = resolve(path, {"seed": 3, "reader": None})
    assert (config.seed, config.reader, config.layers, config.qubits) == (3, "cups", 1, {"n": 2})


def test_resolved_settings_repeat_themselves(tmp_path: Path) -> None:
    config = resolve(None, {"train": "café.tsv", "qubits": "n=1,s=2", "tol": 1e-9})
    assert resolve(write(tmp_path / "run.yaml", dump_config(config)), {}) == config


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("optimiser: adam", "run.yaml:1:1: unknown key 'optimiser'; did you mean 'optimizer'?"),
        (
            "seed: 1\nreader: pregrup",
            (
                f"run.yaml:2:1: reader has 'pregrup', expected one of {', '.join(sorted(READERS))}"
                "; did you mean 'pregroup'?"
            ),
        ),
        (
            "max_iter: many",
            (
                "run.yaml:1:1: max_iter has 'many', should be a valid integer, "
                "unable to parse string as an integer"
            ),
        ),
        ("layers: 0", "run.yaml:1:1: layers has '0', should be greater than or equal to 1"),
        ("learning_rate: .nan", "run.yaml:1:1: learning_rate has 'nan', should be a finite number"),
        ("seed: 1\nseed: 2", "run.yaml:2:1: has the key 'seed' a second time"),
        ("- a", "run.yaml:1:1: expected lines such as 'reader: pregroup'"),
        ("just words", "run.yaml:1:1: expected lines such as 'reader: pregroup'"),
        ("1: 2", "run.yaml:1:1: expected lines such as 'reader: pregroup'"),
        ("a: &x 1\nb: *x", "run.yaml:1:4: has an anchor or alias, expected none"),
        ("a: [1", "run.yaml:2:1: is not YAML: expected ',' or ']', but got '<stream end>'"),
        (
            "reader: !!python/object/apply:os.system ['true']",
            (
                "run.yaml:1:9: is not YAML: could not determine a constructor for the tag "
                "'tag:yaml.org,2002:python/object/apply:os.system'"
            ),
        ),
        ("[" * 100_000, "run.yaml:1:11: is nested over 10 deep"),
        ("reader: os.system", None),
        ("_target_: os.system", "run.yaml:1:1: unknown key '_target_'; did you mean 'target'?"),
    ],
)
def test_fault_in_a_file_of_settings_names_its_place(
    text: str, said: str | None, tmp_path: Path
) -> None:
    message = fault(write(tmp_path / "run.yaml", text + "\n"))
    if said is not None:
        assert message == said
    assert len(message.splitlines()) == 1


def test_every_fault_in_a_file_has_its_line(tmp_path: Path) -> None:
    message = fault(write(tmp_path / "run.yaml", "sed: 1\nlayers: -1\n"))
    assert [line.split(": ")[0] for line in message.splitlines()] == [
        "run.yaml:2:1",
        "run.yaml:1:1",
    ]


def test_binary_file_is_no_settings(tmp_path: Path) -> None:
    (tmp_path / "run.yaml").write_bytes(b"\x80\xff\x00")
    assert "run.yaml: is not YAML" in fault(tmp_path / "run.yaml")


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("batch_size", 0, "--batch-size has '0', should be greater than or equal to 1"),
        ("qubits", "n", "--qubits has 'n', expected numbers of qubits such as n=1,s=1"),
        (
            "backend",
            "ear",
            (
                "--backend has 'ear', expected one of kernel, aer, pennylane, torch; "
                "did you mean 'aer'?"
            ),
        ),
        (
            "noise",
            "readout",
            "--noise has 'readout', expected strengths such as depolarizing=0.01,readout=0.02",
        ),
        ("noise", "readout=2", "--noise has '2', should be less than or equal to 1"),
    ],
)
def test_fault_in_an_option_names_it(option: str, value: object, said: str) -> None:
    assert fault(None, **{option: value}) == said


# Exit codes and words.


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["train", "--optimiser", "adam"], "qnlp train: No such option: --optimiser"),
        (["trian"], "qnlp: No such command 'trian'"),
        (["predict"], "qnlp predict: Missing argument"),
        (["train", "--seed", "x"], "qnlp train: Invalid value for '--seed': "),
        (["train", "--seed", "-1"], "--seed has '-1', should be greater than or equal to 0"),
        (["train"], "no training data: give a file of labelled sentences, or --dataset"),
        (["train", "a.tsv", "--dataset", "food-it"], "a training file and --dataset are given"),
        (["train", "--dataset", "food-it", "--dev", "a"], "--dataset brings its own dev and test"),
        (["train", "--dataset", "fod-it"], "--dataset has 'fod-it', expected one of food-it"),
        (["train", "--dataset", "food-it", "--device", "GPU"], "--device GPU is for the backends "),
        (
            ["train", "mine.tsv", "--patience", "9"],
            "--patience is given without --dev, whose loss it watches",
        ),
        (
            ["train", "mine.tsv", "--resume"],
            "--resume is given without --run-dir, where the training is kept",
        ),
        (
            ["train", "--dataset", "food-it", "--ansatz", "mps", "--ancillas", "1"],
            "--ancillas is for circuits, not for --ansatz mps",
        ),
        (
            ["train", "--dataset", "food-it", "--backend", "torch", "--shots", "9"],
            "--shots is for the backends kernel, aer, pennylane; --backend is torch",
        ),
        (
            ["train", "--dataset", "food-it", "--dims", "n=4"],
            "--dims is for --ansatz tensor, spider or mps, not iqp",
        ),
        (
            ["train", "--dataset", "food-it", "--ansatz", "tensor", "--bond-dim", "4"],
            "--bond-dim is for --ansatz mps, not tensor",
        ),
        (
            ["train", "--dataset", "food-it", "--ansatz", "mps", "--qubits", "n=2"],
            "--qubits is for circuits; the wires of --ansatz mps have --dims",
        ),
        (["draw", "cats sleep", "--circuit", "--ansatz", "mps"], "--ansatz mps makes tensors"),
        (
            ["draw", "cats sleep", "-o", "x.doc"],
            "--out has the suffix '.doc', expected one of .svg, .txt",
        ),
        (
            ["parse", "a b", "--reader", "cups", "--lexicon", "x"],
            "--lexicon is for the readers by grammar",
        ),
        (["parse", "a", "--file", "b"], "sentences are given as arguments and by --file"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_code_2(
    arguments: list[str], said: str, qnlp: Any
) -> None:
    answer = qnlp(*arguments)
    assert answer.code == 2
    assert answer.err.startswith(said)
    assert answer.err.count("\n") == 1
    assert not answer.out


def test_missing_file_is_one_line_and_exit_code_1(qnlp: Any, tmp_path: Path) -> None:
    for arguments in (["train", "absent.tsv"], ["parse", "--file", "absent.tsv"]):
        answer = qnlp(*arguments)
        assert (answer.code, answer.err) == (1, "absent.tsv: No such file or directory\n")


def fail_with(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(*_: object, **__: object) -> int:
        raise error

    monkeypatch.setattr("qnlp.commands.doctor.doctor", run)


@pytest.mark.parametrize("name", errors.__all__)
def test_error_of_the_package_is_told_by_class_and_message(
    name: str, qnlp: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_with(getattr(errors, name)("x has 3, expected 4"), monkeypatch)
    answer = qnlp("doctor")
    assert (answer.code, answer.err) == (1, f"{name}: x has 3, expected 4\n")


def test_debug_adds_the_traceback(qnlp: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    fail_with(DataError("bad"), monkeypatch)
    assert "Traceback" not in qnlp("doctor").err
    assert "Traceback" in qnlp("doctor", "--debug").err


def test_own_fault_is_owned_up_to_without_a_traceback(
    qnlp: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_with(KeyError("inside"), monkeypatch)
    answer = qnlp("doctor")
    assert answer.code == 1
    assert "KeyError: 'inside'\nThis is a fault of qnlp" in answer.err
    assert "Traceback" not in answer.err


def test_interrupt_is_exit_code_130(qnlp: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    fail_with(KeyboardInterrupt(), monkeypatch)
    assert qnlp("doctor").code == 130


def test_help_and_version_are_exit_code_0(qnlp: Any) -> None:
    for arguments in (["--help"], ["train", "--help"], ["--version"], ["predict", "-h"]):
        answer = qnlp(*arguments)
        assert answer.code == 0
        assert answer.out
        assert not answer.err


def test_completion_script_can_be_shown(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION", "1")
    with pytest.raises(SystemExit) as hit:
        main(["--show-completion", "bash"])
    assert not hit.value.code
    assert "_QNLP_COMPLETE" in capsys.readouterr().out


# Sentences without labels.


def set_stdin(data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))


def test_sentences_come_from_arguments_a_file_or_standard_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "two.txt"
    path.write_bytes("\ufeffcats sleep\r\nchats à côté\n\n".encode())
    set_stdin(b"dogs run\n", monkeypatch)
    assert read_texts(["a", "b"], None) == (["a", "b"], None)
    found = read_texts([], str(path))
    assert found.sentences == ["cats sleep", "chats à côté"]
    assert [str(source) for source in found.sources or []] == [f"{path}:1", f"{path}:2"]
    assert read_texts([], None).sentences == ["dogs run"]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "<stdin>: has no sentences, expected one a line"),
        (b"ab\ncaf\xe9\n", "<stdin>:2:4: byte 0xe9 is not UTF-8"),
    ],
)
def test_text_that_cannot_be_read_names_the_place(
    data: bytes, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_stdin(data, monkeypatch)
    with pytest.raises(DataError, match=f"^{re.escape(said)}$"):
        read_texts([], "-")


def test_parse_goes_on_after_a_sentence_that_it_cannot_read(qnlp: Any) -> None:
    answer = qnlp("parse", "cats sleep", "", "the", "dogs run", "--json", "--reader", "pregroup")
    assert answer.code == 1
    found = json.loads(answer.out)["sentences"]
    assert [("error" in item) for item in found] == [False, True, True, False]
    assert found[0]["types"] == ["n", "n.r @ s"]
    assert found[0]["links"] == [[0, 1]]
    assert answer.err.startswith("EmptySentenceError: sentence 1: has no words (got ''), expected")
    assert "\nParseFailure: sentence 2: 'the' has no reading of type s." in answer.err


def test_parse_shows_a_drawing(qnlp: Any) -> None:
    answer = qnlp("parse", "cats sleep")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.splitlines()[0].split() == ["cats", "sleep"]


def test_draw_writes_the_file_or_prints_text(qnlp: Any, tmp_path: Path) -> None:
    for name, circuit in (("a.svg", []), ("b.svg", ["--circuit"])):
        path = tmp_path / name
        answer = qnlp("draw", "cats sleep", "--out", str(path), "--json", *circuit)
        assert json.loads(answer.out)["file"] == str(path)
        assert path.read_text().startswith("<svg")
    assert "cats" in qnlp("draw", "cats sleep").out
    assert "Rx(cats__n_0)" in qnlp("draw", "cats sleep", "--circuit").out


def test_draw_shows_words_opened_zx_and_the_circuit_that_it_gives(qnlp: Any) -> None:
    sentence = "Alice loves Bob"
    opened = qnlp("draw", sentence, "--autonomous").out
    assert "[loves]" in opened
    assert "n.r" not in opened
    assert [
        line[:2] for line in qnlp("draw", sentence, "--autonomous", "--circuit").out.split("\n")
    ][:2] == ["0:", "1:"]
    assert "Z(0.5*loves" in qnlp("draw", sentence, "--zx").out
    pytest.importorskip("pyzx")
    extracted = qnlp("draw", sentence, "--zx", "--circuit").out
    assert "3: " in qnlp("draw", sentence, "--circuit", "--qubits", "n=2").out
    assert "2: " in extracted
    assert "3: " not in extracted


def test_draw_shows_every_step_on_the_way(qnlp: Any, tmp_path: Path) -> None:
    sentence = "Alice loves Bob"
    last = qnlp("draw", sentence, "--autonomous").out
    steps = qnlp("draw", sentence, "--autonomous", "--steps").out
    assert steps.startswith(qnlp("draw", sentence).out.rstrip("\n"))
    assert steps.endswith(last)
    path = tmp_path / "steps.svg"
    assert qnlp("draw", sentence, "--autonomous", "--steps", "-o", str(path)).code == 0
    assert "\N{RIGHTWARDS ARROW}" in path.read_text(encoding="utf-8")
    pytest.importorskip("matplotlib")
    for name, begins in (("a.gif", b"GIF8"), ("a.png", b"\x89PNG"), ("a.pdf", b"%PDF")):
        path = tmp_path / name
        assert qnlp("draw", sentence, "--autonomous", "--steps", "-o", str(path)).code == 0
        assert path.read_bytes().startswith(begins)


def test_qubits_and_layers_shape_the_circuit(qnlp: Any) -> None:
    shown = qnlp("draw", "cats sleep", "--circuit", "--qubits", "n=2", "--layers", "2").out
    assert shown.count("|0>") == 3
    assert "sleep__n.r@s_3" in shown


# Output.


def test_results_go_to_standard_output_and_notes_to_standard_error(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Output().note("wait")
    Output(quiet=True).note("never")
    Output().result("text", {"a": 1})
    Output(as_json=True).result("text", {"a": 1})
    assert tuple(capsys.readouterr()) == ('text\n{"a": 1}\n', "wait\n")


def test_progress_without_a_terminal_is_a_line_now_and_then(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = iter([10.0, 11.0, 12.5, 13.0])
    monkeypatch.setattr("qnlp.commands.output.time.monotonic", lambda: next(now))
    with Output().progress(4) as show:
        for k in range(4):
            show({"loss": 0.5 / (k + 1), "eval_accuracy": 1.0})
    assert capsys.readouterr().err == (
        "iteration 1: loss 0.5000, dev accuracy 1.000\niteration 3: loss 0.1667, dev accuracy 1.000\n"
    )


def test_progress_on_a_terminal_is_a_bar(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    with Output().progress(2) as show:
        show({"loss": 0.5})
    assert "1/2" in capsys.readouterr().err


def test_quiet_progress_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with Output(quiet=True).progress(1) as show:
        show({"loss": 0.5})
    assert tuple(capsys.readouterr()) == ("", "")


def test_warning_is_one_plain_line(qnlp: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(_: object) -> int:
        warnings.simplefilter("always")
        warnings.warn("3 sentences stand in both", stacklevel=1)
        return 0

    monkeypatch.setattr("qnlp.commands.doctor.doctor", run)
    assert qnlp("doctor").err == "warning: 3 sentences stand in both\n"


def test_table_aligns_its_columns() -> None:
    assert table(["", "dev"], [["loss", "0.1"], ["a", "10.25"]]) == (
        "        dev\nloss    0.1\na     10.25"
    )


def test_doctor_tells_what_there_is(qnlp: Any) -> None:
    found = json.loads(qnlp("doctor", "--json").out)
    assert found["versions"]["monoidal"]
    assert found["backends"]["kernel"] == "CPU"
    assert found["threads"] >= 1
    assert found["memory_limit"] > 0
    assert {"torch", "qiskit", "sr"} <= set(found["extras"])
    assert "instruction set" in qnlp("doctor").out


def test_parse_shows_the_tree_and_as_many_readings_as_asked_for(qnlp: Any) -> None:
    sentence = "I saw the man with the telescope"
    answer = qnlp("parse", sentence, "--nbest", "3")
    assert answer.code == 0
    assert [f"reading {k} of 3, cost " in answer.out for k in (1, 2, 3)] == [True] * 3
    assert "\n├─NP[pro]  I\n└─S[dcl]\\NP" in answer.out
    found = json.loads(qnlp("parse", sentence, "--nbest", "3", "--json").out)["sentences"][0]
    costs = [one["cost"] for one in found["readings"]]
    assert (len(costs), costs) == (3, sorted(costs))
    assert found["readings"][0]["types"] == found["types"]
    answer = qnlp("parse", sentence, "--nbest", "3", "--reader", "cups")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err == "--nbest is for the reader ccg, 'cups' gives one reading\n"


def test_parse_says_what_is_read_in_parts(qnlp: Any) -> None:
    answer = qnlp("parse", "of of the the")
    assert answer.code == 0
    assert answer.out.startswith("no full parse (no_parse), read in parts\n")
    answer = qnlp("parse", "of of the the", "--unreadable", "error")
    assert (answer.code, answer.out) == (1, "")


@pytest.mark.parametrize("reader", ["ccg", "pregroup", "text"])
def test_a_report_counts_and_names_what_has_no_full_parse(
    reader: str, qnlp: Any, tmp_path: Path
) -> None:
    path = tmp_path / "a.txt"
    path.write_text("cats sleep\n\nof of the the\n" + "dogs run\n" * 300)
    found = qnlp("parse", "--report", "--file", str(path), "--reader", reader)
    assert found.code == 1
    n_parts = int(reader != "pregroup")
    assert f": 301 parsed (99.3 %), {n_parts} fragments, {2 - n_parts} failed" in found.out
    assert f"\n{path}:2: failed: " in found.out
    assert f"\n{path}:3: {'fragments' if n_parts else 'failed'}: " in found.out
    data = json.loads(
        qnlp("parse", "--report", "--file", str(path), "--reader", reader, "--json").out
    )
    assert (data["n_sentences"], data["n_parsed"]) == (303, 301)
    assert [one["place"] for one in data["without_full_parse"]][
        -1
    ] == f"{path}:{2 if n_parts else 3}"


def test_a_report_without_fault_is_a_success(qnlp: Any) -> None:
    answer = qnlp("parse", "cats sleep", "--report")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.startswith("1 sentences in ")


NEAR = "I\tn\nsaw\tn.r s n.l\nthe\tn n.l\nman\tn\nwith\tn.r n n.l\nMary\tn\n\n"


def test_costs_learnt_from_a_file_are_what_parse_then_reads_by(qnlp: Any, tmp_path: Path) -> None:
    gold, learnt = tmp_path / "gold.tsv", tmp_path / "learnt.json"
    gold.write_text(NEAR + NEAR.replace("man", "woman") + "of\tn\n")
    answer = qnlp("train-reader", str(gold), "--save", str(learnt), "--rounds", "2")
    assert answer.code == 0
    assert [line.split()[0] for line in answer.out.splitlines()[1:4]] == ["as", "round", "round"]
    assert answer.out.splitlines()[1].endswith("0/3")
    assert answer.out.endswith(f" saved in {learnt}\n")
    assert f"{gold}:15: has no parse, so it taught nothing\n" in answer.err
    sentence = "We met the boy with Tom"
    types = [
        json.loads(qnlp("parse", sentence, "--json", *options).out)["sentences"][0]["types"][4]
        for options in ([], ["--weights", str(learnt)])
    ]
    assert types == ["s.r @ n.r.r @ n.r @ s @ n.l", "n.r @ n @ n.l"]
    data = json.loads(qnlp("train-reader", str(gold), "-o", str(learnt), "--json").out)
    assert data["scores"][0]["n_exact"] < data["scores"][data["chosen"]]["n_exact"]


def test_faulty_gold_and_weights_are_named(qnlp: Any, tmp_path: Path) -> None:
    gold = tmp_path / "gold.tsv"
    gold.write_text("Dogs\t?\n")
    answer = qnlp("train-reader", str(gold), "--save", str(tmp_path / "a.json"))
    assert (answer.code, answer.out) == (1, "")
    assert f"{gold}:1: type of 'Dogs': " in answer.err
    answer = qnlp("parse", "cats sleep", "--weights", str(gold))
    assert f"{gold}: is no JSON" in answer.err
    for option in (["--weights", "x"], ["--tags", "spacy"]):
        answer = qnlp("parse", "a b", "--reader", "cups", *option)
        assert answer.err == f"{option[0]} is for the reader ccg, 'cups' takes none\n"
        assert answer.code == 2


def test_a_sentence_of_a_file_that_is_too_large_is_named_by_its_line(
    qnlp: Any, tmp_path: Path
) -> None:
    path = tmp_path / "a.tsv"
    path.write_text("0\tdogs sleep\n1\tcats run\n1\tdogs give cats birds\n")
    out = ("--out", str(tmp_path / "model"), "--quiet")
    answer = qnlp("train", str(path), "--qubits", "n=12,s=1", *out)
    assert answer.code == 1
    assert f'sentence 2 ("dogs give cats birds", {path}:3) needs ' in answer.err
