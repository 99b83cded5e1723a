"""Autonomisation: words as boxes without adjoints, so that a sentence's cups are pulled straight.

A word's wires of odd winding, which it takes, become inputs of a box; the others stay outputs. What a
cup joins is then an output and an input, a snake, and normal form pulls it straight.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from qnlp.diagram import Box, Diagram
from qnlp.functor import Functor
from qnlp.structure import Cap
from qnlp.ty import Ty

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from numpy.typing import ArrayLike, NDArray

    from qnlp.ansatz import Ansatz

__all__ = ["Autonomisation", "Resources", "autonomise"]


class Resources(NamedTuple):
    """What a diagram's circuit takes."""

    n_qubits: int
    n_post_selected: int
    n_cups: int
    """Of the diagram: the post-selections that no choice of boxes avoids."""

    def __str__(self) -> str:
        return f"{self.n_qubits} qubits, {self.n_post_selected} post-selected, {self.n_cups} cups"


@dataclass(frozen=True)
class Autonomisation:
    """A diagram, and its autonomous form.

    The two are equal in every category where an opened word is the word with its wires bent:
    `arrays` gives it that meaning. No wire of an opened word has an adjoint, but for windings beyond
    one. Each cup of a sentence becomes a snake; what normal form leaves of them are circles, in which
    a word feeds itself by others. The autonomous form never takes more qubits than the sentence.
    """

    before: Diagram
    diagram: Diagram
    """The autonomous form."""
    words: Mapping[Box, tuple[Box, tuple[int, ...]]]
    """For each opened box its word, and which of the word's wires its own wires are, domain first."""

    @property
    def n_snakes(self) -> int:
        """Cups that were pulled straight; each saves two qubits and their post-selection."""
        return _cups(self.before) - _cups(self.diagram)

    @property
    def is_causal(self) -> bool:
        """Whether no cup is left: with boxes that discard what they drop, nothing is post-selected."""
        return _cups(self.diagram) == 0

    def arrays(
        self, arrays: Mapping[str, ArrayLike] | Callable[[Box], ArrayLike]
    ) -> Callable[[Box], NDArray[Any]]:
        """The tensors of the autonomous form's boxes, out of those of the words.

        Parameters
        ----------
        arrays : mapping of str or callable
            As `qnlp.TensorFunctor` takes them for the diagram before.

        Returns
        -------
        callable
            For `qnlp.TensorFunctor` of the autonomous form: gives equal tensors.

        Examples
        --------
        >>> import numpy as np
        >>> from qnlp import Cup, TensorFunctor, Ty, Word
        >>> from qnlp.autonomise import autonomise
        >>> n, s = Ty("n"), Ty("s")
        >>> made = autonomise(Word("Alice", n) @ Word("runs", n.r @ s) >> Cup(n, n.r) @ s)
        >>> arrays = made.arrays({"Alice": [1, 2], "runs": np.eye(2)})
        >>> TensorFunctor({"n": 2, "s": 2}, arrays)(made.diagram)
        array([1., 2.])
        """

        def array(box: Box) -> NDArray[Any]:
            word, order = self.words.get(box, (box, None))
            found = np.asarray(arrays(word) if callable(arrays) else arrays[word.name])
            return found if order is None else found.transpose(order)

        return array

    def resources(self, ansatz: Ansatz) -> tuple[Resources, Resources]:
        """What the circuits take, before and after.

        Examples
        --------
        >>> from qnlp import Cup, IQPAnsatz, Ty, Word
        >>> from qnlp.autonomise import autonomise
        >>> n, s = Ty("n"), Ty("s")
        >>> made = autonomise(Word("Alice", n) @ Word("runs", n.r @ s) >> Cup(n, n.r) @ s)
        >>> for side in made.resources(IQPAnsatz({"n": 1, "s": 1})):
        ...     print(side)
        3 qubits, 2 post-selected, 1 cups
        1 qubits, 0 post-selected, 0 cups
        """
        return _resources(self.before, ansatz), _resources(self.diagram, ansatz)

    def report(self, ansatz: Ansatz) -> str:
        """The guarantee in numbers: what was there, what is left and what is saved."""
        before, after = self.resources(ansatz)
        saved = (
            f"{before.n_qubits - after.n_qubits} qubits and "
            f"{before.n_post_selected - after.n_post_selected} post-selections saved"
        )
        end = "no cup is left" if self.is_causal else f"{after.n_cups} cups close circles"
        return f"before: {before}\nafter:  {after}\n{saved} by {self.n_snakes} snakes; {end}"


