// Functions of one operand in a canonical form.

#include <algorithm>

#include "canonical.hpp"

namespace monoidal::expression {
namespace {

enum class Parity { none, odd, even };

Parity parity(Op op) {
    switch (op) {
        case Op::sign:
        case Op::sin:
        case Op::tan:
        case Op::asin:
        case Op::atan:
        case Op::sinh:
        case Op::tanh: return Parity::odd;
        case Op::abs:
        case Op::cos:
        case Op::cosh: return Parity::even;
        default: return Parity::none;
    }
}

double at(Op op, double x) {
    switch (op) {
        case Op::abs: return std::abs(x);
        case Op::sign: return x > 0.0 ? 1.0 : x < 0.0 ? -1.0 : x;
        case Op::sqrt: return std::sqrt(x);
        case Op::exp: return std::exp(x);
        case Op::log: return std::log(x);
        case Op::sin: return std::sin(x);
        case Op::cos: return std::cos(x);
        case Op::tan: return std::tan(x);
        case Op::asin: return std::asin(x);
        case Op::acos: return std::acos(x);
        case Op::atan: return std::atan(x);
        case Op::sinh: return std::sinh(x);
        case Op::cosh: return std::cosh(x);
        default: return std::tanh(x);
    }
}

std::optional<std::int64_t> exact_root(std::int64_t n) {
    auto const root = static_cast<std::int64_t>(std::llround(std::sqrt(static_cast<double>(n))));
    if (n < 0 || root * root != n) return {};
    return root;
}

/// The value at an exact number, where that is an exact number.
std::optional<Coefficient> exact_at(Op op, Coefficient const& x) {
    if (op == Op::abs) return x.magnitude();
    if (op == Op::sign) return Coefficient::integer(x.is_zero() ? 0 : x.is_negative() ? -1 : 1);
    if (op == Op::sqrt) {
        auto const p = exact_root(x.p());
        auto const q = exact_root(x.q());
        if (p && q) return Coefficient::fraction(*p, *q);
        return {};
    }
    if (x.is(1) && op == Op::log) return Coefficient::integer(0);
    if (!x.is(0) || op == Op::log || op == Op::acos) return {};
    bool const is_one = op == Op::exp || op == Op::cos || op == Op::cosh;
    return Coefficient::integer(is_one ? 1 : 0);
}

}  // namespace

std::optional<Id> Canon::folded(Op op, Id a) {
    auto const x = value_of(a);
    if (!x) return {};
    if (x->is_exact()) {
        auto const exact = exact_at(op, *x);
        if (exact) return value(*exact);
        return {};
    }
    auto const result = at(op, x->value());
    if (std::isfinite(result)) return value(Coefficient::real(result));
    return {};
}

Id Canon::function(Op op, Id a) {
    if (auto const id = folded(op, a)) return *id;
    auto const facts = facts_[a];
    Node const inner = out_.node(a);
    if (op == Op::abs && facts.is_nonnegative) return a;
    if (op == Op::sign && facts.is_finite && facts.is_nonnegative && facts.is_nonzero) {
        return value(Coefficient::integer(1));
    }
    if (op == Op::log && inner.op == Op::exp) return inner.a;
    if (op == Op::exp && inner.op == Op::log && facts_[inner.a].is_nonnegative) return inner.a;
    auto const found = products_.find(a);
    if (op == Op::sqrt && found != products_.end() && found->second.factor.is(1) &&
        found->second.factors.size() == 1 && found->second.factors[0].exponent == 2) {
        return function(Op::abs, found->second.factors[0].base);
    }
    if (op == Op::abs && found != products_.end() && !found->second.factor.magnitude().is(1)) {
        Product bare = found->second;
        Product scaled{.factor = bare.factor.magnitude(), .factors = {}};
        bare.factor = Coefficient::integer(1);
        multiply_into(scaled, function(Op::abs, product(std::move(bare))), 1);
        return product(std::move(scaled));
    }
    if (parity(op) == Parity::none || !leads_negative(a)) return node(op, a);
    auto const mirrored = function(op, negated(a));  // whose lead is positive
    return parity(op) == Parity::even ? mirrored : negated(mirrored);
}

}  // namespace monoidal::expression
