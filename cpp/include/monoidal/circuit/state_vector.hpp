#pragma once

#include <complex>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "monoidal/circuit/evolution.hpp"
#include "monoidal/common/aligned.hpp"
#include "monoidal/common/parallel.hpp"
#include "monoidal/common/size.hpp"

namespace monoidal::circuit {

/// Who works on a call: threads, and the check for an interrupt. Results are equal for any number
/// of threads.
struct Workers {
    ThreadPool& pool;
    Poll const& poll;
};

/// 2^n amplitudes as a plane of real and one of imaginary parts. Bit 0 of an amplitude's number is
/// the least significant.
template <class T>
class StateVector {
public:
    /// |0...0>. Throws TooLargeError above Evolution::kMaxBits bits; std::bad_alloc where the
    /// system has no such memory.
    StateVector(std::uint32_t n_bits, Workers workers);

    [[nodiscard]] std::uint32_t n_bits() const { return n_bits_; }
    [[nodiscard]] std::size_t size() const { return std::size_t{1} << n_bits_; }
    [[nodiscard]] T* re() { return planes_.data(); }
    [[nodiscard]] T* im() { return planes_.data() + size(); }
    [[nodiscard]] T const* re() const { return planes_.data(); }
    [[nodiscard]] T const* im() const { return planes_.data() + size(); }

    /// Bits that may be 1 in an amplitude that is not 0.
    [[nodiscard]] std::uint64_t support() const { return support_; }
    void set_support(std::uint64_t bits) { support_ = bits; }

    /// Bytes of a state, known before one is made; saturates.
    static constexpr Size n_bytes(std::uint64_t n_bits) {
        return Size::power_of_two(n_bits) * Size(2 * sizeof(T));
    }

private:
    std::uint32_t n_bits_;
    std::uint64_t support_ = 0;
    std::vector<T, AlignedAllocator<T>> planes_;
};

/// Runs the gates: cache blocks of the state go through as many gates as act inside them.
/// Throws ShapeError where a length is off, DomainError where an angle is not finite.
template <class T>
void evolve(Evolution const& evolution, std::span<double const> theta, StateVector<T>& state,
            Workers workers);

/// Reverse mode by the adjoint method. On entry `state` is what `evolve` left, and `adjoint` the
/// derivative w of a real function L = Re <w|state>; both are used up. `support` is what the
/// state's was before `evolve`. Adds dL / dtheta to `gradient`. Throws DomainError where a matrix
/// is not unitary: it cannot be undone.
template <class T>
void pull_back(Evolution const& evolution, std::span<double const> theta, std::uint64_t support,
               StateVector<T>& state, StateVector<T>& adjoint, std::span<double> gradient,
               Workers workers);

/// A product of Pauli matrices with a factor: X where only the bit of `x` is set, Z where only that
/// of `z` is, Y where both are.
struct PauliWord {
    std::uint64_t x = 0;
    std::uint64_t z = 0;
    double factor = 1.0;
};

/// <state| sum of words |state>.
template <class T>
double expectation(StateVector<T> const& state, std::span<PauliWord const> words, Workers workers);

/// out = 2 sum of words |state>, the derivative of the expectation value.
template <class T>
void apply(StateVector<T> const& state, std::span<PauliWord const> words, StateVector<T>& out,
           Workers workers);

/// The sum of all squared amplitudes.
template <class T>
double squared_norm(StateVector<T> const& state, Workers workers);

/// Squared amplitudes summed over all bits but those named, the first named the most significant.
template <class T>
void probabilities(StateVector<T> const& state, std::span<std::uint32_t const> bits,
                   std::span<double> out, Workers workers);

/// Amplitudes with all bits but those named 0, the first named the most significant.
template <class T>
void read(StateVector<T> const& state, std::span<std::uint32_t const> bits,
          std::span<std::complex<T>> out, Workers workers);

/// The reverse: writes those amplitudes, and 0 into all others.
template <class T>
void write(std::span<std::complex<T> const> values, std::span<std::uint32_t const> bits,
           StateVector<T>& state, Workers workers);

/// Numbers of amplitudes drawn with probability proportional to their squares. The k-th depends on
/// `seed` and k alone. Throws DomainError where all amplitudes are 0.
template <class T>
void sample(StateVector<T> const& state, std::uint64_t seed, std::span<std::uint64_t> out,
            Workers workers);

}  // namespace monoidal::circuit
