#include <doctest/doctest.h>

#include <cmath>
#include <numbers>
#include <set>

#include "monoidal/circuit/gate.hpp"
#include "support.hpp"

namespace monoidal::circuit {
namespace {

using tests::Complex;

/// The whole matrix of a gate on its own qubits.
std::vector<std::vector<Complex>> matrix(Gate const& gate, double turns) {
    std::size_t const n = gate.n_qubits;
    Operation op{gate.id, {0, 1}};
    std::vector<std::vector<Complex>> out(std::size_t{1} << n);
    for (std::size_t row = 0; row < out.size(); ++row) {
        for (std::size_t col = 0; col < out.size(); ++col) {
            out[row].push_back(tests::entry(op, turns, n, row, col));
        }
    }
    return out;
}

/// |<a| gate |b>|^2 as a function of the angle.
double probability(Gate const& gate, double turns, tests::Tensor const& a, tests::Tensor const& b) {
    auto const m = matrix(gate, turns);
    Complex sum = 0.0;
    for (std::size_t r = 0; r < m.size(); ++r) {
        for (std::size_t c = 0; c < m.size(); ++c) sum += std::conj(a[r]) * m[r][c] * b[c];
    }
    return std::norm(sum);
}

}  // namespace

TEST_CASE("kGates: numbered as the enumeration, with names of their own that are found") {
    std::set<std::string_view> names;
    for (std::size_t k = 0; k < kGates.size(); ++k) {
        CHECK(static_cast<std::size_t>(kGates[k].id) == k);
        CHECK(gate(kGates[k].id).name == kGates[k].name);
        CHECK(find_gate(kGates[k].name) == kGates[k].id);
        names.insert(kGates[k].name);
    }
    CHECK(names.size() == kGates.size());
    CHECK_FALSE(find_gate("").has_value());
    CHECK_FALSE(find_gate("cx").has_value());
}

TEST_CASE("kGates: every gate is unitary at any angle") {
    for (auto const& gate : kGates) {
        CHECK(gate.n_qubits >= 1);
        CHECK(gate.n_qubits <= 2);
        CHECK(gate.n_controls < gate.n_qubits);
        for (double const turns : {0.0, 0.1, 0.5, -1.3}) {
            auto const m = matrix(gate, turns);
            for (std::size_t r = 0; r < m.size(); ++r) {
                for (std::size_t c = 0; c < m.size(); ++c) {
                    Complex sum = 0.0;
                    for (std::size_t k = 0; k < m.size(); ++k) sum += m[r][k] * std::conj(m[c][k]);
                    CHECK(std::abs(sum - (r == c ? 1.0 : 0.0)) < 1e-15);
                }
            }
        }
    }
}

TEST_CASE("kGates: S, T and their daggers are the powers of Z that they are named for") {
    auto const square = [](Matrix2 const& m) { return m[3] * m[3]; };
    CHECK(std::abs(square(gate(GateId::S).matrix) + 1.0) < 1e-15);
    CHECK(std::abs(square(gate(GateId::T).matrix) - gate(GateId::S).matrix[3]) < 1e-15);
    CHECK(std::abs(gate(GateId::T).matrix[3] * gate(GateId::Tdg).matrix[3] - 1.0) < 1e-15);
    CHECK(std::abs(gate(GateId::S).matrix[3] * gate(GateId::Sdg).matrix[3] - 1.0) < 1e-15);
}

TEST_CASE(
    "kGates: the shift rule of so many terms is exact, and two terms fail where four are named") {
    tests::Random random(10);
    double const pi = std::numbers::pi;
    double const root = std::sqrt(2.0);
    for (auto const& gate : kGates) {
        CHECK(gate.has_parameter() == (gate.n_shift_terms > 0));
        if (!gate.has_parameter()) continue;
        double worst_two = 0.0;
        double worst_named = 0.0;
        for (int round = 0; round < 20; ++round) {
            auto const a = random.tensor(std::size_t{1} << gate.n_qubits);
            auto const b = random.tensor(std::size_t{1} << gate.n_qubits);
            double const p = random.turns();
            auto const f = [&](double turns) { return probability(gate, turns, a, b); };
            auto const shifted = [&](double by) { return f(p + by) - f(p - by); };
            double const two = pi * shifted(0.25);
            double const four = pi * (root + 1) / (2 * root) * shifted(0.25) -
                                pi * (root - 1) / (2 * root) * shifted(0.75);
            double const exact =
                (8 * (f(p + 1e-3) - f(p - 1e-3)) - (f(p + 2e-3) - f(p - 2e-3))) / 12e-3;
            worst_two = std::max(worst_two, std::abs(two - exact));
            worst_named =
                std::max(worst_named, std::abs((gate.n_shift_terms == 2 ? two : four) - exact));
        }
        CHECK(worst_named < 1e-6);
        CHECK((worst_two < 1e-6) == (gate.n_shift_terms == 2));
    }
}

}  // namespace monoidal::circuit
