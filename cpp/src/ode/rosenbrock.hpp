#pragma once

#include <vector>

#include "block.hpp"
#include "tape.hpp"

namespace monoidal::ode {

/// More states are refused: each step factors a dense matrix a lane.
inline constexpr std::size_t kMaxStiffStates = 200;

/// Steps of RODAS, a stiffly accurate Rosenbrock method of order 4(3), on all lanes of a block,
/// with the exact Jacobian. The members are those of `DormandPrince`.
class Rosenbrock {
public:
    static constexpr Control kControl{.power = 0.25, .memory = 0.0, .shrink = 0.2, .grow = 6.0};

    Rosenbrock(System const& system, Block& block);

    void prepare(std::size_t first, std::size_t n) noexcept;
    void begin(std::size_t /*lane*/) noexcept {}
    void move(std::size_t /*from*/, std::size_t /*to*/) noexcept {}
    void attempt(std::size_t n) noexcept;
    void interpolate(std::size_t n) noexcept;
    void accept(double const* mask, std::size_t n) noexcept;

    [[nodiscard]] double const* end_slope() const { return slope_.data(); }
    [[nodiscard]] double const* slope() const { return slope_.data(); }
    [[nodiscard]] static bool is_at_border(std::size_t /*lane*/) noexcept { return false; }

private:
    static constexpr std::size_t kStages = 6;

    void evaluate(double const* state, double node, std::size_t n) noexcept;
    void factor(std::size_t lane) noexcept;
    void right_side(std::size_t k, std::size_t n) noexcept;
    void solve(std::size_t k, std::size_t lane) noexcept;
    [[nodiscard]] double* increment(std::size_t k) { return increments_.data() + k * size_; }

    Block& block_;
    StepKernels const& kernels_ = step_kernels();
    Tape tape_;
    Tape jacobian_tape_;
    std::size_t size_;
    Buffer jacobian_;  // df/dy row by row, then df/dt
    Buffer slope_;     // f at the state
    Buffer at_;        // the state of a stage
    Buffer stage_;     // f there
    Buffer time_;
    Buffer ones_;
    Buffer increments_;               // of each stage
    Buffer factors_;                  // L and U of each lane
    std::vector<std::size_t> pivot_;  // rows in the order of elimination, of each lane
    Buffer vector_;
};

}  // namespace monoidal::ode
