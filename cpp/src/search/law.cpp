#include "monoidal/search/law.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace monoidal::search {
namespace {

using expression::Builder;

constexpr double kExact = 1e-8;  // residuals below it count alike

bool has_one_sign(std::span<double const> y) noexcept {
    return std::ranges::all_of(y, [&](double v) { return v * y[0] > 0.0; });
}

bool lies_in(std::span<double const> y, double low, double high) noexcept {
    return std::ranges::all_of(y, [&](double v) { return v >= low && v <= high; });
}

void peel(std::span<double const> y, std::span<double const> f, Peel how, double* out) noexcept {
    for (std::size_t k = 0; k < y.size(); ++k) {
        switch (how) {
            case Peel::none: out[k] = y[k]; break;
            case Peel::factor: out[k] = y[k] / f[k]; break;
            case Peel::numerator: out[k] = f[k] / y[k]; break;
            case Peel::summand: out[k] = y[k] - f[k]; break;
            case Peel::subtrahend: out[k] = y[k] + f[k]; break;
        }
    }
}

constexpr double kQuarter = std::numbers::pi / 2.0;

bool is_one_to_one(std::span<double const> y, Transform transform) noexcept {
    switch (transform) {
        case Transform::identity:
        case Transform::inverse: return true;
        case Transform::exp: return lies_in(y, -30.0, 30.0);
        case Transform::sin:
        case Transform::tan: return lies_in(y, -kQuarter, kQuarter);
        case Transform::cos: return lies_in(y, 0.0, 2.0 * kQuarter);
        default: return has_one_sign(y);
    }
}

double apply(Transform transform, double y) noexcept {
    switch (transform) {
        case Transform::identity: return y;
        case Transform::inverse: return 1.0 / y;
        case Transform::square: return y * y;
        case Transform::inverse_square: return 1.0 / (y * y);
        case Transform::root: return std::sqrt(std::abs(y));
        case Transform::log: return std::log(std::abs(y));
        case Transform::exp: return std::exp(y);
        case Transform::sin: return std::sin(y);
        case Transform::cos: return std::cos(y);
        case Transform::tan: return std::tan(y);
    }
    return y;
}

/// y from T(y).
Builder::Id undo(Builder& builder, Transform transform, Builder::Id h) {
    switch (transform) {
        case Transform::identity: return h;
        case Transform::inverse: return builder.apply(Op::inv, h);
        case Transform::square: return builder.apply(Op::sqrt, h);
        case Transform::inverse_square: return builder.apply(Op::inv, builder.apply(Op::sqrt, h));
        case Transform::root: return builder.apply(Op::pow2, h);
        case Transform::log: return builder.apply(Op::exp, h);
        case Transform::exp: return builder.apply(Op::log, h);
        case Transform::sin: return builder.apply(Op::asin, h);
        case Transform::cos: return builder.apply(Op::acos, h);
        case Transform::tan: return builder.apply(Op::atan, h);
    }
    return h;
}

bool is_even(Transform transform) noexcept {
    return transform == Transform::square || transform == Transform::inverse_square ||
           transform == Transform::root || transform == Transform::log;
}

Builder::Id unpeel(Builder& builder, Peel how, Builder::Id f, Builder::Id h) {
    switch (how) {
        case Peel::factor: return builder.apply(Op::mul, f, h);
        case Peel::numerator: return builder.apply(Op::div, f, h);
        case Peel::summand: return builder.apply(Op::add, f, h);
        case Peel::subtrahend: return builder.apply(Op::sub, h, f);
        case Peel::none: break;
    }
    return h;
}

Builder::Id insert(Builder& builder, Table const& table, Term const& term) {
    auto const first = table.insert(builder, term.first);
    if (term.join == Op::number) return first;
    if (term.join == Op::pow) {
        return builder.apply(Op::pow, first, builder.constant(term.exponent));
    }
    return builder.apply(term.join, first, table.insert(builder, term.second));
}

std::uint32_t cost_of(Transform transform) noexcept {
    if (transform == Transform::identity) return 0;
    if (transform == Transform::inverse || transform == Transform::square) return 1;
    return transform == Transform::root ? 1 : 2;
}

}  // namespace

bool look(Table const& table, std::span<double const> y, Shell shell, std::span<double> out,
          bool any_sign) {
    peel(y, shell.peel == Peel::none ? y : table.values(shell.entry), shell.peel, out.data());
    bool const is_signed_log = any_sign && shell.transform == Transform::log;
    if (!is_usable(out)) return false;
    if (!is_signed_log && !is_one_to_one(out, shell.transform)) return false;
    if (shell.peel == Peel::summand || shell.peel == Peel::subtrahend) {
        double most = 0.0;
        double left = 0.0;
        for (std::size_t k = 0; k < y.size(); ++k) {
            most = std::max(most, std::abs(y[k]));
            left = std::max(left, std::abs(out[k]));
        }
        if (left < 1e-6 * most || left > 1e6 * most) return false;
    }
    if (shell.transform == Transform::identity) return true;
    for (double& v : out) v = apply(shell.transform, v);
    return is_usable(out);
}