def autonomise(diagram: Diagram) -> Autonomisation:
    """Open the words of a diagram into boxes without adjoints, and pull the snakes straight.

    Parameters
    ----------
    diagram : Diagram

    Returns
    -------
    Autonomisation
        Words of type ``x.r @ y @ z.l``, as dependency grammars give them, become boxes from ``x @ z``
        to y with no swap. A box is called as its word is; where two types of a word would make one
        box, by its type too.

    Notes
    -----
    Time is linear in the boxes. Source: Toumi, "Category Theory for Quantum Natural Language
    Processing", arXiv:2212.06615, section 2.2.

    Examples
    --------
    >>> from qnlp import IQPAnsatz, Ty, Word, pregroup_diagram
    >>> from qnlp.autonomise import autonomise
    >>> n, s = Ty("n"), Ty("s")
    >>> words = [Word("Alice", n), Word("loves", n.r @ s @ n.l), Word("Bob", n)]
    >>> made = autonomise(pregroup_diagram(words, [(0, 1), (3, 4)]))
    >>> [str(box.dom) for box in made.diagram.boxes]
    ['Ty()', 'Ty()', 'n @ n']
    >>> print(made.report(IQPAnsatz({"n": 1, "s": 1})))
    before: 5 qubits, 4 post-selected, 2 cups
    after:  2 qubits, 1 post-selected, 0 cups
    3 qubits and 3 post-selections saved by 2 snakes; no cup is left
    """
    takers = {box.base for box in diagram.boxes if _takes(box.base)}
    names = Counter(_opened(word, word.name)[0] for word in takers)
    images: dict[Box, Diagram] = {}
    words: dict[Box, tuple[Box, tuple[int, ...]]] = {}
    for word in takers:
        is_alone = names[_opened(word, word.name)[0]] == 1
        name = word.name if is_alone else f"{word.name} : {word.cod}"
        opened, images[word], order = _opened(word, name)
        words[opened] = (word, order)
    functor: Functor[Ty, Diagram] = Functor(lambda atom: Ty(atom), lambda box: images.get(box, box))
    return Autonomisation(diagram, functor(diagram).normal_form(), words)


def _takes(box: Box) -> bool:
    return box.kind == "word" and any(z % 2 for _, z in box.cod.objects)


def _opened(word: Box, name: str) -> tuple[Box, Diagram, tuple[int, ...]]:
    """The box of a word, the word made of it by caps, and which wires of the word the box has."""
    wires = list(word.cod)
    windings = [z for _, z in word.cod.objects]
    begin, end = 0, len(wires)
    while begin < end and windings[begin] % 2 and windings[begin] > 0:
        begin += 1
    while end > begin and windings[end - 1] % 2 and windings[end - 1] < 0:
        end -= 1
    inner = [k for k in range(begin, end) if windings[k] % 2]
    outputs = [k for k in range(begin, end) if windings[k] % 2 == 0]
    left, right = range(begin), range(end, len(wires))
    bent = [t.l if z > 0 else t.r for t, z in zip(wires, windings, strict=True)]
    inputs = [*reversed(left), *inner, *reversed(right)]  # nested caps turn the order round
    opened = Box(name, _row(bent[k] for k in inputs), _row(wires[k] for k in outputs))

    # Each cap has a leg of the word (its number) and an input (its number, negative).
    legs = [*left, *(-1 - k for k in reversed(left))]
    caps = Diagram.caps(word.cod[:begin], word.cod[:begin].l)
    for k in inner:
        ends = (wires[k], bent[k]) if windings[k] > 0 else (bent[k], wires[k])
        caps = caps @ Cap(*ends)
        legs += [k, -1 - k] if windings[k] > 0 else [-1 - k, k]
    caps = caps @ Diagram.caps(word.cod[end:].r, word.cod[end:])
    legs += [*(-1 - k for k in reversed(right)), *right]

    sorted_legs = [*left, *(-1 - k for k in inputs), *inner, *right]
    made = caps >> Diagram.permutation(caps.cod, [legs.index(leg) for leg in sorted_legs])
    made = made >> word.cod[:begin] @ opened @ _row(wires[k] for k in [*inner, *right])
    now = [*left, *outputs, *inner, *right]
    made = made >> Diagram.permutation(made.cod, [now.index(k) for k in range(len(wires))])
    return opened, made, (*inputs, *outputs)


def _row(wires: Iterable[Ty]) -> Ty:
    return Ty.from_objects(wire.objects[0] for wire in wires)


def _cups(diagram: Diagram) -> int:
    return sum(box.kind == "cup" for box in diagram.boxes)


def _resources(diagram: Diagram, ansatz: Ansatz) -> Resources:
    circuit = ansatz(diagram)
    return Resources(circuit.n_qubits, len(circuit.post_selected), _cups(diagram))
