#include "monoidal/tensor/network.hpp"

#include <algorithm>

#include "monoidal/common/error.hpp"

namespace monoidal::tensor {
namespace {

/// The axes of the named box's own tensor, given the wires at the ports of a node.
std::vector<std::uint32_t> axes(diagram::Generator const& g, std::vector<std::uint32_t> wires) {
    if (g.rotation % 2 != 0) std::ranges::reverse(wires);
    if (g.is_dagger) {
        // The ports are (codomain, domain) of the named box; after an odd turn, of its mirror
        // image, which read backwards is (domain, codomain) of a daggered box: the same halves.
        auto const n_first = g.rotation % 2 != 0 ? g.cod.size() : g.dom.size();
        std::ranges::rotate(wires, wires.begin() + static_cast<std::ptrdiff_t>(n_first));
    }
    return wires;
}

/// Output axes must all be different and stand at some operand: copy tensors make them so.
void separate_outputs(Network& net) {
    std::vector<std::uint32_t> n_ends(net.dimension.size(), 0);
    for (auto const& operand : net.operands) {
        for (auto const index : operand) ++n_ends[index];
    }
    std::vector<std::vector<std::size_t>> places(net.dimension.size());
    for (std::size_t k = 0; k < net.output.size(); ++k) places[net.output[k]].push_back(k);
    for (std::uint32_t index = 0; index < places.size(); ++index) {
        auto const& at = places[index];
        bool const stands_alone = n_ends[index] == 0;
        if (at.empty() || (at.size() == 1 && !stands_alone)) continue;
        std::vector<std::uint32_t> copy;
        if (!stands_alone) copy.push_back(index);
        for (auto const place : at) {
            auto const fresh = static_cast<std::uint32_t>(net.dimension.size());
            net.dimension.push_back(net.dimension[index]);
            net.output[place] = fresh;
            copy.push_back(fresh);
        }
        net.operands.push_back(std::move(copy));
    }
}

}  // namespace

Network network(diagram::Graph const& graph, diagram::Signature const& signature,
                std::span<std::uint64_t const> atom_dimension) {
    auto const dimension = [&](std::uint32_t atom) {
        if (atom < atom_dimension.size() && atom_dimension[atom] > 0) return atom_dimension[atom];
        throw ShapeError("atom '" + signature.atom_name(atom) + "' has no dimension");
    };
    Network net;
    for (auto const atom : graph.wire_atom) net.dimension.push_back(dimension(atom));
    for (std::size_t node = 0; node < graph.n_nodes(); ++node) {
        auto const begin = graph.port_wire.begin() + graph.port_begin[node];
        auto const end = graph.port_wire.begin() + graph.port_begin[node + 1];
        net.operands.push_back(axes(signature[graph.generator[node]], {begin, end}));
    }
    net.n_given = net.operands.size();
    net.output = graph.dom_wire;
    net.output.insert(net.output.end(), graph.cod_wire.begin(), graph.cod_wire.end());
    for (auto const atom : graph.loop_atom) net.scale *= static_cast<double>(dimension(atom));
    separate_outputs(net);
    return net;
}

}  // namespace monoidal::tensor
