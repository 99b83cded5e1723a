"""Dependency trees: words, the word that each hangs on, and how trees are made projective.

Labels are those of ClearNLP, as spaCy's English models give them; tags are the Penn Treebank's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from qnlp.errors import GrammarError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Arc", "DependencyTree"]


class Arc(NamedTuple):
    """A token of a dependency tree: its word, its head's place (its own for a root), label and tag."""

    word: str
    head: int
    label: str
    tag: str


class DependencyTree:
    """Arcs, and what hangs on each token on its left and right, in order.

    Parameters
    ----------
    arcs : sequence of Arc
        Where the tree is not projective, a word is lifted to its head's head until it is; further
        roots hang on the first.

    Raises
    ------
    GrammarError
        If the heads are no tree.

    Examples
    --------
    >>> arcs = [Arc("Dogs", 1, "nsubj", "NNS"), Arc("bark", 1, "ROOT", "VBP")]
    >>> DependencyTree(arcs).left
    [[], [0]]
    """

    def __init__(self, arcs: Sequence[Arc]) -> None:
        n = len(arcs)
        heads = [arc.head for arc in arcs]
        roots = [k for k in range(n) if heads[k] == k]
        if not roots or any(not 0 <= h < n for h in heads):
            message = "heads of a dependency tree have no root, or one outside of the sentence"
            raise GrammarError(message)
        self.arcs = list(arcs)
        self.root = roots[0]
        for other in roots[1:]:
            heads[other] = self.root
        _check_acyclic(heads, self.root)
        _lift(heads, self.root)
        self.left: list[list[int]] = [[] for _ in arcs]
        self.right: list[list[int]] = [[] for _ in arcs]
        for k, head in enumerate(heads):
            if k != head:
                (self.left if k < head else self.right)[head].append(k)
        depth = _depths(heads, self.root)
        self._begin, self._end = list(range(n)), list(range(1, n + 1))
        for k in sorted(range(n), key=lambda t: -depth[t]):
            head = heads[k]
            self._begin[head] = min(self._begin[head], self._begin[k])
            self._end[head] = max(self._end[head], self._end[k])

    def span(self, token: int) -> tuple[int, int]:
        """Where what hangs on a token begins and ends.

        Examples
        --------
        >>> arcs = [Arc("Dogs", 1, "nsubj", "NNS"), Arc("bark", 1, "ROOT", "VBP")]
        >>> DependencyTree(arcs).span(1)
        (0, 2)
        """
        return self._begin[token], self._end[token]

    def children(self, token: int) -> list[int]:
        """What hangs on a token, from left to right.

        Examples
        --------
        >>> arcs = [Arc("Dogs", 1, "nsubj", "NNS"), Arc("bark", 1, "ROOT", "VBP")]
        >>> DependencyTree(arcs).children(1)
        [0]
        """
        return [*self.left[token], *self.right[token]]


def _check_acyclic(heads: list[int], root: int) -> None:
    state = [0] * len(heads)
    state[root] = 2
    for start in range(len(heads)):
        path = []
        token = start
        while state[token] == 0:
            state[token] = 1
            path.append(token)
            token = heads[token]
        if state[token] == 1:
            message = f"heads of a dependency tree go in a circle at token {token}"
            raise GrammarError(message)
        for k in path:
            state[k] = 2


def _lift(heads: list[int], root: int) -> None:
    """Make the tree projective: an arc that goes round a token outside of it is lifted."""
    n = len(heads)
    while True:
        depth = _depths(heads, root)
        for k in sorted(range(n), key=lambda t: abs(t - heads[t])):
            low, high = sorted((k, heads[k]))
            if any(not _is_below(heads, depth, t, heads[k]) for t in range(low + 1, high)):
                heads[k] = heads[heads[k]]
                break
        else:
            return


def _depths(heads: list[int], root: int) -> list[int]:
    depth = [-1] * len(heads)
    depth[root] = 0
    for start in range(len(heads)):
        path = []
        token = start
        while depth[token] < 0:
            path.append(token)
            token = heads[token]
        for k in reversed(path):
            depth[k] = depth[heads[k]] + 1
    return depth


def _is_below(heads: list[int], depth: list[int], token: int, head: int) -> bool:
    while depth[token] > depth[head]:
        token = heads[token]
    return token == head
