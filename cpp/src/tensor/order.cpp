#include <algorithm>
#include <limits>
#include <string>

#include "monoidal/common/error.hpp"
#include "monoidal/tensor/plan.hpp"

namespace monoidal::tensor {
namespace {

using Set = std::uint32_t;  // of operands, as bits

/// Sizes of the tensors that sets of operands contract to.
class Sizes {
public:
    explicit Sizes(Network const& network) : network_(network), holders_(network.dimension.size()) {
        for (std::size_t k = 0; k < network.operands.size(); ++k) {
            for (auto const index : network.operands[k]) holders_[index] |= Set{1} << k;
        }
        for (auto const index : network.output) holders_[index] |= kOutside;
    }

    /// Elements of the result of `set`: indices that someone outside holds too.
    [[nodiscard]] double result(Set set) const { return product(set, 0); }
    /// Multiplications to contract two sets' results: all indices that either result has.
    [[nodiscard]] double work(Set a, Set b) const { return product(a, b); }

private:
    static constexpr Set kOutside = Set{1} << 31;

    [[nodiscard]] bool is_open(std::size_t index, Set set) const {
        return (holders_[index] & set) != 0 && (holders_[index] & ~set) != 0;
    }

    [[nodiscard]] double product(Set a, Set b) const {
        double size = 1.0;
        for (std::size_t index = 0; index < holders_.size(); ++index) {
            if (is_open(index, a) || is_open(index, b)) {
                size *= static_cast<double>(network_.dimension[index]);
            }
        }
        return size;
    }

    Network const& network_;
    std::vector<Set> holders_;
};

/// Writes the tree below `set` and returns the number of its result.
std::uint32_t emit(Set set, std::vector<Set> const& split, std::size_t n, Order& order) {
    if ((set & (set - 1)) == 0) {
        std::uint32_t k = 0;
        while ((set >> k) != 1) ++k;
        return k;
    }
    auto const left = emit(split[set], split, n, order);
    auto const right = emit(set & ~split[set], split, n, order);
    order.emplace_back(left, right);
    return static_cast<std::uint32_t>(n + order.size() - 1);
}

/// Which tensors of the greedy search are still there, and the indices of each.
struct Pool {
    std::vector<std::uint32_t> number;
    std::vector<std::vector<std::uint32_t>> axes;
    std::vector<std::uint32_t> n_holders;  // of each index, the output counted

    double size(std::vector<std::uint32_t> const& indices, Network const& network) const {
        double product = 1.0;
        for (auto const index : indices) {
            product *= static_cast<double>(network.dimension[index]);
        }
        return product;
    }
};

std::vector<std::uint32_t> distinct(std::vector<std::uint32_t> indices) {
    std::ranges::sort(indices);
    auto const rest = std::ranges::unique(indices);
    indices.erase(rest.begin(), rest.end());
    return indices;
}

/// Indices of the product of two tensors, and of those the ones that remain.
std::vector<std::uint32_t> merged(Pool const& pool, std::size_t a, std::size_t b) {
    std::vector<std::uint32_t> all;
    std::ranges::set_union(pool.axes[a], pool.axes[b], std::back_inserter(all));
    std::erase_if(all, [&](std::uint32_t index) {
        auto const here =
            static_cast<std::uint32_t>(std::ranges::binary_search(pool.axes[a], index) +
                                       std::ranges::binary_search(pool.axes[b], index));
        return pool.n_holders[index] == here;
    });
    return all;
}

}  // namespace

Order exact_order(Network const& network) {
    auto const n = network.operands.size();
    if (n > kExactLimit) {
        throw TooLargeError("exact order of " + std::to_string(n) + " tensors, the limit is " +
                            std::to_string(kExactLimit) + "; use greedy_order");
    }
    if (n < 2) return {};
    Sizes const sizes(network);
    Set const all = (Set{1} << n) - 1;
    std::vector<double> best(all + 1, std::numeric_limits<double>::infinity());
    std::vector<Set> split(all + 1, 0);
    for (Set set = 1; set <= all; ++set) {
        if ((set & (set - 1)) == 0) {
            best[set] = 0.0;
            continue;
        }
        Set const lowest = set & (~set + 1);
        for (Set part = (set - 1) & set; part != 0; part = (part - 1) & set) {
            if ((part & lowest) == 0) continue;  // each split once
            double const parts = best[part] + best[set & ~part];
            if (parts >= best[set]) continue;
            double const total = parts + sizes.work(part, set & ~part);
            if (total < best[set]) {
                best[set] = total;
                split[set] = part;
            }
        }
    }
    Order order;
    emit(all, split, n, order);
    return order;
}

Order greedy_order(Network const& network) {
    Pool pool;
    pool.n_holders.assign(network.dimension.size(), 0);
    for (std::uint32_t k = 0; k < network.operands.size(); ++k) {
        pool.number.push_back(k);
        pool.axes.push_back(distinct(network.operands[k]));
        for (auto const index : pool.axes.back()) ++pool.n_holders[index];
    }
    for (auto const index : network.output) ++pool.n_holders[index];
    Order order;
    auto next = static_cast<std::uint32_t>(network.operands.size());
    while (pool.number.size() > 1) {
        std::pair<std::size_t, std::size_t> pick{0, 1};
        double least = std::numeric_limits<double>::infinity();
        for (std::size_t a = 0; a < pool.number.size(); ++a) {
            for (std::size_t b = a + 1; b < pool.number.size(); ++b) {
                double const growth = pool.size(merged(pool, a, b), network) -
                                      pool.size(pool.axes[a], network) -
                                      pool.size(pool.axes[b], network);
                if (growth < least) {
                    least = growth;
                    pick = {a, b};
                }
            }
        }
        auto const [a, b] = pick;
        auto result = merged(pool, a, b);
        for (auto const k : {a, b}) {
            for (auto const index : pool.axes[k]) --pool.n_holders[index];
        }
        for (auto const index : result) ++pool.n_holders[index];
        order.emplace_back(pool.number[a], pool.number[b]);
        pool.number[a] = next++;
        pool.axes[a] = std::move(result);
        pool.number.erase(pool.number.begin() + static_cast<std::ptrdiff_t>(b));
        pool.axes.erase(pool.axes.begin() + static_cast<std::ptrdiff_t>(b));
    }
    return order;
}

Order contraction_order(Network const& network) {
    constexpr std::size_t kExactIsQuick = 9;  // 3^9 splits: well under a millisecond
    return network.operands.size() <= kExactIsQuick ? exact_order(network) : greedy_order(network);
}

}  // namespace monoidal::tensor
