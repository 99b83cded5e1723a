"""A word's adjoint wires bent round to its top: a state becomes a box with inputs.

Nothing is lost or assumed, but an ansatz gives the box other parameters than the state: as many
qubits as the larger of its two sides has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from qnlp.diagram import Box
from qnlp.rewrite.words import refused
from qnlp.structure import caps

if TYPE_CHECKING:
    from qnlp.diagram import Diagram

__all__ = ["check_curry", "curry", "unsafe_curry"]


def check_curry(box: Box) -> bool:
    """Whether the box is a word with wires to bend, and at least one to keep.

    Examples
    --------
    >>> from qnlp import Ty, Word
    >>> n, s = Ty("n"), Ty("s")
    >>> check_curry(Word("sees", n.r @ s @ n.l)), check_curry(Word("dog", n))
    (True, False)
    """
    if box.kind != "word" or box.is_dagger or box.rotation:
        return False
    begin, end = _kept(box)
    return begin < end and end - begin < len(box.cod)


def curry(box: Box) -> Diagram:
    """The word as a box, right adjoints on its left and left adjoints on its right bent up.

    Raises
    ------
    DiagramError
        If there is nothing to bend, or nothing would be left; see `check_curry`.

    Examples
    --------
    >>> from qnlp import Ty, Word
    >>> n, s = Ty("n"), Ty("s")
    >>> curry(Word("sees", n.r @ s @ n.l)).boxes[-1]
    Box('sees', Ty("n") @ Ty("n"), Ty("s"))
    """
    if not check_curry(box):
        raise refused(box, "curry", "a word with adjoint wires at an end and another wire")
    return unsafe_curry(box)


def unsafe_curry(box: Box) -> Diagram:
    """The same without a look at the box: of a noun, a box without inputs.

    Examples
    --------
    >>> from qnlp import Ty, Word
    >>> unsafe_curry(Word("dog", Ty("n"))).boxes
    [Box('dog', Ty(), Ty("n"))]
    """
    begin, end = _kept(box)
    left, right = box.cod[:begin], box.cod[end:]
    opened = caps(left, left.l) @ caps(right.r, right)
    return opened >> left @ Box(box.name, left.l @ right.r, box.cod[begin:end]) @ right


def _kept(box: Box) -> tuple[int, int]:
    """The wires between the right adjoints that it begins with and the left ones that it ends with."""
    windings = [winding for _, winding in box.cod.objects]
    begin, end = 0, len(windings)
    while begin < end and windings[begin] > 0:
        begin += 1
    while end > begin and windings[end - 1] < 0:
        end -= 1
    return begin, end
