#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "monoidal/ode/solve.hpp"

namespace monoidal::ode {

/// One call of `solve`.
struct Job {
    using Clock = std::chrono::steady_clock;

    System const& system;
    Batch const& batch;
    SolveOptions const& options;
    std::span<double> values;
    std::span<Trajectory> results;
    std::optional<Clock::time_point> deadline;

    [[nodiscard]] double const* times(std::size_t item) const {
        bool const shared = batch.times.size() == batch.n_times;
        return batch.times.data() + (shared ? 0 : item * batch.n_times);
    }
    [[nodiscard]] double* value(std::size_t item, std::size_t k) const {
        return values.data() + (item * batch.n_times + k) * system.n_states();
    }
    [[nodiscard]] bool is_late() const { return deadline && Clock::now() > *deadline; }
};

/// Where a trajectory is taken up: at its first time, or where another method left it.
struct Start {
    std::size_t item;
    std::size_t cursor = 0;     // the first time that has no values yet
    std::vector<double> state;  // empty: at the first time
};

}  // namespace monoidal::ode
