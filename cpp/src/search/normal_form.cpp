#include "monoidal/search/normal_form.hpp"

#include <algorithm>
#include <cmath>

namespace monoidal::search {
namespace {

constexpr double kDigits = 2'097'143.37;  // 2^21 or so; no simple fraction falls between two keys
constexpr double kLargest = 1e15;
constexpr double kSmallest = 1e-15;
constexpr double kFlat = 1e-6;
constexpr double kZero = 1e-9;
constexpr std::uint64_t kStart = 0xcbf29ce484222325U;
constexpr std::uint64_t kPrime = 0x100000001b3U;

std::uint64_t quantise(double value) noexcept {
    return static_cast<std::uint64_t>(
        static_cast<std::int64_t>(std::floor(value * kDigits + 0.37)));
}

std::uint64_t join(std::uint64_t hash, std::uint64_t word) noexcept {
    hash = (hash ^ word) * kPrime;
    return hash ^ (hash >> 29U);
}

double largest(std::span<double const> values) noexcept {
    double most = 0.0;
    for (double const v : values) most = std::max(most, std::abs(v));
    return most;
}

double mean(std::span<double const> values) noexcept {
    double sum = 0.0;
    for (double const v : values) sum += v;
    return sum / static_cast<double>(values.size());
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
    double squares = 0.0;
    double side = 0.0;  // of the sign: a fixed direction that no simple vector is orthogonal to
    double direction = 0.6180339887498949;
    for (double const v : values) {
        double const d = v - centre;
        squares += d * d;
        side += d * direction;
        direction =
            direction * 1.7548776662466927 - std::floor(direction * 1.7548776662466927) + 0.1;
    }
    double const norm = std::sqrt(squares);
    double const size = largest(values);
    if (!(norm > kFlat * size) || !std::isfinite(norm)) return std::nullopt;
    double const scale = side < 0.0 ? -1.0 / norm : 1.0 / norm;
    std::uint64_t hash = kStart;
    for (double const v : values) hash = join(hash, quantise((v - centre) * scale));
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
    for (double const l : centred_logs) hash = join(hash, quantise(l));
    return hash;
}

}  // namespace monoidal::search
