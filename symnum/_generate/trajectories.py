"""Trajectories of families of systems, all of a family solved together."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from symnum._generate.draws import item_seeds, units
from symnum._generate.families import BY_NAME, Family
from symnum._generate.problems import Exclusion, exclusion
from symnum._generate.ragged import Timed, starts
from symnum._generate.source import check_ranges
from symnum.errors import DomainError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from symnum.expression import Expression
    from symnum.odes import ODESystem

    Floats = NDArray[np.float64]

_STRIDE = 64  # counters of one attempt
_ATTEMPTS = 1_000  # that fail before an item is called impossible


@dataclass(frozen=True)
class TrajectoryOptions:
    """Which trajectories are drawn.

    Item k is of family k modulo their number. Parameters are uniform within `spread` of their
    centres, rounded to three digits; initial values are uniform in a cube. A trajectory that passes
    `limit` is drawn again.

    Parameters
    ----------
    families : tuple of str
        Names in `symnum.generate.FAMILIES`; without them all.
    spread : float
        Of parameters, relative: 0 to 1.
    reach : float
        Of initial values, which are uniform within minus and plus this.
    t_end : float
        The times are uniform from 0 to this.
    n_times : int
        At least 2.
    limit : float
        No absolute value of a state is larger.
    rtol : float
        Relative tolerance of the solver; the absolute one is a thousandth of it.

    Notes
    -----
    Protocol of PROSE, Liu et al., arXiv:2309.16816, solved more closely than there.

    Arrays of a shard: item, family (its place in the options), attempts (draws it took), one an
    item; coefficients, up to coefficient_ends; values, n_times of all states of an item, up to
    value_ends.

    Examples
    --------
    >>> from symnum.generate import TrajectoryOptions
    >>> len(TrajectoryOptions().families)
    15
    """

    kind: ClassVar[str] = "trajectories"
    chunk: ClassVar[int] = 15 * 512
    spare: ClassVar[float] = 0.0

    families: tuple[str, ...] = tuple(BY_NAME)
    spread: float = 0.1
    reach: float = 2.0
    t_end: float = 6.0
    n_times: int = 192
    limit: float = 1e3
    rtol: float = 1e-6

    def __post_init__(self) -> None:
        object.__setattr__(self, "families", tuple(self.families))

    def check(self) -> None:
        """Refuse what is out of range. Raises DomainError."""
        unknown = [name for name in self.families if name not in BY_NAME]
        if unknown or not self.families:
            got = repr(unknown[0]) if unknown else "none"
            message = f"families has {got}, expected some of {', '.join(BY_NAME)}"
            raise DomainError(message)
        ranges = [
            ("spread", 0.0, 1.0),
            ("reach", 1e-300, 1e6),
            ("t_end", 1e-300, 1e6),
            ("n_times", 2, 1e6),
            ("limit", 1e-300, 1e30),
            ("rtol", 1e-13, 1.0),
        ]
        check_ranges(asdict(self), ranges)

    @property
    def times(self) -> Floats:
        """Times of the values."""
        return np.linspace(0.0, self.t_end, self.n_times)

    def settings(self) -> dict[str, Any]:
        """What the items depend on."""
        return {
            "options": {**asdict(self), "families": list(self.families)},
            "equations": {name: list(BY_NAME[name].equations) for name in self.families},
            "coefficients": {
                name: list(BY_NAME[name].system.parameter_names) for name in self.families
            },
        }

    def draw(self, seed: int, first: int, n: int) -> TrajectoryCorpus:
        """The trajectories of `n` items."""
        self.check()
        items = np.arange(first, first + n, dtype=np.int64)
        place = items % len(self.families)
        families = [BY_NAME[name] for name in self.families]
        sizes = np.array([f.n_states * self.n_times for f in families])[place]
        counts = np.array([len(f.system.parameter_names) for f in families])[place]
        arrays: dict[str, NDArray[Any]] = {
            "item": items,
            "family": place.astype(np.uint8),
            "attempts": np.empty(n, np.uint16),
            "coefficient_ends": np.cumsum(counts),
            "value_ends": np.cumsum(sizes),
            "coefficients": np.empty(counts.sum()),
            "values": np.empty(sizes.sum(), np.float32),
        }
        for k, family in enumerate(families):
            here = np.flatnonzero(place == k)
            if len(here):
                found = _solved(family, item_seeds(seed, items[here]), self)
                _put(arrays["coefficients"], arrays["coefficient_ends"], here, found[0])
                _put(arrays["values"], arrays["value_ends"], here, found[1])
                arrays["attempts"][here] = found[2]
        return TrajectoryCorpus(arrays, self)

    def exclusion(self, formulas: Iterable[Expression]) -> Exclusion:
        """Nothing: the families are what the corpus is for."""
        return exclusion(formulas, 0)

    def is_excluded(self, items: TrajectoryCorpus, excluded: Exclusion) -> NDArray[np.bool_]:
        """None."""
        return np.zeros(len(items), bool)


def _put(
    flat: NDArray[Any], ends: NDArray[np.int64], here: NDArray[np.intp], rows: NDArray[Any]
) -> None:
    """Rows into the pieces of those items, which are all of that length."""
    n = rows[0].size
    begins = starts(ends)[here]
    gaps = np.diff(begins)
    if len(here) > 1 and np.all(gaps == gaps[0]):  # evenly spaced: no index of every value
        window = np.lib.stride_tricks.as_strided(
            flat[begins[0] :], (len(here), n), (gaps[0] * flat.itemsize, flat.itemsize)
        )
        window[:] = rows.reshape(len(here), n)
        return
    for begin, row in zip(begins.tolist(), rows, strict=True):
        flat[begin : begin + n] = row.ravel()


def _solved(
    family: Family, seeds: NDArray[np.uint64], options: TrajectoryOptions
) -> tuple[Floats, NDArray[np.float32], NDArray[np.uint16]]:
    """Coefficients, values and draws of each seed."""
    n = len(seeds)
    coefficients = np.empty((n, len(family.formulas)))
    values = np.empty((n, options.n_times, family.n_states), np.float32)
    attempts = np.zeros(n, np.uint16)
    left = np.arange(n)
    for attempt in range(_ATTEMPTS):
        drawn, initial = _draw(family, seeds[left], attempt, options)
        found = family.system.simulate(
            initial,
            options.times,
            parameters=drawn,
            rtol=options.rtol,
            atol=1e-3 * options.rtol,
            limit=options.limit,
        )
        good = found.outcomes == "finished"
        done = left[good]
        coefficients[done], values[done] = drawn[good], found.values[good]
        attempts[left] += 1
        left = left[~good]
        if not len(left):
            return coefficients, values, attempts
    message = (
        f"no trajectory of {family.name} stays below {options.limit:g} in {_ATTEMPTS} draws:"
        " raise limit, or lower reach or t_end"
    )
    raise DomainError(message)


def _draw(
    family: Family, seeds: NDArray[np.uint64], attempt: int, options: TrajectoryOptions
) -> tuple[Floats, Floats]:
    n_parameters = len(family.centres)
    counters = np.arange(n_parameters + family.n_states, dtype=np.uint64)
    counters += np.uint64(attempt * _STRIDE)
    drawn = units(seeds[:, np.newaxis], counters)
    centres = np.array(list(family.centres.values()))
    shift = options.spread * (2.0 * drawn[:, :n_parameters] - 1.0)
    parameters = rounded(centres * (1.0 + shift))
    coefficients = np.stack([f.evaluate(parameters) for f in family.formulas], axis=1)
    return coefficients, options.reach * (2.0 * drawn[:, n_parameters:] - 1.0)


def rounded(values: Floats, digits: int = 3) -> Floats:
    """To so many significant digits."""
    with np.errstate(divide="ignore"):
        size = np.floor(np.log10(np.abs(values)))
    scale = 10.0 ** (digits - 1 - np.where(np.isfinite(size), size, 0.0))
    return np.asarray(np.round(values * scale) / scale, np.float64)


class TrajectoryCorpus(Timed):
    """Trajectories and their systems.

    Parameters
    ----------
    arrays : dict of str to ndarray
        As `TrajectoryOptions` lists them.
    options : TrajectoryOptions

    Examples
    --------
    >>> from symnum.generate import TrajectoryOptions, generate_corpus
    >>> corpus = generate_corpus(TrajectoryOptions(families=("lorenz_3d",)), 2, seed=0)
    >>> corpus.family(0), corpus.values(0).shape
    ('lorenz_3d', (192, 3))
    >>> corpus.system(0).parameters
    {'beta': 2.43, 'rho': 29.0, 'sigma': 9.26}
    """

    ENDS: ClassVar[dict[str, tuple[str, ...]]] = {
        "coefficient_ends": ("coefficients",),
        "value_ends": ("values",),
    }

    def family(self, index: int) -> str:
        """The name of the family of an item.

        Parameters
        ----------
        index : int

        Returns
        -------
        str

        Raises
        ------
        IndexError
        """
        names: tuple[str, ...] = self.options.families
        return names[int(self.arrays["family"][self._index(index)])]

    def coefficients(self, index: int) -> Floats:
        """Values of the coefficients, in the order of the system's `parameter_names`.

        Parameters
        ----------
        index : int

        Returns
        -------
        ndarray of float64, shape (n_coefficients,)

        Raises
        ------
        IndexError
        """
        return self._piece("coefficients", self._index(index))

    def system(self, index: int) -> ODESystem:
        """The system of an item, its coefficients with their values.

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
        system = BY_NAME[self.family(index)].system
        values = self.coefficients(index).tolist()
        return system.with_parameters(dict(zip(system.parameter_names, values, strict=True)))
