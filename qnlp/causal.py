"""Causal models: a graph of mechanisms as a diagram, surgery on it, and what can be known without it.

A model is a functor from the diagram of its graph to stochastic maps. Intervening on a variable cuts
its mechanism out: an endofunctor sends that box to a state beside discarded wires. Where no hidden
common cause joins a variable to its children, the effect of an intervention follows from the observed
distribution alone.

Sources: Jacobs, Kissinger, Zanasi, "Causal Inference by String Diagram Surgery", arXiv:1811.08338;
Tian and Pearl, "A General Identification Condition for Causal Effects", AAAI 2002.
"""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Any

import numpy as np

from qnlp.diagram import Box, Diagram, Word
from qnlp.errors import DiagramError, DomainError, ShapeError
from qnlp.functor import Functor
from qnlp.ty import Ty

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    from qnlp.tracing import Wire

__all__ = ["CausalGraph", "cut", "disintegrate"]


class CausalGraph:
    """Which variable is caused by which.

    Parameters
    ----------
    parents : mapping of str to sequence of str
        The causes of each variable, hidden ones too.
    hidden : sequence of str
        Variables that are not observed. They have no causes of their own.

    Raises
    ------
    DiagramError
        If the causes run in a circle, name a variable that is not there, or a hidden one has causes.

    Examples
    --------
    Smoking causes cancer by tar alone, and a hidden gene may cause both:

    >>> from qnlp.causal import CausalGraph
    >>> graph = CausalGraph({"S": ["H"], "T": ["S"], "C": ["T", "H"], "H": []}, hidden=["H"])
    >>> graph.observed, graph.is_identifiable("S"), graph.is_identifiable("T")
    (('S', 'T', 'C'), True, True)
    """

    def __init__(self, parents: Mapping[str, Sequence[str]], hidden: Sequence[str] = ()) -> None:
        self.parents = {name: tuple(causes) for name, causes in parents.items()}
        self.hidden = tuple(hidden)
        for name, causes in self.parents.items():
            for cause in causes:
                if cause not in self.parents:
                    message = f"variable {name!r} has the cause {cause!r}, which is not there"
                    raise DiagramError(message)
        for name in self.hidden:
            if self.parents.get(name) != ():
                message = f"hidden variable {name!r} must be there, and have no causes"
                raise DiagramError(message)
        try:
            self.order = tuple(TopologicalSorter(self.parents).static_order())
        except CycleError as error:
            message = f"causes run in a circle: {' -> '.join(error.args[1])}"
            raise DiagramError(message) from error
        self.observed = tuple(name for name in self.parents if name not in self.hidden)
        """In the order in which they were given: that of a distribution's axes."""

    def diagram(self) -> Diagram:
        """The model's diagram: a box for each variable, from its causes; hidden wires end inside.

        Returns
        -------
        Diagram
            From the empty type to the observed variables, each wire's atom its name.

        Examples
        --------
        >>> from qnlp.causal import CausalGraph
        >>> diagram = CausalGraph({"S": [], "C": ["S"]}).diagram()
        >>> diagram.cod, [box.name for box in diagram.boxes]
        (Ty("S") @ Ty("C"), ['S', 'Spider', 'C', 'Swap'])
        """

        def written() -> tuple[Wire, ...]:
            wires: dict[str, Wire] = {}
            for name in self.order:
                causes = self.parents[name]
                box = Box(name, Ty(*causes), Ty(name)) if causes else Word(name, Ty(name))
                wires[name] = box(*(wires[cause] for cause in causes))
            return tuple(wires[name] for name in self.observed)

        return Diagram.from_callable(Ty(), Ty(*self.observed))(written)

    def confounded(self, variable: str) -> frozenset[str]:
        """The observed variables that paths of hidden common causes join to one, itself included.

        Examples
        --------
        >>> from qnlp.causal import CausalGraph
        >>> graph = CausalGraph({"H": [], "S": ["H"], "C": ["S", "H"]}, hidden=["H"])
        >>> sorted(graph.confounded("C"))
        ['C', 'S']
        """
        self._check(variable)
        found, queue = {variable}, [variable]
        while queue:
            causes = set(self.parents[queue.pop()]) & set(self.hidden)
            for name in self.observed:
                if name not in found and causes & set(self.parents[name]):
                    found.add(name)
                    queue.append(name)
        return frozenset(found)

    def is_identifiable(self, variable: str) -> bool:
        """Whether an intervention's effect on all others follows from the observed distribution.

        It does if and only if no path of hidden common causes joins the variable to one of its
        children (Tian and Pearl).
        """
        joined = self.confounded(variable)
        return not any(variable in self.parents[child] for child in joined)

    def interventional(self, omega: ArrayLike, variable: str) -> NDArray[np.float64]:
        """The distribution of all other variables for each value that one is set to.

        Parameters
        ----------
        omega : array_like
            The observed distribution, an axis for each of `observed`; it sums to one.
        variable : str

        Returns
        -------
        ndarray of float64, shape of omega
            Along the axis of `variable` the value that it is set to: for each, the rest sums to one.

        Raises
        ------
        DomainError
            If the effect is not identifiable; or omega is no distribution, or has a zero, since the
            conditional probabilities are not unique then.
        ShapeError
            If omega has another number of axes.

        Examples
        --------
        >>> from qnlp.causal import CausalGraph
        >>> graph = CausalGraph({"S": ["H"], "T": ["S"], "C": ["T", "H"], "H": []}, hidden=["H"])
        >>> omega = [[[0.5, 0.1], [0.01, 0.02]], [[0.1, 0.05], [0.02, 0.2]]]
        >>> graph.interventional(omega, "S").sum(axis=1)[:, 1].round(6)
        array([0.253478, 0.542297])
        """
        values = self._distribution(omega)
        if not self.is_identifiable(variable):
            children = sorted(
                name for name in self.confounded(variable) if variable in self.parents[name]
            )
            message = (
                f"the effect of setting {variable!r} is not identifiable: hidden common causes "
                f"join it to its effect {children[0]!r}"
            )
            raise DomainError(message)
        # The factors P(v | those before it) of the variables confounded with this one are summed
        # over its value; the others stay as they are.
        joined = self.confounded(variable)
        inside, outside = np.ones_like(values), np.ones_like(values)
        before: list[int] = []
        for name in (name for name in self.order if name in self.observed):
            axis = self.observed.index(name)
            factor = _conditional(values, before, axis)
            before.append(axis)
            if name in joined:
                inside = inside * factor
            else:
                outside = outside * factor
        summed = inside.sum(axis=self.observed.index(variable), keepdims=True)
        return np.asarray(outside * summed)

    def _check(self, variable: str) -> None:
        if variable not in self.observed:
            message = f"variable {variable!r} is not observed, only {list(self.observed)} are"
            raise DiagramError(message)

    def _distribution(self, omega: ArrayLike) -> NDArray[np.float64]:
        values = np.asarray(omega, np.float64)
        if values.ndim != len(self.observed):
            message = f"omega has {values.ndim} axes, the observed variables are {self.observed}"
            raise ShapeError(message)
        _check_distribution(values, "omega")
        return values


