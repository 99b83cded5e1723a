#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "monoidal/diagram/diagram.hpp"
#include "monoidal/tensor/plan.hpp"

namespace monoidal::model {

/// Diagrams sorted by shape: what is left when the names of their boxes are forgotten.
struct Shapes {
    /// Of each shape: its network, and the generator (of the first diagram) at each of its
    /// operands.
    std::vector<tensor::Network> networks;
    std::vector<std::vector<std::uint32_t>> operands;
    /// Of the scale between |amplitude|^2 and the probability that all post-selections of the
    /// circuit with its cups and caps succeed: a cup, a cap, a spider without legs on one side cost
    /// their dimension.
    std::vector<double> log2_success;

    std::vector<std::uint32_t> shape_of;  ///< of each diagram
    std::vector<std::uint32_t> words;  ///< named boxes (undaggered, unturned), diagram by diagram
};

/// Throws ShapeError naming the atom where one has no dimension.
Shapes group(std::span<diagram::Diagram const> diagrams,
             std::span<std::uint64_t const> atom_dimension);

}  // namespace monoidal::model
