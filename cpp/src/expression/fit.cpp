#include "monoidal/expression/fit.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <utility>

#include "monoidal/common/error.hpp"
#include "normal_equations.hpp"

namespace monoidal::expression {
namespace {

/// Name and message of each.
constexpr std::array<std::pair<std::string_view, std::string_view>, kFitOutcomes> kTexts{{
    {"exact", "the residuals are at the size of rounding"},
    {"gradient_small", "the residuals are orthogonal to the derivatives by all constants"},
    {"cost_flat", "the last step changed the cost by less than tol_rel"},
    {"step_small", "the last step moved the constants by less than tol_rel"},
    {"nothing_to_fit", "the expression has no constants"},
    {"no_descent", "no step, however short, lowered the cost"},
    {"iterations_spent", "max_iterations came before a minimum"},
    {"start_not_finite",
     "the expression or a derivative is NaN or infinite on a row, with the constants given"},
}};

constexpr double kMostDamping = 1e16;
constexpr double kRounding = 1e-14;  // of an evaluation, relative to y

/// One fit. Constants are split into those solved for exactly and those stepped.
class Fitter {
public:
    Fitter(Candidate const& candidate, Target const& target, FitOptions const& options, Task& task)
        : candidate_(candidate), target_(target), options_(options), task_(task) {
        auto const linear = linear_constants(*candidate.program);
        for (std::size_t k = 0; k < linear.size(); ++k) {
            (linear[k] && options.project_linear ? linear_ : stepped_).push_back(k);
        }
        best_.constants.assign(candidate.constants.begin(), candidate.constants.end());
        for (std::size_t i = 0; i < target.y.size(); ++i) {
            auto const w = target.root_weights.empty() ? 1.0 : target.root_weights[i];
            scale_ += target.y[i] * target.y[i] * w * w;
        }
    }

    FitResult run() {
        sweep_.prepare({.program = candidate_.program, .constants = best_.constants}, true, false);
        if (!linear_.empty()) {
            std::vector<bool> is_linear(best_.constants.size(), false);
            for (auto const k : linear_) is_linear[k] = true;
            linear_sweep_.prepare({.program = candidate_.program, .constants = best_.constants},
                                  is_linear, false);
        }
        assemble(best_.constants, equations_);
        best_.cost = std::isnan(equations_.value_cost) ? INFINITY : equations_.value_cost;
        best_.outcome = loop();
        return std::move(best_);
    }

private:
    FitOutcome loop() {
        if (!std::isfinite(equations_.cost)) return FitOutcome::start_not_finite;
        if (best_.constants.empty()) return FitOutcome::nothing_to_fit;
        if (!linear_.empty()) start_linear();
        damping_ = 1e-3;
        double growth = 2.0;
        while (best_.iterations < options_.max_iterations) {
            if (is_exact()) return FitOutcome::exact;
            reduce();
            if (stepped_.empty() || is_orthogonal()) return FitOutcome::gradient_small;
            ++best_.iterations;
            auto const ending = step(growth);
            if (ending != FitOutcome::iterations_spent) return ending;
        }
        return is_exact() ? FitOutcome::exact : FitOutcome::iterations_spent;
    }

    [[nodiscard]] bool is_exact() const { return best_.cost <= kRounding * kRounding * scale_; }

    /// Is the cosine between the residuals and each derivative below the tolerance?
    [[nodiscard]] bool is_orthogonal() const {
        auto const n = stepped_.size();
        for (std::size_t i = 0; i < n; ++i) {
            auto const length = std::sqrt(reduced_[i * n + i] * best_.cost);
            if (std::abs(gradient_[i]) > options_.tol_rel * length) return false;
        }
        return true;
    }

    void assemble(std::vector<double> const& constants, NormalEquations& into) {
        sweep_.set_constants(constants);
        assembler_.run(sweep_, constants.size(), target_, task_, into);
    }

    [[nodiscard]] double entry(std::size_t i, std::size_t j) const {
        return equations_.matrix[i * best_.constants.size() + j];
    }

    /// The start, with its linear constants solved for where that is better.
    void start_linear() {
        for (int pass = 0; pass < 2; ++pass) {  // the second one takes off the first one's rounding
            auto constants = best_.constants;
            solve_linear(equations_, constants);
            NormalEquations solved;
            assemble(constants, solved);
            if (!(solved.cost < best_.cost)) return;
            best_.constants = std::move(constants);
            best_.cost = solved.cost;
            equations_ = std::move(solved);
        }
    }

