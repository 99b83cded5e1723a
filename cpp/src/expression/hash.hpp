#pragma once

#include <cstdint>

#include "monoidal/expression/program.hpp"

namespace monoidal::expression {

/// Spreads every bit of the input over all of the output: the finaliser of SplitMix64 (Steele,
/// Lea and Flood, OOPSLA 2014, doi:10.1145/2660193.2660195).
constexpr std::uint64_t mix(std::uint64_t x) noexcept {
    x += 0x9e3779b97f4a7c15U;
    x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9U;
    x = (x ^ (x >> 27U)) * 0x94d049bb133111ebU;
    return x ^ (x >> 31U);
}

constexpr std::uint64_t hash(std::uint64_t a, std::uint64_t b) noexcept { return mix(mix(a) ^ b); }

constexpr std::uint64_t hash(Node const& node) noexcept {
    return hash((static_cast<std::uint64_t>(node.a) << 32U) | node.b,
                static_cast<std::uint64_t>(node.op));
}

}  // namespace monoidal::expression
