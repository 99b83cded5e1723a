#pragma once

#include <cstdint>
#include <limits>

namespace monoidal {

/// Sizes in bytes or elements; saturates at the largest value instead of wrapping.
class Size {
public:
    constexpr Size() = default;
    constexpr explicit Size(std::uint64_t value) : value_(value) {}
    static constexpr Size power_of_two(std::uint64_t exponent) {
        return exponent < 64 ? Size(std::uint64_t{1} << exponent) : Size(kMax);
    }

    [[nodiscard]] constexpr std::uint64_t value() const { return value_; }
    [[nodiscard]] constexpr bool is_saturated() const { return value_ == kMax; }

    friend constexpr Size operator*(Size a, Size b) {
        if (a.value_ == 0 || b.value_ == 0) return Size(0);
        return a.value_ > kMax / b.value_ ? Size(kMax) : Size(a.value_ * b.value_);
    }
    friend constexpr Size operator+(Size a, Size b) {
        return a.value_ > kMax - b.value_ ? Size(kMax) : Size(a.value_ + b.value_);
    }
    auto operator<=>(Size const&) const = default;

private:
    static constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();
    std::uint64_t value_ = 0;
};

}  // namespace monoidal
