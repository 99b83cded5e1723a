#pragma once

#include <cstddef>

#include "monoidal/common/isa.hpp"

namespace monoidal::ode {

/// Most stages that one sum has.
inline constexpr std::size_t kMaxTerms = 6;

/// A weighted sum of stages: each an array of rows like the state.
struct Sum {
    double const* stage[kMaxTerms];
    double weight[kMaxTerms];
    std::size_t n_terms;
};

/// Rows of a block: `n_rows` of `stride` values, of which the first `n` count, a multiple of 16.
struct Rows {
    std::size_t n_rows;
    std::size_t stride;
    std::size_t n;
};

/// The loops of one step, for one instruction set. `step` is a row, tolerances are one a row.
struct StepKernels {
    /// out = y + step * sum
    void (*advance)(Rows rows, double const* y, double const* step, Sum const& sum,
                    double* out) noexcept;
    /// out = step * sum
    void (*combine)(Rows rows, double const* step, Sum const& sum, double* out) noexcept;
    /// Mean over the rows of (e / (tol_abs + tol_rel max(|y|, |next|)))^2, e = step * sum. NaN
    /// where `next` is not finite.
    void (*error)(Rows rows, double const* y, double const* next, double const* step,
                  Sum const& sum, double const* tol_abs, double tol_rel, double* out) noexcept;
    /// to = from in the lanes where `mask` is not 0
    void (*select)(Rows rows, double const* mask, double const* from, double* to) noexcept;
    /// The polynomial of a step, y + s (d + (1 - s) (a + s (b + (1 - s) c))), d = next - y:
    /// a = step k1 - d, b = d - step k7 - a.
    void (*hermite)(Rows rows, double const* y, double const* next, double const* step,
                    double const* first, double const* last, double* a, double* b) noexcept;
};

StepKernels const& step_kernels() noexcept;
/// Those of one instruction set, for tests: the processor must have it.
StepKernels const& step_kernels(Isa isa) noexcept;

}  // namespace monoidal::ode
