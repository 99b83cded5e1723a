#pragma once

#include <cstddef>
#include <vector>

#include "monoidal/diagram/diagram.hpp"

namespace monoidal::diagram {

/// The most wires side by side at any height.
std::size_t width(Diagram const& diagram);

/// The most boxes one under another along wires.
std::size_t depth(Diagram const& diagram);

/// The diagram as slices of boxes side by side, each box as high as the wires above and beside it
/// allow: no wires cross that did not before. The slices' composite is this diagram, interchanged.
/// Time is linear in the boxes and in the widths of all slices together.
std::vector<Diagram> foliation(Diagram const& diagram);

}  // namespace monoidal::diagram
