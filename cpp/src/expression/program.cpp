#include "monoidal/expression/program.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "hash.hpp"
#include "monoidal/common/error.hpp"

namespace monoidal::expression {
namespace {

constexpr auto kLargest = std::numeric_limits<std::uint64_t>::max() / 4;
constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

std::string where(std::size_t index, Op op) {
    return "nodes[" + std::to_string(index) + "] is '" + std::string(operation(op).name) + "' ";
}

/// Visits `result` and all it uses, each once, operands first and from left to right.
template <class Visit>
void walk(std::span<Node const> nodes, std::uint32_t result, Visit visit) {
    std::vector<bool> done(nodes.size(), false);
    std::vector<std::uint32_t> stack{result};
    while (!stack.empty()) {
        auto const id = stack.back();
        Node const& node = nodes[id];
        auto const n = arity(node.op);
        if (n > 0 && !done[node.a]) {
            stack.push_back(node.a);
        } else if (n > 1 && !done[node.b]) {
            stack.push_back(node.b);
        } else {
            stack.pop_back();
            if (done[id]) continue;
            done[id] = true;
            visit(id);
        }
    }
}

}  // namespace

Program::Program(std::vector<Node> nodes, std::vector<double> constants, std::size_t n_variables)
    : nodes_(std::move(nodes)), constants_(std::move(constants)), n_variables_(n_variables) {
    if (nodes_.empty()) throw SyntaxError("nodes has no node, expected at least 1");
    if (nodes_.size() > kMaxNodes) {
        throw TooLargeError("expression has " + std::to_string(nodes_.size()) +
                            " nodes, the limit is " + std::to_string(kMaxNodes));
    }
    if (n_variables_ > kMaxVariables) {
        throw TooLargeError("expression has " + std::to_string(n_variables_) +
                            " variables, the limit is " + std::to_string(kMaxVariables));
    }
    for (std::size_t i = 0; i < nodes_.size(); ++i) check_node(i);
    check_order();
    check_constants();
    measure();
}

void Program::check_node(std::size_t index) const {
    Node const& node = nodes_[index];
    if (static_cast<std::size_t>(node.op) >= kOps) {
        throw SyntaxError("nodes[" + std::to_string(index) + "] has operation code " +
                          std::to_string(static_cast<int>(node.op)) + ", expected below " +
                          std::to_string(kOps));
    }
    auto const n = arity(node.op);
    if ((n > 0 && node.a >= index) || (n > 1 && node.b >= index)) {
        throw SyntaxError(where(index, node.op) + "and reads a node that is not before it");
    }
    if ((n == 0 && node.op == Op::pi && node.a != 0) || (n < 2 && node.b != 0)) {
        throw SyntaxError(where(index, node.op) + "and has an operand too many");
    }
    if (node.op == Op::variable && node.a >= n_variables_) {
        throw SyntaxError(where(index, node.op) + std::to_string(node.a) + ", expected below " +
                          std::to_string(n_variables_));
    }
    if (node.op == Op::constant && node.a >= constants_.size()) {
        throw SyntaxError(where(index, node.op) + std::to_string(node.a) + ", expected below " +
                          std::to_string(constants_.size()));
    }
}

void Program::check_order() const {
    std::uint32_t next = 0;
    std::uint32_t next_constant = 0;
    walk(nodes_, static_cast<std::uint32_t>(nodes_.size() - 1), [&](std::uint32_t id) {
        if (id != next++) {
            throw SyntaxError("nodes[" + std::to_string(next - 1) +
                              "] is not in its place: operands stand before their operation, the "
                              "left one first, and each node is used");
        }
        if (nodes_[id].op != Op::constant) return;
        if (nodes_[id].a != next_constant++) {
            throw SyntaxError(where(id, Op::constant) + std::to_string(nodes_[id].a) +
                              ", expected " + std::to_string(next_constant - 1) +
                              ": constants are numbered as they stand");
        }
    });
    if (next != nodes_.size() || next_constant != constants_.size()) {
        throw SyntaxError("expression uses " + std::to_string(next) + " of its " +
                          std::to_string(nodes_.size()) + " nodes and " +
                          std::to_string(next_constant) + " of its " +
                          std::to_string(constants_.size()) + " constants, expected all");
    }
}

void Program::check_constants() const {
    for (std::size_t k = 0; k < constants_.size(); ++k) {
        if (std::isfinite(constants_[k])) continue;
        throw DomainError("constants[" + std::to_string(k) + "] is " +
                          std::to_string(constants_[k]) + ", expected a finite number");
    }
}

void Program::measure() {
    std::vector<std::uint64_t> tree(nodes_.size(), 1);
    std::vector<std::uint32_t> depth(nodes_.size(), 1);
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
        Node const& node = nodes_[i];
        auto const n = arity(node.op);
        if (n > 0) {
            tree[i] += tree[node.a];
            depth[i] = 1 + depth[node.a];
        }
        if (n > 1) {
            tree[i] += tree[node.b];
            depth[i] = std::max(depth[i], 1 + depth[node.b]);
        }
        tree[i] = std::min(tree[i], kLargest);
    }
    tree_size_ = tree.back();
    depth_ = depth.back();
}

