"""ZX diagrams of PyZX, both ways, and its simplification.

Phases there are in half turns, scalars exact; inputs and outputs are wires here. PyZX: Kissinger and
van de Wetering, arXiv:1904.04735.
"""

from __future__ import annotations

from cmath import exp, pi
from cmath import phase as argument
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from qnlp._lazy import require
from qnlp.circuit import Angle
from qnlp.diagram import Box, Diagram
from qnlp.errors import DiagramError
from qnlp.gates import QUBIT, factor, gate_box, read_factor
from qnlp.structure import Spider, Swap
from qnlp.ty import Ty
from qnlp.zx import phase_scalar, power_of_root_two, read_spider, to_zx, x_spider, z_spider

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["GraphLike", "from_pyzx", "graph_like", "simplify", "to_pyzx"]

EXTRA = "zx"

Angles = list[Angle]
"""A phase as a sum of angles, each with another symbol."""


def to_pyzx(diagram: Diagram, values: Mapping[str, float] | None = None) -> Any:
    """Give a diagram of spiders and gates to PyZX.

    Parameters
    ----------
    diagram : Diagram
        As `qnlp.zx.to_zx` takes it. Wires may be bent.
    values : mapping of str to float, optional
        Of symbols, in full turns. The others stay symbols there.

    Returns
    -------
    pyzx.graph.graph_s.GraphS
        With the diagram's wires as inputs and outputs, and its scalar.

    Raises
    ------
    DiagramError
        If a box is no gate or spider.
    MissingDependencyError
        If PyZX is not installed.

    Examples
    --------
    >>> import pytest
    >>> _ = pytest.importorskip("pyzx")
    >>> from qnlp.convert.pyzx import to_pyzx
    >>> from qnlp.zx import z_spider
    >>> graph = to_pyzx(z_spider(1, 2, 0.25))
    >>> graph.num_inputs(), graph.num_outputs(), graph.scalar.to_number()
    (1, 2, (1+0j))
    """
    return _Writer(to_zx(diagram), dict(values or {})).graph


class _Writer:
    def __init__(self, diagram: Diagram, values: dict[str, float]) -> None:
        self.pyzx = require("pyzx", EXTRA)
        self.values = values
        self.graph = self.pyzx.Graph()
        self.joined: set[tuple[int, int]] = set()
        graph = diagram.graph()
        self.row = 1
        n_wires = len(graph["wire_atom"])
        self.wires = [self._vertex("Z") for _ in range(n_wires)]
        for k, box in enumerate(graph["boxes"]):
            self.row = 2 + k
            ports = graph["port_wire"][graph["port_begin"][k] : graph["port_begin"][k + 1]]
            self._box(box, [self.wires[w] for w in ports])
        self.graph.scalar.add_power(2 * len(graph["loop_atom"]))
        self.graph.set_inputs(self._boundary(graph["dom_wire"], 0))
        self.graph.set_outputs(self._boundary(graph["cod_wire"], self.row + 1))

    def _vertex(self, kind: str, phase: Any = 0) -> int:
        types = self.pyzx.VertexType
        kinds = {"Z": types.Z, "X": types.X, "end": types.BOUNDARY}
        made: int = self.graph.add_vertex(kinds[kind], -1, self.row, phase)
        return made

    def _boundary(self, wires: list[int], row: int) -> tuple[int, ...]:
        self.row = row
        ends = []
        for wire in wires:
            ends.append(self._vertex("end"))
            self._join(ends[-1], self.wires[wire])
        return tuple(ends)

    def _join(self, a: int, b: int, *, hadamard: bool = False) -> None:
        """An edge; where there is one already, by a vertex of its own, so that none is fused."""
        types = self.pyzx.EdgeType
        if (a, b) in self.joined or hadamard:
            middle = self._vertex("Z")
            self.graph.add_edge((a, middle), types.SIMPLE)
            self.graph.add_edge((middle, b), types.HADAMARD if hadamard else types.SIMPLE)
        else:
            self.graph.add_edge((a, b), types.SIMPLE)
            self.joined.add((a, b))

    def _box(self, box: Box, ports: list[int]) -> None:
        base = box.base
        scalar, spider = read_factor(base), read_spider(base)
        if scalar is not None:
            self._scalar(scalar.conjugate() if box.is_dagger else scalar)
        elif spider is None:
            self._join(ports[0], ports[1], hadamard=True)
        else:
            colour, angle = spider
            phase = self._phase(-angle if box.is_dagger else angle)
            if colour == "exp":
                self.graph.scalar.add_phase(phase)
                return
            vertex = self._vertex(colour, phase)
            for port in ports:
                self._join(vertex, port)

    def _scalar(self, value: complex) -> None:
        """Exactly, where it is a power of the root of two times one of i."""
        power = power_of_root_two(abs(value))
        turns = argument(value) / (2 * pi) * 4
        if power is None or turns != round(turns):
            self.graph.scalar.add_float(value)
        else:
            self.graph.scalar.add_power(power)
            self.graph.scalar.add_phase(Fraction(round(turns), 2))

    def _phase(self, angle: Angle) -> Any:
        """In half turns, exactly as the floating-point numbers are."""
        shift = 2 * Fraction(angle.shift)
        if angle.symbol is None or angle.symbol in self.values:
            value = 0.0 if angle.symbol is None else angle.scale * self.values[angle.symbol]
            return (shift + 2 * Fraction(value)) % 2
        symbolic = require("pyzx.symbolic", EXTRA)
        term = symbolic.Term([(symbolic.Var(angle.symbol), 1)])
        constant = [(shift % 2, symbolic.Term([]))] if shift % 2 else []
        return symbolic.Poly([(2 * Fraction(angle.scale), term), *constant])