    /// Moves the linear constants to the minimum that the equations give for them.
    void solve_linear(NormalEquations const& equations, std::vector<double>& constants) {
        auto const n = linear_.size();
        block_.resize(n * n);
        right_.resize(n);
        for (std::size_t i = 0; i < n; ++i) {
            right_[i] = equations.gradient[linear_[i]];
            for (std::size_t j = 0; j < n; ++j) {
                block_[i * n + j] = equations.matrix[linear_[i] * constants.size() + linear_[j]];
            }
        }
        linear_factor_.factor(block_, n);
        linear_factor_.solve(right_);
        for (std::size_t i = 0; i < n; ++i) constants[linear_[i]] += right_[i];
    }

    /// Normal equations of the stepped constants alone: C - B^T A^-1 B with A the linear block.
    void reduce() {
        auto const n = stepped_.size();
        auto const m = linear_.size();
        reduced_.resize(n * n);
        gradient_.resize(n);
        for (std::size_t i = 0; i < n; ++i) {
            gradient_[i] = equations_.gradient[stepped_[i]];
            for (std::size_t j = 0; j < n; ++j)
                reduced_[i * n + j] = entry(stepped_[i], stepped_[j]);
        }
        if (m == 0) return;
        auto ignored = best_.constants;
        solve_linear(equations_, ignored);  // leaves the factor, and A^-1 g in right_
        auto const rest = right_;
        for (std::size_t i = 0; i < n; ++i) {
            right_.resize(m);
            for (std::size_t k = 0; k < m; ++k) right_[k] = entry(linear_[k], stepped_[i]);
            linear_factor_.solve(right_);
            for (std::size_t k = 0; k < m; ++k) {
                gradient_[i] -= entry(linear_[k], stepped_[i]) * rest[k];
                for (std::size_t j = 0; j < n; ++j) {
                    reduced_[i * n + j] -= entry(linear_[k], stepped_[j]) * right_[k];
                }
            }
        }
        for (std::size_t i = 0; i < n; ++i) {  // rounding may leave a direction below zero
            auto& diagonal = reduced_[i * n + i];
            diagonal = std::max(diagonal, 1e-15 * entry(stepped_[i], stepped_[i]));
        }
    }

    /// One step down, or shorter and shorter ones. `iterations_spent` stands for: go on.
    FitOutcome step(double& growth) {
        for (; damping_ < kMostDamping; damping_ *= growth, growth *= 2.0) {
            auto const predicted = solve_damped();
            auto trial = best_.constants;
            for (std::size_t i = 0; i < stepped_.size(); ++i) trial[stepped_[i]] += right_[i];
            auto const length = relative_length();
            evaluate_trial(trial);
            auto const gain = best_.cost - trial_.cost;
            if (!(gain > 0.0)) {
                if (std::isfinite(trial_.cost) && length < options_.tol_rel) {
                    return FitOutcome::step_small;
                }
                if (predicted <= options_.tol_rel * best_.cost && std::isfinite(trial_.cost)) {
                    return FitOutcome::cost_flat;
                }
                continue;
            }
            bool const flat =
                gain <= options_.tol_rel * best_.cost && predicted <= options_.tol_rel * best_.cost;
            best_.constants = std::move(trial);
            best_.cost = trial_.cost;
            std::swap(equations_, trial_);
            auto const quality = std::min(gain / predicted, 1.0);
            damping_ *= std::max(1.0 / 3.0, 1.0 - std::pow(2.0 * quality - 1.0, 3));
            damping_ = std::max(damping_, 1e-15);
            growth = 2.0;
            if (is_exact()) return FitOutcome::exact;
            if (flat) return FitOutcome::cost_flat;
            return length < options_.tol_rel ? FitOutcome::step_small
                                             : FitOutcome::iterations_spent;
        }
        return FitOutcome::no_descent;
    }

    /// The damped step into right_; the fall in cost that the linear model expects of it.
    double solve_damped() {
        auto const n = stepped_.size();
        block_ = reduced_;
        for (std::size_t i = 0; i < n; ++i) block_[i * n + i] *= 1.0 + damping_;
        right_ = gradient_;
        step_factor_.factor(block_, n);
        step_factor_.solve(right_);
        double fall = 0.0;
        for (std::size_t i = 0; i < n; ++i) {
            fall += right_[i] * (gradient_[i] + damping_ * reduced_[i * n + i] * right_[i]);
        }
        return fall;
    }

    [[nodiscard]] double relative_length() const {
        double longest = 0.0;
        for (std::size_t i = 0; i < stepped_.size(); ++i) {
            auto const size = std::abs(best_.constants[stepped_[i]]);
            longest = std::max(longest, std::abs(right_[i]) / std::max(size, 1e-300));
        }
        return longest;
    }

    static bool is_finite(std::vector<double> const& constants) {
        return std::ranges::all_of(constants, [](double c) { return std::isfinite(c); });
    }

