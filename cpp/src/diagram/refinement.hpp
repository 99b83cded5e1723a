#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace monoidal::diagram {

/// A graph whose edges have labels (ports), for comparison with another.
struct Incidence {
    std::vector<std::uint32_t> begin;  ///< vertex -> its first edge
    std::vector<std::uint32_t> label;
    std::vector<std::uint32_t> other;  ///< vertex at the other end

    [[nodiscard]] std::size_t size() const { return begin.size() - 1; }
};

/// Whether two graphs of one size have an isomorphism that keeps the vertices' colours: partition
/// refinement, then search where it leaves a choice.
bool are_isomorphic(std::array<Incidence, 2> const& graphs,
                    std::array<std::vector<std::uint32_t>, 2> const& colours);

}  // namespace monoidal::diagram