def from_pyzx(graph: Any) -> Diagram:
    """Take a graph over from PyZX.

    Parameters
    ----------
    graph : pyzx graph
        Of Z and X spiders and simple or Hadamard edges. Phases may be linear in symbols.

    Returns
    -------
    Diagram
        From its inputs to its outputs, of spiders, ``H`` and scalars. A spider whose phase has
        several symbols is several spiders.

    Raises
    ------
    DiagramError
        If it has other vertices, or a phase that is not linear; names the vertex.

    Examples
    --------
    >>> import pytest
    >>> _ = pytest.importorskip("pyzx")
    >>> from qnlp.convert.pyzx import from_pyzx, to_pyzx
    >>> from qnlp.zx import z_spider
    >>> from_pyzx(to_pyzx(z_spider(1, 2, 0.25))) == z_spider(1, 2, 0.25)
    True
    """
    return _Reader(graph).diagram()


class _Reader:
    """Places vertices from top to bottom, each below those that it is joined with already."""

    def __init__(self, graph: Any) -> None:
        self.graph = graph
        self.types = require("pyzx", EXTRA).VertexType
        self.hadamard = require("pyzx", EXTRA).EdgeType.HADAMARD
        self.inputs, self.outputs = list(graph.inputs()), list(graph.outputs())
        self.layers: list[tuple[Box, int]] = []
        self.open: list[tuple[int, int]] = []  # edge by number, and the vertex that it goes to
        self.edges = list(graph.edges())
        self.at: dict[int, list[int]] = {v: [] for v in graph.vertices()}
        for number, edge in enumerate(self.edges):
            for vertex in graph.edge_st(edge):
                self.at[vertex].append(number)

    def diagram(self) -> Diagram:
        self.open = [self._edge_out(vertex) for vertex in self.inputs]
        self._join_ends()
        for vertex in self._order():
            self._place(vertex)
        self._end()
        self.layers += [(box, 0) for box in _scalar(self.graph.scalar)]
        return Diagram(Ty(*["qubit"] * len(self.inputs)), self.layers)

    def _join_ends(self) -> None:
        """Edges between two inputs, and between two outputs."""
        while pair := next((k for k, (_, to) in enumerate(self.open) if to in self.inputs), None):
            number = self.open[pair][0]
            first = next(k for k, (other, _) in enumerate(self.open) if other == number)
            self._gather([first, pair], first)
            self._hadamard(number, first)
            self.layers.append((Spider(2, 0, QUBIT), first))
            del self.open[first : first + 2]
        for vertex in self.outputs:
            number, other = self._edge_out(vertex)
            if other in self.outputs and all(number != known for known, _ in self.open):
                self.layers.append((Spider(0, 2, QUBIT), len(self.open)))
                self.open += [(number, vertex), (number, other)]

    def _order(self) -> Iterator[int]:
        """Each time the vertex that closes most open wires, then that of the lowest row."""
        ends = {*self.inputs, *self.outputs}
        left = sorted((v for v in self.graph.vertices() if v not in ends), key=self.graph.row)
        rank = {v: k for k, v in enumerate(left)}
        while rank:
            closing: dict[int, int] = {}
            for _, to in self.open:
                if to in rank:
                    closing[to] = closing.get(to, 0) + 1
            candidates = closing or {next(iter(rank)): 0}
            vertex = min(
                candidates, key=lambda v: (len(self.at[v]) - 2 * closing.get(v, 0), rank[v])
            )
            del rank[vertex]
            yield vertex

    def _edge_out(self, vertex: int) -> tuple[int, int]:
        (number,) = self.at[vertex]
        s, t = self.graph.edge_st(self.edges[number])
        return number, t if s == vertex else s

    def _gather(self, places: list[int], to: int) -> None:
        """Bring open wires, from left to right, to `to` and beyond."""
        for k, place in enumerate(places):
            for p in range(place, to + k, -1):
                self.layers.append((Swap(QUBIT, QUBIT), p - 1))
                self.open[p - 1], self.open[p] = self.open[p], self.open[p - 1]

    def _place(self, vertex: int) -> None:
        above = [k for k, (_, to) in enumerate(self.open) if to == vertex]
        to = above[0] if above else len(self.open)
        self._gather(above, to)
        n_in = len(above)
        seen = [number for number, _ in self.open[to : to + n_in]]
        for k, number in enumerate(seen):
            self._hadamard(number, to + k)
        loops, below = [], []
        for number in self.at[vertex]:
            s, t = self.graph.edge_st(self.edges[number])
            if s == t:
                loops.append(number)
            elif number not in seen:
                below.append((number, t if s == vertex else s))
        loops = list(dict.fromkeys(loops))
        self._spider(vertex, to, n_in, len(below) + 2 * len(loops))
        self.open[to : to + n_in] = below
        for number in loops:
            self._hadamard(number, to + len(below))
            self.layers.append((Spider(2, 0, QUBIT), to + len(below)))

    def _hadamard(self, number: int, at: int) -> None:
        if self.graph.edge_type(self.edges[number]) == self.hadamard:
            self.layers.append((gate_box("H"), at))

    def _spider(self, vertex: int, at: int, n_in: int, n_out: int) -> None:
        kind = self.graph.type(vertex)
        if kind not in (self.types.Z, self.types.X):
            message = f"vertex {vertex} has type {kind!r}, expected a Z or X spider"
            raise DiagramError(message)
        made = z_spider if kind == self.types.Z else x_spider
        first, *rest = _angles(self.graph.phase(vertex), f"vertex {vertex}")
        self.layers.append((made(n_in, n_out + len(rest), first), at))
        for k, angle in reversed(list(enumerate(rest))):
            self.layers.append((made(1, 0, angle), at + n_out + k))

    def _end(self) -> None:
        done: set[int] = set()  # a Hadamard gate between two outputs stands at one of them
        for place, vertex in enumerate(self.outputs):
            found = next(k for k in range(place, len(self.open)) if self.open[k][1] == vertex)
            number = self.open[found][0]
            self._gather([found], place)
            if number not in done:
                self._hadamard(number, place)
            done.add(number)


