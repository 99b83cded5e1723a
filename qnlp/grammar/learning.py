r"""Costs of the chart's features, learnt from sentences whose types are known.

A derivation's cost is linear in what the chart counts: its rules, its unary changes, the categories
of its words, and each word with its category. Costs are fitted as those of a log-linear model,
p(reading) proportional to e to the minus cost, so that the readings nearest to the gold become likely:
the sum over sentences of -log p(the best of the readings that the chart found), with a Gaussian
prior around the reader's own costs. The chart finds `n_best` readings a sentence; each round adds
those that it finds with the round's costs, so that what the costs make cheap is seen.

Clark and Curran, "Wide-Coverage Efficient Statistical Parsing with CCG and Log-Linear Models",
doi:10.1162/coli.2007.33.4.493, for the model; Charniak and Johnson, doi:10.3115/1219840.1219862, for
training on the best of a list. The same gold and options give the same costs on any machine.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from qnlp.errors import DataError, GrammarError
from qnlp.grammar.gold import GoldScore, faults_of_reading, score_reader
from qnlp.grammar.weights import MAX_COST, ReaderWeights, change_costs, default_weights

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from numpy.typing import NDArray

    from qnlp.grammar.ccg import CCGReader
    from qnlp.grammar.engine import CountedReading
    from qnlp.grammar.gold import GoldSentence

    Array = NDArray[np.float64]

__all__ = ["TrainedWeights", "train_weights"]

_UNIT = 1000.0
"""A cost of one, which the model takes as a power of e."""
_WORD_PRIOR = 2.0
"""How much more than a rule's or category's a change of one word's cost is penalised."""

Feature = tuple[str, ...]


@dataclass(frozen=True)
class TrainedWeights:
    """What `train_weights` found.

    Parameters
    ----------
    weights : ReaderWeights
        Of the best round; those of the reader, where no round was better.
    history : tuple of GoldScore
        The score with the reader's own costs, then after each round, on the gold that chooses.
    skipped : dict of str to str
        Sentences that taught nothing, by their places, and why.

    Examples
    --------
    >>> TrainedWeights(ReaderWeights(), ()).skipped
    {}
    """

    weights: ReaderWeights
    history: tuple[GoldScore, ...]
    skipped: dict[str, str] = field(default_factory=dict)


def train_weights(
    gold: Sequence[GoldSentence],
    reader: CCGReader | None = None,
    *,
    dev: Sequence[GoldSentence] | None = None,
    n_best: int = 16,
    rounds: int = 4,
    l2: float = 1.0,
) -> TrainedWeights:
    """Learn what the choices of a `CCGReader` cost from sentences whose types are known.

    Parameters
    ----------
    gold : sequence of GoldSentence
        As `read_gold` gives them.
    reader : CCGReader, optional
        The one to begin with; its costs are where the prior stands. By default the built-in one.
    dev : sequence of GoldSentence, optional
        Chooses among the rounds; by default `gold` does.
    n_best : int, default 16
        Readings of each sentence that a round looks at.
    rounds : int, default 4
    l2 : float, default 1.0
        Strength of the prior: what it costs, beside the gold's log-likelihood in nats, to move one
        cost by sqrt(2).

    Returns
    -------
    TrainedWeights

    Raises
    ------
    DataError
        If no sentence of the gold has both better and worse readings.
    GrammarError
        If an option is out of its range.

    Examples
    --------
    >>> from qnlp.grammar import CCGReader, GoldSentence, parse_type
    >>> near = ["n", "n.r s n.l", "n n.l", "n", "n.r n n.l", "n n.l", "n"]
    >>> gold = [GoldSentence(f"I saw the man with the {thing}", tuple(map(parse_type, near)))
    ...         for thing in ("hat", "coat", "dog")]
    >>> found = train_weights(gold)
    >>> [score.n_exact for score in (found.history[0], found.history[-1])]
    [0, 3]
    >>> learnt = CCGReader(weights=found.weights)
    >>> str(learnt.derive("She met the woman with the scarf").types[4])
    'n.r @ n @ n.l'
    """
    from qnlp.grammar.ccg import CCGReader

    options: dict[str, object] = {"n_best": n_best, "rounds": rounds}
    for name, value in options.items():
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            message = f"{name} has {value!r}, expected an int from 1"
            raise GrammarError(message)
    if not (np.isfinite(l2) and l2 > 0):
        message = f"l2 has {l2!r}, expected a number above 0"
        raise GrammarError(message)
    reader = CCGReader() if reader is None else reader
    return _Training(gold, reader, gold if dev is None else dev, n_best, l2).run(rounds)


