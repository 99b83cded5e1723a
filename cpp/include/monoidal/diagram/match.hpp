#pragma once

#include <cstdint>
#include <vector>

#include "monoidal/diagram/diagram.hpp"

namespace monoidal::diagram {

/// Where a pattern occurs: for each of its boxes, in the order of its layers, the host's layer.
using Match = std::vector<std::uint32_t>;

/// All places where a pattern's boxes stand in the host, wired the same. Wires inside the pattern
/// must be the host's whole wires; those at its boundary may go anywhere. Snakes of both are pulled
/// straight first and swaps do not count, so a match is one up to interchange. A spider matches one
/// with as many legs. At most `limit` are looked for; of symmetric ones each counts.
///
/// Throws ShapeError where the pattern has no box, or a wire that no box of its holds.
std::vector<Match> find(Diagram const& pattern, Diagram const& host, std::size_t limit);

/// The host with the match replaced by another diagram of the pattern's type (double pushout).
/// Wires that would have to run upwards go round by a cap and a cup.
///
/// Throws TypeMismatch where the types differ, ShapeError where the match is none.
Diagram replace(Diagram const& pattern, Diagram const& host, Match const& match, Diagram const& by);

}  // namespace monoidal::diagram
