#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "monoidal/tensor/search.hpp"
#include "support.hpp"

namespace monoidal::tensor {
namespace {

Order searched(Network const& net, SearchOptions const& options) {
    Order order;
    ThreadPool::run_alone(
        1, {}, [&](std::size_t, Task& task) { order = search_order(net, options, task); });
    return order;
}

/// A square of tensors, neighbours sharing an index of dimension 4.
Network grid(std::uint32_t side) {
    Network net;
    net.operands.resize(std::size_t{side} * side);
    auto const join = [&](std::uint32_t a, std::uint32_t b) {
        auto const index = static_cast<std::uint32_t>(net.dimension.size());
        net.dimension.push_back(4);
        net.operands[a].push_back(index);
        net.operands[b].push_back(index);
    };
    for (std::uint32_t i = 0; i < side; ++i) {
        for (std::uint32_t j = 0; j < side; ++j) {
            if (i + 1 < side) join(i * side + j, (i + 1) * side + j);
            if (j + 1 < side) join(i * side + j, i * side + j + 1);
        }
    }
    net.n_given = net.operands.size();
    return net;
}

}  // namespace

TEST_CASE("work: the logarithms of what `cost` counts") {
    tests::Random random(3);
    for (int round = 0; round < 200; ++round) {
        auto const net = tests::random_network(random, 2 + random.below(5), 1 + random.below(6));
        auto const order = greedy_order(net);
        auto const exact = cost(net, order);
        auto const found = work(net, order);
        CHECK(found.log2_multiplications ==
              doctest::Approx(std::log2(static_cast<double>(exact.multiplications.value()))));
    }
}

TEST_CASE("search_order: never worse than greedy, and the seed's alone") {
    auto const net = grid(6);
    auto const greedy = work(net, greedy_order(net)).log2_multiplications;
    for (std::uint64_t seed = 0; seed < 4; ++seed) {
        SearchOptions const options{.n_trials = 4, .n_best = 2, .seed = seed};
        auto const order = searched(net, options);
        CHECK(work(net, order).log2_multiplications <= greedy + 1e-9);
        CHECK(order == searched(net, options));
        CHECK(cost(net, order).multiplications.value() > 0);  // throws where it is no order
    }
}

TEST_CASE("slices: no tensor is larger than the limit, as far as the output lets it") {
    auto net = grid(5);
    auto const order = greedy_order(net);
    auto const largest = work(net, order).log2_largest;
    for (double limit = largest; limit >= 0.0; limit -= 2.0) {
        auto sliced = net;
        for (auto const index : slices(net, order, limit)) sliced.dimension[index] = 1;
        CHECK(work(sliced, order).log2_largest <= limit);
    }
    CHECK(slices(net, order, largest).empty());
    net.output = {0, 1, 2, 3};
    for (auto const index : slices(net, greedy_order(net), 0.0)) CHECK(index > 3);
}

}  // namespace monoidal::tensor
