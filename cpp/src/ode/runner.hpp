#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "block.hpp"
#include "job.hpp"

namespace monoidal::ode {

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
          log_old_(block.stride),
          mask_(block.stride),
          log_error_(block.stride),
          factor_(block.stride) {}

    /// All of `starts`. Throws what `task.check` does.
    void run(std::vector<Start> starts, Task& task) {
        starts_ = std::move(starts);
        next_start_ = n_active_ = 0;
        std::ranges::fill(block_.step, 0.0);
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
    static constexpr double kSmall = 1e-5;  // of a state or its slope, in tolerances
    // The smallest step: of the size of time, and whatever the time.
    static constexpr double kSpacing = 4.0 * std::numeric_limits<double>::epsilon();
    static constexpr double kLeast = 1e-300;
    static constexpr double kPart = 1e-5;  // of a state, that it grows by in a smallest step
    static constexpr double kLogLeastOldError = -9.210340371976182;  // of 1e-4
    static constexpr unsigned kStiffSteps = 15;  // at the border of stability, one after another
    static constexpr unsigned kCalmSteps = 6;    // away from it, to begin to count anew

    struct Lane {
        std::size_t item = 0;
        std::size_t cursor = 0;
        double next_time = 0.0;  // that of the cursor
        double last_time = 0.0;
        double wanted = 0.0;  // step
        std::uint64_t n_steps = 0;
        std::uint64_t n_rejected = 0;
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
    /// Put the next trajectory that needs steps into a lane; false where none is left.
    bool take(std::size_t index) {
        while (next_start_ < starts_.size()) {
            if (place(starts_[next_start_++], index)) return true;
        }
        return false;
    }

    bool place(Start& start, std::size_t index) {
        auto const item = start.item;
        auto& result = job_.results[item];
        auto const* const times = job_.times(item);
        if (start.state.empty()) {
            auto const* const y = job_.batch.initial.data() + item * block_.n_own;
            auto const rest = job_.system.start_of_sensitivities();
            start.state.assign(y, y + block_.n_own);
            start.state.insert(start.state.end(), rest.begin(), rest.end());
            result.time = times[0];
        }
        auto& cursor = start.cursor;
        for (; cursor < job_.batch.n_times && times[cursor] <= result.time; ++cursor) {
            std::ranges::copy(start.state, job_.value(item, cursor));
        }
        if (cursor == job_.batch.n_times) return false;
        for (std::size_t row = 0; row < block_.n_states; ++row) {
            block_.state[at(row, index)] = start.state[row];
        }
        for (std::size_t k = 0; k < block_.n_parameters; ++k) {
            block_.parameters[at(k, index)] = job_.batch.parameters[item * block_.n_parameters + k];
        }
        block_.time[index] = result.time;
        log_old_[index] = kLogLeastOldError;
        lanes_[index] = {.item = item,
                         .cursor = cursor,
                         .next_time = times[cursor],
                         .last_time = times[job_.batch.n_times - 1],
                         .n_steps = result.n_steps,
                         .n_rejected = result.n_rejected};
        is_stale_[index / kPad] = true;
        stepper_.begin(index);
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
        log_old_[to] = log_old_[from];
        stepper_.move(from, to);
        is_stale_[to / kPad] = true;
        lanes_[to] = lanes_[from];
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
        std::ranges::fill(mask_, 0.0);
        for (std::size_t index = 0; index < n_active_; ++index) settle(index);
        stepper_.accept(mask_.data(), n);
        for (std::size_t index = 0; stiff_ != nullptr && index < n_active_; ++index) {
            auto const& lane = lanes_[index];
            if (lane.n_border > kStiffSteps && !lane.is_done) hand_over(index);
        }
    }

    void choose_step(std::size_t index) {
        auto& lane = lanes_[index];
        auto const rest = lane.last_time - block_.time[index];
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
            exponent[i] = kControl.memory * log_old_[i] - kControl.power * log_error_[i];
        }
        kernels.unary[static_cast<std::size_t>(expression::Op::exp)](exponent, factor_.data(), n);
    }

    [[nodiscard]] bool is_accepted(std::size_t index) const {
        return !lanes_[index].begins && block_.error[index] <= 1.0;
    }
    [[nodiscard]] double end_of_step(std::size_t index) const {
        auto const& lane = lanes_[index];
        return lane.reaches_end ? lane.last_time : block_.time[index] + block_.step[index];
    }

    /// Values at the times that the accepted steps pass.
    void write_values(std::size_t n) {
        bool is_ready = false;
        for (std::size_t index = 0; index < n_active_; ++index) {
            if (!is_accepted(index) || lanes_[index].next_time > end_of_step(index)) continue;
            if (!is_ready) stepper_.interpolate(n);
            is_ready = true;
            write_lane(index);
        }
    }

    void write_lane(std::size_t index) {
        auto& lane = lanes_[index];
        auto const* const times = job_.times(lane.item);
        auto const end = end_of_step(index);
        auto const begin = block_.time[index];
        auto const scale = 1.0 / block_.step[index];
        auto const n_times = job_.batch.n_times;
        for (; lane.cursor < n_times && times[lane.cursor] <= end; ++lane.cursor) {
            auto const s = std::min((times[lane.cursor] - begin) * scale, 1.0);
            auto const r = 1.0 - s;
            std::span<double> const out(job_.value(lane.item, lane.cursor), block_.n_states);
            for (std::size_t row = 0, k = index; row < out.size(); ++row, k += block_.stride) {
                auto const bend =
                    block_.first_bend[k] + s * (block_.second_bend[k] + r * block_.third_bend[k]);
                auto const d = block_.next[k] - block_.state[k];
                out[row] = block_.state[k] + s * (d + r * bend);
            }
        }
        if (lane.cursor < n_times) lane.next_time = times[lane.cursor];
    }

    /// Keep the step or not, and say whether the trajectory ends.
    void settle(std::size_t index) {
        auto const& lane = lanes_[index];
        if (lane.begins) {
            begin(index);
        } else if (is_accepted(index)) {
            keep(index);
        } else {
            reject(index);
        }
        if (!lane.is_done && lane.n_steps + lane.n_rejected >= job_.options.max_steps) {
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
        auto const step = size < kSmall || speed < kSmall ? 1e-6 : 0.01 * size / speed;
        return std::min(step, lanes_[index].last_time - block_.time[index]);
    }

    void keep(std::size_t index) {
        auto& lane = lanes_[index];
        ++lane.n_steps;
        mask_[index] = 1.0;
        auto const factor = std::clamp(kSafety * factor_[index], kControl.shrink,
                                       lane.was_rejected ? 1.0 : kControl.grow);
        lane.was_rejected = false;
        log_old_[index] = std::max(log_error_[index], kLogLeastOldError);
        lane.wanted = std::min(block_.step[index] * factor, job_.options.max_step);
        if (stiff_ != nullptr) count_border(index);
        block_.time[index] = end_of_step(index);
        if (lane.cursor == job_.batch.n_times) return finish(index, Outcome::finished);
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
        ++lane.n_rejected;
        lane.was_rejected = true;
        auto const factor = kSafety * factor_[index];
        bool const is_number = std::isfinite(block_.error[index]);
        lane.wanted = block_.step[index] *
                      (is_number ? std::clamp(factor, kControl.shrink, kSafety) : kControl.shrink);
        if (lane.wanted > std::max(kSpacing * std::abs(block_.time[index]), kLeast)) return;
        finish(index, explodes(index) ? Outcome::blow_up
                      : is_number     ? Outcome::step_too_small
                                      : Outcome::not_finite);
    }

    /// Does a state grow by much more than rounding within the smallest step?
    [[nodiscard]] bool explodes(std::size_t index) const {
        for (std::size_t row = 0; row < block_.n_own; ++row) {
            auto const y = block_.state[at(row, index)];
            auto const change = block_.step[index] * stepper_.slope()[at(row, index)];
            if (y * change > 0.0 && std::abs(change) > kPart * std::abs(y)) return true;
        }
        return false;
    }

    void finish(std::size_t index, Outcome outcome) {
        auto const& lane = lanes_[index];
        leave(index).outcome = outcome;
        fill_rest(lane.item, lane.cursor);
    }

    /// The lane is free; what it counted is kept.
    Trajectory& leave(std::size_t index) {
        auto& lane = lanes_[index];
        lane.is_done = true;
        auto& result = job_.results[lane.item];
        result.time = block_.time[index];
        result.n_steps = lane.n_steps;
        result.n_rejected = lane.n_rejected;
        return result;
    }

    void fill_rest(std::size_t item, std::size_t cursor) const {
        std::fill(job_.value(item, cursor), job_.value(item + 1, 0),
                  std::numeric_limits<double>::quiet_NaN());
    }

    void hand_over(std::size_t index) {
        auto const& lane = lanes_[index];
        leave(index);
        std::vector<double> state(block_.n_states);
        for (std::size_t row = 0; row < state.size(); ++row) {
            state[row] = block_.state[at(row, index)];
        }
        stiff_->push_back({lane.item, lane.cursor, std::move(state)});
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
            fill_rest(start.item, start.cursor);
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
    Buffer log_old_;  // logarithm of the error of the last step that was kept
    Buffer mask_;
    Buffer log_error_;
    Buffer factor_;
};

}  // namespace monoidal::ode
