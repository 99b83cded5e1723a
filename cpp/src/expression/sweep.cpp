#include "sweep.hpp"

#include <algorithm>
#include <numbers>

namespace monoidal::expression {

void Sweep::prepare(Candidate const& candidate, bool by_constants, bool by_variables) {
    prepare(candidate, std::vector<bool>(candidate.program->n_constants(), by_constants),
            by_variables);
}

void Sweep::prepare(Candidate const& candidate, std::vector<bool> const& by_constants,
                    bool by_variables) {
    auto const& program = *candidate.program;
    nodes_ = program.nodes();
    auto const size = nodes_.size();
    varies_.assign(size, false);
    slope_of_.assign(size, kNone);
    constant_node_.assign(program.n_constants(), kNone);
    variable_node_.assign(program.n_variables(), kNone);
    value_.assign(size, nullptr);
    std::uint32_t n_active = 0;
    for (std::size_t i = 0; i < size; ++i) {
        Node const& node = nodes_[i];
        auto const n = arity(node.op);
        bool active = (node.op == Op::constant && by_constants[node.a]) ||
                      (node.op == Op::variable && by_variables);
        active |= n > 0 && slope_of_[node.a] != kNone;
        active |= n > 1 && slope_of_[node.b] != kNone;
        if (active) slope_of_[i] = n_active++;
        varies_[i] =
            node.op == Op::variable || (n > 0 && varies_[node.a]) || (n > 1 && varies_[node.b]);
        if (node.op == Op::constant) constant_node_[node.a] = static_cast<std::uint32_t>(i);
        if (node.op == Op::variable) variable_node_[node.a] = static_cast<std::uint32_t>(i);
    }
    values_.resize(std::max(values_.size(), size * kBlock));
    slopes_.resize(std::max<std::size_t>(slopes_.size(), n_active * kBlock));
    partial_.resize((size + 1) * kBlock);
    set_constants(candidate.constants);
}

void Sweep::set_constants(std::span<double const> constants) {
    constants_ = constants;
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
        value_[i] = own(i);
        if (!varies_[i]) fill_fixed(i);
    }
}

void Sweep::fill_fixed(std::size_t index) {
    Node const& node = nodes_[index];
    switch (node.op) {
        case Op::number: std::fill_n(own(index), kBlock, static_cast<std::int32_t>(node.a)); return;
        case Op::constant: std::fill_n(own(index), kBlock, constants_[node.a]); return;
        case Op::pi: std::fill_n(own(index), kBlock, std::numbers::pi); return;
        default: n_ = kBlock; run_node(index);
    }
}

void Sweep::run_node(std::size_t index) {
    Node const& node = nodes_[index];
    auto const op = static_cast<std::size_t>(node.op);
    if (node.op == Op::sin && slope_of_[index] != kNone) {
        kernels_->sine_cosine(value_[node.a], own(index), kept_partial(index), n_);
    } else if (node.op == Op::cos && slope_of_[index] != kNone) {
        kernels_->sine_cosine(value_[node.a], kept_partial(index), own(index), n_);
    } else if (op >= kFirstUnary) {
        kernels_->unary[op](value_[node.a], own(index), n_);
    } else {
        kernels_->binary[op][0](value_[node.a], value_[node.b], own(index), n_);
    }
}

void Sweep::forward(Columns<double> x, std::size_t begin, std::size_t end) {
    auto const n_rows = end - begin;
    n_ = (n_rows + kPad - 1) / kPad * kPad;
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
        if (!varies_[i]) continue;
        if (nodes_[i].op != Op::variable) {
            run_node(i);
            continue;
        }
        auto const* const column = x.column(nodes_[i].a) + begin;
        value_[i] = column;
        if (n_ == n_rows) continue;
        std::copy_n(column, n_rows, own(i));
        std::fill(own(i) + n_rows, own(i) + n_, *column);
        value_[i] = own(i);
    }
}

/// target += source * d(node)/d(its left or right operand)
void Sweep::contribute(std::size_t index, bool right, double const* source, double* target) {
    Node const& node = nodes_[index];
    auto const* const other = value_[right ? node.a : node.b];
    switch (node.op) {
        case Op::add: kernels_->add(source, target, n_); return;
        case Op::sub: (right ? kernels_->subtract : kernels_->add)(source, target, n_); return;
        case Op::neg: kernels_->subtract(source, target, n_); return;
        case Op::mul: kernels_->add_product(source, other, target, n_); return;
        case Op::exp: kernels_->add_product(source, value_[index], target, n_); return;
        case Op::sign: return;
        case Op::sin: kernels_->add_product(source, kept_partial(index), target, n_); return;
        case Op::cos: kernels_->subtract_product(source, kept_partial(index), target, n_); return;
        default: break;
    }
    kernels_->partial[static_cast<std::size_t>(node.op)][right ? 1 : 0](
        value_[node.a], value_[node.b], value_[index], partial_.data(), n_);
    kernels_->add_product(source, partial_.data(), target, n_);
}

void Sweep::reverse() {
    auto const last = nodes_.size() - 1;
    if (slope_of_[last] == kNone) return;
    std::fill_n(slopes_.begin(), (slope_of_[last] + 1) * kBlock, 0.0);
    std::fill_n(slope(last), n_, 1.0);
    for (auto i = nodes_.size(); i-- > 0;) {
        if (slope_of_[i] == kNone) continue;
        Node const& node = nodes_[i];
        auto const n = arity(node.op);
        if (n > 0 && slope_of_[node.a] != kNone) contribute(i, false, slope(i), slope(node.a));
        if (n > 1 && slope_of_[node.b] != kNone) contribute(i, true, slope(i), slope(node.b));
    }
}

void Sweep::tangent(std::span<double const> constants_direction, Columns<double> x_direction,
                    std::size_t begin, std::size_t end) {
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
        if (slope_of_[i] == kNone) continue;
        Node const& node = nodes_[i];
        auto* const target = slope(i);
        if (node.op == Op::constant) {
            std::fill_n(target, n_, constants_direction[node.a]);
        } else if (node.op == Op::variable) {
            std::copy_n(x_direction.column(node.a) + begin, end - begin, target);
            std::fill(target + (end - begin), target + n_, 0.0);
        } else {
            std::fill_n(target, n_, 0.0);
            if (slope_of_[node.a] != kNone) contribute(i, false, slope(node.a), target);
            if (arity(node.op) > 1 && slope_of_[node.b] != kNone) {
                contribute(i, true, slope(node.b), target);
            }
        }
    }
}

double const* Sweep::derivative_by_constant(std::size_t k) const {
    auto const node = constant_node_[k];
    if (node == kNone || slope_of_[node] == kNone) return nullptr;
    return slopes_.data() + slope_of_[node] * kBlock;
}

double const* Sweep::derivative_by_variable(std::size_t k) const {
    auto const node = variable_node_[k];
    if (node == kNone || slope_of_[node] == kNone) return nullptr;
    return slopes_.data() + slope_of_[node] * kBlock;
}

double const* Sweep::result_tangent() const {
    auto const place = slope_of_.back();
    return place == kNone ? nullptr : slopes_.data() + place * kBlock;
}

}  // namespace monoidal::expression
