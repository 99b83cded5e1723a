#include "columns.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace monoidal::search {
namespace {

constexpr std::size_t kMostBase = 12;  // logarithms of variables in a base
constexpr double kDependent = 1e-5;

}  // namespace

double dot(double const* a, double const* b, std::size_t n) noexcept {
    double s0 = 0.0;
    double s1 = 0.0;
    double s2 = 0.0;
    double s3 = 0.0;
    std::size_t k = 0;
    for (; k + 4 <= n; k += 4) {
        s0 += a[k] * b[k];
        s1 += a[k + 1] * b[k + 1];
        s2 += a[k + 2] * b[k + 2];
        s3 += a[k + 3] * b[k + 3];
    }
    for (; k < n; ++k) s0 += a[k] * b[k];
    return (s0 + s1) + (s2 + s3);
}

Frame::Frame(Table const& table, View const& view) : table_(table), view_(view), n_(view.n) {
    bool const is_log = view.shell.transform == Transform::log;
    has_offset_ = is_log || view.has_offset();
    if (has_offset_) {
        Point ones{};
        ones.fill(1.0);
        add_base(ones);
    }
    if (is_log && table.n_variables() <= kMostBase && table.n_variables() + 6 < n_) {
        for (std::uint32_t k = 0; k < table.size() && table.entry(k).cost == 1; ++k) {
            auto const values = table.values(k);
            if (table.entry(k).op != Op::variable || table.logs(k).empty()) continue;
            if (!std::ranges::all_of(values, [](double v) { return v > 0.0; })) continue;
            Point logs{};
            for (std::size_t p = 0; p < n_; ++p) logs[p] = std::log(values[p]);
            auto const before = base_.size();
            add_base(logs);
            if (base_.size() > before) monomial_.push_back(k);
        }
    }
    is_sound_ = !is_log || view.kind == Dimensions::kPure || !monomial_.empty();
    for (std::size_t p = 0; p < n_; ++p) rest_[p] = view.values[p] * view.weights[p];
    project(rest_.data());
    project(rest_.data());
}

void Frame::add_base(Point column) {
    for (std::size_t p = 0; p < n_; ++p) column[p] *= view_.weights[p];
    double const before = std::sqrt(dot(column.data(), column.data(), n_));
    project(column.data());
    project(column.data());
    double const size = std::sqrt(dot(column.data(), column.data(), n_));
    if (!(size > kDependent * before)) return;
    for (std::size_t p = 0; p < n_; ++p) column[p] /= size;
    base_.push_back(column);
}

void Frame::project(double* column) const {
    for (auto const& q : base_) {
        double const part = dot(column, q.data(), n_);
        for (std::size_t p = 0; p < n_; ++p) column[p] -= part * q[p];
    }
}

std::vector<Feature> Frame::features(std::size_t n_entries) const {
    bool const is_log = view_.shell.transform == Transform::log;
    auto const kind = is_log ? Dimensions::kPure : view_.kind;
    std::vector<Feature> features;
    for (std::uint32_t k = 0; k < std::min(n_entries, table_.size()); ++k) {
        if (table_.entry(k).dimension != kind) continue;
        features.push_back({k, false});
        if (is_log && !table_.logs(k).empty()) features.push_back({k, true});
    }
    return features;
}

bool Frame::column(Feature feature, double* out) const {
    if (feature.is_log) {
        auto const logs = table_.logs(feature.entry);
        for (std::size_t p = 0; p < n_; ++p) out[p] = logs[p] * view_.weights[p];
    } else {
        auto const values = table_.values(feature.entry);
        for (std::size_t p = 0; p < n_; ++p) out[p] = values[p] * view_.weights[p];
    }
    double const before = dot(out, out, n_);
    project(out);
    double const size = dot(out, out, n_);
    if (!(size > kDependent * kDependent * before) || !std::isfinite(size)) return false;
    double const scale = 1.0 / std::sqrt(size);
    for (std::size_t p = 0; p < n_; ++p) out[p] *= scale;
    return true;
}

/// Whether the units of what is left of y are those of the variables to these powers, in halves.
bool Frame::fit_units(std::vector<std::pair<std::uint32_t, int>> const& halves) const {
    auto const& dimensions = table_.dimensions();
    auto kind = view_.kind;
    for (auto const& [variable, power] : halves) {
        auto const factor = table_.entry(variable).dimension;
        auto const join = power > 0 ? Op::div : Op::mul;
        if (power % 2 != 0) kind = dimensions.find(join, kind, dimensions.find(Op::sqrt, factor));
        for (int j = 0; j < std::abs(power) / 2; ++j) kind = dimensions.find(join, kind, factor);
    }
    return kind == Dimensions::kPure;
}

/// Leaves out the variables whose powers explain no more than noise would.
void Frame::drop_powers(Law& law, std::size_t n_features) const {
    constexpr double kSignificant = 4.0;  // squared misfit in units of its mean, that one is worth
    std::span<double const> const weights(view_.weights.data(), n_);
    while (law.terms.size() > n_features) {
        auto const free = static_cast<double>(n_) - static_cast<double>(law.terms.size()) - 1.0;
        double const most = law.residual * std::sqrt(1.0 + kSignificant / std::max(free, 1.0));
        std::optional<Law> best;
        for (std::size_t k = n_features; k < law.terms.size(); ++k) {
            Law one = law;
            one.terms.erase(one.terms.begin() + static_cast<std::ptrdiff_t>(k));
            if (!fit_linear(table_, view_.target(), one, has_offset_, weights)) continue;
            if (one.residual <= most && (!best || one.residual < best->residual)) best = one;
        }
        if (!best) return;
        law = std::move(*best);
    }
}

