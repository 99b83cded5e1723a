#pragma once

#include <functional>

#include "exact.hpp"
#include "monoidal/tensor/plan.hpp"

namespace monoidal::tensor {

/// What it costs to contract two tensors, given the sizes of the result and of both.
using PairCost = std::function<double(double made, double a, double b)>;

/// Each time the pair that costs least; of equal ones the oldest.
Costed greedy_order(Network const& network, PairCost const& pair_cost);

}  // namespace monoidal::tensor
