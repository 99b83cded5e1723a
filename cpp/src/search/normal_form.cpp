#include "monoidal/search/normal_form.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace monoidal::search {
namespace {

constexpr double kDigits = 2'097'143.37;  // 2^21 or so; no simple fraction falls between two keys
constexpr double kLargest = 1e15;
constexpr double kSmallest = 1e-15;
constexpr double kFlat = 1e-6;
constexpr double kZero = 1e-9;
constexpr std::size_t kHashed = 12;  // values in a key that a law is looked up by, then tested
constexpr std::uint64_t kStart = 0xcbf29ce484222325U;
constexpr std::uint64_t kPrime = 0x100000001b3U;

std::uint64_t quantise(double value) noexcept {
    double const scaled = value * kDigits + 0.37;
    auto const whole = static_cast<std::int64_t>(scaled);  // towards 0; a call of floor is slow
    return static_cast<std::uint64_t>(
        whole - static_cast<std::int64_t>(static_cast<double>(whole) > scaled));
}

std::uint64_t join(std::uint64_t hash, std::uint64_t word) noexcept {
    hash = (hash ^ word) * kPrime;
    return hash ^ (hash >> 29U);
}

constexpr std::size_t kLanes = 4;  // partial results that do not wait for each other

double largest(std::span<double const> values) noexcept {
    std::array<double, kLanes> most{};
    std::size_t k = 0;
    for (; k + kLanes <= values.size(); k += kLanes) {
        for (std::size_t lane = 0; lane < kLanes; ++lane) {
            double const size = std::abs(values[k + lane]);
            most[lane] = size > most[lane] ? size : most[lane];
        }
    }
    for (; k < values.size(); ++k) most[0] = std::max(most[0], std::abs(values[k]));
    return *std::ranges::max_element(most);
}

/// Of f over pairs of values and their places.
template <class F>
double sum(std::span<double const> values, F const& f) noexcept {
    std::array<double, kLanes> sums{};
    std::size_t k = 0;
    for (; k + kLanes <= values.size(); k += kLanes) {
        for (std::size_t lane = 0; lane < kLanes; ++lane) {
            sums[lane] += f(values[k + lane], k + lane);
        }
    }
    for (; k < values.size(); ++k) sums[0] += f(values[k], k);
    return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

double mean(std::span<double const> values) noexcept {
    return sum(values, [](double v, std::size_t) { return v; }) /
           static_cast<double>(values.size());
}

/// A fixed direction that no simple vector is orthogonal to.
Point const& sign_direction() noexcept {
    static Point const direction = [] {
        constexpr double kStep = 1.7548776662466927;
        Point all{};
        double next = 0.6180339887498949;
        for (double& d : all) {
            d = next;
            next = next * kStep - std::floor(next * kStep) + 0.1;
        }
        return all;
    }();
    return direction;
}

}  // namespace

bool is_usable(std::span<double const> values) noexcept {
    double low = values[0];
    double high = values[0];
    for (double const v : values) {
        if (!(std::abs(v) <= kLargest)) return false;
        low = std::min(low, v);
        high = std::max(high, v);
    }
    double const size = std::max(std::abs(low), std::abs(high));
    return size >= kSmallest && high - low > 1e-10 * size;
}

std::uint64_t value_key(std::span<double const> values) noexcept {
    double const size = largest(values);
    double const scale = 1.0 / size;
    std::uint64_t hash = join(kStart, quantise(std::log(size)));
    for (double const v : values) hash = join(hash, quantise(v * scale));
    return hash;
}

std::optional<std::uint64_t> affine_key(std::span<double const> values) noexcept {
    double const centre = mean(values);
    auto const& direction = sign_direction();
    double const side =
        sum(values, [&](double v, std::size_t k) { return (v - centre) * direction[k]; });
    double const norm =
        std::sqrt(sum(values, [&](double v, std::size_t) { return (v - centre) * (v - centre); }));
    double const size = largest(values);
    if (!(norm > kFlat * size) || !std::isfinite(norm)) return std::nullopt;
    double const scale = side < 0.0 ? -1.0 / norm : 1.0 / norm;
    std::uint64_t hash = kStart;
    for (double const v : values.first(std::min(values.size(), kHashed))) {
        hash = join(hash, quantise((v - centre) * scale));
    }
    return hash;
}

std::optional<LogForm> log_form(std::span<double const> values) noexcept {
    double const floor = kZero * largest(values);
    LogForm form{};
    for (std::size_t k = 0; k < values.size(); ++k) {
        double const v = std::abs(values[k]);
        if (!(v > floor) || !(v <= kLargest)) return std::nullopt;
        form.logs[k] = std::log(v);
        if ((values[k] < 0.0) != (values[0] < 0.0)) form.signs |= 1U << k;
    }
    std::span<double> const logs(form.logs.data(), values.size());
    double const centre = mean(logs);
    for (double& l : logs) l -= centre;
    return form;
}

std::uint64_t scale_key(std::span<double const> centred_logs, std::uint32_t signs) noexcept {
    std::uint64_t hash = join(kStart, signs);
    for (double const l : centred_logs.first(std::min(centred_logs.size(), kHashed))) {
        hash = join(hash, quantise(l));
    }
    return hash;
}

}  // namespace monoidal::search
