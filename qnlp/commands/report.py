"""`qnlp report`: one page of HTML about a run, with nothing outside it."""

from __future__ import annotations

import base64
import errno
import io
import json
import os
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from qnlp import __version__, plot
from qnlp._lazy import require
from qnlp._run_folder import replace_file
from qnlp.classifier import SentenceClassifier
from qnlp.commands.config import resolve
from qnlp.commands.models import read_for
from qnlp.commands.training import load_labelled, load_splits
from qnlp.errors import CheckpointCorruptError, CheckpointError, DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from qnlp.commands.output import Output
    from qnlp.datasets import LabelledSentences
    from qnlp.diagram import Diagram

__all__ = ["report"]

_MOST_WRONG = 20
_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 980px; margin: 2em auto; padding: 0 1em; }
table { border-collapse: collapse; } td, th { padding: 3px 10px; text-align: left;
  border-bottom: 1px solid #d5dae3; overflow-wrap: anywhere; }
figure { display: inline-block; margin: 6px; } img { width: 460px; max-width: 100%; }
footer { color: #667; margin-top: 3em; font-size: 13px; }
"""


def report(
    run: str, file: str | None, out: str | None, allow_previous: bool, output: Output
) -> int:
    """Write the page of a run, about one file of labelled sentences."""
    folder = Path(run)
    target = Path(out) if out is not None else folder / "report.html"
    if not target.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(target.parent))
    record = _record(folder)
    model = SentenceClassifier.load(folder, allow_previous=allow_previous)
    data = _sentences(folder, file, model)
    replace_file(target, _page(run, record, model, data).encode())
    output.result(f"written to {target}", {"file": str(target), "n_sentences": len(data)})
    return 0


def _record(folder: Path) -> Mapping[str, Any]:
    """What the training stored."""
    path = folder / "result.json"
    try:
        record = json.loads(path.read_text("utf8"))
    except FileNotFoundError:
        message = f"{path}: is not there; give a folder that 'qnlp train' wrote"
        raise CheckpointError(message) from None
    except ValueError as error:
        message = f"{path}: is no JSON: {error}"
        raise CheckpointCorruptError(message) from error
    if not isinstance(record, dict) or not isinstance(record.get("scores"), dict):
        message = f"{path}: has no scores, so it is not the result of a 'qnlp train'"
        raise CheckpointCorruptError(message)
    return record


def _sentences(folder: Path, file: str | None, model: SentenceClassifier) -> LabelledSentences:
    """Those of the file; by default the last of the run's training, dev and test set."""
    config = resolve(folder / "config.yaml", {})
    if file is not None:
        return load_labelled(file, config, [str(name) for name in model.classes_])
    splits = load_splits(config)
    return splits[[name for name in ("train", "dev", "test") if name in splits][-1]]


def _page(
    run: str, record: Mapping[str, Any], model: SentenceClassifier, data: LabelledSentences
) -> str:
    diagrams = read_for(model, data.sentences, data.sources)
    names = [str(name) for name in model.classes_]
    numbers = np.array([names.index(label) for label in data.labels])
    labels = model.classes_[numbers]
    drawings: list[tuple[str, Callable[[Any], Any]]] = [
        ("Training", lambda ax: plot.training_curves(model, ax=ax)),
        ("Confusion matrix", lambda ax: plot.confusion_matrix(model, diagrams, labels, ax=ax)),
        ("Words", lambda ax: plot.word_map(model, ax=ax)),
        ("Success probability", lambda ax: plot.success_histogram(model, diagrams, ax=ax)),
    ]
    figures = "\n".join(_figure(title, draw) for title, draw in drawings)
    lead = (
        f"{model.n_parameters_} parameters, {model.n_iter_} iterations, loss {model.loss_:.4f}. "
        f"Confusion and success are of the {len(data)} sentences of {data.place(0).rpartition(':')[0]}."
    )
    sections = [
        ("Scores", _scores(record["scores"])),
        ("Figures", figures),
        ("Most certain mistakes", _mistakes(model, diagrams, data, numbers)),
        ("Settings", _pairs(record.get("config"))),
        ("Versions", _pairs(record.get("versions"))),
    ]
    body = "\n".join(f"<h2>{escape(heading)}</h2>\n{html}" for heading, html in sections)
    title = escape(f"Run {run}")
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>{title}</title>
<style>{_STYLE}</style>
</head>
<body>
<h1>{title}</h1>
<p>{escape(lead)}</p>
{body}
<footer>qnlp {escape(__version__)}</footer>
</body>
</html>
"""


def _figure(title: str, draw: Callable[[Any], Any]) -> str:
    """A drawing as an image inside the page, equal bytes for an equal drawing."""
    made: Any = require("matplotlib.figure", "plot").Figure(figsize=(5.6, 4), layout="constrained")
    context: Any = require("matplotlib", "plot").rc_context
    try:
        draw(made.subplots())
    except DataError as error:  # such as a single word
        return f"<p>{escape(title)}: {escape(str(error))}.</p>"
    data = io.BytesIO()
    with context({"svg.hashsalt": title}):
        made.savefig(data, format="svg", metadata={"Date": None})
    text = base64.b64encode(data.getvalue()).decode()
    source = f'src="data:image/svg+xml;base64,{text}"'
    return f'<figure><img alt="{escape(title)}" {source}></figure>'


def _scores(scores: Mapping[str, Mapping[str, float]]) -> str:
    if not scores:
        return "<p>The run was interrupted before it was scored.</p>"
    keys = list(next(iter(scores.values())))
    rows = [[key, *(f"{found[key]:.3f}" for found in scores.values())] for key in keys]
    return _table(["", *scores], rows)


def _mistakes(
    model: SentenceClassifier,
    diagrams: Sequence[Diagram],
    data: LabelledSentences,
    numbers: np.ndarray[Any, Any],
) -> str:
    p = model.predict_proba(diagrams)
    found = p.argmax(1)
    wrong = np.flatnonzero(found != numbers)
    if not len(wrong):
        return "<p>None.</p>"
    worst = wrong[np.argsort(-p[wrong, found[wrong]], kind="stable")][:_MOST_WRONG]
    rows = [
        [data.sentences[k], data.labels[k], str(model.classes_[found[k]]), f"{p[k].max():.3f}"]
        for k in worst.tolist()
    ]
    shown = f"<p>{len(wrong)} of {len(data)} sentences.</p>"
    return shown + _table(["sentence", "label", "predicted", "probability"], rows)


def _pairs(values: Any) -> str:
    if not isinstance(values, dict):
        return "<p>Not recorded.</p>"
    return _table(["", ""], [[str(key), str(value)] for key, value in values.items()])


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    def line(tag: str, cells: Sequence[str]) -> str:
        return "<tr>" + "".join(f"<{tag}>{escape(str(c))}</{tag}>" for c in cells) + "</tr>"

    return "\n".join(
        ["<table>", line("th", header), *(line("td", row) for row in rows), "</table>"]
    )
