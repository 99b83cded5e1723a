#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "monoidal/tensor/execute.hpp"

namespace monoidal::tensor {

using Offsets = std::vector<std::uint32_t>;

/// Where a table of offsets is among those of a contraction.
struct Table {
    std::size_t begin = 0;
    std::size_t size = 0;
};

/// Matrices one after another: whether they have to be written down, or are there by rows or by
/// columns already.
enum class Layout : std::uint8_t { scattered, rows, columns };

/// A block of a tensor to be read as matrices: the sum over `extra` of the elements at
/// row + column + extra.
struct Pick {
    Table row;
    Table column;
    Table extra;
    Layout layout = Layout::scattered;
};

/// For each of `batch`, an m x k matrix of the left tensor times a k x n one of the right.
struct Contraction::Step {
    std::uint32_t left = 0;
    std::uint32_t right = 0;
    std::uint64_t out = 0;  ///< where in the arena
    std::uint64_t batch = 1, m = 1, k = 1, n = 1;
    Pick a, b;
    Table place;                 ///< of a last step: where each element of its result belongs
    bool is_small = false;       ///< whether it is done where the tensors are, without BLAS
    bool is_contiguous = false;  ///< whether columns of b are side by side
};

}  // namespace monoidal::tensor
