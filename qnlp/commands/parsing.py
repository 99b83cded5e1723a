"""`qnlp parse`: how sentences are read, one by one, or how well a whole file is."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from qnlp.commands.output import UsageFault, complain
from qnlp.commands.sentences import make_reader
from qnlp.errors import QnlpError
from qnlp.grammar import CCGReader, CoverageReport, PregroupReader
from qnlp.rewrite.rewriter import Rewriter

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from qnlp.commands.config import RunConfig
    from qnlp.commands.output import Output
    from qnlp.commands.sentences import Texts
    from qnlp.grammar import Reader

__all__ = ["coverage", "parse"]

_CHUNK = 200
"""Sentences between two steps of the progress bar: so many are parsed on all threads at once."""


def parse(texts: Texts, config: RunConfig, n_best: int, output: Output) -> int:
    """Print how each sentence is read; one that cannot be is an error, and the others go on."""
    reader = _reader(config, n_best)
    rewriter = Rewriter(config.rewrite, simplify=config.simplify)
    found, failed = [], 0
    for index, sentence in enumerate(texts.sentences):
        try:
            found.append(_parsed(reader, rewriter, sentence))
        except QnlpError as error:
            failed += 1
            place = texts.sources[index] if texts.sources else f"sentence {index}"
            reason = _reason(error)
            complain(f"{type(error).__name__}: {place}: {reason}")
            found.append({"sentence": sentence, "error": reason})
    texts_found = [str(item.pop("drawing")) for item in found if "drawing" in item]
    if texts_found or output.as_json:
        output.result("\n\n".join(texts_found), {"sentences": found})
    return 1 if failed else 0


def coverage(texts: Texts, config: RunConfig, output: Output) -> int:
    """Print how many sentences have a full parse, and which have none and why."""
    reader = _reader(config, 1)
    report = CoverageReport(len(texts.sentences))
    with output.counting("parsing", len(texts.sentences)) as advance:
        for begin in range(0, len(texts.sentences), _CHUNK):
            chunk = texts.sentences[begin : begin + _CHUNK]
            for part_begin, part in _reports(reader, chunk):
                report.include(part, begin + part_begin)
            advance(len(chunk))
    kinds = {"fragments": report.fragments, "failed": report.failed}
    listed = [
        {"place": _place(texts, k), "sentence": texts.sentences[k], "outcome": kind, "reason": why}
        for kind, reasons in kinds.items()
        for k, why in sorted(reasons.items())
    ]
    lines = [str(report)]
    if report.slowest[0] >= 0:
        slow, seconds = report.slowest
        lines.append(f"  slowest {seconds:.3f} s: {_place(texts, slow)}")
    lines += [f"{x['place']}: {x['outcome']}: {x['reason']}: {x['sentence']}" for x in listed]
    data = {
        "n_sentences": report.n_sentences,
        "n_parsed": len(report.parsed),
        "n_fragments": len(report.fragments),
        "n_failed": len(report.failed),
        "coverage": report.coverage if report.n_sentences else None,
        "seconds": report.seconds,
        "without_full_parse": listed,
    }
    output.result("\n".join(lines), data)
    return 1 if report.failed else 0


def _reports(reader: Reader, sentences: Sequence[str]) -> Iterator[tuple[int, CoverageReport]]:
    """A report on all sentences, or, where one is in error, one on each and its place."""
    if hasattr(reader, "read_report"):
        try:
            yield 0, reader.read_report(sentences)[1]
        except QnlpError:
            pass
        else:
            return
    for index, sentence in enumerate(sentences):
        yield index, _report(reader, sentence)


def _report(reader: Reader, sentence: str) -> CoverageReport:
    if hasattr(reader, "read_report"):
        try:
            made: CoverageReport = reader.read_report([sentence])[1]
        except QnlpError as error:
            made = CoverageReport(1, failed={0: _reason(error)})
        return made
    report = CoverageReport(1)
    start = time.perf_counter()
    try:
        reader(sentence)
        report.parsed.append(0)
    except QnlpError as error:
        report.failed[0] = _reason(error)
    report.seconds = time.perf_counter() - start
    report.slowest = (0, report.seconds)
    return report


def _reader(config: RunConfig, n_best: int) -> Reader:
    reader = make_reader(config)
    if n_best == 1:
        return reader
    if not isinstance(reader, CCGReader):
        message = f"--nbest is for the reader ccg, {config.reader!r} gives one reading"
        raise UsageFault(message)
    settings = {k: v for k, v in reader.config().items() if k != "reader"}
    return CCGReader.from_config({**settings, "n_best": n_best})


def _parsed(reader: Reader, rewriter: Rewriter, sentence: str) -> dict[str, Any]:
    from qnlp.draw import diagram_text

    diagram = rewriter(reader(sentence))
    words = [box for box in diagram.boxes if box.kind == "word"]
    parsed: dict[str, Any] = {
        "sentence": sentence,
        "words": [box.name for box in words],
        "types": [str(box.cod) for box in words],
        "target": str(diagram.cod),
        "drawing": diagram_text(diagram),
    }
    if isinstance(reader, PregroupReader):
        derivation = reader.derive(sentence)
        parsed |= {"links": [list(link) for link in derivation.links], "cost": derivation.cost}
    elif isinstance(reader, CCGReader):
        found = reader.derivations(sentence)
        parsed |= {"links": [list(link) for link in found[0].links], "cost": found[0].cost}
        parsed["status"] = found[0].status
        if len(found) > 1:
            parsed["readings"] = [
                {
                    "cost": one.cost,
                    "types": [str(t) for t in one.types],
                    "links": [list(link) for link in one.links],
                }
                for one in found
            ]
        shown = [f"{_heading(k, len(found), one.cost)}{one}" for k, one in enumerate(found)]
        if found[0].status != "parsed":
            shown.insert(0, f"no full parse ({found[0].status}), read in parts")
        parsed["drawing"] = "\n\n".join([*shown, parsed["drawing"]])
    return parsed


def _heading(index: int, n_readings: int, cost: float) -> str:
    return f"reading {index + 1} of {n_readings}, cost {cost:.3f}\n" if n_readings > 1 else ""


def _place(texts: Texts, index: int) -> str:
    return str(texts.sources[index]) if texts.sources else f"sentence {index}"


def _reason(error: QnlpError) -> str:
    return str(error).removeprefix("sentence 0").removeprefix("sentence").lstrip(": ")