class _Candidate(NamedTuple):
    """A reading as training sees it: its cost at the reader's own weights, and what it counts."""

    base: float
    counts: dict[int, float]
    faults: int


class _Training:
    def __init__(
        self,
        gold: Sequence[GoldSentence],
        reader: CCGReader,
        judges: Sequence[GoldSentence],
        n_best: int,
        l2: float,
    ) -> None:
        self.gold = gold
        self.reader = reader
        self.judges = judges
        self.n_best = n_best
        self.l2 = l2
        self.own = reader.weights
        rules = default_weights() | dict(self.own.rules)
        changes = change_costs() | dict(self.own.changes)
        self.columns: dict[Feature, int] = {}
        for name in rules:
            self.column("rules", name)
        for name in changes:
            self.column("changes", name)
        self.least = [-cost / _UNIT for cost in rules.values()]
        self.least += [(1 - cost) / _UNIT for cost in changes.values()]
        self.delta = np.zeros(len(self.columns))
        self.pools: list[dict[Hashable, _Candidate]] = [{} for _ in gold]
        self.skipped: dict[str, str] = {}

    def column(self, *feature: str) -> int:
        return self.columns.setdefault(feature, len(self.columns))

    def run(self, rounds: int) -> TrainedWeights:
        best = self.own
        history = [score_reader(self.with_weights(best, 1), self.judges)]
        for _ in range(rounds):
            self.collect(self.with_weights(self.weights(), self.n_best))
            self.fit()
            weights = self.weights()
            score = score_reader(self.with_weights(weights, 1), self.judges)
            if score.n_right > max(old.n_right for old in history):
                best = weights
            history.append(score)
        return TrainedWeights(best, tuple(history), self.skipped)

    def with_weights(self, weights: ReaderWeights, n_best: int) -> CCGReader:
        settings = {k: v for k, v in self.reader.config().items() if k != "reader"}
        settings |= {"weights": weights.config(), "n_best": n_best, "on_failure": "fragments"}
        return type(self.reader).from_config(settings)

    def collect(self, reader: CCGReader) -> None:
        """Add the readings that the chart finds now to those that it found before."""
        found = reader.counted_readings([one.sentence for one in self.gold])
        for number, (one, readings) in enumerate(zip(self.gold, found, strict=True)):
            place = one.place or f"sentence {number}"
            if not readings:
                self.skipped.setdefault(place, "has no parse")
            for reading in readings:
                if len(reading.derivation.types) != len(one.types):
                    self.skipped[place] = "is cut into other words"
                    break
                self.add(number, one, reading)

    def add(self, number: int, one: GoldSentence, reading: CountedReading) -> None:
        counts: dict[int, float] = {k: float(n) for k, n in enumerate(reading.features) if n}
        for word, category in reading.words:
            for feature in (("categories", category), ("words", word, category)):
                column = self.column(*feature)
                counts[column] = counts.get(column, 0.0) + 1.0
        self.delta = np.pad(self.delta, (0, len(self.columns) - len(self.delta)))
        moved = sum(n * self.delta[column] for column, n in counts.items())
        faults = faults_of_reading(reading.derivation, one)
        base = reading.total / _UNIT - moved
        key = (tuple(counts.items()), reading.derivation.types, reading.derivation.links)
        self.pools[number].setdefault(key, _Candidate(base, counts, faults))

    def fit(self) -> None:
        """Move the costs to where the gold is likeliest under the prior."""
        lists = [list(pool.values()) for pool in self.pools]
        for number, pool in enumerate(lists):
            if pool and len({c.faults for c in pool}) == 1:
                place = self.gold[number].place or f"sentence {number}"
                self.skipped.setdefault(place, "has readings that are all as good")
        taught = [pool for pool in lists if len({c.faults for c in pool}) > 1]
        if not taught:
            message = f"of {len(self.gold)} sentences of gold none has a better and a worse reading"
            raise DataError(message)
        problem = _LogLinear(taught, len(self.columns))
        prior = np.array([_WORD_PRIOR if f[0] == "words" else 1.0 for f in self.columns]) * self.l2
        limit = MAX_COST / 4 / _UNIT
        bounds = [(max(b, -limit), limit) for b in self.least]
        bounds += [(-limit, limit)] * (len(self.columns) - len(bounds))

        def objective(delta: Array) -> tuple[float, Array]:
            loss, slopes = problem(delta)
            return loss + float(prior @ delta**2) / 2, slopes + prior * delta

        from scipy import optimize  # type: ignore[import-untyped,unused-ignore]

        found = optimize.minimize(
            objective, self.delta, jac=True, method="L-BFGS-B", bounds=bounds,
            options={"maxiter": 200},
        )  # fmt: skip
        self.delta = np.round(found.x * _UNIT) / _UNIT

    def weights(self) -> ReaderWeights:
        """The reader's costs with what has been learnt."""
        moved: dict[str, Any] = {"rules": {}, "changes": {}, "categories": {}, "words": {}}
        known = {"rules": default_weights(), "changes": change_costs()}
        moved["rules"] |= self.own.rules
        moved["changes"] |= self.own.changes
        moved["categories"] |= self.own.categories
        moved["words"] = {word: dict(costs) for word, costs in self.own.words.items()}
        for (part, *names), column in self.columns.items():
            change = round(self.delta[column] * _UNIT)
            if not change:
                continue
            costs = moved[part] if part != "words" else moved[part].setdefault(names[0], {})
            name = names[-1]
            costs[name] = costs.get(name, known.get(part, {}).get(name, 0)) + change
        return ReaderWeights(**moved)


