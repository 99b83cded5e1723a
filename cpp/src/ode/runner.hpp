#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <optional>
#include <vector>

#include "block.hpp"

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

/// Takes trajectories through a block of lanes: a lane that ends takes the next one.
template <class Stepper>
class Runner {
public:
    /// A trajectory that is found stiff is added to `stiff`, where that is given.
    Runner(Job const& job, Block& block, Stepper& stepper, std::vector<Start>* stiff)
        : job_(job),
          block_(block),
          stepper_(stepper),
          stiff_(stiff),
          lanes_(block.stride),
          is_stale_(block.stride / kPad),
          mask_(block.stride),
          log_error_(block.stride),
          factor_(block.stride) {}

    /// All of `starts`. Throws what `task.check` does.
    void run(std::vector<Start> starts, Task& task) {
        starts_ = std::move(starts);
        next_start_ = n_active_ = 0;
        std::fill(block_.step.begin(), block_.step.end(), 0.0);
        while (n_active_ < lanes_.size() && take(n_active_)) ++n_active_;
        while (n_active_ > 0) {
            task.check();
            if (job_.is_late()) return stop_all();
            step();
            refill();
        }
    }

private:
    static constexpr Control kControl = Stepper::kControl;
    static constexpr double kSafety = 0.9;
    static constexpr double kLeastOldError = 1e-4;
    static constexpr unsigned kStiffSteps = 15;  // at the border of stability, one after another
    static constexpr unsigned kCalmSteps = 6;    // away from it, to begin to count anew

    struct Lane {
        Start start;
        double wanted = 0.0;  // step
        double log_old = 0.0;
        std::uint64_t n_tried = 0;
        unsigned n_border = 0;
        unsigned n_calm = 0;
        bool begins = true;
        bool was_rejected = false;
        bool reaches_end = false;
        bool is_done = false;
    };

    [[nodiscard]] std::size_t at(std::size_t row, std::size_t lane) const {
        return row * block_.stride + lane;
    }
    [[nodiscard]] double last_time(Lane const& lane) const {
        return job_.times(lane.start.item)[job_.batch.n_times - 1];
    }
    [[nodiscard]] Trajectory& result(Lane const& lane) const {
        return job_.results[lane.start.item];
    }

    /// Put the next trajectory that needs steps into a lane; false where none is left.
    bool take(std::size_t index) {
        while (next_start_ < starts_.size()) {
            Lane lane;
            lane.start = std::move(starts_[next_start_++]);
            if (place(lane, index)) return true;
        }
        return false;
    }

    bool place(Lane& lane, std::size_t index) {
        auto const item = lane.start.item;
        auto const n_own = block_.n_own;
        bool const fresh = lane.start.state.empty();
        if (fresh) {
            auto const* const y = job_.batch.initial.data() + item * n_own;
            lane.start.state.assign(y, y + n_own);
            auto const rest = job_.system.start_of_sensitivities();
            lane.start.state.insert(lane.start.state.end(), rest.begin(), rest.end());
            result(lane).time = job_.times(item)[0];
        }
        auto const& state = lane.start.state;
        auto& cursor = lane.start.cursor;
        for (; cursor < job_.batch.n_times && job_.times(item)[cursor] <= result(lane).time;
             ++cursor) {
            std::copy(state.begin(), state.end(), job_.value(item, cursor));
        }
        if (cursor == job_.batch.n_times) return false;
        for (std::size_t row = 0; row < block_.n_states; ++row) {
            block_.state[at(row, index)] = state[row];
        }
        for (std::size_t k = 0; k < block_.n_parameters; ++k) {
            block_.parameters[at(k, index)] = job_.batch.parameters[item * block_.n_parameters + k];
        }
        block_.time[index] = result(lane).time;
        lane.n_tried = result(lane).n_steps + result(lane).n_rejected;
        lane.log_old = std::log(kLeastOldError);
        is_stale_[index / kPad] = true;
        stepper_.begin(index);
        lanes_[index] = std::move(lane);
        return true;
    }

    void refill() {
        for (std::size_t index = 0; index < n_active_;) {
            if (!lanes_[index].is_done || take(index)) {
                ++index;
                continue;
            }
            --n_active_;
            if (index != n_active_) move(n_active_, index);
            block_.step[n_active_] = 0.0;
        }
    }

    void move(std::size_t from, std::size_t to) {
        for (std::size_t row = 0; row < block_.n_states; ++row) {
            block_.state[at(row, to)] = block_.state[at(row, from)];
        }
        for (std::size_t k = 0; k < block_.n_parameters; ++k) {
            block_.parameters[at(k, to)] = block_.parameters[at(k, from)];
        }
        block_.time[to] = block_.time[from];
        stepper_.move(from, to);
        is_stale_[to / kPad] = true;
        lanes_[to] = std::move(lanes_[from]);
    }