def _angles(phase: Any, what: str) -> Angles:
    """A phase in half turns as angles; one at least."""
    if isinstance(phase, int | Fraction):
        return [Angle(shift=float(Fraction(phase) / 2))]
    shift, out = Fraction(0), []
    for coefficient, term in phase.terms:
        if not term.vars:
            shift += Fraction(coefficient)
        elif len(term.vars) == 1 and term.vars[0][1] == 1:
            out.append(Angle(str(term.vars[0][0].name), float(coefficient) / 2))
        else:
            message = f"{what} has phase {phase}, expected one that is linear in its symbols"
            raise DiagramError(message)
    if not out:
        return [Angle(shift=float(shift / 2))]
    first = out[0]
    return [Angle(first.symbol, first.scale, float(shift % 2 / 2)), *out[1:]]


def _scalar(scalar: Any) -> list[Box]:
    """A scalar of PyZX as boxes without wires: one number, and what is not known yet."""
    if scalar.is_zero:
        return [factor(0.0)]
    number = complex(scalar.floatfactor) * 2 ** (scalar.power2 / 2)
    boxes = [phase_scalar(angle) for angle in _angles(scalar.phase, "scalar")]
    for phase in scalar.phasenodes:
        first, *rest = _angles(phase, "scalar")
        if rest:
            message = f"scalar has 1 + exp(i pi ({phase})), expected one symbol: give it a value"
            raise DiagramError(message)
        boxes.append(z_spider(0, 0, first))
    if scalar.sum_of_phases:
        total = 0j
        for phase, coefficient in scalar.sum_of_phases.items():
            (angle,) = _angles(phase, "scalar")
            if angle.symbol is not None:
                message = f"scalar has a sum of phases, one of them {phase}: give it a value"
                raise DiagramError(message)
            total += coefficient * _turn(angle)
        number *= total
    known = [box for box in boxes if _value(box) is not None]
    for box in known:
        number *= _value(box) or 0
    boxes = [box for box in boxes if _value(box) is None]
    return boxes if number == 1 else [*boxes, factor(number)]


