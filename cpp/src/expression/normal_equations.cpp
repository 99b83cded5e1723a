#include "normal_equations.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace monoidal::expression {
namespace {

constexpr std::size_t kSumsPerCheck = 16;
constexpr double kPivotRounding = 1e-14;  // of a pivot, relative to its diagonal

}  // namespace

void Cholesky::factor(std::span<double const> matrix, std::size_t n) {
    n_ = n;
    lower_.assign(matrix.begin(), matrix.end());
    is_seen_.assign(n, true);
    for (std::size_t j = 0; j < n; ++j) {
        double pivot = lower_[j * n + j];
        for (std::size_t k = 0; k < j; ++k) pivot -= lower_[j * n + k] * lower_[j * n + k];
        is_seen_[j] = pivot > kPivotRounding * matrix[j * n + j];
        double const root = is_seen_[j] ? std::sqrt(pivot) : 1.0;
        lower_[j * n + j] = root;
        for (std::size_t i = j + 1; i < n; ++i) {
            double sum = lower_[i * n + j];
            for (std::size_t k = 0; k < j; ++k) sum -= lower_[i * n + k] * lower_[j * n + k];
            lower_[i * n + j] = is_seen_[j] ? sum / root : 0.0;
        }
    }
}

void Cholesky::solve(std::span<double> b) const {
    for (std::size_t i = 0; i < n_; ++i) {
        for (std::size_t k = 0; k < i; ++k) b[i] -= lower_[i * n_ + k] * b[k];
        b[i] = is_seen_[i] ? b[i] / lower_[i * n_ + i] : 0.0;
    }
    for (std::size_t i = n_; i-- > 0;) {
        for (std::size_t k = i + 1; k < n_; ++k) b[i] -= lower_[k * n_ + i] * b[k];
        b[i] = is_seen_[i] ? b[i] / lower_[i * n_ + i] : 0.0;
    }
}

void Assembler::run(Sweep& sweep, std::size_t n_constants, Target const& target, Task& task,
                    NormalEquations& into) {
    into.matrix.assign(n_constants * n_constants, 0.0);
    into.gradient.assign(n_constants, 0.0);
    into.cost = 0.0;
    residual_.resize(Sweep::kBlock);
    scratch_.resize(Sweep::kBlock * std::max<std::size_t>(n_constants, 1));
    columns_.resize(n_constants);
    for (std::size_t begin = 0; begin < target.y.size(); begin += Sweep::kBlock) {
        auto const end = std::min(begin + Sweep::kBlock, target.y.size());
        sweep.forward(target.x, begin, end);
        sweep.reverse();
        add_block(sweep, target, begin, end, into);
        if (begin / Sweep::kBlock % kSumsPerCheck == 0) task.check();
        if (!std::isfinite(into.cost)) break;
    }
    into.value_cost = into.cost;
    bool finite = std::isfinite(into.cost);
    for (std::size_t i = 0; i < n_constants; ++i) {
        finite = finite && std::isfinite(into.gradient[i]);
        for (std::size_t j = 0; j < i; ++j) {
            into.matrix[j * n_constants + i] = into.matrix[i * n_constants + j];
        }
        for (std::size_t j = 0; j <= i; ++j) {
            finite = finite && std::isfinite(into.matrix[i * n_constants + j]);
        }
    }
    if (!finite) into.cost = std::numeric_limits<double>::infinity();
}

double Assembler::cost(Sweep& sweep, Target const& target, Task& task) {
    residual_.resize(Sweep::kBlock);
    double sum = 0.0;
    for (std::size_t begin = 0; begin < target.y.size(); begin += Sweep::kBlock) {
        auto const end = std::min(begin + Sweep::kBlock, target.y.size());
        sweep.forward(target.x, begin, end);
        set_residual(sweep, target, begin, end);
        sum += kernels_->dot(residual_.data(), residual_.data(), sweep.n_padded());
        if (begin / Sweep::kBlock % kSumsPerCheck == 0) task.check();
        if (!std::isfinite(sum)) return std::numeric_limits<double>::infinity();
    }
    return sum;
}

void Assembler::set_residual(Sweep const& sweep, Target const& target, std::size_t begin,
                             std::size_t end) {
    auto const n_rows = end - begin;
    auto const* const value = sweep.value();
    for (std::size_t i = 0; i < n_rows; ++i) {
        auto const gap = target.y[begin + i] - value[i];
        residual_[i] = target.root_weights.empty() ? gap : gap * target.root_weights[begin + i];
    }
    std::fill(residual_.begin() + static_cast<std::ptrdiff_t>(n_rows), residual_.end(), 0.0);
}

void Assembler::add_block(Sweep const& sweep, Target const& target, std::size_t begin,
                          std::size_t end, NormalEquations& into) {
    set_residual(sweep, target, begin, end);
    auto const n = sweep.n_padded();
    into.cost += kernels_->dot(residual_.data(), residual_.data(), n);
    auto const n_constants = columns_.size();
    for (std::size_t k = 0; k < n_constants; ++k) {
        columns_[k] = column(sweep, k, target, begin, end);
        if (columns_[k] == nullptr) continue;
        into.gradient[k] += kernels_->dot(columns_[k], residual_.data(), n);
        for (std::size_t j = 0; j <= k; ++j) {
            if (columns_[j] == nullptr) continue;
            into.matrix[k * n_constants + j] += kernels_->dot(columns_[k], columns_[j], n);
        }
    }
}

/// Derivatives of a block by constant k, weighted, 0 beyond its rows.
double const* Assembler::column(Sweep const& sweep, std::size_t k, Target const& target,
                                std::size_t begin, std::size_t end) {
    auto const* const slope = sweep.derivative_by_constant(k);
    auto const n_rows = end - begin;
    auto const n = sweep.n_padded();
    if (slope == nullptr || (target.root_weights.empty() && n == n_rows)) return slope;
    auto* const copy = scratch_.data() + k * Sweep::kBlock;
    for (std::size_t i = 0; i < n_rows; ++i) {
        copy[i] =
            target.root_weights.empty() ? slope[i] : slope[i] * target.root_weights[begin + i];
    }
    std::fill(copy + n_rows, copy + n, 0.0);
    return copy;
}

}  // namespace monoidal::expression