    /// One step of every lane, kept or not.
    void step() {
        auto const n = (n_active_ + kPad - 1) / kPad * kPad;
        for (std::size_t group = 0; group < n / kPad; ++group) {
            if (is_stale_[group]) stepper_.prepare(group * kPad, kPad);
            is_stale_[group] = false;
        }
        for (std::size_t index = 0; index < n_active_; ++index) choose_step(index);
        stepper_.attempt(n);
        set_factors(n);
        write_values(n);
        std::fill(mask_.begin(), mask_.end(), 0.0);
        for (std::size_t index = 0; index < n_active_; ++index) settle(index);
        stepper_.accept(mask_.data(), n);
        for (std::size_t index = 0; index < n_active_; ++index) {
            auto& lane = lanes_[index];
            if (lane.n_border > kStiffSteps && !lane.is_done) hand_over(index);
        }
    }

    void choose_step(std::size_t index) {
        auto& lane = lanes_[index];
        auto const rest = last_time(lane) - block_.time[index];
        lane.reaches_end = !lane.begins && 1.01 * lane.wanted >= rest;
        block_.step[index] = lane.begins ? 0.0 : lane.reaches_end ? rest : lane.wanted;
    }

    /// By how much the next step differs: safety * error^-power * old_error^memory.
    void set_factors(std::size_t n) {
        auto const& kernels = expression::kernels<double>();
        kernels.unary[static_cast<std::size_t>(expression::Op::log)](block_.error.data(),
                                                                     log_error_.data(), n);
        auto* const exponent = mask_.data();
        for (std::size_t i = 0; i < n; ++i) {
            log_error_[i] *= 0.5;  // it was the mean square
            exponent[i] = kControl.memory * lanes_[i].log_old - kControl.power * log_error_[i];
        }
        kernels.unary[static_cast<std::size_t>(expression::Op::exp)](exponent, factor_.data(), n);
    }

    [[nodiscard]] bool is_accepted(std::size_t index) const {
        return !lanes_[index].begins && block_.error[index] <= 1.0;
    }
    [[nodiscard]] double end_of_step(std::size_t index) const {
        auto const& lane = lanes_[index];
        return lane.reaches_end ? last_time(lane) : block_.time[index] + block_.step[index];
    }

    /// Values at the times that the accepted steps pass.
    void write_values(std::size_t n) {
        bool is_ready = false;
        for (std::size_t index = 0; index < n_active_; ++index) {
            auto const& start = lanes_[index].start;
            if (!is_accepted(index)) continue;
            if (job_.times(start.item)[start.cursor] > end_of_step(index)) continue;
            if (!is_ready) stepper_.interpolate(n);
            is_ready = true;
            write_lane(index);
        }
    }

    void write_lane(std::size_t index) {
        auto& [item, cursor, _] = lanes_[index].start;
        auto const* const times = job_.times(item);
        auto const end = end_of_step(index);
        auto const begin = block_.time[index];
        auto const scale = 1.0 / block_.step[index];
        for (; cursor < job_.batch.n_times && times[cursor] <= end; ++cursor) {
            auto const s = std::min((times[cursor] - begin) * scale, 1.0);
            auto const r = 1.0 - s;
            double* const out = job_.value(item, cursor);
            for (std::size_t row = 0; row < block_.n_states; ++row) {
                auto const k = at(row, index);
                auto const bend =
                    block_.first_bend[k] + s * (block_.second_bend[k] + r * block_.third_bend[k]);
                auto const d = block_.next[k] - block_.state[k];
                out[row] = block_.state[k] + s * (d + r * bend);
            }
        }
    }

    /// Keep the step or not, and say whether the trajectory ends.
    void settle(std::size_t index) {
        auto& lane = lanes_[index];
        if (lane.begins) {
            begin(index);
        } else if (is_accepted(index)) {
            keep(index);
        } else {
            reject(index);
        }
        if (!lane.is_done && lane.n_tried >= job_.options.max_steps) {
            finish(index, Outcome::steps_spent);
        }
    }

    void begin(std::size_t index) {
        auto& lane = lanes_[index];
        lane.begins = false;
        mask_[index] = 1.0;
        for (std::size_t row = 0; row < block_.n_states; ++row) {
            if (std::isfinite(stepper_.end_slope()[at(row, index)])) continue;
            return finish(index, Outcome::not_finite);
        }
        auto const& options = job_.options;
        lane.wanted = std::min(options.first_step > 0.0 ? options.first_step : guess_step(index),
                               options.max_step);
    }

    /// A hundredth of the time in which the state changes by its own size.
    [[nodiscard]] double guess_step(std::size_t index) const {
        double size = 0.0;
        double speed = 0.0;
        for (std::size_t row = 0; row < block_.n_own; ++row) {
            auto const y = block_.state[at(row, index)];
            auto const tolerance = block_.tol_abs[row] + block_.tol_rel * std::abs(y);
            size += y / tolerance * (y / tolerance);
            auto const slope = stepper_.end_slope()[at(row, index)] / tolerance;
            speed += slope * slope;
        }
        auto const n = static_cast<double>(block_.n_own);
        size = std::sqrt(size / n);
        speed = std::sqrt(speed / n);
        constexpr double kSmall = 1e-5;
        auto const step = size < kSmall || speed < kSmall ? 1e-6 : 0.01 * size / speed;
        return std::min(step, last_time(lanes_[index]) - block_.time[index]);
    }

