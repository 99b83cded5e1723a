#pragma once

#include <span>

#include "monoidal/expression/evaluate.hpp"

namespace monoidal::expression {

/// What a derivative is taken by.
enum class Wrt { constants, variables };

/// Value and all derivatives on every row, in one pass: reverse mode, a few evaluations in cost
/// whatever the number of constants or variables.
///
///   values    x.n_rows
///   jacobian  n * x.n_rows, n constants or variables: one column of rows after another
///
/// A partial derivative is taken of each operation where it stands, never by dividing its result
/// back: a product with a zero factor has a finite derivative. abs has 0 at 0, min and max 1/2 for
/// each of two equal operands. Throws ShapeError where a length disagrees.
void value_and_jacobian(Candidate const& candidate, Columns<double> x, Wrt wrt,
                        std::span<double> values, std::span<double> jacobian, ThreadPool& pool,
                        Poll const& poll);

/// Value and derivative along one direction, in forward mode.
///
///   constants_direction  n_constants values, or empty for zero
///   x_direction          as x, or of 0 rows for zero
void value_and_tangent(Candidate const& candidate, Columns<double> x,
                       std::span<double const> constants_direction, Columns<double> x_direction,
                       std::span<double> values, std::span<double> tangents, ThreadPool& pool,
                       Poll const& poll);

}  // namespace monoidal::expression
