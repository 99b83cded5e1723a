// Compiled once an instruction set; MONOIDAL_ISA names the namespace.
#include "lanes.hpp"

#include "../common/vector.hpp"

namespace monoidal::tensor::MONOIDAL_ISA {
namespace {

template <class V>
void forward_as(StepView const& s, double const* left, double const* right, double* out) noexcept {
    auto const n = s.lanes;
    for (std::size_t o = s.begin; o < s.end; ++o) {
        double const* const a0 = left + 2 * n * s.left_out[o];
        double const* const b0 = right + 2 * n * s.right_out[o];
        double* const c = out + 2 * n * o;
        for (std::size_t lane = 0; lane < n; lane += kWidth<V>) {
            V re{};
            V im{};
            for (std::size_t k = 0; k < s.n_terms; ++k) {
                double const* const a = a0 + 2 * n * s.left_sum[k] + lane;
                double const* const b = b0 + 2 * n * s.right_sum[k] + lane;
                V const ar = load<V>(a);
                V const ai = load<V>(a + n);
                V const br = load<V>(b);
                V const bi = load<V>(b + n);
                re += ar * br - ai * bi;
                im += ar * bi + ai * br;
            }
            store<V>(c + lane, re);
            store<V>(c + n + lane, im);
        }
    }
}

/// p += c conj(q)
template <class V>
inline void add_product(double* p, V cr, V ci, V qr, V qi, std::size_t n) {
    store<V>(p, load<V>(p) + (cr * qr + ci * qi));
    store<V>(p + n, load<V>(p + n) + (ci * qr - cr * qi));
}

template <class V>
void backward_as(StepView const& s, double const* left, double const* right,
                 double const* out_adjoint, double* left_adjoint, double* right_adjoint) noexcept {
    auto const n = s.lanes;
    for (std::size_t o = s.begin; o < s.end; ++o) {
        auto const a0 = 2 * n * s.left_out[o];
        auto const b0 = 2 * n * s.right_out[o];
        double const* const c = out_adjoint + 2 * n * o;
        for (std::size_t lane = 0; lane < n; lane += kWidth<V>) {
            V const cr = load<V>(c + lane);
            V const ci = load<V>(c + n + lane);
            for (std::size_t k = 0; k < s.n_terms; ++k) {
                auto const a = a0 + 2 * n * s.left_sum[k] + lane;
                auto const b = b0 + 2 * n * s.right_sum[k] + lane;
                add_product<V>(left_adjoint + a, cr, ci, load<V>(right + b), load<V>(right + b + n),
                               n);
                add_product<V>(right_adjoint + b, cr, ci, load<V>(left + a), load<V>(left + a + n),
                               n);
            }
        }
    }
}

void forward(StepView const& s, double const* left, double const* right, double* out) noexcept {
    if (s.lanes % 8 == 0) {
        forward_as<Vector>(s, left, right, out);
    } else {
        forward_as<double>(s, left, right, out);
    }
}

void backward(StepView const& s, double const* left, double const* right, double const* out_adjoint,
              double* left_adjoint, double* right_adjoint) noexcept {
    if (s.lanes % 8 == 0) {
        backward_as<Vector>(s, left, right, out_adjoint, left_adjoint, right_adjoint);
    } else {
        backward_as<double>(s, left, right, out_adjoint, left_adjoint, right_adjoint);
    }
}

}  // namespace

extern LaneKernels const kKernels;
LaneKernels const kKernels{&forward, &backward};

}  // namespace monoidal::tensor::MONOIDAL_ISA
