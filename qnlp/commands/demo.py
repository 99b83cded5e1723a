"""`qnlp demo`: the whole way from sentences to scores, on the sets that ship."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from qnlp.commands.config import RunConfig
from qnlp.commands.output import table
from qnlp.commands.sentences import make_reader
from qnlp.commands.training import load_splits, read_splits, scores, train_model
from qnlp.draw import diagram_svg, diagram_text, write_svg

if TYPE_CHECKING:
    from qnlp.commands.output import Output

__all__ = ["demo"]

_SETS = {
    "food-it": RunConfig(dataset="food-it"),
    "relative-clauses": RunConfig(dataset="relative-clauses"),
}
_FILE = "qnlp-demo.svg"


def demo(output: Output) -> int:
    """Train on each set, print scores beside the baselines, and draw a sentence."""
    found = {name: _trained(name, config, output) for name, config in _SETS.items()}
    sentence = load_splits(_SETS["food-it"])["test"].sentences[0]
    diagram = make_reader(_SETS["food-it"])(sentence)
    write_svg(_FILE, diagram_svg(diagram))
    rows = [
        [
            name,
            *(f"{one['test'][key]:.3f}" for key in ("accuracy", "majority", "unigram")),
            f"{one['seconds']:.2f} s",
        ]
        for name, one in found.items()
    ]
    text = (
        f"{table(['accuracy on test', 'qnlp', 'majority', 'unigrams', 'trained in'], rows)}\n\n"
        "The labels of food-it follow from the words alone; those of relative-clauses from their\n"
        f"order alone, which only grammar sees.\n\n{diagram_text(diagram)}\n\ndrawn in {_FILE}"
    )
    output.result(text, {"sets": found, "sentence": sentence, "drawing": _FILE})
    return 0


def _trained(name: str, config: RunConfig, output: Output) -> dict[str, Any]:
    begin = time.perf_counter()
    splits = load_splits(config)
    _, diagrams, reader = read_splits(config, splits)
    output.note(f"{name}: {sum(map(len, splits.values()))} sentences")
    with output.progress(config.restarts * config.max_iter) as show:
        model, is_interrupted = train_model(config, splits, diagrams, reader, [show])
    if is_interrupted:
        raise KeyboardInterrupt
    seconds = time.perf_counter() - begin
    return {**scores(model, splits, diagrams), "seconds": seconds}
