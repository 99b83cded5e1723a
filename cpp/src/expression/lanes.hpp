#pragma once

// Registers of lanes for kernels that are compiled once an instruction set. All of it has internal
// linkage, so no instruction set's code can stand in for another's.

#include <cstddef>

#if defined(__SSE2__)
#include <immintrin.h>
#endif

#include "../common/vector.hpp"

namespace monoidal::expression {
namespace {

template <class T>
struct Lane;

template <>
struct Lane<double> {
    typedef double V __attribute__((vector_size(MONOIDAL_VECTOR_BYTES)));
    typedef double Loose __attribute__((vector_size(MONOIDAL_VECTOR_BYTES), aligned(8), may_alias));
    using I = decltype(V{} < V{});
    typedef unsigned long U __attribute__((vector_size(MONOIDAL_VECTOR_BYTES)));
    using Bits = unsigned long;
    static constexpr int kMantissa = 52;
    static constexpr Bits kBias = 1023;
    static constexpr double kRound = 0x1.8p52;  // adding it rounds to an integer
    static constexpr double kInteger = 0x1p52;  // its low bits hold an integer
    static constexpr double kSmallest = 0x1p-1022;
    static constexpr double kTrigLimit = 0x1p20;
    static constexpr double kExpLow = -746.0;  // below: 0
    static constexpr double kExpHigh = 710.0;  // above: infinity
    static constexpr double kSinhLimit = 709.0;
};

template <>
struct Lane<float> {
    typedef float V __attribute__((vector_size(MONOIDAL_VECTOR_BYTES)));
    typedef float Loose __attribute__((vector_size(MONOIDAL_VECTOR_BYTES), aligned(4), may_alias));
    using I = decltype(V{} < V{});
    typedef unsigned U __attribute__((vector_size(MONOIDAL_VECTOR_BYTES)));
    using Bits = unsigned;
    static constexpr int kMantissa = 23;
    static constexpr Bits kBias = 127;
    static constexpr float kRound = 0x1.8p23F;
    static constexpr float kInteger = 0x1p23F;
    static constexpr float kSmallest = 0x1p-126F;
    static constexpr float kTrigLimit = 0x1p13F;
    static constexpr float kExpLow = -104.0F;
    static constexpr float kExpHigh = 89.0F;
    static constexpr float kSinhLimit = 88.0F;
};

template <class T>
using V = typename Lane<T>::V;
template <class T>
using I = typename Lane<T>::I;
template <class T>
using U = typename Lane<T>::U;

template <class T>
constexpr std::size_t kLanes = MONOIDAL_VECTOR_BYTES / sizeof(T);

template <class T>
inline V<T> get(T const* p) {
    return *reinterpret_cast<typename Lane<T>::Loose const*>(p);
}
template <class T>
inline void put(T* p, V<T> v) {
    *reinterpret_cast<typename Lane<T>::Loose*>(p) = v;
}
template <class T>
inline V<T> all(T value) {
    return value - V<T>{};  // keeps the sign of a zero
}
template <class T>
inline U<T> bits(V<T> v) {
    return reinterpret_cast<U<T>>(v);
}
template <class T>
inline V<T> from_bits(U<T> u) {
    return reinterpret_cast<V<T>>(u);
}
template <class T>
constexpr typename Lane<T>::Bits kSignBit = typename Lane<T>::Bits{1} << (8 * sizeof(T) - 1);

template <class T>
inline V<T> magnitude(V<T> v) {
    return from_bits<T>(bits<T>(v) & ~kSignBit<T>);
}
/// `v` with its sign flipped where that of `s` is set.
template <class T>
inline V<T> flip_sign(V<T> v, V<T> s) {
    return from_bits<T>(bits<T>(v) ^ (bits<T>(s) & kSignBit<T>));
}
template <class T>
inline V<T> nan_lanes() {
    return all<T>(T(__builtin_nan("")));
}

#if defined(__AVX512F__)
inline V<double> root(V<double> v) { return _mm512_mask_sqrt_pd(v, 0xff, v); }
inline V<float> root(V<float> v) { return _mm512_mask_sqrt_ps(v, 0xffff, v); }
#elif defined(__AVX2__)
inline V<double> root(V<double> v) { return _mm256_sqrt_pd(v); }
inline V<float> root(V<float> v) { return _mm256_sqrt_ps(v); }
#elif defined(__SSE2__)
inline V<double> root(V<double> v) { return _mm_sqrt_pd(v); }
inline V<float> root(V<float> v) { return _mm_sqrt_ps(v); }
#else
inline V<double> root(V<double> v) {
    for (std::size_t k = 0; k < kLanes<double>; ++k) v[k] = __builtin_sqrt(v[k]);
    return v;
}
inline V<float> root(V<float> v) {
    for (std::size_t k = 0; k < kLanes<float>; ++k) v[k] = __builtin_sqrtf(v[k]);
    return v;
}
#endif

template <class T>
inline bool any(I<T> mask) {
    typename Lane<T>::Bits found = 0;
    for (std::size_t k = 0; k < kLanes<T>; ++k) {
        found |= static_cast<typename Lane<T>::Bits>(mask[k]);
    }
    return found != 0;
}

}  // namespace
}  // namespace monoidal::expression
