#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <span>

#include "monoidal/common/random.hpp"

namespace monoidal::generate {

/// Random numbers of a seed, one after another.
class Stream {
public:
    explicit Stream(std::uint64_t seed) : seed_(seed) {}

    double unit() noexcept { return random_unit(seed_, next_++); }
    bool coin(double probability = 0.5) noexcept { return unit() < probability; }
    double between(double low, double high) noexcept { return low + (high - low) * unit(); }
    /// 0 to n - 1.
    std::size_t below(std::size_t n) noexcept {
        return static_cast<std::size_t>(unit() * static_cast<double>(n));
    }
    /// Box and Muller in single precision; the second of a pair is kept.
    double normal() noexcept {
        if (has_spare_) {
            has_spare_ = false;
            return static_cast<double>(spare_);
        }
        auto const bits = random_bits(seed_, next_++);
        auto const radius = std::sqrt(-2.0F * std::log(in_unit(bits >> 32U)));
        auto const angle = 2.0F * std::numbers::pi_v<float> * in_unit(bits & 0xffffffffU);
        spare_ = radius * std::sin(angle);
        has_spare_ = true;
        return static_cast<double>(radius * std::cos(angle));
    }
    /// An index with probability in proportion to its weight.
    std::size_t choose(std::span<double const> weights) noexcept {
        double total = 0.0;
        for (auto const weight : weights) total += weight;
        auto rest = unit() * total;
        for (std::size_t k = 0; k + 1 < weights.size(); ++k) {
            rest -= weights[k];
            if (rest < 0.0) return k;
        }
        return weights.size() - 1;
    }

private:
    /// In (0, 1], of 32 bits.
    static float in_unit(std::uint64_t bits) noexcept {
        return static_cast<float>(bits + 1) * 0x1p-32F;
    }

    std::uint64_t seed_;
    std::uint64_t next_ = 0;
    float spare_ = 0.0F;
    bool has_spare_ = false;
};

}  // namespace monoidal::generate
