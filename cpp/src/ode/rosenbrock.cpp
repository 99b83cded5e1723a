#include "rosenbrock.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace monoidal::ode {
namespace {

constexpr double kGamma = 0.25;
constexpr double kStageTimes[6] = {0.0, 0.386, 0.21, 0.63, 1.0, 1.0};
// Of df/dt.
constexpr double kByTime[6] = {0.25, -0.1043, 0.1035, -0.0362, 0.0, 0.0};

constexpr double kAt[6][6] = {
    {},
    {1.544},
    {0.9466785280815826, 0.2557011698983284},
    {3.314825187068521, 2.896124015972201, 0.9986419139977817},
    {1.221224509226641, 6.019134481288629, 12.53708332932087, -0.6878860361058950},
    {1.221224509226641, 6.019134481288629, 12.53708332932087, -0.6878860361058950, 1.0},
};

constexpr double kRight[6][6] = {
    {},
    {-5.6688},
    {-2.430093356833875, -0.2063599157091915},
    {-0.1073529058151375, -9.594562251023355, -20.47028614809616},
    {7.496443313967647, -10.24680431464352, -33.99990352819905, 11.70890893206160},
    {8.083246795921522, -7.981132988064893, -31.52159432874371, 16.31930543123136,
     -6.058818238834054},
};

constexpr double kDenseBend[2][5] = {
    {10.12623508344586, -7.487995877610167, -34.80091861555747, -7.992771707568823,
     1.025137723295662},
    {-0.6762803392801253, 6.087714651680015, 16.43084320892478, 24.76722511418386,
     -6.594389125716872},
};

}  // namespace

Rosenbrock::Rosenbrock(System const& system, Block& block)
    : block_(block),
      tape_(system.equations(), system.n_states(), block.stride),
      jacobian_tape_(system.jacobian(), system.n_states(), block.stride),
      size_(block.n_states * block.stride),
      jacobian_((block.n_states + 1) * size_),
      slope_(size_),
      at_(size_),
      stage_(size_),
      time_(block.stride),
      ones_(block.stride, 1.0),
      increments_(kStages * size_),
      factors_(block.n_states * size_),
      pivot_(size_),
      vector_(block.n_states) {
    tape_.set_parameters(block.parameters.data());
    jacobian_tape_.set_parameters(block.parameters.data());
}

void Rosenbrock::prepare(std::size_t first, std::size_t n) noexcept {
    tape_.prepare(first, n);
    jacobian_tape_.prepare(first, n);
}

void Rosenbrock::evaluate(double const* state, double node, std::size_t n) noexcept {
    if (tape_.reads_time()) {
        for (std::size_t i = 0; i < n; ++i) time_[i] = block_.time[i] + node * block_.step[i];
    }
    tape_.run(state, time_.data(), stage_.data(), n);
}

/// 1 - step gamma J = L U, rows exchanged.
void Rosenbrock::factor(std::size_t lane) noexcept {
    auto const n = block_.n_states;
    auto const scale = block_.step[lane] * kGamma;
    auto* const m = factors_.data() + lane * n * n;
    auto* const order = pivot_.data() + lane * n;
    for (std::size_t i = 0; i < n * n; ++i) m[i] = -scale * jacobian_[i * block_.stride + lane];
    for (std::size_t i = 0; i < n; ++i) m[i * n + i] += 1.0;
    std::iota(order, order + n, std::size_t{0});
    for (std::size_t k = 0; k < n; ++k) {
        std::size_t best = k;
        for (std::size_t i = k + 1; i < n; ++i) {
            if (std::abs(m[i * n + k]) > std::abs(m[best * n + k])) best = i;
        }
        if (best != k) {
            std::swap_ranges(m + best * n, m + best * n + n, m + k * n);
            std::swap(order[best], order[k]);
        }
        for (std::size_t i = k + 1; i < n; ++i) {
            auto const ratio = m[i * n + k] / m[k * n + k];
            m[i * n + k] = ratio;
            if (ratio == 0.0) continue;
            for (std::size_t j = k + 1; j < n; ++j) m[i * n + j] -= ratio * m[k * n + j];
        }
    }
}

