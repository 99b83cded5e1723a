"""`qnlp train`: from files of labelled sentences to a saved model and its result."""

from __future__ import annotations

import errno
import json
import os
import platform
import shutil
import subprocess
import time
import warnings
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import qnlp
from qnlp._run_folder import replace_file
from qnlp.baselines import baseline_scores
from qnlp.callbacks import TensorBoard
from qnlp.classifier import SentenceClassifier
from qnlp.commands.compiling import make_ansatz, make_backend
from qnlp.commands.config import dump_config
from qnlp.commands.output import UsageFault, table
from qnlp.commands.sentences import make_reader, naming_lines
from qnlp.datasets import LabelledSentences, check_splits, load_dataset, load_sentences
from qnlp.errors import DataError, QnlpError
from qnlp.grammar import CCGReader, TextReader, TreeReader
from qnlp.grammar.reader import adapted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from qnlp.commands.config import RunConfig
    from qnlp.commands.output import Output
    from qnlp.diagram import Diagram
    from qnlp.grammar import Reader

    Splits = Mapping[str, LabelledSentences]
    Diagrams = Mapping[str, Sequence[Diagram]]

__all__ = ["load_labelled", "score_table", "scores", "train", "train_model"]


def train(config: RunConfig, output: Output) -> int:
    """Train, score, save, and say how good it is beside the baselines."""
    begin = time.perf_counter()
    _check_needs(config)
    if config.threads is not None:
        qnlp.set_num_threads(config.threads)
    splits: Splits = load_splits(config)
    for name in splits.keys() - {"train"}:
        check_splits(splits["train"], splits[name])
    splits, diagrams, reader = read_splits(config, splits)
    check_writable(Path(config.out))
    total = config.restarts * config.max_iter
    curves = [] if config.tensorboard is None else [TensorBoard(config.tensorboard)]
    with output.progress(total) as show:
        model, is_interrupted = train_model(config, splits, diagrams, reader, [show, *curves])
    trained = time.perf_counter()
    model.save(config.out)
    result: dict[str, Any] = {
        "interrupted": False,
        "n_sentences": {name: len(data) for name, data in splits.items()},
        "n_parameters": model.n_parameters_,
        "n_iterations": model.n_iter_,
        "scores": {},
        "seconds": {"until_trained": trained - begin, "total": time.perf_counter() - begin},
        "model": config.out,
    }
    try:
        if is_interrupted:
            output.note(f"stopped after {model.n_iter_} iterations, saved in {config.out}")
            raise KeyboardInterrupt
        result["scores"] = scores(model, splits, diagrams)
        result["seconds"]["total"] = time.perf_counter() - begin
    except KeyboardInterrupt:
        result["interrupted"] = True
        raise
    except QnlpError:
        output.note(f"trained and saved in {config.out}, but not scored:")
        raise
    finally:
        keep_record(config, result, model.history_)
    output.result(_text(result), result)
    return 0


def _check_needs(config: RunConfig) -> None:
    """Refuse settings that have no effect without another."""
    has_dev = config.dev is not None or config.dataset is not None
    for name, is_given, needs, is_met in (
        ("--patience", config.patience is not None, "--dev, whose loss it watches", has_dev),
        ("--resume", config.resume, "--run-dir, where the training is kept", bool(config.run_dir)),
    ):
        if is_given and not is_met:
            message = f"{name} is given without {needs}"
            raise UsageFault(message)


def check_writable(folder: Path) -> None:
    """Refuse a directory that the model could not be saved in, before it is trained."""
    there = next(path for path in (folder, *folder.absolute().parents) if os.path.lexists(path))
    for number, is_fine in (
        (errno.ENOTDIR, there.is_dir()),
        (errno.EACCES, os.access(there, os.W_OK | os.X_OK)),
    ):
        if not is_fine:
            raise OSError(number, os.strerror(number), str(folder))


def load_splits(config: RunConfig) -> dict[str, LabelledSentences]:
    """The training set, and those of dev and test that are given."""
    if (config.train is None) == (config.dataset is None):
        message = "no training data: give a file of labelled sentences, or --dataset"
        if config.train is not None:
            message = "a training file and --dataset are given, expected one of the two"
        raise UsageFault(message)
    if config.dataset is not None:
        if config.dev or config.test:
            message = "--dataset brings its own dev and test set, expected no --dev and --test"
            raise UsageFault(message)
        return {name: load_dataset(config.dataset, name) for name in ("train", "dev", "test")}
    splits = {"train": load_labelled(str(config.train), config)}
    for name, path in (("dev", config.dev), ("test", config.test)):
        if path is not None:
            splits[name] = load_labelled(path, config, splits["train"].classes)
    return splits


def read_splits(config: RunConfig, splits: Splits) -> tuple[Splits, Diagrams, Reader]:
    """The diagrams of all sentences, and the reader as it suits the training set.

    With ``unreadable="skip"`` sentences that have no diagram are left out. How many of these there
    are, or of those that are read in parts, is said.
    """
    reader = adapted(make_reader(config), splits["train"].sentences)
    if config.unreadable != "skip":
        return splits, {n: read_all(reader, n, data) for n, data in splits.items()}, reader
    kept: dict[str, LabelledSentences] = {}
    diagrams: dict[str, list[Diagram]] = {}
    for name, data in splits.items():
        kept[name], diagrams[name] = _readable(name, data, reader)
    return kept, diagrams, reader


