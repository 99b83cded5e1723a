"""Items of one corpus in their order, and its folder on disk: the same for every kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import numpy as np

from symnum._generate import shards
from symnum._generate.draws import check_seed
from symnum.errors import DomainError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from symnum._generate.problems import Exclusion
    from symnum._generate.ragged import Ragged
    from symnum.expression import Expression

_LONGEST_GAP = 16  # chunks without a new item before a corpus is called exhausted


Drawn_co = TypeVar("Drawn_co", covariant=True)


class Options(Protocol[Drawn_co]):
    """What a kind of corpus is: how its items are drawn, and what they may not be."""

    @property
    def kind(self) -> str:
        """Its name in manifests."""

    @property
    def chunk(self) -> int:
        """Items drawn together: no result depends on it."""

    @property
    def spare(self) -> float:
        """Share of items drawn beyond those that are missing, as some are not kept."""

    def settings(self) -> dict[str, Any]:
        """All that the items depend on beside the seed, for the manifest."""

    def draw(self, seed: int, first: int, n: int) -> Drawn_co:
        """Those of the items `first` to `first + n - 1` that exist, each from its own seed.

        Their arrays hold ``item``, and ``key`` where no two items may have the same.
        """

    def exclusion(self, formulas: Iterable[Expression]) -> Exclusion:
        """What may not occur."""

    def is_excluded(self, items: Any, excluded: Exclusion) -> NDArray[np.bool_]:
        """Which of the drawn ones may not occur."""


class Source:
    """New items of a seed, in their order."""

    def __init__(
        self,
        options: Options[Any],
        seed: int,
        exclude: Iterable[Expression] = (),
        n_workers: int = 1,
    ) -> None:
        check_seed(seed)
        if n_workers < 1:
            message = f"n_workers is {n_workers}, expected at least 1"
            raise DomainError(message)
        self.seed, self.options, self.n_workers = seed, options, n_workers
        self.excluded = options.exclusion(exclude)
        self.known: set[int] = set()
        self.next_item = self.n_duplicates = self.n_excluded = 0

    def draw(self, n: int) -> Any:
        """The next `n` that are neither excluded nor known."""
        parts: list[Ragged] = []
        missing, gap = n, 0
        while missing > 0:
            for drawn, end in self._ahead(missing):
                new = self._new(drawn, missing, end)
                missing -= len(new)
                gap = 0 if len(new) else gap + 1
                parts.append(drawn.take(new))
                if missing == 0:
                    break
            if gap >= _LONGEST_GAP:
                message = (
                    f"no item of {gap} chunks in a row is new after {n - missing}: allow more in"
                    " the options, or ask for fewer items"
                )
                raise DomainError(message)
        return type(parts[0]).joined(parts)

    def _ahead(self, missing: int) -> list[tuple[Ragged, int]]:
        """The next chunks, each by a worker, and the item after each."""
        size = min(self.options.chunk, missing + int(self.options.spare * (missing + 16)))
        firsts = [self.next_item + k * size for k in range(self.n_workers)]
        if self.n_workers == 1:
            drawn = [self.options.draw(self.seed, firsts[0], size)]
        else:
            from joblib import Parallel, delayed  # type: ignore[import-untyped]

            run = delayed(self.options.draw)
            drawn = Parallel(self.n_workers)(run(self.seed, first, size) for first in firsts)
        return [(part, first + size) for part, first in zip(drawn, firsts, strict=True)]

    def _new(self, drawn: Ragged, limit: int, end: int) -> NDArray[np.int64]:
        """Indices of those to keep; goes on after the last of them, or after the chunk."""
        refused = self.options.is_excluded(drawn, self.excluded)
        keys = drawn.arrays.get("key", drawn.arrays["item"]).tolist()
        items = drawn.arrays["item"].tolist()
        found: list[int] = []
        for k, key in enumerate(keys):
            if len(found) == limit:
                break
            self.next_item = items[k] + 1
            if refused[k]:
                self.n_excluded += 1
            elif key in self.known:
                self.n_duplicates += 1
            else:
                if "key" in drawn.arrays:
                    self.known.add(key)
                found.append(k)
        if len(found) < limit:
            self.next_item = end
        return np.array(found, np.int64)


def write(
    folder: Path,
    source: Source,
    n: int,
    shard_size: int,
    on_shard: Callable[[int], object],
) -> None:
    """Write shards until there are `n` items; goes on after those that are there."""
    settings = {
        "kind": source.options.kind,
        "n": n,
        "seed": source.seed,
        "shard_size": shard_size,
        "n_excluded_formulas": source.excluded.n_formulas,
        "excluded_sha256": source.excluded.digest,
        **source.options.settings(),
    }
    target = shards.Folder(folder, settings)
    done = 0
    for entry in target.manifest["shards"]:
        arrays = shards.read_shard(folder, entry)
        source.known.update(arrays.get("key", np.empty(0, np.uint64)).tolist())
        source.next_item, done = entry["next_item"], done + entry["n"]
    while done < n:
        corpus = source.draw(min(shard_size, n - done))
        counts = (source.n_duplicates, source.n_excluded)
        source.n_duplicates = source.n_excluded = 0
        target.add(
            corpus.arrays,
            len(corpus),
            next_item=source.next_item,
            n_duplicates=counts[0],
            n_excluded=counts[1],
        )
        done += len(corpus)
        on_shard(done)


def check_counts(**counts: int) -> None:
    """Refuse numbers below 1. Raises DomainError."""
    for name, value in counts.items():
        if value < 1:
            message = f"{name} is {value}, expected at least 1"
            raise DomainError(message)


def check_ranges(values: dict[str, Any], ranges: Sequence[tuple[str, float, float]]) -> None:
    """Refuse options out of range or NaN. Raises DomainError."""
    for name, low, high in ranges:
        if not low <= values[name] <= high:
            message = f"{name} is {values[name]}, expected {low:g} to {high:g}"
            raise DomainError(message)
