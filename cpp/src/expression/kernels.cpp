// Compiled once an instruction set; MONOIDAL_ISA names the namespace.
#include "kernels.hpp"

#include "elementary.hpp"

namespace monoidal::expression::MONOIDAL_ISA {
namespace {

template <class T>
struct Libm;
template <>
struct Libm<double> {
    static double sin(double x) { return __builtin_sin(x); }
    static double cos(double x) { return __builtin_cos(x); }
    static double tan(double x) { return __builtin_tan(x); }
    static double sinh(double x) { return __builtin_sinh(x); }
    static double cosh(double x) { return __builtin_cosh(x); }
    static double pow(double x, double y) { return __builtin_pow(x, y); }
};
template <>
struct Libm<float> {
    static float sin(float x) { return __builtin_sinf(x); }
    static float cos(float x) { return __builtin_cosf(x); }
    static float tan(float x) { return __builtin_tanf(x); }
    static float sinh(float x) { return __builtin_sinhf(x); }
    static float cosh(float x) { return __builtin_coshf(x); }
    static float pow(float x, float y) { return __builtin_powf(x, y); }
};

template <class T, class F>
inline void map(T const* a, T* out, std::size_t n, F f) {
    for (std::size_t i = 0; i < n; i += kLanes<T>) put(out + i, f(get(a + i)));
}

/// A lane function good up to `limit`, then libm for each lane beyond it, NaN or infinite.
template <class T, class F>
inline void map_repaired(T const* a, T* out, std::size_t n, T limit, F f, T (*exact)(T)) {
    I<T> beyond{};
    for (std::size_t i = 0; i < n; i += kLanes<T>) {
        auto const x = get(a + i);
        beyond |= ~(magnitude<T>(x) <= limit);
        put(out + i, f(x));
    }
    if (!any<T>(beyond)) return;
    for (std::size_t i = 0; i < n; ++i) {
        T const t = a[i] < T(0) ? -a[i] : a[i];
        if (!(t <= limit)) out[i] = exact(a[i]);
    }
}

#define UNARY(NAME, EXPRESSION)                                    \
    template <class T>                                             \
    void NAME(T const* a, T* out, std::size_t n) noexcept {        \
        map(a, out, n, [](V<T> x) -> V<T> { return EXPRESSION; }); \
    }
UNARY(do_neg, -x)
UNARY(do_inv, T(1) / x)
UNARY(do_abs, magnitude<T>(x))
UNARY(do_sign, sign_lanes<T>(x))
UNARY(do_sqrt, root(x))
UNARY(do_pow2, x* x)
UNARY(do_pow3, x * x * x)
UNARY(do_exp, exp_lanes<T>(x))
UNARY(do_log, log_lanes<T>(x))
UNARY(do_asin, asin_lanes<T>(x))
UNARY(do_acos, acos_lanes<T>(x))
UNARY(do_atan, atan_lanes<T>(x))
UNARY(do_tanh, tanh_lanes<T>(x))
#undef UNARY

#define UNARY(NAME, LIMIT, EXPRESSION)                              \
    template <class T>                                              \
    void do_##NAME(T const* a, T* out, std::size_t n) noexcept {    \
        auto const f = [](V<T> x) -> V<T> { return EXPRESSION; };   \
        map_repaired(a, out, n, Lane<T>::LIMIT, f, &Libm<T>::NAME); \
    }
UNARY(sin, kTrigLimit, sine_cosine<T>(x).sine)
UNARY(cos, kTrigLimit, sine_cosine<T>(x).cosine)
UNARY(sinh, kSinhLimit, sinh_lanes<T>(x))
UNARY(cosh, kSinhLimit, cosh_lanes<T>(x))
#undef UNARY

template <class T>
void do_tan(T const* a, T* out, std::size_t n) noexcept {
    auto const f = [](V<T> x) -> V<T> {
        auto const both = sine_cosine<T>(x);
        return both.sine / both.cosine;
    };
    map_repaired(a, out, n, Lane<T>::kTrigLimit, f, &Libm<T>::tan);
}

template <class T>
void do_sine_cosine(T const* a, T* sine, T* cosine, std::size_t n) noexcept {
    I<T> beyond{};
    for (std::size_t i = 0; i < n; i += kLanes<T>) {
        auto const x = get(a + i);
        auto const both = sine_cosine<T>(x);
        beyond |= ~(magnitude<T>(x) <= Lane<T>::kTrigLimit);
        put(sine + i, both.sine);
        put(cosine + i, both.cosine);
    }
    if (!any<T>(beyond)) return;
    do_sin<T>(a, sine, n);
    do_cos<T>(a, cosine, n);
}

struct Add {
    template <class T>
    static V<T> of(V<T> a, V<T> b) {
        return a + b;
    }
};
struct Sub {
    template <class T>
    static V<T> of(V<T> a, V<T> b) {
        return a - b;
    }
};
struct Mul {
    template <class T>
    static V<T> of(V<T> a, V<T> b) {
        return a * b;
    }
};
struct Div {
    template <class T>
    static V<T> of(V<T> a, V<T> b) {
        return a / b;
    }
};
struct Min {
    template <class T>
    static V<T> of(V<T> a, V<T> b) {
        return min_lanes<T>(a, b);
    }
};
struct Max {
    template <class T>
    static V<T> of(V<T> a, V<T> b) {
        return max_lanes<T>(a, b);
    }
};

template <class T, class F, Form form>
void do_binary(T const* a, T const* b, T* out, std::size_t n) noexcept {
    auto const left = all<T>(*a);
    auto const right = all<T>(*b);
    for (std::size_t i = 0; i < n; i += kLanes<T>) {
        auto const x = form == Form::left_fixed ? left : get(a + i);
        auto const y = form == Form::right_fixed ? right : get(b + i);
        put(out + i, F::template of<T>(x, y));
    }
}

template <class T, Form form>
void do_pow(T const* a, T const* b, T* out, std::size_t n) noexcept {
    for (std::size_t i = 0; i < n; ++i) {
        out[i] =
            Libm<T>::pow(a[form == Form::left_fixed ? 0 : i], b[form == Form::right_fixed ? 0 : i]);
    }
}

// Partial derivatives: a and b the operands, y the result.
#define PARTIAL(NAME, EXPRESSION)                                          \
    template <class T>                                                     \
    void NAME(T const* a, [[maybe_unused]] T const* b, T const* out, T* d, \
              std::size_t n) noexcept {                                    \
        for (std::size_t i = 0; i < n; i += kLanes<T>) {                   \
            [[maybe_unused]] auto const x = get(a + i);                    \
            [[maybe_unused]] auto const y = get(out + i);                  \
            put(d + i, V<T>(EXPRESSION));                                  \
        }                                                                  \
    }
PARTIAL(by_inv, -(y* y))
PARTIAL(by_abs, sign_lanes<T>(x))
PARTIAL(by_sqrt, T(0.5) / y)
PARTIAL(by_pow2, x + x)
PARTIAL(by_pow3, T(3) * (x * x))
PARTIAL(by_log, (x < T(0) ? nan_lanes<T>() : T(1) / x))
PARTIAL(by_tan, y* y + T(1))
PARTIAL(by_asin, T(1) / root((T(1) - x) * (T(1) + x)))
PARTIAL(by_acos, T(-1) / root((T(1) - x) * (T(1) + x)))
PARTIAL(by_atan, T(1) / (x * x + T(1)))
PARTIAL(by_tanh, (T(1) - y) * (T(1) + y))
#undef PARTIAL

template <class T>
void by_sinh(T const* a, T const*, T const*, T* d, std::size_t n) noexcept {
    do_cosh<T>(a, d, n);
}
template <class T>
void by_cosh(T const* a, T const*, T const*, T* d, std::size_t n) noexcept {
    do_sinh<T>(a, d, n);
}
template <class T>
void by_numerator(T const*, T const* b, T const*, T* d, std::size_t n) noexcept {
    do_inv<T>(b, d, n);
}
template <class T>
void by_denominator(T const*, T const* b, T const* out, T* d, std::size_t n) noexcept {
    for (std::size_t i = 0; i < n; i += kLanes<T>) put(d + i, -(get(out + i) / get(b + i)));
}

/// b a^(b - 1)
template <class T>
void by_base(T const* a, T const* b, T const*, T* d, std::size_t n) noexcept {
    for (std::size_t i = 0; i < n; ++i) {
        d[i] = b[i] == T(0) ? T(0) : b[i] * Libm<T>::pow(a[i], b[i] - T(1));
    }
}
/// a^b log a, whose limit at a = 0 is 0 where b > 0.
template <class T>
void by_exponent(T const* a, T const* b, T const* out, T* d, std::size_t n) noexcept {
    do_log<T>(a, d, n);
    for (std::size_t i = 0; i < n; ++i) d[i] = a[i] == T(0) && b[i] > T(0) ? T(0) : out[i] * d[i];
}

/// 1 where the first operand is the result, 1/2 where both are, else 0.
template <class T, bool is_max, bool by_right>
void by_extreme(T const* a, T const* b, T const*, T* d, std::size_t n) noexcept {
    constexpr T half = T(0.5);
    for (std::size_t i = 0; i < n; i += kLanes<T>) {
        auto const mine = get((by_right ? b : a) + i);
        auto const other = get((by_right ? a : b) + i);
        auto const wins = is_max ? mine > other : mine < other;
        put(d + i, V<T>(wins ? all<T>(T(1)) : mine == other ? all<T>(half) : V<T>{}));
    }
}

template <class T>
void do_sum(T const* x, T* sum, std::size_t n) noexcept {
    for (std::size_t i = 0; i < n; i += kLanes<T>) put(sum + i, get(sum + i) + get(x + i));
}
template <class T>
void do_difference(T const* x, T* sum, std::size_t n) noexcept {
    for (std::size_t i = 0; i < n; i += kLanes<T>) put(sum + i, get(sum + i) - get(x + i));
}
template <class T>
void do_add_product(T const* x, T const* y, T* sum, std::size_t n) noexcept {
    for (std::size_t i = 0; i < n; i += kLanes<T>) {
        put(sum + i, get(sum + i) + get(x + i) * get(y + i));
    }
}

template <class T>
void do_subtract_product(T const* x, T const* y, T* sum, std::size_t n) noexcept {
    for (std::size_t i = 0; i < n; i += kLanes<T>) {
        put(sum + i, get(sum + i) - get(x + i) * get(y + i));
    }
}

/// kPad partial sums whatever the width of a register, then those in order.
template <class T>
T do_dot(T const* x, T const* y, std::size_t n) noexcept {
    constexpr std::size_t n_sums = kPad / kLanes<T> == 0 ? 1 : kPad / kLanes<T>;
    V<T> sums[n_sums] = {};
    for (std::size_t i = 0; i < n; i += kPad) {
        for (std::size_t k = 0; k < n_sums; ++k) {
            auto const at = i + k * kLanes<T>;
            sums[k] += get(x + at) * get(y + at);
        }
    }
    T total = T(0);
    for (std::size_t k = 0; k < n_sums; ++k) {
        for (std::size_t lane = 0; lane < kLanes<T>; ++lane) total += sums[k][lane];
    }
    return total;
}

constexpr std::size_t at(Op op) noexcept { return static_cast<std::size_t>(op); }

template <class T, class F>
constexpr void set_binary(Kernels<T>& k, Op op) noexcept {
    k.binary[at(op)][0] = &do_binary<T, F, Form::both_vary>;
    k.binary[at(op)][1] = &do_binary<T, F, Form::right_fixed>;
    k.binary[at(op)][2] = &do_binary<T, F, Form::left_fixed>;
}

template <class T>
constexpr void set_values(Kernels<T>& k) noexcept {
    set_binary<T, Add>(k, Op::add);
    set_binary<T, Sub>(k, Op::sub);
    set_binary<T, Mul>(k, Op::mul);
    set_binary<T, Div>(k, Op::div);
    set_binary<T, Min>(k, Op::min);
    set_binary<T, Max>(k, Op::max);
    k.binary[at(Op::pow)][0] = &do_pow<T, Form::both_vary>;
    k.binary[at(Op::pow)][1] = &do_pow<T, Form::right_fixed>;
    k.binary[at(Op::pow)][2] = &do_pow<T, Form::left_fixed>;
    k.unary[at(Op::neg)] = &do_neg<T>;
    k.unary[at(Op::inv)] = &do_inv<T>;
    k.unary[at(Op::abs)] = &do_abs<T>;
    k.unary[at(Op::sign)] = &do_sign<T>;
    k.unary[at(Op::sqrt)] = &do_sqrt<T>;
    k.unary[at(Op::pow2)] = &do_pow2<T>;
    k.unary[at(Op::pow3)] = &do_pow3<T>;
    k.unary[at(Op::exp)] = &do_exp<T>;
    k.unary[at(Op::log)] = &do_log<T>;
    k.unary[at(Op::sin)] = &do_sin<T>;
    k.unary[at(Op::cos)] = &do_cos<T>;
    k.unary[at(Op::tan)] = &do_tan<T>;
    k.unary[at(Op::asin)] = &do_asin<T>;
    k.unary[at(Op::acos)] = &do_acos<T>;
    k.unary[at(Op::atan)] = &do_atan<T>;
    k.unary[at(Op::sinh)] = &do_sinh<T>;
    k.unary[at(Op::cosh)] = &do_cosh<T>;
    k.unary[at(Op::tanh)] = &do_tanh<T>;
}

template <class T>
constexpr void set_partials(Kernels<T>& k) noexcept {
    auto& p = k.partial;
    p[at(Op::div)][0] = &by_numerator<T>;
    p[at(Op::div)][1] = &by_denominator<T>;
    p[at(Op::pow)][0] = &by_base<T>;
    p[at(Op::pow)][1] = &by_exponent<T>;
    p[at(Op::min)][0] = &by_extreme<T, false, false>;
    p[at(Op::min)][1] = &by_extreme<T, false, true>;
    p[at(Op::max)][0] = &by_extreme<T, true, false>;
    p[at(Op::max)][1] = &by_extreme<T, true, true>;
    p[at(Op::inv)][0] = &by_inv<T>;
    p[at(Op::abs)][0] = &by_abs<T>;
    p[at(Op::sqrt)][0] = &by_sqrt<T>;
    p[at(Op::pow2)][0] = &by_pow2<T>;
    p[at(Op::pow3)][0] = &by_pow3<T>;
    p[at(Op::log)][0] = &by_log<T>;
    p[at(Op::tan)][0] = &by_tan<T>;
    p[at(Op::asin)][0] = &by_asin<T>;
    p[at(Op::acos)][0] = &by_acos<T>;
    p[at(Op::atan)][0] = &by_atan<T>;
    p[at(Op::sinh)][0] = &by_sinh<T>;
    p[at(Op::cosh)][0] = &by_cosh<T>;
    p[at(Op::tanh)][0] = &by_tanh<T>;
}

template <class T>
constexpr Kernels<T> make() noexcept {
    Kernels<T> k{};
    set_values(k);
    set_partials(k);
    k.sine_cosine = &do_sine_cosine<T>;
    k.add = &do_sum<T>;
    k.subtract = &do_difference<T>;
    k.add_product = &do_add_product<T>;
    k.subtract_product = &do_subtract_product<T>;
    k.dot = &do_dot<T>;
    return k;
}

}  // namespace

extern Kernels<double> const kDouble;
extern Kernels<float> const kFloat;
constinit Kernels<double> const kDouble = make<double>();
constinit Kernels<float> const kFloat = make<float>();

}  // namespace monoidal::expression::MONOIDAL_ISA
