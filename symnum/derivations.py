"""Derivations: chains of equations, each of which follows from those before it by a named rule.

They are checked step by step, in symbols (the rule is applied anew and its result compared with
what the step claims, up to algebra) and in numbers (both sides at random points that fulfil the
premises), drawn at random, and changed in ways that keep or break them.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from symnum._derive import perturb as perturbing
from symnum._derive.check import Step, StepReport, follow_all, parse_step
from symnum._derive.draw import derivation
from symnum._derive.rules import RULES as _RULES
from symnum._generate.draws import Draws, check_seed
from symnum._generate.problems import Exclusion, exclusion
from symnum._generate.ragged import Ragged, as_bytes
from symnum._generate.source import check_ranges
from symnum.errors import DomainError
from symnum.expression import Expression

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

__all__ = [
    "PERTURBATIONS",
    "RULES",
    "Derivation",
    "DerivationCorpus",
    "DerivationOptions",
    "Report",
    "Step",
    "StepReport",
    "check_derivation",
    "perturb",
    "random_derivation",
]

#: What each rule reads: a number of equations, and arguments beside them.
RULES: dict[str, tuple[int, tuple[str, ...]]] = {
    "premise": (0, ()),
    **{name: (rule.n_equations, rule.arguments) for name, rule in _RULES.items()},
}
#: What can be done to a derivation, and whether it stays right.
PERTURBATIONS: dict[str, bool] = {
    name: keeps for name, (_, keeps) in perturbing.PERTURBATIONS.items()
}
_MOST_VARIABLES = 3  # of a premise that is looked for among excluded formulas


class Derivation:
    """Steps, one a line of a text.

    Parameters
    ----------
    steps : sequence of Step or str
        A line is ``rule numbers with arguments: left = right``; numbers are those of the steps that
        it reads, from 1. `RULES` says what each rule needs. Formulas are those of `Expression`,
        and ``D(f, x)`` for a derivative, ``I(f, x, a)`` for the integral over x from the number a
        to x. A premise whose one side is a new name defines it; other premises are conditions.

    Raises
    ------
    ParseError
        If a line is no step.

    Examples
    --------
    >>> from symnum.derivations import Derivation
    >>> proof = Derivation([
    ...     "premise: T = log(x)",
    ...     "differentiate 1 with x: D(T, x) = D(log(x), x)",
    ...     "evaluate 2: D(T, x) = 1/x",
    ... ])
    >>> proof.check().is_right
    True
    """

    def __init__(self, steps: Sequence[Step | str]) -> None:
        self.steps = tuple(
            parse_step(step, k) if isinstance(step, str) else step
            for k, step in enumerate(steps, 1)
        )

    @classmethod
    def from_text(cls, text: str) -> Self:
        r"""Read one from a text of a step a line; empty lines and lines with # are left out.

        Parameters
        ----------
        text : str

        Returns
        -------
        Derivation

        Raises
        ------
        ParseError

        Examples
        --------
        >>> from symnum.derivations import Derivation
        >>> len(Derivation.from_text("# a law\npremise: E = m*c**2").steps)
        1
        """
        lines = (line.strip() for line in text.splitlines())
        return cls([line for line in lines if line and not line.startswith("#")])

    def check(self) -> Report:
        """Follow every step: see `check_derivation`.

        Returns
        -------
        Report
        """
        return check_derivation(self)

    @property
    def goal(self) -> str:
        """The last equation."""
        return self.steps[-1].equation if self.steps else ""

    def __len__(self) -> int:
        return len(self.steps)

    def __eq__(self, other: object) -> bool:
        return self.steps == other.steps if isinstance(other, Derivation) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.steps)

    def __str__(self) -> str:
        return "\n".join(map(str, self.steps))

    def __repr__(self) -> str:
        return f"<Derivation of {len(self)} steps: {self.goal}>"


@dataclass(frozen=True)
class Report:
    """What was found of a derivation.

    Attributes
    ----------
    steps : tuple of StepReport
    """

    steps: tuple[StepReport, ...]

    @property
    def is_right(self) -> bool:
        """Whether every step is."""
        return all(step.is_right for step in self.steps)

    @property
    def wrong(self) -> tuple[int, ...]:
        """Numbers of the steps that are not."""
        return tuple(step.number for step in self.steps if not step.is_right)

    def __str__(self) -> str:
        return "\n".join(map(str, self.steps))


def check_derivation(given: Derivation | str) -> Report:
    """Check each step of a derivation, in symbols and in numbers.

    Parameters
    ----------
    given : Derivation or str
        Anyone's; a text has a step a line.

    Returns
    -------
    Report
        A step that does not follow is no error: its report says why.

    Raises
    ------
    ParseError
        If a line or a formula cannot be read; the message names the step.
    ExpressionError
        If a rule does not exist, or a step reads one that does not stand before it, or has not
        what its rule needs.

    Notes
    -----
    "Up to algebra" is that of `Expression`: canonical forms, products multiplied out, and values
    on fixed points. In numbers, 32 points; integrals by Gauss and Legendre's rule. Dividing by
    what may be 0, or a logarithm of what may be negative, is right where there are numbers.

    Examples
    --------
    >>> from symnum.derivations import check_derivation
    >>> print(check_derivation('''
    ... premise: E = m*v**2/2
    ... differentiate 1 with v: D(E, v) = D(m*v**2/2, v)
    ... evaluate 2: D(E, v) = 2*m*v
    ... '''))
    1. premise: E = m*v**2/2   [right]
    2. differentiate 1 with v: D(E, v) = D(m*v**2/2, v)   [right]
    3. evaluate 2: D(E, v) = 2*m*v   [WRONG: evaluate gives m*v on the right, not 2*m*v]
    """
    whole = Derivation.from_text(given) if isinstance(given, str) else given
    return Report(tuple(follow_all(whole.steps)))


def random_derivation(
    *, seed: int, item: int = 0, min_steps: int = 4, max_steps: int = 9
) -> Derivation:
    """Draw a derivation whose every step is right.

    Parameters
    ----------
    seed, item : int
        Each item has draws of its own.
    min_steps, max_steps : int
        2 to 50; their number is uniform between them.

    Returns
    -------
    Derivation

    Raises
    ------
    DomainError
        If an argument is out of range.

    Notes
    -----
    After Meadows, Valentino and Freitas, arXiv:2307.09998.

    Examples
    --------
    >>> from symnum.derivations import random_derivation
    >>> random_derivation(seed=0).check().is_right
    True
    """
    check_seed(seed)
    options = DerivationOptions(min_steps, max_steps)
    options.check()
    random = Draws.of_item(seed, item)
    while True:
        steps = derivation(random, min_steps, max_steps)
        if steps is not None:
            return Derivation(steps)


def perturb(given: Derivation, how: str, *, seed: int, item: int = 0) -> Derivation | None:
    """Change a right derivation.

    Parameters
    ----------
    given : Derivation
    how : str
        ``"rename_variables"``, ``"exchange_sides"`` or ``"alternative_goal"``, after which it is
        right; or ``"remove_step"``, after which a step does not follow. See `PERTURBATIONS`.
    seed, item : int
        Each item has draws of its own.

    Returns
    -------
    Derivation or None
        None where this derivation cannot be changed so.

    Raises
    ------
    DomainError
        If `how` is another word.

    Examples
    --------
    >>> from symnum.derivations import Derivation, perturb
    >>> print(perturb(Derivation(["premise: T = log(x)", "exp 1: exp(T) = x"]), "exchange_sides", seed=0))
    premise: log(x) = T
    exp 1: x = exp(T)
    """
    if how not in PERTURBATIONS:
        message = f"how is {how!r}, expected one of {', '.join(PERTURBATIONS)}"
        raise DomainError(message)
    check_seed(seed)
    change, _ = perturbing.PERTURBATIONS[how]
    steps = change(given.steps, Draws.of_item(seed, item))
    return None if steps is None else Derivation(steps)


@dataclass(frozen=True)
class DerivationOptions:
    """Which derivations a corpus has: those of `random_derivation`.

    Parameters
    ----------
    min_steps, max_steps : int
        2 to 50.

    Notes
    -----
    Arrays of a shard: key (hash of the text) and item, one an item; text, a step a line in UTF-8,
    up to text_ends.

    Examples
    --------
    >>> from symnum.derivations import DerivationOptions
    >>> from symnum.generate import generate_corpus
    >>> corpus = generate_corpus(DerivationOptions(max_steps=5), 2, seed=0)
    >>> corpus.derivation(1).check().is_right
    True
    """

    kind: ClassVar[str] = "derivations"
    chunk: ClassVar[int] = 64
    spare: ClassVar[float] = 0.0

    min_steps: int = 4
    max_steps: int = 9

    def check(self) -> None:
        """Refuse what is out of range. Raises DomainError."""
        check_ranges(asdict(self), [("min_steps", 2, 50), ("max_steps", self.min_steps, 50)])

    def settings(self) -> dict[str, Any]:
        """What the items depend on."""
        return {"options": asdict(self)}

    def draw(self, seed: int, first: int, n: int) -> DerivationCorpus:
        """The derivations of `n` items."""
        texts = [
            str(random_derivation(seed=seed, item=k, **asdict(self)))
            for k in range(first, first + n)
        ]
        text, ends = as_bytes(texts)
        keys = [int.from_bytes(sha256(t.encode()).digest()[:8], "little") for t in texts]
        arrays: dict[str, NDArray[Any]] = {
            "item": np.arange(first, first + n, dtype=np.int64),
            "key": np.array(keys, np.uint64),
            "text": text,
            "text_ends": ends,
        }
        return DerivationCorpus(arrays, self)

    def exclusion(self, formulas: Iterable[Expression]) -> Exclusion:
        """Hashes of formulas."""
        return exclusion((f for f in formulas if f.complexity > 3), _MOST_VARIABLES)

    def is_excluded(self, items: DerivationCorpus, excluded: Exclusion) -> NDArray[np.bool_]:
        """Which derivations have a premise whose right side equals one of the formulas."""
        if not excluded.n_formulas:
            return np.zeros(len(items), bool)
        return np.array(
            [
                any(
                    excluded.holds_formula(Expression(step.equation.split("=")[1]))
                    for step in items.derivation(k).steps
                    if step.rule == "premise"
                )
                for k in range(len(items))
            ],
            bool,
        )


class DerivationCorpus(Ragged):
    """Derivations.

    Parameters
    ----------
    arrays : dict of str to ndarray
        As `DerivationOptions` lists them.
    options : DerivationOptions

    Examples
    --------
    See `DerivationOptions`.
    """

    ENDS: ClassVar[dict[str, tuple[str, ...]]] = {"text_ends": ("text",)}

    def derivation(self, index: int) -> Derivation:
        """The derivation of an item.

        Parameters
        ----------
        index : int

        Returns
        -------
        Derivation

        Raises
        ------
        IndexError
        """
        return Derivation.from_text(self._text("text", self._index(index)))
