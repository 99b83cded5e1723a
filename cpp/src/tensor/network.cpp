#include "monoidal/tensor/network.hpp"

#include <algorithm>

#include "monoidal/common/error.hpp"

namespace monoidal::tensor {
namespace {

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
        net.operands.push_back(diagram::own_ports(signature[graph.generator[node]], {begin, end}));
    }
    net.n_given = net.operands.size();
    net.output = graph.dom_wire;
    net.output.insert(net.output.end(), graph.cod_wire.begin(), graph.cod_wire.end());
    for (auto const atom : graph.loop_atom) net.scale *= static_cast<double>(dimension(atom));
    separate_outputs(net);
    return net;
}

}  // namespace monoidal::tensor
