#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "monoidal/circuit/gate.hpp"
#include "monoidal/common/size.hpp"

namespace monoidal::circuit {

/// A gate in its place. Qubits: controls first. The angle, in full turns, is
/// `scale * parameters[parameter] + shift`, or `shift` alone where `parameter` is negative.
struct Operation {
    GateId gate = GateId::H;
    std::uint32_t qubits[2] = {0, 0};
    std::int32_t parameter = -1;
    double scale = 1.0;
    double shift = 0.0;
};

/// A pure circuit with post-selection: an arrow from its input qubits to its output qubits.
///
/// Qubit 0 is the most significant bit, here and everywhere in this library. Qubits that are not
/// inputs start in |0>; qubits that are not outputs end in <0|, unnormalised. `factor` multiplies
/// the amplitudes.
class Circuit {
public:
    /// Throws ShapeError naming the operation where a qubit, a parameter or a list of qubits is
    /// off.
    Circuit(std::uint32_t n_qubits, std::vector<Operation> operations,
            std::vector<std::uint32_t> inputs, std::vector<std::uint32_t> outputs,
            std::uint32_t n_parameters, double factor);

    [[nodiscard]] std::uint32_t n_qubits() const { return n_qubits_; }
    [[nodiscard]] std::uint32_t n_parameters() const { return n_parameters_; }
    [[nodiscard]] std::vector<Operation> const& operations() const { return operations_; }
    [[nodiscard]] std::vector<std::uint32_t> const& inputs() const { return inputs_; }
    [[nodiscard]] std::vector<std::uint32_t> const& outputs() const { return outputs_; }
    [[nodiscard]] double factor() const { return factor_; }

    /// Bits of the state that the simulator holds: the qubits, and a copy of every input.
    [[nodiscard]] std::uint32_t n_bits() const {
        return n_qubits_ + static_cast<std::uint32_t>(inputs_.size());
    }
    /// Elements of its tensor, axes inputs then outputs, each of dimension 2.
    [[nodiscard]] Size tensor_size() const {
        return Size::power_of_two(inputs_.size() + outputs_.size());
    }
    [[nodiscard]] Size state_size() const { return Size::power_of_two(n_bits()); }

private:
    std::uint32_t n_qubits_;
    std::vector<Operation> operations_;
    std::vector<std::uint32_t> inputs_;
    std::vector<std::uint32_t> outputs_;
    std::uint32_t n_parameters_;
    double factor_;
};

}  // namespace monoidal::circuit