def read_all(reader: Reader, name: str, data: LabelledSentences) -> list[Diagram]:
    """The diagrams of one file, with a warning that counts those read in parts."""
    if not isinstance(reader, CCGReader | TextReader | TreeReader):
        return reader.read_many(data.sentences, data.sources)
    diagrams, report = reader.read_report(data.sentences, data.sources)
    if report.fragments:
        row, reason = min(report.fragments.items())
        message = (
            f"{len(report.fragments)} of {len(data)} {name} sentences have no full parse and are "
            f"read in parts, first {data.place(row)}: {reason}"
        )
        warnings.warn(message, stacklevel=2)
    return [diagram for diagram in diagrams if diagram is not None]


def _readable(
    name: str, data: LabelledSentences, reader: Reader
) -> tuple[LabelledSentences, list[Diagram]]:
    diagrams: list[Diagram] = []
    rows: list[int] = []
    fault = ""
    for row, sentence in enumerate(data.sentences):
        try:
            diagrams.append(reader(sentence))
            rows.append(row)
        except QnlpError as error:
            reason = str(error).removeprefix("sentence").lstrip(": ")
            fault = fault or f"first {data.place(row)}: {reason}"
    if fault:
        left_out = f"{len(data) - len(rows)} of {len(data)} {name} sentences"
        message = f"{left_out} cannot be read and are left out, {fault}"
        if not rows:
            raise DataError(message)
        warnings.warn(message, stacklevel=2)
    return data.take(rows), diagrams


def load_labelled(
    path: str, config: RunConfig, labels: Sequence[str] | None = None
) -> LabelledSentences:
    """Read one file with the settings' format and columns."""
    text, label = (
        int(column) if column is not None and column.isdecimal() else column
        for column in (config.text, config.label)
    )
    return load_sentences(
        path, config.format, text=text, label=label, labels=labels, max_errors=config.max_errors
    )


def train_model(
    config: RunConfig,
    splits: Splits,
    diagrams: Diagrams,
    reader: Reader,
    callbacks: Sequence[Callable[[dict[str, Any]], None]] = (),
) -> tuple[SentenceClassifier, bool]:
    """A fitted classifier, and whether Ctrl-C cut its training short.

    Raises
    ------
    KeyboardInterrupt
        If that came before the first iteration was over.
    """
    model = SentenceClassifier(
        reader=reader,
        ansatz=make_ansatz(config, diagrams["train"], len(splits["train"].classes)),
        backend=make_backend(config),
        optimizer=config.optimizer,
        max_iter=config.max_iter,
        learning_rate=config.learning_rate,
        batch_size=config.batch_size,
        tol=config.tol,
        n_restarts=config.restarts,
        l2=config.l2,
        patience=config.patience,
        max_time=config.max_time,
        run_dir=config.run_dir,
        resume=config.resume,
        oov=config.oov,
        min_freq=config.min_freq,
        rewrite=list(config.rewrite),
        simplify=config.simplify,
        seed=config.seed,
        callbacks=callbacks,
    )
    dev = (diagrams["dev"], splits["dev"].labels) if "dev" in splits else None
    of_dev = splits["dev"].sources if "dev" in splits else None
    try:
        with naming_lines(splits["train"].sources, eval_set=of_dev):
            model.fit(diagrams["train"], splits["train"].labels, eval_set=dev)
    except KeyboardInterrupt:
        if not getattr(model, "history_", None):
            raise
        return model, True
    return model, False


def scores(
    model: SentenceClassifier, splits: Splits, diagrams: Diagrams
) -> dict[str, dict[str, float]]:
    """Accuracy and loss on each split, with the accuracies of the two baselines."""
    found = {}
    for name, data in splits.items():
        with naming_lines(data.sources):
            found[name] = {
                "accuracy": float(model.score(diagrams[name], data.labels)),
                "loss": model.loss(diagrams[name], data.labels),
                **baseline_scores(splits["train"], data),
            }
    return found


def score_table(found: Mapping[str, Mapping[str, float]]) -> str:
    """Scores for people: a column a split."""
    titles = {"majority": "majority baseline", "unigram": "unigram baseline"}
    keys = list(next(iter(found.values())))
    rows = [
        [titles.get(key, key), *(f"{score[key]:.3f}" for score in found.values())] for key in keys
    ]
    return table(["", *found], rows)


def keep_record(
    config: RunConfig, result: Mapping[str, Any], history: Sequence[Mapping[str, Any]]
) -> None:
    """Store the settings and the result beside the model."""
    record = {
        **result,
        "config": config.model_dump(),
        "seed": config.seed,
        "threads": qnlp.num_threads(),
        "versions": versions(),
        "git": _git_hash(),
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    # The history on one line: it is long, and for programs.
    text = f'{json.dumps(record, indent=1)[:-2]},\n "history": {json.dumps(list(history))}\n}}\n'
    folder = Path(config.out)
    replace_file(folder / "config.yaml", dump_config(config).encode())
    replace_file(folder / "result.json", text.encode())


def versions() -> dict[str, str]:
    """Versions of what a result depends on."""
    packages = ("monoidal", "numpy", "scipy", "scikit-learn", "safetensors")
    return {"python": platform.python_version(), **{name: version(name) for name in packages}}


def _git_hash() -> str | None:
    """The commit of the current directory, if it is in a git repository."""
    git = shutil.which("git")
    if git is None:
        return None
    done = subprocess.run(  # noqa: S603 - nothing of the command line comes from the user
        [git, "rev-parse", "HEAD"], capture_output=True, text=True, check=False, cwd=os.curdir
    )
    return done.stdout.strip() if done.returncode == 0 else None


def _text(result: Mapping[str, Any]) -> str:
    sizes = " + ".join(f"{n} {name}" for name, n in result["n_sentences"].items())
    return (
        f"{score_table(result['scores'])}\n"
        f"{sizes} sentences, {result['n_parameters']} parameters, "
        f"{result['n_iterations']} iterations, {result['seconds']['total']:.2f} s\n"
        f"saved in {result['model']}"
    )
