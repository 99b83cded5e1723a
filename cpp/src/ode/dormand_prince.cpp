#include "dormand_prince.hpp"

#include <algorithm>

namespace monoidal::ode {
namespace {

constexpr double kNodes[7] = {0.0, 1.0 / 5, 3.0 / 10, 4.0 / 5, 8.0 / 9, 1.0, 1.0};

// Row 0 is the error's: order 5 minus order 4.
constexpr double kWeights[7][7] = {
    {71.0 / 57600, 0, -71.0 / 16695, 71.0 / 1920, -17253.0 / 339200, 22.0 / 525, -1.0 / 40},
    {1.0 / 5},
    {3.0 / 40, 9.0 / 40},
    {44.0 / 45, -56.0 / 15, 32.0 / 9},
    {19372.0 / 6561, -25360.0 / 2187, 64448.0 / 6561, -212.0 / 729},
    {9017.0 / 3168, -355.0 / 33, 46732.0 / 5247, 49.0 / 176, -5103.0 / 18656},
    {35.0 / 384, 0, 500.0 / 1113, 125.0 / 192, -2187.0 / 6784, 11.0 / 84},
};

constexpr double kBend[7] = {-12715105075.0 / 11282082432,  0,
                             87487479700.0 / 32700410799,   -10690763975.0 / 1880347072,
                             701980252875.0 / 199316789632, -1453857185.0 / 822651844,
                             69997945.0 / 29380423};

// The method is unstable beyond 3.3 along the negative axis; step control settles before that.
constexpr double kBorder = 2.5;

}  // namespace

DormandPrince::DormandPrince(System const& system, Block& block)
    : block_(block),
      tape_(system.equations(), system.n_states(), block.stride),
      size_(block.n_states * block.stride),
      stages_(7 * size_),
      at_(size_),
      time_(block.stride),
      bend_(sum(kBend)) {
    tape_.set_parameters(block.parameters.data());
    for (std::size_t k = 0; k < 7; ++k) sums_[k] = sum(kWeights[k]);
}

Sum DormandPrince::sum(double const (&weights)[7]) const noexcept {
    Sum out{};
    for (std::size_t k = 0; k < 7; ++k) {
        if (weights[k] == 0.0) continue;
        out.stage[out.n_terms] = stage(k);
        out.weight[out.n_terms++] = weights[k];
    }
    return out;
}

void DormandPrince::begin(std::size_t lane) noexcept {
    for (std::size_t row = 0; row < block_.n_states; ++row) {
        stages_[row * block_.stride + lane] = 0.0;
    }
}

void DormandPrince::move(std::size_t from, std::size_t to) noexcept {
    for (std::size_t row = 0; row < block_.n_states; ++row) {
        stages_[row * block_.stride + to] = stages_[row * block_.stride + from];
    }
}

void DormandPrince::evaluate(double const* state, double node, std::size_t k,
                             std::size_t n) noexcept {
    if (tape_.reads_time()) {
        for (std::size_t i = 0; i < n; ++i) time_[i] = block_.time[i] + node * block_.step[i];
    }
    tape_.run(state, time_.data(), stage(k), n);
}

void DormandPrince::attempt(std::size_t n) noexcept {
    auto const rows = block_.all_rows(n);
    auto const* const y = block_.state.data();
    auto const* const h = block_.step.data();
    for (std::size_t k = 1; k < 6; ++k) {
        kernels_.advance(rows, y, h, sums_[k], at_.data());
        evaluate(at_.data(), kNodes[k], k, n);
    }
    kernels_.advance(rows, y, h, sums_[6], block_.next.data());
    evaluate(block_.next.data(), kNodes[6], 6, n);
    kernels_.error(block_.own_rows(n), y, block_.next.data(), h, sums_[0], block_.tol_abs.data(),
                   block_.tol_rel, block_.error.data());
}

void DormandPrince::interpolate(std::size_t n) noexcept {
    auto const rows = block_.all_rows(n);
    auto const* const h = block_.step.data();
    kernels_.hermite(rows, block_.state.data(), block_.next.data(), h, stage(0), stage(6),
                     block_.first_bend.data(), block_.second_bend.data());
    kernels_.combine(rows, h, bend_, block_.third_bend.data());
}

void DormandPrince::accept(double const* mask, std::size_t n) noexcept {
    auto const rows = block_.all_rows(n);
    kernels_.select(rows, mask, block_.next.data(), block_.state.data());
    kernels_.select(rows, mask, stage(6), stage(0));
}

bool DormandPrince::is_at_border(std::size_t lane) const noexcept {
    double slopes = 0.0;
    double states = 0.0;
    for (std::size_t row = 0; row < block_.n_own; ++row) {
        auto const at = row * block_.stride + lane;
        auto const df = stage(6)[at] - stage(5)[at];
        auto const dy = block_.next[at] - at_[at];
        slopes += df * df;
        states += dy * dy;
    }
    auto const h = block_.step[lane];
    return states > 0.0 && h * h * slopes > kBorder * kBorder * states;
}

}  // namespace monoidal::ode
