"""One law over several data sets, with constants of their own where the data want them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from operator import is_
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from symnum._core import expression as core
from symnum._regression.losses import Scales
from symnum._regression.problem import Candidate, Problem
from symnum._regression.snap import substitute
from symnum.errors import DomainError, ShapeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    from symnum._regression.results import Equation

    Vector = NDArray[np.float64]
    Indices = NDArray[np.intp]

_STEPS = 8  # iterations of a fit to a data set that is not the first,
_FINE = 60  # and of the last fit
_MOST_FITTED = 150  # of many programs
_MOST = 1_000  # data sets
_MOST_IDLE = 10  # constants that are tried for 0
_MOST_JOINT = 120  # constants of all data sets in one fit
_ARITY = {name: n for name, n, _, _ in core.OPERATIONS}


def labelled(given: ArrayLike | None, n_rows: int) -> tuple[tuple[Any, ...], Indices]:
    """The labels there are, sorted, and for each row the place of its own; none where one is."""
    if given is None:
        return (), np.zeros(n_rows, np.intp)
    labels = np.asarray(given)
    if labels.shape != (n_rows,):
        message = f"dataset has shape {labels.shape}, expected ({n_rows},): a label a row"
        raise ShapeError(message)
    if labels.dtype.kind == "f" and not np.isfinite(labels).all():
        message = f"dataset[{int(np.argmin(np.isfinite(labels)))}] is not finite, expected a label"
        raise DomainError(message)
    try:
        known, places = np.unique(labels, return_inverse=True)
    except TypeError as error:
        message = f"dataset has labels of several kinds, expected texts or numbers: {error}"
        raise DomainError(message) from error
    if len(known) > _MOST:
        message = f"dataset has {len(known)} labels, expected at most {_MOST}"
        raise DomainError(message)
    return tuple(known.tolist()) if len(known) > 1 else (), places.ravel()


def own_columns(row: Equation, x: Vector, dataset: ArrayLike | None) -> Vector:
    """The columns of x and, where a formula has constants of each data set, those of each row."""
    own = row.parameters
    if not own:
        return x
    known = ", ".join(map(repr, [*own][:10])) + (", ..." if len(own) > 10 else "")
    if dataset is None:
        message = (
            f"dataset is not given, expected a label a row, of {known}: the formula has constants"
            " of its own for each"
        )
        raise DomainError(message)
    labels = np.broadcast_to(np.asarray(dataset), (len(x),)).tolist()
    values = {label: list(constants.values()) for label, constants in own.items()}
    for k, label in enumerate(labels):
        if label not in values:
            message = f"dataset[{k}] is {label!r}, expected one of {known}"
            raise DomainError(message)
    return np.column_stack([x, np.array([values[label] for label in labels], np.float64)])


@dataclass(frozen=True, eq=False)
class Datasets(Problem):
    """The columns and y of the largest data set, by which laws are proposed, and all others.

    A program has the constants of the first; a candidate those of all, and their mean loss.
    """

    others: tuple[Problem, ...] = ()
    order: tuple[int, ...] = (0,)  # the place of each among the labels, this one first

    @classmethod
    def joined(cls, parts: Sequence[Problem]) -> Datasets:
        """The largest of them leads."""
        lead = max(range(len(parts)), key=lambda k: (parts[k].n_rows, -k))
        order = (lead, *(k for k in range(len(parts)) if k != lead))
        others = tuple(parts[k] for k in order[1:])
        return cls(**_fields(parts[lead]), others=others, order=order)

    @cached_property
    def every(self) -> tuple[Problem, ...]:
        """As plain problems, this one first."""
        return (Problem(**_fields(self)), *self.others)

    def shares(self, which: str) -> Vector:
        """Of all weights, or all that are trusted, by data set."""
        sums = np.array([getattr(part, which).sum() for part in self.every])
        return np.asarray(sums / sums.sum())

    @cached_property
    def n_effective(self) -> float:
        """Rows that count, of all."""
        weights = np.concatenate([part.weights for part in self.every])
        return float(weights.sum() ** 2 / np.square(weights).sum())

    @cached_property
    def variance(self) -> float:
        """Within data sets."""
        return float(self.shares("weights") @ [part.variance for part in self.every])

    @cached_property
    def scales(self) -> Scales:
        """Of all rows."""
        if self.loss is None:
            return super().scales
        whole = self._pooled
        return Scales(self.loss, whole.y, whole.weights, whole.trusted)

    def sample(self, most: int, seed: int) -> Datasets:
        """At most so many rows of each, with the same number for all together in mind."""
        share = max(64, most // (1 + len(self.others)))
        return self._of([part.sample(share, seed) for part in self.every])

    def judged(self) -> Datasets:
        """Each data set by itself."""
        return self._of([part.judged() for part in self.every])

    def _of(self, parts: Sequence[Problem]) -> Datasets:
        lead, *others = parts
        if all(map(is_, parts, self.every)):
            return self
        return Datasets(**_fields(lead), others=tuple(others), order=self.order)

    def candidates(self, programs: Sequence[core.Program]) -> list[Candidate]:
        """As for one data set; the constants of the others are fitted."""
        if self.dimensions is not None:
            programs = [p for p in programs if self.dimensions.allow(p)]
        if len(programs) > _MOST_FITTED:
            lead = super().candidates(programs)
            lead.sort(key=lambda candidate: candidate.length)
            programs = [candidate.program for candidate in lead[:_MOST_FITTED]]
        fitted = [list(programs), *(part.fit(programs, _STEPS) for part in self.others)]
        costs = [part.costs(own) for part, own in zip(self.every, fitted, strict=True)]
        means = self.shares("weights") @ [losses for losses, _ in costs]
        kept = self.shares("trusted") @ [own for _, own in costs]
        found = []
        for k, (loss, rest) in enumerate(zip(means.tolist(), kept.tolist(), strict=True)):
            versions = [own[k] for own in fitted]
            if np.isfinite(loss) and self._keep_to_constraints(versions):
                own = tuple(tuple(p.constants) for p in versions)
                found.append(replace(self.candidate(versions[0], loss, rest), own=own))
        return found

    def digits(self, error: float) -> float:
        """Nats of a constant; each data set has its own."""
        return len(self.every) * super().digits(error)

    def _keep_to_constraints(self, versions: Sequence[core.Program]) -> bool:
        rules = self.constraints
        if rules is None:
            return True
        pairs = zip(self.every, versions, strict=True)
        return all(rules.allow(program, part.columns) for part, program in pairs)

    def told(self, candidate: Candidate, *, try_sharing: bool) -> Candidate:
        """The candidate with variables for the constants of each data set, after those there are.

        `own` then has a value a variable and data set. Constants that may be the same for all stay
        constants: `try_sharing` looks for those, one after another, by description length.
        """
        own = np.array(candidate.own, np.float64).reshape(len(self.every), -1)
        shared: dict[int, float] = {}
        best = candidate
        n = own.shape[1]
        if try_sharing and own.size <= _MOST_JOINT:
            for k in range(n):
                start = {**shared, k: float(self.shares("weights") @ own[:, k])}
                found = self._jointly(candidate, own, start)
                if found is not None and found[0].length < best.length:
                    best, own, shared = found
        by_label = own[np.argsort(self.order)]
        return _with_variables(best, by_label, shared)

    def without_idle(self, candidate: Candidate, told: Candidate) -> Candidate:
        """As told, without constants that are as good as 0."""
        for k in range(min(len(candidate.program.constants), _MOST_IDLE)):
            program = substitute(candidate.program, {k: (Fraction(0), 0)})
            for shorter in self.candidates(self.fit([program])):
                other = self.told(shorter, try_sharing=True)
                if other.length < told.length:
                    return self.without_idle(shorter, other)
        return told

    def _jointly(
        self, candidate: Candidate, own: Vector, shared: dict[int, float]
    ) -> tuple[Candidate, Vector, dict[int, float]] | None:
        """Fitted to all rows at once, with these constants the same for all."""
        joint, places = _joint(candidate.program, len(self.every), shared)
        start = [shared[k] if d < 0 else float(own[d, k]) for k, d in places]
        fitted = self._pooled.fit([joint.with_constants(start)], _FINE)[0]
        loss, kept = (float(costs[0]) for costs in self._pooled.costs([fitted]))
        if not np.isfinite(loss):
            return None
        moved, own = dict(shared), own.copy()
        for (k, d), value in zip(places, fitted.constants, strict=True):
            if d < 0:
                moved[k], own[:, k] = value, value
            else:
                own[d, k] = value
        error = self.relative_error(kept)
        n_free = len(shared) + (own.shape[1] - len(shared)) * len(own)
        code, _ = self.code(candidate.program)
        length = code + self.misfit(loss, kept) + n_free * super().digits(error)
        return replace(candidate, loss=loss, length=length, error=error), own, moved

    @cached_property
    def _pooled(self) -> Problem:
        """All rows, with a column a data set that is 1 on its own rows."""
        parts = self.every
        sizes = [part.n_rows for part in parts]
        marks = np.repeat(np.eye(len(parts)), sizes, axis=1)
        columns = np.concatenate([part.columns for part in parts], axis=1)
        return replace(
            parts[0],
            columns=np.ascontiguousarray(np.concatenate([columns, marks])),
            y=np.concatenate([part.y for part in parts]),
            weights=np.concatenate([part.weights for part in parts]),
            trust=np.concatenate([part.trusted for part in parts]),
            dimensions=None,
            constraints=None,
        )


def _fields(problem: Problem) -> dict[str, Any]:
    return {name: getattr(problem, name) for name in Problem.__dataclass_fields__}


def _joint(
    program: core.Program, n_sets: int, shared: Iterable[int]
) -> tuple[core.Program, list[tuple[int, int]]]:
    """Over a mark a data set too; of each constant which it is, and of which set (-1 of all)."""
    n = program.n_variables
    builder = core.Builder(n + n_sets)
    places: list[tuple[int, int]] = []

    def node(k: int, whose: int) -> int:
        places.append((k, whose))
        return builder.constant(float(len(places) - 1))  # its place, until it gets a value

    def constant(k: int) -> int:
        if k in shared:
            return node(k, -1)
        total = None
        for d in range(n_sets):
            term = builder.apply("mul", [node(k, d), builder.variable(n + d)])
            total = term if total is None else builder.apply("add", [total, term])
        return cast("int", total)

    made = _rebuilt(builder, program, constant)
    return made, [places[int(value)] for value in made.constants]


def _with_variables(candidate: Candidate, own: Vector, shared: Mapping[int, float]) -> Candidate:
    program = candidate.program
    free = [k for k in range(own.shape[1]) if k not in shared]
    builder = core.Builder(program.n_variables + len(free))

    def constant(k: int) -> int:
        if k in shared:
            return builder.constant(shared[k])
        return builder.variable(program.n_variables + free.index(k))

    told = _rebuilt(builder, program, constant)
    rows = tuple(tuple(row) for row in own[:, free].tolist())
    return replace(candidate, program=told, own=rows)


def with_numbers(program: core.Program, n_variables: int, values: Sequence[float]) -> core.Program:
    """With constants again in the place of the variables after the first ones."""
    builder = core.Builder(n_variables)
    nodes = [builder.variable(k) for k in range(n_variables)]
    nodes += [builder.constant(value) for value in values]
    return builder.build(builder.insert(program, nodes))


def _rebuilt(
    builder: core.Builder, program: core.Program, constant: Callable[[int], int]
) -> core.Program:
    nodes: list[int] = []
    for name, left, right in zip(program.operations, program.left, program.right, strict=True):
        if name == "number":
            nodes.append(builder.number(left))
        elif name == "variable":
            nodes.append(builder.variable(left))
        elif name == "constant":
            nodes.append(constant(left))
        else:
            operands = [nodes[k] for k in (left, right)[: _ARITY[name]]]
            nodes.append(builder.apply(name, operands))
    return builder.build(nodes[-1])
