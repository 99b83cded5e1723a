#pragma once

#include <cstdint>

#include "monoidal/common/parallel.hpp"
#include "monoidal/tensor/plan.hpp"

namespace monoidal::tensor {

/// How long to look for an order of many tensors.
struct SearchOptions {
    std::uint32_t n_trials = 32;     ///< random greedy orders at most
    std::uint32_t n_best = 4;        ///< of them, those whose subtrees are made optimal, at most
    std::uint32_t subtree_size = 8;  ///< tensors of a subtree that is contracted anew
    /// The search ends where it is estimated to have taken as long as so many runs of the best
    /// order that is known.
    double n_runs = 1e9;
    std::uint64_t seed = 0;
};

/// The best of many greedy orders with random costs, whose subtrees are then replaced by optimal
/// ones until none is better. Never worse than `contraction_order`. Depends on the options alone,
/// not on the machine.
Order search_order(Network const& network, SearchOptions const& options, Task& task);

/// log2 of the multiplications of an order, and of the elements of its largest tensor: without the
/// bound of 2^64 that `cost` has.
struct Work {
    double log2_multiplications = 0;
    double log2_largest = 0;
};
Work work(Network const& network, Order const& order);

/// Indices to sum over one value at a time, until no tensor of the order has over 2^`log2_limit`
/// elements. Of those in the largest tensor each time the one that adds least work.
std::vector<std::uint32_t> slices(Network const& network, Order const& order, double log2_limit);

}  // namespace monoidal::tensor
