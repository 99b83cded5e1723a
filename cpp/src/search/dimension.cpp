#include "monoidal/search/dimension.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "monoidal/common/error.hpp"

namespace monoidal::search {
namespace {

using expression::Op;

constexpr std::size_t kMostKinds = 20'000;

bool is_pure(Exponents const& kind) noexcept {
    return std::ranges::all_of(kind, [](std::int16_t e) { return e == 0; });
}

/// Both times a rational number; false where that is no whole number of twelfths.
bool scale(Exponents const& kind, int above, int below, Exponents& out) {
    for (std::size_t k = 0; k < kind.size(); ++k) {
        int const e = kind[k] * above;
        if (e % below != 0) return false;
        out[k] = static_cast<std::int16_t>(e / below);
    }
    return true;
}

}  // namespace

Dimensions::Dimensions(std::vector<Exponents> const& variables, Exponents const& target)
    : n_bases_(target.size()) {
    kinds_.clear();
    for (std::size_t k = 0; k < variables.size(); ++k) {
        if (variables[k].size() != n_bases_) {
            throw ShapeError("units[" + std::to_string(k) + "] has " +
                             std::to_string(variables[k].size()) + " exponents, expected " +
                             std::to_string(n_bases_));
        }
    }
    intern(Exponents(n_bases_, 0));
    for (auto const& kind : variables) variables_.push_back(intern(kind));
    target_ = intern(target);
    Exponents other(n_bases_);
    for (auto const& [above, below] : {std::pair{-1, 1}, {2, 1}, {-2, 1}, {1, 2}}) {
        if (scale(target, above, below, other)) intern(other);
    }
}

Dimensions::Id Dimensions::intern(Exponents const& kind) {
    auto const found = ids_.find(kind);
    if (found != ids_.end()) return found->second;
    if (kinds_.size() >= kMostKinds) return kNone;
    auto const id = static_cast<Id>(kinds_.size());
    kinds_.push_back(kind);
    ids_.emplace(kind, id);
    return id;
}

bool Dimensions::combine(Op op, Id a, Id b, Exponents& out) const {
    auto const& x = kinds_[a];
    auto const& y = kinds_[b];
    out.assign(n_bases_, 0);
    auto const sum = [&](int sign) {
        for (std::size_t k = 0; k < n_bases_; ++k) {
            out[k] = static_cast<std::int16_t>(x[k] + sign * y[k]);
        }
    };
    using expression::Units;
    switch (expression::operation(op).units) {
        case Units::free: return true;
        case Units::same: out = x; return expression::arity(op) == 1 || a == b;
        case Units::product: sum(1); return true;
        case Units::quotient: sum(-1); return true;
        case Units::reciprocal: return scale(x, -1, 1, out);
        case Units::root: return scale(x, 1, 2, out);
        case Units::square: return scale(x, 2, 1, out);
        case Units::cube: return scale(x, 3, 1, out);
        case Units::dropped: return true;
        case Units::power: return is_pure(x) && is_pure(y);
        case Units::dimensionless: return is_pure(x);
    }
    return false;
}

Dimensions::Id Dimensions::find(Op op, Id a, Id b) const {
    if (!is_typed()) return kPure;
    if (a == kNone || b == kNone) return kNone;
    Exponents out;
    if (!combine(op, a, b, out)) return kNone;
    auto const found = ids_.find(out);
    return found == ids_.end() ? kNone : found->second;
}

bool Dimensions::is_power(Id f, double power, Id result) const {
    if (!is_typed()) return true;
    if (f == kNone || result == kNone) return false;
    for (std::size_t k = 0; k < n_bases_; ++k) {
        if (std::abs(kinds_[f][k] * power - kinds_[result][k]) > 1e-6) return false;
    }
    return true;
}

}  // namespace monoidal::search
