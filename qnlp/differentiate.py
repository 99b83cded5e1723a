r"""Diagrammatic differentiation: the gradient of a diagram is a formal sum of diagrams.

Product rule: each term replaces one box by its derivative, and shares all else with the diagram.
Chain rule: a bubble's derivative is the operator's derivative round the same inside, times the
derivative of the inside; the product of two arrows is built from spiders.

Source: Toumi, Yeung, de Felice, "Diagrammatic Differentiation for Quantum Machine Learning",
arXiv:2103.07960.
"""

from __future__ import annotations

from dataclasses import replace
from math import pi, sqrt
from typing import TYPE_CHECKING, Any, overload

from qnlp.bubble import Bubble
from qnlp.circuit import GATES, Angle, Circuit, Gate
from qnlp.diagram import Box, Diagram, box_of
from qnlp.errors import DiagramError
from qnlp.gates import gate_box, read_gate, written
from qnlp.structure import DISCARD
from qnlp.sums import Change, Sum, Variations
from qnlp.zx import read_spider

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Dual", "differentiate", "dual", "hessian", "jacobian", "mixed_rule", "pure_rule"]

Shifts = list[tuple[complex, float]]

MIXED = frozenset({DISCARD, "measure", "encode"})
"""Boxes that only channels give a meaning to."""


def _shifts(gate: str, *, mixed: bool) -> Shifts:
    """Coefficients and shifts, in turns, of the derivative of a gate by its angle."""
    info = GATES[gate]
    if mixed and info.n_shift_terms == 4:
        # Eigenvalues 0 and +-1/2 of the generator: frequencies 1/2 and 1.
        near, far = pi * (sqrt(2) + 1) / (2 * sqrt(2)), pi * (sqrt(2) - 1) / (2 * sqrt(2))
        return [(near, 0.25), (-near, -0.25), (-far, 0.75), (far, -0.75)]
    if mixed:
        return [(pi, 0.25), (-pi, -0.25)]
    if gate.endswith("Phase"):
        # 2 pi i |1><1| exp(2 pi i p) is i pi times what half a turn more or less takes away.
        return [(1j * pi, 0.0), (-1j * pi, 0.5)]
    if not info.n_controls:
        return [(pi, 0.5)]  # R(p + 1/2) = -i P R(p)
    # R(p + 1) = -R(p) takes the part that is not controlled away.
    return [(pi / 2, 0.5), (-pi / 2, -0.5)]


def _shifted(
    gate: str, angle: Angle | None, symbol: str, *, mixed: bool
) -> list[tuple[complex, Angle]]:
    if angle is None or angle.symbol != symbol or angle.scale == 0:
        return []
    return [
        (angle.scale * factor, replace(angle, shift=angle.shift + by))
        for factor, by in _shifts(gate, mixed=mixed)
    ]


def _gate_rule(box: Box, symbol: str, *, mixed: bool) -> list[tuple[complex, Diagram]]:
    gate = read_gate(box)
    if gate is None:
        return _spider_rule(box, symbol, mixed=mixed)
    name, angle = gate
    return [(c, gate_box(name, a)) for c, a in _shifted(name, angle, symbol, mixed=mixed)]


def _spider_rule(box: Box, symbol: str, *, mixed: bool) -> list[tuple[complex, Diagram]]:
    """That of phases: with its phase taken out evenly, exp(-i pi p) Z(p), a spider has one term."""
    found = read_spider(box)
    if found is None or found[1].symbol != symbol or found[1].scale == 0:
        return []
    colour, angle = found
    if colour == "exp":
        shifts: Shifts = [] if mixed else [(2j * pi, 0.0)]
    else:
        shifts = _shifts("Rz" if mixed else "Phase", mixed=mixed)
    return [
        (
            angle.scale * c,
            Box(f"{colour}({written(replace(angle, shift=angle.shift + by))})", box.dom, box.cod),
        )
        for c, by in shifts
    ]


