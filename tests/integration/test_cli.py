"""The command line as its users meet it: processes, files, exit codes, and no tracebacks."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from qnlp import SentenceClassifier

pytestmark = pytest.mark.slow

COMMAND = [sys.executable, "-c", "import sys; from qnlp.cli import main; sys.exit(main())"]
TRAIN = "1\tman cooks dinner\n1\twoman bakes cake\n0\tman writes code\n0\twoman debugs code\n"


def qnlp(folder: Path, *arguments: str, code: int = 0, **options: Any) -> Any:
    """Run a command in a folder. Whatever it does, it shows no traceback."""
    done = subprocess.run(
        [*COMMAND, *arguments], cwd=folder, capture_output=True, text=True, timeout=120, **options
    )
    assert "Traceback" not in done.stderr
    assert done.returncode == code, done.stderr
    return done


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with train.tsv and a model of it in qnlp-model."""
    folder = tmp_path_factory.mktemp("trained")
    (folder / "train.tsv").write_text(TRAIN)
    qnlp(folder, "train", "train.tsv", "--quiet")
    return folder


# Training.


def test_train_scores_beside_the_baselines_and_saves(trained: Path) -> None:
    done = qnlp(
        trained, "train", "train.tsv", "--dev", "train.tsv", "--out", "second", "--seed", "3"
    )
    lines = done.stdout.splitlines()
    assert lines[0].split() == ["train", "dev"]
    assert [line.split("  ")[0] for line in lines[1:5]] == [
        "accuracy", "loss", "majority baseline", "unigram baseline",
    ]  # fmt: skip
    assert lines[1].split()[1:] == ["1.000", "1.000"]
    assert lines[3].split()[2:] == ["0.500", "0.500"]
    assert lines[-1] == "saved in second"
    assert "warning: 4 of 4 test sentences stand in the training data too" in done.stderr
    assert "iteration 1: loss " in done.stderr


def test_result_tells_versions_settings_seed_and_threads(trained: Path) -> None:
    result = json.loads((trained / "qnlp-model" / "result.json").read_text())
    assert {"monoidal", "numpy", "python"} <= set(result["versions"])
    assert result["seed"] == result["config"]["seed"] == 0
    assert result["threads"] >= 1
    assert result["scores"]["train"]["accuracy"] == 1.0
    assert result["history"][0]["iteration"] == 1
    config = yaml.safe_load((trained / "qnlp-model" / "config.yaml").read_text())
    assert config == result["config"]


def test_stored_settings_repeat_the_run_bit_for_bit(trained: Path) -> None:
    qnlp(trained, "train", "-c", "qnlp-model/config.yaml", "--out", "again", "--threads", "1", "-q")
    first, again = (SentenceClassifier.load(trained / name) for name in ("qnlp-model", "again"))
    assert first.theta_.tobytes() == again.theta_.tobytes()


def test_shots_mixed_words_and_a_run_that_goes_on(trained: Path) -> None:
    options = ("train.tsv", "--shots", "4096", "--ancillas", "1", "--discard", "--ansatz", "sim15")
    run = ("train", *options, "--restarts", "1", "--run-dir", "kept", "--out", "counted", "-q")
    qnlp(trained, *run, "--epochs", "12")
    qnlp(trained, *run, "--epochs", "12", "--resume")  # is over already
    result = json.loads((trained / "counted" / "result.json").read_text())
    assert result["config"]["optimizer"] == "adam"
    assert result["n_iterations"] == 12
    losses = [record["loss"] for record in result["history"]]
    assert min(losses) < 0.8 * losses[0]
    qnlp(trained, "predict", "counted", "man cooks dinner")


def test_json_result_is_all_that_standard_output_has(trained: Path) -> None:
    done = qnlp(trained, "train", "train.tsv", "--out", "third", "--json", "--quiet")
    assert json.loads(done.stdout)["scores"]["train"]["majority"] == 0.5
    assert not done.stderr


def test_files_of_every_format_train(tmp_path: Path) -> None:
    rows = [line.split("\t") for line in TRAIN.splitlines()]
    (tmp_path / "a.csv").write_text("text,label\n" + "".join(f'"{t}",{v}\n' for v, t in rows))
    (tmp_path / "a.jsonl").write_text(
        "".join(json.dumps({"review": text, "stars": int(label)}) + "\n" for label, text in rows)
    )
    (tmp_path / "a.txt").write_text("".join(f"{label}  {text} .\n" for label, text in rows))
    options = {"a.jsonl": ["--text", "review", "--label", "stars"]}
    for name in ("a.csv", "a.jsonl", "a.txt"):
        arguments = ["train", name, "--json", "-q", "--restarts", "1", *options.get(name, [])]
        result = json.loads(qnlp(tmp_path, *arguments).stdout)
        assert result["n_sentences"] == {"train": 4}


