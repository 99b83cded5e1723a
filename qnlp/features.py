"""Parameters of words out of what is known of them: who they are, how they are spelled, vectors.

A word's angles are a linear function of trained weights, the same for all words, so that words of
like spelling have like meanings and a word that training never saw has angles all the same.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from zlib import crc32

import numpy as np

from qnlp.errors import DomainError, ShapeError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray
    from scipy.sparse import csr_matrix  # type: ignore[import-untyped,unused-ignore]

    from qnlp.ansatz import WordAnsatz
    from qnlp.diagram import Box
    from qnlp.vocabulary import Vocabulary

__all__ = ["FeatureMap", "WordFeatures"]

_MIX = 0x9E3779B1  # odd, so that it keeps different hashes different


@dataclass(frozen=True)
class WordFeatures:
    """Which features of a word its parameters are made of, and how much each counts.

    A parameter of a word is ``neutral + rate * sum(scale * weight)`` turns over the word's features:
    itself, itself with its type, the n-grams of its spelling ``<word>``, the type alone, and the
    entries of its vector. Words, n-grams and vectors count by their inverse document frequency, a word
    that training did not see as the rarest. A feature is known by a 32-bit hash; those that training did not see count nothing.

    Parameters
    ----------
    ngrams : (int, int), default (3, 6)
        Shortest and longest n-gram of the spelling.
    word, spelling, typed, shape, vector : float
        Scales of the five kinds of features; one of 0 is left out. Parameters that do the same in
        words of every type (`Ansatz.slots`) have `word` and `spelling` in common over all types and
        `typed` for the word with its type; any other parameter has `shape` for the type, and
        `typed` times `word`, `spelling` and `vector`.
    rate : float, default 0.1
        Turns that a weight of 1 moves a parameter by.
    vectors : mapping of str to array_like, optional
        A vector a word, all of one length, such as pre-trained embeddings; a word without one has
        zeros.

    Notes
    -----
    Hashing: Weinberger et al., "Feature Hashing for Large Scale Multitask Learning",
    arXiv:0902.2206. Spelling: Bojanowski et al., "Enriching Word Vectors with Subword Information",
    arXiv:1607.04606.

    Examples
    --------
    >>> from qnlp import CopyAnsatz, SentenceClassifier, WordFeatures
    >>> copy = CopyAnsatz({"s": 1})
    >>> model = SentenceClassifier("spiders", copy, features=WordFeatures(), l2=1e-4)
    >>> model = model.fit(["good cake", "bad cake", "good soup", "bad soup"], [1, 0, 1, 0])
    >>> model.predict(["badly dinner", "goodness"]).tolist()
    [0, 1]
    """

    ngrams: tuple[int, int] = (3, 6)
    word: float = 1.0
    spelling: float = 2.0
    typed: float = 0.15
    shape: float = 0.15
    vector: float = 1.0
    rate: float = 0.1
    vectors: Mapping[str, ArrayLike] | None = None

    def __post_init__(self) -> None:
        low, high = self.ngrams
        if not 1 <= low <= high:
            message = f"ngrams has {self.ngrams}, expected two numbers from 1 in order"
            raise DomainError(message)
        for name in ("word", "spelling", "typed", "shape", "vector", "rate"):
            value = getattr(self, name)
            if not (np.isfinite(value) and value >= 0):
                message = f"{name} has {value!r}, expected a finite number of 0 or more"
                raise DomainError(message)
        lengths = {np.shape(v) for v in (self.vectors or {}).values()}
        if len(lengths) > 1 or any(len(shape) != 1 for shape in lengths):
            message = f"vectors have shapes {sorted(lengths)}, expected one length for all"
            raise ShapeError(message)

    def config(self) -> dict[str, Any]:
        """Everything but the vectors, as JSON-able data."""
        names = ("word", "spelling", "typed", "shape", "vector", "rate")
        return {"ngrams": list(self.ngrams), **{name: getattr(self, name) for name in names}}

    def fit(
        self,
        words: Sequence[Iterable[str]],
        vocabulary: Vocabulary,
        ansatz: WordAnsatz,
        seed: int = 0,
    ) -> FeatureMap:
        """Count in how many sentences each word and n-gram is, and number the features.

        Parameters
        ----------
        words : sequence of iterable of str
            The words of each sentence.
        vocabulary : Vocabulary
            All that training sees.
        ansatz : Ansatz or TensorAnsatz
        seed : int
            Of the angles where the ansatz has no neutral ones.

        Returns
        -------
        FeatureMap
        """
        counts = Counter(w for sentence in words for w in set(sentence))
        own = [self.hashes(word) for word in counts]
        times = np.repeat(np.fromiter(counts.values(), np.float64), [len(h) for h in own])
        flat = np.concatenate(own) if own else np.zeros(0, np.int64)
        spellings, places = np.unique(flat, return_inverse=True)
        frequency = np.bincount(places, times, len(spellings)).astype(np.float64)
        found = FeatureMap(self, spellings, frequency, np.zeros(0, np.int64), len(words), seed)
        found.keys = np.unique(found.rows(vocabulary, ansatz)[2])
        return found

    def hashes(self, word: str) -> NDArray[np.int64]:
        """A number of the word itself, then of its n-grams, each once."""
        framed, (low, high) = f"<{word}>", self.ngrams
        grams = {
            framed[k : k + n]
            for n in range(low, min(high, len(framed) - 1) + 1)
            for k in range(len(framed) - n + 1)
        }
        names = [f"word {word}", *sorted(grams)]
        return np.array([crc32(name.encode("utf-8", "surrogatepass")) for name in names], np.int64)


@dataclass
class FeatureMap:
    """Features that training saw: from weights to angles, for any vocabulary.

    Attributes
    ----------
    spellings : ndarray of int64
        Hashes of the words and n-grams of training, in order.
    frequency : ndarray of float64
        In how many sentences each of those is.
    keys : ndarray of int64
        Hashes of the features, in order; a weight each.
    n_sentences, seed : int
    """

    features: WordFeatures
    spellings: NDArray[np.int64]
    frequency: NDArray[np.float64]
    keys: NDArray[np.int64]
    n_sentences: int
    seed: int = 0
    _hashes: dict[str, tuple[NDArray[np.int64], NDArray[np.float64]]] = field(
        default_factory=dict, repr=False
    )

    @property
    def n_weights(self) -> int:
        """One a feature."""
        return len(self.keys)

    def matrix(
        self, vocabulary: Vocabulary, ansatz: WordAnsatz
    ) -> tuple[NDArray[np.float64], csr_matrix]:
        """Offsets in turns, shape (n_parameters,), and the matrix (n_parameters, n_weights).

        Examples
        --------
        >>> from qnlp import CopyAnsatz, Ty, Vocabulary, Word, WordFeatures
        >>> ansatz = CopyAnsatz({"n": 1})
        >>> words = Vocabulary(ansatz, [Word(name, Ty("n")) for name in ("good", "bad")])
        >>> offset, matrix = WordFeatures().fit([["good"], ["bad"]], words, ansatz).matrix(words, ansatz)
        >>> offset, matrix.shape, matrix.nnz
        (array([0.25, 0.25]), (2, 18), 18)
        """
        from scipy.sparse import csr_matrix

        offset, lengths, hashes, scales = self.rows(vocabulary, ansatz)
        places = np.searchsorted(self.keys, hashes)
        places = np.minimum(places, max(0, self.n_weights - 1))
        known = self.keys[places] == hashes if self.n_weights else np.zeros(len(hashes), bool)
        begin = np.concatenate([[0], np.cumsum(known)])[np.concatenate([[0], np.cumsum(lengths)])]
        matrix = csr_matrix(
            (scales[known], places[known], begin), shape=(len(vocabulary), self.n_weights)
        )
        matrix.sum_duplicates()
        return offset, matrix

    def rows(
        self, vocabulary: Vocabulary, ansatz: WordAnsatz
    ) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        """Offsets of parameters, their numbers of features; those features' hashes and scales."""
        offset: list[float] = []
        hashes: list[NDArray[np.int64]] = []
        scales: list[NDArray[np.float64]] = []
        for box in vocabulary.boxes:
            slots = ansatz.slots(box)
            neutral = ansatz.neutral(box)
            offset += self._random(slots) if neutral is None else neutral
            for slot in slots:
                own, scale = self._row(box, slot)
                hashes.append(own)
                scales.append(scale)
        lengths = np.array([len(own) for own in hashes], np.int64)
        flat = [np.concatenate(x) if x else np.zeros(0, np.int64) for x in (hashes, scales)]
        return np.array(offset), lengths, flat[0].astype(np.int64), flat[1].astype(np.float64)

    def _random(self, slots: Sequence[str]) -> list[float]:
        """Angles of a type, by its name: a type that training did not see has some, too."""
        keys = [crc32(slot.encode()) for slot in slots]
        return [float(np.random.default_rng([self.seed, key]).random()) for key in keys]

    def _row(self, box: Box, slot: str) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Features of one parameter: their hashes, and their scales in turns."""
        f = self.features
        own, scale = self._word(box.name)
        is_shared = "/" not in slot
        key = crc32(slot.encode())
        typed = crc32(
            f"{box.name} : {box.dom} -> {box.cod} {slot}".encode("utf-8", "surrogatepass")
        )
        extra = [(typed, f.typed)] if is_shared else [(key, f.shape)]
        factor = 1.0 if is_shared else f.typed
        numbers = np.concatenate([(own * _MIX) ^ key, [h for h, _ in extra]])
        values = f.rate * np.concatenate([factor * scale, [v for _, v in extra]])
        kept = values != 0
        return numbers[kept] & 0xFFFFFFFF, values[kept]

    def _word(self, word: str) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        if word not in self._hashes:
            f = self.features
            own = f.hashes(word)
            n = 1 + np.log1p(self.n_sentences)
            seen = self._frequency(own)
            scale = (n - np.log1p(seen)) / n * (seen > 0)
            rarity = (n - np.log1p(seen[0])) / n
            scale[0] *= f.word
            scale[1:] *= f.spelling / np.sqrt(max(1, len(own) - 1))
            if f.vectors and word in f.vectors:
                vector = np.asarray(f.vectors[word], np.float64)
                names = [crc32(f"vector {k}".encode()) for k in range(len(vector))]
                own = np.concatenate([own, np.array(names, np.int64)])
                scale = np.concatenate([scale, f.vector * rarity * vector])
            self._hashes[word] = own, scale
        return self._hashes[word]

    def _frequency(self, hashes: NDArray[np.int64]) -> NDArray[np.float64]:
        if not len(self.spellings):
            return np.zeros(len(hashes))
        places = np.minimum(np.searchsorted(self.spellings, hashes), len(self.spellings) - 1)
        return np.where(self.spellings[places] == hashes, self.frequency[places], 0.0)
