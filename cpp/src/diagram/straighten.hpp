#pragma once

#include <cstdint>
#include <vector>

#include "monoidal/diagram/diagram.hpp"

namespace monoidal::diagram {

constexpr auto kNoNode = static_cast<std::uint32_t>(-1);

/// A wire that only runs downwards. `source` is kNoNode at the domain, `sink` at the codomain; then
/// the port is the place on that boundary.
struct Edge {
    Object type;
    std::uint32_t source = kNoNode;
    std::uint32_t sink = kNoNode;
    std::uint32_t rank = 0;  ///< left to right, as the wires stood in the diagram it came from
};

/// A diagram whose snakes are straight: nodes (boxes, words, spiders, and those cups and caps that
/// had to stay) and edges that run downwards.
struct Straight {
    std::vector<std::uint32_t> generator;
    std::vector<std::uint32_t> layer;             ///< of each node in the diagram it came from
    std::vector<std::vector<std::uint32_t>> dom;  ///< node -> edges that end there
    std::vector<std::vector<std::uint32_t>> cod;  ///< node -> edges that begin there
    std::vector<Edge> edges;
    std::vector<std::uint32_t> top;     ///< edges at the domain
    std::vector<std::uint32_t> bottom;  ///< edges at the codomain
    std::vector<Object> loops;
};

Straight straighten(Diagram const& diagram);

/// Snakes of a diagram without swaps pulled straight in place: the boxes left of a snake's middle
/// wire slide to one side, those right of it to the other, and no wires ever cross. Linear a snake.
Diagram pull_straight(Diagram const& diagram);

bool has_swap(Signature const& signature, std::vector<Layer> const& layers);

/// The layers of a straightened diagram; `is_planar` where it came from one without swaps.
std::vector<Layer> weave(Signature& signature, Straight straight, bool is_planar);

}  // namespace monoidal::diagram