@pytest.mark.parametrize(
    ("name", "reader", "expected"),
    [("mc", "ccg", 1.0), ("mc", "pregroup", 1.0), ("rp", "ccg", 30 / 31), ("rp", "pregroup", 1.0)],
)
def test_published_set_trains_to_its_ceiling(
    name: str, reader: str, expected: float, shared_data: Path, tmp_path: Path
) -> None:
    splits = {"mc": ("dev", "test"), "rp": ("test",)}[name]
    folder = shared_data / "qnlp"
    arguments = ["train", str(folder / f"{name}_train_data.txt"), "--json", "--reader", reader]
    for split in splits:
        arguments += [f"--{split}", str(folder / f"{name}_{split}_data.txt")]
    if name == "rp":  # noun phrases, and 19 words of the test set are not in the training set
        arguments += ["--oov", "unk", *(["--target", "n"] if reader == "pregroup" else [])]
    result = json.loads(qnlp(tmp_path, *arguments).stdout)
    assert result["scores"]["train"]["loss"] < 0.05
    assert all(result["scores"][split]["accuracy"] >= expected - 1e-9 for split in splits)
    unigram = {"mc": 1.0, "rp": 17 / 31}[name]
    assert result["scores"]["test"]["unigram"] == unigram


# A trained model at work.


def test_prediction_in_another_process_is_equal_bit_for_bit(trained: Path) -> None:
    sentences = ["man bakes dinner", "woman writes code", "woman cooks cake"]
    here = SentenceClassifier.load(trained / "qnlp-model").predict_proba(sentences)
    done = qnlp(trained, "predict", "qnlp-model", *sentences, "--json")
    found = json.loads(done.stdout)
    there = np.array([one["probabilities"] for one in found["predictions"]])
    assert there.tobytes() == here.tobytes()
    assert found["classes"] == ["0", "1"]
    assert [one["label"] for one in found["predictions"]] == ["1", "0", "1"]


def test_predict_reads_lines_and_writes_columns(trained: Path) -> None:
    text = "man bakes dinner\nwoman writes code\n"
    (trained / "lines.txt").write_text(text)
    by_file = qnlp(trained, "predict", "qnlp-model", "--file", "lines.txt").stdout
    by_pipe = qnlp(trained, "predict", "qnlp-model", input=text).stdout
    assert by_file == by_pipe
    labels, probabilities, sentences = zip(
        *(r.split("\t") for r in by_file.splitlines()), strict=True
    )
    assert labels == ("1", "0")
    assert all(float(p) > 0.5 for p in probabilities)
    assert "\n".join(sentences) + "\n" == text


def test_evaluate_scores_files_beside_the_baselines(trained: Path) -> None:
    (trained / "test.tsv").write_text("1\tman bakes dinner\n0\twoman writes code\n")
    arguments = [
        "evaluate",
        "qnlp-model",
        "test.tsv",
        "train.tsv",
        "--train",
        "train.tsv",
        "--json",
    ]
    found = json.loads(qnlp(trained, *arguments).stdout)["scores"]
    assert found["test.tsv"]["accuracy"] == found["train.tsv"]["accuracy"] == 1.0
    assert set(found["test.tsv"]) == {"accuracy", "loss", "majority", "unigram"}
    assert "--train" in qnlp(trained, "evaluate", "qnlp-model", "test.tsv").stdout


def test_model_with_labels_that_are_numbers_is_evaluated(trained: Path) -> None:
    sentences = [line.split("\t")[1] for line in TRAIN.splitlines()]
    SentenceClassifier(seed=0).fit(sentences, [1, 1, 0, 0]).save(trained / "numbers")
    found = json.loads(qnlp(trained, "evaluate", "numbers", "train.tsv", "--json").stdout)
    assert found["scores"]["train.tsv"]["accuracy"] == 1.0


def test_unknown_words_follow_the_policy_that_is_asked_for(trained: Path) -> None:
    arguments = ["predict", "qnlp-model", "man bakes bread"]
    assert qnlp(trained, *arguments, code=1).stderr == (
        "UnknownWordError: 1 word was not in the training data: 'bread' (type n). "
        'Use oov="unk" or retrain.\n'
    )
    assert qnlp(trained, *arguments, "--oov", "unk").stdout.endswith("\tman bakes bread\n")