def pure_rule(box: Box, symbol: str) -> list[tuple[complex, Diagram]]:
    """The derivative of a gate or ZX spider as a linear map.

    Of a rotation it has one term, of a controlled one, a phase or a spider two.

    Raises
    ------
    DiagramError
        If the box discards, measures or encodes: the rule does not lift to channels.

    Examples
    --------
    >>> from qnlp.differentiate import pure_rule
    >>> from qnlp.gates import gate_box
    >>> [(round(c.real, 3), d.name) for c, d in pure_rule(gate_box("Rx", "a"), "a")]
    [(3.142, 'Rx(1.0*a + 0.5)')]
    """
    if box.name in MIXED and box.kind == "box":
        message = (
            f"box {box.name!r} makes the circuit mixed, and the rule for pure circuits is wrong "
            "there: use mixed=True"
        )
        raise DiagramError(message)
    return _gate_rule(box, symbol, mixed=False)


def mixed_rule(box: Box, symbol: str) -> list[tuple[complex, Diagram]]:
    """The derivative of a gate as a channel: two terms, of a controlled rotation four.

    Examples
    --------
    >>> from qnlp.differentiate import mixed_rule
    >>> from qnlp.gates import gate_box
    >>> len(mixed_rule(gate_box("Rx", "a"), "a")), len(mixed_rule(gate_box("CRx", "a"), "a"))
    (2, 4)
    """
    return _gate_rule(box, symbol, mixed=True)


@overload
def differentiate(
    arrow: Diagram | Sum[Diagram], symbol: str, *, mixed: bool = ..., rule: Any = ...
) -> Sum[Diagram]: ...
@overload
def differentiate(
    arrow: Circuit | Sum[Circuit], symbol: str, *, mixed: bool = ..., rule: Any = ...
) -> Sum[Circuit]: ...
def differentiate(arrow: Any, symbol: str, *, mixed: bool = False, rule: Any = None) -> Sum[Any]:
    """The derivative of a diagram or circuit by a symbol, as a formal sum.

    Parameters
    ----------
    arrow : Diagram, Circuit, or Sum of them
    symbol : str
        An angle's, in full turns.
    mixed : bool
        Whether it is to be read as a channel, of which probabilities are the values, or as a linear
        map. The rules differ: see `pure_rule` and `mixed_rule`.
    rule : callable, optional
        The derivative of a named box, for diagrams of other boxes: called with box and symbol, gives
        a list of (coefficient, Diagram), empty for zero.

    Returns
    -------
    Sum
        Its terms share what they have in common: time and memory are linear in the boxes. A term is
        written out when it is asked for.

    Raises
    ------
    DiagramError
        If a mixed circuit is differentiated by the rule for pure ones.

    Notes
    -----
    Bubbles are taken to act on each entry, and an operator ``f`` to have the derivative ``f'``.
    Source: Toumi, Yeung, de Felice, arXiv:2103.07960.

    Examples
    --------
    >>> from qnlp.differentiate import differentiate
    >>> from qnlp.gates import gate_box
    >>> rx = gate_box("Rx", "a")
    >>> gradient = differentiate(rx >> gate_box("H") >> rx, "a")
    >>> [[box.name for box in term.boxes] for _, term in gradient]
    [['Rx(1.0*a + 0.5)', 'H', 'Rx(a)'], ['Rx(a)', 'H', 'Rx(1.0*a + 0.5)']]
    """
    if isinstance(arrow, Sum):
        return _of_sum(arrow, symbol, mixed=mixed, rule=rule)
    if isinstance(arrow, Circuit):
        return _of_circuit(arrow, symbol, mixed=mixed)
    if not isinstance(arrow, Diagram):
        message = f"expected a Diagram, a Circuit or a Sum, got {type(arrow).__name__}"
        raise TypeError(message)
    changes = _changes(arrow, symbol, _rule(mixed=mixed, rule=rule))
    return Sum(Variations(arrow, changes, _with_layers), arrow.dom, arrow.cod)


def _rule(*, mixed: bool, rule: Any) -> Any:
    return rule or (mixed_rule if mixed else pure_rule)


