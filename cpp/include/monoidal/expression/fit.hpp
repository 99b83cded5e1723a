#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "monoidal/expression/evaluate.hpp"

namespace monoidal::expression {

/// Why a fit ended. `message` is the text of each.
enum class FitOutcome : std::uint8_t {
    exact,             // residuals at the size of rounding
    gradient_small,    // residuals are orthogonal to every constant's direction
    cost_flat,         // the last step changed the cost by less than the tolerance
    step_small,        // the last step moved the constants by less than the tolerance
    nothing_to_fit,    // the expression has no constants
    no_descent,        // no step down was found, however short
    iterations_spent,  // the limit came first
    start_not_finite,  // the expression is NaN or infinite on a row, with the constants given
};

inline constexpr std::size_t kFitOutcomes = 8;

std::string_view name(FitOutcome outcome) noexcept;
std::string_view message(FitOutcome outcome) noexcept;
/// The first five: the constants are those of a (local) minimum.
bool is_converged(FitOutcome outcome) noexcept;

/// More constants are refused (TooLargeError): each step solves a dense system.
inline constexpr std::size_t kMaxFitted = 1'000;

struct FitOptions {
    std::size_t max_iterations = 100;
    double tol_rel = 1e-12;      // of cost, step and gradient
    bool project_linear = true;  // variable projection for constants that enter linearly
};

struct FitResult {
    std::vector<double> constants;  // the best seen: the start, where nothing was better
    double cost = 0.0;              // sum of weighted squared residuals there
    std::size_t iterations = 0;
    FitOutcome outcome = FitOutcome::nothing_to_fit;
};

/// For each constant, whether the expression is affine in all the constants so marked at once,
/// the others held fixed.
std::vector<bool> linear_constants(Program const& program);

/// Least squares for the constants of each candidate, from the values given there.
///
///   y        x.n_rows values
///   weights  x.n_rows, at least 0, or empty for 1: the cost is the sum of w (y - f)^2;
///            or so many a candidate, one candidate after another
///
/// Levenberg-Marquardt with Marquardt's scaling and Nielsen's damping (Madsen, Nielsen and
/// Tingleff, Methods for Non-Linear Least Squares Problems, 2004). Constants that enter linearly
/// are solved for exactly at each step (Golub and Pereyra, SIAM J. Numer. Anal. 10, 1973,
/// doi:10.1137/0710036; Kaufman's form, BIT 15, 1975, doi:10.1007/BF01932995). Each candidate runs
/// on one thread, so results do not depend on their number.
/// Throws ShapeError, and DomainError where y or a weight is not finite or a weight is negative.
std::vector<FitResult> fit(std::span<Candidate const> candidates, Columns<double> x,
                           std::span<double const> y, std::span<double const> weights,
                           FitOptions const& options, ThreadPool& pool, Poll const& poll);

}  // namespace monoidal::expression