def _check_distribution(values: NDArray[np.float64], name: str) -> None:
    if not np.all(np.isfinite(values)) or np.any(values < 0) or abs(values.sum() - 1) > 1e-9:
        message = f"{name} must be a distribution: not negative, of sum one, got {values.sum():g}"
        raise DomainError(message)
    if np.any(values == 0):
        place = tuple(int(k) for k in np.argwhere(values == 0)[0])
        message = f"{name} must have full support, and is zero at {place}"
        raise DomainError(message)


def _conditional(values: NDArray[np.float64], given: list[int], axis: int) -> NDArray[np.float64]:
    """P(axis | given), with all axes kept."""
    rest = tuple(k for k in range(values.ndim) if k != axis and k not in given)
    joint = values.sum(axis=rest, keepdims=True)
    made: NDArray[np.float64] = joint / joint.sum(axis=axis, keepdims=True)
    return np.broadcast_to(made, values.shape)


def disintegrate(omega: ArrayLike, n: int = 1) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Split a joint distribution into that of its first axes and the rest given them.

    Parameters
    ----------
    omega : array_like
        A distribution with full support in its first `n` axes' marginal.
    n : int

    Returns
    -------
    marginal, conditional : ndarray of float64
        ``omega == marginal[..., None] * conditional`` with as many new axes as are left.

    Raises
    ------
    DomainError
        If omega is no distribution, or the marginal has a zero: the conditional is not unique then.

    Examples
    --------
    >>> from qnlp.causal import disintegrate
    >>> disintegrate([[0.1, 0.3], [0.3, 0.3]])[1]
    array([[0.25, 0.75],
           [0.5 , 0.5 ]])
    """
    values = np.asarray(omega, np.float64)
    if not 0 <= n <= values.ndim:
        message = f"omega has {values.ndim} axes, {n} are to be split off"
        raise ShapeError(message)
    marginal = values.sum(axis=tuple(range(n, values.ndim)))
    if np.any(values < 0):
        message = "omega has negative entries"
        raise DomainError(message)
    _check_distribution(np.asarray(marginal), "marginal of omega")
    shape = marginal.shape + (1,) * (values.ndim - n)
    return marginal, values / marginal.reshape(shape)


def cut(diagram: Diagram, variable: str, state: str | None = None) -> Diagram:
    """Surgery: the box of a variable becomes a state, and its causes are discarded.

    Parameters
    ----------
    diagram : Diagram
        Of a `CausalGraph`.
    variable : str
        Name of the box to cut out.
    state : str, optional
        Name of the state in its place, by default ``do(variable)``.

    Returns
    -------
    Diagram
        The image of an endofunctor: all boxes of that name are cut out, the rest is as it was.

    Raises
    ------
    DiagramError
        If the diagram has no box of that name.

    Examples
    --------
    >>> from qnlp.causal import CausalGraph, cut
    >>> graph = CausalGraph({"A": [], "B": ["A"]})
    >>> [box.name for box in cut(graph.diagram(), "B").boxes]
    ['A', 'Spider', 'discard', 'do(B)', 'Swap']
    """
    if not any(box.name == variable for box in diagram.boxes):
        message = f"diagram has no box {variable!r} to cut out"
        raise DiagramError(message)
    name = f"do({variable})" if state is None else state

    def image(box: Box) -> Diagram:
        if box.name != variable:
            return box
        return Diagram.discard(box.dom) >> Word(name, box.cod)

    surgery: Functor[Any, Any] = Functor(lambda atom: Ty(atom), image)
    made: Diagram = surgery(diagram)
    return made
