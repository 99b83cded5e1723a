#include "monoidal/tensor/search.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>

#include "greedy.hpp"

namespace monoidal::tensor {
namespace {

using Axes = std::vector<std::uint32_t>;

constexpr auto kNone = static_cast<std::uint32_t>(-1);

/// log2(2^a + 2^b)
double log2_sum(double a, double b) {
    if (a < b) std::swap(a, b);
    return std::isinf(b) ? a : a + std::log2(1.0 + std::exp2(b - a));
}

/// A small, fast generator, seeded by the trial's number (splitmix64).
class Random {
public:
    explicit Random(std::uint64_t seed) : state_(seed) {}
    double uniform() {
        state_ += 0x9e3779b97f4a7c15ULL;
        auto z = state_;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
        z ^= z >> 31;
        return (static_cast<double>(z >> 11) + 0.5) * 0x1.0p-53;
    }

private:
    std::uint64_t state_;
};

/// Contraction as a binary tree: operands are nodes 0 to n - 1, results come after. Each node has
/// the indices of its tensor, sorted.
class Tree {
public:
    Tree(Network const& network, Order const& order)
        : network_(network), n_(network.operands.size()), n_holders_(network.dimension.size(), 0) {
        for (auto const d : network.dimension) log2_.push_back(std::log2(static_cast<double>(d)));
        for (auto const index : network.output) n_holders_[index] += 1;
        for (auto const& operand : network.operands) {
            auto axes = operand;
            std::ranges::sort(axes);
            axes.erase(std::ranges::unique(axes).begin(), axes.end());
            for (auto const index : axes) n_holders_[index] += 1;
            nodes_.push_back({std::move(axes), kNone, kNone, {}});
        }
        for (auto const& [a, b] : order) add(a, b);
    }

    [[nodiscard]] std::uint32_t root() const { return root_; }

    [[nodiscard]] double size(std::uint32_t node) const { return size(nodes_[node].axes); }
    [[nodiscard]] double size(Axes const& axes) const {
        double total = 0;
        for (auto const index : axes) total += log2_[index];
        return total;
    }

    /// log2 of the multiplications of one result.
    [[nodiscard]] double step(std::uint32_t node) const {
        auto const& a = nodes_[nodes_[node].left].axes;
        auto const& b = nodes_[nodes_[node].right].axes;
        double total = size(a);
        for (auto const index : b) {
            if (!std::ranges::binary_search(a, index)) total += log2_[index];
        }
        return total;
    }

    [[nodiscard]] Work work() const {
        Work out{-std::numeric_limits<double>::infinity(), 0};
        for (auto const node : from_bottom()) {
            out.log2_largest = std::max(out.log2_largest, size(node));
            if (!is_leaf(node)) {
                out.log2_multiplications = log2_sum(out.log2_multiplications, step(node));
            }
        }
        return out;
    }

    /// Replace subtrees by optimal ones of the same leaves. Returns whether any got better.
    bool improve(std::uint32_t subtree_size, Task& task) {
        bool is_better = false;
        auto nodes = from_bottom();
        std::erase_if(nodes, [&](auto node) { return is_leaf(node); });
        std::ranges::stable_sort(nodes, std::greater{}, [&](auto node) { return step(node); });
        for (auto const node : nodes) {
            if (is_gone_[node]) continue;
            task.check();
            is_better = improve_at(node, subtree_size) || is_better;
        }
        return is_better;
    }

    [[nodiscard]] Order order() const {
        Order out;
        std::vector<std::uint32_t> number(nodes_.size());
        std::iota(number.begin(), number.begin() + static_cast<std::ptrdiff_t>(n_), 0U);
        for (auto const node : from_bottom()) {
            if (is_leaf(node)) continue;
            out.emplace_back(number[nodes_[node].left], number[nodes_[node].right]);
            number[node] = static_cast<std::uint32_t>(n_ + out.size() - 1);
        }
        return out;
    }

private:
    struct Node {
        Axes axes;
        std::uint32_t left;
        std::uint32_t right;
        std::vector<std::pair<std::uint32_t, std::uint32_t>>
            inside;  // index, operands that have it
    };

