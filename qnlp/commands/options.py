"""Options that several commands share. Defaults that are shown are those of `RunConfig`."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = [
    "AllowPrevious",
    "AnsatzName",
    "Debug",
    "Dims",
    "File",
    "FileFormat",
    "JsonOutput",
    "LabelColumn",
    "Layers",
    "Lexicon",
    "MaxErrors",
    "Model",
    "Oov",
    "Qubits",
    "Quiet",
    "ReaderName",
    "Rewrite",
    "Sentences",
    "Simplify",
    "Tags",
    "Target",
    "TextColumn",
    "Trees",
    "Unreadable",
    "Weights",
]


def _names(module: str, attribute: str) -> list[str]:
    from importlib import import_module

    return sorted(getattr(import_module(module), attribute))


def _readers() -> list[str]:
    return _names("qnlp.grammar.reader", "READERS")


def _formats() -> list[str]:
    return ["auto", *_names("qnlp._labelled_files", "FORMATS")]


JsonOutput = Annotated[
    bool, typer.Option("--json", help="Print one JSON document instead of text.")
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]
Sentences = Annotated[
    list[str] | None,
    typer.Argument(help="Sentences, each in quotes. By default the lines of standard input."),
]
File = Annotated[
    str | None,
    typer.Option(
        "--file", "-f", help="Read sentences from a file, one a line; - is standard input."
    ),
]
Model = Annotated[str, typer.Argument(help="Directory of a trained model.", show_default=False)]
AllowPrevious = Annotated[
    bool,
    typer.Option("--allow-previous", help="Take the last good version of a model that is damaged."),
]
ReaderName = Annotated[
    str | None,
    typer.Option(
        "--reader",
        help="How sentences are read: ccg or pregroup (by grammar), treebank (from --trees), text "
        "(several sentences as one), tree (its shape alone), cups, stairs, sequence or spiders "
        "(without).",
        show_default="ccg",
        autocompletion=_readers,
    ),
]
Lexicon = Annotated[
    str | None,
    typer.Option(help="TSV file of words and types, used before the built-in English."),
]
Tags = Annotated[
    str | None,
    typer.Option(
        help="For the reader ccg: spacy, whose tags make other readings of a word dearer.",
        show_default=False,
        autocompletion=lambda: ["spacy"],
    ),
]
Weights = Annotated[
    str | None,
    typer.Option(
        help="For the reader ccg: a file of costs that train-reader has learnt.", show_default=False
    ),
]
Trees = Annotated[
    str | None,
    typer.Option(
        help="For the reader treebank: a file of trees (.auto, lambeq's JSON, or brackets)."
    ),
]
Target = Annotated[
    str | None,
    typer.Option(
        help="Type of a sentence for the readers by grammar; several with commas.",
        show_default="that of most of the sentences, s or n",
    ),
]
Rewrite = Annotated[
    str | None,
    typer.Option(
        help="Rules that diagrams are rewritten by, with commas, such as determiner,auxiliary.",
        show_default=False,
    ),
]
Simplify = Annotated[
    bool | None,
    typer.Option(
        "--simplify", help="Rewrite by all rules that make diagrams smaller.", show_default=False
    ),
]
Qubits = Annotated[
    str | None,
    typer.Option(
        help="Qubits of each atomic type, such as n=1,s=1.",
        show_default="1, of the target as many as the classes need",
    ),
]
AnsatzName = Annotated[
    str | None,
    typer.Option(
        "--ansatz",
        help="What words are made of: circuits (iqp, sim4, sim9, sim9cx, sim14, sim15, "
        "strongly-entangling, copy) or real tensors (tensor, spider, mps).",
        show_default="iqp",
        autocompletion=lambda: _names("qnlp.ansatz", "ANSAETZE"),
    ),
]
Dims = Annotated[
    str | None,
    typer.Option(
        help="For tensors: dimension of each atomic type, such as n=4,s=2.",
        show_default="2, of the target as many as the classes",
    ),
]
Layers = Annotated[int | None, typer.Option(help="Layers of the ansatz.", show_default="1")]
Unreadable = Annotated[
    str | None,
    typer.Option(
        help="What becomes of a sentence without a full parse: fragments (it is read in parts), "
        "skip, or error.",
        show_default="fragments with the reader ccg, else error",
        autocompletion=lambda: ["fragments", "skip", "error"],
    ),
]
FileFormat = Annotated[
    str | None,
    typer.Option(
        "--format",
        help="Format of labelled files: tsv, csv, jsonl or lambeq (LABEL tokens .).",
        show_default="auto",
        autocompletion=_formats,
    ),
]
TextColumn = Annotated[
    str | None,
    typer.Option("--text", help="Column of the sentence: its name, or its number from 0."),
]
LabelColumn = Annotated[
    str | None, typer.Option("--label", help="Column of the label: its name, or its number from 0.")
]
MaxErrors = Annotated[
    int | None,
    typer.Option(help="How many errors of a file are listed.", show_default="20"),
]
Oov = Annotated[
    str | None,
    typer.Option(
        help="What a word is that training did not see: error, unk (an unknown word) or skip.",
        show_default="error",
        autocompletion=lambda: ["error", "unk", "skip"],
    ),
]