    void keep(std::size_t index) {
        auto& lane = lanes_[index];
        ++lane.n_tried;
        ++result(lane).n_steps;
        mask_[index] = 1.0;
        auto const factor = std::clamp(kSafety * factor_[index], kControl.shrink,
                                       lane.was_rejected ? 1.0 : kControl.grow);
        lane.was_rejected = false;
        lane.log_old = std::max(log_error_[index], std::log(kLeastOldError));
        lane.wanted = std::min(block_.step[index] * factor, job_.options.max_step);
        if (stiff_ != nullptr) count_border(index);
        block_.time[index] = result(lane).time = end_of_step(index);
        if (lane.start.cursor == job_.batch.n_times) return finish(index, Outcome::finished);
        if (!is_within_limit(index)) finish(index, Outcome::blow_up);
    }

    [[nodiscard]] bool is_within_limit(std::size_t index) const {
        auto const limit = job_.options.limit;
        if (limit == std::numeric_limits<double>::infinity()) return true;
        for (std::size_t row = 0; row < block_.n_own; ++row) {
            if (std::abs(block_.next[at(row, index)]) > limit) return false;
        }
        return true;
    }

    void count_border(std::size_t index) {
        auto& lane = lanes_[index];
        if (stepper_.is_at_border(index)) {
            lane.n_calm = 0;
            ++lane.n_border;
        } else if (lane.n_border > 0 && ++lane.n_calm == kCalmSteps) {
            lane.n_border = 0;
        }
    }

    void reject(std::size_t index) {
        auto& lane = lanes_[index];
        ++lane.n_tried;
        ++result(lane).n_rejected;
        lane.was_rejected = true;
        auto const factor = kSafety * factor_[index];
        bool const is_number = std::isfinite(block_.error[index]);
        lane.wanted = block_.step[index] *
                      (is_number ? std::clamp(factor, kControl.shrink, kSafety) : kControl.shrink);
        constexpr auto kSpacing = 4.0 * std::numeric_limits<double>::epsilon();
        constexpr double kLeast = 1e-300;
        if (lane.wanted > std::max(kSpacing * std::abs(block_.time[index]), kLeast)) return;
        finish(index, explodes(index) ? Outcome::blow_up
                      : is_number     ? Outcome::step_too_small
                                      : Outcome::not_finite);
    }

    /// Does a state grow by much more than rounding within the smallest step?
    [[nodiscard]] bool explodes(std::size_t index) const {
        constexpr double kPart = 1e-5;
        for (std::size_t row = 0; row < block_.n_own; ++row) {
            auto const y = block_.state[at(row, index)];
            auto const change = block_.step[index] * stepper_.slope()[at(row, index)];
            if (y * change > 0.0 && std::abs(change) > kPart * std::abs(y)) return true;
        }
        return false;
    }

    void finish(std::size_t index, Outcome outcome) {
        auto& lane = lanes_[index];
        lane.is_done = true;
        result(lane).outcome = outcome;
        fill_rest(lane.start);
    }

    void fill_rest(Start const& start) const {
        auto* const from = job_.value(start.item, start.cursor);
        std::fill(from, job_.value(start.item + 1, 0), std::numeric_limits<double>::quiet_NaN());
    }

    void hand_over(std::size_t index) {
        auto& lane = lanes_[index];
        lane.is_done = true;
        result(lane).was_stiff = true;
        for (std::size_t row = 0; row < block_.n_states; ++row) {
            lane.start.state[row] = block_.state[at(row, index)];
        }
        stiff_->push_back(std::move(lane.start));
    }

    void stop_all() {
        for (std::size_t index = 0; index < n_active_; ++index) {
            finish(index, Outcome::seconds_spent);
        }
        for (; next_start_ < starts_.size(); ++next_start_) {
            auto const& start = starts_[next_start_];
            auto& result = job_.results[start.item];
            if (start.state.empty()) result.time = job_.times(start.item)[0];
            result.outcome = Outcome::seconds_spent;
            fill_rest(start);
        }
        n_active_ = 0;
    }

    Job const& job_;
    Block& block_;
    Stepper& stepper_;
    std::vector<Start>* stiff_;
    std::vector<Start> starts_;
    std::size_t next_start_ = 0;
    std::size_t n_active_ = 0;
    std::vector<Lane> lanes_;
    std::vector<bool> is_stale_;
    Buffer mask_;
    Buffer log_error_;
    Buffer factor_;
};

}  // namespace monoidal::ode
