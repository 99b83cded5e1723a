"""Random numbers by their place: the k-th of a seed, without any before it.

SplitMix64 as a function of the counter, bit for bit that of the compiled core. Steele, Lea and
Flood, doi:10.1145/2660193.2660195.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from symnum.errors import DomainError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Seeds = NDArray[np.uint64]

T = TypeVar("T")

MAX_SEED = 2**64 - 1
_GOLDEN = 0x9E3779B97F4A7C15
_FIRST, _SECOND = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB


def check_seed(seed: int) -> None:
    """Refuse what is no seed. Raises DomainError."""
    if not 0 <= seed <= MAX_SEED:
        message = f"seed is {seed}, expected 0 to {MAX_SEED}"
        raise DomainError(message)


def _mixed(z: Any) -> Any:
    """Of arrays of uint64, which wrap around."""
    z = (z ^ (z >> np.uint64(30))) * np.uint64(_FIRST)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(_SECOND)
    return z ^ (z >> np.uint64(31))


def bits(seeds: Seeds, counters: Seeds) -> Seeds:
    """64 random bits for each seed and counter, which broadcast."""
    golden = np.uint64(_GOLDEN)
    one = np.uint64(1)
    start = _mixed(np.asarray(seeds, np.uint64) + golden)
    values: Seeds = _mixed(start + (np.asarray(counters, np.uint64) + one) * golden)
    return values


def units(seeds: Seeds, counters: Seeds) -> NDArray[np.float64]:
    """The same as numbers in [0, 1), all 53 bits random."""
    return (bits(seeds, counters) >> np.uint64(11)).astype(np.float64) * 2.0**-53


def item_seeds(seed: int, items: NDArray[np.int64]) -> Seeds:
    """The seed of each item."""
    return bits(np.array([seed], np.uint64), items.astype(np.uint64))


def normals(seeds: Seeds, n: int) -> NDArray[np.float64]:
    """The first `n` normal numbers of each seed, by Box and Muller: shape (n_seeds, n)."""
    pairs = (n + 1) // 2
    counters = np.arange(2 * pairs, dtype=np.uint64)
    drawn = units(seeds[:, np.newaxis], counters)
    radius = np.sqrt(-2.0 * np.log1p(-drawn[:, :pairs]))
    angle = 2.0 * np.pi * drawn[:, pairs:]
    return np.concatenate([radius * np.cos(angle), radius * np.sin(angle)], axis=1)[:, :n]


class Draws:
    """Random numbers of one seed, one after another.

    Parameters
    ----------
    seed : int
    """

    _BLOCK = 256

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._next = 0
        self._drawn: list[float] = []

    @classmethod
    def of_item(cls, seed: int, item: int) -> Draws:
        """Those of an item of a corpus."""
        return cls(int(item_seeds(seed, np.array([item]))[0]))

    def unit(self) -> float:
        """In [0, 1)."""
        if self._next % self._BLOCK == 0:
            counters = np.arange(self._next, self._next + self._BLOCK, dtype=np.uint64)
            self._drawn = units(np.array([self.seed], np.uint64), counters).tolist()
        value = self._drawn[self._next % self._BLOCK]
        self._next += 1
        return value

    def coin(self, probability: float = 0.5) -> bool:
        """True with that probability."""
        return self.unit() < probability

    def below(self, n: int) -> int:
        """0 to n - 1."""
        return int(self.unit() * n)

    def between(self, low: float, high: float) -> float:
        """Uniform."""
        return low + (high - low) * self.unit()

    def one_of(self, choices: Sequence[T], weights: Sequence[float] | None = None) -> T:
        """One of them, all alike or with probability in proportion to its weight."""
        if weights is None:
            return choices[self.below(len(choices))]
        rest = self.unit() * sum(weights)
        for choice, weight in zip(choices, weights, strict=True):
            rest -= weight
            if rest < 0.0:
                return choice
        return choices[-1]

    def some_of(self, choices: Sequence[T], n: int) -> list[T]:
        """Different ones, in random order."""
        left = list(choices)
        return [left.pop(self.below(len(left))) for _ in range(n)]

    def number(self, low: float, high: float) -> float:
        """Three significant digits, its logarithm uniform, of either sign."""
        size = 10.0 ** self.between(np.log10(low), np.log10(high))
        value = float(f"{size:.3g}")
        return value if self.coin() else -value
