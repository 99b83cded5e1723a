"""Patterns in diagrams, and rewriting by double pushout."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qnlp._core import diagram as core
from qnlp.diagram import Diagram
from qnlp.errors import DiagramError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qnlp.ty import Ty

__all__ = ["Match", "Rule", "find_matches"]


@dataclass(frozen=True)
class Match:
    """Where a pattern occurs in a diagram."""

    diagram: Diagram
    pattern: Diagram
    layers: tuple[int, ...]
    """The diagram's layer of each box of the pattern, the pattern's swaps and snakes left out."""

    def replace(self, by: Diagram) -> Diagram:
        """The diagram with another of the pattern's type in place of the match.

        Wires are swapped where they have to cross. Snakes are pulled straight.

        Raises
        ------
        DiagramError
            If `by` has another type than the pattern.
        """
        made = core.replace(self.pattern._core, self.diagram._core, self.layers, by._core)
        return Diagram._wrap(made)


def find_matches(diagram: Diagram, pattern: Diagram, limit: int = 1_000_000) -> list[Match]:
    """All places where a pattern occurs in a diagram, up to interchange, swaps and snakes.

    Parameters
    ----------
    diagram, pattern : Diagram
        The pattern's inner wires match whole wires; those of its domain and codomain may go
        anywhere. A spider matches one with as many legs on each side.
    limit : int
        The most matches to look for. Of a pattern in several parts, and of a symmetric one, every
        arrangement is a match.

    Returns
    -------
    list of Match

    Raises
    ------
    ShapeError
        If the pattern has no box, or a wire that none of its boxes holds.

    Notes
    -----
    Time is linear in the diagram for each part of the pattern: a box's place fixes its neighbours'.

    Examples
    --------
    >>> from qnlp import Box, Ty, find_matches
    >>> n = Ty("n")
    >>> f, g = Box("f", n, n), Box("g", n, n)
    >>> [match.layers for match in find_matches(f >> g >> f >> g, f >> g)]
    [(0, 1), (2, 3)]
    """
    found = core.find(pattern._core, diagram._core, max(0, limit))
    return [Match(diagram, pattern, tuple(layers)) for layers in found]


@dataclass(frozen=True)
class Rule:
    """A rewrite rule: a pattern and what to put in its place.

    Parameters
    ----------
    left, right : Diagram
        Of one type.

    Raises
    ------
    DiagramError
        If their types differ.

    Notes
    -----
    Double-pushout rewriting of port graphs, after Bonchi et al., "String diagram rewrite theory",
    doi:10.1145/3502719.

    Examples
    --------
    >>> from qnlp import Box, Rule, Ty
    >>> n = Ty("n")
    >>> f, g, h = (Box(name, n, n) for name in "fgh")
    >>> rule = Rule(f >> g, h)
    >>> rule.rewrite(f >> f >> g >> g) == f >> h >> g
    True
    """

    left: Diagram
    right: Diagram

    def __post_init__(self) -> None:
        ends: list[tuple[Ty, Ty]] = [(d.dom, d.cod) for d in (self.left, self.right)]
        if ends[0] != ends[1]:
            message = (
                f"rule goes from {ends[0][0]} to {ends[0][1]} on its left, "
                f"from {ends[1][0]} to {ends[1][1]} on its right"
            )
            raise DiagramError(message)

    def matches(self, diagram: Diagram, limit: int = 1_000_000) -> list[Match]:
        """Where the rule applies; see `find_matches`."""
        return find_matches(diagram, self.left, limit)

    def apply(self, match: Match) -> Diagram:
        """Rewrite one match."""
        return match.replace(self.right)

    def steps(self, diagram: Diagram, most: int = 1_000) -> Iterator[Diagram]:
        """The diagram, then what it becomes as the first match is rewritten, again and again.

        Raises
        ------
        DiagramError
            If there is a match left after `most` steps: the rule may go on for ever.

        Examples
        --------
        >>> from qnlp import Box, Rule, Ty
        >>> n = Ty("n")
        >>> f, g = Box("f", n, n), Box("g", n, n)
        >>> [len(step) for step in Rule(f >> f, g).steps(f >> f >> f >> f)]
        [4, 3, 2]
        """
        yield diagram
        for _ in range(most):
            found = self.matches(diagram, 1)
            if not found:
                return
            diagram = self.apply(found[0])
            yield diagram
        if self.matches(diagram, 1):
            message = f"rule still applies after {most} steps"
            raise DiagramError(message)

    def rewrite(self, diagram: Diagram, most: int = 1_000) -> Diagram:
        """The last of `steps`.

        Raises
        ------
        DiagramError
            If there is a match left after `most` steps: the rule may go on for ever.
        """
        *_, last = self.steps(diagram, most)
        return last

    def reverse(self) -> Rule:
        """The rule from right to left."""
        return Rule(self.right, self.left)
