"""Equality of string diagrams, the slow obvious way: try every pairing of their boxes."""

from __future__ import annotations

from itertools import permutations
from typing import Any

from qnlp.diagram import Diagram


def ports(diagram: Diagram) -> tuple[list[Any], list[list[int]], dict[str, Any]]:
    """The name of each box, and the wires at its named self's own domain and codomain."""
    graph = diagram.graph()
    labels, wires = [], []
    for k, box in enumerate(graph["boxes"]):
        begin, end = graph["port_begin"][k : k + 2]
        at = graph["port_wire"][begin:end]
        n_dom = len(box.dom)
        if box.rotation % 2:
            at = at[::-1]
            n_dom = len(box.cod)
        if box.is_dagger:
            at = at[n_dom:] + at[:n_dom]
        base = box.base
        labels.append((base.kind, base.name, base.dom, base.cod, box.is_dagger))
        wires.append(at)
    return labels, wires, graph


def are_equal(f: Diagram, g: Diagram) -> bool:
    if (f.dom, f.cod) != (g.dom, g.cod):
        return False
    (names_f, wires_f, graph_f), (names_g, wires_g, graph_g) = ports(f), ports(g)
    if len(names_f) != len(names_g) or sorted(graph_f["loop_atom"]) != sorted(graph_g["loop_atom"]):
        return False
    if len(graph_f["wire_atom"]) != len(graph_g["wire_atom"]):
        return False
    ends_f = [graph_f["dom_wire"], graph_f["cod_wire"]]
    ends_g = [graph_g["dom_wire"], graph_g["cod_wire"]]
    for order in permutations(range(len(names_g))):
        if [names_g[k] for k in order] != names_f:
            continue
        rows_f = wires_f + ends_f
        rows_g = [wires_g[k] for k in order] + ends_g
        pairs = {
            pair for a, b in zip(rows_f, rows_g, strict=True) for pair in zip(a, b, strict=True)
        }
        lefts, rights = {a for a, _ in pairs}, {b for _, b in pairs}
        if len(pairs) == len(lefts) == len(rights) and bare(graph_f, lefts) == bare(
            graph_g, rights
        ):
            return True
    return False


def bare(graph: dict[str, Any], seen: set[int]) -> list[str]:
    return sorted(atom for k, atom in enumerate(graph["wire_atom"]) if k not in seen)
