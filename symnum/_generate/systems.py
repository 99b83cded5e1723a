"""Random systems of differential equations with a trajectory each."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cache
from itertools import permutations
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from symnum._core import expression as core
from symnum._core import generate as core_generate
from symnum._generate.draws import Draws
from symnum._generate.problems import Exclusion, exclusion
from symnum._generate.ragged import Timed, as_bytes
from symnum._generate.source import check_ranges
from symnum._programs import over
from symnum.expression import Expression
from symnum.odes import ODESystem

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_ATTEMPTS = 8  # of an item
_STILL = 1e-3  # a state that moves by less of its size does not count as moving
_TRIVIAL = 4  # nodes of a multiple of one variable, which is no formula of its own
_SHAPES = ("constant", "state", "product", "square", "cube", "wave", "saturation")
_WEIGHTS = (0.06, 0.4, 0.25, 0.08, 0.05, 0.1, 0.06)


@dataclass(frozen=True)
class SystemOptions:
    """Which systems are drawn.

    Parameters
    ----------
    max_states : int
        1 to 6; their number is uniform from 1.
    max_terms : int
        1 to 8; that of the terms of an equation is uniform from 1.
    damping : float
        Probability that an equation has a term that pulls its state to 0, so that more
        trajectories stay finite.
    reach : float
        Of initial values, which are uniform within minus and plus this.
    t_end : float
        The times are uniform from 0 to this.
    n_times : int
        At least 2.
    limit : float
        No absolute value of a state is larger.

    Notes
    -----
    A term is a coefficient (1, a small integer or a constant of three digits) times a constant, a
    state, a product of two, a power, a sine or cosine, or a saturation. A system is drawn again
    where its trajectory does not stay below `limit`, or hardly moves.

    No side of a system that is more than a multiple of one state equals an excluded formula, and
    no two systems are equal up to constants and the order of their states.

    Arrays of a shard: key and item, one an item; text, the right-hand sides in UTF-8, a line each,
    up to text_ends; values, n_times of all states, up to value_ends.

    Examples
    --------
    >>> from symnum.generate import SystemOptions
    >>> SystemOptions(max_states=2).n_times
    192
    """

    kind: ClassVar[str] = "systems"
    chunk: ClassVar[int] = 256
    spare: ClassVar[float] = 0.2

    max_states: int = 3
    max_terms: int = 4
    damping: float = 0.5
    reach: float = 2.0
    t_end: float = 6.0
    n_times: int = 192
    limit: float = 1e3

    def check(self) -> None:
        """Refuse what is out of range. Raises DomainError."""
        ranges = [
            ("max_states", 1, 6),
            ("max_terms", 1, 8),
            ("damping", 0.0, 1.0),
            ("reach", 1e-300, 1e6),
            ("t_end", 1e-300, 1e6),
            ("n_times", 2, 1e6),
            ("limit", 1e-300, 1e30),
        ]
        check_ranges(asdict(self), ranges)

    @property
    def times(self) -> Floats:
        """Times of the values."""
        return np.linspace(0.0, self.t_end, self.n_times)

    def settings(self) -> dict[str, Any]:
        """What the items depend on."""
        return {"options": asdict(self)}

    def draw(self, seed: int, first: int, n: int) -> SystemCorpus:
        """Those of `n` items that move and stay finite."""
        self.check()
        found = {k: _item(Draws.of_item(seed, k), self) for k in range(first, first + n)}
        kept = {k: one for k, one in found.items() if one is not None}
        text, text_ends = as_bytes(["\n".join(map(str, sides)) for sides, _ in kept.values()])
        values = [one.astype(np.float32).ravel() for _, one in kept.values()]
        arrays: dict[str, NDArray[Any]] = {
            "item": np.array(list(kept), np.int64),
            "key": np.array([_key(sides) for sides, _ in kept.values()], np.uint64),
            "text": text,
            "text_ends": text_ends,
            "values": np.concatenate([np.empty(0, np.float32), *values]),
            "value_ends": np.cumsum([one.size for one in values], dtype=np.int64),
        }
        return SystemCorpus(arrays, self)

    def exclusion(self, formulas: Iterable[Expression]) -> Exclusion:
        """Hashes of formulas."""
        every = [f for f in formulas if not _is_trivial(f)]
        return exclusion(every, self.max_states)

    def is_excluded(self, items: SystemCorpus, excluded: Exclusion) -> NDArray[np.bool_]:
        """Which systems have a side that equals one of the formulas."""
        if not excluded.n_formulas:
            return np.zeros(len(items), bool)
        return np.array(
            [
                any(map(excluded.holds_formula, items.system(k).equations))
                for k in range(len(items))
            ],
            bool,
        )


def _is_trivial(formula: Expression) -> bool:
    """A number, or a multiple of one variable."""
    _, names, form = formula._key
    return len(names) == 0 or (
        len(names) == 1 and form.tree_size < _TRIVIAL and "pow2" not in form.operations
    )


def _item(random: Draws, options: SystemOptions) -> tuple[list[Expression], Floats] | None:
    """Right-hand sides and values; none where all attempts fail."""
    for _ in range(_ATTEMPTS):
        n_states = 1 + random.below(options.max_states)
        names = tuple(f"x{k}" for k in range(n_states))
        sides = [_side(k, names, random, options) for k in range(n_states)]
        initial = [random.between(-options.reach, options.reach) for _ in names]
        found = ODESystem(sides, names).simulate(
            initial, options.times, limit=options.limit, max_steps=20_000
        )
        if not found.finished:
            continue
        size = np.max(np.abs(found.values), axis=0)
        if np.any(np.ptp(found.values, axis=0) > _STILL * np.maximum(size, 1e-6)):
            return sides, found.values
    return None


def _side(own: int, names: tuple[str, ...], random: Draws, options: SystemOptions) -> Expression:
    """A sum of random terms, simplified."""
    builder = core.Builder(len(names))
    states = [builder.variable(k) for k in range(len(names))]
    parts = [_term(builder, states, random) for _ in range(1 + random.below(options.max_terms))]
    if random.coin(options.damping):
        rate = builder.constant(-abs(random.number(0.1, 3.0)))
        parts.append(builder.apply("mul", [rate, states[own]]))
    result = parts[0]
    for part in parts[1:]:
        result = builder.apply("add", [result, part])
    program = core.simplify(builder.build(result))
    return Expression._of(program, names)


def _term(builder: core.Builder, states: Sequence[int], random: Draws) -> int:
    shape = random.one_of(_SHAPES, _WEIGHTS)
    if shape == "constant":
        return builder.constant(random.number(0.1, 10.0))
    state = random.one_of(states)
    if shape == "product":
        body = builder.apply("mul", [state, random.one_of(states)])
    elif shape in {"square", "cube"}:
        body = builder.apply({"square": "pow2", "cube": "pow3"}[shape], [state])
    elif shape == "wave":
        inner = state if random.coin() else builder.apply("sub", [state, random.one_of(states)])
        if random.coin(0.3):
            inner = builder.apply("mul", [builder.constant(abs(random.number(0.3, 3.0))), inner])
        body = builder.apply(random.one_of(("sin", "cos")), [inner])
    elif shape == "saturation":
        power = builder.apply("pow2", [state])
        below = builder.apply("add", [builder.number(1), power])
        body = builder.apply("div", [random.one_of((state, power)), below])
    else:
        body = state
    return _scaled(builder, body, random)


def _scaled(builder: core.Builder, body: int, random: Draws) -> int:
    """By 1 or -1, a small integer, or a constant."""
    kind = random.one_of(("sign", "integer", "constant"), (0.4, 0.15, 0.45))
    if kind == "constant":
        return builder.apply("mul", [builder.constant(random.number(0.1, 10.0)), body])
    if kind == "integer":
        body = builder.apply("mul", [builder.number(2 + random.below(8)), body])
    return body if random.coin() else builder.apply("neg", [body])


@cache
def _orders(n: int) -> list[tuple[int, ...]]:
    return list(permutations(range(n)))


def _key(sides: Sequence[Expression]) -> int:
    """Hash of the sides up to constants and the order of the states."""
    n = len(sides)
    names = [f"x{k}" for k in range(n)]
    hashes = []
    for order in _orders(n):
        renamed = tuple(names[order.index(k)] for k in range(n))
        own = [
            core_generate.skeleton(core.canonical(over(sides[k]._program, renamed, names)))
            for k in order
        ]
        hashes.append(tuple(own))
    value = n
    for part in min(hashes):
        value = (value * 0x100000001B3 ^ part) % 2**64
    return value


class SystemCorpus(Timed):
    """Systems and a trajectory of each.

    Parameters
    ----------
    arrays : dict of str to ndarray
        As `SystemOptions` lists them.
    options : SystemOptions

    Examples
    --------
    >>> from symnum.generate import SystemOptions, generate_corpus
    >>> corpus = generate_corpus(SystemOptions(max_states=2), 3, seed=0)
    >>> corpus.values(0).shape == (192, corpus.system(0).n_states)
    True
    """

    ENDS: ClassVar[dict[str, tuple[str, ...]]] = {
        "text_ends": ("text",),
        "value_ends": ("values",),
    }

    def system(self, index: int) -> ODESystem:
        """The system of an item, over the states x0, x1, ...

        Parameters
        ----------
        index : int

        Returns
        -------
        ODESystem

        Raises
        ------
        IndexError
        """
        return ODESystem(self._text("text", self._index(index)).split("\n"))
