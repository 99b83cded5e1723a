"""Wires bent round: transposes, currying and traces, all by cups and caps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qnlp.errors import DiagramError
from qnlp.structure import caps, cups, swap

if TYPE_CHECKING:
    from qnlp.diagram import Diagram
    from qnlp.ty import Ty

__all__ = ["curry", "trace", "transpose", "uncurry"]


def transpose(diagram: Diagram, *, left: bool = False) -> Diagram:
    """What `Diagram.transpose` gives: cups and caps round the diagram as it is."""
    dom, cod = diagram.dom, diagram.cod
    if left:
        return (cod.l @ caps(dom, dom.l)).then(cod.l @ diagram @ dom.l, cups(cod.l, cod) @ dom.l)
    return (caps(dom.r, dom) @ cod.r).then(dom.r @ diagram @ cod.r, dom.r @ cups(cod, cod.r))


def curry(diagram: Diagram, n: int = 1, *, left: bool = False) -> Diagram:
    """Bend the last `n` wires of the domain into the codomain, or on the left the first.

    Returns
    -------
    Diagram
        Of f from ``a @ b`` to c with b of `n` wires: from a to ``c @ b.l``; on the left, of f from
        ``b @ a`` to c: from a to ``b.r @ c``.

    Raises
    ------
    DiagramError
        If the domain has fewer than `n` wires.

    Examples
    --------
    >>> from qnlp import Box, Ty
    >>> n, s = Ty("n"), Ty("s")
    >>> verb = Box("loves", n @ n, s)
    >>> verb.curry().curry(left=True).cod
    Ty("n").r @ Ty("s") @ Ty("n").l
    """
    dom = _checked(diagram.dom, n, "domain")
    if left:
        arg, rest = dom[:n], dom[n:]
        return caps(arg.r, arg) @ rest >> arg.r @ diagram
    rest, arg = dom[: len(dom) - n], dom[len(dom) - n :]
    return rest @ caps(arg, arg.l) >> diagram @ arg.l


def uncurry(diagram: Diagram, n: int = 1, *, left: bool = False) -> Diagram:
    """Undo `curry`: bend the last `n` wires of the codomain into the domain, or on the left the first.

    Examples
    --------
    >>> from qnlp import Box, Ty
    >>> f = Box("f", Ty("a", "b"), Ty("c"))
    >>> f.curry().uncurry() == f
    True
    """
    cod = _checked(diagram.cod, n, "codomain")
    if left:
        bent, rest = cod[:n], cod[n:]
        return bent.l @ diagram >> cups(bent.l, bent) @ rest
    rest, bent = cod[: len(cod) - n], cod[len(cod) - n :]
    return diagram @ bent.r >> rest @ cups(bent, bent.r)


def trace(diagram: Diagram, n: int = 1, *, left: bool = False) -> Diagram:
    """Join the last `n` wires of the codomain to those of the domain, or on the left the first.

    Raises
    ------
    DiagramError
        If those wires are not of one type on both sides.

    Examples
    --------
    Tracing a swap is a plain wire:

    >>> from qnlp import Id, Swap, Ty
    >>> Swap(Ty("a"), Ty("a")).trace() == Id(Ty("a"))
    True
    """
    dom, cod = _checked(diagram.dom, n, "domain"), _checked(diagram.cod, n, "codomain")
    m, k = (0, 0) if left else (len(dom) - n, len(cod) - n)
    loop = dom[m : m + n]
    if cod[k : k + n] != loop:
        message = f"trace needs one type on both sides, got {loop} and {cod[k : k + n]}"
        raise DiagramError(message)
    if left:
        return (caps(loop.r, loop) @ dom[n:]).then(
            loop.r @ diagram, swap(loop.r, loop) @ cod[n:], cups(loop, loop.r) @ cod[n:]
        )
    return (dom[:m] @ caps(loop, loop.l)).then(
        diagram @ loop.l, cod[:k] @ swap(loop, loop.l), cod[:k] @ cups(loop.l, loop)
    )


def _checked(ty: Ty, n: int, what: str) -> Ty:
    if not 0 <= n <= len(ty):
        message = f"{what} {ty} has {len(ty)} wires, {n} are to be bent"
        raise DiagramError(message)
    return ty
