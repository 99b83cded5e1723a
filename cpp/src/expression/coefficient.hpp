#pragma once

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <numeric>

namespace monoidal::expression {

/// A number that a term or a product carries: a fraction of 31-bit integers as long as all of its
/// parts are numbers, else a double.
class Coefficient {
public:
    constexpr Coefficient() = default;
    static Coefficient fraction(std::int64_t p, std::int64_t q) {
        auto const g = std::gcd(p, q);
        if (g > 1) {
            p /= g;
            q /= g;
        }
        if (q < 0) {
            p = -p;
            q = -q;
        }
        if (std::abs(p) > kLargest || q > kLargest) {
            return real(static_cast<double>(p) / static_cast<double>(q));
        }
        Coefficient c;
        c.p_ = p;
        c.q_ = q;
        return c;
    }
    static Coefficient integer(std::int64_t p) { return fraction(p, 1); }
    /// 1.0 and -1.0 are exact: to leave them out changes no bit.
    static Coefficient real(double value) {
        if (value == 1.0 || value == -1.0) return integer(static_cast<std::int64_t>(value));
        Coefficient c;
        c.q_ = 0;
        c.value_ = value;
        return c;
    }

    [[nodiscard]] bool is_exact() const { return q_ != 0; }
    [[nodiscard]] std::int64_t p() const { return p_; }
    [[nodiscard]] std::int64_t q() const { return q_; }
    [[nodiscard]] double value() const {
        return is_exact() ? static_cast<double>(p_) / static_cast<double>(q_) : value_;
    }
    [[nodiscard]] bool is(std::int64_t n) const { return q_ == 1 && p_ == n; }
    [[nodiscard]] bool is_integer() const { return q_ == 1; }
    [[nodiscard]] bool is_negative() const { return is_exact() ? p_ < 0 : std::signbit(value_); }
    [[nodiscard]] bool is_zero() const { return is_exact() ? p_ == 0 : value_ == 0.0; }
    [[nodiscard]] bool is_finite() const { return is_exact() || std::isfinite(value_); }
    [[nodiscard]] Coefficient negated() const {
        return is_exact() ? fraction(-p_, q_) : real(-value_);
    }
    [[nodiscard]] Coefficient magnitude() const { return is_negative() ? negated() : *this; }
    /// Of a number that is not zero.
    [[nodiscard]] Coefficient inverse() const {
        return is_exact() ? fraction(q_, p_) : real(1.0 / value_);
    }
    [[nodiscard]] Coefficient power(std::int64_t n) const {
        if (n < 0) return inverse().power(-n);
        if (!is_exact()) return real(std::pow(value_, static_cast<double>(n)));
        if (is(1) || n == 0) return integer(1);
        if (is(-1)) return integer(n % 2 == 0 ? 1 : -1);
        if (is_zero()) return *this;
        auto result = integer(1);
        // A fraction other than 0 and 1 leaves 31 bits within 31 factors.
        for (std::int64_t k = 0; k < n; ++k) {
            result = result * *this;
            if (!result.is_exact()) return real(std::pow(value(), static_cast<double>(n)));
        }
        return result;
    }

    friend Coefficient operator*(Coefficient a, Coefficient b) {
        if (a.is(1)) return b;
        if (b.is(1)) return a;
        if (a.is_exact() && b.is_exact()) return fraction(a.p_ * b.p_, a.q_ * b.q_);
        return real(a.value() * b.value());
    }
    friend Coefficient operator+(Coefficient a, Coefficient b) {
        if (a.is(0)) return b;
        if (b.is(0)) return a;
        if (a.is_exact() && b.is_exact()) {
            auto const low = a.p_ * b.q_;  // each below 2^62
            auto const high = b.p_ * a.q_;
            if (std::abs(low) < kHalfRange && std::abs(high) < kHalfRange) {
                return fraction(low + high, a.q_ * b.q_);
            }
        }
        return real(a.value() + b.value());
    }
    bool operator==(Coefficient const&) const = default;

private:
    static constexpr std::int64_t kLargest = std::numeric_limits<std::int32_t>::max();
    static constexpr std::int64_t kHalfRange = 2'305'843'009'213'693'952;  // 2^61
    std::int64_t p_ = 0;
    std::int64_t q_ = 1;  // 0 where the number is a double
    double value_ = 0.0;
};

}  // namespace monoidal::expression
