#pragma once

#include <complex>
#include <cstdint>
#include <span>
#include <vector>

#include "monoidal/circuit/circuit.hpp"
#include "monoidal/circuit/gate.hpp"

namespace monoidal::circuit {

/// A gate on the bits of a register, bit 0 the least significant. It acts where the bits of the
/// mask `controls` are as in `values`.
struct Instruction {
    Action action = Action::matrix;
    std::vector<std::uint32_t> targets;  ///< the first is the most significant of the matrix
    std::uint64_t controls = 0;
    std::uint64_t values = 0;  ///< a subset of `controls`
    /// Of Action::matrix: row-major, 4^n_targets numbers. It need not be unitary.
    std::vector<std::complex<double>> matrix;
    /// The angle, in full turns, is `scale * parameters[parameter] + shift`, or `shift` alone where
    /// `parameter` is negative.
    std::int32_t parameter = -1;
    double scale = 1.0;
    double shift = 0.0;
};

/// Gates in order on a register of bits.
class Evolution {
public:
    static constexpr std::uint32_t kMaxBits = 63;
    static constexpr std::size_t kMaxTargets = 8;  ///< of one matrix

    /// Throws TooLargeError above kMaxBits bits, ShapeError naming the instruction where a bit, a
    /// parameter or a matrix is off, DomainError where a number is not finite.
    Evolution(std::uint32_t n_bits, std::vector<Instruction> instructions,
              std::uint32_t n_parameters);

    [[nodiscard]] std::uint32_t n_bits() const { return n_bits_; }
    [[nodiscard]] std::uint32_t n_parameters() const { return n_parameters_; }
    [[nodiscard]] std::vector<Instruction> const& instructions() const { return instructions_; }

private:
    std::uint32_t n_bits_;
    std::vector<Instruction> instructions_;
    std::uint32_t n_parameters_;
};

/// A circuit's gates on a register of circuit.n_bits() bits: the qubits, above them a copy of every
/// input, each pair put into the Bell state (|00> + |11>) / sqrt 2 first. The circuit's tensor is
/// the amplitudes of copies and outputs with all other qubits 0, times `tensor_factor`.
Evolution evolution_of(Circuit const& circuit);
double tensor_factor(Circuit const& circuit);

}  // namespace monoidal::circuit
