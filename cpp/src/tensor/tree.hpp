#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "monoidal/common/parallel.hpp"
#include "monoidal/tensor/search.hpp"

namespace monoidal::tensor {

/// Contraction as a binary tree: operands are nodes 0 to n - 1, results come after. Each node has
/// the indices of its tensor, sorted.
class Tree {
public:
    Tree(Network const& network, Order const& order);

    [[nodiscard]] Work work() const;
    [[nodiscard]] Order order() const;

    /// Replaces subtrees by optimal ones of the same leaves, once through the tree. Returns whether
    /// any got better. `steps` counts what was looked at: splits of sets of leaves.
    bool improve(std::uint32_t subtree_size, Task& task, double& steps);

private:
    struct Node {
        std::size_t begin;  // of its indices
        std::size_t end;
        std::uint32_t left;
        std::uint32_t right;
        std::uint32_t parent;
        double log2_size;
        double log2_step;  // multiplications of a result; of an operand -inf
        bool is_gone;
        bool is_settled;  // nothing changed since its subtree was found optimal
    };

    [[nodiscard]] bool is_leaf(std::uint32_t node) const { return node < n_; }
    [[nodiscard]] std::span<std::uint32_t const> axes(std::uint32_t node) const {
        return std::span(axes_).subspan(nodes_[node].begin, nodes_[node].end - nodes_[node].begin);
    }
    [[nodiscard]] std::vector<std::uint32_t> from_bottom() const;

    std::uint32_t add(std::uint32_t a, std::uint32_t b);
    void set_children(std::uint32_t node, std::uint32_t a, std::uint32_t b);
    double append_product(std::uint32_t a, std::uint32_t b);
    bool improve_at(std::uint32_t top, std::uint32_t subtree_size, double least, double& steps);
    [[nodiscard]] Network network_of(std::vector<std::uint32_t> const& leaves,
                                     std::uint32_t top) const;
    void replace(std::uint32_t top, std::vector<std::uint32_t> const& leaves,
                 std::vector<std::uint32_t> const& inner, Order const& order);
    void unsettle(std::uint32_t node, std::uint32_t how_far);

    std::vector<std::uint64_t> dimension_;
    std::size_t n_;
    std::vector<std::uint32_t> n_holders_;
    std::vector<double> log2_;
    std::vector<Node> nodes_;
    std::vector<std::uint32_t> axes_;   // of all nodes
    std::vector<std::uint32_t> count_;  // beside each of them: operands below that have it
    std::uint32_t root_ = 0;
};

}  // namespace monoidal::tensor
