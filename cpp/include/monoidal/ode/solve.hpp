#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>
#include <vector>

#include "monoidal/common/parallel.hpp"
#include "monoidal/ode/system.hpp"

namespace monoidal::ode {

/// Why a trajectory ended. `message` is the text of each.
enum class Outcome : std::uint8_t {
    finished,        // values at all times
    blow_up,         // beyond `limit`, or growing without bound at that time
    not_finite,      // the right-hand side is NaN or infinite from there on
    step_too_small,  // the tolerances ask for steps below the spacing of doubles
    steps_spent,     // max_steps came first
    seconds_spent,   // max_seconds came first
};

inline constexpr std::size_t kOutcomes = 6;

std::string_view name(Outcome outcome) noexcept;
std::string_view message(Outcome outcome) noexcept;

enum class Method : std::uint8_t {
    dormand_prince,  // explicit, order 5(4)
    rosenbrock,      // for stiff systems, order 4(3), with the exact Jacobian
    automatic,       // dormand_prince until it finds the system stiff, then rosenbrock
};

struct SolveOptions {
    Method method = Method::dormand_prince;
    double tol_rel = 1e-6;
    std::vector<double> tol_abs;  // one an own state
    double first_step = 0.0;      // 0: chosen
    double max_step = std::numeric_limits<double>::infinity();
    double limit = std::numeric_limits<double>::infinity();  // of |y|, own states
    std::uint64_t max_steps = 100'000;                       // of a trajectory, rejected ones too
    double max_seconds = std::numeric_limits<double>::infinity();  // of the whole call
};

/// `n` trajectories, each from the first of its times.
struct Batch {
    std::size_t n;
    std::size_t n_times;
    std::span<double const> initial;     // n * n_own_states()
    std::span<double const> parameters;  // n * n_parameters()
    std::span<double const> times;       // n_times, for all, or n * n_times; never descending
};

/// How one trajectory went.
struct Trajectory {
    Outcome outcome = Outcome::finished;
    bool was_stiff = false;  // rosenbrock did the rest
    double time = 0.0;       // reached
    std::uint64_t n_steps = 0;
    std::uint64_t n_rejected = 0;
};

/// Solve all trajectories, one a lane of the vector registers, each with its own steps.
///
///   values  n * n_times * n_states(), overwritten; NaN after the end of a trajectory
///
/// A trajectory's bits depend neither on the others nor on the number of threads or the
/// instruction set (unless max_seconds ends it). The step size is chosen for the own states:
/// sensitivities are the exact derivatives of the discrete solution at those steps.
///
/// Dormand and Prince, J. Comput. Appl. Math. 6, 1980, doi:10.1016/0771-050X(80)90013-3, with the
/// dense output and step control of Hairer, Norsett and Wanner, Solving ODEs I, 1993. RODAS: Hairer
/// and Wanner, Solving ODEs II, 1996, section IV.7.
///
/// Throws ShapeError where a length disagrees, DomainError where a number is not finite, times
/// descend or an option is out of range.
std::vector<Trajectory> solve(System const& system, Batch const& batch, SolveOptions const& options,
                              std::span<double> values, ThreadPool& pool, Poll const& poll);

}  // namespace monoidal::ode