# The user's mistakes: exit code 1, and a message that is fixed here.


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "DataError: data.tsv:1:1: file is empty, expected labelled sentences"),
        (
            "1\tman cooks dinner\nwoman bakes cake\n",
            (
                "DataError: data.tsv:2:1: line has 1 column (got 'woman bakes cake', "
                "expected label<TAB>sentence)"
            ),
        ),
        (
            "1\tman cooks dinner\n1\twoman bakes cake\n",
            "DataError: all 2 sentences have the label ",
        ),
        (
            "1\tman cooks dinner\n0\t?!\n",
            "EmptySentenceError: sentence 1 (data.tsv:2) has no words",
        ),
        ("1\tman cooks dinner\n0\tthe of\n", "ParseFailure: sentence 1 (data.tsv:2): 'the of' has"),
        ("1\tman cooks dinner\n0\tcaf\udce9\n", "DataError: data.tsv:2:6: byte 0xe9 is not UTF-8"),
    ],
)
def test_bad_training_file_is_one_line(content: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "data.tsv").write_bytes(content.encode(errors="surrogateescape"))
    done = qnlp(tmp_path, "train", "data.tsv", "--unreadable", "error", code=1)
    assert done.stderr.startswith(said)
    assert done.stderr.count("\n") == 1
    assert not done.stdout
    assert os.listdir(tmp_path) == ["data.tsv"]  # noqa: PTH208 - names are wanted


def test_whatever_has_no_full_parse_is_read_in_parts_and_counted(tmp_path: Path) -> None:
    (tmp_path / "data.tsv").write_text(TRAIN + "1\t?!\n0\tthe of\n")
    done = qnlp(tmp_path, "train", "data.tsv", "--json")
    assert json.loads(done.stdout)["n_sentences"] == {"train": 6}
    said = (
        "warning: 1 of 6 train sentences have no full parse and are read in parts, first data.tsv:6"
    )
    assert said in done.stderr


def test_unreadable_sentences_are_left_out_when_that_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "data.tsv").write_text(TRAIN + "1\t?!\n0\tthe of\n")
    done = qnlp(tmp_path, "train", "data.tsv", "--unreadable", "skip", "--json")
    assert json.loads(done.stdout)["n_sentences"] == {"train": 4}
    said = "warning: 2 of 6 train sentences cannot be read and are left out, first data.tsv:5: has"
    assert said in done.stderr
    (tmp_path / "data.tsv").write_text("1\t?!\n0\tthe of\n")
    done = qnlp(tmp_path, "train", "data.tsv", "--unreadable", "skip", code=1)
    assert done.stderr.startswith("DataError: 2 of 2 train sentences cannot be read")


def test_labels_that_training_lacks_are_listed_up_to_a_limit(trained: Path) -> None:
    (trained / "odd.tsv").write_text("".join(f"{k}\tman cooks dinner\n" for k in "XYZ"))
    done = qnlp(trained, "train", "train.tsv", "--dev", "odd.tsv", "--max-errors", "1", code=1)
    assert done.stderr == (
        "DataError: odd.tsv:1:1: label 'X' is not one of ['0', '1'] "
        "(and 2 more errors; see --max-errors)\n"
    )


def test_damaged_model_is_named_and_can_be_passed_over(trained: Path) -> None:
    for seed in ("1", "2"):
        qnlp(
            trained, "train", "train.tsv", "-o", "two", "--max-iter", seed, "--restarts", "1", "-q"
        )
    path = trained / "two" / "step-000002" / "model.safetensors"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    done = qnlp(trained, "predict", "two", "man cooks cake", code=1)
    start = "CheckpointCorruptError: two/step-000002/model.safetensors: SHA-256 is "
    assert done.stderr.startswith(start)
    assert done.stderr.endswith("; previous good: step-000001\n")
    done = qnlp(trained, "predict", "two", "man cooks cake", "--allow-previous")
    assert "warning: two/step-000002/" in done.stderr
    assert "loaded step-000001 instead" in done.stderr


def test_missing_model_is_one_line(tmp_path: Path) -> None:
    done = qnlp(tmp_path, "predict", "absent", "a b", code=1)
    assert (
        done.stderr
        == "CheckpointError: absent: no such directory, expected that of a saved model\n"
    )


