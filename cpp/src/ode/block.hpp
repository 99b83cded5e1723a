#pragma once

#include <cstddef>

#include "../expression/kernels.hpp"
#include "monoidal/common/aligned.hpp"
#include "monoidal/ode/solve.hpp"
#include "step_kernels.hpp"

namespace monoidal::ode {

using expression::kPad;

/// Lanes for a system: many for a small one, so that a call of a kernel pays; the arrays of a large
/// one stay in the cache.
constexpr std::size_t lanes_for(std::size_t n_states) noexcept {
    if (n_states <= 16) return 6 * kPad;
    return n_states <= 64 ? 2 * kPad : kPad;
}

/// The trajectories under way: one a lane, one row of lanes a component.
struct Block {
    Block(System const& system, SolveOptions const& options, std::size_t n_trajectories)
        : n_states(system.n_states()),
          n_own(system.n_own_states()),
          n_parameters(system.n_parameters()),
          stride(n_trajectories <= kPad ? kPad : lanes_for(n_states)),
          tol_rel(options.tol_rel),
          tol_abs(options.tol_abs.begin(), options.tol_abs.end()),
          state(n_states * stride),
          next(n_states * stride),
          parameters(n_parameters * stride),
          time(stride),
          step(stride),
          error(stride),
          first_bend(n_states * stride),
          second_bend(n_states * stride),
          third_bend(n_states * stride) {}

    [[nodiscard]] Rows all_rows(std::size_t n) const {
        return {.n_rows = n_states, .stride = stride, .n = n};
    }
    [[nodiscard]] Rows own_rows(std::size_t n) const {
        return {.n_rows = n_own, .stride = stride, .n = n};
    }

    std::size_t n_states;
    std::size_t n_own;
    std::size_t n_parameters;
    std::size_t stride;
    double tol_rel;
    Buffer tol_abs;
    Buffer state;
    Buffer next;  // after the step that was tried
    Buffer parameters;
    Buffer time;
    Buffer step;   // 0: a lane that begins, or one that is not used
    Buffer error;  // mean square over the own states, 1 being the tolerance
    // The step's polynomial: y + s (d + (1 - s) (first + s (second + (1 - s) third))), d = next -
    // y.
    Buffer first_bend;
    Buffer second_bend;
    Buffer third_bend;
};

/// How a method's step size follows its error: step * safety * error^-power * old_error^memory.
struct Control {
    double power;
    double memory;
    double shrink;
    double grow;
};

}  // namespace monoidal::ode