/// gamma (step f + sum of earlier increments + step^2 w df/dt)
void Rosenbrock::right_side(std::size_t k, std::size_t n) noexcept {
    auto const* const f = k == 0 ? slope_.data() : stage_.data();
    auto const* const by_time = jacobian_.data() + block_.n_states * size_;
    for (std::size_t row = 0; row < block_.n_states; ++row) {
        for (std::size_t i = 0; i < n; ++i) {
            auto const at = row * block_.stride + i;
            auto const h = block_.step[i];
            auto total = h * f[at];
            for (std::size_t j = 0; j < k; ++j) {
                total += kRight[k][j] * increments_[j * size_ + at];
            }
            if (kByTime[k] != 0.0) total += h * h * kByTime[k] * by_time[at];
            increment(k)[at] = kGamma * total;
        }
    }
}

void Rosenbrock::solve(std::size_t k, std::size_t lane) noexcept {
    auto const n = block_.n_states;
    auto const* const m = factors_.data() + lane * n * n;
    auto const* const order = pivot_.data() + lane * n;
    auto* const u = increment(k);
    for (std::size_t i = 0; i < n; ++i) {
        auto total = u[order[i] * block_.stride + lane];
        for (std::size_t j = 0; j < i; ++j) total -= m[i * n + j] * vector_[j];
        vector_[i] = total;
    }
    for (std::size_t i = n; i-- > 0;) {
        auto total = vector_[i];
        for (std::size_t j = i + 1; j < n; ++j) total -= m[i * n + j] * vector_[j];
        vector_[i] = total / m[i * n + i];
    }
    for (std::size_t i = 0; i < n; ++i) u[i * block_.stride + lane] = vector_[i];
}

void Rosenbrock::attempt(std::size_t n) noexcept {
    auto const rows = block_.all_rows(n);
    auto const* const y = block_.state.data();
    evaluate(y, 0.0, n);
    std::ranges::copy(stage_, slope_.begin());
    jacobian_tape_.run(y, block_.time.data(), jacobian_.data(), n);
    for (std::size_t lane = 0; lane < n; ++lane) factor(lane);
    for (std::size_t k = 0; k < kStages; ++k) {
        if (k > 0) {
            Sum sum{.stage = {}, .weight = {}, .n_terms = k};
            for (std::size_t j = 0; j < k; ++j) {
                sum.stage[j] = increment(j);
                sum.weight[j] = kAt[k][j];
            }
            kernels_.advance(rows, y, ones_.data(), sum, at_.data());
            evaluate(at_.data(), kStageTimes[k], n);
        }
        right_side(k, n);
        for (std::size_t lane = 0; lane < n; ++lane) solve(k, lane);
    }
    // The state of the last stage and its increment, which is the error too.
    auto const* const last = increment(kStages - 1);
    for (std::size_t i = 0; i < size_; ++i) block_.next[i] = at_[i] + last[i];
    Sum const error{.stage = {last}, .weight = {1.0}, .n_terms = 1};
    kernels_.error(block_.own_rows(n), y, block_.next.data(), ones_.data(), error,
                   block_.tol_abs.data(), block_.tol_rel, block_.error.data());
}

void Rosenbrock::interpolate(std::size_t n) noexcept {
    for (std::size_t row = 0; row < block_.n_states; ++row) {
        for (std::size_t i = 0; i < n; ++i) {
            auto const at = row * block_.stride + i;
            double first = 0.0;
            double second = 0.0;
            for (std::size_t j = 0; j < 5; ++j) {
                first += kDenseBend[0][j] * increments_[j * size_ + at];
                second += kDenseBend[1][j] * increments_[j * size_ + at];
            }
            block_.first_bend[at] = first;
            block_.second_bend[at] = second;
        }
    }
}

void Rosenbrock::accept(double const* mask, std::size_t n) noexcept {
    kernels_.select(block_.all_rows(n), mask, block_.next.data(), block_.state.data());
}

}  // namespace monoidal::ode
