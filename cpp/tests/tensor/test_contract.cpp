#include <doctest/doctest.h>

#include <array>
#include <cstring>
#include <thread>

#include "diagram/fixture.hpp"
#include "monoidal/common/error.hpp"
#include "monoidal/diagram/graph.hpp"
#include "monoidal/tensor/contract.hpp"
#include "support.hpp"
#include "tensor/lanes.hpp"

namespace monoidal::tensor {
namespace {

using tests::Tensor;

constexpr std::array<std::size_t, 4> kLanes{1, 3, 8, 24};
constexpr std::array kIsas{Isa::baseline, Isa::avx2, Isa::avx512};

Buffer run(Plan const& plan, std::vector<std::vector<Tensor>> const& given) {
    auto tensors = tests::laid_out(plan, given);
    tests::with_task([&](Task& task) { contract(plan, given.size(), tensors, task); });
    return tensors;
}

/// Number of the last result, and so how many tensors there are but one.
std::size_t last(Plan const& plan) { return plan.n_operands() + plan.steps.size() - 1; }

void check_against_naive(Network const& net, Order const& order, std::size_t lanes,
                         tests::Random& random) {
    auto const plan = compile(net, order);
    std::vector<std::vector<Tensor>> given(lanes);
    for (auto& operands : given) operands = tests::random_operands(random, net);
    auto const tensors = run(plan, given);
    for (std::size_t b = 0; b < lanes; ++b) {
        auto const out = tests::lane_of(plan, tensors, lanes, last(plan), b);
        CHECK(tests::distance(out, tests::naive(net, given[b])) < 1e-10);
    }
}

/// An order drawn at random: the plan must be right for each.
Order random_order(std::size_t n, tests::Random& random) {
    std::vector<std::uint32_t> left;
    for (std::uint32_t k = 0; k < n; ++k) left.push_back(k);
    Order order;
    auto const take = [&] {
        auto const at = left.begin() + static_cast<std::ptrdiff_t>(random.below(left.size()));
        auto const picked = *at;
        left.erase(at);
        return picked;
    };
    while (left.size() > 1) {
        auto const a = take();
        auto const b = take();
        order.emplace_back(a, b);
        left.push_back(static_cast<std::uint32_t>(n + order.size() - 1));
    }
    return order;
}

/// L = Re sum conj(w) out, whose adjoint is w; dL/d(one number of one operand) by both ways.
void check_adjoint(Network const& net, std::size_t lanes, tests::Random& random) {
    auto const plan = compile(net, random_order(net.operands.size(), random));
    std::vector<std::vector<Tensor>> given(lanes);
    for (auto& operands : given) operands = tests::random_operands(random, net);
    auto const tensors = run(plan, given);
    Buffer adjoints(tensors.size(), std::nan(""));
    std::vector<Tensor> weights;
    for (std::size_t b = 0; b < lanes; ++b) {
        weights.push_back(random.tensor(plan.output_size));
        for (std::size_t e = 0; e < plan.output_size; ++e) {
            auto const at = 2 * lanes * (plan.begin[last(plan)] + e) + b;
            adjoints[at] = weights[b][e].real();
            adjoints[at + lanes] = weights[b][e].imag();
        }
    }
    tests::with_task([&](Task& task) { contract_adjoint(plan, lanes, tensors, adjoints, task); });
    auto const loss = [&](std::size_t b) {
        auto const out = tests::naive(net, given[b]);
        double sum = 0.0;
        for (std::size_t e = 0; e < out.size(); ++e)
            sum += (std::conj(weights[b][e]) * out[e]).real();
        return sum;
    };
    for (std::size_t b = 0; b < lanes; ++b) {
        for (std::size_t k = 0; k < net.n_given; ++k) {
            auto const adjoint = tests::lane_of(plan, adjoints, lanes, k, b);
            for (std::size_t e = 0; e < given[b][k].size(); ++e) {
                auto const difference = [&](tests::Complex step) {
                    auto const before = given[b][k][e];
                    given[b][k][e] = before + step;
                    double const above = loss(b);
                    given[b][k][e] = before - step;
                    double const below = loss(b);
                    given[b][k][e] = before;
                    return (above - below) / 2e-5;
                };
                // The loss is linear in one operand, so the difference is exact but for rounding.
                CHECK(adjoint[e].real() == doctest::Approx(difference(1e-5)).epsilon(1e-6));
                CHECK(adjoint[e].imag() == doctest::Approx(difference({0, 1e-5})).epsilon(1e-6));
            }
        }
    }
}

}  // namespace

TEST_CASE("contract: equals the sum over all indices, for any order and number of lanes") {
    tests::Random random(3);
    for (int round = 0; round < 80; ++round) {
        auto const net = tests::random_network(random, random.below(6), 1 + random.below(6));
        auto const lanes = kLanes[static_cast<std::size_t>(round) % kLanes.size()];
        check_against_naive(net, contraction_order(net), lanes, random);
        if (net.operands.empty()) continue;
        check_against_naive(net, random_order(net.operands.size(), random), lanes, random);
    }
}

TEST_CASE("contract: hyper-indices, traces, scalars and sums of one tensor") {
    tests::Random random(4);
    std::vector<Network> const nets{
        {{{0}, {0}, {0}}, {0}, {3}, 3},            // a spider with an open leg
        {{{0}, {0}, {0}}, {}, {3}, 3},             // and without
        {{{0, 0}}, {}, {3}, 1},                    // a trace
        {{{0, 0}}, {0}, {3}, 1},                   // a diagonal
        {{{0, 1, 0}, {1, 2}}, {2}, {2, 3, 2}, 2},  // a partial trace
        {{{}, {}}, {}, {}, 2},                     // scalars
        {{{0}, {}}, {}, {3}, 2},                   // one tensor's own sum
        {{{0}, {1}}, {1, 0}, {2, 3}, 2},           // outer, the output turned
        {{{0, 1, 2}}, {2, 0, 1}, {2, 3, 2}, 1},    // a permutation
        {{{0}}, {0, 1}, {2, 3}, 1},                // an index at the output alone
    };
    for (auto net : nets) {
        net.scale = 0.5;
        for (auto const lanes : kLanes) {
            check_against_naive(net, contraction_order(net), lanes, random);
        }
    }
}

TEST_CASE_FIXTURE(tests::Diagrams, "contract: copy tensors are written, of any rank") {
    auto const n = object("n");
    tests::Random random(5);
    auto const d =
        then({beside({spider(2, 3, n), id({n})}), beside({id({n, n}), spider(2, 0, n)})});
    std::vector<std::uint64_t> const dimension{3};
    auto const net = network(diagram::wire(d), *signature, dimension);
    CHECK(net.operands.size() > net.n_given);
    for (auto const lanes : kLanes) check_against_naive(net, contraction_order(net), lanes, random);
}

TEST_CASE("contract: a lane does not depend on the others, bit for bit") {
    tests::Random random(6);
    auto const net = tests::random_network(random, 5, 6);
    auto const plan = compile(net, contraction_order(net));
    std::vector<std::vector<Tensor>> given(24);
    for (auto& operands : given) operands = tests::random_operands(random, net);
    auto const together = run(plan, given);
    for (std::size_t b = 0; b < given.size(); ++b) {
        auto const alone = run(plan, {given[b]});
        CHECK(tests::lane_of(plan, together, 24, last(plan), b) ==
              tests::lane_of(plan, alone, 1, last(plan), 0));
    }
}

TEST_CASE("contract_adjoint: equals finite differences in every operand") {
    tests::Random random(7);
    for (int round = 0; round < 24; ++round) {
        auto net = tests::random_network(random, 1 + random.below(4), 1 + random.below(5));
        net.scale = 1.5;
        check_adjoint(net, round % 3 == 2 ? 8 : 1 + 2 * static_cast<std::size_t>(round % 3),
                      random);
    }
    check_adjoint({{{0, 0}, {0, 1}}, {1}, {3, 2}, 2}, 3, random);
    check_adjoint({{{0}, {0}, {0}, {}}, {}, {3}, 4}, 8, random);
}

TEST_CASE("contract: buffers of a wrong length are refused") {
    auto const plan = compile({{{0}, {0}}, {}, {3}, 2}, {{0, 1}});
    Buffer right(2 * plan.begin.back());
    Buffer wrong(2 * plan.begin.back() - 1);
    tests::with_task([&](Task& task) {
        CHECK_THROWS_AS(contract(plan, 1, wrong, task), ShapeError);
        CHECK_THROWS_AS(contract(plan, 2, right, task), ShapeError);
        CHECK_THROWS_AS(contract_adjoint(plan, 1, right, wrong, task), ShapeError);
        CHECK_THROWS_AS(contract_adjoint(plan, 1, wrong, right, task), ShapeError);
    });
}

TEST_CASE("lanes: every instruction set computes the same numbers, bit for bit") {
    tests::Random random(8);
    for (auto const lanes : kLanes) {
        Network const net{{{0, 1, 3}, {1, 2, 3}}, {0, 2}, {3, 4, 5, 2}, 2};
        auto const plan = compile(net, {{0, 1}});
        std::vector<std::vector<Tensor>> given(lanes);
        for (auto& operands : given) operands = tests::random_operands(random, net);
        auto const input = tests::laid_out(plan, given);
        auto const& step = plan.steps[0];
        StepView const view{step.left_out.data(),
                            step.right_out.data(),
                            step.left_sum.data(),
                            step.right_sum.data(),
                            0,
                            step.size(),
                            step.n_terms(),
                            lanes};
        Buffer first;
        Buffer first_adjoint;
        for (auto const isa : kIsas) {
            if (isa > best_isa()) {
                MESSAGE("this processor has no ", name(isa));
                continue;
            }
            auto const& kernels = lane_kernels(isa);
            auto tensors = input;
            auto const at = [&](Buffer& b, std::size_t k) {
                return b.data() + 2 * lanes * plan.begin[k];
            };
            kernels.forward(view, at(tensors, 0), at(tensors, 1), at(tensors, 2));
            Buffer adjoints(tensors.size(), 0.0);
            std::copy_n(at(tensors, 2), 2 * lanes * plan.output_size, at(adjoints, 2));
            kernels.backward(view, at(tensors, 0), at(tensors, 1), at(adjoints, 2), at(adjoints, 0),
                             at(adjoints, 1));
            if (first.empty()) {
                first = tensors;
                first_adjoint = adjoints;
            }
            CHECK(std::memcmp(first.data(), tensors.data(), 8 * tensors.size()) == 0);
            CHECK(std::memcmp(first_adjoint.data(), adjoints.data(), 8 * adjoints.size()) == 0);
        }
    }
}

TEST_CASE("contract: many threads may run one plan") {
    tests::Random random(9);
    auto const net = tests::random_network(random, 5, 6);
    auto const plan = compile(net, contraction_order(net));
    std::vector<std::vector<Tensor>> const given{tests::random_operands(random, net)};
    auto const expected = run(plan, given);
    std::vector<std::thread> threads;
    std::atomic<int> n_different{0};
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&] {
            for (int k = 0; k < 20; ++k) n_different += run(plan, given) == expected ? 0 : 1;
        });
    }
    for (auto& thread : threads) thread.join();
    CHECK(n_different == 0);
}

}  // namespace monoidal::tensor
