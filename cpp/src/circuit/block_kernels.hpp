#pragma once

#include <cstddef>
#include <cstdint>

#include "monoidal/common/isa.hpp"

namespace monoidal::circuit {

/// Amplitudes that are worked on while they are in the cache: 2^n_bits of them, at least
/// 2^kRowBits.
template <class T>
struct Block {
    T* re;
    T* im;
    std::uint32_t n_bits;
};
/// A block's lowest bits are the register's lowest: whole vectors of any instruction set.
inline constexpr std::uint32_t kRowBits = 4;

/// Bits of a block and the values that a gate asks of them.
struct Condition {
    std::uint64_t mask = 0;
    std::uint64_t values = 0;
};

/// Which of the numbers of a 2 x 2 matrix are not 0.
enum class Pattern : std::uint8_t {
    real,     ///< no imaginary part
    cross,    ///< real on the diagonal, imaginary off it
    general,  ///< anything
};

struct PairGate {
    Pattern pattern = Pattern::general;
    std::uint32_t target = 0;
    Condition where;
    double m[8] = {};  ///< row-major, real and imaginary
};

struct Scale {
    Condition where;
    double re = 1.0;
    double im = 0.0;
};

struct DenseGate {
    std::uint32_t n_targets = 0;
    std::uint32_t targets[8] = {};  ///< the first is the matrix's most significant bit
    Condition where;
    double const* m = nullptr;  ///< row-major, real and imaginary
};

/// A Pauli matrix between two blocks; `diagonal` is the identity where the condition holds.
enum class Pauli : std::uint8_t { x, y, diagonal };
struct Overlap {
    Pauli pauli = Pauli::diagonal;
    std::uint32_t target = 0;
    Condition where;
};

/// The loops over a block for one instruction set; all compute the same numbers.
template <class T>
struct BlockKernels {
    void (*pair)(Block<T> const&, PairGate const&) noexcept;
    void (*scale)(Block<T> const&, Scale const&) noexcept;
    void (*dense)(Block<T> const&, DenseGate const&) noexcept;
    /// Im <adjoint| P |state> where the condition holds.
    double (*overlap)(Block<T> const& state, Block<T> const& adjoint, Overlap const&) noexcept;
    /// The sum of squared amplitudes.
    double (*square)(Block<T> const& state) noexcept;
};

template <class T>
BlockKernels<T> const& block_kernels(Isa isa) noexcept;

}  // namespace monoidal::circuit
