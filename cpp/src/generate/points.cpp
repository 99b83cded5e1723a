#include "points.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "monoidal/generate/functions.hpp"

namespace monoidal::generate {
namespace {

constexpr std::size_t kMaxClouds = 9;
constexpr double kPhysical = 1.0 / 3.0;

}  // namespace

Cloud::Cloud(Stream& random, std::size_t n_variables) : n_(n_variables) {
    auto const is_physical = random.coin(kPhysical);
    kind_ = random.coin() ? Kind::normal : Kind::uniform;
    if (is_physical) kind_ = Kind::box;
    auto const n_clouds = is_physical ? 1 : 1 + random.below(kMaxClouds);
    ends_.resize(n_clouds);
    centres_.resize(n_clouds * n_);
    widths_.resize(n_clouds * n_);
    double total = 0.0;
    for (auto& end : ends_) end = total += random.unit();
    for (auto& end : ends_) end /= total;
    for (auto& centre : centres_) {
        centre = is_physical ? std::pow(10.0, random.between(-1.0, 1.0)) : random.normal();
    }
    for (std::size_t k = 0; k < widths_.size(); ++k) {
        widths_[k] =
            is_physical ? centres_[k] * std::pow(10.0, random.between(-0.5, 1.0)) : random.unit();
    }
    if (!is_physical && n_ > 1) rotation(random);
}

/// Gram and Schmidt on normal vectors: every orientation is equally likely.
void Cloud::rotation(Stream& random) {
    axes_.resize(n_ * n_);
    for (auto& value : axes_) value = random.normal();
    for (std::size_t i = 0; i < n_; ++i) {
        auto* const row = &axes_[i * n_];
        for (std::size_t j = 0; j < i; ++j) {
            auto const* const before = &axes_[j * n_];
            double along = 0.0;
            for (std::size_t k = 0; k < n_; ++k) along += row[k] * before[k];
            for (std::size_t k = 0; k < n_; ++k) row[k] -= along * before[k];
        }
        double length = 0.0;
        for (std::size_t k = 0; k < n_; ++k) length += row[k] * row[k];
        for (std::size_t k = 0; k < n_; ++k) row[k] /= std::sqrt(length);
    }
}

void Cloud::draw(Stream& random, std::span<double> point) const {
    std::size_t cloud = 0;
    if (ends_.size() > 1) {
        for (auto const place = random.unit(); place >= ends_[cloud] && cloud + 1 < ends_.size();) {
            ++cloud;
        }
    }
    std::array<double, kMaxVariables> drawn{};
    for (std::size_t k = 0; k < n_; ++k) {
        auto const step = kind_ == Kind::normal    ? random.normal()
                          : kind_ == Kind::uniform ? random.between(-1.0, 1.0)
                                                   : random.unit();
        drawn[k] = centres_[cloud * n_ + k] + widths_[cloud * n_ + k] * step;
    }
    for (std::size_t i = 0; i < n_; ++i) {
        double value = drawn[i];
        if (!axes_.empty()) {
            value = 0.0;
            for (std::size_t k = 0; k < n_; ++k) value += axes_[i * n_ + k] * drawn[k];
        }
        point[i] = static_cast<double>(static_cast<float>(value));
    }
}

}  // namespace monoidal::generate
