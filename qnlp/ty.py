"""Types: words of atoms with adjoints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qnlp.errors import DiagramError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["Objects", "Ty", "adjoints"]

Objects = tuple[tuple[str, int], ...]


class Ty:
    """A type: a word of atoms, each with a winding.

    Parameters
    ----------
    *atoms : str
        Names of atoms, such as ``"n"`` and ``"s"``. No name gives the empty type.

    Examples
    --------
    >>> from qnlp import Ty
    >>> n, s = Ty("n"), Ty("s")
    >>> n.r @ s @ n.l
    Ty("n").r @ Ty("s") @ Ty("n").l
    >>> (n @ s).r == s.r @ n.r
    True
    """

    __slots__ = ("objects",)

    objects: Objects
    """Names and windings, from left to right."""

    def __init__(self, *atoms: str) -> None:
        for atom in atoms:
            if not isinstance(atom, str):
                message = f"atom must be a str, got {type(atom).__name__}"
                raise TypeError(message)
            if not atom or any(c in ".@ \t\n" for c in atom):
                message = f"atom {atom!r} must be a name without blanks, dots or @"
                raise DiagramError(message)
        self.objects = tuple((atom, 0) for atom in atoms)

    @classmethod
    def from_objects(cls, objects: Iterable[tuple[str, int]]) -> Ty:
        """Make a type of names and windings.

        Examples
        --------
        >>> from qnlp import Ty
        >>> Ty.from_objects([("n", 1), ("s", 0)])
        Ty("n").r @ Ty("s")
        """
        made = cls()
        made.objects = tuple((str(name), int(winding)) for name, winding in objects)
        return made

    @property
    def l(self) -> Ty:
        """The left adjoint: the word reversed, each winding lowered by one."""
        return Ty.from_objects((name, z - 1) for name, z in reversed(self.objects))

    @property
    def r(self) -> Ty:
        """The right adjoint: the word reversed, each winding raised by one."""
        return Ty.from_objects((name, z + 1) for name, z in reversed(self.objects))

    def __matmul__(self, other: Ty) -> Ty:
        if not isinstance(other, Ty):
            return NotImplemented
        return Ty.from_objects(self.objects + other.objects)

    def __len__(self) -> int:
        return len(self.objects)

    def __iter__(self) -> Iterator[Ty]:
        return (Ty.from_objects([o]) for o in self.objects)

    def __getitem__(self, index: int | slice) -> Ty:
        picked = self.objects[index]
        return Ty.from_objects(picked if isinstance(index, slice) else [picked])  # type: ignore[list-item,arg-type]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Ty) and self.objects == other.objects

    def __hash__(self) -> int:
        return hash(self.objects)

    def __str__(self) -> str:
        return " @ ".join(name + adjoints(z) for name, z in self.objects) or "Ty()"

    def __repr__(self) -> str:
        parts = [f'Ty("{name}"){adjoints(z)}' for name, z in self.objects]
        return " @ ".join(parts) or "Ty()"

    def __reduce__(self) -> tuple[Any, ...]:
        return Ty.from_objects, (self.objects,)


def adjoints(winding: int) -> str:
    """The suffix of a winding: ``.r`` or ``.l``, as often as it was turned."""
    return (".r" if winding > 0 else ".l") * abs(winding)
