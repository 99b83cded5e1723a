#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "monoidal/common/parallel.hpp"
#include "sweep.hpp"

namespace monoidal::expression {

/// A symmetric positive matrix as its factor L L^T, for the few constants of one expression. A
/// direction that the matrix does not see to rounding is left out: its solution is 0.
class Cholesky {
public:
    /// `matrix` has n x n values, row-major; only the lower half is read.
    void factor(std::span<double const> matrix, std::size_t n);
    /// Replaces b by the solution.
    void solve(std::span<double> b) const;

private:
    std::size_t n_ = 0;
    std::vector<double> lower_;
    std::vector<bool> is_seen_;
};

/// J^T J, J^T r and r^T r of weighted residuals r = y - f over all rows, J the derivative of f.
struct NormalEquations {
    std::vector<double> matrix;  // n x n, both halves
    std::vector<double> gradient;
    double cost = 0.0;        // infinite where a value or a derivative is not finite
    double value_cost = 0.0;  // whatever the derivatives are
};

struct Target {
    Columns<double> x;
    std::span<double const> y;
    std::span<double const> root_weights;  // empty for 1
};

/// Sets up normal equations block by block: the Jacobian is never stored.
class Assembler {
public:
    void run(Sweep& sweep, std::size_t n_constants, Target const& target, Task& task,
             NormalEquations& into);
    /// The cost alone: a fraction of the work.
    double cost(Sweep& sweep, Target const& target, Task& task);

private:
    void set_residual(Sweep const& sweep, Target const& target, std::size_t begin, std::size_t end);
    void add_block(Sweep const& sweep, Target const& target, std::size_t begin, std::size_t end,
                   NormalEquations& into);
    double const* column(Sweep const& sweep, std::size_t k, Target const& target, std::size_t begin,
                         std::size_t end);

    Kernels<double> const* kernels_ = &kernels<double>();
    Buffer residual_;
    Buffer scratch_;
    std::vector<double const*> columns_;
};

}  // namespace monoidal::expression
