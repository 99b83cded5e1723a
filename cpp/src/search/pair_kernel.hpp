#pragma once
// Which pairs of unit columns explain a target; internal to cpp/src/search.

#include <cstddef>
#include <cstdint>

namespace monoidal::search {

/// Columns go through this many at a time.
inline constexpr std::size_t kPairBlock = 32;

struct PairRow {
    float const* columns;  // point by point: `stride` values each, column 0 first
    std::size_t stride;    // a multiple of kPairBlock; columns past the last are 0
    std::size_t n_points;
    float const* along;     // of each column, with the target
    float const* discount;  // of each column, on the misfit that counts
    float target;           // squared norm of the target
};

/// The columns j < end that with column i leave a squared misfit below `most` times the discount
/// of j, or nearly so: rounding in float is allowed for. Returns how many; `out` holds `end`.
using FindPairs = std::size_t (*)(PairRow const& row, std::size_t i, std::size_t end, float most,
                                  std::uint32_t* out) noexcept;

/// For the processor at hand.
FindPairs find_pairs() noexcept;

}  // namespace monoidal::search
