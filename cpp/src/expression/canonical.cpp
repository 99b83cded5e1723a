#include "canonical.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <tuple>

#include "hash.hpp"

namespace monoidal::expression {

Id Canon::leaf(Node const& leaf, double constant) {
    switch (leaf.op) {
        case Op::number: return value(Coefficient::integer(static_cast<std::int32_t>(leaf.a)));
        case Op::constant: return value(Coefficient::real(constant));
        case Op::variable: {
            auto const id = out_.variable(leaf.a);
            learn(id);
            return id;
        }
        default: return node(Op::pi);
    }
}

Id Canon::value(Coefficient const& c) {
    if (!c.is_exact()) {
        auto const [place, is_new] =
            constants_.try_emplace(std::bit_cast<std::uint64_t>(c.value()), 0);
        if (is_new) {
            place->second = out_.constant(c.value());
            learn(place->second);
        }
        return place->second;
    }
    auto const top = out_.number(static_cast<std::int32_t>(c.p()));
    learn(top);
    if (c.q() == 1) return top;
    auto const bottom = out_.number(static_cast<std::int32_t>(c.q()));
    learn(bottom);
    auto const id = c.p() == 1 ? node(Op::inv, bottom) : node(Op::div, top, bottom);
    products_.insert_or_assign(id, Product{.factor = c, .factors = {}});
    return id;
}

std::optional<Coefficient> Canon::value_of(Id id) const {
    Node const& n = out_.node(id);
    if (n.op == Op::number) return Coefficient::integer(static_cast<std::int32_t>(n.a));
    if (n.op == Op::constant) return Coefficient::real(out_.constant_value(id));
    auto const found = products_.find(id);
    if (found == products_.end() || !found->second.factors.empty()) return {};
    return found->second.factor;
}

Id Canon::node(Op op, Id a, Id b) {
    auto const id = out_.apply(op, a, b);
    learn(id);
    return id;
}

void Canon::learn(Id id) {
    if (id < hash_.size()) return;
    Node const& n = out_.node(id);
    auto const operands = arity(n.op);
    auto size = std::uint64_t{1};
    if (operands > 0) size += size_[n.a];
    if (operands > 1) size += size_[n.b];
    size_.push_back(static_cast<std::uint32_t>(std::min<std::uint64_t>(size, 1U << 30U)));
    facts_.push_back(facts_of(n));
    hash_.push_back(hash_of(id));
}

std::uint64_t Canon::hash_of(Id id) const {
    Node const& n = out_.node(id);
    auto const op = static_cast<std::uint64_t>(n.op);
    switch (arity(n.op)) {
        case 1: return hash(hash_[n.a], op);
        case 2: return hash(hash(hash_[n.a], hash_[n.b]), op);
        default: break;
    }
    if (n.op != Op::constant) return hash(n.a, op);
    return hash(std::bit_cast<std::uint64_t>(out_.constant_value(id)), op);
}

bool Canon::comes_before(Id a, Id b, bool larger_first) const {
    auto const key = [&](Id id) {
        Node const& n = out_.node(id);
        auto const payload = arity(n.op) == 0 && n.op != Op::constant ? n.a : 0;
        return std::tuple(n.op, payload, hash_[id]);
    };
    if (size_[a] != size_[b]) return (size_[a] > size_[b]) == larger_first;
    return key(a) < key(b);
}

Facts Canon::facts_of(Node const& n) const {
    auto const a = arity(n.op) > 0 ? facts_[n.a] : Facts{};
    auto const b = arity(n.op) > 1 ? facts_[n.b] : Facts{};
    bool const finite = a.is_finite && (arity(n.op) < 2 || b.is_finite);
    bool const both = a.is_nonnegative && b.is_nonnegative;
    switch (n.op) {
        case Op::number: {
            auto const value = static_cast<std::int32_t>(n.a);
            return {true, value >= 0, value != 0};
        }
        case Op::constant: {
            auto const value = out_.constant_value(static_cast<Id>(hash_.size()));
            return {true, value >= 0.0, value != 0.0};
        }
        case Op::variable: return {true, false, false};
        case Op::pi: return {true, true, true};
        case Op::add: return {finite, both, both && (a.is_nonzero || b.is_nonzero)};
        case Op::mul: return {finite, both, finite && a.is_nonzero && b.is_nonzero};
        case Op::div: return {finite && b.is_nonzero, both, a.is_nonzero && b.is_finite && finite};
        case Op::pow: {
            bool const whole = out_.node(n.b).op == Op::number;
            bool const even = whole && (out_.node(n.b).a & 1U) == 0;
            bool const positive = a.is_nonnegative && a.is_nonzero;
            return {finite && (positive || (whole && b.is_nonnegative)), a.is_nonnegative || even,
                    finite && a.is_nonzero && (positive || whole)};
        }
        case Op::min: return {finite, both, a.is_nonzero && b.is_nonzero};
        case Op::max:
            return {finite, a.is_nonnegative || b.is_nonnegative, a.is_nonzero && b.is_nonzero};
        case Op::neg: return {finite, false, a.is_nonzero};
        case Op::inv: return {finite && a.is_nonzero, a.is_nonnegative, a.is_finite};
        case Op::abs:
        case Op::pow2: return {finite, true, a.is_nonzero};
        case Op::pow3:
        case Op::sign:
        case Op::sinh:
        case Op::tanh:
        case Op::atan: return {finite, a.is_nonnegative, a.is_nonzero};
        case Op::sqrt: return {finite && a.is_nonnegative, true, a.is_nonzero};
        case Op::exp: return {finite, true, finite};
        case Op::log: return {finite && a.is_nonnegative && a.is_nonzero, false, false};
        case Op::acos: return {false, true, false};
        case Op::cosh: return {finite, true, true};
        case Op::sub:
        case Op::sin:
        case Op::cos: return {finite, false, false};
        default: return {};  // tan and asin
    }
}

bool Canon::leads_negative(Id id) const {
    if (auto const value = value_of(id)) return value->is_negative();
    if (auto const found = sums_.find(id); found != sums_.end()) {
        return found->second.terms[0].factor.is_negative();
    }
    auto const found = products_.find(id);
    return found != products_.end() && found->second.factor.is_negative();
}

Id Canon::negated(Id id) {
    Sum sum;
    add_to(sum, id, Coefficient::integer(-1));
    return this->sum(std::move(sum));
}

Id Canon::extreme(Op op, Id a, Id b) {
    if (a == b) return a;
    auto const x = value_of(a);
    auto const y = value_of(b);
    if (x && y) return (x->value() < y->value()) == (op == Op::min) ? a : b;
    return comes_before(b, a, false) ? node(op, b, a) : node(op, a, b);
}

Id Canon::power(Id a, Id b) {
    auto const exponent = value_of(b);
    if (exponent && exponent->is_integer()) {
        if (exponent->is(0)) return value(Coefficient::integer(1));  // as IEEE 754, for NaN too
        Product product;
        multiply_into(product, a, exponent->p());
        return this->product(std::move(product));
    }
    if (exponent && exponent->is_exact() && exponent->p() == 1 && exponent->q() == 2) {
        return function(Op::sqrt, a);
    }
    if (auto const base = value_of(a);
        base && exponent && !(base->is_exact() && exponent->is_exact())) {
        auto const value = std::pow(base->value(), exponent->value());
        if (std::isfinite(value)) return this->value(Coefficient::real(value));
    }
    return node(Op::pow, a, b);
}

}  // namespace monoidal::expression
