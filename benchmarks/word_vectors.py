"""Vectors of words out of WordNet's glosses, and a list of valences: features made before training.

A word's row has the synsets that it names or glosses, and those next to these; its vector is that row's
projection on the leading singular vectors, of length 1. WordNet is Debian's package `wordnet-base`; a
list of valences has a word, a tab and a number a line, such as AFINN's (package `afinn`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np

DIMENSIONS = 100
_PARTS = ("noun", "verb", "adj", "adv")
_NEAR = {"@", "&", "\\", "+", "^", "*", ">"}  # hypernyms, similar and derived words, ...
_SEEN = 3  # synsets that a word is in to have a vector


def _synsets(folder: Path) -> list[tuple[str, list[str], list[str], list[str]]]:
    """Of each synset: its key, its words, the words of its gloss, keys of those next to it."""
    found = []
    for part in _PARTS:
        for line in (folder / f"data.{part}").read_text(encoding="utf8").splitlines():
            if line.startswith("  "):
                continue
            data, _, gloss = line.partition("|")
            field = data.split()
            n = int(field[3], 16)
            words = [w.split("(")[0].lower().replace("_", "-") for w in field[4 : 4 + 2 * n : 2]]
            begin = 5 + 2 * n
            pointers = [
                field[begin + 4 * k : begin + 4 * k + 4] for k in range(int(field[begin - 1]))
            ]
            near = [_key(p[2], p[1]) for p in pointers if p[0] in _NEAR]
            glossed = re.findall(r"[a-z][a-z'-]*", gloss.lower())
            found.append((_key(field[2], field[0]), words, glossed, near))
    return found


def _key(part: str, offset: str) -> str:
    return ("a" if part == "s" else part) + offset


def wordnet_vectors(folder: Path) -> dict[str, np.ndarray]:
    """A vector of length 1 for each word that WordNet says something of."""
    from scipy.sparse import coo_matrix, diags
    from sklearn.utils.extmath import randomized_svd

    synsets = _synsets(folder)
    words_of = {key: words for key, words, _, _ in synsets}
    number: dict[str, int] = {}
    rows, columns, counts = [], [], []
    for k, (_, words, glossed, near) in enumerate(synsets):
        others = [w for key in near for w in words_of.get(key, ())]
        for w, count in [*((w, 2.0) for w in words), *((w, 1.0) for w in glossed + others)]:
            rows.append(number.setdefault(w, len(number)))
            columns.append(k)
            counts.append(count)
    table = coo_matrix((counts, (rows, columns)), (len(number), len(synsets))).tocsr()
    n_synsets = np.diff(table.indptr)
    kept = np.flatnonzero(n_synsets >= _SEEN)
    table = table[kept]
    table.data = np.log1p(table.data)
    table = diags(np.log(len(synsets) / n_synsets[kept])) @ table
    table = diags(1 / np.sqrt(table.multiply(table).sum(1).A1)) @ table
    left, sizes, _ = randomized_svd(table, DIMENSIONS, n_iter=4, random_state=0)
    vectors = left * np.sqrt(sizes)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True) + 1e-9
    names = list(number)
    return {names[k]: v for k, v in zip(kept, vectors, strict=True)}


def valences(path: Path) -> dict[str, float]:
    """The numbers of a list of words."""
    lines = (line.split("\t") for line in path.read_text(encoding="utf8").splitlines() if line)
    return {word: float(value) for word, value in lines}


def joined(
    words: Iterable[str],
    vectors: dict[str, np.ndarray],
    valence: dict[str, float] | None,
    scale: float = 0.5,
) -> dict[str, np.ndarray]:
    """For each word its vector and, `scale` times, its valence; words with neither are left out."""
    found = {}
    for word in words:
        made = vectors.get(word.lower(), np.zeros(DIMENSIONS))
        if valence is not None:
            made = np.append(made, scale * valence.get(word.lower(), 0.0))
        if made.any():
            found[word] = made
    return found
