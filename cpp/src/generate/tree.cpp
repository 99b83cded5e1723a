#include "tree.hpp"

#include <array>
#include <vector>

namespace monoidal::generate {
namespace {

using expression::Builder;
using expression::Op;

constexpr std::array kBinary{Op::add, Op::sub, Op::mul};
constexpr std::array kUnary{Op::sqrt, Op::inv, Op::pow2, Op::abs, Op::exp,
                            Op::log,  Op::sin, Op::cos,  Op::tan, Op::atan};
constexpr std::array kUnaryWeights{5.0, 3.0, 3.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.2, 0.2};
constexpr double kAffine = 0.4;   // of a variable, or of the operand of an operation
constexpr double kInteger = 0.5;  // of a number: exact, else a constant
constexpr double kNumberLeaf = 0.05;

/// A node of a tree of operations of one and of two operands.
struct Branch {
    Op op = Op::variable;
    std::size_t left = 0;
    std::size_t right = 0;
};

/// A binary tree, all shapes with n operations equally likely. Remy's method: each step puts an
/// operation in the place of a node, with that node on one side and a new leaf on the other.
std::vector<Branch> binary_tree(Stream& random, std::size_t n) {
    std::vector<Branch> tree(1);
    tree.reserve(2 * n + 1);
    for (std::size_t k = 0; k < n; ++k) {
        auto const place = random.below(tree.size());
        auto const moved = tree.size();
        tree.push_back(tree[place]);
        tree.emplace_back();
        auto const op = kBinary[random.below(kBinary.size())];
        tree[place] = random.coin() ? Branch{op, moved, moved + 1} : Branch{op, moved + 1, moved};
    }
    return tree;
}

void put_unary(Stream& random, std::vector<Branch>& tree, std::size_t n) {
    for (std::size_t k = 0; k < n; ++k) {
        auto const place = random.below(tree.size());
        auto const moved = tree.size();
        tree.push_back(tree[place]);
        tree[place] = {kUnary[random.choose(kUnaryWeights)], moved, moved};
    }
}

class Writer {
public:
    Writer(Stream& random, std::vector<Branch> const& tree, std::size_t n_variables)
        : random_(random), tree_(tree), n_variables_(n_variables), builder_(n_variables) {}

    expression::Program write() { return builder_.build(node(0)); }

private:
    /// Depth is bounded: a tree has at most a few hundred nodes.
    Builder::Id node(std::size_t index) {  // NOLINT(misc-no-recursion)
        auto const& branch = tree_[index];
        if (branch.op == Op::variable) return leaf();
        if (expression::arity(branch.op) == 1) {
            return builder_.apply(branch.op, affine(node(branch.left)));
        }
        auto const left = node(branch.left);
        return builder_.apply(branch.op, left, node(branch.right));
    }

    /// The first leaves are all the variables, so that most formulas use each.
    Builder::Id leaf() {
        if (n_leaves_ >= n_variables_ && random_.coin(kNumberLeaf)) return number();
        auto const index = n_leaves_ < n_variables_ ? n_leaves_ : random_.below(n_variables_);
        ++n_leaves_;
        return affine(builder_.variable(index));
    }

    Builder::Id affine(Builder::Id x) {
        if (!random_.coin(kAffine)) return x;
        if (random_.coin(0.7)) x = builder_.apply(Op::mul, number(), x);
        return random_.coin() ? builder_.apply(Op::add, x, number()) : x;
    }

    /// An integer to 9, or a constant of three digits from 0.01 to 100.
    Builder::Id number() {
        auto const sign = random_.coin() ? -1 : 1;
        if (random_.coin(kInteger)) {
            return builder_.number(sign * static_cast<std::int32_t>(1 + random_.below(9)));
        }
        constexpr std::array kScales{1e4, 1e3, 1e2, 1e1};
        auto const digits = static_cast<double>(1 + random_.below(999));
        return builder_.constant(sign * digits / kScales[random_.below(kScales.size())]);
    }

    Stream& random_;
    std::vector<Branch> const& tree_;
    std::size_t n_variables_;
    std::size_t n_leaves_ = 0;
    Builder builder_;
};

}  // namespace

expression::Program sample_tree(Stream& random, FunctionOptions const& options) {
    auto const n_variables = 1 + random.below(options.max_variables);
    auto const n_binary = random.below(n_variables + options.max_extra + 1);
    auto tree = binary_tree(random, n_binary);
    put_unary(random, tree, random.below(options.max_unary + 1));
    return Writer(random, tree, n_variables).write();
}

}  // namespace monoidal::generate
