#include "monoidal/circuit/circuit.hpp"

#include <cmath>

#include "monoidal/common/error.hpp"

namespace monoidal::circuit {
namespace {

void check_qubits(char const* name, std::vector<std::uint32_t> const& qubits, std::uint32_t n) {
    std::vector<bool> seen(n, false);
    for (auto const qubit : qubits) {
        if (qubit >= n) {
            throw ShapeError(std::string(name) + " names qubit " + std::to_string(qubit) +
                             ", the circuit has " + std::to_string(n));
        }
        if (seen[qubit]) {
            throw ShapeError(std::string(name) + " names qubit " + std::to_string(qubit) +
                             " twice");
        }
        seen[qubit] = true;
    }
}

void check_operation(std::size_t index, Operation const& op, std::uint32_t n_qubits,
                     std::uint32_t n_parameters) {
    auto const& g = gate(op.gate);
    auto const text = "operation " + std::to_string(index) + " (" + std::string(g.name) + ")";
    for (std::size_t k = 0; k < g.n_qubits; ++k) {
        if (op.qubits[k] >= n_qubits) {
            throw ShapeError(text + " acts on qubit " + std::to_string(op.qubits[k]) +
                             ", the circuit has " + std::to_string(n_qubits));
        }
    }
    if (g.n_qubits == 2 && op.qubits[0] == op.qubits[1]) {
        throw ShapeError(text + " acts on qubit " + std::to_string(op.qubits[0]) + " twice");
    }
    if (op.parameter >= 0 && static_cast<std::uint32_t>(op.parameter) >= n_parameters) {
        throw ShapeError(text + " has parameter " + std::to_string(op.parameter) +
                         ", the circuit has " + std::to_string(n_parameters));
    }
    if (!std::isfinite(op.scale) || !std::isfinite(op.shift)) {
        throw DomainError(text + " has an angle that is not finite");
    }
}

}  // namespace

Circuit::Circuit(std::uint32_t n_qubits, std::vector<Operation> operations,
                 std::vector<std::uint32_t> inputs, std::vector<std::uint32_t> outputs,
                 std::uint32_t n_parameters, double factor)
    : n_qubits_(n_qubits),
      operations_(std::move(operations)),
      inputs_(std::move(inputs)),
      outputs_(std::move(outputs)),
      n_parameters_(n_parameters),
      factor_(factor) {
    // A state has 2^n_qubits amplitudes: larger circuits may be described, never simulated.
    constexpr std::uint32_t kMaxQubits = 1U << 24;
    if (n_qubits_ > kMaxQubits) {
        throw TooLargeError("circuit has " + std::to_string(n_qubits_) +
                            " qubits, at most 2^24 can be described");
    }
    check_qubits("inputs", inputs_, n_qubits_);
    check_qubits("outputs", outputs_, n_qubits_);
    for (std::size_t k = 0; k < operations_.size(); ++k) {
        check_operation(k, operations_[k], n_qubits_, n_parameters_);
    }
}

}  // namespace monoidal::circuit
