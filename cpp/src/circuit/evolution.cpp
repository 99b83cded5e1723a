#include "monoidal/circuit/evolution.hpp"

#include <cmath>
#include <string>

#include "monoidal/common/error.hpp"

namespace monoidal::circuit {
namespace {

std::size_t n_targets(Action action, std::size_t given) {
    switch (action) {
        case Action::matrix: return given;
        case Action::swap: return 2;
        default: return 1;
    }
}

void check_bits(std::string const& text, Instruction const& in, std::uint32_t n_bits) {
    auto seen = in.controls;
    if (n_bits < 64 && (in.controls >> n_bits) != 0) {
        throw ShapeError(text + " has a control beyond the " + std::to_string(n_bits) + " bits");
    }
    if ((in.values & ~in.controls) != 0) {
        throw ShapeError(text + " asks for the value of a bit that is no control");
    }
    for (auto const bit : in.targets) {
        if (bit >= n_bits) {
            throw ShapeError(text + " acts on bit " + std::to_string(bit) + " of " +
                             std::to_string(n_bits));
        }
        if ((seen >> bit & 1) != 0) {
            throw ShapeError(text + " acts on bit " + std::to_string(bit) + " twice");
        }
        seen |= std::uint64_t{1} << bit;
    }
}

void check_numbers(std::string const& text, Instruction const& in, std::uint32_t n_parameters) {
    auto const expected = in.action == Action::matrix ? std::size_t{1} << 2 * in.targets.size() : 0;
    if (in.matrix.size() != expected) {
        throw ShapeError(text + " has a matrix of " + std::to_string(in.matrix.size()) +
                         " numbers, expected " + std::to_string(expected));
    }
    if (in.parameter >= 0 && static_cast<std::uint32_t>(in.parameter) >= n_parameters) {
        throw ShapeError(text + " has parameter " + std::to_string(in.parameter) +
                         ", the circuit has " + std::to_string(n_parameters));
    }
    bool is_finite = std::isfinite(in.scale) && std::isfinite(in.shift);
    for (auto const& z : in.matrix) {
        is_finite = is_finite && std::isfinite(z.real()) && std::isfinite(z.imag());
    }
    if (!is_finite) throw DomainError(text + " has a number that is not finite");
}

}  // namespace

Evolution::Evolution(std::uint32_t n_bits, std::vector<Instruction> instructions,
                     std::uint32_t n_parameters)
    : n_bits_(n_bits), instructions_(std::move(instructions)), n_parameters_(n_parameters) {
    if (n_bits_ > kMaxBits) {
        throw TooLargeError("circuit needs a state of " + std::to_string(n_bits_) +
                            " qubits, at most " + std::to_string(kMaxBits) + " can be addressed");
    }
    for (std::size_t k = 0; k < instructions_.size(); ++k) {
        auto const& in = instructions_[k];
        auto const text = "operation " + std::to_string(k);
        if (in.targets.size() != n_targets(in.action, in.targets.size()) ||
            in.targets.size() > kMaxTargets) {
            throw ShapeError(text + " has " + std::to_string(in.targets.size()) + " targets");
        }
        check_bits(text, in, n_bits_);
        check_numbers(text, in, n_parameters_);
    }
}

Evolution evolution_of(Circuit const& circuit) {
    auto const n = circuit.n_qubits();
    if (circuit.n_bits() > Evolution::kMaxBits) {
        throw TooLargeError("circuit needs a state of " + std::to_string(circuit.n_bits()) +
                            " qubits, at most " + std::to_string(Evolution::kMaxBits) +
                            " can be addressed");
    }
    auto const bit = [&](std::uint32_t qubit) { return n - 1 - qubit; };
    auto const matrix = [](GateId id) {
        auto const& m = gate(id).matrix;
        return std::vector<std::complex<double>>(m.begin(), m.end());
    };
    std::vector<Instruction> out;
    auto const n_in = static_cast<std::uint32_t>(circuit.inputs().size());
    for (std::uint32_t k = 0; k < n_in; ++k) {
        auto const copy = n + n_in - 1 - k;
        auto const control = std::uint64_t{1} << copy;
        out.push_back({.targets = {copy}, .matrix = matrix(GateId::H)});
        out.push_back({.targets = {bit(circuit.inputs()[k])},
                       .controls = control,
                       .values = control,
                       .matrix = matrix(GateId::X)});
    }
    for (auto const& op : circuit.operations()) {
        auto const& g = gate(op.gate);
        Instruction in;
        in.action = g.action;
        if (g.action == Action::matrix) in.matrix = matrix(op.gate);
        in.parameter = op.parameter;
        in.scale = op.scale;
        in.shift = op.shift;
        for (std::size_t k = 0; k < g.n_qubits; ++k) {
            if (k < g.n_controls) {
                in.controls |= std::uint64_t{1} << bit(op.qubits[k]);
            } else {
                in.targets.push_back(bit(op.qubits[k]));
            }
        }
        in.values = in.controls;
        out.push_back(std::move(in));
    }
    return {circuit.n_bits(), std::move(out), circuit.n_parameters()};
}

double tensor_factor(Circuit const& circuit) {
    return circuit.factor() * std::pow(2.0, 0.5 * static_cast<double>(circuit.inputs().size()));
}

}  // namespace monoidal::circuit
