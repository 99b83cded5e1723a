// Sums of a canonical form.

#include <algorithm>

#include "canonical.hpp"

namespace monoidal::expression {
namespace {

/// The number that all factors have up to sign, negative where all are; 1 where there is none.
Coefficient common_factor(Sum const& sum) {
    auto const common = sum.terms[0].factor.magnitude();
    bool all_negative = sum.offset.is_zero() || sum.offset.is_negative();
    for (auto const& term : sum.terms) {
        if (!(term.factor.magnitude() == common)) return Coefficient::integer(1);
        all_negative = all_negative && term.factor.is_negative();
    }
    if (!sum.offset.is(0) && !(sum.offset.magnitude() == common)) return Coefficient::integer(1);
    if (common.is_zero()) return Coefficient::integer(1);
    return all_negative ? common.negated() : common;
}

}  // namespace

void Canon::add_to(Sum& into, Id node, Coefficient const& scale) {
    if (auto const value = value_of(node)) {
        auto const total = into.offset + scale * *value;
        if (total.is_finite()) {
            into.offset = total;
        } else {
            into.terms.push_back({.node = node, .factor = scale});
        }
        return;
    }
    if (auto const found = sums_.find(node);
        found != sums_.end() && (scale.is_exact() || scale.magnitude().is(1))) {
        Sum const inner = found->second;  // into may grow the map
        into.offset = into.offset + scale * inner.offset;
        for (auto const& term : inner.terms) {
            into.terms.push_back({.node = term.node, .factor = scale * term.factor});
        }
        return;
    }
    auto const found = products_.find(node);
    if (found == products_.end() || found->second.factor.is(1) || found->second.factors.empty()) {
        into.terms.push_back({.node = node, .factor = scale});
        return;
    }
    Product bare = found->second;
    auto const total = scale * bare.factor;
    if (!total.is_finite() || total.is_zero() != scale.is_zero()) {
        into.terms.push_back({.node = node, .factor = scale});
        return;
    }
    bare.factor = Coefficient::integer(1);
    add_to(into, product(std::move(bare)), total);
}

void Canon::collect(Sum& sum) const {
    auto& terms = sum.terms;
    std::ranges::sort(terms, [&](Term const& a, Term const& b) {
        return a.node != b.node && comes_before(a.node, b.node, true);
    });
    std::size_t kept = 0;
    for (auto const& term : terms) {
        if (kept > 0 && terms[kept - 1].node == term.node &&
            (terms[kept - 1].factor + term.factor).is_finite()) {
            terms[kept - 1].factor = terms[kept - 1].factor + term.factor;
        } else {
            terms[kept++] = term;
        }
    }
    terms.resize(kept);
    // 0 times what may be infinite or NaN is NaN there, so it stays.
    std::erase_if(terms, [&](Term const& term) {
        return term.factor.is_zero() && facts_[term.node].is_finite;
    });
}

Id Canon::sum(Sum sum) {
    collect(sum);
    if (sum.terms.empty()) return value(sum.offset);
    if (sum.terms.size() == 1 && sum.offset.is_zero()) return scaled(sum.terms[0]);
    auto const common = common_factor(sum);
    if (common.is(1)) return build_sum(sum);
    // Dividing by the common factor leaves signs: no rounding.
    for (auto& term : sum.terms) {
        term.factor =
            Coefficient::integer(term.factor.is_negative() == common.is_negative() ? 1 : -1);
    }
    if (!sum.offset.is(0)) {
        sum.offset =
            Coefficient::integer(sum.offset.is_negative() == common.is_negative() ? 1 : -1);
    }
    Product product{.factor = common, .factors = {{.base = build_sum(sum), .exponent = 1}}};
    auto const id = build_product(product);
    products_.insert_or_assign(id, std::move(product));
    return id;
}

Id Canon::scaled(Term const& term) {
    if (term.factor.is(1)) return term.node;
    Product product;
    multiply_into(product, term.node, 1);
    product.factor = product.factor * term.factor;
    return this->product(std::move(product));
}

Id Canon::build_sum(Sum const& sum) {
    auto const& terms = sum.terms;
    auto const first = static_cast<std::size_t>(
        std::ranges::find_if(terms, [](Term const& t) { return !t.factor.is_negative(); }) -
        terms.begin());
    bool const leads_offset =
        first == terms.size() && !sum.offset.is_zero() && !sum.offset.is_negative();
    auto const head = first == terms.size() ? 0 : first;
    Id id = leads_offset ? value(sum.offset) : scaled(terms[head]);
    for (std::size_t k = 0; k < terms.size(); ++k) {
        if (k == head && !leads_offset) continue;
        bool const minus = terms[k].factor.is_negative();
        auto const part = scaled({.node = terms[k].node, .factor = terms[k].factor.magnitude()});
        id = node(minus ? Op::sub : Op::add, id, part);
    }
    if (!leads_offset && !sum.offset.is_zero()) {
        bool const minus = sum.offset.is_negative();
        id = node(minus ? Op::sub : Op::add, id, value(sum.offset.magnitude()));
    }
    sums_.insert_or_assign(id, sum);
    return id;
}

}  // namespace monoidal::expression
