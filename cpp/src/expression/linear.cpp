// Which constants a program is affine in.

#include <algorithm>
#include <iterator>

#include "monoidal/expression/fit.hpp"

namespace monoidal::expression {
namespace {

using Set = std::vector<std::uint32_t>;  // sorted

Set join(Set const& a, Set const& b) {
    Set out;
    std::ranges::set_union(a, b, std::back_inserter(out));
    return out;
}

/// For a node: the constants it is affine in, and all others that it depends on.
struct Use {
    Set affine;
    Set other;

    [[nodiscard]] Set all() const { return join(affine, other); }
};

Use combine(Node const& node, std::vector<Use> const& uses) {
    if (arity(node.op) == 0) {
        return node.op == Op::constant ? Use{.affine = {node.a}, .other = {}} : Use{};
    }
    auto const& a = uses[node.a];
    if (node.op == Op::neg) return a;
    if (arity(node.op) == 1) return {.affine = {}, .other = a.all()};
    auto const& b = uses[node.b];
    switch (node.op) {
        case Op::add:
        case Op::sub: return {.affine = join(a.affine, b.affine), .other = join(a.other, b.other)};
        case Op::div: return {.affine = a.affine, .other = join(a.other, b.all())};
        case Op::mul: {
            bool const left = a.affine.size() >= b.affine.size();
            auto const& kept = left ? a : b;
            return {.affine = kept.affine, .other = join(kept.other, (left ? b : a).all())};
        }
        default: return {.affine = {}, .other = join(a.all(), b.all())};
    }
}

}  // namespace

std::vector<bool> linear_constants(Program const& program) {
    std::vector<Use> uses;
    uses.reserve(program.size());
    for (auto const& node : program.nodes()) uses.push_back(combine(node, uses));
    std::vector<bool> linear(program.n_constants(), false);
    for (auto const k : uses.back().affine) linear[k] = true;
    for (auto const k : uses.back().other) linear[k] = false;
    return linear;
}

}  // namespace monoidal::expression
