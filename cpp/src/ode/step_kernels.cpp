// Compiled once an instruction set; MONOIDAL_ISA names the namespace.
#include "step_kernels.hpp"

#include "../expression/lanes.hpp"

namespace monoidal::ode::MONOIDAL_ISA {
namespace {

using expression::get;
using expression::put;
using V = expression::V<double>;

constexpr std::size_t kWidth = expression::kLanes<double>;

inline V magnitude(V v) { return expression::magnitude<double>(v); }
inline V larger(V a, V b) { return a > b ? a : b; }

template <int n_terms>
inline V sum_at(Sum const& sum, std::size_t at) {
    V total = sum.weight[0] * get(sum.stage[0] + at);
#pragma GCC unroll 6
    for (int j = 1; j < n_terms; ++j) total += sum.weight[j] * get(sum.stage[j] + at);
    return total;
}

/// `f(std::integral_constant)` without the standard library's header: a type that holds n.
template <int n>
struct Terms {
    static constexpr int kN = n;
};

template <class F>
inline void with_terms(std::size_t n_terms, F f) {
    switch (n_terms) {
        case 1: return f(Terms<1>{});
        case 2: return f(Terms<2>{});
        case 3: return f(Terms<3>{});
        case 4: return f(Terms<4>{});
        case 5: return f(Terms<5>{});
        default: return f(Terms<6>{});
    }
}

void advance(Rows rows, double const* y, double const* step, Sum const& sum, double* out) noexcept {
    with_terms(sum.n_terms, [&](auto terms) {
        for (std::size_t row = 0; row < rows.n_rows; ++row) {
            for (std::size_t i = 0; i < rows.n; i += kWidth) {
                auto const at = row * rows.stride + i;
                put(out + at, get(y + at) + get(step + i) * sum_at<terms.kN>(sum, at));
            }
        }
    });
}

void combine(Rows rows, double const* step, Sum const& sum, double* out) noexcept {
    with_terms(sum.n_terms, [&](auto terms) {
        for (std::size_t row = 0; row < rows.n_rows; ++row) {
            for (std::size_t i = 0; i < rows.n; i += kWidth) {
                auto const at = row * rows.stride + i;
                put(out + at, get(step + i) * sum_at<terms.kN>(sum, at));
            }
        }
    });
}

void error(Rows rows, double const* y, double const* next, double const* step, Sum const& sum,
           double const* tol_abs, double tol_rel, double* out) noexcept {
    auto const share = 1.0 / static_cast<double>(rows.n_rows);
    with_terms(sum.n_terms, [&](auto terms) {
        for (std::size_t i = 0; i < rows.n; i += kWidth) {
            V total{};
            auto const h = get(step + i);
            for (std::size_t row = 0; row < rows.n_rows; ++row) {
                auto const at = row * rows.stride + i;
                auto const after = get(next + at);
                auto const size = larger(magnitude(get(y + at)), magnitude(after));
                auto const e = h * sum_at<terms.kN>(sum, at) / (tol_abs[row] + tol_rel * size);
                total += e * e + after * 0.0;
            }
            put(out + i, total * share);
        }
    });
}

void select(Rows rows, double const* mask, double const* from, double* to) noexcept {
    for (std::size_t row = 0; row < rows.n_rows; ++row) {
        for (std::size_t i = 0; i < rows.n; i += kWidth) {
            auto const at = row * rows.stride + i;
            V const old = get(to + at);
            V const taken = get(from + at);
            V const chosen = get(mask + i) != 0.0 ? taken : old;
            put(to + at, chosen);
        }
    }
}

void hermite(Rows rows, double const* y, double const* next, double const* step,
             double const* first, double const* last, double* a, double* b) noexcept {
    for (std::size_t row = 0; row < rows.n_rows; ++row) {
        for (std::size_t i = 0; i < rows.n; i += kWidth) {
            auto const at = row * rows.stride + i;
            auto const h = get(step + i);
            V const d = get(next + at) - get(y + at);
            V const bend = h * get(first + at) - d;
            put(a + at, bend);
            put(b + at, d - h * get(last + at) - bend);
        }
    }
}

}  // namespace

extern StepKernels const kSteps;
constinit StepKernels const kSteps{.advance = &advance,
                                   .combine = &combine,
                                   .error = &error,
                                   .select = &select,
                                   .hermite = &hermite};

}  // namespace monoidal::ode::MONOIDAL_ISA