/// The law with simple powers of logarithms' entries, the rest fitted again. None where powers are
/// far from simple, or units do not fit.
std::optional<Law> Frame::rounded(Law const& law, std::size_t n_features) const {
    constexpr double kNear = 0.2;
    constexpr double kMost = 16.0;
    bool const is_typed = table_.dimensions().is_typed();
    Point target = view_.values;
    Law plain = law;
    plain.terms.clear();
    std::vector<Term> powers;
    std::vector<double> exponents;
    std::vector<std::pair<std::uint32_t, int>> halves;
    for (std::size_t k = 0; k < law.terms.size(); ++k) {
        auto const& term = law.terms[k];
        if (term.join != Op::log) {
            plain.terms.push_back(term);
            continue;
        }
        bool const is_mixed = table_.signs(term.first) != 0;
        double const by = law.coefficients[k];
        double const near = is_mixed ? std::round(by) : 0.5 * std::round(2.0 * by);
        bool const is_forced = is_typed && k >= n_features;
        if (!(std::abs(near) <= kMost) || (std::abs(by - near) > kNear && !is_forced)) {
            return std::nullopt;
        }
        if (k >= n_features) halves.emplace_back(term.first, static_cast<int>(2.0 * near));
        if (near == 0.0) continue;
        powers.push_back(term);
        exponents.push_back(near);
        auto const values = table_.values(term.first);
        for (std::size_t p = 0; p < n_; ++p) target[p] -= near * std::log(std::abs(values[p]));
    }
    if (is_typed && !fit_units(halves)) return std::nullopt;
    std::span<double const> const weights(view_.weights.data(), n_);
    if (!fit_linear(table_, {target.data(), n_}, plain, has_offset_, weights)) return std::nullopt;
    plain.terms.insert(plain.terms.end(), powers.begin(), powers.end());
    plain.coefficients.insert(plain.coefficients.end(), exponents.begin(), exponents.end());
    return plain;
}

/// The sign of y over that of the factors, where one of them changes it as y does; else false.
bool Frame::give_sign(Law& law) const {
    std::uint32_t signs = view_.negative;
    for (std::size_t k = 0; k < law.terms.size(); ++k) {
        auto const& term = law.terms[k];
        if (term.join != Op::log || table_.signs(term.first) == 0) continue;
        double const power = std::abs(law.coefficients[k]);
        if (power != std::round(power)) return false;
        if (std::fmod(power, 2.0) == 0.0) continue;
        signs ^= table_.signs(term.first);
        if (table_.values(term.first)[0] < 0.0) signs = ~signs;
    }
    std::uint32_t const used = n_ == 32 ? ~0U : (1U << n_) - 1U;
    auto const n_negative = static_cast<std::size_t>(std::popcount(signs & used));
    auto const n_wrong = std::min(n_negative, n_ - n_negative);
    law.sign = 2 * n_negative > n_ ? -1 : 1;
    return n_wrong * 10 <= n_;  // noise may turn the sign of small values
}

void Frame::add_law(std::vector<Feature> const& features, std::vector<Law>& laws) const {
    bool const is_log = view_.shell.transform == Transform::log;
    Law law;
    law.shell = view_.shell;
    for (auto const& f : features) {
        law.terms.push_back({f.is_log ? Op::log : Op::number, f.entry, 0, 1.0});
    }
    for (auto const k : monomial_) law.terms.push_back({Op::log, k, 0, 1.0});
    std::span<double const> const weights(view_.weights.data(), n_);
    if (!fit_linear(table_, view_.target(), law, has_offset_, weights)) return;
    auto const add = [&](Law&& one) {
        if (is_log && (!(std::abs(one.offset) < 300.0) || !give_sign(one))) return;
        one.cost = cost_of(table_, one);
        laws.push_back(std::move(one));
    };
    if (is_log) {
        Law sparse = law;
        drop_powers(sparse, features.size());
        if (auto simple = rounded(sparse, features.size())) add(std::move(*simple));
    }
    bool const must_round = is_log && table_.dimensions().is_typed() && !monomial_.empty();
    if (!must_round) add(std::move(law));
}

Columns::Columns(Frame const& frame, std::vector<Feature> const& features, Pause& pause)
    : frame_(frame), n_(frame.view().n) {
    columns_.resize(features.size() * n_);
    std::size_t count = 0;
    for (std::size_t k = 0; k < features.size(); ++k) {
        if (k % 4096 == 4095 && pause.is_over()) break;
        double* const out = columns_.data() + count * n_;
        if (!frame.column(features[k], out)) continue;
        features_.push_back(features[k]);
        along_.push_back(dot(out, frame.rest().data(), n_));
        ++count;
    }
    columns_.resize(count * n_);
}

std::uint32_t Columns::cost(std::size_t k) const {
    return frame_.table().entry(features_[k].entry).cost;
}

}  // namespace monoidal::search
