"""The commands and their options. What they do is imported when one is run."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads the annotations
from typing import Annotated, Any

import typer

from qnlp.commands import options as o  # noqa: TC001 - as above
from qnlp.commands.output import Output

__all__ = ["app"]

app = typer.Typer(
    name="qnlp",
    help="English sentences as string diagrams, compiled to circuits, and trained.",
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(value: bool) -> None:
    if value:
        from qnlp import __version__

        typer.echo(f"qnlp {__version__}")
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[
        bool,
        typer.Option("--version", help="Print the version.", callback=_show_version, is_eager=True),
    ] = False,
) -> None:
    pass


@app.command()
def parse(
    sentences: o.Sentences = None,
    file: o.File = None,
    reader: o.ReaderName = None,
    lexicon: o.Lexicon = None,
    weights: o.Weights = None,
    tags: o.Tags = None,
    trees: o.Trees = None,
    target: o.Target = None,
    rewrite: o.Rewrite = None,
    simplify: o.Simplify = None,
    unreadable: o.Unreadable = None,
    nbest: Annotated[
        int, typer.Option(min=1, max=1000, help="Readings to show, for the reader ccg.")
    ] = 1,
    report: Annotated[
        bool,
        typer.Option(
            "--report",
            help="Print only how many sentences have a full parse, which have none, and why.",
        ),
    ] = False,
    json: o.JsonOutput = False,
    quiet: o.Quiet = False,
    debug: o.Debug = False,
) -> int:
    """Print how sentences are read: the type of each word, the derivation, and what joins them."""
    from qnlp.commands import parsing

    config = _settings(
        reader=reader,
        lexicon=lexicon,
        weights=weights,
        tags=tags,
        trees=trees,
        target=target,
        rewrite=rewrite,
        simplify=simplify,
        unreadable=unreadable,
    )
    if report:
        return parsing.coverage(_texts(sentences, file), config, Output(json, quiet))
    return parsing.parse(_texts(sentences, file), config, nbest, Output(json, quiet))


@app.command()
def draw(
    sentence: Annotated[str, typer.Argument(help="A sentence, in quotes.", show_default=False)],
    out: Annotated[
        str | None,
        typer.Option(
            "--out",
            "-o",
            help="File to write: .svg, .txt, .tex, and by matplotlib .png, .pdf, .gif. "
            "By default text is printed.",
        ),
    ] = None,
    circuit: Annotated[bool, typer.Option("--circuit", help="Draw the circuit.")] = False,
    zx: Annotated[
        bool,
        typer.Option(
            "--zx", help="Draw the ZX diagram; with --circuit, the circuit that it gives."
        ),
    ] = False,
    autonomous: Annotated[
        bool, typer.Option("--autonomous", help="Open words into boxes without adjoints first.")
    ] = False,
    steps: Annotated[
        bool,
        typer.Option("--steps", help="Draw every step from what was read; moving, as .gif."),
    ] = False,
    reader: o.ReaderName = None,
    lexicon: o.Lexicon = None,
    weights: o.Weights = None,
    tags: o.Tags = None,
    trees: o.Trees = None,
    target: o.Target = None,
    rewrite: o.Rewrite = None,
    simplify: o.Simplify = None,
    ansatz: o.AnsatzName = None,
    qubits: o.Qubits = None,
    layers: o.Layers = None,
    json: o.JsonOutput = False,
    debug: o.Debug = False,
) -> int:
    """Draw the diagram of a sentence, or its circuit."""
    from qnlp.commands.sentences import Drawn
    from qnlp.commands.sentences import draw as run

    config = _settings(
        reader=reader,
        lexicon=lexicon,
        weights=weights,
        tags=tags,
        trees=trees,
        target=target,
        rewrite=rewrite,
        simplify=simplify,
        ansatz=ansatz,
        qubits=qubits,
        layers=layers,
    )
    return run(sentence, out, Drawn(circuit, zx, autonomous, steps), config, Output(json))


@app.command()
def train(
    train: Annotated[
        str | None, typer.Argument(help="File of labelled sentences.", show_default=False)
    ] = None,
    dev: Annotated[
        str | None,
        typer.Option(help="File to choose among restarts by, and to follow during training."),
    ] = None,
    test: Annotated[str | None, typer.Option(help="File to score when training is over.")] = None,
    dataset: Annotated[
        str | None,
        typer.Option(
            help="A set that ships, not files: food-it, or relative-clauses.",
            autocompletion=lambda: ["food-it", "relative-clauses"],
        ),
    ] = None,
    out: Annotated[
        str | None,
        typer.Option("--out", "-o", help="Directory of the model.", show_default="qnlp-model"),
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option("--config", "-c", help="YAML file of settings; options here go before it."),
    ] = None,
    format: o.FileFormat = None,
    text: o.TextColumn = None,
    label: o.LabelColumn = None,
    max_errors: o.MaxErrors = None,
    reader: o.ReaderName = None,
    lexicon: o.Lexicon = None,
    weights: o.Weights = None,
    tags: o.Tags = None,
    trees: o.Trees = None,
    target: o.Target = None,
    rewrite: o.Rewrite = None,
    simplify: o.Simplify = None,
    unreadable: o.Unreadable = None,
    ansatz: o.AnsatzName = None,
    qubits: o.Qubits = None,
    layers: o.Layers = None,
    ancillas: Annotated[
        int | None, typer.Option(help="More qubits of every word's circuit.", show_default="0")
    ] = None,
    discard: Annotated[
        bool | None,
        typer.Option(
            "--discard",
            help="Discard ancillas, which makes words mixed states, instead of post-selecting them.",
            show_default=False,
        ),
    ] = None,
    dims: o.Dims = None,
    bond_dim: Annotated[
        int | None, typer.Option(help="Of mps: dimension of the bonds.", show_default="2")
    ] = None,
    max_order: Annotated[
        int | None,
        typer.Option(help="Of spider and mps: most wires of a tensor.", show_default="2, of mps 3"),
    ] = None,
    backend: Annotated[
        str | None,
        typer.Option(
            help="What runs the circuits: kernel, aer (Qiskit Aer), pennylane or torch.",
            show_default="kernel",
            autocompletion=lambda: ["kernel", "aer", "pennylane", "torch"],
        ),
    ] = None,
    device: Annotated[
        str | None,
        typer.Option(
            help="For aer CPU or GPU, for pennylane a device such as lightning.qubit, for torch cpu "
            "or cuda.",
            show_default="CPU, default.qubit, cpu",
        ),
    ] = None,
    shots: Annotated[
        int | None,
        typer.Option(
            help="Measurements a sentence, for kernel, aer and pennylane.", show_default="exact"
        ),
    ] = None,
    noise: Annotated[
        str | None,
        typer.Option(
            help="Errors of gates and of reading, for aer, such as depolarizing=0.01,readout=0.02.",
            show_default=False,
        ),
    ] = None,
    optimization_level: Annotated[
        int | None,
        typer.Option(help="Transpile at this level, 0 to 3, for aer.", show_default=False),
    ] = None,
    threads: Annotated[
        int | None,
        typer.Option(help="Threads of the core. Results do not depend on it.", show_default="all"),
    ] = None,
    optimizer: Annotated[
        str | None,
        typer.Option(
            help="lbfgs, bfgs, cg, adam (the default with --shots), or spsa, which needs no gradient.",
            show_default="lbfgs",
            autocompletion=lambda: ["lbfgs", "bfgs", "cg", "adam", "spsa"],
        ),
    ] = None,
    max_iter: Annotated[
        int | None,
        typer.Option(
            "--max-iter",
            "--epochs",
            help="Iterations, or epochs of adam and spsa.",
            show_default="200",
        ),
    ] = None,
    learning_rate: Annotated[
        float | None, typer.Option(help="Step of adam, first step of spsa.", show_default="0.05")
    ] = None,
    batch_size: Annotated[
        int | None, typer.Option(help="Sentences a step of adam or spsa.", show_default="all")
    ] = None,
    tol: Annotated[
        float | None,
        typer.Option(help="Stop below this gradient (adam: improvement).", show_default="1e-06"),
    ] = None,
    restarts: Annotated[
        int | None,
        typer.Option(help="Random beginnings, of which the best is kept.", show_default="5"),
    ] = None,
    l2: Annotated[
        float | None,
        typer.Option(help="Penalty on the angles' way from their beginnings.", show_default="0.0"),
    ] = None,
    patience: Annotated[
        int | None,
        typer.Option(
            help="Stop after so many iterations without a smaller loss of --dev, and keep its best.",
            show_default=False,
        ),
    ] = None,
    max_time: Annotated[
        float | None,
        typer.Option(help="Seconds after which each beginning's run stops.", show_default=False),
    ] = None,
    run_dir: Annotated[
        str | None,
        typer.Option(
            help="Directory that keeps the training under way, for --resume.", show_default=False
        ),
    ] = None,
    resume: Annotated[
        bool | None,
        typer.Option(
            "--resume",
            help="Go on where a training in --run-dir was stopped, bit for bit.",
            show_default=False,
        ),
    ] = None,
    tensorboard: Annotated[
        str | None,
        typer.Option(help="Directory to write curves to for TensorBoard.", show_default=False),
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Of the beginnings.", show_default="0")] = None,
    oov: o.Oov = None,
    min_freq: Annotated[
        int | None,
        typer.Option(help="With --oov unk, rarer words train the unknown word.", show_default="1"),
    ] = None,
    json: o.JsonOutput = False,
    quiet: o.Quiet = False,
    debug: o.Debug = False,
) -> int:
    """Train a classifier, score it beside the baselines, and save it.

    Its directory gets the model, the resolved settings (config.yaml) and the result (result.json).
    """
    given = {k: v for k, v in locals().items() if k not in {"config", "json", "quiet", "debug"}}
    from qnlp.commands.config import resolve
    from qnlp.commands.training import train as run

    return run(resolve(config, given), Output(json, quiet))


@app.command()
def evaluate(
    model: o.Model,
    files: Annotated[
        list[str], typer.Argument(help="Files of labelled sentences.", show_default=False)
    ],
    train: Annotated[
        str | None,
        typer.Option(help="The training file, for the baseline of word counts."),
    ] = None,
    format: o.FileFormat = None,
    text: o.TextColumn = None,
    label: o.LabelColumn = None,
    max_errors: o.MaxErrors = None,
    oov: o.Oov = None,
    allow_previous: o.AllowPrevious = False,
    json: o.JsonOutput = False,
    debug: o.Debug = False,
) -> int:
    """Score a trained model on files of labelled sentences."""
    from qnlp.commands.models import evaluate as run

    config = _settings(format=format, text=text, label=label, max_errors=max_errors, train=train)
    return run(model, files, config, oov, allow_previous, Output(json))


@app.command()
def predict(
    model: o.Model,
    sentences: o.Sentences = None,
    file: o.File = None,
    oov: o.Oov = None,
    allow_previous: o.AllowPrevious = False,
    json: o.JsonOutput = False,
    debug: o.Debug = False,
) -> int:
    """Print the label of each sentence, its probability, and the sentence."""
    from qnlp.commands.models import predict as run

    return run(model, _texts(sentences, file), oov, allow_previous, Output(json))


@app.command()
def report(
    run: o.Model,
    file: Annotated[
        str | None,
        typer.Argument(
            help="File of labelled sentences to look at. By default the run's test file, else "
            "that of dev, else that of training.",
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        str | None,
        typer.Option("--out", "-o", help="File to write.", show_default="report.html in the run"),
    ] = None,
    allow_previous: o.AllowPrevious = False,
    json: o.JsonOutput = False,
    debug: o.Debug = False,
) -> int:
    """Write a page of HTML about a trained model: scores, plots, mistakes and settings."""
    from qnlp.commands.report import report as run_report

    return run_report(run, file, out, allow_previous, Output(json))


@app.command(name="train-reader")
def train_reader(
    gold: Annotated[
        str,
        typer.Argument(
            help="Sentences whose types are known: .auto, lambeq's .json, or lines WORD<TAB>TYPE.",
            show_default=False,
        ),
    ],
    dev: Annotated[
        str | None,
        typer.Option(help="Such a file to choose among the rounds by.", show_default="GOLD"),
    ] = None,
    save: Annotated[
        str, typer.Option("--save", "-o", help="File of costs to write.")
    ] = "reader-weights.json",
    rounds: Annotated[int, typer.Option(min=1, max=100, help="Times that the gold is parsed.")] = 4,
    nbest: Annotated[
        int, typer.Option(min=2, max=1000, help="Readings of a sentence that are compared.")
    ] = 16,
    l2: Annotated[
        float, typer.Option(min=1e-6, help="How strongly costs are held where they are.")
    ] = 1.0,
    lexicon: o.Lexicon = None,
    weights: o.Weights = None,
    tags: o.Tags = None,
    json: o.JsonOutput = False,
    debug: o.Debug = False,
) -> int:
    """Learn what the readings of the reader ccg cost, and save it for --weights."""
    from qnlp.commands.reader_training import train_reader as run

    options = {"rounds": rounds, "n_best": nbest, "l2": l2}
    config = _settings(lexicon=lexicon, weights=weights, tags=tags)
    return run(gold, dev, save, config, options, Output(json))


@app.command()
def doctor(json: o.JsonOutput = False, debug: o.Debug = False) -> int:
    """Print versions, threads, instruction set, memory limit, backends and extras."""
    from qnlp.commands.doctor import doctor as run

    return run(Output(json))


@app.command()
def demo(json: o.JsonOutput = False, quiet: o.Quiet = False, debug: o.Debug = False) -> int:
    """Train on the sets that ship, and draw a sentence into the current directory."""
    from qnlp.commands.demo import demo as run

    return run(Output(json, quiet))


def _settings(**given: Any) -> Any:
    from qnlp.commands.config import resolve

    return resolve(None, given)


def _texts(sentences: list[str] | None, file: str | None) -> Any:
    from qnlp.commands.sentences import read_texts

    return read_texts(sentences or [], file)
