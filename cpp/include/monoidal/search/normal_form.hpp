#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace monoidal::search {

/// A candidate is its values on at most this many sample points.
inline constexpr std::size_t kMaxPoints = 32;
inline constexpr std::size_t kMinPoints = 4;

using Point = std::array<double, kMaxPoints>;  // the first n_points are used

/// Finite, not all (nearly) equal, and of a size at which rounding stays far from the keys' digits.
bool is_usable(std::span<double const> values) noexcept;

/// Hash of the values to about 6 digits of the largest: equal for two ways of writing a function.
std::uint64_t value_key(std::span<double const> values) noexcept;

/// Hash of the values up to a f + b: less their mean, at unit norm, with a fixed sign. None where
/// they vary by less than 1e-6 of their size, so that rounding would reach the key's digits.
std::optional<std::uint64_t> affine_key(std::span<double const> values) noexcept;

/// Logarithms of |values| less their mean, and the signs relative to the first value's.
struct LogForm {
    Point logs;
    std::uint32_t signs;
};

/// None where a value is 0 or nearly so, relative to the largest.
std::optional<LogForm> log_form(std::span<double const> values) noexcept;

/// Hash of the values up to a factor.
std::uint64_t scale_key(std::span<double const> centred_logs, std::uint32_t signs) noexcept;

}  // namespace monoidal::search
