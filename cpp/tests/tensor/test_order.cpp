#include <doctest/doctest.h>

#include <algorithm>

#include "monoidal/common/error.hpp"
#include "monoidal/tensor/plan.hpp"
#include "support.hpp"

namespace monoidal::tensor {
namespace {

/// The least cost over every order of pairwise contractions.
std::uint64_t least(Network const& net, std::vector<std::uint32_t> left, Order order) {
    if (left.size() == 1) return cost(net, order).multiplications.value();
    std::uint64_t best = static_cast<std::uint64_t>(-1);
    auto const made = static_cast<std::uint32_t>(net.operands.size() + order.size());
    for (std::size_t a = 0; a < left.size(); ++a) {
        for (std::size_t b = a + 1; b < left.size(); ++b) {
            auto rest = left;
            rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(b));
            rest[a] = made;
            auto longer = order;
            longer.emplace_back(left[a], left[b]);
            best = std::min(best, least(net, rest, longer));
        }
    }
    return best;
}

std::vector<std::uint32_t> numbers(std::size_t n) {
    std::vector<std::uint32_t> out;
    for (std::uint32_t k = 0; k < n; ++k) out.push_back(k);
    return out;
}

/// Every tensor, given or made, is used once but for the last.
bool is_valid(Network const& net, Order const& order) {
    auto const n = net.operands.size();
    if (order.size() + 1 != std::max<std::size_t>(n, 1)) return false;
    std::vector<int> uses(n + order.size(), 0);
    for (std::size_t k = 0; k < order.size(); ++k) {
        for (auto const t : {order[k].first, order[k].second}) {
            if (t >= n + k || uses[t]++ > 0) return false;
        }
    }
    return true;
}

/// n tensors in a row, neighbours sharing an index.
Network chain(std::size_t n, std::uint64_t dimension) {
    Network net;
    net.n_given = n;
    for (std::uint32_t k = 0; k < n; ++k) net.operands.push_back({k, k + 1});
    net.dimension.assign(n + 1, dimension);
    net.output = {0, static_cast<std::uint32_t>(n)};
    return net;
}

}  // namespace

TEST_CASE("exact_order: no order has fewer multiplications, by trying them all") {
    tests::Random random(1);
    for (int round = 0; round < 150; ++round) {
        auto const net = tests::random_network(random, 1 + random.below(5), 1 + random.below(6));
        auto const order = exact_order(net);
        CHECK(is_valid(net, order));
        if (net.operands.size() < 2) continue;
        CHECK(cost(net, order).multiplications.value() ==
              least(net, numbers(net.operands.size()), {}));
    }
}

TEST_CASE("exact_order: refuses more tensors than it can order") {
    CHECK(is_valid(chain(kExactLimit, 2), exact_order(chain(kExactLimit, 2))));
    CHECK_THROWS_AS(exact_order(chain(kExactLimit + 1, 2)), TooLargeError);
}

TEST_CASE("exact_order and greedy_order: end where sizes overflow a double") {
    Network net;
    net.n_given = 3;
    net.operands.resize(3);
    for (std::uint32_t k = 0; k < 40; ++k) {
        net.dimension.push_back(std::uint64_t{1} << 62);
        for (auto& operand : net.operands) operand.push_back(k);
    }
    CHECK(is_valid(net, exact_order(net)));
    CHECK(is_valid(net, greedy_order(net)));
    CHECK(cost(net, exact_order(net)).largest.is_saturated());
    CHECK_THROWS_AS(compile(net, exact_order(net)), TooLargeError);
}

TEST_CASE("greedy_order: valid on every network, and near the best on chains") {
    tests::Random random(2);
    for (int round = 0; round < 200; ++round) {
        auto const net = tests::random_network(random, random.below(20), 1 + random.below(15));
        CHECK(is_valid(net, greedy_order(net)));
        CHECK(is_valid(net, contraction_order(net)));
    }
    auto const net = chain(12, 3);
    CHECK(cost(net, greedy_order(net)).multiplications.value() <=
          2 * cost(net, exact_order(net)).multiplications.value());
}

TEST_CASE("greedy_order: hundreds of tensors take little time") {
    CHECK(is_valid(chain(400, 2), greedy_order(chain(400, 2))));
    Network star;  // one spider through all of them
    star.n_given = 400;
    star.operands.assign(400, {0});
    star.dimension = {2};
    star.output = {0};
    CHECK(is_valid(star, greedy_order(star)));
}

}  // namespace monoidal::tensor
