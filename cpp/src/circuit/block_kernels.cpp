// Compiled once an instruction set; MONOIDAL_ISA names the namespace.
#include "block_kernels.hpp"

#include <utility>

#include "../common/vector.hpp"

namespace monoidal::circuit::MONOIDAL_ISA {
namespace {

template <class T>
struct VectorOf {
    typedef T Type __attribute__((vector_size(MONOIDAL_VECTOR_BYTES)));
};

/// A register of lanes, or one number where a gate's bits lie within a register.
template <class T, class V>
struct Lanes {
    static constexpr std::size_t kWidth = sizeof(V) / sizeof(T);
    static V load(T const* p) {
        V v;
        __builtin_memcpy(&v, p, sizeof(V));
        return v;
    }
    static void store(T* p, V v) { __builtin_memcpy(p, &v, sizeof(V)); }
};

template <class T>
constexpr std::size_t kWide = MONOIDAL_VECTOR_BYTES / sizeof(T);

/// x with lane l in place of lane l ^ kFlip.
template <std::size_t kFlip, class V, std::size_t... kLane>
inline V exchange(V x, std::index_sequence<kLane...>) {
    return __builtin_shufflevector(x, x, (kLane ^ kFlip)...);
}

/// Calls `body(j)` for all numbers of vectors below `n` that have, of the bits `fixed`, those of
/// `values`.
template <class Body>
inline void for_each(std::size_t n, std::size_t fixed, std::size_t values, Body body) {
    std::size_t const count = n >> __builtin_popcountll(fixed);
    std::size_t j = 0;
    for (std::size_t k = 0; k < count; ++k) {
        body(j | values);
        j = ((j | fixed) + 1) & ~fixed;
    }
}

/// Lane by lane: `yes` where the low bits are as asked, else `no`.
template <class T>
inline auto choose(Condition const& where, double yes, double no) {
    typename VectorOf<T>::Type out{};
    std::size_t const mask = where.mask & (kWide<T> - 1);
    std::size_t const values = where.values & (kWide<T> - 1);
    for (std::size_t l = 0; l < kWide<T>; ++l) {
        out[l] = static_cast<T>((l & mask) == values ? yes : no);
    }
    return out;
}

/// The same, with another number where bit `target` of the lane is 1.
template <class T>
inline auto choose(Condition const& where, std::size_t target, double zero, double one, double no) {
    auto out = choose<T>(where, zero, no);
    auto const other = choose<T>(where, one, no);
    for (std::size_t l = 0; l < kWide<T>; ++l) {
        if ((l & target) != 0) out[l] = other[l];
    }
    return out;
}

template <class V>
struct Complex {
    V re;
    V im;
};

/// a x + b y, for matrices of a pattern: b is imaginary in a cross.
template <Pattern kPattern, class V>
inline Complex<V> combine(Complex<V> const& a, Complex<V> const& x, Complex<V> const& b,
                          Complex<V> const& y) {
    if constexpr (kPattern == Pattern::real) {
        return {a.re * x.re + b.re * y.re, a.re * x.im + b.re * y.im};
    } else if constexpr (kPattern == Pattern::cross) {
        return {a.re * x.re - b.im * y.im, a.re * x.im + b.im * y.re};
    } else {
        return {(a.re * x.re - a.im * x.im) + (b.re * y.re - b.im * y.im),
                (a.re * x.im + a.im * x.re) + (b.re * y.im + b.im * y.re)};
    }
}

template <class T, class V>
inline Complex<V> get(Block<T> const& b, std::size_t place) {
    return {Lanes<T, V>::load(b.re + place), Lanes<T, V>::load(b.im + place)};
}
template <class T, class V>
inline void put(Block<T> const& b, std::size_t place, Complex<V> const& z) {
    Lanes<T, V>::store(b.re + place, z.re);
    Lanes<T, V>::store(b.im + place, z.im);
}

template <Pattern kPattern, class T>
void pair_of_vectors(Block<T> const& block, PairGate const& g) {
    using V = typename VectorOf<T>::Type;
    constexpr auto kW = kWide<T>;
    auto const& w = g.where;
    Complex<V> const a{choose<T>(w, g.m[0], 1), choose<T>(w, g.m[1], 0)};
    Complex<V> const b{choose<T>(w, g.m[2], 0), choose<T>(w, g.m[3], 0)};
    Complex<V> const c{choose<T>(w, g.m[4], 0), choose<T>(w, g.m[5], 0)};
    Complex<V> const d{choose<T>(w, g.m[6], 1), choose<T>(w, g.m[7], 0)};
    std::size_t const target = (std::size_t{1} << g.target) / kW;
    for_each((std::size_t{1} << block.n_bits) / kW, w.mask / kW | target, w.values / kW,
             [&](std::size_t j) {
                 auto const x = get<T, V>(block, j * kW);
                 auto const y = get<T, V>(block, (j | target) * kW);
                 put<T, V>(block, j * kW, combine<kPattern, V>(a, x, b, y));
                 put<T, V>(block, (j | target) * kW, combine<kPattern, V>(d, y, c, x));
             });
}

template <Pattern kPattern, std::size_t kTarget, class T>
void pair_of_lanes(Block<T> const& block, PairGate const& g) {
    using V = typename VectorOf<T>::Type;
    constexpr auto kW = kWide<T>;
    auto const& w = g.where;
    Complex<V> const a{choose<T>(w, kTarget, g.m[0], g.m[6], 1),
                       choose<T>(w, kTarget, g.m[1], g.m[7], 0)};
    Complex<V> const b{choose<T>(w, kTarget, g.m[2], g.m[4], 0),
                       choose<T>(w, kTarget, g.m[3], g.m[5], 0)};
    constexpr std::make_index_sequence<kW> kAll;
    for_each((std::size_t{1} << block.n_bits) / kW, w.mask / kW, w.values / kW, [&](std::size_t j) {
        auto const x = get<T, V>(block, j * kW);
        Complex<V> const y{exchange<kTarget>(x.re, kAll), exchange<kTarget>(x.im, kAll)};
        put<T, V>(block, j * kW, combine<kPattern, V>(a, x, b, y));
    });
}

template <Pattern kPattern, class T>
void pair_as(Block<T> const& block, PairGate const& g) {
    std::size_t const target = std::size_t{1} << g.target;
    if (target >= kWide<T>) {
        pair_of_vectors<kPattern>(block, g);
    } else if (target == 1) {
        pair_of_lanes<kPattern, 1>(block, g);
    } else if constexpr (kWide<T> > 2) {
        if (target == 2) {
            pair_of_lanes<kPattern, 2>(block, g);
        } else if constexpr (kWide<T> > 4) {
            if (target == 4) {
                pair_of_lanes<kPattern, 4>(block, g);
            } else if constexpr (kWide<T> > 8) {
                pair_of_lanes<kPattern, 8>(block, g);
            }
        }
    }
}

template <class T>
void pair(Block<T> const& block, PairGate const& g) noexcept {
    switch (g.pattern) {
        case Pattern::real: pair_as<Pattern::real>(block, g); return;
        case Pattern::cross: pair_as<Pattern::cross>(block, g); return;
        case Pattern::general: pair_as<Pattern::general>(block, g); return;
    }
}

template <class T>
void scale(Block<T> const& block, Scale const& s) noexcept {
    using V = typename VectorOf<T>::Type;
    constexpr auto kW = kWide<T>;
    V const re = choose<T>(s.where, s.re, 1);
    V const im = choose<T>(s.where, s.im, 0);
    auto const n = (std::size_t{1} << block.n_bits) / kW;
    if (s.im == 0) {
        for_each(n, s.where.mask / kW, s.where.values / kW, [&](std::size_t j) {
            auto const x = get<T, V>(block, j * kW);
            put<T, V>(block, j * kW, {re * x.re, re * x.im});
        });
        return;
    }
    for_each(n, s.where.mask / kW, s.where.values / kW, [&](std::size_t j) {
        auto const x = get<T, V>(block, j * kW);
        put<T, V>(block, j * kW, {re * x.re - im * x.im, re * x.im + im * x.re});
    });
}

constexpr std::size_t kMostRows = 256;  // 2^8: as many targets as a matrix may have

template <class T, class V>
void dense_as(Block<T> const& block, DenseGate const& g) {
    constexpr auto kW = Lanes<T, V>::kWidth;
    std::size_t const n_rows = std::size_t{1} << g.n_targets;
    std::size_t fixed = g.where.mask;
    std::size_t offset[kMostRows];
    for (std::size_t row = 0; row < n_rows; ++row) {
        offset[row] = 0;
        for (std::uint32_t t = 0; t < g.n_targets; ++t) {
            std::size_t const bit = std::size_t{1} << g.targets[t];
            if ((row >> (g.n_targets - 1 - t) & 1) != 0) offset[row] |= bit;
            fixed |= bit;
        }
    }
    for_each((std::size_t{1} << block.n_bits) / kW, fixed / kW, g.where.values / kW,
             [&](std::size_t j) {
                 Complex<V> in[kMostRows];
                 for (std::size_t r = 0; r < n_rows; ++r) {
                     in[r] = get<T, V>(block, j * kW | offset[r]);
                 }
                 for (std::size_t r = 0; r < n_rows; ++r) {
                     Complex<V> sum{};
                     double const* const m = g.m + 2 * n_rows * r;
                     for (std::size_t c = 0; c < n_rows; ++c) {
                         T const re = static_cast<T>(m[2 * c]);
                         T const im = static_cast<T>(m[2 * c + 1]);
                         sum.re += re * in[c].re - im * in[c].im;
                         sum.im += re * in[c].im + im * in[c].re;
                     }
                     put<T, V>(block, j * kW | offset[r], sum);
                 }
             });
}

template <class T>
void dense(Block<T> const& block, DenseGate const& g) noexcept {
    std::size_t bits = g.where.mask;
    for (std::uint32_t t = 0; t < g.n_targets; ++t) bits |= std::size_t{1} << g.targets[t];
    if ((bits & (kWide<T> - 1)) == 0) {
        dense_as<T, typename VectorOf<T>::Type>(block, g);
    } else {
        dense_as<T, T>(block, g);
    }
}

/// Sums with as many partial sums as the widest register has lanes, so that every instruction set
/// adds the same numbers in the same order: calls `term(j)` for vectors of equal place among them.
template <class T>
class Sums {
public:
    static constexpr std::size_t kLanes = 64 / sizeof(T);
    static constexpr std::size_t kParts = kLanes / kWide<T>;