    /// trial_ at the constants of the trial, its linear ones solved for first. Where the cost does
    /// not fall, only the cost is known.
    void evaluate_trial(std::vector<double>& trial) {
        trial_.cost = INFINITY;
        if (!is_finite(trial)) return;
        if (linear_.empty()) {
            sweep_.set_constants(trial);
            trial_.cost = assembler_.cost(sweep_, target_, task_);
            if (trial_.cost < best_.cost) assemble(trial, trial_);
            return;
        }
        // Derivatives by the linear constants alone cost little: they enter near the result.
        linear_sweep_.set_constants(trial);
        assembler_.run(linear_sweep_, trial.size(), target_, task_, trial_);
        if (!std::isfinite(trial_.cost)) return;
        auto const unprojected = trial_.cost;
        auto expected = trial_.cost;  // affine in these constants, so it follows from here
        auto projected = trial;
        solve_linear(trial_, projected);
        for (std::size_t i = 0; i < linear_.size(); ++i) {
            expected -= right_[i] * trial_.gradient[linear_[i]];
        }
        if (expected >= best_.cost * (1.0 + 1e-10) && unprojected >= best_.cost) return;
        if (is_finite(projected)) assemble(projected, trial_);
        if (is_finite(projected) && trial_.cost <= unprojected) {
            trial = std::move(projected);
        } else {
            assemble(trial, trial_);
        }
    }

    Candidate candidate_;
    Target target_;
    FitOptions options_;
    Task& task_;
    double scale_ = 0.0;
    double damping_ = 0.0;
    std::vector<std::size_t> linear_;
    std::vector<std::size_t> stepped_;
    Sweep sweep_;
    Sweep linear_sweep_;  // by the linear constants
    Assembler assembler_;
    NormalEquations equations_;  // at best_.constants
    NormalEquations trial_;
    FitResult best_;
    std::vector<double> reduced_;
    std::vector<double> gradient_;
    std::vector<double> block_;
    std::vector<double> right_;
    Cholesky linear_factor_;
    Cholesky step_factor_;
};

void check_data(std::span<Candidate const> candidates, Columns<double> x, std::span<double const> y,
                std::span<double const> weights) {
    auto const check = [&](char const* what, std::size_t got, std::size_t expected) {
        if (got == expected) return;
        throw ShapeError(std::string(what) + " has " + std::to_string(got) + " values, expected " +
                         std::to_string(expected));
    };
    check("y", y.size(), x.n_rows);
    bool const is_own = candidates.size() > 1 && weights.size() == candidates.size() * x.n_rows;
    if (!weights.empty() && !is_own) check("weights", weights.size(), x.n_rows);
    for (auto const& candidate : candidates) {
        if (candidate.constants.size() > kMaxFitted) {
            throw TooLargeError("expression has " + std::to_string(candidate.constants.size()) +
                                " constants to fit, the limit is " + std::to_string(kMaxFitted));
        }
        check("constants", candidate.constants.size(), candidate.program->n_constants());
        if (x.n_columns < candidate.program->n_variables()) {
            check("a row of x", x.n_columns, candidate.program->n_variables());
        }
    }
    for (std::size_t i = 0; i < y.size(); ++i) {
        if (!std::isfinite(y[i])) {
            throw DomainError("y[" + std::to_string(i) + "] is " + std::to_string(y[i]) +
                              ", expected a finite number");
        }
    }
    for (std::size_t i = 0; i < weights.size(); ++i) {
        if (!(weights[i] >= 0.0) || std::isinf(weights[i])) {
            throw DomainError("weights[" + std::to_string(i) + "] is " +
                              std::to_string(weights[i]) + ", expected a finite number >= 0");
        }
    }
}

}  // namespace

std::string_view name(FitOutcome outcome) noexcept {
    return kTexts[static_cast<std::size_t>(outcome)].first;
}
std::string_view message(FitOutcome outcome) noexcept {
    return kTexts[static_cast<std::size_t>(outcome)].second;
}
bool is_converged(FitOutcome outcome) noexcept { return outcome <= FitOutcome::nothing_to_fit; }

std::vector<FitResult> fit(std::span<Candidate const> candidates, Columns<double> x,
                           std::span<double const> y, std::span<double const> weights,
                           FitOptions const& options, ThreadPool& pool, Poll const& poll) {
    check_data(candidates, x, y, weights);
    std::vector<double> roots(weights.size());
    std::ranges::transform(weights, roots.begin(), [](double w) { return std::sqrt(w); });
    bool const is_own = roots.size() > x.n_rows;
    std::vector<FitResult> results(candidates.size());
    pool.run(candidates.size(), poll, [&](std::size_t k, Task& task) {
        std::span<double const> own = roots;
        if (is_own) own = own.subspan(k * x.n_rows, x.n_rows);
        Target const target{.x = x, .y = y, .root_weights = own};
        results[k] = Fitter(candidates[k], target, options, task).run();
    });
    return results;
}

}  // namespace monoidal::expression
