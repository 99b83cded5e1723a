#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <stdexcept>

#include "circuit/kernels.hpp"
#include "monoidal/circuit/simulate.hpp"
#include "monoidal/common/error.hpp"
#include "support.hpp"

namespace monoidal::circuit {
namespace {

using tests::Complex;
using tests::Tensor;

constexpr std::array<std::size_t, 4> kLanes{1, 3, 8, 24};
constexpr std::array kIsas{Isa::baseline, Isa::avx2, Isa::avx512};

/// Parameters of some lanes, and where each lane's begin.
struct Parameters {
    std::vector<double> theta;
    std::vector<std::uint32_t> first;
    [[nodiscard]] Lanes lanes() const { return {first.size(), theta, first}; }
    [[nodiscard]] std::vector<double> of(std::size_t lane, std::size_t n) const {
        auto const begin = theta.begin() + first[lane];
        return {begin, begin + static_cast<std::ptrdiff_t>(n)};
    }
};

Parameters draw(tests::Random& random, Circuit const& c, std::size_t lanes) {
    Parameters p;
    for (std::size_t b = 0; b < lanes; ++b) {
        p.first.push_back(static_cast<std::uint32_t>(p.theta.size()));
        for (std::uint32_t k = 0; k < c.n_parameters(); ++k) p.theta.push_back(random.turns());
    }
    return p;
}

struct Result {
    Buffer angles;
    Buffer state;
    Buffer tensor;
};

Result run(Circuit const& c, Lanes const& lanes) {
    Result r{angles(c, lanes), Buffer(2 * lanes.count * c.state_size().value()),
             Buffer(2 * lanes.count * c.tensor_size().value())};
    tests::with_task([&](Task& task) {
        simulate(c, lanes.count, r.angles, r.state, task);
        read_tensor(c, lanes.count, r.state, r.tensor, task);
    });
    return r;
}

Tensor lane(Buffer const& numbers, std::size_t lanes, std::size_t b) {
    Tensor out;
    for (std::size_t e = 0; e < numbers.size() / (2 * lanes); ++e) {
        out.emplace_back(numbers[2 * lanes * e + b], numbers[2 * lanes * e + lanes + b]);
    }
    return out;
}

/// Gradient of L = Re sum conj(w) tensor, w the same for all lanes.
std::vector<double> gradient(Circuit const& c, Parameters const& p, Tensor const& w) {
    auto const lanes = p.lanes();
    auto r = run(c, lanes);
    Buffer adjoint(r.tensor.size());
    for (std::size_t e = 0; e < w.size(); ++e) {
        for (std::size_t b = 0; b < lanes.count; ++b) {
            adjoint[2 * lanes.count * e + b] = w[e].real();
            adjoint[2 * lanes.count * e + lanes.count + b] = w[e].imag();
        }
    }
    Buffer scratch(r.state.size(), std::nan(""));
    std::vector<double> out(p.theta.size(), 0.0);
    tests::with_task([&](Task& task) {
        simulate_adjoint(c, lanes, lanes.count, r.angles, r.state, adjoint, scratch, out, task);
    });
    return out;
}

double loss(Circuit const& c, std::vector<double> const& theta, Tensor const& w) {
    auto const out = tests::dense(c, theta);
    double sum = 0.0;
    for (std::size_t e = 0; e < w.size(); ++e) sum += (std::conj(w[e]) * out[e]).real();
    return sum;
}

void check_gradient(Circuit const& c, tests::Random& random, std::size_t lanes) {
    auto const p = draw(random, c, lanes);
    auto const w = random.tensor(c.tensor_size().value());
    auto const found = gradient(c, p, w);
    for (std::size_t b = 0; b < lanes; ++b) {
        auto theta = p.of(b, c.n_parameters());
        for (std::size_t k = 0; k < theta.size(); ++k) {
            double const h = 1e-5;
            auto const at = [&](double step) {
                auto moved = theta;
                moved[k] += step;
                return loss(c, moved, w);
            };
            // Fourth order, so that scales of several turns leave less than the tolerance.
            double const expected = (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h);
            CHECK(std::abs(found[p.first[b] + k] - expected) < 1e-7);
        }
    }
}

}  // namespace

TEST_CASE("simulate: equals products of whole matrices for circuits of every gate") {
    tests::Random random(11);
    for (int round = 0; round < 60; ++round) {
        auto const c =
            tests::random_circuit(random, static_cast<std::uint32_t>(random.below(5)) + 1, 12, 3);
        auto const lanes = kLanes[static_cast<std::size_t>(round) % kLanes.size()];
        auto const p = draw(random, c, lanes);
        auto const r = run(c, p.lanes());
        for (std::size_t b = 0; b < lanes; ++b) {
            CHECK(tests::distance(lane(r.tensor, lanes, b), tests::dense(c, p.of(b, 3))) < 1e-13);
        }
    }
}

TEST_CASE("simulate: every gate on every pair of qubits, as an operator") {
    tests::Random random(12);
    for (auto const& gate : kGates) {
        for (std::uint32_t a = 0; a < 3; ++a) {
            for (std::uint32_t b = 0; b < 3; ++b) {
                if (a == b) continue;
                Circuit const c(3, {{gate.id, {a, b}, gate.has_parameter() ? 0 : -1}}, {0, 1, 2},
                                {0, 1, 2}, 1, 1.0);
                auto const p = draw(random, c, 1);
                CHECK(tests::distance(lane(run(c, p.lanes()).tensor, 1, 0),
                                      tests::dense(c, p.theta)) < 1e-15);
            }
        }
    }
}

TEST_CASE("simulate: no qubits is the scalar that the factor gives") {
    Circuit const c(0, {}, {}, {}, 0, 0.25);
    std::vector<std::uint32_t> const first{0};
    CHECK(lane(run(c, {1, {}, first}).tensor, 1, 0) == Tensor{0.25});
}

TEST_CASE("simulate_adjoint: equals finite differences for every gate with a parameter") {
    tests::Random random(13);
    for (auto const& gate : kGates) {
        if (!gate.has_parameter()) continue;
        Circuit const once(2, {{GateId::H, {0, 0}}, {GateId::H, {1, 0}}, {gate.id, {0, 1}, 0}}, {},
                           {0, 1}, 1, 1.0);
        check_gradient(once, random, 1);
        Circuit const scaled(2, {{GateId::H, {0, 0}}, {gate.id, {1, 0}, 0, -2.5, 0.3}}, {0}, {1}, 1,
                             0.7);
        check_gradient(scaled, random, 3);
        Circuit const repeated(
            2, {{gate.id, {0, 1}, 0}, {GateId::H, {1, 0}}, {gate.id, {1, 0}, 0, 0.5}}, {1}, {0}, 1,
            1.0);
        check_gradient(repeated, random, 8);
    }
}

TEST_CASE(
    "simulate_adjoint: equals finite differences with repeated and scaled parameters, inputs "
    "and post-selection") {
    tests::Random random(14);
    for (int round = 0; round < 40; ++round) {
        auto const c =
            tests::random_circuit(random, static_cast<std::uint32_t>(random.below(4)) + 1, 15, 3);
        check_gradient(c, random, round % 4 == 3 ? 8 : 1);
    }
}

TEST_CASE("simulate_adjoint: adds to the gradient, and leaves lanes that pad out of it") {
    Circuit const c(1, {{GateId::Rx, {0, 0}, 0}}, {}, {0}, 1, 1.0);
    std::vector<double> const theta{0.1};
    std::vector<std::uint32_t> const first(8, 0);
    Lanes const lanes{8, theta, first};
    auto r = run(c, lanes);
    Buffer adjoint(r.tensor.size(), 0.0);
    std::fill_n(adjoint.begin(), 8, 1.0);
    Buffer scratch(r.state.size());
    std::vector<double> out{5.0};
    tests::with_task([&](Task& task) {
        simulate_adjoint(c, lanes, 1, r.angles, r.state, adjoint, scratch, out, task);
    });
    CHECK(out[0] == doctest::Approx(5.0 - 3.14159265358979 * std::sin(0.1 * 3.14159265358979)));
}

TEST_CASE("angles: not finite is refused, huge and subnormal ones are reduced without loss") {
    Circuit const c(1, {{GateId::Rz, {0, 0}, 0, 1e10}}, {}, {0}, 1, 1.0);
    std::vector<std::uint32_t> const first{0};
    auto const at = [&](double value) {
        std::vector<double> const theta{value};
        return angles(c, {1, theta, first});
    };
    CHECK_THROWS_WITH_AS(at(1e300), "angle of operation 0 is not finite", DomainError);
    CHECK_THROWS_AS(at(std::numeric_limits<double>::quiet_NaN()), DomainError);
    CHECK(std::abs(at(1e290)[0]) <= 1.0);
    CHECK(at(5e-324)[0] == 1.0);
    Circuit const plain(1, {{GateId::Rz, {0, 0}, 0}}, {}, {0}, 1, 1.0);
    std::vector<double> const big{1e308};
    std::vector<double> const small{std::remainder(1e308, 2.0)};
    CHECK(angles(plain, {1, big, first}) == angles(plain, {1, small, first}));
}

TEST_CASE("simulate: buffers of a wrong length are refused") {
    Circuit const c(2, {{GateId::H, {0, 0}}}, {0}, {1}, 0, 1.0);
    std::vector<std::uint32_t> const first{0};
    auto const a = angles(c, {1, {}, first});
    Buffer state(2 * c.state_size().value());
    Buffer tensor(2 * c.tensor_size().value());
    std::span<double> const shorter = std::span(state).first(state.size() - 1);
    tests::with_task([&](Task& task) {
        CHECK_THROWS_AS(simulate(c, 1, a, shorter, task), ShapeError);
        CHECK_THROWS_AS(simulate(c, 2, a, state, task), ShapeError);
        CHECK_THROWS_AS(read_tensor(c, 1, state, std::span(tensor).first(1), task), ShapeError);
    });
}

TEST_CASE("simulate: a poll is heard between the pieces of a large state") {
    Circuit const c(20, std::vector<Operation>(50, {GateId::Swap, {0, 19}}), {}, {}, 0, 1.0);
    std::vector<std::uint32_t> const first{0};
    auto const a = angles(c, {1, {}, first});
    Buffer state(2 * c.state_size().value());
    int n_polls = 0;
    Poll const poll = [&] {
        if (++n_polls == 3) throw std::runtime_error("interrupted");
    };
    CHECK_THROWS_AS(ThreadPool::run_alone(
                        1, poll, [&](std::size_t, Task& task) { simulate(c, 1, a, state, task); }),
                    std::runtime_error);
}

TEST_CASE("kernels: every instruction set computes the same numbers, bit for bit") {
    tests::Random random(15);
    for (auto const lanes : kLanes) {
        constexpr std::size_t kSize = 16;  // four qubits
        Buffer state(2 * lanes * kSize), adjoint(state.size()), c(lanes), s(lanes);
        for (auto* const b : {&state, &adjoint, &c, &s}) {
            for (auto& value : *b) value = random.real();
        }
        double const m[8] = {0.1, 0.2, 0.3, -0.4, 0.5, 0.6, -0.7, 0.8};
        for (Pairs const p : {Pairs{0, 8, 1, 0, lanes}, Pairs{0, 8, 4, 0, lanes},
                              Pairs{2, 7, 2, 8, lanes}, Pairs{0, 8, 8, 1, lanes}}) {
            std::vector<Buffer> expected;
            for (auto const isa : kIsas) {
                if (isa > best_isa()) continue;
                auto const& k = gate_kernels(isa);
                std::vector<Buffer> found;
                auto const apply = [&](auto const& run_kernel) {
                    auto copy = state;
                    run_kernel(copy.data());
                    found.push_back(copy);
                };
                apply([&](double* z) { k.hadamard(p, z); });
                apply([&](double* z) { k.matrix(p, m, z); });
                apply([&](double* z) { k.rotate_x(p, c.data(), s.data(), z); });
                apply([&](double* z) { k.rotate_y(p, c.data(), s.data(), z); });
                apply([&](double* z) { k.rotate_z(p, c.data(), s.data(), z); });
                apply([&](double* z) { k.phase(p, c.data(), s.data(), z); });
                for (auto const overlap :
                     {k.overlap_x, k.overlap_y, k.overlap_z, k.overlap_phase}) {
                    Buffer sum(lanes, 0.0);
                    overlap(p, state.data(), adjoint.data(), sum.data());
                    found.push_back(sum);
                }
                if (expected.empty()) expected = found;
                for (std::size_t f = 0; f < found.size(); ++f) {
                    CHECK(std::memcmp(expected[f].data(), found[f].data(), 8 * found[f].size()) ==
                          0);
                }
            }
        }
    }
}

}  // namespace monoidal::circuit
