"""Which parameters each word has, and what stands for words that were not in the training data."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from qnlp._core import diagram as core
from qnlp.diagram import Box, Diagram, Word, box_of
from qnlp.errors import DiagramError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from qnlp.ansatz import WordAnsatz

__all__ = [
    "UNKNOWN",
    "Vocabulary",
    "are_known",
    "distinct",
    "named_boxes",
    "named_generators",
    "rare_words",
    "rename_words",
    "unknown_parameters",
]

UNKNOWN = "<unk>"
"""Name of the word that stands for unknown ones; it has one meaning a type."""


class Vocabulary:
    """Which parameters each word has: one vector a (word, type), laid end to end.

    Parameters
    ----------
    ansatz : Ansatz or TensorAnsatz
    boxes : iterable of Box
        Named boxes; turned and daggered ones count as the box itself. Sorted, so that the
        same words give the same order.

    Examples
    --------
    >>> from qnlp import IQPAnsatz, Ty, Word
    >>> from qnlp.vocabulary import Vocabulary
    >>> n, s = Ty("n"), Ty("s")
    >>> words = Vocabulary(IQPAnsatz({"n": 1, "s": 1}), [Word("runs", n.r @ s), Word("Bob", n)])
    >>> words.symbols
    ('Bob__n_0', 'Bob__n_1', 'Bob__n_2', 'runs__n.r@s_0')
    """

    def __init__(self, ansatz: WordAnsatz, boxes: Iterable[Box]) -> None:
        self.ansatz = ansatz
        unique = {box.base.generator: box.base for box in boxes}.values()
        ordered = sorted(unique, key=lambda b: (b.name, b.dom.objects, b.cod.objects))
        self.first: dict[int, int] = {}
        symbols: list[str] = []
        for box in ordered:
            self.first[box.generator] = len(symbols)
            symbols += ansatz.symbols(box)
        self.boxes: tuple[Box, ...] = tuple(ordered)
        self.symbols: tuple[str, ...] = tuple(symbols)
        if len(set(symbols)) < len(symbols):
            twice = next(name for name, count in Counter(symbols).items() if count > 1)
            message = f"two boxes have the parameter {twice!r}, expected one name a (name, type)"
            raise DiagramError(message)

    def __len__(self) -> int:
        return len(self.symbols)

    def __contains__(self, box: Box) -> bool:
        return box.base.generator in self.first

    def __reduce__(self) -> tuple[object, ...]:
        return Vocabulary, (self.ansatz, self.boxes)


def named_generators(
    diagrams: Sequence[Diagram],
) -> tuple[NDArray[np.uint32], NDArray[np.uint64]]:
    """Generators of the named boxes, diagram after diagram, and where each diagram's begin.

    Daggered and turned boxes count as the named one.
    """
    return core.named([d._core for d in diagrams])


def distinct(values: NDArray[np.uint32]) -> tuple[NDArray[np.uint32], NDArray[np.intp]]:
    """The values in order, each once, and where each given one is among them.

    As `numpy.unique` does, which imports `numpy.ma` at its first call: 10 ms, a third of the time
    from text to a plan.
    """
    ordered = np.sort(values)
    once = (
        ordered[np.concatenate([[True], ordered[1:] != ordered[:-1]])] if len(ordered) else ordered
    )
    return once, np.searchsorted(once, values)


def named_boxes(diagrams: Sequence[Diagram]) -> list[Box]:
    """Every named box of the diagrams once, neither daggered nor turned."""
    return [box_of(g) for g in distinct(named_generators(diagrams)[0])[0].tolist()]


def are_known(diagrams: Sequence[Diagram], vocabulary: Vocabulary) -> NDArray[np.bool_]:
    """Which diagrams have only boxes of the vocabulary."""
    generators, begin = named_generators(diagrams)
    unknown = ~np.isin(generators, np.fromiter(vocabulary.first, np.uint32))
    n_unknown = np.concatenate([[0], np.cumsum(unknown)])
    return np.asarray(n_unknown[begin[1:]] == n_unknown[begin[:-1]])


def rename_words(diagram: Diagram, is_unknown: Callable[[Box], bool]) -> Diagram:
    """Put the unknown word of its type in place of every unknown word.

    Examples
    --------
    >>> from qnlp import Ty, Word
    >>> from qnlp.vocabulary import rename_words
    >>> rename_words(Word("zyx", Ty("n")), lambda box: True).boxes
    [Word('<unk>', Ty("n"))]
    """
    layers = [(_renamed(box) if is_unknown(box.base) else box, k) for box, k in diagram.layers]
    return Diagram(diagram.dom, layers)


def _renamed(box: Box) -> Box:
    if box.kind not in ("word", "box"):
        return box
    base = box.base
    made: Box = Word(UNKNOWN, base.cod) if not base.dom else Box(UNKNOWN, base.dom, base.cod)
    if box.is_dagger:
        made = made.dagger()
    for _ in range(abs(box.rotation)):
        made = made.r if box.rotation > 0 else made.l
    return made


def rare_words(diagrams: Sequence[Diagram], min_freq: int) -> set[int]:
    """Generators of the words that occur less than `min_freq` times."""
    generators, places = distinct(named_generators(diagrams)[0])
    counts = np.bincount(places, minlength=len(generators))
    return {g for g in generators[counts < min_freq].tolist() if not box_of(g).dom}


def unknown_parameters(
    vocabulary: Vocabulary, theta: NDArray[np.float64]
) -> dict[Box, NDArray[np.float64]]:
    """Parameters for the unknown word of each type that no rare word has trained.

    Each is the mean over the known words of that type, of angles the circular one.
    """
    by_type: dict[tuple[object, object], list[NDArray[np.float64]]] = {}
    for box in vocabulary.boxes:
        begin = vocabulary.first[box.generator]
        angles = theta[begin : begin + len(vocabulary.ansatz.symbols(box))]
        by_type.setdefault((box.dom, box.cod), []).append(angles)
    out: dict[Box, NDArray[np.float64]] = {}
    for box in vocabulary.boxes:
        unknown = _renamed(box)
        if unknown in vocabulary or unknown in out:
            continue
        out[unknown] = vocabulary.ansatz.average(np.array(by_type[box.dom, box.cod]))
    return out
