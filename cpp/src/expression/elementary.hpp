#pragma once

// Elementary functions on registers of lanes. A lane's result depends on its own input alone, and
// no product is fused with a sum, so all instruction sets give the same bits.
//
// Reductions are the classical ones: Cody and Waite, Software Manual for the Elementary
// Functions, 1980; Muller et al., Handbook of Floating-Point Arithmetic, 2nd ed., 2018, ch. 10.

#include <numbers>

#include "coefficients.hpp"
#include "lanes.hpp"

namespace monoidal::expression {
namespace {

/// Estrin's scheme: half the steps of Horner's wait for each other. Coefficients lowest power
/// first.
template <class T, std::size_t N>
inline V<T> polynomial(T const (&c)[N], V<T> x) {
    V<T> part[(N + 1) / 2];
    for (std::size_t k = 0; k + 1 < N; k += 2) part[k / 2] = x * c[k + 1] + c[k];
    if (N % 2 == 1) part[N / 2] = all<T>(c[N - 1]);
    V<T> power = x * x;
    for (std::size_t n = (N + 1) / 2; n > 1; n = (n + 1) / 2) {
        for (std::size_t k = 0; k + 1 < n; k += 2) part[k / 2] = part[k + 1] * power + part[k];
        if (n % 2 == 1) part[n / 2] = part[n - 1];
        power = power * power;
    }
    return part[0];
}

/// 2^k for integers of either sign, k in [-bias + 1, bias].
template <class T>
inline V<T> power_of_two(I<T> k) {
    auto const biased = reinterpret_cast<U<T>>(k) + Lane<T>::kBias;
    return from_bits<T>(biased << Lane<T>::kMantissa);
}

template <class T>
inline V<T> exp_lanes(V<T> x) {
    using L = Lane<T>;
    using C = Coefficients<T>;
    constexpr T per_log2 = std::numbers::log2e_v<T>;
    x = x < L::kExpLow ? all<T>(L::kExpLow) : x;
    x = x > L::kExpHigh ? all<T>(L::kExpHigh) : x;
    auto const shifted = x * per_log2 + L::kRound;
    auto const k = shifted - L::kRound;
    auto const r = (x - k * C::kLog2[0]) - k * C::kLog2[1];
    auto const p = (r + r * r * polynomial<T>(C::kExp, r)) + T(1);
    auto const whole = reinterpret_cast<I<T>>(bits<T>(shifted) - bits<T>(all<T>(L::kRound)));
    auto const half = whole >> 1;  // two steps, so that neither power leaves the range
    return p * power_of_two<T>(half) * power_of_two<T>(whole - half);
}

template <class T>
inline V<T> log_lanes(V<T> x) {
    using L = Lane<T>;
    using C = Coefficients<T>;
    constexpr T root_half = T(0.70710678118654752440);
    constexpr T two = T(2);
    auto const tiny = x < L::kSmallest;
    auto const scale = T(2) * L::kInteger;
    auto const y = tiny ? x * scale : x;
    auto const b = bits<T>(y);
    auto const shift = bits<T>(all<T>(T(1))) - bits<T>(all<T>(root_half));
    auto const biased = (b + shift) >> L::kMantissa;
    auto const m = from_bits<T>(b - ((biased - L::kBias) << L::kMantissa));  // [sqrt .5, sqrt 2)
    auto k = from_bits<T>(biased | bits<T>(all<T>(L::kInteger))) - (L::kInteger + T(L::kBias));
    k = tiny ? k - T(L::kMantissa + 1) : k;
    auto const f = m - T(1);
    auto const s = f / (f + two);
    auto const z = s * s;
    auto const half_square = f * f * T(0.5);
    auto const rest = s * (half_square + z * polynomial<T>(C::kLog, z));
    auto const value = k * C::kLog2[0] - ((half_square - (rest + k * C::kLog2[1])) - f);
    auto const infinity = all<T>(T(__builtin_inf()));
    auto const edge = x == T(0) ? -infinity : x < T(0) ? nan_lanes<T>() : x;
    return (x > T(0)) & (x < infinity) ? value : edge;
}

template <class T>
struct SineCosine {
    V<T> sine;
    V<T> cosine;
};

/// For |x| <= kTrigLimit: beyond it the parts of pi/2 do not reach, see `Repaired`.
template <class T>
inline SineCosine<T> sine_cosine(V<T> x) {
    using L = Lane<T>;
    using C = Coefficients<T>;
    constexpr T per_half_pi = T(0.63661977236758134308);
    constexpr std::size_t n_parts = sizeof(C::kHalfPi) / sizeof(T);
    auto const shifted = x * per_half_pi + L::kRound;
    auto const k = shifted - L::kRound;
    V<T> high = x - k * C::kHalfPi[0];  // exact
    V<T> low{};
    for (std::size_t part = 1; part < n_parts; ++part) {  // sum with its error (Knuth)
        auto const step = -(k * C::kHalfPi[part]);
        auto const sum = high + step;
        auto const back = sum - high;
        low += (high - (sum - back)) + (step - back);
        high = sum;
    }
    auto const z = high * high;
    auto const half = z * T(0.5);
    auto const away = high + (high * z * polynomial<T>(C::kSin, z) + low * (T(1) - half));
    auto const s = high == T(0) ? high : away;  // keeps the sign of a zero
    auto const w = T(1) - half;
    auto const c = w + (((T(1) - w) - half) + (z * z * polynomial<T>(C::kCos, z) - high * low));
    auto const quadrant = bits<T>(shifted);
    auto const odd = (quadrant & 1U) != 0U;
    auto const sign_of_sine =
        from_bits<T>((quadrant & 2U) << (L::kMantissa + (sizeof(T) == 8 ? 10 : 7)));
    auto const sign_of_cosine =
        from_bits<T>(((quadrant + 1U) & 2U) << (L::kMantissa + (sizeof(T) == 8 ? 10 : 7)));
    return {.sine = flip_sign<T>(odd ? c : s, sign_of_sine),
            .cosine = flip_sign<T>(odd ? s : c, sign_of_cosine)};
}

template <class T>
inline V<T> atan_lanes(V<T> x) {
    using C = Coefficients<T>;
    constexpr T eighth = T(0.41421356237309504880);  // tan(pi / 8)
    constexpr T three_eighths = T(2.41421356237309504880);
    constexpr T quarter = T(0.78539816339744830962);
    constexpr T quarter_rest = sizeof(T) == 8 ? T(3.06161699786838301793e-17) : T(-2.18556941e-8);
    auto const t = magnitude<T>(x);
    auto const large = t > three_eighths;
    auto const medium = t > eighth;
    auto const top = large ? all<T>(T(-1)) : medium ? t - T(1) : t;
    auto const bottom = large ? t : medium ? t + T(1) : all<T>(T(1));
    auto const count = large ? all<T>(T(2)) : medium ? all<T>(T(1)) : V<T>{};
    auto const a = top / bottom;
    auto const z = a * a;
    auto const value =
        count * quarter + (a + (a * z * polynomial<T>(C::kAtan, z) + count * quarter_rest));
    return flip_sign<T>(value, x);
}

/// (|x| > 1/2, the angle whose sine is |x|, or half the one whose cosine is |x|)
template <class T>
inline V<T> asin_core(V<T> t, I<T> large) {
    auto const z = large ? (T(1) - t) * T(0.5) : t * t;
    auto const a = large ? root(z) : t;
    return a + a * z * polynomial<T>(Coefficients<T>::kAsin, z);
}

template <class T>
constexpr T kHalfPiHead = T(1.57079632679489661923);
template <class T>
constexpr T kHalfPiRest = sizeof(T) == 8 ? T(6.12323399573676603587e-17) : T(-4.37113883e-8);

template <class T>
inline V<T> asin_lanes(V<T> x) {
    auto const t = magnitude<T>(x);
    auto const large = t > T(0.5);
    auto const a = asin_core<T>(t, large);
    auto const value = large ? kHalfPiHead<T> - (a + a - kHalfPiRest<T>) : a;
    return flip_sign<T>(value, x);
}

template <class T>
inline V<T> acos_lanes(V<T> x) {
    auto const t = magnitude<T>(x);
    auto const large = t > T(0.5);
    auto const a = asin_core<T>(t, large);
    auto const far = x < T(0) ? T(2) * kHalfPiHead<T> - (a + a - T(2) * kHalfPiRest<T>) : a + a;
    auto const near = kHalfPiHead<T> - (flip_sign<T>(a, x) - kHalfPiRest<T>);
    return large ? far : near;
}

/// For |x| <= kSinhLimit; beyond it e^x overflows before the function does.
template <class T>
inline V<T> sinh_lanes(V<T> x) {
    auto const t = magnitude<T>(x);
    auto const z = x * x;
    auto const near = x + x * z * polynomial<T>(Coefficients<T>::kSinh, z);
    auto const e = exp_lanes<T>(t);
    auto const far = flip_sign<T>((e - T(1) / e) * T(0.5), x);
    return t <= T(1) ? near : far;
}

template <class T>
inline V<T> cosh_lanes(V<T> x) {
    auto const e = exp_lanes<T>(magnitude<T>(x));
    return (e + T(1) / e) * T(0.5);
}

template <class T>
inline V<T> tanh_lanes(V<T> x) {
    constexpr T one = T(1);
    auto const t = magnitude<T>(x);
    auto const z = x * x;
    auto const near = x + x * z * polynomial<T>(Coefficients<T>::kTanh, z);
    auto const far = flip_sign<T>(one - T(2) / (exp_lanes<T>(t + t) + one), x);
    return t == T(0) ? x : t <= T(0.625) ? near : far;
}

template <class T>
inline V<T> sign_lanes(V<T> x) {
    return x > T(0) ? all<T>(T(1)) : x < T(0) ? all<T>(T(-1)) : x;
}

template <class T>
inline V<T> min_lanes(V<T> a, V<T> b) {
    return a < b ? a : b <= a ? b : a + b;  // the sum is NaN where one of them is
}

template <class T>
inline V<T> max_lanes(V<T> a, V<T> b) {
    return a > b ? a : b >= a ? b : a + b;
}

}  // namespace
}  // namespace monoidal::expression
