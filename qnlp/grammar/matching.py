"""The cheapest choice of one type a word and of planar cups that leave a given type.

Every candidate type of every word is a path of wires between two word boundaries, and all of
them together are one lattice. An *item* is a pair of nodes between which some path reduces to
the empty type; items grow from the inside out (a cup around an item) and from left to right
(an item beside an item), and a *prefix* is a path from the start that has reduced to the first k
wires of the target. All are settled in order of cost, each at its least (Knuth's generalisation of
Dijkstra's method), so the search is complete, its first answer is optimal, and a settled item is
never revisited: O(m^2) items and O(m^3) steps for m wires in the lattice.

Costs are integers, so that sums do not depend on their order: lexical cost first, then the
distance in words that the cups span, and of equal derivations the one that is settled first.

Source: D. E. Knuth, "A generalization of Dijkstra's algorithm", Information Processing Letters
6(1), 1977, doi:10.1016/0020-0190(77)90002-3.
"""

from __future__ import annotations

from collections import defaultdict
from heapq import heappop, heappush
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qnlp.grammar.categories import Wire

__all__ = ["Budget", "Candidate", "Match", "match"]

LEXICAL_UNIT = 1 << 40
"""One unit of lexical cost outweighs every sum of distances: a sentence has fewer words."""


class Candidate(NamedTuple):
    """A type that a word may take, at a non-negative integer cost.

    Examples
    --------
    >>> Candidate((), 5).cost
    5
    """

    wires: tuple[Wire, ...]
    cost: int


class Match(NamedTuple):
    """A choice of types and cups.

    Attributes
    ----------
    choice : tuple of int
        The index of the candidate that each word takes.
    links : tuple of (int, int)
        Pairs of wire positions, i < j, counted over the chosen types; sorted.

    Examples
    --------
    >>> Match((0,), ()).links
    ()
    """

    choice: tuple[int, ...]
    links: tuple[tuple[int, int], ...]


class Budget(Exception):
    """The search took more steps than it was allowed.

    Examples
    --------
    >>> issubclass(Budget, Exception)
    True
    """


def match(
    words: Sequence[Sequence[Candidate]], target: tuple[Wire, ...], max_steps: int
) -> Match | None:
    """Choose a type for each word, and the cups, at the least cost.

    Parameters
    ----------
    words : sequence of sequences of Candidate
        Word by word what it may be. A cup never joins two wires of one word.
    target : tuple of Wire
        The wires to leave over, in order; none of them under a cup.
    max_steps : int
        Ways to reach a partial result that may be tried, whether or not they lead to one.

    Returns
    -------
    Match or None
        None where no choice of types and cups leaves `target`.

    Raises
    ------
    Budget
        After `max_steps` steps.

    Examples
    --------
    >>> from qnlp.grammar.categories import parse_wires
    >>> noun, verb = Candidate(parse_wires("n"), 0), Candidate(parse_wires("n.r s"), 0)
    >>> match([[noun], [noun, verb]], parse_wires("s"), 1000)
    Match(choice=(0, 1), links=((0, 1),))
    """
    if sum(len(wires) for candidates in words for wires, _ in candidates) > max_steps:
        raise Budget
    return _Search(_Lattice(words), target, max_steps).run()


class _Edge(NamedTuple):
    source: int
    sink: int
    wire: tuple[str, int]
    right: tuple[str, int]
    features: int
    word: int
    candidate: int
    offset: int
    cost: int


class _Lattice:
    """Nodes 0..n are the boundaries of n words; every other node lies inside one candidate."""

    def __init__(self, words: Sequence[Sequence[Candidate]]) -> None:
        self.words = words
        self.n_nodes = len(words) + 1
        self.into: defaultdict[int, list[_Edge]] = defaultdict(list)
        self.out_of: defaultdict[int, dict[tuple[str, int], list[_Edge]]] = defaultdict(dict)
        for word, candidates in enumerate(words):
            # Only the excess over a word's cheapest type, so that the search never settles what
            # costs more than the sentence at its best.
            least = min((candidate.cost for candidate in candidates), default=0)
            for index, candidate in enumerate(candidates):
                self._add(word, index, candidate, candidate.cost - least)

    def _add(self, word: int, index: int, candidate: Candidate, excess: int) -> None:
        last = len(candidate.wires) - 1
        source = word
        for offset, (atom, winding, features) in enumerate(candidate.wires):
            sink = word + 1 if offset == last else self.n_nodes
            self.n_nodes += offset != last
            cost = 0 if offset else excess * LEXICAL_UNIT
            wire, right = (atom, winding), (atom, winding + 1)
            edge = _Edge(source, sink, wire, right, features, word, index, offset, cost)
            self.out_of[source].setdefault(wire, []).append(edge)
            self.into[sink].append(edge)
            source = sink


