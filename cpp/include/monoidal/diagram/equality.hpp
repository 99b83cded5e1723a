#pragma once

#include <cstdint>

#include "monoidal/diagram/diagram.hpp"

namespace monoidal::diagram {

/// Equality of string diagrams: the same boxes, wired the same, whatever their order, bends, swaps
/// and the way spiders are put together. So they are equal in every category of matrices.
///
/// What hangs together with the boundary is compared by one walk from it, in linear time. Closed
/// components, and boxes that only a spider holds, have no order: their ends are sorted by
/// partition refinement (n log n), then matched by search. Throws TooLargeError where that search
/// goes wrong a hundred thousand times: only graphs made to defeat it do that.
bool are_equal(Diagram const& a, Diagram const& b);

/// Equal for equal diagrams over one signature; linear time.
std::uint64_t hash(Diagram const& diagram);

}  // namespace monoidal::diagram