def test_model_is_saved_even_if_its_score_cannot_be_had(trained: Path) -> None:
    (trained / "new.tsv").write_text("1\tman cooks bread\n")
    done = qnlp(trained, "train", "train.tsv", "--test", "new.tsv", "--out", "kept", "-q", code=1)
    assert done.stderr.startswith("UnknownWordError: 1 word was not in the training data: 'bread'")
    assert SentenceClassifier.load(trained / "kept").score(["man cooks cake"], ["1"]) == 1.0
    assert json.loads((trained / "kept" / "result.json").read_text())["scores"] == {}


def test_folder_that_cannot_be_written_is_told_before_training(trained: Path) -> None:
    (trained / "file").touch()
    done = qnlp(trained, "train", "train.tsv", "--out", "file/model", code=1)
    assert done.stderr == "file/model: Not a directory\n"


# Signals and pipes.

ENDLESS = [
    "train", "train.tsv", "--optimizer", "adam", "--learning-rate", "1e-9", "--tol", "0",
    "--max-iter", "1000000000", "--out", "stopped",
]  # fmt: skip


def interrupt(folder: Path) -> tuple[float, str]:
    """Interrupt a training process: seconds until it says so, and all that it said."""
    process = subprocess.Popen(
        [*COMMAND, *ENDLESS],
        cwd=folder,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    with process:
        said = process.stderr.readline()
        assert said.startswith("iteration 1: ")
        time.sleep(0.1)
        begin = time.perf_counter()
        process.send_signal(signal.SIGINT)
        said += process.stderr.readline()
        seconds = time.perf_counter() - begin
        said += process.stderr.read()
    assert process.returncode == 130
    return seconds, said


def test_interrupt_is_heard_within_a_fifth_of_a_second_and_loses_nothing(trained: Path) -> None:
    seconds = []
    for _ in range(3):
        second, said = interrupt(trained)
        seconds.append(second)
        first, stopped, last = said.splitlines()
        assert first.startswith("iteration 1: loss ")
        assert stopped.startswith("stopped after ")
        assert last == "interrupted"
    model = SentenceClassifier.load(trained / "stopped")
    assert model.predict_proba(["man cooks cake"]).shape == (1, 2)
    assert json.loads((trained / "stopped" / "result.json").read_text())["interrupted"]
    assert min(seconds) < 0.2  # of a busy machine, the best of three


def test_reader_of_the_output_may_leave(trained: Path) -> None:
    lines = "man bakes dinner\n" * 20_000
    (trained / "many.txt").write_text(lines)
    command = f"{' '.join(map(repr, COMMAND[:2]))} {COMMAND[2]!r} predict qnlp-model -f many.txt | head -1"
    done = subprocess.run(
        ["/bin/sh", "-c", command], cwd=trained, capture_output=True, text=True, timeout=120
    )
    assert done.stdout.startswith("1\t")
    assert not done.stderr


def test_terminal_of_another_encoding_shows_what_it_can(trained: Path) -> None:
    env = os.environ | {"PYTHONIOENCODING": "ascii"}
    done = qnlp(trained, "parse", "café sleeps", env=env)
    assert "caf\\xe9" in done.stdout


def test_completion_offers_commands_and_readers(tmp_path: Path) -> None:
    for words, number, offered in (
        ("qnlp ", "1", "train"),
        ("qnlp parse --reader s", "3", "stairs"),
    ):
        env = os.environ | {
            "_QNLP_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": number,
        }  # fmt: skip
        assert offered in qnlp(tmp_path, env=env).stdout.split()


# Cost.


def test_help_loads_nothing_heavy() -> None:
    code = "import sys; from qnlp.cli import main; main(['train', '--help']); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.splitlines()[-1].split())
    assert not loaded & {"numpy", "scipy", "sklearn", "yaml", "rich.progress", "qnlp._core"}


def test_demo_shows_scores_beside_the_baselines_and_draws(tmp_path: Path) -> None:
    begin = time.perf_counter()
    done = qnlp(tmp_path, "demo", "--json", "--quiet")
    assert time.perf_counter() - begin < 30  # 2 s where nothing else runs
    found = json.loads(done.stdout)
    assert found["sets"]["food-it"]["test"]["accuracy"] >= 0.95
    clauses = found["sets"]["relative-clauses"]["test"]
    assert (clauses["accuracy"], clauses["unigram"], clauses["majority"]) == (1.0, 0.5, 0.5)
    assert (tmp_path / found["drawing"]).read_text().startswith("<svg")
    text = qnlp(tmp_path, "demo").stdout
    assert "unigrams" in text
    assert "drawn in qnlp-demo.svg" in text
