#pragma once
// Instructions with their angles put in, as the state vector applies them.

#include <complex>
#include <cstdint>
#include <span>
#include <vector>

#include "block_kernels.hpp"
#include "monoidal/circuit/evolution.hpp"

namespace monoidal::circuit {

/// A matrix on some bits, or a number for each value of one bit.
struct BoundGate {
    enum class Kind : std::uint8_t { pair, diagonal, dense };
    Kind kind = Kind::pair;
    std::vector<std::uint32_t> targets;
    Condition where;
    std::vector<std::complex<double>> matrix;  ///< row-major; of a diagonal gate 2 x 2 too

    /// What its derivative is; `parameter` is negative where it has none.
    Action action = Action::matrix;
    std::int32_t parameter = -1;
    double scale = 1.0;
    std::size_t instruction = 0;

    /// The bits that a block must hold to apply it.
    [[nodiscard]] std::uint64_t moved() const;
    /// All bits that it depends on.
    [[nodiscard]] std::uint64_t bits() const;
    [[nodiscard]] BoundGate inverse() const;
};

/// Puts in the angles. A swap becomes three controlled flips. Throws DomainError where an angle is
/// not finite.
std::vector<BoundGate> bind_angles(Evolution const& evolution, std::span<double const> theta);

/// Multiplies gates on the same bits that follow each other. Those with a parameter stay alone when
/// `keeps_parameters`.
std::vector<BoundGate> fuse(std::vector<BoundGate> const& gates, bool keeps_parameters);

/// Gates that one pass over the state applies, block by block.
struct Stage {
    std::vector<std::uint32_t> bits;  ///< of a block, ascending; the lowest kRowBits first
    std::vector<std::uint32_t> gates;
    std::uint64_t support = 0;  ///< bits that may be 1 when it ends
};

/// Sorts gates into stages: each takes all that act on at most `block_bits` bits and are not behind
/// one that has to wait. Bits outside `support` are 0 at the beginning.
std::vector<Stage> plan_stages(std::vector<BoundGate> const& gates, std::uint32_t n_bits,
                               std::uint32_t block_bits, std::uint64_t support);

/// Bits of `index` put in the places of `mask`, the lowest first.
constexpr std::uint64_t deposit(std::uint64_t index, std::uint64_t mask) {
    std::uint64_t out = 0;
    for (; mask != 0; mask &= mask - 1, index >>= 1) {
        if ((index & 1) != 0) out |= mask & (~mask + 1);
    }
    return out;
}

}  // namespace monoidal::circuit
