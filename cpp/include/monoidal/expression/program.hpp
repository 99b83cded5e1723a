#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "monoidal/expression/operation.hpp"

namespace monoidal::expression {

inline constexpr std::size_t kMaxNodes = 10'000;
inline constexpr std::size_t kMaxVariables = 10'000;

/// One step. An operation reads the results of earlier nodes `a` and `b`; a `number` is the
/// integer `a` as int32; a `constant` or `variable` is the one of that index.
struct Node {
    Op op = Op::number;
    std::uint32_t a = 0;
    std::uint32_t b = 0;

    bool operator==(Node const&) const = default;
};

/// An expression in postfix order, where an operand is a reference to an earlier node, so that a
/// common subexpression stands once. The last node is the result.
///
/// Checked and immutable: operands lie before their node, every node is used, indices are in
/// range, constants are finite, and the order is the one in which a walk from the result, left
/// operand first, finishes each node. So equal expressions have equal arrays.
class Program {
public:
    /// Throws SyntaxError, DomainError or TooLargeError where `nodes` is not such an array.
    Program(std::vector<Node> nodes, std::vector<double> constants, std::size_t n_variables);

    [[nodiscard]] std::span<Node const> nodes() const { return nodes_; }
    [[nodiscard]] std::span<double const> constants() const { return constants_; }
    [[nodiscard]] std::size_t size() const { return nodes_.size(); }
    [[nodiscard]] std::size_t n_constants() const { return constants_.size(); }
    [[nodiscard]] std::size_t n_variables() const { return n_variables_; }
    /// Nodes of the tree, where a common subexpression counts each time. Saturates.
    [[nodiscard]] std::uint64_t tree_size() const { return tree_size_; }
    /// Nodes on the longest way from the result to a leaf.
    [[nodiscard]] std::size_t depth() const { return depth_; }
    /// The same expression with other values. Throws ShapeError or DomainError.
    [[nodiscard]] Program with_constants(std::vector<double> values) const;

    bool operator==(Program const&) const = default;

private:
    void check_node(std::size_t index) const;
    void check_order() const;
    void check_constants() const;
    void measure();

    std::vector<Node> nodes_;
    std::vector<double> constants_;
    std::size_t n_variables_;
    std::uint64_t tree_size_ = 0;
    std::size_t depth_ = 0;
};

/// Makes programs. Equal nodes are made once; each `constant` is a new parameter.
class Builder {
public:
    using Id = std::uint32_t;

    explicit Builder(std::size_t n_variables) : n_variables_(n_variables) {}

    Id number(std::int32_t value);
    Id constant(double value);
    Id variable(std::size_t index);
    /// An operation on earlier nodes; the number of operands is the operation's.
    Id apply(Op op, Id a = 0, Id b = 0);
    /// All of `program`, its variable k being `variables[k]`, its constants new parameters with
    /// the values that it has. Returns its result's node.
    Id insert(Program const& program, std::span<Id const> variables);

    [[nodiscard]] Node const& node(Id id) const { return nodes_[id]; }
    [[nodiscard]] std::size_t size() const { return nodes_.size(); }
    [[nodiscard]] double constant_value(Id id) const { return constants_[nodes_[id].a]; }
    /// Is it this integer?
    [[nodiscard]] bool is_number(Id id, std::int32_t value) const;

    /// The expression of that node, with the nodes and constants that it uses.
    [[nodiscard]] Program build(Id result) const;

private:
    Id intern(Node node);
    void grow();

    std::size_t n_variables_;
    std::vector<Node> nodes_;
    std::vector<double> constants_;
    std::vector<Id> table_;  // open addressing; kEmpty marks a free place
    static constexpr Id kEmpty = std::numeric_limits<Id>::max();
};

}  // namespace monoidal::expression
