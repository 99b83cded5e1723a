#include "tree.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>

#include "exact.hpp"

namespace monoidal::tensor {
namespace {

constexpr auto kNone = static_cast<std::uint32_t>(-1);
constexpr double kNothing = -std::numeric_limits<double>::infinity();

/// log2(2^a + 2^b)
double log2_sum(double a, double b) {
    if (a < b) std::swap(a, b);
    return std::isinf(b) ? a : a + std::log2(1.0 + std::exp2(b - a));
}

}  // namespace

Tree::Tree(Network const& network, Order const& order)
    : dimension_(network.dimension),
      n_(network.operands.size()),
      n_holders_(network.dimension.size(), 0) {
    for (auto const d : dimension_) log2_.push_back(std::log2(static_cast<double>(d)));
    for (auto const index : network.output) n_holders_[index] += 1;
    nodes_.reserve(2 * n_);
    for (auto const& operand : network.operands) {
        auto const begin = static_cast<std::ptrdiff_t>(axes_.size());
        axes_.insert(axes_.end(), operand.begin(), operand.end());
        std::sort(axes_.begin() + begin, axes_.end());
        axes_.erase(std::unique(axes_.begin() + begin, axes_.end()), axes_.end());
        count_.resize(axes_.size(), 1);
        double size = 0;
        for (auto k = static_cast<std::size_t>(begin); k < axes_.size(); ++k) {
            n_holders_[axes_[k]] += 1;
            size += log2_[axes_[k]];
        }
        nodes_.push_back({static_cast<std::size_t>(begin), axes_.size(), kNone, kNone, kNone, size,
                          kNothing, false, true});
    }
    for (auto const& [a, b] : order) root_ = add(a, b);
}

Work Tree::work() const {
    Work out{kNothing, 0};
    for (auto const node : from_bottom()) {
        out.log2_largest = std::max(out.log2_largest, nodes_[node].log2_size);
        if (is_leaf(node)) continue;
        out.log2_multiplications = log2_sum(out.log2_multiplications, nodes_[node].log2_step);
    }
    return out;
}

Order Tree::order() const {
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

std::vector<std::uint32_t> Tree::from_bottom() const {
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

/// Appends the indices of the product of two nodes; returns log2 of its multiplications.
double Tree::append_product(std::uint32_t a, std::uint32_t b) {
    double step = 0;
    auto const keep = [&](std::uint32_t index, std::uint32_t count) {
        step += log2_[index];
        if (count == n_holders_[index]) return;
        axes_.push_back(index);
        count_.push_back(count);
    };
    auto i = nodes_[a].begin, j = nodes_[b].begin;
    auto const i_end = nodes_[a].end, j_end = nodes_[b].end;
    while (i < i_end || j < j_end) {
        if (j == j_end || (i < i_end && axes_[i] < axes_[j])) {
            keep(axes_[i], count_[i]);
            ++i;
        } else if (i == i_end || axes_[j] < axes_[i]) {
            keep(axes_[j], count_[j]);
            ++j;
        } else {
            keep(axes_[i], count_[i] + count_[j]);
            ++i;
            ++j;
        }
    }
    return step;
}

std::uint32_t Tree::add(std::uint32_t a, std::uint32_t b) {
    auto const begin = axes_.size();
    auto const step = append_product(a, b);
    double size = 0;
    for (auto k = begin; k < axes_.size(); ++k) size += log2_[axes_[k]];
    auto const made = static_cast<std::uint32_t>(nodes_.size());
    nodes_.push_back({begin, axes_.size(), kNone, kNone, kNone, size, step, false, false});
    set_children(made, a, b);
    return made;
}

void Tree::set_children(std::uint32_t node, std::uint32_t a, std::uint32_t b) {
    nodes_[node].left = a;
    nodes_[node].right = b;
    nodes_[a].parent = nodes_[b].parent = node;
}

bool Tree::improve(std::uint32_t subtree_size, Task& task, double& steps) {
    // A subtree of a thousandth of the work is not worth a look.
    auto const least = work().log2_multiplications - 10.0;
    bool is_better = false;
    auto nodes = from_bottom();
    std::erase_if(nodes, [&](auto node) { return is_leaf(node); });
    std::ranges::stable_sort(nodes, std::greater{},
                             [&](auto node) { return nodes_[node].log2_step; });
    for (auto const node : nodes) {
        if (nodes_[node].is_gone || nodes_[node].is_settled) continue;
        task.check();
        bool const is_changed = improve_at(node, subtree_size, least, steps);
        nodes_[node].is_settled = true;
        is_better = is_better || is_changed;
    }
    return is_better;
}

bool Tree::improve_at(std::uint32_t top, std::uint32_t subtree_size, double least, double& steps) {
    // Grow the subtree at its largest tensors.
    std::vector<std::uint32_t> leaves{nodes_[top].left, nodes_[top].right};
    std::vector<std::uint32_t> inner;
    double before = std::exp2(nodes_[top].log2_step);
    while (leaves.size() < subtree_size) {
        std::optional<std::size_t> largest;
        for (std::size_t k = 0; k < leaves.size(); ++k) {
            if (is_leaf(leaves[k])) continue;
            if (!largest || nodes_[leaves[k]].log2_size > nodes_[leaves[*largest]].log2_size) {
                largest = k;
            }
        }
        if (!largest) break;
        auto const node = leaves[*largest];
        inner.push_back(node);
        before += std::exp2(nodes_[node].log2_step);
        leaves[*largest] = nodes_[node].left;
        leaves.push_back(nodes_[node].right);
    }
    if (leaves.size() < 3 || before < std::exp2(least) || std::isinf(before)) return false;
    steps += 0.5 * std::pow(3.0, static_cast<double>(leaves.size()));
    auto const found = order_below(network_of(leaves, top), before * (1.0 - 1e-9));
    if (!found) return false;
    replace(top, leaves, inner, found->order);
    return true;
}

Network Tree::network_of(std::vector<std::uint32_t> const& leaves, std::uint32_t top) const {
    Network out;
    std::vector<std::uint32_t> indices;
    for (auto const leaf : leaves) {
        indices.insert(indices.end(), axes(leaf).begin(), axes(leaf).end());
    }
    std::ranges::sort(indices);
    indices.erase(std::ranges::unique(indices).begin(), indices.end());
    auto const local = [&](std::span<std::uint32_t const> all) {
        std::vector<std::uint32_t> numbers;
        for (auto const index : all) {
            numbers.push_back(static_cast<std::uint32_t>(std::ranges::lower_bound(indices, index) -
                                                         indices.begin()));
        }
        return numbers;
    };
    for (auto const index : indices) out.dimension.push_back(dimension_[index]);
    for (auto const leaf : leaves) out.operands.push_back(local(axes(leaf)));
    out.output = local(axes(top));
    out.n_given = leaves.size();
    return out;
}

void Tree::replace(std::uint32_t top, std::vector<std::uint32_t> const& leaves,
                   std::vector<std::uint32_t> const& inner, Order const& order) {
    for (auto const node : inner) nodes_[node].is_gone = true;
    auto made = leaves;
    for (std::size_t k = 0; k + 1 < order.size(); ++k) {
        made.push_back(add(made[order[k].first], made[order[k].second]));
    }
    set_children(top, made[order.back().first], made[order.back().second]);
    // The last step has the indices that it had, but others are summed in it.
    auto const end = axes_.size();
    nodes_[top].log2_step = append_product(nodes_[top].left, nodes_[top].right);
    axes_.resize(end);
    count_.resize(end);
    unsettle(top, static_cast<std::uint32_t>(leaves.size()));
}

/// Subtrees that reach down to what was changed are to be looked at again.
void Tree::unsettle(std::uint32_t node, std::uint32_t how_far) {
    for (; node != kNone && how_far > 0; node = nodes_[node].parent, --how_far) {
        nodes_[node].is_settled = false;
    }
}

}  // namespace monoidal::tensor
