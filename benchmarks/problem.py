"""The work of the gradient figure, in terms that every peer understands and no package owns.

Mean over sentences of -log((p + s) / (1 + 2 s)), p the probability of the label after
post-selection and s the smoothing, and its gradient by all parameters.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

SMOOTHING = 1e-9


@dataclass(frozen=True)
class Gate:
    """``angle = scale * theta[parameter] + shift`` in radians; parameter -1: no angle at all."""

    name: str
    qubits: tuple[int, ...]
    parameter: int
    scale: float
    shift: float


@dataclass(frozen=True)
class Reading:
    """A sentence as words and cups."""

    words: tuple[str, ...]
    types: tuple[str, ...]
    """A word's simple types, as in ``n.r s n.l``."""
    cups: tuple[tuple[int, int], ...]
    """Positions among the wires of all words."""
    label: int


@dataclass(frozen=True)
class Sentence(Reading):
    """A sentence with all cups kept, as a circuit too.

    `outcomes` are the two basis states, qubit 0 the most significant, that post-selection leaves.
    """

    n_qubits: int
    gates: tuple[Gate, ...]
    outcomes: tuple[int, int]


@dataclass(frozen=True)
class Problem:
    """Sentences, the names of the parameters, and what the right answers are."""

    sentences: tuple[Sentence, ...]
    symbols: tuple[str, ...]
    """``word__type_k``, the type with @ between simple types."""
    thetas: tuple[tuple[float, ...], ...]
    losses: tuple[float, ...]
    gradients: tuple[tuple[float, ...], ...]

    def theta(self, k: int) -> NDArray[np.float64]:
        return np.array(self.thetas[k % len(self.thetas)])

    @property
    def labels(self) -> NDArray[np.intp]:
        return np.array([s.label for s in self.sentences])

    def save(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self)))

    @staticmethod
    def load(path: str | Path) -> Problem:
        fields: dict[str, Any] = json.loads(Path(path).read_text())
        fields["sentences"] = tuple(_sentence(s) for s in fields["sentences"])
        return Problem(**{name: _tuples(value) for name, value in fields.items()})


def _sentence(fields: dict[str, Any]) -> Sentence:
    fields["gates"] = [Gate(**{k: _tuples(v) for k, v in g.items()}) for g in fields["gates"]]
    return Sentence(**{name: _tuples(value) for name, value in fields.items()})


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, (list, tuple)) else value


def loss_and_slopes(
    weights: NDArray[np.float64], labels: NDArray[np.intp]
) -> tuple[float, NDArray[np.float64]]:
    """The loss of unnormalised outcome probabilities, shape (n, 2), and its slope by each."""
    rows = np.arange(len(labels))
    total = weights.sum(1)
    p = weights[rows, labels] / total
    loss = -np.log((p + SMOOTHING) / (1 + 2 * SMOOTHING)).mean()
    slope = -1 / (p + SMOOTHING) / total / len(labels)
    slopes = -slope[:, None] * p[:, None] * np.ones(2)
    slopes[rows, labels] += slope
    return float(loss), slopes


def published(split: str) -> tuple[list[str], list[int]]:
    """MC's sentences of a split, and their classes: label 1 is outcome 0, as was published."""
    from qnlp.datasets import load_sentences
    from tools import data_folder

    data = load_sentences(data_folder() / f"mc_{split}_data.txt", labels=["0", "1"])
    return list(data.sentences), [1 - int(label) for label in data.labels]


def read(split: str) -> list[tuple[Any, Reading]]:
    """Our derivation of each sentence, and the same in no package's terms."""
    from qnlp.grammar import PregroupReader

    reader = PregroupReader()
    readings = []
    for sentence, label in zip(*published(split), strict=True):
        found = reader.derive(sentence)
        types = tuple(str(t).replace(" @ ", " ") for t in found.types)
        readings.append((found, Reading(found.words, types, found.links, label)))
    return readings


def compiled(diagrams: list[Any]) -> tuple[Any, Any]:
    """Our ansatz and program of diagrams."""
    from qnlp import IQPAnsatz, Vocabulary
    from qnlp.backend import get_backend
    from qnlp.vocabulary import named_boxes

    ansatz = IQPAnsatz({"n": 1, "s": 1})
    vocabulary = Vocabulary(ansatz, named_boxes(diagrams))
    return ansatz, get_backend("kernel").compile(diagrams, ansatz, vocabulary, 2)


def write_problem(path: str, n_thetas: int = 16) -> None:
    """Make the problem with our package, its answers included."""
    readings = read("train")
    diagrams = [derivation.diagram() for derivation, _ in readings]
    ansatz, program = compiled(diagrams)
    labels = np.array([reading.label for _, reading in readings])
    number = {name: k for k, name in enumerate(program.symbols)}
    thetas = np.random.default_rng(0).random((n_thetas, len(number)))
    answers = [program.loss_and_gradient(theta, labels) for theta in thetas]
    sentences = []
    for diagram, (_, reading) in zip(diagrams, readings, strict=True):
        circuit = ansatz(diagram)
        (kept,) = circuit.outputs
        gates = tuple(_gate(gate, number) for gate in circuit.gates)
        outcomes = (0, 2 ** (circuit.n_qubits - 1 - kept))
        sentences.append(
            Sentence(**vars(reading), n_qubits=circuit.n_qubits, gates=gates, outcomes=outcomes)
        )
    Problem(
        tuple(sentences),
        tuple(program.symbols),
        tuple(map(tuple, thetas.tolist())),
        tuple(loss for loss, _ in answers),
        tuple(tuple(gradient.tolist()) for _, gradient in answers),
    ).save(Path(path))


def write_readings(path: str) -> None:
    """Read every split with our package."""
    splits = {split: [asdict(r) for _, r in read(split)] for split in ("train", "dev", "test")}
    Path(path).write_text(json.dumps(splits))


def load_readings(path: str) -> dict[str, list[Reading]]:
    """What `write_readings` wrote."""
    splits: dict[str, Any] = json.loads(Path(path).read_text())
    return {
        split: [Reading(**{k: _tuples(v) for k, v in fields.items()}) for fields in readings]
        for split, readings in splits.items()
    }


def _gate(gate: Any, number: dict[str, int]) -> Gate:
    if gate.angle is None:
        return Gate(gate.name, gate.qubits, -1, 0.0, 0.0)
    # Our angles are in full turns, R_P(p) = exp(-i pi p P).
    turn = 2 * np.pi
    parameter = number[gate.angle.symbol]
    return Gate(gate.name, gate.qubits, parameter, turn * gate.angle.scale, turn * gate.angle.shift)
