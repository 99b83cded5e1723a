#pragma once

#include <optional>

#include "monoidal/tensor/plan.hpp"

namespace monoidal::tensor {

/// An order and its multiplications, which are infinite where a double cannot hold them.
struct Costed {
    Order order;
    double multiplications = 0.0;
};

/// The order with the fewest multiplications if they are fewer than `bound`: dynamic programming
/// over sets of tensors, 3^n / 2 steps. At least two tensors, at most kExactLimit.
std::optional<Costed> order_below(Network const& network, double bound);

}  // namespace monoidal::tensor
