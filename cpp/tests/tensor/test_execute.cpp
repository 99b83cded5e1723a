#include <doctest/doctest.h>

#include <complex>
#include <vector>

#include "monoidal/common/error.hpp"
#include "monoidal/tensor/execute.hpp"
#include "monoidal/tensor/search.hpp"
#include "support.hpp"

namespace monoidal::tensor {
namespace {

using Value = std::complex<double>;

std::vector<Value> run(Contraction const& contraction,
                       std::vector<std::vector<Value>> const& operands) {
    std::vector<Value const*> pointers;
    for (auto const& operand : operands) pointers.push_back(operand.data());
    std::vector<Value> out(contraction.output_size());
    ThreadPool::run_alone(
        1, {}, [&](std::size_t, Task& task) { contraction.run<Value>(pointers, out, {}, task); });
    return out;
}

/// Two matrices and a vector, large enough for matrix products.
Network large() {
    Network net;
    net.n_given = 3;
    net.operands = {{0, 1}, {2, 1}, {2, 3}};
    net.dimension = {30, 21, 22, 23};
    net.output = {3, 0};
    return net;
}

}  // namespace

TEST_CASE("run: small networks give the sum over all indices, sliced or not") {
    tests::Random random(7);
    for (int round = 0; round < 200; ++round) {
        auto const net = tests::random_network(random, 1 + random.below(5), 1 + random.below(6));
        auto const operands = tests::random_operands(random, net);
        auto const order = contraction_order(net);
        auto const expected = tests::naive(net, operands);
        CHECK(tests::distance(run(Contraction(net, order, {}), operands), expected) < 1e-9);
        auto const cut = slices(net, order, 0.0);
        CHECK(tests::distance(run(Contraction(net, order, cut), operands), expected) < 1e-9);
    }
}

TEST_CASE("run: large steps are packed, multiplied and put in place") {
    tests::Random random(8);
    auto const net = large();
    auto const operands = tests::random_operands(random, net);
    auto const expected = tests::naive(net, operands);
    for (auto const& order :
         {Order{{0, 1}, {2, 3}}, Order{{1, 2}, {3, 0}}, Order{{2, 0}, {1, 3}}}) {
        CHECK(tests::distance(run(Contraction(net, order, {}), operands), expected) < 1e-9);
        CHECK(tests::distance(run(Contraction(net, order, {1}), operands), expected) < 1e-9);
        CHECK(tests::distance(run(Contraction(net, order, {2, 1}), operands), expected) < 1e-9);
    }
}

TEST_CASE("Contraction: an order that is none, other operands and too large tensors are refused") {
    CHECK_THROWS_AS(Contraction(large(), {{0, 1}}, {}), ShapeError);
    CHECK_THROWS_AS(Contraction(large(), {{0, 1}, {0, 2}}, {}), ShapeError);
    CHECK_THROWS_AS(run(Contraction(large(), {{0, 1}, {2, 3}}, {}), {}), ShapeError);
    auto net = large();
    net.dimension.assign(4, 50'000);
    CHECK_THROWS_AS(Contraction(net, {{0, 1}, {2, 3}}, {}), TooLargeError);
}

}  // namespace monoidal::tensor
