"""All rules by name, and their application to whole diagrams."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, NamedTuple

from qnlp.diagram import Diagram
from qnlp.errors import GrammarError
from qnlp.rewrite.auxiliary import check_auxiliary, unsafe_auxiliary
from qnlp.rewrite.connector import check_connector, unsafe_connector
from qnlp.rewrite.coordination import check_coordination, unsafe_coordination
from qnlp.rewrite.curry import check_curry, unsafe_curry
from qnlp.rewrite.determiner import check_determiner, unsafe_determiner
from qnlp.rewrite.object_relative import check_object_relative, unsafe_object_relative
from qnlp.rewrite.postadverb import check_postadverb, unsafe_postadverb
from qnlp.rewrite.preadverb import check_preadverb, unsafe_preadverb
from qnlp.rewrite.prepositional_phrase import (
    check_prepositional_phrase,
    unsafe_prepositional_phrase,
)
from qnlp.rewrite.subject_relative import check_subject_relative, unsafe_subject_relative

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from qnlp.diagram import Box

    Layers = list[tuple[Box, int]]

__all__ = ["RULES", "SIMPLIFY", "Rewriter", "Rule", "rule_names"]


class Rule(NamedTuple):
    """A test of a word's box, and the diagram to put there if it applies."""

    check: Callable[[Box], bool]
    unsafe: Callable[[Box], Diagram]


RULES: dict[str, Rule] = {
    "determiner": Rule(check_determiner, unsafe_determiner),
    "auxiliary": Rule(check_auxiliary, unsafe_auxiliary),
    "connector": Rule(check_connector, unsafe_connector),
    "subject_relative": Rule(check_subject_relative, unsafe_subject_relative),
    "object_relative": Rule(check_object_relative, unsafe_object_relative),
    "coordination": Rule(check_coordination, unsafe_coordination),
    "preadverb": Rule(check_preadverb, unsafe_preadverb),
    "postadverb": Rule(check_postadverb, unsafe_postadverb),
    "prepositional_phrase": Rule(check_prepositional_phrase, unsafe_prepositional_phrase),
    "curry": Rule(check_curry, unsafe_curry),
}
"""The rules in the order in which they are tried on a word: the first that applies is taken."""

_BY_NAME_ONLY = ("subject_relative", "object_relative", "curry")
SIMPLIFY = tuple(name for name in RULES if name not in _BY_NAME_ONLY)
"""The rules of ``simplify=True``: each only gives a word a meaning that it could have anyway, with
fewer parameters.

Those for relative pronouns have to be asked for by name. They are as sound for tensors, but what they
do to the clause's ``s`` undoes the last Hadamard gate of a one-layer IQP circuit, so that an object is
always in state 0: use them with two layers, or with no qubit for ``s`` as in arXiv:2102.12846. So has
`curry`, since an ansatz gives a box other parameters than a word."""


def rule_names(rewrite: str | Iterable[str] | None, *, simplify: bool = False) -> tuple[str, ...]:
    """The names of the rules that are asked for, each once, in the order of `RULES`.

    Parameters
    ----------
    rewrite : str, iterable of str, or None
    simplify : bool, default False
        Whether to add those of `SIMPLIFY`.

    Returns
    -------
    tuple of str

    Raises
    ------
    GrammarError
        If a name is not one of `RULES`; names the nearest.

    Examples
    --------
    >>> rule_names(["curry", "auxiliary"])
    ('auxiliary', 'curry')
    """
    listed = [rewrite] if isinstance(rewrite, str) else list(rewrite or ())
    for name in listed:
        if name not in RULES:
            near = get_close_matches(str(name), RULES, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            message = f"rewrite has {name!r}, expected some of {list(RULES)}{hint}"
            raise GrammarError(message)
    wanted = {*listed, *(SIMPLIFY if simplify else ())}
    return tuple(name for name in RULES if name in wanted)


class Rewriter:
    """Applies rules to every word of a diagram, and pulls the wires straight.

    Parameters
    ----------
    rules : str or iterable of str, optional
        Names in `RULES`. Of several that apply to a word, the first in the order there is taken.
    simplify : bool, default False
        Whether to add all of `SIMPLIFY`.
    normal_form : bool, default True
        Whether to pull snakes straight afterwards.

    Raises
    ------
    GrammarError
        If a rule has an unknown name.

    Notes
    -----
    Source of the rules: Sadrzadeh, Clark and Coecke, doi:10.1093/logcom/ext044, and Kartsaklis,
    arXiv:1606.01515; of their use in circuits, Lorenz et al., arXiv:2102.12846.

    Examples
    --------
    >>> from qnlp.grammar import CCGReader
    >>> diagram = CCGReader()("The old man has never seen the sea")
    >>> small = Rewriter(["determiner", "auxiliary", "preadverb"])(diagram)
    >>> [box.name for box in small.boxes if box.kind == "word"]
    ['old', 'man', 'never', 'seen', 'sea']
    """

    def __init__(
        self,
        rules: str | Iterable[str] | None = None,
        *,
        simplify: bool = False,
        normal_form: bool = True,
    ) -> None:
        self.rules = rule_names(rules, simplify=simplify)
        self.normal_form = normal_form
        self._images: dict[int, Layers] = {}

    def __call__(self, diagram: Diagram) -> Diagram:
        """Rewrite a diagram; its domain and codomain stay.

        Parameters
        ----------
        diagram : Diagram

        Returns
        -------
        Diagram
        """
        if not self.rules:
            return diagram
        layers = [
            (part, offset + left)
            for box, left in diagram.layers
            for part, offset in self._image(box)
        ]
        rewritten = Diagram(diagram.dom, layers)
        return rewritten.normal_form() if self.normal_form else rewritten

    def _image(self, box: Box) -> Layers:
        found = self._images.get(box.generator)
        if found is None:
            rule = next((RULES[name] for name in self.rules if RULES[name].check(box)), None)
            found = [(box, 0)] if rule is None else rule.unsafe(box).layers
            self._images[box.generator] = found
        return found

    def __repr__(self) -> str:
        return f"Rewriter({list(self.rules)}, normal_form={self.normal_form})"
