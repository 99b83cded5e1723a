"""Two small sets of sentences, made from word lists and patterns of our own by a seed.

Draws come from a bit generator's raw 64-bit numbers, whose streams NumPy keeps (NEP 19), and
order a sorted list: the same seed gives the same sentences on every platform and version.
"""

from __future__ import annotations

import operator
from itertools import product
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from qnlp.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Example = tuple[str, str]  # sentence, label
    Group = list[Example]  # examples that stay in one split

__all__ = ["SETS", "SPLITS", "generate"]

T = TypeVar("T")

SPLITS = {"train": 0.6, "dev": 0.2, "test": 0.2}
"""Shares of the splits."""

_PEOPLE = ["woman", "man", "girl", "boy", "student", "teacher", "neighbour", "friend"]
_PERSON_ADJECTIVES = ["skilful", "clever", "young", "busy", "patient"]
_SHARED_VERBS = ["prepares", "makes"]
_TOPICS = {
    "food": (
        ["bakes", "cooks", "tastes", "serves", "fries"],
        ["soup", "bread", "cake", "stew", "pasta", "sauce", "salad", "curry", "breakfast"],
        ["tasty", "fresh", "spicy", "sweet", "delicious"],
    ),
    "it": (
        ["debugs", "installs", "compiles", "upgrades", "writes"],
        [
            "program",
            "software",
            "code",
            "script",
            "database",
            "website",
            "application",
            "algorithm",
            "server",
        ],
        ["fast", "secure", "modern", "efficient", "useful"],
    ),
}

_ANIMALS = ["dog", "cat", "horse", "rabbit", "parrot"]
_VEHICLES = ["train", "bus", "boat", "helicopter"]
_PLACES = ["castle", "museum", "village", "island"]
_WORKERS = ["doctor", "farmer", "pilot", "artist", "engineer", "child"]
_RELATIONS = (
    (_WORKERS, "helps", _ANIMALS + _PEOPLE[:4]),
    (_WORKERS, "feeds", _ANIMALS),
    (_WORKERS, "repairs", _VEHICLES),
    (_WORKERS, "visits", _PLACES),
    (_WORKERS, "paints", _PLACES + _ANIMALS),
    (_ANIMALS, "follows", _WORKERS),
    (_ANIMALS, "finds", _PEOPLE[:4]),
    (_VEHICLES, "carries", _WORKERS + _ANIMALS),
    (_VEHICLES, "reaches", _PLACES),
    (_PLACES, "attracts", _WORKERS),
)


def generate(
    name: str, seed: int | np.random.Generator, size: int | None
) -> dict[str, list[Example]]:
    """Every split of a set: disjoint, without duplicates, with equally many of each label."""
    if name not in SETS:
        message = f"dataset has {name!r}, expected one of {sorted(SETS)}"
        raise DataError(message)
    make, default = SETS[name]
    size = default if size is None else size
    if size < 10:
        message = f"size has {size}, expected at least 10"
        raise DataError(message)
    if isinstance(seed, np.random.Generator):
        return make(seed.bit_generator, size)
    return make(np.random.PCG64(operator.index(seed)), size)


def _food_it(bits: np.random.BitGenerator, size: int) -> dict[str, list[Example]]:
    """Noun verb noun, noun verb adjective noun, adjective noun verb noun; the label is the topic."""
    groups: list[list[Group]] = []
    for topic, (own_verbs, nouns, adjectives) in _TOPICS.items():
        verbs = own_verbs + _SHARED_VERBS
        patterns = [
            product(_PEOPLE, verbs, nouns),
            product(_PEOPLE, verbs, adjectives, nouns),
            product(_PERSON_ADJECTIVES, _PEOPLE, verbs, nouns),
        ]
        shuffled = [
            _shuffled([[(" ".join(words), topic)] for words in pattern], bits)
            for pattern in patterns
        ]
        mixed = [group for groups in zip(*shuffled, strict=False) for group in groups]
        groups.append(mixed)
    return _split(groups, size, bits)


def _relative_clauses(bits: np.random.BitGenerator, size: int) -> dict[str, list[Example]]:
    """Both readings of one fact stay together, so that only the order of words tells the label."""
    groups = [
        [
            (f"{agent} that {verb} {patient}", "subject"),
            (f"{patient} that {agent} {verb}", "object"),
        ]
        for agents, verb, patients in _RELATIONS
        for agent in agents
        for patient in patients
    ]
    return _split([_shuffled(groups, bits)], size, bits)


def _split(
    strata: Sequence[Sequence[Group]], size: int, bits: np.random.BitGenerator
) -> dict[str, list[Example]]:
    """Cut each stratum in the shares of the splits; groups with new words go to train first."""
    splits: dict[str, list[Example]] = {split: [] for split in SPLITS}
    for groups in strata:
        wanted = size // (len(strata) * len(groups[0]))
        if wanted > len(groups):
            most = len(groups) * len(strata) * len(groups[0])
            message = f"size has {size}, expected at most {most}"
            raise DataError(message)
        ordered = _new_words_first(groups[:wanted])
        start, share = 0, 0.0
        for split in splits:
            share += SPLITS[split]
            end = round(share * wanted)
            splits[split] += [example for group in ordered[start:end] for example in group]
            start = end
    return {split: _shuffled(examples, bits) for split, examples in splits.items()}


def _new_words_first(groups: Sequence[Group]) -> list[Group]:
    seen: set[str] = set()
    first: list[Group] = []
    rest: list[Group] = []
    for group in groups:
        words = {word for sentence, _ in group for word in sentence.split()}
        (rest if words <= seen else first).append(group)
        seen |= words
    return first + rest


def _shuffled(items: list[T], bits: np.random.BitGenerator) -> list[T]:
    keys = bits.random_raw(len(items))
    return [items[i] for i in np.argsort(keys, kind="stable")]


SETS: dict[str, tuple[Callable[[np.random.BitGenerator, int], dict[str, list[Example]]], int]] = {
    "food-it": (_food_it, 200),
    "relative-clauses": (_relative_clauses, 160),
}
"""Each set's generator and its default size."""
