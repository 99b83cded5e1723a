#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <map>
#include <numbers>
#include <stdexcept>

#include "circuit/gates.hpp"
#include "monoidal/circuit/state_vector.hpp"
#include "monoidal/common/error.hpp"
#include "monoidal/common/random.hpp"
#include "support.hpp"

namespace monoidal::circuit {
namespace {

using tests::Complex;
using tests::Tensor;

constexpr std::array kIsas{Isa::baseline, Isa::avx2, Isa::avx512};

ThreadPool& one_thread() {
    static ThreadPool pool(1);
    return pool;
}
Poll const kNoPoll;
Workers alone() { return {one_thread(), kNoPoll}; }

std::vector<Complex> matrix_of(Instruction const& in, std::vector<double> const& theta) {
    double const turns =
        in.shift +
        (in.parameter < 0 ? 0.0 : in.scale * theta[static_cast<std::size_t>(in.parameter)]);
    auto const half = std::polar(1.0, std::numbers::pi * turns);
    double const c = half.real();
    double const s = half.imag();
    switch (in.action) {
        case Action::matrix: return in.matrix;
        case Action::rotate_x: return {c, {0, -s}, {0, -s}, c};
        case Action::rotate_y: return {c, -s, s, c};
        case Action::rotate_z: return {std::conj(half), 0, 0, half};
        case Action::phase: return {1, 0, 0, half * half};
        case Action::swap: break;
    }
    Tensor swap(16, 0.0);
    swap[0] = swap[6] = swap[9] = swap[15] = 1.0;
    return swap;
}

/// One instruction, amplitude by amplitude.
Tensor slow_step(Instruction const& in, std::vector<double> const& theta, Tensor const& state) {
    auto const m = matrix_of(in, theta);
    auto const n_rows = std::size_t{1} << in.targets.size();
    Tensor out(state.size(), 0.0);
    for (std::size_t i = 0; i < state.size(); ++i) {
        if ((i & in.controls) != in.values) {
            out[i] += state[i];
            continue;
        }
        std::size_t column = 0;
        std::size_t rest = i;
        for (auto const bit : in.targets) {
            column = column << 1 | (i >> bit & 1);
            rest &= ~(std::size_t{1} << bit);
        }
        for (std::size_t row = 0; row < n_rows; ++row) {
            auto to = rest;
            for (std::size_t k = 0; k < in.targets.size(); ++k) {
                to |= (row >> (in.targets.size() - 1 - k) & 1) << in.targets[k];
            }
            out[to] += m[row * n_rows + column] * state[i];
        }
    }
    return out;
}

Tensor slow(Evolution const& e, std::vector<double> const& theta) {
    Tensor state(std::size_t{1} << e.n_bits(), 0.0);
    state[0] = 1.0;
    for (auto const& in : e.instructions()) state = slow_step(in, theta, state);
    return state;
}

/// A unitary matrix: the identity mixed by rotations of two rows at a time.
std::vector<Complex> unitary(tests::Random& random, std::size_t n) {
    std::vector<Complex> m(n * n, 0.0);
    for (std::size_t k = 0; k < n; ++k) m[k * n + k] = std::polar(1.0, random.turns() * 3);
    for (std::size_t a = 0; a < n; ++a) {
        for (std::size_t b = 0; b < a; ++b) {
            double const t = random.turns() * 3;
            for (std::size_t k = 0; k < n; ++k) {
                auto const x = m[a * n + k];
                auto const y = m[b * n + k];
                m[a * n + k] = std::cos(t) * x - std::sin(t) * y;
                m[b * n + k] = std::sin(t) * x + std::cos(t) * y;
            }
        }
    }
    return m;
}

Instruction random_instruction(tests::Random& random, std::uint32_t n_bits,
                               std::uint32_t n_parameters) {
    std::vector<std::uint32_t> bits(n_bits);
    for (std::uint32_t k = 0; k < n_bits; ++k) bits[k] = k;
    for (std::uint32_t k = n_bits; k > 1; --k) std::swap(bits[k - 1], bits[random.below(k)]);
    Instruction in;
    in.action = static_cast<Action>(random.below(6));
    if (in.action == Action::swap && n_bits < 2) in.action = Action::rotate_y;
    auto const most = std::min<std::size_t>(n_bits, 3);
    std::size_t const n_targets = in.action == Action::swap     ? 2
                                  : in.action == Action::matrix ? 1 + random.below(most)
                                                                : 1;
    in.targets.assign(bits.begin(), bits.begin() + static_cast<std::ptrdiff_t>(n_targets));
    for (std::size_t k = n_targets; k < n_bits && random.below(2) == 0; ++k) {
        in.controls |= std::uint64_t{1} << bits[k];
        if (random.below(3) != 0) in.values |= std::uint64_t{1} << bits[k];
    }
    if (in.action == Action::matrix) in.matrix = unitary(random, std::size_t{1} << n_targets);
    in.shift = random.turns();
    if (in.action != Action::matrix && in.action != Action::swap && random.below(4) != 0) {
        in.parameter = static_cast<std::int32_t>(random.below(n_parameters));
        in.scale = random.real();
    }
    return in;
}

Evolution random_evolution(tests::Random& random, std::uint32_t n_bits, std::size_t n_gates,
                           std::uint32_t n_parameters) {
    std::vector<Instruction> made;
    while (n_bits > 0 && made.size() < n_gates) {
        made.push_back(random_instruction(random, n_bits, n_parameters));
    }
    return {n_bits, made, n_parameters};
}

std::vector<double> random_theta(tests::Random& random, std::size_t n) {
    std::vector<double> out(n);
    for (auto& value : out) value = random.turns();
    return out;
}

template <class T>
Tensor amplitudes(StateVector<T> const& state) {
    Tensor out;
    for (std::size_t i = 0; i < state.size(); ++i) out.emplace_back(state.re()[i], state.im()[i]);
    return out;
}

template <class T>
Tensor run(Evolution const& e, std::vector<double> const& theta, Workers workers = alone()) {
    StateVector<T> state(e.n_bits(), workers);
    evolve(e, theta, state, workers);
    return amplitudes(state);
}

std::vector<PauliWord> random_words(tests::Random& random, std::uint32_t n_bits, std::size_t n) {
    std::vector<PauliWord> out;
    std::uint64_t const size = std::uint64_t{1} << n_bits;
    while (out.size() < n) out.push_back({random.below(size), random.below(size), random.real()});
    return out;
}

double slow_expectation(Tensor const& state, std::vector<PauliWord> const& words) {
    Complex sum = 0.0;
    for (auto const& w : words) {
        for (std::size_t i = 0; i < state.size(); ++i) {
            Complex factor = w.factor;
            for (int k = std::popcount(w.x & w.z); k > 0; --k) factor *= Complex(0, 1);
            if (std::popcount(i & w.z) % 2 == 1) factor = -factor;
            sum += std::conj(state[i ^ w.x]) * factor * state[i];
        }
    }
    return sum.real();
}

template <class T>
std::vector<double> gradient(Evolution const& e, std::vector<double> const& theta,
                             std::vector<PauliWord> const& words, Workers workers) {
    StateVector<T> state(e.n_bits(), workers);
    evolve(e, theta, state, workers);
    StateVector<T> adjoint(e.n_bits(), workers);
    apply(state, std::span<PauliWord const>(words), adjoint, workers);
    std::vector<double> out(theta.size(), 0.0);
    pull_back(e, theta, 0, state, adjoint, out, workers);
    return out;
}

}  // namespace

TEST_CASE("evolve: equals amplitude by amplitude, for every kind of gate and number of bits") {
    tests::Random random(21);
    for (int round = 0; round < 80; ++round) {
        auto const n = static_cast<std::uint32_t>(random.below(8));
        auto const e = random_evolution(random, n, 12, 3);
        auto const theta = random_theta(random, 3);
        auto const expected = slow(e, theta);
        CHECK(tests::distance(run<double>(e, theta), expected) < 1e-13);
        CHECK(tests::distance(run<float>(e, theta), expected) < 1e-5);
    }
}

TEST_CASE("evolve: equals amplitude by amplitude where the state is many blocks") {
    tests::Random random(22);
    for (std::uint32_t const n : {14U, 16U}) {
        auto const e = random_evolution(random, n, 40, 5);
        auto const theta = random_theta(random, 5);
        auto const expected = slow(e, theta);
        CHECK(tests::distance(run<double>(e, theta), expected) < 1e-13);
        CHECK(tests::distance(run<float>(e, theta), expected) < 1e-5);
    }
}

TEST_CASE("evolve, pull_back, expectation: bit-equal for any number of threads") {
    tests::Random random(23);
    auto const e = random_evolution(random, 15, 40, 5);
    auto const theta = random_theta(random, 5);
    auto const words = random_words(random, 15, 4);
    ThreadPool three(3);
    Workers const many{three, kNoPoll};
    CHECK(run<double>(e, theta) == run<double>(e, theta, many));
    CHECK(gradient<double>(e, theta, words, alone()) == gradient<double>(e, theta, words, many));
    StateVector<double> state(15, alone());
    evolve(e, theta, state, alone());
    std::span<PauliWord const> const seen(words);
    CHECK(expectation(state, seen, alone()) == expectation(state, seen, many));
    std::vector<std::uint32_t> const bits{3, 14, 0};
    std::vector<double> p(8);
    std::vector<double> q(8);
    probabilities(state, std::span<std::uint32_t const>(bits), p, alone());
    probabilities(state, std::span<std::uint32_t const>(bits), q, many);
    CHECK(p == q);
    std::vector<std::uint64_t> shots(1000);
    std::vector<std::uint64_t> again(1000);
    sample(state, 7, shots, alone());
    sample(state, 7, again, many);
    CHECK(shots == again);
}

TEST_CASE("expectation: equals the sum over amplitudes for words of X, Y and Z") {
    tests::Random random(24);
    for (int round = 0; round < 40; ++round) {
        auto const n = static_cast<std::uint32_t>(random.below(9));
        auto const e = random_evolution(random, n, 10, 2);
        auto const theta = random_theta(random, 2);
        auto const words = random_words(random, n, 1 + random.below(4));
        StateVector<double> state(n, alone());
        evolve(e, theta, state, alone());
        double const found = expectation(state, std::span<PauliWord const>(words), alone());
        CHECK(std::abs(found - slow_expectation(slow(e, theta), words)) < 1e-13);
        CHECK(std::abs(squared_norm(state, alone()) - 1.0) < 1e-13);
    }
}

TEST_CASE("pull_back: equals differences of the expectation for every kind of gate") {
    tests::Random random(25);
    for (int round = 0; round < 40; ++round) {
        auto const n = static_cast<std::uint32_t>(random.below(6)) + 1;
        auto const e = random_evolution(random, n, 14, 3);
        auto const theta = random_theta(random, 3);
        auto const words = random_words(random, n, 3);
        auto const found = gradient<double>(e, theta, words, alone());
        auto const single = gradient<float>(e, theta, words, alone());
        for (std::size_t k = 0; k < theta.size(); ++k) {
            auto const at = [&](double step) {
                auto moved = theta;
                moved[k] += step;
                return slow_expectation(slow(e, moved), words);
            };
            double const h = 1e-4;
            double const expected = (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h);
            CHECK(std::abs(found[k] - expected) < 1e-8);
            CHECK(std::abs(single[k] - expected) < 1e-3);
        }
    }
}

TEST_CASE(
    "pull_back: of many blocks equals that of a few, and returns the state to its beginning") {
    tests::Random random(26);
    auto const e = random_evolution(random, 14, 60, 4);
    auto const theta = random_theta(random, 4);
    auto const words = random_words(random, 14, 2);
    auto const found = gradient<double>(e, theta, words, alone());
    for (std::size_t k = 0; k < theta.size(); ++k) {
        auto const at = [&](double step) {
            auto moved = theta;
            moved[k] += step;
            StateVector<double> state(14, alone());
            evolve(e, moved, state, alone());
            return expectation(state, std::span<PauliWord const>(words), alone());
        };
        double const h = 1e-4;
        double const expected = (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h);
        CHECK(std::abs(found[k] - expected) < 1e-8);
    }
}

TEST_CASE("pull_back: refuses to undo what is not unitary") {
    Instruction half;
    half.targets = {0};
    half.matrix = {0.5, 0, 0, 0.5};
    Instruction turn;
    turn.action = Action::rotate_x;
    turn.targets = {0};
    turn.parameter = 0;
    std::vector<double> const theta{0.1};
    CHECK_THROWS_AS(gradient<double>({1, {turn, half}, 1}, theta, {{0, 1, 1.0}}, alone()),
                    DomainError);
    CHECK_NOTHROW(gradient<double>({1, {half, turn}, 1}, theta, {{0, 1, 1.0}}, alone()));
}

TEST_CASE("plan_stages: every gate once, in order where they share a bit, in blocks that hold it") {
    tests::Random random(27);
    for (int round = 0; round < 30; ++round) {
        auto const n = static_cast<std::uint32_t>(random.below(12)) + 1;
        auto const e = random_evolution(random, n, 40, 2);
        auto const gates = bind_angles(e, random_theta(random, 2));
        auto const stages = plan_stages(gates, n, 5, 0);
        std::map<std::uint32_t, std::size_t> order;
        for (auto const& stage : stages) {
            std::uint64_t inner = 0;
            for (auto const bit : stage.bits) inner |= std::uint64_t{1} << bit;
            CHECK(std::ranges::is_sorted(stage.bits));
            for (auto const index : stage.gates) {
                CHECK((gates[index].moved() & ~inner) == 0);
                CHECK(order.emplace(index, order.size()).second);
            }
        }
        CHECK(order.size() == gates.size());
        for (std::uint32_t a = 0; a < gates.size(); ++a) {
            for (std::uint32_t b = a + 1; b < gates.size(); ++b) {
                if ((gates[a].bits() & gates[b].bits()) != 0) CHECK(order[a] < order[b]);
            }
        }
    }
}

TEST_CASE("evolution_of: its amplitudes are the circuit's tensor, inputs and post-selection too") {
    tests::Random random(32);
    for (int round = 0; round < 40; ++round) {
        auto const c =
            tests::random_circuit(random, static_cast<std::uint32_t>(random.below(4)) + 1, 12, 3);
        auto const theta = random_theta(random, 3);
        auto const n = c.n_qubits();
        auto const n_in = static_cast<std::uint32_t>(c.inputs().size());
        std::vector<std::uint32_t> bits;
        for (std::uint32_t k = 0; k < n_in; ++k) bits.push_back(n + n_in - 1 - k);
        for (auto const qubit : c.outputs()) bits.push_back(n - 1 - qubit);
        StateVector<double> state(c.n_bits(), alone());
        evolve(evolution_of(c), theta, state, alone());
        Tensor found(std::size_t{1} << bits.size());
        read(state, std::span<std::uint32_t const>(bits), std::span(found), alone());
        for (auto& value : found) value *= tensor_factor(c);
        CHECK(tests::distance(found, tests::dense(c, theta)) < 1e-13);
    }
    CHECK_THROWS_AS(evolution_of(Circuit(64, {}, {}, {}, 0, 1.0)), TooLargeError);
}

TEST_CASE("fuse: gates on the same bits become one, and not across a gate between them") {
    Instruction h;
    h.action = Action::rotate_y;
    h.targets = {0};
    h.shift = 0.1;
    Instruction flip;
    flip.targets = {1};
    flip.matrix = {0, 1, 1, 0};
    flip.controls = flip.values = 1;
    CHECK(fuse(bind_angles({2, {h, h, h}, 0}, {}), false).size() == 1);
    CHECK(fuse(bind_angles({2, {h, flip, h}, 0}, {}), false).size() == 3);
    CHECK(fuse(bind_angles({2, {flip, flip}, 0}, {}), false).size() == 1);
    h.parameter = 0;
    std::vector<double> const theta{0.2};
    CHECK(fuse(bind_angles({2, {h, h, h}, 1}, theta), true).size() == 3);
}

TEST_CASE("read and write: the named bits, the first the most significant, all others 0") {
    tests::Random random(28);
    std::vector<std::uint32_t> const bits{4, 0, 2};
    std::vector<std::complex<double>> values(8);
    for (auto& value : values) value = {random.real(), random.real()};
    StateVector<double> state(5, alone());
    write(std::span<std::complex<double> const>(values), std::span<std::uint32_t const>(bits),
          state, alone());
    for (std::size_t i = 0; i < 32; ++i) {
        auto const k = (i >> 4 & 1) << 2 | (i & 1) << 1 | (i >> 2 & 1);
        auto const expected = (i & 0b01010) == 0 ? values[k] : 0.0;
        CHECK(amplitudes(state)[i] == expected);
    }
    std::vector<std::complex<double>> back(8);
    read(state, std::span<std::uint32_t const>(bits), std::span(back), alone());
    CHECK(back == values);
    std::vector<std::uint32_t> const twice{1, 1};
    std::vector<double> p(4);
    CHECK_THROWS_AS(probabilities(state, std::span<std::uint32_t const>(twice), p, alone()),
                    ShapeError);
}

TEST_CASE("sample: frequencies within 5 sigma of the probabilities; a state of 0 is refused") {
    tests::Random random(29);
    auto const e = random_evolution(random, 10, 40, 2);
    StateVector<double> state(10, alone());
    evolve(e, random_theta(random, 2), state, alone());
    std::vector<std::uint64_t> shots(100'000);
    sample(state, 3, shots, alone());
    std::vector<double> count(1024, 0.0);
    for (auto const shot : shots) count[shot] += 1.0;
    auto const all = amplitudes(state);
    auto const n = static_cast<double>(shots.size());
    for (std::size_t i = 0; i < all.size(); ++i) {
        double const p = std::norm(all[i]);
        CHECK(std::abs(count[i] - n * p) <= 5 * std::sqrt(n * p * (1 - p)) + 1);
    }
    state.re()[0] = 0.0;
    StateVector<double> empty(2, alone());
    empty.re()[0] = 0.0;
    CHECK_THROWS_AS(sample(empty, 0, shots, alone()), DomainError);
}

TEST_CASE("random_unit: even, and different for neighbouring seeds and counters") {
    double sum = 0.0;
    double product = 0.0;
    for (std::uint64_t k = 0; k < 100'000; ++k) {
        double const u = random_unit(5, k);
        CHECK_MESSAGE((u >= 0.0 && u < 1.0), u);
        sum += u;
        product += (u - 0.5) * (random_unit(6, k) - 0.5);
    }
    CHECK(std::abs(sum / 1e5 - 0.5) < 5 * 0.2887 / std::sqrt(1e5));
    CHECK(std::abs(product / 1e5) < 5 / 12.0 / std::sqrt(1e5));
}

TEST_CASE("Evolution: what is off is named by its operation") {
    Instruction in;
    in.targets = {2};
    in.matrix = {1, 0, 0, 1};
    CHECK_THROWS_WITH_AS(Evolution(2, {in}, 0), "operation 0 acts on bit 2 of 2", ShapeError);
    in.targets = {0};
    in.controls = 1;
    CHECK_THROWS_WITH_AS(Evolution(2, {in}, 0), "operation 0 acts on bit 0 twice", ShapeError);
    in.controls = 0;
    in.matrix.pop_back();
    CHECK_THROWS_AS(Evolution(2, {in}, 0), ShapeError);
    in.matrix.push_back({std::nan(""), 0});
    CHECK_THROWS_AS(Evolution(2, {in}, 0), DomainError);
    CHECK_THROWS_AS(Evolution(64, {}, 0), TooLargeError);
    CHECK_THROWS_AS(StateVector<double>(63, alone()), TooLargeError);
}

TEST_CASE("evolve: a poll is heard between passes that each are short") {
    tests::Random random(30);
    auto const e = random_evolution(random, 16, 10'000, 2);
    auto const theta = random_theta(random, 2);
    int n_polls = 0;
    Poll const poll = [&] {
        if (++n_polls == 3) throw std::runtime_error("interrupted");
    };
    StateVector<double> state(16, alone());
    CHECK_THROWS_AS(evolve(e, theta, state, {one_thread(), poll}), std::runtime_error);
}

TEST_CASE_TEMPLATE("block kernels: every instruction set computes the same numbers, bit for bit", T,
                   float, double) {
    tests::Random random(31);
    constexpr std::uint32_t kBits = 6;
    constexpr std::size_t kSize = 1 << kBits;
    std::vector<T> start(4 * kSize);
    for (auto& value : start) value = static_cast<T>(random.real());
    auto const as_block = [](std::vector<T>& v, std::size_t first) {
        return Block<T>{v.data() + first, v.data() + first + kSize, kBits};
    };
    for (std::uint32_t target = 0; target < kBits; ++target) {
        for (auto const pattern : {Pattern::real, Pattern::cross, Pattern::general}) {
            auto const control = std::uint64_t{1} << (target + 1 + random.below(kBits - 1)) % kBits;
            PairGate const pair{pattern,
                                target,
                                {control, random.below(2) * control},
                                {0.1, 0.2, 0.3, -0.4, 0.5, 0.6, -0.7, 0.8}};
            std::vector<std::vector<T>> results;
            std::vector<double> sums;
            for (auto const isa : kIsas) {
                if (isa > best_isa()) continue;
                auto const& k = block_kernels<T>(isa);
                auto v = start;
                k.pair(as_block(v, 0), pair);
                k.scale(as_block(v, 0), {pair.where, 0.3, -0.2});
                for (auto const pauli : {Pauli::x, Pauli::y, Pauli::diagonal}) {
                    sums.push_back(k.overlap(as_block(v, 0), as_block(v, 2 * kSize),
                                             {pauli, target, pair.where}));
                }
                results.push_back(v);
            }
            for (auto const& result : results) CHECK(result == results[0]);
            for (std::size_t i = 0; i < sums.size(); ++i) CHECK(sums[i] == sums[i % 3]);
        }
    }
}

}  // namespace monoidal::circuit