def _turn(angle: Angle) -> complex:
    quarters = angle.shift * 4
    exact = (1, 1j, -1, -1j)
    return exact[round(quarters) % 4] if quarters == round(quarters) else exp(2j * pi * angle.shift)


def _value(box: Box) -> complex | None:
    found = read_spider(box)
    if found is None or found[1].symbol is not None:
        return None
    turn = _turn(found[1])
    return turn if found[0] == "exp" else 1 + turn


def simplify(
    diagram: Diagram, values: Mapping[str, float] | None = None, *, gadgets: bool = True
) -> Diagram:
    """A ZX diagram of the same numbers with fewer spiders, by PyZX.

    Parameters
    ----------
    diagram : Diagram
        Of spiders and gates.
    values : mapping of str to float, optional
        Of symbols, in full turns. The others stay symbols, which no rule for Clifford phases sees.
    gadgets : bool
        Whether to make phase gadgets, which merge more phases (``full_reduce``, else
        ``clifford_simp``).

    Returns
    -------
    Diagram
        Equal to `diagram`, its scalar too.

    Raises
    ------
    DiagramError
        If a box is no gate or spider.
    MissingDependencyError
        If PyZX is not installed.

    Notes
    -----
    Sources: Duncan et al., arXiv:1902.03178; Kissinger and van de Wetering, arXiv:1903.10477.

    Examples
    --------
    >>> import pytest
    >>> _ = pytest.importorskip("pyzx")
    >>> from qnlp import Id
    >>> from qnlp.convert.pyzx import simplify
    >>> from qnlp.gates import gate_box, QUBIT
    >>> cx = gate_box("CX")
    >>> simplify(cx >> cx) == Id(QUBIT @ QUBIT)
    True
    """
    graph = to_pyzx(diagram, values)
    _reduce(graph, gadgets=gadgets)
    return from_pyzx(graph)


def _reduce(graph: Any, *, gadgets: bool) -> None:
    rules = require("pyzx.simplify", EXTRA)
    if gadgets:
        rules.full_reduce(graph)
    else:
        rules.clifford_simp(graph)
        graph.remove_isolated_vertices()


@dataclass
class GraphLike:
    """Z spiders joined by Hadamard edges, each at one input or output at most.

    `inputs` and `outputs` name the spider of each wire; those in `crossed` meet it by a Hadamard edge.
    """

    phase: dict[int, Angles] = field(default_factory=dict)
    beside: dict[int, set[int]] = field(default_factory=dict)
    inputs: list[int] = field(default_factory=list)
    outputs: list[int] = field(default_factory=list)
    crossed: set[tuple[str, int]] = field(default_factory=set)
    scalar: list[Box] = field(default_factory=list)


def graph_like(diagram: Diagram, values: Mapping[str, float] | None = None) -> GraphLike:
    """A diagram as a graph-like ZX diagram, simplified without phase gadgets.

    Parameters
    ----------
    diagram, values
        As `simplify` takes them.

    Returns
    -------
    GraphLike
    """
    graph = to_pyzx(diagram, values)
    _reduce(graph, gadgets=False)
    pyzx = require("pyzx", EXTRA)
    _part_boundaries(graph, pyzx)
    require("pyzx.simplify", EXTRA).to_graph_like(graph)
    made = GraphLike()
    for side, ends in (("inputs", graph.inputs()), ("outputs", graph.outputs())):
        for place, end in enumerate(ends):
            (spider,) = graph.neighbors(end)
            getattr(made, side).append(spider)
            if graph.edge_type(graph.edge(end, spider)) == pyzx.EdgeType.HADAMARD:
                made.crossed.add((side, place))
    for vertex in graph.vertices():
        if graph.type(vertex) == pyzx.VertexType.Z:
            made.phase[vertex] = _angles(graph.phase(vertex), f"vertex {vertex}")
            made.beside[vertex] = {
                w for w in graph.neighbors(vertex) if graph.type(w) == pyzx.VertexType.Z
            }
    made.scalar = _scalar(graph.scalar)
    return made


def _part_boundaries(graph: Any, pyzx: Any) -> None:
    """A spider between two ends that a Hadamard edge joins: PyZX 0.10 would take it for a simple one."""
    for end in (*graph.inputs(), *graph.outputs()):
        (other,) = graph.neighbors(end)
        edge = graph.edge(end, other)
        is_end = graph.type(other) == pyzx.VertexType.BOUNDARY
        if is_end and graph.edge_type(edge) == pyzx.EdgeType.HADAMARD:
            middle = graph.add_vertex(pyzx.VertexType.Z)
            graph.remove_edge(edge)
            graph.add_edge((end, middle), pyzx.EdgeType.SIMPLE)
            graph.add_edge((middle, other), pyzx.EdgeType.HADAMARD)
