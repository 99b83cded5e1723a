"""`qnlp train-reader`: costs of the reader ccg, learnt from sentences whose types are known."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qnlp.commands.output import complain, table
from qnlp.commands.training import check_writable
from qnlp.grammar import CCGReader, read_gold
from qnlp.grammar.learning import train_weights

if TYPE_CHECKING:
    from qnlp.commands.config import RunConfig
    from qnlp.commands.output import Output
    from qnlp.grammar import GoldScore

__all__ = ["train_reader"]


def train_reader(
    gold: str,
    dev: str | None,
    save: str,
    config: RunConfig,
    options: dict[str, Any],
    output: Output,
) -> int:
    """Learn costs, save them, and say what they are worth."""
    begin = time.perf_counter()
    reader = CCGReader(config.lexicon, weights=config.weights, tags=config.tags)
    sentences = read_gold(gold)
    judges = None if dev is None else read_gold(dev)
    check_writable(Path(save).absolute().parent)
    found = train_weights(sentences, reader, dev=judges, **options)
    found.weights.save(save)
    for place, reason in found.skipped.items():
        complain(f"{place}: {reason}, so it taught nothing")
    seconds = time.perf_counter() - begin
    names = ["as given", *(f"round {k}" for k in range(1, len(found.history)))]
    best = max(range(len(names)), key=lambda k: found.history[k].n_right)
    rows = [_row(name, score) for name, score in zip(names, found.history, strict=True)]
    text = (
        f"{table(['', 'word types, %', 'exact sentences'], rows)}\n"
        f"{len(sentences)} sentences of {gold}, scored on {dev or gold}, {seconds:.2f} s\n"
        f"costs {names[best]} saved in {save}"
    )
    data = {
        "scores": [score._asdict() for score in found.history],
        "chosen": best,
        "skipped": found.skipped,
        "seconds": seconds,
        "weights": save,
    }
    output.result(text, data)
    return 0


def _row(name: str, score: GoldScore) -> list[str]:
    share = 100 * score.n_right / max(score.n_words, 1)
    return [name, f"{share:.1f}", f"{score.n_exact}/{score.n_sentences}"]
