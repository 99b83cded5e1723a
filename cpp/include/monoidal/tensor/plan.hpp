#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "monoidal/common/size.hpp"
#include "monoidal/tensor/network.hpp"

namespace monoidal::tensor {

/// Pairs of tensors to contract: operands have numbers 0 to n - 1, the result of step k has n + k.
using Order = std::vector<std::pair<std::uint32_t, std::uint32_t>>;

/// The order with the fewest multiplications: dynamic programming over sets of tensors, 3^n steps.
/// Throws TooLargeError above kExactLimit tensors.
Order exact_order(Network const& network);
inline constexpr std::size_t kExactLimit = 14;

/// Each time the pair whose result grows least over what it replaces.
Order greedy_order(Network const& network);

/// Exact where that takes under a millisecond, greedy beyond.
Order contraction_order(Network const& network);

/// One pairwise contraction, as offsets: out[o] = sum over k of left[lo[o] + lk[k]] right[ro[o] +
/// rk[k]].
struct Step {
    std::uint32_t left = 0;
    std::uint32_t right = 0;
    std::vector<std::uint32_t> left_out, right_out;  ///< one a result element
    std::vector<std::uint32_t> left_sum, right_sum;  ///< one a summed element

    [[nodiscard]] std::size_t size() const { return left_out.size(); }
    [[nodiscard]] std::size_t n_terms() const { return left_sum.size(); }
};

/// What a plan costs, known before any memory is taken.
struct Cost {
    Size multiplications;  ///< complex, for one set of operands
    Size largest;          ///< elements of the largest tensor
    Size total;            ///< elements of all operands and results
};
Cost cost(Network const& network, Order const& order);

/// A network compiled for an order. Immutable; any number of threads may run it.
struct Plan {
    std::vector<std::uint64_t> operand_size;  ///< elements of each operand, copy tensors included
    std::vector<std::uint32_t> copy_rank;     ///< of the trailing copy tensors
    std::vector<std::uint64_t> copy_dimension;
    std::vector<Step> steps;
    std::uint64_t output_size = 1;
    double scale = 1.0;

    /// First element of each tensor (operands, then results) when laid end to end; last the total.
    std::vector<std::uint64_t> begin;

    [[nodiscard]] std::size_t n_operands() const { return operand_size.size(); }
    [[nodiscard]] std::size_t n_given() const { return operand_size.size() - copy_rank.size(); }
};

/// Throws TooLargeError where one tensor would have 2^31 elements or more.
Plan compile(Network const& network, Order const& order);

/// Readable: one step a line, with its multiplications.
std::string print(Network const& network, Order const& order);

}  // namespace monoidal::tensor
