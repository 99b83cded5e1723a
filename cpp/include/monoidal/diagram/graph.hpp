#pragma once

#include <cstdint>
#include <vector>

#include "monoidal/diagram/diagram.hpp"

namespace monoidal::diagram {

/// What a diagram wires to what, with its bends gone: cups, caps and swaps are only wire, and a
/// spider is a wire with any number of ends. Snakes and cups need no rewriting here: joining their
/// two legs removes them, in time linear in the number of boxes.
///
/// The value of the diagram in any category of matrices is the sum, over an index for every wire,
/// of the product of its nodes' entries.
struct Graph {
    std::vector<std::uint32_t> generator;   ///< of each node, in the order of the layers
    std::vector<std::uint32_t> port_begin;  ///< node -> its first port, n_nodes + 1 values
    std::vector<std::uint32_t> port_wire;   ///< ports of a node: domain, then codomain
    std::vector<std::uint32_t> dom_wire;
    std::vector<std::uint32_t> cod_wire;
    std::vector<std::uint32_t> wire_atom;
    std::vector<std::uint32_t>
        loop_atom;  ///< closed loops: each is a factor, the dimension of its atom

    [[nodiscard]] std::size_t n_nodes() const { return generator.size(); }
    [[nodiscard]] std::size_t n_wires() const { return wire_atom.size(); }
    bool operator==(Graph const&) const = default;
};

/// Wires are numbered in order of their first end, reading the nodes' ports, then the boundary, so
/// that diagrams of one shape give equal numbers.
Graph wire(Diagram const& diagram);

/// The wires at a node's ports, `ports` in the order of its layer, as the named box itself has
/// them: domain, then codomain. A turned box is the named one with its ports read backwards; a
/// daggered one has its halves exchanged.
std::vector<std::uint32_t> own_ports(Generator const& generator, std::vector<std::uint32_t> ports);

/// Which nodes to turn upside down so that every wire between two of them runs from an upright to a
/// turned one: then no cup is needed there, and the upright nodes alone need qubits. Nodes at the
/// boundary stay upright. A wire between two upright nodes keeps its cup (odd cycles, open wires).
std::vector<std::uint8_t> turned_nodes(Graph const& graph);

}  // namespace monoidal::diagram