Program Program::with_constants(std::vector<double> values) const {
    if (values.size() != constants_.size()) {
        throw ShapeError("constants has " + std::to_string(values.size()) + " values, expected " +
                         std::to_string(constants_.size()));
    }
    Program copy = *this;
    copy.constants_ = std::move(values);
    copy.check_constants();
    return copy;
}

Builder::Id Builder::number(std::int32_t value) {
    return intern({.op = Op::number, .a = static_cast<std::uint32_t>(value), .b = 0});
}

Builder::Id Builder::constant(double value) {
    if (!std::isfinite(value)) {
        throw DomainError("constant is " + std::to_string(value) + ", expected a finite number");
    }
    constants_.push_back(value);
    return intern(
        {.op = Op::constant, .a = static_cast<std::uint32_t>(constants_.size() - 1), .b = 0});
}

Builder::Id Builder::variable(std::size_t index) {
    if (index >= n_variables_) {
        throw ShapeError("variable has index " + std::to_string(index) + ", expected below " +
                         std::to_string(n_variables_));
    }
    return intern({.op = Op::variable, .a = static_cast<std::uint32_t>(index), .b = 0});
}

Builder::Id Builder::apply(Op op, Id a, Id b) {
    auto const n = arity(op);
    return intern({.op = op, .a = n > 0 ? a : 0, .b = n > 1 ? b : 0});
}

Builder::Id Builder::insert(Program const& program, std::span<Id const> variables) {
    std::vector<Id> map(program.size());
    for (std::size_t i = 0; i < program.size(); ++i) {
        Node const& node = program.nodes()[i];
        switch (node.op) {
            case Op::number: map[i] = number(static_cast<std::int32_t>(node.a)); break;
            case Op::constant: map[i] = constant(program.constants()[node.a]); break;
            case Op::variable: map[i] = variables[node.a]; break;
            default:
                map[i] = apply(node.op, arity(node.op) > 0 ? map[node.a] : 0,
                               arity(node.op) > 1 ? map[node.b] : 0);
        }
    }
    return map.back();
}

bool Builder::is_number(Id id, std::int32_t value) const {
    return nodes_[id] == Node{.op = Op::number, .a = static_cast<std::uint32_t>(value), .b = 0};
}

Program Builder::build(Id result) const {
    std::vector<Id> map(nodes_.size(), kNone);
    std::vector<Node> nodes;
    std::vector<double> constants;
    walk(nodes_, result, [&](std::uint32_t id) {
        Node node = nodes_[id];
        auto const n = arity(node.op);
        if (n > 0) node.a = map[node.a];
        if (n > 1) node.b = map[node.b];
        if (node.op == Op::constant) {
            constants.push_back(constants_[node.a]);
            node.a = static_cast<std::uint32_t>(constants.size() - 1);
        }
        map[id] = static_cast<Id>(nodes.size());
        nodes.push_back(node);
    });
    return {std::move(nodes), std::move(constants), n_variables_};
}

Builder::Id Builder::intern(Node node) {
    if (2 * (nodes_.size() + 1) > table_.size()) grow();
    auto const mask = table_.size() - 1;
    auto place = hash(node) & mask;
    while (table_[place] != kEmpty) {
        if (nodes_[table_[place]] == node) return table_[place];
        place = (place + 1) & mask;
    }
    // A little above a program's limit: building may take more nodes than the result has.
    if (nodes_.size() >= 64 * kMaxNodes) {
        throw TooLargeError("expression needs more than " + std::to_string(64 * kMaxNodes) +
                            " nodes on the way");
    }
    table_[place] = static_cast<Id>(nodes_.size());
    nodes_.push_back(node);
    return table_[place];
}

void Builder::grow() {
    table_.assign(std::max<std::size_t>(64, 2 * table_.size()), kEmpty);
    auto const mask = table_.size() - 1;
    for (Id id = 0; id < nodes_.size(); ++id) {
        auto place = hash(nodes_[id]) & mask;
        while (table_[place] != kEmpty) place = (place + 1) & mask;
        table_[place] = id;
    }
}

}  // namespace monoidal::expression
