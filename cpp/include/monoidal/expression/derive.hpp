#pragma once

#include "monoidal/expression/differentiate.hpp"

namespace monoidal::expression {

/// The derivative of the result by variable or constant `index`, as an expression over the same
/// variables. Nothing but zeros and ones is simplified. The derivative of sign is 0, of abs sign;
/// where the expression is NaN its derivative may be a number (log at -1). Throws ShapeError.
Program derive(Program const& program, Wrt wrt, std::size_t index);

}  // namespace monoidal::expression