    /// `term(j, add)` calls `add(vector, j)` for each contribution of vector j.
    template <class Term>
    void run(std::size_t n, std::size_t fixed, std::size_t values, std::size_t target, Term term) {
        std::size_t const free = (kParts - 1) & ~(fixed | target);
        for (std::size_t part = 0; part < kParts; ++part) {
            if ((part & ~free) != 0) continue;
            std::size_t const first = (part | values) & (kParts - 1);
            V here{};
            V there{};
            for_each(n, fixed | target | free, values | part,
                     [&](std::size_t j) { term(j, here, there); });
            add(first, here);
            add(first | (target & (kParts - 1)), there);
        }
    }

    [[nodiscard]] double total() const {
        double sum = 0.0;
        for (double const lane : lanes_) sum += lane;
        return sum;
    }

private:
    using V = typename VectorOf<T>::Type;
    void add(std::size_t part, V v) {
        for (std::size_t l = 0; l < kWide<T>; ++l) lanes_[part * kWide<T> + l] += v[l];
    }
    double lanes_[kLanes] = {};
};

template <class V>
inline V imaginary(Complex<V> const& a, Complex<V> const& b) {  // of conj(a) b
    return a.re * b.im - a.im * b.re;
}
template <class V>
inline V real(Complex<V> const& a, Complex<V> const& b) {
    return a.re * b.re + a.im * b.im;
}

template <bool kIsY, class T>
double overlap_of_vectors(Block<T> const& state, Block<T> const& adjoint, Overlap const& o) {
    using V = typename VectorOf<T>::Type;
    constexpr auto kW = kWide<T>;
    V const weight = choose<T>(o.where, 1, 0);
    std::size_t const target = (std::size_t{1} << o.target) / kW;
    Sums<T> sums;
    sums.run((std::size_t{1} << state.n_bits) / kW, o.where.mask / kW, o.where.values / kW, target,
             [&](std::size_t j, V& here, V& there) {
                 auto const x = get<T, V>(state, j * kW);
                 auto const y = get<T, V>(state, (j | target) * kW);
                 auto const p = get<T, V>(adjoint, j * kW);
                 auto const q = get<T, V>(adjoint, (j | target) * kW);
                 if constexpr (kIsY) {
                     here -= weight * real(p, y);
                     there += weight * real(q, x);
                 } else {
                     here += weight * imaginary(p, y);
                     there += weight * imaginary(q, x);
                 }
             });
    return sums.total();
}

template <bool kIsY, std::size_t kTarget, class T>
double overlap_of_lanes(Block<T> const& state, Block<T> const& adjoint, Overlap const& o) {
    using V = typename VectorOf<T>::Type;
    constexpr auto kW = kWide<T>;
    V const weight = choose<T>(o.where, kTarget, kIsY ? -1 : 1, 1, 0);
    constexpr std::make_index_sequence<kW> kAll;
    Sums<T> sums;
    sums.run((std::size_t{1} << state.n_bits) / kW, o.where.mask / kW, o.where.values / kW, 0,
             [&](std::size_t j, V& here, V&) {
                 auto const x = get<T, V>(state, j * kW);
                 auto const p = get<T, V>(adjoint, j * kW);
                 Complex<V> const y{exchange<kTarget>(x.re, kAll), exchange<kTarget>(x.im, kAll)};
                 here += weight * (kIsY ? real(p, y) : imaginary(p, y));
             });
    return sums.total();
}

template <bool kIsY, class T>
double overlap_as(Block<T> const& state, Block<T> const& adjoint, Overlap const& o) {
    std::size_t const target = std::size_t{1} << o.target;
    if (target >= kWide<T>) return overlap_of_vectors<kIsY>(state, adjoint, o);
    if (target == 1) return overlap_of_lanes<kIsY, 1>(state, adjoint, o);
    if constexpr (kWide<T> > 2) {
        if (target == 2) return overlap_of_lanes<kIsY, 2>(state, adjoint, o);
        if constexpr (kWide<T> > 4) {
            if (target == 4) return overlap_of_lanes<kIsY, 4>(state, adjoint, o);
            if constexpr (kWide<T> > 8) return overlap_of_lanes<kIsY, 8>(state, adjoint, o);
        }
    }
    return 0.0;
}

template <class T>
double overlap(Block<T> const& state, Block<T> const& adjoint, Overlap const& o) noexcept {
    if (o.pauli == Pauli::x) return overlap_as<false>(state, adjoint, o);
    if (o.pauli == Pauli::y) return overlap_as<true>(state, adjoint, o);
    using V = typename VectorOf<T>::Type;
    constexpr auto kW = kWide<T>;
    V const weight = choose<T>(o.where, 1, 0);
    Sums<T> sums;
    sums.run((std::size_t{1} << state.n_bits) / kW, o.where.mask / kW, o.where.values / kW, 0,
             [&](std::size_t j, V& here, V&) {
                 here += weight * imaginary(get<T, V>(adjoint, j * kW), get<T, V>(state, j * kW));
             });
    return sums.total();
}

template <class T>
double square(Block<T> const& state) noexcept {
    using V = typename VectorOf<T>::Type;
    constexpr auto kW = kWide<T>;
    Sums<T> sums;
    sums.run((std::size_t{1} << state.n_bits) / kW, 0, 0, 0, [&](std::size_t j, V& here, V&) {
        auto const x = get<T, V>(state, j * kW);
        here += real(x, x);
    });
    return sums.total();
}

}  // namespace

extern BlockKernels<float> const kBlocksOfFloat;
BlockKernels<float> const kBlocksOfFloat{&pair<float>, &scale<float>, &dense<float>,
                                         &overlap<float>, &square<float>};
extern BlockKernels<double> const kBlocksOfDouble;
BlockKernels<double> const kBlocksOfDouble{&pair<double>, &scale<double>, &dense<double>,
                                           &overlap<double>, &square<double>};

}  // namespace monoidal::circuit::MONOIDAL_ISA
