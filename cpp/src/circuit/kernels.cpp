// Compiled once an instruction set; MONOIDAL_ISA names the namespace.
#include "kernels.hpp"

#include "../common/vector.hpp"

namespace monoidal::circuit::MONOIDAL_ISA {
namespace {

/// Calls `body(a, b)` with the places of each pair's two amplitudes (real part of lane 0).
template <class Body>
inline void for_each_pair(Pairs const& p, Body body) {
    for (std::size_t k = p.begin; k < p.end; ++k) {
        std::size_t const low = k & (p.target - 1);
        std::size_t const zero = ((k - low) << 1) | low;
        if ((zero & p.control) != p.control) continue;
        body(2 * p.lanes * zero, 2 * p.lanes * (zero | p.target));
    }
}

/// An amplitude of some lanes.
template <class V>
struct Complex {
    V re;
    V im;
};

template <class V>
inline Complex<V> get(double const* p, std::size_t n) {
    return {load<V>(p), load<V>(p + n)};
}
template <class V>
inline void put(double* p, std::size_t n, V re, V im) {
    store<V>(p, re);
    store<V>(p + n, im);
}

/// Calls `body(x, y, lane, a, b)` for the two amplitudes of each pair and all lanes.
template <class V, class Body>
inline void for_each_lane(Pairs const& p, double const* state, Body body) {
    auto const n = p.lanes;
    for_each_pair(p, [&](std::size_t a, std::size_t b) {
        for (std::size_t lane = 0; lane < n; lane += kWidth<V>) {
            body(get<V>(state + a + lane, n), get<V>(state + b + lane, n), lane, a + lane,
                 b + lane);
        }
    });
}

template <class V>
void hadamard_as(Pairs const& p, double* state) {
    V const h = V{} + detail::kHalfRoot;
    for_each_lane<V>(p, state, [&](auto x, auto y, std::size_t, std::size_t a, std::size_t b) {
        put<V>(state + a, p.lanes, h * (x.re + y.re), h * (x.im + y.im));
        put<V>(state + b, p.lanes, h * (x.re - y.re), h * (x.im - y.im));
    });
}

template <class V>
void matrix_as(Pairs const& p, double const* m, double* state) {
    for_each_lane<V>(p, state, [&](auto x, auto y, std::size_t, std::size_t a, std::size_t b) {
        put<V>(state + a, p.lanes, m[0] * x.re - m[1] * x.im + (m[2] * y.re - m[3] * y.im),
               m[0] * x.im + m[1] * x.re + (m[2] * y.im + m[3] * y.re));
        put<V>(state + b, p.lanes, m[4] * x.re - m[5] * x.im + (m[6] * y.re - m[7] * y.im),
               m[4] * x.im + m[5] * x.re + (m[6] * y.im + m[7] * y.re));
    });
}

template <class V>
void rotate_x_as(Pairs const& p, double const* cosine, double const* sine, double* state) {
    for_each_lane<V>(p, state, [&](auto x, auto y, std::size_t l, std::size_t a, std::size_t b) {
        V const c = load<V>(cosine + l);
        V const s = load<V>(sine + l);
        put<V>(state + a, p.lanes, c * x.re + s * y.im, c * x.im - s * y.re);
        put<V>(state + b, p.lanes, c * y.re + s * x.im, c * y.im - s * x.re);
    });
}

template <class V>
void rotate_y_as(Pairs const& p, double const* cosine, double const* sine, double* state) {
    for_each_lane<V>(p, state, [&](auto x, auto y, std::size_t l, std::size_t a, std::size_t b) {
        V const c = load<V>(cosine + l);
        V const s = load<V>(sine + l);
        put<V>(state + a, p.lanes, c * x.re - s * y.re, c * x.im - s * y.im);
        put<V>(state + b, p.lanes, s * x.re + c * y.re, s * x.im + c * y.im);
    });
}

template <class V>
void rotate_z_as(Pairs const& p, double const* cosine, double const* sine, double* state) {
    for_each_lane<V>(p, state, [&](auto x, auto y, std::size_t l, std::size_t a, std::size_t b) {
        V const c = load<V>(cosine + l);
        V const s = load<V>(sine + l);
        put<V>(state + a, p.lanes, c * x.re + s * x.im, c * x.im - s * x.re);
        put<V>(state + b, p.lanes, c * y.re - s * y.im, c * y.im + s * y.re);
    });
}

template <class V>
void phase_as(Pairs const& p, double const* cosine, double const* sine, double* state) {
    for_each_lane<V>(p, state, [&](auto, auto y, std::size_t l, std::size_t, std::size_t b) {
        V const c1 = load<V>(cosine + l);
        V const s1 = load<V>(sine + l);
        V const c = c1 * c1 - s1 * s1;
        V const s = c1 * s1 + c1 * s1;
        put<V>(state + b, p.lanes, c * y.re - s * y.im, c * y.im + s * y.re);
    });
}

/// Im(conj(u) v)
template <class V>
inline V imaginary(Complex<V> u, Complex<V> v) {
    return u.re * v.im - u.im * v.re;
}
/// Re(conj(u) v)
template <class V>
inline V real(Complex<V> u, Complex<V> v) {
    return u.re * v.re + u.im * v.im;
}

/// Adds `term(u, w, x, y)` of every pair: u, w the adjoint's amplitudes, x, y the state's.
template <class V, class Term>
inline void add_overlap(Pairs const& p, double const* state, double const* adjoint, double* sum,
                        Term term) {
    for_each_lane<V>(p, state, [&](auto x, auto y, std::size_t l, std::size_t a, std::size_t b) {
        auto const u = get<V>(adjoint + a, p.lanes);
        auto const w = get<V>(adjoint + b, p.lanes);
        store<V>(sum + l, load<V>(sum + l) + term(u, w, x, y));
    });
}

template <class V>
void overlap_x_as(Pairs const& p, double const* state, double const* adjoint, double* sum) {
    add_overlap<V>(p, state, adjoint, sum, [](auto u, auto w, auto x, auto y) {
        return imaginary<V>(u, y) + imaginary<V>(w, x);
    });
}
template <class V>
void overlap_y_as(Pairs const& p, double const* state, double const* adjoint, double* sum) {
    add_overlap<V>(p, state, adjoint, sum,
                   [](auto u, auto w, auto x, auto y) { return real<V>(w, x) - real<V>(u, y); });
}
template <class V>
void overlap_z_as(Pairs const& p, double const* state, double const* adjoint, double* sum) {
    add_overlap<V>(p, state, adjoint, sum, [](auto u, auto w, auto x, auto y) {
        return imaginary<V>(u, x) - imaginary<V>(w, y);
    });
}
template <class V>
void overlap_phase_as(Pairs const& p, double const* state, double const* adjoint, double* sum) {
    add_overlap<V>(p, state, adjoint, sum, [](auto, auto w, auto, auto y) {
        auto const term = imaginary<V>(w, y);
        return -(term + term);
    });
}

// Eight lanes or a multiple go by vectors, any other number one by one.
#define MONOIDAL_BY_LANES(name, ...)       \
    if (p.lanes % 8 == 0) {                \
        name##_as<Vector>(p, __VA_ARGS__); \
    } else {                               \
        name##_as<double>(p, __VA_ARGS__); \
    }

void hadamard(Pairs const& p, double* state) noexcept { MONOIDAL_BY_LANES(hadamard, state) }
void matrix(Pairs const& p, double const* m, double* state) noexcept {
    MONOIDAL_BY_LANES(matrix, m, state)
}
void rotate_x(Pairs const& p, double const* c, double const* s, double* state) noexcept {
    MONOIDAL_BY_LANES(rotate_x, c, s, state)
}
void rotate_y(Pairs const& p, double const* c, double const* s, double* state) noexcept {
    MONOIDAL_BY_LANES(rotate_y, c, s, state)
}
void rotate_z(Pairs const& p, double const* c, double const* s, double* state) noexcept {
    MONOIDAL_BY_LANES(rotate_z, c, s, state)
}
void phase(Pairs const& p, double const* c, double const* s, double* state) noexcept {
    MONOIDAL_BY_LANES(phase, c, s, state)
}
void overlap_x(Pairs const& p, double const* state, double const* adjoint, double* sum) noexcept {
    MONOIDAL_BY_LANES(overlap_x, state, adjoint, sum)
}
void overlap_y(Pairs const& p, double const* state, double const* adjoint, double* sum) noexcept {
    MONOIDAL_BY_LANES(overlap_y, state, adjoint, sum)
}
void overlap_z(Pairs const& p, double const* state, double const* adjoint, double* sum) noexcept {
    MONOIDAL_BY_LANES(overlap_z, state, adjoint, sum)
}
void overlap_phase(Pairs const& p, double const* state, double const* adjoint,
                   double* sum) noexcept {
    MONOIDAL_BY_LANES(overlap_phase, state, adjoint, sum)
}

#undef MONOIDAL_BY_LANES

}  // namespace

extern GateKernels const kKernels;
GateKernels const kKernels{&hadamard, &matrix,    &rotate_x,  &rotate_y,  &rotate_z,
                           &phase,    &overlap_x, &overlap_y, &overlap_z, &overlap_phase};

}  // namespace monoidal::circuit::MONOIDAL_ISA
