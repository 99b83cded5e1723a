#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "monoidal/diagram/graph.hpp"

namespace monoidal::tensor {

/// A sum, over a value for every index, of a product of tensors. An index may be at any number of
/// axes (a spider is one index), also twice at one tensor (a trace), also at none but the output's.
/// One that stands nowhere is not summed over.
struct Network {
    std::vector<std::vector<std::uint32_t>> operands;  ///< axes of each tensor, row-major
    std::vector<std::uint32_t> output;                 ///< axes of the result, all different
    std::vector<std::uint64_t> dimension;              ///< of each index
    std::size_t n_given =
        0;               ///< operands from here on are copy tensors (1 where all indices agree)
    double scale = 1.0;  ///< closed loops

    bool operator==(Network const&) const = default;
};

/// The network of a diagram: nodes in order, axes in the order of the named box's own domain and
/// codomain (a turned box has the same tensor with its axes read backwards, a daggered one the
/// conjugate with its halves exchanged). Output axes: domain, then codomain.
Network network(diagram::Graph const& graph, diagram::Signature const& signature,
                std::span<std::uint64_t const> atom_dimension);

}  // namespace monoidal::tensor
