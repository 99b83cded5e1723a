#pragma once
// Slow, obvious versions of what the core computes, for its tests to be compared with.

#include <complex>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "monoidal/circuit/circuit.hpp"
#include "monoidal/common/aligned.hpp"
#include "monoidal/common/parallel.hpp"
#include "monoidal/diagram/diagram.hpp"
#include "monoidal/tensor/contract.hpp"
#include "monoidal/tensor/network.hpp"
#include "monoidal/tensor/plan.hpp"

namespace monoidal::tests {

using Complex = std::complex<double>;
using Tensor = std::vector<Complex>;

/// Numbers from a fixed seed.
class Random {
public:
    explicit Random(std::uint64_t seed) : engine_(seed) {}

    double real() { return std::normal_distribution<>()(engine_); }
    Complex complex() {
        double const re = real();
        return {re, real()};
    }
    double turns() { return std::uniform_real_distribution<>(-1.0, 1.0)(engine_); }
    /// 0 to end - 1.
    std::size_t below(std::size_t end) {
        return std::uniform_int_distribution<std::size_t>(0, end - 1)(engine_);
    }
    Tensor tensor(std::size_t size) {
        Tensor out(size);
        for (auto& value : out) value = complex();
        return out;
    }

private:
    std::mt19937_64 engine_;
};

/// Runs `body(task)` on this thread.
template <class Body>
void with_task(Body body) {
    ThreadPool::run_alone(1, {}, [&](std::size_t, Task& task) { body(task); });
}

inline std::size_t product(std::vector<std::uint32_t> const& axes,
                           std::vector<std::uint64_t> const& dimension) {
    std::size_t size = 1;
    for (auto const axis : axes) size *= dimension[axis];
    return size;
}

/// Row-major place of an element, given a value for every index.
inline std::size_t place(std::vector<std::uint32_t> const& axes,
                         std::vector<std::uint64_t> const& dimension,
                         std::vector<std::size_t> const& values) {
    std::size_t at = 0;
    for (auto const axis : axes) at = at * dimension[axis] + values[axis];
    return at;
}

/// Steps through all values of the indices that stand somewhere; false after the last.
inline bool next(std::vector<std::size_t>& values, tensor::Network const& net) {
    std::vector<bool> stands(values.size(), false);
    for (auto const& axes : net.operands) {
        for (auto const axis : axes) stands[axis] = true;
    }
    for (auto const axis : net.output) stands[axis] = true;
    for (std::size_t k = values.size(); k-- > 0;) {
        if (stands[k] && ++values[k] < net.dimension[k]) return true;
        values[k] = 0;
    }
    return false;
}

/// The sum over all indices of the product of all operands, copy tensors written out.
inline Tensor naive(tensor::Network const& net, std::vector<Tensor> const& given) {
    Tensor out(product(net.output, net.dimension), 0.0);
    std::vector<std::size_t> values(net.dimension.size(), 0);
    do {
        Complex term = net.scale;
        for (std::size_t k = 0; k < net.operands.size(); ++k) {
            auto const& axes = net.operands[k];
            if (k < net.n_given) {
                term *= given[k][place(axes, net.dimension, values)];
                continue;
            }
            for (auto const axis : axes) {
                if (values[axis] != values[axes.front()]) term = 0.0;
            }
        }
        out[place(net.output, net.dimension, values)] += term;
    } while (next(values, net));
    return out;
}

/// Operands laid out for `contract`: lane b holds given[b].
inline Buffer laid_out(tensor::Plan const& plan, std::vector<std::vector<Tensor>> const& given) {
    auto const lanes = given.size();
    Buffer tensors(2 * lanes * plan.begin.back(), std::nan(""));
    for (std::size_t b = 0; b < lanes; ++b) {
        for (std::size_t k = 0; k < plan.n_given() && k < given[b].size(); ++k) {
            for (std::size_t e = 0; e < given[b][k].size(); ++e) {
                auto const at = 2 * lanes * (plan.begin[k] + e) + b;
                tensors[at] = given[b][k][e].real();
                tensors[at + lanes] = given[b][k][e].imag();
            }
        }
    }
    return tensors;
}

/// Lane `b` of tensor number `k`.
inline Tensor lane_of(tensor::Plan const& plan, std::span<double const> tensors, std::size_t lanes,
                      std::size_t k, std::size_t b) {
    Tensor out;
    for (auto e = plan.begin[k]; e < plan.begin[k + 1]; ++e) {
        out.emplace_back(tensors[2 * lanes * e + b], tensors[2 * lanes * e + lanes + b]);
    }
    return out;
}

inline double distance(Tensor const& a, Tensor const& b) {
    if (a.size() != b.size()) return INFINITY;
    double worst = 0.0;
    for (std::size_t k = 0; k < a.size(); ++k) {
        // Not std::max, which would drop a NaN.
        if (double const d = std::abs(a[k] - b[k]); !(d <= worst)) worst = d;
    }
    return worst;
}

/// A network with hyper-indices, traces, sums over one tensor's own index, and open indices.
inline tensor::Network random_network(Random& random, std::size_t n_operands,
                                      std::size_t n_indices) {
    tensor::Network net;
    for (std::size_t k = 0; k < n_indices; ++k) net.dimension.push_back(1 + random.below(3));
    std::vector<bool> used(n_indices, false);
    for (std::size_t k = 0; k < n_operands; ++k) {
        std::vector<std::uint32_t> axes;
        for (auto n = random.below(4); n > 0; --n) {
            axes.push_back(static_cast<std::uint32_t>(random.below(n_indices)));
            used[axes.back()] = true;
        }
        net.operands.push_back(axes);
    }
    for (std::uint32_t k = 0; k < n_indices; ++k) {
        if (!used[k]) {
            net.dimension[k] = 1;  // its sum is no factor
        } else if (random.below(3) == 0) {
            net.output.push_back(k);
        }
    }
    net.n_given = n_operands;
    return net;
}

inline std::vector<Tensor> random_operands(Random& random, tensor::Network const& net) {
    std::vector<Tensor> out;
    for (std::size_t k = 0; k < net.n_given; ++k) {
        out.push_back(random.tensor(product(net.operands[k], net.dimension)));
    }
    return out;
}

/// The 2 x 2 matrix that a gate applies to its last qubit, and for Swap none.
inline circuit::Matrix2 matrix_of(circuit::Gate const& gate, double turns) {
    double const a = 3.14159265358979323846 * turns;
    Complex const i(0.0, 1.0);
    switch (gate.action) {
        case circuit::Action::rotate_x:
            return {std::cos(a), -i * std::sin(a), -i * std::sin(a), std::cos(a)};
        case circuit::Action::rotate_y:
            return {std::cos(a), -std::sin(a), std::sin(a), std::cos(a)};
        case circuit::Action::rotate_z: return {std::exp(-i * a), 0.0, 0.0, std::exp(i * a)};
        case circuit::Action::phase: return {1.0, 0.0, 0.0, std::exp(2.0 * i * a)};
        case circuit::Action::matrix: return gate.matrix;
        case circuit::Action::swap: break;
    }
    return {};
}

inline std::size_t bit_of(std::size_t number, std::size_t qubit, std::size_t n) {
    return number >> (n - 1 - qubit) & 1;
}

/// The entry of an operation's whole matrix on n qubits.
inline Complex entry(circuit::Operation const& op, double turns, std::size_t n, std::size_t row,
                     std::size_t column) {
    auto const& gate = circuit::gate(op.gate);
    for (std::size_t q = 0; q < n; ++q) {
        bool const is_acted_on = q == op.qubits[0] || (gate.n_qubits == 2 && q == op.qubits[1]);
        if (!is_acted_on && bit_of(row, q, n) != bit_of(column, q, n)) return 0.0;
    }
    auto const first_in = bit_of(column, op.qubits[0], n);
    auto const first_out = bit_of(row, op.qubits[0], n);
    auto const last = op.qubits[gate.n_qubits - 1];
    auto const in = bit_of(column, last, n);
    auto const out = bit_of(row, last, n);
    if (gate.action == circuit::Action::swap) return first_in == out && in == first_out ? 1.0 : 0.0;
    if (gate.n_controls == 1) {
        if (first_in != first_out) return 0.0;
        if (first_in == 0) return in == out ? 1.0 : 0.0;
    }
    return matrix_of(gate, turns)[2 * out + in];
}

/// The tensor of a circuit, axes inputs then outputs, by products of whole matrices.
inline Tensor dense(circuit::Circuit const& c, std::vector<double> const& theta) {
    std::size_t const n = c.n_qubits();
    std::size_t const size = std::size_t{1} << n;
    std::size_t const n_in = c.inputs().size();
    std::size_t const n_out = c.outputs().size();
    Tensor out;
    for (std::size_t in = 0; in < (std::size_t{1} << n_in); ++in) {
        std::size_t start = 0;
        for (std::size_t k = 0; k < n_in; ++k) {
            start |= bit_of(in, k, n_in) << (n - 1 - c.inputs()[k]);
        }
        Tensor state(size, 0.0);
        state[start] = c.factor();
        for (auto const& op : c.operations()) {
            double const turns =
                op.shift +
                (op.parameter < 0 ? 0.0 : op.scale * theta[static_cast<std::size_t>(op.parameter)]);
            Tensor after(size, 0.0);
            for (std::size_t row = 0; row < size; ++row) {
                for (std::size_t col = 0; col < size; ++col) {
                    after[row] += entry(op, turns, n, row, col) * state[col];
                }
            }
            state = after;
        }
        for (std::size_t k = 0; k < (std::size_t{1} << n_out); ++k) {
            std::size_t end = 0;
            for (std::size_t j = 0; j < n_out; ++j) {
                end |= bit_of(k, j, n_out) << (n - 1 - c.outputs()[j]);
            }
            out.push_back(state[end]);
        }
    }
    return out;
}

/// A circuit of `n_gates` gates drawn from the whole table, each parameter used several times.
inline circuit::Circuit random_circuit(Random& random, std::uint32_t n_qubits, std::size_t n_gates,
                                       std::uint32_t n_parameters) {
    std::vector<circuit::Operation> operations;
    while (operations.size() < n_gates) {
        auto const& gate = circuit::kGates[random.below(circuit::kGates.size())];
        if (gate.n_qubits > n_qubits) continue;
        circuit::Operation op;
        op.gate = gate.id;
        op.qubits[0] = static_cast<std::uint32_t>(random.below(n_qubits));
        if (gate.n_qubits == 2) {
            do {
                op.qubits[1] = static_cast<std::uint32_t>(random.below(n_qubits));
            } while (op.qubits[1] == op.qubits[0]);
        }
        if (gate.has_parameter()) {
            op.shift = random.turns();
            if (n_parameters > 0 && random.below(4) != 0) {
                op.parameter = static_cast<std::int32_t>(random.below(n_parameters));
                op.scale = random.real();
            }
        }
        operations.push_back(op);
    }
    std::vector<std::uint32_t> inputs;
    std::vector<std::uint32_t> outputs;
    for (std::uint32_t q = 0; q < n_qubits; ++q) {
        if (random.below(3) == 0) inputs.push_back(q);
        if (random.below(2) == 0) outputs.insert(outputs.begin(), q);
    }
    return {n_qubits, operations, inputs, outputs, n_parameters, 1.0 + random.turns() / 2};
}

}  // namespace monoidal::tests
