"""Plots of trainings and models, and the page of a run."""

from __future__ import annotations

import base64
import json
import re
import shutil
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest

from qnlp import DataError, SentenceClassifier, UnknownWordError, plot
from qnlp.cli import main

pyplot = pytest.importorskip("matplotlib.pyplot")
pyplot.switch_backend("Agg")

TEXTS = ["man cooks dinner", "woman bakes cake", "man writes code", "woman debugs code"]
LABELS = ["food", "food", "it", "it"]


@pytest.fixture(scope="module")
def model() -> SentenceClassifier:
    made = SentenceClassifier(seed=0, n_restarts=1, max_iter=20)
    return made.fit(TEXTS, LABELS, eval_set=(TEXTS, LABELS))


@pytest.fixture(autouse=True)
def close() -> object:
    yield
    pyplot.close("all")


def test_curves_are_the_history(model: SentenceClassifier) -> None:
    ax = plot.training_curves(model)
    losses = [record["loss"] for record in model.history_]
    assert [line.get_ydata().tolist() for line in ax.get_lines()] == [
        losses,
        [record["eval_loss"] for record in model.history_],
    ]
    right = next(other for other in ax.figure.axes if other is not ax)
    accuracies = [record["eval_accuracy"] for record in model.history_]
    assert right.get_lines()[0].get_ydata().tolist() == accuracies
    plain = plot.training_curves([{"loss": 1.0}, {"loss": 0.5}])
    assert plain.get_lines()[0].get_ydata().tolist() == [1.0, 0.5]
    assert len(plain.figure.axes) == 1


def test_confusion_matrix_has_a_row_a_label(model: SentenceClassifier) -> None:
    ax = plot.confusion_matrix(model, [*TEXTS, TEXTS[0]], [*LABELS, "it"])
    image = ax.images[0].get_array()
    assert np.asarray(image).tolist() == [[2, 0], [1, 2]]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["food", "it"]


def test_words_with_equal_turns_stand_in_one_place(model: SentenceClassifier) -> None:
    names = ["man", "woman", "cake"]
    box = {b.name: b for b in model.vocabulary_.boxes}
    first = model.vocabulary_.first
    theta = model.theta_.copy()
    man, woman = (slice(first[box[n].generator], first[box[n].generator] + 3) for n in names[:2])
    twin = SentenceClassifier()
    twin.vocabulary_, twin.theta_ = model.vocabulary_, theta
    theta[woman] = theta[man] + 2  # R(p + 2) = R(p)
    points = plot.word_map(twin, names).collections[0].get_offsets()
    assert np.allclose(points[0], points[1], atol=1e-12)
    assert np.linalg.norm(points[0] - points[2]) > 1e-3


def test_words_are_named_and_axes_are_used(model: SentenceClassifier) -> None:
    _, ax = pyplot.subplots()
    assert plot.word_map(model, ax=ax) is ax
    assert {"man", "woman", "cake", "code"} <= {text.get_text() for text in ax.texts}
    assert len(pyplot.get_fignums()) == 1


def test_histogram_counts_every_sentence(model: SentenceClassifier) -> None:
    ax = plot.success_histogram(model, TEXTS)
    assert sum(bar.get_height() for bar in ax.patches) == len(TEXTS)
    p = model.success_probability(TEXTS)
    assert ax.get_title() == f"median {np.median(p):.3g} of 4"


def test_what_cannot_be_drawn_is_named(model: SentenceClassifier) -> None:
    with pytest.raises(DataError, match="no iterations"):
        plot.training_curves([])
    with pytest.raises(UnknownWordError, match="'zebra' is not in the model's vocabulary"):
        plot.word_map(model, ["man", "zebra"])
    with pytest.raises(UnknownWordError, match="zebra"):
        plot.word_map(model, ["zebra"])
    with pytest.raises(DataError, match="1 word of type n"):
        plot.word_map(model, ["man"])


# The page of a run.

NASTY = "<script>alert('&')</script>"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs")
    rows = [f"{y}\t{x}" for x, y in zip(TEXTS, LABELS, strict=True)]
    rows.append(f"it\tman cooks {NASTY}")
    (folder / "train.tsv").write_text("\n".join(rows) + "\n")
    out = str(folder / "run")
    files = str(folder / "train.tsv"), "--reader", "spiders"
    assert main(["train", *files, "--out", out, "-q", "--max-iter", "5", "--restarts", "1"]) == 0
    return folder / "run"


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_report_stands_alone(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", str(run), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said == {"file": str(run / "report.html"), "n_sentences": 5}
    text = (run / "report.html").read_text()
    drawings = re.findall(r'src="data:image/svg\+xml;base64,([^"]+)"', text)
    assert len(drawings) == 4
    for drawing in drawings:
        assert ET.fromstring(base64.b64decode(drawing)).tag.endswith("svg")
    assert not re.findall(r'(?:src|href)="(?!data:)', text)
    assert NASTY not in text
    for shown in ("unigram", "scikit-learn", "max_iter", "Most certain mistakes"):
        assert shown in text


def test_an_equal_run_gives_an_equal_page(run: Path, tmp_path: Path) -> None:
    pages = [tmp_path / name for name in ("a.html", "b.html")]
    for path in pages:
        assert main(["report", str(run), "--out", str(path)]) == 0
    assert pages[0].read_bytes() == pages[1].read_bytes()


def test_report_names_what_is_missing(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", str(tmp_path)]) == 1
    assert "give a folder that 'qnlp train' wrote" in capsys.readouterr().err
    assert main(["report", str(run), "--out", str(tmp_path / "none" / "x.html")]) == 1
    assert f"{tmp_path / 'none'}: No such file" in capsys.readouterr().err
    copy = shutil.copytree(run, tmp_path / "copy")
    (copy / "result.json").write_text("[1]")
    assert main(["report", str(copy)]) == 1
    assert "has no scores" in capsys.readouterr().err