    [[nodiscard]] bool is_leaf(std::uint32_t node) const { return node < n_; }

    [[nodiscard]] std::vector<std::uint32_t> from_bottom() const {
        std::vector<std::uint32_t> out;
        std::vector<std::uint32_t> stack{root_};
        while (!stack.empty()) {
            auto const node = stack.back();
            stack.pop_back();
            out.push_back(node);
            if (is_leaf(node)) continue;
            stack.push_back(nodes_[node].left);
            stack.push_back(nodes_[node].right);
        }
        std::ranges::reverse(out);
        return out;
    }

    /// How many operands below a node have each index of its tensor.
    [[nodiscard]] std::vector<std::pair<std::uint32_t, std::uint32_t>> inside(
        std::uint32_t node) const {
        if (!is_leaf(node)) return nodes_[node].inside;
        std::vector<std::pair<std::uint32_t, std::uint32_t>> out;
        for (auto const index : nodes_[node].axes) out.emplace_back(index, 1);
        return out;
    }

    std::uint32_t add(std::uint32_t a, std::uint32_t b) {
        auto const left = inside(a), right = inside(b);
        Node made{{}, a, b, {}};
        auto const keep = [&](std::uint32_t index, std::uint32_t count) {
            if (count == n_holders_[index]) return;
            made.axes.push_back(index);
            made.inside.emplace_back(index, count);
        };
        std::size_t i = 0, j = 0;
        while (i < left.size() || j < right.size()) {
            if (j == right.size() || (i < left.size() && left[i].first < right[j].first)) {
                keep(left[i].first, left[i].second);
                ++i;
            } else if (i == left.size() || right[j].first < left[i].first) {
                keep(right[j].first, right[j].second);
                ++j;
            } else {
                keep(left[i].first, left[i].second + right[j].second);
                ++i;
                ++j;
            }
        }
        nodes_.push_back(std::move(made));
        is_gone_.resize(nodes_.size(), false);
        root_ = static_cast<std::uint32_t>(nodes_.size() - 1);
        return root_;
    }

    bool improve_at(std::uint32_t top, std::uint32_t subtree_size) {
        // Grow the subtree at its largest tensors.
        std::vector<std::uint32_t> leaves{nodes_[top].left, nodes_[top].right};
        std::vector<std::uint32_t> inner;
        double before = step(top);
        while (leaves.size() < subtree_size) {
            std::optional<std::size_t> largest;
            for (std::size_t k = 0; k < leaves.size(); ++k) {
                if (is_leaf(leaves[k])) continue;
                if (!largest || size(leaves[k]) > size(leaves[*largest])) largest = k;
            }
            if (!largest) break;
            auto const node = leaves[*largest];
            inner.push_back(node);
            before = log2_sum(before, step(node));
            leaves[*largest] = nodes_[node].left;
            leaves.push_back(nodes_[node].right);
        }
        if (leaves.size() < 3) return false;
        auto const small = network_of(leaves, top);
        auto const found = exact_order(small);
        if (Tree(small, found).work().log2_multiplications > before - 1e-9) return false;
        replace(top, leaves, inner, found);
        return true;
    }

    [[nodiscard]] Network network_of(std::vector<std::uint32_t> const& leaves,
                                     std::uint32_t top) const {
        Network out;
        std::vector<std::uint32_t> indices;
        for (auto const leaf : leaves) {
            indices.insert(indices.end(), nodes_[leaf].axes.begin(), nodes_[leaf].axes.end());
        }
        std::ranges::sort(indices);
        indices.erase(std::ranges::unique(indices).begin(), indices.end());
        auto const local = [&](Axes const& axes) {
            Axes numbers;
            for (auto const index : axes) {
                numbers.push_back(static_cast<std::uint32_t>(
                    std::ranges::lower_bound(indices, index) - indices.begin()));
            }
            return numbers;
        };
        for (auto const index : indices) out.dimension.push_back(network_.dimension[index]);
        for (auto const leaf : leaves) out.operands.push_back(local(nodes_[leaf].axes));
        out.output = local(nodes_[top].axes);
        out.n_given = leaves.size();
        return out;
    }

