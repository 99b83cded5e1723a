"""What all ansaetze of circuits share: the functor from diagrams to circuits."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from qnlp.ansatz.words import WordAnsatz, atom_of, box_key, count
from qnlp.circuit import GATES, Angle, Circuit, Gate
from qnlp.circuit_builder import CircuitBuilder
from qnlp.errors import CircuitTooLargeError, DiagramError, ShapeError
from qnlp.mixed import MixedCircuit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from qnlp._core import circuit as core
    from qnlp.diagram import Box, Diagram, Ty

__all__ = ["Ansatz"]

_MOST_QUBITS = 1024  # of one box: a hundred can already not be simulated


class Ansatz(WordAnsatz):
    r"""A functor to circuits that is the same for every word of one type.

    Parameters
    ----------
    qubits : mapping of str or Ty to int
        Qubits of each atom, such as ``{"n": 1, "s": 1}``. An atom of 0 qubits is a scalar wire.
    n_layers : int
    n_single_qubit_params : int
        Rotations of a word on one qubit.
    n_ancillas : int, default 0
        More qubits of every word, which begin in \|0>.
    discard : bool, default False
        Whether ancillas, and what a box's domain has more than its codomain, are discarded, which
        makes words mixed states, and not post-selected on 0.
    single_qubit_rotations : sequence of str, optional
        Rotations of a word on one qubit, in turn; by default `single_qubit_gates`.
    """

    single_qubit_gates: tuple[str, ...] = ("Rx", "Rz")
    """Rotations of a word on one qubit, in turn."""

    def __init__(
        self,
        qubits: Mapping[str | Ty, int],
        n_layers: int = 1,
        n_single_qubit_params: int = 3,
        *,
        n_ancillas: int = 0,
        discard: bool = False,
        single_qubit_rotations: Sequence[str] | None = None,
    ) -> None:
        self.qubits = {atom_of(key): count("qubits", value, 0) for key, value in qubits.items()}
        self.n_layers = count("n_layers", n_layers, 1)
        self.n_single_qubit_params = count("n_single_qubit_params", n_single_qubit_params, 0)
        self.n_ancillas = count("n_ancillas", n_ancillas, 0)
        self.discard = bool(discard)
        if single_qubit_rotations is not None:
            self.single_qubit_gates = _rotations(single_qubit_rotations)

    @abstractmethod
    def layers(self, n_qubits: int) -> list[Gate]:
        """Gates of a word on two qubits or more; parameters named "0", "1", ..."""

    def dimensions(self) -> dict[str, int]:
        """Of each atom's wires: 2 to the power of its qubits."""
        return {atom: 2 ** min(width, 62) for atom, width in self.qubits.items()}

    def own_symbols(self, dom: Ty, cod: Ty) -> tuple[str, ...]:
        """Names of the parameters of a box of this type, in order of their first use."""
        return self.box_circuit(dom, cod).symbols

    def n_outcomes(self, ty: Ty) -> int:
        """How many outcomes a type has: 2 to the power of its qubits."""
        return int(2 ** self.n_qubits(ty))

    def tensor(self, dom: Ty, cod: Ty) -> core.Circuit:
        """The circuit that the core makes the tensor of a box of."""
        return self.box_circuit(dom, cod).to_core()

    def advice(self) -> str:
        """What to change where a sentence is too large."""
        return f"fewer qubits than {self.qubits}"

    def single_qubit(self) -> list[Gate]:
        """Gates of a word on one qubit."""
        cycle = self.single_qubit_gates
        return [
            Gate(cycle[k % len(cycle)], (0,), Angle(str(k)))
            for k in range(self.n_single_qubit_params)
        ]

    def n_qubits(self, ty: Ty) -> int:
        """Qubits of a type.

        Examples
        --------
        >>> from qnlp import IQPAnsatz, Ty
        >>> n, s = Ty("n"), Ty("s")
        >>> IQPAnsatz({"n": 2, "s": 1}).n_qubits(n.r @ s @ n.l)
        5
        """
        return sum(self._width(atom) for atom, _ in ty.objects)

    def _width(self, atom: str) -> int:
        try:
            return self.qubits[atom]
        except KeyError:
            message = (
                f"ansatz has no number of qubits for atom {atom!r}, only for {sorted(self.qubits)}"
            )
            raise ShapeError(message) from None

    def box_circuit(self, dom: Ty, cod: Ty) -> Circuit:
        r"""The circuit of a box, with parameters named "0", "1", ...

        Parameters
        ----------
        dom, cod : Ty

        Returns
        -------
        Circuit
            On ``max(dom, cod)`` qubits and the ancillas: qubits that the domain lacks start in \\|0>,
            those that the codomain lacks are post-selected. Axes: the qubits of the domain's wires,
            then of the codomain's; those of a wire with odd winding in reverse, so that cups nest;
            then the qubits to be discarded.

        Examples
        --------
        >>> from qnlp import IQPAnsatz, Ty
        >>> n, s = Ty("n"), Ty("s")
        >>> print(IQPAnsatz({"n": 1, "s": 1}).box_circuit(Ty(), n.r @ s))
        0: |0>─H─●─────H─
        1: |0>─H─Rz(0)─H─
        """
        n_in, n_out = self.n_qubits(dom), self.n_qubits(cod)
        n = max(n_in, n_out) + self.n_ancillas
        if n > _MOST_QUBITS:
            message = f"box of type {dom} -> {cod} needs {n} qubits, at most {_MOST_QUBITS} can be described"
            raise CircuitTooLargeError(message)
        gates = self.single_qubit() if n == 1 else self.layers(n) if n > 1 else []
        rest = tuple(range(n_out, n)) if self.discard else ()
        return Circuit(n, tuple(gates), self._axes(dom), self._axes(cod) + rest)

    def n_hidden(self, dom: Ty, cod: Ty) -> int:
        """Qubits of a box of this type that are discarded, the last outputs of its circuit.

        Examples
        --------
        >>> from qnlp import IQPAnsatz, Ty
        >>> IQPAnsatz({"n": 1}, n_ancillas=2, discard=True).n_hidden(Ty(), Ty("n"))
        2
        """
        if not self.discard:
            return 0
        return max(0, self.n_qubits(dom) - self.n_qubits(cod)) + self.n_ancillas

    def _axes(self, ty: Ty) -> tuple[int, ...]:
        axes: list[int] = []
        for atom, winding in ty.objects:
            wire = range(len(axes), len(axes) + self._width(atom))
            axes += reversed(wire) if winding % 2 else wire
        return tuple(axes)

    def circuit(self, box: Box) -> Circuit:
        """The circuit of a box with its own parameters; of a turned one the transpose."""
        base = box.base
        local = self.box_circuit(base.dom, base.cod)
        made = local.rename({name: f"{box_key(base)}_{name}" for name in local.symbols})
        if box.is_dagger:
            made = made.dagger()
        if box.rotation % 2 == 0:
            return made
        made = made.transpose()
        # Turned wires come in reverse order; the qubits within each keep theirs.
        # The discarded ones stay the last: inputs of what was an output.
        return _reorder(made, self._flip(box.dom), self._flip(box.cod))

    def _flip(self, ty: Ty) -> list[int]:
        """Where each qubit of a turned type is in the type that it was turned from."""
        widths = [self._width(atom) for atom, _ in ty.objects]
        begin = [sum(widths[k + 1 :]) for k in range(len(widths))]
        return [b + q for b, w in zip(begin, widths, strict=True) for q in range(w)]

    def __call__(self, diagram: Diagram, *, remove_cups: bool = False) -> Circuit:
        """The circuit of a diagram.

        Parameters
        ----------
        diagram : Diagram
        remove_cups : bool
            Turn words upside down where a cup would join them, which saves that cup's qubits and
            post-selection: an equal circuit. Where words are joined in odd circles or by spiders some
            cups stay, and there may be none to save. Needs a diagram whose boxes are all words.

        Returns
        -------
        Circuit

        Raises
        ------
        DiagramError
            If the ansatz discards qubits of a box: then the sentence is a mixed state, of `mixed`.

        Examples
        --------
        >>> from qnlp import Cup, IQPAnsatz, Ty, Word
        >>> n, s = Ty("n"), Ty("s")
        >>> d = Word("Alice", n) @ Word("runs", n.r @ s) >> Cup(n, n.r) @ s
        >>> ansatz = IQPAnsatz({"n": 1, "s": 1})
        >>> ansatz(d).n_qubits, ansatz(d, remove_cups=True).n_qubits
        (3, 2)
        """
        made, n_hidden = self.purified(diagram, remove_cups=remove_cups)
        if n_hidden:
            message = (
                f"the ansatz discards {n_hidden} qubits of the sentence, which makes it a mixed "
                "state: use ansatz.mixed(diagram)"
            )
            raise DiagramError(message)
        return made

    def mixed(self, diagram: Diagram, *, remove_cups: bool = False) -> MixedCircuit:
        """The circuit of a diagram with the qubits that are discarded; parameters as of a call.

        Examples
        --------
        >>> from qnlp import IQPAnsatz, Ty, Word
        >>> ansatz = IQPAnsatz({"s": 1}, n_ancillas=1, discard=True)
        >>> made = ansatz.mixed(Word("Rain", Ty("s")))
        >>> made.simulate([0.25]).density().round(6).real
        array([[0.853553, 0.      ],
               [0.      , 0.146447]])
        """
        made, n_hidden = self.purified(diagram, remove_cups=remove_cups)
        kept = len(made.outputs) - n_hidden
        pure = replace(made, outputs=made.outputs[:kept])
        return MixedCircuit.of(pure, discarded=made.outputs[kept:])

    def purified(self, diagram: Diagram, *, remove_cups: bool = False) -> tuple[Circuit, int]:
        """The circuit of a diagram with what it discards open; parameters as of a call.

        Returns
        -------
        Circuit
        int
            How many of its outputs, the last, are to be discarded.

        Examples
        --------
        >>> from qnlp import IQPAnsatz, Ty, Word
        >>> ansatz = IQPAnsatz({"s": 1}, n_ancillas=2, discard=True)
        >>> made, n_hidden = ansatz.purified(Word("Rain", Ty("s")))
        >>> len(made.outputs), n_hidden
        (3, 2)
        """
        builder = CircuitBuilder()
        if remove_cups:
            return self._without_cups(builder, diagram), len(builder.hidden)
        return self._layer_by_layer(builder, diagram), len(builder.hidden)

    def _layer_by_layer(self, builder: CircuitBuilder, diagram: Diagram) -> Circuit:
        row = [builder.fresh(self._width(atom)) for atom, _ in diagram.dom.objects]
        inputs = [q for wire in row for q in wire]
        for box, offset in diagram.layers:
            end = offset + len(box.dom)
            row[offset:end] = self._place(builder, box, row[offset:end])
        return builder.build(inputs, [q for wire in row for q in wire])

    def _place(
        self, builder: CircuitBuilder, box: Box, wires: list[tuple[int, ...]]
    ) -> list[tuple[int, ...]]:
        if box.kind == "swap":
            return wires[::-1]
        if box.kind in ("cup", "cap", "spider"):
            width = self._width((box.dom or box.cod).objects[0][0])
            return builder.spider(wires, len(box.cod), width)
        n_out = self.n_qubits(box.cod)
        outputs = builder.place(self.circuit(box), [q for wire in wires for q in wire], n_out)
        return self._split(outputs, box.cod)

    def _split(self, qubits: tuple[int, ...], ty: Ty) -> list[tuple[int, ...]]:
        wires = []
        for atom, _ in ty.objects:
            width = self._width(atom)
            wires.append(qubits[:width])
            qubits = qubits[width:]
        return wires

    def _without_cups(self, builder: CircuitBuilder, diagram: Diagram) -> Circuit:
        graph = diagram.graph()
        n_wires = len(graph["wire_atom"])
        legs: list[list[tuple[int, ...]]] = [[] for _ in range(n_wires)]
        effects: list[tuple[Box, list[int]]] = []
        for wire in graph["dom_wire"]:
            legs[wire].append(builder.fresh(self._width(graph["wire_atom"][wire])))
        inputs = [q for wire in graph["dom_wire"] for q in legs[wire][0]]
        for k, box in enumerate(graph["boxes"]):
            base = box.base
            if base.dom:
                message = f"cups stay where boxes have a domain, as {base.name!r} has"
                raise DiagramError(message)
            ports = graph["port_wire"][graph["port_begin"][k] : graph["port_begin"][k + 1]]
            wires = ports[::-1] if box.rotation % 2 else ports
            state = self.circuit(base)
            if box.is_dagger:
                state = state.dagger().transpose()  # the conjugate
            if graph["turned"][k]:
                effects.append((box, wires))
                continue
            outputs = builder.place(state, (), self.n_qubits(base.cod))
            for wire, qubits in zip(wires, self._split(outputs, base.cod), strict=True):
                legs[wire].append(qubits)
        return self._finish(builder, graph, legs, effects, inputs)

    def _finish(
        self,
        builder: CircuitBuilder,
        graph: dict[str, Any],
        legs: list[list[tuple[int, ...]]],
        effects: list[tuple[Box, list[int]]],
        inputs: list[int],
    ) -> Circuit:
        ends = [wire for _, wires in effects for wire in wires] + graph["cod_wire"]
        below = [
            builder.spider(legs[wire], ends.count(wire), self._width(atom))
            for wire, atom in enumerate(graph["wire_atom"])
        ]
        for atom in graph["loop_atom"]:
            builder.factor *= 2.0 ** self._width(atom)
        for box, wires in effects:
            effect = self.circuit(box.base)
            effect = effect.dagger() if box.is_dagger else effect.transpose()
            builder.place(effect, [q for wire in wires for q in below[wire].pop(0)], 0)
        return builder.build(inputs, [q for wire in graph["cod_wire"] for q in below[wire].pop(0)])

    def config(self) -> dict[str, Any]:
        """What `ansatz_from_config` needs to make an equal ansatz."""
        return {
            "name": self.name,
            "qubits": dict(self.qubits),
            "n_layers": self.n_layers,
            "n_single_qubit_params": self.n_single_qubit_params,
            **self._options(),
        }

    def _options(self) -> dict[str, Any]:
        """The rarer settings, where they are not the default's."""
        found: dict[str, Any] = {"n_ancillas": self.n_ancillas, "discard": self.discard}
        found = {name: value for name, value in found.items() if value}
        if self.single_qubit_gates != type(self).single_qubit_gates:
            found["single_qubit_rotations"] = list(self.single_qubit_gates)
        return found

    def __repr__(self) -> str:
        more = "".join(f", {name}={value!r}" for name, value in self._options().items())
        return (
            f"{type(self).__name__}({self.qubits}, n_layers={self.n_layers}, "
            f"n_single_qubit_params={self.n_single_qubit_params}{more})"
        )


def _reorder(circuit: Circuit, inputs: list[int], outputs: list[int]) -> Circuit:
    return Circuit(
        circuit.n_qubits,
        circuit.gates,
        tuple(circuit.inputs[k] for k in inputs) + circuit.inputs[len(inputs) :],
        tuple(circuit.outputs[k] for k in outputs) + circuit.outputs[len(outputs) :],
        circuit.factor,
    )


def _rotations(names: Sequence[str]) -> tuple[str, ...]:
    rotations = [g.name for g in GATES.values() if g.n_qubits == 1 and g.has_parameter]
    wrong = [name for name in names if name not in rotations]
    if wrong or not names or isinstance(names, str):
        message = f"single_qubit_rotations has {names!r}, expected one or more out of {rotations}"
        raise ShapeError(message)
    return tuple(names)
