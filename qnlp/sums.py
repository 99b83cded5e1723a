"""Formal sums of arrows, whose terms may share all they have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar, overload

from qnlp.errors import DiagramError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Change", "Sum", "Variations"]


class _Arrow(Protocol):
    def then(self, other: Any, /) -> Any: ...
    def tensor(self, other: Any, /) -> Any: ...
    def dagger(self) -> Any: ...


A = TypeVar("A", bound=_Arrow)

Term = tuple[complex, A]
Change = tuple[complex, tuple[tuple[int, Any], ...]]
"""A term of `Variations`: its coefficient, and what stands in place of which layers."""


class Variations(Sequence[Term[A]]):
    """Terms that differ from one arrow in a few layers each: one is made when it is asked for.

    Parameters
    ----------
    base : arrow
    changes : sequence of Change
    make : callable
        Gives the arrow with some layers replaced.
    """

    __slots__ = ("base", "changes", "make")

    def __init__(
        self,
        base: A,
        changes: Sequence[Change],
        make: Callable[[A, tuple[tuple[int, Any], ...]], A],
    ) -> None:
        self.base = base
        self.changes = changes
        self.make = make

    def __len__(self) -> int:
        return len(self.changes)

    @overload
    def __getitem__(self, index: int) -> Term[A]: ...
    @overload
    def __getitem__(self, index: slice) -> Variations[A]: ...
    def __getitem__(self, index: int | slice) -> Term[A] | Variations[A]:
        if isinstance(index, slice):
            return Variations(self.base, self.changes[index], self.make)
        coefficient, replaced = self.changes[index]
        return coefficient, self.make(self.base, replaced)


class Sum(Generic[A]):
    """A formal sum of arrows of one type, with coefficients.

    Composition, tensor and dagger distribute over it. Two sums are equal where each arrow has the
    same coefficient in both.

    Parameters
    ----------
    terms : sequence of (complex, arrow)
    dom, cod : type
        Of all terms; they say what the empty sum, zero, goes from and to.

    Raises
    ------
    DiagramError
        If two terms have different types; names both.

    Examples
    --------
    >>> from qnlp import Box, Ty
    >>> n = Ty("n")
    >>> f, g = Box("f", n, n), Box("g", n, n)
    >>> both = (f + g) >> (f + g)
    >>> len(both), both == (f >> f) + (f >> g) + (g >> f) + (g >> g)
    (4, True)
    >>> f + g == g + f, 2 * f == f + f
    (True, True)
    """

    __slots__ = ("cod", "dom", "terms")

    def __init__(self, terms: Sequence[Term[A]], dom: Any, cod: Any) -> None:
        self.terms = terms
        self.dom = dom
        self.cod = cod
        if isinstance(terms, Variations):
            return  # of the type of their base
        for k, (_, arrow) in enumerate(terms):
            if _ends(arrow) != (dom, cod):
                top, bottom = _ends(arrow)
                message = f"term {k} goes from {top} to {bottom}, the sum from {dom} to {cod}"
                raise DiagramError(message)

    @classmethod
    def of(cls, arrow: A, factor: complex = 1) -> Sum[A]:
        """A sum of one term."""
        return cls([(factor, arrow)], *_ends(arrow))

    @classmethod
    def zero(cls, dom: Any, cod: Any) -> Sum[A]:
        """The sum of no terms.

        Examples
        --------
        >>> from qnlp import Sum, Ty
        >>> len(Sum.zero(Ty("n"), Ty("s")))
        0
        """
        return cls([], dom, cod)

    def __len__(self) -> int:
        return len(self.terms)

    def __iter__(self) -> Iterator[Term[A]]:
        return iter(self.terms)

    def __add__(self, other: object) -> Sum[A]:
        added = other if isinstance(other, Sum) else _lift(other)
        if added is None:
            return NotImplemented
        if (self.dom, self.cod) != (added.dom, added.cod):
            message = (
                f"sum from {self.dom} to {self.cod} cannot have a term "
                f"from {added.dom} to {added.cod}"
            )
            raise DiagramError(message)
        if not self.terms or not added.terms:
            return added if not self.terms else self
        return Sum([*self.terms, *added.terms], self.dom, self.cod)

    __radd__ = __add__

    def __mul__(self, factor: complex) -> Sum[A]:
        terms = self.terms
        if isinstance(terms, Variations):
            changes = [(factor * c, replaced) for c, replaced in terms.changes]
            return Sum(Variations(terms.base, changes, terms.make), self.dom, self.cod)
        return Sum([(factor * c, arrow) for c, arrow in terms], self.dom, self.cod)

    __rmul__ = __mul__

    def __neg__(self) -> Sum[A]:
        return self * -1

    def __sub__(self, other: Sum[A] | A) -> Sum[A]:
        return self + -_sum(other)

    def then(self, *others: Sum[A] | A) -> Sum[A]:
        """Compose; distributes over all sums."""
        made = self
        for other in others:
            right = _sum(other)
            if made.cod != right.dom:
                message = f"cannot compose a sum to {made.cod} with one from {right.dom}"
                raise DiagramError(message)
            terms = [(a * b, f.then(g)) for a, f in made.terms for b, g in right.terms]
            made = Sum(terms, made.dom, right.cod)
        return made

    def tensor(self, *others: Sum[A] | A) -> Sum[A]:
        """Place side by side; distributes over all sums."""
        made = self
        for other in others:
            right = _sum(other)
            terms = [(a * b, f.tensor(g)) for a, f in made.terms for b, g in right.terms]
            made = Sum(terms, _beside(made.dom, right.dom), _beside(made.cod, right.cod))
        return made

    def dagger(self) -> Sum[A]:
        """The adjoint of every term, with the conjugate coefficient."""
        terms = [(complex(c).conjugate(), arrow.dagger()) for c, arrow in self.terms]
        return Sum(terms, self.cod, self.dom)

    def collected(self) -> dict[A, complex]:
        """The coefficient of each different arrow, without those whose coefficients cancel."""
        found: dict[A, complex] = {}
        for coefficient, arrow in self.terms:
            found[arrow] = found.get(arrow, 0) + coefficient
        return {arrow: c for arrow, c in found.items() if c != 0}

    def __rshift__(self, other: Sum[A] | A) -> Sum[A]:
        return self.then(other)

    def __rrshift__(self, other: A) -> Sum[A]:
        return _sum(other).then(self)

    def __matmul__(self, other: Sum[A] | A) -> Sum[A]:
        return self.tensor(other)

    def __rmatmul__(self, other: A) -> Sum[A]:
        return _sum(other).tensor(self)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sum):
            return NotImplemented
        ends = (self.dom, self.cod) == (other.dom, other.cod)
        return ends and self.collected() == other.collected()

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        if len(self) > 8:
            return f"<Sum of {len(self)} terms from {self.dom} to {self.cod}>"
        return f"Sum({list(self.terms)!r}, {self.dom!r}, {self.cod!r})"


def _lift(value: Any) -> Sum[Any] | None:
    return Sum.of(value) if hasattr(value, "then") else None


def _sum(value: Any) -> Sum[Any]:
    if isinstance(value, Sum):
        return value
    from qnlp.diagram import Diagram
    from qnlp.ty import Ty

    return Sum.of(Diagram.id(value) if isinstance(value, Ty) else value)


def _ends(arrow: Any) -> tuple[Any, Any]:
    """The type of an arrow; of a circuit, how many qubits it takes and gives."""
    if hasattr(arrow, "dom"):
        return arrow.dom, arrow.cod
    return len(arrow.inputs), len(arrow.outputs)


def _beside(left: Any, right: Any) -> Any:
    return left + right if isinstance(left, int) else left @ right
