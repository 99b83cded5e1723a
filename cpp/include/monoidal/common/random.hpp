#pragma once

#include <cstdint>

namespace monoidal {

/// The k-th number of the stream of a seed, 64 bits, without any before it: SplitMix64 as a
/// function of the counter. Source: Steele, Lea and Flood, doi:10.1145/2660193.2660195.
constexpr std::uint64_t random_bits(std::uint64_t seed, std::uint64_t k) noexcept {
    auto const mix = [](std::uint64_t z) {
        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
        z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
        return z ^ z >> 31;
    };
    constexpr std::uint64_t kGolden = 0x9e3779b97f4a7c15ULL;
    // Seeds that follow each other begin far apart.
    return mix(mix(seed + kGolden) + (k + 1) * kGolden);
}

/// The same as a number in [0, 1), all 53 bits random.
constexpr double random_unit(std::uint64_t seed, std::uint64_t k) noexcept {
    return static_cast<double>(random_bits(seed, k) >> 11) * 0x1p-53;
}

}  // namespace monoidal