# How an item or prefix came about: its own edges (two of a cup, one of the target) and its parts.
_Node = tuple[tuple[_Edge, ...], tuple["_Node", ...]]

_CUP, _SPAN, _PREFIX = range(3)


class _Search:
    def __init__(self, lattice: _Lattice, target: tuple[Wire, ...], max_steps: int) -> None:
        self.lattice = lattice
        self.target = target
        self.max_steps = max_steps
        self.steps = 0
        self.queue: list[tuple[int, int, int, int, int, _Node]] = []
        self.cheapest: dict[tuple[int, int, int], int] = {}
        self.settled: set[tuple[int, int, int]] = set()
        self.cups_from: defaultdict[int, list[tuple[int, int, _Node]]] = defaultdict(list)
        self.spans_to: defaultdict[int, list[tuple[int, int, _Node]]] = defaultdict(list)
        self.prefixes_at: defaultdict[int, list[tuple[int, int, _Node]]] = defaultdict(list)

    def run(self) -> Match | None:
        n_words = len(self.lattice.words)
        nothing: _Node = ((), ())
        self.push(0, _PREFIX, 0, 0, nothing)
        for node in range(1, n_words):
            self.wrap(0, node, node, ())
        goal = (_PREFIX, len(self.target), n_words)
        while self.queue:
            cost, _, kind, first, second, how = heappop(self.queue)
            if (kind, first, second) in self.settled:
                continue
            if (kind, first, second) == goal:
                return self.read_off(how)
            self.settled.add((kind, first, second))
            (self.settle_cup, self.settle_span, self.settle_prefix)[kind](cost, first, second, how)
        return None

    def spend(self, steps: int) -> None:
        self.steps += steps
        if self.steps > self.max_steps:
            raise Budget

    def push(self, cost: int, kind: int, first: int, second: int, node: _Node) -> None:
        self.spend(1)
        key = (kind, first, second)
        known = self.cheapest.get(key)
        if known is not None and known <= cost:
            return
        self.cheapest[key] = cost
        heappush(self.queue, (cost, self.steps, kind, first, second, node))

    def wrap(self, cost: int, start: int, end: int, inside: tuple[_Node, ...]) -> None:
        """Put a cup around what lies between two nodes."""
        starts, ends = self.lattice.out_of[end], self.lattice.into[start]
        self.spend(len(ends))
        for left in ends:
            for right in starts.get(left.right, ()):
                if left.features & right.features:
                    total = cost + left.cost + right.cost + right.word - left.word
                    self.push(total, _CUP, left.source, right.sink, ((left, right), inside))

    def settle_cup(self, cost: int, start: int, end: int, node: _Node) -> None:
        self.cups_from[start].append((end, cost, node))
        for before, other, left in self.spans_to[start]:
            self.push(other + cost, _SPAN, before, end, ((), (left, node)))
        for done, other, left in self.prefixes_at[start]:
            self.push(other + cost, _PREFIX, done, end, ((), (left, node)))
        if (_SPAN, start, end) not in self.settled:  # no span settled earlier is cheaper
            self.settled.add((_SPAN, start, end))
            self.settle_span(cost, start, end, node)

    def settle_span(self, cost: int, start: int, end: int, node: _Node) -> None:
        self.spans_to[end].append((start, cost, node))
        for after, other, right in self.cups_from[end]:
            self.push(cost + other, _SPAN, start, after, ((), (node, right)))
        self.wrap(cost, start, end, (node,))

    def settle_prefix(self, cost: int, done: int, end: int, node: _Node) -> None:
        self.prefixes_at[end].append((done, cost, node))
        for after, other, right in self.cups_from[end]:
            self.push(cost + other, _PREFIX, done, after, ((), (node, right)))
        if done == len(self.target):
            return
        wanted = self.target[done]
        for edge in self.lattice.out_of[end].get((wanted.atom, wanted.winding), ()):
            if edge.features & wanted.features:
                self.push(cost + edge.cost, _PREFIX, done + 1, edge.sink, ((edge,), (node,)))

    def read_off(self, root: _Node) -> Match:
        choice = [0] * len(self.lattice.words)
        cups: list[tuple[_Edge, ...]] = []
        todo = [root]
        while todo:
            edges, parts = todo.pop()
            todo.extend(parts)
            for edge in edges:
                choice[edge.word] = edge.candidate
            if len(edges) == 2:
                cups.append(edges)
        starts = [0]
        for candidates, index in zip(self.lattice.words, choice, strict=True):
            starts.append(starts[-1] + len(candidates[index].wires))
        links = sorted(
            (starts[left.word] + left.offset, starts[right.word] + right.offset)
            for left, right in cups
        )
        return Match(tuple(choice), tuple(links))
