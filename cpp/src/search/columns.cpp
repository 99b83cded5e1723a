#include "columns.hpp"

#include <algorithm>
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

/// Powers of variables as halves, and whether the units then fit.
bool Frame::round_powers(Law& law, std::size_t n_features) const {
    auto const& dimensions = table_.dimensions();
    auto kind = view_.kind;
    for (std::size_t k = n_features; k < law.terms.size(); ++k) {
        double const twice = std::round(2.0 * law.coefficients[k]);
        if (!(std::abs(twice) <= 16.0)) return false;
        law.coefficients[k] = 0.5 * twice;
        auto factor = table_.entry(law.terms[k].first).dimension;
        auto const halves = static_cast<int>(twice);
        if (halves % 2 != 0) {
            auto const root = dimensions.find(Op::sqrt, factor);
            kind = dimensions.find(halves > 0 ? Op::div : Op::mul, kind, root);
        }
        for (int j = 0; j < std::abs(halves) / 2; ++j) {
            kind = dimensions.find(halves > 0 ? Op::div : Op::mul, kind, factor);
        }
    }
    return kind == Dimensions::kPure;
}

void Frame::add_law(std::vector<Feature> const& features, std::vector<Law>& laws) const {
    Law law;
    law.shell = view_.shell;
    for (auto const& f : features) {
        law.terms.push_back({f.is_log ? Op::log : Op::number, f.entry, 0, 1.0});
    }
    for (auto const k : monomial_) law.terms.push_back({Op::log, k, 0, 1.0});
    std::span<double const> const weights(view_.weights.data(), n_);
    if (!fit_linear(table_, view_.target(), law, has_offset_, weights)) return;
    if (!(std::abs(law.offset) < 300.0) && view_.shell.transform == Transform::log) return;
    if (table_.dimensions().is_typed() && !monomial_.empty() &&
        !round_powers(law, features.size())) {
        return;
    }
    law.cost = cost_of(table_, law);
    laws.push_back(std::move(law));
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
