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
    bool mixed = false;                ///< results are probabilities, not amplitudes
};

/// Throws ShapeError naming the atom where one has no dimension.
Shapes group(std::span<diagram::Diagram const> diagrams,
             std::span<std::uint64_t const> atom_dimension);

/// The probabilities of shapes with parts that nobody looks at: each network beside its conjugate,
/// joined at the outputs and at what is discarded. Every operand comes twice, the second time as
/// its own conjugate. `hidden` gives, operand by operand, the elements of an axis that is appended
/// to its own and discarded (1: none), and `is_fed` whether a circuit takes the maximally mixed
/// state there, which costs success as much; `discarded`, shape by shape, how many of the last
/// outputs are.
Shapes doubled(Shapes const& shapes, std::span<std::uint64_t const> hidden,
               std::vector<bool> const& is_fed, std::span<std::uint32_t const> discarded);

}  // namespace monoidal::model
