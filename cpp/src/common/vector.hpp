#pragma once

// A register of lanes at a time, for kernels that are compiled once an instruction set: all of it
// has internal linkage, so no instruction set's code can stand in for another's.

namespace monoidal {
namespace {

#if defined(__AVX512F__)
#define MONOIDAL_VECTOR_BYTES 64
#elif defined(__AVX2__)
#define MONOIDAL_VECTOR_BYTES 32
#else
#define MONOIDAL_VECTOR_BYTES 16
#endif

/// As many lanes as one register holds: 8, 4 or 2, which all divide 8.
typedef double Vector __attribute__((vector_size(MONOIDAL_VECTOR_BYTES), aligned(8), may_alias));

template <class V>
inline V load(double const* p) {
    return *reinterpret_cast<V const*>(p);
}
template <>
inline double load<double>(double const* p) {
    return *p;
}

template <class V>
inline void store(double* p, V v) {
    *reinterpret_cast<V*>(p) = v;
}
template <>
inline void store<double>(double* p, double v) {
    *p = v;
}

/// How many lanes one V holds.
template <class V>
constexpr unsigned long kWidth = sizeof(V) / sizeof(double);

}  // namespace
}  // namespace monoidal