def _changes(diagram: Diagram, symbol: str, rule: Any) -> list[Change]:
    known: dict[int, list[tuple[complex, Diagram]]] = {}
    out: list[Change] = []
    for k, (generator, _) in enumerate(diagram._core.layers):
        if generator not in known:
            known[generator] = _of_box(box_of(generator), symbol, rule)
        out += [(c, ((k, changed),)) for c, changed in known[generator]]
    return out


def _of_box(box: Box, symbol: str, rule: Any) -> list[tuple[complex, Diagram]]:
    if box.kind not in ("box", "word"):
        return []
    base = box.base
    terms = _of_bubble(base, symbol, rule) if isinstance(base, Bubble) else rule(base, symbol)
    out = []
    for c, changed in terms:
        coefficient, term = complex(c), changed
        if box.is_dagger:
            coefficient, term = coefficient.conjugate(), term.dagger()
        for _ in range(abs(box.rotation)):
            term = term.r if box.rotation > 0 else term.l
        out.append((coefficient, term))
    return out


def _of_bubble(bubble: Bubble, symbol: str, rule: Any) -> list[tuple[complex, Diagram]]:
    inner = differentiate(bubble.inside, symbol, rule=rule)
    if not len(inner):
        return []
    if (bubble.dom, bubble.cod) != (bubble.inside.dom, bubble.inside.cod):
        message = f"bubble {bubble.operator!r} changes its inside's type: it has no derivative"
        raise DiagramError(message)
    outer = Bubble(bubble.inside, bubble.operator + "'")
    copy, merge = Diagram.copy(bubble.dom), Diagram.merge(bubble.cod)
    return [(c, copy.then(outer @ term, merge)) for c, term in inner]


def _with_layers(diagram: Diagram, replaced: tuple[tuple[int, Diagram], ...]) -> Diagram:
    layers = diagram.layers
    for k, changed in sorted(replaced, key=lambda item: -item[0]):
        offset = layers[k][1]
        layers[k : k + 1] = [(box, offset + o) for box, o in changed.layers]
    return Diagram(diagram.dom, layers)


def _of_circuit(circuit: Circuit, symbol: str, *, mixed: bool) -> Sum[Circuit]:
    changes = [
        (c, ((k, replace(gate, angle=angle)),))
        for k, gate in enumerate(circuit.gates)
        if gate.angle is not None and gate.angle.symbol == symbol
        for c, angle in _shifted(gate.name, gate.angle, symbol, mixed=mixed)
    ]
    ends = len(circuit.inputs), len(circuit.outputs)
    return Sum(Variations(circuit, changes, _with_gates), *ends)


def _with_gates(circuit: Circuit, replaced: tuple[tuple[int, Gate], ...]) -> Circuit:
    gates = list(circuit.gates)
    for k, gate in replaced:
        gates[k] = gate
    return replace(circuit, gates=tuple(gates))


def _of_sum(total: Sum[Any], symbol: str, *, mixed: bool, rule: Any) -> Sum[Any]:
    terms = total.terms
    if isinstance(terms, Variations):
        again = _of_variations(terms, symbol, mixed=mixed, rule=rule)
        return Sum(Variations(terms.base, again, terms.make), total.dom, total.cod)
    made: Sum[Any] = Sum.zero(total.dom, total.cod)
    for coefficient, arrow in terms:
        made = made + differentiate(arrow, symbol, mixed=mixed, rule=rule) * coefficient
    return made


def _of_variations(terms: Variations[Any], symbol: str, *, mixed: bool, rule: Any) -> list[Change]:
    """The product rule once more: another layer is replaced, or a replaced one differentiated."""
    first = differentiate(terms.base, symbol, mixed=mixed, rule=rule).terms
    assert isinstance(first, Variations)
    out: list[Change] = []
    for c, replaced in terms.changes:
        places = {k for k, _ in replaced}
        out += [
            (c * d, tuple(sorted((*replaced, *one), key=_place)))
            for d, one in first.changes
            if one[0][0] not in places
        ]
        for k, part in replaced:
            rest = tuple(item for item in replaced if item[0] != k)
            for d, changed in _of_part(part, symbol, mixed=mixed, rule=rule):
                out.append((c * d, tuple(sorted((*rest, (k, changed)), key=_place))))
    return out


