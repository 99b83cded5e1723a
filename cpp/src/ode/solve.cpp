#include "monoidal/ode/solve.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <string>

#include "dormand_prince.hpp"
#include "monoidal/common/error.hpp"
#include "rosenbrock.hpp"
#include "runner.hpp"

namespace monoidal::ode {
namespace {

constexpr std::array<std::string_view, kOutcomes> kNames{
    "finished", "blow_up", "not_finite", "step_too_small", "steps_spent", "seconds_spent"};
constexpr std::array<std::string_view, kOutcomes> kMessages{
    "values at all times",
    "the solution passed the limit or grows without bound",
    "the right-hand side is NaN or infinite",
    "the tolerances ask for steps below the spacing of floating-point numbers",
    "max_steps came before the last time",
    "max_seconds came before the last time"};

constexpr double kLong = 1e9;          // seconds that are no limit
constexpr std::size_t kFillings = 64;  // of the lanes, at most
constexpr std::size_t kTasks = 4;      // of a thread

/// Trajectories of a task: enough fillings of the lanes that the last ones do not idle long, and
/// some tasks for each thread.
std::size_t per_task(std::size_t n, std::size_t n_states, std::size_t n_threads) {
    auto const lanes = lanes_for(n_states);
    auto const share = n_threads == 1 ? n : n / (kTasks * n_threads);
    return std::clamp(share, lanes, kFillings * lanes);
}

void check_size(char const* what, std::size_t got, std::size_t expected) {
    if (got == expected) return;
    throw ShapeError(std::string(what) + " has " + std::to_string(got) + " values, expected " +
                     std::to_string(expected));
}

void check_finite(char const* what, std::span<double const> values) {
    for (std::size_t k = 0; k < values.size(); ++k) {
        if (std::isfinite(values[k])) continue;
        throw DomainError(std::string(what) + "[" + std::to_string(k) + "] is " +
                          std::to_string(values[k]) + ", expected a finite number");
    }
}

void check_times(Batch const& batch) {
    for (std::size_t k = 1; k < batch.times.size(); ++k) {
        if (k % batch.n_times == 0 || batch.times[k] >= batch.times[k - 1]) continue;
        throw DomainError("times[" + std::to_string(k) + "] is " + std::to_string(batch.times[k]) +
                          " after " + std::to_string(batch.times[k - 1]) +
                          ", expected times that never descend");
    }
}

void check_batch(System const& system, Batch const& batch, std::size_t n_values) {
    if (batch.n_times == 0) throw ShapeError("times has 0 values, expected at least 1");
    check_size("initial", batch.initial.size(), batch.n * system.n_own_states());
    check_size("parameters", batch.parameters.size(), batch.n * system.n_parameters());
    if (batch.times.size() != batch.n_times) {
        check_size("times", batch.times.size(), batch.n * batch.n_times);
    }
    check_size("values", n_values, batch.n * batch.n_times * system.n_states());
    check_finite("initial", batch.initial);
    check_finite("parameters", batch.parameters);
    check_finite("times", batch.times);
    check_times(batch);
}

void check_positive(char const* what, double value) {
    if (value > 0.0) return;
    throw DomainError(std::string(what) + " is " + std::to_string(value) +
                      ", expected a positive number");
}

void check_options(System const& system, SolveOptions const& options) {
    check_size("tol_abs", options.tol_abs.size(), system.n_own_states());
    for (auto const tolerance : options.tol_abs) check_positive("tol_abs", tolerance);
    if (!(options.tol_rel >= 0.0)) {
        throw DomainError("tol_rel is " + std::to_string(options.tol_rel) +
                          ", expected at least 0");
    }
    if (!(options.first_step >= 0.0)) {
        throw DomainError("first_step is " + std::to_string(options.first_step) +
                          ", expected at least 0");
    }
    check_positive("max_step", options.max_step);
    check_positive("limit", options.limit);
    check_positive("max_seconds", options.max_seconds);
    if (options.max_steps == 0) throw DomainError("max_steps is 0, expected at least 1");
    if (options.method != Method::dormand_prince && system.n_states() > kMaxStiffStates) {
        throw TooLargeError("system has " + std::to_string(system.n_states()) +
                            " states, the limit of the stiff method is " +
                            std::to_string(kMaxStiffStates));
    }
}

std::optional<Job::Clock::time_point> deadline(double max_seconds) {
    if (max_seconds > kLong) return std::nullopt;
    return Job::Clock::now() + std::chrono::duration_cast<Job::Clock::duration>(
                                   std::chrono::duration<double>(max_seconds));
}

/// What one thread works with.
class Worker {
public:
    explicit Worker(Job const& job) : job_(job), block_(job.system, job.options, job.batch.n) {}

    void run(std::size_t begin, std::size_t end, Task& task) {
        std::vector<Start> starts;
        for (auto item = begin; item < end; ++item) starts.push_back({.item = item, .state = {}});
        if (job_.options.method != Method::rosenbrock) starts = run_explicit(starts, task);
        if (starts.empty()) return;
        if (!rosenbrock_) rosenbrock_ = std::make_unique<Rosenbrock>(job_.system, block_);
        std::ranges::fill(block_.third_bend, 0.0);
        for (auto const& start : starts) job_.results[start.item].was_stiff = true;
        Runner<Rosenbrock>(job_, block_, *rosenbrock_, nullptr).run(std::move(starts), task);
    }

private:
    /// Gives the trajectories that are left to the stiff method.
    std::vector<Start> run_explicit(std::vector<Start>& starts, Task& task) {
        std::vector<Start> stiff;
        bool const may_switch = job_.options.method == Method::automatic;
        if (!explicit_) explicit_ = std::make_unique<DormandPrince>(job_.system, block_);
        Runner<DormandPrince>(job_, block_, *explicit_, may_switch ? &stiff : nullptr)
            .run(std::move(starts), task);
        return stiff;
    }

    Job const& job_;
    Block block_;
    std::unique_ptr<DormandPrince> explicit_;
    std::unique_ptr<Rosenbrock> rosenbrock_;
};

}  // namespace

std::string_view name(Outcome outcome) noexcept {
    return kNames[static_cast<std::size_t>(outcome)];
}
std::string_view message(Outcome outcome) noexcept {
    return kMessages[static_cast<std::size_t>(outcome)];
}

std::vector<Trajectory> solve(System const& system, Batch const& batch, SolveOptions const& options,
                              std::span<double> values, ThreadPool& pool, Poll const& poll) {
    check_options(system, options);
    check_batch(system, batch, values.size());
    std::vector<Trajectory> results(batch.n);
    Job const job{.system = system,
                  .batch = batch,
                  .options = options,
                  .values = values,
                  .results = results,
                  .deadline = deadline(options.max_seconds)};
    std::vector<std::unique_ptr<Worker>> workers(pool.n_threads());
    auto const size = per_task(batch.n, system.n_states(), pool.n_threads());
    auto const n_tasks = (batch.n + size - 1) / size;
    pool.run(n_tasks, poll, [&](std::size_t index, Task& task) {
        auto& worker = workers[task.worker()];
        if (!worker) worker = std::make_unique<Worker>(job);
        auto const begin = index * size;
        worker->run(begin, std::min(begin + size, batch.n), task);
    });
    return results;
}

}  // namespace monoidal::ode
