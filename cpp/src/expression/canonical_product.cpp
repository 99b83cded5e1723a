// Products of a canonical form.

#include <algorithm>
#include <tuple>

#include "canonical.hpp"

namespace monoidal::expression {
namespace {

constexpr std::int64_t kLargestExponent = 1'000'000;

/// gcd of numerators over lcm of denominators, if all are exact and it stays small; else 1.
Coefficient content(Sum const& sum) {
    std::int64_t top = 0;
    std::int64_t bottom = 1;
    auto const take = [&](Coefficient const& c) {
        if (!c.is_exact() || bottom == 0) {
            bottom = 0;
            return;
        }
        top = std::gcd(top, c.p());
        bottom = bottom / std::gcd(bottom, c.q()) * c.q();
        if (bottom > std::numeric_limits<std::int32_t>::max()) bottom = 0;
    };
    for (auto const& term : sum.terms) take(term.factor);
    if (!sum.offset.is(0)) take(sum.offset);
    return bottom == 0 || top == 0 ? Coefficient::integer(1) : Coefficient::fraction(top, bottom);
}

}  // namespace

void Canon::multiply_into(Product& into, Id id, std::int64_t exponent) {
    if (exponent == 0) return;
    if (auto const value = value_of(id); value && (!value->is_zero() || exponent >= 0)) {
        auto const total = into.factor * value->power(exponent);
        if (total.is_finite() && (total.is_zero() == (into.factor.is_zero() || value->is_zero()))) {
            into.factor = total;
        } else {
            into.factors.push_back({.base = id, .exponent = exponent});
        }
        return;
    }
    if (auto const found = products_.find(id);
        found != products_.end() && !found->second.factors.empty()) {
        Product const inner = found->second;
        auto const total = inner.factor.is_zero() && exponent < 0
                               ? Coefficient::real(NAN)
                               : into.factor * inner.factor.power(exponent);
        bool const fits = std::ranges::all_of(inner.factors, [&](Factor const& factor) {
            return std::abs(factor.exponent) * std::abs(exponent) < kLargestExponent;
        });
        if (fits && total.is_finite() &&
            total.is_zero() == (into.factor.is_zero() || inner.factor.is_zero())) {
            into.factor = total;
            for (auto const& factor : inner.factors) {
                multiply_into(into, factor.base, factor.exponent * exponent);
            }
            return;
        }
        into.factors.push_back({.base = id, .exponent = exponent});
        return;
    }
    if (sums_.contains(id)) {
        multiply_by_sum(into, id, exponent);
    } else if (!multiply_by_function(into, id, exponent)) {
        into.factors.push_back({.base = id, .exponent = exponent});
    }
}

/// The sum without its common divisor, its first term positive.
void Canon::multiply_by_sum(Product& into, Id id, std::int64_t exponent) {
    Sum sum = sums_.at(id);
    auto divisor = content(sum);
    if (sum.terms[0].factor.is_negative()) divisor = divisor.negated();
    auto const outside = divisor.power(exponent);
    if (divisor.is(1) || !outside.is_exact()) {
        into.factors.push_back({.base = id, .exponent = exponent});
        return;
    }
    into.factor = into.factor * outside;
    auto const inverse = divisor.inverse();
    for (auto& term : sum.terms) term.factor = term.factor * inverse;
    if (!sum.offset.is(0)) sum.offset = sum.offset * inverse;
    into.factors.push_back({.base = build_sum(sum), .exponent = exponent});
}

/// Powers of roots and magnitudes. Says whether it was one.
bool Canon::multiply_by_function(Product& into, Id id, std::int64_t exponent) {
    Node const node = out_.node(id);
    if (exponent % 2 != 0) return false;
    if (node.op == Op::sqrt && facts_[node.a].is_nonnegative && facts_[node.a].is_finite) {
        multiply_into(into, node.a, exponent / 2);
        return true;
    }
    if (node.op == Op::abs) {
        multiply_into(into, node.a, exponent);
        return true;
    }
    return false;
}

void Canon::merge_exponentials(Product& product) {
    auto& factors = product.factors;
    auto const is_exp = [&](Factor const& f) { return out_.node(f.base).op == Op::exp; };
    auto const n = std::ranges::count_if(factors, is_exp);
    if (n == 0 || (n == 1 && std::ranges::find_if(factors, is_exp)->exponent == 1)) {
        return;
    }
    Sum exponent;
    std::vector<Factor> rest;
    for (auto const& factor : factors) {
        if (is_exp(factor)) {
            add_to(exponent, out_.node(factor.base).a, Coefficient::integer(factor.exponent));
        } else {
            rest.push_back(factor);
        }
    }
    factors = std::move(rest);
    multiply_into(product, function(Op::exp, sum(std::move(exponent))), 1);
}

void Canon::collect(Product& product) {
    auto& factors = product.factors;
    merge_exponentials(product);
    std::ranges::sort(factors, [&](Factor const& a, Factor const& b) {
        if (a.base != b.base) return comes_before(a.base, b.base, false);
        return a.exponent > b.exponent;
    });
    std::vector<Factor> kept;
    for (auto const& factor : factors) {
        bool const same_base = !kept.empty() && kept.back().base == factor.base;
        auto const& facts = facts_[factor.base];
        bool const same_side = same_base && (kept.back().exponent > 0) == (factor.exponent > 0);
        if (same_side || (same_base && facts.is_finite && facts.is_nonzero)) {
            kept.back().exponent += factor.exponent;
            if (kept.back().exponent == 0) kept.pop_back();
        } else {
            kept.push_back(factor);
        }
    }
    for (auto& factor : kept) {  // 1/0 and 1/0^2 are as infinite
        auto const base = value_of(factor.base);
        if (base && base->is_zero()) factor.exponent = -1;
    }
    factors = std::move(kept);
}

Id Canon::product(Product product) {
    collect(product);
    // An even power of a root or a magnitude may have come together.
    auto const again = std::ranges::find_if(product.factors, [&](Factor const& f) {
        auto const op = out_.node(f.base).op;
        return f.exponent % 2 == 0 &&
               (op == Op::abs || (op == Op::sqrt && facts_[out_.node(f.base).a].is_nonnegative &&
                                  facts_[out_.node(f.base).a].is_finite));
    });
    if (again != product.factors.end()) {
        Product fresh{.factor = product.factor, .factors = {}};
        for (auto const& factor : product.factors) {
            multiply_into(fresh, factor.base, factor.exponent);
        }
        return this->product(std::move(fresh));
    }
    auto const& factors = product.factors;
    if (factors.empty()) return value(product.factor);
    bool const all_finite = std::ranges::all_of(factors, [&](Factor const& f) {
        return facts_[f.base].is_finite && (f.exponent > 0 || facts_[f.base].is_nonzero);
    });
    if (product.factor.is_zero() && all_finite) return value(Coefficient::integer(0));
    if (factors.size() == 1 && factors[0].exponent == 1) {
        if (product.factor.is(1)) return factors[0].base;
        if (product.factor.is_exact() && sums_.contains(factors[0].base)) {
            Sum spread;
            add_to(spread, factors[0].base, product.factor);
            return sum(std::move(spread));
        }
    }
    auto const id = build_product(product);
    products_.insert_or_assign(id, std::move(product));
    return id;
}

Id Canon::build_product(Product const& product) {
    auto const& c = product.factor;
    bool const flip = c.is(-1) || (c.is_exact() && c.p() == -1);
    bool const has_top =
        std::ranges::any_of(product.factors, [](Factor const& f) { return f.exponent > 0; });
    auto const top_value = c.is_exact() ? Coefficient::integer(flip && has_top ? 1 : c.p()) : c;
    auto const bottom_value = c.is_exact() ? Coefficient::integer(c.q()) : Coefficient::integer(1);
    bool const has_bottom =
        !bottom_value.is(1) ||
        std::ranges::any_of(product.factors, [](Factor const& f) { return f.exponent < 0; });
    auto id = build_side(product, top_value, true);
    if (has_bottom) {
        auto const bottom = build_side(product, bottom_value, false);
        id = out_.is_number(id, 1) ? node(Op::inv, bottom) : node(Op::div, id, bottom);
    }
    return flip && has_top ? node(Op::neg, id) : id;
}

Id Canon::build_side(Product const& product, Coefficient const& factor, bool numerator) {
    std::optional<Id> id;
    if (!factor.is(1)) id = value(factor);
    for (auto const& [base, exponent] : product.factors) {
        if ((exponent > 0) != numerator) continue;
        auto const part = build_power(base, std::abs(exponent));
        id = id ? node(Op::mul, *id, part) : part;
    }
    return id ? *id : value(Coefficient::integer(1));
}

Id Canon::build_power(Id base, std::int64_t exponent) {
    switch (exponent) {
        case 1: return base;
        case 2: return node(Op::pow2, base);
        case 3: return node(Op::pow3, base);
        default: return node(Op::pow, base, value(Coefficient::integer(exponent)));
    }
}

}  // namespace monoidal::expression