class _LogLinear:
    """Minus the log-likelihood of the best readings of each list, and its gradient."""

    def __init__(self, lists: Sequence[Sequence[_Candidate]], n_columns: int) -> None:
        from scipy import sparse

        rows: list[int] = []
        columns: list[int] = []
        values: list[float] = []
        flat = [candidate for pool in lists for candidate in pool]
        for row, candidate in enumerate(flat):
            rows += [row] * len(candidate.counts)
            columns += candidate.counts.keys()
            values += candidate.counts.values()
        self.matrix = sparse.csr_array((values, (rows, columns)), shape=(len(flat), n_columns))
        self.base = np.array([candidate.base for candidate in flat])
        self.starts = np.cumsum([0, *(len(pool) for pool in lists)])[:-1]
        self.list_of = np.repeat(np.arange(len(lists)), [len(pool) for pool in lists])
        least = np.minimum.reduceat(np.array([c.faults for c in flat]), self.starts)
        self.is_best = np.array([c.faults for c in flat]) == least[self.list_of]

    def __call__(self, delta: Array) -> tuple[float, Array]:
        scores = -(self.base + self.matrix @ delta)
        scores = scores - np.maximum.reduceat(scores, self.starts)[self.list_of]
        mass = np.exp(scores)
        # A list whose best readings have all but vanished still pulls on them.
        mass_of_best = np.where(self.is_best, np.maximum(mass, 1e-300), 0.0)
        whole = np.add.reduceat(mass, self.starts)
        best = np.add.reduceat(mass_of_best, self.starts)
        pull = mass_of_best / best[self.list_of] - mass / whole[self.list_of]
        loss = float(np.sum(np.log(whole) - np.log(best)))
        return loss, np.asarray(self.matrix.T @ pull)