    void replace(std::uint32_t top, std::vector<std::uint32_t> const& leaves,
                 std::vector<std::uint32_t> const& inner, Order const& order) {
        for (auto const node : inner) is_gone_[node] = true;
        auto const root = root_;
        auto made = leaves;
        for (std::size_t k = 0; k + 1 < order.size(); ++k) {
            made.push_back(add(made[order[k].first], made[order[k].second]));
        }
        root_ = root;
        nodes_[top].left = made[order.back().first];
        nodes_[top].right = made[order.back().second];
    }

    Network const& network_;
    std::size_t n_;
    std::vector<std::uint32_t> n_holders_;
    std::vector<double> log2_;
    std::vector<Node> nodes_;
    std::vector<bool> is_gone_;
    std::uint32_t root_ = 0;
};

}  // namespace

Work work(Network const& network, Order const& order) {
    if (order.empty()) return {};
    return Tree(network, order).work();
}

Order search_order(Network const& network, SearchOptions const& options, Task& task) {
    auto best = greedy_order(network);
    if (network.operands.size() < 3) return best;
    struct Candidate {
        double cost;
        Order order;
    };
    std::vector<Candidate> pool{{work(network, best).log2_multiplications, best}};
    for (std::uint32_t trial = 0; trial < options.n_trials; ++trial) {
        task.check();
        Random random(options.seed * 0x2545f4914f6cdd1dULL + trial + 1);
        // Of growth, and of how much of what is replaced counts against it.
        double const temperature = std::exp(std::log(1e-3) * random.uniform());
        double const weight = std::exp2(2.0 * random.uniform() - 1.0);
        auto order = greedy_order(network, [&](double made, double a, double b) {
            double const growth = made / weight - weight * (a + b);
            double const scaled = std::copysign(std::log1p(std::abs(growth)), growth);
            return scaled + temperature * std::log(-std::log(random.uniform()));
        });
        auto const found = work(network, order).log2_multiplications;
        pool.push_back({found, std::move(order)});
    }
    std::ranges::stable_sort(pool, {}, &Candidate::cost);
    if (pool.size() > options.n_best) pool.resize(std::max(1U, options.n_best));
    double least = std::numeric_limits<double>::infinity();
    for (auto const& candidate : pool) {
        Tree tree(network, candidate.order);
        for (int pass = 0; pass < 8 && tree.improve(options.subtree_size, task); ++pass) {
        }
        auto const found = tree.work().log2_multiplications;
        if (found < least) {
            least = found;
            best = tree.order();
        }
    }
    return best;
}

std::vector<std::uint32_t> slices(Network const& given, Order const& order, double log2_limit) {
    std::vector<std::uint32_t> out;
    Network network = given;
    for (;;) {
        if (order.empty() || work(network, order).log2_largest <= log2_limit) return out;
        double least = std::numeric_limits<double>::infinity();
        std::optional<std::uint32_t> chosen;
        for (std::uint32_t index = 0; index < network.dimension.size(); ++index) {
            auto const dimension = network.dimension[index];
            bool const is_output = std::ranges::find(network.output, index) != network.output.end();
            if (dimension < 2 || is_output) continue;
            network.dimension[index] = 1;
            auto const after = work(network, order);
            network.dimension[index] = dimension;
            // Work for each value, over what the largest tensor loses.
            double const price = after.log2_multiplications +
                                 std::log2(static_cast<double>(dimension)) +
                                 2.0 * std::max(0.0, after.log2_largest - log2_limit);
            if (price < least) {
                least = price;
                chosen = index;
            }
        }
        if (!chosen) return out;
        network.dimension[*chosen] = 1;
        out.push_back(*chosen);
    }
}

}  // namespace monoidal::tensor