std::uint32_t cost_of(Table const& table, Law const& law) {
    std::uint32_t cost = cost_of(law.shell.transform);
    if (law.shell.peel != Peel::none) cost += 1 + table.entry(law.shell.entry).cost;
    for (auto const& term : law.terms) {
        cost += 1 + table.entry(term.first).cost;
        if (term.join == Op::pow) cost += 2;
        if (term.join == Op::log) cost += 1;
        if (term.join == Op::mul || term.join == Op::div) cost += 1 + table.entry(term.second).cost;
    }
    return cost;
}

namespace {

/// f to a power: exactly to a half integer, else with the power as a constant.
Builder::Id power(Builder& builder, Builder::Id f, double exponent) {
    constexpr double kNear = 1e-9;
    constexpr double kMost = 100.0;
    double const twice = std::round(2.0 * exponent);
    if (std::abs(2.0 * exponent - twice) > kNear || std::abs(twice) > kMost) {
        return builder.apply(Op::pow, f, builder.constant(exponent));
    }
    auto const halves = static_cast<std::int32_t>(twice);
    if (halves % 2 == 0) return builder.apply(Op::pow, f, builder.number(halves / 2));
    auto const half = builder.apply(Op::div, builder.number(halves), builder.number(2));
    return builder.apply(Op::pow, f, half);
}

/// exp of a sum with logarithms in it, as a product of powers.
Builder::Id product(Builder& builder, Table const& table, Law const& law) {
    auto all = builder.constant(std::exp(law.offset));
    std::optional<Builder::Id> sum;
    for (std::size_t k = 0; k < law.terms.size(); ++k) {
        auto const& term = law.terms[k];
        auto const f = table.insert(builder, term.first);
        double const by = law.coefficients[k];
        if (term.join == Op::log) {
            if (std::abs(by) < 1e-9) continue;
            bool const is_negative =
                table.signs(term.first) == 0 && table.values(term.first)[0] < 0.0;
            auto const base = is_negative ? builder.apply(Op::neg, f) : f;
            all = builder.apply(Op::mul, all, power(builder, base, by));
        } else {
            auto const scaled = builder.apply(Op::mul, builder.constant(by), f);
            sum = sum ? builder.apply(Op::add, *sum, scaled) : scaled;
        }
    }
    return sum ? builder.apply(Op::mul, all, builder.apply(Op::exp, *sum)) : all;
}

Builder::Id body(Builder& builder, Table const& table, Law const& law) {
    bool const has_logs =
        std::ranges::any_of(law.terms, [](Term const& term) { return term.join == Op::log; });
    if (has_logs) return product(builder, table, law);
    Builder::Id sum = builder.number(0);
    for (std::size_t k = 0; k < law.terms.size(); ++k) {
        auto const term = insert(builder, table, law.terms[k]);
        auto const scaled = builder.apply(Op::mul, builder.constant(law.coefficients[k]), term);
        sum = k == 0 ? scaled : builder.apply(Op::add, sum, scaled);
    }
    if (law.offset != 0.0) sum = builder.apply(Op::add, sum, builder.constant(law.offset));
    return undo(builder, law.shell.transform, sum);
}

}  // namespace

expression::Program program(Table const& table, Law const& law, bool is_negative) {
    Builder builder(table.n_variables());
    auto h = body(builder, table, law);
    if (law.sign != 0) is_negative = law.sign < 0;
    if (is_negative && is_even(law.shell.transform)) h = builder.apply(Op::neg, h);
    if (law.shell.peel == Peel::none) return builder.build(h);
    return builder.build(
        unpeel(builder, law.shell.peel, table.insert(builder, law.shell.entry), h));
}

double score(double residual, std::uint32_t cost, std::size_t n_points) noexcept {
    constexpr double kCost = 0.5;
    return static_cast<double>(n_points) * std::log(std::max(residual, kExact)) + kCost * cost;
}

void keep_best(std::vector<Law>& laws, std::size_t n, std::size_t n_points) {
    std::vector<std::pair<double, std::size_t>> order;
    for (std::size_t k = 0; k < laws.size(); ++k) {
        order.emplace_back(score(laws[k].residual, laws[k].cost, n_points), k);
    }
    std::sort(order.begin(), order.end());
    if (order.size() > n) order.resize(n);
    std::vector<Law> best;
    best.reserve(order.size());
    for (auto const& [key, k] : order) best.push_back(std::move(laws[k]));
    laws = std::move(best);
}

}  // namespace monoidal::search
