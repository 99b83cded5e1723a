"""Sentences without labels: where they come from, and `qnlp draw`."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from qnlp.commands.output import UsageFault
from qnlp.errors import CircuitTooLargeError, DataError
from qnlp.grammar import (
    CCGReader,
    PregroupReader,
    SourceLine,
    TextReader,
    TreebankReader,
    TreeReader,
    reader_from_config,
)
from qnlp.rewrite.rewriter import Rewriter

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from qnlp.ansatz import Ansatz
    from qnlp.circuit import Circuit
    from qnlp.commands.config import RunConfig
    from qnlp.commands.output import Output
    from qnlp.diagram import Diagram
    from qnlp.grammar import Reader

__all__ = ["Drawn", "Texts", "draw", "make_reader", "naming_lines", "read_texts"]


class Texts(NamedTuple):
    """Sentences, and where each was read if that was a file."""

    sentences: list[str]
    sources: list[SourceLine] | None


def read_texts(sentences: Sequence[str], file: str | None) -> Texts:
    """The sentences of a command: its arguments, or the lines of a file or of standard input."""
    if sentences and file is not None:
        message = "sentences are given as arguments and by --file, expected one of the two"
        raise UsageFault(message)
    if sentences:
        return Texts(list(sentences), None)
    if file is None and sys.stdin.isatty():
        message = "no sentences: give them as arguments, by --file, or on standard input"
        raise UsageFault(message)
    if file in (None, "-"):
        name, data = "<stdin>", sys.stdin.buffer.read()
    else:
        name, data = str(file), Path(str(file)).read_bytes()
    lines = data.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    while lines and not lines[-1].strip():
        lines.pop()
    if not lines:
        message = f"{name}: has no sentences, expected one a line"
        raise DataError(message)
    texts = [_decoded(line, name, number) for number, line in enumerate(lines, start=1)]
    return Texts(texts, [SourceLine(name, number) for number in range(1, len(lines) + 1)])


@contextmanager
def naming_lines(
    sources: Sequence[SourceLine] | None, **more: Sequence[SourceLine] | None
) -> Iterator[None]:
    """Have the refusal of a sentence that is too large name its file and line.

    Parameters
    ----------
    sources : sequence of SourceLine or None
        Of the sentences that are worked on.
    **more
        Of those of other arguments, by the names of these.
    """
    try:
        yield
    except CircuitTooLargeError as error:
        listed = more.get(error.argument) if error.argument else sources
        if error.sentence is not None and listed is not None:
            error.source = str(listed[error.sentence])
        raise


def _decoded(line: bytes, name: str, number: int) -> str:
    try:
        return line.decode("utf-8").removesuffix("\r")
    except UnicodeDecodeError as error:
        column = len(line[: error.start].decode("utf-8")) + 1
        message = f"{name}:{number}:{column}: byte 0x{line[error.start]:02x} is not UTF-8"
        raise DataError(message) from None


def make_reader(config: RunConfig) -> Reader:
    """The reader that the settings name."""
    if config.trees is not None and config.reader != "treebank":
        message = f"--trees is for the reader treebank, {config.reader!r} takes none"
        raise UsageFault(message)
    if config.reader == "ccg":
        return CCGReader(
            config.lexicon,
            _targets(config, "auto"),
            on_failure="fragments" if config.unreadable in (None, "fragments") else "error",
            weights=config.weights,
            tags=config.tags,
            consistent=True,
        )
    for name in ("weights", "tags"):
        if getattr(config, name) is not None:
            message = f"--{name} is for the reader ccg, {config.reader!r} takes none"
            raise UsageFault(message)
    if config.unreadable == "fragments":
        message = f"--unreadable fragments is for the reader ccg, {config.reader!r} has none"
        raise UsageFault(message)
    if config.reader == "pregroup":
        return PregroupReader(config.lexicon, _targets(config, "s"))
    if config.reader in ("text", "tree"):
        one = CCGReader(config.lexicon, on_failure="fragments", codomain="s")
        return TextReader(one) if config.reader == "text" else TreeReader(reader=one)
    if config.lexicon is not None:
        message = f"--lexicon is for the readers by grammar, {config.reader!r} takes none"
        raise UsageFault(message)
    if config.reader == "treebank":
        return _treebank(config)
    return reader_from_config({"reader": config.reader})


def _treebank(config: RunConfig) -> Reader:
    if config.trees is None:
        message = "the reader treebank needs a file of trees: give it with --trees"
        raise UsageFault(message)
    codomain = None if config.target in (None, "auto") else config.target
    return TreebankReader(config.trees, codomain=codomain)


def _targets(config: RunConfig, default: str) -> str | list[str]:
    if config.target in (None, "auto"):
        return default
    return [target.strip() for target in str(config.target).split(",")]


class Drawn(NamedTuple):
    """What of a sentence is drawn."""

    circuit: bool = False
    zx: bool = False
    autonomous: bool = False
    steps: bool = False


def draw(sentence: str, out: str | None, drawn: Drawn, config: RunConfig, output: Output) -> int:
    """Draw a sentence's diagram or circuit, to a file or as text."""
    from qnlp.draw import equation, save, write_svg

    suffix = Path(out).suffix.lower() if out is not None else ".txt"
    if suffix not in _SUFFIXES:
        message = f"--out has the suffix {suffix!r}, expected one of {', '.join(_SUFFIXES)}"
        raise UsageFault(message)
    shown = _shown(sentence, drawn, config)
    if suffix == ".txt" or out is None:
        drawing = "\n\n".join(map(str, shown))
        if out is not None:
            write_svg(out, drawing + "\n")
    elif suffix == ".gif":
        save(out, shown)
    else:
        save(out, shown[0] if len(shown) == 1 else equation(*shown, sign="\N{RIGHTWARDS ARROW}"))
    data: Mapping[str, Any] = {"sentence": sentence, "file": out}
    if out is None:
        data = {"sentence": sentence, "drawing": drawing}
    output.result(drawing if out is None else f"drawing saved in {out}", data)
    return 0


_SUFFIXES = (".svg", ".txt", ".tex", ".tikz", ".png", ".pdf", ".gif")


def _shown(sentence: str, drawn: Drawn, config: RunConfig) -> list[Diagram | Circuit]:
    """What is drawn, step by step if that is asked for; the last is the result."""
    read = make_reader(config)(sentence)
    steps: list[Diagram | Circuit] = [read]
    diagram = Rewriter(config.rewrite, simplify=config.simplify)(read)
    if diagram.layers != read.layers:
        steps.append(diagram)
    if drawn.autonomous:
        from qnlp.autonomise import autonomise

        diagram = autonomise(diagram).diagram
        steps.append(diagram)
    if drawn.zx:
        from qnlp.zx import sentence_functor

        zx = sentence_functor(_ansatz(config, diagram))(diagram)
        steps.append(zx)
        if drawn.circuit:
            from qnlp.zx_circuit import extract

            steps.append(extract(zx))
    elif drawn.circuit:
        # An opened word is a box, and cups stay where boxes have a domain.
        circuit = _ansatz(config, diagram)(diagram, remove_cups=not drawn.autonomous)
        steps.append(circuit)
    return steps if drawn.steps else steps[-1:]


def _ansatz(config: RunConfig, diagram: Diagram) -> Ansatz:
    from qnlp.ansatz import Ansatz
    from qnlp.commands.compiling import make_ansatz

    ansatz = make_ansatz(config, [diagram])
    if not isinstance(ansatz, Ansatz):
        message = f"--ansatz {config.ansatz} makes tensors, no circuit to draw"
        raise UsageFault(message)
    return ansatz