def _place(item: tuple[int, Any]) -> int:
    return item[0]


def _of_part(part: Any, symbol: str, *, mixed: bool, rule: Any) -> Sequence[tuple[complex, Any]]:
    if isinstance(part, Gate):
        shifted = _shifted(part.name, part.angle, symbol, mixed=mixed)
        return [(c, replace(part, angle=a)) for c, a in shifted]
    return list(differentiate(part, symbol, mixed=mixed, rule=rule))


def jacobian(arrow: Any, symbols: Sequence[str], **options: Any) -> dict[str, Sum[Any]]:
    """The derivative by each symbol. Options: see `differentiate`.

    Examples
    --------
    >>> from qnlp.differentiate import jacobian
    >>> from qnlp.gates import gate_box
    >>> chain = gate_box("Rx", "a") >> gate_box("Rz", "b") >> gate_box("Rx", "a")
    >>> {symbol: len(total) for symbol, total in jacobian(chain, ["a", "b", "c"]).items()}
    {'a': 2, 'b': 1, 'c': 0}
    """
    return {symbol: differentiate(arrow, symbol, **options) for symbol in symbols}


def hessian(arrow: Any, symbols: Sequence[str], **options: Any) -> dict[tuple[str, str], Sum[Any]]:
    """The second derivative by each pair of symbols. Options: see `differentiate`.

    Examples
    --------
    >>> from qnlp.differentiate import hessian
    >>> from qnlp.gates import gate_box
    >>> second = hessian(gate_box("Rx", "a") >> gate_box("Rz", "b"), ["a", "b"])
    >>> second["a", "b"] == second["b", "a"], len(second["a", "a"])
    (True, 1)
    """
    first = jacobian(arrow, symbols, **options)
    return {(s, t): differentiate(first[s], t, **options) for s in symbols for t in symbols}


class Dual:
    """An arrow of dual diagrams, f + f' e: a diagram and a formal sum of its type.

    Composition and tensor obey the product rule, so that differentiation is a functor: a diagram goes
    to itself and its derivative.

    Examples
    --------
    >>> from qnlp.differentiate import differentiate, dual
    >>> from qnlp.gates import gate_box
    >>> rx, rz = gate_box("Rx", "a"), gate_box("Rz", "a")
    >>> both = dual(rx, "a") >> dual(rz, "a")
    >>> both.value == rx >> rz, both.tangent == differentiate(rx >> rz, "a")
    (True, True)
    """

    __slots__ = ("tangent", "value")

    def __init__(self, value: Diagram, tangent: Sum[Diagram]) -> None:
        if (tangent.dom, tangent.cod) != (value.dom, value.cod):
            message = (
                f"dual diagram goes from {value.dom} to {value.cod}, "
                f"its tangent from {tangent.dom} to {tangent.cod}"
            )
            raise DiagramError(message)
        self.value = value
        self.tangent = tangent

    def then(self, other: Dual) -> Dual:
        """Compose, by the product rule."""
        tangent = (self.tangent >> other.value) + Sum.of(self.value).then(other.tangent)
        return Dual(self.value >> other.value, tangent)

    def tensor(self, other: Dual) -> Dual:
        """Place side by side, by the product rule."""
        tangent = self.tangent.tensor(other.value) + Sum.of(self.value).tensor(other.tangent)
        return Dual(self.value @ other.value, tangent)

    def dagger(self) -> Dual:
        """The adjoint."""
        return Dual(self.value.dagger(), self.tangent.dagger())

    __rshift__ = then
    __matmul__ = tensor

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Dual) and (self.value, self.tangent) == (
            other.value,
            other.tangent,
        )

    __hash__ = None  # type: ignore[assignment]


def dual(diagram: Diagram, symbol: str, **options: Any) -> Dual:
    """A diagram with its derivative. Options: see `differentiate`."""
    return Dual(diagram, differentiate(diagram, symbol, **options))
