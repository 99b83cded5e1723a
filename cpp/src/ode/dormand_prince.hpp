#pragma once

#include "block.hpp"
#include "tape.hpp"

namespace monoidal::ode {

/// Steps of Dormand and Prince's method of order 5(4) on all lanes of a block.
class DormandPrince {
public:
    static constexpr Control kControl{.power = 0.17, .memory = 0.04, .shrink = 0.2, .grow = 10.0};

    DormandPrince(System const& system, Block& block);

    void prepare(std::size_t first, std::size_t n) noexcept { tape_.prepare(first, n); }
    /// A lane begins: its state is not that of its last step.
    void begin(std::size_t lane) noexcept;
    /// Lane `to` becomes what `from` is.
    void move(std::size_t from, std::size_t to) noexcept;
    /// Fills `next` and `error` of the block. After a step of 0, `end_slope` is f.
    void attempt(std::size_t n) noexcept;
    /// The polynomial of that step.
    void interpolate(std::size_t n) noexcept;
    /// `next` becomes the state in the lanes where `mask` is not 0.
    void accept(double const* mask, std::size_t n) noexcept;

    /// f where the step that was tried ends.
    [[nodiscard]] double const* end_slope() const { return stage(6); }
    /// f at the state, except in a lane that begins.
    [[nodiscard]] double const* slope() const { return stage(0); }
    /// Is the last step near the border of stability, judged by its last two stages?
    [[nodiscard]] bool is_at_border(std::size_t lane) const noexcept;

private:
    [[nodiscard]] double const* stage(std::size_t k) const { return stages_.data() + k * size_; }
    [[nodiscard]] double* stage(std::size_t k) { return stages_.data() + k * size_; }
    [[nodiscard]] Sum sum(double const (&weights)[7]) const noexcept;
    void evaluate(double const* state, double node, std::size_t k, std::size_t n) noexcept;

    Block& block_;
    StepKernels const& kernels_ = step_kernels();
    Tape tape_;
    std::size_t size_;
    Buffer stages_;  // f at the seven stages
    Buffer at_;      // the state of a stage
    Buffer time_;
    Sum sums_[7];  // of stages 2 to 7; [0] the error's, and ...
    Sum bend_;     // ... the polynomial's
};

}  // namespace monoidal::ode
