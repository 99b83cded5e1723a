#pragma once

#include <cstddef>
#include <span>

#include "monoidal/common/parallel.hpp"
#include "monoidal/tensor/plan.hpp"

namespace monoidal::tensor {

/// Many contractions of one plan side by side, the batch innermost: element e of a tensor is
/// `lanes` real parts, then `lanes` imaginary parts, at 2 * lanes * e. With 8 lanes or a multiple
/// of it the arithmetic is in vectors; any other number works one by one. Lanes never mix, so a
/// lane's result does not depend on its neighbours, the number of threads or the instruction set.
///
/// `tensors` holds 2 * lanes * plan.begin.back() numbers with the given operands filled in; copy
/// tensors and results are written here.
void contract(Plan const& plan, std::size_t lanes, std::span<double> tensors, Task& task);

/// Reverse mode. With L a real function of the result, the adjoint of z is dL/dRe z + i dL/dIm z.
/// On entry the last result's adjoint is in place and the rest is anything; on exit the adjoint of
/// every operand is. `adjoints` is laid out as `tensors`.
void contract_adjoint(Plan const& plan, std::size_t lanes, std::span<double const> tensors,
                      std::span<double> adjoints, Task& task);

}  // namespace monoidal::tensor
