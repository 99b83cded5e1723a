"""Items of different sizes in flat arrays: the pieces of one item lie together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from symnum.errors import DomainError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Index = NDArray[np.int64]


def starts(ends: NDArray[Any]) -> Index:
    """Where each item begins, and where the last one ends."""
    return np.concatenate([[0], ends]).astype(np.int64)


class Ragged:
    """Arrays of items.

    Parameters
    ----------
    arrays : dict of str to ndarray
        An array has one value an item, or is cut in pieces.
    options : Any
        What the items were drawn with.
    """

    # Which arrays are cut at which ends. A subclass may cut others by a rule, in `_cuts`.
    ENDS: ClassVar[dict[str, tuple[str, ...]]] = {}

    def __init__(self, arrays: dict[str, NDArray[Any]], options: Any) -> None:
        self.arrays, self.options = arrays, options
        self._starts = self._cuts()

    def _cuts(self) -> dict[str, Index]:
        """The starts of the pieces of each array that is cut."""
        found: dict[str, Index] = {}
        for ends, names in self.ENDS.items():
            cut = starts(self.arrays[ends])
            found |= dict.fromkeys(names, cut)
        return found

    def __len__(self) -> int:
        return len(self.arrays["item"])

    def _index(self, index: int) -> int:
        if not -len(self) <= index < len(self):
            message = f"index {index} is out of range for {len(self)} items"
            raise IndexError(message)
        return index % len(self)

    def _piece(self, name: str, index: int) -> NDArray[Any]:
        cut = self._starts[name]
        return self.arrays[name][cut[index] : cut[index + 1]]

    def _text(self, name: str, index: int) -> str:
        return self._piece(name, index).tobytes().decode()

    def take(self, index: Index) -> Self:
        """The items of these indices.

        Parameters
        ----------
        index : ndarray of int64

        Returns
        -------
        Same class
            A copy; itself where all are taken.
        """
        arrays = {}
        if len(index) == len(self) and np.array_equal(index, np.arange(len(self))):
            return self
        places = {id(cut): _places(cut, index) for cut in self._starts.values()}
        for name, values in self.arrays.items():
            if name in self.ENDS:
                arrays[name] = np.cumsum(np.diff(starts(values))[index])
            elif name in self._starts:
                arrays[name] = values[places[id(self._starts[name])]]
            else:
                arrays[name] = values[index]
        return type(self)(arrays, self.options)

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """All items of the parts, in their order.

        Parameters
        ----------
        parts : sequence of the same class

        Returns
        -------
        Same class
        """
        if not parts:
            message = "parts has 0 corpora, expected at least 1"
            raise DomainError(message)
        if len(parts) == 1:
            return parts[0]
        arrays = {}
        for name in parts[0].arrays:
            pieces = [part.arrays[name] for part in parts]
            if name in cls.ENDS:
                pieces = [np.diff(starts(piece)) for piece in pieces]
                arrays[name] = np.cumsum(np.concatenate(pieces))
            else:
                arrays[name] = np.concatenate(pieces)
        return cls(arrays, parts[0].options)


class Timed(Ragged):
    """Items with states at the times of the options."""

    @property
    def times(self) -> NDArray[np.float64]:
        """The times of all values, shape (n_times,)."""
        times: NDArray[np.float64] = self.options.times
        return times

    def values(self, index: int) -> NDArray[np.float32]:
        """States at `times`.

        Parameters
        ----------
        index : int

        Returns
        -------
        ndarray of float32, shape (n_times, n_states)
            A view.

        Raises
        ------
        IndexError
        """
        return self._piece("values", self._index(index)).reshape(len(self.times), -1)


def _places(cut: Index, index: Index) -> Index:
    """Where the values of these items lie, one item after another."""
    sizes = np.diff(cut)[index]
    shift = cut[:-1][index] - np.cumsum(sizes) + sizes
    return np.repeat(shift, sizes) + np.arange(sizes.sum())


def as_bytes(texts: Sequence[str]) -> tuple[NDArray[np.uint8], Index]:
    """Texts one after another in UTF-8, and where each ends."""
    encoded = [text.encode() for text in texts]
    ends = np.cumsum([len(part) for part in encoded], dtype=np.int64)
    return np.frombuffer(b"".join(encoded), np.uint8).copy(), ends
